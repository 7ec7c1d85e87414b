"""Ordinary rows of Cin7 Omni: approved, not void, tax of 15 % on top, one line of product HAT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.books.books import number

if TYPE_CHECKING:
    from tests.books.books import Account
    from tests.books.databases import Row

MODIFIED = "2026-06-25T03:00:00"
"""Last change of every document, later than all that happened in it."""


@dataclass(frozen=True)
class Item:
    """A product option."""

    product_id: int
    option_id: int
    sku: str
    key: str


@dataclass(frozen=True)
class Branch:
    """A place with stock."""

    id: int
    name: str


@dataclass(frozen=True)
class Document:
    """A document and the ids of its lines."""

    id: int
    key: str
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Omni:
    """An account of Omni and what happens in it."""

    account: Account
    currency: str

    @property
    def schema(self) -> str:
        return self.account.schema

    def key(self, *ids: object) -> str:
        return ":".join(map(str, ("omni", self.schema, *ids)))

    def item(self, sku: str = "HAT", cost: float | None = 5, **fields: object) -> Item:
        """Add a product with one option."""
        product, option = number(), number()
        sku = f"{sku}-{option}"
        status = fields.pop("option_status", "Primary")
        created = fields.pop("createdDate", "2020-01-01T00:00:00")
        self.account.write(
            "products",
            **{
                "id": product,
                "createdDate": created,
                "modifiedDate": MODIFIED,
                "status": "Public",
                "styleCode": sku,
                "name": sku,
                "supplierId": 0,
                "stockControl": "FIFO",
                "productType": "",
                **fields,
            },
        )
        self.option(product, option, sku, cost, status=status, createdDate=created)
        return Item(product, option, sku, self.key(option, 0))

    def option(
        self,
        product: int,
        option: int,
        sku: str,
        cost: float | None,
        *,
        size_id: int = 0,
        **fields: object,
    ) -> None:
        """Add a row of an option, one a size."""
        column = f"cost{self.currency}"
        self.account.write(
            "product_options",
            **{
                "id": option,
                "sizeId": size_id,
                "productId": product,
                "createdDate": "2020-01-01T00:00:00",
                "modifiedDate": MODIFIED,
                "status": "Primary",
                "code": sku,
                "productOptionCode": sku,
                "productOptionSizeCode": sku,
                "retailPrice": 50,
                "priceColumns": {column: cost},
                **fields,
            },
        )
        self.account.write(
            "product_option_prices",
            id=option,
            sizeId=size_id,
            name=column,
            value=cost,
            repetition=1,
            parent_modified=MODIFIED,
        )

    def contact(self, **fields: object) -> int:
        """Add a customer."""
        one = number()
        self.account.write(
            "contacts",
            **{
                "id": one,
                "createdDate": "2020-01-01T00:00:00",
                "modifiedDate": MODIFIED,
                "type": "Customer",
                "company": f"Company {one}",
                "isActive": True,
                **fields,
            },
        )
        return one

    def branch(self, name: str = "Main") -> Branch:
        """Add a branch."""
        one = number()
        branch = Branch(one, f"{name} {one}")
        self.account.write(
            "branches",
            id=one,
            createdDate="2020-01-01T00:00:00",
            modifiedDate=MODIFIED,
            company=branch.name,
            isActive=True,
        )
        return branch

    def line(self, item: Item | None, qty: float, price: float, **fields: object) -> Row:
        """Return a line of a document; without an item it names no product."""
        named: Row = {"productId": 0, "productOptionId": 0, "code": "", "name": "Amount"}
        if item:
            named = {
                "productId": item.product_id,
                "productOptionId": item.option_id,
                "code": item.sku,
                "styleCode": item.sku,
                "name": item.sku,
            }
        return {
            "id": number(),
            "parentId": 0,
            **named,
            "qty": qty,
            "qtyShipped": qty,
            "unitPrice": price,
            "discount": 0,
            **fields,
        }

    def order(self, lines: list[Row], **header: object) -> Document:
        """Add a sales order, invoiced and shipped on 1 May."""
        row = self._header("SO", lines) | {
            "invoiceDate": "2026-05-01T00:00:00",
            "invoiceNumber": number(),
            "dispatchedDate": "2026-05-01T00:00:00",
            "isVoid": False,
            "stage": "Dispatched",
            "paymentTerms": "30 days",
        }
        return self._write("sales_orders", "sales_order_lines", "orderId", row | header, lines)

    def credit_note(self, lines: list[Row], **header: object) -> Document:
        """Add a credit note of 10 May."""
        row = self._header("CN", lines) | {
            "createdDate": "2026-05-10T00:00:00",
            "creditNoteDate": "2026-05-10T00:00:00",
            "completedDate": "2026-05-10T00:00:00",
            "creditNoteNumber": number(),
        }
        return self._write("credit_notes", "credit_note_lines", "creditNoteId", row | header, lines)

    def purchase(self, lines: list[Row], **header: object) -> Document:
        """Add a purchase order, invoiced on 1 May and received on 5 May."""
        row = self._header("PO", lines) | {
            "invoiceDate": "2026-05-01T00:00:00",
            "estimatedDeliveryDate": "2026-05-08T00:00:00",
            "fullyReceivedDate": "2026-05-05T00:00:00",
            "isVoid": False,
            "stage": "Fully Received",
            "paymentTerms": "30 days",
        }
        return self._write(
            "purchase_orders", "purchase_order_lines", "orderId", row | header, lines
        )

    def payment(self, of: Document, amount: float, direction: int = 1, **fields: object) -> None:
        """Add a payment of 20 May."""
        self.account.write(
            "payments",
            **{
                "id": number(),
                "createdDate": "2026-05-20T00:00:00",
                "modifiedDate": "2026-05-20T00:00:00",
                "paymentDate": "2026-05-20T00:00:00",
                "amount": amount,
                "method": "Bank Transfer",
                "direction": direction,
                "isAuthorized": True,
                "orderId": of.id,
                "orderType": "SalesOrder",
                **fields,
            },
        )

    def adjustment(
        self, branch: Branch, lines: list[tuple[Item, float, float]], **header: object
    ) -> int:
        """Add a correction: item, units, cost of one."""
        one = number()
        rows = [
            {
                "id": number(),
                "parentId": 0,
                "productId": item.product_id,
                "productOptionId": item.option_id,
                "code": item.sku,
                "name": item.sku,
                "qty": units,
                "qtyAdjusted": units,
                "unitCost": cost,
            }
            for item, units, cost in lines
        ]
        row = {
            "id": one,
            "createdDate": "2026-05-01T00:00:00",
            "modifiedDate": MODIFIED,
            "completedDate": "2026-05-01T00:00:00",
            "isApproved": True,
            "reference": f"ADJ-{one}",
            "branchId": branch.id,
            "lineItems": rows,
            **header,
        }
        self.account.write("adjustments", **row)
        self._lines("adjustment_lines", "adjustmentId", row, rows)
        return one

    def transfer(
        self, source: Branch, target: Branch, item: Item, units: float, **header: object
    ) -> int:
        """Add a transfer between branches, sent on 1 May and received on 3 May."""
        one = number()
        rows = [
            {
                "id": number(),
                "parentId": 0,
                "productId": item.product_id,
                "productOptionId": item.option_id,
                "code": item.sku,
                "name": item.sku,
                "qty": units,
                "qtyTransferred": units,
                "unitCost": 5,
            }
        ]
        row = {
            "id": one,
            "createdDate": "2026-05-01T00:00:00",
            "modifiedDate": MODIFIED,
            "approvalDate": "2026-05-01T00:00:00",
            "dispatchedDate": "2026-05-01T00:00:00",
            "receivedDate": "2026-05-03T00:00:00",
            "isApproved": True,
            "reference": f"BT-{one}",
            "stage": "Received",
            "sourceBranchId": source.id,
            "destinationBranchId": target.id,
            "lineItems": rows,
            **header,
        }
        self.account.write("branch_transfers", **row)
        self._lines("branch_transfer_lines", "transferId", row, rows)
        return one

    def stock(self, item: Item, branch: Branch, on_hand: float, **fields: object) -> None:
        """Add a row of what is on hand now."""
        self.account.write("stock", **self._stock(item, branch, on_hand) | fields)

    def snapshot(self, at: str, item: Item, branch: Branch, on_hand: float) -> None:
        """Add a row of what was on hand."""
        self.account.write("stock_snapshots", snapshot_at=at, **self._stock(item, branch, on_hand))

    @staticmethod
    def _stock(item: Item, branch: Branch, on_hand: float) -> Row:
        return {
            "record_key": f"{item.option_id}-{branch.id}",
            "productId": item.product_id,
            "productOptionId": item.option_id,
            "modifiedDate": MODIFIED,
            "styleCode": item.sku,
            "code": item.sku,
            "branchId": branch.id,
            "branchName": branch.name,
            "productName": item.sku,
            "available": on_hand,
            "stockOnHand": on_hand,
            "openSales": 0,
            "incoming": 0,
            "virtual": 0,
            "holding": 0,
        }

    def _header(self, kind: str, lines: list[Row]) -> Row:
        return {
            "id": number(),
            "createdDate": "2026-05-01T00:00:00",
            "modifiedDate": MODIFIED,
            "isApproved": True,
            "status": "APPROVED",
            "reference": f"{kind}-{number()}",
            "source": "Backend",
            "projectName": "B2B",
            "memberId": 0,
            "branchId": 0,
            "freightTotal": 0,
            "surcharge": 0,
            "discountTotal": 0,
            "currencyCode": self.currency,
            "currencyRate": 1,
            "taxStatus": "Excl",
            "taxRate": 15,
            "productTotal": sum(_amount(one) for one in lines),
            "lineItems": lines,
        }

    def _write(
        self, stream: str, of_lines: str, parent: str, row: Row, lines: list[Row]
    ) -> Document:
        before = row["productTotal"] - row["discountTotal"] + row["freightTotal"] + row["surcharge"]
        with_tax = 1 if row["taxStatus"] != "Excl" else 1 + row["taxRate"] / 100
        row.setdefault("total", round(before * with_tax, 2))
        self.account.write(stream, **row)
        self._lines(of_lines, parent, row, lines)
        return Document(row["id"], self.key(row["id"]), tuple(one["id"] for one in lines))

    def _lines(self, stream: str, parent: str, row: Row, lines: list[Row]) -> None:
        for position, one in enumerate(lines, 1):
            sizes = one.get("sizes") if stream == "sales_order_lines" else None
            self.account.write(
                stream,
                **{parent: row["id"], "transactionId": row["id"]},
                repetition=1,
                sort=position,
                parent_modified=row["modifiedDate"],
                **one,
            )
            for repetition, size in enumerate(sizes or [], 1):
                self.account.write(
                    "sales_order_line_sizes",
                    orderId=row["id"],
                    lineId=one["id"],
                    repetition=repetition,
                    parent_modified=row["modifiedDate"],
                    **size,
                )


def _amount(line: Row) -> float:
    amount: float = line["qty"] * line["unitPrice"] - line["discount"]
    return amount
