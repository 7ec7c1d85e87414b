"""One run over all selected streams.

The rule: one bad stream does not spoil the others. What ends a stream early is told and kept,
the streams after it run, and the process ends non-zero when any of them failed. Only what no
stream can get past ends the run: wrong credentials, the daily quota, a signal. State is
written whatever happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.singerlib import StateMessage

from tap_cin7.ahead import Plan, Source
from tap_cin7.errors import Cin7Error, RunStopped, StreamFailed, StreamSkipped, Terminated
from tap_cin7.parts import PartStream
from tap_cin7.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cin7.stream import Cin7Stream, Page
    from tap_cin7.tap import TapCin7


class Sync:
    """The order of one run, and what came of it.

    Attributes:
        heads: The streams to call for, in the order in which they leave; parts that are cut
            from one record go under one head.

    """

    def __init__(self, tap: TapCin7) -> None:
        """Plan the run; nothing is asked of Cin7 yet."""
        self._tap = tap
        self.heads = heads_of(tap)
        self._plan: Plan[str, Page] = Plan(
            (Source(head.name, head.pages, head.pages_ahead) for head in self.heads),
            tap.run.parallel,
        )
        self._begun: list[Cin7Stream] = []
        self._stopped: RunStopped | None = None

    def pages_of(self, head: Cin7Stream) -> Iterator[Page]:
        """Return the pages of a stream, fetched ahead."""
        return self._plan.items(head.name)

    def all(self) -> int:
        """Read every stream.

        Returns:
            The exit code of the process.

        """
        progress = Progress(self._tap.run.quota, self._tap.logger)
        try:
            with progress.shown():
                for head in self.heads:
                    self._begun.append(head)
                    progress.begin(head)
                    self._one(head)
                    if isinstance(head.ended_by, RunStopped):
                        self._stopped = head.ended_by
                        break
        except Terminated as end:
            self._stopped = self._begun[-1].ended_by = end
        finally:
            self._plan.close()
            # Past the SDK's state writer, which drops a state that it has written before: the
            # last line of every run is its state.
            self._tap.write_message(StateMessage(value=self._tap.state))
        return self._conclude()

    def _one(self, head: Cin7Stream) -> None:
        log = self._tap.logger
        try:
            for part in head.parts:
                part.write_schema()
            head.sync()
        except Terminated:
            raise
        except Exception as error:
            log.debug("%s", head.name, exc_info=True)
            head.ended_by = StreamFailed(f"unexpected {type(error).__name__}: {error}")
        if isinstance(head.ended_by, StreamSkipped):
            log.warning("%s: skipped, %s", _names(head), head.ended_by)
        elif isinstance(head.ended_by, Cin7Error) and not isinstance(head.ended_by, RunStopped):
            log.error("%s: failed, %s", _names(head), head.ended_by)

    def _conclude(self) -> int:
        log = self._tap.logger
        for head in self._begun:
            if not head.selected:
                head.tally.note = "not selected, read for its parts"
            for member in (head, *head.parts):
                member.report(head.ended_by)
        failed = [head for head in self._begun if isinstance(head.ended_by, StreamFailed)]
        if failed:
            log.error("streams that failed: %s", ", ".join(map(_names, failed)))
        if self._stopped is None:
            return 1 if failed else 0
        left = ", ".join(_names(head) for head in self.heads if head not in self._begun)
        log.error("%s%s", self._stopped, f"; not begun: {left}" if left else "")
        return self._stopped.exit_code if isinstance(self._stopped, Terminated) else 1


def heads_of(tap: TapCin7) -> list[Cin7Stream]:
    """Return the streams to call for in a run, each with its selected parts."""
    heads: dict[str, Cin7Stream] = {}
    for stream in tap.cin7_streams:
        stream.parts = []
    for stream in tap.cin7_streams:
        if stream.selected:
            head = stream
            if isinstance(stream, PartStream):
                head = tap.stream_of(stream.parent)
                head.parts.append(stream)
            heads.setdefault(head.name, head)
    return list(heads.values())


def _names(head: Cin7Stream) -> str:
    return ", ".join(member.name for member in head.family)
