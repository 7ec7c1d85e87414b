"""Load any number of accounts with one Meltano project.

``accounts.csv`` is the only list of them: ``account,api,schema,enabled``. Credentials stand
elsewhere, under the account's name: ``TAP_CIN7_NZ_APPLICATION_KEY`` for account ``nz``, in the
environment or in a file ``nz.env`` in the folder ``CIN7_SECRETS``.

- ``python cin7_fleet.py check`` names what is wrong with the list, and missing credentials.
- ``python cin7_fleet.py list`` prints the accounts that are enabled.
- ``python cin7_fleet.py run nz`` loads one. Options of ``meltano run`` may follow.
- ``python cin7_fleet.py invoke nz tap-cin7 --check`` is ``meltano invoke`` for one.
- ``python cin7_fleet.py work`` loads what others have not begun yet: one worker of many.

An account that is listed wrongly fails alone, when it is run, with a line that says why. A list
that cannot be read at all fails everything.

Several runs of one Meltano plugin at the same time would share two files in ``.meltano/run``: the
state and the catalog that they hand to the tap. Each account therefore has a system folder of its
own, in which the plugins are links. It also has the lock that keeps two runs of one account apart.
"""

from __future__ import annotations

import csv
import fcntl
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

PROJECT = Path(__file__).resolve().parent
LOADER = "target-postgres"
COLUMNS = ("account", "api", "schema", "enabled")
CREDENTIALS = {
    "omni": ("USERNAME", "API_KEY"),
    "core": ("ACCOUNT_ID", "APPLICATION_KEY"),
    "core_v1": ("ACCOUNT_ID", "APPLICATION_KEY"),
}
"""What each API needs, by the end of the variable's name."""
OWN_SETTINGS = (
    "BASE_URL",
    "START_DATE",
    "QUOTA_RESERVE_PERCENT",
    "REQUESTS_PER_SECOND",
    "REQUESTS_PER_MINUTE",
    "REQUESTS_PER_DAY",
    "_SELECT",
)
"""What an account may set for itself beside its credentials; the rest stands in meltano.yml."""
_ALL_CREDENTIALS = tuple({name for names in CREDENTIALS.values() for name in names})
_ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class FleetError(Exception):
    """What is wrong and what to write, in one line."""


@dataclass(frozen=True)
class Account:
    """One line of the list.

    Attributes:
        name: What it is called in variables, state and orchestrators.
        api: Which product.
        schema: Where its tables go.
        enabled: Whether it is loaded.
        problem: What is wrong with the line.

    """

    name: str
    api: str
    schema: str
    enabled: bool
    problem: str = ""

    @property
    def prefix(self) -> str:
        """How the names of its variables begin."""
        return f"TAP_CIN7_{self.name.upper().replace('-', '_')}_"


def accounts_file() -> Path:
    """Return where the list is."""
    return Path(os.environ.get("CIN7_ACCOUNTS") or PROJECT / "accounts.csv")


def accounts() -> list[Account]:
    """Return every account of the list, those with a problem and those switched off included.

    Raises:
        FleetError: If the list cannot be read, or lacks a column.

    """
    path = accounts_file()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
                raise FleetError(
                    f"{path.name}: no column {', '.join(missing)}; "
                    f"the first line has to be {','.join(COLUMNS)}"
                )
            rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise FleetError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FleetError(f"{path.name}: save it as UTF-8") from error
    except csv.Error as error:
        raise FleetError(f"{path.name}: {error}") from error
    if not rows:
        raise FleetError(f"{path.name}: no account is listed")
    return list(_checked(path.name, rows))


def _checked(file: str, rows: Sequence[tuple[int, dict[str, str]]]) -> Iterator[Account]:
    """Return the accounts; one that is listed twice comes once, with the problem told."""
    same: dict[str, list[tuple[int, Account]]] = {}
    for line, row in rows:
        name, api, schema, enabled = ((row[column] or "").strip() for column in COLUMNS)
        problem = _problem(name, api, schema, enabled)
        is_on = _ANSWERS.get(enabled.lower(), True)
        one = Account(name or f"line-{line}", api, schema, is_on, problem)
        same.setdefault(one.prefix, []).append((line, one))
    owners: dict[str, str] = {}
    for (line, one), *others in same.values():
        problem = one.problem
        if others:
            lines = ", ".join(str(line) for line, _ in others)
            problem = f"is listed on line {lines} too; keep one"
        elif one.enabled and owners.setdefault(one.schema, one.name) != one.name:
            problem = (
                problem or f"schema {one.schema} is that of {owners[one.schema]}; choose another"
            )
        told = f"{file}:{line}: {one.name}: {problem}" if problem else ""
        yield replace(one, problem=told, enabled=one.enabled or bool(others))


def _problem(name: str, api: str, schema: str, enabled: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", name):
        return "an account is named in a-z, 0-9, - and _, such as nz or acme-nz"
    if api not in CREDENTIALS:
        return f"api is {api!r}; write one of {', '.join(CREDENTIALS)}"
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
        return f"schema is {schema!r}; write it in a-z, 0-9 and _, such as cin7_nz"
    if enabled.lower() not in _ANSWERS:
        return f"enabled is {enabled!r}; write yes or no"
    return ""


def names() -> list[str]:
    """Return the names of the accounts that are enabled, in the order of the list."""
    return [account.name for account in accounts() if account.enabled]


def account(name: str) -> Account:
    """Return an account that is enabled.

    Raises:
        FleetError: If it is not listed, or switched off.

    """
    found = next((one for one in accounts() if one.name == name), None)
    if found is None:
        raise FleetError(f"{accounts_file().name}: no account {name}")
    if not found.enabled:
        raise FleetError(f"{accounts_file().name}: {name} is not enabled")
    return found


def settings(account: Account, given: Mapping[str, str]) -> dict[str, str]:
    """Return the account's own settings, under the names that the tap knows.

    Args:
        account: Whose.
        given: The environment.

    Raises:
        FleetError: If the account is listed wrongly, or a credential is missing.

    """
    if account.problem:
        raise FleetError(account.problem)
    kept = _secrets(account, given)
    needed = CREDENTIALS[account.api]
    wanted = {name: account.prefix + name for name in (*needed, *OWN_SETTINGS)}
    found = {name: kept.get(full) or given.get(full, "") for name, full in wanted.items()}
    if missing := [account.prefix + name for name in needed if not found[name]]:
        raise FleetError(f"{account.name}: set {' and '.join(missing)}")
    return {f"TAP_CIN7_{name}": value for name, value in found.items() if value}


def _secrets(account: Account, given: Mapping[str, str]) -> dict[str, str]:
    """Return the lines of the account's file in the folder of secrets, where there is one."""
    if not (folder := given.get("CIN7_SECRETS")):
        return {}
    path = Path(folder, f"{account.name}.env")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise FleetError(f"{account.name}: {path} can't be read") from error
    pairs = (line.partition("=") for line in lines if line.strip() and line.lstrip()[0] != "#")
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def environment(account: Account, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of Meltano for one account, without the credentials of others.

    Args:
        account: What is loaded.
        given: The environment of this process.

    """
    kept = {
        name: value
        for name, value in given.items()
        if not (name.startswith("TAP_CIN7_") and name.endswith(_ALL_CREDENTIALS))
    }
    return {
        **kept,
        **settings(account, given),
        "TAP_CIN7_API": account.api,
        "TAP_CIN7__LOAD_SCHEMA": account.schema,
        # What `meltano run` makes of the line above, for a loader that is invoked alone.
        "MELTANO_EXTRACT__LOAD_SCHEMA": account.schema,
        "MELTANO_SYS_DIR_ROOT": str(system_folder(account)),
    }


def system_folder(account: Account) -> Path:
    """Return the account's own system folder of Meltano, made when it is first needed."""
    common = PROJECT / ".meltano"
    folder = common / "accounts" / account.name
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("extractors", "loaders"):
        if not (folder / kind).is_symlink():
            (folder / kind).symlink_to(common / kind)
    return folder


def lock(account: Account) -> None:
    """Hold the account until this process, or what takes its place, ends.

    Raises:
        FleetError: If another run holds it.

    """
    file = os.open(system_folder(account) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FleetError(f"{account.name} is being loaded by another run; nothing done") from None
    os.set_inheritable(file, True)  # noqa: FBT003


def run(name: str, options: Sequence[str]) -> NoReturn:
    """Become ``meltano run`` of an account.

    Args:
        name: The account.
        options: More options of ``meltano run``.

    """
    one = account(name)
    variables = environment(one, os.environ)
    lock(one)
    # Meltano waits five minutes for a run that was killed. The lock knows better, on this machine.
    force = [] if "MELTANO_DATABASE_URI" in variables else ["--force"]
    suffix = f"--state-id-suffix={name}"
    _become(["run", *force, suffix, *options, "tap-cin7", LOADER], variables)


def invoke(name: str, arguments: Sequence[str]) -> NoReturn:
    """Become ``meltano invoke`` of an account."""
    _become(["invoke", *arguments], environment(account(name), os.environ))


def _become(arguments: list[str], variables: dict[str, str]) -> NoReturn:
    meltano = variables.get("MELTANO", "meltano")
    os.chdir(PROJECT)
    try:
        os.execvpe(meltano, [meltano, *arguments], variables)  # noqa: S606 # nosec B606 - no shell is meant
    except OSError as error:
        raise FleetError(f"{meltano}: {error.strerror}; set MELTANO to its path") from error


def work() -> int:
    """Load accounts until none is left, as one of many workers; return the exit code.

    The workers of a Kubernetes Job share a table in Redis: who has taken which account. Each is
    taken once a Job. A worker that was killed comes back under its index, and takes the account
    again that it had.
    """
    store, job = os.environ.get("TAP_CIN7_QUOTA_STORE", ""), os.environ.get("JOB_NAME", "")
    index = os.environ.get("JOB_COMPLETION_INDEX", "")
    if not (store and job and index.isdecimal()):
        raise FleetError(
            "a worker needs TAP_CIN7_QUOTA_STORE (a Redis server), JOB_NAME, JOB_COMPLETION_INDEX"
        )
    import redis  # noqa: PLC0415 - the other commands do without it

    table = f"cin7_fleet:{job}"
    failed = []
    with Worker() as worker, redis.Redis.from_url(store, decode_responses=True) as client:
        for name in names():
            if not client.hsetnx(table, name, index) and client.hget(table, name) != index:
                continue
            client.expire(table, 7 * 86_400)
            code = worker.load(name)
            if worker.stopped:
                return 143
            client.hset(table, name, f"{index} ended with {code}")
            if code:
                failed.append(name)
    for name in failed:
        sys.stderr.write(f"failed: {name}\n")
    return 1 if failed else 0


class Worker:
    """Runs accounts one after the other, and hands SIGTERM on to the one that is running."""

    def __init__(self) -> None:
        """Start with none."""
        self.stopped = False
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Worker:  # noqa: PYI034 - typing_extensions is not everywhere
        """Take the signal."""
        signal.signal(signal.SIGTERM, self._stop)
        return self

    def __exit__(self, *_exc: object) -> None:
        """Give the signal back."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped = True
        if self._running is not None:
            self._running.terminate()

    def load(self, name: str) -> int:
        """Load an account and return the exit code; after a signal nothing begins."""
        with subprocess.Popen([sys.executable, __file__, "run", name]) as self._running:
            if self.stopped:
                self._running.terminate()
            return self._running.wait()


def check() -> int:
    """Name everything that would keep an account from being loaded; return the exit code."""
    listed = accounts()
    enabled = [one for one in listed if one.enabled]
    problems = list(filter(None, map(_told, enabled)))
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    sys.stdout.write(
        f"{len(listed)} accounts, {len(enabled)} enabled, {len(problems)} with a problem\n"
    )
    return 1 if problems else 0


def _told(account: Account) -> str:
    """Return what keeps an account from being loaded."""
    try:
        settings(account, os.environ)
    except FleetError as error:
        return str(error)
    return ""


def main(arguments: Sequence[str]) -> int:
    """Run a command; an error is one line and exit code 2."""
    try:
        return _done(arguments)
    except FleetError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _done(arguments: Sequence[str]) -> int:
    match arguments:
        case ["check"]:
            return check()
        case ["list"]:
            sys.stdout.writelines(f"{name}\n" for name in names())
            return 0
        case ["run", name, *options]:
            run(name, options)
        case ["invoke", name, *rest] if rest:
            invoke(name, rest)
        case ["work"]:
            return work()
    raise FleetError("write check, list, run ACCOUNT, invoke ACCOUNT PLUGIN or work")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
