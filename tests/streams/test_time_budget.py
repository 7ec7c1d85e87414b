"""``max_run_minutes``: a run ends in time, as a success, and the next one goes on from there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sandbox import Sandbox
from tests.support import Result, config_for, run_cli
from tests.support_core import asked, listed, select, settings, unique, written
from tests.support_run import files

if TYPE_CHECKING:
    from tests.support import Row

SHORT_MINUTES = (
    "-c",
    """
from tap_cin7.cli import main
from tap_cin7.client.clock import RunClock
end_at = RunClock.end_at
RunClock.end_at = lambda self, moment, reason: end_at(
    self, self.now() + (moment - self.now()) / 30, reason
)
main()
""",
)
"""The tap with minutes of two seconds."""
TURN = 10
"""Documents of a kind after which others have their turn."""


def run(server: Sandbox, catalog: Row, state: Row | None = None, **overrides: int) -> Result:
    config = config_for(server, **(settings(server, requests_per_second=60) | overrides))
    with files(config=config, catalog=catalog, state=state) as options:
        return run_cli(*options, launch=SHORT_MINUTES)


def test_runs_of_a_minute_load_all_documents_and_none_of_them_twice() -> None:
    catalog = select("sales", "brands", "purchases", slim=["sales", "purchases"])
    with Sandbox(rows={"sale_list": 200, "purchase_list": 20}, default_rows=20) as server:
        results: list[Result] = []
        for _ in range(6):
            state = results[-1].states[-1] if results else None
            results.append(run(server, catalog, state, max_run_minutes=1))
            assert results[-1].exit_code == 0, results[-1].stderr
            assert results[-1].messages[-1]["type"] == "STATE"
            assert not results[-1].errors
            if "max_run_minutes" not in results[-1].stderr:
                break
        assert len(results) >= 2
        sales = written("sales", "ID", "header_modified", *results)
        assert sales == listed(server, "sale_list")
        fetched = Counter(query["ID"] for query in asked(server, "/sale"))
        assert fetched.total() == len(fetched) == 200
        assert len(unique("purchases", *results)) == 20
    first = results[0].stderr
    assert "max_run_minutes (1) are over: state is saved, the next run goes on from there" in first
    assert "not finished: sales" in first
    # Lists come before documents.
    assert len(results[0].records["brands"]) > 0


def test_runs_of_a_minute_load_all_documents_of_v1_and_none_of_them_twice() -> None:
    catalog = select("sales", "suppliers", "purchases", api="core_v1")
    with Sandbox(rows={"sale_list": 160, "purchase_list": 20}, default_rows=20) as server:
        results: list[Result] = []
        more = settings(server, api="core_v1", requests_per_second=20, max_run_minutes=1)
        for _ in range(8):
            with files(
                config=config_for(server, **more),
                catalog=catalog,
                state=results[-1].states[-1] if results else None,
            ) as options:
                results.append(run_cli(*options, launch=SHORT_MINUTES))
            assert results[-1].exit_code == 0, results[-1].stderr
            if "max_run_minutes" not in results[-1].stderr:
                break
        assert len(results) >= 2
        rows = server.core.store.rows("sale_list")
        simple = {f"/Sale/{row['SaleID']}" for row in rows if row["Type"] == "Simple Sale"}
        fetched = [call.path for call in server.calls if call.path.startswith("/Sale/")]
        assert sorted(fetched) == sorted(simple)
        assert {f"/Sale/{one}" for (one,) in unique("sales", *results)} == simple


def test_documents_that_would_not_leave_in_time_are_not_asked_for() -> None:
    kinds = {"/sale": "sales", "/stockadjustment": "stock_adjustments"}
    tables = ("sale_list", "stock_adjustment_list")
    catalog = select(*kinds.values(), slim=["sales"])
    with Sandbox(rows=dict.fromkeys(tables, 300), default_rows=5) as server:
        result = run(server, catalog, max_run_minutes=1)
        assert "not finished: sales" in result.stderr
        assert result.exit_code == 0, result.stderr
        fetched = {stream: len(asked(server, path)) for path, stream in kinds.items()}
    assert 0 < fetched["sales"] < 300
    # Kinds take turns: what was under way when the time was over is at most a turn of one of them.
    left = {one: len(result.records.get(one, [])) for one in fetched}
    assert all(left.values())
    assert sum(fetched.values()) - sum(left.values()) <= TURN


def test_a_stream_that_failed_before_the_time_was_over_fails_the_run() -> None:
    catalog = select("sales", "brands", slim=["sales"])
    with Sandbox(rows={"sale_list": 300}, default_rows=20) as server:
        server.always("brands", 400)
        result = run(server, catalog, max_run_minutes=1)
    assert result.exit_code == 1
    assert "max_run_minutes" in result.stderr
    assert any("streams that failed: brands" in line for line in result.errors)


def test_a_run_that_is_done_in_time_says_nothing_of_it() -> None:
    with Sandbox(default_rows=20) as server:
        result = run(server, select("brands"), max_run_minutes=1)
    assert result.exit_code == 0
    assert "max_run_minutes" not in result.stderr
