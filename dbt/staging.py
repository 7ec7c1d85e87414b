"""Writes the staging models and the sources of the package from what the tap declares.

Names, types and descriptions of columns come from the catalog; what a catalog does not say stands
here: which streams the marts need, and whose lines they are.

    python dbt/staging.py
    python dbt/staging.py --check
"""

# A package of this name would stand in the way of dbt's own.
# ruff: noqa: INP001

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MODELS = Path(__file__).with_name("models") / "staging"
HEADER = "Written by dbt/staging.py from the tap's catalog; change that, not this."
_PRODUCT = re.compile(r"Product(Length|Width|Height|Weight|CustomField\d+)|\w+Units")
"""Columns that Core repeats of the product on every line."""
_RATE = re.compile(r"(currency|conv\w*)rate$", re.IGNORECASE)
"""Columns whose digits behind the sixth count."""


@dataclass(frozen=True)
class Parent:
    """Whose lines the rows of a stream are.

    Attributes:
        stream: The parent's stream.
        keys: Columns of the line that name the parent, with the parent's columns.
        stamp: The parent's column that ``parent_modified`` repeats.

    """

    stream: str
    keys: dict[str, str]
    stamp: str


@dataclass(frozen=True)
class Staged:
    """One stream that gets a staging model.

    Attributes:
        parent: Whose lines its rows are, if they are.
        lists: Nested lists that the marts look into; all others have streams of their own.
        is_read_whole: Whether each run reads all rows, and what it does not bring is gone.

    """

    parent: Parent | None = None
    lists: tuple[str, ...] = ()
    is_read_whole: bool = False


_SALE = Parent("sales", {"SaleID": "ID"}, "header_modified")
_PURCHASE = Parent("purchases", {"PurchaseID": "ID"}, "header_modified")
_STOCKTAKE = Parent("stocktakes", {"TaskID": "TaskID"}, "header_modified")
# The list of adjustments has no stamp: what repeats is when the document was read.
_ADJUSTMENT = Parent("stock_adjustments", {"TaskID": "TaskID"}, "read_at")
_TRANSFER = Parent("stock_transfers", {"TaskID": "TaskID"}, "header_modified")


_LINES = ("lineItems",)
"""Documents keep their lines, which tells whether all of them were read."""


def _of(stream: str, key: str) -> Staged:
    return Staged(Parent(stream, {key: "id"}, "modifiedDate"))


PRODUCTS: dict[str, dict[str, Staged]] = {
    "omni": {
        "adjustment_lines": _of("adjustments", "adjustmentId"),
        "adjustments": Staged(),
        "branch_transfer_lines": _of("branch_transfers", "transferId"),
        "branch_transfers": Staged(),
        "branches": Staged(),
        "contacts": Staged(),
        "credit_note_lines": _of("credit_notes", "creditNoteId"),
        "credit_notes": Staged(lists=_LINES),
        "payments": Staged(),
        "production_jobs": Staged(lists=("products",)),
        "product_option_prices": Staged(
            Parent("product_options", {"id": "id", "sizeId": "sizeId"}, "modifiedDate")
        ),
        "product_options": Staged(),
        "products": Staged(),
        "purchase_order_lines": _of("purchase_orders", "orderId"),
        "purchase_orders": Staged(lists=_LINES),
        "sales_order_line_sizes": _of("sales_orders", "orderId"),
        "sales_order_lines": _of("sales_orders", "orderId"),
        "sales_orders": Staged(lists=_LINES),
        "stock": Staged(is_read_whole=True),
        "stock_snapshots": Staged(),
        "tap_cin7_runs": Staged(),
    },
    "core": {
        "accounts": Staged(),
        "customer_credits": Staged(is_read_whole=True),
        "customers": Staged(),
        "disassemblies": Staged(lists=("PickLines", "OrderLines")),
        "finished_goods": Staged(lists=("PickLines",)),
        "inventory_write_offs": Staged(lists=("Lines",)),
        "locations": Staged(),
        "product_availability": Staged(is_read_whole=True),
        "product_availability_snapshots": Staged(),
        "product_families": Staged(lists=("Products",)),
        "product_reorder_levels": Staged(Parent("products", {"ProductID": "ID"}, "LastModifiedOn")),
        "product_suppliers": Staged(
            Parent("products", {"ProductID": "ID"}, "LastModifiedOn"),
            lists=("ProductSupplierOptions",),
        ),
        "production_runs": Staged(lists=("Operations", "Output")),
        "products": Staged(),
        "purchase_credit_notes": Staged(_PURCHASE, lists=("Refunds", "Unstock")),
        "purchase_invoices": Staged(_PURCHASE, lists=("AdditionalCharges",)),
        "purchase_order_lines": Staged(_PURCHASE),
        "purchase_payments": Staged(_PURCHASE),
        "purchase_put_away_lines": Staged(_PURCHASE),
        "purchase_receipt_lines": Staged(_PURCHASE),
        "purchases": Staged(),
        "sale_credit_note_lines": Staged(_SALE),
        "sale_credit_notes": Staged(_SALE, lists=("AdditionalCharges", "Refunds", "Restock")),
        "sale_fulfilment_lines": Staged(_SALE),
        "sale_fulfilments": Staged(_SALE),
        "sale_inventory_movements": Staged(_SALE),
        "sale_invoice_lines": Staged(_SALE),
        "sale_invoices": Staged(_SALE, lists=("AdditionalCharges",)),
        "sale_order_lines": Staged(_SALE),
        "sale_payments": Staged(_SALE),
        "sales": Staged(),
        "stock_adjustment_lines": Staged(_ADJUSTMENT),
        "stock_adjustment_new_lines": Staged(_ADJUSTMENT),
        "stock_adjustments": Staged(),
        "stock_transfer_lines": Staged(_TRANSFER),
        "stock_transfers": Staged(),
        "stocktake_lines": Staged(_STOCKTAKE),
        "stocktake_new_lines": Staged(_STOCKTAKE),
        "stocktakes": Staged(),
        "supplier_deposits": Staged(is_read_whole=True),
        "suppliers": Staged(),
        "tap_cin7_runs": Staged(),
        "transactions": Staged(),
    },
}


FRESH = {"omni": "stock", "core": "product_availability"}
"""Lists that each run reads whole: when they were loaded is when the account was read."""


@dataclass(frozen=True)
class Column:
    """A column of a staging model."""

    name: str
    kind: str
    text: str


@dataclass
class Stream:
    """A stream as the catalog shows it."""

    columns: list[Column]
    keys: list[str]


def snake(name: str) -> str:
    """Return a name in snake case, as the macro ``snake`` does."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    return f"{name}_" if name in {"from", "to", "order", "group"} else name


def catalog(product: str) -> dict[str, dict[str, Any]]:
    """Return the streams of a product's catalog by name."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        json.dump({"api": product}, config)
        config.flush()
        done = subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "tap_cin7", "--config", config.name, "--discover"],
            check=True,
            capture_output=True,
        )
    return {one["tap_stream_id"]: one for one in json.loads(done.stdout)["streams"]}


def stream_of(entry: dict[str, Any], staged: Staged) -> Stream:
    """Return what a staging model takes of a stream."""
    schema = entry["schema"]
    repeats = "ProductLength" in schema["properties"]
    columns = []
    for name, what in schema["properties"].items():
        kind = _kind(name, what)
        is_nested = "array" in what["type"] and name not in staged.lists
        if is_nested or (repeats and _PRODUCT.fullmatch(name)):
            continue
        columns.append(Column(name, kind, what.get("description", "")))
    return Stream(columns, entry["key_properties"])


def _kind(name: str, what: dict[str, Any]) -> str:
    if what.get("format") == "date-time":
        return "timestamp"
    kinds = [one for one in what["type"] if one != "null"]
    if kinds == ["number"] and _RATE.search(name):
        return "rate"
    return {
        "integer": "integer",
        "number": "number",
        "boolean": "boolean",
        "string": "text",
    }.get(kinds[0], "json")


def model(product: str, name: str, stream: Stream, staged: Staged) -> str:
    """Return the SQL of a staging model."""
    lines = [f"{{# {HEADER} #}}", "{{ cin7.stage(", f"    '{product}', '{name}',", "    columns={"]
    lines += [f"        '{one.name}': '{one.kind}'," for one in stream.columns]
    lines.append("    },")
    if staged.parent:
        parent = staged.parent
        lines.append(
            f"    parent={{'stream': '{parent.stream}', 'keys': {parent.keys}, "
            f"'stamp': '{parent.stamp}'}},"
        )
    if staged.is_read_whole:
        lines.append("    is_read_whole=true,")
    return "\n".join([*lines, ") }}", ""])


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def documented(product: str, streams: dict[str, Stream]) -> str:
    """Return the yml of the staging models."""
    lines = [f"# {HEADER}", "models:"]
    for name, stream in streams.items():
        keys = ", ".join(["source_relation", *map(snake, stream.keys)])
        lines += [
            f"  - name: stg_cin7_{product}__{name}",
            f"    description: Rows of the stream `{name}` that are not stale and not gone",
            "    data_tests:",
            f"      - unique_key: {{arguments: {{columns: [{keys}]}}}}",
            "    columns:",
            "      - {name: source_relation, description: Schema that the row was loaded into}",
        ]
        for one in stream.columns:
            text = one.text.removeprefix("Added by the tap: ")
            lines += [f"      - name: {snake(one.name)}", f"        description: {_quoted(text)}"]
    return "\n".join([*lines, ""])


def sources(product: str, streams: Iterable[str]) -> str:
    """Return the yml of a source."""
    declared = f"((var('cin7_{product}_accounts', none) or []) | list | first | default({{}}))"
    schema = f"{{{{ {declared}.schema | default('cin7_{product}', true) }}}}"
    lines = [
        f"# {HEADER}",
        "sources:",
        f"  - name: cin7_{product}",
        f"    description: What tap-cin7 read of Cin7 {product.title()}; its first schema.",
        "    database: \"{{ var('cin7_database', none) or target.database }}\"",
        f'    schema: "{schema}"',
        "    tables:",
    ]
    for name in streams:
        lines += [
            f"      - name: {name}",
            f"        description: Rows of the stream `{name}`, as they were loaded",
        ]
        if name == FRESH[product]:
            lines += [
                "        config:",
                f"          loaded_at_query: \"{{{{ cin7.loaded_at('{product}', '{name}') }}}}\"",
                "          freshness: {warn_after: {count: 36, period: hour}}",
            ]
    return "\n".join([*lines, ""])


def written() -> dict[Path, str]:
    """Return all generated files."""
    files = {}
    for product, chosen in PRODUCTS.items():
        found = catalog(product)
        streams = {}
        for name, staged in chosen.items():
            if name.endswith("_snapshots") and name not in found:
                # The rows of the list with the instant of the run.
                streams[name] = _snapshot(stream_of(found[name.removesuffix("_snapshots")], staged))
            else:
                streams[name] = stream_of(found[name], staged)
        place = MODELS / product
        for name, stream in streams.items():
            path = place / f"stg_cin7_{product}__{name}.sql"
            files[path] = model(product, name, stream, chosen[name])
        files[place / f"_cin7_{product}__models.yml"] = documented(product, streams)
        files[place / f"_cin7_{product}__sources.yml"] = sources(product, streams)
    return files


def _snapshot(stream: Stream) -> Stream:
    at = Column("snapshot_at", "timestamp", "When the run began that took the snapshot")
    return Stream([at, *stream.columns], ["snapshot_at", *stream.keys])


def main() -> None:
    """Write the files, and remove those of models that are gone; ``--check`` only compares."""
    files = written()
    found = {path: path.read_text(encoding="utf-8") for path in MODELS.glob("*/*")}
    if "--check" in sys.argv[1:]:
        different = [one for one in files.keys() | found.keys() if files.get(one) != found.get(one)]
        if different:
            names = ", ".join(sorted(one.name for one in different))
            sys.exit(f"run python dbt/staging.py, the catalog has changed: {names}")
        return
    for old in found.keys() - files.keys():
        old.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
