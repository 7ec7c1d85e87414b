"""``--get``: one row or document as a JSON object, by its id or number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from tests.support import config_for, run_cli
from tests.support_core import settings
from tests.support_run import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Result, Row


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Serve data that no test changes."""
    with Sandbox(default_rows=20) as running:
        yield running


def get(server: Sandbox, stream: str, name: str, **more: Any) -> Result:  # noqa: ANN401
    config = config_for(server, **(settings(server) if more.pop("core", True) else {}), **more)
    with files(config=config) as options:
        return run_cli(*options, "--get", stream, name)


def printed(result: Result) -> Row:
    assert result.exit_code == 0, result.stderr
    (line,) = result.stdout.decode().splitlines()
    row: Row = json.loads(line)
    return row


@pytest.mark.parametrize(
    ("stream", "table", "key", "names"),
    [
        ("sales", "sale_list", "SaleID", ("SaleID", "OrderNumber")),
        ("sale_list", "sale_list", "SaleID", ("SaleID", "OrderNumber")),
        ("purchases", "purchase_list", "ID", ("ID", "OrderNumber")),
        ("stock_transfers", "stock_transfer_list", "TaskID", ("TaskID", "Number")),
        ("products", "products", "ID", ("ID", "SKU")),
        ("customers", "customers", "ID", ("ID", "Name")),
    ],
)
def test_a_row_of_core_is_found_by_what_people_call_it(
    server: Sandbox, stream: str, table: str, key: str, names: tuple[str, ...]
) -> None:
    row = server.core.store.rows(table)[4]
    for name in names:
        found = printed(get(server, stream, row[name]))
        assert row[key] in (found.get("ID"), found.get("SaleID"), found.get("TaskID"))


def test_an_order_of_omni_is_found_by_id_and_reference(server: Sandbox) -> None:
    row = server.store.rows("sales_orders")[2]
    for name in (str(row["id"]), row["reference"]):
        assert printed(get(server, "sales_orders", name, core=False))["id"] == row["id"]


def test_a_number_that_begins_like_others_is_that_one_alone() -> None:
    with Sandbox(default_rows=20) as own:
        keys = own.core.store.keys("sale_list")
        for key, number in zip(keys, ("SO-1", "SO-10", "SO-100"), strict=False):
            own.core.store.edit("sale_list", key, OrderNumber=number)
        assert printed(get(own, "sale_list", "so-1"))["OrderNumber"] == "SO-1"


def test_the_row_that_is_asked_for_is_printed_whatever_the_environment_asks_for(
    server: Sandbox,
) -> None:
    brand, other = (row["ID"] for row in server.core.store.rows("brands")[:2])
    config = config_for(server, **settings(server))
    with files(config=config) as options:
        only_ids = json.dumps({"brands": [other]})
        arguments = (*options, "--config=ENV", "--get", "brands", brand)
        assert printed(run_cli(*arguments, TAP_CIN7_ONLY_IDS=only_ids))["ID"] == brand


def test_none_or_several_give_one_line(server: Sandbox) -> None:
    nothing = get(server, "sales", "SO-NONE")
    assert nothing.exit_code == 1
    assert nothing.errors == ["nothing has the id or number 'SO-NONE' in sales"]
    with Sandbox(default_rows=20) as own:
        for key in own.core.store.keys("customers")[:2]:
            own.core.store.edit("customers", key, Name="Twin")
        several = get(own, "customers", "Twin")
    assert several.exit_code == 1
    assert several.errors == ["2 rows have the id or number 'Twin' in customers"]
    assert nothing.stdout == several.stdout == b""


@pytest.mark.parametrize("name", ["", " ", "a\nb"])
def test_what_is_no_name_gives_one_line(server: Sandbox, name: str) -> None:
    result = get(server, "sales", name)
    assert result.exit_code == 1
    assert result.errors == [f"--get needs an id or a number, not {name!r}"]


def test_what_is_no_stream_gives_one_line(server: Sandbox) -> None:
    for stream in ("saless", "sale_order_lines"):
        result = get(server, stream, "x")
        assert result.exit_code == 1
        assert len(result.errors) == 1
        assert stream in result.errors[0]
        assert "Traceback" not in result.stderr


def test_it_takes_no_state_and_gives_none(server: Sandbox) -> None:
    number = server.core.store.rows("sale_list")[4]["OrderNumber"]
    found = printed(get(server, "sales", number))
    assert "bookmarks" not in found
