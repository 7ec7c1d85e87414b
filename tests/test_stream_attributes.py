"""Declarations are checked here, because a misspelt class attribute has no effect and no error."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from typing import Any

import pytest

from tap_cin7.apis import APIS
from tap_cin7.stream import Cin7Stream
from tap_cin7.tap import TapCin7


def declared(api: str) -> list[type[Cin7Stream]]:
    """Return the stream classes of an API, found without the tap's own registration."""
    package = importlib.import_module(APIS[api].package)
    found: list[type[Cin7Stream]] = []
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        module = importlib.import_module(info.name)
        found += [
            member
            for member in vars(module).values()
            if isinstance(member, type)
            and member.__module__ == module.__name__
            and issubclass(member, Cin7Stream)
            and "schema" in vars(member)
        ]
    return found


STREAMS = {api: declared(api) for api in APIS}
SDK_READS = {"name", "path"}
"""What the SDK reads from a stream class without declaring it on its own."""
ALL = [stream for streams in STREAMS.values() for stream in streams]

each_api = pytest.mark.parametrize("api", APIS)
each_stream = pytest.mark.parametrize(
    "stream", ALL, ids=[f"{stream.__module__}.{stream.__name__}" for stream in ALL]
)


def name_of(stream: type[Cin7Stream]) -> str:
    return str(vars(stream)["name"])


def schema_of(stream: type[Any]) -> dict[str, Any]:
    schema: dict[str, Any] = vars(stream)["schema"]
    return schema


def known_to_bases(stream: type[Any]) -> set[str]:
    """Return what the bases define or announce by an annotation."""
    return {
        name
        for base in stream.__mro__[1:]
        for name in (*vars(base), *vars(base).get("__annotations__", {}))
    }


def unknown_attributes(stream: type[Any]) -> set[str]:
    own = {name for name in vars(stream) if not name.startswith("_")}
    return own - known_to_bases(stream) - SDK_READS


@each_stream
def test_every_public_attribute_exists_on_a_base(stream: type[Cin7Stream]) -> None:
    assert unknown_attributes(stream) == set()


def test_a_misspelt_attribute_is_noticed() -> None:
    base = ALL[0]
    misspelt = type("Misspelt", (base,), {"__module__": __name__, "replication_kye": "id"})
    assert unknown_attributes(misspelt) == {"replication_kye"}


@each_api
def test_names_are_unique_in_an_api(api: str) -> None:
    counts = Counter(map(name_of, STREAMS[api]))
    assert [name for name, count in counts.items() if count > 1] == []


@each_api
def test_every_declared_stream_is_offered_by_the_tap(api: str) -> None:
    assert APIS[api].streams() == sorted(STREAMS[api], key=name_of)


@each_stream
def test_no_two_columns_differ_only_in_case(stream: type[Cin7Stream]) -> None:
    counts = Counter(name.lower() for name in schema_of(stream)["properties"])
    assert [name for name, count in counts.items() if count > 1] == []


@each_stream
def test_the_primary_key_is_made_of_columns_that_are_never_null(stream: type[Cin7Stream]) -> None:
    keys = vars(stream)["primary_keys"]
    assert keys
    properties = schema_of(stream)["properties"]
    assert all("null" not in properties[key]["type"] for key in keys)


@each_api
def test_replication_keys_are_instants_of_their_streams(api: str) -> None:
    odd = []
    for stream in TapCin7(config={"api": api}).streams.values():
        key, properties = stream.replication_key, schema_of(type(stream))["properties"]
        if key is not None and properties.get(key, {}).get("format") != "date-time":
            odd.append(f"{stream.name}.{key}")
    assert odd == []
