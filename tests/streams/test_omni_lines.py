"""The line tables of Omni, through the command line: whole, unique, and at no call of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from sandbox import Sandbox
from tests.support import bookmarks, calls, canonical, lost, only, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support import Result, Row


class Lines(NamedTuple):
    """Where the rows of a line table are in the answers, told apart from how the tap finds them."""

    parent: str
    field: str
    keys: tuple[str, ...]
    rows: Callable[[Row], Iterator[Row]]


def _lines(owner: str) -> Callable[[Row], Iterator[Row]]:
    return lambda document: (
        {**line, owner: document["id"], "id": line["id"] or 0} for line in document["lineItems"]
    )


def _sizes(owner: str) -> Callable[[Row], Iterator[Row]]:
    return lambda document: (
        {**size, owner: document["id"], "lineId": line["id"] or 0}
        for line in document["lineItems"]
        for size in line["sizes"] or ()
    )


def _components(master: Row) -> Iterator[Row]:
    for product in master["products"] or ():
        for component in product["components"] or ():
            yield {
                **component,
                "bomMasterId": master["id"],
                "bomProductId": product["id"] or 0,
                "id": component["id"] or 0,
            }


def _prices(option: Row) -> Iterator[Row]:
    for name, value in (option["priceColumns"] or {}).items():
        yield {"id": option["id"], "sizeId": option["sizeId"], "name": name, "value": value}


def _options(product: Row) -> Iterator[Row]:
    return ({**option, "productId": product["id"]} for option in product["productOptions"] or ())


TABLES = {
    "adjustment_lines": Lines(
        "adjustments", "lineItems", ("adjustmentId", "id"), _lines("adjustmentId")
    ),
    "bom_components": Lines(
        "bom_masters", "products", ("bomMasterId", "bomProductId", "id"), _components
    ),
    "branch_transfer_line_sizes": Lines(
        "branch_transfers", "lineItems", ("transferId", "lineId"), _sizes("transferId")
    ),
    "branch_transfer_lines": Lines(
        "branch_transfers", "lineItems", ("transferId", "id"), _lines("transferId")
    ),
    "credit_note_lines": Lines(
        "credit_notes", "lineItems", ("creditNoteId", "id"), _lines("creditNoteId")
    ),
    "product_option_prices": Lines(
        "product_options", "priceColumns", ("id", "sizeId", "name"), _prices
    ),
    "product_option_sizes": Lines(
        "products", "productOptions", ("productId", "id", "sizeId"), _options
    ),
    "purchase_order_lines": Lines(
        "purchase_orders", "lineItems", ("orderId", "id"), _lines("orderId")
    ),
    "quote_lines": Lines("quotes", "lineItems", ("quoteId", "id"), _lines("quoteId")),
    "sales_order_line_sizes": Lines(
        "sales_orders", "lineItems", ("orderId", "lineId"), _sizes("orderId")
    ),
    "sales_order_lines": Lines("sales_orders", "lineItems", ("orderId", "id"), _lines("orderId")),
}
PARENTS = sorted({table.parent for table in TABLES.values()})
ONE_BY_ONE: Row = {"max_parallel_requests": 1}
"""With several calls in flight long lists are read in windows, whose number depends on time."""

every_table = pytest.mark.parametrize("name", TABLES)


def held(server: Sandbox, name: str) -> list[Row]:
    """Return the rows of a line table as the sandbox holds them."""
    table = TABLES[name]
    rows = []
    for document in server.store.rows(table.parent):
        seen: Counter[tuple[Any, ...]] = Counter()
        for row in table.rows(document):
            keys = tuple(row[key] for key in table.keys)
            seen[keys] += 1
            rows.append(
                {
                    **row,
                    "repetition": seen[keys],
                    "parent_modified": canonical(document["modifiedDate"]),
                    "extra_fields": None,
                }
            )
    return rows


def as_written(schema: Row, row: Row) -> Row:
    """Return a row with its instants and enumerations in the form in which they leave."""
    properties = schema["properties"]
    dates = {name for name, one in properties.items() if one.get("format") == "date-time"}
    texts = {name for name, one in properties.items() if "string" in one["type"]} - dates
    return {
        name: canonical(value)
        if name in dates
        else str(value)
        if name in texts and value is not None
        else value
        for name, value in row.items()
        if name in properties
    }


def ordered(rows: list[Row], keys: list[str]) -> list[Row]:
    return sorted(rows, key=lambda row: tuple(row[key] for key in keys))


def declared_keys(result: Result) -> dict[str, list[str]]:
    return {
        message["stream"]: message["key_properties"]
        for message in result.messages
        if message["type"] == "SCHEMA"
    }


def assert_whole(server: Sandbox, name: str, *results: Result) -> None:
    """Fail unless the last version of each row that the runs wrote is what the sandbox holds."""
    keys = declared_keys(results[-1])[name]
    latest = {
        tuple(row[key] for key in keys): row
        for result in results
        for row in result.records.get(name, [])
    }
    schema = results[-1].schemas[name]
    wanted = [as_written(schema, row) for row in held(server, name)]
    assert ordered(list(latest.values()), keys) == ordered(wanted, keys)


def per_table(result: Result) -> dict[str, int]:
    return {name: len(rows) for name, rows in result.records.items()}


# --- what they hold ----------------------------------------------------------------------------


def test_all_tables_hold_what_the_sandbox_holds_and_nothing_twice(small: Sandbox) -> None:
    result = run_tap(small, only(*TABLES))
    assert result.exit_code == 0, result.stderr
    assert result.records.keys() == result.schemas.keys() == TABLES.keys()
    for name, keys in declared_keys(result).items():
        rows = result.records[name]
        assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows)
        assert all(row[key] is not None for row in rows for key in keys)
        assert len(rows) == len(held(small, name)) > 10
        assert_whole(small, name, result)


def test_lines_whose_ids_repeat_or_lack_stay_apart(own: Sandbox) -> None:
    store = own.store
    for stream in ("sales_orders", "branch_transfers", "quotes"):
        for key, ids in zip(
            store.keys(stream), [(5, 5, 5), (None, None, 0), (7, None, 7)], strict=False
        ):
            line = store.row(stream, key)["lineItems"][0]
            sizes = {"sizes": [{"name": "S"}, {"name": "S"}]} if "sizes" in line else {}
            store.edit(stream, key, lineItems=[{**line, **sizes, "id": one} for one in ids])
    result = run_tap(own, only(*TABLES))
    assert result.exit_code == 0, result.stderr
    for name in TABLES:
        assert_whole(own, name, result)


def test_columns_that_are_not_selected_are_not_written(small: Sandbox) -> None:
    result = run_tap(small, only("sales_order_lines", without=("code", "orderId", "repetition")))
    (schema,) = result.schemas.values()
    assert "code" not in schema["properties"]
    assert {"orderId", "id", "repetition"} <= schema["properties"].keys()
    for row in result.records["sales_order_lines"]:
        assert row.keys() <= schema["properties"].keys()
        assert {"orderId", "id", "repetition"} <= row.keys()


# --- what they cost ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long() -> Iterator[Sandbox]:
    """Serve lists of several pages."""
    with Sandbox(rows={"sales_orders": 700, "products": 300}, crowd=1, default_rows=40) as server:
        yield server


def cost(server: Sandbox, *streams: str) -> dict[str, int]:
    """Return the calls of a run by the streams that were asked for."""
    server.reset_calls()
    result = run_tap(server, only(*streams), **ONE_BY_ONE)
    assert result.exit_code == 0, result.stderr
    return calls(server)


def test_one_part_or_all_with_their_parents_or_without_cost_what_the_parents_cost(
    long: Sandbox,
) -> None:
    parents = cost(long, *PARENTS)
    assert parents["sales_orders"] > 2
    assert parents["products"] > 1
    assert cost(long, *TABLES) == parents
    assert cost(long, *PARENTS, *TABLES) == parents
    one_of_each = {table.parent: name for name, table in TABLES.items()}
    assert cost(long, *one_of_each.values()) == parents


@every_table
def test_only_the_fields_that_a_part_is_made_of_are_asked_for(small: Sandbox, name: str) -> None:
    parent, field, *_ = TABLES[name]
    small.reset_calls()
    run_tap(small, only(name))
    (call,) = small.calls
    common = {"id", "modifiedDate", "createdDate", field}
    keys = {"sizeId"} if parent == "product_options" else set()
    known = set(small.store.rows(parent)[0])
    assert set(call.query["fields"].split(",")) == (common | keys) & known


def test_parts_of_one_parent_share_one_call_with_the_fields_of_all(small: Sandbox) -> None:
    small.reset_calls()
    both = ("sales_order_lines", "sales_order_line_sizes")
    run_tap(small, only(*both, "sales_orders", without=("reference",)))
    (call,) = small.calls
    asked = set(call.query["fields"].split(","))
    assert "reference" not in asked
    assert {"id", "modifiedDate", "lineItems", "total"} <= asked
    small.reset_calls()
    run_tap(small, only(*both, "sales_orders"))
    (call,) = small.calls
    assert "fields" not in call.query


# --- bookmarks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_part_that_is_selected_later_brings_its_whole_past(parallel: int) -> None:
    parts = ("sales_order_lines", "sales_order_line_sizes")
    with Sandbox(rows={"sales_orders": 600}, crowd=1, default_rows=20) as server:
        first = run_tap(server, only("sales_orders"), max_parallel_requests=parallel)
        for key in server.store.keys("sales_orders")[:3]:
            server.store.edit("sales_orders", key)
        selected = only("sales_orders", *parts)
        second = run_tap(server, selected, first.states[-1], max_parallel_requests=parallel)
        assert second.exit_code == 0, second.stderr
        for name in parts:
            assert_whole(server, name, second)
        assert not lost(server, first, second).get("sales_orders")
        stamps = {
            bookmark["replication_key_value"]
            for stream, bookmark in bookmarks(second).items()
            if stream in ("sales_orders", *parts)
        }
        newest = max(
            canonical(row["modifiedDate"]) or "" for row in server.store.rows("sales_orders")
        )
        assert stamps == {newest}

        for key in server.store.keys("sales_orders")[-2:]:
            server.store.edit("sales_orders", key)
        third = run_tap(server, selected, second.states[-1], max_parallel_requests=parallel)
        assert len(third.records["sales_orders"]) < 50
        assert len(third.records["sales_order_lines"]) < 250
        for name in parts:
            assert_whole(server, name, second, third)
        assert not lost(server, first, second, third).get("sales_orders")


@pytest.mark.parametrize("newcomer", ["sales_orders", "sales_order_line_sizes"])
def test_a_stream_that_joins_a_part_later_brings_its_whole_past(newcomer: str) -> None:
    with Sandbox(rows={"sales_orders": 300}, crowd=1, default_rows=20) as server:
        first = run_tap(server, only("sales_order_lines"))
        both = only("sales_order_lines", newcomer)
        second = run_tap(server, both, first.states[-1])
        assert_whole(server, "sales_order_lines", first, second)
        if newcomer in TABLES:
            assert_whole(server, newcomer, second)
        else:
            assert not lost(server, second).get(newcomer)
        third = run_tap(server, both, second.states[-1])
        assert sum(per_table(third).values()) < sum(per_table(second).values()) / 10


def test_parts_follow_the_changes_of_their_parent(own: Sandbox) -> None:
    first = run_tap(own, only(*TABLES))
    for parent in PARENTS:
        own.store.edit(parent, own.store.keys(parent)[0])
    own.reset_calls()
    second = run_tap(own, only(*TABLES), first.states[-1])
    assert calls(own) == dict.fromkeys(PARENTS, 1)
    for name in TABLES:
        assert_whole(own, name, first, second)
    assert sum(per_table(second).values()) < sum(per_table(first).values()) / 2


# --- when the parent can't be read -------------------------------------------------------------


def test_parts_of_a_parent_that_may_not_be_read_are_skipped_by_name() -> None:
    with Sandbox(default_rows=20, denied=["sales_orders"]) as server:
        result = run_tap(
            server, only("sales_order_lines", "sales_order_line_sizes", "purchase_order_lines")
        )
    assert result.exit_code == 0
    assert result.records.keys() == {"purchase_order_lines"}
    (warning,) = result.warnings
    assert "sales_order_line_sizes, sales_order_lines: skipped" in warning


def test_parts_of_a_parent_that_fails_are_named_and_keep_their_bookmarks() -> None:
    with Sandbox(rows={"sales_orders": 600}, crowd=1, default_rows=20) as server:
        first = run_tap(server, only("sales_order_lines", "quote_lines"))
        for key in server.store.keys("sales_orders")[:3]:
            server.store.edit("sales_orders", key)
        server.always("sales_orders", 400)
        selected = only("sales_order_lines", "quote_lines")
        second = run_tap(server, selected, first.states[-1])
        assert second.exit_code == 1
        assert any("streams that failed: sales_order_lines" in line for line in second.errors)
        assert bookmarks(second)["sales_order_lines"] == bookmarks(first)["sales_order_lines"]
        server.heal("sales_orders")
        third = run_tap(server, selected, second.states[-1])
        assert_whole(server, "sales_order_lines", first, third)
