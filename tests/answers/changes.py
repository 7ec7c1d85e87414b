"""Accounts whose answers depend on the flags of a call, and runs whose catalog is edited."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tests.answers.account import DAY, LONG_AGO, RUNS, SALES, Account
from tests.answers.groups import Books, Group, omni_list
from tests.losses.accounts import guid
from tests.losses.harness import only, run
from tests.losses.standin import Core, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from tests.losses.harness import Result
    from tests.losses.standin import Call, Reply, Row, Standin

    Edit: TypeAlias = Callable[[Row], None]

WEEKLY: Row = {"full_refresh_days": 7}
FLAGS: dict[str, dict[str, str]] = {
    "/product": {
        "IncludeBOM": "BillOfMaterialsProducts",
        "IncludeSuppliers": "Suppliers",
        "IncludeAttachments": "Attachments",
        "IncludeReorderLevels": "ReorderLevels",
        "IncludeCustomPrices": "CustomPrices",
        "IncludeMovements": "Movements",
    },
    "/customer": {"IncludeProductPrices": "ProductPrices"},
    "/sale": {"IncludeTransactions": "Transactions"},
}
"""What a call has to ask for, and the list that is empty without (seen)."""


def _flagged(call: Call, reply: Reply) -> Reply:
    """Return an answer without what its call did not ask for."""
    silent = [
        name
        for flag, name in FLAGS.get(call.path, {}).items()
        if call.query.get(flag, "").lower() != "true"
    ]
    if silent and reply.status == 200:
        body = json.loads(reply.body)
        lists = [value for value in body.values() if isinstance(value, list)]
        for row in [body] if call.path == "/sale" else [row for rows in lists for row in rows]:
            row.update({name: [] for name in silent if name in row})
        reply.body = encoded(body)
    return reply


class FlaggedCore(Core):
    """Cin7 Core that fills a list of a row only where the call asks for it."""

    @override
    def _answer(self, call: Call) -> Reply:
        return _flagged(call, super()._answer(call))


class FlaggedAccount(Account):
    """The same, with documents."""

    @override
    def _answer(self, call: Call) -> Reply:
        return _flagged(call, super()._answer(call))


def _flagged_list(path: str, records_key: str) -> Callable[[], Standin]:
    def opened() -> Standin:
        server = FlaggedCore(ahead=LONG_AGO)
        server.list(path, records_key, "ID", "LastModifiedOn", "ModifiedSince", most=4)
        return server

    return opened


def _of_products(part: str, column: str, place: str, inner: Callable[[int, str], Row]) -> Group:
    return Group(
        {"products": ("ID", "Name"), part: ("ProductID", column)},
        "/product",
        "ID",
        _flagged_list("/product", "Products"),
        lambda number, moment, text: {
            "ID": guid(number),
            "SKU": f"S{number}",
            "Name": text,
            "LastModifiedOn": moment,
            place: [inner(number, text)],
        },
    )


PARTS: dict[str, Group] = {
    "include_bom": _of_products(
        "bom_components",
        "ProductCode",
        "BillOfMaterialsProducts",
        lambda _, text: {"ProductCode": text, "Quantity": 1},
    ),
    "include_suppliers": _of_products(
        "product_suppliers",
        "SupplierName",
        "Suppliers",
        lambda number, text: {
            "ProductSupplierID": guid(1_000 + number),
            "ProductID": guid(number),
            "SupplierName": text,
        },
    ),
    "include_attachments": _of_products(
        "product_attachments",
        "FileName",
        "Attachments",
        lambda number, text: {"ID": guid(2_000 + number), "FileName": text},
    ),
    "include_reorder_levels": _of_products(
        "product_reorder_levels",
        "LocationName",
        "ReorderLevels",
        lambda _, text: {"LocationID": guid(1), "LocationName": text},
    ),
    "include_custom_prices": _of_products(
        "product_custom_prices",
        "CustomerName",
        "CustomPrices",
        lambda number, text: {
            "ProductID": guid(number),
            "CustomerID": guid(2),
            "CustomerName": text,
        },
    ),
    "include_movements": _of_products(
        "product_movements",
        "FromTo",
        "Movements",
        lambda number, text: {"TaskID": guid(3_000 + number), "FromTo": text, "Quantity": 1},
    ),
}
"""Flags, and the streams that are cut from what they fill."""


def _sales_with_transactions() -> Standin:
    server = FlaggedAccount([SALES], count=0)
    parameter, find = server.documents["/sale"]

    def found(wanted: str) -> Row | None:
        document: Row | None = find(wanted)
        if document:
            document["Transactions"] = [{"Description": document["Customer"], "Amount": 1}]
        return document

    server.details("/sale", parameter, found)
    return server


COLUMNS: dict[str, tuple[Group, str]] = {
    "include_customer_prices": (
        Group(
            {"customers": ("ID", "Name")},
            "/customer",
            "ID",
            _flagged_list("/customer", "CustomerList"),
            lambda number, moment, text: {
                "ID": guid(number),
                "Name": text,
                "LastModifiedOn": moment,
                "ProductPrices": [{"ProductID": guid(1), "ProductName": text, "Price": 1}],
            },
        ),
        "ProductPrices",
    ),
    "include_transactions": (
        Group(
            {"sales": ("ID", "Customer")},
            "/saleList",
            "SaleID",
            _sales_with_transactions,
            lambda number, moment, text: {**SALES.row(number, moment, text), "Reference": text},
            8,
            SALES,
        ),
        "Transactions",
    ),
    "include_suppliers": (
        Group(
            {"products": ("ID", "Name")},
            "/product",
            "ID",
            _flagged_list("/product", "Products"),
            PARTS["include_suppliers"].row,
        ),
        "Suppliers",
    ),
}
"""Flags, and the columns that they fill."""

OF_CATEGORIES = Group(
    {"product_categories": ("id", "name")},
    "/v1/ProductCategories",
    "id",
    omni_list("/v1/ProductCategories", "id"),
    lambda number, _, text: {"id": number + 1, "name": text},
    30,
)


class Shop(Books):
    """Books whose catalog can be edited, and whose tables can be asked for a row."""

    @override
    def run(
        self,
        left_out: str | None = None,
        *,
        full: str = "",
        edit: Edit | None = None,
        **settings: Any,
    ) -> Result:
        """Run as ``Books`` do, with a catalog that was edited."""
        if edit is None:
            return super().run(left_out, full=full, **settings)
        catalog = only(self.server.api, *(n for n in self.group.streams if n != left_out), RUNS)
        edit(catalog)
        core = {"recheck_days": 0} if self.server.api == "core" else {}
        settings = {"retry_wait_seconds": 0, "max_parallel_requests": 1, **core, **settings}
        result = run(self.server, catalog, self.state, **settings)
        self.server.calm()
        assert "Traceback" not in result.stderr, result.stderr
        self.loader.take(result.messages)
        self.state = result.state or self.state
        return result

    def pass_days(self, days: float = 8) -> None:
        """Let days go by."""
        self.server.now += days * DAY

    def hide(self, number: int) -> Callable[[], None]:
        """Let a row vanish, and return what brings it back as it was."""
        wanted = self.group.row(number, "", "")[self.group.by]
        row = next(row for row in self.table.visible() if row[self.group.by] == wanted)
        self.table.drop(wanted)
        return lambda: self.table.put(row)

    def removed(self) -> dict[str, int]:
        """Return how many rows were removed of each stream that Cin7 has and the loader lacks."""
        by = self.group.by
        at_cin7 = {row[by] for row in self.table.visible()}
        lost = {
            name: at_cin7
            & {row[key] for row in self.loader.removed.get(name, [])} - self.loader.keys(name, key)
            for name, (key, _) in self.group.streams.items()
        }
        return {name: len(ids) for name, ids in lost.items() if ids}


def entries(catalog: Row, stream: str) -> tuple[Row, Row]:
    """Return the entry of a stream in a catalog, and its own metadata."""
    entry = next(one for one in catalog["streams"] if one["tap_stream_id"] == stream)
    return entry, next(one["metadata"] for one in entry["metadata"] if not one["breadcrumb"])


def deselecting(stream: str, *columns: str) -> Edit:
    """Return what takes columns of a stream out of the selection."""

    def edit(catalog: Row) -> None:
        entry, _ = entries(catalog, stream)
        for one in entry["metadata"]:
            if one["breadcrumb"] and one["breadcrumb"][-1] in columns:
                one["metadata"]["selected"] = False

    return edit


def reading_whole(*streams: str, where: Iterable[str] = ("entry", "metadata")) -> Edit:
    """Return what makes full tables of streams, in the two places where Meltano says it."""

    def edit(catalog: Row) -> None:
        for entry, own in (entries(catalog, stream) for stream in streams):
            if "entry" in where:
                entry["replication_method"] = "FULL_TABLE"
            if "metadata" in where:
                own["replication-method"] = "FULL_TABLE"

    return edit


def told(result: Result, *words: str) -> bool:
    """Tell whether a warning or an error of a run has one of some words in it."""
    lines = " ".join([*result.warnings, *result.errors, *result.logged("INFO")]).lower()
    return any(word.lower() in lines for word in words)
