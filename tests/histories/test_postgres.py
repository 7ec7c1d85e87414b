"""One small history on PostgreSQL, built by dbt itself: late edit, void, removed line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.books.books import TODAY
from tests.books.builds import dbt, load, variables
from tests.books.databases import Postgres
from tests.books.right_books import right_omni
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.books.databases import Ask

_MARTS = ("order_lines", "invoice_lines", "sales", "daily_sales")
_LATER = "2026-06-26T03:00:00"


@dataclass(frozen=True)
class State:
    """What the marts hold.

    Attributes:
        net: Sum of all sales.
        marts: Rows of each mart.

    """

    net: int
    marts: Mapping[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class History:
    """What the marts held after each build."""

    first: State
    later: State
    full: State


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    directory = tmp_path_factory.mktemp("postgres")
    books = right_omni("cin7_omni")
    item = books.item(cost=5)
    edited = books.order([books.line(item, 2, 50), books.line(item, 1, 30)])
    void = books.order([books.line(item, 3, 50)])
    given = variables([books.account], [], cin7_today=TODAY)
    # The second line of the edited order stays behind, with the stamp of the order as it was.
    edits = (
        ("sales_orders", f"\"modifiedDate\" = '{_LATER}'", edited.id),
        ("sales_order_lines", f"parent_modified = '{_LATER}', qty = 4", edited.lines[0]),
        ("sales_orders", "\"isVoid\" = true, status = 'VOID'", void.id),
    )
    wanted = ("--select", *(f"+cin7__{one}" for one in _MARTS))
    with server() as started:
        database = Postgres(started)
        load(database, books.account)
        states = []
        for changes, options in (((), ()), (edits, ()), ((), ("--full-refresh",))):
            with psycopg.connect(started.dsn) as connection:
                for table, change, one in changes:
                    update = f"update cin7_omni.{table} set {change} where id = {one}"  # noqa: S608
                    connection.execute(update.encode())
            built = dbt("run", database, directory, given, *wanted, *options)
            assert built.code == 0, built.text[-3000:]
            with database.asking() as ask:
                states.append(_state(ask))
        yield History(*states)


def _state(ask: Ask) -> State:
    [(net,)] = ask("select sum(net) from analytics.cin7__sales")
    marts = {
        one: sorted(ask(f"select * from analytics.cin7__{one}"), key=repr)  # noqa: S608
        for one in _MARTS
    }
    return State(net, marts)


@pytest.mark.parametrize("mart", _MARTS)
def test_a_later_build_ends_where_a_full_build_ends(history: History, mart: str) -> None:
    assert history.later.marts[mart] == history.full.marts[mart]
    assert history.later.marts[mart] != history.first.marts[mart]


def test_the_history_did_happen(history: History) -> None:
    # 4 * 50 - 50 stays; 2 * 50 + 30 became 4 * 50, and 3 * 50 nothing.
    assert (history.first.net, history.later.net) == (430, 350)
