"""Lines of Omni's orders: a kit has its line and, behind those of all items, one a component."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.goods import Kit
from demo.shop.money import cents, percent
from demo.shop.omni.document import (
    line_id,
    trade_line,
    unit_cost,
)
from demo.shop.omni.ids import sizes
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from demo.shop.goods import Item, Variant
    from demo.shop.trade import Line, Order
    from sandbox.entry import Row


def lines_of(order: Order, number: int) -> list[Row]:
    """Return the lines of an order or quote: first those of all items, then the components."""
    lines = [_line(order, number, position, sold) for position, sold in enumerate(order.lines)]
    for position, sold in enumerate(order.lines):
        if isinstance(sold.item, Kit):
            lines += [
                _component(order, number, (position, len(lines) + after), item, each)
                for after, (item, each) in enumerate(sold.item.components)
            ]
    return lines


def _component(
    order: Order, number: int, positions: tuple[int, int], item: Variant, each: int
) -> Row:
    """Return the line of a component, by the positions of the kit's line and its own."""
    above, own = positions
    kit = order.lines[above]
    ordered, shipped = kit.quantity * each, kit.shipped * each
    cost, units = _component_cost(order, above, item)
    return trade_line(number, own, item, ordered, order.created) | {
        "parentId": line_id(number, above),
        "unitCost": unit_cost(cost, units) if units else item.cost,
        "unitPrice": ZERO,
        "uomPrice": ZERO,
        "discount": ZERO,
        "uomQtyOrdered": ordered,
        "uomQtyShipped": shipped,
        "uomSize": 1,
        "qtyShipped": shipped,
        "holdingQty": 0,
        "accountCode": "",
        "stockControl": "Batch" if item.words.keeps_days else "FIFO",
        "stockMovements": _movements(order, above, item),
        "sizes": sizes(item, ordered),
        "taxRate": order.customer.tax,
    }


def _line(order: Order, number: int, position: int, sold: Line) -> Row:
    goods = [one for shipment in order.shipments for one in shipment.goods.get(position, [])]
    shipped = sold.shipped
    is_kit = isinstance(sold.item, Kit)
    return trade_line(number, position, sold.item, sold.quantity, order.created) | {
        "unitCost": unit_cost(worth(goods, ZERO), shipped) if shipped else sold.item.cost,
        "unitPrice": sold.price,
        "uomPrice": sold.price,
        "discount": cents(sold.price * sold.quantity * percent(sold.discount)),
        "uomQtyOrdered": sold.quantity,
        "uomQtyShipped": shipped,
        "uomSize": 1,
        "qtyShipped": shipped,
        "holdingQty": 0,
        "accountCode": "200",
        "stockControl": "Undefined" if is_kit else _control(sold.item),
        "stockMovements": [] if is_kit else _movements(order, position, sold.item),
        "sizes": sizes(sold.item, sold.quantity),
        "taxRate": order.customer.tax,
    }


def _control(item: Item) -> str:
    return "Batch" if any(one.words.keeps_days for one, _ in item.components) else "FIFO"


def _movements(order: Order, position: int, item: Item) -> list[Row]:
    return [
        {"batch": one.batch, "quantity": one.quantity, "serial": ""}
        for shipment in order.shipments
        for one in shipment.goods.get(position, [])
        if one.batch and one.item is item
    ]


def _component_cost(order: Order, position: int, item: Variant) -> tuple[Decimal, int]:
    goods = [
        one
        for shipment in order.shipments
        for one in shipment.goods.get(position, [])
        if one.item is item
    ]
    return worth(goods, ZERO), sum(one.quantity for one in goods)
