"""How records leave: through the SDK's loop, without what it would do in vain.

The SDK looks for deselected fields in each record, asks its maps, conforms types, and keeps
bookmarks record by record. Shapes and record types conform better, pages carry the bookmarks,
and where every field is selected and nothing is mapped, a record needs no looking into.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from typing_extensions import override

from tap_cin7.calls import CallingStream
from tap_cin7.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.metrics import Counter

    from tap_cin7.tap import TapCin7
    from tap_cin7.writer import Frame


class WritingStream(CallingStream):
    """A stream whose pages, not records, carry its bookmarks."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: TapCin7) -> None:
        """Set up the stream; nothing is asked of Cin7 yet."""
        super().__init__(tap)
        self.frame: Frame | None = None
        """Frame of the records that are written next; None where the SDK makes messages."""

    @cached_property
    def plain_writer(self) -> Writer | None:
        """The writer where records leave as they are: every field selected, nothing mapped."""
        writer = self._cin7_tap.message_writer
        maps = self.stream_maps
        as_is = len(maps) == 1 and type(maps[0]) is SameRecordTransform
        is_plain = as_is and not self.config.get("flattening_enabled") and all(self.mask.values())
        return writer if is_plain and isinstance(writer, Writer) else None

    def frame_records(self, extracted: datetime) -> None:
        """Say when the rows that are written next were extracted."""
        writer = self.plain_writer
        if writer is not None:
            alias = self.stream_maps[0].stream_alias
            self.frame = writer.frame(alias, self._stream_version, extracted)

    def write_made(self, record: bytes, key: Hashable, frame: Frame) -> None:
        """Write a record that is JSON already, and count it as the SDK counts its own."""
        frame.write(record)
        self.tally.emitted(key)
        self._record_counter.increment()
        self.state_manager.is_flushed = False

    @override
    def get_record_counter(self, **kwargs: Any) -> Counter:
        self._record_counter = super().get_record_counter(**kwargs)
        return self._record_counter

    @override
    def _write_record_message(self, record: Record) -> None:
        if self.frame is None:
            super()._write_record_message(record)
            return
        self.frame.write_row(record)
        self.state_manager.is_flushed = False

    @override
    def _process_record(
        self,
        record: Record,
        child_context: Context | None = None,
        partition_context: Context | None = None,
    ) -> None:
        """Leave out what the SDK does for children and partitions: there are none."""

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Leave state to the pages."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Leave state to the pages."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Leave state to the pages."""
