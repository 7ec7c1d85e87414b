"""The protocol of readers, which turn a resource into pages.

A reader gets the resource, the client, the codec, the settings and the position, and yields pages;
it calls back nothing else. A page carries the position that holds once its rows are written, so
that state can't run ahead of data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from tap_cin7.instants import STAMP_SKEW, shifted
from tap_cin7.reading.resource import Listed

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Sequence

    from tap_cin7.client.client import Client
    from tap_cin7.client.metrics import StreamMetrics
    from tap_cin7.reading.position import Position
    from tap_cin7.rows.codec import Row, RowCodec
    from tap_cin7.settings import Settings

R = TypeVar("R", bound=Listed)


@dataclass(frozen=True)
class Page:
    """Rows of one response, and the position after them.

    Attributes:
        rows: The rows, in the order in which they are emitted.
        position: What to merge into the state of the stream and its parts after the rows; None
            when nothing changes.
        is_whole: Set on the last page of a reading that is proven to hold every row of the
            resource: it is a witness of what is gone, unless it is doubted.
        reached: On such a page, the latest stamp that was read; None where rows have none.
        announced: On such a page, how many rows there are according to Cin7, None if it does not
            say: a reading over several runs may have counted one more than once.
        ends_turn: Whether other resources that wait have their turn after it.
        is_beside: Whether its rows are changes read beside a whole reading. They don't count as its
            rows, since each of its runs may bring them again.

    """

    rows: Sequence[Row]
    position: Position | None = None
    is_whole: bool = False
    reached: str | None = None
    announced: int | None = None
    ends_turn: bool = False
    is_beside: bool = False


@dataclass(frozen=True)
class Estimate:
    """Rows and calls that a run would take."""

    rows: int
    calls: int


@dataclass(frozen=True)
class Reading(Generic[R]):
    """One reading of a resource: the input of a reader.

    Attributes:
        resource: What is read.
        client: Sends the requests.
        codec: Decodes rows, and builds the records of the selected streams.
        settings: The settings of the run.
        position: The position of the stream and its parts: the bookmark is None unless all of
            them have one, else the least; markers count only where all agree.
        full_table: Whether the catalog wants a full table: no bookmark, marker or start_date.
        metrics: Counts what the reading does.
        log: Takes warnings and adds the name of the stream.
        comes_first: Whether it is read to its end before any documents.
        takes_snapshot: Whether every row is wanted, whatever the position is.

    """

    resource: type[R]
    client: Client
    codec: RowCodec
    settings: Settings
    position: Position
    full_table: bool
    metrics: StreamMetrics
    log: logging.Logger | logging.LoggerAdapter[logging.Logger]
    comes_first: bool = True
    takes_snapshot: bool = False

    def log_history(self, loaded_from: object, what: str = "rows") -> None:
        """Log that ``start_date`` has moved back, and what is read because of that."""
        self.log.info(
            "start_date was %s when its %s were loaded: what changed before comes now",
            loaded_from,
            what,
        )

    def warn_of_future(self, name: str, stamp: str) -> bool:
        """Warn of a stamp that is ahead of Cin7's clock; return whether it is."""
        is_ahead = stamp > shifted(self.client.server_clock.now(), STAMP_SKEW)
        if is_ahead:
            self.log.warning(
                "%s is dated in the future (%s), so it comes again with each run", name, stamp
            )
        return is_ahead


class Reader(Protocol):
    """Reads one resource once."""

    @property
    def is_whole(self) -> bool:
        """Whether this reading is to bring every row; known before the first page."""

    @property
    def is_resumed(self) -> bool:
        """Whether it resumes a reading of every row that an earlier run began.

        Known before the first row: a reading that can't be resumed has begun anew by then.
        """

    def pages(self) -> Iterator[Page]:
        """Yield the pages.

        Raises:
            Cin7Error: If the reading ends early; positions of pages yielded so far hold.

        """

    def estimate(self, most_calls: int) -> Estimate | None:
        """Send a few requests and estimate what a run would bring; None if that is unknown.

        Args:
            most_calls: How many calls this may take.

        Raises:
            Cin7Error: If the resource can't be read.

        """
