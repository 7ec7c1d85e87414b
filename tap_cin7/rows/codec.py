"""The codec: the bytes of a row in; its key, its wanted fields and its records out.

A row is a dict from its bytes to its records: decoded with exact numbers, conformed in place to
the columns of its table, given its key; then the rows of child streams are extracted, and each
record is encoded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from tap_cin7.rows.coercion import lower_guid
from tap_cin7.rows.conform import Conformer
from tap_cin7.rows.elements import LARGE, decode_large
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.extra_fields import EXTRA_FIELDS, Deviations, Notes
from tap_cin7.rows.extract import Extractor, Made, Output, Parent, Place, without
from tap_cin7.rows.keys import WholeRowKeys, key_of_grain
from tap_cin7.rows.repair import decode_row

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from tap_cin7.rows.conform import Conform
    from tap_cin7.rows.fields import Record

__all__ = ["Made", "Notes", "Output", "Row", "RowCodec"]

_ITSELF = Place((), {})


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row, decoded.

    Attributes:
        key: Primary key of the resource: the bare value of one column, a tuple of several.
        values: The wanted fields in canonical form, None where the row has none; GUIDs as Cin7
            spells them, since it may be asked for them.
        records: The records made of it, in the order of the outputs; of a large row made as they
            are asked for, once, in any order.
        large: The bytes of a large row, 0 for others.

    """

    key: Hashable
    values: Mapping[str, Any]
    records: Iterable[Made]
    large: int = 0


class RowCodec:
    """The bytes of a row in; its key, wanted fields and records out.

    Attributes:
        notes: Takes the rows without key: those of the first output, or the codec's own.

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
            schema: What the resource declares.
            wanted: Fields whose values the reader must see (stamps, ids, dates, statuses); a
                name that the schema does not have is null in each row.
            stamp: The column that parts get as ``parent_modified``.
            outputs: The streams to make records for; none for rows that are only read.

        """
        self.notes = outputs[0].notes if outputs else Notes()
        self._fields = schema.fields
        self._lists = {
            name.lower()
            for name, field in self._fields.items()
            if field.items is not None and field.items.properties is not None
        }
        self._key = schema.key
        self._wanted = tuple(wanted)
        known = self._fields.keys() & self._wanted
        self._spelled = [name for name in known if self._fields[name].wire == "guid"]
        self._stamp = stamp
        self._outputs = outputs
        grains = {name: field.record_key_parts for name, field in self._fields.items()}
        self._record_key = next((n for n, grain in grains.items() if grain is not None), None)
        self._grain = grains.get(self._record_key or "")
        self._whole_row_keys = WholeRowKeys()
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
        # A wanted GUID is seen as Cin7 spells it, before it is put into small letters.
        spelled = {name: replace(self._fields[name], wire=None) for name in self._spelled}
        fields = {**self._fields, **spelled}
        return Conformer({n: field for n, field in fields.items() if not field.is_added}).conform

    @cached_property
    def _extractor(self) -> Extractor:
        return Extractor(self._fields, self._outputs, self._stamp)

    def rows(
        self,
        raws: Sequence[bytes | msgspec.Raw],
        added: Mapping[str, Any] | None = None,
        came: Counter[str] | None = None,
    ) -> list[Row | None]:
        """Decode rows and build their records; None for each row that has no key.

        Args:
            raws: The JSON objects as they came, repaired or not.
            added: Columns that the reader knows and the rows do not say (``header_modified``,
                ``read_at``, copies from an envelope), canonical.
            came: Counts the rows of a response whose grain may repeat; the same one for all rows of
                a response, where these are not all of them.

        Raises:
            StreamFailed: If one is not a JSON object, which no row of a page that was split is.

        """
        came = Counter() if came is None else came
        return [self._row(raw, added or {}, came) for raw in raws]

    def row(self, raw: bytes | msgspec.Raw, added: Mapping[str, Any] | None = None) -> Row | None:
        """Decode one row and build its records; see ``rows``."""
        (row,) = self.rows((raw,), added)
        return row

    def _row(
        self, raw: bytes | msgspec.Raw, added: Mapping[str, Any], came: Counter[str]
    ) -> Row | None:
        size = memoryview(raw).nbytes
        record, repaired = (
            decode_large(raw, self._lists) if size > LARGE else decode_row(bytes(raw))
        )
        deviations = Deviations(repaired=repaired)
        self._conform(record, None, deviations)
        spelled = {}
        for name in self._spelled:
            if record.get(name) is not None:
                spelled[name] = record[name]
                record[name] = lower_guid(record[name])
        key = self._complete(record, added, came)
        if None in key:
            self.notes.without_key += 1
            return None
        bare = key[0] if len(key) == 1 else tuple(key)
        values = {
            name: (record if name in self._fields else added).get(name) for name in self._wanted
        }
        made = self._records(Parent(record, added), bare, deviations)
        if size > LARGE:
            return Row(bare, values | spelled, made, size)
        return Row(bare, values | spelled, sorted(made, key=itemgetter(0)))

    def _records(self, parent: Parent, key: Hashable, deviations: Deviations) -> Iterator[Made]:
        for number, notes, hidden, has_extras in self._own:
            shown = without(parent.record, hidden)
            extras = notes.take(deviations.without(hidden), key) if deviations else None
            if has_extras:
                shown = {**shown, EXTRA_FIELDS: extras}
            yield Made(number, (key,), (as_json(shown),))
        yield from self._extractor.extract(parent, deviations)

    def _complete(
        self, record: dict[str, Any], added: Mapping[str, Any], came: Counter[str]
    ) -> list[Any]:
        """Put the columns into a record that Cin7 does not send; return its key."""
        # Before anything is added: the key is that of the row as Cin7 sent it.
        made = self._whole_row_keys(record) if self._grain == () else None
        if added:
            for name in added.keys() & self._fields.keys():
                record[name] = added[name]
        if self._grain:
            made = key_of_grain(self._grain, record, came)
        if self._record_key is not None:
            record[self._record_key] = made
        key = []
        for name in self._key:
            value = record.get(name)
            if value is None:
                value = record[name] = self._fields[name].default
            key.append(value)
        return key

    def needed_fields(self) -> list[str] | None:
        """Return the top-level fields on the wire that the outputs and wanted fields take.

        None when all of them are, so that asking for fewer would save nothing.
        """
        if self._grain == ():
            return None
        needed = {*self._key, *self._wanted, *(self._grain or ()), self._stamp}
        for output in self._outputs:
            needed.update(*(output.takes(place) for place in output.places or (_ITSELF,)))
        wire = [name for name, field in self._fields.items() if not field.is_added]
        return None if needed.issuperset(wire) else [name for name in wire if name in needed]

    def start_again(self) -> None:
        """Number equal rows from 1 again (streams whose key is the whole row): a list is reread."""
        self._whole_row_keys.start_again()
