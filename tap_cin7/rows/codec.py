"""The codec: decodes the bytes of a row and returns its key, wanted fields and records.

In between a row is a dict: decoded with exact numbers, conformed in place to the columns of its
table, given its key; then the rows of child streams are extracted, and each record is encoded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from tap_cin7.rows.coercion import lower_guid
from tap_cin7.rows.conform import Conformer
from tap_cin7.rows.elements import CHUNK, LARGE, decode_large
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.extra_fields import EXTRA_FIELDS, Deviations, Notes
from tap_cin7.rows.extract import EncodedRecords, Location, Output, Place, by_path, without
from tap_cin7.rows.keys import complete_key, key_of_grain, key_of_whole_row
from tap_cin7.rows.repair import decode_row

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from tap_cin7.rows.conform import Conform
    from tap_cin7.rows.fields import Record

__all__ = ["EncodedRecords", "Notes", "Output", "Row", "RowCodec"]

_ITSELF = Place((), {})


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row, decoded.

    Attributes:
        key: Primary key of the resource: the bare value of one column, a tuple of several.
        values: The wanted fields in canonical form, None where the row has none; GUIDs as Cin7
            spells them, since requests may send them back.
        records: Its records, in the order of the outputs; those of a large row are made lazily,
            once, in any order.
        large: Size of a large row in bytes, 0 for others.

    """

    key: Hashable
    values: Mapping[str, Any]
    records: Iterable[EncodedRecords]
    large: int = 0


class RowCodec:
    """Decodes the rows of a resource and builds their records.

    Attributes:
        notes: Counts rows without a key: the notes of the first output, or the codec's own.

    """

    def __init__(
        self,
        schema: Record,
        *,
        wanted: Iterable[str] = (),
        stamp: str | None = None,
        outputs: Sequence[Output] = (),
    ) -> None:
        """Set up.

        Args:
            schema: The schema of the resource.
            wanted: Fields whose values the reader needs (stamps, ids, dates, statuses); a name
                that the schema lacks is null in each row.
            stamp: The column that parts get as ``parent_modified``.
            outputs: The streams to make records for; none if rows are only read.

        """
        self.notes = outputs[0].notes if outputs else Notes()
        self._fields = schema.fields
        self._lists = {
            name.lower()
            for name, field in self._fields.items()
            if field.items is not None and field.items.properties is not None
        }
        self._key = {name: self._fields[name].default for name in schema.key}
        self._wanted = tuple(wanted)
        known = self._fields.keys() & self._wanted
        self._spelled = [name for name in known if self._fields[name].wire == "guid"]
        self._stamp = stamp
        self._outputs = outputs
        grains = {name: field.record_key_parts for name, field in self._fields.items()}
        self._record_key = next((n for n, grain in grains.items() if grain is not None), None)
        self._grain = grains.get(self._record_key or "")
        self._whole_rows: Counter[bytes] = Counter()
        self._own = [
            (
                number,
                output.notes,
                output.hidden(stamp) | {(name,) for name in self._fields.keys() - output.fields},
                output.has_extras,
            )
            for number, output in enumerate(outputs)
            if output.places is None
        ]

    @cached_property
    def _conform(self) -> Conform:
        # A wanted GUID keeps the spelling of Cin7 until ``_row`` has noted it.
        spelled = {name: replace(self._fields[name], wire=None) for name in self._spelled}
        fields = {**self._fields, **spelled}
        return Conformer({n: field for n, field in fields.items() if not field.is_added}).conform

    @cached_property
    def _children(self) -> dict[int, list[Location]]:
        return {
            number: [Location(output, place, self._fields, self._stamp) for place in output.places]
            for number, output in enumerate(self._outputs)
            if output.places
        }

    def rows(
        self,
        raws: Sequence[bytes | msgspec.Raw],
        added: Mapping[str, Any] | None = None,
        occurrences: Counter[str] | None = None,
    ) -> list[Row | None]:
        """Decode rows and build their records; None for each row that has no key.

        Args:
            raws: The JSON objects as received, repaired or not.
            added: Columns that the reader knows and the rows lack (``header_modified``,
                ``read_at``, copies from an envelope), canonical.
            occurrences: Counts the rows of a response by a grain that may repeat; pass the same
                counter where these are not all rows of a response.

        Raises:
            StreamFailed: If one is not a JSON object; rows from ``split_rows`` always are.

        """
        occurrences = Counter() if occurrences is None else occurrences
        return [self._row(raw, added or {}, occurrences) for raw in raws]

    def row(self, raw: bytes | msgspec.Raw, added: Mapping[str, Any] | None = None) -> Row | None:
        """Decode one row and build its records; see ``rows``."""
        (row,) = self.rows((raw,), added)
        return row

    def _row(
        self, raw: bytes | msgspec.Raw, added: Mapping[str, Any], occurrences: Counter[str]
    ) -> Row | None:
        size = memoryview(raw).nbytes
        record, repaired = (
            decode_large(raw, self._lists) if size > LARGE else decode_row(bytes(raw))
        )
        deviations = Deviations()
        deviations.repaired(repaired)
        self._conform(record, None, deviations)
        spelled = {}
        for name in self._spelled:
            if record.get(name) is not None:
                spelled[name] = record[name]
                record[name] = lower_guid(record[name])
        key = self._complete(record, added, occurrences)
        if None in key:
            self.notes.without_key += 1
            return None
        bare = key[0] if len(key) == 1 else tuple(key)
        values = {
            name: (record if name in self._fields else added).get(name) for name in self._wanted
        }
        made = self._records(record, added, bare, deviations)
        if size > LARGE:
            return Row(bare, values | spelled, made, size)
        return Row(bare, values | spelled, sorted(made, key=itemgetter(0)))

    def _records(
        self, row: dict[str, Any], added: Mapping[str, Any], key: Hashable, deviations: Deviations
    ) -> Iterator[EncodedRecords]:
        for number, notes, hidden, has_extras in self._own:
            shown = without(row, hidden)
            extras = notes.take(deviations.without(hidden), key) if deviations else None
            if has_extras:
                shown = {**shown, EXTRA_FIELDS: extras}
            yield EncodedRecords(number, (key,), (as_json(shown),))
        below = by_path(deviations) if deviations and self._children else None
        for number, locations in self._children.items():
            counts: defaultdict[tuple[Hashable, ...], int] = defaultdict(int)
            rows = (made for one in locations for made in one.extract(row, added, below, counts))
            while chunk := list(islice(rows, CHUNK)):
                yield EncodedRecords(number, *zip(*chunk, strict=True))

    def _complete(
        self, record: dict[str, Any], added: Mapping[str, Any], occurrences: Counter[str]
    ) -> list[Any]:
        """Add the columns that Cin7 does not send to a record; return its key."""
        # Before anything is added: the key is made of the row as Cin7 sent it.
        made = key_of_whole_row(record, self._whole_rows) if self._grain == () else None
        if added:
            for name in added.keys() & self._fields.keys():
                record[name] = added[name]
        if self._grain:
            made = key_of_grain(self._grain, record, occurrences)
        if self._record_key is not None:
            record[self._record_key] = made
        return complete_key(record, self._key)

    def needed_fields(self) -> list[str] | None:
        """Return the top-level fields on the wire that the outputs and wanted fields need.

        None when they need all, so that requesting fewer would save nothing.
        """
        if self._grain == ():
            return None
        needed = {*self._key, *self._wanted, *(self._grain or ()), self._stamp}
        for output in self._outputs:
            needed.update(*(output.takes(place) for place in output.places or (_ITSELF,)))
        wire = [name for name, field in self._fields.items() if not field.is_added]
        return None if needed.issuperset(wire) else [name for name in wire if name in needed]

    def start_again(self) -> None:
        """Number equal rows from 1 again, before a list is reread (keys of the whole row)."""
        self._whole_rows.clear()
