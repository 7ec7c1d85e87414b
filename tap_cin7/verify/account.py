"""The account under test: its lists as far as they were read, within a number of calls.

The rule: no more calls than allowed, each through the run's own client and quota, so that the
limits are kept and other runs know of the calls. A list that is refused or down costs its own line
and no other.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from typing_extensions import override

from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.core.endpoints import ListEndpoint
from tap_cin7.core.resource import CoreList
from tap_cin7.errors import Cin7Error, RunStopped, TimeUsed
from tap_cin7.omni.listing import omni_rows
from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.windows import PAGE_ROWS
from tap_cin7.reading.expected import ExpectedRows
from tap_cin7.reading.position import Position
from tap_cin7.reading.reader import Reading
from tap_cin7.reading.resource import Listed
from tap_cin7.rows.codec import RowCodec
from tap_cin7.rows.conform import Conformer
from tap_cin7.rows.extra_fields import Deviations
from tap_cin7.rows.fields import REPETITION
from tap_cin7.rows.repair import decode_row
from tap_cin7.verify.findings import Findings
from tap_cin7.verify.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import msgspec

    from tap_cin7.run.run import Run

R = TypeVar("R", bound=Listed)

_log = logging.getLogger("tap-cin7")
CALLS = 60
"""Calls that a report may take: a minute of Cin7's limit."""
_TRIES = 2
_USED_UP = "the calls are used up"
_NO_QUERY: Mapping[str, str] = MappingProxyType({})
_SPARE_SECONDS = 20.0
"""Beside the time that the calls take under their limit; a report is there within 90 s."""


class CallsUsed(Cin7Error):  # noqa: N818 - as those of ``errors``
    """The calls that were allowed are used up."""


class Budget(StreamMetrics):
    """Counts the calls, and lets no more of them go than allowed."""

    most: int = CALLS

    @override
    def called(self) -> None:
        if self.calls >= self.most:
            raise CallsUsed(_USED_UP)
        super().called()


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        raw: Its bytes.
        sent: Its fields as they came, by their names in small letters.
        values: Its fields as the catalog has them.
        key: Its key; None where it has none of its own.

    """

    raw: bytes
    sent: Mapping[str, Any]
    values: Mapping[str, Any]
    key: tuple[Any, ...] | None

    def stamp(self, name: str | None) -> str:
        """Return a stamp of it, canonical; empty where it has none."""
        value = self.values.get(name or "")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Answer:
    """The rows of one answer.

    Attributes:
        rows: The rows.
        total: The ``Total`` beside them.
        at: When it was made, by Cin7's clock.
        form: The form of its body.

    """

    rows: Sequence[Row]
    total: int | None
    at: str
    form: str

    @property
    def keys(self) -> list[tuple[Any, ...]]:
        """The keys of its rows."""
        return [row.key for row in self.rows if row.key is not None]


class Failure(NamedTuple):
    """Why something did not answer, and the form of the last answer."""

    error: Cin7Error
    form: str


@dataclass
class Account:
    """An account under test.

    Attributes:
        run: The run that would read it.
        most_calls: Calls that are allowed.
        findings: What was found out.
        lists: What each list that was asked for answered.
        failed: What did not answer -> why: refused, down, or something else than a list.

    """

    run: Run
    most_calls: int = CALLS
    findings: Findings = field(default_factory=Findings)
    lists: dict[type[Listed], Answer] = field(default_factory=dict)
    failed: dict[str, Failure] = field(default_factory=dict)
    _conformers: dict[type[Listed], Conformer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Watch the answers, and let the time end with the calls."""
        client = self.client = self.run.client
        self.wire = Wire(client.responses)
        client.responses = self.wire
        self.metrics = Budget("verify", tries=_TRIES)
        self.metrics.most = self.most_calls
        seconds = self.most_calls * client.quota.limits.sustained_interval + _SPARE_SECONDS
        client.clock.end_at(client.clock.now() + seconds, TimeUsed("the time is over"))

    @property
    def left(self) -> int:
        """Calls that are left."""
        return self.most_calls - self.metrics.calls

    def survey(self, resource: type[Listed], query: Mapping[str, str] = _NO_QUERY) -> Answer | None:
        """Ask for the first page of a list as a run would; None where it does not answer.

        Raises:
            CallsUsed, RunStopped: If nothing can be asked any more.

        """
        try:
            answer = self.page(resource, query)
        except (CallsUsed, RunStopped):
            raise
        except Cin7Error as error:
            self.fail(resource, error)
            return None
        self.lists[resource] = answer
        return answer

    def fail(self, resource: type[Listed], error: Cin7Error) -> None:
        """Note that a resource does not answer."""
        self.failed[resource.name] = Failure(error, self.wire.form)

    def page(
        self,
        resource: type[Listed],
        query: Mapping[str, str] = _NO_QUERY,
        number: int = 1,
        rows: int = 0,
    ) -> Answer:
        """Ask for a page of a list.

        Args:
            resource: The list.
            query: Query parameters beside those of the page.
            number: Which page.
            rows: How many rows it may have; the most by default.

        Raises:
            Cin7Error: If it does not answer with a list.
            CallsUsed: If it may not be asked.

        """
        if self.left <= 0:  # before anybody waits for the quota
            raise CallsUsed(_USED_UP)
        if issubclass(resource, OmniResource):
            params: dict[str, str | int] = {"page": number, "rows": rows or PAGE_ROWS, **query}
            read = partial(omni_rows, wanted=ExpectedRows(resource.schema))
            found = self.client.get(resource.path, params, read, self.metrics)
            return self._answer(resource, found, None)
        if not issubclass(resource, CoreList):
            raise TypeError(resource.name)
        flags = resource.switched_on(self.run.settings)
        endpoint = ListEndpoint(resource, self.reading(resource), query, flags)
        answer = (
            endpoint.page(number, rows or endpoint.page_rows)
            if resource.paged
            else endpoint.request({})
        )
        return self._answer(resource, answer.rows, answer.total)

    def reading(self, resource: type[R]) -> Reading[R]:
        """Return what a reader is given, for a resource whose rows go nowhere."""
        return Reading(
            resource=resource,
            client=self.client,
            codec=RowCodec(resource.columns()),
            settings=self.run.settings,
            position=Position(),
            full_table=False,
            metrics=self.metrics,
            log=_log,
        )

    def _answer(
        self, resource: type[Listed], raws: Sequence[msgspec.Raw], total: int | None
    ) -> Answer:
        rows = [self.row(resource, raw) for raw in raws]
        return Answer(rows, total, self.client.server_clock.now(), self.wire.form)

    def row(self, resource: type[Listed], raw: bytes | msgspec.Raw) -> Row:
        """Return a row, and note which of its fields deviate."""
        sent = {name.lower(): value for name, value in decode_row(bytes(raw)).value.items()}
        deviations = Deviations()
        values = self._conformer(resource).conform(decode_row(bytes(raw)).value, None, deviations)
        if deviations:
            self.findings.note(resource.name, resource.schema.fields, deviations)
        return Row(bytes(raw), sent, values, _key(resource, values))

    def _conformer(self, resource: type[Listed]) -> Conformer:
        if resource not in self._conformers:
            fields = resource.schema.fields.items()
            of_cin7 = {name: field for name, field in fields if not field.is_added}
            self._conformers[resource] = Conformer(of_cin7)
        return self._conformers[resource]


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
