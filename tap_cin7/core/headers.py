"""Header rows: what a list says of the documents it names, and what a plan makes of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from tap_cin7.rows.repair import NOT_JSON

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from tap_cin7.reading.position import Position

_canonical = msgspec.json.Encoder(order="sorted").encode


class Header(NamedTuple):
    """What the header list says of one document.

    Attributes:
        id: The document's id.
        stamp: Its last change, canonical; empty where the row has none.
        date: Its business date, canonical; empty where the row has none.
        is_final: Whether it is in a state that it does not leave without its row changing.
        digest: 64 bits that change with any field of the row.

    """

    id: str
    stamp: str
    date: str
    is_final: bool
    digest: int


class Plan(Protocol):
    """Which documents a run fetches, and what is true after each of them."""

    is_whole: bool
    """Whether every document will be fetched."""

    @property
    def since(self) -> str | None:
        """From which stamp on the header list is wanted; None for all of it."""

    def begin(self, headers: Sequence[Header], began: str) -> Sequence[Header]:
        """Return the documents to fetch, in this order.

        Args:
            headers: One for each document.
            began: When the reading began, by Cin7's clock.

        """

    def done(self, header: Header, asked_at: str) -> Position | None:
        """Return what is true once a document is written.

        Args:
            header: Its header, which is the next of those to fetch.
            asked_at: When it was asked for, by Cin7's clock.

        """

    def over(self) -> Position | None:
        """Return what is true once all documents are written."""


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
