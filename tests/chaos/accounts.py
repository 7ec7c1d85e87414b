"""The two accounts of the schedules: their streams, how large they are, what is edited in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.faults import WRONG_KINDS

TRUTH_ONLY = frozenset({"extra_fields"})


@dataclass(frozen=True)
class Stream:
    """A stream of the tap and the sandbox's table behind it.

    Attributes:
        name: The stream.
        table: The sandbox's table with its rows; empty for what is cut from another stream.
        keys: Columns of its key as the sandbox has them; empty where the tap makes a key.
        edited: Text field that edits write to.
        parent: Stream that it is cut from.
        stamp: Column by which rows of parts are held against ``parent_modified``.
        announces: Whether each run reads it whole, so that what is gone leaves at once.
        ignored: Columns that differ between two readings of one row.
        is_whole_if_asked: Whether FULL_TABLE in the catalog asks for a whole reading: it stands
            there for every stream without a stamp.

    """

    name: str
    table: str = ""
    keys: tuple[str, ...] = ("ID",)
    edited: str = ""
    parent: str = ""
    stamp: str = ""
    announces: bool = False
    ignored: frozenset[str] = TRUTH_ONLY
    is_whole_if_asked: bool = True


@dataclass(frozen=True)
class Account:
    """One API's account.

    Attributes:
        api: Which API.
        streams: The streams of the schedules.
        sizes: Rows by table, in several sizes.
        faults: What calls may meet.
        wrong: What may come in place of a right answer.

    """

    api: str
    streams: tuple[Stream, ...]
    sizes: tuple[dict[str, int], ...]
    faults: tuple[int | str, ...]
    wrong: tuple[str, ...]
    by_name: dict[str, Stream] = field(init=False)

    def __post_init__(self) -> None:
        """Index the streams."""
        object.__setattr__(self, "by_name", {one.name: one for one in self.streams})

    @property
    def tables(self) -> tuple[Stream, ...]:
        """The streams that have a table which changes, one for each table."""
        found = {one.table: one for one in reversed(self.streams) if one.table}
        return tuple(reversed(found.values()))


_READ_AT = TRUTH_ONLY | {"read_at"}
_BY_READING = TRUTH_ONLY | {"parent_modified"}
_FAULTS = (500, 503, "reset", "truncated", "cut-json", "html", "empty", "lying-length", "slow")

OMNI = Account(
    "omni",
    (
        Stream("sales_orders", "sales_orders", ("id",), "internalComments", stamp="modifiedDate"),
        Stream("sales_order_lines", parent="sales_orders"),
        Stream(
            "product_options",
            "product_options",
            ("id", "sizeId"),
            "supplierCode",
            stamp="modifiedDate",
        ),
        Stream("payments", "payments", ("id",), "comments", stamp="modifiedDate"),
        Stream("stock", "stock", (), "available", announces=True),
        Stream("product_categories", "product_categories", ("id",), "name", announces=True),
        Stream("serial_numbers", "serial_numbers", ("id",), "serialnumber", announces=True),
    ),
    (
        {
            "sales_orders": 8,
            "products": 4,
            "branches": 2,
            "product_options": 10,
            "payments": 12,
            "stock": 12,
            "product_categories": 4,
            "serial_numbers": 6,
        },
        {
            "sales_orders": 40,
            "products": 8,
            "branches": 2,
            "product_options": 300,
            "payments": 320,
            "stock": 600,
            "product_categories": 270,
            "serial_numbers": 520,
        },
        {
            "sales_orders": 560,
            "products": 4,
            "branches": 2,
            "product_options": 20,
            "payments": 700,
            "stock": 30,
            "product_categories": 10,
            "serial_numbers": 260,
        },
    ),
    (*_FAULTS, 429, "retry-after"),
    # An Omni connection that is refused an endpoint is so for good.
    tuple(kind for kind in WRONG_KINDS if kind != "denied"),
)

CORE = Account(
    "core",
    (
        Stream("sale_list", "sale_list", ("SaleID",), "CustomerReference", stamp="Updated"),
        Stream("sales", "sale_list", ("SaleID",), stamp="header_modified"),
        Stream("sale_order_lines", parent="sales"),
        Stream("sale_payments", parent="sales"),
        Stream("products", "products", ("ID",), "Name", stamp="LastModifiedOn"),
        Stream(
            "stock_adjustments",
            "stock_adjustment_list",
            ("TaskID",),
            "Reference",
            stamp="read_at",
            ignored=_READ_AT,
            is_whole_if_asked=False,
        ),
        Stream(
            "stock_adjustment_lines",
            parent="stock_adjustments",
            ignored=_BY_READING,
            is_whole_if_asked=False,
        ),
        Stream(
            "money_operations",
            "money_task_list",
            (),
            "Reference",
            stamp="read_at",
            ignored=_READ_AT,
            is_whole_if_asked=False,
        ),
        Stream(
            "product_availability",
            "product_availability",
            (),
            "OnHand",
            announces=True,
        ),
        Stream("brands", "brands", ("ID",), "Name", announces=True),
        Stream("transactions", "transactions", (), "Reference", ignored=_READ_AT),
        Stream("crm_leads", "crm_leads", ("ID",), "Name", is_whole_if_asked=False),
    ),
    (
        {
            "sale_list": 4,
            "products": 6,
            "locations": 3,
            "stock_adjustment_list": 4,
            "money_task_list": 4,
            "product_availability": 9,
            "brands": 5,
            "transactions": 8,
            "crm_leads": 4,
        },
        {
            "sale_list": 30,
            "products": 45,
            "locations": 6,
            "stock_adjustment_list": 14,
            "money_task_list": 12,
            "product_availability": 60,
            "brands": 33,
            "transactions": 60,
            "crm_leads": 25,
        },
    ),
    (
        *_FAULTS,
        "limit-429",
        "limit-503",
        "limit-400",
        "limit-403",
        "error-200",
        "errors-200",
    ),
    WRONG_KINDS,
)
