"""Line tables of Omni, cut from their documents at no extra call.

Line ids are not promised to be unique, so the key is the document, the line id and, where an
id repeats within the document, its repetition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_cin7.fields import DATETIME, KEY, NUM, TEXT_KEY, Schema, key_or
from tap_cin7.omni.production import BomMasters
from tap_cin7.omni.products import ProductOptions, Products
from tap_cin7.omni.purchasing import PurchaseOrders
from tap_cin7.omni.sales import CreditNotes, Quotes, SalesOrders
from tap_cin7.omni.stock import Adjustments, BranchTransfers
from tap_cin7.parts import PartStream

if TYPE_CHECKING:
    from tap_cin7.fields import Field
    from tap_cin7.omni.stream import OmniStream

_REPETITION = KEY("Added by the tap: 1, or 2, 3 and so on where an id repeats in the document")
_PARENT_MODIFIED = DATETIME("Added by the tap: last change of the document")


def _rows_of(parent: type[OmniStream], *names: str, **added: Field) -> Schema:
    """Return the schema of the objects at a path of nested lists, with key columns in front."""
    schema: Schema = vars(parent)["schema"]
    for name in names:
        schema = schema["properties"][name]
        schema = schema.get("items", schema)
    columns = {**added, "repetition": _REPETITION, "parent_modified": _PARENT_MODIFIED}
    own = {name: field.json_schema() for name, field in columns.items()}
    return {
        "type": "object",
        "properties": {
            **own,
            **{k: v for k, v in schema.get("properties", {}).items() if k not in own},
        },
        "required": [name for name, field in columns.items() if field.is_key],
    }


_LINE_ID = key_or(0)("Line id; 0 where Cin7 gives none")


class SalesOrderLines(PartStream):
    """Lines of sales orders."""

    parent = SalesOrders
    source = "lineItems[]"
    copies: ClassVar = {"orderId": "id"}
    schema = _rows_of(SalesOrders, "lineItems", orderId=KEY("Sales order id"), id=_LINE_ID)


class PurchaseOrderLines(PartStream):
    """Lines of purchase orders."""

    parent = PurchaseOrders
    source = "lineItems[]"
    copies: ClassVar = {"orderId": "id"}
    schema = _rows_of(PurchaseOrders, "lineItems", orderId=KEY("Purchase order id"), id=_LINE_ID)


class QuoteLines(PartStream):
    """Lines of quotes."""

    parent = Quotes
    source = "lineItems[]"
    copies: ClassVar = {"quoteId": "id"}
    schema = _rows_of(Quotes, "lineItems", quoteId=KEY("Quote id"), id=_LINE_ID)


class CreditNoteLines(PartStream):
    """Lines of credit notes."""

    parent = CreditNotes
    source = "lineItems[]"
    copies: ClassVar = {"creditNoteId": "id"}
    schema = _rows_of(CreditNotes, "lineItems", creditNoteId=KEY("Credit note id"), id=_LINE_ID)


class AdjustmentLines(PartStream):
    """Lines of stock adjustments."""

    parent = Adjustments
    source = "lineItems[]"
    copies: ClassVar = {"adjustmentId": "id"}
    schema = _rows_of(Adjustments, "lineItems", adjustmentId=KEY("Adjustment id"), id=_LINE_ID)


class BranchTransferLines(PartStream):
    """Lines of transfers between branches."""

    parent = BranchTransfers
    source = "lineItems[]"
    copies: ClassVar = {"transferId": "id"}
    schema = _rows_of(BranchTransfers, "lineItems", transferId=KEY("Transfer id"), id=_LINE_ID)


class BomComponents(PartStream):
    """Components of bills of materials, by the product that they make."""

    parent = BomMasters
    source = "products[].components[]"
    copies: ClassVar = {"bomMasterId": "id", "bomProductId": "products[].id"}
    schema = _rows_of(
        BomMasters,
        "products",
        "components",
        bomMasterId=KEY("BOM master id"),
        bomProductId=key_or(0)("Id of the made product within the master; 0 where there is none"),
        id=key_or(0)("Component id; 0 where Cin7 gives none"),
    )


class BranchTransferLineSizes(PartStream):
    """Quantities by size of transfer lines."""

    parent = BranchTransfers
    source = "lineItems[].sizes[]"
    copies: ClassVar = {"transferId": "id", "lineId": "lineItems[].id"}
    schema = _rows_of(
        BranchTransfers,
        "lineItems",
        "sizes",
        transferId=KEY("Transfer id"),
        lineId=key_or(0)("Line id; 0 where Cin7 gives none"),
    )


class SalesOrderLineSizes(PartStream):
    """Quantities by size of sales order lines."""

    parent = SalesOrders
    source = "lineItems[].sizes[]"
    copies: ClassVar = {"orderId": "id", "lineId": "lineItems[].id"}
    schema = _rows_of(
        SalesOrders,
        "lineItems",
        "sizes",
        orderId=KEY("Sales order id"),
        lineId=key_or(0)("Line id; 0 where Cin7 gives none"),
    )


class ProductOptionPrices(PartStream):
    """Prices of product options and sizes, one row per price column of the account."""

    parent = ProductOptions
    source = "priceColumns{}"
    copies: ClassVar = {"id": "id", "sizeId": "sizeId"}
    schema = _rows_of(
        ProductOptions,
        "priceColumns",
        id=KEY("Product option id"),
        sizeId=key_or(0)("Id of the size; 0 without a size range"),
        name=TEXT_KEY("Price column, as the account names it"),
        value=NUM("Price in that column"),
    )


class ProductOptionSizes(PartStream):
    """Options and sizes of products, cut from the product instead of asked for."""

    parent = Products
    source = "productOptions[]"
    copies: ClassVar = {"productId": "id"}
    schema = _rows_of(
        Products,
        "productOptions",
        productId=KEY("Product id"),
        id=KEY("Option id, repeated for each size of the option"),
        sizeId=key_or(0)("Id of the size; 0 without a size range"),
    )
