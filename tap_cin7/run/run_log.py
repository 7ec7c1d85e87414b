"""The run log: a stream with a row for each run and stream.

It tells an analyst whether yesterday's load is whole. It is written at the end of a run, before the
last state, and is optional: select ``tap_cin7_runs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.json import encode

from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.reading.keyset import KeyCount
from tap_cin7.reading.resource import Resource
from tap_cin7.rows.fields import BOOL, DATETIME, INT, NUM, STR, TEXT_KEY, record
from tap_cin7.run.summary import NOT_DUE, Before, Summary
from tap_cin7.singer.output import RecordLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_cin7.singer.output import Writer
    from tap_cin7.singer.stream import Cin7Stream


class TapCin7Runs(Resource):
    """What each run of the tap read, one row per run and stream.

    Not selected by default: it says nothing of Cin7.
    """

    selected_by_default = False
    shows_what_is_gone = False
    schema = record(
        run_id=TEXT_KEY("Run, by the instant at which it began"),
        stream=TEXT_KEY("Stream that was read"),
        began=DATETIME("When the reading of the stream began"),
        ended=DATETIME("When it ended"),
        method=STR("INCREMENTAL or FULL_TABLE"),
        bookmark_before=STR("Where the stream stood before; null for everything"),
        bookmark_after=STR("Where it stands now"),
        complete=BOOL("Whether everything that was asked for is in"),
        note=STR("How the stream ended when it is not simply complete"),
        rows=INT("Records that left"),
        unique_keys=INT("Their different primary keys"),
        total=INT("Rows that Cin7 announced, where it announces a total"),
        calls=INT("Calls to Cin7, retries included; 0 for streams cut from another"),
        retries=INT("Calls that were sent again"),
        seconds_waited=NUM("Seconds in which calls waited for the quota or between tries"),
        duplicates=INT("Rows dropped because they had been sent in this run"),
        fields_without_column=STR("Fields that went into extra_fields, separated by commas"),
    )


@dataclass(frozen=True)
class RunLog:
    """The log of a run.

    Attributes:
        stream: The stream of ``TapCin7Runs``.
        not_due: The selected streams that are not due in this run.

    """

    stream: Cin7Stream
    not_due: Sequence[Cin7Stream]

    def write(self, writer: Writer, run_id: str, summaries: Iterable[Summary]) -> None:
        """Write the log.

        Args:
            writer: Takes the messages.
            run_id: Id of the run.
            summaries: The summary of each stream that is due.

        """
        self.stream.write_schema()
        before = Before(run_id, None)
        not_due = (
            Summary.of(one, before, KeyCount(), StreamMetrics(one.name), NOT_DUE)
            for one in self.not_due
        )
        rows = [
            {
                **summary.as_dict(),
                "run_id": run_id,
                "complete": summary.is_complete,
                "note": summary.note or None,
                "seconds_waited": summary.waited,
                "fields_without_column": ", ".join(summary.unknown) or None,
            }
            for summary in (*summaries, *not_due)
        ]
        columns = TapCin7Runs.schema.fields
        RecordLines(writer, self.stream.stream_maps, None).write(
            [encode({name: row[name] for name in columns}) for row in rows]
        )
