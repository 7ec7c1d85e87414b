"""Lists that answer something else on one of their pages: no such answer is an empty list."""

from __future__ import annotations

import json
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from tests.answers import forms
from tests.answers.account import (
    ADJUSTMENTS,
    DAY,
    HOUR,
    RUNS,
    UNSTAMPED,
    Account,
    answering,
    asked,
    complete,
    run,
    streams,
)
from tests.losses.accounts import ORDERS, guid, orders
from tests.losses.harness import Result, Target
from tests.losses.standin import Core, Omni, Reply, encoded, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.losses.standin import Call, List, Row, Standin

# Cin7 Core: rows in an envelope.

ROWS, PAGE = 25, 10
LISTS: dict[str, tuple[str, str, str, str | None, tuple[str, ...]]] = {
    "brands": ("/ref/brand", "BrandList", "ID", None, ()),
    "customers": ("/customer", "CustomerList", "ID", "LastModifiedOn", ("ModifiedSince",)),
    "sale_list": ("/saleList", "SaleList", "SaleID", "Updated", ("UpdatedSince", "UpdatedUntil")),
    "stock_transfer_list": (
        "/stockTransferList",
        "StockTransferList",
        "TaskID",
        "LastModifiedOn",
        (),
    ),
    "product_availability": ("/ref/productavailability", "ProductAvailabilityList", "ID", None, ()),
    "production_order_list": (
        "/production/orderList",
        "ProductionOrderListItems",
        "TaskID",
        None,
        (),
    ),
    "transactions": ("/transactions", "Transactions", "TaskID", "EffectiveDate", ()),
}
ERROR = {"ErrorCode": 500, "Exception": "Something went wrong"}


def _wrapped(make: Callable[[str], Any]) -> Callable[[str], bytes]:
    return lambda key: json.dumps(make(key)).encode()


def _of(body: Any) -> Callable[[str], bytes]:  # noqa: ANN401
    return lambda _key: json.dumps(body).encode()


CORE_FORMS: dict[str, Callable[[str], bytes]] = {
    "an empty object": _of({}),
    "null": _of(None),
    "an empty list": _of([]),
    "a list of null": _of([None]),
    "false": _of(body=False),
    "a text": _of("Please try again"),
    "nothing": lambda _key: b"",
    "no errors": _of({"errors": []}),
    "errors": _of({"Errors": ["Something went wrong"]}),
    "a message": _of({"Message": "An error has occurred.", "Details": []}),
    "a small message": _of({"message": "Endpoint request timed out"}),
    "an error": _of(ERROR),
    "an error array": _of([ERROR]),
    "Total alone": _of({"Total": ROWS, "Page": 1}),
    "null for the list": _wrapped(lambda key: {"Total": ROWS, "Page": 1, key: None}),
    "an object for the list": _wrapped(lambda key: {"Total": ROWS, "Page": 1, key: {}}),
    "a text for the list": _wrapped(lambda key: {"Total": ROWS, "Page": 1, key: "none"}),
    "an error in the list": _wrapped(lambda key: {"Total": ROWS, "Page": 1, key: [ERROR]}),
    "no objects in the list": _wrapped(lambda key: {"Total": ROWS, "Page": 1, key: [None, 1, "x"]}),
    "another list": _of({"Total": 1, "Page": 1, "UnitList": [{"ID": guid(1), "Name": "Each"}]}),
    "an empty list of another name": _of({"Total": 0, "Page": 1, "UnitList": []}),
    "an error beside no list": _wrapped(
        lambda key: {"ErrorCode": 500, "Exception": "Something went wrong", key: None}
    ),
    "HTML": lambda _key: forms.HTML,
    "JSON cut short": lambda key: json.dumps({"Total": ROWS, key: [{"ID": guid(0)}]}).encode()[:-9],
}
PLACES = {"first": 1, "middle": 2, "last": 3}
_TELLING = ("null", "an empty list", "no errors", "a message", "null for the list", "another list")


def rounds(names: Iterable[str], streams: Iterable[str], times: int) -> list[dict[str, str]]:
    """Return which stream meets which form in which run: each form comes so many times."""
    forms_in_turn, in_turn = list(names), list(streams)
    needed = -(-len(forms_in_turn) * times // len(in_turn))
    pairs = zip(cycle(forms_in_turn), in_turn * needed, strict=False)
    met = [(stream, form) for form, stream in pairs]
    size = len(in_turn)
    return [dict(met[place : place + size]) for place in range(0, len(met), size)]


ONCE = [
    *(("first", forms_met) for forms_met in rounds(CORE_FORMS, LISTS, 2)),
    *(("middle", one) for one in rounds((*_TELLING, "an error in the list", "HTML"), LISTS, 3)),
    *(("last", one) for one in rounds(("an error in the list", "null for the list"), LISTS, 3)),
]
_LASTING = [form for form in CORE_FORMS if form != "HTML"]
"""An endpoint that answers HTML from the first is taken for one that the account lacks."""
LASTING = [
    *(("first", one) for one in rounds(_LASTING, LISTS, 2)),
    *(("middle", one) for one in rounds((*_TELLING, "an error in the list", "HTML"), LISTS, 3)),
    *(("last", one) for one in rounds(("an error in the list", "null for the list"), LISTS, 3)),
]


def ids(cases: list[tuple[str, dict[str, str]]]) -> list[str]:
    return [f"{where} {number}" for number, (where, _) in enumerate(cases)]


def lists(server: Core) -> dict[str, List]:
    """Serve each list in three pages."""
    served = {}
    for stream, (path, key, by, moved, bounds) in LISTS.items():
        total = None if stream == "production_order_list" else lambda right: right
        one = server.list(path, key, by, moved, *bounds, most=PAGE, total=total)
        for number in range(ROWS):
            row = {by: guid(number), "Name": f"N{number}", "Location": "Main", "OnHand": 1}
            if moved:
                row[moved] = stamp(server.now - HOUR - 60 * number)
            one.table.put(row)
        served[stream] = one
    return served


def answer(server: Standin, path: str, place: int, body: bytes, *, lasting: bool) -> None:
    """Answer a page wrongly, once or each time that it is asked for."""
    name = "Page" if server.api == "core" else "page"
    met: list[Call] = []

    def hook(call: Call) -> Reply | None:
        if int(call.query.get(name, "1")) != place or (met and not lasting):
            return None
        met.append(call)
        return Reply(body)

    server.before(path, None, hook)


def lost(*results: Result) -> dict[str, int]:
    """Return how many rows of each list never arrived, and of what is no row how many did."""
    found = {}
    for stream, (_, _, by, _, _) in LISTS.items():
        have = {row.get(by) for result in results for row in result.records(stream)}
        right = {guid(number) for number in range(ROWS)}
        if have != right:
            found[stream] = len(right - have) + len(have - right)
    return found


def good(result: Result) -> None:
    assert result.exit_code == 0, result.stderr
    assert all(complete(result).values()), complete(result)


@pytest.mark.parametrize(("place", "met"), ONCE, ids=ids(ONCE))
def test_a_page_that_once_answers_something_else_is_asked_for_once_more(
    place: str, met: dict[str, str]
) -> None:
    with Core(ahead=-90 * DAY) as server:
        served = lists(server)
        for stream, one in served.items():
            path, body = LISTS[stream][0], CORE_FORMS[met[stream]](one.records_key)
            answer(server, path, PLACES[place], body, lasting=False)
        result = run(server, LISTS)
        assert not [(stream, met[stream]) for stream in lost(result)]
        good(result)


@pytest.mark.parametrize(("place", "met"), LASTING, ids=ids(LASTING))
def test_a_page_that_answers_something_else_all_the_time_fails_its_list(
    place: str, met: dict[str, str]
) -> None:
    with Core(ahead=-90 * DAY) as server:
        served = lists(server)
        for stream, one in served.items():
            path, body = LISTS[stream][0], CORE_FORMS[met[stream]](one.records_key)
            answer(server, path, PLACES[place], body, lasting=True)
        first = run(server, LISTS)
        assert not [(stream, met[stream]) for stream, told in complete(first).items() if told]
        assert first.exit_code == 1, first.stderr
        assert not first.kinds("ACTIVATE_VERSION")
        for stream, (_, _, by, _, _) in LISTS.items():
            have = {row.get(by) for row in first.records(stream)}
            assert have <= {guid(number) for number in range(ROWS)}, (stream, met[stream])
            assert stream in "\n".join(first.errors + first.warnings)
        server.calm()
        server.now += HOUR
        second = run(server, LISTS, first.state)
        assert not [(stream, met[stream]) for stream in lost(first, second)]
        good(second)


@pytest.mark.parametrize(
    "form", ["null", "no errors", "an error", "null for the list", "another list"]
)
def test_changes_are_not_passed_by_when_their_list_answers_something_else(form: str) -> None:
    with Core(ahead=-90 * DAY) as server:
        served = lists(server)
        first = run(server, LISTS)
        good(first)
        server.now += HOUR
        for stream, one in served.items():
            by, moved = LISTS[stream][2:4]
            more = {moved: stamp(server.now)} if moved else {}
            one.table.put({by: guid(99), "Name": "new", "Location": "Main", "OnHand": 1, **more})
            body = CORE_FORMS[form](one.records_key)
            answer(server, LISTS[stream][0], 1, body, lasting=True)
        second = run(server, LISTS, first.state)
        assert second.exit_code == 1, second.stderr
        assert not any(complete(second).values()), complete(second)
        server.calm()
        server.now += DAY
        third = run(server, LISTS, second.state)
        good(third)
        for stream, (_, _, by, _, _) in LISTS.items():
            assert guid(99) in third.keys(stream, by), stream


@pytest.mark.parametrize(
    "form", ["an error", "an error array", "an error in the list", "a message"]
)
def test_an_error_never_becomes_a_row(form: str) -> None:
    """Where the key is the whole row, or made of what the row has, anything would do as one."""
    with Core(ahead=-90 * DAY) as server:
        streams_of = {
            "transactions": "/transactions",
            "product_availability": "/ref/productavailability",
            "me": "/me",
            "production_reference_data": "/production/order/referenceData",
            "shipping_zones_enabled": "/reference/shipZonesEnabled",
        }
        for stream, path in streams_of.items():
            key = LISTS[stream][1] if stream in LISTS else stream
            body = CORE_FORMS[form](key)
            server.before(path, None, answering(body))
        server.list("/ref/brand", "BrandList", "ID").table.put({"ID": guid(1), "Name": "B"})
        result = run(server, [*streams_of, "brands"])
        assert not any(result.records(stream) for stream in streams_of)
        assert result.exit_code == 1, result.stderr
        assert complete(result) == {**dict.fromkeys(streams_of, False), "brands": True}


@pytest.mark.parametrize(
    "form", ["an empty object", "null", "an empty list", "an error", "a message", "HTML"]
)
def test_a_single_object_that_once_answers_something_else_arrives(form: str) -> None:
    with Core(ahead=-90 * DAY) as server:
        server.before("/me", None, lambda _call: Reply(b'{"Company": "Shop", "Currency": "NZD"}'))
        server.before("/me", 1, lambda _call: Reply(CORE_FORMS[form]("me")))
        server.list("/ref/brand", "BrandList", "ID").table.put({"ID": guid(1), "Name": "B"})
        result = run(server, ["me", "brands"])
        good(result)
        assert [row["Company"] for row in result.records("me")] == ["Shop"]


def test_a_list_that_never_had_a_row_may_be_null() -> None:
    with Core(ahead=-90 * DAY) as server:
        for path, key, *_ in LISTS.values():
            body = encoded({"Total": 0, "Page": 1, key: None})
            server.before(path, None, answering(body))
        first = run(server, ["brands", "sale_list", "customers"])
        good(first)
        assert not first.records("brands")


def test_a_list_that_had_rows_may_not_be_null() -> None:
    with Core(ahead=-90 * DAY) as server:
        served = lists(server)
        streams_read = ["brands", "product_availability"]
        first = run(server, streams_read)
        good(first)
        for stream in streams_read:
            body = encoded({"Total": 0, "Page": 1, served[stream].records_key: None})
            server.before(LISTS[stream][0], None, answering(body))
        state = first.state
        for _ in range(2):
            server.now += DAY
            result = run(server, streams_read, state)
            assert result.exit_code == 1, result.stderr
            assert not any(complete(result).values())
            assert not result.kinds("ACTIVATE_VERSION")
            state = result.state


# What the digests of a header list are worth.

EMPTY: dict[str, Callable[[str], bytes]] = {
    "empty": _wrapped(lambda key: {"Total": 0, "Page": 1, key: []}),
    "empty without Total": _wrapped(lambda key: {"Page": 1, key: []}),
    **{
        name: CORE_FORMS[name]
        for name in ("null", "an empty object", "no errors", "null for the list")
    },
}


@pytest.mark.parametrize("form", EMPTY)
def test_one_empty_header_list_makes_the_next_night_no_dearer(form: str) -> None:
    with Account(UNSTAMPED, count=40) as server:
        names = streams(UNSTAMPED)
        first = run(server, names)
        good(first)
        server.now += DAY
        for kind in UNSTAMPED:
            body = EMPTY[form](kind.records_key)
            server.before(kind.list_path, None, answering(body))
        second = run(server, names, first.state)
        assert not any(asked(second, kind) for kind in UNSTAMPED)
        server.calm()
        server.now += DAY
        server.put(ADJUSTMENTS, 5, "changed")
        third = run(server, names, second.state)
        assert not any(asked(third, kind) for kind in UNSTAMPED[1:])
        # The change, and what shares its digest.
        assert 1 <= asked(third, ADJUSTMENTS) <= 12
        target = Target()
        target.take(first, second, third)
        for kind in UNSTAMPED:
            held = {row[kind.key]: row[kind.text] for row in target.rows(kind.stream)}
            assert held == server.versions(kind), kind


# Cin7 Omni: bare rows.

OMNI_PATHS = {
    "sales_orders": "/v1/SalesOrders",
    "contacts": "/v1/Contacts",
    "product_categories": "/v1/ProductCategories",
    "payments": "/v1/Payments",
}
OMNI_ROWS = 600
OMNI_FORMS: dict[str, Any] = {
    "an empty object": {},
    "null": None,
    "false": False,
    "a text": "Please try again",
    "a list of null": [None],
    "a list of texts": ["x"],
    "a list of lists": [[]],
    "a message": {"message": "An error has occurred."},
    "a message in a list": [{"message": "An error has occurred."}],
    "no errors": {"errors": []},
    "an error": ERROR,
    "an error in a list": [ERROR],
    "an empty object in a list": [{}],
    "an envelope": {"Total": 0, "Page": 1, "SalesOrders": []},
}
OMNI_CASES = [
    *((1, one) for one in rounds(OMNI_FORMS, OMNI_PATHS, 2)),
    *(
        (2, one)
        for one in rounds(("a message in a list", "an error in a list", "null"), OMNI_PATHS, 4)
    ),
    *((3, one) for one in rounds(("an error in a list", "an empty object"), OMNI_PATHS, 2)),
]
omni_cases = pytest.mark.parametrize(
    ("number", "met"), OMNI_CASES, ids=[f"{n} {place}" for place, (n, _) in enumerate(OMNI_CASES)]
)


def omni(server: Omni) -> None:
    for path in OMNI_PATHS.values():
        orders(server, OMNI_ROWS, path=path, apart=2.0, text="name")


def omni_lost(*results: Result) -> dict[str, int]:
    found = {}
    for stream in OMNI_PATHS:
        have = {row["id"] for result in results for row in result.records(stream)}
        if have != set(range(1, OMNI_ROWS + 1)):
            found[stream] = len(have ^ set(range(1, OMNI_ROWS + 1)))
    return found


@omni_cases
def test_a_page_of_omni_that_once_answers_something_else_is_asked_for_once_more(
    number: int, met: dict[str, str]
) -> None:
    with Omni(ahead=-20_000) as server:
        omni(server)
        for stream, path in OMNI_PATHS.items():
            body = encoded(OMNI_FORMS[met[stream]])
            server.before(path, number, answering(body))
        result = run(server, OMNI_PATHS)
        assert not [(stream, met[stream]) for stream in omni_lost(result)]
        good(result)


@omni_cases
def test_a_list_of_omni_that_answers_something_else_from_some_page_on_fails(
    number: int, met: dict[str, str]
) -> None:
    with Omni(ahead=-20_000) as server:
        omni(server)
        for stream, path in OMNI_PATHS.items():
            body = encoded(OMNI_FORMS[met[stream]])

            def hook(call: Call, body: bytes = body) -> Reply | None:
                return Reply(body) if server.count(call.path) >= number else None

            server.before(path, None, hook)
        first = run(server, OMNI_PATHS)
        assert first.exit_code == 1, first.stderr
        assert not [(stream, met[stream]) for stream, told in complete(first).items() if told]
        assert not first.kinds("ACTIVATE_VERSION")
        server.calm()
        server.now += HOUR
        second = run(server, OMNI_PATHS, first.state)
        good(second)
        assert not omni_lost(first, second)


@pytest.mark.parametrize("form", ["null", "an empty object", "a message", "an error in a list"])
def test_a_row_of_omni_that_is_asked_for_by_name_is_held_to_the_same(form: str) -> None:
    with Omni(ahead=-20_000) as server:
        orders(server, 5)
        body = encoded(OMNI_FORMS[form])
        right = encoded([row for row in server.tables[ORDERS].visible() if row["id"] == 3])
        server.before(ORDERS, None, answering(right))
        server.before(ORDERS, 1, answering(body))
        result = run(server, "sales_orders", only_ids={"sales_orders": ["3"]})
        assert result.exit_code == 0, result.stderr
        assert result.keys("sales_orders") == {3}
        server.before(ORDERS, None, answering(body))
        result = run(server, "sales_orders", only_ids={"sales_orders": ["3"]})
        assert result.exit_code == 1, result.stderr
        assert not result.records("sales_orders")


def _row(result: Result, stream: str) -> Row:
    return next(row for row in result.records(RUNS) if row["stream"] == stream)


# What is told of a run that lacks something.

PARTLY: dict[str, Callable[[Core], None]] = {}


def partly(name: str) -> Callable[[Callable[[Core], None]], Callable[[Core], None]]:
    def note(make: Callable[[Core], None]) -> Callable[[Core], None]:
        PARTLY[name] = make
        return make

    return note


@partly("the second page fails")
def _fails(server: Core) -> None:
    _on_page(server, 2, Reply(b"[]", 500))


@partly("the second page is refused")
def _refused(server: Core) -> None:
    _on_page(server, 2, Reply(encoded([{"ErrorCode": 403, "Exception": "Forbidden"}]), 403))


@partly("the second page is not there")
def _absent(server: Core) -> None:
    _on_page(server, 2, Reply(forms.HTML, 404, {"Content-Type": "text/html"}))


@partly("the second page is HTML")
def _html(server: Core) -> None:
    _on_page(server, 2, Reply(forms.HTML, 200, {"Content-Type": "text/html"}))


@partly("the second page leads elsewhere")
def _moved(server: Core) -> None:
    _on_page(server, 2, Reply(b"", 302, {"Location": "/Error/NotFound"}))


@partly("the second page is always the first")
def _repeated(server: Core) -> None:
    page = encoded(
        {"Total": ROWS, "Page": 1, "BrandList": [{"ID": guid(n), "Name": "x"} for n in range(PAGE)]}
    )
    _on_page(server, 2, Reply(page))


@partly("Total is more than comes")
def _short(server: Core) -> None:
    server.lists["/ref/brand"].total = lambda right: right + 7


@partly("the last page is cut off")
def _cut(server: Core) -> None:
    _on_page(server, 3, Reply(b'{"Total": 25, "Page": 3, "BrandList": [{"ID": "'))


def _on_page(server: Core, page: int, reply: Reply) -> None:
    def hook(call: Call) -> Reply | None:
        same = int(call.query.get("Page", "1")) == page
        return Reply(reply.body, reply.status, dict(reply.headers)) if same else None

    server.before("/ref/brand", None, hook)


@pytest.mark.parametrize("what", PARTLY)
def test_a_list_that_lacks_something_is_not_told_to_be_complete(what: str) -> None:
    with Core(ahead=-90 * DAY) as server:
        lists(server)
        PARTLY[what](server)
        result = run(server, ["brands", "customers"])
        assert result.exit_code == 1, result.stderr
        assert complete(result) == {"brands": False, "customers": True}
        assert _row(result, "brands")["note"]
        assert any("brands" in line for line in result.errors), result.stderr
        assert result.messages[-1]["type"] == "STATE"
        assert "brands" not in {one["stream"] for one in result.kinds("ACTIVATE_VERSION")}
