"""Header rows: what a list says of the documents it names, and what a plan makes of it."""

from __future__ import annotations

import base64
import hashlib
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from tap_cin7.rows.repair import NOT_JSON

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from tap_cin7.reading.position import Position

_IN_A_ROW = 9
TOKEN = 6
_canonical = msgspec.json.Encoder(order="sorted").encode


class Header(NamedTuple):
    """What the header list says of one document.

    Attributes:
        id: The document's id.
        stamp: Its last change, canonical; empty where the row has none.
        date: Its business date, canonical; empty where the row has none.
        is_final: Whether it is in a state that it does not leave without its row changing.
        digest: 64 bits that change with any field of the row.
        other_id: Another id that the document may carry; empty for none.
        is_wanted: Whether ``documents_where`` wants the document.

    """

    id: str
    stamp: str
    date: str
    is_final: bool
    digest: int
    other_id: str = ""
    is_wanted: bool = True


class Plan(Protocol):
    """Which documents a run fetches, and what is true after each of them."""

    is_whole: bool
    """Whether every document will be fetched, in this run or in those before it."""
    is_resumed: bool
    """Whether an earlier run began with that."""

    @property
    def since(self) -> str | None:
        """From which stamp on the header list is wanted; None for all of it."""

    def begin(self, headers: Sequence[Header], began: str) -> Sequence[Header]:
        """Return the documents to fetch, in this order.

        Args:
            headers: One for each document.
            began: When the reading began, by Cin7's clock.

        """

    def done(self, header: Header, asked_at: str) -> Position:
        """Return what is true once a document is written.

        Args:
            header: Its header, which is the next of those to fetch.
            asked_at: When it was asked for, by Cin7's clock; empty if it was not.

        """

    def over(self) -> Position:
        """Return what is true once all documents are written or owed."""

    def proven(self) -> Position:
        """Return what is true if none is owed."""


def taking_turns(first: Iterable[Header], others: Iterable[Header]) -> list[Header]:
    """Return documents, with one of some others after each nine of them.

    Else documents that change faster than a run fetches would hold up the others for good.
    """
    rest = iter(others)
    ordered: list[Header] = []
    for place, header in enumerate(first, start=1):
        ordered.append(header)
        if place % _IN_A_ROW == 0:
            ordered += islice(rest, 1)
    return [*ordered, *rest]


def token(document: str) -> str:
    """Return what stands for the id of a document in state, in a few letters."""
    short = hashlib.blake2b(document.lower().encode(), digest_size=5).digest()
    return base64.urlsafe_b64encode(short).decode()[:TOKEN]


def tokens_in(text: str) -> list[str]:
    """Return what stands for documents, one behind the other in a text."""
    return [text[place : place + TOKEN] for place in range(0, len(text), TOKEN)]


def digest(raw: bytes, volatile: Container[str] = ()) -> int:
    """Return 64 bits that are the same for rows that say the same.

    Args:
        raw: The row.
        volatile: Fields that do not count, in small letters.

    Order and case of the names do not count, nor does the way in which "nothing" is written:
    Cin7 mixes null, ``""`` and no field at all.
    """
    try:
        row: dict[str, Any] = msgspec.json.decode(raw)
        said = {name.lower(): value for name, value in row.items() if value not in (None, "")}
        said = {name: value for name, value in said.items() if name not in volatile}
        raw = _canonical(said)
    except NOT_JSON:
        pass
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")
