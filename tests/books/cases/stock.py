"""Rule 9: what is on hand is what came less what went, by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import CORE, NZ
from tests.books.books import VERSION, Answers, book, guid, mart

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.core import Item as CoreItem
    from tests.books.omni import Item, Omni


def agrees(item: Item | CoreItem) -> str:
    """Ask whether the sum of movements is what is on hand."""
    on_hand = mart("stock_levels", "sum(on_hand)", product_key=item.key)
    return mart("inventory_movements", f"sum(quantity) - ({on_hand})", product_key=item.key)


@book("S01", NZ)
def a_product_of_omni_from_its_receipt_to_its_return(books: Omni) -> Answers:
    item, main, shop = books.item(), books.branch("Main"), books.branch("Shop")
    books.purchase([books.line(item, 20, 5)], branchId=main.id)
    books.order([books.line(item, 6, 10)], branchId=main.id)
    books.credit_note([books.line(item, 1, 10)], branchId=main.id)
    books.transfer(main, shop, item, 4)
    books.adjustment(shop, [(item, -1, 5)])
    # Main 20 - 6 + 1 - 4 = 11, shop 4 - 1 = 3
    books.stock(item, main, 11)
    books.stock(item, shop, 3)
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), 14
    yield agrees(item), 0
    shops = "location like 'Shop%'"
    yield mart("inventory_movements", "sum(quantity)", shops, product_key=item.key), 3


@book("S02", NZ)
def what_did_not_happen_moves_nothing(books: Omni) -> Answers:
    item, main, shop = books.item(), books.branch("Main"), books.branch("Shop")
    books.adjustment(main, [(item, 5, 5)], isApproved=False, completedDate=None)
    books.order([books.line(item, 5, 10)], isVoid=True, status="VOID")
    books.purchase([books.line(item, 5, 5)], isVoid=True, status="VOID")
    books.credit_note([books.line(item, 5, 10)], isApproved=False, status="DRAFT")
    books.transfer(main, shop, item, 5, isApproved=False, dispatchedDate=None, receivedDate=None)
    moved = mart("inventory_movements", "coalesce(sum(quantity), 0)", product_key=item.key)
    yield moved, 0


@book("S03", NZ)
def goods_on_their_way_have_left_and_not_come(books: Omni) -> Answers:
    item, main, shop = books.item(), books.branch("Main"), books.branch("Shop")
    books.transfer(main, shop, item, 4, receivedDate=None, stage="In Transit")
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), -4


@book("S04", CORE)
def a_product_of_core_from_its_receipt_to_its_return(books: Core) -> Answers:
    item = books.item()
    books.adjustment(item, 10)
    books.purchase([books.line(item, 20, 5)], receipts=[books.receipt([(item, 20)])])
    lines = [books.line(item, 6, 10)]
    note = books.credit_note([books.line(item, 1, 10)], restocked=[(item, 1)])
    books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(item, 6)])],
        credit_notes=[note],
        movements=[books.moved(item, 30, guid()), books.moved(item, -5, note["TaskID"])],
    )
    books.transfer(item, 4, "Shop")
    books.write_off(item, 2)
    # Main 10 + 20 - 6 + 1 - 4 - 2 = 19, shop 4
    books.available(item, 19)
    books.available(item, 4, "Shop")
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), 23
    yield agrees(item), 0
    shop = mart("inventory_movements", "sum(quantity)", "location = 'Shop'", product_key=item.key)
    yield shop, 4


@book("S05", CORE)
def what_was_not_picked_moves_nothing(books: Core) -> Answers:
    item = books.item()
    books.sale([books.line(item, 5, 10)])
    books.transfer(item, 3, "Shop", None)
    moved = mart("inventory_movements", "coalesce(sum(quantity), 0)", product_key=item.key)
    yield moved, -3  # on their way: they have left


@book("S06", CORE)
def stock_that_is_no_more_has_no_row_and_is_nothing(books: Core) -> Answers:
    item = books.item()
    # B1 was read a day before the last reading, which did not bring it any more.
    books.available(
        item,
        6,
        Batch="B1",
        _sdc_extracted_at="2026-06-29T00:00:00",
        _sdc_table_version=VERSION - 24 * 3_600_000,
    )
    books.available(item, 2, Batch="B2")
    yield mart("stock_levels", "sum(on_hand)", product_key=item.key), 2
