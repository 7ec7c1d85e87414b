"""The account under test: request pages of its lists within a number of calls.

The rule: no more calls than allowed, each through the run's own client and quota, so that the
limits are kept and other runs know of the calls. A list that is refused or down costs its own line
and no other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from typing_extensions import override

from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.errors import Cin7Error, GaveUp, RecordGone, RunStopped, StreamSkipped, TimeUsed
from tap_cin7.instants import whole_second
from tap_cin7.reading.resource import Listed
from tap_cin7.rows.conform import Conformer
from tap_cin7.rows.extra_fields import Deviations
from tap_cin7.rows.fields import REPETITION
from tap_cin7.rows.repair import decode_row
from tap_cin7.verify.findings import Findings
from tap_cin7.verify.responses import MaskedResponses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import msgspec

    from tap_cin7.run.run import Run

R = TypeVar("R", bound=Listed)

CALLS = 60
"""Most calls of a report by default: those of a minute of Cin7's limit."""
REFUSED = "not permitted or not available"
DOWN = "no answer"
NO_LIST = "another answer than a list"
_TRIES = 2
_NO_QUERY: Mapping[str, str] = MappingProxyType({})
_SPARE_SECONDS = 20.0
"""Seconds beside those that the calls take under their limit; a report takes at most 90 s."""
END_OF_TIME = ":"
"""Sorts after all instants."""


class CallsUsed(RunStopped):
    """The calls that were allowed are used up."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} calls are used up: --verify-calls allows more")


@dataclass
class Budget(StreamMetrics):
    """Counts the calls, and allows no more than ``most``."""

    most: int = CALLS

    def check(self) -> None:
        """Raise ``CallsUsed`` if no call is left."""
        if self.calls >= self.most:
            raise CallsUsed(self.most)

    @override
    def called(self) -> None:
        self.check()
        super().called()


@dataclass(frozen=True)
class ParsedRow:
    """One row.

    Attributes:
        raw: Its bytes.
        sent: Its fields as received, by their names in lower case.
        values: Its fields conformed to the catalog.
        key: Its key; None if it has none of its own.
        stamp: Its stamp, canonical; empty if it has none.

    """

    raw: bytes
    sent: Mapping[str, Any]
    values: Mapping[str, Any]
    key: tuple[Any, ...] | None
    stamp: str


@dataclass(frozen=True)
class ParsedPage(Generic[R]):
    """One page of a list.

    Attributes:
        resource: The list.
        query: The query parameters beside those of the page.
        rows: The rows.
        total: The ``Total`` of the response.
        at: When it was received, by Cin7's clock.
        shape: The shape of the response.

    """

    resource: type[R]
    query: Mapping[str, str]
    rows: Sequence[ParsedRow]
    total: int | None
    at: str
    shape: str

    @property
    def stream(self) -> str:
        """The name of the list."""
        return self.resource.name

    @property
    def keys(self) -> list[tuple[Any, ...]]:
        """The keys of its rows."""
        return [row.key for row in self.rows if row.key is not None]

    @property
    def stamps(self) -> list[str]:
        """The stamps of its rows, of those that have one."""
        return [row.stamp for row in self.rows if row.stamp]

    def keys_since(self, since: str, until: str = END_OF_TIME) -> set[tuple[Any, ...] | None]:
        """Return the keys of the rows whose second is in ``[since, until)``."""
        return {
            row.key for row in self.rows if row.stamp and since <= whole_second(row.stamp) < until
        }


class Account(ABC, Generic[R]):
    """An account under test.

    Attributes:
        run: The run that would read it.
        client: Sends the requests.
        responses: Masks and observes the responses.
        metrics: Counts the calls.
        findings: The evidence so far.
        lists: The first page of each list that could be read.
        failed: Reason -> stream that can't be read -> the shape of its last response.

    """

    def __init__(self, run: Run, most_calls: int) -> None:
        """Observe the responses, and limit the time to what the calls need."""
        self.run = run
        self.client = client = run.client
        self.responses = client.responses = MaskedResponses(client.responses)
        self.metrics = Budget("verify", tries=_TRIES, most=most_calls)
        self.findings = Findings()
        self.lists: dict[type[R], ParsedPage[R]] = {}
        self.failed: dict[str, dict[str, str]] = {}
        self._conformers: dict[type[Listed], Conformer] = {}
        seconds = most_calls * client.quota.limits.sustained_interval + _SPARE_SECONDS
        client.clock.end_at(client.clock.now() + seconds, TimeUsed("the time is over"))

    @abstractmethod
    def request(
        self, resource: type[R], query: Mapping[str, str], number: int, rows: int | None
    ) -> tuple[Sequence[msgspec.Raw], int | None]:
        """Return the rows and the ``Total`` of a page; the arguments are those of ``page``."""

    def stamp_of(self, resource: type[Listed]) -> str | None:
        """Return the stamp field; None if rows have none."""
        return resource.stamp()

    def survey(self, resource: type[R], query: Mapping[str, str] = _NO_QUERY) -> None:
        """Request the first page of a list as a run would."""
        try:
            self.lists[resource] = self.page(resource, query)
        except RunStopped:
            raise
        except Cin7Error as error:
            self.fail(resource, error)

    def fail(self, resource: type[Listed], error: Cin7Error) -> None:
        """Note that a resource can't be read."""
        # Core has 404 for modules that an account lacks.
        is_missing = isinstance(error, RecordGone) and self.run.api.service.name != "omni"
        is_refused = is_missing or isinstance(error, StreamSkipped)
        reason = REFUSED if is_refused else DOWN if isinstance(error, GaveUp) else NO_LIST
        self.failed.setdefault(reason, {})[resource.name] = self.responses.shape

    def page(
        self,
        resource: type[R],
        query: Mapping[str, str] = _NO_QUERY,
        number: int = 1,
        rows: int | None = None,
    ) -> ParsedPage[R]:
        """Request a page of a list.

        Args:
            resource: The list.
            query: Query parameters beside those of the page.
            number: Page number.
            rows: Page size; None for the largest.

        Raises:
            Cin7Error: If the response is not a list.
            CallsUsed: If no call is left.

        """
        self.metrics.check()  # before waiting for the quota
        raws, total = self.request(resource, query, number, rows)
        parsed = [self.row(resource, raw) for raw in raws]
        now = self.client.server_clock.now()
        return ParsedPage(resource, query, parsed, total, now, self.responses.shape)

    def row(self, resource: type[Listed], raw: msgspec.Raw) -> ParsedRow:
        """Parse a row, and note which of its fields deviate."""
        sent = {name.lower(): value for name, value in decode_row(bytes(raw)).value.items()}
        if resource not in self._conformers:
            fields = resource.schema.fields.items()
            of_cin7 = {name: field for name, field in fields if not field.is_added}
            self._conformers[resource] = Conformer(of_cin7)
        deviations = Deviations()
        values = self._conformers[resource].conform(decode_row(bytes(raw)).value, None, deviations)
        self.findings.add_deviations(resource.name, resource.schema.fields, deviations)
        stamp = values.get(self.stamp_of(resource) or "")
        return ParsedRow(bytes(raw), sent, values, _key(resource, values), stamp or "")


def _key(resource: type[Listed], values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    parts: list[str] = []
    for name in resource.schema.key:
        grain = resource.schema.fields[name].record_key_parts
        parts += (name,) if grain is None else (one for one in grain if one != REPETITION)
    return tuple(values.get(name) for name in parts) or None


def seconds_between(early: str, late: str) -> float:
    """Return the seconds from one canonical instant to another."""
    moments = [datetime.fromisoformat(one.removesuffix("Z")) for one in (early, late)]
    return (moments[1] - moments[0]).total_seconds()
