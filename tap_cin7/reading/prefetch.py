"""Prefetching: in order, bounded, and by daemon threads.

The rule: items arrive in the order of the queue whatever the order of the responses, an error is
raised in its place, and what waits in memory is bounded. Several sources at once come first; a
source sends several requests at once only when the sources under way leave some of the quota
unused (``PrefetchQueue.concurrency``). Of a source that takes turns with others only the first item
is fetched before its turn, and none after its end until the next one: what waits when a run is
stopped would have to be requested again. The first of these goes alone until its second item: if
all began at once, a run of few calls would spend them on beginnings. Threads are daemons, so that a
run that is stopped does not wait for responses.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from tap_cin7.client.metrics import Concurrency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
A = TypeVar("A")

_SHARE_OF_READ = 12
"""Divides the memory into the share of the source that is being read."""


def in_order(
    function: Callable[[A], T], arguments: Iterable[A], width: Callable[[], int]
) -> Iterator[T]:
    """Yield the results of a function in the order of its arguments, computing several at once.

    Args:
        function: The function; an error is raised in the place of its result.
        arguments: Taken one by one, at most the width ahead.
        width: Returns how many calls may run at once, called for each argument; 1 calls one after
            the other, without threads.

    """
    at_work: deque[Future[T]] = deque()
    for argument in arguments:
        if not at_work and width() == 1:
            yield function(argument)
            continue
        at_work.append(_started(function, argument))
        while len(at_work) >= width():
            yield at_work.popleft().result()
    while at_work:
        yield at_work.popleft().result()


def _started(function: Callable[[A], T], argument: A) -> Future[T]:
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(function(argument))
        except BaseException as error:  # noqa: BLE001 - raised where the result is taken
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future


@dataclass(frozen=True)
class Source(Generic[T]):
    """A source of items that are not None.

    Attributes:
        name: Its name.
        items: Returns its iterator; called on a thread.
        takes_turns: Whether it takes turns with others.

    """

    name: str
    items: Callable[[], Iterator[T]]
    takes_turns: bool = False


@dataclass
class MemoryBudget(Generic[T]):
    """Memory for the items of all sources that wait to be read.

    Attributes:
        left: Bytes left; negative when the last item took more than that.
        size_of: Returns the bytes that an item takes.
        ends_turn: Returns whether an item ends the turn of its source.
        changed: Held while ``left`` changes.
        read_share: Bytes for the source that is being read: what is written soon need not be
            fetched long before.

    """

    left: int
    size_of: Callable[[T], int]
    ends_turn: Callable[[T], bool] = lambda _: False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        """Set ``read_share``."""
        self.read_share = max(1, self.left // _SHARE_OF_READ)


class Prefetcher(Generic[T]):
    """Fetches the items of a source on a thread; one item may always wait to be read.

    Attributes:
        is_fetching: Whether there may be more items to fetch.
        is_waiting: Whether it pauses until there is memory, or an item is requested.

    """

    def __init__(self, source: Source[T], budget: MemoryBudget[T]) -> None:
        """Start at once."""
        self.is_fetching = True
        self.is_waiting = False
        self._is_read = False
        self._taken = 0
        self._source = source
        self._budget = budget
        self._ready: deque[tuple[T | BaseException | None, int]] = deque()
        threading.Thread(target=self._fetch, daemon=True).start()

    @property
    def is_held(self) -> bool:
        """Whether it waits for its turn."""
        return self._source.takes_turns and not self._is_read

    def _may_go_on(self) -> bool:
        is_far_ahead = self._is_read and self._taken >= self._budget.read_share
        has_room = not self._ready or (self._budget.left > 0 and not is_far_ahead)
        return not self.is_fetching or (has_room and not self.is_held)

    def _fetch(self) -> None:
        try:
            size_of, ends_turn = self._budget.size_of, self._budget.ends_turn
            for item in self._source.items():
                if not self._hand_over(item, size_of(item), ends_turn=ends_turn(item)):
                    return
            self._hand_over(None)
        except BaseException as error:  # noqa: BLE001 - raised where the item is taken
            self._hand_over(error)
        finally:
            self.is_fetching = False

    def _hand_over(
        self, item: T | BaseException | None, size: int = 0, *, ends_turn: bool = False
    ) -> bool:
        """Queue an item, an error or the end; wait for memory; return whether to fetch more."""
        with self._budget.changed:
            if not self.is_fetching:
                return False
            self._is_read = self._is_read and not ends_turn
            self._ready.append((item, size))
            self._taken += size
            self._budget.left -= size
            self._budget.changed.notify_all()
            self.is_waiting = not self._may_go_on()
            self._budget.changed.wait_for(self._may_go_on)
            self.is_waiting = False
            return self.is_fetching

    def __iter__(self) -> Iterator[T]:
        """Yield the items; raise what the source raised, in its place."""
        try:
            while True:
                with self._budget.changed:
                    if not (self._ready and self._source.takes_turns):
                        self._is_read = True
                        self._budget.changed.notify_all()
                    self._budget.changed.wait_for(lambda: self._ready)
                    item, size = self._ready.popleft()
                    if item is None:
                        return
                    if isinstance(item, BaseException):
                        raise item
                    self._taken -= size
                    self._budget.left += size
                    self._budget.changed.notify_all()
                yield item
        finally:
            self.close()

    def close(self) -> None:
        """Fetch no more items, and free the memory of those that wait."""
        with self._budget.changed:
            self.is_fetching = False
            self._budget.left += self._taken
            self._taken = 0
            self._ready.clear()
            self._budget.changed.notify_all()


class PrefetchQueue(Generic[T]):
    """A queue of sources of which the next few are prefetched."""

    def __init__(self, sources: Iterable[Source[T]], width: int, budget: MemoryBudget[T]) -> None:
        """Start nothing yet.

        Args:
            sources: The sources in the order in which they will be read.
            width: How many sources may be fetched at once; 1 turns prefetching off.
            budget: Memory for what waits to be read.

        """
        self._waiting = deque(sources)
        self._taking_turns = {source.name for source in self._waiting if source.takes_turns}
        self._width = width
        self._budget = budget
        self._begun: dict[str, Prefetcher[T]] = {}
        self._leader = next((one.name for one in self._waiting if one.takes_turns), "")

    def concurrency(self) -> Concurrency:
        """Return how many sources are being fetched."""
        begun = sum(not (one.is_held and one.is_waiting) for one in self._fetching())
        return Concurrency(max(1, begun), max(1, self._active()), max(1, len(self._taking_turns)))

    def _fetching(self) -> list[Prefetcher[T]]:
        return [one for one in tuple(self._begun.values()) if one.is_fetching]

    def _active(self) -> int:
        # A source that waits to be emitted, fetched to its end or not, takes memory, no calls.
        return sum(not one.is_waiting for one in self._fetching())

    def items(self, name: str) -> Iterator[T]:
        """Yield the items of a source, while the sources after it start."""
        self._start(name)
        try:
            if name in self._begun:
                for number, item in enumerate(self._begun[name]):
                    yield item
                    if number:
                        self._let_others_begin(name)
                    self._start(name)
            else:
                yield from self._waiting.popleft().items()
        finally:
            self._begun.pop(name, None)
            self._taking_turns.discard(name)
            self._let_others_begin(name)

    def _let_others_begin(self, name: str) -> None:
        if name == self._leader:
            self._leader = ""

    def _start(self, name: str) -> None:
        """Start sources until as many are being fetched as may be."""
        while self._width > 1 and self._waiting:
            has_room = self._budget.left > 0 and self._active() < self._width
            following = self._waiting[0]
            is_held = following.takes_turns and self._leader not in {"", following.name}
            if name in self._begun and (is_held or not has_room):
                return
            source = self._waiting.popleft()
            self._begun[source.name] = Prefetcher(source, self._budget)

    def close(self) -> None:
        """Fetch nothing more."""
        self._waiting.clear()
        for prefetcher in self._begun.values():
            prefetcher.close()
