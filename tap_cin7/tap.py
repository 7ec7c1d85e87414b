"""TapCin7: settings, the choice of the API, and the order of a run."""

from __future__ import annotations

import signal
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Stream, Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TapCapabilities,
)
from typing_extensions import override

from tap_cin7 import settings
from tap_cin7.ahead import Plan
from tap_cin7.apis import APIS
from tap_cin7.bookmarks import check_state
from tap_cin7.command import Cin7Command
from tap_cin7.errors import BadInput, Cin7Error, RunStopped, StreamSkipped, Terminated
from tap_cin7.parts import PartStream
from tap_cin7.redaction import Redactor
from tap_cin7.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    import click

    from tap_cin7.stream import Cin7Stream, Page


class TapCin7(Tap):
    """Singer tap for Cin7 Omni and Cin7 Core."""

    name = "tap-cin7"
    package_name = "tap-cin7"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.SETTINGS
    message_writer_class = MsgSpecWriter
    # Without BATCH: the SDK's batch files skip selection, shaping and stream maps.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    _plan: Plan[str, Page] | None = None

    @cached_property
    def run(self) -> Run:
        """What the streams of this run share.

        Raises:
            BadInput: If the configuration lacks what a run needs.

        """
        lacking = settings.missing(self.config)
        if lacking:
            raise BadInput("; ".join(lacking))
        return Run(self.config)

    @property
    def cin7_streams(self) -> list[Cin7Stream]:
        """The streams, typed as what they are."""
        return list(self.streams.values())  # type: ignore[arg-type]

    @override
    def discover_streams(self) -> Sequence[Stream]:
        api = self.config.get("api") or "omni"
        return [stream(tap=self) for stream in APIS[api].streams()]

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's messages show the schema's view of an error; these say what to write.
        self.append_builtin_config(self.config_jsonschema)
        Redactor.of(self._config, ("api_key", "application_key", "account_id")).install()
        found = settings.problems(self._config, self.config_jsonschema)
        if found and raise_errors:
            raise ConfigValidationError(found[0], errors=found, schema=self.config_jsonschema)
        return found or super()._validate_config(raise_errors=raise_errors)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        check_state(state, self.cin7_streams, self.config.get("api") or "omni")
        super().load_state(state)

    # The SDK's loop ends with the first stream that fails; the others deserve their turn.
    def sync_all(self) -> None:  # type: ignore[misc]
        """Read every selected stream, then tell what was read.

        Raises:
            SystemExit: If the run is not a success; state is written all the same.

        """
        run = self.run
        if run.api.notice:
            self.logger.warning(run.api.notice)
        if self.state:
            self.state_writer.write_state(self.state)
        heads = self._heads()
        self._plan = Plan(((head.name, head.pages) for head in heads), run.parallel)
        failed: dict[str, Cin7Error] = {}
        stopped: RunStopped | None = None
        done: list[Cin7Stream] = []
        try:
            for head in heads:
                done.append(head)
                for part in head.parts:
                    part.write_schema()
                head.sync()
                end = head.ended_by
                if isinstance(end, RunStopped):
                    stopped = end
                    break
                if isinstance(end, StreamSkipped):
                    self.logger.warning("%s: skipped, %s", _names(head), end)
                elif end is not None:
                    failed[_names(head)] = end
                    self.logger.error("%s: failed, %s", _names(head), end)
        except Terminated as end:
            stopped = end
        finally:
            self._plan.close()
            self.state_writer.write_state(self.state)
            for head in done:
                for member in head.family:
                    member.report(head.ended_by or (stopped if head is done[-1] else None))
        self._conclude(stopped, failed, [_names(head) for head in heads if head not in done])

    def _heads(self) -> list[Cin7Stream]:
        """Return the streams to call for, parts of one record under one head."""
        heads: dict[str, Cin7Stream] = {}
        for stream in self.cin7_streams:
            stream.parts = []
        for stream in self.cin7_streams:
            if stream.selected:
                head = stream
                if isinstance(stream, PartStream):
                    head = self.stream_of(stream.parent)
                    head.parts.append(stream)
                heads.setdefault(head.name, head)
        return list(heads.values())

    def stream_of(self, declared: type[Cin7Stream]) -> Cin7Stream:
        """Return this run's stream of a class."""
        return cast("Cin7Stream", self.streams[vars(declared)["name"]])

    def pages_of(self, stream: Cin7Stream) -> Iterator[Page]:
        """Return the pages of a stream, fetched ahead when a run has planned so."""
        if self._plan is None:
            return stream.pages()
        return self._plan.items(stream.name)

    def _conclude(
        self, stopped: RunStopped | None, failed: dict[str, Cin7Error], not_begun: list[str]
    ) -> None:
        if failed:
            names = ", ".join(failed)
            self.logger.error("%d of the streams failed: %s", len(failed), names)
        if stopped is not None:
            left = f"; not begun: {', '.join(not_begun)}" if not_begun else ""
            self.logger.error("%s%s", stopped, left)
            sys.exit(stopped.exit_code if isinstance(stopped, Terminated) else 1)
        if failed:
            sys.exit(1)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        # The SDK exits with 0 here, so that a killed run would look like a complete one.
        run = vars(self).get("run")
        if run is None:
            sys.exit(128 + signum)
        signal.signal(signum, signal.SIG_DFL)
        run.clock.terminate(signum)

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        return Cin7Command.of(super().get_singer_command(), cls.logger)


def _names(head: Cin7Stream) -> str:
    return ", ".join(member.name for member in head.family)
