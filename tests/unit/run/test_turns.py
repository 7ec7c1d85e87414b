"""Every stream gets on, however few calls a run has and whatever other streams take of them."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.run.turns import Carryover, Turns

ENDLESS = 10**6
TURN = 10


@dataclass(frozen=True)
class Need:
    """What a stream needs in each run.

    Attributes:
        beginning: Calls before its first row.
        calls: Calls to its end, the beginning included.
        is_document: Whether its rows come one by one.

    """

    beginning: int
    calls: int
    is_document: bool


NEEDS = st.builds(
    lambda beginning, more, is_document: Need(
        beginning * is_document, beginning * is_document + more, is_document
    ),
    st.sampled_from([1, 2]),
    st.sampled_from([1, 2, 3, ENDLESS]),
    st.booleans(),
)


def play(needs: dict[str, Need], calls: int, before: Carryover) -> tuple[set[str], Carryover]:
    """Return which streams got on in one run, and what it passes on."""
    groups: list[Any] = [
        SimpleNamespace(
            resource=SimpleNamespace(one_by_one=need.is_document),
            source=SimpleNamespace(name=name),
        )
        for name, need in needs.items()
    ]
    turns, left, turn = Turns(groups, before), calls, ""
    used: dict[str, int] = {}
    waiting = [(group.source.name, group in turns.in_turns) for group in turns.all]
    while waiting:
        name, in_turns = waiting.pop(0)
        turn = name if in_turns else turn
        rest = needs[name].calls - used.setdefault(name, 0)
        taken = min(rest, left, TURN if in_turns else ENDLESS)
        used[name] += taken
        left -= taken
        if taken < rest and not left:
            break
        if taken < rest:
            place = sum(is_waiting for _, is_waiting in waiting)
            waiting.insert(place, (name, True))
    ended = {name for name in used if used[name] == needs[name].calls}
    got_on = {name for name in used if used[name] > needs[name].beginning} | ended
    if ended == {*needs}:
        return got_on, Carryover()
    return got_on, turns.carryover(ended, used, got_on, turn)


@given(needs=st.lists(NEEDS, min_size=1, max_size=7), calls=st.integers(3, 12))
def test_no_stream_waits_for_ever(needs: list[Need], calls: int) -> None:
    named = {f"stream_{number}": need for number, need in enumerate(needs)}
    carryover = Carryover()
    runs_without = dict.fromkeys(named, 0)
    for _ in range(100):
        got_on, carryover = play(named, calls, carryover)
        for name in named:
            runs_without[name] = 0 if name in got_on else runs_without[name] + 1
        assert max(runs_without.values()) < 3 * len(named) + 3, (runs_without, carryover)
