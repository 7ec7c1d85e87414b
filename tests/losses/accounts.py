"""Accounts to begin with: some rows in a list, and documents behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.losses.standin import Core, List, Omni, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.losses.standin import Row, Table

ORDERS = "/v1/SalesOrders"
SALE_LIST = "/saleList"
SALE = "/sale"


def orders(
    server: Omni, count: int, *, path: str = ORDERS, apart: float = 60.0, text: str = "reference"
) -> Table:
    """Put rows into an Omni list, the last of them ten minutes old.

    Args:
        server: The account.
        count: How many; their ids count from 1.
        path: Which list.
        apart: Seconds between two stamps.
        text: A field of the resource that takes a text.

    """
    table = server.table(path)
    for number in range(count):
        moment = stamp(server.now - 600 - (count - 1 - number) * apart)
        table.put(
            {
                "id": number + 1,
                "createdDate": moment,
                "modifiedDate": moment,
                text: f"SO-{number + 1}",
            }
        )
    return table


def guid(number: int) -> str:
    """Return a guid that is easy to read."""
    return f"{number:08d}-0000-4000-8000-000000000000"


def brands(server: Core, count: int, **how: Any) -> List:  # noqa: ANN401
    """Serve brands: a reference list without stamps or filters."""
    served = server.list("/ref/brand", "BrandList", "ID", **how)
    served.table.put(*({"ID": guid(number), "Name": f"B{number}"} for number in range(count)))
    return served


def sale(number: int, moment: str, **more: object) -> Row:
    """Return the header of a sale."""
    return {
        "SaleID": guid(number),
        "OrderNumber": f"SO-{number}",
        "Updated": moment,
        "Status": "ORDERED",
        **more,
    }


def sale_list(server: Core, count: int, *, apart: float = 60.0, **how: Any) -> List:  # noqa: ANN401
    """Serve sale headers, the last of them ten minutes old."""
    served = server.list(
        SALE_LIST, "SaleList", "SaleID", "Updated", "UpdatedSince", "UpdatedUntil", **how
    )
    for number in range(count):
        served.table.put(sale(number, stamp(server.now - 600 - (count - 1 - number) * apart)))
    return served


def sales(server: Core, count: int, *, apart: float = 60.0, **how: Any) -> List:  # noqa: ANN401
    """Serve sales: headers and one document for each, which says what its header says."""
    served = sale_list(server, count, apart=apart, **how)
    server.details(SALE, "ID", _of(served, lambda row: {"ID": row["SaleID"], "Order": _order(row)}))
    return served


def _order(row: Row) -> Row:
    lines = [{"SKU": sku, "Quantity": 1} for sku in row.get("_skus", ["A"])]
    return {"SaleOrderNumber": row["OrderNumber"], "Status": row["Status"], "Lines": lines}


def adjustments(server: Core, count: int, **how: Any) -> List:  # noqa: ANN401
    """Serve stock adjustments: headers without a stamp, and their documents."""
    served = server.list("/stockadjustmentList", "StockAdjustmentList", "TaskID", **how)
    for number in range(count):
        served.table.put(
            {
                "TaskID": guid(number),
                "EffectiveDate": "2026-01-02T00:00:00Z",
                "Status": "COMPLETED",
                "Reference": f"A{number}",
            }
        )
    server.details("/stockadjustment", "TaskID", _of(served, _adjustment))
    return served


def _adjustment(row: Row) -> Row:
    lines = [{"SKU": sku, "Adjustment": 1} for sku in row.get("_skus", ["A"])]
    return {**{k: v for k, v in row.items() if k != "_skus"}, "ExistingStockLines": lines}


def _of(served: List, document: Callable[[Row], Row]) -> Callable[[str], Row | None]:
    """Return what finds a document by the id of its header, without regard to case."""

    def find(wanted: str) -> Row | None:
        for row in served.table.visible():
            if row[served.table.by].lower() == wanted.lower():
                return document(row)
        return None

    return find
