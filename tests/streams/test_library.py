"""``tap_cin7.read``: the rows of a stream as dicts, without Singer."""

from __future__ import annotations

import copy
import signal
import subprocess
import sys
import threading
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

import tap_cin7
from sandbox import Sandbox
from tests.support import config_for, only, run_tap
from tests.support_core import run_core, select, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Row


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Serve data that no test changes."""
    with Sandbox(rows={"contacts": 700}, default_rows=20) as running:
        yield running


def omni(server: Sandbox, **more: Any) -> Row:  # noqa: ANN401
    return config_for(server, **more)


def core(server: Sandbox, **more: Any) -> Row:  # noqa: ANN401
    return config_for(server, **settings(server), **more)


def threads() -> set[str]:
    return {one.name for one in threading.enumerate() if one is not threading.main_thread()}


def test_the_rows_are_those_of_the_tap(server: Sandbox) -> None:
    rows = tap_cin7.read(omni(server), "contacts")
    got = list(rows)
    result = run_tap(server, only("contacts"))
    assert got == result.records["contacts"]
    assert rows.complete
    assert rows.state["bookmarks"]["contacts"].keys() == (
        result.states[-1]["bookmarks"]["contacts"].keys()
    )


def test_parts_and_documents_are_read_too(server: Sandbox) -> None:
    lines = list(tap_cin7.read(core(server), "sale_order_lines"))
    result = run_core(server, select("sale_order_lines"))
    assert {row["SaleID"] for row in lines} == {
        row["SaleID"] for row in result.records["sale_order_lines"]
    }
    assert {type(row["Price"]) for row in lines} <= {Decimal, int, type(None)}
    assert any(isinstance(row["Price"], Decimal) for row in lines)


def test_the_state_of_one_reading_makes_the_next_read_what_has_changed() -> None:
    with Sandbox(rows={"contacts": 300}, default_rows=5) as own:
        first = tap_cin7.read(omni(own), "contacts")
        assert len(list(first)) == 300
        given = copy.deepcopy(first.state)
        own.store.edit("contacts", own.store.keys("contacts")[7], company="Changed")
        second = tap_cin7.read(omni(own), "contacts", first.state)
        assert "Changed" in {row["company"] for row in second}
        assert second.complete
    assert first.state == given


def test_who_stops_in_the_middle_has_a_state_to_go_on_from(server: Sandbox) -> None:
    rows = tap_cin7.read(omni(server), "contacts")
    begun = list(islice(rows, 300))
    assert len(begun) == 300
    assert not rows.complete
    rest = list(tap_cin7.read(omni(server), "contacts", rows.state))
    ids = {row["id"] for row in begun} | {row["id"] for row in rest}
    assert len(ids) == 700
    assert not any("contacts" in name for name in threads())


def test_nothing_is_asked_before_the_first_row(server: Sandbox) -> None:
    server.reset_calls()
    tap_cin7.read(omni(server), "branches")
    assert not server.calls


def test_errors_are_raised_with_one_clear_line(server: Sandbox) -> None:
    with pytest.raises(tap_cin7.Cin7Error, match="setting 'username' is missing"):
        tap_cin7.read({"api": "omni"}, "contacts")
    with pytest.raises(tap_cin7.Cin7Error, match="setting 'speed' is unknown"):
        tap_cin7.read(omni(server, speed=1), "contacts")
    with pytest.raises(tap_cin7.Cin7Error, match="there is no stream 'contcts'"):
        tap_cin7.read(omni(server), "contcts")
    with pytest.raises(tap_cin7.Cin7Error, match="state"):
        tap_cin7.read(omni(server), "contacts", {"bookmarks": 5})
    rows = tap_cin7.read(omni(server, api_key="wrong"), "contacts")
    with pytest.raises(tap_cin7.Cin7Error, match="does not accept the credentials"):
        list(rows)
    assert not rows.complete


def test_a_failure_comes_after_the_rows_that_could_be_read() -> None:
    with Sandbox(rows={"contacts": 700}, default_rows=5) as own:
        own.fail_next("contacts", 400)
        rows = tap_cin7.read(omni(own), "contacts")
        with pytest.raises(tap_cin7.Cin7Error, match="400"):
            list(rows)
        assert not rows.complete


def test_a_stream_that_the_account_lacks_is_an_error() -> None:
    with Sandbox(default_rows=5, denied=["users"]) as own:
        rows = tap_cin7.read(omni(own), "users")
        with pytest.raises(tap_cin7.Cin7Error, match="may not read it"):
            list(rows)


def test_rows_are_taken_once(server: Sandbox) -> None:
    rows = tap_cin7.read(omni(server), "branches")
    assert list(rows)
    with pytest.raises(tap_cin7.Cin7Error, match="taken before"):
        list(rows)


def test_the_signals_of_the_program_stay_its_own(server: Sandbox) -> None:
    kept = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    list(tap_cin7.read(omni(server), "branches"))
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == kept


def test_several_streams_can_be_read_at_once(server: Sandbox) -> None:
    found: dict[str, int] = {}

    def work(stream: str) -> None:
        found[stream] = len(list(tap_cin7.read(omni(server), stream)))

    workers = [threading.Thread(target=work, args=(one,)) for one in ("branches", "contacts")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found["contacts"] == 700
    assert found["branches"] > 0


def test_it_writes_nothing_to_stdout_and_takes_no_setting_from_the_environment(
    server: Sandbox,
) -> None:
    code = f"import tap_cin7; print(len(list(tap_cin7.read({omni(server)!r}, 'contacts'))))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "", "TAP_CIN7_START_DATE": "2999-01-01"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("700\n", 0), done.stderr
