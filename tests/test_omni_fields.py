"""The Omni declarations: the streams there are, their keys and their descriptions."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest

from tap_cin7 import omni
from tap_cin7.omni.stream import OmniStream

if TYPE_CHECKING:
    from collections.abc import Iterator

for _module in pkgutil.iter_modules(omni.__path__, f"{omni.__name__}."):
    importlib.import_module(_module.name)

STREAMS: dict[str, dict[str, Any]] = {
    vars(stream)["name"]: dict(vars(stream))
    for stream in OmniStream.__subclasses__()
    if stream.__module__.startswith(omni.__name__)
}

UNUSUAL_KEYS = {
    "product_options": ["id", "sizeId"],
    "stock": ["record_key"],
    "vouchers": ["code"],
}

every_stream = pytest.mark.parametrize("name", sorted(STREAMS))


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field of a schema at every depth, with its dotted path."""
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, field
        yield from fields(field, here)
        yield from fields(field.get("items", {}), f"{here}[]")


def test_the_streams_are_exactly_these() -> None:
    assert sorted(STREAMS) == [
        "adjustments",
        "bom_masters",
        "bom_masters_v1",
        "branch_transfers",
        "branches",
        "contacts",
        "credit_notes",
        "payment_fees",
        "payments",
        "payouts",
        "product_categories",
        "product_options",
        "production_jobs",
        "products",
        "purchase_orders",
        "quotes",
        "sales_orders",
        "sales_orders_with_cartons",
        "serial_numbers",
        "size_ranges",
        "stock",
        "users",
        "vouchers",
    ]


def test_no_two_streams_share_a_path() -> None:
    paths = {stream["path"] for stream in STREAMS.values()}
    assert len(paths) == len(STREAMS)


@every_stream
def test_stream_is_described(name: str) -> None:
    assert STREAMS[name]["__doc__"].strip()


@every_stream
def test_every_field_at_every_depth_is_described(name: str) -> None:
    bare = [path for path, field in fields(STREAMS[name]["schema"]) if not field.get("description")]
    assert bare == []


@every_stream
def test_key_is_what_identifies_a_row(name: str) -> None:
    assert STREAMS[name]["schema"]["required"] == UNUSUAL_KEYS.get(name, ["id"])


@every_stream
def test_only_keys_are_never_null(name: str) -> None:
    schema = STREAMS[name]["schema"]
    never_null = [path for path, field in fields(schema) if "null" not in field["type"]]
    assert sorted(never_null) == sorted(schema["required"])


def test_an_option_is_a_key_in_its_own_stream_only() -> None:
    nested = STREAMS["products"]["schema"]["properties"]["productOptions"]["items"]
    assert nested["properties"].keys() == STREAMS["product_options"]["schema"]["properties"].keys()
    assert nested["properties"]["sizeId"]["type"] == ["integer", "null"]


def test_order_with_cartons_is_an_order_plus_its_cartons() -> None:
    order = STREAMS["sales_orders"]["schema"]["properties"]
    with_cartons = STREAMS["sales_orders_with_cartons"]["schema"]["properties"]
    assert with_cartons.keys() - order.keys() == {"ssccNumber", "cartonsWithLineItems"}
    assert all(with_cartons[name] == field for name, field in order.items())
