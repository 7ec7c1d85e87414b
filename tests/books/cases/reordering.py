"""Rule 6: what to buy, at the pace of the 90 days until 30 June."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import CORE, NZ
from tests.books.books import Answers, book, guid, mart
from tests.books.core import MODIFIED

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.core import Item as CoreItem
    from tests.books.omni import Item, Omni


def pace(item: Item | CoreItem, columns: str = "units_per_day") -> str:
    return mart("reorder", columns, product_key=item.key)


@book("B01", NZ)
def the_pace_is_units_by_days(books: Omni) -> Answers:
    item = books.item()
    books.order([books.line(item, 45, 10)])
    yield pace(item), 0.5  # 45 / 90


@book("B02", NZ)
def what_came_back_is_no_demand(books: Omni) -> Answers:
    item = books.item()
    books.order([books.line(item, 90, 10)])
    books.credit_note([books.line(item, 45, 10)])
    yield pace(item), 0.5  # (90 - 45) / 90


@book("B03", NZ)
def a_young_product_has_fewer_days(books: Omni) -> Answers:
    # Created on 1 June, 29 days ago, or the 30th day today.
    item = books.item(createdDate="2026-06-01T00:00:00")
    books.order(
        [books.line(item, 60, 10)],
        invoiceDate="2026-06-10T00:00:00",
        dispatchedDate="2026-06-10T00:00:00",
    )
    yield pace(item, "units_per_day between 60.0 / 30 - 0.001 and 60.0 / 29 + 0.001"), True
    empty = books.item(createdDate=None)
    books.order([books.line(empty, 45, 10)])
    yield pace(empty), 0.5  # the whole window


@book("B04", NZ)
def older_sales_are_no_demand(books: Omni) -> Answers:
    item = books.item()
    old = "2026-03-01T00:00:00"
    books.order([books.line(item, 90, 10)], createdDate=old, invoiceDate=old, dispatchedDate=old)
    books.order([books.line(item, 9, 10)])
    yield pace(item), 0.1  # 9 / 90


@book("B05", NZ)
def what_cannot_be_bought_is_not_named(books: Omni) -> Answers:
    kit = books.item("KIT", productType="Kit")
    bundle = books.item("BUNDLE", productType="Bundle")
    service = books.item("SERVICE", stockControl="Labour")
    disabled = books.item("OLD", option_status="Disabled")
    inactive = books.item("GONE", status="Inactive")
    for item in (kit, bundle, service, disabled, inactive):
        books.order([books.line(item, 90, 10)])
        yield pace(item, "count(*)"), 0


@book("O19", NZ)
def a_disabled_option_of_a_public_product_is_not_active(books: Omni) -> Answers:
    disabled = books.item(option_status="Disabled")
    inactive = books.item(status="Inactive")
    active = books.item()
    yield mart("products", "is_active", product_key=disabled.key), False
    yield mart("products", "is_active", product_key=inactive.key), False
    yield mart("products", "is_active", product_key=active.key), True


@book("B06", CORE)
def core_names_goods_in_stock_only(books: Core) -> Answers:
    service, other = books.item(Type="Service"), books.item(Type="Non Inventory")
    for item in (service, other, books.item(Status="Deprecated")):
        lines = [books.line(item, 90, 10)]
        books.sale(lines, invoices=[books.invoice(lines)])
        yield pace(item, "count(*)"), 0


@book("B07", CORE)
def a_kit_that_is_assembled_is_made_and_not_bought(books: Core) -> Answers:
    kit = books.item("KIT", BillOfMaterial=True, BOMType="Assembly", AutoAssembly=True)
    lines = [books.line(kit, 90, 10)]
    books.sale(lines, invoices=[books.invoice(lines)])
    yield pace(kit, "count(*)"), 0


@book("B08", CORE)
def below_its_minimum_a_product_is_due(books: Core) -> Answers:
    low = books.item(MinimumBeforeReorder=10, ReorderQuantity=25)
    books.available(low, 4)
    high = books.item(MinimumBeforeReorder=10, ReorderQuantity=25)
    books.available(high, 40)
    yield pace(low, "is_due, minimum, on_hand"), (True, 10, 4)
    yield pace(high, "is_due"), False


@book("B09", CORE)
def one_row_a_product_and_one_a_place(books: Core) -> Answers:
    item = books.item()
    books.available(item, 4, "Main")
    books.available(item, 6, "Shop")
    yield pace(item, "count(*), sum(on_hand)"), (1, 10)
    places = mart("reorder_by_location", "on_hand", "location = 'Shop'", product_key=item.key)
    yield places, 6
    both = mart("reorder_by_location", "count(*), sum(on_hand)", product_key=item.key)
    yield both, (2, 10)


@book("B10", CORE)
def returns_and_assemblies_are_in_the_pace(books: Core) -> Answers:
    item, kit = books.item(), books.item("KIT")
    lines = [books.line(item, 50, 10)]
    note = books.credit_note([books.line(item, 5, 10)], restocked=[(item, 5)])
    books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(item, 50)])],
        credit_notes=[note],
        movements=[books.moved(item, 250, guid()), books.moved(item, -25, note["TaskID"])],
    )
    books.assembly(kit, 9, [(item, 9)])
    yield pace(item, "units_per_day * 90"), 54  # 50 - 5 + 9


@book("B11", CORE)
def a_young_product_of_core_has_fewer_days(books: Core) -> Answers:
    item = books.item(CreatedDate="2026-06-15T00:00:00")  # 15 days ago
    lines = [books.line(item, 30, 10)]
    books.sale(
        lines,
        invoices=[books.invoice(lines, InvoiceDate="2026-06-20T00:00:00")],
        fulfilments=[books.fulfilment([(item, 30)], "2026-06-20")],
        SaleOrderDate="2026-06-20T00:00:00",
    )
    # 30 in 15 days, or in 16 with today
    yield pace(item, "units_per_day between 30.0 / 16 - 0.001 and 30.0 / 15 + 0.001"), True


@book("B12", NZ)
def what_was_not_sold_is_no_demand(books: Omni) -> Answers:
    item = books.item()
    books.order([books.line(item, 90, 10)], isVoid=True, status="VOID")
    books.order([books.line(item, 90, 10)], isApproved=False, status="DRAFT")
    books.order([books.line(item, 9, 10)])
    yield pace(item), 0.1


@book("B13", CORE)
def a_supplier_has_a_lead_time_and_a_minimum(books: Core) -> Answers:
    item = books.item()
    books.available(item, 5)
    books.account.write(
        "product_suppliers",
        ProductSupplierID=guid(),
        ProductID=item.id,
        ProductSKU=item.sku,
        SupplierID=guid(),
        SupplierName="Hatters",
        Cost=5,
        ProductSupplierOptions=[{"ID": guid(), "Lead": 12, "MinimumToReorder": 50}],
        parent_modified=MODIFIED,
    )
    yield pace(item, "lead_days, minimum_order"), (12, 50)


@book("B14", CORE)
def what_is_coming_counts_as_there(books: Core) -> Answers:
    item = books.item(MinimumBeforeReorder=10, ReorderQuantity=25)
    books.available(item, 4, OnOrder=20)
    yield pace(item, "is_due, incoming"), (False, 20)
