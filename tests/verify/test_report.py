"""The report from the command line: its two forms, its exit codes, and what goes wrong."""

from __future__ import annotations

import sqlite3
from signal import SIGTERM
from typing import TYPE_CHECKING

import pytest

from tap_cin7.assumptions import ASSUMPTIONS
from tap_cin7.verify.report import as_text
from tests.processes import forked, watched
from tests.support import environment, run_cli
from tests.support_run import files
from tests.verify.support import config, refuted, run_verify, told, verdicts, verified

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support import Row

FIXED = {
    "omni": "omni-order omni-where omni-or-null omni-pages omni-end omni-page-size omni-ids "
    "omni-stamps omni-delay",
    "core": "core-page-size core-total core-order core-since core-header-rows core-document-id "
    "core-guid-case core-unknown-id core-final-states core-flags core-availability-grain",
}
"""Ids that others rely on, beside those of both APIs."""


def found(report: Row, assumption: str) -> Row:
    (one,) = [one for one in report["assumptions"] if one["id"] == assumption]
    return dict(one)


@pytest.mark.parametrize("api", ["omni", "core"])
def test_the_json_is_one_object_with_each_assumption_once(account: Sandbox, api: str) -> None:
    account.behave("*", extra={"NewField": "x"})
    result = run_verify(config(account, api))
    report = told(result)
    assert result.exit_code == 0
    assert report.keys() == {"api", "calls", "assumptions", "fields"}
    assert (report["api"], report["calls"]) == (api, len(account.calls))
    ids = [one["id"] for one in report["assumptions"]]
    assert ids == [one.id for one in ASSUMPTIONS.values() if api in one.apis]
    assert {"clock", "empty-answers", *FIXED[api].split()} <= {*ids}
    for one in report["assumptions"]:
        assert one.keys() == {"id", "verdict", "evidence", "relies", "then"}
        assert one["verdict"] in ("holds", "refuted", "unseen")
        assert one["evidence"]
        assert one["relies"]
        assert one["then"]
    assert report["fields"].keys() == {"unknown", "misfits"}
    stream = "contacts" if api == "omni" else "customers"
    assert {"path": f"{stream}.NewField", "type": "text"} in report["fields"]["unknown"]


def test_the_text_fits_a_terminal_and_says_what_to_do(account: Sandbox) -> None:
    account.behave("*", ignores=["order"])
    result = run_verify(config(account, "omni"), "--verify")
    lines = result.stdout.decode().splitlines()
    assert result.exit_code == 1
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(f"omni at {account.base_url}: 23 lists, ")
    text = " ".join(" ".join(lines).split())
    assert "does not hold (1) omni-order: order is honoured, by stamp and by id. Seen: " in text
    assert "Then: The stream hands over its rows once and fails" in text
    assert "1 assumptions do not hold: do what stands after Then" in text


def test_an_account_that_holds_ends_well_and_leaves_no_state(account: Sandbox) -> None:
    result = run_verify(config(account, "omni"), "--verify")
    assert result.exit_code == 0
    assert "STATE" not in result.stdout.decode()
    assert b"Nothing that was looked at contradicts" in result.stdout


@pytest.mark.parametrize("api", ["omni", "core"])
def test_wrong_credentials_take_one_line_and_end_with_1(account: Sandbox, api: str) -> None:
    wrong = config(account, api, api_key="wrong-key", application_key="wrong-key")
    result = run_verify({name: one for name, one in wrong.items() if one}, "--verify")
    assert result.exit_code == 1
    first, *rest = result.stdout.decode().splitlines()
    assert "does not accept the credentials" in first
    assert rest == ["Nothing could be seen."]
    as_json = run_verify({name: one for name, one in wrong.items() if one})
    assert as_json.exit_code == 1
    assert {one["verdict"] for one in told(as_json)["assumptions"]} == {"unseen"}
    assert "does not accept the credentials" in as_json.errors[0]


def test_no_network_takes_one_line_and_ends_with_1(account: Sandbox) -> None:
    result = run_verify(config(account, "omni", base_url="http://127.0.0.1:9/api"), "--verify")
    assert result.exit_code == 1
    assert result.stdout.startswith(b"can't reach http://127.0.0.1:9/api (ConnectionError)")
    assert result.stdout.count(b"\n") == 2


@pytest.mark.parametrize("api", ["omni", "core"])
def test_half_of_it_down_takes_a_line_and_leaves_the_rest_of_the_report(
    account: Sandbox, api: str
) -> None:
    streams = {"omni": ("contacts", "products", "payments"), "core": ("suppliers", "products")}
    for stream in streams[api]:
        account.always(stream, 503)
    report = verified(account, api)
    account.heal("contacts")
    for stream in streams[api]:
        account.heal(stream)
    assert [line.partition(": ")[0] for line in report.problems] == ["no answer"]
    assert all(stream in report.problems[0] for stream in streams[api])
    assert refuted(report) == {}
    assert verdicts(report)[f"{api}-order"] == "holds"


@pytest.mark.parametrize(("api", "fault"), [("omni", 429), ("omni", 403), ("core", 503)])
def test_where_no_list_answers_nothing_could_be_seen_which_is_no_success(
    account: Sandbox, api: str, fault: int
) -> None:
    account.always("*", fault)
    report = verified(account, api, 1)
    account.heal("*")
    assert not report.is_good
    assert as_text(report).endswith("Nothing of the lists could be seen, as none answered.")


@pytest.mark.parametrize(("api", "fault"), [("omni", 403), ("core", 405), ("core", "html")])
def test_what_may_not_be_read_is_told_and_the_rest_goes_on(
    account: Sandbox, api: str, fault: int | str
) -> None:
    stream = "contacts" if api == "omni" else "suppliers"
    account.always(stream, fault)
    report = verified(account, api)
    account.heal(stream)
    assert report.problems == [f"not permitted or not available: {stream}"]
    assert verdicts(report)["refusals"] == "holds"
    assert refuted(report) == {}


def test_documents_that_may_not_be_read_are_told_and_the_rest_goes_on(account: Sandbox) -> None:
    account.always("sales", 405)
    report = verified(account, "core")
    account.heal("sales")
    assert report.problems == ["not permitted or not available: sales"]
    assert verdicts(report)["core-document-id"] == "holds"
    assert refuted(report) == {}


def test_credentials_that_are_refused_in_the_middle_end_it_with_1(account: Sandbox) -> None:
    account.always("sales", 403)  # it says "Incorrect credentials!"
    report = verified(account, "core")
    account.heal("sales")
    assert "does not accept the credentials" in report.stopped
    assert not report.is_good
    assert verdicts(report)["core-total"] == "holds"


def test_a_signal_ends_it_as_it_ends_a_run(account: Sandbox, tmp_path: Path) -> None:
    with (
        files(config=config(account, "omni")) as arguments,
        (tmp_path / "log").open("wb") as log,
        forked([*arguments, "--verify"], stderr=log, environment=environment()) as process,
        watched(process),
    ):
        account.after(5, lambda: process.send_signal(SIGTERM))
        assert process.stdout is not None
        assert process.stdout.read() == b""
        assert process.wait() == 143


def test_an_answer_that_is_no_list_is_refuted_and_the_rest_goes_on(account: Sandbox) -> None:
    account.always("contacts", "null")
    report = verified(account, "omni")
    account.heal("contacts")
    assert refuted(report).keys() == {"answers"}
    assert report.problems == ["another answer than a list: contacts"]


@pytest.mark.parametrize("api", ["omni", "core"])
@pytest.mark.parametrize("calls", [1, 12, 60])
def test_it_takes_no_more_calls_than_allowed(account: Sandbox, api: str, calls: int) -> None:
    """Refusals and retries count, too."""
    account.fail_next("*", 500, 2)
    account.fail_next("*", "retry-after", 1)
    report = verified(account, api, calls)
    assert len(account.calls) == report.calls <= calls
    if calls < 60:
        assert report.stopped == f"{calls} calls are used up: --verify-calls allows more"


def test_more_calls_show_more_lists_of_core(account: Sandbox) -> None:
    few, many = (verified(account, "core", calls) for calls in (60, 200))
    assert few.lists < many.lists
    assert many.problems == []
    assert refuted(many) == {}


def test_its_calls_are_counted_in_the_quota_store(account: Sandbox, tmp_path: Path) -> None:
    store = tmp_path / "quota.db"
    report = verified(account, "omni", 7, quota_store=f"sqlite:{store}")
    database = sqlite3.connect(store)
    (table,) = database.execute("select name from sqlite_master where type='table'").fetchone()
    (count,) = database.execute(f"select count(*) from {table}").fetchone()  # noqa: S608
    database.close()
    assert report.calls == count == 7


def test_verify_calls_alone_is_refused(account: Sandbox) -> None:
    result = run_verify(config(account, "omni"), "--verify-calls", "7")
    assert result.exit_code == 1
    assert result.errors == ["--verify-calls goes with --verify: write --verify --verify-calls N"]


def test_help_names_it() -> None:
    assert b"--verify" in run_cli("--help").stdout
