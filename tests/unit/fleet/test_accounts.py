"""The list of accounts and the program that runs them, with a stand-in for Meltano."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).resolve().parents[3] / "examples" / "project" / "cin7_fleet.py"
HEAD = "account,api,schema,enabled\n"
TWO = HEAD + "au,omni,cin7_au,yes\nnz,core,cin7_nz,yes\n"
SECRETS = {
    "TAP_CIN7_AU_USERNAME": "user-of-au",
    "TAP_CIN7_AU_API_KEY": "key-of-au",
    "TAP_CIN7_NZ_ACCOUNT_ID": "id-of-nz",
    "TAP_CIN7_NZ_APPLICATION_KEY": "key-of-nz",
}
MELTANO = f"""#!{sys.executable}
import json, os, pathlib, sys
pathlib.Path("told.json").write_text(json.dumps([sys.argv[1:], dict(os.environ)]))
if gate := os.environ.get("GATE"):
    pathlib.Path(gate).open().read()
"""
"""Says what it was given; waits for somebody to write to the gate, where there is one."""
PLANNED = 5000

pytestmark = pytest.mark.large
"""Each of them starts a program or two."""


@dataclass
class Project:
    """A folder with the program and a list.

    Attributes:
        place: The folder.
        variables: The environment.

    """

    place: Path
    variables: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    def write(self, listed: str) -> None:
        """Write accounts.csv."""
        (self.place / "accounts.csv").write_text(listed)

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(self.place / "cin7_fleet.py")]

    @property
    def environment(self) -> dict[str, str]:
        meltano = str(self.place / "meltano")
        return {"PATH": os.environ["PATH"], "MELTANO": meltano, **self.variables}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the program; no secret may be in what it writes."""
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not [one for one in SECRETS.values() if one in done.stdout + done.stderr]
        assert "Traceback" not in done.stderr
        return done

    def refused(self, *arguments: str) -> str:
        """Run the program, which has to end with one line, and return it."""
        done = self.run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        return line

    def told(self) -> tuple[list[str], dict[str, str]]:
        """Return the arguments and the environment that Meltano was given."""
        arguments, environment = json.loads((self.place / "told.json").read_text())
        return arguments, environment


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(PROGRAM, tmp_path)
    (tmp_path / "meltano").write_text(MELTANO)
    (tmp_path / "meltano").chmod(0o755)
    made = Project(tmp_path)
    made.write(TWO)
    return made


def test_an_account_is_run_with_its_own_credentials_schema_and_state(project: Project) -> None:
    assert project.run("run", "nz", "--full-refresh").returncode == 0
    arguments, given = project.told()
    assert arguments == [
        "run",
        "--force",
        "--state-id-suffix=nz",
        "--full-refresh",
        "tap-cin7",
        "target-postgres",
    ]
    own = {name: value for name, value in given.items() if name.startswith("TAP_CIN7_")}
    assert own == {
        "TAP_CIN7_API": "core",
        "TAP_CIN7_ACCOUNT_ID": "id-of-nz",
        "TAP_CIN7_APPLICATION_KEY": "key-of-nz",
        "TAP_CIN7__LOAD_SCHEMA": "cin7_nz",
    }
    assert given["MELTANO_EXTRACT__LOAD_SCHEMA"] == "cin7_nz"


def test_no_account_sees_the_credentials_of_another(project: Project) -> None:
    project.variables["TAP_CIN7_API_KEY"] = "nobody-in-particular"
    assert project.run("run", "nz").returncode == 0
    _, given = project.told()
    assert not {"user-of-au", "key-of-au", "nobody-in-particular"} & set(given.values())


def test_each_account_has_a_system_folder_of_its_own(project: Project) -> None:
    folders = []
    for name in ("au", "nz"):
        assert project.run("run", name).returncode == 0
        folders.append(Path(project.told()[1]["MELTANO_SYS_DIR_ROOT"]))
    assert folders[0] != folders[1]
    assert (folders[0] / "loaders").readlink() == (folders[1] / "loaders").readlink()


def test_settings_may_differ_by_account(project: Project) -> None:
    project.variables |= {
        "TAP_CIN7_NZ_START_DATE": "2026-01-01",
        "TAP_CIN7_NZ__SELECT": '["sales.*"]',
        "TAP_CIN7_MAX_RUN_MINUTES": "45",
    }
    project.run("run", "nz")
    _, given = project.told()
    assert given["TAP_CIN7_START_DATE"] == "2026-01-01"
    assert given["TAP_CIN7__SELECT"] == '["sales.*"]'
    assert given["TAP_CIN7_MAX_RUN_MINUTES"] == "45"


def test_any_command_of_meltano_can_be_run_for_an_account(project: Project) -> None:
    assert project.run("invoke", "nz", "tap-cin7", "--check").returncode == 0
    arguments, given = project.told()
    assert arguments == ["invoke", "tap-cin7", "--check"]
    assert given["TAP_CIN7_ACCOUNT_ID"] == "id-of-nz"


def test_credentials_may_come_from_a_folder(project: Project, tmp_path: Path) -> None:
    project.variables = {"CIN7_SECRETS": str(tmp_path)}
    (tmp_path / "nz.env").write_text(
        "# of nz\n\nTAP_CIN7_NZ_ACCOUNT_ID=id-of-nz\n TAP_CIN7_NZ_APPLICATION_KEY = 'key=of=nz'\n"
    )
    assert project.run("run", "nz").returncode == 0
    assert project.told()[1]["TAP_CIN7_APPLICATION_KEY"] == "key=of=nz"
    assert "TAP_CIN7_AU_USERNAME" in project.refused("run", "au")


def test_an_account_without_credentials_fails_alone_and_names_them(project: Project) -> None:
    del project.variables["TAP_CIN7_NZ_APPLICATION_KEY"]
    # The one of no account in particular is not taken instead.
    project.variables["TAP_CIN7_APPLICATION_KEY"] = "nobody-in-particular"
    assert project.refused("run", "nz") == "nz: set TAP_CIN7_NZ_APPLICATION_KEY"
    assert project.run("run", "au").returncode == 0
    assert project.run("list").stdout.split() == ["au", "nz"]


def test_an_account_that_is_switched_off_is_not_listed_and_not_run(project: Project) -> None:
    project.write(TWO + "uk,core,cin7_uk,no\n")
    assert project.run("list").stdout.split() == ["au", "nz"]
    assert project.refused("run", "uk") == "accounts.csv: uk is not enabled"


def test_columns_may_come_in_any_order_among_others(project: Project) -> None:
    project.write("enabled, schema ,owner,api,account\n".replace(" ", "") + "1,s,Ann,core,nz\n")
    assert project.run("run", "nz").returncode == 0
    assert project.told()[1]["MELTANO_EXTRACT__LOAD_SCHEMA"] == "s"


@pytest.mark.parametrize(
    ("listed", "line"),
    [
        ("account,api,enabled\nnz,core,yes\n", "accounts.csv: no column schema; "),
        ("", "accounts.csv: no column account, api, schema, enabled; "),
        (HEAD, "accounts.csv: no account is listed"),
    ],
)
def test_a_list_that_cannot_be_read_ends_every_command_with_one_line(
    listed: str, line: str, project: Project
) -> None:
    project.write(listed)
    for command in (["list"], ["check"], ["run", "nz"]):
        assert project.refused(*command).startswith(line)


def test_a_list_that_is_not_there_or_not_utf_8_is_named(project: Project, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_bytes(HEAD.encode() + b"caf\xe9,core,s,yes\n")
    assert project.refused("list") == "accounts.csv: save it as UTF-8"
    project.variables["CIN7_ACCOUNTS"] = "elsewhere.csv"
    assert project.refused("list") == "elsewhere.csv: No such file or directory"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nz,dear,s,yes", "nz: api is 'dear'; write one of omni, core, core_v1"),
        ("nz,core,Cin7 NZ,yes", "nz: schema is 'Cin7 NZ'; write it in a-z, 0-9 and _, "),
        ("nz,core,s,maybe", "nz: enabled is 'maybe'; write yes or no"),
        ("nz,core", "nz: schema is ''; write it in a-z, 0-9 and _, "),
        ("NZ!,core,s,yes", "NZ!: an account is named in a-z, 0-9, - and _, such as nz"),
        (",core,s,yes", "line-3: an account is named in a-z, 0-9, - and _, such as nz"),
        ("nz,core,cin7_au,yes", "nz: schema cin7_au is that of au; choose another"),
        ("au,core,cin7_au_2,yes", "au: is listed on line 3 too; keep one"),
    ],
)
def test_an_account_that_is_listed_wrongly_fails_alone(
    line: str, problem: str, project: Project
) -> None:
    project.write(f"{HEAD}au,omni,cin7_au,yes\n{line}\nuk,omni,cin7_uk,yes\n")
    project.variables |= {"TAP_CIN7_UK_USERNAME": "u", "TAP_CIN7_UK_API_KEY": "k"}
    name = problem.partition(":")[0]
    listed = project.run("list").stdout.split()
    assert {"au", "uk", name} == set(listed)
    assert project.refused("run", name).partition(": ")[2].startswith(problem)
    assert project.run("run", "uk").returncode == 0


def test_names_that_differ_in_nothing_but_a_dash_share_variables(project: Project) -> None:
    project.write(HEAD + "a-b,core,s1,yes\na_b,core,s2,yes\n")
    assert project.refused("run", "a-b") == "accounts.csv:2: a-b: is listed on line 3 too; keep one"


def test_check_names_all_that_is_wrong_at_once(project: Project) -> None:
    project.write(TWO + "uk,core,cin7_uk,yes\nus,omni,cin7_nz,yes\nold,x,y,no\n")
    done = project.run("check")
    assert done.returncode == 1
    assert done.stdout == "5 accounts, 4 enabled, 2 with a problem\n"
    uk, us = done.stderr.splitlines()
    assert uk == "uk: set TAP_CIN7_UK_ACCOUNT_ID and TAP_CIN7_UK_APPLICATION_KEY"
    assert us == "accounts.csv:5: us: schema cin7_nz is that of nz; choose another"
    project.write(TWO)
    assert project.run("check").returncode == 0


def test_two_runs_of_one_account_keep_apart_and_others_go_on(
    project: Project, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with subprocess.Popen(
        [*project.command, "run", "nz"], env=project.environment | {"GATE": str(gate)}
    ) as first:
        with gate.open("w"):  # opens when the first run has got as far as Meltano
            told = project.refused("run", "nz")
            assert told == "nz is being loaded by another run; nothing done"
            assert project.run("run", "au").returncode == 0
        assert first.wait() == 0
    assert project.run("run", "nz").returncode == 0


def test_a_run_that_was_killed_does_not_hold_up_the_next(project: Project, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with (
        subprocess.Popen(
            [*project.command, "run", "nz"], env=project.environment | {"GATE": str(gate)}
        ) as first,
        gate.open("w"),
    ):
        first.send_signal(signal.SIGKILL)
        assert first.wait() == -signal.SIGKILL
    assert project.run("run", "nz").returncode == 0
    assert "--force" in project.told()[0]


def test_a_database_that_machines_share_is_asked_who_runs(project: Project) -> None:
    project.variables["MELTANO_DATABASE_URI"] = "postgresql+psycopg://host/meltano"
    project.run("run", "nz")
    assert "--force" not in project.told()[0]


def test_what_is_not_there_is_said(project: Project) -> None:
    assert project.refused("run", "xx") == "accounts.csv: no account xx"
    assert project.refused() == "write check, list, run ACCOUNT, invoke ACCOUNT PLUGIN or work"
    assert project.refused("work").startswith("a worker needs TAP_CIN7_QUOTA_STORE")
    project.variables["MELTANO"] = "/nowhere/meltano"
    told = project.refused("run", "nz")
    assert told == "/nowhere/meltano: No such file or directory; set MELTANO to its path"


def test_5000_accounts_are_checked_and_planned_in_little_memory(project: Project) -> None:
    names = [f"acme-{number:04}" for number in range(PLANNED)]
    lines = [f"{name},core,cin7_{name.replace('-', '_')},yes\n" for name in names]
    project.write(HEAD + "".join(lines))
    prefixes = [f"TAP_CIN7_{name.upper().replace('-', '_')}_" for name in names]
    for prefix in prefixes:
        project.variables[f"{prefix}ACCOUNT_ID"] = "i" * 36
        project.variables[f"{prefix}APPLICATION_KEY"] = "k" * 36
    for command in ("check", "list"):
        measured = _measured(project, command)
        print(command, measured)  # noqa: T201 - what the documentation says
        assert measured["megabytes"] < 100
    assert project.run("list").stdout.split() == names


def _measured(project: Project, command: str) -> dict[str, Any]:
    code = (
        "import json, re, resource, runpy, sys; sys.argv = sys.argv[1:]\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        # ru_maxrss would hold what the process had that started this one.
        "peak = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024\n"
        "told = {'seconds': used.ru_utime + used.ru_stime, 'megabytes': peak}\n"
        "print(json.dumps(told), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, project.command[1], command],
        env=project.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stderr)
    return told
