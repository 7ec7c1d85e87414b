"""Turns: the order in which a run reads, and how the next one follows on from a run cut short.

The rule: a run reads all lists before it reads documents one by one, and kinds of documents take
turns, so that none waits for another's end. A list that a run could not read to its end takes turns
with the documents in the next run, which starts with what comes after it. A list that a run cut
short has read counts as read, and comes last, until every other list has been read and documents
have had a turn. So every kind makes progress, however little time or quota a run has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_cin7.errors import BadInput
from tap_cin7.reading.position import TURNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_cin7.singer.stream import StreamGroup


class Carryover(msgspec.Struct, frozen=True):
    """What runs that were cut short pass on to the next one.

    Attributes:
        read: Lists that were read since the last run that came to its end.
        cut: Lists that were read in part.
        next: The kind whose turn is next; empty for the first.

    """

    read: list[str] = []
    cut: list[str] = []
    next: str = ""


def carryover_of(state: Mapping[str, Any]) -> Carryover:
    """Return the carryover that state holds.

    Raises:
        BadInput: If the entry is not as the tap writes it.

    """
    try:
        return msgspec.convert(state.get(TURNS) or {}, Carryover)
    except msgspec.ValidationError as error:
        raise BadInput(
            f"the state's {TURNS} is not as tap-cin7 writes it ({error}); take it out of the state"
        ) from error


class Turns:
    """The order of one run.

    Attributes:
        lists_first: Lists that are read first, each to its end.
        in_turns: Groups that take turns: kinds of documents, and lists that were read in part.
        at_last: Lists that are read last, since runs cut short before this one have read them.

    """

    def __init__(self, groups: Sequence[StreamGroup], carryover: Carryover) -> None:
        """Put groups in order.

        Args:
            groups: What to read, in the order of a run without a carryover.
            carryover: What earlier runs have passed on.

        """
        self._carryover = carryover
        self.lists_first: list[StreamGroup] = []
        self.in_turns: list[StreamGroup] = []
        self.at_last: list[StreamGroup] = []
        for group in groups:
            if group.resource.one_by_one or group.source.name in carryover.cut:
                self.in_turns.append(group)
            elif group.source.name in carryover.read:
                self.at_last.append(group)
            else:
                self.lists_first.append(group)
        names = [group.source.name for group in self.in_turns]
        if carryover.next in names:
            place = names.index(carryover.next)
            self.in_turns = self.in_turns[place:] + self.in_turns[:place]

    @property
    def all(self) -> list[StreamGroup]:
        """All groups in the order in which they begin."""
        return [*self.lists_first, *self.in_turns, *self.at_last]

    def carryover(
        self, ended: Iterable[str], begun: Iterable[str], got_on: Iterable[str], turn: str
    ) -> Carryover:
        """Return what this run, which was cut short, passes on to the next one.

        Args:
            ended: Streams that were read to their end.
            begun: Streams that were begun.
            got_on: Streams that brought rows or are over.
            turn: Whose turn it was when the run was cut short; empty before the first turn.

        """
        done = {*ended}
        lists = [group.source.name for group in self.all if not group.resource.one_by_one]
        read = [name for name in lists if name in done or name in self._carryover.read]
        was_cut = {*begun, *self._carryover.cut}
        cut = [name for name in lists if name in was_cut and name not in done]
        names = [group.source.name for group in self.in_turns]
        # A call or two go by before the first document: if runs have no more of them, what takes
        # turns gets a run that begins with it.
        first = self.all[0].source.name
        had_turn = not names or first in names or not {*names}.isdisjoint(got_on)
        is_round_over = had_turn and {*lists} <= {*read, *cut}
        following = self._carryover.next
        if turn in names:
            # A kind whose turn came too late to make progress begins the next run.
            is_late = turn != first and turn not in got_on
            following = turn if is_late else names[(names.index(turn) + 1) % len(names)]
        return Carryover(read=[] if is_round_over else read, cut=cut, next=following)
