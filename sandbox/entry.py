"""One version of one row: its place in the orderings, and its body made when first asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]
Tie: TypeAlias = tuple[tuple[int, Any], ...]

encode = msgspec.json.Encoder(decimal_format="number").encode
"""Writes Decimals as bare numbers with every digit, trailing zeros included."""
decode = msgspec.json.Decoder(float_hook=Decimal).decode


def sortable(values: Iterable[Any]) -> Tie:
    """Return values of mixed types, nulls among them, as something that has an order."""
    return tuple(
        (0, 0) if value is None else (2, value) if isinstance(value, str) else (1, value)
        for value in values
    )


class Entry:
    """One version of a row.

    The body is kept as the bytes that go over the wire: made once, served many times, and
    a store of many rows costs little until they are read. Lists show a version from ``born`` on
    until it ``died``, both in ticks of Cin7's clock.
    """

    __slots__ = ("_body", "_make", "born", "by_id", "by_stamp", "died", "key", "stamp")

    def __init__(self, key: Key, stamp: str | None, ticks: int, make: Callable[[], Row]) -> None:
        """Place a row without making it.

        Args:
            key: Values of the key columns.
            stamp: The modification stamp as it is sent.
            ticks: The instant that ``stamp`` means.
            make: Returns the row when it is first asked for.

        """
        self.key = key
        self.stamp = stamp
        self.born = 0
        self.died: int | None = None
        self.by_id = sortable(key)
        self.by_stamp = (ticks, self.by_id)
        self._make: Callable[[], Row] | None = make
        self._body = b""

    @property
    def body(self) -> bytes:
        """The row as it goes over the wire."""
        if self._make is not None:
            self._body = encode(self._make())
            self._make = None
        return self._body

    @property
    def row(self) -> Row:
        """The row, numbers as exact decimals; a fresh copy each time."""
        row: Row = decode(self.body)
        return row
