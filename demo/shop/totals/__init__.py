"""What reports on the shop should say, computed from the rows in plain Python.

The rules, which the dbt package and any other model follow too:

- **Sales** are goods without tax and freight, after discounts. Omni: approved orders that are
  not void, by the month of ``invoiceDate``; an order without one is no sale yet. Core: invoices
  that are ``AUTHORISED`` or ``PAID``, by the month of ``InvoiceDate``; voided ones and drafts are
  not counted. Credit notes count with minus, by their own date.
- **Margin** is sales less the cost of the goods, in base currency. A kit is one product: the
  lines of its components (Omni: ``parentId`` above 0) are not counted. Goods that come back
  but are not put back on the shelf keep their cost.
- **Base currency** is amount times rate, in both products.
- **Receivables** and **payables** are invoices with tax, less payments and open credit notes.

Amounts are not rounded before they are added up; only results are, to cents.
"""

from __future__ import annotations

from demo.shop.totals.core import (
    core_balances,
    core_order_lines,
    core_payables,
    core_receivables,
    core_sales,
    core_stock,
)
from demo.shop.totals.omni import (
    omni_order_lines,
    omni_payables,
    omni_receivables,
    omni_sales,
    omni_stock,
)
from demo.shop.totals.sums import Held, Margin, Month, Sold, by_month, by_product

__all__ = [
    "Held",
    "Margin",
    "Month",
    "Sold",
    "by_month",
    "by_product",
    "core_balances",
    "core_order_lines",
    "core_payables",
    "core_receivables",
    "core_sales",
    "core_stock",
    "omni_order_lines",
    "omni_payables",
    "omni_receivables",
    "omni_sales",
    "omni_stock",
]
