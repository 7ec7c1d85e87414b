"""Habits: what Cin7 may do, and nobody promises that it does not.

By default the sandbox is as kind as the documents: every switch is off. A test turns them on
for all streams or for one, before the start or at run time, or from another process::

    Sandbox(habits=Habits(ties="random"))
    Sandbox(habits={"sale_list": Habits(order="random", total=0), "*": Habits(page_size=100)})
    server.behave("products", late_seconds=(0, 20))
    server.behave_well()
    POST /_sandbox/habits {"stream": "products", "habits": {"total": "missing"}}

=================  ===========================================================================
``ties``           ``random``: Omni rows that are equal by ``order`` come in another order at
                   each request
``order``          order of a Core list: ``seen`` (as seen on live accounts), ``insertion``,
                   ``ascending`` and ``descending`` by last change, ``random`` at each request
``total``          Core's Total: ``seen``, ``missing``, ``true``, ``limit`` (the asked page
                   size), ``stale`` (as of ``stale_seconds`` ago), or a number that is wrong
``page_size``      rows that a page has at most, whatever is asked for
``shows``          rows that a list shows in all; the rest is withheld
``late_seconds``   from and to: how long after its stamp a change becomes visible
``behind_seconds`` how long after its list a document of Core shows a change
``ignores``        query parameters without effect
``names``          field names as they are sent, by their documented ones, at every level
``case``           all field names in ``lower``, ``upper``, ``camel`` or ``pascal`` case
``extra``          fields that nobody knows, added to every object at every level
``volatile``       fields of a row that have another value at each request
``twice``          whether the second row of each page is the first one once more
``guids``          letter case of GUIDs in answers: ``documented`` or ``upper``
``empty``          what an empty list is: ``list``, ``null``, or ``missing`` without its name
``alternatives``   whether Omni's ``where`` takes OR; else it heeds what stands before it
``plant``          values by path in a row: ``{"Lines[0].Price": "free", "Note": odd("nan")}``;
                   ``Lines[]`` means each of them, the empty path the row itself
``only``           first key values of the rows that the four above concern; empty: all
=================  ===========================================================================

Switches that belong to no stream: ``Sandbox(clock=Clock(...))`` for a clock that is off,
``server.change(...)`` for edits, inserts, deletes, voids and drafts that vanish, at once or after
the n-th call (see ``changes``), ``server.outage(...)`` and ``server.refuse(...)`` for times when
Cin7 is down, and the kinds of ``faults`` for what goes wrong on the wire.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads the annotations
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import msgspec

Ties: TypeAlias = Literal["key", "random"]
Order: TypeAlias = Literal["seen", "insertion", "ascending", "descending", "random"]
Total: TypeAlias = Literal["seen", "missing", "true", "limit", "stale"] | int
Case: TypeAlias = Literal["documented", "lower", "upper", "camel", "pascal"]

ANY_STREAM = "*"


@dataclass(frozen=True)
class Habits:
    """How one stream behaves; the attributes are told in the table of this module."""

    ties: Ties = "key"
    order: Order = "seen"
    total: Total = "seen"
    stale_seconds: float = 60.0
    page_size: int | None = None
    shows: int | None = None
    late_seconds: tuple[float, float] = (0.0, 0.0)
    behind_seconds: float = 0.0
    ignores: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    case: Case = "documented"
    extra: Mapping[str, Any] = field(default_factory=dict)
    volatile: frozenset[str] = frozenset()
    twice: bool = False
    guids: Literal["documented", "upper"] = "documented"
    empty: Literal["list", "null", "missing"] = "list"
    alternatives: bool = True
    plant: Mapping[str, Any] = field(default_factory=dict)
    only: frozenset[Any] = frozenset()

    @property
    def rewrites(self) -> bool:
        """Whether rows leave otherwise than they are."""
        shapes = (self.names, self.extra, self.plant, self.volatile, self.twice)
        return any(shapes) or (self.case, self.guids) != ("documented", "documented")


GOOD = Habits()


class HabitBook:
    """The habits of all streams."""

    def __init__(self, habits: Habits | Mapping[str, Habits] | None = None) -> None:
        """Take those of all streams, or those of some by name."""
        given = {ANY_STREAM: habits} if isinstance(habits, Habits) else dict(habits or {})
        self._habits: dict[str, Habits] = given

    def of(self, stream: str) -> Habits:
        """Return the habits of a stream: its own, else those of all."""
        if not self._habits:
            return GOOD
        return self._habits.get(stream) or self._habits.get(ANY_STREAM, GOOD)

    def behave(self, stream: str, **switches: Any) -> None:  # noqa: ANN401
        """Turn switches of a stream (``*``: of all without habits of their own).

        Raises:
            msgspec.ValidationError: There is no such switch, or it cannot stand like that.

        """
        known = {one: getattr(GOOD, one) for one in Habits.__dataclass_fields__}
        if unknown := switches.keys() - known.keys():
            raise msgspec.ValidationError(f"no such habit: {', '.join(sorted(unknown))}")
        checked = msgspec.convert(switches, Habits)
        turned = {name: getattr(checked, name) for name in switches}
        self._habits[stream] = replace(self.of(stream), **turned)

    def behave_well(self) -> None:
        """Turn all switches off."""
        self._habits.clear()
