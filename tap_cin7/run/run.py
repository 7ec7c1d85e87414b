"""One run: holds what its streams share and builds their readers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_cin7.client.client import Client
from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.errors import RunStopped
from tap_cin7.instants import BOOKMARK_SKEW, shifted
from tap_cin7.reading.position import BOOKMARK
from tap_cin7.reading.reader import Reading
from tap_cin7.run.apis import APIS
from tap_cin7.singer.state import position_of

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from tap_cin7.reading.reader import Reader
    from tap_cin7.settings import Settings
    from tap_cin7.singer.stream import StreamGroup


class _StreamLog(logging.LoggerAdapter):  # type: ignore[type-arg]  # 3.10 takes none
    """Prefixes the log lines of a reader with the name of its stream."""

    @override
    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        return f"{(self.extra or {})['stream']}: {msg}", kwargs


class Run:
    """One run.

    Attributes:
        settings: Its settings.
        api: The API that is read.
        client: Makes the calls.

    """

    def __init__(self, settings: Settings) -> None:
        """Set up a run; nothing is requested yet.

        Args:
            settings: Checked settings, with all that a run needs.

        Raises:
            BadInput: If a setting names a stream or column that does not exist.

        """
        self.settings = settings
        self.api = APIS[settings.api]
        self.api.check_names(settings)
        self.client = Client(self.api.service, settings)
        self._readers = self.api.readers()
        self._metrics: dict[str, StreamMetrics] = {}

    def metrics(self, group: StreamGroup) -> StreamMetrics:
        """Return the metrics of a group's calls."""
        name = group.source.name
        return self._metrics.setdefault(name, StreamMetrics(name))

    def named(self, stream: str) -> dict[str, bool]:
        """Return the ``only_ids`` that a stream requested: name -> whether it was received."""
        return self._metrics[stream].named if stream in self._metrics else {}

    def reader(self, group: StreamGroup, *, comes_first: bool = True) -> Reader:
        """Return a reader of a group.

        Args:
            group: What is read.
            comes_first: Whether it is read to its end before any documents are.

        """
        streams = group.streams
        snapshots = group.snapshots
        reading: Reading[Any] = Reading(
            resource=group.resource,
            client=self.client,
            codec=group.codec(),
            settings=self.settings,
            position=position_of(
                group.source.stream_state,
                [stream.stream_state for stream in streams if stream not in snapshots],
                [stream.stream_state for stream in snapshots],
            ),
            takes_snapshot=bool(snapshots),
            # One reading fills them all: it is a full table if any of them wants one.
            full_table=not all(stream.wants_changes for stream in streams),
            metrics=self.metrics(group),
            log=_StreamLog(logging.getLogger("tap-cin7"), {"stream": group.source.name}),
            comes_first=comes_first,
        )
        return self._readers.reader(reading)

    def check_start(self, group: StreamGroup) -> None:
        """Refuse to start in the future by Cin7's clock: changes would be skipped.

        Raises:
            RunStopped: If ``start_date`` or a bookmark of the group lies in the future.

        """
        latest = shifted(self.client.server_clock.now(), BOOKMARK_SKEW)
        start = self.settings.start_date
        if start is not None and start > latest:
            raise RunStopped(
                f"setting 'start_date' ({start}) lies in the future by Cin7's clock ({latest}); "
                "nothing would be read"
            )
        for stream in group.streams:
            bookmark = stream.stream_state.get(BOOKMARK)
            if bookmark is not None and bookmark > latest:
                raise RunStopped(
                    f"the state's bookmark of {stream.name!r} ({bookmark}) lies in the future by "
                    f"Cin7's clock ({latest}): changes before then would be skipped; write the "
                    "time of the last good run, or take the stream out of the state"
                )
