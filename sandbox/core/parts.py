"""Endpoints that repeat a part of a detail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.core.purchases import payments_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.entry import Row


@dataclass(frozen=True)
class Part:
    """A part of a detail at a path of its own.

    Attributes:
        stream: The part.
        owner: The detail, or the list where ``of_row`` is set.
        parameter: Query parameter with the id of the owner.
        source: Field of the owner, empty for the owner itself, or what gathers the rows.
        envelope: Name of the list in the answer; None where it is not wrapped.
        of_row: Whether the owner is a list's row.
        echoes: Whether the answer repeats the id.

    """

    stream: str
    owner: str
    parameter: str
    source: str | Callable[[Row], list[Row]]
    envelope: str | None = None
    of_row: bool = False
    echoes: bool = True

    def answer(self, owner: Row, owner_id: str) -> Any:  # noqa: ANN401 - an object or an array
        """Return the body."""
        if callable(self.source):
            content: Any = self.source(owner)
        else:
            content = owner[self.source] if self.source else owner
        if self.envelope is not None:
            head = {self.parameter: owner_id} if self.echoes else {}
            return head | {self.envelope: content}
        if isinstance(content, list):
            return content
        return {self.parameter: owner_id} | content


def sale_payments(sale: Row) -> list[Row]:
    """Return the payments on the invoices of a sale."""
    return [
        {**payment, "TaskID": invoice["TaskID"], "InvoiceNumber": invoice["InvoiceNumber"]}
        for invoice in sale["Invoices"]
        for payment in invoice["Payments"]
    ]


def _purchase(path: str, stream: str, source: str, envelope: str) -> tuple[str, Part]:
    part = Part(stream, "purchases", "PurchaseID", source, envelope)
    return f"/advanced-purchase/{path}", part


PARTS: dict[str, Part] = {
    "/advanced-purchase/payment": Part("purchase_payments", "purchases", "PurchaseID", payments_of),
    "/disassembly/order": Part("disassembly_orders", "disassemblies", "TaskID", ""),
    "/finishedGoods/order": Part("finished_goods_orders", "finished_goods", "TaskID", ""),
    "/finishedGoods/pick": Part("finished_goods_picks", "finished_goods", "TaskID", ""),
    "/product/attachments": Part(
        "product_attachments", "products", "ProductID", "Attachments", of_row=True
    ),
    "/productFamily/attachments": Part(
        "product_family_attachments", "product_families", "FamilyID", "Attachments", of_row=True
    ),
    "/product-suppliers": Part(
        "product_suppliers",
        "products",
        "ProductID",
        "Suppliers",
        "ProductSuppliers",
        of_row=True,
        echoes=False,
    ),
    "/sale/attachment": Part("sale_attachments", "sales", "SaleID", "Attachments", "Lines"),
    "/sale/creditnote": Part("sale_credit_notes", "sales", "SaleID", "CreditNotes", "CreditNotes"),
    "/sale/fulfilment": Part("sale_fulfilments", "sales", "SaleID", "Fulfilments", "Fulfilments"),
    "/sale/invoice": Part("sale_invoices", "sales", "SaleID", "Invoices", "Invoices"),
    "/sale/manualJournal": Part("sale_manual_journals", "sales", "SaleID", "ManualJournals"),
    "/sale/order": Part("sale_orders", "sales", "SaleID", "Order"),
    "/sale/payment": Part("sale_payments", "sales", "SaleID", sale_payments),
    "/sale/quote": Part("sale_quotes", "sales", "SaleID", "Quote"),
    "/stockTransfer/order": Part("stock_transfer_orders", "stock_transfers", "TaskID", "Order"),
    **dict(
        (
            _purchase("stock", "purchase_stock_received", "StockReceived", "StockReceiving"),
            _purchase("put-away", "purchase_put_aways", "PutAway", "PutAway"),
            _purchase("invoice", "purchase_invoices", "Invoice", "Invoices"),
            _purchase("creditnote", "purchase_credit_notes", "CreditNote", "CreditNotes"),
            _purchase(
                "manualJournal", "purchase_manual_journals", "ManualJournals", "ManualJournals"
            ),
        )
    ),
}
