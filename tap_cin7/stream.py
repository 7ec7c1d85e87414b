"""Cin7Stream: the base of every stream of both products.

A stream is a declaration; what it declares becomes pages of rows here. A page carries the
bookmark that is true once its rows are written, so state can't run ahead of data.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.helpers._util import utc_now
from typing_extensions import override

from tap_cin7.answers import NO_JSON, check_text
from tap_cin7.bookmarks import keep
from tap_cin7.errors import Cin7Error, StreamFailed, StreamSkipped
from tap_cin7.fields import RECORD_KEY_PARTS
from tap_cin7.outline import Outline, Outliner
from tap_cin7.record_type import RecordType
from tap_cin7.shape import Row, Shape
from tap_cin7.values import moved
from tap_cin7.writing import WritingStream

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    import msgspec
    from singer_sdk.helpers.types import Context, Record

    from tap_cin7.parts import PartStream
    from tap_cin7.tap import TapCin7


@dataclass
class Page:
    """Rows of one answer, and what is true once they are written.

    Attributes:
        rows: Shaped rows or outlines of rows, in the order in which they leave.
        bookmark: What to merge into the stream's state after the rows.

    """

    rows: Sequence[Row | Outline]
    bookmark: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """Rows and calls that a run would take."""

    rows: int
    calls: int


class Cin7Stream(WritingStream):
    """A stream of Cin7.

    The name follows from the class name, the primary key from the key fields of the schema.
    """

    stamp_column: ClassVar[str | None] = None
    """Column by which records leave in ascending order; None where they leave in no order."""
    outline_fields: ClassVar[tuple[str, ...]] = ()
    """Fields beside the key that must be known of a row before it is written."""
    pages_ahead: ClassVar[int] = 4
    """Pages that may wait; with fewer, a slow stream before this one leaves quota unused."""
    open_ended: ClassVar[bool] = False
    """Whether fields that the schema does not know are let through."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Derive name and primary key from the declaration."""
        super().__init_subclass__(**kwargs)
        if "schema" not in vars(cls):
            return
        if "name" not in vars(cls):
            cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        declared = cast("dict[str, Any]", vars(cls)["schema"])
        # The SDK declares a property here and takes a plain value just as well.
        cls.primary_keys = tuple(declared["required"])  # type: ignore[method-assign,assignment]

    def __init__(self, tap: TapCin7) -> None:
        """Set up the stream; nothing is asked of Cin7 yet."""
        super().__init__(tap)
        self.ended_by: Cin7Error | None = None
        self.parts: list[PartStream] = []
        self.declared = cast("dict[str, Any]", vars(type(self))["schema"])
        self._identity = tuple(self.declared["required"])
        self._shape: Shape | None = None

    @property
    def shape(self) -> Shape:
        """The compiled shape of the schema; compiled when the first row comes."""
        if self._shape is None:
            self._shape = Shape(self.declared, open_ended=self.open_ended)
        return self._shape

    def key_of(self, row: Row) -> Hashable:
        """Return the primary key of a shaped row; contains None when the row has no key."""
        identity = self._identity
        return row.get(identity[0]) if len(identity) == 1 else tuple(map(row.get, identity))

    def overlap_start(self, bookmark: str) -> str:
        """Return where a run starts that follows one which came as far as a bookmark."""
        return moved(bookmark, -int(self.config["lookback_seconds"]))

    @abstractmethod
    def probe(self) -> Expected | None:
        """Ask once and return what a run would bring, None where the API tells no total.

        Raises:
            Cin7Error: If the stream can't be read.

        """

    # Pages to records.

    @abstractmethod
    def pages(self) -> Iterator[Page]:
        """Yield the pages of this stream, in the order in which they leave."""

    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """Yield the records; a page's bookmark becomes state after its last row is written.

        What ends the stream early is kept in ``ended_by`` instead of being raised, so that
        the streams after it run; its bookmark stays where its last page left it.
        """
        try:
            pages = self._cin7_tap.pages_of(self)
            while True:
                with self.run.clock.interruptible():
                    page = next(pages, None)
                if page is None:
                    return
                for member in self.family:
                    member.frame_records(utc_now())
                for item in page.rows:
                    self.run.clock.check()
                    if self.frame and isinstance(item, Outline) and item.is_record:
                        self.write_made(item.json, self.key_of(item.fields), self.frame)
                        continue
                    row = self.opened(item)
                    # Before the row itself, from which the SDK pops what is not selected.
                    for part in self.parts:
                        part.write_cuts(row)
                    yield row
                self._keep(page.bookmark)
        except Cin7Error as error:
            self.ended_by = error
            if not self._cin7_tap.is_syncing:
                raise

    def _keep(self, bookmark: dict[str, Any]) -> None:
        if not bookmark:
            return
        for member in self.family:
            keep(member, bookmark)
        self.state_manager.is_flushed = False
        self._write_state_message()

    @property
    def family(self) -> list[Cin7Stream]:
        """The selected streams that the calls of this one bring: itself and its parts."""
        return [*([self] if self.selected else []), *self.parts]

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        if self.selected:
            self.tally.emitted(self.key_of(row))
        return row

    @cached_property
    def outliner(self) -> Outliner:
        """Makes outlines of this stream's rows: key and stamps."""
        return Outliner(self.declared, self.outline_fields)

    def with_key(self, outlines: list[Outline]) -> list[Outline]:
        """Return the rows that have a key; the others are counted and told at the end."""
        if not self.outliner.shape.without_key:
            return outlines
        return [row for row in outlines if None not in map(row.fields.get, self._identity)]

    def outlines(self, rows: list[msgspec.Raw]) -> list[Outline]:
        """Return the outlines of rows, as records where nothing has to look into them.

        Raises:
            Retriable: If a row is not in valid UTF-8.

        """
        kind = self.record_type
        made = [(row, None if kind is None else kind.outline(row)) for row in rows]
        for row, outline in made:
            if outline is None:
                check_text(row)
        return [outline or self.outliner(row) for row, outline in made]

    @cached_property
    def record_type(self) -> RecordType | None:
        """Makes records of rows as they come in; None where something looks into them first."""
        looked_into = (
            not self._cin7_tap.is_syncing
            or self.plain_writer is None
            or not self.selected
            or self.parts
            or self.open_ended
            or any(f.get(RECORD_KEY_PARTS) == [] for f in self.declared["properties"].values())
        )
        return None if looked_into else RecordType(self.declared, self.outliner, self.shape)

    def opened(self, item: Row | Outline) -> Row:
        """Return a row of a page in full and shaped.

        Raises:
            StreamFailed: If the bytes that waited are no JSON after all.

        """
        if isinstance(item, dict):
            return item
        try:
            row = item.row()
        except NO_JSON as error:
            raise StreamFailed(f"a row that can't be decoded: {error}") from error
        if item.is_record:
            return row
        self.shape(row)
        row.update(self.outliner.key_fields(item))
        return row

    def report(self, ended_by: Cin7Error | None) -> None:
        """Log what the user should know at the end of the run.

        Args:
            ended_by: What ended the stream, or its parent, early.

        """
        shape = self.shape
        if isinstance(ended_by, StreamSkipped):
            self.tally.note = "skipped"
        elif ended_by is not None:
            self.tally.note = "incomplete"
        unknown = sorted(shape.unknown)
        if unknown:
            self.logger.warning(
                "%s: Cin7 sent fields that the catalog does not know, not loaded: %s",
                self.name,
                ", ".join(unknown),
            )
        for path, example in shape.odd.items():
            self.logger.warning(
                "%s: values of %s that its type can't hold left as null, such as %r",
                self.name,
                path,
                example,
            )
        without_key = shape.without_key + self.outliner.shape.without_key
        if without_key:
            self.logger.warning("%s: %d rows without a key were left out", self.name, without_key)
        self.logger.info("%s", self.tally.line(self.name, unknown))
