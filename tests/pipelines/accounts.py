"""The accounts that the pipelines read, and values picked by hand for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox import Sandbox
    from sandbox.store import Store


class Picked(NamedTuple):
    """A value as Cin7 sends it and as the two databases hold it."""

    column: str
    sent: Any
    postgres: Any
    duckdb: Any


@dataclass(frozen=True)
class Account:
    """One plugin of meltano.yml.

    Attributes:
        plugin: Its name.
        schema: Where its tables go.
        access: Settings that lead to the sandbox.
        store: The sandbox's data.
        picked_in: Stream of the picked values, and its key.
        picked: The values.
        edited: More streams that are edited between the two runs.
        streams: Lists to read; empty for all streams.
        lines: Streams cut from others: parent, and where the rows are.
        details: Documents in full: the list that names them.
        otherwise: Streams whose second run goes by more than the stamp of their rows.
        nested: Whether nested values are sent with every row.

    """

    plugin: str
    schema: str
    access: Callable[[Sandbox], dict[str, str]]
    store: Callable[[Sandbox], Store]
    picked_in: tuple[str, str]
    picked: Sequence[Picked]
    edited: Sequence[str]
    lines: Mapping[str, tuple[str, str]]
    streams: Sequence[str] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    otherwise: frozenset[str] = frozenset()
    nested: bool = True

    def lists(self, store: Store) -> list[str]:
        """Return the lists that are read."""
        return list(self.streams or store.tables)

    @property
    def selection(self) -> list[str]:
        """What Meltano's ``select`` says."""
        if not self.streams:
            return ["*.*"]
        return [f"{stream}.*" for stream in (*self.streams, *self.lines, *self.details)]


at = datetime.fromisoformat


def same(column: str, sent: object, held: object) -> Picked:
    """Return a value that both databases hold alike."""
    return Picked(column, sent, held, held)


# PostgreSQL keeps decimals; the DuckDB loader makes floating point of them, and null of "".
BIG = Decimal("9662365869419494310876.599561")
TINY = Decimal("0.0000000001")

OMNI = Account(
    plugin="tap-cin7",
    schema="cin7_omni",
    access=lambda sandbox: sandbox.access,
    store=lambda sandbox: sandbox.store,
    picked_in=("sales_orders", "id"),
    picked=[
        Picked("total", BIG, BIG, 9.662365869419494e21),
        Picked("freightTotal", TINY, TINY, 1e-10),
        Picked("productTotal", Decimal("19.9500"), Decimal("19.95"), 19.95),
        Picked("taxRate", "8.75%", Decimal("8.75"), 8.75),
        Picked("internalComments", "", "", None),
        same("invoiceDate", "2026-02-28T13:45:59.1234567+13:00", at("2026-02-28T00:45:59.123456")),
        same("cancellationDate", "2026-01-31T23:59:59", at("2026-01-31T23:59:59")),
        same("estimatedDeliveryDate", "2026-03-01T00:00:00.5Z", at("2026-03-01T00:00:00.500000")),
        same("dispatchedDate", "0001-01-01T00:00:00", None),
        same("reference", 'tab\t, "quotes"\r\nand \\ é', 'tab\t, "quotes"\r\nand \\ é'),
        same("deliveryCity", "NULL", "NULL"),
        same("isVoid", sent=True, held=True),
        same("memberId", 2147483647, 2147483647),
    ],
    edited=("contacts", "payments", "products"),
    lines={
        "credit_note_lines": ("credit_notes", "lineItems"),
        "purchase_order_lines": ("purchase_orders", "lineItems"),
        "sales_order_lines": ("sales_orders", "lineItems"),
    },
    otherwise=frozenset({"payments"}),
)

CORE = Account(
    plugin="tap-cin7-core",
    schema="cin7_core",
    access=lambda sandbox: sandbox.core_access,
    store=lambda sandbox: sandbox.core.store,
    picked_in=("products", "ID"),
    picked=[
        Picked("PriceTier1", BIG, BIG, 9.662365869419494e21),
        Picked("AverageCost", TINY, TINY, 1e-10),
        Picked("Weight", Decimal("19.9500"), Decimal("19.95"), 19.95),
        Picked("InternalNote", "", "", None),
        same("CreatedDate", "2026-01-31T23:59:59.123", at("2026-01-31T23:59:59.123000")),
        same("LastModifiedOn", "2026-07-01T00:00:00.5Z", at("2026-07-01T00:00:00.500000")),
        same("Name", 'tab\t, "quotes"\r\nand \\ é', 'tab\t, "quotes"\r\nand \\ é'),
        same("Brand", "NULL", "NULL"),
        same("Barcode", "007", "007"),
        same("Sellable", sent=False, held=False),
        same("Length", 0, 0),
        same("ReorderQuantity", None, None),
    ],
    edited=("customers", "sale_list"),
    lines={"product_attachments": ("products", "Attachments")},
    # All of Core takes target-postgres a minute; `make demo` reads all of it.
    streams=(
        "accounts",
        "crm_leads",
        "customers",
        "product_availability",
        "products",
        "purchase_list",
        "sale_list",
        "stock_transfer_list",
        "transactions",
    ),
    details={"purchases": "purchase_list", "sales": "sale_list"},
    otherwise=frozenset({"crm_leads", "transactions"}),
    nested=False,
)
