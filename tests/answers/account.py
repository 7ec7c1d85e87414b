"""An account of Cin7 Core with documents of every kind, and runs over it.

The documents are final and a year old, so that nothing but a change makes a run fetch them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.losses import harness
from tests.losses.accounts import guid
from tests.losses.standin import Core, Reply, encoded, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tests.answers.forms import DocumentForm
    from tests.losses.harness import Result
    from tests.losses.standin import Call, Hook, Row, Standin

DAY = 86_400
HOUR = 3_600
NOON = DAY / 2
LONG_AGO = -90 * DAY
"""Where Cin7's clock stands at first: states of the tests to come must not lie in the future."""
RUNS = "tap_cin7_runs"
_AT_ONCE = {"retry_wait_seconds": 0, "recheck_days": 0}
_OLD = "2025-01-02T00:00:00Z"
_FINAL = "COMPLETED"
_DEPRECATED = (
    "This endpoint is deprecated and does not support Advanced Purchase and Service Purchase"
)


@dataclass(frozen=True)
class Kind:
    """One kind of document: its list, and how a document is asked for.

    Attributes:
        stream: Its stream.
        list_stream, list_path, records_key: Its list.
        by: Field of a header row that holds the id.
        path, parameter: How a document is asked for.
        key: Field of a document that holds the id.
        stamp: Field of a header row with the time of its last change, if it has one.
        date: Field of a header row with its business date.
        bounds: Parameters of the list that bound the stamp.
        header: What else stands in a header row.
        part: A stream that is cut from it, and the list in the document that its rows come from.
        wrapper: Name of the list in which the document comes, if it comes in one.

    """

    stream: str
    list_stream: str
    list_path: str
    records_key: str
    by: str
    path: str
    parameter: str
    key: str
    stamp: str | None = None
    date: str = "Date"
    bounds: tuple[str, ...] = ()
    header: Row = field(default_factory=dict)
    part: tuple[str, str] | None = None
    wrapper: str | None = None

    def __str__(self) -> str:
        return self.stream

    def row(self, number: int, moment: str, text: str) -> Row:
        """Return a header row; names with an underscore are known to the document only."""
        row = {self.by: guid(number), self.date: _OLD, "Status": _FINAL, **self.header}
        if self.stamp:
            row[self.stamp] = moment
        if self.list_stream == "production_order_list":
            row["ProductionOrderID"] = guid(number)
        return {**row, "_text": text}

    def document(self, row: Row) -> Row:
        """Return the document of a header row."""
        found: Row = {self.key: row[self.by], "Status": row["Status"], self.text: row["_text"]}
        if self.part:
            place = found
            *outer, last = self.part[1].split(".")
            for name in outer:
                place = place.setdefault(name, {})
            place[last] = [{"SKU": "A", "Comments": row["_text"]}]
        if self.wrapper is None:
            return found
        return {"ProductionOrderID": row[self.by], self.wrapper: [found]}

    @property
    def text(self) -> str:
        """Field of a document that tells its versions apart."""
        return {
            "sales": "Customer",
            "purchases": "Supplier",
            "production_runs": "WIPAccount",
            "production_orders": "Comments",
            "inventory_write_offs": "Notes",
            "finished_goods": "Notes",
            "disassemblies": "ProductName",
        }.get(self.stream, "Reference")

    def versions(self, *results: Result) -> dict[str, str]:
        """Return the last version of each document that left."""
        rows = [row for result in results for row in result.records(self.stream)]
        return {row[self.key]: row[self.text] for row in rows}


def _tasks(stream: str, list_stream: str, names: str, **more: Any) -> Kind:  # noqa: ANN401
    list_path, records_key, path = names.split()
    return Kind(
        stream, list_stream, list_path, records_key, "TaskID", path, "TaskID", "TaskID", **more
    )


SALES = Kind(
    "sales",
    "sale_list",
    "/saleList",
    "SaleList",
    "SaleID",
    "/sale",
    "ID",
    "ID",
    "Updated",
    "OrderDate",
    ("UpdatedSince", "UpdatedUntil"),
    part=("sale_order_lines", "Order.Lines"),
)
PURCHASES = Kind(
    "purchases",
    "purchase_list",
    "/purchaseList",
    "PurchaseList",
    "ID",
    "/advanced-purchase",
    "ID",
    "ID",
    "LastUpdatedDate",
    "OrderDate",
    ("UpdatedSince", "UpdatedUntil"),
    {"Type": "Advanced Purchase"},
)
TRANSFERS = _tasks(
    "stock_transfers",
    "stock_transfer_list",
    "/stockTransferList StockTransferList /stockTransfer",
    stamp="LastModifiedOn",
    date="CompletionDate",
)
STOCKTAKES = _tasks(
    "stocktakes",
    "stocktake_list",
    "/stockTakeList StockAdjustmentList /stocktake",
    stamp="LastUpdatedDate",
    date="EffectiveDate",
)
ADJUSTMENTS = _tasks(
    "stock_adjustments",
    "stock_adjustment_list",
    "/stockadjustmentList StockAdjustmentList /stockadjustment",
    date="EffectiveDate",
    part=("stock_adjustment_lines", "ExistingStockLines"),
)
WRITE_OFFS = _tasks(
    "inventory_write_offs",
    "inventory_write_off_list",
    "/inventoryWriteOffList InventoryWriteOffs /inventoryWriteOff",
)
DISASSEMBLIES = _tasks(
    "disassemblies", "disassembly_list", "/disassemblyList Disassemblies /disassembly"
)
ASSEMBLIES = _tasks(
    "finished_goods", "finished_goods_list", "/finishedGoodsList FinishedGoods /finishedGoods"
)
MONEY = _tasks(
    "money_operations",
    "money_task_list",
    "/moneyTaskList MoneyTasks /moneyOperation",
    header={"TaskType": "Spend Money"},
)
PRODUCTION = Kind(
    "production_orders",
    "production_order_list",
    "/production/orderList",
    "ProductionOrderListItems",
    "TaskID",
    "/production/order",
    "ProductionOrderID",
    "ProductionOrderID",
    date="CompletionDate",
    header={"Type": "O", "OrderStatus": _FINAL},
    wrapper="ProductionOrders",
)
STAMPED = (SALES, PURCHASES, TRANSFERS, STOCKTAKES)
UNSTAMPED = (ADJUSTMENTS, WRITE_OFFS, DISASSEMBLIES, ASSEMBLIES, MONEY, PRODUCTION)
KINDS = (*STAMPED, *UNSTAMPED)


class Account(Core):
    """Documents of some kinds, numbered from 0, the last the newest."""

    def __init__(self, kinds: Iterable[Kind] = KINDS, count: int = 4, **options: Any) -> None:  # noqa: ANN401
        """Fill it."""
        super().__init__(**{"ahead": LONG_AGO, **options})
        self.now += NOON - self.now % DAY
        self.kinds = tuple(kinds)
        for kind in self.kinds:
            self.list(kind.list_path, kind.records_key, kind.by, kind.stamp, *kind.bounds)
            for number in range(count):
                self.put(kind, number, "first", age=HOUR + 60 * (count - number))
            self.details(kind.path, kind.parameter, self._finder(kind))
        refusal = Reply(encoded([{"ErrorCode": 400, "Exception": _DEPRECATED}]), 400)
        self.before("/purchase", None, lambda _call: refusal)

    def put(self, kind: Kind, number: int, text: str, *, age: float = 0.0, **more: object) -> None:
        """Insert a document, or change it: header row and document say another text."""
        shown = dict.fromkeys(("Reference", "Notes", "ProductName", "Tags"), text)
        row = {**kind.row(number, stamp(self.now - age), text), **shown, **more}
        self.lists[kind.list_path].table.put(row)

    def rows(self, kind: Kind) -> list[Row]:
        """Return the header rows of a kind."""
        return self.lists[kind.list_path].table.visible()

    def versions(self, kind: Kind) -> dict[str, str]:
        """Return the present version of each document."""
        return {row[kind.by]: row["_text"] for row in self.rows(kind)}

    def drop(self, kind: Kind, *numbers: int) -> None:
        """Let documents and their header rows vanish."""
        self.lists[kind.list_path].table.drop(*map(guid, numbers))

    def document(self, kind: Kind, number: int) -> Row:
        """Return a document as it stands."""
        return kind.document(next(r for r in self.rows(kind) if r[kind.by] == guid(number)))

    def spoil(
        self, kind: Kind, numbers: Collection[int], reply: DocumentForm, times: int | None = None
    ) -> None:
        """Have documents answer wrongly, each some times or for ever."""
        ids, met = {guid(number) for number in numbers}, dict[str, int]()

        def answer(call: Call) -> Reply | None:
            wanted = call.query.get(kind.parameter, "")
            with self.lock:
                met[wanted] = met.get(wanted, 0) + (wanted in ids)
                if wanted not in ids or (times is not None and met[wanted] > times):
                    return None
                return reply(self, kind, wanted)

        self.before(kind.path, None, answer)

    def calm(self) -> None:
        """Let everything be answered rightly again."""
        super().calm()
        refusal = Reply(encoded([{"ErrorCode": 400, "Exception": _DEPRECATED}]), 400)
        self.before("/purchase", None, lambda _call: refusal)

    def _finder(self, kind: Kind) -> Callable[[str], Row | None]:
        def find(wanted: str) -> Row | None:
            found = [row for row in self.rows(kind) if row[kind.by].lower() == wanted.lower()]
            return kind.document(found[0]) if found else None

        return find


def run(
    server: Standin,
    streams: Iterable[str] | Kind | str,
    state: Row | None = None,
    **more: Any,  # noqa: ANN401
) -> Result:
    """Run over some streams and the record of the run; nothing waits, nothing is rechecked."""
    if isinstance(streams, Kind):
        streams = [streams.stream]
    names = [streams] if isinstance(streams, str) else list(streams)
    if server.api == "omni":
        more = {"recheck_days": None, **more}
    result = harness.run(server, [*names, RUNS], state, **{**_AT_ONCE, **more})
    assert "Traceback" not in result.stderr, result.stderr
    return result


def complete(result: Result) -> dict[str, bool]:
    """Return what the record of the run says of each stream."""
    return {row["stream"]: row["complete"] for row in result.records(RUNS)}


def asked(result: Result, kind: Kind, number: int | None = None) -> int:
    """Return how often a document, or all of a kind, was asked for."""
    calls = [call for call in result.calls if call.path == kind.path]
    if number is not None:
        calls = [
            call for call in calls if call.query.get(kind.parameter, "").lower() == guid(number)
        ]
    return len(calls)


def streams(kinds: Iterable[Kind]) -> list[str]:
    """Return the streams of kinds."""
    return [kind.stream for kind in kinds]


def bookmark(result: Result, stream: str) -> str:
    """Return the position of a stream."""
    return str(result.bookmark(stream).get("replication_key_value") or "")


def answering(body: bytes | str, status: int = 200, **headers: str) -> Hook:
    """Return what answers each call the same."""
    data = body.encode() if isinstance(body, str) else body
    return lambda _call: Reply(data, status, dict(headers))
