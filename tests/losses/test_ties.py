"""Row 4: more rows in one second than a page holds, ties in another order at each request."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.losses.accounts import ORDERS, orders
from tests.losses.harness import run
from tests.losses.standin import Omni, stamp

if TYPE_CHECKING:
    from tests.losses.standin import Call


@pytest.mark.parametrize("seed", range(3))
def test_a_crowded_second_is_read_whole_whatever_the_order_of_ties(seed: int) -> None:
    with Omni(seed=seed) as server:
        table = orders(server, 300)
        second = stamp(server.now - 3_000)
        table.put(*({"id": 10_000 + n, "modifiedDate": second} for n in range(1_200)))
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert result.keys("sales_orders") == {row["id"] for row in table.visible()}
        assert len(result.calls) <= 14


def test_inside_a_crowded_second_pages_are_turned_in_a_total_order_only() -> None:
    with Omni() as server:
        table = server.table(ORDERS)
        second = stamp(server.now - 3_000)
        table.put(*({"id": n, "modifiedDate": second} for n in range(1, 1_001)))
        result = run(server, "sales_orders")
        turned = [call.query for call in result.calls if int(call.query["page"]) > 1]
        assert turned
        for query in turned:
            assert re.fullmatch(r"id\s+asc", query["order"], re.IGNORECASE), query
            # Bounded on both sides, by the second itself or by the one after it, exclusive: rows
            # with a fraction of this second must not fall out.
            assert query["where"].startswith(f"modifiedDate>='{second}' AND modifiedDate<"), query


@pytest.mark.parametrize("count", [249, 250, 251, 500, 750])
def test_a_second_that_fills_pages_exactly_neither_ends_nor_stalls_the_walk(count: int) -> None:
    with Omni(seed=count) as server:
        table = orders(server, 20)
        second = stamp(server.now - 900)
        table.put(*({"id": 10_000 + n, "modifiedDate": second} for n in range(count)))
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert result.keys("sales_orders") == {row["id"] for row in table.visible()}
        assert len(result.calls) < 15


def test_crowded_seconds_one_after_the_other_are_read_whole() -> None:
    with Omni() as server:
        table = server.table(ORDERS)
        for number in range(2_400):
            moment = stamp(server.now - 3_000 + number // 600)
            table.put({"id": (number * 7_919) % 2_400 + 1, "modifiedDate": moment})
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales_orders")) == 2_400


def test_rows_that_leave_a_crowded_second_while_it_is_read_hide_no_other() -> None:
    with Omni(seconds_per_call=1.0) as server:
        table = server.table(ORDERS)
        second = stamp(server.now - 3_000)
        table.put(*({"id": n, "modifiedDate": second} for n in range(1, 1_201)))

        def leave(_call: Call) -> None:
            left = [row for row in table.visible() if row["modifiedDate"] == second]
            for row in left[5:45]:
                table.edit(row["id"], reference="edited")
            table.drop(*(row["id"] for row in left[50:60]))

        for number in (3, 4, 5):
            server.before(ORDERS, number, leave)
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        sent = {(row["id"], row["modifiedDate"][:19]) for row in result.records("sales_orders")}
        assert {(row["id"], row["modifiedDate"][:19]) for row in table.visible()} <= sent


def test_rows_without_a_stamp_that_share_their_creation_are_read_whole() -> None:
    with Omni() as server:
        table = server.table("/v1/Payments")
        second = stamp(server.now - 3_000)
        for number in range(1, 901):
            table.put({"id": number, "createdDate": second, "modifiedDate": None})
        for number in range(901, 1_501):
            table.put({"id": number, "createdDate": second, "modifiedDate": second})
        result = run(server, "payments")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("payments")) == 1_500


def test_a_resource_that_goes_by_its_creation_time_reads_crowded_seconds_whole() -> None:
    with Omni() as server:
        table = server.table("/v1/PaymentFeesAndPayouts/Fees", stamp_field="createdDate")
        second = stamp(server.now - 3_000)
        table.put(*({"id": number, "createdDate": second} for number in range(1, 801)))
        result = run(server, "payment_fees")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("payment_fees")) == 800


def test_an_interrupted_crowded_second_is_finished_by_the_next_run() -> None:

    with Omni() as server:
        table = server.table(ORDERS)
        second = stamp(server.now - 3_000)
        table.put(*({"id": n, "modifiedDate": second} for n in range(1, 1_201)))
        first = run(server, "sales_orders", end=(ORDERS, 3, signal.SIGKILL))
        server.calm()
        second_run = run(server, "sales_orders", first.state)
        assert second_run.exit_code == 0, second_run.stderr
        sent = first.keys("sales_orders") | second_run.keys("sales_orders")
        assert len(sent) == 1_200
