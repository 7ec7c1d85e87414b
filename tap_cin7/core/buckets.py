"""Buckets: index rows grouped by period, so that a few kilobytes show which of 100,000 changed.

A bucket is a day of the recent past, a month before that, or undated rows, split further by id
while state has room for it. Its digest is the sum of its rows' digests, so that the order of the
list does not count. The bucketing is kept with the digests, so that days that become months make
no row look changed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_cin7.core.index_lists import IndexRow

MOST_BUCKETS = 440
"""Buckets of a stream: with their names and digests 7 kB of state."""
_MOST_PARTIAL = 6
"""Buckets whose reading was interrupted that are remembered."""
NOTHING_READ = ("", "", 0)
"""How a bucket's reading begins."""
_DAYS_BACK = (366, 92, 31)
"""For how many days back each day has a bucket: as many as there is room for."""
_SPLITS = (64, 32, 16, 8, 4, 2, 1)
_YEARS = range(1950, 2100)
"""Business dates of other years are no dates."""
_FIRST_DAY = date(_YEARS[0], 1, 1).toordinal()
_DIGEST_BITS = 66
_ENTRY = 16
"""Characters that a bucket takes: 5 for its number, 11 for its digest."""
_CHARACTERS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""64 characters in the order of their codes."""
_VALUES = {character: value for value, character in enumerate(_CHARACTERS)}


class Bucketing(NamedTuple):
    """Assigns rows to buckets.

    Attributes:
        days_from: Ordinal of the first day with a bucket of its own; None where dates are ignored.
        splits: Into how many buckets each period is split by id.

    """

    days_from: int | None
    splits: int

    def bucket(self, row: IndexRow) -> int:
        """Return the number of a row's bucket, larger for later periods."""
        return self.bucket_at(_day(row.date), _hash(row.id))

    def bucket_at(self, day: date | None, id_hash: int) -> int:
        """Return the number of a bucket by the date and the hash of the id of a row."""
        period = 0
        if self.days_from is not None and day is not None:
            ordinal = day.toordinal()
            first = ordinal if ordinal >= self.days_from else ordinal - day.day + 1
            period = first - _FIRST_DAY + 1
        return period << 12 | id_hash % self.splits


def finest_bucketing(rows: Collection[IndexRow], today: str, *, has_dates: bool) -> Bucketing:
    """Return the finest bucketing that state has room for.

    Args:
        rows: All rows.
        today: The present time, canonical.
        has_dates: Whether rows of this kind have a business date.

    """
    if has_dates:
        now = date.fromisoformat(today[:10]).toordinal()
        places = [(_day(row.date), _hash(row.id)) for row in rows]
        for days_back, splits in product(_DAYS_BACK, _SPLITS):
            bucketing = Bucketing(now - days_back, splits)
            if len({bucketing.bucket_at(*place) for place in places}) <= MOST_BUCKETS:
                return bucketing
    return Bucketing(None, MOST_BUCKETS)


@dataclass
class Buckets:
    """The state of all buckets.

    Attributes:
        bucketing: Assigns rows to them.
        complete: Bucket -> digest, of those that are in.
        partial: Bucket -> the id after which its reading began, the id of the last document that
            was written, and the digest of the rows between; of those that are being read. Ids are
            a ring: the first follows the last.

    """

    bucketing: Bucketing
    complete: dict[int, int] = field(default_factory=dict)
    partial: dict[int, tuple[str, str, int]] = field(default_factory=dict)

    def text(self) -> str:
        """Return them as the text that state keeps."""
        days_from, splits = self.bucketing
        complete = [_entry(*one) for one in self.complete.items()]
        partial = [
            f"{_entry(bucket, digest)}{last} {start}".strip()
            for bucket, (start, last, digest) in [*self.partial.items()][-_MOST_PARTIAL:]
            if not {"|", " "} & {*start, *last}
        ]
        return "|".join([f"{days_from or 0}.{splits}", "".join(complete), *partial])

    @classmethod
    def of(cls, text: str) -> Buckets | None:
        """Return the buckets from a text of state; None if it has none."""
        try:
            bucketing, complete, *partial = text.split("|")
            days_from, splits = map(int, bucketing.split("."))
            buckets = cls(Bucketing(days_from or None, max(1, splits)))
            for place in range(0, len(complete), _ENTRY):
                bucket, digest = _numbers(complete[place : place + _ENTRY])
                buckets.complete[bucket] = digest
            for entry in partial:
                bucket, digest = _numbers(entry[:_ENTRY])
                last, _, start = entry[_ENTRY:].partition(" ")
                buckets.partial[bucket] = (start, last, digest)
        except (KeyError, ValueError):
            return None
        return buckets


@lru_cache(maxsize=2 * MOST_BUCKETS)
def _entry(bucket: int, digest: int) -> str:
    """Return the number of a bucket and its digest as a text."""
    number = bucket << _DIGEST_BITS | digest
    return "".join(_CHARACTERS[number >> 6 * place & 63] for place in reversed(range(_ENTRY)))


def _numbers(entry: str) -> tuple[int, int]:
    number = 0
    for character in entry:
        number = number << 6 | _VALUES[character]
    return divmod(number, 1 << _DIGEST_BITS)


def _hash(document: str) -> int:
    """Return a hash of an id that is the same in every run."""
    return zlib.crc32(document.lower().encode())


def _day(stamp: str) -> date | None:
    try:
        day = date.fromisoformat(stamp[:10])
    except ValueError:
        return None
    return day if day.year in _YEARS else None
