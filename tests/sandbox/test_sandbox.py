from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import pytest
import requests

from sandbox import Faults, Quota, Sandbox
from sandbox.entry import sortable
from sandbox.omni.resources import Resource, resources
from sandbox.stamps import NO_DATE, from_ticks, ticks_of, to_ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ORDERS = "/v1/SalesOrders"
Test: TypeAlias = "Callable[[dict[str, Any]], bool]"

LISTS = resources()
exact = msgspec.json.Decoder(float_hook=Decimal).decode


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Serve data that no test changes."""
    with Sandbox(rows={"sales_orders": 700}, denied=["users"]) as running:
        yield running


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    """Serve a few rows of every list."""
    with Sandbox(default_rows=60) as running:
        yield running


@pytest.fixture
def faulty(small: Sandbox) -> Iterator[Sandbox]:
    """Let a test script failures and count its calls."""
    small.reset_calls()
    yield small
    small.heal("sales_orders")


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """Serve data that the test may change."""
    with Sandbox(default_rows=60) as running:
        yield running


def get(server: Sandbox, path: str = ORDERS, **query: object) -> requests.Response:
    params = {name: str(value) for name, value in query.items()}
    return requests.get(server.base_url + path, params=params, auth=server.auth, timeout=5)


def ids(server: Sandbox, path: str = ORDERS, **query: object) -> list[int]:
    response = get(server, path, rows=250, fields="id", **query)
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.json()]


def where(server: Sandbox, clause: str, path: str = ORDERS) -> set[int]:
    found: set[int] = set()
    page = 1
    while more := ids(server, path, where=clause, page=page):
        found.update(more)
        page += 1
    return found


def expected(server: Sandbox, test: Test, stream: str = "sales_orders") -> set[int]:
    return {row["id"] for row in server.store.rows(stream) if test(row)}


def everything(server: Sandbox) -> set[int]:
    return expected(server, lambda _: True)


# --- signing in ------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", [None, ("demo", "wrong"), ("other", "demo-key"), ("demo", "")])
def test_wrong_credentials_get_401_with_a_json_string(
    server: Sandbox, auth: tuple[str, str] | None
) -> None:
    response = requests.get(server.base_url + ORDERS, auth=auth, timeout=5)
    assert response.status_code == 401
    assert isinstance(response.json(), str)


@pytest.mark.parametrize("header", ["Basic é!", "Basic", "Bearer ZGVtbzpkZW1vLWtleQ=="])
def test_a_header_that_is_no_basic_authentication_gets_401(server: Sandbox, header: str) -> None:
    headers = {"Authorization": header.encode()}
    response = requests.get(server.base_url + ORDERS, headers=headers, timeout=5)
    assert response.status_code == 401


def test_an_endpoint_that_is_switched_off_gets_403_and_the_others_work(server: Sandbox) -> None:
    assert get(server, "/v1/Users").status_code == 403
    assert get(server, "/v1/Users/11").status_code == 403
    assert get(server, "/v1/Branches").status_code == 200


# --- paths -----------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", LISTS, ids=lambda resource: resource.name)
def test_every_list_is_a_bare_array_of_the_schema_s_fields(
    small: Sandbox, resource: Resource
) -> None:
    rows = get(small, resource.path, rows=250).json()
    assert rows
    assert all(row.keys() == resource.properties.keys() for row in rows)
    keys = [tuple(row[name] for name in resource.keys) for row in rows]
    assert len(set(keys)) == len(keys)
    assert "record_key" not in rows[0]


def test_every_list_of_omni_is_served(server: Sandbox) -> None:
    for one in (one for one in LISTS if one.name not in server.denied):
        rows = get(server, one.path, rows=1).json()
        assert rows
        assert all(row.keys() == set(one.properties) for row in rows)
    assert [one.path for one in LISTS if one.path.startswith("/v2")] == ["/v2/BomMasters"]


def test_by_id_gives_a_bare_object(server: Sandbox) -> None:
    row = get(server, rows=1).json()[0]
    assert get(server, f"{ORDERS}/{row['id']}").json() == row


def test_by_id_of_a_size_grid_gives_its_first_size(server: Sandbox) -> None:
    sized = next(row for row in server.store.rows("product_options") if row["sizeId"] > 0)
    assert get(server, f"/v1/ProductOptions/{sized['id']}").json()["sizeId"] == 1


def test_an_unknown_id_or_path_gets_404(server: Sandbox) -> None:
    for path in (f"{ORDERS}/1", f"{ORDERS}/x", "/v1/Stock/1", "/v1/Nothing", "/v3/SalesOrders"):
        assert get(server, path).status_code == 404


def test_cartons_are_an_array_by_sales_order_id(server: Sandbox) -> None:
    order = get(server, "/v1/SalesOrdersWithCartons", rows=1).json()[0]
    cartons = get(server, f"/v1/Cartons/{order['id']}")
    assert cartons.json() == order["cartonsWithLineItems"]
    assert get(server, "/v1/Cartons/1").status_code == 404


def test_stock_is_found_by_barcode_and_vouchers_by_code(server: Sandbox) -> None:
    stock = server.store.rows("stock")[7]
    found = get(server, "/v1/Stock", barcode=stock["barcode"]).json()
    assert found
    assert {row["barcode"] for row in found} == {stock["barcode"]}
    code = server.store.rows("vouchers")[0]["code"]
    assert [row["code"] for row in get(server, "/v1/Voucher", code=code).json()] == [code]


def test_only_get_is_served(server: Sandbox) -> None:
    response = requests.post(server.base_url + ORDERS, auth=server.auth, timeout=5)
    assert response.status_code == 405


# --- paging ----------------------------------------------------------------------------------


def test_rows_is_50_by_default_and_250_at_most(server: Sandbox) -> None:
    assert len(get(server).json()) == 50
    assert len(get(server, rows=250).json()) == 250
    refused = get(server, rows=251)
    assert refused.status_code == 400
    assert isinstance(refused.json(), str)


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "rows=0", "rows=many"])
def test_a_page_or_rows_that_make_no_sense_get_400(server: Sandbox, query: str) -> None:
    name, _, value = query.partition("=")
    assert get(server, **{name: value}).status_code == 400


def test_a_short_page_is_the_last_and_then_come_empty_ones(server: Sandbox) -> None:
    sizes = [len(ids(server, page=page, order="modifiedDate ASC")) for page in range(1, 6)]
    assert sizes == [250, 250, 200, 0, 0]


def test_unknown_parameters_are_ignored(server: Sandbox) -> None:
    assert get(server, whre="id = 1", limit=3).json() == get(server).json()


@pytest.mark.parametrize("name", ["where", "other"])
def test_a_query_over_2000_characters_gets_404(server: Sandbox, name: str) -> None:
    assert get(server, **{name: "id = 1 OR " * 199 + "id = 1"}).status_code == 404


def test_an_in_list_of_100_ids_works(server: Sandbox) -> None:
    wanted = ids(server)[:100]
    assert where(server, f"id IN ({','.join(map(str, wanted))})") == set(wanted)


# --- order -----------------------------------------------------------------------------------


def test_the_default_order_is_by_id(server: Sandbox) -> None:
    assert ids(server) == sorted(everything(server))[:250]


@pytest.mark.parametrize(
    ("resource", "ties"), [(one, one.keys) for one in LISTS if one.stamp], ids=lambda v: str(v)[:40]
)
def test_a_stamp_orders_the_list_and_ties_go_by_key(
    server: Sandbox, resource: Resource, ties: tuple[str, ...]
) -> None:
    rows = get(server, resource.path, rows=250, order=f"{resource.stamp} ASC").json()
    places = [(ticks_of(row[resource.stamp]), sortable(row[name] for name in ties)) for row in rows]
    assert places == sorted(places)
    assert places


def test_nulls_come_first_ascending_and_last_descending(server: Sandbox) -> None:
    path, order = "/v1/Payments", "modifiedDate"
    up = [row[order] for row in get(server, path, rows=250, order=f"{order} ASC").json()]
    down = [row[order] for row in get(server, path, rows=250, order=f"{order} DESC").json()]
    nulls = up.count(None)
    assert nulls > 10
    assert up[:nulls] == [None] * nulls
    assert up[nulls] == NO_DATE
    assert [ticks_of(one) for one in down] == sorted(map(ticks_of, down), reverse=True)


def test_several_columns_order_the_list_and_unknown_ones_are_ignored(server: Sandbox) -> None:
    rows = get(server, rows=250, order="branchid DESC, nothing, reference").json()
    by_hand = sorted(rows, key=lambda row: row["reference"])
    assert rows == sorted(by_hand, key=lambda row: row["branchId"], reverse=True)


def test_ordering_by_the_whole_key_pages_through_stock_once(server: Sandbox) -> None:
    order = "productId ASC, productOptionId ASC, branchId ASC, size ASC"
    rows: list[dict[str, Any]] = []
    page = 1
    while more := get(server, "/v1/Stock", rows=250, page=page, order=order).json():
        rows += more
        page += 1
    grain = ("productId", "productOptionId", "branchId", "size")
    keys = [sortable(row[name] for name in grain) for row in rows]
    assert keys == sorted(set(keys))
    assert len(keys) == 600


# --- where -----------------------------------------------------------------------------------

MIDDLE = "2026-04-01T12:00:00Z"


@pytest.mark.parametrize(
    ("clause", "test"),
    [
        ("status = 'DRAFT'", lambda row: row["status"] == "DRAFT"),
        ("STATUS='DRAFT'", lambda row: row["status"] == "DRAFT"),
        ("status <> 'DRAFT'", lambda row: row["status"] != "DRAFT"),
        ("company = 'O''Neill & Sons'", lambda row: row["company"] == "O'Neill & Sons"),
        ("company LIKE '%Neill%'", lambda row: "Neill" in row["company"]),
        ("company LIKE 'Neill'", lambda _: False),
        ("branchId in (3, 4)", lambda row: row["branchId"] in (3, 4)),
        ("status IN ('VOID','DRAFT')", lambda row: row["status"] in ("VOID", "DRAFT")),
        ("isVoid = true", lambda row: row["isVoid"]),
        ("source IS NULL", lambda row: row["source"] is None),
        ("source is not null", lambda row: row["source"] is not None),
        ("total > 100.5", lambda row: row["total"] is not None and row["total"] > 100.5),
        ("total <= 100.5", lambda row: row["total"] is not None and row["total"] <= 100.5),
        (
            "isVoid = true OR status = 'DRAFT' AND branchId = 3",
            lambda row: row["isVoid"] or (row["status"] == "DRAFT" and row["branchId"] == 3),
        ),
        (
            "(isVoid = true OR status = 'DRAFT') AND branchId = 3",
            lambda row: (row["isVoid"] or row["status"] == "DRAFT") and row["branchId"] == 3,
        ),
        (
            f"modifiedDate >= '{MIDDLE}' AND status = 'DRAFT'",
            lambda row: (
                ticks_of(row["modifiedDate"]) >= to_ticks(MIDDLE) and row["status"] == "DRAFT"
            ),
        ),
        (
            "invoiceDate < '2026-02-01T00:00:00Z'",
            lambda row: 0 <= ticks_of(row["invoiceDate"]) <= to_ticks("2026-02-01T00:00:00Z"),
        ),
    ],
)
def test_where_selects(server: Sandbox, clause: str, test: Test) -> None:
    found = where(server, clause)
    assert found == expected(server, test)
    assert found != everything(server)


def test_id_equals_and_in_work_but_ordering_by_id_is_ignored(server: Sandbox) -> None:
    first = min(everything(server))
    assert where(server, f"id = {first}") == {first}
    assert where(server, f"id = '{first}'") == {first}
    assert where(server, f"id > {first + 100}") == everything(server)
    assert where(server, f"id > {first + 100} AND id = {first}") == {first}


@pytest.mark.parametrize("clause", ["stattus = 'DRAFT'", "lineItems.code = 'x'", "lineItems = 1"])
def test_a_condition_on_an_unknown_or_nested_field_is_ignored(server: Sandbox, clause: str) -> None:
    assert where(server, clause) == everything(server)


@pytest.mark.parametrize("order", ["modifiedDate ASC", "id"])
@pytest.mark.parametrize("sign", [">=", ">", "<", "<="])
def test_every_bound_on_a_date_is_inclusive(server: Sandbox, sign: str, order: str) -> None:
    row = server.store.rows("sales_orders")[3]
    stamp = from_ticks(ticks_of(row["modifiedDate"]), digits=7)
    found: set[int] = set()
    for page in (1, 2, 3):
        clause = f"modifiedDate{sign}'{stamp}'"
        found.update(ids(server, where=clause, order=order, page=page))
    bound = to_ticks(stamp)
    wanted = expected(
        server,
        lambda one: (
            ticks_of(one["modifiedDate"]) >= bound
            if sign.startswith(">")
            else ticks_of(one["modifiedDate"]) <= bound
        ),
    )
    assert found == wanted
    assert row["id"] in found


def test_a_row_without_a_stamp_is_in_no_range_of_stamps(server: Sandbox) -> None:
    never = expected(server, lambda row: row["modifiedDate"] is None, "payments")
    path = "/v1/Payments"
    assert never
    assert where(server, "modifiedDate IS NULL", path) == never
    for bound in ("modifiedDate>='0001-01-01T00:00:00Z'", "modifiedDate<='9000-01-01T00:00:00Z'"):
        assert not where(server, bound, path) & never
        assert not never & set(ids(server, path, where=bound, order="modifiedDate ASC"))


@pytest.mark.parametrize("order", ["modifiedDate ASC", "id"])
@pytest.mark.parametrize(
    "date",
    ["'2026-01-31'", "2026-01-31", "2026-01-31T00:00:00Z", "'soon'", "'2026-02-31T00:00:00Z'"],
)
def test_a_bare_or_malformed_date_gets_400(server: Sandbox, date: str, order: str) -> None:
    response = get(server, where=f"modifiedDate >= {date}", order=order)
    assert response.status_code == 400
    assert "not a valid date time" in response.json()


@pytest.mark.parametrize("order", ["modifiedDate ASC", "id"])
@pytest.mark.parametrize("date", ["2020-01-31T00:00:00", "2020-01-31T00:00:00+13:00"])
def test_a_time_without_z_silently_returns_nothing(server: Sandbox, date: str, order: str) -> None:
    assert ids(server, where=f"modifiedDate >= '{date}'", order=order) == []


@pytest.mark.parametrize(
    "clause",
    ["status =", "= 3", "status 'x'", "status = 'x", "(status = 'x'", "status IN 3", "a = 1 b = 2"],
)
def test_a_clause_that_does_not_follow_the_grammar_gets_400(server: Sandbox, clause: str) -> None:
    assert get(server, where=clause).status_code == 400


# --- fields ----------------------------------------------------------------------------------


def test_fields_narrow_the_answer_with_nesting(server: Sandbox) -> None:
    whole = get(server, rows=5).json()
    narrow = get(server, rows=5, fields="id,reference,lineItems(code,qty),nothing").json()
    assert narrow == [
        {
            "id": row["id"],
            "reference": row["reference"],
            "lineItems": [{"code": line["code"], "qty": line["qty"]} for line in row["lineItems"]],
        }
        for row in whole
    ]


def test_fields_without_any_known_name_return_everything(server: Sandbox) -> None:
    assert get(server, rows=5, fields="nothing").json() == get(server, rows=5).json()


# --- data ------------------------------------------------------------------------------------


def test_two_servers_with_one_seed_hold_the_same_data() -> None:
    one, same, other = (Sandbox(seed=seed, default_rows=20).store for seed in (5, 5, 6))
    assert all(one.rows(name) == same.rows(name) for name in one.tables)
    assert one.rows("contacts") != other.rows("contacts")


def test_what_rows_point_at_exists(small: Sandbox) -> None:
    rows = {name: small.store.rows(name) for name in small.store.tables}
    knsmall = {name: {row.get("id") for row in rows[name]} for name in rows}
    lines = {line["id"] for order in rows["sales_orders"] for line in order["lineItems"]}
    for name in ("sales_orders", "purchase_orders", "quotes", "credit_notes"):
        for order in rows[name]:
            assert order["memberId"] in knsmall["contacts"]
            assert order["branchId"] in knsmall["branches"]
            for line in order["lineItems"]:
                assert line["productId"] in knsmall["products"]
                assert line["productOptionId"] in knsmall["product_options"]
                assert line["transactionId"] == order["id"]
                assert line["parentId"] in {0, order["lineItems"][0]["id"]}
    assert {row["productId"] for row in rows["product_options"]} <= knsmall["products"]
    assert {row["productId"] for row in rows["stock"]} <= knsmall["products"]
    assert {row["productOptionId"] for row in rows["stock"]} <= knsmall["product_options"]
    assert {row["branchId"] for row in rows["stock"]} <= knsmall["branches"]
    assert {row["orderId"] for row in rows["payments"]} <= knsmall["sales_orders"]
    assert {row["lineItemId"] for row in rows["serial_numbers"]} <= lines
    assert {row["customerID"] for row in rows["vouchers"]} <= knsmall["contacts"]
    assert {row["supplierId"] for row in rows["products"]} <= knsmall["contacts"] | {0}


def test_sizes_share_an_option_id_in_options_and_stock(small: Sandbox) -> None:
    options = small.store.rows("product_options")
    assert max(Counter(row["id"] for row in options).values()) == 3
    assert len({(row["id"], row["sizeId"]) for row in options}) == len(options)
    assert {None, "", "S", "M", "L"} == {row["size"] for row in small.store.rows("stock")}
    nested = [one for row in small.store.rows("products") for one in row["productOptions"]]
    assert sorted((one["id"], one["sizeId"]) for one in nested) == small.store.keys(
        "product_options"
    )


def test_awkward_values_are_there(server: Sandbox) -> None:
    orders = server.store.rows("sales_orders")
    text = b"".join(entry.body for entry in server.store.versions("sales_orders")).decode()
    assert NO_DATE in text
    assert any(len(str(row["total"] or "").replace(".", "")) == 28 for row in orders)
    assert any(str(row["total"]) == "10.00" for row in orders)
    assert {type(value) for row in orders for value in row["customFields"].values()} == {
        str,
        int,
        bool,
        Decimal,
        type(None),
    }
    assert any(line["parentId"] > 0 for row in orders for line in row["lineItems"])
    assert any("+13:00" in (row["dispatchedDate"] or "") for row in orders)
    assert {type(row["stockControl"]) for row in server.store.rows("products")} == {int, str}
    assert {"VOID", "APPROVED", "DRAFT"} == {row["status"] for row in orders}
    assert all((row["status"] == "VOID") is row["isVoid"] for row in orders)
    assert "O'Neill" in text
    assert "8.75%" in text
    assert "株式会社" in text


def test_numbers_keep_every_digit_on_the_wire(own: Sandbox) -> None:
    key = own.store.keys("sales_orders")[0]
    long = Decimal("1234567890.123456789012345678")
    own.store.edit("sales_orders", key, total=long, surcharge=Decimal("10.00"))
    response = get(own, where=f"id = {key[0]}")
    assert b'"total":1234567890.123456789012345678,' in response.content
    assert b'"surcharge":10.00,' in response.content
    assert exact(response.content)[0]["total"] == long


def test_a_thousand_orders_share_a_second() -> None:
    def largest(rows: int, crowd: int | None = None) -> int:
        store = Sandbox(rows={"sales_orders": rows}, crowd=crowd).store
        stamps = Counter(entry.stamp for entry in store.versions("sales_orders"))
        return stamps.most_common(1)[0][1]

    assert largest(1600) == 1000
    assert largest(300) == 100
    assert largest(300, crowd=275) == 275
    assert largest(300, crowd=0) < 5


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="no such stream: sales"):
        Sandbox(rows={"sales": 3})
    with pytest.raises(ValueError, match="one row per product option and branch"):
        Sandbox(rows={"stock": 100, "product_options": 5})


def test_empty_lists_are_fine() -> None:
    with Sandbox(default_rows=0) as server:
        assert all(get(server, one.path).json() == [] for one in LISTS)


def test_a_long_list_answers_fast() -> None:
    with Sandbox(rows={"sales_orders": 40_000}, default_rows=10) as server:
        get(server)
        # The server works in this process.
        started = time.process_time()
        for day in range(1, 6):
            after = f"modifiedDate>='2026-05-0{day}T00:00:00Z'"
            answer = get(server, where=after, order="modifiedDate ASC", rows=250)
            assert len(answer.json()) == 250
        assert time.process_time() - started < 2


# --- the store -------------------------------------------------------------------------------


def test_edits_are_stamped_by_a_clock_that_follows_the_newest_stamp(own: Sandbox) -> None:
    newest = max(entry.by_stamp[0] for entry in own.store.versions("sales_orders"))
    first, second, third = own.store.keys("sales_orders")[:3]
    one = own.store.edit("sales_orders", first, reference="changed")
    stamp = own.store.touch("sales_orders", second[0], third[0])
    assert ticks_of(one.stamp) > newest
    assert to_ticks(stamp) == ticks_of(one.stamp) + 10_000_000
    rows = get(own, rows=250, order="modifiedDate ASC").json()
    assert [row["id"] for row in rows[-3:]] == [first[0], second[0], third[0]]
    assert rows[-3]["reference"] == "changed"


def test_an_edit_can_bring_its_own_stamp_to_play_a_late_or_missing_one(own: Sandbox) -> None:
    late, missing = own.store.keys("sales_orders")[:2]
    own.store.edit("sales_orders", late, modifiedDate="2026-01-01T00:00:00Z")
    own.store.edit("sales_orders", missing, modifiedDate=None)
    assert ids(own, order="modifiedDate ASC")[0] == missing[0]
    assert late[0] in where(own, "modifiedDate <= '2026-01-01T00:00:00Z'")


def test_rows_can_be_added_and_deleted_and_every_version_is_kept(own: Sandbox) -> None:
    store = own.store
    before = store.rows("contacts")
    added = store.add(
        "contacts",
        {key: value for key, value in before[0].items() if key != "modifiedDate"} | {"id": 9},
    )
    store.delete("contacts", before[0]["id"])
    assert {row["id"] for row in store.rows("contacts")} == {
        9,
        *(row["id"] for row in before[1:]),
    }
    assert get(own, f"/v1/Contacts/{before[0]['id']}").status_code == 404
    assert get(own, "/v1/Contacts/9").json()["modifiedDate"] == added.stamp
    versions = store.versions("contacts")
    assert len(versions) == len(before) + 1
    assert versions[0].row == before[0]
    assert (versions[-1].key, versions[-1].stamp) == ((9,), added.stamp)


def test_searches_see_edits(own: Sandbox) -> None:
    key = own.store.keys("sales_orders")[0]
    assert where(own, "reference = 'new'") == set()
    own.store.edit("sales_orders", key, reference="new")
    assert where(own, "reference = 'new'") == set(key)


def test_edits_while_being_read_move_rows_to_the_end() -> None:
    with Sandbox(edits_per_call=5) as server:
        start = len(server.store.versions("sales_orders"))
        paged: set[int] = set()
        page = 1
        while more := ids(server, page=page, order="modifiedDate ASC"):
            paged.update(more)
            page += 1
        edits = server.store.versions("sales_orders")[start:]
        assert len(edits) == 5 * page
        assert len({entry.stamp for entry in edits}) == page
        # Paging by number over a moving list loses rows, as it does at Cin7.
        assert len(paged) < len(server.store.rows("sales_orders"))


def test_edits_can_hit_another_stream_and_leave_lists_without_stamps_alone() -> None:
    with Sandbox(default_rows=20, edits_per_call=2, edits_stream="contacts") as server:
        get(server)
        assert len(server.store.versions("contacts")) == 22
    with Sandbox(default_rows=20, edits_per_call=2) as server:
        get(server, "/v1/Voucher")
        assert len(server.store.versions("vouchers")) == 20


def test_the_store_bears_many_threads(own: Sandbox) -> None:
    def work() -> None:
        for key in own.store.keys("sales_orders")[:20]:
            own.store.touch("sales_orders", key)
            get(own, order="modifiedDate ASC")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table = own.store.tables["sales_orders"]
    assert len(table.by_key) == len(table.by_id) == len(table.by_stamp) == 120
    assert len({entry.stamp for entry in table.history[120:]}) == 80


# --- limits ----------------------------------------------------------------------------------


def test_calls_over_a_limit_get_429_and_are_logged() -> None:
    now = [1_000.0]
    quota = Quota(per_second=3, clock=lambda: now[0])
    with Sandbox(default_rows=5, quota=quota) as server:
        statuses = [get(server).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert [call.status for call in server.calls] == statuses
        refused = get(server)
        assert isinstance(refused.json(), str)
        assert "Retry-After" not in refused.headers
        now[0] += 1.05
        assert get(server).status_code == 200


def test_the_windows_slide() -> None:
    now = 1000.0
    quota = Quota(per_second=2, per_minute=3, per_day=4, clock=lambda: now)
    assert [quota.wait(), quota.wait(), quota.wait()] == [None, None, 1.0]
    now += 1.0
    assert [quota.wait(), quota.wait()] == [None, 59.0]
    now += 59.0
    assert [quota.wait(), quota.wait()] == [None, 86_340.0]
    now += 86_340.0
    assert quota.wait() is None


def test_retry_after_comes_in_all_its_forms() -> None:
    assert Quota().headers(59.2) == {}
    assert Quota(retry_after="seconds").headers(59.2) == {"Retry-After": "60"}
    assert Quota(retry_after="text").headers(59.2) == {"Retry-After": "60 Seconds"}
    date = parsedate_to_datetime(Quota(retry_after="date").headers(59.2)["Retry-After"])
    assert 58 <= date.timestamp() - time.time() <= 61


# --- faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502])
def test_a_scripted_status_fails_as_often_as_asked(faulty: Sandbox, status: int) -> None:
    faulty.fail_next("sales_orders", status, times=2)
    assert get(faulty, "/v1/Branches").status_code == 200
    first = get(faulty)
    assert first.status_code == status
    assert isinstance(first.json(), str)
    assert [get(faulty).status_code, get(faulty).status_code] == [status, 200]


def test_503_has_a_message_object_as_an_older_client_saw(faulty: Sandbox) -> None:
    faulty.fail_next("*", 503)
    assert "message" in get(faulty).json()


def test_a_429_may_tell_when_to_come_back(faulty: Sandbox) -> None:
    faulty.fail_next("sales_orders", "retry-after")
    response = get(faulty)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize("fault", ["reset", "truncated"])
def test_a_broken_connection_is_an_error_and_the_next_call_works(
    faulty: Sandbox, fault: str
) -> None:
    faulty.fail_next("sales_orders", fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(faulty)
    assert get(faulty).status_code == 200
    assert [call.status for call in faulty.calls] == [0, 200]


def test_a_cut_document_has_the_right_length_but_does_not_parse(faulty: Sandbox) -> None:
    faulty.fail_next("sales_orders", "cut-json")
    response = get(faulty)
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) == len(response.content)
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_html_and_empty_bodies_come_with_200(faulty: Sandbox) -> None:
    faulty.fail_next("sales_orders", "html")
    faulty.fail_next("sales_orders", "empty")
    html, empty = get(faulty), get(faulty)
    assert (html.status_code, html.text[:15]) == (200, "<!DOCTYPE html>")
    assert (empty.status_code, empty.content) == (200, b"")


def test_a_slow_answer_is_a_right_one() -> None:
    with Sandbox(default_rows=5, faults=Faults(delay_seconds=0.15)) as server:
        server.fail_next("sales_orders", "slow")
        response = get(server)
        assert response.elapsed.total_seconds() >= 0.15
        assert len(response.json()) == 10


def test_a_lasting_fault_lasts_until_healed(faulty: Sandbox) -> None:
    faulty.always("sales_orders", 403)
    assert {get(faulty).status_code for _ in range(4)} == {403}
    faulty.heal("sales_orders")
    assert get(faulty).status_code == 200


def test_an_unknown_fault_is_refused(faulty: Sandbox) -> None:
    with pytest.raises(ValueError, match="no fault 'rest'; use an HTTP status or one of"):
        faulty.always("sales_orders", "rest")
    with pytest.raises(ValueError, match="no fault 7"):
        Faults(kinds=(7,))


def test_the_schedule_is_seeded_and_keeps_its_rate() -> None:
    def schedule(seed: int) -> list[object]:
        faults = Faults(rate=0.1, seed=seed)
        return [faults.scheduled(number) for number in range(2_000)]

    assert schedule(1) == schedule(1) != schedule(2)
    hits = Counter(schedule(1))
    assert 140 < 2_000 - hits[None] < 260
    assert len(hits) == 11


def test_a_reader_that_retries_gets_all_rows_through_scheduled_faults() -> None:
    faults = Faults(rate=0.3, seed=3, delay_seconds=0.01)
    with Sandbox(default_rows=50, faults=faults) as server:
        rows = []
        for page in range(1, 11):
            while True:
                try:
                    response = get(server, page=page, rows=10)
                    answer = response.json()
                except requests.RequestException:
                    continue
                if response.status_code == 200:
                    break
            rows += answer
        assert [row["id"] for row in rows] == [
            row["id"] for row in server.store.rows("sales_orders")
        ]
        assert len(server.calls) > 10


def test_latency_holds_back_every_answer_but_calls_overlap() -> None:
    with Sandbox(default_rows=5, latency_seconds=1) as server:
        started = time.monotonic()
        threads = [threading.Thread(target=get, args=(server,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 <= time.monotonic() - started < 4


# --- the call log and other processes --------------------------------------------------------


def test_the_call_log_tells_what_was_asked(own: Sandbox) -> None:
    get(own, rows=5, where="id = 1")
    requests.get(f"{own.base_url}/v1/Contacts/1001", timeout=5)
    one, two = own.calls
    assert (one.api, one.stream, one.method, one.path) == ("omni", "sales_orders", "GET", ORDERS)
    assert one.query == {"rows": "5", "where": "id = 1"}
    assert (two.stream, two.status) == ("contacts", 401)
    assert one.time <= one.ended <= two.time
    own.reset_calls()
    assert own.calls == []


def test_another_process_can_look_at_calls_edit_and_script(own: Sandbox) -> None:
    control = own.url + "/_sandbox"
    key = own.store.keys("sales_orders")[0][0]
    edit = {"stream": "sales_orders", "key": key, "changes": {"reference": "x"}}
    done = requests.post(f"{control}/edit", json=edit, timeout=5).json()
    assert done == {"edited": 1, "stamp": own.store.row("sales_orders", key)["modifiedDate"]}
    requests.post(f"{control}/edit", json={"stream": "contacts", "count": 3}, timeout=5)
    assert len(own.store.versions("contacts")) == 63
    for fault in ({"fault": 500}, {"fault": 403, "times": 0}):
        requests.post(f"{control}/fail", json={"stream": "quotes", **fault}, timeout=5)
    assert [get(own, "/v1/Quotes").status_code for _ in range(3)] == [500, 403, 403]
    calls = requests.get(f"{control}/calls", timeout=5).json()
    assert (calls["count"], calls["by_status"]) == (3, {"500": 1, "403": 2})
    assert calls["calls"][0]["stream"] == "quotes"
    requests.delete(f"{control}/calls", timeout=5)
    assert own.calls == []
    wrong = requests.post(f"{control}/edit", json={"stream": "nothing"}, timeout=5)
    assert wrong.status_code == 400


def test_it_runs_by_hand_and_says_where() -> None:
    command = [sys.executable, "-m", "sandbox", "--port=0", "--seconds=0.2", "--default-rows=5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout.startswith("sandbox ready: omni http://127.0.0.1:")
    assert "(username demo, api_key demo-key)" in done.stdout
    assert done.stderr == ""
