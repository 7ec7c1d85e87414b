"""What all this costs: a night in which nothing happened takes as many calls as it did before."""

from __future__ import annotations

from typing import Any

from sandbox import Sandbox
from tests.support import run_tap
from tests.support_core import run_core

DAY = 86_400
ROWS = 60
HEADER_LISTS = (
    "disassembly_list",
    "finished_goods_list",
    "inventory_write_off_list",
    "money_task_list",
    "production_order_list",
    "stock_adjustment_list",
)
_COMPLETED: Any = {"Status": "COMPLETED", "OrderStatus": "COMPLETED"}
_MOST_MORE = 5
_CORE, _OMNI = 66, 21
"""Calls of a quiet night, everything that is read by default, before answers were checked."""


def test_a_quiet_night_of_core_takes_as_many_calls_as_ever() -> None:
    with Sandbox(default_rows=ROWS) as server:
        server.time.advance(-4 * DAY)
        for stream in HEADER_LISTS:
            server.change("edit", stream, api="core", count=ROWS, **_COMPLETED)
        server.time.advance(DAY)
        first = run_core(server, recheck_days=0)
        assert first.exit_code == 0, first.stderr
        server.time.advance(DAY)
        server.reset_calls()
        second = run_core(server, None, first.states[-1], recheck_days=0)
        assert second.exit_code == 0, second.stderr
        assert len(server.calls) <= _CORE + _MOST_MORE


def test_a_quiet_night_of_omni_takes_as_many_calls_as_ever() -> None:
    with Sandbox(default_rows=ROWS) as server:
        server.time.advance(-4 * DAY)
        first = run_tap(server)
        assert first.exit_code == 0, first.stderr
        server.time.advance(DAY)
        server.reset_calls()
        second = run_tap(server, None, first.states[-1])
        assert second.exit_code == 0, second.stderr
        assert len(server.calls) <= _OMNI + _MOST_MORE
