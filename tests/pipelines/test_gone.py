"""What is gone in Cin7 is gone in PostgreSQL, by the release of target-postgres.

A row is gone when two whole readings in a row, in two runs, did not bring it. What is not known to
be gone is not: after one such reading, or one that failed, was stopped, filtered or came short of
what was there before.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest
from psycopg import sql

from sandbox import Sandbox
from tests.pipelines.pipes import Pipe, chosen
from tests.pipelines.postgres import server
from tests.support import config_for, discovered, run_tap, started
from tests.support_core import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pipelines.postgres import Server
    from tests.support import Result, Row

CONTACTS = 1_200
DELETED = 60
WEEKLY = {"full_refresh_days": 7}
AVAILABILITY = "product_availability"
ALL = "FULL_TABLE"


@pytest.fixture(scope="module")
def place() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def cin7() -> Iterator[Sandbox]:
    with Sandbox(default_rows=60) as running:
        yield running


class Copy:
    """What PostgreSQL holds of one account."""

    def __init__(self, place: Server, directory: Path, **config: object) -> None:
        self._place = place
        self._schema = directory.name
        access = {"sqlalchemy_url": place.url, "default_target_schema": self._schema}
        self.pipe = Pipe("target-postgres", "target-postgres", directory, {**access, **config})

    def rows(self, stream: str, *columns: str) -> list[tuple[Any, ...]]:
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(self._schema, stream)
        )
        with psycopg.connect(self._place.dsn) as connection:
            return connection.execute(query).fetchall()

    def keys(self, stream: str, key: str = "id") -> set[Any]:
        """Return the keys of all rows."""
        return {row[0] for row in self.rows(stream, key)}

    def gone(self, stream: str, key: str = "id") -> set[Any]:
        """Return the keys of the rows that are marked as deleted."""
        rows = self.rows(stream, key, "_sdc_deleted_at")
        return {row for row, deleted_at in rows if deleted_at is not None}

    def versions(self, stream: str) -> set[int | None]:
        return {version for (version,) in self.rows(stream, "_sdc_table_version")}


def keys_in(cin7: Sandbox, stream: str, api: str = "omni") -> set[Any]:
    return {key[0] for key in cin7.store_of(api).all_keys(stream)}


def contacts(method: str | None = None) -> Row:
    return chosen(discovered(), "contacts", method=method)


def a_week_later(state: Row | None) -> Row:
    assert state is not None
    state["bookmarks"]["contacts"]["whole_read_at"] = "2026-01-01T00:00:00.000000Z"
    return state


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
def test_exactly_the_contacts_that_were_deleted_are_gone(
    place: Server,
    tmp_path: Path,
    hard: bool,  # noqa: FBT001
) -> None:
    with Sandbox(default_rows=20, rows={"contacts": CONTACTS}) as cin7:
        copy = Copy(place, tmp_path, hard_delete=hard)
        assert copy.pipe.run(config_for(cin7, **WEEKLY), contacts()).exit_code == 0
        before = keys_in(cin7, "contacts")
        assert copy.keys("contacts") == before

        deleted = {key for (key,) in cin7.change("delete", "contacts", count=DELETED)}
        cin7.change("edit", "contacts", count=50)
        assert copy.pipe.run(config_for(cin7, **WEEKLY), contacts()).exit_code == 0
        assert copy.keys("contacts") == before
        assert not copy.gone("contacts")
        assert len(copy.versions("contacts")) == 1

        a_week_later(copy.pipe.state)
        assert copy.pipe.run(config_for(cin7, **WEEKLY), contacts()).exit_code == 0
        assert copy.keys("contacts") == before
        assert not copy.gone("contacts")

        a_week_later(copy.pipe.state)
        assert copy.pipe.run(config_for(cin7, **WEEKLY), contacts()).exit_code == 0
    assert len(deleted) == DELETED
    assert copy.keys("contacts") == (before - deleted if hard else before)
    assert copy.gone("contacts") == (set() if hard else deleted)


def test_a_row_that_comes_back_is_there_again(cin7: Sandbox, place: Server, tmp_path: Path) -> None:
    copy = Copy(place, tmp_path)
    copy.pipe.run(config_for(cin7), contacts(ALL))
    row = cin7.store.rows("contacts")[0]
    cin7.change("delete", "contacts", row["id"])
    copy.pipe.run(config_for(cin7), contacts(ALL))
    assert not copy.gone("contacts")
    copy.pipe.run(config_for(cin7), contacts(ALL))
    assert copy.gone("contacts") == {row["id"]}

    cin7.change("add", "contacts", **row)
    copy.pipe.run(config_for(cin7), contacts(ALL))
    assert not copy.gone("contacts")


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
def test_stock_that_has_no_row_any_more_is_gone_after_the_next_two_runs(
    cin7: Sandbox,
    place: Server,
    tmp_path: Path,
    hard: bool,  # noqa: FBT001
) -> None:
    copy = Copy(place, tmp_path, hard_delete=hard)
    config = config_for(cin7, **settings(cin7))
    catalog = chosen(discovered("core"), AVAILABILITY)
    grain = ("ID", "Location", "Bin", "Batch")
    copy.pipe.run(config, catalog)
    first = set(copy.rows(AVAILABILITY, *grain))
    assert len(first) == len(cin7.core.store.keys(AVAILABILITY))
    sold_out = set(cin7.change("delete", AVAILABILITY, count=7, api="core"))
    copy.pipe.run(config, catalog)
    rows = copy.rows(AVAILABILITY, *grain, "_sdc_deleted_at")
    assert {row[:-1] for row in rows if row[-1] is None} == first
    copy.pipe.run(config, catalog)
    rows = copy.rows(AVAILABILITY, *grain, "_sdc_deleted_at")
    left = {row[:-1] for row in rows if row[-1] is None}
    assert len(sold_out) == 7
    assert len(left) == len(first) - 7
    assert first - left == {key[:4] for key in sold_out}
    assert len(rows) == len(first) - (7 if hard else 0)


def test_a_list_that_lost_most_of_its_rows_makes_them_gone_when_it_stays_so(
    cin7: Sandbox, place: Server, tmp_path: Path
) -> None:
    copy = Copy(place, tmp_path, hard_delete=True)
    copy.pipe.run(config_for(cin7), contacts(ALL))
    before = copy.keys("contacts")
    cin7.change("delete", "contacts", count=len(before) - 29)
    result = copy.pipe.run(config_for(cin7), contacts(ALL))
    assert_doubted(result, 29, len(before))
    assert copy.keys("contacts") == before
    assert copy.pipe.run(config_for(cin7), contacts(ALL)).exit_code == 0
    assert copy.keys("contacts") == before
    assert copy.pipe.run(config_for(cin7), contacts(ALL)).exit_code == 0
    assert copy.keys("contacts") == keys_in(cin7, "contacts")
    assert len(copy.keys("contacts")) == 29


def test_a_list_that_lost_all_its_rows_makes_them_gone_when_three_days_say_so(
    cin7: Sandbox, place: Server, tmp_path: Path
) -> None:
    copy = Copy(place, tmp_path, hard_delete=True)
    copy.pipe.run(config_for(cin7), contacts(ALL))
    before = copy.keys("contacts")
    cin7.change("delete", "contacts", count=len(before))
    for _ in range(3):  # on one day
        assert_doubted(copy.pipe.run(config_for(cin7), contacts(ALL)), 0, len(before))
        assert copy.keys("contacts") == before
    assert copy.pipe.state is not None
    copy.pipe.state["bookmarks"]["contacts"]["too_few"][:2] = [
        "2026-01-01T00:00:00.000000Z",
        "2026-01-02T00:00:00.000000Z",
    ]
    assert copy.pipe.run(config_for(cin7), contacts(ALL)).exit_code == 0
    assert copy.keys("contacts") == before
    assert copy.pipe.run(config_for(cin7), contacts(ALL)).exit_code == 0
    assert not copy.keys("contacts")


def assert_doubted(result: Result, rows: int, before: int) -> None:
    assert result.exit_code == 1
    (line,) = [line for line in result.errors if "contacts: failed" in line]
    assert f"it brought {rows} rows, the last whole reading {before}: that is not believed" in line


def test_an_empty_list_makes_nothing_gone_where_no_state_says_what_there_was(
    cin7: Sandbox, place: Server, tmp_path: Path
) -> None:
    copy = Copy(place, tmp_path, hard_delete=True)
    copy.pipe.run(config_for(cin7), contacts(ALL))
    before = copy.keys("contacts")
    cin7.change("delete", "contacts", count=len(before))
    copy.pipe.state = None
    copy.pipe.run(config_for(cin7), contacts(ALL))
    assert copy.keys("contacts") == before


@pytest.mark.parametrize("setting", ["add_metadata_columns", "hard_delete"])
def test_contacts_that_were_deleted_are_gone_in_duckdb(
    cin7: Sandbox, tmp_path: Path, setting: str
) -> None:
    path = str(tmp_path / "cin7.duckdb")
    config = {"filepath": path, "default_target_schema": "omni", setting: True}
    pipe = Pipe("target-duckdb", "steady-target-duckdb", tmp_path, config)
    pipe.run(config_for(cin7), contacts(ALL))
    every = keys_in(cin7, "contacts")
    deleted = {key for (key,) in cin7.change("delete", "contacts", count=7)}
    pipe.run(config_for(cin7), contacts(ALL))
    pipe.run(config_for(cin7), contacts(ALL))
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute("SELECT id, _sdc_deleted_at FROM omni.contacts").fetchall()
    assert {key for key, deleted_at in rows if not deleted_at} == every - deleted
    marked = set() if setting == "hard_delete" else deleted
    assert {key for key, deleted_at in rows if deleted_at} == marked


def activated(result: Result) -> list[str]:
    """Return the streams of whose older rows the target was told that they are gone."""
    return [one["stream"] for one in result.messages if one["type"] == "ACTIVATE_VERSION"]


@pytest.fixture
def known(cin7: Sandbox) -> Row:
    """The state after two whole readings: from the second on they tell what is gone."""
    first = run_tap(cin7, contacts(ALL))
    assert not activated(first)
    second = run_tap(cin7, contacts(ALL), first.states[-1])
    assert activated(second) == ["contacts"]
    return second.states[-1]


def test_the_message_comes_after_the_last_record_and_before_the_state_that_says_so(
    cin7: Sandbox, known: Row
) -> None:
    messages = run_tap(cin7, contacts(ALL), known).messages
    kinds = [one["type"] for one in messages]
    place = kinds.index("ACTIVATE_VERSION")
    assert "RECORD" not in kinds[place:]
    (version,) = {one["version"] for one in messages if one["type"] == "RECORD"}
    assert messages[place]["version"] == version_in(known) < version
    says_so = [version_in(one["value"]) == version for one in messages if one["type"] == "STATE"]
    before = kinds[:place].count("STATE")
    assert not any(says_so[:before])
    assert says_so[before:]
    assert all(says_so[before:])


def version_in(state: Row) -> int:
    return int(state["bookmarks"]["contacts"]["version"])


def test_records_between_whole_readings_have_the_version_of_the_last(cin7: Sandbox) -> None:
    known = run_tap(cin7, contacts()).states[-1]
    cin7.change("edit", "contacts", count=5)
    result = run_tap(cin7, contacts(), known)
    records = [one for one in result.messages if one["type"] == "RECORD"]
    assert len(records) >= 5
    assert {one["version"] for one in records} == {version_in(known)}
    assert not activated(result)
    assert version_in(result.states[-1]) == version_in(known)


def test_nothing_is_gone_after_a_reading_that_failed(known: Row) -> None:
    with Sandbox(rows={"contacts": 1000}) as cin7:
        cin7.after(2, lambda: cin7.always("contacts", 404), "contacts")
        result = run_tap(cin7, contacts(ALL), known, hasty=True)
    assert result.exit_code == 1
    assert result.records["contacts"]
    assert not activated(result)
    assert version_in(result.states[-1]) == version_in(known)


def test_nothing_is_gone_after_a_reading_that_was_stopped(known: Row) -> None:
    with (
        Sandbox(rows={"contacts": 5000}, latency_seconds=0.1) as cin7,
        started(cin7, contacts(ALL), known) as run,
    ):
        run.read_records(300)
        run.send(signal.SIGTERM)
        result = run.finish()
    assert result.exit_code == 128 + signal.SIGTERM
    assert len(result.records["contacts"]) < 5000
    assert not activated(result)
    assert version_in(result.states[-1]) == version_in(known)


def test_nothing_is_gone_after_a_reading_of_some_ids(cin7: Sandbox, known: Row) -> None:
    ids = [str(key) for (key,) in cin7.store.keys("contacts")[:40]]
    result = run_tap(cin7, contacts(ALL), known, only_ids={"contacts": ids})
    assert result.exit_code == 0
    assert len(result.records["contacts"]) == 40
    assert not activated(result)
    assert version_in(result.states[-1]) == version_in(known)


def test_nothing_is_gone_where_a_stream_map_keeps_rows_back(cin7: Sandbox, known: Row) -> None:
    few = {"contacts": {"__filter__": "record['id'] % 10 != 0"}}
    result = run_tap(cin7, contacts(ALL), known, stream_maps=few)
    assert result.exit_code == 0
    assert 30 < len(result.records["contacts"]) < 60
    assert not activated(result)

    renamed = {"contacts": {"__alias__": "people"}}
    assert activated(run_tap(cin7, contacts(ALL), known, stream_maps=renamed)) == ["people"]
    dropped: Row = {"contacts": None}
    assert not activated(run_tap(cin7, contacts(ALL), known, stream_maps=dropped))


def test_nothing_is_gone_after_a_reading_that_came_short_of_the_total(
    cin7: Sandbox,
) -> None:
    catalog = chosen(discovered("core"), "customers", method=ALL)
    first = run_tap(cin7, catalog, **settings(cin7))
    whole = run_tap(cin7, catalog, first.states[-1], **settings(cin7))
    assert activated(whole) == ["customers"]

    cin7.behave("customers", shows=40, total=60)
    short = run_tap(cin7, catalog, whole.states[-1], **settings(cin7))
    assert short.exit_code == 1
    assert len(short.records["customers"]) == 40
    assert not activated(short)


def test_nothing_is_said_to_be_gone_where_the_user_does_not_want_it(cin7: Sandbox) -> None:
    result = run_tap(cin7, contacts(ALL), emit_activate_version_messages=False)
    assert result.exit_code == 0
    assert not activated(result)
    assert all("version" not in one for one in result.messages)
