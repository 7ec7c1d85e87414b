"""403, and endpoints that an account lacks: one that is refused is skipped, the others are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.answers import forms
from tests.answers.account import (
    ADJUSTMENTS,
    DAY,
    HOUR,
    KINDS,
    RUNS,
    SALES,
    TRANSFERS,
    Account,
    asked,
    complete,
    run,
    streams,
)
from tests.losses.accounts import guid
from tests.losses.standin import Core, Reply, encoded, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tests.answers.account import Kind
    from tests.losses.harness import Result
    from tests.losses.standin import Call, Hook

LISTS = {
    "accounts": ("/ref/account", "AccountsList", "Code"),
    "bank_accounts": ("/ref/account/bank", "BankAccountsList", "AccountID"),
    "brands": ("/ref/brand", "BrandList", "ID"),
    "sale_list": ("/saleList", "SaleList", "SaleID"),
}
NO_PERMISSION = encoded([{"ErrorCode": 403, "Exception": "You do not have permission"}])
BODIES = {
    "an error array": NO_PERMISSION,
    "an error": encoded({"ErrorCode": 403, "Exception": "Forbidden"}),
    "a text": b"Forbidden",
    "HTML": forms.HTML,
    "nothing": b"",
}
WRONG = b"Incorrect credentials!"
at_a_time = pytest.mark.parametrize("parallel", [1, 5])


def refusing(body: bytes = NO_PERMISSION) -> Hook:
    return lambda _call: Reply(body, 403)


def account() -> Core:
    server = Core(ahead=-90 * DAY)
    for stream, (path, key, by) in LISTS.items():
        moved = "Updated" if stream == "sale_list" else None
        one = server.list(path, key, by, moved)
        for number in range(3):
            row = {by: guid(number), "Name": "n"}
            one.table.put({**row, moved: stamp(server.now - HOUR)} if moved else row)
    server.before("/me", None, lambda _call: Reply(b'{"Company": "Shop"}'))
    return server


def note(result: Result, stream: str) -> str | None:
    found: str | None = next(row["note"] for row in result.records(RUNS) if row["stream"] == stream)
    return found


def skipped(result: Result, stream: str) -> None:
    assert result.exit_code == 0, result.stderr
    assert complete(result) == {name: name != stream for name in LISTS}
    assert note(result, stream) == "skipped"
    assert any(stream in line and "skipped" in line for line in result.warnings), result.stderr
    assert not result.errors
    assert "check account_id and application_key" not in result.stderr


@at_a_time
@pytest.mark.parametrize("refused", LISTS)
def test_an_endpoint_that_is_refused_is_skipped_and_the_others_are_read(
    refused: str, parallel: int
) -> None:
    with account() as server:
        server.before(LISTS[refused][0], None, refusing())
        result = run(server, LISTS, max_parallel_requests=parallel)
        skipped(result, refused)
        for stream, (path, _, _) in LISTS.items():
            assert len(result.records(stream)) == (0 if stream == refused else 3)
            # It is tried once more: some refusals pass.
            assert (server.count(path) == 2) if stream == refused else (server.count(path) <= 2)


@pytest.mark.parametrize("body", BODIES)
def test_a_refusal_is_one_whatever_it_says(body: str) -> None:
    with account() as server:
        server.before("/ref/account/bank", None, refusing(BODIES[body]))
        skipped(run(server, LISTS), "bank_accounts")


def test_what_was_refused_is_read_once_it_is_permitted() -> None:
    with account() as server:
        server.before("/saleList", None, refusing())
        first = run(server, LISTS)
        skipped(first, "sale_list")
        server.calm()
        server.now += HOUR
        second = run(server, LISTS, first.state)
        assert second.exit_code == 0, second.stderr
        assert len(second.records("sale_list")) == 3


@at_a_time
def test_a_refusal_that_passes_costs_nothing_but_a_call(parallel: int) -> None:
    with account() as server:
        for path, _, _ in LISTS.values():
            server.before(path, 1, refusing())
        result = run(server, LISTS, max_parallel_requests=parallel)
        assert result.exit_code == 0, result.stderr
        assert all(complete(result).values()), complete(result)
        assert {len(result.records(stream)) for stream in LISTS} == {3}


@pytest.mark.parametrize("body", BODIES)
def test_an_account_that_refuses_everything_does_not_accept_the_credentials(body: str) -> None:
    with account() as server:
        server.before("*", None, refusing(BODIES[body]))
        result = run(server, LISTS)
        assert result.exit_code == 1
        assert "check account_id and application_key" in "\n".join(result.errors), result.stderr
        assert len(result.calls) <= 12
        assert not any(complete(result).values())
        assert result.messages[-1]["type"] == "STATE"


@at_a_time
def test_wrong_credentials_are_said_to_be_wrong_in_one_line_and_few_calls(parallel: int) -> None:
    with account() as server:
        server.before("*", None, lambda _call: Reply(WRONG, 403, {"Content-Type": "text/plain"}))
        result = run(server, LISTS, max_parallel_requests=parallel)
        assert result.exit_code == 1
        told = [line for line in result.errors if "check account_id and application_key" in line]
        assert len(told) == 1, result.stderr
        assert "skipped" not in "\n".join(result.warnings)
        assert len(result.calls) <= 10
        assert result.messages[-1]["type"] == "STATE"


def test_a_run_of_one_stream_that_is_refused_says_that_it_is_and_not_the_credentials() -> None:
    """One call elsewhere tells which it is."""
    with account() as server:
        server.before("/ref/account/bank", None, refusing())
        result = run(server, "bank_accounts")
        assert result.exit_code == 1, "nothing could be read"
        assert "check account_id and application_key" not in result.stderr
        assert "bank_accounts" in "\n".join(result.errors + result.warnings)
        assert len(result.calls) <= 4


def test_a_refusal_after_rows_came_is_a_failure() -> None:
    with account() as server:
        server.lists["/ref/brand"].most = 2

        def second(call: Call) -> Reply | None:
            return Reply(NO_PERMISSION, 403) if call.query["Page"] != "1" else None

        server.before("/ref/brand", None, second)
        result = run(server, LISTS)
        assert result.exit_code == 1, result.stderr
        assert complete(result) == {name: name != "brands" for name in LISTS}
        assert "check account_id and application_key" not in result.stderr


def test_documents_that_are_refused_lose_nothing_and_spoil_no_other() -> None:
    with Account(count=30) as server:
        server.before(SALES.path, None, refusing())
        first = run(server, streams(KINDS))
        assert first.exit_code in (0, 1)
        assert complete(first) == {kind.stream: kind is not SALES for kind in KINDS}
        assert asked(first, SALES) <= 10
        server.calm()
        server.now += HOUR
        server.put(SALES, 3, "changed")
        server.now += HOUR
        second = run(server, streams(KINDS), first.state)
        assert second.exit_code == 0, second.stderr
        assert SALES.versions(second) == server.versions(SALES)


def test_one_document_that_is_refused_is_owed() -> None:
    with Account(count=30) as server:
        for kind in KINDS:
            server.spoil(kind, [4], lambda _account, _kind, _wanted: Reply(NO_PERMISSION, 403))
        first = run(server, streams(KINDS))
        assert first.exit_code == 1, first.stderr
        for kind in KINDS:
            assert len(kind.versions(first)) == 29
        server.calm()
        server.now += HOUR
        second = run(server, streams(KINDS), first.state)
        assert second.exit_code == 0, second.stderr
        assert all(guid(4) in kind.versions(second) for kind in KINDS)


both = pytest.mark.parametrize("kind", [SALES, ADJUSTMENTS], ids=str)
PARTS_OF_ALL = {
    "the newest": (27, 28, 29),
    "the oldest": (0, 1, 2),
    "the newest and the oldest": (0, 27, 28, 29),
}


def deny(server: Account, kind: Kind, numbers: Collection[int]) -> None:
    server.spoil(kind, numbers, lambda _account, _kind, _wanted: Reply(NO_PERMISSION, 403))


@pytest.mark.parametrize("part", PARTS_OF_ALL)
@both
def test_a_first_load_is_not_refused_because_some_documents_are(kind: Kind, part: str) -> None:
    denied = PARTS_OF_ALL[part]
    with Account([kind], count=30) as server:
        deny(server, kind, denied)
        result = run(server, kind)
        assert result.exit_code == 1, "what can't be had is owed"
        assert len(kind.versions(result)) == 30 - len(denied), result.stderr
        assert len(result.bookmark(kind.stream)["owed"]) == len(denied)


@both
def test_documents_that_are_refused_for_ever_do_not_hold_up_what_changes(kind: Kind) -> None:
    with Account([kind], count=30) as server:
        deny(server, kind, [3, 4, 5])
        result = run(server, kind)
        for night in range(3):
            server.now += DAY
            server.put(kind, 20, f"changed {night}")
            server.put(kind, 100 + night, "new")
            server.now += HOUR
            result = run(server, kind, result.state)
            assert result.exit_code == 1, "three are owed"
            assert kind.versions(result).keys() >= {guid(20), guid(100 + night)}, result.stderr
        server.now += DAY
        quiet = run(server, kind, result.state)
        assert quiet.exit_code == 1, "three are owed"
        server.calm()
        server.now += DAY
        assert run(server, kind, quiet.state).exit_code == 0


@both
def test_new_documents_that_are_refused_do_not_hold_up_others(kind: Kind) -> None:
    with Account([kind], count=30) as server:
        result = run(server, kind)
        deny(server, kind, [100, 101, 102])
        for night in range(3):
            server.now += DAY
            for number in (100, 101, 102) if night == 0 else ():
                server.put(kind, number, "refused", age=60)
            server.put(kind, 200 + night, "new")
            server.now += HOUR
            result = run(server, kind, result.state)
            assert result.exit_code == 1, "three are owed"
            assert guid(200 + night) in kind.versions(result), result.stderr
        assert len(result.bookmark(kind.stream)["owed"]) == 3


def test_new_documents_that_are_refused_are_owed_where_nothing_else_is_new() -> None:
    with Account([SALES], count=30) as server:
        result = run(server, SALES)
        deny(server, SALES, [100, 101, 102])
        server.now += DAY
        for number in (100, 101, 102):
            server.put(SALES, number, "refused")
        server.now += HOUR
        result = run(server, SALES, result.state)
        assert result.exit_code == 1, result.stderr
        assert len(result.bookmark("sales")["owed"]) == 3


@pytest.mark.parametrize("owed", [(), (7,)])
@both
def test_a_permission_that_is_withdrawn_costs_few_calls_and_no_document(
    kind: Kind, owed: tuple[int, ...]
) -> None:
    with Account([kind, TRANSFERS], count=30) as server:
        deny(server, kind, owed)
        first = run(server, streams(server.kinds))
        server.calm()
        server.before(kind.path, None, refusing())
        results = [first]
        for night in range(3):
            server.now += DAY
            for number in range(10, 20):
                server.put(kind, number, f"changed {night}")
            server.now += HOUR
            results.append(run(server, streams(server.kinds), results[-1].state))
            assert asked(results[-1], kind) <= 12
            assert complete(results[-1]) == {kind.stream: False, TRANSFERS.stream: True}
            assert results[-1].exit_code == bool(owed), "a stream that owes is incomplete"
            assert "this account may not read it" in results[-1].stderr
        server.calm()
        server.now += HOUR
        results.append(run(server, streams(server.kinds), results[-1].state))
        assert results[-1].exit_code == 0, results[-1].stderr
        assert kind.versions(*results) == server.versions(kind)


@both
def test_documents_that_the_account_may_not_read_are_skipped_also_after_a_run_that_was_cut(
    kind: Kind,
) -> None:
    with Account([kind], count=30) as server:
        server.before(kind.path, None, refusing())
        cut = run(server, kind, requests_per_day=2)
        assert len(cut.bookmark(kind.stream)["owed"]) == 1, cut.stderr
        server.now += DAY
        second = run(server, kind, cut.state)
        assert "skipped" in second.stderr
        assert not second.bookmark(kind.stream).get("owed")
        server.calm()
        server.now += DAY
        third = run(server, kind, second.state)
        assert third.exit_code == 0, third.stderr
        assert kind.versions(third) == server.versions(kind)


# Endpoints that an account lacks.

ABSENT: dict[str, Callable[[], Reply]] = {
    "HTML": lambda: Reply(forms.HTML, 200, {"Content-Type": "text/html"}),
    "404 in HTML": lambda: Reply(forms.HTML, 404, {"Content-Type": "text/html"}),
    "a redirect to a page": lambda: Reply(b"", 302, {"Location": "/Error/NotFound"}),
    "a redirect to itself": lambda: Reply(b"", 302, {"Location": "/production/workcenters"}),
}
MODULE = "/production/workcenters"
every_absence = pytest.mark.parametrize("form", ABSENT)


@at_a_time
@every_absence
def test_a_module_that_the_account_lacks_is_skipped_with_a_warning(
    form: str, parallel: int
) -> None:
    with account() as server:
        server.before(MODULE, None, lambda _call: ABSENT[form]())
        names = [*LISTS, "production_work_centers"]
        result = run(server, names, max_parallel_requests=parallel)
        assert result.exit_code == 0, result.stderr
        assert complete(result) == {name: name in LISTS for name in names}
        assert note(result, "production_work_centers") == "skipped"
        told = [line for line in result.warnings if "production_work_centers" in line]
        assert any("skipped" in line for line in told), result.stderr
        assert not result.errors
        # The page that a redirect leads to is not read with the credentials.
        assert {call.path for call in result.calls} <= {MODULE, *(one[0] for one in LISTS.values())}
        assert server.count(MODULE) <= 3


@every_absence
def test_the_only_answer_of_a_run_is_the_sign_of_a_wrong_address(form: str) -> None:
    with Core(ahead=-90 * DAY) as server:
        server.before("*", None, lambda _call: ABSENT[form]())
        for names in (["brands"], list(LISTS)):
            result = run(server, names)
            assert result.exit_code == 1, result.stderr
            assert "base_url" in "\n".join(result.errors), result.stderr
            assert not any(complete(result).values())


@every_absence
def test_a_module_that_comes_later_is_read_then(form: str) -> None:
    with account() as server:
        server.before(MODULE, None, lambda _call: ABSENT[form]())
        names = ["brands", "production_work_centers"]
        first = run(server, names)
        server.calm()
        served = server.list(MODULE, "Workcenters", "WorkCenterID")
        served.table.put({"WorkCenterID": guid(1), "Name": "Bench"})
        server.now += HOUR
        second = run(server, names, first.state)
        assert second.exit_code == 0, second.stderr
        assert len(second.records("production_work_centers")) == 1


@every_absence
def test_a_list_that_has_had_rows_is_not_taken_for_a_module_that_is_lacking(form: str) -> None:
    """It may be; but then somebody must be told, and nothing may be reported as gone."""
    with account() as server:
        first = run(server, LISTS)
        server.now += HOUR
        server.before("/ref/brand", None, lambda _call: ABSENT[form]())
        second = run(server, LISTS, first.state)
        assert complete(second)["brands"] is False
        assert "brands" not in {one["stream"] for one in second.kinds("ACTIVATE_VERSION")}
        server.calm()
        server.now += HOUR
        third = run(server, LISTS, second.state)
        assert third.exit_code == 0, third.stderr
        assert len(third.records("brands")) == 3
