"""V1 of Core: legacy, told so, and read as it answers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from tests.support import bookmarks, discovered
from tests.support_core import listed, records, run_core, select, unique, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Result

NINE = {
    "customers",
    "product_availability",
    "product_families",
    "products",
    "purchase_list",
    "purchases",
    "sale_list",
    "sales",
    "suppliers",
}
KEYS = {
    "customers": "ID",
    "product_families": "ID",
    "products": "ID",
    "suppliers": "ID",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(rows={"customers": 230}, default_rows=40) as running:
        yield running


@pytest.fixture(scope="module")
def run(server: Sandbox) -> Result:
    result = run_core(server, select(api="core_v1"), api="core_v1")
    assert result.exit_code == 0, result.stderr
    return result


def test_there_are_nine_streams_and_all_give_records(run: Result) -> None:
    streams = {entry["tap_stream_id"] for entry in discovered("core_v1")["streams"]}
    assert streams - {"tap_cin7_runs"} == NINE
    assert run.records.keys() == streams


def test_a_run_begins_with_a_notice(run: Result) -> None:
    (notice,) = run.warnings
    assert "legacy" in notice
    assert "api: core" in notice
    assert run.stderr.index("legacy") < run.stderr.index("SUMMARY")


def test_no_row_is_lost_and_no_key_repeats(server: Sandbox, run: Result) -> None:
    for stream, key in KEYS.items():
        found = Counter(row[key] for row in records(stream, run))
        assert found == Counter(one for one, _ in listed(server, stream))
    assert len(unique("product_availability", run)) == 40


def test_simple_documents_are_asked_for_by_a_path_that_ends_with_their_id(
    server: Sandbox, run: Result
) -> None:
    for stream, header, path, kind in (
        ("sales", "sale_list", "/Sale/", "Simple Sale"),
        ("purchases", "purchase_list", "/Purchase/", "Simple Purchase"),
    ):
        key = "SaleID" if stream == "sales" else "ID"
        simple = {row[key] for row in server.core.store.rows(header) if row["Type"] == kind}
        paths = [call.path for call in server.calls if call.path.startswith(path)]
        assert sorted(paths) == sorted(f"{path}{one}" for one in simple)
        assert {row["ID"] for row in records(stream, run)} == simple
        assert written(stream, "ID", "header_modified", run) <= listed(server, header)


def test_parameters_are_sent_as_the_vendor_writes_them(server: Sandbox, run: Result) -> None:
    assert run.exit_code == 0
    queries = [call.query for call in server.calls if call.path == "/Customers"]
    assert sorted(query["page"] for query in queries) == ["1", "2", "3"]
    assert next(query["limit"] for query in queries if query["page"] == "1") == "1000"
    assert {query["includeDeprecated"] for query in queries} == {"true"}


def test_fields_of_v1_alone_are_columns(run: Result) -> None:
    assert any(row["SaleAccount"] for row in records("sales", run))
    assert any(row["VendorAddress"] for row in records("purchases", run))


def test_fields_that_nobody_knows_go_into_extra_fields_in_v1_as_in_v2() -> None:
    with Sandbox(default_rows=8) as server:
        key = server.core.store.keys("suppliers")[0]
        server.core.store.edit("suppliers", key, ShoeSize=43)
        old = run_core(server, select("suppliers", api="core_v1"), api="core_v1")
        new = run_core(server, select("suppliers"))
    for result in (old, new):
        extra = [row["extra_fields"] for row in records("suppliers", result) if row["extra_fields"]]
        assert extra == [{"ShoeSize": 43}]
        assert any("suppliers" in line and "ShoeSize" in line for line in result.warnings)


def test_a_second_run_asks_for_changes_only() -> None:
    with Sandbox(rows={"sale_list": 60}, default_rows=8) as server:
        catalog = select("sales", "sale_list", "products", api="core_v1")
        first = run_core(server, catalog, api="core_v1")
        kept = bookmarks(first)
        server.reset_calls()
        second = run_core(server, catalog, first.states[-1], api="core_v1")
        assert second.exit_code == 0, second.stderr
        assert len(server.calls) <= 10
        queries = {call.path: call.query for call in server.calls}
        assert queries["/SaleList"]["updatedSince"] < kept["sale_list"]["replication_key_value"]
        assert queries["/Products"]["modifiedSince"] < kept["products"]["replication_key_value"]
        assert bookmarks(second) == kept


def test_its_limit_shows_as_503_and_is_waited_for() -> None:
    with Sandbox(default_rows=8) as server:
        server.fail_next("suppliers", "limit-503")
        catalog = select("customers", "suppliers", api="core_v1")
        result = run_core(server, catalog, api="core_v1", max_parallel_requests=1)
        assert result.exit_code == 0, result.stderr
        assert len(records("suppliers", result)) == 8


def test_wrong_credentials_stop_the_run() -> None:
    with Sandbox(default_rows=8) as server:
        result = run_core(
            server, select(api="core_v1"), api="core_v1", account_id="x", max_parallel_requests=1
        )
        assert len(server.calls) == 2  # a 403 is asked for once more
    assert result.exit_code == 1
    (error,) = result.errors
    assert "account_id" in error
