"""What a test does to a running sandbox: turn habits, change data, break things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.changes import Change
from sandbox.habits import ANY_STREAM

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from sandbox.changes import What
    from sandbox.clock import Clock
    from sandbox.entry import Key
    from sandbox.faults import Fault, Faults
    from sandbox.gate import Gate
    from sandbox.habits import HabitBook
    from sandbox.listener import Listener
    from sandbox.outages import Outages
    from sandbox.store import Store


class Switches:
    """The part of ``Sandbox`` that has its hands on what the calls pass through.

    Attributes:
        gate: What the calls pass through.
        faults: What goes wrong.
        habit_book: What lists do that nobody hopes for.
        time: Cin7's clock.

    """

    gate: Gate
    faults: Faults
    habit_book: HabitBook
    time: Clock
    _listener: Listener
    _luck: random.Random

    def store_of(self, api: str) -> Store:
        """Return the data of an API by its name."""
        return {one.name: one for one in self.gate.apis}[api].store

    def fail_next(self, stream: str, fault: Fault, times: int = 1) -> None:
        """Let the next calls of a stream (``*``: of any) fail."""
        self.faults.fail_next(stream, fault, times)

    def always(self, stream: str, fault: Fault) -> None:
        """Let every call of a stream (``*``: of any) fail."""
        self.faults.always(stream, fault)

    def heal(self, stream: str) -> None:
        """Let a stream answer again."""
        self.faults.heal(stream)

    def behave(self, stream: str = ANY_STREAM, **switches: Any) -> None:  # noqa: ANN401
        """Turn habits of a stream (``*``: of all) on or off; see ``habits`` for them."""
        self.habit_book.behave(stream, **switches)

    def behave_well(self) -> None:
        """Turn all habits off."""
        self.habit_book.behave_well()

    def change(  # noqa: PLR0913 - each says another thing of the change
        self,
        what: What,
        stream: str,
        *keys: Any,  # noqa: ANN401
        api: str = "omni",
        count: int = 1,
        after: int = 0,
        of: str = ANY_STREAM,
        **fields: Any,  # noqa: ANN401
    ) -> list[Key]:
        """Change rows now, or later between two calls; see ``changes``.

        Args:
            what: add, edit, bulk, void, delete or vanish.
            stream: Whose rows.
            keys: Which rows; random ones when left out.
            api: omni or core.
            count: How many random ones, or how many are added.
            after: After how many more answered calls; 0 changes them now.
            of: Whose calls count.
            fields: New values.

        Returns:
            The keys of the rows that changed, none of those that will.

        """
        store = self.store_of(api)
        change = Change(what, stream, keys, count, fields)
        if not after:
            return change.apply(store, self._luck)
        self.after(after, lambda: change.apply(store, self._luck), of)
        return []

    def after(self, calls: int, do: Callable[[], object], stream: str = ANY_STREAM) -> None:
        """Do something once so many more calls of a stream (``*``: of any) were answered."""
        self.gate.plans.after(calls, do, stream)

    @property
    def outages(self) -> Outages:
        """Times in which Cin7 is down."""
        return self.gate.outages

    def refuse(self, seconds: float | None = None) -> None:
        """Break off all connections and refuse new ones, for a time or until ``accept``."""
        self._listener.refuse(seconds)

    def accept(self) -> None:
        """Accept connections again."""
        self._listener.accept()
