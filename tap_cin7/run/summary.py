"""Summaries: a line for each stream, its numbers in JSON logs too, and a line for the run.

The rule: a line leaves out zeros and nulls, and puts what needs attention first.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.instants import now
from tap_cin7.reading.position import BOOKMARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from tap_cin7.client.metrics import StreamMetrics
    from tap_cin7.reading.keyset import KeyCount
    from tap_cin7.rows.codec import Notes
    from tap_cin7.singer.stream import Cin7Stream

FOR_PARTS = "read for its parts"
"""Note of a stream that is not selected itself, but has selected parts."""
NOT_DUE = "not due"
"""Note of a snapshot that is not due yet."""
_MOST_NAMES = 10
"""Most streams that a line names."""


class Before(NamedTuple):
    """State of a stream before it was read.

    Attributes:
        began: Canonical instant at which the reading began.
        bookmark: Its bookmark.

    """

    began: str
    bookmark: str | None


@dataclass(frozen=True)
class Summary:
    """Outcome and numbers of one stream.

    Attributes:
        stream: Its name.
        note: How it ended when it is not simply complete; empty otherwise.
        began: Canonical instant at which its reading began.
        ended: Canonical instant at which it ended.
        method: INCREMENTAL or FULL_TABLE.
        bookmark_before: Its bookmark before.
        bookmark_after: Its bookmark now.
        rows: Records written.
        unique_keys: Their different primary keys.
        calls: Calls to Cin7, retries included; parts make none of their own.
        retries: Calls that were sent again.
        waited: Seconds in which calls waited for the quota or between tries.
        duplicates: Rows dropped because they had been sent in this run.
        total: The ``Total`` that Cin7 announced, None where it announces none.
        unknown: Fields that have no column.
        skipped_ids: Documents that were not requested because of ``skip_ids``.
        refuted: Ids of the assumptions that its responses refuted.

    """

    stream: str
    note: str
    began: str
    ended: str
    method: str
    bookmark_before: str | None
    bookmark_after: str | None
    rows: int
    unique_keys: int
    calls: int
    retries: int
    waited: float
    duplicates: int
    total: int | None
    unknown: tuple[str, ...]
    skipped_ids: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, stream: Cin7Stream, before: Before, counts: KeyCount, metrics: StreamMetrics, note: str
    ) -> Summary:
        """Return the summary of a stream.

        Args:
            stream: The stream.
            before: Its state before it was read.
            counts: Counts of its records; zero if it is not selected.
            metrics: Metrics of its calls; zero if it is a part.
            note: How it ended.

        """
        return cls(
            stream=stream.name,
            note=note,
            began=before.began,
            ended=now(),
            method=stream.replication_method,
            bookmark_before=before.bookmark,
            bookmark_after=stream.stream_state.get(BOOKMARK),
            rows=counts.rows,
            unique_keys=counts.unique_keys,
            calls=metrics.calls,
            retries=metrics.retries,
            waited=round(metrics.waited, 1),
            duplicates=metrics.duplicates,
            total=metrics.announced,
            unknown=tuple(sorted(stream.notes.unknown)),
            skipped_ids=tuple(metrics.skipped_ids),
            refuted=tuple(sorted(metrics.refuted)),
        )

    @property
    def is_complete(self) -> bool:
        """Whether everything that was requested has been read."""
        return self.note in ("", FOR_PARTS, NOT_DUE)

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers for structured logs."""
        return asdict(self)

    def line(self) -> str:
        """Return the SUMMARY line, which people read and programs parse."""
        counts = {
            "unique keys": self.unique_keys,
            "calls": self.calls,
            "retries": self.retries,
            "s waited": self.waited,
            "duplicates dropped": self.duplicates,
        }
        lists = {
            "unknown fields ": self.unknown,
            "skip_ids ": self.skipped_ids,
            "does not hold: ": self.refuted,
        }
        parts = [
            f"{self.rows} rows",
            *(f"{count} {what}" for what, count in counts.items() if count),
            *([] if self.total is None else [f"Total {self.total}"]),
            *(f"{what}{', '.join(names)}" for what, names in lists.items() if names),
        ]
        note = f" ({self.note})" if self.note else ""
        return f"SUMMARY {self.stream}{note}: {', '.join(parts)}"


def overall(summaries: Sequence[Summary], calls: int, seconds: float, following: str) -> str:
    """Return the RUN line, which ends a run.

    Args:
        summaries: Summaries of its streams.
        calls: Calls to Cin7.
        seconds: Seconds that the run took.
        following: What the next run does.

    """
    streams = [one for one in summaries if one.note != FOR_PARTS]
    counts = f"{len(streams)} streams, {sum(one.rows for one in streams):,} rows, {calls:,} calls"
    notes: dict[str, list[str]] = {}
    for one in streams:
        if one.note:
            notes.setdefault(one.note, []).append(one.stream)
    attention = [f"{note}: {some_of(names)}" for note, names in notes.items()]
    return "; ".join(
        [f"RUN {counts}, {seconds:.0f} s", *(attention or ["all complete"]), following]
    )


def some_of(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    shown = ", ".join(names[:_MOST_NAMES])
    rest = len(names) - _MOST_NAMES
    return f"{shown} and {rest} more" if rest > 0 else shown


def table(summaries: Sequence[Summary]) -> Table:
    """Return the summaries as a table for a terminal, what needs attention first."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only a terminal needs it
    from rich.table import Table  # noqa: PLC0415

    made = Table("stream", box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in ("rows", "calls"):
        made.add_column(column, justify="right", no_wrap=True)
    made.add_column("note")
    for one in sorted(summaries, key=lambda one: one.is_complete):
        notes = [one.note, _some(one.retries, "retries"), _some(len(one.unknown), "unknown fields")]
        made.add_row(
            one.stream,
            f"{one.rows:,}",
            f"{one.calls:,}" if one.calls else "",
            ", ".join(filter(None, [*notes, _some(round(one.waited), "s waited")])),
            style=None if one.is_complete else "bold",
        )
    return made


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}" if count else ""


def notes_of(stream: str, notes: Notes) -> list[str]:
    """Return the warnings about a stream's rows, one line each."""
    lines = []
    if notes.unknown:
        paths = ", ".join(sorted(notes.unknown))
        lines.append(f"{stream}: fields without a column, kept only by extra_fields: {paths}")
    if notes.odd:
        places = ", ".join(f"{path} (row {key!r})" for path, key in sorted(notes.odd.items()))
        lines.append(
            f"{stream}: values that did not fit their column, repaired or kept only by "
            f"extra_fields; first seen: {places}"
        )
    if notes.without_key:
        lines.append(f"{stream}: {notes.without_key} rows without a key were left out")
    return lines
