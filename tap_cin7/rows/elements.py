"""Long lists: a document may have a list that is too large to be held as Python values.

Tens of megabytes of stock movements would take hundreds as dicts. The objects of such a list are
decoded, conformed and encoded a chunk at a time.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.repair import Repaired, decode, decode_row, split_fields, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

LARGE = 1 << 22
"""Bytes of a row from which on its lists are read a chunk at a time."""
CHUNK = 500
"""Objects, or records made of them, that are held at once."""


class Elements(list[msgspec.Raw]):
    """The objects of a long list, kept as the texts of chunks of them.

    It is encoded as any list is, which takes the chunks; who goes through it gets the objects.
    """

    def __init__(self, raws: list[msgspec.Raw]) -> None:
        """Take the objects as they came; they are to be conformed before anything else."""
        super().__init__()
        self._size = len(raws)
        self._raws = iter(raws)

    def conform(self, conform: Callable[[int, Repaired], Any]) -> None:
        """Make chunks of what becomes of the objects, given their positions."""
        objects = enumerate(map(decode_row, map(bytes, self._raws)))
        while chunk := [conform(*one) for one in islice(objects, CHUNK)]:
            self.append(msgspec.Raw(as_json(chunk)[1:-1]))

    def __len__(self) -> int:
        """Return how many objects there are."""
        return self._size

    def __iter__(self) -> Iterator[Any]:
        """Yield the conformed objects."""
        for chunk in super().__iter__():
            yield from decode(b"[%b]" % bytes(chunk)).value


def decode_large(raw: bytes | msgspec.Raw, lists: Collection[str]) -> Repaired:
    """Return a row whose long lists are not decoded yet.

    Args:
        raw: The row.
        lists: Names, in small letters, of its lists of objects.

    """
    try:
        fields = split_fields(raw)
    except ValueError:
        return decode_row(bytes(raw))
    names = [name.lower() for name in fields]
    row: dict[str, Any] = {}
    repaired = []
    for name, value in fields.items():
        if name.lower() in lists and names.count(name.lower()) == 1:
            try:
                row[name] = Elements(split_rows(value))
                continue
            except ValueError:
                pass
        row[name], odd = decode(bytes(value))
        repaired += [(name, *path) for path in odd]
    return Repaired(row, repaired)
