"""Looking ahead with events in place of time: order, bounds, errors in their place."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.reading.prefetch import MemoryBudget, Prefetcher, PrefetchQueue, Source, in_order
from tests.unit.support import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

ROOM = 3


def one(_: int) -> int:
    """Let each item take the same room."""
    return 1


class Oops(Exception):  # noqa: N818 - an error of its own kind, told by its number
    """What a source or a call may raise."""


class Stop(BaseException):
    """No ``Exception``, as an interrupt is none."""


def until_error(items: Iterable[T]) -> tuple[list[T], str | None]:
    """Return the items, and the error that came after them."""
    found: list[T] = []
    try:
        found.extend(items)
    except (Oops, Stop) as error:
        return found, str(error)
    return found, None


def counted(count: int, failing: int | None = None) -> Iterator[int]:
    """Yield numbers; raise in the place of one of them."""
    for number in range(count):
        if number == failing:
            raise Oops(str(number))
        yield number


def expected(count: int, failing: int | None) -> tuple[list[int], str | None]:
    """Return what an iteration in plain order of ``counted`` gives."""
    return until_error(counted(count, failing))


class Endless:
    """An endless source that counts what it was asked to make, and knows its thread."""

    def __init__(self) -> None:
        self.made = 0
        self.threads: set[threading.Thread] = set()

    def __call__(self) -> Iterator[int]:
        for number in itertools.count():
            self.threads.add(threading.current_thread())
            self.made = number + 1
            yield number

    def assert_over(self) -> None:
        """Fail unless nothing is made any more."""
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


# --- in_order ----------------------------------------------------------------------------------


class Shuffled:
    """A function whose calls end in an order of their own, block by block of ``width`` calls.

    All calls of a block can be at work at once, so each may wait for any other of its block.
    """

    def __init__(self, count: int, order: list[int], failing: set[int]) -> None:
        width = len(order)
        self.ended: list[int] = []
        self.wanted = [
            block + place
            for block in range(0, count, width)
            for place in order
            if block + place < count
        ]
        self._failing = failing
        self._before = dict(zip(self.wanted, [None, *self.wanted], strict=False))
        self._over = {number: threading.Event() for number in range(count)}

    def __call__(self, number: int) -> int:
        before = self._before[number]
        assert before is None or self._over[before].wait(PATIENCE_SECONDS)
        self.ended.append(number)
        self._over[number].set()
        if number in self._failing:
            raise Oops(str(number))
        return number


@given(st.data(), st.integers(2, 5), st.integers(0, 17))
def test_results_come_in_order_however_the_calls_end(
    data: st.DataObject, width: int, count: int
) -> None:
    order = data.draw(st.permutations(range(width)))
    function = Shuffled(count, list(order), set())
    assert list(in_order(function, range(count), lambda: width)) == list(range(count))
    assert function.ended == function.wanted


@given(st.data(), st.integers(1, 5), st.integers(1, 12))
def test_an_error_comes_in_the_place_of_its_result(
    data: st.DataObject, width: int, count: int
) -> None:
    failing = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    # One after the other nobody may wait for a later call.
    order = list(range(width)) if width == 1 else list(data.draw(st.permutations(range(width))))
    function = Shuffled(count, order, failing)
    first = min(failing)
    assert until_error(in_order(function, range(count), lambda: width)) == (
        list(range(first)),
        str(first),
    )


@given(st.integers(2, 6), st.integers(0, 20))
def test_never_more_calls_are_begun_than_the_width_allows(width: int, count: int) -> None:
    taken = 0
    at_work = 0
    busiest = 0
    lock = threading.Lock()

    def arguments() -> Iterator[int]:
        nonlocal taken
        for number in range(count):
            taken += 1
            yield number

    def function(number: int) -> int:
        nonlocal at_work, busiest
        with lock:
            at_work += 1
            busiest = max(busiest, at_work)
        with lock:
            at_work -= 1
        return number

    for given_out, result in enumerate(in_order(function, arguments(), lambda: width)):
        assert result == given_out
        assert taken <= given_out + width
    assert taken == count
    assert busiest <= width


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30))
def test_a_width_that_changes_changes_no_order(widths: list[int]) -> None:
    width = iter(itertools.cycle(widths))
    assert list(in_order(lambda number: number, range(20), lambda: next(width))) == list(range(20))


def test_a_width_that_narrows_lets_the_calls_that_are_too_many_end_first() -> None:
    at_work = 0
    busiest: list[int] = []
    lock = threading.Lock()

    def function(number: int) -> int:
        nonlocal at_work
        with lock:
            at_work += 1
            busiest.append(at_work)
        with lock:
            at_work -= 1
        return number

    width = 4
    results = in_order(function, range(20), lambda: width)
    assert [next(results) for _ in range(4)] == [0, 1, 2, 3]
    width = 1
    begun = len(busiest)
    assert list(results) == list(range(4, 20))
    # Three were at work when the width changed, the one after them was the last to join.
    assert all(count == 1 for count in busiest[begun + 4 :])


def test_width_one_calls_on_the_same_thread_and_only_when_asked() -> None:
    called: list[tuple[int, threading.Thread]] = []

    def function(number: int) -> int:
        called.append((number, threading.current_thread()))
        return number

    taken: list[int] = []

    def arguments() -> Iterator[int]:
        for number in range(3):
            taken.append(number)
            yield number

    results = in_order(function, arguments(), lambda: 1)
    assert (called, taken) == ([], [])
    for number in range(3):
        assert next(results) == number
        assert called[-1] == (number, threading.current_thread())
        assert len(called) == len(taken) == number + 1
    assert list(results) == []


def test_all_places_are_filled_while_the_first_result_is_awaited() -> None:
    started = [threading.Event() for _ in range(4)]

    def function(number: int) -> bool:
        started[number].set()
        return all(event.wait(PATIENCE_SECONDS) for event in started)

    assert list(in_order(function, range(4), lambda: 4)) == [True] * 4


def test_more_than_an_exception_comes_in_its_place_too() -> None:
    def function(number: int) -> int:
        if number == 1:
            raise Stop("1")
        return number

    assert until_error(in_order(function, range(3), lambda: 3)) == ([0], "1")


# --- one source ahead --------------------------------------------------------------------------


@given(
    count=st.integers(0, 12),
    failing=st.none() | st.integers(0, 12),
    room=st.integers(1, 4),
)
def test_items_come_in_order_and_an_error_in_its_place(
    count: int, failing: int | None, room: int
) -> None:
    ahead = Prefetcher(Source("", lambda: counted(count, failing)), MemoryBudget(room, one))
    assert until_error(ahead) == expected(count, failing)


@pytest.mark.parametrize("error", [Oops, Stop])
def test_a_source_that_can_not_even_begin_raises_where_its_first_item_is_asked_for(
    error: type[BaseException],
) -> None:
    def source() -> Iterator[int]:
        raise error("no")

    ahead = Prefetcher(Source("", source), MemoryBudget(ROOM, one))
    with pytest.raises(error, match="no"):
        next(iter(ahead))


@pytest.mark.parametrize("room", [1, 2, 5])
def test_as_many_items_as_there_is_room_for_are_made_before_anything_is_asked(room: int) -> None:
    asked = 0
    surplus: list[int] = []
    source = Endless()

    def watched() -> Iterator[int]:
        for number in source():
            surplus.append(number + 1 - asked)
            yield number

    ahead = Prefetcher(Source("", watched), MemoryBudget(room, one))
    wait_until(lambda: source.made == room)
    items = iter(ahead)
    for number in range(20):
        asked += 1
        assert next(items) == number
    # What is being read takes a twelfth of the room, but one item always.
    wait_until(lambda: source.made == 21)
    assert max(surplus) == room
    ahead.close()
    source.assert_over()
    assert source.made == 21


@pytest.mark.parametrize("leave", ["close", "stop reading"])
def test_nothing_is_made_once_nobody_wants_it(leave: str) -> None:
    source = Endless()
    ahead = Prefetcher(Source("", source), MemoryBudget(2, one))
    items = iter(ahead)
    assert [next(items), next(items)] == [0, 1]
    if leave == "close":
        ahead.close()
    else:
        del items
    source.assert_over()
    # Two were asked for, two had room, one more may have been under way.
    assert source.made <= 5


# --- a queue of sources ------------------------------------------------------------------------


def queue_of(
    sources: list[tuple[int, int | None]],
    width: int,
    watch: Callable[[int], None],
    room: int = 100,
) -> PrefetchQueue[int]:
    """Return a queue of sources, each given by its length and the place of its error."""

    def source(name: int) -> Callable[[], Iterator[int]]:
        def make() -> Iterator[int]:
            watch(name)
            return counted(*sources[name])

        return make

    named = [Source(str(name), source(name)) for name in range(len(sources))]
    return PrefetchQueue(named, width, MemoryBudget(room, one))


@given(
    sources=st.lists(st.tuples(st.integers(0, 4), st.none() | st.integers(0, 4)), max_size=8),
    width=st.integers(1, 5),
    room=st.integers(1, 12),
)
def test_every_source_is_read_whole_in_its_turn_past_those_that_fail(
    sources: list[tuple[int, int | None]], width: int, room: int
) -> None:
    queue = queue_of(sources, width, lambda _: None, room)
    for name, (count, failing) in enumerate(sources):
        assert until_error(queue.items(str(name))) == expected(count, failing)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_no_more_sources_are_asked_at_a_time_than_the_width_allows(width: int) -> None:
    lock = threading.Lock()
    begun, at_work, busiest = 0, 0, 0
    go_on = threading.Event()

    def source() -> Iterator[int]:
        nonlocal begun, at_work, busiest
        for number in range(3):
            with lock:
                begun += number == 0
                at_work += 1
                busiest = max(busiest, at_work)
            assert go_on.wait(PATIENCE_SECONDS)
            with lock:
                at_work -= 1
            yield number

    queue = PrefetchQueue(
        [Source(str(name), source) for name in range(9)], width, MemoryBudget(100, one)
    )
    reader = threading.Thread(target=lambda: [*map(list, map(queue.items, map(str, range(9))))])
    reader.start()
    wait_until(lambda: begun == width)
    go_on.set()
    reader.join(PATIENCE_SECONDS)
    assert (begun, busiest) == (9, width)


@pytest.mark.parametrize("width", [2, 3])
def test_the_next_sources_get_under_way_while_one_is_read(width: int) -> None:
    begun: set[int] = set()
    queue = queue_of([(3, None)] * 6, width, begun.add)
    assert not begun
    for name in range(6):
        items = queue.items(str(name))
        assert next(items) == 0
        least = set(range(min(6, name + width)))
        wait_until(lambda: begun >= least)  # noqa: B023 - called before the loop goes on
        assert list(items) == [1, 2]


def test_what_waits_of_all_sources_together_is_bounded() -> None:
    made = [Endless() for _ in range(6)]
    sources = [Source(str(number), endless) for number, endless in enumerate(made)]
    queue = PrefetchQueue(sources, 3, MemoryBudget(10, one))
    items = queue.items("0")
    for asked in range(30):
        assert next(items) == asked
        # Each may have one more under way.
        assert sum(endless.made for endless in made) - asked - 1 <= 10 + 6
    queue.close()
    for endless in made:
        endless.assert_over()


def test_a_source_that_is_read_goes_on_while_others_take_all_the_room() -> None:
    room, greedy = MemoryBudget(2, one), Endless()
    full = Prefetcher(Source("", greedy), room)
    wait_until(lambda: room.left == 0)
    assert list(Prefetcher(Source("", lambda: counted(50)), room)) == list(range(50))
    full.close()
    greedy.assert_over()
    assert room.left == 2


def test_sources_that_were_fetched_to_their_end_let_any_number_of_others_begin() -> None:
    begun: set[int] = set()
    queue = queue_of([(3, None)] * 20, 2, begun.add)
    items = queue.items("0")
    assert next(items) == 0

    def goes_on() -> bool:
        next(items, None)
        return begun == set(range(20))

    wait_until(goes_on)


def test_of_a_source_whose_items_cost_a_call_each_one_is_made_before_its_turn() -> None:
    made = [Endless() for _ in range(3)]
    sources = [
        Source(str(number), endless, takes_turns=True) for number, endless in enumerate(made)
    ]
    queue = PrefetchQueue(sources, 4, MemoryBudget(10, one))
    items = queue.items("0")
    wait_until(lambda: next(items) >= 50 and made[1].made == made[2].made == 1)
    wait_until(lambda: queue.concurrency()[:2] == (1, 1))
    assert (made[1].made, made[2].made) == (1, 1)
    items.close()  # type: ignore[attr-defined]
    after = queue.items("1")
    assert [next(after) for _ in range(3)] == [0, 1, 2]
    wait_until(lambda: made[1].made == 4)
    assert made[2].made == 1
    queue.close()
    for endless in made:
        endless.assert_over()


def test_a_reader_that_stops_early_makes_room_for_the_sources_after_it() -> None:
    begun: set[int] = set()
    queue = queue_of([(3, None)] * 4, 2, begun.add)
    items = queue.items("0")
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert list(queue.items("1")) == [0, 1, 2]
    assert list(queue.items("2")) == [0, 1, 2]
    wait_until(lambda: begun == {0, 1, 2, 3})


def test_without_looking_ahead_everything_is_fetched_when_it_is_asked_for() -> None:
    begun: list[tuple[int, threading.Thread]] = []
    queue = queue_of(
        [(2, None)] * 3, 1, lambda name: begun.append((name, threading.current_thread()))
    )
    for name in range(3):
        items = queue.items(str(name))
        assert len(begun) == name
        assert list(items) == [0, 1]
        assert begun[-1] == (name, threading.current_thread())


def test_a_closed_queue_fetches_nothing_more() -> None:
    first, second = Endless(), Endless()
    sources = enumerate((first, second), 1)
    queue = PrefetchQueue(
        [Source(str(n), endless) for n, endless in sources], 2, MemoryBudget(ROOM, one)
    )
    items = queue.items("1")
    assert next(items) == 0
    wait_until(lambda: first.made + second.made >= ROOM)
    queue.close()
    first.assert_over()
    second.assert_over()
    assert first.made + second.made <= ROOM + 3


def test_the_sources_being_fetched_share_the_quota_and_those_fetched_to_their_end_do_not() -> None:
    endless = Endless()
    named = [Source("short", lambda: counted(2)), Source("long", endless)]
    queue: PrefetchQueue[int] = PrefetchQueue(named, 2, MemoryBudget(ROOM, one))
    assert queue.concurrency()[:2] == (1, 1)
    items = queue.items("short")
    assert list(items) == [0, 1]
    # The long one has filled its room.
    wait_until(lambda: queue.concurrency()[:2] == (1, 1))
    queue.close()
    endless.assert_over()


def test_a_large_item_takes_the_room_of_many() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for size in (5, 1, 1, 1):
            made.append(size)
            yield size

    ahead = Prefetcher(Source("", source), MemoryBudget(3, lambda size: size))
    wait_until(lambda: made == [5])
    items = iter(ahead)
    assert next(items) == 5
    wait_until(lambda: made == [5, 1])
    assert [next(items) for _ in range(3)] == [1, 1, 1]
    ahead.close()
