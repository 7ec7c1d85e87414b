"""A second account of Omni beside the shop: few rows, few columns, and no other stream.

Its ids are those of the shop's first orders, its books are in another currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.dbt.databases import Database

OTHER_SCHEMA = "cin7_omni_au"
_TABLES = {
    "sales_orders": """
        select * from (values
            (50001, 'AU-1', 'DRAFT', timestamp '2026-01-02', null, null),
            (50002, 'AU-2', 'APPROVED', timestamp '2026-01-02', timestamp '2026-01-03', null),
            (50003, 'AU-3', 'APPROVED', timestamp '2026-01-02', null, timestamp '2026-01-05')
        ) as t(id, reference, status, modifieddate, invoicedate, _sdc_deleted_at)
    """,
    "sales_order_lines": """
        select * from (values
            (50001, 10, 1, timestamp '2026-01-02'),
            (50001, 11, 1, timestamp '2026-01-01')
        ) as t(orderid, id, repetition, parent_modified)
    """,
}


def add_other_account(database: Database) -> None:
    """Make its tables.

    ``AU-3`` is gone, and the line 11 has left ``AU-1``.
    """
    database.ask(f"create schema {OTHER_SCHEMA}")
    for name, rows in _TABLES.items():
        database.ask(f"create table {OTHER_SCHEMA}.{name} as {rows}")
