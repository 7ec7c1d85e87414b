"""Long lists: decode, conform and encode the objects of a long list a chunk at a time.

A document may have tens of megabytes of stock movements, which would take hundreds as dicts.
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
"""Size of a row in bytes above which its lists are decoded a chunk at a time."""
CHUNK = 500
"""Objects, or records made of them, in memory at once."""


class Elements(list[msgspec.Raw]):
    """The objects of a long list, kept as chunks of JSON text.

    Encoding it writes the chunks, as of any list; iterating over it yields the objects.
    """

    def __init__(self, raws: list[msgspec.Raw]) -> None:
        """Take the raw objects; call ``conform`` before anything else."""
        super().__init__()
        self._size = len(raws)
        self._raws = iter(raws)

    def conform(self, conform: Callable[[int, Repaired], Any]) -> None:
        """Conform the objects, given with their positions, and keep the results in chunks."""
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
    """Decode a row except for its long lists.

    Args:
        raw: The row.
        lists: Names, in lower case, of its lists of objects.

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
