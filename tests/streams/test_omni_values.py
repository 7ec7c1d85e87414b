from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from tests.support import canonical, discovered, every_list, http_server, only, run_tap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Result, Row

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LONG = Decimal("0.9137264820173640918273645182")
ADDED = {"stock": {"record_key"}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(default_rows=120) as server:
        yield server


@pytest.fixture(scope="module")
def everything(sandbox: Sandbox) -> Result:
    result = run_tap(sandbox, every_list(sandbox))
    assert result.exit_code == 0, result.stderr
    return result


def expected(value: Any, schema: Row) -> Any:  # noqa: ANN401
    """Return what a value of the sandbox must become, every number with its digits."""
    if schema.get("format") == "date-time":
        return canonical(value)
    if schema.get("type") == ["string", "null"] and value is not None:
        return str(value)
    if isinstance(value, Decimal):
        return f"number {value}"
    if isinstance(value, list):
        return [expected(item, schema.get("items", {})) for item in value]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {name: expected(item, properties.get(name, {})) for name, item in value.items()}
    return value


def test_every_value_of_every_stream_arrives_as_it_was_sent(
    sandbox: Sandbox, everything: Result
) -> None:
    found: dict[str, list[Row]] = {}
    for line in everything.stdout.splitlines():
        message = json.loads(line, parse_float=lambda digits: f"number {digits}")
        if message["type"] == "RECORD":
            found.setdefault(message["stream"], []).append(message["record"])
    for stream, table in sandbox.store.tables.items():
        schema = everything.schemas[stream]
        wanted = {}
        for row in sandbox.store.rows(stream):
            wanted[tuple(row[name] for name in table.keys)] = expected(row, schema)
        assert len(found[stream]) == len(wanted)
        for record in found[stream]:
            for name in ADDED.get(stream, ()):
                assert record.pop(name)
            assert record.pop("extra_fields") is None
            assert record == wanted[tuple(record[name] for name in table.keys)], stream


def lines_of(result: Result, stream: str) -> list[Row]:
    """Return a stream's records, every number with its digits."""
    messages = (
        json.loads(line, parse_float=lambda digits: f"number {digits}", parse_int=str)
        for line in result.stdout.splitlines()
    )
    return [one["record"] for one in messages if one.get("stream") == stream and "record" in one]


def test_records_that_something_looks_into_are_those_that_leave_as_they_are(
    sandbox: Sandbox, everything: Result
) -> None:
    mapped = run_tap(
        sandbox, every_list(sandbox), stream_maps={stream: {} for stream in everything.schemas}
    )
    assert mapped.exit_code == 0, mapped.stderr
    for stream in everything.schemas:
        assert lines_of(mapped, stream) == lines_of(everything, stream)


def instants(value: Any, schema: Row) -> Iterator[str]:  # noqa: ANN401
    if schema.get("format") == "date-time" and value is not None:
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from instants(item, schema.get("properties", {}).get(name, {}))
    elif isinstance(value, list):
        for item in value:
            yield from instants(item, schema.get("items", {}))


def test_all_instants_have_one_form_and_none_says_year_one(everything: Result) -> None:
    seen = 0
    for stream, records in everything.records.items():
        for record in records:
            for text in instants(record, everything.schemas[stream]):
                assert INSTANT.fullmatch(text), (stream, text)
                assert not text.startswith("0001")
                seen += 1
    assert seen > 5_000
    assert b"0001-01-01" not in everything.stdout


def edited(*changes: Row) -> tuple[list[str], list[Row], Result]:
    """Change one sales order for each argument; return their lines, records, and the run."""
    with Sandbox(rows={"sales_orders": len(changes)}, default_rows=4) as server:
        keys = server.store.keys("sales_orders")
        for key, change in zip(keys, changes, strict=True):
            server.store.edit("sales_orders", key, **change)
        result = run_tap(server, only("sales_orders"))
    assert result.exit_code == 0, result.stderr
    lines = {}
    for line in result.stdout.splitlines():
        message = json.loads(line, parse_float=Decimal)
        if message["type"] == "RECORD":
            lines[message["record"]["id"]] = line.decode(), message["record"]
    texts, records = zip(*(lines[key[0]] for key in keys), strict=True)
    return list(texts), list(records), result


def test_numbers_keep_every_digit_in_the_text() -> None:
    written = {
        "total": "0.9137264820173640918273645182",
        "productTotal": "10.00",
        "freightTotal": "-1234567890123456789012.345678",
        "surcharge": "1.0000",
        "discountTotal": "9223372036854775807",
        "taxRate": "8.750",
    }
    numbers: Row = {name: Decimal(digits) for name, digits in written.items()}
    custom = {"orders_1000": Decimal("12.5000"), "orders_1001": LONG}
    (text,), _, _ = edited(numbers | {"customFields": custom})
    for name, number in (numbers | custom).items():
        assert re.search(re.escape(f'"{name}":{number}') + "[,}]", text), name


def test_a_whole_number_beyond_64_bits_goes_into_extra_fields_as_text() -> None:
    digits = "1234567890123456789012345678"
    _, (record,), _ = edited({"discountTotal": Decimal(digits)})
    assert record["discountTotal"] is None
    assert record["extra_fields"] == {"discountTotal": digits}


def test_dates_in_all_their_forms_become_one() -> None:
    forms = {
        "2026-01-31T10:20:30.1234567Z": "2026-01-31T10:20:30.123456Z",
        "2026-06-30T23:59:59.9999999Z": "2026-06-30T23:59:59.999999Z",
        "2026-01-31T10:20:30.1+13:00": "2026-01-30T21:20:30.100000Z",
        "2026-02-01T02:00:00+13:00": "2026-01-31T13:00:00.000000Z",
        "2026-01-31T10:20:30": "2026-01-31T10:20:30.000000Z",
        "0001-01-01T00:00:00": None,
        "0001-01-01T00:00:00Z": None,
        "": None,
    }
    _, records, _ = edited(*({"invoiceDate": form} for form in forms), {"invoiceDate": None})
    assert [record["invoiceDate"] for record in records] == [*forms.values(), None]


def test_text_is_untouched() -> None:
    texts = [
        'He said "it\'s fine" \\ / {} [] \t\r\n\u2028',
        "Ngā Mahi \u2013 株式会社 👋 שלום",
        "   spaces around   ",
        "NULL",
        "00123",
        "0001-01-01T00:00:00",
        "\u0001 and \u007f",
        "x" * 20_000,
    ]
    _, records, _ = edited(
        *({"reference": text, "customFields": {"orders_1000": text}} for text in texts)
    )
    assert [record["reference"] for record in records] == texts
    assert [record["customFields"]["orders_1000"] for record in records] == texts


def test_a_zero_byte_which_postgresql_refuses_is_taken_out_of_a_text() -> None:
    (text,), (record,), result = edited({"reference": "A\u0000B"})
    assert "\\u0000" not in text
    assert record["reference"] == "AB"
    assert any("reference" in line for line in result.warnings)


def test_numbers_and_names_of_enumerations_arrive_as_text() -> None:
    with Sandbox(default_rows=60) as server:
        result = run_tap(server, only("products", "credit_notes"))
        kinds = set()
        for stream, name in (("products", "stockControl"), ("credit_notes", "status")):
            sent = {row["id"]: row[name] for row in server.store.rows(stream)}
            kinds |= set(map(type, sent.values()))
            texts = {key: None if one is None else str(one) for key, one in sent.items()}
            assert {row["id"]: row[name] for row in result.records[stream]} == texts
    assert kinds >= {int, str}


def test_unknown_fields_go_into_extra_fields_and_are_named_once() -> None:
    with Sandbox(rows={"sales_orders": 300}, default_rows=20) as server:
        for key in server.store.keys("sales_orders"):
            row = server.store.row("sales_orders", key)
            lines = [line | {"newOnLine": 1} for line in row["lineItems"]]
            server.store.edit("sales_orders", key, newField="surprise", lineItems=lines)
        result = run_tap(server, only("sales_orders", "contacts"))
    assert result.exit_code == 0, result.stderr
    (warning,) = [line for line in result.warnings if "newField" in line]
    assert "lineItems[].newOnLine" in warning
    assert warning.startswith("sales_orders:")
    records = result.records["sales_orders"]
    assert len(records) == 300
    for record in records:
        count = len(record["lineItems"])
        extra = {f"lineItems[{number}].newOnLine": 1 for number in range(count)}
        assert record["extra_fields"] == {"newField": "surprise", **extra}


def test_without_extra_fields_what_has_no_column_is_left_out_and_named() -> None:
    with Sandbox(default_rows=4) as server:
        key = server.store.keys("contacts")[0]
        server.store.edit("contacts", key, newField="surprise")
        result = run_tap(server, extra_fields=False)
    assert result.exit_code == 0, result.stderr
    assert b"surprise" not in result.stdout
    assert b"extra_fields" not in result.stdout
    assert any("newField" in line for line in result.warnings)


def test_a_row_that_lacks_fields_is_written_with_what_it_has() -> None:
    row = {"id": 77, "firstName": "Zoë", "modifiedDate": "2026-01-31T10:20:30Z"}
    with http_server(lambda _: (200, {}, json.dumps([row]).encode())) as address:
        result = run_tap(address, only("contacts"))
    assert result.exit_code == 0, result.stderr
    (record,) = result.records["contacts"]
    assert record == row | {"modifiedDate": "2026-01-31T10:20:30.000000Z", "extra_fields": None}


def test_a_row_without_a_key_is_left_out_and_told() -> None:
    with Sandbox(rows={"contacts": 3}, default_rows=4) as server:
        server.store.add("contacts", {"id": None, "firstName": "Nobody"})
        result = run_tap(server, only("contacts"))
    assert result.exit_code == 0, result.stderr
    assert len(result.records["contacts"]) == 3
    assert any("contacts: 1 rows without a key" in line for line in result.warnings)


def test_a_value_of_another_kind_fits_its_column_or_goes_into_extra_fields() -> None:
    fates: list[tuple[str, Any, Any]] = [
        ("total", "12.50", Decimal("12.50")),
        ("total", "", None),
        ("total", "n/a", None),
        ("isVoid", "true", True),
        ("isVoid", 0, False),
        ("invoiceNumber", "17", 17),
        ("invoiceNumber", Decimal("17.0"), 17),
        ("reference", 4711, "4711"),
        ("invoiceDate", "soon", None),
        ("lineItems", None, None),
        ("lineItems", [], []),
        ("customFields", None, None),
        ("customFields", {}, {}),
    ]
    _, records, result = edited(*({name: sent} for name, sent, _ in fates))
    kept = {("total", "n/a"), ("invoiceDate", "soon")}
    for record, (name, sent, arrives) in zip(records, fates, strict=True):
        assert record[name] == arrives
        assert type(record[name]) is type(arrives)
        extra = {name: sent} if (name, str(sent)) in kept else None
        assert record["extra_fields"] == extra
        if extra:
            (warning,) = [line for line in result.warnings if name in line]
            assert f"{name} (row {record['id']})" in warning


def test_the_schema_that_is_written_is_the_catalog_s(everything: Result) -> None:
    for entry in discovered()["streams"]:
        if entry["tap_stream_id"] in everything.schemas:
            written = everything.schemas[entry["tap_stream_id"]]
            assert written["properties"] == entry["schema"]["properties"]
