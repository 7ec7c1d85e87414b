"""The command line: bad input ends with one clear line and a non-zero exit, never a traceback."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, cast

import click
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_cin7 import meltano
from tap_cin7.errors import NOT_JSON, BadInput, Cin7Error, TargetGone
from tap_cin7.library import Messages, rows_of
from tap_cin7.rows import encoding
from tap_cin7.rows.coercion import is_guid
from tap_cin7.run import check as checking
from tap_cin7.run.apis import APIS
from tap_cin7.run.events import events_of
from tap_cin7.settings_checks import is_id
from tap_cin7.tap import TapCin7
from tap_cin7.verify import report
from tap_cin7.verify.verification import CALLS, verify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

    from singer_sdk.plugin_base import _ConfigInput

    Config = _ConfigInput | None

_FAILURES_OF_STDOUT = (errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EBADF)


def main() -> None:
    """Run the command line."""
    _replace_closed_streams()
    sdk_command = TapCin7.cli  # sets up logging too
    command = Cin7Command(
        name=sdk_command.name,
        callback=_invoke,
        context_settings=sdk_command.context_settings,
        params=[_naming_the_file(param) for param in sdk_command.params] + _OPTIONS,
        help=sdk_command.help,
        logger=TapCin7.logger,
    )
    try:
        command()
    finally:
        _discard_unwritten_log()


def _replace_closed_streams() -> None:
    """Replace standard streams that are closed, for which Python has None.

    Reading stdin and writing to stdout then fail, and the log is discarded. Opened in this order,
    each gets its own number, so that no file and no connection does.
    """
    sys.stdin = sys.stdin or _devnull("<stdin>", "r", os.O_WRONLY)
    sys.stdout = sys.stdout or _devnull("<stdout>", "w", os.O_RDONLY)
    sys.stderr = sys.stderr or _devnull("<stderr>", "w", os.O_WRONLY)


def _devnull(name: str, mode: str, flags: int) -> TextIO:
    def opener(*_: object) -> int:
        return os.open(os.devnull, flags)

    return cast("TextIO", open(name, mode, errors="backslashreplace", opener=opener))


def _discard_unwritten_log() -> None:
    """Discard log lines that stderr does not take, since Python would exit with 120 for them."""
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


_OPTIONS: list[click.Parameter] = [
    click.Option(
        ["--check"],
        is_flag=True,
        help="Show what a run would find and cost, at a share of its calls.",
    ),
    click.Option(
        ["--from-event"],
        metavar="FILE",
        help="Read just the documents that webhook bodies in a file name ('-' for stdin), one "
        "body or one a line, and move no bookmark.",
    ),
    click.Option(
        ["--leave"],
        metavar="FILE",
        help="Takes the bodies of --from-event that led to no document, one a line.",
    ),
    click.Option(
        ["--get"],
        nargs=2,
        metavar="STREAM ID",
        help="Print one row or document as JSON, by its id or number: --get sales SO-01234.",
    ),
    click.Option(["--json", "as_json"], is_flag=True, help="Give --check's report as JSON."),
    click.Option(
        ["--verify", "form"],
        type=click.Choice(["text", "json"]),
        is_flag=False,
        flag_value="text",
        help="Test on this account what the tap takes for granted of Cin7, in at most 60 calls; "
        "--verify=json for machines. No value of the account is in the report.",
    ),
    click.Option(
        ["--verify-calls", "most_calls"],
        type=click.IntRange(min=1),
        metavar="N",
        help="Calls that --verify may take.",
    ),
]


def _naming_the_file(param: click.Parameter) -> click.Parameter:
    """Make ``--config`` name a file that it can't use in its error, unlike the SDK."""
    sdk_callback = param.callback
    if param.name != "config" or sdk_callback is None:
        return param

    def callback(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> Any:  # noqa: ANN401
        given = sdk_callback(ctx, param, [path for path in value if path == "ENV"])
        for path in value:
            if path != "ENV":
                given.config.update(_read("config", path))
        return given

    param.callback = callback
    return param


def _read(what: str, path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123 - the path of a user, "-" aside
            content = _parsed(what, file, float)
    except OSError as error:
        raise BadInput(f"can't read the {what} file {path}: {error.strerror}") from error
    if not isinstance(content, dict):
        raise BadInput(f'the {what} file {path} must hold an object such as {{"api": "omni"}}')
    return content


def _object(what: str, file: IO[str]) -> dict[str, Any]:
    """Read a state or catalog; what it holds leaves with the same digits."""
    try:
        content = _parsed(what, file, Decimal)
    except OSError as error:
        raise BadInput(f"can't read the {what} file {file.name}: {error.strerror}") from error
    if not isinstance(content, dict):
        raise BadInput(f"the {what} file {file.name} must hold an object, as the tap writes it")
    return content


def _parsed(what: str, file: IO[str], number: type[float | Decimal]) -> object:
    """Parse JSON, which has no NaN."""
    try:
        text = file.read().removeprefix("\ufeff")
        return json.loads(text, parse_float=number, parse_constant=_refuse)
    except NOT_JSON as error:
        raise BadInput(f"the {what} file {file.name} is not JSON: {error}") from error


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"it holds {token}")


def _invoke(  # noqa: PLR0913 - one argument per option
    *,
    check: bool = False,
    as_json: bool = False,
    from_event: str | None = None,
    leave: str | None = None,
    get: tuple[str, str] | None = None,
    form: str | None = None,
    most_calls: int | None = None,
    config: Config = None,
    **kwargs: Any,  # noqa: ANN401
) -> None:
    if as_json and not check:
        raise BadInput("--json goes with --check: write --check --json")
    if most_calls is not None and form is None:
        raise BadInput("--verify-calls goes with --verify: write --verify --verify-calls N")
    if leave is not None and from_event is None:
        raise BadInput("--leave goes with --from-event: write --from-event FILE --leave FILE")
    catalog = kwargs.get("catalog")
    is_left = catalog is None or Path(catalog.name).name == meltano.CATALOG_FILE
    given = {
        what: _object(what, file)
        for what in ("state", "catalog")
        if (file := kwargs.pop(what, None)) is not None
    }
    if check:
        project = meltano.Meltano(os.environ)
        asks = project.extractor and is_left and "state" not in given
        _check(project if asks else None, as_json=as_json, config=config, **given)
    elif form is not None:
        _verify(form, most_calls or CALLS, config)
    elif get is not None:
        _get(*get, config)
    elif from_event is not None:
        _read_events(from_event, leave, config, **given)
    elif kwargs.get("about"):
        TapCin7.invoke(**kwargs)
    else:
        TapCin7.print_version(print_fn=TapCin7.logger.info)
        _tap(config, {}, **given).sync_all()


def _read_events(path: str, leave: str | None, config: Config, **given: dict[str, Any]) -> None:
    """Read the documents that webhook bodies name; write the bodies not done to ``--leave``."""
    api = _api(config)
    if api == "omni":
        raise BadInput("--from-event takes webhooks of Cin7 Core; Cin7 Omni sends none")
    has = APIS[api].listed_streams() if api in APIS else set()
    events = events_of(_content(path))
    named: dict[str, list[str]] = {}
    for event in events:
        event.problems += [f"this API has no {one}" for one in event.documents if one not in has]
        for problem in event.problems:
            if event.is_broken and leave is None:
                raise BadInput(f"{problem}, in the events file {path}")
            logging.getLogger("tap-cin7").warning("%s", problem)
        for stream, names in event.names.items():
            if stream in has:
                named[stream] = list(dict.fromkeys([*named.get(stream, ()), *names]))
    tap = _tap(config, {"only_ids": named}, **given)
    documents = {stream for event in events for stream in event.documents}
    is_success = False
    try:
        tap.sync_documents(documents & has)
        is_success = True
    finally:
        # If nothing was requested, the run did not reach the events: they wait for the next run.
        if leave is not None and (is_success or any(map(tap.run.named, documents))):
            left = [event for event in events if not event.is_done(tap.run.named)]
            # The next run begins with what this one did not reach, not with what failed.
            left.sort(key=lambda event: event.is_untried(tap.run.named), reverse=True)
            _write(leave, b"".join(event.line.strip() + b"\n" for event in left))


def _get(stream: str, name: str, config: Config) -> None:
    """Print the row or document with an id or number."""
    if not is_id(name):
        raise BadInput(f"--get needs an id or a number, not {name!r}")
    is_known = is_guid(name) or (name.isdecimal() and _api(config) == "omni")
    names = {stream: [name if is_known else f"|{name}"]}
    rows = list(rows_of(_tap(config, {"only_ids": names}, message_writer=Messages()), stream))
    if len(rows) != 1:
        what = "nothing has" if not rows else f"{len(rows)} rows have"
        raise BadInput(f"{what} the id or number {name!r} in {stream}")
    click.echo(encoding.as_json(rows[0]))


def _api(config: Config) -> str | None:
    return _settings(config).get("api")


def _settings(config: Config) -> dict[str, Any]:
    """Return the settings of the config files and, where ``ENV`` is given, of the environment."""
    if config is None:
        return {}
    return {**config.config, **(TapCin7.environment() if config.parse_env else {})}


def _write(path: str, content: bytes) -> None:
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise BadInput(f"can't write the file of --leave {path}: {error.strerror}") from error


def _content(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise BadInput(f"can't read the events file {path}: {error}") from error


def _tap(config: Config, more: Mapping[str, Any], **given: Any) -> TapCin7:  # noqa: ANN401
    return TapCin7(config={**_settings(config), **more}, **given)


def _check(
    project: meltano.Meltano | None,
    *,
    as_json: bool,
    config: Config,
    **given: dict[str, Any],
) -> None:
    """Report what a run would find, with Meltano's catalog and state if called by Meltano."""
    following = "the same command without --check"
    if project is None:
        source = "the catalog given" if "catalog" in given else "the default, no catalog given"
        origin = "the one given" if "state" in given else "none given, so everything is read"
        tap = _tap(config, {}, **given)
    else:
        logging.getLogger("tap-cin7").info("asking Meltano for the selection and state in effect")
        inputs = project.run_inputs()
        source = "the one in effect in Meltano"
        origin = ", ".join(inputs.state_ids) or "none yet, so everything is read"
        if len(inputs.state_ids) > 1:
            origin = f"none used, as several runs keep one ({origin}): name one with --state"
        loaders = {project.loader_of(one) for one in inputs.state_ids}
        loader = loaders.pop() if len(loaders) == 1 else "<loader>"
        following = f"meltano run {project.extractor} {loader}"
        tap = _tap(config, {}, state=inputs.state, catalog=inputs.catalog)
    report = checking.check(tap.run, tap.cin7_streams, source, origin, following)
    # On stdout, which carries no messages here: orchestrators truncate and filter stderr.
    click.echo(checking.as_json(report) if as_json else checking.as_text(report))
    sys.exit(0 if report.is_good else 1)


def _verify(form: str, most_calls: int, config: Config) -> None:
    found = verify(_tap(config, {}).run, most_calls)
    if found.is_cut and form == "json":
        logging.getLogger("tap-cin7").error("%s", found.stopped)
    click.echo(report.as_json(found) if form == "json" else report.as_text(found))
    sys.exit(0 if found.is_good else 1)


class Cin7Command(SingerCommand):
    """The SDK's command, with readable errors."""

    @override
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except Cin7Error as error:
            self._end(error, error.exit_code)
        except (OSError, ValueError) as error:
            self._end_if_stdout_failed(error)  # discovery writes from here
            self._end(f"can't read what was given on the command line: {error}")

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()  # at the end of the process an error could not be reported
        except Cin7Error as error:
            self._end(error, error.exit_code)
        except TargetGone as gone:
            self._end_without_stdout(gone)
        except OSError as error:
            self._end_if_stdout_failed(error)
            raise

    def _end_if_stdout_failed(self, error: Exception) -> None:
        if not isinstance(error, OSError) or error.filename is not None:
            return
        if error.errno in _FAILURES_OF_STDOUT:
            self._end_without_stdout(TargetGone.because(error))

    def _end_without_stdout(self, gone: TargetGone) -> NoReturn:
        # Data still buffered would fail again when the process exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        self._end(gone)

    def _end(self, error: object, exit_code: int = 1) -> NoReturn:
        logging.getLogger("tap-cin7").error("%s", error)
        sys.exit(exit_code)
