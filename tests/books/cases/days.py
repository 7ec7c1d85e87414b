"""Rule 3, and rule 10: on which day something happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import AU, CORE, LEDGER, NZ, RUNS, SHELF, SHORT, US
from tests.books.books import Answers, book, guid, mart

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.core import Item as CoreItem
    from tests.books.omni import Omni

DAY = "cast(cast(day as date) as varchar)"


def sold_on(books: Omni, invoiced: str) -> str:
    item = books.item()
    books.order([books.line(item, 1, 100)], invoiceDate=invoiced)
    return mart("daily_sales", DAY, product_key=item.key)


@book("O05", NZ)
def a_sale_of_the_morning_is_of_the_new_month(books: Omni) -> Answers:
    # 1 July 08:30 in Auckland, 12 hours ahead in winter
    yield sold_on(books, "2026-06-30T20:30:00"), "2026-07-01"
    item = books.item()
    order = books.order([books.line(item, 1, 100)], invoiceDate="2026-06-30T20:30:00")
    month = "cast(date_trunc('month', invoiced_at) as date)"
    yield mart("invoice_lines", month, order_key=order.key), "2026-07-01"
    yield mart("orders", month, order_key=order.key), "2026-07-01"


@book("D01", NZ)
def auckland_is_13_hours_ahead_in_summer_and_12_in_winter(books: Omni) -> Answers:
    # Summer time ended on 5 April 2026.
    yield sold_on(books, "2026-03-31T10:59:00"), "2026-03-31"  # 23:59
    yield sold_on(books, "2026-03-31T11:00:00"), "2026-04-01"  # 00:00
    yield sold_on(books, "2026-04-30T11:30:00"), "2026-04-30"  # 23:30, no longer 00:30
    yield sold_on(books, "2026-04-30T12:00:00"), "2026-05-01"  # 00:00


@book("D02", AU)
def sydney_is_11_hours_ahead_in_summer_and_10_in_winter(books: Omni) -> Answers:
    # Summer time ended on 5 April 2026.
    yield sold_on(books, "2026-03-31T12:59:00"), "2026-03-31"  # 23:59
    yield sold_on(books, "2026-03-31T13:00:00"), "2026-04-01"  # 00:00
    yield sold_on(books, "2026-04-30T13:30:00"), "2026-04-30"  # 23:30
    yield sold_on(books, "2026-04-30T14:00:00"), "2026-05-01"  # 00:00


@book("D03", US)
def new_york_is_5_hours_behind_in_winter_and_4_in_summer(books: Omni) -> Answers:
    # Summer time began on 8 March 2026.
    yield sold_on(books, "2026-03-01T04:59:00"), "2026-02-28"  # 23:59
    yield sold_on(books, "2026-03-01T05:00:00"), "2026-03-01"  # 00:00
    yield sold_on(books, "2026-04-01T03:59:00"), "2026-03-31"  # 23:59
    yield sold_on(books, "2026-04-01T04:00:00"), "2026-04-01"  # 00:00


@book("D04", NZ)
def the_day_of_the_move_is_local_too(books: Omni) -> Answers:
    item = books.item()
    order = books.order([books.line(item, 1, 100)], dispatchedDate="2026-05-31T12:30:00")
    moved = "cast(cast(moved_at as date) as varchar)"
    yield mart("inventory_movements", moved, product_key=item.key), "2026-06-01"
    yield mart("cogs", moved, order_key=order.key), "2026-06-01"


@book("D05", NZ)
def no_day_comes_from_the_last_edit(books: Omni) -> Answers:
    moved = "cast(cast(moved_at as date) as varchar)"
    part = books.item()
    # Shipped in part: never dispatched; invoiced on 3 May, a comment edited on 25 June.
    books.order(
        [books.line(part, 2, 100, qtyShipped=1)],
        dispatchedDate=None,
        invoiceDate="2026-05-03T00:00:00",
    )
    yield mart("inventory_movements", moved, product_key=part.key), "2026-05-03"
    yield mart("cogs", moved, product_key=part.key), "2026-05-03"
    created = books.item()
    books.order(
        [books.line(created, 2, 100, qtyShipped=1)],
        createdDate="2026-04-29T00:00:00",
        dispatchedDate=None,
        invoiceDate=None,
    )
    yield mart("inventory_movements", moved, product_key=created.key), "2026-04-29"


@book("D06", NZ)
def a_receipt_has_a_day_of_its_own(books: Omni) -> Answers:
    # Received in part: no day says when. Whichever it is, it is not that of the last edit.
    item = books.item()
    books.purchase(
        [books.line(item, 10, 10, qtyShipped=4)],
        createdDate="2026-04-20T00:00:00",
        fullyReceivedDate=None,
        estimatedDeliveryDate=None,
        invoiceDate=None,
    )
    where = "cast(moved_at as date) = date '2026-06-25'"
    yield mart("inventory_movements", "count(*)", where, product_key=item.key), 0
    dated = "moved_at is not null"
    yield mart("inventory_movements", "sum(quantity)", dated, product_key=item.key), 4


@book("D07", NZ)
def a_credit_note_without_a_date_is_of_the_day_it_was_made(books: Omni) -> Answers:
    item = books.item()
    books.credit_note(
        [books.line(item, 1, 100)],
        createdDate="2026-05-12T00:00:00",
        creditNoteDate=None,
        completedDate=None,
    )
    yield (
        mart("daily_sales", f"{DAY}, sum(net_base)", product_key=item.key) + " group by day",
        (
            "2026-05-12",
            -100,
        ),
    )
    returned = "cast(cast(returned_at as date) as varchar)"
    yield mart("returns", returned, product_key=item.key), "2026-05-12"


@book("D08", NZ)
def the_date_of_a_credit_note_comes_first(books: Omni) -> Answers:
    item = books.item()
    books.credit_note(
        [books.line(item, 1, 100)],
        createdDate="2026-04-01T00:00:00",
        creditNoteDate="2026-04-30T11:30:00",  # 23:30 in Auckland
        completedDate="2026-06-01T00:00:00",
    )
    yield mart("daily_sales", DAY, product_key=item.key), "2026-04-30"


@book("D09", NZ)
def no_day_is_null(books: Omni) -> Answers:
    yield mart("daily_sales", "count(*)", "day is null", source_relation=books.schema), 0
    yield mart("returns", "count(*)", "returned_at is null", source_relation=books.schema), 0
    yield (
        mart("inventory_movements", "count(*)", "moved_at is null", source_relation=books.schema),
        0,
    )


@book("D10", CORE)
def a_day_of_core_is_a_day(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 1, 100)]
    invoice = books.invoice(lines, InvoiceDate="2026-06-30T00:00:00")
    books.sale(lines, invoices=[invoice])
    yield mart("daily_sales", DAY, product_key=item.key), "2026-06-30"


@book("C09", CORE)
def a_voided_invoice_beside_its_reissue_counts_once(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 1, 90)]
    voided = books.invoice([books.line(item, 1, 100)], Status="VOIDED")
    sale = books.sale(lines, invoices=[voided, books.invoice(lines)])
    yield mart("invoice_lines", "sum(net)", order_key=sale.key), 90
    yield mart("daily_sales", "sum(net_base), sum(units)", product_key=item.key), (90, 1)


@book("C09b", CORE)
def an_undone_fulfilment_moves_nothing(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 2, 50)]
    sale = books.sale(
        lines,
        fulfilments=[
            books.fulfilment([(item, 2)], status="VOIDED"),
            books.fulfilment([(item, 2)]),
        ],
    )
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), -2
    yield mart("order_lines", "sum(quantity_shipped)", order_key=sale.key), 2


@book("C09c", CORE)
def a_voided_credit_note_returns_nothing(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 2, 50)]
    voided = books.credit_note([books.line(item, 1, 50)], [(item, 1)], Status="VOIDED")
    issued = books.credit_note([books.line(item, 1, 50)], [(item, 1)])
    sale = books.sale(lines, invoices=[books.invoice(lines)], credit_notes=[voided, issued])
    yield mart("returns", "sum(net), sum(quantity)", order_key=sale.key), (50, 1)


@book("O16", NZ)
def a_voided_order_sells_nothing(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 1, 100)], isVoid=True, status="VOID")
    yield mart("invoice_lines", "count(*)", order_key=order.key), 0
    yield mart("orders", "state, is_sale", order_key=order.key), ("void", False)


@book("O17", NZ)
def a_draft_with_an_invoice_date_sells_nothing(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 1, 100)], isApproved=False, status="DRAFT")
    yield mart("invoice_lines", "count(*)", order_key=order.key), 0
    yield mart("orders", "state, is_sale", order_key=order.key), ("draft", False)


# Stock of past days. The account's snapshots are of 1, 2 and 4 June.


def on(day: str, item: CoreItem, columns: str = "sum(on_hand)") -> str:
    where = f"cast(day as date) = date '{day}'"
    return mart("stock_daily", columns, where, product_key=item.key)


@book("C20", SHELF)
def what_is_sold_out_is_zero_and_what_was_not_read_goes_on(books: Core) -> Answers:
    hat, part, late = books.item("HAT"), books.item("PART"), books.item("LATE")
    books.snapshot("2026-06-01T02:00:00", hat, 5, 25)
    books.snapshot("2026-06-02T02:00:00", part, 1, 5)
    books.snapshot("2026-06-04T02:00:00", hat, 6, 36)
    # of two snapshots of a day the last one counts
    books.snapshot("2026-06-04T20:00:00", hat, 7, 42)
    books.snapshot("2026-06-04T20:00:00", late, 3, 9, "Shop")
    yield on("2026-06-01", hat), 5
    yield on("2026-06-02", hat), 0
    yield on("2026-06-02", hat, "count(*)"), 1
    yield on("2026-06-02", hat, "sum(value_base)"), 0
    # C21: nobody looked on 3 June
    yield on("2026-06-03", part, "sum(on_hand), sum(value_base)"), (1, 5)
    yield on("2026-06-03", hat), 0
    # 2 June was looked at, and there was none; 3 June was not
    carried = "max(cast(is_carried as varchar))"
    yield on("2026-06-02", hat, carried), "false"
    yield on("2026-06-03", part, carried), "true"
    yield on("2026-06-04", hat, carried), "false"
    yield on("2026-06-04", hat, "sum(on_hand), sum(value_base)"), (7, 42)
    yield on("2026-06-04", part), 0
    # nor since
    yield on("2026-06-30", hat, "sum(on_hand), sum(value_base)"), (7, 42)
    yield on("2026-06-30", late), 3
    yield on("2026-07-01", hat, "count(*)"), 0
    # from its first snapshot on
    yield (
        mart("stock_daily", "cast(min(cast(day as date)) as varchar)", product_key=hat.key),
        ("2026-06-01"),
    )
    # 30 days of June, each once a place
    yield mart("stock_daily", "count(*)", product_key=hat.key), 30
    yield mart("stock_daily", "count(distinct day)", product_key=hat.key), 30


@book("C21", US)
def past_stock_of_omni_is_of_local_days(books: Omni) -> Answers:
    item, branch = books.item(cost=4), books.branch()
    # 31 May 22:00 in New York, 4 hours behind in summer; then 2 June 22:00
    books.snapshot("2026-06-01T02:00:00", item, branch, 8)
    books.snapshot("2026-06-03T02:00:00", item, branch, 5)

    def of(day: str, columns: str = "sum(on_hand)") -> str:
        where = f"cast(day as date) = date '{day}'"
        return mart("stock_daily", columns, where, product_key=item.key)

    yield of("2026-05-31"), 8
    yield of("2026-06-01"), 8
    yield of("2026-06-02"), 5
    yield of("2026-06-02", "base_currency"), "USD"
    yield of("2026-06-30"), 5


# The ledger.


def balance(books: Core, code: str, where: str = "") -> str:
    columns = "coalesce(sum(balance_change), 0)"
    return mart("general_ledger", columns, where, account_code=code, source_relation=books.schema)


@book("C18", LEDGER)
def of_a_day_only_the_last_reading_counts(books: Core) -> Answers:
    first, second = "2026-06-11T02:00:00", "2026-06-20T02:00:00"
    books.ledger_account("610", "Debtors", "CURRENT", "ASSET")
    books.ledger_account("200", "Sales", "SALES", "REVENUE")
    # An old day, which later readings do not cover: 60 days before 10 June is 11 April.
    books.posting("610", "200", 1000, "2026-01-15", read_at=first)
    books.posting("610", "200", 30, "2026-06-09", read_at=first)
    books.posting("610", "200", 40, "2026-06-10", read_at=first)
    books.posting("610", "200", 70, "2026-06-11", read_at=first)
    # Read again: 9 June as it was, 11 June with other postings, of 10 June nothing is left.
    books.posting("610", "200", 30, "2026-06-09", read_at=second)
    books.posting("610", "200", 75, "2026-06-11", read_at=second)
    day = "cast(posted_at as date) = date '{}'"
    yield balance(books, "610", day.format("2026-06-11")), 75
    yield balance(books, "610", day.format("2026-06-09")), 30
    yield balance(books, "610", day.format("2026-06-10")), 0
    yield balance(books, "610", day.format("2026-01-15")), 1000
    yield balance(books, "610"), 1105  # 1000 + 30 + 75
    yield balance(books, "200"), -1105


@book("C18b", LEDGER)
def both_sides_of_the_ledger_add_up_to_nothing(books: Core) -> Answers:
    query = mart("general_ledger", "abs(sum(balance_change)) < 0.005", source_relation=books.schema)
    yield query, True


@book("C18c", RUNS)
def a_reading_that_was_cut_empties_no_day(books: Core) -> Answers:
    whole, cut = "2026-06-11T02:00:00", "2026-06-15T02:00:00"
    for began, complete in ((whole, True), (cut, False)):
        books.account.write(
            "tap_cin7_runs",
            run_id=began,
            stream="transactions",
            began=began,
            ended=began.replace("T02:00", "T02:05"),
            method="INCREMENTAL",
            complete=complete,
        )
    books.ledger_account("610", "Debtors", "CURRENT", "ASSET")
    books.ledger_account("200", "Sales", "SALES", "REVENUE")
    books.posting("610", "200", 40, "2026-06-10", read_at="2026-06-11T02:01:00")
    books.posting("610", "200", 70, "2026-06-11", read_at="2026-06-11T02:01:00")
    # Before it was cut it had brought 9 June only.
    books.posting("610", "200", 30, "2026-06-09", read_at="2026-06-15T02:01:00")
    yield balance(books, "610"), 140  # 40 + 70 + 30


@book("C19", LEDGER)
def a_posting_that_moved_to_another_day_counts_once(books: Core) -> Answers:
    # Read on the 11th as of 10 June, on the 20th as of 12 June: 10 June is empty now.
    task = guid()
    books.ledger_account("777", "Only here", "CURRENT", "ASSET")
    books.posting("777", "778", 55, "2026-06-10", read_at="2026-06-11T02:00:00", TaskID=task)
    books.posting("777", "778", 55, "2026-06-12", read_at="2026-06-20T02:00:00", TaskID=task)
    yield balance(books, "777"), 55


@book("C22", SHELF)
def batches_of_a_product_are_one_stock(books: Core) -> Answers:
    item = books.item("BATCHES")
    books.snapshot("2026-06-04T20:00:00", item, 2, 10)
    books.snapshot("2026-06-04T20:00:00", item, 3, 18)
    yield on("2026-06-04", item, "sum(on_hand), sum(value_base), count(*)"), (5, 28, 1)


@book("D11", NZ)
def a_transfer_leaves_on_one_day_and_comes_on_another(books: Omni) -> Answers:
    item, main, shop = books.item(), books.branch("Main"), books.branch("Shop")
    books.transfer(main, shop, item, 4)
    day = "cast(cast(moved_at as date) as varchar)"
    leaves = mart("inventory_movements", day, "quantity < 0", product_key=item.key)
    yield leaves, "2026-05-01"
    yield mart("inventory_movements", day, "quantity > 0", product_key=item.key), "2026-05-03"


@book("C23", SHORT)
def an_account_says_how_far_a_reading_looks_back(books: Core) -> Answers:
    books.ledger_account("610", "Debtors", "CURRENT", "ASSET")
    books.posting("610", "200", 100, "2026-05-20", read_at="2026-06-11T02:00:00")
    books.posting("610", "200", 20, "2026-06-05", read_at="2026-06-11T02:00:00")
    books.posting("610", "200", 70, "2026-06-11", read_at="2026-06-11T02:00:00")
    books.posting("610", "200", 75, "2026-06-11", read_at="2026-06-20T02:00:00")
    # 10 days before 11 June is 1 June: 5 June is gone, 20 May stays.
    yield balance(books, "610"), 175  # 100 + 75


@book("C26", SHORT)
def snapshots_of_core_are_of_local_days_where_the_account_has_a_clock(books: Core) -> Answers:
    item = books.item()
    books.snapshot("2026-06-01T11:30:00", item, 4, 20)  # 1 June 23:30
    books.snapshot("2026-06-01T12:30:00", item, 6, 30)  # 2 June 00:30
    yield on("2026-06-01", item), 4
    yield on("2026-06-02", item), 6


@book("D12", NZ)
def an_order_is_of_the_local_day(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 1, 10)], createdDate="2026-04-30T12:30:00")
    yield mart("orders", "cast(ordered_at as date)", order_key=order.key), "2026-05-01"


@book("D13", NZ)
def a_receipt_is_of_the_day_when_all_had_come(books: Omni) -> Answers:
    item = books.item()
    books.purchase([books.line(item, 10, 10)], fullyReceivedDate="2026-05-04T12:30:00")
    # 5 May 00:30 in Auckland
    yield mart("inventory_movements", "cast(moved_at as date)", product_key=item.key), "2026-05-05"
