from __future__ import annotations

import re
import time
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import requests

from sandbox import Faults, Quota, Sandbox
from sandbox.core.parts import PARTS
from sandbox.core.resources import (
    BY_YEAR,
    SINGLES,
    CoreDetail,
    CoreList,
    details,
    lists,
)
from sandbox.stamps import to_ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.core import LimitForm

LIMIT_TEXT = "You have reached 60 calls per 60 seconds API limit."
PAGED = [one for one in lists().values() if one.paged and one.name not in SINGLES | BY_YEAR]
exact = msgspec.json.Decoder(float_hook=Decimal).decode


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Serve data that no test changes."""
    rows = {
        "sale_list": 330,
        "purchase_list": 120,
        "products": 1200,
        "customers": 230,
        "locations": 600,
        "product_availability": 90,
    }
    with Sandbox(default_rows=40, rows=rows) as running:
        yield running


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """Serve data that the test may change."""
    with Sandbox(default_rows=30) as running:
        yield running


def get(server: Sandbox, path: str, **query: object) -> requests.Response:
    params = {name: str(value) for name, value in query.items()}
    return requests.get(
        server.core_base_url + path, params=params, headers=server.core_headers, timeout=5
    )


def v1(server: Sandbox, path: str, **query: object) -> requests.Response:
    params = {name: str(value) for name, value in query.items()}
    return requests.get(
        server.core_v1_base_url + path, params=params, headers=server.core_headers, timeout=5
    )


def rows(server: Sandbox, stream: str, **query: object) -> list[dict[str, Any]]:
    resource = lists()[stream]
    response = get(server, resource.path, **{"Page": 1, "Limit": 1000, **query})
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()[resource.records_key or ""]
    return found


def everything(server: Sandbox, stream: str, **query: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = 1
    while more := rows(server, stream, Page=page, **query):
        found += more
        page += 1
    return found


def purchases(server: Sandbox, kind: str) -> list[str]:
    listed = server.core.store.rows("purchase_list")
    return [row["ID"] for row in listed if row["Type"] == kind]


def first_id(server: Sandbox, stream: str) -> str:
    return str(server.core.store.keys(stream)[0][0])


# --- connection ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{}, {"api-auth-accountid": "other"}, {"api-auth-applicationkey": "wrong"}],
)
def test_wrong_credentials_get_403_with_words(server: Sandbox, wrong: dict[str, str]) -> None:
    for base in (server.core_base_url, server.core_v1_base_url):
        headers = {**server.core_headers, **wrong} if wrong else {}
        response = requests.get(f"{base}/me", headers=headers, timeout=5)
        assert response.status_code == 403
        assert "credentials" in response.text


def test_me_answers_one_object(server: Sandbox) -> None:
    body = get(server, "/me").json()
    assert body["Company"] == "Tāmaki Homewares Ltd"
    assert body["LockDate"] == "31/12/2025"


def test_an_unknown_path_answers_200_with_an_html_page(server: Sandbox) -> None:
    for response in (get(server, "/production/workcentres"), v1(server, "/StockTransferList")):
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/html")
        assert response.text.startswith("<!DOCTYPE html>")


def test_endpoints_that_the_account_does_not_have() -> None:
    missing = ["production_work_centers", "product_suppliers"]
    with Sandbox(default_rows=5, unavailable=missing) as server:
        response = get(server, "/production/workcenters", Page=1, Limit=100)
        assert (response.status_code, response.text[0]) == (200, "<")
        assert get(server, "/product-suppliers", ProductID="any").status_code == 405
        assert rows(server, "brands")


def test_only_reading_is_offered(server: Sandbox) -> None:
    url = f"{server.core_base_url}/saleList"
    assert requests.post(url, headers=server.core_headers, timeout=5).status_code == 405


# --- lists -----------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", PAGED, ids=lambda one: one.name)
def test_every_list_has_its_wrapper_its_fields_and_its_kind_of_total(
    server: Sandbox, resource: CoreList
) -> None:
    flags = {"IncludeDeprecated": "true", "ShowUsedCredits": "true", "ShowUsedDeposits": "true"}
    body = get(server, resource.path, Page=1, Limit=50, OnlyActive="false", **flags).json()
    found = body[resource.records_key or ""]
    count = len(server.core.store.tables[resource.name].by_id)
    assert len(found) == min(count, 50)
    assert all(row.keys() == resource.properties.keys() for row in found)
    expected = {"right": count, "limit": 50, "missing": None}
    assert body.get("Total") == expected[resource.total]


def test_total_is_missing_or_wrong_where_it_was_seen_so() -> None:
    kinds = {name: one.total for name, one in lists().items()}
    assert kinds["payment_terms"] == "limit"
    missing = {name for name, kind in kinds.items() if kind == "missing"}
    assert missing >= {"customer_credits", "supplier_deposits", "templates", "customer_templates"}
    assert missing >= {"production_order_list", "production_resource_list"}


def test_what_is_not_paged(server: Sandbox) -> None:
    assert get(server, "/ref/priceTier").json().keys() == {"PriceTiers"}
    assert isinstance(get(server, "/reference/shipZonesEnabled").json()["IsEnabled"], bool)
    assert "ChartOfAccounts" in get(server, "/production/order/referenceData").json()
    assert get(server, "/production/factoryCalendar", Year=2025).json()["Year"] == 2025
    assert get(server, "/production/factoryCalendar", Year=1999).status_code == 400
    assert get(server, "/production/factoryCalendar").status_code == 400


def test_a_page_has_100_rows_unless_more_are_asked_for(server: Sandbox) -> None:
    body = get(server, "/saleList").json()
    assert (len(body["SaleList"]), body["Page"], body["Total"]) == (100, 1, 330)
    assert len(get(server, "/saleList", Page=4, Limit=100).json()["SaleList"]) == 30
    assert get(server, "/saleList", Page=5, Limit=100).json()["SaleList"] == []


def test_the_real_page_may_be_smaller_than_asked(server: Sandbox) -> None:
    sizes = {
        "products": len(rows(server, "products", IncludeDeprecated="true", Limit=5000)),
        "with bom": len(rows(server, "products", IncludeBOM="true")),
        "locations": len(rows(server, "locations")),
        "customers": len(rows(server, "customers")),
    }
    assert sizes == {"products": 1000, "with bom": 500, "locations": 500, "customers": 100}


def test_without_a_limit_products_ignore_the_page(server: Sandbox) -> None:
    first, second = (get(server, "/product", Page=page).json()["Products"] for page in (1, 2))
    assert first == second
    assert len(first) == 100


@pytest.mark.parametrize("query", [{"Page": 0}, {"Limit": "x"}, {"UpdatedSince": "yesterday"}])
def test_what_is_not_understood_gets_an_error_body(
    server: Sandbox, query: dict[str, object]
) -> None:
    response = get(server, "/saleList", **query)
    assert response.status_code == 400
    body = response.json()
    error = body[0] if isinstance(body, list) else body
    assert error.keys() == {"ErrorCode", "Exception"}


def test_unknown_parameters_are_ignored(server: Sandbox) -> None:
    assert rows(server, "sale_list", Sort="Updated", Foo=1) == rows(server, "sale_list")


def test_the_bank_accounts_answer_under_both_paths(server: Sandbox) -> None:
    both = [get(server, path).json() for path in ("/ref/account/bank", "/ref/accountBank")]
    assert both[0] == both[1]


def test_an_unknown_account_code_is_an_error_and_no_empty_list(server: Sandbox) -> None:
    response = get(server, "/ref/account", Code="999999")
    assert response.status_code == 400
    assert "Account with specified ID not found" in response.text
    assert len(rows(server, "accounts", Code="_61_")) == 1


def test_lists_have_no_order_and_an_edited_row_moves(own: Sandbox) -> None:
    before = [row["SaleID"] for row in rows(own, "sale_list")]
    keys = [key[0] for key in own.core.store.keys("sale_list")]
    stamps = {row["SaleID"]: row["Updated"] for row in rows(own, "sale_list")}
    assert before not in (sorted(keys), sorted(keys, key=lambda key: to_ticks(stamps[key])))
    for key in before[:5]:
        own.core.store.edit("sale_list", key, CustomerReference="moved")
    after = [row["SaleID"] for row in rows(own, "sale_list")]
    assert after != before
    assert sorted(after) == sorted(before)


def test_seen_orders_are_kept(server: Sandbox) -> None:
    numbers = [row["OrderNumber"] for row in rows(server, "purchase_list")]
    assert numbers == sorted(numbers)
    skus = [row["SKU"] for row in rows(server, "products")]
    assert skus == sorted(skus)


# --- filters ---------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", ["sale_list", "purchase_list", "sale_credit_note_list"])
def test_updated_since_and_until_are_inclusive(server: Sandbox, stream: str) -> None:
    stamp = str(lists()[stream].stamp)
    ticks = {row[stamp]: to_ticks(row[stamp]) for row in server.core.store.rows(stream)}
    ordered = sorted(ticks, key=ticks.__getitem__)
    low, high = ordered[4], ordered[-4]
    found = rows(server, stream, UpdatedSince=low, UpdatedUntil=high)
    wanted = [
        row
        for row in server.core.store.rows(stream)
        if ticks[low] <= ticks[row[stamp]] <= ticks[high]
    ]
    assert len(found) == len(wanted)
    assert {low, high} <= {row[stamp] for row in found}


def test_modified_since_filters_crm_although_no_stamp_is_shown(own: Sandbox) -> None:
    lead = first_id(own, "crm_leads")
    assert "LastModifiedOn" not in own.core.store.row("crm_leads", lead)
    assert rows(own, "crm_leads", ModifiedSince="2026-07-15") == []
    later = "2026-08-01T00:00:00Z"
    own.core.store.edit("sale_list", first_id(own, "sale_list"), Updated=later)
    own.core.store.edit("crm_leads", lead, Comments="called")
    assert [row["ID"] for row in rows(own, "crm_leads", ModifiedSince="2026-07-15")] == [lead]


@pytest.mark.parametrize(
    "stream", ["stock_transfer_list", "stocktake_list", "finished_goods_list", "journals"]
)
def test_filters_that_do_not_exist_are_ignored(server: Sandbox, stream: str) -> None:
    later = "2030-01-01T00:00:00Z"
    found = rows(server, stream, UpdatedSince=later, ModifiedSince=later)
    assert found == rows(server, stream)
    assert found


@pytest.mark.parametrize(
    ("stream", "flag"),
    [
        ("products", "IncludeDeprecated"),
        ("customers", "IncludeDeprecated"),
        ("suppliers", "IncludeDeprecated"),
        ("customer_credits", "ShowUsedCredits"),
        ("supplier_deposits", "ShowUsedDeposits"),
    ],
)
def test_some_rows_show_only_with_their_flag(server: Sandbox, stream: str, flag: str) -> None:
    few, all_rows = everything(server, stream), everything(server, stream, **{flag: "true"})
    assert 0 < len(few) < len(all_rows) == len(server.core.store.keys(stream))


def test_inactive_resources_show_only_when_asked_for(server: Sandbox) -> None:
    few = rows(server, "production_resource_list")
    assert len(few) < len(rows(server, "production_resource_list", OnlyActive="false"))


def test_transactions_are_filtered_by_accounting_date(server: Sandbox) -> None:
    found = rows(server, "transactions", FromDate="2026-02-01", ToDate="2026-04-01")
    dates = [row["EffectiveDate"] for row in found]
    assert dates
    assert all("2026-02-01T00:00:00" < date < "2026-04-01T00:00:00" for date in dates)


def test_the_documented_name_of_the_receiving_filter_is_ignored(server: Sandbox) -> None:
    everything_ = rows(server, "purchase_list")
    assert rows(server, "purchase_list", RestockReceivedStatus="DRAFT") == everything_
    some = rows(server, "purchase_list", StockReceivedStatus="DRAFT")
    assert {row["StockReceivedStatus"] for row in some} == {"DRAFT"}


def test_names_and_skus_can_be_searched(server: Sandbox) -> None:
    product = server.core.store.rows("products")[0]
    for query in ({"Sku": product["SKU"]}, {"Name": product["Name"]}, {"ID": product["ID"]}):
        found = rows(server, "products", IncludeDeprecated="true", **query)
        assert product["ID"] in {row["ID"] for row in found}
        assert len(found) < 20


ALL_FLAGS = {
    "IncludeDeprecated": "true",
    "IncludeBOM": "true",
    "IncludeSuppliers": "true",
    "IncludeMovements": "true",
    "IncludeAttachments": "true",
    "IncludeReorderLevels": "true",
    "IncludeCustomPrices": "true",
}


def test_collections_of_products_are_empty_without_their_flags(server: Sandbox) -> None:
    bare = rows(server, "products", Limit=200)
    full = {row["ID"]: row for row in rows(server, "products", **ALL_FLAGS)}
    for name in ("Suppliers", "BillOfMaterialsProducts", "Movements", "Attachments"):
        assert all(row[name] == [] for row in bare)
        assert any(row[name] for row in full.values())
    some = next(row for row in full.values() if row["Suppliers"])
    assert all(one["ProductID"] == some["ID"] for one in some["Suppliers"])


# --- values ----------------------------------------------------------------------------------


def test_stamps_have_a_zone_or_not_and_up_to_three_digits(server: Sandbox) -> None:
    sales = [row["Updated"] for row in server.core.store.rows("sale_list")]
    assert all(re.fullmatch(r"[\d-]{10}T[\d:]{8}(\.\d{1,3})?Z", stamp) for stamp in sales)
    purchased = [row["LastUpdatedDate"] for row in rows(server, "purchase_list")]
    created = [row["CreatedDate"] for row in server.core.store.rows("products")]
    for stamp in purchased + created:
        assert re.fullmatch(r"[\d-]{10}T[\d:]{8}(\.\d{1,3})?", stamp)
    assert {len(stamp) for stamp in created} >= {22, 23}
    assert {len(stamp) for stamp in sales} == {20, 22, 23, 24}


def test_hundreds_of_sales_can_share_one_millisecond(server: Sandbox) -> None:
    stamps = Counter(row["Updated"] for row in everything(server, "sale_list"))
    ((_, most), (_, next_most)) = stamps.most_common(2)
    assert (most, next_most) == (110, 1)
    with Sandbox(default_rows=20, rows={"sale_list": 400}, crowd=300) as crowded:
        updated = [row["Updated"] for row in crowded.core.store.rows("sale_list")]
    assert Counter(updated).most_common(1)[0][1] == 300


def test_document_dates_are_business_dates(server: Sandbox) -> None:
    dates = [row["OrderDate"] for row in rows(server, "sale_list")]
    assert None in dates
    assert all(re.fullmatch(r"[\d-]{10}T00:00:00", date) for date in dates if date)


def test_null_and_empty_text_mix_and_some_numbers_are_text(server: Sandbox) -> None:
    sales = rows(server, "sale_list")
    assert {"", None} <= {row["CustomerReference"] for row in sales}
    totals = {type(row["TotalAmount"]) for row in rows(server, "money_task_list")}
    assert totals >= {str, float}
    payable = [row["ForPayments"] for row in rows(server, "accounts")]
    assert {"true", "false"} & set(map(str, payable))
    assert {type(one) for one in payable} >= {str, bool}


def test_numbers_have_up_to_ten_decimals_and_no_exponent(server: Sandbox) -> None:
    body = get(server, "/product", Limit=500, **ALL_FLAGS).content
    costs = [row["AverageCost"] for row in exact(body)["Products"]]
    decimals = [-int(one.as_tuple().exponent) for one in costs if isinstance(one, Decimal)]
    assert max(decimals) == 10
    assert not re.search(rb":-?[\d.]+[eE]", body)


def test_price_tiers_are_keyed_by_the_tenant_s_names(server: Sandbox) -> None:
    names = {row["Name"] for row in get(server, "/ref/priceTier").json()["PriceTiers"]}
    assert rows(server, "products", Limit=1)[0]["PriceTiers"].keys() == names


def test_availability_has_several_rows_per_product_and_location(server: Sandbox) -> None:
    stock = rows(server, "product_availability")
    places = Counter((row["ID"], row["Location"]) for row in stock)
    assert set(places.values()) == {3}
    grain = {
        tuple(row[k] for k in ("ID", "Location", "Bin", "Batch", "ExpiryDate")) for row in stock
    }
    assert len(grain) == len(stock) == 90
    assert {"", None} <= {row["Batch"] for row in stock}
    live = {row["ID"] for row in everything(server, "products")}
    assert {row["ID"] for row in stock} <= live


def test_availability_has_300_rows_by_default_and_cannot_have_too_many() -> None:
    assert len(Sandbox().core.store.keys("product_availability")) == 300
    with pytest.raises(ValueError, match="product_availability can have"):
        _ = Sandbox(rows={"products": 2, "product_availability": 99}).core.store


def test_some_ledger_lines_are_the_same_in_every_field(server: Sandbox) -> None:
    lines = rows(server, "transactions")
    repeated = Counter(msgspec.json.encode(line) for line in lines)
    assert len(lines) == 40
    assert list(repeated.values()).count(2) == 4


def test_bins_are_rows_and_stand_with_their_warehouse(server: Sandbox) -> None:
    found = {row["ID"]: row for row in everything(server, "locations")}
    bins = [row for row in found.values() if row["ParentID"]]
    assert bins
    for row in bins:
        assert row["ID"] in {one["ID"] for one in found[row["ParentID"]]["Bins"]}


def test_the_order_list_mixes_orders_and_runs(server: Sandbox) -> None:
    listed = rows(server, "production_order_list")
    orders = {row["TaskID"] for row in listed if row["Type"] == "O"}
    runs = [row for row in listed if row["Type"] == "R"]
    assert runs
    assert {row["ProductionOrderID"] for row in runs} <= orders


def test_webhooks_carry_credentials(server: Sandbox) -> None:
    webhook = get(server, "/webhooks").json()["Webhooks"][0]
    assert webhook["ExternalPassword"] == "sandbox-webhook-password"


# --- details ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", details().values(), ids=lambda one: one.name)
def test_every_detail_answers_by_id_with_the_schema_s_fields(
    server: Sandbox, kind: CoreDetail
) -> None:
    some = False
    for key in server.core.store.keys(kind.header)[:40]:
        response = get(server, kind.path, **{kind.id_param: key[0]})
        assert response.status_code == 200, response.text
        body = response.json()
        records = body[kind.records_key] if kind.records_key else body
        for record in records if isinstance(records, list) else [records]:
            assert record.keys() == kind.properties.keys()
            some = True
        if kind.copies:
            assert body.keys() >= set(kind.copies)
    assert some


@pytest.mark.parametrize("kind", details().values(), ids=lambda one: one.name)
def test_an_id_that_is_not_there_gets_400_and_so_does_none(
    server: Sandbox, kind: CoreDetail
) -> None:
    response = get(server, kind.path, **{kind.id_param: "00000000-0000-0000-0000-000000000000"})
    assert response.status_code == 400
    assert "with specified ID not found" in response.text
    assert get(server, kind.path).status_code == 400


def test_sales_agree_with_their_header(server: Sandbox) -> None:
    products = {key[0] for key in server.core.store.keys("products")}
    for header in rows(server, "sale_list", Limit=60):
        sale = get(server, "/sale", ID=header["SaleID"]).json()
        assert sale["ID"] == header["SaleID"]
        assert sale["LastModifiedOn"] == header["Updated"]
        for name in ("Status", "Type", "Customer", "CustomerID", "CombinedInvoiceStatus"):
            assert sale[name] == header[name]
        assert sale["Order"]["SaleOrderNumber"] == header["OrderNumber"]
        assert sale["Invoices"][-1]["InvoiceNumber"] == header["InvoiceNumber"]
        assert sale["Invoices"][-1]["Total"] == header["InvoiceAmount"]
        assert all(one["Status"] == "VOIDED" for one in sale["Invoices"][:-1])
        assert bool(sale["CreditNotes"]) == bool(header["CreditNoteNumber"])
        tasks = [one["TaskID"] for name in ("Invoices", "Fulfilments") for one in sale[name]]
        assert len(set(tasks)) == len(tasks)
        assert all(re.fullmatch(r"[0-9a-f-]{36}", task) for task in tasks)
        for line in sale["Order"]["Lines"]:
            assert line["ProductID"] in products
            assert {"ProductLength", "WeightUnits", "ProductCustomField10"} <= line.keys()


def test_a_detail_is_the_same_each_time_and_the_same_for_the_same_seed(server: Sandbox) -> None:
    sale = first_id(server, "sale_list")
    assert get(server, "/sale", ID=sale).content == get(server, "/sale", ID=sale).content
    one, same, other = (Sandbox(seed=seed, default_rows=20).core.store for seed in (5, 5, 6))
    key = one.keys("sale_list")[3][0]
    assert one.detail("sales", key) == same.detail("sales", key) != other.detail("sales", key)
    assert one.rows("products") == same.rows("products") != other.rows("products")


def test_flags_change_what_a_sale_carries(own: Sandbox) -> None:
    sale = next(
        key[0]
        for key in own.core.store.keys("sale_list")
        for full in [own.core.store.detail("sales", key[0])]
        if full["Transactions"]
        and full["InventoryMovements"]
        and full["Order"]["AdditionalCharges"]
    )
    full = own.core.store.detail("sales", sale)
    assert get(own, "/sale", ID=sale).json()["Transactions"] == []
    assert get(own, "/sale", ID=sale, IncludeTransactions="true").json()["Transactions"]
    hidden = get(own, "/sale", ID=sale, HideInventoryMovements="true").json()
    assert hidden["InventoryMovements"] == []
    order = get(own, "/sale", ID=sale, CombineAdditionalCharges="true").json()["Order"]
    assert order["AdditionalCharges"] == []
    charges = full["Order"]["AdditionalCharges"]
    assert len(order["Lines"]) == len(full["Order"]["Lines"]) + len(charges)


def test_a_voided_document_stays_listed_and_says_so_in_its_parts(own: Sandbox) -> None:
    sale = first_id(own, "sale_list")
    entry = own.core.store.void("sale_list", sale)
    header = next(row for row in rows(own, "sale_list") if row["SaleID"] == sale)
    assert (header["Status"], header["Updated"]) == ("VOIDED", entry.stamp)
    full = get(own, "/sale", ID=sale).json()
    assert (full["Status"], full["LastModifiedOn"]) == ("VOIDED", entry.stamp)
    assert {one["Status"] for one in full["Invoices"]} == {"VOIDED"}


def test_a_vanished_document_is_listed_but_has_no_detail(own: Sandbox) -> None:
    sale = first_id(own, "sale_list")
    own.core.vanish("sales", sale)
    assert sale in {row["SaleID"] for row in rows(own, "sale_list")}
    response = get(own, "/sale", ID=sale)
    assert response.status_code == 400
    assert "Sale with specified ID not found" in response.text


def test_simple_purchases_have_bare_blocks_and_some_are_a_shell(server: Sandbox) -> None:
    shells = 0
    for key in purchases(server, "Simple Purchase"):
        sent = get(server, "/advanced-purchase", ID=key).json()
        assert isinstance(sent["StockReceived"], dict)
        assert isinstance(sent["Invoice"], dict)
        simple = get(server, "/purchase", ID=key).json()
        assert "PutAway" not in simple
        if sent["StockReceived"]["Status"] == "":
            shells += 1
            assert sent["CombinedReceivingStatus"] == "FULLY RECEIVED"
            assert simple["StockReceived"]["Lines"]
            full = server.core.store.detail("purchases", key)
            assert full["StockReceived"][0]["TaskID"] == key
    assert shells >= 10


def test_other_purchases_have_arrays_and_no_simple_form(server: Sandbox) -> None:
    for kind in ("Advanced Purchase", "Service Purchase"):
        key = purchases(server, kind)[0]
        sent = get(server, "/advanced-purchase", ID=key).json()
        assert isinstance(sent["StockReceived"], list)
        receipts = [block["TaskID"] for block in sent["StockReceived"]]
        assert receipts == [block["TaskID"] for block in sent["PutAway"]]
        response = get(server, "/purchase", ID=key)
        assert response.status_code == 400
        assert "does not support Advanced Purchase and Service Purchase" in response.text


def test_purchase_payments_are_those_of_the_detail(server: Sandbox) -> None:
    kinds: set[str] = set()
    for (key,) in server.core.store.keys("purchase_list"):
        sent = get(server, "/advanced-purchase/payment", PurchaseID=key).json()
        full = server.core.store.detail("purchases", key)
        paid = [one["ID"] for block in full["Invoice"] for one in block["Payments"]]
        assert set(paid) <= {one["ID"] for one in sent}
        kinds |= {one["Type"] for one in sent}
    assert kinds == {"PREPAYMENT", "PAYMENT", "REFUND"}


@pytest.mark.parametrize("path", PARTS)
def test_endpoints_of_parts_repeat_the_detail(server: Sandbox, path: str) -> None:
    part = PARTS[path]
    owner = part.owner if part.of_row else details()[part.owner].header
    key = first_id(server, owner)
    response = get(server, path, **{part.parameter: key})
    assert response.status_code == 200
    body = response.json()
    source = (
        server.core.store.row(owner, key)
        if part.of_row
        else server.core.store.detail(part.owner, key)
    )
    if part.envelope:
        assert len(body[part.envelope]) == len(source[str(part.source)])
    missing = get(server, path, **{part.parameter: "nothing"})
    assert missing.status_code == 400


# --- changes ---------------------------------------------------------------------------------


def test_an_edit_shows_in_list_detail_and_mirror(own: Sandbox) -> None:
    store = own.core.store
    sale = first_id(own, "sale_credit_note_list")
    newest = max(to_ticks(row["Updated"]) for row in store.rows("sale_list"))
    entry = store.edit("sale_list", sale, CustomerReference="changed")
    assert to_ticks(str(entry.stamp)) > newest
    assert store.row("sale_credit_note_list", sale)["CustomerReference"] == "changed"
    found = rows(own, "sale_list", UpdatedSince=entry.stamp)
    assert [row["SaleID"] for row in found] == [sale]
    assert get(own, "/sale", ID=sale).json()["LastModifiedOn"] == entry.stamp
    assert len(store.versions("sale_list")) == 31
    store.delete("sale_credit_note_list", sale)
    assert get(own, "/sale", ID=sale).status_code == 400
    assert (sale,) not in store.keys("sale_list") + store.keys("sale_credit_note_list")


def test_an_edited_purchase_has_a_stamp_without_a_zone(own: Sandbox) -> None:
    entry = own.core.store.edit("purchase_list", first_id(own, "purchase_list"))
    assert str(entry.stamp)[-1].isdecimal()


def test_added_rows_are_made_like_the_others(own: Sandbox) -> None:
    store = own.core.store
    before = store.detail("sales", first_id(own, "sale_list"))
    entry = store.add("sale_list", {"CustomerReference": "new"})
    assert store.row("sale_list", entry.key)["CustomerReference"] == "new"
    assert get(own, "/sale", ID=entry.key[0]).status_code == 200
    store.add("products")
    store.add("transactions")
    assert len(store.keys("transactions")) == 31
    assert store.detail("sales", before["ID"]) == before


@pytest.mark.parametrize("stream", ["sale_list", "finished_goods_list", "transactions"])
def test_rows_move_between_pages_while_they_are_read(stream: str) -> None:
    with Sandbox(default_rows=60, edits_per_call=4) as server:
        seen = [
            msgspec.json.encode({name: row[name] for name in lists()[stream].keys})
            for page in range(1, 7)
            for row in rows(server, stream, Page=page, Limit=10)
        ]
        assert len(server.core.store.versions(stream)) == 60 + 6 * 4
        if lists()[stream].keys:
            assert len(set(seen)) < len(seen)
            every = {key[0] for key in server.core.store.keys(stream)}
            assert len(every) == 60


def test_documents_are_voided_while_they_are_read() -> None:
    with Sandbox(default_rows=60, edits_per_call=4) as server:
        before = Counter(row["Status"] for row in server.core.store.rows("sale_list"))
        for _ in range(12):
            rows(server, "sale_list")
        after = Counter(row["Status"] for row in server.core.store.rows("sale_list"))
    assert after["VOIDED"] > before["VOIDED"]


# --- limits and faults -----------------------------------------------------------------------


@pytest.mark.parametrize("form", ["429", "503", "400", "403"])
def test_the_limit_shows_in_four_forms(form: LimitForm) -> None:
    quota = Quota(per_minute=2, retry_after="text", clock=lambda: 1_000.0)
    with Sandbox(default_rows=3, core_quota=quota, core_limit_form=form) as server:
        assert [get(server, "/me").status_code for _ in range(2)] == [200, 200]
        response = get(server, "/me")
        assert response.status_code == int(form)
        if form in {"429", "503"}:
            assert response.text == LIMIT_TEXT
            assert response.headers["Retry-After"] == "60 Seconds"
        elif form == "400":
            body = response.json()
            error = body[0] if isinstance(body, list) else body
            assert error == {"ErrorCode": 400, "Exception": LIMIT_TEXT}
        assert v1(server, "/SaleList").status_code == 503


def test_a_refused_call_may_come_again_when_its_time_is_over() -> None:
    now = [1_000.0]
    quota = Quota(per_second=1, retry_after="text", clock=lambda: now[0])
    with Sandbox(default_rows=3, core_quota=quota) as server:
        assert get(server, "/me").status_code == 200
        refusal = get(server, "/me")
        assert (refusal.status_code, refusal.headers["Retry-After"]) == (429, "1 Seconds")
        now[0] += 1
        assert get(server, "/me").status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("limit-429", 429, LIMIT_TEXT),
        ("limit-503", 503, LIMIT_TEXT),
        ("limit-400", 400, LIMIT_TEXT),
        ("limit-403", 403, "Forbidden"),
        ("error-200", 200, '"ErrorCode":500'),
        ("retry-after", 429, LIMIT_TEXT),
        ("html", 200, "<!DOCTYPE html>"),
        (500, 500, "ErrorCode"),
        (502, 502, "ErrorCode"),
    ],
)
def test_faults_come_in_core_s_words_and_pass(
    own: Sandbox, kind: int | str, status: int, words: str
) -> None:
    own.fail_next("sales", kind)
    sale = first_id(own, "sale_list")
    response = get(own, "/sale", ID=sale)
    assert response.status_code == status
    assert words in response.text
    if kind in {"limit-429", "limit-503"}:
        assert response.headers["Retry-After"] == "1 Seconds"
    assert get(own, "/sale", ID=sale).json()["ID"] == sale


def test_connections_break_too(own: Sandbox) -> None:
    for kind in ("reset", "truncated"):
        own.fail_next("sale_list", kind)
        with pytest.raises(requests.RequestException):
            get(own, "/saleList")
    assert get(own, "/saleList").status_code == 200


def test_a_schedule_of_core_s_faults() -> None:
    kinds = ("limit-429", "limit-503", "limit-400", "limit-403", "error-200")
    with Sandbox(default_rows=3, faults=Faults(rate=0.5, kinds=kinds)) as server:
        statuses = {get(server, "/me").status_code for _ in range(60)}
    assert statuses == {200, 400, 403, 429, 503}


def test_errors_are_an_object_or_an_array(own: Sandbox) -> None:
    shapes = {
        type(get(own, details()[name].path, **{details()[name].id_param: "x"}).json())
        for name in ("sales", "purchases", "stocktakes", "stock_transfers", "finished_goods")
    }
    assert shapes == {dict, list}


# --- V1 --------------------------------------------------------------------------------------

V1_LISTS = {
    "/Customers": ("Customers", "customers"),
    "/Suppliers": ("Suppliers", "suppliers"),
    "/Products": ("Products", "products"),
    "/ProductFamilies": ("ProductFamilies", "product_families"),
    "/ProductAvailability": ("ProductAvailability", "product_availability"),
    "/SaleList": ("SaleList", "sale_list"),
    "/PurchaseList": ("PurchaseList", "purchase_list"),
}


@pytest.mark.parametrize("path", V1_LISTS)
def test_v1_lists_take_parameters_in_any_letter_case(server: Sandbox, path: str) -> None:
    wrapper, stream = V1_LISTS[path]
    body = v1(server, path, page=2, limit=7, includeDeprecated="true").json()
    assert (body["Page"], len(body[wrapper])) == (2, 7)
    keys = [tuple(row[name] for name in lists()[stream].keys) for row in body[wrapper]]
    assert set(keys) <= set(server.core.store.keys(stream))
    assert v1(server, path, Page=2, Limit=7, includeDeprecated="true").json() == body


def test_v1_filters_by_modification(server: Sandbox) -> None:
    stamp = sorted(row["Updated"] for row in server.core.store.rows("sale_list"))[-20]
    found = v1(server, "/SaleList", limit=1000, updatedSince=stamp).json()["SaleList"]
    assert found
    assert all(to_ticks(row["Updated"]) >= to_ticks(stamp) for row in found)


def test_v1_knows_simple_sales_by_their_older_names(server: Sandbox) -> None:
    listed = v1(server, "/SaleList", limit=1000).json()["SaleList"]
    assert {row["Type"] for row in listed} == {"Simple Sale"}
    sale = v1(server, f"/Sale/{listed[0]['SaleID']}").json()
    assert sale["ID"] == listed[0]["SaleID"]
    assert "SaleAccount" in sale
    assert "DefaultAccount" not in sale
    assert sale["OrderDate"] == listed[0]["OrderDate"]


def test_v1_knows_simple_purchases_by_their_older_names(server: Sandbox) -> None:
    listed = v1(server, "/PurchaseList", limit=1000).json()["PurchaseList"]
    assert {row["Type"] for row in listed} == {"Simple Purchase"}
    purchase = v1(server, f"/Purchase/{listed[0]['ID']}").json()
    assert isinstance(purchase["StockReceived"], dict)
    assert "VendorAddress" in purchase
    advanced = purchases(server, "Advanced Purchase")[0]
    assert v1(server, f"/Purchase/{advanced}").status_code == 400


# --- size ------------------------------------------------------------------------------------


def test_long_lists_and_many_details_are_quick() -> None:
    # The server works in this process.
    began = time.process_time()
    with Sandbox(default_rows=20, rows={"sale_list": 2_300}, edits_per_call=2) as server:
        assert len(rows(server, "sale_list", Page=1)) == 1000
        assert len(rows(server, "sale_list", Page=3)) == 300
        with requests.Session() as session:
            session.headers.update(server.core_headers)
            for (key,) in server.core.store.keys("sale_list")[:300]:
                url = f"{server.core_base_url}/sale"
                assert session.get(url, params={"ID": key}, timeout=5).status_code == 200
    assert time.process_time() - began < 10


def test_sizes_of_neither_api_are_refused() -> None:
    with pytest.raises(ValueError, match="no such stream: sales"):
        Sandbox(rows={"sales": 3, "sale_list": 3, "products": 4})
