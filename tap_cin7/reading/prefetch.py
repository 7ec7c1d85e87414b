"""Fetching ahead of emitting: in order, bounded, and by threads that die with the run.

The rule: what is read arrives in the order of the plan whatever order the answers come in, an
error surfaces at the place it belongs to, and what waits in memory is bounded. Sources side by
side come first; a source asks for several things at once only when the sources that are under way
leave some of the quota unused (``Plan.sharing``). Of a source that takes turns with others only
the first item is made before its turn, and none after its end until the next one: what waited
when a run is stopped would have to be asked for again. Threads are daemons, so that a run that is
told to stop does not wait for answers.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from tap_cin7.client.sharing import Sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
A = TypeVar("A")


_SHARE_OF_READ = 12
"""The source that is being read takes one part in so many of the room."""


class _End:
    """Marks the end of an iterator."""


class Room:
    """Room for what waits to be asked for, of all sources together.

    Attributes:
        left: How much is left; less than nothing when the last item took more than that.
        of_read: How much of it the source takes that is being read: what is written soon need
            not be fetched long before.
        changed: Held while ``left`` changes.

    """

    def __init__(self, size: int) -> None:
        """Start with all of it left."""
        self.left = size
        self.of_read = max(1, size // _SHARE_OF_READ)
        self.changed = threading.Condition()


class Ahead(Generic[T]):
    """An iterator whose items are made on a thread before they are asked for.

    Attributes:
        is_making: Whether there may be more items to make.
        is_waiting: Whether it goes on only once there is room, or an item is asked for.

    """

    def __init__(
        self,
        source: Source[T],
        room: Room,
        size_of: Callable[[T], int],
        ends_turn: Callable[[T], bool] = lambda _: False,
    ) -> None:
        """Start at once.

        Args:
            source: Makes the items; called on the thread.
            room: Where items wait to be asked for; one item of each source always may.
            size_of: How much room an item takes.
            ends_turn: Tells whether the turn of the source is over with an item.

        """
        self.is_making = True
        self.is_waiting = False
        self._takes_turns = source.takes_turns
        self._ends_turn = ends_turn
        self._is_read = False
        self._taken = 0
        self._source = source.items
        self._room = room
        self._size_of = size_of
        self._ready: deque[tuple[T | _End | BaseException, int]] = deque()
        threading.Thread(target=self._make, daemon=True).start()

    @property
    def is_held(self) -> bool:
        """Whether it waits for its turn."""
        return self._takes_turns and not self._is_read

    def _may_go_on(self) -> bool:
        if not self.is_making:
            return True
        if self.is_held:
            return False
        if not self._ready:
            return True
        if self._is_read and self._taken >= self._room.of_read:
            return False
        return self._room.left > 0

    def _make(self) -> None:
        try:
            for item in self._source():
                if not self._hand_over(item):
                    return
            self._hand_over(_End())
        except BaseException as error:  # noqa: BLE001 - raised where the item is asked for
            self._hand_over(error)
        finally:
            self.is_making = False

    def _hand_over(self, item: T | _End | BaseException) -> bool:
        """Queue an item and wait for room; return whether more are wanted."""
        size, ends_turn = 0, False
        if not isinstance(item, (_End, BaseException)):
            size, ends_turn = self._size_of(item), self._ends_turn(item)
        with self._room.changed:
            if not self.is_making:
                return False
            self._is_read = self._is_read and not ends_turn
            self._ready.append((item, size))
            self._taken += size
            self._room.left -= size
            self._room.changed.notify_all()
            self.is_waiting = not self._may_go_on()
            self._room.changed.wait_for(self._may_go_on)
            self.is_waiting = False
            return self.is_making

    def __iter__(self) -> Iterator[T]:
        """Yield the items; raise what the source raised, in its place."""
        try:
            while True:
                with self._room.changed:
                    if not (self._ready and self._takes_turns):
                        self._is_read = True
                        self._room.changed.notify_all()
                    self._room.changed.wait_for(lambda: self._ready)
                    item, size = self._ready.popleft()
                    if isinstance(item, _End):
                        return
                    if isinstance(item, BaseException):
                        raise item
                    self._taken -= size
                    self._room.left += size
                    self._room.changed.notify_all()
                yield item
        finally:
            self.close()

    def close(self) -> None:
        """Make no more items; those that wait take no room any more."""
        with self._room.changed:
            self.is_making = False
            self._room.left += self._taken
            self._taken = 0
            self._ready.clear()
            self._room.changed.notify_all()


def in_order(
    function: Callable[[A], T], arguments: Iterable[A], width: Callable[[], int]
) -> Iterator[T]:
    """Yield the results of a function in the order of its arguments, several at work at once.

    Args:
        function: What to call; an error is raised in the place of its result.
        arguments: Taken one by one, never more than the width ahead.
        width: Tells, for each argument anew, how many calls may be at work at once; 1 calls
            one after the other, without threads.

    """
    at_work: deque[SimpleQueue[tuple[T, None] | tuple[None, BaseException]]] = deque()
    for argument in arguments:
        if not at_work and width() == 1:
            yield function(argument)
            continue
        at_work.append(_started(function, argument))
        while len(at_work) >= width():
            yield _result(at_work.popleft())
    while at_work:
        yield _result(at_work.popleft())


def _started(
    function: Callable[[A], T], argument: A
) -> SimpleQueue[tuple[T, None] | tuple[None, BaseException]]:
    slot: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()

    def work() -> None:
        try:
            slot.put((function(argument), None))
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            slot.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    return slot


def _result(slot: SimpleQueue[tuple[T, None] | tuple[None, BaseException]]) -> T:
    result, error = slot.get()
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


@dataclass(frozen=True)
class Source(Generic[T]):
    """One source of a plan.

    Attributes:
        name: Its name.
        items: Makes its iterator.
        takes_turns: Whether it takes turns with others.

    """

    name: str
    items: Callable[[], Iterator[T]]
    takes_turns: bool = False


class Plan(Generic[T]):
    """A line of sources of which the next few are on their way."""

    def __init__(
        self,
        sources: Iterable[Source[T]],
        width: int,
        room: int,
        size_of: Callable[[T], int],
        ends_turn: Callable[[T], bool] = lambda _: False,
    ) -> None:
        """Start nothing yet.

        Args:
            sources: What will be read, in this order.
            width: How many sources may be on their way at once; 1 turns fetching ahead off.
            room: How much may wait to be asked for.
            size_of: How much room an item takes.
            ends_turn: Tells whether the turn of a source is over with an item.

        """
        self._waiting = deque(sources)
        self._ends_turn = ends_turn
        self._taking_turns = {source.name for source in self._waiting if source.takes_turns}
        self._width = width
        self._room = Room(room)
        self._size_of = size_of
        self._begun: dict[str, Ahead[T]] = {}

    def sharing(self) -> Sharing:
        """Return how many sources are being fetched."""
        making = [ahead for ahead in tuple(self._begun.values()) if ahead.is_making]
        held = sum(ahead.is_held and ahead.is_waiting for ahead in making)
        kinds = max(1, len(self._taking_turns))
        return Sharing(max(1, len(making) - held), max(1, self._asking()), kinds)

    def _asking(self) -> int:
        # A source that waits to leave, fetched to its end or not, takes memory, no calls.
        begun = tuple(self._begun.values())
        return sum(ahead.is_making and not ahead.is_waiting for ahead in begun)

    def items(self, name: str) -> Iterator[T]:
        """Yield the items of a source, the sources after it getting under way meanwhile."""
        self._start(name)
        try:
            if name not in self._begun:
                yield from self._alone(name)
                return
            for item in self._begun[name]:
                yield item
                self._start(name)
        finally:
            self._begun.pop(name, None)
            self._taking_turns.discard(name)

    def _alone(self, name: str) -> Iterator[T]:
        source = self._waiting.popleft()
        if source.name != name:
            raise KeyError(name)
        yield from source.items()

    def _start(self, name: str) -> None:
        """Get sources under way until as many are being fetched as may be."""
        if self._width == 1:
            return
        while self._waiting and (name not in self._begun or self._may_begin()):
            source = self._waiting.popleft()
            self._begun[source.name] = Ahead(source, self._room, self._size_of, self._ends_turn)

    def _may_begin(self) -> bool:
        """Tell whether one more source may be fetched before its turn."""
        return self._room.left > 0 and self._asking() < self._width

    def close(self) -> None:
        """Fetch nothing more."""
        self._waiting.clear()
        for ahead in self._begun.values():
            ahead.close()
