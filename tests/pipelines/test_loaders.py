"""What the loaders of meltano.yml do when rows come slowly, or stop coming."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipelines.databases import DuckDb, Postgres
from tests.pipelines.postgres import server
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

LOADERS = Path(__file__).resolve().parents[2] / ".meltano" / "loaders"
NEVER = 3600
SCHEMA: dict[str, Any] = {
    "type": "SCHEMA",
    "stream": "sales",
    "schema": {"properties": {"ID": {"type": "string"}, "Total": {"type": ["null", "number"]}}},
    "key_properties": ["ID"],
}


class Loader:
    """A loader under way, fed line by line."""

    def __init__(self, process: subprocess.Popen[bytes], given: Path) -> None:
        self.process = process
        self._given = given
        self._fed = 0
        self.feed(SCHEMA)

    def feed(self, *messages: dict[str, Any]) -> None:
        self.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))

    def write(self, text: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def end(self) -> None:
        """Give it no more, and see it end well."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait() == 0

    def feed_sale(self) -> str:
        """Feed a sale and the state after it, and return its key."""
        self._fed += 1
        key = f"sale {self._fed}"
        record = {"ID": key, "Total": self._fed}
        state = {"bookmarks": {"sales": {"last": key}}}
        self.feed(
            {"type": "RECORD", "stream": "sales", "record": record},
            {"type": "STATE", "value": state},
        )
        return key

    @property
    def last(self) -> str | None:
        """The last sale that the state given back stands for."""
        lines = self._given.read_text().splitlines()
        return json.loads(lines[-1])["bookmarks"]["sales"]["last"] if lines else None


@contextmanager
def running(name: str, directory: Path, **config: object) -> Iterator[Loader]:
    (directory / "config.json").write_text(json.dumps(config))
    program = LOADERS / f"target-{name}" / "venv" / "bin" / f"steady-target-{name}"
    with (
        (directory / "given").open("w") as given,
        (directory / "log").open("w") as log,
        subprocess.Popen(
            [str(program), "--config", str(directory / "config.json")],
            stdin=subprocess.PIPE,
            stdout=given,
            stderr=log,
            bufsize=0,
        ) as process,
    ):
        try:
            yield Loader(process, directory / "given")
        finally:
            process.kill()


@contextmanager
def duckdb(directory: Path, **config: object) -> Iterator[tuple[Loader, DuckDb]]:
    database = DuckDb(directory / "not" / "there" / "yet.duckdb")
    config |= {"filepath": str(database.path), "default_target_schema": "cin7_core"}
    with running("duckdb", directory, flush_all_streams=True, **config) as loader:
        yield loader, database


def feed_until_given(loader: Loader) -> str:
    """Feed sales until state comes back, and return the sale that it stands for."""
    wait_until(lambda: bool(loader.feed_sale()) and loader.last is not None)
    assert loader.last is not None
    return loader.last


def test_duckdb_loads_what_waits_while_no_line_comes(tmp_path: Path) -> None:
    with duckdb(tmp_path, batch_wait_limit_seconds=1) as (loader, database):
        key = loader.feed_sale()
        wait_until(lambda: loader.last is not None)
        loader.process.kill()
        loader.process.wait()
    assert loader.last == key
    assert database.rows("cin7_core", "sales", ["id"]) == [(key,)]


def test_postgres_loads_what_waits_while_no_line_comes(tmp_path: Path) -> None:
    with server() as place:
        database = Postgres(place)
        config = {"sqlalchemy_url": place.url, "default_target_schema": "cin7_core"}
        with running("postgres", tmp_path, batch_wait_limit_seconds=1, **config) as loader:
            key = loader.feed_sale()
            wait_until(lambda: loader.last is not None)
            loader.process.kill()
        assert (loader.last, database.rows("cin7_core", "sales", ["ID"])) == (key, [(key,)])


@pytest.mark.parametrize("name", ["duckdb", "jsonl"])
def test_a_loader_logs_no_more_than_warnings(name: str, tmp_path: Path) -> None:
    places = {"filepath": str(tmp_path / "cin7.duckdb"), "default_target_schema": "cin7_core"}
    with running(name, tmp_path, destination_path=str(tmp_path), **places) as loader:
        loader.feed_sale()
        loader.end()
    assert (tmp_path / "log").read_text() == ""


def test_duckdb_loads_what_waits_by_time(tmp_path: Path) -> None:
    with duckdb(tmp_path, batch_wait_limit_seconds=1) as (loader, database):
        last = feed_until_given(loader)
        loader.process.kill()
        loader.process.wait()
    assert (last,) in database.rows("cin7_core", "sales", ["id"])


def test_postgres_loads_what_waits_by_time(tmp_path: Path) -> None:
    with server() as place:
        database = Postgres(place)
        config = {"sqlalchemy_url": place.url, "default_target_schema": "cin7_core"}
        with running("postgres", tmp_path, batch_wait_limit_seconds=1, **config) as loader:
            last = feed_until_given(loader)
            loader.process.kill()
        assert (last,) in database.rows("cin7_core", "sales", ["ID"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_signal_makes_duckdb_load_what_waits(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGLEVEL", "INFO")  # which shows when the loader has taken a line
    with duckdb(tmp_path, batch_wait_limit_seconds=NEVER) as (loader, database):
        key = loader.feed_sale()
        loader.feed({**SCHEMA, "stream": "barrier"})
        wait_until(lambda: "barrier" in (tmp_path / "log").read_text())
        loader.process.send_signal(number)
        assert loader.process.wait() == 128 + number
    assert loader.last == key
    assert database.rows("cin7_core", "sales", ["id"]) == [(key,)]


def test_a_line_cut_in_two_does_not_keep_duckdb_from_loading_the_others(tmp_path: Path) -> None:
    with duckdb(tmp_path) as (loader, database):
        key = loader.feed_sale()
        loader.write(b'{"type": "RECORD", "stream": "sa')
        loader.end()
    assert loader.last == key
    assert database.rows("cin7_core", "sales", ["id"]) == [(key,)]


def test_duckdb_gives_the_state_that_comes_after_the_last_row(tmp_path: Path) -> None:
    state = {"type": "STATE", "value": {"bookmarks": {"sales": {"last": "the end"}}}}
    with duckdb(tmp_path, add_metadata_columns=True) as (loader, _):
        loader.feed_sale()
        loader.feed({"type": "ACTIVATE_VERSION", "stream": "sales", "version": 1}, state)
        loader.end()
    assert loader.last == "the end"


@pytest.mark.parametrize("removes", [False, True], ids=["mark", "remove"])
def test_duckdb_takes_rows_of_smaller_versions_and_no_others(
    removes: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    versions = {"none": None, "smaller": 1, "named": 2, "greater": 3}
    with duckdb(tmp_path, add_metadata_columns=True, hard_delete=removes) as (loader, database):
        for key, version in versions.items():
            record = {"type": "RECORD", "stream": "sales", "record": {"ID": key, "Total": 1}}
            loader.feed(record if version is None else {**record, "version": version})
        loader.feed({"type": "ACTIVATE_VERSION", "stream": "sales", "version": 2})
        loader.end()
    rows = database.rows("cin7_core", "sales", ["id", "_sdc_deleted_at"])
    assert {key for key, deleted_at in rows if deleted_at is None} == {"named", "greater"}
    assert len(rows) == (2 if removes else 4)


def test_a_signal_makes_jsonl_give_its_state(tmp_path: Path) -> None:
    with running("jsonl", tmp_path, destination_path=str(tmp_path)) as loader:
        key = loader.feed_sale()
        barrier = {"stream": "barrier", "record": {"ID": "1"}}
        loader.feed({**SCHEMA, "stream": "barrier"}, {"type": "RECORD", **barrier})
        wait_until(lambda: any(tmp_path.glob("barrier*.jsonl")))
        loader.process.terminate()
        assert loader.process.wait() == 128 + signal.SIGTERM
    assert loader.last == key
