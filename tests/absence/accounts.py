"""Accounts with lists of every way of reading."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.absence.pipeline import DAY, Pipeline, Watched
from tests.losses.accounts import adjustments, brands, guid, orders, sale_list, sales
from tests.losses.standin import ORDERS, Core, List, Omni, Reply, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.losses.standin import Call, Hook, Mangle, Row, Table

BEHIND = -60 * DAY
"""Cin7's clock begins two months behind ours, so that weeks can go by: ``full_refresh_days`` are
over by both clocks then. Runs that are to read changes only leave that setting out.
"""
STOCK = "/v1/Stock"
CONTACTS = "/v1/Contacts"
BRANDS = "/ref/brand"
PRODUCTS = "/product"
PURCHASE_LIST = "/purchaseList"
PURCHASE = "/advanced-purchase"
BY_NAME = "by name"
ORDERS[BY_NAME] = lambda _random, rows: rows.sort(key=lambda row: str(row["Name"]))


def omni(**options: Any) -> Omni:  # noqa: ANN401
    """Return an account of Omni."""
    return Omni(ahead=BEHIND, **options)


def core(**options: Any) -> Core:  # noqa: ANN401
    """Return an account of Core."""
    return Core(ahead=BEHIND, **options)


def stock(server: Omni, count: int) -> Table:
    """Put rows into the stock of Omni."""
    table = server.table(STOCK, by="code")
    for number in range(count):
        table.put(
            {
                "productId": number,
                "productOptionId": number,
                "branchId": 1,
                "size": None,
                "code": f"C{number}",
                "available": number,
                "modifiedDate": stamp(server.now - DAY - number),
            }
        )
    return table


def products(server: Core, count: int, **how: Any) -> List:  # noqa: ANN401
    """Serve products, the last of them ten minutes old."""
    served = server.list(PRODUCTS, "Products", "ID", "LastModifiedOn", "ModifiedSince", **how)
    for number in range(count):
        moment = stamp(server.now - 600 - (count - 1 - number))
        served.table.put(
            {"ID": guid(number), "SKU": f"S{number}", "Name": "n", "LastModifiedOn": moment}
        )
    return served


def availability(server: Core, count: int, **how: Any) -> List:  # noqa: ANN401
    """Serve the availability of products, a row for each."""
    served = server.list("/ref/productavailability", "ProductAvailabilityList", "ID", **how)
    for number in range(count):
        served.table.put(
            {"ID": guid(number), "SKU": f"S{number}", "Location": "Main", "OnHand": number}
        )
    return served


def purchase(number: int, moment: str) -> Row:
    """Return the header of a purchase."""
    return {
        "ID": guid(number),
        "OrderNumber": f"PO-{number}",
        "LastUpdatedDate": moment,
        "Status": "ORDERED",
        "Type": "Advanced Purchase",
    }


def purchases(server: Core, count: int, **how: Any) -> List:  # noqa: ANN401
    """Serve purchases: headers, and a document for each."""
    stamps = ("LastUpdatedDate", "UpdatedSince", "UpdatedUntil")
    served = server.list(PURCHASE_LIST, "PurchaseList", "ID", *stamps, **how)
    for number in range(count):
        served.table.put(purchase(number, stamp(server.now - 600 - number)))

    def document(wanted: str) -> Row | None:
        rows = {row["ID"]: row for row in served.table.visible()}
        row = rows.get(wanted.lower())
        if row is None:
            return None
        line = {"ProductID": guid(1), "SKU": "A", "Quantity": 1, "Total": 1}
        order = {"Status": "AUTHORISED", "Lines": [line], "Total": 1}
        return {**row, "Supplier": "S", "SupplierID": guid(2), "Order": order}

    server.details(PURCHASE, "ID", document)
    return served


# Pipelines over one list each.


def of_orders(server: Omni, count: int, *, apart: float = 60.0, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of sales orders."""
    table = orders(server, count, apart=apart)
    return Pipeline(server, [Watched("sales_orders", table, "id")], **how)


def of_contacts(server: Omni, count: int, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of contacts."""
    table = orders(server, count, path=CONTACTS, text="company")
    return Pipeline(server, [Watched("contacts", table, "id")], **how)


def of_categories(server: Omni, count: int, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of product categories, which have no stamp."""
    table = orders(server, count, path="/v1/ProductCategories", text="name")
    return Pipeline(server, [Watched("product_categories", table, "id")], **how)


def of_stock(server: Omni, count: int, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of stock, with its default settings."""
    return Pipeline(server, [Watched("stock", stock(server, count), "code")], **how)


def of_brands(server: Core, count: int, *, served: Row | None = None, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of brands."""
    table = brands(server, count, **(served or {})).table
    return Pipeline(server, [Watched("brands", table, "ID")], **how)


def of_products(server: Core, count: int, *, served: Row | None = None, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of products."""
    table = products(server, count, **(served or {})).table
    return Pipeline(server, [Watched("products", table, "ID")], **how)


def of_availability(server: Core, count: int, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of the availability of products."""
    table = availability(server, count).table
    return Pipeline(server, [Watched("product_availability", table, "ID")], **how)


def of_headers(server: Core, count: int, *, served: Row | None = None, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of the headers of sales."""
    table = sale_list(server, count, apart=1.0, **served or {}).table
    return Pipeline(server, [Watched("sale_list", table, "SaleID")], **how)


def of_sales(server: Core, count: int, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of sales and their lines."""
    table = sales(server, count).table
    watched = [
        Watched("sales", table, "ID", "SaleID"),
        Watched("sale_order_lines", table, "SaleID"),
    ]
    return Pipeline(server, watched, **how)


def of_adjustments(server: Core, count: int, **how: Any) -> Pipeline:  # noqa: ANN401
    """Return a pipeline of stock adjustments."""
    table = adjustments(server, count).table
    return Pipeline(server, [Watched("stock_adjustments", table, "TaskID")], **how)


# What goes wrong.


def changed(change: Callable[[Any], Any]) -> Mangle:
    """Return what puts other JSON in the place of an answer's."""

    def mangle(_call: Call, reply: Reply) -> Reply:
        reply.body = json.dumps(change(json.loads(reply.body))).encode()
        return reply

    return mangle


def out_of_order(server: Omni, path: str) -> None:
    """Have a list ignore the order by stamp, from now on."""

    def turned(call: Call, reply: Reply) -> Reply:
        if call.query.get("order", "").startswith("modifiedDate"):
            return changed(lambda rows: rows[::-1])(call, reply)
        return reply

    server.after(path, None, turned)


def answered(body: object, status: int = 200) -> Hook:
    """Return what answers with a body, JSON or text as it is."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _call: Reply(raw, status)


def from_call(server: Omni | Core, path: str, number: int, hook: Hook) -> None:
    """Have something done before each call of a path, from one of them on, counted from now."""
    seen = 0

    def later(call: Call) -> Reply | None:
        nonlocal seen
        seen += 1
        return hook(call) if seen >= number else None

    server.before(path, None, later)
