"""Each habit that Cin7 may have shows in what the sandbox sends; without one it is kind."""

from __future__ import annotations

import json
from collections import Counter
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox import Clock, Habits, Sandbox, odd
from sandbox.odd import KINDS
from sandbox.stamps import from_ticks, ticks_of, to_ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-09-01T12:00:00Z"
ORDERS, SALES, PRODUCTS = "/v1/SalesOrders", "/saleList", "/product"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """Serve rows that no test changes."""
    with Sandbox(rows={"sales_orders": 400, "sale_list": 120, "products": 90}, crowd=300) as server:
        yield server


@pytest.fixture
def server(shared: Sandbox) -> Iterator[Sandbox]:
    """Let a test turn switches; they are off again after it."""
    yield shared
    shared.behave_well()


@pytest.fixture
def standing() -> Iterator[Sandbox]:
    """Serve rows that the test may change, at a time that only the test moves."""
    with Sandbox(default_rows=30, clock=Clock(NOW)) as own:
        yield own


def omni(server: Sandbox, path: str = ORDERS, **query: object) -> Any:  # noqa: ANN401
    params = {"rows": "250"} | {name: str(value) for name, value in query.items()}
    answer = requests.get(server.base_url + path, params=params, auth=server.auth, timeout=9)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask_core(server: Sandbox, path: str = SALES, **query: object) -> requests.Response:
    params = {"Page": "1", "Limit": "1000"} | {name: str(value) for name, value in query.items()}
    url = server.core_base_url + path
    answer = requests.get(url, params=params, headers=server.core_headers, timeout=9)
    assert answer.status_code == 200, answer.text
    return answer


def core(server: Sandbox, path: str = SALES, **query: object) -> Any:  # noqa: ANN401
    return ask_core(server, path, **query).json()


def order(server: Sandbox) -> list[str]:
    return [row["SaleID"] for row in core(server)["SaleList"]]


def tell(server: Sandbox, command: str, **wish: object) -> requests.Response:
    return requests.post(f"{server.url}/_sandbox/{command}", json=wish, timeout=9)


# --- lists of Omni ---------------------------------------------------------------------------


def crowd(server: Sandbox) -> list[int]:
    return [row["id"] for row in omni(server, order="modifiedDate ASC", fields="id")]


def test_ties_come_in_another_order_at_each_request(server: Sandbox) -> None:
    kind = crowd(server), crowd(server)
    server.behave("sales_orders", ties="random")
    wild = crowd(server), crowd(server)
    assert kind[0] == kind[1]
    assert wild[0] != wild[1]


def test_pages_of_random_ties_still_go_up_by_stamp(server: Sandbox) -> None:
    server.behave(ties="random")
    rows = [
        row
        for page in (1, 2)
        for row in omni(server, order="modifiedDate ASC", fields="id,modifiedDate", page=page)
    ]
    stamps = [to_ticks(row["modifiedDate"]) for row in rows]
    assert len(rows) == 400
    assert stamps == sorted(stamps)
    assert len({row["id"] for row in rows}) < 400  # some twice, so that some never


def test_inside_one_second_the_order_by_id_is_total(server: Sandbox) -> None:
    server.behave(ties="random")
    stamps = Counter(row["modifiedDate"] for row in server.store.rows("sales_orders"))
    (second, count), *_ = stamps.most_common(1)
    clause = f"modifiedDate>='{second}' AND modifiedDate<='{second}'"
    pages = [
        [row["id"] for row in omni(server, where=clause, order="id ASC", fields="id", page=page)]
        for page in (1, 2)
    ]
    found = pages[0] + pages[1]
    assert len(found) == count == 300
    assert found == sorted(set(found))


def test_random_ties_hold_for_any_order(server: Sandbox) -> None:
    server.behave(ties="random")
    found = [[row["id"] for row in omni(server, order="isVoid ASC", fields="id")] for _ in range(2)]
    assert found[0] != found[1]


def test_a_parameter_can_be_without_effect(server: Sandbox) -> None:
    server.behave("sales_orders", ignores=["page", "where"])
    first = omni(server, fields="id")
    assert omni(server, fields="id", page=2, where="id=1") == first


# --- lists of Core ---------------------------------------------------------------------------


def test_a_list_comes_in_random_order_at_each_request(server: Sandbox) -> None:
    assert order(server) == order(server)
    server.behave("sale_list", order="random")
    one, other = order(server), order(server)
    assert one != other
    assert sorted(one) == sorted(other)


@pytest.mark.parametrize(("direction", "place"), [("ascending", -1), ("descending", 0)])
def test_a_list_goes_by_the_last_change(direction: Any, place: int) -> None:  # noqa: ANN401
    with Sandbox(default_rows=20, habits=Habits(order=direction)) as server:
        key = server.core.store.keys("sale_list")[7][0]
        before = order(server)
        server.core.store.touch("sale_list", key)
        after = order(server)
    assert after[place] == key
    assert before.index(key) != after.index(key)


def test_a_list_in_order_of_insertion_stays_while_rows_change() -> None:
    with Sandbox(default_rows=20, habits=Habits(order="insertion")) as server:
        before = order(server)
        server.core.store.touch("sale_list", *before[:3])
        (added,) = server.change("add", "sale_list", api="core")
        assert order(server) == [*before, added[0]]


@pytest.mark.parametrize(
    ("switch", "total"), [("true", True), (0, 0), (10, 10), (50_000, 50_000), ("limit", 40)]
)
def test_total_can_be_wrong(server: Sandbox, switch: Any, total: object) -> None:  # noqa: ANN401
    server.behave("sale_list", total=switch)
    answer = core(server, Limit=40)
    assert answer["Total"] is total or answer["Total"] == total
    assert len(answer["SaleList"]) == 40


def test_total_can_be_missing(server: Sandbox) -> None:
    assert core(server)["Total"] == 120
    server.behave("sale_list", total="missing")
    answer = core(server)
    assert "Total" not in answer
    assert answer["Page"] == 1


def test_total_can_be_stale(standing: Sandbox) -> None:
    standing.behave("sale_list", total="stale", stale_seconds=60)
    standing.time.advance(30)
    standing.change("add", "sale_list", api="core", count=5)
    standing.core.store.delete("sale_list", standing.core.store.keys("sale_list")[0])
    assert (core(standing)["Total"], len(order(standing))) == (30, 34)
    standing.time.advance(60)
    assert core(standing)["Total"] == 34


@pytest.mark.parametrize("size", [7, 100])
def test_pages_are_smaller_than_asked(server: Sandbox, size: int) -> None:
    server.behave(page_size=size)
    pages = [core(server, Page=page)["SaleList"] for page in range(1, 120 // size + 2)]
    assert {len(page) for page in pages[:-1]} == {size}
    assert len({row["SaleID"] for page in pages for row in page}) == 120
    assert len(omni(server)) == size


def test_a_list_shows_a_part_of_its_rows_or_none(server: Sandbox) -> None:
    server.behave("sale_list", shows=50)
    assert (core(server)["Total"], len(order(server))) == (50, 50)
    server.behave("sales_orders", shows=0)
    assert omni(server) == []


def test_habits_belong_to_one_stream_or_to_all(server: Sandbox) -> None:
    server.behave("sale_list", total="missing")
    server.behave("*", page_size=3)
    assert len(order(server)) == 120
    assert len(core(server, PRODUCTS)["Products"]) == 3


# --- what becomes visible when ---------------------------------------------------------------


def test_a_change_becomes_visible_late(standing: Sandbox) -> None:
    standing.behave("sales_orders", late_seconds=(20, 20))
    key = standing.store.keys("sales_orders")[0]
    old = standing.store.row("sales_orders", key)["modifiedDate"]
    standing.store.touch("sales_orders", key)
    standing.time.advance(19)
    assert omni(standing, f"{ORDERS}/{key[0]}")["modifiedDate"] == old
    assert omni(standing, where=f"modifiedDate>='{NOW}'") == []
    standing.time.advance(1)
    assert omni(standing, f"{ORDERS}/{key[0]}")["modifiedDate"] == NOW
    assert [row["id"] for row in omni(standing, where=f"modifiedDate>='{NOW}'")] == [key[0]]
    assert len(omni(standing)) == 60


def test_a_new_row_becomes_visible_late_in_list_and_document(standing: Sandbox) -> None:
    standing.behave("sale_list", late_seconds=(5, 5))
    ((key,),) = standing.change("add", "sale_list", api="core")
    missing = requests.get(
        f"{standing.core_base_url}/sale?ID={key}", headers=standing.core_headers, timeout=9
    )
    assert missing.status_code == 400
    assert len(order(standing)) == 30
    standing.time.advance(5)
    assert key in order(standing)
    assert core(standing, "/sale", ID=key)["ID"] == key


def test_changes_of_one_second_are_late_by_different_times(standing: Sandbox) -> None:
    standing.behave("sales_orders", late_seconds=(1, 20))
    standing.change("bulk", "sales_orders", count=40)
    seen = []
    for _ in range(20):
        standing.time.advance(1)
        seen.append(len(omni(standing, where=f"modifiedDate>='{NOW}'")))
    assert seen == sorted(seen)
    assert 0 < seen[5] < 40
    assert seen[-1] == 40


def test_a_row_that_is_deleted_while_a_change_waits_stays_gone(standing: Sandbox) -> None:
    standing.behave("contacts", late_seconds=(9, 9))
    key = standing.store.keys("contacts")[0]
    standing.store.touch("contacts", key)
    standing.store.delete("contacts", key)
    standing.time.advance(9)
    assert key[0] not in {row["id"] for row in omni(standing, "/v1/Contacts")}


def test_a_newer_change_that_shows_earlier_is_not_undone(standing: Sandbox) -> None:
    key = standing.store.keys("contacts")[0]
    for wait, name in ((9, "old"), (3, "new")):
        standing.behave("contacts", late_seconds=(wait, wait))
        standing.store.edit("contacts", key, firstName=name)
    standing.time.advance(3)
    assert omni(standing, f"/v1/Contacts/{key[0]}")["firstName"] == "new"
    standing.time.advance(9)
    assert omni(standing, f"/v1/Contacts/{key[0]}")["firstName"] == "new"


# --- the clock -------------------------------------------------------------------------------


def dated(server: Sandbox) -> float:
    answer = requests.get(server.base_url + ORDERS, auth=server.auth, timeout=9)
    return parsedate_to_datetime(answer.headers["Date"]).timestamp()


@pytest.mark.parametrize("offset", [-900, 900])
def test_a_clock_that_is_off_shows_in_dates_and_stamps(offset: int) -> None:
    with Sandbox(default_rows=5) as right, Sandbox(clock=Clock(offset_seconds=offset)) as off:
        assert dated(off) - dated(right) == pytest.approx(offset, abs=2)
        key = off.store.keys("contacts")[0]
        moved = ticks_of(off.store.touch("contacts", key)) - Clock().ticks()
    assert moved / 10_000_000 == pytest.approx(offset, abs=2)


def test_time_stands_until_it_is_advanced(standing: Sandbox) -> None:
    first = dated(standing)
    assert dated(standing) == first
    standing.time.advance(3600)
    assert dated(standing) == first + 3600
    key = standing.core.store.keys("products")[0]
    assert standing.core.store.touch("products", key) == "2026-09-01T13:00:00Z"


def test_edits_of_one_moment_share_their_stamp(standing: Sandbox) -> None:
    keys = standing.store.keys("contacts")[:3]
    assert {standing.store.edit("contacts", key).stamp for key in keys} == {NOW}


def test_a_clock_can_hide_its_date_or_make_no_sense(standing: Sandbox) -> None:
    standing.time.date_header = "missing"
    hidden = requests.get(standing.base_url + ORDERS, auth=standing.auth, timeout=9)
    standing.time.date_header = "nonsense"
    odd_one = requests.get(standing.base_url + ORDERS, auth=standing.auth, timeout=9)
    assert "Date" not in hidden.headers
    assert odd_one.headers["Date"] == "yesterday"


def test_a_stamp_in_the_future_does_not_draw_later_edits_along() -> None:
    with Sandbox(default_rows=10) as server:
        first, second = server.store.keys("contacts")[:2]
        server.change("misdate", "contacts", first)
        server.store.touch("contacts", second)
        last = [row["id"] for row in omni(server, "/v1/Contacts", order="modifiedDate ASC")][-2:]
        assert last == [second[0], first[0]]
        assert server.store.row("contacts", second)["modifiedDate"] < from_ticks(Clock().ticks())


# --- changes ---------------------------------------------------------------------------------


def test_a_change_happens_between_two_pages() -> None:
    with Sandbox(rows={"sale_list": 30}) as server:
        (first,) = core(server, Limit=1)["SaleList"]
        server.change("delete", "sale_list", first["SaleID"], api="core", after=2, of="sale_list")
        totals = [core(server, Page=page, Limit=10)["Total"] for page in (1, 2, 3)]
        assert totals == [30, 30, 29]


def test_a_plan_counts_the_calls_of_its_stream_only() -> None:
    with Sandbox(default_rows=10) as server:
        done: list[str] = []
        server.after(1, lambda: done.append("now"), "contacts")
        omni(server)
        assert done == []
        omni(server, "/v1/Contacts")
        omni(server, "/v1/Contacts")
        assert done == ["now"]


def test_rows_are_added_edited_and_deleted_in_both_apis(standing: Sandbox) -> None:
    for api, stream in (("omni", "contacts"), ("core", "customers")):
        store = standing.store_of(api)
        count = len(store.keys(stream))
        added = standing.change("add", stream, api=api, count=3)
        (edited,) = standing.change("edit", stream, added[0], api=api, phone="555")
        standing.change("delete", stream, added[1], api=api)
        assert len(store.keys(stream)) == count + 2
        assert store.row(stream, edited)["phone"] == "555"


def test_an_added_row_has_all_fields_and_is_found(standing: Sandbox) -> None:
    ((key,),) = standing.change("add", "sales_orders")
    (row,) = omni(standing, where=f"id={key}")
    assert row["modifiedDate"] == NOW
    assert row.keys() == omni(standing)[0].keys()


def test_a_bulk_edit_gives_many_rows_one_second(standing: Sandbox) -> None:
    standing.change("bulk", "sales_orders", count=50, reference="moved")
    rows = [row for row in omni(standing) if row["reference"] == "moved"]
    assert len(rows) == 50
    assert {row["modifiedDate"] for row in rows} == {NOW}


def test_drafts_vanish(standing: Sandbox) -> None:
    stream, wrapper = "finished_goods_list", "FinishedGoods"
    before = {row["TaskID"]: row["Status"] for row in standing.core.store.rows(stream)}
    gone = standing.change("vanish", stream, api="core", count=100)
    assert gone
    assert {before[key] for (key,) in gone} == {"DRAFT"}
    left = {row["TaskID"] for row in core(standing, "/finishedGoodsList")[wrapper]}
    assert left == before.keys() - {key for (key,) in gone}


def test_voided_documents_stay_listed(standing: Sandbox) -> None:
    ((key,),) = standing.change("void", "purchase_list", api="core")
    (order_id, *_), *_ = standing.change("void", "sales_orders")
    rows = core(standing, "/purchaseList")["PurchaseList"]
    assert [row["Status"] for row in rows if row["ID"] == key] == ["VOIDED"]
    assert omni(standing, f"{ORDERS}/{order_id}")["isVoid"] is True


# --- rows ------------------------------------------------------------------------------------


def test_names_come_in_another_spelling_at_every_level(server: Sandbox) -> None:
    key = server.core.store.keys("sale_list")[0][0]
    server.behave(names={"ProductID": "productId", "SaleID": "SaleId"})
    sale = json.dumps(core(server, "/sale", ID=key))
    assert '"productId"' in sale
    assert '"ProductID"' not in sale
    assert {"SaleId"} <= core(server)["SaleList"][0].keys()


@pytest.mark.parametrize(
    ("case", "name"),
    [("lower", "modifieddate"), ("upper", "MODIFIEDDATE"), ("pascal", "ModifiedDate")],
)
def test_names_come_in_another_case(server: Sandbox, case: Any, name: str) -> None:  # noqa: ANN401
    server.behave("sales_orders", case=case)
    row = omni(server)[0]
    assert name in row
    assert "modifiedDate" not in row


def test_the_envelope_keeps_its_names(server: Sandbox) -> None:
    server.behave("sale_list", case="camel")
    answer = core(server)
    assert answer.keys() == {"Total", "Page", "SaleList"}
    assert "saleID" in answer["SaleList"][0]


def test_fields_that_nobody_knows_come_at_every_level(server: Sandbox) -> None:
    server.behave(extra={"BrandNew": [1, {"deep": None}]})
    row = next(one for one in omni(server) if one["lineItems"])
    sale = core(server, "/sale", ID=server.core.store.keys("sale_list")[0][0])
    for place in (row, row["lineItems"][0], sale, sale["Order"], sale["Order"]["Lines"][0]):
        assert place["BrandNew"] == [1, {"deep": None}]


def test_values_are_planted_by_path(server: Sandbox) -> None:
    key = server.core.store.keys("sale_list")[0][0]
    server.behave(
        "sales",
        plant={
            "Order.Lines[].Price": "free",
            "Order.Lines[0].Quantity": {"much": True},
            "Customer": 7,
            "Brand.New": 1,
            "Nothing[9].Here": 1,
        },
    )
    sale = core(server, "/sale", ID=key)
    assert {line["Price"] for line in sale["Order"]["Lines"]} == {"free"}
    assert sale["Order"]["Lines"][0]["Quantity"] == {"much": True}
    assert (sale["Customer"], sale["Brand"]) == (7, {"New": 1})


def test_only_the_rows_that_are_named_are_concerned(server: Sandbox) -> None:
    key = server.store.keys("sales_orders")[0][0]
    server.behave("sales_orders", plant={"": "no object"}, only=[key])
    rows = omni(server)
    assert rows.count("no object") == 1
    assert all(isinstance(row, dict) for row in rows if row != "no object")


BYTES = {
    "surrogate": rb"\ud83d",
    "latin-1": b"\xe9",
    "control": b"\x07",
    "nul": rb"\u0000",
    "escape": rb"\u001b[31m",
    "nan": b":NaN",
    "infinity": b":Infinity",
    "minus-infinity": b":-Infinity",
    "huge": b":1e999999",
    "big-integer": b":123456789012345678901234567890",
    "many-digits": b":0.1234567890123456789012345678901234567890",
    "deep": b":" + b"[" * 5_000 + b"]" * 5_000,
}


def test_fields_move_with_each_request(server: Sandbox) -> None:
    server.behave("sale_list", volatile=["Customer", "NoSuchField"])
    first, second = (core(server)["SaleList"] for _ in range(2))
    assert all(
        one["Customer"] != other["Customer"] for one, other in zip(first, second, strict=True)
    )
    assert [one["SaleID"] for one in first] == [one["SaleID"] for one in second]
    assert "NoSuchField" not in first[0]


def test_a_row_comes_twice(server: Sandbox) -> None:
    server.behave("sales_orders", twice=True)
    ids = [row["id"] for row in omni(server)]
    assert len(ids) == 250
    assert [one for one, count in Counter(ids).items() if count > 1] == [ids[0]]


def test_ids_come_in_capital_letters(server: Sandbox) -> None:
    key = core(server)["SaleList"][0]["SaleID"]
    server.behave("sales", guids="upper")
    assert core(server, "/sale", ID=key)["ID"] == key.upper()
    assert core(server)["SaleList"][0]["SaleID"] == key


@pytest.mark.parametrize(("empty", "expected"), [("null", {"SaleList": None}), ("missing", {})])
def test_an_empty_list_is_something_else(
    server: Sandbox, empty: str, expected: dict[str, None]
) -> None:
    server.behave("*", empty=empty)
    assert core(server, Page=99) == {"Total": 120, "Page": 99, **expected}
    assert core(server)["SaleList"]
    assert omni(server, page=99) is None


def test_an_or_is_not_heeded(server: Sandbox) -> None:
    ids = [row["id"] for row in omni(server)][:2]
    where = f"id = {ids[0]} OR id = {ids[1]}"
    assert [row["id"] for row in omni(server, where=where)] == ids
    server.behave("sales_orders", alternatives=False)
    assert [row["id"] for row in omni(server, where=where)] == ids[:1]


def test_every_kind_of_odd_bytes_is_tried() -> None:
    assert set(BYTES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_odd_bytes_leave_as_they_are(kind: str) -> None:
    with Sandbox(default_rows=3) as server:
        key = server.core.store.keys("customers")[0]
        kind_body = ask_core(server, "/customer").content
        server.core.store.edit("customers", key, Comments=odd(kind))
        body = ask_core(server, "/customer").content
    assert BYTES[kind] not in kind_body
    assert body.count(BYTES[kind]) == 1
    assert b"odd:" not in body


def test_odd_bytes_can_stand_anywhere_in_a_document(server: Sandbox) -> None:
    key = server.core.store.keys("sale_list")[0][0]
    server.behave("sales", plant={"Order.Lines[0].Quantity": odd("nan")})
    server.behave("products", extra={"New" + odd("control"): 1})
    assert b'"Quantity":NaN' in ask_core(server, "/sale", ID=key).content
    assert b'"Newbell \x07' in ask_core(server, PRODUCTS).content


def test_a_kind_of_odd_bytes_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="use one of surrogate"):
        odd("strange")


# --- from another process --------------------------------------------------------------------


def test_other_processes_turn_the_same_switches(standing: Sandbox) -> None:
    tell(standing, "habits", stream="sale_list", habits={"total": 3, "names": {"SaleID": "Id"}})
    answer = core(standing)
    assert answer["Total"] == 3
    assert "Id" in answer["SaleList"][0]
    assert tell(standing, "clock", advance=60).json() == {"now": "2026-09-01T12:01:00Z"}
    tell(standing, "change", what="delete", stream="contacts", keys=[1001], after=1, of="contacts")
    assert [len(omni(standing, "/v1/Contacts")) for _ in range(2)] == [30, 29]
    (added,) = tell(standing, "change", what="add", stream="products", api="core").json()["keys"]
    assert added[0] in {row["ID"] for row in core(standing, PRODUCTS)["Products"]}


@pytest.mark.parametrize(
    ("command", "wish"),
    [
        ("habits", {"habits": {"total": "often"}}),
        ("habits", {"habits": {"moods": True}}),
        ("change", {"what": "melt", "stream": "contacts"}),
        ("change", {"what": "edit", "stream": "nobody"}),
        ("clock", {"speed": 2}),
    ],
)
def test_a_switch_that_is_not_there_is_refused(
    standing: Sandbox, command: str, wish: dict[str, Any]
) -> None:
    assert tell(standing, command, **wish).status_code == 400
