"""Marts made by hand: those columns that the report reads, and a shop with a past to fill them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 6, 17)
WHOSE = "product text, source_relation text, company text"
MARTS = {
    "orders": """
        base_currency text, order_number text, customer_name text, ordered_at timestamp,
        promised_at timestamp, shipped_at timestamp, state text, fulfilment_status text,
        document_net_base decimal(28, 6), modified_at timestamp, is_late boolean
    """,
    "customers": "base_currency text, modified_at timestamp",
    "products": """
        base_currency text, product_key text, unit_cost_base decimal(28, 6), modified_at timestamp
    """,
    "daily_sales": """
        base_currency text, day date, product_key text, product_group text, units decimal(28, 6),
        net_base decimal(28, 6), margin_base decimal(28, 6)
    """,
    "returns": "base_currency text, returned_at timestamp, net_base decimal(28, 6)",
    "payments": "base_currency text, day date, partner text, amount_base decimal(28, 6)",
    "receivables": """
        base_currency text, document_number text, customer_name text, due_at timestamp,
        outstanding decimal(28, 6), outstanding_base decimal(28, 6), days_overdue integer,
        ageing text
    """,
    "payables": """
        base_currency text, document_number text, supplier_name text, due_at timestamp,
        outstanding decimal(28, 6), outstanding_base decimal(28, 6), days_overdue integer,
        ageing text
    """,
    "stock_levels": """
        base_currency text, product_key text, location text, on_hand decimal(28, 6),
        value_base decimal(28, 6)
    """,
    "cogs": "base_currency text, moved_at timestamp, cost_base decimal(28, 6)",
    "purchase_lines": """
        base_currency text, purchase_id text, purchase_number text, supplier_name text,
        expected_at timestamp, is_open boolean, quantity_open decimal(28, 6),
        landed_unit_cost_base decimal(28, 6)
    """,
    "reorder": """
        product_key text, sku text, product_name text, available decimal(28, 6),
        incoming decimal(28, 6), days_of_cover decimal(28, 6), units_sold decimal(28, 6),
        is_due boolean, suggested_quantity decimal(28, 6)
    """,
    "reconcile": """
        check_name text, rows_checked bigint, difference decimal(28, 6), failures bigint,
        examples text
    """,
}

NAME = "The Long White Shelf & Sons, Whangārei"
PRODUCTS = (
    "Mug, chipped",
    "Mug <small>",
    "Mug",
    "Tea towel",
    "Tea towel with a name that no chart has room for, not even a wide one",
    *(f"Basket {number}" for number in range(14)),
)
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Account:
    """An account that marts hold."""

    product: str
    schema: str
    company: str
    currency: str | None


def build(path: Path, *accounts: tuple[Account, Rows]) -> Path:
    """Write marts into a DuckDB file."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema analytics")
        for mart, columns in MARTS.items():
            table = f"analytics.cin7__{mart}"
            connection.execute(f"create table {table} ({WHOSE}, {columns})")
            for account, found in accounts:
                rows = [_whose(account, columns) | row for row in found.get(mart, [])]
                connection.execute(
                    f"insert into {table} by name "
                    f"select unnest(?::json::struct({WHOSE}, {columns})[], recursive := true)",
                    [json.dumps(rows, default=str)],
                )
    return path


def _whose(account: Account, columns: str) -> dict[str, Any]:
    found = {
        "product": account.product,
        "source_relation": account.schema,
        "company": account.company,
    }
    return {**found, "base_currency": account.currency} if "base_currency" in columns else found


def at(day: date) -> datetime:
    """Return noon of a day."""
    return datetime.combine(day, time(12))


def shop(days: int = 420) -> Rows:
    """Return the rows of a shop that opened some days ago, and sells its mugs at a loss."""
    opened = TODAY - timedelta(days=days - 1)
    every_day = [opened + timedelta(days=number) for number in range(days)]
    return {
        "orders": [
            *(
                _order(f"SO-{number:05}", day, is_late=False)
                for number, day in enumerate(every_day)
            ),
            *(_order(f"SO-9{number:04}", TODAY, is_late=True) for number in range(15)),
            _order("SO-DRAFT", TODAY, is_late=False) | {"state": "draft"},
        ],
        "products": [
            {"product_key": name, "unit_cost_base": 7.5, "modified_at": at(opened)}
            for name in PRODUCTS
        ],
        "daily_sales": [
            {
                "day": day,
                "product_key": name,
                "product_group": name,
                "units": 1 + number % 4,
                "net_base": round(20.1 + number % 50 + place, 2),
                "margin_base": round((place - 3) * 1.01, 2),
            }
            for number, day in enumerate(every_day)
            for place, name in enumerate(PRODUCTS)
            if number % (1 + place % 5) == 0
        ],
        "returns": [{"returned_at": at(day), "net_base": 5.25} for day in every_day[::7]],
        "payments": [
            {"day": day, "partner": partner, "amount_base": amount}
            for day in every_day[::3]
            for partner, amount in (("customer", 99.5), ("customer", -9.5), ("supplier", -50.25))
        ],
        "receivables": [_owed(number) | {"customer_name": NAME} for number in range(14)],
        "payables": [_owed(number) | {"supplier_name": NAME} for number in range(14)],
        "stock_levels": [
            {"product_key": name, "location": place, "on_hand": 4, "value_base": 30.75}
            for name in PRODUCTS
            for place in ("Auckland", "Te Whanganui-a-Tara warehouse, upper floor", None)
        ],
        "cogs": [{"moved_at": at(day), "cost_base": 12.5} for day in every_day],
        "purchase_lines": [
            {
                "purchase_id": str(number // 2),
                "purchase_number": f"PO-{number // 2:05}",
                "supplier_name": NAME,
                "expected_at": at(TODAY + timedelta(days=number - 5)),
                "is_open": number != 3,
                "quantity_open": number,
                "landed_unit_cost_base": 3.1,
            }
            for number in range(30)
        ],
        "reorder": [
            {
                "product_key": name,
                "sku": f"SKU-{place}",
                "product_name": name,
                "available": place - 2,
                "incoming": place,
                "days_of_cover": place * 4 - 8,
                "units_sold": place % 3,
                "is_due": place % 2 == 0,
                "suggested_quantity": 12,
            }
            for place, name in enumerate(PRODUCTS)
        ],
        "reconcile": [
            {
                "check_name": "order_totals",
                "rows_checked": 420,
                "difference": 0,
                "failures": 0,
                "examples": None,
            },
            {
                "check_name": "negative_stock",
                "rows_checked": 60,
                "difference": -12.5,
                "failures": 2,
                "examples": "MUG-1, MUG-2",
            },
        ],
    }


def _order(number: str, day: date, *, is_late: bool) -> dict[str, Any]:
    return {
        "order_number": number,
        "customer_name": NAME,
        "ordered_at": at(day),
        "promised_at": at(day - timedelta(days=3)),
        "shipped_at": None if is_late else at(day),
        "state": "approved",
        "fulfilment_status": "not_shipped" if is_late else "shipped",
        "document_net_base": 120.4,
        "modified_at": at(day),
        "is_late": is_late,
    }


def _owed(number: int) -> dict[str, Any]:
    overdue = max(0, 20 * number - 60)
    age = min(3, (overdue + 29) // 30) if overdue <= 90 else 4
    return {
        "document_number": f"DOC-{number:05}",
        "due_at": at(TODAY - timedelta(days=20 * number - 60)),
        "outstanding": 100 + number,
        "outstanding_base": round(110.55 + number, 2),
        "days_overdue": overdue,
        "ageing": ("not_due", "1_30", "31_60", "61_90", "over_90")[age],
    }
