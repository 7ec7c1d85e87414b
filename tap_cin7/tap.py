"""TapCin7: settings, the choice of the API, and the order of a run."""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Stream, Tap
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TapCapabilities,
)
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from tap_cin7 import settings
from tap_cin7.apis import APIS
from tap_cin7.bookmarks import check_state
from tap_cin7.catalog import check_catalog
from tap_cin7.check import check as check_account
from tap_cin7.check import show
from tap_cin7.command import Cin7Command
from tap_cin7.errors import BadInput
from tap_cin7.redaction import Redactor
from tap_cin7.run import Run
from tap_cin7.sync import Sync
from tap_cin7.writer import Writer

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
    message_writer_class = Writer
    # Without BATCH: the SDK's batch files skip selection, shaping and stream maps. Without
    # ACTIVATE_VERSION: it would hide the old rows before the new ones are in.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    _sync: Sync | None = None

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401
        """Check what the SDK would stumble over, then set up the tap."""
        if kwargs.get("parse_env_config"):
            prefix = str(self._env_var_prefix)
            wrong = settings.environment_problems(os.environ, prefix, self.config_jsonschema)
            if wrong:
                raise BadInput("; ".join(wrong))
        self._given_catalog = kwargs.get("catalog")
        super().__init__(**kwargs)

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
        return [stream(tap=self) for stream in APIS[self._api_name].streams()]

    @property
    def _api_name(self) -> str:
        """The API that is configured; Omni stands in where discovery runs without settings.

        Raises:
            BadInput: If there is no such API; discovery skips the check of settings.

        """
        name = str(self.config.get("api") or "omni")
        if name not in APIS:
            raise BadInput("; ".join(settings.problems({"api": name}, self.config_jsonschema)))
        return name

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's messages show the schema's view of an error; these say what to write.
        self.append_builtin_config(self.config_jsonschema)
        Redactor.of(self._config, ("api_key", "application_key", "account_id")).install()
        found = settings.problems(self._config, self.config_jsonschema)
        self._config = settings.without_nulls(self._config)
        if found and raise_errors:
            raise BadInput("; ".join(found))
        if self._given_catalog is not None and not isinstance(self._given_catalog, Catalog):
            check_catalog(self._given_catalog, APIS[self._api_name].streams(), self._api_name)
        return found or super()._validate_config(raise_errors=raise_errors)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(check_state(state, self.cin7_streams, self._api_name))

    # The SDK's loop ends with the first stream that fails; the others deserve their turn.
    def sync_all(self) -> None:  # type: ignore[misc]
        """Read every selected stream, then tell what was read.

        Raises:
            SystemExit: If the run is not a success.

        """
        if self.run.api.notice:
            self.logger.warning(self.run.api.notice)
        if self.state:
            self.state_writer.write_state(self.state)
        self._sync = Sync(self)
        if exit_code := self._sync.all():
            sys.exit(exit_code)

    def stream_of(self, declared: type[Cin7Stream]) -> Cin7Stream:
        """Return this run's stream of a class."""
        return cast("Cin7Stream", self.streams[vars(declared)["name"]])

    def pages_of(self, stream: Cin7Stream) -> Iterator[Page]:
        """Return the pages of a stream, fetched ahead when a whole run is under way."""
        return stream.pages() if self._sync is None else self._sync.pages_of(stream)

    @property
    def is_syncing(self) -> bool:
        """Whether a whole run is under way, which goes on past a stream that fails."""
        return self._sync is not None

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
    def invoke(cls, *, check: bool = False, as_json: bool = False, **kwargs: Any) -> None:
        if not check:
            super().invoke(**kwargs)
            return
        config = kwargs.get("config")
        state, catalog = kwargs.get("state"), kwargs.get("catalog")
        tap = cls(
            config=config.config if config else {},
            parse_env_config=bool(config and config.parse_env),
            state=json.load(state) if state else None,
            catalog=json.load(catalog) if catalog else None,
        )
        report = check_account(tap)
        show(report, as_json=as_json)
        sys.exit(0 if report.is_good else 1)

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        return Cin7Command.of(super().get_singer_command(), cls.logger)
