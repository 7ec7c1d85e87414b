"""Findings: what was found out about each assumption, and about fields, without a value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import starmap
from typing import TYPE_CHECKING, Literal, TypeAlias

from tap_cin7.assumptions import ASSUMPTIONS
from tap_cin7.rows.paths import general

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_cin7.assumptions import Assumption
    from tap_cin7.rows.extra_fields import Deviations
    from tap_cin7.rows.fields import Field, Table

Verdict: TypeAlias = Literal["holds", "refuted", "unseen"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
"""What a field may be called; anything longer or stranger may be a value that stands for a name."""
_MOST_FIELDS = 200
_FORMS = {
    str: "text",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    list: "list",
    dict: "object",
}


@dataclass(frozen=True)
class Finding:
    """What was found out about one assumption.

    Attributes:
        assumption: Which one.
        verdict: Whether it holds.
        evidence: Why, in numbers; of what was not seen, why not.

    """

    assumption: Assumption
    verdict: Verdict
    evidence: str


@dataclass
class Findings:
    """What was found out so far.

    Attributes:
        unknown: Path of a field that the catalog lacks -> the type of its value.
        misfits: Path of a field -> the type that its value has, and the one of its column.

    """

    unknown: dict[str, str] = field(default_factory=dict)
    misfits: dict[str, tuple[str, str]] = field(default_factory=dict)
    _told: dict[str, dict[Verdict, dict[str, list[str]]]] = field(default_factory=dict)

    def holds(self, assumption: str, evidence: str, of: str = "") -> None:
        """Note what speaks for an assumption.

        Args:
            assumption: Which one.
            evidence: What was seen, in numbers.
            of: The list that shows it.

        """
        self._tell(assumption, "holds", evidence, of)

    def refuted(self, assumption: str, evidence: str, of: str = "") -> None:
        """Note what refutes an assumption; the arguments are those of ``holds``."""
        self._tell(assumption, "refuted", evidence, of)

    def unseen(self, assumption: str, why: str, of: str = "") -> None:
        """Note why an assumption could not be seen."""
        self._tell(assumption, "unseen", why, of)

    def _tell(self, assumption: str, verdict: Verdict, evidence: str, of: str) -> None:
        told = self._told.setdefault(ASSUMPTIONS[assumption].id, {}).setdefault(verdict, {})
        names = told.setdefault(evidence, [])
        if of and of not in names:
            names.append(of)

    def all(self, api: str, otherwise: str) -> list[Finding]:
        """Return one finding for each assumption of an API; what refutes one outweighs the rest.

        Args:
            api: The API.
            otherwise: Why nothing was found out about the others.

        """
        return [self._of(one, otherwise) for one in ASSUMPTIONS.values() if api in one.apis]

    def _of(self, one: Assumption, otherwise: str) -> Finding:
        told = self._told.get(one.id, {})
        for verdict in ("refuted", "holds", "unseen"):
            if verdict in told:
                return Finding(one, verdict, "; ".join(starmap(_evidence, told[verdict].items())))
        needs = f"one reading can't show it, it takes {one.needs}" if one.needs else otherwise
        return Finding(one, "unseen", needs)

    def note(self, stream: str, fields: Table, deviations: Deviations) -> None:
        """Note how a row of a stream differs from its columns."""
        for path, value, is_unknown in deviations.extras:
            name = f"{stream}.{_spelled(path, fields)}"
            sent = _FORMS.get(type(value), "null")
            if is_unknown and len(self.unknown) < _MOST_FIELDS:
                self.unknown.setdefault(name, sent)
            elif not is_unknown and len(self.misfits) < _MOST_FIELDS:
                declared = _declared(fields, path)
                wanted = "any" if declared is None else declared.format or declared.types[0]
                self.misfits.setdefault(name, (sent, wanted))


def _evidence(evidence: str, names: list[str]) -> str:
    return f"{', '.join(names)}: {evidence}" if names else evidence


def _declared(fields: Mapping[str, Field], path: tuple[str | int, ...]) -> Field | None:
    """Return the field that a path leads to, None where nobody has declared one."""
    found: Field | None = None
    for step in path:
        if isinstance(step, int):
            found = found and found.items
        else:
            inner = fields if found is None else found.properties or {}
            found = inner.get(step)
        if found is None:
            return None
    return found


def _spelled(path: tuple[str | int, ...], fields: Mapping[str, Field]) -> str:
    """Return a path by names of fields; what the account itself has named is a star."""
    steps: list[str | int] = []
    for place, step in enumerate(path):
        above = _declared(fields, path[:place]) if place else None
        is_open = above is not None and above.types[0] == "object" and above.properties is None
        is_number = isinstance(step, int)
        steps.append(step if is_number else "*" if is_open else spelled_name(str(step)))
    return general(tuple(steps))


def spelled_name(name: str) -> str:
    """Return the name of a field, or a star for what may be a value in the place of one."""
    return name if _NAME.fullmatch(name) else "*"
