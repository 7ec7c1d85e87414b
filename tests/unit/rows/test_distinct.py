"""Counting different keys: as a set would, in less memory."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.rows.distinct import Distinct
from tests.unit.rows.test_seen import KEYS


@given(st.lists(st.lists(KEYS, max_size=90), max_size=6))
def test_it_counts_what_a_set_holds(batches: list[list[object]]) -> None:
    counted, known = Distinct(), set[object]()
    for batch in batches:
        counted.update(batch)
        known.update(batch)
        assert len(counted) == len(known)


@given(st.permutations([-1, -2, 0, 1]), st.sampled_from([(), (7,), ("a", None)]))
def test_keys_whose_hashes_python_gives_twice_are_counted_twice(
    numbers: list[int], rest: tuple[object, ...]
) -> None:
    counted = Distinct()
    counted.update([(*rest, number) for number in numbers])
    counted.update(numbers)
    assert len(counted) == 8


def test_a_key_takes_about_eight_bytes() -> None:
    counted = Distinct()
    tracemalloc.start()
    try:
        counted.update((number, f"{number:0100}") for number in range(50_000))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(counted) == 50_000
    assert size < 10 * 50_000
