"""Purchases: one document, and the different shapes in which its endpoints send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.core.rows import HOLLOW_EVERY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.entry import Row

SIMPLE = "Simple Purchase"
_VOIDED = "VOIDED"
_BLOCKS = ("StockReceived", "PutAway", "Invoice", "CreditNote", "ManualJournals")
_BARE = ("StockReceived", "Invoice")
_ADVANCED_ONLY = (
    "PutAway",
    "Type",
    "IsServiceOnly",
    "CombinedReceivingStatus",
    "CombinedInvoiceStatus",
    "CombinedPaymentStatus",
)
_BLOCK_ADVANCED_ONLY = ("TaskID", "InvoicingAndReceivingNumber")
_PUT_AWAY_LACKS = frozenset({"NonInventory"})


def purchase(header: Row, common: Row, make: Callable[[Row], Row]) -> Row:
    """Return a purchase in full, its blocks always in lists."""
    record = make({**common, "Note": f"As of {header['LastUpdatedDate']}"})
    if header["Type"] == SIMPLE:
        # The blocks of a simple purchase have no task of their own but the purchase.
        for name in _BLOCKS:
            record[name] = record[name][:1]
            for block in record[name]:
                block["TaskID"] = record["ID"]
    for number, invoice in enumerate(record["Invoice"], 1):
        invoice |= {"InvoiceNumber": f"{header['InvoiceNumber']}-V{number}", "Status": _VOIDED}
    record["Invoice"][-1] |= {
        "InvoiceNumber": header["InvoiceNumber"],
        "Status": header["InvoiceStatus"],
        "Total": header["InvoiceAmount"],
        "Paid": header["PaidAmount"],
    }
    record["Order"]["Status"] = header["OrderStatus"]
    _receive(record)
    record["CreditNote"] = record["CreditNote"][:1] if header["CreditNoteNumber"] else []
    for note in record["CreditNote"]:
        note["CreditNoteNumber"] = header["CreditNoteNumber"]
    for block, payment in _payments(record):
        payment |= {"PurchaseID": record["ID"], "TaskID": block["TaskID"]}
    if header["Status"] == _VOIDED:
        for block in [record["Order"], *(one for name in _BLOCKS for one in record[name])]:
            block["Status"] = _VOIDED
    return record


def _payments(record: Row) -> list[tuple[Row, Row]]:
    """Return the payments of invoices and the refunds of credit notes, each with its block."""
    return [
        (block, payment)
        for name, payments in (("Invoice", "Payments"), ("CreditNote", "Refunds"))
        for block in record[name]
        for payment in block[payments]
    ]


def _receive(record: Row) -> None:
    """Let the receipts agree with the header, and put-away tell them once more."""
    received = record["CombinedReceivingStatus"] != "NOT RECEIVED"
    for receipt in record["StockReceived"]:
        receipt["Status"] = "AUTHORISED" if received else "NOT AVAILABLE"
        if not received:
            receipt["Lines"] = []
    record["PutAway"] = [
        {
            **receipt,
            "Lines": [
                {name: value for name, value in line.items() if name not in _PUT_AWAY_LACKS}
                for line in receipt["Lines"]
            ],
        }
        for receipt in record["StockReceived"]
    ]


def is_hollow(record: Row) -> bool:
    """Tell the simple purchases that /advanced-purchase knows only a shell of."""
    number = str(record["OrderNumber"]).rpartition("-")[2]
    return (
        record["Type"] == SIMPLE
        and record["CombinedReceivingStatus"] == "FULLY RECEIVED"
        and number.isdecimal()
        and int(number) % HOLLOW_EVERY == 2 % HOLLOW_EVERY
    )


def as_advanced(record: Row) -> Row:
    """Return a purchase as /advanced-purchase sends it: bare blocks where it is a simple one."""
    if record["Type"] != SIMPLE:
        return record
    sent = record | {name: record[name][0] if record[name] else None for name in _BARE}
    if is_hollow(record):
        sent["StockReceived"] = {"Status": "", "Lines": []}
        sent["PutAway"] = []
    return sent


def as_simple(record: Row) -> Row:
    """Return a simple purchase as /purchase sends it: one bare block of each kind."""
    sent = {name: value for name, value in record.items() if name not in _ADVANCED_ONLY}
    for name in _BLOCKS:
        if name in sent:
            sent[name] = _bare(record[name][0]) if record[name] else None
    return sent


def _bare(block: Row) -> Row:
    return {name: value for name, value in block.items() if name not in _BLOCK_ADVANCED_ONLY}


def payments_of(record: Row) -> list[Row]:
    """Return all payments of a purchase, as the payment endpoint lists them."""
    of_purchase = {"PurchaseID": record["ID"], "TaskID": record["ID"], "DepositID": None}
    prepaid = [
        {**payment, **of_purchase, "Type": "PREPAYMENT"}
        for payment in record["Order"]["Prepayments"]
    ]
    return prepaid + [
        {**payment, **of_purchase, "Type": "REFUND" if "Refunds" in block else "PAYMENT"}
        for block, payment in _payments(record)
    ]
