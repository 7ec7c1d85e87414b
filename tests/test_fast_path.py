"""What leaves by the quick way is what the SDK's own, slow way would send."""

from __future__ import annotations

import copy
import json
import logging
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.helpers._typing import conform_record_data_types
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.encoding import SimpleSingerWriter

from tap_cin7.omni.products import ProductOptions
from tap_cin7.omni.sales import SalesOrders
from tap_cin7.shape import Shape
from tap_cin7.writer import Writer

Schema = dict[str, Any]
SCHEMAS = [vars(stream)["schema"] for stream in (SalesOrders, ProductOptions)]

texts = st.text(max_size=12)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18)
instants = st.datetimes().map(lambda moment: moment.isoformat() + "Z")


def values(field: Schema) -> st.SearchStrategy[Any]:
    """Values as Cin7 may send them for a field: right, missing, in another type, unknown."""
    types = set(field["type"])
    inner: st.SearchStrategy[Any]
    if "object" in types:
        inner = objects(field) if "properties" in field else st.dictionaries(texts, texts)
    elif "array" in types:
        inner = st.lists(values(field["items"]), max_size=3)
    elif field.get("format") == "date-time":
        inner = st.one_of(instants, st.just("0001-01-01T00:00:00"))
    elif "number" in types:
        inner = st.one_of(decimals, st.integers(), decimals.map(str))
    elif "integer" in types:
        inner = st.one_of(st.integers(), st.integers().map(str))
    elif "boolean" in types:
        inner = st.one_of(st.booleans(), st.sampled_from(["true", "False"]))
    else:
        inner = st.one_of(texts, st.integers())
    return inner if "null" not in types else st.one_of(st.none(), inner)


def objects(schema: Schema) -> st.SearchStrategy[Any]:
    required = {name: values(schema["properties"][name]) for name in schema.get("required", ())}
    optional = {
        name: values(field) for name, field in schema["properties"].items() if name not in required
    }
    unknown = st.dictionaries(st.just("aNewField"), texts, max_size=1)
    known = st.fixed_dictionaries(required, optional=optional)
    return st.builds(lambda row, extra: {**row, **extra}, known, unknown)


def numbers_as_sent(line: bytes | str) -> Any:  # noqa: ANN401
    return json.loads(line, parse_float=lambda text: f"number {text}", parse_int=str)


@given(data=st.data(), schema=st.sampled_from(SCHEMAS))
@settings(max_examples=150, deadline=None)
def test_shape_and_writer_send_what_conformance_and_the_default_writer_send(
    data: st.DataObject, schema: Schema
) -> None:
    row = data.draw(objects(schema))
    shaped = copy.deepcopy(row)
    assert Shape(schema)(shaped)
    quick = bytes(Writer().format_message(RecordMessage("orders", copy.deepcopy(shaped))))
    conformed = conform_record_data_types(
        stream_name="orders",
        record=shaped,
        schema=schema,
        level=TypeConformanceLevel.RECURSIVE,
        logger=logging.getLogger("quiet"),
    )
    slow = SimpleSingerWriter().format_message(RecordMessage("orders", conformed))
    assert numbers_as_sent(quick) == numbers_as_sent(slow)


@given(number=decimals)
def test_decimals_leave_with_every_digit(number: Decimal) -> None:
    line = bytes(Writer().format_message(RecordMessage("orders", {"total": number})))
    assert Decimal(json.loads(line, parse_float=Decimal)["record"]["total"]) == number
    assert str(number).encode() in line
