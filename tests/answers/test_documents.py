"""Documents that answer something else, once or for ever: none is lost, and nobody is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.answers import forms
from tests.answers.account import (
    DAY,
    HOUR,
    KINDS,
    PURCHASES,
    SALES,
    STAMPED,
    UNSTAMPED,
    Account,
    answering,
    asked,
    bookmark,
    complete,
    run,
    streams,
)
from tests.losses.accounts import guid
from tests.losses.standin import Reply, encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.answers.account import Kind
    from tests.losses.harness import Result
    from tests.losses.standin import Call, Row

ONE = 1
"""Number of the document that is not answered rightly; the account has four of each kind."""


def spoil(server: Account, form: str, times: int | None = None) -> None:
    for kind in server.kinds:
        server.spoil(kind, [ONE], forms.DOCUMENTS[form], times)


def missing(server: Account, *results: Result) -> dict[str, list[str]]:
    """Return the documents of each kind that did not arrive, or not as they stand."""
    found = {}
    for kind in server.kinds:
        have = kind.versions(*results)
        lost = [one for one, text in server.versions(kind).items() if have.get(one) != text]
        if lost:
            found[kind.stream] = lost
    return found


def good(result: Result) -> None:
    assert result.exit_code == 0, result.stderr
    told = complete(result)
    assert all(told.values()), told


def owing(server: Account, result: Result) -> None:
    """Check that a run says that something is missing of each kind."""
    assert result.exit_code == 1, result.stderr
    told = complete(result)
    assert not any(told[kind.stream] for kind in server.kinds), told
    named = "\n".join(result.warnings + result.errors)
    assert not [kind.stream for kind in server.kinds if kind.stream not in named], named
    assert result.messages[-1]["type"] == "STATE"
    # No row may be made of an answer that is none.
    for kind in server.kinds:
        assert result.keys(kind.stream, kind.key) <= {row[kind.by] for row in server.rows(kind)}


# Each form meets a document of each kind; between two of them stands one that is answered rightly.


def place(form: str, group: str) -> int:
    """Return the number of the document that meets a form."""
    return 2 * list(forms.GROUPS[group]).index(form) + 1


def account(group: str) -> Account:
    return Account(count=2 * len(forms.GROUPS[group]) + 2)


def spoil_each(server: Account, group: str, times: int | None = None) -> None:
    for form, reply in forms.GROUPS[group].items():
        for kind in server.kinds:
            server.spoil(kind, [place(form, group)], reply, times)


def lacking(server: Account, group: str, *results: Result) -> dict[str, list[str]]:
    """Return the kinds that lack the document which met a form, or have an old one."""
    gone = missing(server, *results)
    found = {
        form: [name for name, ids in gone.items() if guid(place(form, group)) in ids]
        for form in forms.GROUPS[group]
    }
    return {form: kinds for form, kinds in found.items() if kinds}


def only_these_are_missing(server: Account, group: str, *results: Result) -> None:
    ids = sorted(guid(place(form, group)) for form in forms.GROUPS[group])
    gone = missing(server, *results)
    assert {name: sorted(one) for name, one in gone.items()} == dict.fromkeys(streams(KINDS), ids)


every_group = pytest.mark.parametrize("group", forms.GROUPS)


@every_group
def test_a_document_that_once_answers_something_else_is_asked_for_once_more(group: str) -> None:
    with account(group) as server:
        spoil_each(server, group, times=1)
        result = run(server, streams(KINDS))
        assert not lacking(server, group, result)
        assert not missing(server, result)
        good(result)
        asked_for = {
            (form, kind.stream): asked(result, kind, place(form, group))
            for form in forms.GROUPS[group]
            for kind in KINDS
        }
        assert {one: calls for one, calls in asked_for.items() if calls != 2} == {}


@every_group
def test_a_document_that_answers_something_else_all_the_time_is_owed(group: str) -> None:
    with account(group) as server:
        spoil_each(server, group)
        first = run(server, streams(KINDS))
        owing(server, first)
        only_these_are_missing(server, group, first)
        server.calm()
        server.now += HOUR
        second = run(server, streams(KINDS), first.state)
        assert not lacking(server, group, first, second)
        good(second)
        assert not missing(server, first, second)
        # Nothing but what was owed is asked for, and that once.
        for kind in KINDS:
            assert asked(second, kind) == len(forms.GROUPS[group]), kind


@every_group
def test_a_change_that_can_not_be_had_is_owed_while_later_changes_arrive(group: str) -> None:
    with account(group) as server:
        first = run(server, streams(KINDS))
        good(first)
        server.now += HOUR
        for kind in KINDS:
            for number in range(len(server.rows(kind))):
                server.put(kind, number, "second", age=100 - number)
        server.now += HOUR
        spoil_each(server, group)
        second = run(server, streams(KINDS), first.state)
        owing(server, second)
        only_these_are_missing(server, group, first, second)
        for kind in STAMPED:
            # The position moves on, whatever is owed behind it.
            assert bookmark(second, kind.stream) > bookmark(first, kind.stream), kind

        server.now += HOUR
        for kind in KINDS:
            for number in (0, 4):
                server.put(kind, number, "third")
        server.now += HOUR
        third = run(server, streams(KINDS), second.state)
        owing(server, third)
        only_these_are_missing(server, group, first, second, third)

        server.calm()
        server.now += HOUR
        fourth = run(server, streams(KINDS), third.state)
        good(fourth)
        assert not missing(server, first, second, third, fourth)


# One document of four.


@pytest.mark.parametrize("form", ["null", "a shell", "404 in HTML", "400 not found", "an error"])
def test_a_document_that_appears_some_seconds_behind_its_list_arrives(form: str) -> None:
    with Account() as server:
        first = run(server, streams(KINDS))
        server.now += HOUR
        for kind in KINDS:
            server.put(kind, 10, "new")
            server.spoil(kind, [10], forms.DOCUMENTS[form])
        second = run(server, streams(KINDS), first.state)
        assert second.exit_code == 1, second.stderr
        server.calm()
        server.now += HOUR
        third = run(server, streams(KINDS), second.state)
        good(third)
        assert not missing(server, first, second, third)


def test_an_id_in_another_letter_case_is_the_same_id() -> None:
    letters = "00000007-abcd-4000-8000-00000000abcd"
    with Account() as server:

        def louder(_call: Call, reply: Reply) -> Reply:
            return Reply(reply.body.replace(b"abcd", b"ABCD"), reply.status, reply.headers)

        for kind in KINDS:
            row = kind.row(7, "2025-01-02T00:00:00Z", "loud")
            ids = {name: letters for name, value in row.items() if value == guid(7)}
            server.lists[kind.list_path].table.put({**row, **ids})
            server.after(kind.path, None, louder)
        result = run(server, streams(KINDS))
        good(result)
        for kind in KINDS:
            assert letters in {key.lower() for key in result.keys(kind.stream, kind.key)}, kind


def test_a_simple_purchase_that_comes_as_a_shell_is_had_from_the_other_endpoint() -> None:
    with Account([PURCHASES]) as server:
        server.spoil(PURCHASES, [ONE], forms.DOCUMENTS["a shell"])
        right = encoded(server.document(PURCHASES, ONE))
        server.put(PURCHASES, ONE, "first", age=HOUR, Type="Simple Purchase")
        server.before("/purchase", None, answering(right))
        result = run(server, PURCHASES)
        good(result)
        assert not missing(server, result)


# What is gone.


def gone(server: Account, result: Result) -> None:
    """Check that a run neither owes nor asks for what is gone."""
    good(result)
    assert not any(asked(result, kind, ONE) for kind in server.kinds)


@pytest.mark.parametrize("form", ["400 not found", "404 in HTML", "null"])
def test_a_document_that_its_list_no_longer_names_is_gone_and_no_longer_owed(form: str) -> None:
    with Account() as server:
        spoil(server, form)
        first = run(server, streams(KINDS))
        owing(server, first)
        for kind in KINDS:
            server.drop(kind, ONE)
        state = first.state
        for _ in range(2):
            server.now += DAY + HOUR
            last = run(server, streams(KINDS), state)
            state = last.state
        good(last)
        server.now += HOUR
        gone(server, run(server, streams(KINDS), state))
        assert not missing(server, first)


def test_a_document_that_its_list_still_names_is_owed_whatever_it_answers() -> None:
    """Also when the list is asked for changes only, and does not come to speak of it."""
    with Account(STAMPED) as server:
        spoil(server, "400 not found")
        results = [run(server, streams(STAMPED))]
        for number in range(4):
            server.now += DAY + HOUR
            for kind in STAMPED:
                server.put(kind, 3, f"edit {number}")
            server.now += HOUR
            results.append(run(server, streams(STAMPED), results[-1].state))
            owing(server, results[-1])
        server.calm()
        server.now += DAY + HOUR
        results.append(run(server, streams(STAMPED), results[-1].state))
        good(results[-1])
        assert not missing(server, *results)


LISTS_THAT_PROVE_NOTHING: dict[str, Callable[[str], Row]] = {
    "short of its Total": lambda key: {"Total": 4, "Page": 1, key: []},
    "an error": lambda _key: {"ErrorCode": 500, "Exception": "Something went wrong"},
    "null in it": lambda key: {"Total": 4, "Page": 1, key: None},
}


@pytest.mark.parametrize("form", LISTS_THAT_PROVE_NOTHING)
def test_a_list_that_proves_nothing_takes_nothing_out_of_what_is_owed(form: str) -> None:
    with Account() as server:
        spoil(server, "400 not found")
        first = run(server, streams(KINDS))
        for kind in KINDS:
            body = encoded(LISTS_THAT_PROVE_NOTHING[form](kind.records_key))
            server.before(kind.list_path, None, answering(body))
        server.now += DAY + HOUR
        second = run(server, streams(KINDS), first.state)
        assert second.exit_code == 1, second.stderr
        server.calm()
        server.now += HOUR
        third = run(server, streams(KINDS), second.state)
        good(third)
        assert not missing(server, first, second, third)


def test_what_is_cut_from_a_document_that_is_owed_is_not_complete_either() -> None:
    parts = {kind.stream: kind.part[0] for kind in KINDS if kind.part}
    with Account() as server:
        spoil(server, "null")
        first = run(server, [*parts, *parts.values()])
        told = complete(first)
        assert not any(told.values()), told
        server.calm()
        server.now += HOUR
        second = run(server, [*parts, *parts.values()], first.state)
        good(second)
        lines = [*first.records("sale_order_lines"), *second.records("sale_order_lines")]
        assert {row["SaleID"] for row in lines} == {row["SaleID"] for row in server.rows(SALES)}


@pytest.mark.parametrize("kind", [SALES, UNSTAMPED[0]], ids=str)
def test_parts_alone_are_owed_as_their_documents_are(kind: Kind) -> None:
    assert kind.part is not None
    with Account([kind]) as server:
        spoil(server, "404 in HTML")
        first = run(server, kind.part[0])
        assert first.exit_code == 1, first.stderr
        server.calm()
        server.now += HOUR
        second = run(server, kind.part[0], first.state)
        good(second)
        assert len(first.records(kind.part[0]) + second.records(kind.part[0])) == 4
