"""Details that agree with their header row, and with themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sandbox.core.purchases import purchase

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.entry import Row

Make: TypeAlias = "Callable[[Row], Row]"

VOIDED = "VOIDED"


def records_of(stream: str, header: Row, common: Row, make: Make) -> list[Row]:
    """Return the records of a detail.

    Args:
        stream: The kind of detail.
        header: Row of the header list.
        common: What header and detail name alike.
        make: Makes a record from facts.

    """
    if stream in _SEVERAL:
        return _SEVERAL[stream](header, make)
    return [_ONE.get(stream, _plain)(header, common, make)]


def _plain(_header: Row, common: Row, make: Make) -> Row:
    return make(common)


def _sale(header: Row, common: Row, make: Make) -> Row:
    stamp = header["Updated"]
    sale = make(
        {
            **common,
            "ID": header["SaleID"],
            "LastModifiedOn": stamp,
            "SaleOrderDate": header["OrderDate"],
            "Note": f"As of {stamp}",
        }
    )
    sale["Order"] |= {
        "SaleOrderNumber": header["OrderNumber"],
        "Status": header["OrderStatus"],
    }
    sale["Quote"]["Status"] = header["QuoteStatus"]
    _invoices(sale["Invoices"], header)
    for number, fulfilment in enumerate(sale["Fulfilments"], 1):
        fulfilment["FulfillmentNumber"] = number
        fulfilment["LinkedInvoiceNumber"] = header["InvoiceNumber"]
    sale["CreditNotes"] = sale["CreditNotes"][:1] if header["CreditNoteNumber"] else []
    for note in sale["CreditNotes"]:
        note["CreditNoteNumber"] = header["CreditNoteNumber"]
        note["Status"] = header["CreditNoteStatus"]
        note["RestockStatus"] = header["RestockStatus"]
        if note["RestockStatus"] != "AUTHORISED":
            note["Restock"] = []
    if header["Status"] == VOIDED:
        blocks = [sale["Order"], sale["Quote"], *sale["Invoices"], *sale["CreditNotes"]]
        for block in blocks:
            block["Status"] = VOIDED
        for fulfilment in sale["Fulfilments"]:
            for step in ("Pick", "Pack", "Ship"):
                fulfilment[step]["Status"] = VOIDED
    return sale


def _invoices(invoices: list[Row], header: Row) -> None:
    """Put the header's invoice last; earlier ones were voided and issued again."""
    for number, invoice in enumerate(invoices, 1):
        invoice |= {"InvoiceNumber": f"{header['InvoiceNumber']}-V{number}", "Status": VOIDED}
    invoices[-1] |= {
        "InvoiceNumber": header["InvoiceNumber"],
        "Status": header["CombinedInvoiceStatus"],
        "InvoiceDate": header["InvoiceDate"],
        "InvoiceDueDate": header["InvoiceDueDate"],
        "Total": header["InvoiceAmount"],
        "Paid": header["PaidAmount"],
    }


def _of_product(header: Row, _common: Row, make: Make) -> Row:
    return make({"ProductID": header["ID"]})


def _product_boms(header: Row, make: Make) -> list[Row]:
    if header["BOMType"] != "Production":
        return []
    return _boms(header, make)


def _boms(header: Row, make: Make) -> list[Row]:
    name = header["Name"]
    return [make({"Name": f"{name} v{version}", "Version": version}) for version in (1, 2)]


def _runs(header: Row, make: Make) -> list[Row]:
    if header["Type"] != "O":
        return []
    return [make({"Number": number, "Status": header["Status"]}) for number in (1, 2)]


_ONE: dict[str, Callable[[Row, Row, Make], Row]] = {
    "sales": _sale,
    "purchases": purchase,
    "product_markup_prices": _of_product,
}
_SEVERAL: dict[str, Callable[[Row, Make], list[Row]]] = {
    "production_boms": _product_boms,
    "product_family_production_boms": _boms,
    "production_runs": _runs,
}
