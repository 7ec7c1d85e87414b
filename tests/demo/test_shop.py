"""The small shop agrees with itself: dates, money, stock, lists and documents, in both products."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.shop import CoreShop, Shop, totals
from demo.shop.edits import Change, changes, some_days_ago
from demo.shop.money import parts, taxed
from demo.shop.serve import Served, room
from sandbox import Sandbox
from sandbox.core.resources import details, lists
from sandbox.omni.resources import resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.entry import Row

TODAY = date(2026, 10, 30)
CENT = Decimal("0.01")
ZERO = Decimal(0)
COUNTED = {"AUTHORISED", "PAID"}
INVENTORY, RECEIVABLE, PAYABLE, WORK = "630", "610", "800", "635"

Omni = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def later() -> Shop:
    return Shop(TODAY, orders_per_day=2)


@pytest.fixture(scope="module")
def shop(later: Shop) -> Shop:
    return some_days_ago(later)


@pytest.fixture(scope="module")
def omni(shop: Shop) -> Omni:
    return shop.omni()


@pytest.fixture(scope="module")
def core(shop: Shop) -> CoreShop:
    return shop.core()


@pytest.fixture(scope="module")
def later_omni(later: Shop) -> Omni:
    return later.omni()


@pytest.fixture(scope="module")
def later_core(later: Shop) -> CoreShop:
    return later.core()


def in_order(*moments: str | None) -> bool:
    known = [one for one in moments if one]
    return known == sorted(known)


def day(moment: str | None) -> str:
    return moment[:10] if moment else ""


# Both products


def test_the_same_seed_gives_the_same_shop_and_another_seed_another() -> None:
    one, same, other = (Shop(TODAY, seed=seed, months=2, orders_per_day=1) for seed in (1, 1, 2))
    assert one.omni() == same.omni()
    assert one.core() == same.core()
    assert one.omni() != other.omni()


def test_rows_have_only_fields_that_the_api_has(omni: Omni, core: CoreShop) -> None:
    known: dict[str, Mapping[str, Any]] = {one.name: one.properties for one in resources()}
    unknown = {path for name in omni for path in foreign(known[name], omni[name], name)}
    for name, rows in core.lists.items():
        unknown |= set(foreign(lists()[name].properties, rows, name))
    for name, found in core.details.items():
        unknown |= set(foreign(details()[name].properties, found.values(), name))
    assert not unknown


def foreign(properties: Mapping[str, Any], rows: Iterable[Row], path: str) -> Iterator[str]:
    for row in rows:
        for name, value in row.items():
            if name not in properties:
                yield f"{path}.{name}"
                continue
            definition = properties[name]
            inner = definition.get("items", definition).get("properties")
            if inner and value:
                nested = value if isinstance(value, list) else [value]
                yield from foreign(inner, nested, f"{path}.{name}")


def test_keys_are_unique(omni: Omni, core: CoreShop) -> None:
    keys = {one.name: one.keys for one in resources()}
    assert not doubles(omni, keys)
    assert not doubles(core.lists, {one.name: one.keys for one in lists().values()})


def doubles(
    rows_of: Mapping[str, list[Row]], keys: Mapping[str, tuple[str, ...]]
) -> list[tuple[str, tuple[object, ...]]]:
    counts = Counter(
        (name, tuple(row[key] for key in keys[name]))
        for name, rows in rows_of.items()
        if keys[name]
        for row in rows
    )
    return [key for key, count in counts.items() if count > 1]


def test_there_are_drafts_voids_kits_returns_part_shipments_and_two_currencies(
    omni: Omni, core: CoreShop
) -> None:
    orders = omni["sales_orders"]
    assert {"DRAFT", "APPROVED", "VOID"} == {one["status"] for one in orders}
    assert {"NZD", "AUD"} == {one["currencyCode"] for one in orders}
    assert {"Incl", "Excl"} == {one["taxStatus"] for one in orders}
    assert any(line["parentId"] for one in orders for line in one["lineItems"])
    assert any(one["discountTotal"] for one in orders)
    assert any(line["discount"] for one in orders for line in one["lineItems"])
    assert any(one["isVoid"] and one["invoiceDate"] for one in orders)
    assert omni["credit_notes"]
    sales = core.details["sales"].values()
    assert any(len(one["Fulfilments"]) > 1 for one in sales)
    assert {"VOIDED", "DRAFT", "AUTHORISED", "PAID"} >= {
        one["Status"] for sale in sales for one in sale["Invoices"]
    }
    reissued = [
        one for one in sales if {x["Status"] for x in one["Invoices"]} >= {"VOIDED", "PAID"}
    ]
    assert reissued
    paid = {one["CombinedPaymentStatus"] for one in sales}
    assert paid >= {"PAID", "UNPAID", "PARTIALLY PAID", "VOIDED"}


def test_december_sells_more_than_the_months_beside_it(shop: Shop) -> None:
    months = Counter(one.created.strftime("%Y-%m") for one in shop.books.orders)
    assert months["2025-12"] > max(months["2025-11"], months["2026-01"]) * 1.2


def test_the_last_quarter_sells_more_than_the_same_one_a_year_before() -> None:
    shop = Shop(TODAY, months=15, orders_per_day=2)
    days = [one.created.date() for one in shop.books.orders]
    first = sum(date(2025, 8, 1) <= one < date(2025, 11, 1) for one in days)
    last = sum(date(2026, 8, 1) <= one < date(2026, 11, 1) for one in days)
    assert last > first


def test_each_product_of_the_range_has_a_sensible_margin_but_two_that_are_cleared_out(
    omni: Omni, core: CoreShop
) -> None:
    for sold in (totals.omni_sales(omni), totals.core_sales(core)):
        margins = totals.by_product(sold)
        assert len(margins) == 20
        losses = {name for name, one in margins.items() if one.percent < 0}
        assert losses == {"Teapot 1.2 l", "Dry bag 20 l"}
        earning = {name: one for name, one in margins.items() if name not in losses}
        assert all(20 <= one.percent <= 60 for one in earning.values()), earning
        sales, cost = (
            sum(getattr(one, of) for one in margins.values()) for of in ("sales", "cost")
        )
        assert 20 <= 100 * (sales - cost) / sales <= 60


def test_both_products_hold_the_same_units_at_each_place(omni: Omni, core: CoreShop) -> None:
    units = {name: held.units for name, held in totals.omni_stock(omni).items()}
    assert units == {name: held.units for name, held in totals.core_stock(core).items()}
    assert totals.omni_order_lines(omni) == totals.core_order_lines(core)


# Omni


def test_dates_of_omni_do_not_contradict_each_other(shop: Shop, omni: Omni) -> None:
    last = f"{shop.today}T23:59:59Z"
    for one in omni["sales_orders"]:
        assert in_order(one["createdDate"], one["dispatchedDate"], one["modifiedDate"], last)
        assert in_order(one["createdDate"], one["invoiceDate"], one["modifiedDate"])
        if not one["isVoid"]:
            assert in_order(one["dispatchedDate"], one["invoiceDate"])
            assert not one["invoiceDate"] or one["dispatchedDate"]
    for one in omni["purchase_orders"]:
        assert in_order(
            one["createdDate"], one["fullyReceivedDate"], one["invoiceDate"], one["modifiedDate"]
        )
    for one in omni["branch_transfers"]:
        assert in_order(one["createdDate"], one["receivedDate"], one["modifiedDate"], last)


def test_payments_come_after_what_they_pay_for_and_never_exceed_it(omni: Omni) -> None:
    documents: dict[tuple[str, int], tuple[str, Decimal]] = {}
    for stream, kind, at in (
        ("sales_orders", "SalesOrder", "invoiceDate"),
        ("credit_notes", "CreditNote", "creditNoteDate"),
        ("purchase_orders", "PurchaseOrder", "invoiceDate"),
    ):
        for one in omni[stream]:
            documents[kind, one["id"]] = one[at], one["total"]
    paid: defaultdict[tuple[str, int], Decimal] = defaultdict(lambda: ZERO)
    for one in omni["payments"]:
        key = one["orderType"], one["orderId"]
        assert in_order(documents[key][0], one["paymentDate"])
        paid[key] += one["amount"]
    assert all(0 < amount <= documents[key][1] for key, amount in paid.items())


def test_totals_of_omni_orders_follow_from_their_lines(omni: Omni) -> None:
    for one in omni["sales_orders"]:
        goods = sum(
            (line["qty"] * line["unitPrice"] - line["discount"] for line in one["lineItems"]), ZERO
        )
        assert one["productTotal"] == goods
        before_tax = goods + one["freightTotal"] - one["discountTotal"]
        tax = 0 if one["taxStatus"] == "Incl" else before_tax * one["taxRate"] / 100
        assert abs(one["total"] - before_tax - tax) < CENT


def test_a_kit_has_its_price_once_and_its_components_below_it(omni: Omni) -> None:
    kits = {one["products"][0]["code"]: one["products"][0] for one in omni["bom_masters"]}
    for one in omni["sales_orders"]:
        below: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for line in one["lineItems"]:
            if line["parentId"]:
                assert line["unitPrice"] == 0
                below[line["parentId"]][line["code"]] = line["qty"]
        for line in one["lineItems"]:
            if line["code"] in kits:
                wanted = {x["code"]: x["qty"] for x in kits[line["code"]]["components"]}
                each = {code: qty // line["qty"] for code, qty in below.pop(line["id"]).items()}
                assert each == wanted
        assert not below


def test_stock_of_omni_is_what_all_documents_moved(omni: Omni) -> None:
    moved: Counter[tuple[int, str]] = Counter()
    for branch, sku, units in omni_moves(omni):
        moved[branch, sku] += units
    there = {(one["branchId"], one["code"]): one["stockOnHand"] for one in omni["stock"]}
    assert nonzero(moved) == nonzero(there)
    assert min(there.values()) == 0


def omni_moves(omni: Omni) -> Iterator[tuple[int, str, int]]:
    for stream, name in (
        ("adjustments", "qtyAdjusted"),
        ("purchase_orders", "qtyShipped"),
        ("credit_notes", "qtyShipped"),
    ):
        for one in omni[stream]:
            yield from ((one["branchId"], x["code"], x[name]) for x in one["lineItems"])
    for one in omni["branch_transfers"]:
        for line in one["lineItems"]:
            yield one["sourceBranchId"], line["code"], -line["qtyTransferred"]
            if one["receivedDate"]:
                yield one["destinationBranchId"], line["code"], line["qtyTransferred"]
    for one in omni["sales_orders"]:
        exploded = {line["parentId"] for line in one["lineItems"]}
        for line in one["lineItems"]:
            if line["id"] not in exploded:
                yield one["branchId"], line["code"], -line["qtyShipped"]


def nonzero(counts: Mapping[Any, int]) -> dict[Any, int]:
    return {key: count for key, count in counts.items() if count}


def test_contacts_owe_what_their_documents_say(omni: Omni) -> None:
    owed = {key: amount for (key, _), amount in totals.omni_receivables(omni).items()}
    told = {
        one["id"]: one["balanceOwing"]
        for one in omni["contacts"]
        if one["type"] == "Customer" and one["balanceOwing"]
    }
    assert told == owed


def test_references_of_omni_lead_somewhere(omni: Omni) -> None:
    ids = {name: {one["id"] for one in omni[name]} for name in ("contacts", "products", "branches")}
    options = {(one["id"], one["code"]) for one in omni["product_options"]}
    orders = {one["reference"] for one in omni["sales_orders"]}
    for name in ("sales_orders", "credit_notes", "purchase_orders", "quotes"):
        for one in omni[name]:
            assert one["memberId"] in ids["contacts"]
            assert one["branchId"] in ids["branches"]
            for line in one["lineItems"]:
                assert line["productId"] in ids["products"]
                assert (line["productOptionId"], line["code"]) in options
                assert line["transactionId"] == one["id"]
    assert all(one["salesReference"] in orders for one in omni["credit_notes"])


# Core


def test_dates_of_core_sales_do_not_contradict_each_other(core: CoreShop) -> None:
    for sale in core.details["sales"].values():
        ordered, changed = day(sale["SaleOrderDate"]), day(sale["LastModifiedOn"])
        shipped = [
            day(line["ShipmentDate"]) for x in sale["Fulfilments"] for line in x["Ship"]["Lines"]
        ]
        assert all(in_order(ordered, at, changed) for at in shipped)
        first, last = (min(shipped), max(shipped)) if shipped else ("", "")
        for one in sale["Invoices"]:
            made = day(one["InvoiceDate"])
            assert in_order(ordered, first, made, day(one["InvoiceDueDate"]))
            assert all(in_order(made, day(x["DatePaid"]), changed) for x in one["Payments"])
        for one in sale["CreditNotes"]:
            made = day(one["CreditNoteDate"])
            assert in_order(last, made, changed)
            assert all(in_order(made, day(x["DatePaid"]), changed) for x in one["Refunds"])


def test_dates_of_core_purchases_do_not_contradict_each_other(core: CoreShop) -> None:
    for one in core.details["purchases"].values():
        received = [line["Date"] for x in one["PutAway"] for line in x["Lines"]]
        assert all(in_order(one["OrderDate"], at) for at in received)
        for invoice in one["Invoice"]:
            made = invoice["InvoiceDate"]
            assert in_order(max(received), made)
            assert all(in_order(made, x["DatePaid"]) for x in invoice["Payments"])


def test_list_rows_of_sales_agree_with_their_documents(core: CoreShop) -> None:
    heads = {one["SaleID"]: one for one in core.lists["sale_list"]}
    assert heads.keys() == core.details["sales"].keys()
    for key, sale in core.details["sales"].items():
        head = heads[key]
        live = [one for one in sale["Invoices"] if one["Status"] != "VOIDED"]
        credited = sum((one["Total"] for one in sale["CreditNotes"]), ZERO)
        refunded = sum((x["Amount"] for one in sale["CreditNotes"] for x in one["Refunds"]), ZERO)
        total = sum((one["Total"] for one in live), ZERO)
        paid = sum((x["Amount"] for one in live for x in one["Payments"]), ZERO)
        assert head["InvoiceAmount"] == total - credited
        assert head["SaleInvoicesTotalAmount"] == total
        assert head["PaidAmount"] == paid - refunded
        assert head["Updated"] == sale["LastModifiedOn"]
        assert head["OrderNumber"] == sale["Order"]["SaleOrderNumber"]
        assert head["Customer"] == sale["Customer"]
        assert (head["Status"] == "VOIDED") == (sale["Order"]["Status"] == "VOIDED")
        assert bool(head["CreditNoteNumber"]) == bool(sale["CreditNotes"])
        if head["Status"] == "VOIDED":
            assert not live


def test_list_rows_of_purchases_agree_with_their_documents(core: CoreShop) -> None:
    for head in core.lists["purchase_list"]:
        one = core.details["purchases"][head["ID"]]
        assert head["InvoiceAmount"] == sum((x["Total"] for x in one["Invoice"]), ZERO)
        assert head["PaidAmount"] == sum(
            (pay["Amount"] for x in one["Invoice"] for pay in x["Payments"]), ZERO
        )
        assert head["LastUpdatedDate"] == one["LastUpdatedDate"]
        ordered = sum(line["Quantity"] for line in one["Order"]["Lines"])
        received = sum(line["Quantity"] for x in one["PutAway"] for line in x["Lines"])
        told = head["CombinedReceivingStatus"]
        assert (told == "FULLY RECEIVED") == (received == ordered)
        assert (told in {"NOT RECEIVED", "VOIDED"}) == (received == 0)


def test_every_listed_document_has_its_detail(core: CoreShop) -> None:
    for name, header in (
        ("stock_adjustments", "stock_adjustment_list"),
        ("stocktakes", "stocktake_list"),
        ("stock_transfers", "stock_transfer_list"),
        ("finished_goods", "finished_goods_list"),
    ):
        rows = core.lists[header]
        assert [one["TaskID"] for one in rows] == list(core.details[name])
        for row in rows:
            detail = core.details[name][row["TaskID"]]
            assert all(detail[key] == row[key] for key in ("Status", "TaskID"))


def test_sums_of_core_invoices_follow_from_their_lines(core: CoreShop) -> None:
    for sale in core.details["sales"].values():
        included = sale["TaxCalculation"] == "Inclusive"
        for one in [*sale["Invoices"], *sale["CreditNotes"], sale["Order"]]:
            lines = [*one["Lines"], *one["AdditionalCharges"]]
            tax = sum((line["Tax"] for line in lines), ZERO)
            total = sum((line["Total"] for line in lines), ZERO)
            assert one["Tax"] == tax
            assert one["Total"] == total + (0 if included else tax)
            assert one["TotalBeforeTax"] == one["Total"] - tax
            for line in one["Lines"]:
                gross = line["Price"] * line["Quantity"]
                assert abs(line["Total"] - gross * (100 - line["Discount"]) / 100) <= CENT


def test_what_is_invoiced_is_what_was_shipped(core: CoreShop) -> None:
    for sale in core.details["sales"].values():
        shipped = Counter[str]()
        for one in sale["Fulfilments"]:
            for line in one["Pick"]["Lines"]:
                shipped[line["SKU"]] += line["Quantity"]
        invoiced = Counter[str]()
        for one in sale["Invoices"]:
            if one["Status"] != "VOIDED":
                for line in one["Lines"]:
                    invoiced[line["SKU"]] += line["Quantity"]
        assert invoiced == shipped


def test_availability_is_what_all_documents_moved(core: CoreShop) -> None:
    moved: Counter[tuple[str, str, str]] = Counter()
    for line, where, units in core_moves(core):
        sku = line.get("SKU") or line["ProductCode"]
        moved[sku, where.partition(":")[0], line["BatchSN"]] += units
    there: Counter[tuple[str, str, str]] = Counter()
    for one in core.lists["product_availability"]:
        there[one["SKU"], one["Location"], one["Batch"] or ""] += one["OnHand"]
    assert nonzero(moved) == nonzero(there)


def core_moves(core: CoreShop) -> Iterator[tuple[Row, str, int]]:
    for one in core.details["stock_adjustments"].values():
        yield from ((x, x["Location"], x["Quantity"]) for x in one["NewStockLines"])
        yield from corrected(one["ExistingStockLines"])
    for one in core.details["stocktakes"].values():
        yield from corrected(one["NonZeroStockOnHandProducts"])
    for one in core.details["stock_transfers"].values():
        for line in one["Lines"]:
            yield line, one["FromLocation"], -line["TransferQuantity"]
            if one["Status"] == "COMPLETED":
                yield line, one["ToLocation"], line["TransferQuantity"]
    for one in core.details["finished_goods"].values():
        yield one, one["Location"], one["Quantity"]
        yield from ((x, one["Location"], -x["Quantity"]) for x in one["PickLines"])
    yield from traded(core)


def traded(core: CoreShop) -> Iterator[tuple[Row, str, int]]:
    for one in core.details["purchases"].values():
        for receipt in one["StockReceived"]:
            yield from ((x, x["Location"], x["Quantity"]) for x in receipt["Lines"])
    for sale in core.details["sales"].values():
        for one in sale["Fulfilments"]:
            yield from ((x, x["Location"], -x["Quantity"]) for x in one["Pick"]["Lines"])
        for one in sale["CreditNotes"]:
            yield from ((x, x["Location"], x["Quantity"]) for x in one["Restock"])


def corrected(lines: Iterable[Row]) -> Iterator[tuple[Row, str, int]]:
    return ((x, x["Location"], x["Adjustment"] - x["QuantityOnHand"]) for x in lines)


def test_the_ledger_agrees_with_stock_receivables_and_payables(shop: Shop, core: CoreShop) -> None:
    balances = totals.core_balances(core)
    assert sum(balances.values()) == 0
    assert all(one["Amount"] > 0 for one in core.lists["transactions"])
    under_way = sum(
        (
            goods.value
            for one in shop.books.transfers
            if one.received is None
            for goods in one.goods
        ),
        ZERO,
    )
    on_shelves = sum((one["StockOnHand"] for one in core.lists["product_availability"]), ZERO)
    assert balances[INVENTORY] == on_shelves + under_way
    assert balances[WORK] == 0
    # A part of a payment in another currency may be a cent off in base currency.
    owed = sum(open_in_base(core, "sales", "Invoices"), ZERO)
    assert abs(balances[RECEIVABLE] - owed) < 5 * CENT
    assert -balances[PAYABLE] == sum(open_in_base(core, "purchases", "Invoice"), ZERO)


def open_in_base(core: CoreShop, stream: str, block: str) -> Iterator[Decimal]:
    """Yield what is open of each document, each amount in base currency to the cent."""
    for one in core.details[stream].values():
        rate = one["CurrencyRate"]
        for invoice in one[block]:
            if invoice["Status"] in COUNTED:
                share = (invoice["Total"] - invoice["Paid"]) / invoice["Total"]
                yield (invoice["Total"] * rate).quantize(CENT, "ROUND_HALF_UP") * share
        for credit in one.get("CreditNotes", ()):
            if not credit["Refunds"]:
                yield -(credit["Total"] * rate).quantize(CENT, "ROUND_HALF_UP")


def test_the_ledger_of_a_sale_is_repeated_in_its_document(core: CoreShop) -> None:
    listed = Counter(
        (one["TaskID"], one["DebitAccountCode"], one["CreditAccountCode"], one["Amount"])
        for one in core.lists["transactions"]
        if one["Type"] == "Sale"
    )
    told = Counter(
        (one["TaskID"], one["Debit"], one["Credit"], one["Amount"])
        for sale in core.details["sales"].values()
        for one in sale["Transactions"]
    )
    assert told == listed


def test_the_cost_of_a_sale_is_that_of_its_movements(core: CoreShop) -> None:
    for sale in core.details["sales"].values():
        out = sum((one["COGS"] for one in sale["InventoryMovements"] if one["COGS"] > 0), ZERO)
        assert sale["COGSAmount"] == out


# Totals


def test_both_products_sell_about_the_same(omni: Omni, core: CoreShop) -> None:
    # Core invoices each shipment, Omni the order when all of it is sent: the rest is on its way.
    sums = [
        sum((one.base for one in sold), ZERO)
        for sold in (totals.omni_sales(omni), totals.core_sales(core))
    ]
    assert 0 <= (sums[1] - sums[0]) / sums[1] < Decimal("0.1")


def test_totals_leave_out_drafts_voids_and_components(omni: Omni) -> None:
    before = totals.by_month(totals.omni_sales(omni))
    kept = [one for one in omni["sales_orders"] if one["status"] == "APPROVED"]
    bare = [
        one | {"lineItems": [line for line in one["lineItems"] if not line["parentId"]]}
        for one in kept
    ]
    assert len(bare) < len(omni["sales_orders"])
    assert totals.by_month(totals.omni_sales({**omni, "sales_orders": bare})) == before


def test_a_credit_note_lowers_the_sales_of_its_own_month(omni: Omni) -> None:
    with_credits = totals.by_month(totals.omni_sales(omni))
    without = totals.by_month(totals.omni_sales({**omni, "credit_notes": []}))
    months = {(one["creditNoteDate"][:7], one["currencyCode"]) for one in omni["credit_notes"]}
    for key, month in without.items():
        assert (with_credits[key].net < month.net) == (key in months)


def test_an_invoice_that_was_voided_is_not_counted_beside_the_new_one(core: CoreShop) -> None:
    before = totals.by_month(totals.core_sales(core))
    sales = {
        key: sale | {"Invoices": [x for x in sale["Invoices"] if x["Status"] != "VOIDED"]}
        for key, sale in core.details["sales"].items()
    }
    assert sales != core.details["sales"]
    bare = CoreShop(core.lists, core.details | {"sales": sales})
    assert totals.by_month(totals.core_sales(bare)) == before


# What happens between two runs


def test_some_days_bring_orders_a_void_payments_and_stock(omni: Omni, later_omni: Omni) -> None:
    keys = {one.name: one.keys for one in resources()}
    found = changes(omni, later_omni, keys)
    new = Counter(one.stream for one in found if one.is_new)
    assert new["sales_orders"]
    assert new["payments"]
    assert any(one.stream == "stock" for one in found)
    before = {one["id"]: one["isVoid"] for one in omni["sales_orders"]}
    assert any(
        one.row is not None and one.row["isVoid"] and not before.get(one.key[0])
        for one in found
        if one.stream == "sales_orders"
    )


def test_what_changed_in_omni_has_a_later_stamp(shop: Shop, omni: Omni, later_omni: Omni) -> None:
    known = resources()
    found = changes(omni, later_omni, {one.name: one.keys for one in known})
    # A row of stock is stamped with its last transaction, which an open order is not.
    stamps = {one.name: one.stamp for one in known if one.name != "stock"}
    assert stamped(found, stamps, shop.today) >= {"sales_orders", "contacts", "product_options"}


def test_what_changed_in_core_has_a_later_stamp(
    shop: Shop, core: CoreShop, later_core: CoreShop
) -> None:
    known = lists().values()
    keys = {one.name: one.keys for one in known}
    found = changes(core.lists, later_core.lists, keys)
    stamps = {one.name: one.stamp for one in known}
    assert stamped(found, stamps, shop.today) >= {"sale_list", "purchase_list", "products"}


def stamped(found: Iterable[Change], stamps: Mapping[str, str | None], last: date) -> set[str]:
    checked = set()
    for one in found:
        stamp = stamps.get(one.stream)
        if stamp is not None and one.row is not None:
            checked.add(one.stream)
            assert day(one.row[stamp]) > str(last), one
    return checked


def test_the_past_stays_as_it_was(
    omni: Omni, core: CoreShop, later_omni: Omni, later_core: CoreShop
) -> None:
    before = core.lists["transactions"]
    assert later_core.lists["transactions"][: len(before)] == before
    keys = {one.name: one.keys for one in resources()}
    assert not [one for one in changes(omni, later_omni, keys) if one.row is None]


def test_changes_tell_new_changed_and_gone_rows() -> None:
    before = {"one": [{"id": 1, "x": 1}, {"id": 2, "x": 1}], "log": [{"x": 1}]}
    after = {"one": [{"id": 1, "x": 2}, {"id": 3, "x": 1}], "log": [{"x": 1}, {"x": 2}]}
    assert changes(before, after, {"one": ("id",), "log": ()}) == [
        Change("one", (1,), {"id": 1, "x": 2}),
        Change("one", (3,), {"id": 3, "x": 1}, is_new=True),
        Change("one", (2,), None),
        Change("log", (1,), {"x": 2}, is_new=True),
    ]


# Behind the servers


def test_a_served_shop_answers_with_its_rows_before_and_after_some_days() -> None:
    later = Shop(TODAY, months=1, orders_per_day=2)
    shop = later.on(date(2026, 10, 23))
    with Sandbox(rows=room(shop), default_rows=3) as server:
        served = Served(shop, server)
        assert told(server) == expected(shop)
        served.become(later)
        assert told(server) == expected(later)


def told(server: Sandbox) -> tuple[set[Any], set[Any], Any, Any]:
    orders = requests.get(
        f"{server.base_url}/v1/SalesOrders?rows=250", auth=server.auth, timeout=10
    ).json()
    core, headers = server.core_base_url, server.core_headers
    sales = requests.get(f"{core}/saleList?Limit=1000", headers=headers, timeout=10).json()
    key = min(one["SaleID"] for one in sales["SaleList"])
    sale = requests.get(
        f"{core}/sale?ID={key}&IncludeTransactions=true", headers=headers, timeout=10
    ).json()
    there = requests.get(
        f"{core}/ref/productavailability?Limit=1000", headers=headers, timeout=10
    ).json()
    return (
        {(one["id"], one["modifiedDate"]) for one in orders},
        {(one["SaleID"], one["Updated"]) for one in sales["SaleList"]},
        (sale["ID"], sale["Status"], len(sale["Invoices"]), len(sale["Transactions"])),
        sum(one["OnHand"] for one in there["ProductAvailabilityList"]),
    )


def expected(shop: Shop) -> tuple[set[Any], set[Any], Any, Any]:
    omni, core = shop.omni(), shop.core()
    sale = core.details["sales"][min(core.details["sales"])]
    return (
        {(one["id"], one["modifiedDate"]) for one in omni["sales_orders"]},
        {(one["SaleID"], one["Updated"]) for one in core.lists["sale_list"]},
        (sale["ID"], sale["Status"], len(sale["Invoices"]), len(sale["Transactions"])),
        sum(one["OnHand"] for one in core.lists["product_availability"]),
    )


# Money


amounts = st.decimals(min_value=0, max_value=100_000, places=2)


@given(amounts, st.lists(st.integers(1, 50), max_size=4))
def test_parts_add_up_to_the_share_that_is_paid(whole: Decimal, shares: list[int]) -> None:
    found = parts(whole, [*shares, 100 - sum(shares)] if sum(shares) <= 100 else shares)
    assert all(one >= 0 for one in found)
    if sum(shares) <= 100:
        assert sum(found) == whole


@given(amounts, st.sampled_from([0, 10, 15]), st.booleans())
def test_tax_is_on_the_net_amount(total: Decimal, tax: int, included: bool) -> None:  # noqa: FBT001
    amount = taxed(total, tax, included=included)
    assert amount.net + amount.tax == amount.gross
    assert amount.total == (amount.gross if included else amount.net)
    assert abs(amount.net * tax / 100 - amount.tax) < CENT


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from([0.4, 1.5, 4]))
def test_any_shop_keeps_its_ledger_and_its_stock(seed: int, months: int, rate: float) -> None:
    shop = Shop(TODAY, seed=seed, months=months, orders_per_day=rate)
    core = shop.core()
    balances = totals.core_balances(core)
    assert sum(balances.values()) == 0
    goods = sum((one["StockOnHand"] for one in core.lists["product_availability"]), ZERO)
    sent = [x for one in shop.books.transfers if one.received is None for x in one.goods]
    assert balances[INVENTORY] == goods + sum((one.value for one in sent), ZERO)
    units = {name: held.units for name, held in totals.omni_stock(shop.omni()).items()}
    assert units == {name: held.units for name, held in totals.core_stock(core).items()}
