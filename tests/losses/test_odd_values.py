"""Row 12: one odd value in one row, which must block neither its stream nor the pipeline."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.losses.accounts import ORDERS, SALE_LIST, guid, orders, sale_list, sales
from tests.losses.harness import Result, run
from tests.losses.standin import Core, Omni, Wire

if TYPE_CHECKING:
    from tests.losses.standin import Row

DEEP = b"[" * 5_000 + b"]" * 5_000
TEXTS = {
    "a lone surrogate": rb'"caf\ud83d au lait"',
    "a lone low surrogate": rb'"\udc00"',
    "a Latin-1 byte": b'"caf\xe9 au lait"',
    "half a character": b'"caf\xc3"',
    "a surrogate in UTF-8": b'"caf\xed\xa0\x80"',
    "a control character": b'"a\x01b"',
    "a raw line break": b'"a\nb"',
    "a raw tab": b'"a\tb"',
    "a NUL": rb'"a\u0000b"',
    "a raw NUL": b'"a\x00b"',
}
NUMBERS = {
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "minus Infinity": b"-Infinity",
    "1e999999": b"1e999999",
    "1e-999999": b"1e-999999",
    "a thousand digits": b"9" * 1_000,
}
WHOLES = {
    "2 to the 63": b"9223372036854775808",
    "below 64 bits": b"-9223372036854775809",
    "1e30": b"1e30",
}


def omni_run_with(**odd: Any) -> tuple[Result, Row]:  # noqa: ANN401
    """Run over rows of which one, the 77th, is odd; return its record too."""
    with Omni(ahead=-3_600) as server:
        table = orders(server, 90)
        table.put({**next(row for row in table.visible() if row["id"] == 77), **odd})
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert result.keys("sales_orders") == set(range(1, 91))
        # One row can't hold a bookmark back either.
        assert result.bookmark("sales_orders")["replication_key_value"]
        again = run(server, "sales_orders", result.state)
        assert again.exit_code == 0, again.stderr
    return result, next(row for row in result.records("sales_orders") if row["id"] == 77)


def named(result: Result, *words: str) -> None:
    """Check that one warning names stream, row and field."""
    assert [line for line in result.warnings if all(word in line for word in words)], result.stderr
    assert len(result.warnings) <= 2, result.warnings


@pytest.mark.parametrize("odd", TEXTS)
def test_a_text_that_is_not_legal_leaves_as_one_that_is(odd: str) -> None:
    result, row = omni_run_with(reference=Wire(TEXTS[odd]))
    text = row["reference"]
    if "caf" in odd or b"caf" in TEXTS[odd]:
        assert text is None or text.startswith("caf")
    if odd in ("a NUL", "a raw NUL"):
        assert text is None or text.replace("\ufffd", "") == "ab"
    if odd == "a NUL":
        assert text == "ab"
    if odd not in ("a raw line break", "a raw tab"):
        named(result, "sales_orders", "77", "reference")


@pytest.mark.parametrize("odd", [*NUMBERS])
def test_a_number_that_is_none_leaves_as_null(odd: str) -> None:
    result, row = omni_run_with(total=Wire(NUMBERS[odd]))
    if odd != "a thousand digits":
        assert row["total"] is None or row["total"] == 0
        named(result, "sales_orders", "77", "total")
    elif row["total"] is None:
        assert "9" * 20 in str(row["extra_fields"])


@pytest.mark.parametrize("odd", WHOLES)
def test_a_whole_number_beyond_64_bits_is_kept_as_text_beside_its_column(odd: str) -> None:
    _, row = omni_run_with(createdBy=Wire(WHOLES[odd]))
    assert row["createdBy"] is None
    kept = str(row["extra_fields"]["createdBy"])
    assert Decimal(kept) == Decimal(WHOLES[odd].decode())


def test_a_number_beyond_all_bounds_is_kept_as_text() -> None:
    _, row = omni_run_with(total=Wire(b"1e999999"))
    assert row["total"] is None
    assert row["extra_fields"]["total"] == "1e999999"


@pytest.mark.parametrize("field", ["customFields", "lineItems", "unheardOf", "reference"])
def test_bottomless_nesting_costs_its_field_and_not_the_row(field: str) -> None:
    result, row = omni_run_with(**{field: Wire(DEEP)})
    assert row["id"] == 77
    assert row.get(field) in (None, [], {}) or isinstance(row[field], str)
    named(result, "sales_orders", "77", field)


@pytest.mark.parametrize("field", ["lineItems", "customFields", "unheardOf"])
def test_odd_values_deep_inside_a_row_are_mended_there(field: str) -> None:
    inner = {
        "code": Wire(rb'"a\u0000\ud800"'),
        "qty": Wire(b"NaN"),
        "comment": Wire(b'"caf\xe9"'),
        "deeper": {"list": [Wire(b"Infinity"), Wire(rb'"\u0000"'), 1]},
    }
    value: object = [inner, {"code": "fine"}] if field == "lineItems" else inner
    result, row = omni_run_with(**{field: value})
    named(result, "sales_orders", "77", field)
    if field == "lineItems":
        assert row["lineItems"][1]["code"] == "fine"


def test_odd_names_leave_as_legal_ones() -> None:
    odd = Wire(rb'{"na\u0000me": 1, "sur\ud800": 2, "fine": 3}')
    _, row = omni_run_with(customFields=odd)
    assert row["customFields"]["fine"] == 3


def test_every_odd_value_at_once_blocks_no_list_of_core() -> None:
    with Core() as server:
        served = sale_list(server, 40)
        for number, raw in enumerate([*TEXTS.values(), *NUMBERS.values(), DEEP]):
            row = served.table.visible()[number]
            name = "Customer" if number < len(TEXTS) else "InvoiceAmount"
            served.table.put({**row, name: Wire(raw)})
        result = run(server, "sale_list")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sale_list", "SaleID")) == 40
        assert server.count(SALE_LIST) == 1
        assert any(guid(0) in line and "Customer" in line for line in result.warnings)


def test_every_odd_value_at_once_blocks_no_document_of_core() -> None:
    odd = [*TEXTS.values(), *NUMBERS.values(), DEEP]
    with Core() as server:
        sales(server, len(odd) + 2)
        _, document = server.documents["/sale"]

        def with_odd(wanted: str) -> Row:
            found: Row = document(wanted)
            number = int(wanted[:8])
            if number < len(odd):
                found["Customer"] = Wire(odd[number])
                found["Order"]["Lines"][0]["Name"] = Wire(odd[number])
                found["Order"]["Lines"][0]["Price"] = Wire(odd[number])
            return found

        server.details("/sale", "ID", with_odd)
        result = run(server, ["sales", "sale_order_lines"])
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales", "ID")) == len(odd) + 2
        assert len(result.keys("sale_order_lines", "SaleID")) == len(odd) + 2


def test_an_odd_header_hides_no_document() -> None:
    with Core() as server:
        served = sales(server, 5)
        served.table.put({**served.table.visible()[2], "Customer": Wire(b'"caf\xe9"')})
        result = run(server, "sales")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales", "ID")) == 5


@pytest.mark.parametrize("raw", [rb'"\ud800"', b"NaN", b'"someday"'])
def test_an_odd_stamp_stops_no_walk(raw: bytes) -> None:
    with Omni(ahead=-3_600) as server:
        table = orders(server, 40)
        row = next(row for row in table.visible() if row["id"] == 40)
        # What sorts first at Cin7 comes in the first read without bounds.
        table.put({**row, "modifiedDate": Wire(raw)})
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert result.keys("sales_orders") == set(range(1, 41))
        assert result.bookmark("sales_orders")["replication_key_value"][:4] == "2026"


def test_one_odd_row_blocks_no_pages_after_it() -> None:
    with Omni(ahead=-3_600) as server:
        table = orders(server, 900)
        table.put({**table.visible()[300], "reference": Wire(b'"\xff"')})
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales_orders")) == 900
        assert server.count(ORDERS) <= 6
