"""Many accounts of one plugin: side by side, killed, by workers of a Kubernetes Job; their page."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis
from psycopg import sql

from tests.examples.alerts import listener
from tests.examples.fleet import (
    ROWS,
    credentials,
    fleet_of,
    listing,
    many,
    wait_for,
)
from tests.examples.project import copied, fleet
from tests.pipelines.postgres import server
from tests.support import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.examples.fleet import Fleet, Member

    Page = subprocess.CompletedProcess[str]

NOW = datetime.now(timezone.utc)
WORKERS = 8
PLANNED = 5000


def test_accounts_that_run_at_once_keep_their_own_state_and_catalog(tmp_path: Path) -> None:
    with fleet_of(4, tmp_path) as members:
        wrong = members.environment(TAP_CIN7_ACME_03_APPLICATION_KEY="wrong")
        for _ in range(2):
            with ThreadPoolExecutor(4) as pool:
                done = pool.map(
                    lambda one: fleet(members.project, wrong, "run", one.name), members.members
                )
            assert [one.returncode for one in done] == [0, 0, 0, 1]
        for one in members.members[:3]:
            first, second = bookmarks(members, one)
            assert first == (None, second[0])
        assert len({bookmarks(members, one)[0][1] for one in members.members[:3]}) == 3
        shown = fleet_page(members.project, members.environment())
        assert ">3</b>fine<" in shown.stdout


def bookmarks(members: Fleet, one: Member) -> list[tuple[str | None, str]]:
    """Return where the stream of an account stood before and after each run."""
    query = sql.SQL(
        "SELECT bookmark_before, bookmark_after FROM {} WHERE stream = 'contacts' OR"
        " stream = 'customers' ORDER BY began"
    ).format(sql.Identifier(one.schema, "tap_cin7_runs"))
    with psycopg.connect(members.server.dsn) as connection:
        return [(before, after) for before, after in connection.execute(query)]


def fleet_page(project: Path, variables: dict[str, str], *arguments: str) -> Page:
    """Return the page of the fleet."""
    return subprocess.run(
        [sys.executable, project / "cin7_page.py", *arguments],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def worker(members: Fleet, index: int, log: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start a worker, as the container of a Pod does."""
    given = members.environment(
        JOB_NAME="cin7-fleet-29", JOB_COMPLETION_INDEX=str(index), **variables
    )
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, members.project / "cin7_fleet.py", "work"],
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def test_workers_load_each_account_once_and_one_that_is_killed_takes_its_own_again(
    tmp_path: Path,
) -> None:
    log, held = tmp_path / "log", tmp_path / "held"
    held.write_text("#!/bin/bash\necho begun\nsleep 3600\n")
    held.chmod(0o755)
    wrong = {"TAP_CIN7_ACME_02_API_KEY": "wrong"}
    with fleet_of(5, tmp_path) as members:
        with worker(members, 0, log, **wrong, MELTANO=str(held)) as first:
            wait_for(lambda: "begun" in log.read_text(), log.read_text)
            with worker(members, 1, log, **wrong) as second:
                assert second.wait() == 1, "an account of it failed"
            os.killpg(first.pid, signal.SIGKILL)
        assert members.loaded()["acme-00"] == 0
        with worker(members, 0, log, **wrong) as again:
            assert again.wait() == 0
        assert members.loaded() == {
            one.name: 0 if one.name == "acme-02" else ROWS for one in members.members
        }
        assert members.runs == {one.name: 1 for one in members.members}
        with redis.Redis.from_url(members.quota, decode_responses=True) as client:
            table = client.hgetall("cin7_fleet:cin7-fleet-29")
    assert table == {
        one.name: "0 ended with 0" if one.name == "acme-00" else "1 ended with 0"
        for one in members.members
    } | {"acme-02": "1 ended with 1"}
    assert "failed: acme-02" in log.read_text()


def test_20_accounts_are_loaded_by_workers_and_one_that_fails_fails_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with fleet_of(20, tmp_path) as members, ExitStack() as stack:
        started = [
            stack.enter_context(worker(members, index, log, TAP_CIN7_ACME_06_API_KEY="wrong"))
            for index in range(WORKERS)
        ]
        codes = [one.wait() for one in started]
        names = [one.name for one in members.members]
        assert sorted(codes) == [0] * (WORKERS - 1) + [1], log.read_text()[-6000:]
        members.must_be_loaded_but("acme-06", WORKERS)
        assert members.runs == dict.fromkeys(names, 1)


def test_a_worker_finds_what_is_left_of_5000_accounts_quickly(tmp_path: Path) -> None:
    log = tmp_path / "log"
    left = {many(PLANNED)[number][0] for number in (2500, 4999)}
    with fleet_of(0, tmp_path) as members:
        listing(members.project / "accounts.csv", many(PLANNED))
        with redis.Redis.from_url(members.quota) as client:
            done = {name: "1 ended with 0" for name, _, _ in many(PLANNED) if name not in left}
            client.hset("cin7_fleet:cin7-fleet-29", mapping=done)
        given = credentials(PLANNED) | {"MELTANO": "/bin/true"}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with worker(members, 0, log, **given) as only:
            assert only.wait() == 0, log.read_text()[-3000:]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with redis.Redis.from_url(members.quota, decode_responses=True) as client:
            table = client.hgetall("cin7_fleet:cin7-fleet-29")
    assert len(table) == PLANNED
    assert {name for name, told in table.items() if told == "0 ended with 0"} == left
    seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(f"{seconds:.1f} s")  # noqa: T201 - for the docs
    assert seconds < 30


def test_a_worker_that_is_stopped_hands_the_signal_on_and_begins_nothing_more(
    tmp_path: Path,
) -> None:
    log, meltano = tmp_path / "log", tmp_path / "stopping"
    meltano.write_text(
        "#!/bin/bash\ntrap 'echo saved; exit 143' TERM\necho begun\nsleep 60 &\nwait\n"
    )
    meltano.chmod(0o755)
    with fleet_of(2, tmp_path) as members:
        with worker(members, 0, log, MELTANO=str(meltano)) as stopped:
            wait_for(lambda: "begun" in log.read_text(), log.read_text)
            stopped.terminate()
            assert stopped.wait() == 143
        assert log.read_text().split() == ["begun", "saved"]


_TABLE = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.tap_cin7_runs (
    run_id text, stream text, began timestamp, ended timestamp, complete boolean, note text,
    rows bigint, calls bigint, PRIMARY KEY (run_id, stream)
)
"""
_INSERT = "INSERT INTO {schema}.tap_cin7_runs VALUES (%s, 'sales', %s, %s, %s, %s, 7, %s)"


def test_the_page_shows_what_needs_somebody_first(tmp_path: Path) -> None:
    project = copied(tmp_path / "project")
    hour = timedelta(hours=1)
    runs: dict[str, list[tuple[str, datetime, bool, str | None, int]]] = {
        "fine": [("r1", NOW - 2 * hour, True, None, 40), ("r2", NOW - hour, True, None, 20)],
        "late": [("r1", NOW - 30 * hour, True, None, 40)],
        "failed": [
            ("r1", NOW - 2 * hour, True, None, 40),
            ("r2", NOW - hour, False, "incomplete <503>", 9),
        ],
        "near": [(f"r{n}", NOW - n * hour, True, None, 1000) for n in range(1, 5)],
        "mended": [("r1", NOW - 2 * hour, False, "failed", 9), ("r2", NOW - hour, True, None, 9)],
    }
    with server() as database:
        with psycopg.connect(database.dsn) as connection:
            for name, rows in runs.items():
                schema = sql.Identifier(f"cin7_{name}")
                connection.execute(sql.SQL(_TABLE).format(schema=schema))
                for run, ended, complete, note, calls in rows:
                    connection.execute(
                        sql.SQL(_INSERT).format(schema=schema),
                        [run, ended, ended, complete, note, calls],
                    )
        listed = [f"{name},omni,cin7_{name},yes\n" for name in (*runs, "new")]
        (project / "accounts.csv").write_text(
            f"account,api,schema,enabled\n{''.join(listed)}off,core,x,no\nodd,dear,y,yes\n"
        )
        with listener() as (address, told):
            variables = environment(TARGET_POSTGRES_SQLALCHEMY_URL=database.url, ALERT_URL=address)
            shown = fleet_page(project, variables)
            assert told == []
            assert fleet_page(project, variables, "tell").stdout
    assert (shown.returncode, shown.stderr) == (1, "2 failed: failed, odd; 1 late: late\n")
    assert told == ["Cin7: 2 failed: failed, odd; 1 late: late"]
    lines = [line for line in shown.stdout.splitlines() if line.startswith("<tr><td>")]
    cells = [line.removeprefix("<tr><td>").split("<td") for line in lines]
    statuses = [(line[0], line[2].partition(">")[2]) for line in cells]
    assert statuses == [
        ("failed", "failed"),
        ("odd", "failed"),
        ("late", "late"),
        ("near", "near its limit"),
        ("new", "never loaded"),
        ("fine", "fine"),
        ("mended", "fine"),
        ("off", "off"),
    ]
    (failed, odd, *_, near) = lines[:4]
    assert "sales: incomplete &lt;503&gt;" in failed
    assert "api is &#x27;dear&#x27;" in odd
    assert "4,000 of 5,000" in near
    assert ">2</b>failed<" in shown.stdout


def test_the_page_of_5000_accounts_is_made_within_the_locks_of_postgresql(tmp_path: Path) -> None:
    project = copied(tmp_path / "project")
    listed = many(PLANNED)
    listing(project / "accounts.csv", listed)
    run = ["r1", NOW, NOW, True, None, 5]
    with server() as database:
        for start in range(0, PLANNED, 500):
            with psycopg.connect(database.dsn) as connection:
                for *_, name in listed[start : start + 500]:
                    schema = sql.Identifier(name)
                    connection.execute(sql.SQL(_TABLE).format(schema=schema))
                    connection.execute(sql.SQL(_INSERT).format(schema=schema), run)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        variables = environment(TARGET_POSTGRES_SQLALCHEMY_URL=database.url)
        shown = fleet_page(project, variables)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert ">5,000</b>fine<" in shown.stdout
    seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(f"{seconds:.1f} s")  # noqa: T201 - for the docs
    assert seconds < 60


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"TARGET_POSTGRES_SQLALCHEMY_URL": "postgresql://nobody@localhost:1/x"}, "connection"),
        (
            {"TARGET_POSTGRES_SQLALCHEMY_URL": "postgres+odd://u:secret@h/x"},
            "TARGET_POSTGRES_SQLALCHEMY_URL: write postgresql+psycopg://user:password@",
        ),
        ({"CIN7_DBT_PROJECT": ".", "DBT": "/nowhere/dbt"}, "set DBT to its path"),
        ({"CIN7_DBT_PROJECT": ".", "DBT": "/bin/false"}, "dbt source freshness ended with 1"),
    ],
)
def test_a_page_that_cannot_be_made_says_why(
    variables: dict[str, str], says: str, tmp_path: Path
) -> None:
    project = copied(tmp_path / "project")
    with listener() as (address, told):
        done = fleet_page(project, environment(ALERT_URL=address, **variables), "tell")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert says in line
    assert "secret" not in line
    assert told == [f"Cin7: {line}"]


def test_an_alert_names_some_and_counts_the_rest(tmp_path: Path) -> None:
    project = copied(tmp_path / "project")
    listing(project / "accounts.csv", [(f"odd-{n:02}", "dear", f"s{n}") for n in range(12)])
    with server() as database:
        variables = environment(TARGET_POSTGRES_SQLALCHEMY_URL=database.url)
        done = fleet_page(project, variables)
    assert done.stderr.startswith("12 failed: odd-00, odd-01, ")
    assert done.stderr.endswith(", odd-09 and 2 more\n")
