from __future__ import annotations

import signal

import pytest

from sandbox import Sandbox
from tests.support import (
    Result,
    calls,
    canonical,
    every_list,
    lost,
    only,
    rows_sent,
    run_tap,
    sent,
    standing,
    started,
)

ORDERS = "sales_orders"


@pytest.fixture(params=[1, 4], ids=["one by one", "four at once"])
def parallel(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_nothing_is_lost_while_orders_are_edited_between_calls(parallel: int) -> None:
    with Sandbox(rows={ORDERS: 5_000}, default_rows=20, edits_per_call=5) as server:
        first = run_tap(server, only(ORDERS), max_parallel_requests=parallel)
        assert first.exit_code == 0, first.stderr
        before = standing(server, ORDERS)
        second = run_tap(server, only(ORDERS), first.states[-1], max_parallel_requests=parallel)
        assert second.exit_code == 0, second.stderr
        assert calls(server)[ORDERS] > 20
        edited = len(server.store.versions(ORDERS)) - 5_000
        assert edited >= 5 * 21
        rows = {row["id"]: row for row in server.store.rows(ORDERS)}
        # The edits that follow the very last answer are for the run after it to see.
        unseen = {
            entry.key for entry in server.store.versions(ORDERS)[-5:] if entry.stamp is not None
        }
        after = standing(server, ORDERS)

    versions = sent(server, ORDERS, first, second)
    newest = dict(sorted(versions, key=lambda version: version[1] or ""))
    superseded = {(key, stamp) for key, stamp in before if (newest[key] or "") > (stamp or "")}
    assert not before - set(versions) - superseded
    assert not {version for version in after if version[0] not in unseen} - set(versions)
    for result in (first, second):
        own = sent(server, ORDERS, result)
        assert len(own) == len(set(own))
    last = {record["id"]: record for result in (first, second) for record in result.records[ORDERS]}
    assert last.keys() == rows.keys()
    for key, record in last.items():
        if (key,) not in unseen:
            assert record["modifiedDate"] == canonical(rows[key]["modifiedDate"])
        for name in ("reference", "total", "internalComments", "customFields", "isVoid"):
            assert record[name] == rows[key][name]


def test_1600_orders_of_which_1000_share_a_second_take_at_most_12_calls(parallel: int) -> None:
    with Sandbox(rows={ORDERS: 1_600}, crowd=1_000, default_rows=20) as server:
        result = run_tap(server, only(ORDERS), max_parallel_requests=parallel)
        assert result.exit_code == 0, result.stderr
        versions = sent(server, ORDERS, result)
        assert sorted(versions) == sorted(standing(server, ORDERS))
        assert len(server.calls) <= 12


def test_every_stream_is_whole_in_the_first_run(parallel: int) -> None:
    with Sandbox(default_rows=260) as server:
        result = run_tap(server, every_list(server), max_parallel_requests=parallel)
        assert result.exit_code == 0, result.stderr
        assert not lost(server, result)
        for stream in server.store.tables:
            versions = sent(server, stream, result)
            assert len(versions) == len(set(versions))


def test_orders_leave_in_the_order_of_their_stamps_and_state_follows_each_page(
    parallel: int,
) -> None:
    with Sandbox(rows={ORDERS: 1_000}, crowd=1, default_rows=20) as server:
        result = run_tap(server, only(ORDERS), max_parallel_requests=parallel)
    stamps = [row["modifiedDate"] for row in result.records[ORDERS]]
    assert stamps == sorted(stamps)
    assert len(result.states) >= 4
    reached = ""
    for message in result.messages:
        if message["type"] == "RECORD":
            reached = message["record"]["modifiedDate"]
        elif message["type"] == "STATE":
            bookmark = message["value"].get("bookmarks", {}).get(ORDERS, {})
            assert bookmark.get("replication_key_value", "") <= reached
    assert result.states[-1]["bookmarks"][ORDERS]["replication_key_value"] == max(stamps)


def killed_and_resumed(
    server: Sandbox, points: list[int], streams: tuple[str, ...]
) -> list[Result]:
    """Kill a run after so many records, resume it and kill it again, then let one end."""
    results: list[Result] = []
    state = None
    for point in points:
        with started(server, only(*streams), state) as running:
            running.read_records(point)
            results.append(running.kill())
        assert results[-1].exit_code == -signal.SIGKILL
        if results[-1].states:
            state = results[-1].states[-1]
    results.append(run_tap(server, only(*streams), state))
    assert results[-1].exit_code == 0, results[-1].stderr
    return results


@pytest.mark.parametrize("points", [[0, 1, 900], [249, 250, 251], [700, 700, 500], [1_900]])
def test_a_killed_run_goes_on_where_its_last_state_says(points: list[int]) -> None:
    with Sandbox(rows={ORDERS: 2_000}, crowd=1, default_rows=20) as server:
        results = killed_and_resumed(server, points, (ORDERS,))
        assert not standing(server, ORDERS) - set(sent(server, ORDERS, *results))
        assert rows_sent(*results) < 1.5 * 2_000


def test_a_run_killed_inside_a_crowded_second_loses_nothing() -> None:
    with Sandbox(rows={ORDERS: 1_600}, crowd=1_000, default_rows=20) as server:
        results = killed_and_resumed(server, [800], (ORDERS,))
        assert not standing(server, ORDERS) - set(sent(server, ORDERS, *results))


def test_a_run_of_all_streams_that_is_killed_again_and_again_loses_nothing() -> None:
    with Sandbox(default_rows=300) as server:
        results = killed_and_resumed(server, [400, 2_000, 3_000], tuple(server.store.tables))
        assert not lost(server, *results)
        total = sum(len(table.by_key) for table in server.store.tables.values())
        assert rows_sent(*results) < 1.5 * total


def test_orders_edited_while_a_run_is_killed_and_resumed_are_not_lost() -> None:
    with Sandbox(rows={ORDERS: 1_500}, crowd=1, default_rows=20, edits_per_call=5) as server:
        with started(server, only(ORDERS)) as running:
            running.read_records(600)
            first = running.kill()
        before = standing(server, ORDERS)
        second = run_tap(server, only(ORDERS), first.states[-1])
    newest = dict(sorted(sent(server, ORDERS, first, second), key=lambda one: one[1] or ""))
    assert not {key for key, stamp in before if (newest.get(key) or "") < (stamp or "")}
