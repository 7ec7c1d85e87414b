"""Sets and counts of keys: what a set would say, in less memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.reading.keyset import KeyCount, KeySet

KEYS = st.one_of(
    st.integers(-(2**70), 2**70),
    # Small ones come twice, and those in steps of a power of two lie on one place of a table.
    st.integers(-3, 40),
    st.integers(0, 200).map(lambda number: number << 40),
    st.text(max_size=3),
    st.none(),
    # What other keys look like when they are written out.
    st.sampled_from(["None", "0", "-1", "(None, 1)", (None, 1)]),
    st.tuples(st.integers(0, 5), st.none() | st.text(max_size=1)),
)


def seen(keys: list[object]) -> KeySet:
    found = KeySet()
    for key in keys:
        found.add(key)
    return found


@given(st.lists(KEYS, max_size=400))
def test_it_says_what_a_set_says(keys: list[object]) -> None:
    found, known = KeySet(), set[object]()
    for key in keys:
        assert (key in found) == (key in known)
        assert found.add(key) == (key not in known)
        known.add(key)
        assert len(found) == len(known)
    assert all(key in found for key in keys)


@given(st.lists(st.lists(KEYS, max_size=90), max_size=6))
def test_keys_may_come_many_at_once(batches: list[list[object]]) -> None:
    found, known = KeySet(), set[object]()
    for batch in batches:
        found.update(batch)
        known.update(batch)
        assert len(found) == len(known)
    assert all(key in found for key in known)


@given(st.lists(st.integers(0, 9), max_size=12), st.lists(st.integers(0, 9), max_size=12))
def test_two_are_equal_when_they_have_the_same_keys(one: list[object], other: list[object]) -> None:
    assert (seen(one) == seen(other)) == (set(one) == set(other))


def test_it_is_equal_to_nothing_else() -> None:
    assert seen([1]) != {1}


def test_a_copy_goes_its_own_way() -> None:
    first = seen([1, 2])
    second = first.copy()
    assert first == second
    second.add(3)
    first.add(4)
    assert (3 in first, 4 in second) == (False, False)
    assert (len(first), len(second)) == (3, 3)


@pytest.mark.large
def test_many_long_keys_take_a_few_bytes_each() -> None:
    tracemalloc.start()
    try:
        found = KeySet()
        for number in range(50_000):
            found.add(f"{number:0100}")
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 50_000
    assert size / 50_000 < 30


# --- counts ---------------------------------------------------------------------------------------


@given(st.lists(st.lists(KEYS, max_size=90), max_size=6))
def test_it_counts_what_a_set_holds(batches: list[list[object]]) -> None:
    counted, known, rows = KeyCount(), set[object](), 0
    for batch in batches:
        counted.update(batch)
        known.update(batch)
        rows += len(batch)
        assert counted.unique_keys == len(known)
        assert counted.rows == rows


@given(st.permutations([-1, -2, 0, 1]), st.sampled_from([(), (7,), ("a", None)]))
def test_keys_whose_hashes_python_gives_twice_are_counted_twice(
    numbers: list[int], rest: tuple[object, ...]
) -> None:
    counted = KeyCount()
    counted.update([(*rest, number) for number in numbers])
    counted.update(numbers)
    assert counted.unique_keys == 8


def test_a_key_takes_about_eight_bytes() -> None:
    counted = KeyCount()
    tracemalloc.start()
    try:
        counted.update((number, f"{number:0100}") for number in range(50_000))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counted.unique_keys == 50_000
    assert size < 10 * 50_000
