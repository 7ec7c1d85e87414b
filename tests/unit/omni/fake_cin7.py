"""A client that answers as Omni does, from rows in memory and by a clock of its own."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from tap_cin7.client.clock import RunClock, ServerClock
from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.errors import Incomplete
from tap_cin7.instants import instant
from tap_cin7.omni.api import OmniReaders
from tap_cin7.reading.position import Position
from tap_cin7.reading.reader import Reading
from tap_cin7.rows.codec import RowCodec
from tap_cin7.settings import Settings

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Page, Reader

Row = dict[str, Any]

EPOCH = datetime(2026, 6, 1, tzinfo=timezone.utc)
_TEST = re.compile(r"(\w+)(?: (IS NULL)|(>=|<)'([^']*)'| IN \(([^)]*)\))")


class TestClock(RunClock):
    """Seconds that pass when a test says so."""

    __test__ = False

    def __init__(self) -> None:
        """Start at zero."""
        super().__init__()
        self.seconds = 0.0

    def now(self) -> float:
        """Return the seconds so far."""
        return self.seconds


@dataclass
class FakeCin7:
    """Rows of one resource, and the client that reads them.

    Attributes:
        rows: The rows by whatever tells them apart.
        ahead: Seconds by which Cin7's clock is ahead of this machine's.
        tells_time: Whether answers have a ``Date`` header.
        ties: Puts rows that tie in some order; None leaves them as they are.
        asked: The queries so far.
        before_answer: Called before each answer.
        parallel: Requests to have under way at once.

    """

    rows: dict[Any, Row]
    ahead: float = 0.0
    tells_time: bool = True
    ties: random.Random | None = None
    parallel: int = 1
    asked: list[dict[str, Any]] = field(default_factory=list)
    before_answer: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        """Start the clocks."""
        self.clock = TestClock()
        self.server_clock = ServerClock(
            self.clock, lambda: EPOCH + timedelta(seconds=self.clock.seconds)
        )

    def now(self, offset: float = 0.0) -> str:
        """Return Cin7's time, some seconds later or earlier, as it is sent."""
        moment = self._moment() + timedelta(seconds=offset)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _moment(self) -> datetime:
        return EPOCH + timedelta(seconds=self.clock.seconds + self.ahead)

    # What readers use of a client.

    def width(self, _metrics: StreamMetrics) -> int:
        """Return how many requests to have under way at once."""
        return self.parallel

    def get(
        self, path: str, params: Mapping[str, str | int], _read: object, metrics: StreamMetrics
    ) -> list[msgspec.Raw]:
        """Return the rows of a page."""
        assert path.startswith("/v")
        assert len(urlencode(params)) < 1_800
        metrics.called()
        self.asked.append(dict(params))
        if self.before_answer:
            self.before_answer()
        if self.tells_time:
            self.server_clock.note_date(
                format_datetime(self._moment(), usegmt=True), self.clock.now()
            )
        rows = [row for row in self.rows.values() if fulfils(row, str(params.get("where", "")))]
        if self.ties:
            self.ties.shuffle(rows)
        for column in reversed(str(params["order"]).split(", ")):
            name, direction = column.split()
            assert direction == "ASC"
            rows.sort(key=partial(_comparable, name))
        page, size = int(params["page"]), int(params["rows"])
        wanted = str(params.get("fields", ""))
        return [
            msgspec.Raw(json.dumps(_narrowed(row, wanted)).encode())
            for row in rows[(page - 1) * size : page * size]
        ]


def fulfils(row: Row, where: str) -> bool:
    """Tell whether a row fulfils a condition; bounds are inclusive, AND binds before OR."""
    if not where:
        return True
    return any(
        all(_fulfils_one(row, test) for test in clause.split(" AND "))
        for clause in where.split(" OR ")
    )


def _fulfils_one(row: Row, test: str) -> bool:
    match = _TEST.fullmatch(test)
    assert match, test
    name, is_null, sign, bound, listed = match.groups()
    value = row.get(name)
    if is_null:
        return value is None
    if listed is not None:
        return str(value) in [one.strip("'").replace("''", "'") for one in listed.split(",")]
    if value is None:
        return False
    own, other = str(value).rstrip("Z")[:26], bound.rstrip("Z")
    return own >= other if sign == ">=" else own <= other


def _comparable(name: str, row: Row) -> tuple[bool, Any]:
    value = row.get(name)
    return value is not None, value if value is not None else 0


def _narrowed(row: Row, fields: str) -> Row:
    return {name: row[name] for name in fields.split(",") if name in row} if fields else row


class Log(logging.Logger):
    """Keeps its lines."""

    def __init__(self) -> None:
        """Start without lines."""
        super().__init__("test")
        self.lines: list[str] = []

    def handle(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


@dataclass
class Run:
    """What a reading brought.

    Attributes:
        pages: Its pages.
        position: Where the stream stands after them.
        lines: What was logged.
        metrics: What it cost.
        doubt: Why rows may be missing, if they may.

    """

    pages: list[Page]
    position: Position
    lines: list[str]
    metrics: StreamMetrics
    doubt: Incomplete | None = None

    @property
    def rows(self) -> list[Any]:
        """The rows of all pages."""
        return [row for page in self.pages for row in page.rows]

    @property
    def keys(self) -> list[Any]:
        """The keys of all rows."""
        return [row.key for row in self.rows]

    @property
    def is_whole(self) -> bool:
        """Whether the reading is known to be whole."""
        return self.pages[-1].is_whole

    @property
    def bookmark(self) -> str | None:
        """The bookmark after the reading."""
        value = self.position.replication_key_value
        return value if isinstance(value, str) else None


def reader_of(  # noqa: PLR0913 - the parts of a reading
    cin7: FakeCin7,
    resource: type[OmniResource],
    position: Position | None = None,
    *,
    full_table: bool = False,
    log: logging.Logger | None = None,
    metrics: StreamMetrics | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Reader:
    """Return the reader of a resource."""
    known = Settings(api="omni", **(settings or {}))
    codec = RowCodec(resource.schema, wanted=resource.watched(), stamp=resource.stamp())
    return OmniReaders().reader(
        Reading(
            resource=resource,
            client=cin7,  # type: ignore[arg-type]
            codec=codec,
            settings=known,
            position=position or Position(),
            full_table=full_table,
            metrics=metrics or StreamMetrics(resource.name),
            log=log or Log(),
        )
    )


def run(
    cin7: FakeCin7,
    resource: type[OmniResource],
    position: Position | None = None,
    **how: Any,  # noqa: ANN401 - as ``run_under_edits`` takes it
) -> Run:
    """Read a resource to its end; arguments as for ``run_under_edits``.

    Raises:
        Incomplete: If rows may be missing.

    """
    result = run_under_edits(cin7, resource, position, **how)
    if result.doubt is not None:
        raise result.doubt
    return result


def run_under_edits(
    cin7: FakeCin7,
    resource: type[OmniResource],
    position: Position | None = None,
    *,
    full_table: bool = False,
    between: Callable[[], None] | None = None,
    **settings: object,
) -> Run:
    """Read a resource as far as it can be read.

    Args:
        cin7: What is read.
        resource: The resource.
        position: Where the stream stands.
        full_table: Whether the catalog wants a full table.
        between: Called after each page, while the reading waits to go on.
        settings: Settings that differ from their defaults.

    """
    log, metrics = Log(), StreamMetrics(resource.name)
    reader = reader_of(
        cin7, resource, position, full_table=full_table, log=log, metrics=metrics, settings=settings
    )
    pages, now, doubt = [], position or Position(), None
    try:
        for page in reader.pages():
            pages.append(page)
            now = merged(now, page.position)
            if between:
                between()
    except Incomplete as error:
        doubt = error
    return Run(pages, now, log.lines, metrics, doubt)


def merged(position: Position, change: Position | None) -> Position:
    """Return a position after a change to it."""
    if change is None:
        return position
    named = {name: getattr(change, name) for name in change.__struct_fields__}
    return msgspec.structs.replace(
        position, **{name: value for name, value in named.items() if value is not msgspec.UNSET}
    )


def latest(rows: Sequence[Any], stamp: str = "modifiedDate") -> dict[Any, str]:
    """Return the last stamp that came of each key."""
    found: dict[Any, str] = {}
    for row in rows:
        found[row.key] = max(found.get(row.key, ""), row.values.get(stamp) or "")
    return found


def standing(cin7: FakeCin7, stamp: str = "modifiedDate") -> dict[Any, str]:
    """Return the stamp of each row that there is."""
    return {key: instant(row[stamp]) or "" if row[stamp] else "" for key, row in cin7.rows.items()}
