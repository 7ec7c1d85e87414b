"""Fetching ahead of emitting: in order, bounded, and by threads that die with the run.

The rule: what is read arrives in the order of the plan whatever order the answers come in, an
error surfaces at the place it belongs to, and at most a fixed number of pages waits in memory.
Threads are daemons, so that a run that is told to stop does not wait for answers.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
A = TypeVar("A")


class _End:
    """Marks the end of an iterator."""


class Ahead(Generic[T]):
    """An iterator whose items are made on a thread before they are asked for."""

    def __init__(self, source: Callable[[], Iterator[T]], room: int = 1) -> None:
        """Start at once.

        Args:
            source: Makes the iterator; called on the thread.
            room: How many items may wait to be asked for.

        """
        self._source = source
        self._room = threading.Semaphore(room)
        self._ready: SimpleQueue[T | _End | BaseException] = SimpleQueue()
        self._closed = False
        threading.Thread(target=self._make, daemon=True).start()

    def _make(self) -> None:
        try:
            items = self._source()
            while True:
                self._room.acquire()
                if self._closed:
                    return
                item = next(items, _End())
                self._ready.put(item)
                if isinstance(item, _End):
                    return
        except BaseException as error:  # noqa: BLE001 - raised where the item is asked for
            self._ready.put(error)

    def __iter__(self) -> Iterator[T]:
        """Yield the items; raise what the source raised, in its place."""
        try:
            while True:
                item = self._ready.get()
                self._room.release()
                if isinstance(item, _End):
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self.close()

    def close(self) -> None:
        """Make no more items."""
        self._closed = True
        self._room.release()


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
class Source(Generic[A, T]):
    """One source of a plan.

    Attributes:
        name: Its name.
        items: Makes its iterator.
        room: How many of its items may wait.

    """

    name: A
    items: Callable[[], Iterator[T]]
    room: int


class Plan(Generic[A, T]):
    """A line of sources of which the next few are always on their way.

    Args:
        sources: What will be read, in this order.
        width: How many sources may be on their way at once; 1 turns looking ahead off.

    """

    def __init__(self, sources: Iterable[Source[A, T]], width: int) -> None:
        """Start nothing yet."""
        self._waiting = deque(sources)
        self._width = width
        self._begun: dict[A, Ahead[T]] = {}

    def items(self, name: A) -> Iterator[T]:
        """Yield the items of a source, the sources after it getting under way meanwhile."""
        while self._waiting and (name not in self._begun or len(self._begun) < self._width):
            source = self._waiting.popleft()
            if self._width == 1:
                yield from source.items()
                return
            self._begun[source.name] = Ahead(source.items, source.room)
        try:
            yield from self._begun[name]
        finally:
            del self._begun[name]

    def close(self) -> None:
        """Fetch nothing more."""
        self._waiting.clear()
        for ahead in self._begun.values():
            ahead.close()
