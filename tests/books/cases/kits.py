"""Rule 4: of a kit either itself or its components, never both; and what makers make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import CORE, NZ
from tests.books.books import Answers, book, guid, mart

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.core import Item as CoreItem
    from tests.books.omni import Item, Omni


def units(item: Item | CoreItem) -> str:
    return mart("inventory_movements", "coalesce(sum(quantity), 0)", product_key=item.key)


@book("K10", NZ)
def of_a_sold_kit_the_components_move(books: Omni) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    sold = books.line(kit, 2, 40, unitCost=10)
    order = books.order([sold, books.line(part, 6, 0, unitCost=3, parentId=sold["id"])])
    yield units(part), -6
    yield units(kit), 0
    # cost of what moved, once: 6 x 3
    moved = mart("inventory_movements", "sum(value_base)", document_id=order.id)
    yield moved, -18
    # one line of two is sold
    yield mart("order_lines", "sum(quantity), sum(net)", order_key=order.key), (2, 80)


@book("K11", NZ)
def of_a_kit_that_comes_back_the_components_move(books: Omni) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    back = books.line(kit, 1, 40, unitCost=9)
    note = books.credit_note([back, books.line(part, 3, 0, unitCost=3, parentId=back["id"])])
    yield units(part), 3
    yield units(kit), 0
    yield mart("returns", "sum(quantity), sum(net)", credit_note_id=note.id), (1, 40)
    # 3 x 3 or 1 x 9: once
    yield mart("returns", "sum(cost_base)", credit_note_id=note.id), 9
    yield mart("daily_sales", "sum(units)", product_key=kit.key), -1
    yield mart("daily_sales", "count(*)", product_key=part.key), 0


@book("K12", NZ)
def of_a_kit_that_is_bought_the_components_move(books: Omni) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    bought = books.line(kit, 4, 20)
    order = books.purchase([bought, books.line(part, 8, 0, parentId=bought["id"])])
    yield units(part), 8
    yield units(kit), 0
    # 4 x 20, once
    yield mart("purchase_lines", "sum(net_base)", purchase_id=order.id), 80


@book("K13", NZ)
def demand_for_a_kit_is_demand_for_its_components(books: Omni) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    for _ in range(3):
        sold = books.line(kit, 3, 40)
        books.order([sold, books.line(part, 6, 0, parentId=sold["id"])])
    books.order([books.line(part, 27, 10)])
    # 3 x 6 in kits and 27 by itself = 45 in 90 days
    yield mart("reorder", "units_per_day * 90", product_key=part.key), 45
    yield mart("reorder", "count(*)", product_key=kit.key), 0


@book("K14", NZ)
def a_component_that_came_back_is_no_demand(books: Omni) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    sold = books.line(kit, 6, 40)
    books.order([sold, books.line(part, 12, 0, parentId=sold["id"])])
    back = books.line(kit, 1, 40)
    books.credit_note([back, books.line(part, 3, 0, parentId=back["id"])])
    yield mart("reorder", "units_per_day * 90", product_key=part.key), 9  # 12 - 3


@book("C08", CORE)
def what_went_into_assemblies_is_demand(books: Core) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    books.assembly(kit, 90, [(part, 180)])
    yield mart("reorder", "units_per_day * 90", product_key=part.key), 180
    yield units(part), -180
    yield units(kit), 90


@book("C08b", CORE)
def an_assembly_that_is_not_finished_or_void_made_nothing(books: Core) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    books.assembly(kit, 5, [(part, 10)], Status="VOIDED")
    books.assembly(kit, 7, [(part, 14)], Status="DRAFT")
    yield units(kit), 0
    yield units(part), 0


@book("C50", CORE)
def an_assembled_kit_that_is_sold_comes_in_and_goes_out(books: Core) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    books.assembly(kit, 3, [(part, 6)])
    lines = [books.line(kit, 3, 40, AverageCost=10)]
    sale = books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(kit, 3)])],
        movements=[books.moved(kit, 30, guid())],
    )
    yield units(kit), 0  # 3 - 3
    yield units(part), -6
    yield mart("invoice_lines", "sum(cost_base), sum(quantity)", order_key=sale.key), (30, 3)
    # the components were used once, by the assembly
    yield mart("reorder", "units_per_day * 90", product_key=part.key), 6


@book("C51", CORE)
def a_disassembly_takes_the_product_and_gives_its_parts(books: Core) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    books.adjustment(kit, 10)
    # Of one, since nobody says whether the quantity of a part is of one or of all.
    books.disassembly(kit, 1, [(part, 2)])
    yield units(kit), 9  # 10 - 1
    yield units(part), 2


@book("C52", CORE)
def a_production_run_uses_components_and_gives_its_output(books: Core) -> Answers:
    made, part = books.item("MADE"), books.item("PART")
    books.adjustment(part, 100)
    books.production(made, 5, [(part, 20)])
    yield units(made), 5  # the run's Output, not FinishedProducts
    yield units(part), 80  # 100 - 20
    yield mart("reorder", "units_per_day * 90", product_key=part.key), 20


@book("K15", NZ)
def a_kit_that_is_shipped_in_part_moves_its_part(books: Omni) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    sold = books.line(kit, 4, 40, qtyShipped=1)
    books.order([sold, books.line(part, 8, 0, qtyShipped=2, parentId=sold["id"])])
    yield units(part), -2
    yield units(kit), 0


@book("K16", NZ)
def a_component_that_is_sold_by_itself_too_counts_both_ways(books: Omni) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    sold = books.line(kit, 1, 40, unitCost=6)
    loose = books.line(part, 5, 10, unitCost=3)
    order = books.order([sold, books.line(part, 2, 0, unitCost=3, parentId=sold["id"]), loose])
    yield units(part), -7
    # sold: the kit once and five parts; 40 + 50
    yield mart("invoice_lines", "sum(net), sum(quantity)", order_key=order.key), (90, 6)
    yield mart("daily_sales", "sum(units), sum(cost_base)", product_key=part.key), (5, 15)
