from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_cin7.core import sale_details, sale_parts, sales
from tap_cin7.core.details import DetailStream
from tap_cin7.core.lists import ListStream
from tap_cin7.parts import PartStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from tap_cin7.stream import Cin7Stream

KEYS = {
    "sale_list": ("SaleID",),
    "sale_credit_note_list": ("SaleID",),
    "sales": ("ID",),
    "sale_quotes": ("SaleID",),
    "sale_orders": ("SaleID",),
    "sale_order_lines": ("SaleID", "line_number"),
    "sale_fulfilments": ("TaskID",),
    "sale_fulfilment_picks": ("TaskID",),
    "sale_fulfilment_packs": ("TaskID",),
    "sale_fulfilment_ships": ("TaskID",),
    "sale_fulfilment_lines": ("SaleID", "FulfilmentTaskID", "line_number"),
    "sale_invoices": ("TaskID",),
    "sale_invoice_lines": ("SaleID", "InvoiceTaskID", "line_number"),
    "sale_payments": ("ID",),
    "sale_credit_notes": ("TaskID",),
    "sale_manual_journals": ("SaleID",),
    "sale_attachments": ("SaleID",),
    "sale_inventory_movements": ("SaleID", "line_number"),
}


def declared(module: ModuleType) -> Iterator[type[Cin7Stream]]:
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, (ListStream, DetailStream, PartStream))
            and value.__module__ == module.__name__
        ):
            yield value


STREAMS = {
    str(vars(stream)["name"]): stream
    for module in (sales, sale_details, sale_parts)
    for stream in declared(module)
}

each_stream = pytest.mark.parametrize("name", STREAMS)


def fields_within(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from fields_within(field, f"{path}{name}.")
        yield from fields_within(field.get("items", {}), f"{path}{name}[].")


def test_every_sale_stream_is_declared_under_its_name_with_its_key() -> None:
    assert {name: tuple(stream.schema["required"]) for name, stream in STREAMS.items()} == KEYS


@each_stream
def test_every_field_at_every_depth_has_a_description(name: str) -> None:
    fields = fields_within(STREAMS[name].schema)
    assert [path for path, field in fields if not field.get("description")] == []


@each_stream
def test_keys_are_never_null_and_everything_else_may_be(name: str) -> None:
    fields = fields_within(STREAMS[name].schema)
    assert {path for path, field in fields if "null" not in field["type"]} == set(KEYS[name])
