"""The one SDK stream class: an adapter around a resource.

The SDK sees a stream with a name, a schema, a key and a selection. A run (``tap_cin7.run``) takes
from it what a reader needs and writes records through ``tap_cin7.singer.output``, bypassing the
SDK's record loop, which would process each record again. The loop still works for a single stream
(``--test`` and the SDK's own test suite), fed with the same records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import RemoveRecordTransform
from typing_extensions import override

from tap_cin7.instants import of_epoch
from tap_cin7.reading.parts import Part, Snapshot, is_due
from tap_cin7.reading.position import SNAPSHOT_AT
from tap_cin7.reading.resource import Listed
from tap_cin7.rows.codec import Notes, Output, RowCodec
from tap_cin7.rows.encoding import decode_record
from tap_cin7.rows.extra_fields import EXTRA
from tap_cin7.rows.fields import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from tap_cin7.reading.reader import Reader
    from tap_cin7.reading.resource import Resource
    from tap_cin7.rows.fields import Table
    from tap_cin7.settings import Settings

    Opener = Callable[["StreamGroup"], Reader]

_PROPERTIES = "properties"


class Cin7Stream(Stream):
    """A stream of Cin7."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # the codec has done it

    def __init__(
        self, tap: Tap, resource: type[Resource], settings: Settings, open_reader: Opener
    ) -> None:
        """Set up the stream; nothing is requested yet.

        Args:
            tap: The tap.
            resource: What the stream reads.
            settings: The settings, which need not be complete for discovery.
            open_reader: Returns a reader, for a stream that is read alone.

        """
        self.resource, self.settings = resource, settings
        self.fields: Table = resource.columns().fields
        if settings.extra_fields:
            self.fields = {**self.fields, **EXTRA}
        super().__init__(tap, schema=Record(self.fields).json_schema, name=resource.name)
        self._open_reader = open_reader
        self.primary_keys = resource.schema.key
        self.replication_key = resource.stamp_under(settings)
        self.selected_by_default = resource.selected_by_default
        self.notes = Notes()
        self._moment = of_epoch(tap.initialized_at)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Apply selection and replication method of a catalog; keys stay as declared."""
        declared = self.primary_keys, self.replication_key
        super().apply_catalog(catalog)
        self.primary_keys, self.replication_key = declared

    def select_as_without_catalog(self) -> None:
        """Select the stream with all columns, whatever the catalog says."""
        self._tap_input_catalog = self._input_schema = self._metadata = None
        self.selected = True

    @property
    def wants_changes(self) -> bool:
        """Whether the catalog allows incremental replication.

        Discovery writes FULL_TABLE for streams without a replication key, where it is not the
        user's wish.
        """
        return self.replication_key is None or self.forced_replication_method in (
            None,
            "INCREMENTAL",
        )

    @property
    def bookmark_key(self) -> str | None:
        """Column of the stream's bookmark; None if it keeps none."""
        return self.replication_key if self.replication_method == "INCREMENTAL" else None

    @cached_property
    def output(self) -> Output:
        """What a codec needs to make this stream's records."""
        resource = self.resource
        places = resource.schema.places if issubclass(resource, Part) else None
        if issubclass(resource, Snapshot):
            places = resource.places_at(self._moment)
        return Output(self.fields, frozenset(self._left_out()), places, self.notes)

    @property
    def sent(self) -> set[str]:
        """The columns that records carry."""
        left_out = {path[0] for path in self._left_out() if len(path) == 1}
        return self.fields.keys() - left_out

    def _left_out(self) -> Iterator[tuple[str, ...]]:
        """Yield the columns that records omit: deselected ones, and those not in the catalog."""
        for breadcrumb, is_selected in self.mask.items():
            path = tuple(step for step in breadcrumb if step != _PROPERTIES)
            if path and not is_selected and not {*path} & {*self.primary_keys}:
                yield path
        schema = self.schema if self._input_schema is None else self._input_schema
        known = schema.get(_PROPERTIES, {})
        yield from ((name,) for name in self.fields.keys() - known.keys())

    @property
    def is_due(self) -> bool:
        """Whether a run reads the stream: a snapshot is due only at intervals."""
        if not issubclass(self.resource, Snapshot):
            return issubclass(self.resource, (Listed, Part))
        last, hours = self.stream_state.get(SNAPSHOT_AT), self.settings.snapshot_interval_hours
        return is_due(last, self._moment, hours)

    @cached_property
    def tables(self) -> list[str]:
        """The tables that it writes to, by the user's stream maps."""
        maps = self.stream_maps
        return [one.stream_alias for one in maps if not isinstance(one, RemoveRecordTransform)]

    @property
    def shares_table(self) -> bool:
        """Whether another stream, read by this run or not, writes to one of its tables."""
        own = set(map(_loaded_as, self.tables))
        streams = cast("Iterable[Cin7Stream]", self._tap.streams.values())
        others = (one.tables for one in streams if one is not self)
        return any(not own.isdisjoint(map(_loaded_as, tables)) for tables in others)

    def remember_whole_reading(self) -> None:
        """Note in state that every row was written."""
        if issubclass(self.resource, Snapshot):
            self.stream_state[SNAPSHOT_AT] = self._moment

    def write_schema(self) -> None:
        """Write the SCHEMA message, shaped by the user's stream maps."""
        self._write_schema_message()

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        """Yield the records of this stream alone."""
        source = self.group_source()
        if not issubclass(source.resource, Listed):
            return
        group = StreamGroup(source, [self])
        for page in self._open_reader(group).pages():
            for row in page.rows:
                for made in row.records:
                    yield from map(decode_record, made.jsons)

    def group_source(self) -> Cin7Stream:
        """Return the stream that is requested for this one's rows: itself, or a part's parent."""
        if issubclass(self.resource, Part):
            source = self._tap.streams[self.resource.schema.parent.name]
            assert isinstance(source, Cin7Stream)  # noqa: S101 - a tap has no other streams
            return source
        return self


@cache
def _loaded_as(table: str) -> str:
    """Return a name of a table without what loaders change: letter case and punctuation."""
    return "".join(filter(str.isalnum, table)).lower()


@dataclass
class StreamGroup:
    """A stream that is requested, and the selected streams that its rows fill.

    Attributes:
        source: The stream whose resource is read, selected or not.
        streams: The selected ones among the source and its parts.

    """

    source: Cin7Stream
    streams: list[Cin7Stream] = field(default_factory=list)

    @property
    def resource(self) -> type[Listed]:
        """The resource that is requested, which is never a part."""
        return cast("type[Listed]", self.source.resource)

    @property
    def names(self) -> str:
        """The names of the streams, for messages."""
        return ", ".join(stream.name for stream in self.streams)

    def codec(self) -> RowCodec:
        """Return a codec that makes the records of all streams."""
        resource = self.resource
        return RowCodec(
            resource.columns(),
            wanted=resource.watched(),
            stamp=resource.part_stamp(),
            outputs=[stream.output for stream in self.streams],
        )


def groups_of(streams: list[Cin7Stream]) -> list[StreamGroup]:
    """Return the groups of the selected streams that are due, in the order of a run.

    The most wanted come first (see ``Resource.rank``), then the alphabet decides.
    """
    groups: dict[str, StreamGroup] = {}
    for stream in streams:
        if stream.selected and stream.is_due:
            source = stream.group_source()
            group = groups.setdefault(source.name, StreamGroup(source))
            if stream is source:
                group.streams.insert(0, stream)
            else:
                group.streams.append(stream)
    return sorted(
        groups.values(), key=lambda group: (group.source.resource.rank, group.source.name)
    )
