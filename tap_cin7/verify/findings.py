"""Findings: the evidence of probes on assumptions and fields, without values of the account."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from tap_cin7.assumptions import ASSUMPTIONS
from tap_cin7.rows.extra_fields import ODD, UNKNOWN, Deviations
from tap_cin7.rows.paths import path_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tap_cin7.assumptions import Assumption
    from tap_cin7.rows.fields import Field, Table
    from tap_cin7.rows.paths import Path

A = TypeVar("A")
Verdict: TypeAlias = Literal["holds", "refuted", "unseen"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
"""A field name; anything longer or of other characters may be a value used as a name."""
_MOST_FIELDS = 200
_TYPES = {
    str: "text",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    list: "list",
    dict: "object",
}


class Evidence(NamedTuple):
    """One observation about an assumption.

    Attributes:
        verdict: What it says of the assumption.
        text: What was seen, in numbers; if unseen, why.
        source: The stream that shows it.
        assumption: Id of the assumption; empty for the probe's own.

    """

    verdict: Verdict
    text: str
    source: str = ""
    assumption: str = ""


holds = partial(Evidence, "holds")
refuted = partial(Evidence, "refuted")
unseen = partial(Evidence, "unseen")
Look: TypeAlias = "Callable[[A], Iterable[Evidence]]"


class Probe(NamedTuple):
    """A test of an assumption on an account.

    Attributes:
        look: Yields the evidence.
        assumption: Id of the assumption.
        unseen: Why there is no evidence, if there is none.

    """

    look: Look[Any]
    assumption: str
    unseen: str


class Probes(list[Probe], Generic[A]):
    """Probes in the order of their declaration."""

    def declare(self, assumption: str = "", unseen: str = "") -> Callable[[Look[A]], Look[A]]:
        """Return a decorator that adds a probe; the arguments are those of ``Probe``."""

        def decorate(look: Look[A]) -> Look[A]:
            self.append(Probe(look, assumption, unseen))
            return look

        return decorate


@dataclass(frozen=True)
class Finding:
    """The verdict on one assumption.

    Attributes:
        assumption: The assumption.
        verdict: Whether it holds.
        evidence: What was seen, in numbers; if unseen, why.

    """

    assumption: Assumption
    verdict: Verdict
    evidence: str


@dataclass
class Findings:
    """All evidence so far.

    Attributes:
        unknown: Path of a field that the catalog lacks -> the type of its value.
        misfits: Path of a field -> the types of its value and of its column.

    """

    unknown: dict[str, str] = field(default_factory=dict)
    misfits: dict[str, tuple[str, str]] = field(default_factory=dict)
    _evidence: dict[str, dict[Verdict, dict[str, list[str]]]] = field(default_factory=dict)

    def add(self, evidence: Evidence, probe: Probe) -> None:
        """Add the evidence of a probe."""
        known = self._evidence.setdefault(
            ASSUMPTIONS[evidence.assumption or probe.assumption].id, {}
        )
        sources = known.setdefault(evidence.verdict, {}).setdefault(evidence.text, [])
        if evidence.source and evidence.source not in sources:
            sources.append(evidence.source)

    def end(self, probe: Probe) -> None:
        """Add the reason why a finished probe has no evidence, if it has none."""
        if probe.unseen and probe.assumption not in self._evidence:
            self.add(unseen(probe.unseen), probe)

    def all(self, api: str, otherwise: str) -> list[Finding]:
        """Return one finding for each assumption of an API; refuting evidence outweighs the rest.

        Args:
            api: The API.
            otherwise: Why there is no evidence, where no probe says so.

        """
        return [self._finding(one, otherwise) for one in ASSUMPTIONS.values() if api in one.apis]

    def _finding(self, assumption: Assumption, otherwise: str) -> Finding:
        evidence = self._evidence.get(assumption.id, {})
        for verdict in ("refuted", "holds", "unseen"):
            if verdict in evidence:
                texts = (
                    f"{', '.join(sources)}: {text}" if sources else text
                    for text, sources in evidence[verdict].items()
                )
                return Finding(assumption, verdict, "; ".join(texts))
        needs = assumption.needs and f"one reading can't show it, it takes {assumption.needs}"
        return Finding(assumption, "unseen", needs or otherwise)

    def add_deviations(self, stream: str, fields: Table, deviations: Deviations) -> None:
        """Add the fields of a row that differ from the columns of its stream."""
        for path, value, what in deviations:
            *parents, declared = _fields_along(path, fields)
            steps = [_safe_step(*one) for one in zip(path, parents, strict=True)]
            name = f"{stream}.{path_pattern(tuple(steps))}"
            sent = _TYPES.get(type(value), "null")
            if what == UNKNOWN and len(self.unknown) < _MOST_FIELDS:
                self.unknown.setdefault(name, sent)
            elif what == ODD and len(self.misfits) < _MOST_FIELDS:
                column = "any" if declared is None else declared.format or declared.types[0]
                self.misfits.setdefault(name, (sent, column))


def _fields_along(path: Path, fields: Mapping[str, Field]) -> Iterator[Field | None]:
    """Yield the parent field of each step of a path, then the last field; None if undeclared."""
    above: Field | None = None
    yield above
    for place, step in enumerate(path):
        if isinstance(step, int):
            above = above and above.items
        else:
            table = fields if place == 0 else above and above.properties
            above = table.get(step) if table else None
        yield above


def _safe_step(step: str | int, above: Field | None) -> str | int:
    """Return a step of a path; a star if it may be a name that the account chose."""
    is_open = above is not None and above.types[0] == "object" and above.properties is None
    return step if isinstance(step, int) else "*" if is_open else safe_name(step)


def safe_name(name: str) -> str:
    """Return the name of a field; a star if it may be a value used as a name."""
    return name if _NAME.fullmatch(name) else "*"
