"""Every name of the SDK that is overridden or called here still exists as we rely on it.

Private names can change with any release; then this fails before a run does.
"""

# ruff: noqa: SLF001 - private names are what this is about

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest
from singer_sdk import Stream, Tap
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform, StreamMap
from singer_sdk.plugin_base import PluginBase, SingerCommand
from singer_sdk.singerlib import ActivateVersionMessage, StateMessage
from singer_sdk.singerlib.encoding.base import SingerMessageType

from tap_cin7.cli import Cin7Command
from tap_cin7.singer.output import Writer
from tap_cin7.singer.stream import Cin7Stream
from tap_cin7.tap import TapCin7

if TYPE_CHECKING:
    from collections.abc import Callable

CALLED = [
    (Stream.__init__, ["self", "tap", "schema", "name"]),
    (Stream._write_schema_message, ["self"]),
    (Stream.apply_catalog, ["self", "catalog"]),
    (Stream.get_records, ["self", "context"]),
    (StreamMap.transform, ["self", "record"]),
    (Tap._validate_config, ["self", "raise_errors"]),
    (Tap._handle_termination, ["self", "signum", "frame"]),
    (Tap.load_state, ["self", "state"]),
    (Tap.sync_all, ["self"]),
    (PluginBase.append_builtin_config, ["config_jsonschema"]),
    (MsgSpecWriter.write_message, ["self", "message"]),
    (MsgSpecWriter.format_message, ["self", "message"]),
    (parse_environment_config, ["config_schema", "prefix", "dotenv_path"]),
    (SingerCommand.invoke, ["self", "ctx"]),
]

ATTRIBUTES = [
    (Stream, "mask"),
    (Stream, "stream_state"),
    (Stream, "stream_maps"),
    (Stream, "replication_method"),
    (Stream, "selected"),
    (StreamMap, "flattening_enabled"),
    (PluginBase, "_env_var_prefix"),
    (PluginBase, "cli"),
    (Tap, "input_catalog"),
    (Tap, "state_writer"),
]

SET_BY_INIT = [
    (Stream, ("_tap", "_input_schema", "forced_replication_method")),
    (PluginBase, ("_config",)),
]

OVERRIDDEN = [
    (Cin7Stream, Stream),
    (TapCin7, Tap),
    (Writer, MsgSpecWriter),
    (Cin7Command, SingerCommand),
]


@pytest.mark.parametrize(
    ("function", "parameters"), CALLED, ids=lambda one: getattr(one, "__qualname__", "")
)
def test_a_function_of_the_sdk_takes_what_is_given(
    function: Callable[..., object], parameters: list[str]
) -> None:
    assert list(inspect.signature(function).parameters)[: len(parameters)] == parameters


@pytest.mark.parametrize(
    ("owner", "name"), ATTRIBUTES, ids=lambda one: getattr(one, "__name__", one)
)
def test_an_attribute_of_the_sdk_exists(owner: type, name: str) -> None:
    assert inspect.getattr_static(owner, name, None) is not None


@pytest.mark.parametrize(("owner", "names"), SET_BY_INIT)
def test_the_sdk_sets_an_attribute_when_it_starts(owner: type, names: tuple[str, ...]) -> None:
    source = inspect.getsource(owner)
    assert [name for name in names if f"self.{name}" not in source] == []


@pytest.mark.parametrize(("own", "base"), OVERRIDDEN, ids=lambda one: one.__name__)
def test_what_is_marked_as_an_override_overrides(own: type, base: type) -> None:
    marked = [name for name, member in vars(own).items() if getattr(member, "__override__", False)]
    assert [name for name in marked if not hasattr(base, name)] == []


def test_messages_are_made_as_before() -> None:
    assert StateMessage(value={"a": 1}).to_dict() == {"type": "STATE", "value": {"a": 1}}
    message = ActivateVersionMessage(stream="sales", version=5)
    assert message.to_dict() == {"type": "ACTIVATE_VERSION", "stream": "sales", "version": 5}
    assert SingerMessageType.RECORD.value == "RECORD"
    assert encoder.encode({"a": 1}) == b'{"a":1}'


def test_stream_maps_have_the_kinds_that_are_told_apart() -> None:
    assert issubclass(SameRecordTransform, StreamMap)
    assert issubclass(RemoveRecordTransform, StreamMap)
