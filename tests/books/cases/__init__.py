"""Books by the rule of the package that they hold it to; importing a module writes its books."""

from tests.books.cases import (
    amounts,
    cost,
    days,
    kits,
    orders,
    payables,
    purchases,
    receivables,
    reordering,
    stock,
)

__all__ = [
    "amounts",
    "cost",
    "days",
    "kits",
    "orders",
    "payables",
    "purchases",
    "receivables",
    "reordering",
    "stock",
]
