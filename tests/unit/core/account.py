"""A Core account in memory behind the one seam of a reader: ``client.get``."""

from __future__ import annotations

import logging
import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests

from tap_cin7.client.metrics import Concurrency, StreamMetrics
from tap_cin7.client.responses import MaybePermanent
from tap_cin7.core.api import CoreReaders
from tap_cin7.errors import Cin7Error, RecordGone, StreamFailed, Terminated
from tap_cin7.instants import shifted
from tap_cin7.reading.position import Position
from tap_cin7.reading.reader import Reading
from tap_cin7.rows.codec import Notes, Output, RowCodec
from tap_cin7.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_cin7.core.resource import CoreResource
    from tap_cin7.reading.reader import Estimate, Reader

T = TypeVar("T")
Row = dict[str, Any]
START = "2026-03-01T00:00:00.000000Z"
ORDERS = ("insertion", "ascending", "descending", "random")


@dataclass
class Table:
    """A list as Cin7 keeps it: rows in the order of their making, with their last change.

    Attributes:
        rows: Id -> row.
        order: In which order answers have them: as made, by last change, or another each time.
        most: Rows that a page can have.
        total: What the envelope says the number of rows is, given the right one.
        stamp: Field with the last change, by which the list filters; None where it shows none.
        since: Query parameter that filters by it.
        records_key: Name of the rows in the envelope.

    """

    rows: dict[str, Row] = field(default_factory=dict)
    order: str = "insertion"
    most: int = 1_000
    total: Callable[[int], Any] | None = lambda right: right
    stamp: str | None = None
    since: str | None = None
    records_key: str = "Rows"
    changed: dict[str, int] = field(default_factory=dict)
    changes: int = 0

    def put(self, key: str, **fields: Any) -> None:  # noqa: ANN401
        """Add or change a row."""
        self.rows[key] = {**self.rows.get(key, {}), **fields}
        self.changes += 1
        self.changed[key] = self.changes

    def drop(self, key: str) -> None:
        """Take a row out."""
        del self.rows[key]

    def answer(self, query: Mapping[str, Any], dice: random.Random) -> Row:
        """Return a page."""
        page = int(query.get("Page") or query.get("page") or 1)
        limit = min(int(query.get("Limit") or query.get("limit") or 100), self.most)
        keys = list(self.rows)
        if self.order in ("ascending", "descending"):
            keys.sort(key=lambda key: self.changed[key], reverse=self.order == "descending")
        elif self.order == "random":
            dice.shuffle(keys)
        since = query.get(self.since) if self.since else None
        if since is not None and self.stamp is not None:
            keys = [key for key in keys if self.rows[key][self.stamp][:19] >= since[:19]]
        rows = [self.rows[key] for key in keys]
        body: Row = {"Page": page, self.records_key: rows[(page - 1) * limit : page * limit]}
        if self.total is not None:
            body["Total"] = self.total(len(rows))
        return body


class Clock:
    """Seconds of a run that pass when a call is made."""

    def __init__(self) -> None:
        """Start at zero."""
        self.seconds = 0.0

    def now(self) -> float:
        """Return the seconds."""
        return self.seconds

    def seconds_left(self) -> float:
        """Say that nothing bounds the run."""
        return math.inf


class Quota:
    """A quota without a limit for the day."""

    def left(self) -> tuple[int, int | None]:
        """Return the calls left of a minute and of the day."""
        return 60, None


class ServerClock:
    """Cin7's clock, right to the microsecond."""

    def __init__(self, account: Account) -> None:
        """Tell an account's time."""
        self._account = account

    def at(self, moment: float) -> str:
        """Return what the clock showed at a moment of the run."""
        return self._account.time(moment)

    def now(self) -> str:
        """Return the present time."""
        return self._account.time(self._account.clock.seconds)


@dataclass
class Account:
    """An account and its clock; a client as far as readers need one.

    Attributes:
        tables: Path -> list.
        documents: Path -> documents by id, as ``core_rows`` gets them.
        calls: Path and query of each call.
        between: Happens before each call.
        dies_after: Calls until the run is stopped; None for never.

    """

    tables: dict[str, Table] = field(default_factory=dict)
    documents: dict[str, Callable[[str], Row | None]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    between: Callable[[str], None] = lambda _path: None
    dies_after: int | None = None
    dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311
    id_param: str = "ID"

    def __post_init__(self) -> None:
        """Wind up the clocks."""
        self.clock, self.quota = Clock(), Quota()
        self.server_clock = ServerClock(self)

    def time(self, moment: float) -> str:
        """Return Cin7's time at a moment."""
        whole = int(moment)
        return shifted(START, whole)[:20] + f"{int((moment - whole) * 1e6):06d}Z"

    @property
    def now(self) -> str:
        """Cin7's time."""
        return self.time(self.clock.seconds)

    def width(self, _metrics: StreamMetrics) -> int:
        """Call one after the other."""
        return 1

    def concurrency(self) -> Concurrency:
        """Read nothing beside."""
        return Concurrency()

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        read: Callable[[requests.Response], T],
        metrics: StreamMetrics,
        tries: int = 1,  # noqa: ARG002 - nothing fails here that passes
    ) -> T:
        """Answer a call."""
        self.between(path)
        if self.dies_after is not None:
            if self.dies_after == 0:
                raise Terminated("SIGTERM", 15)
            self.dies_after -= 1
        metrics.called()
        self.clock.seconds += 1.0
        self.calls.append((path, dict(params)))
        if path in self.tables:
            body: Any = self.tables[path].answer(params, self.dice)
        else:
            body = self._document(path, params)
        response = requests.Response()
        response.status_code = 200
        response._content = body if isinstance(body, bytes) else msgspec.json.encode(body)  # noqa: SLF001
        response.request = requests.Request("GET", "http://cin7").prepare()
        try:
            return read(response)
        except MaybePermanent as error:
            raise StreamFailed(str(error)) from error

    def _document(self, path: str, params: Mapping[str, str | int]) -> Row:
        if path not in self.documents:
            path, _, name = path.rpartition("/")
        else:
            name = str(params[self.id_param])
        body = self.documents[path](name)
        if body is None:
            raise RecordGone("404, Cin7 says: not found")
        return body

    def paths(self) -> list[str]:
        """Return the paths that were asked for."""
        return [path for path, _ in self.calls]


@dataclass
class Result:
    """What a run brought.

    Attributes:
        records: The records of the resource, in the order in which they left.
        position: The state afterwards.
        is_whole: Whether the reading says that it holds everything.
        error: What ended it.
        log: Warnings.

    """

    records: list[Row]
    position: Position
    is_whole: bool
    error: Cin7Error | None
    log: list[str]
    metrics: StreamMetrics


def run(
    account: Account,
    resource: type[CoreResource],
    position: Position | None = None,
    *,
    full_table: bool = False,
    pages: int | None = None,
    **settings: Any,  # noqa: ANN401
) -> Result:
    """Read a resource once.

    Args:
        account: What is read.
        resource: The resource.
        position: State before.
        full_table: What the catalog wants.
        pages: After how many pages with rows the run ends; None for never.
        settings: The settings that count.

    """
    reader = _reader(account, resource, position, CoreReaders(), full_table=full_table, **settings)
    return reader.read(pages)


def run_together(
    account: Account, *wanted: tuple[type[CoreResource], Position | None]
) -> list[Result]:
    """Read several resources in one run, in this order."""
    readers = CoreReaders()
    made = [_reader(account, resource, position, readers) for resource, position in wanted]
    return [one.read() for one in made]


@dataclass
class _OneReader:
    reader: Reader
    position: Position
    metrics: StreamMetrics
    lines: list[str]

    def read(self, most_pages: int | None = None) -> Result:
        records: list[Row] = []
        state = self.position
        is_whole = False
        error = None
        written = 0
        try:
            for page in self.reader.pages():
                records += [
                    msgspec.json.decode(json)
                    for row in page.rows
                    for made in row.records
                    for json in made.jsons
                ]
                if page.position is not None:
                    state = merged(state, page.position)
                is_whole |= page.is_whole
                written += bool(page.rows)
                if written == most_pages:
                    break
        except Cin7Error as raised:
            error = raised
        assert self.reader.is_whole or not is_whole
        return Result(records, state, is_whole, error, self.lines, self.metrics)


def probe(account: Account, resource: type[CoreResource]) -> Estimate | None:
    """Ask what a run would bring."""
    return _reader(account, resource, None, CoreReaders()).reader.estimate(1)


def _reader(
    account: Account,
    resource: type[CoreResource],
    position: Position | None,
    readers: CoreReaders,
    *,
    full_table: bool = False,
    **settings: Any,  # noqa: ANN401
) -> _OneReader:
    metrics, position = StreamMetrics(resource.name), position or Position()
    log, lines = _log()
    codec = RowCodec(
        resource.columns(),
        wanted=resource.watched(),
        stamp=resource.part_stamp(),
        outputs=[Output(resource.columns().fields, frozenset(), None, Notes())],
    )
    reading: Reading[Any] = Reading(
        resource=resource,
        client=account,  # type: ignore[arg-type]
        codec=codec,
        settings=Settings(api="core", **settings),
        position=position,
        full_table=full_table,
        metrics=metrics,
        log=log,
    )
    return _OneReader(readers.reader(reading), position, metrics, lines)


def merged(before: Position, change: Position) -> Position:
    """Return state as it lies in a file after a change, and comes back from there."""
    entries = {**msgspec.to_builtins(before), **msgspec.to_builtins(change)}
    return msgspec.convert(msgspec.json.decode(msgspec.json.encode(entries)), Position)


def _log() -> tuple[logging.Logger, list[str]]:
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    log = logging.Logger("test")  # noqa: LOG001 - one that no other test hears
    log.addHandler(Lines())
    return log, lines
