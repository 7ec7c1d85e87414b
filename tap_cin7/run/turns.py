"""Whose turn it is: the order in which a run reads, and what the next one makes of a cut.

The rule: a run reads all lists before it reads documents one by one, and kinds of documents take
turns, so that none waits for another's end. A list that a run could not read to its end takes turns
with the documents in the next run, which begins with what comes after it; a list that a cut run
has read counts as read until every other one has been and documents have had their turn, and comes
last. So every kind gets on, however little time or quota a run has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_cin7.errors import BadInput
from tap_cin7.reading.position import TURNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_cin7.singer.stream import StreamGroup


class Left(msgspec.Struct, frozen=True):
    """What runs that were cut have left to the next one.

    Attributes:
        read: Lists that were read since the last run that came to its end.
        cut: Lists whose reading was cut.
        next: The kind whose turn is next; empty for the first.

    """

    read: list[str] = []
    cut: list[str] = []
    next: str = ""


def left_by(state: Mapping[str, Any]) -> Left:
    """Return what state says of runs that were cut.

    Raises:
        BadInput: If the entry is not as the tap writes it.

    """
    try:
        return msgspec.convert(state.get(TURNS) or {}, Left)
    except msgspec.ValidationError as error:
        raise BadInput(
            f"the state's {TURNS} is not as tap-cin7 writes it ({error}); take it out of the state"
        ) from error


class Turns:
    """The order of one run.

    Attributes:
        lists_first: Lists that are read first, each to its end.
        in_turns: Kinds of documents, and lists that were cut, which take turns.
        at_last: Lists that the cut runs before this one have read.

    """

    def __init__(self, groups: Sequence[StreamGroup], left: Left) -> None:
        """Put groups in order.

        Args:
            groups: What to read, in the order of a run that nothing was left to.
            left: What was.

        """
        self._left = left
        self.lists_first: list[StreamGroup] = []
        self.in_turns: list[StreamGroup] = []
        self.at_last: list[StreamGroup] = []
        for group in groups:
            if group.resource.one_by_one or group.source.name in left.cut:
                self.in_turns.append(group)
            elif group.source.name in left.read:
                self.at_last.append(group)
            else:
                self.lists_first.append(group)
        names = [group.source.name for group in self.in_turns]
        if left.next in names:
            place = names.index(left.next)
            self.in_turns = self.in_turns[place:] + self.in_turns[:place]

    @property
    def all(self) -> list[StreamGroup]:
        """All groups in the order in which they begin."""
        return [*self.lists_first, *self.in_turns, *self.at_last]

    def left(
        self, ended: Iterable[str], begun: Iterable[str], got_on: Iterable[str], turn: str
    ) -> Left:
        """Return what this run leaves to the next one, since it was cut.

        Args:
            ended: What was read to its end.
            begun: What was begun.
            got_on: What brought rows or is over.
            turn: Whose turn it was when the run was cut; empty before the first turn.

        """
        done = {*ended}
        lists = [group.source.name for group in self.all if not group.resource.one_by_one]
        read = [name for name in lists if name in done or name in self._left.read]
        cut = [name for name in lists if name in begun and name not in done]
        documents = {group.source.name for group in self.all} - {*lists}
        # A call or two are gone before the first document: where a run has no more of them,
        # documents get one that begins with them.
        first = self.all[0].source.name
        had_turn = not documents or first in documents or documents & {*got_on}
        is_round_over = had_turn and {*lists} <= {*read, *cut}
        names = [group.source.name for group in self.in_turns]
        following = self._left.next
        if turn in names:
            # What came too late to get on begins the next run.
            is_late = turn != first and turn not in got_on
            following = turn if is_late else names[(names.index(turn) + 1) % len(names)]
        return Left(read=[] if is_round_over else read, cut=cut, next=following)
