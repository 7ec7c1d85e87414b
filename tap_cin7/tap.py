"""TapCin7: implements the tap interface of the SDK, and nothing else."""

from __future__ import annotations

import gc
import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Stream, Tap
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities
from singer_sdk.mapper import MAPPER_ALIAS_OPTION, MAPPER_SOURCE_OPTION, PluginMapper
from singer_sdk.singerlib import Catalog, StateMessage
from typing_extensions import override

from tap_cin7 import settings, settings_checks
from tap_cin7.client.redaction import Redactor
from tap_cin7.errors import BadInput
from tap_cin7.instants import now
from tap_cin7.reading.position import TURNS
from tap_cin7.run.apis import APIS
from tap_cin7.run.run import Run
from tap_cin7.run.run_log import RunLog, TapCin7Runs
from tap_cin7.run.shutdown import protect_shutdown, stop_on
from tap_cin7.run.sync import Sync
from tap_cin7.singer.catalog import check_catalog, with_methods
from tap_cin7.singer.output import Writer
from tap_cin7.singer.state import check_state
from tap_cin7.singer.stream import Cin7Stream, groups_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from types import FrameType

    from tap_cin7.reading.reader import Reader
    from tap_cin7.singer.stream import StreamGroup


class TapCin7(Tap):
    """Singer tap for Cin7 Omni and Cin7 Core."""

    name = "tap-cin7"
    package_name = "tap-cin7"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.SETTINGS
    message_writer_class = Writer
    # Without BATCH: the SDK's batch files skip selection, shaping and stream maps.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401
        """Prepare the input for the SDK, then set up the tap."""
        self._given_catalog = kwargs["catalog"] = with_methods(kwargs.get("catalog"))
        if kwargs.pop("parse_env_config", False):
            kwargs["config"] = {**(kwargs.get("config") or {}), **self.environment()}
        super().__init__(**kwargs)

    @classmethod
    def environment(cls) -> dict[str, Any]:
        """Return the settings in the environment.

        The SDK would also look for a ``.env`` file, upwards from its installation, and let it
        override variables that were set on purpose.
        """
        prefix = str(cls._env_var_prefix)
        cls.append_builtin_config(cls.config_jsonschema)
        config, wrong = settings_checks.from_environment(os.environ, prefix, cls.config_jsonschema)
        if wrong:
            raise BadInput("; ".join(wrong))
        return config

    @override
    def setup_mapper(self) -> None:
        """Set up the stream maps of the selected streams; those of others name their tables only.

        Raises:
            BadInput: If a map can't be used.

        """
        entries = self.catalog
        try:
            self.mapper = PluginMapper(plugin_config=dict(self.config), logger=self.logger)
            maps = self.mapper.stream_maps_dict
            names = {key: _only_names(value) for key, value in maps.items()}
            for name in self.streams:
                entry = entries.get(name)
                if entry is not None and entry.metadata.resolve_selection()[()]:
                    self.mapper.stream_maps_dict = maps
                    self.mapper.register_raw_streams_from_catalog(Catalog({name: entry}))
                else:
                    self.mapper.stream_maps_dict = names
                    self.mapper.register_raw_stream_schema(name, {"properties": {}}, None)
            self.mapper.stream_maps_dict = maps
        except Exception as error:
            # The SDK hardly checks a map before it uses it.
            raise BadInput(f"setting 'stream_maps' can't be used: {error}") from error

    @cached_property
    def run(self) -> Run:
        """The run that the streams share.

        Raises:
            BadInput: If the configuration lacks a setting that a run needs.

        """
        lacking = settings_checks.missing(self.config, os.environ)
        if lacking:
            raise BadInput("; ".join(lacking))
        return Run(self.cin7_settings)

    @cached_property
    def cin7_settings(self) -> settings.Settings:
        """The settings; the API defaults to Omni, for discovery without settings.

        Raises:
            BadInput: If there is no such API: discovery skips the check of settings.

        """
        config = {"api": "omni", **settings_checks.without_nulls(self.config)}
        if config["api"] not in APIS:
            raise BadInput("; ".join(settings_checks.problems(config, self.config_jsonschema)))
        return settings.Settings.of(config)

    @override
    def discover_streams(self) -> Sequence[Stream]:
        chosen = self.cin7_settings
        return [
            Cin7Stream(self, resource, chosen, self._reader)
            for resource in APIS[chosen.api].resources()
        ]

    def _reader(self, group: StreamGroup) -> Reader:
        return self.run.reader(group)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's messages quote the schema; ours say what to write.
        self.append_builtin_config(self.config_jsonschema)
        Redactor.of(self._config, ("api_key", "application_key", "account_id")).install()
        found = settings_checks.problems(self._config, self.config_jsonschema)
        self._config = settings_checks.without_nulls(self._config)
        if found and raise_errors:
            raise BadInput("; ".join(found))
        if self._given_catalog is not None and not isinstance(self._given_catalog, Catalog):
            api = self.cin7_settings.api
            check_catalog(self._given_catalog, APIS[api].resources(), api)
        return found or super()._validate_config(raise_errors=raise_errors)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        keys = {stream.name: stream.replication_key for stream in self.cin7_streams}
        checked = check_state(state, keys, self.cin7_settings.api)
        super().load_state(checked)
        # The SDK loads only bookmarks, and leaves them out where no stream has any.
        if TURNS in checked:
            self.state.setdefault("bookmarks", {})
            self.state[TURNS] = checked[TURNS]  # type: ignore[literal-required]

    @property
    def cin7_streams(self) -> list[Cin7Stream]:
        """The streams, with their actual type."""
        return cast("list[Cin7Stream]", list(self.streams.values()))

    # The SDK's loop would end with the first stream that fails.
    def sync_all(self) -> None:  # type: ignore[misc]
        """Read every selected stream, then report what was read.

        Raises:
            BadInput: If ``only_ids`` names a stream that is not selected.
            SystemExit: If the run failed.

        """
        named = self.run.settings.only_ids or {}
        selected = {one.group_source().name for one in self.cin7_streams if one.selected}
        if left_out := sorted(named.keys() - selected):
            raise BadInput(
                "setting 'only_ids' names what the catalog leaves out, so that nothing of it would "
                f"be read: {', '.join(left_out)}"
            )
        self._sync_selected()

    def sync_documents(self, names: Collection[str]) -> None:
        """Read the documents that notifications name, even those that the catalog leaves out.

        Meltano passes the catalog of the last run, which may have selected something else.

        Args:
            names: The streams of the documents.

        Raises:
            SystemExit: If the run failed.

        """
        for name in names:
            family = [one for one in self.cin7_streams if one.group_source().name == name]
            if any(one.selected for one in family):
                continue
            self.logger.info("%s: read, as it is named, although the catalog leaves it out", name)
            for stream in family:
                if stream.name == name or stream.selected_by_default:
                    stream.select_as_without_catalog()
                    keys = stream.primary_keys
                    self.mapper.register_raw_stream_schema(stream.name, stream.schema, keys)
        self._sync_selected()

    def _sync_selected(self) -> None:
        run = self.run
        if notice := run.api.service.notice:
            self.logger.warning(notice)
        if self.state:
            self.state_writer.write_state(self.state)
        writer = cast("Writer", self.message_writer)
        streams = self.cin7_streams
        only = run.settings.only_ids
        groups = [one for one in groups_of(streams) if only is None or one.source.name in only]
        log = cast("Cin7Stream", self.streams[TapCin7Runs.name])
        selected = [stream for stream in streams if stream.selected and stream is not log]
        not_due = [stream for stream in selected if only is None and not stream.is_due]
        run_log = RunLog(log, not_due) if log.selected else None
        if not groups and selected:
            self.logger.info("nothing is due: of the selected streams none is read by this run")
            if run_log is not None:
                run_log.write(writer, now(), ())
                writer.write_message(StateMessage(value=self.state))
            return
        sync = Sync(run, groups, writer, self.state, run_log)
        # Objects made at start-up live as long as the process: collecting garbage among them takes
        # 5 % of the time of a run over orders and their lines.
        gc.freeze()
        try:
            exit_code = sync.all()
        finally:
            protect_shutdown(run.client.clock)
        if exit_code:
            sys.exit(exit_code)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        # The SDK exits with 0 here, so that a killed run would look like a complete one.
        run = vars(self).get("run")
        if run is None:
            sys.exit(128 + signum)
        stop_on(signum, run.client.clock)


def _only_names(stream_map: Any) -> Any:  # noqa: ANN401
    """Return what a stream map says of the table that it writes to."""
    if not isinstance(stream_map, dict):
        return stream_map
    options = stream_map.keys() & {MAPPER_ALIAS_OPTION, MAPPER_SOURCE_OPTION}
    return {name: stream_map[name] for name in options}
