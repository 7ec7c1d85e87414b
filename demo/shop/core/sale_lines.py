"""Lines of Core's sales and what hangs on them: charges, sums, goods, addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.core.ids import AU_SALE, NZ_SALE, day_of, guid, product, spot
from demo.shop.money import BASE, Amount, fine
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from demo.shop.people import Address
    from demo.shop.stockroom import Goods
    from demo.shop.trade import Line, Order
    from sandbox.entry import Row


def sale_id(order: Order) -> str:
    """Return the id of a sale."""
    return guid("sale", order.number)


def sale_line(order: Order, position: int, count: int) -> Row:
    """Return the fields that lines of orders, invoices and credit notes have."""
    sold = order.lines[position]
    amount = order.taxed(sold.total(count, order.promo))
    return {
        **product(sold.item),
        "Quantity": count,
        "Price": sold.price,
        "Discount": sold.discount + order.promo,
        "Tax": amount.tax,
        "Total": amount.total,
        "AverageCost": _cost(order, position, sold),
        "TaxRule": AU_SALE if order.customer.currency != BASE else NZ_SALE,
        "Comment": "",
    }


def _cost(order: Order, position: int, sold: Line) -> Decimal:
    goods = [one for shipment in order.shipments for one in shipment.goods.get(position, [])]
    return fine(worth(goods, ZERO) / sold.shipped) if sold.shipped else sold.item.cost


def freight(order: Order, rule: str) -> list[Row]:
    """Return the freight of an order as a charge; nothing when it is free."""
    if not order.freight:
        return []
    amount = order.taxed(order.freight)
    return [
        {
            "Description": "Courier",
            "Quantity": 1,
            "Price": order.freight,
            "Discount": 0,
            "Tax": amount.tax,
            "Total": amount.total,
            "TaxRule": rule,
            "Comment": "",
        }
    ]


def sums(amount: Amount) -> Row:
    """Return the sums of a block."""
    return {"TotalBeforeTax": amount.net, "Tax": amount.tax, "Total": amount.gross}


def picked(goods: Goods) -> Row:
    """Return goods as lines of fulfilments have them."""
    named = product(goods.item) | spot(goods.place, goods.bin)
    return pick_line(named, goods.quantity, goods.batch, day_of(goods.expiry))


def pick_line(named: Row, quantity: int, batch: str, expiry: str | None) -> Row:
    """Return a line of a fulfilment for a product at a spot."""
    return named | {
        "Quantity": quantity,
        "BatchSN": batch,
        "ExpiryDate": expiry,
        "Box": "",
        "NonInventory": False,
        "WarrantyRegistrationNumber": "",
        "RestockLocation": "",
        "RestockLocationID": None,
        "RestockDate": None,
    }


def address_of(of: Address, company: str, contact: str) -> Row:
    """Return an address as sales have it."""
    return {
        "ID": guid("address", of.line, of.city, company),
        "DisplayAddressLine1": of.line,
        "DisplayAddressLine2": f"{of.city} {of.state} {of.postcode} {of.country}",
        "Line1": of.line,
        "Line2": "",
        "City": of.city,
        "State": of.state,
        "Postcode": of.postcode,
        "Country": of.country,
        "Company": company,
        "Contact": contact,
        "ShipToOther": False,
    }
