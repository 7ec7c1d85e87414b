"""Line tables of Omni, cut from their documents at no extra call.

Line ids are not promised to be unique, so the key is the document, the line id and, where an
id repeats within the document, its repetition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.omni.resources.production import BomMasters
from tap_cin7.omni.resources.products import ProductOptions, Products
from tap_cin7.omni.resources.purchasing import PurchaseOrders
from tap_cin7.omni.resources.sales import CreditNotes, Quotes, SalesOrders
from tap_cin7.omni.resources.stock import Adjustments, BranchTransfers
from tap_cin7.reading.parts import REPEATED, Part, cut
from tap_cin7.rows.fields import KEY, NUM, TEXT_KEY, key_or

if TYPE_CHECKING:
    from tap_cin7.rows.fields import Field

_LINE_ID = key_or(0)("Line id; 0 where Cin7 gives none")
_SIZE_ID = key_or(0)("Id of the size; 0 without a size range")


def _line_of(lines: str) -> Field:
    """Return the column of the line that the sizes belong to."""
    return key_or(0)("Line id; 0 where Cin7 gives none", to=f"{lines}.id").of("lineItems[].id")


class SalesOrderLines(Part):
    """Lines of sales orders.

    A kit stands beside its components: lines whose ``parentId`` is above 0 belong to the line of a
    kit, so sums over what was sold take those with 0 only. Lines of drafts and of voided orders
    are included: ``status`` and ``isVoid`` are in ``sales_orders``. Nothing says whether
    ``discount`` is an amount or a percentage.
    """

    schema = cut(
        SalesOrders, "lineItems[]", orderId=KEY("Sales order id").of("id"), id=_LINE_ID, **REPEATED
    )


class PurchaseOrderLines(Part):
    """Lines of purchase orders.

    Lines of drafts and of voided orders are included: ``status`` and ``isVoid`` are in
    ``purchase_orders``.
    """

    schema = cut(
        PurchaseOrders,
        "lineItems[]",
        orderId=KEY("Purchase order id").of("id"),
        id=_LINE_ID,
        **REPEATED,
    )


class QuoteLines(Part):
    """Lines of quotes.

    As with orders, lines whose ``parentId`` is above 0 are components of a kit.
    """

    schema = cut(Quotes, "lineItems[]", quoteId=KEY("Quote id").of("id"), id=_LINE_ID, **REPEATED)


class CreditNoteLines(Part):
    """Lines of credit notes.

    As with orders, lines whose ``parentId`` is above 0 are components of a kit, and lines of drafts
    and of voided credit notes are included: see ``status`` of ``credit_notes``. Quantities may be
    negative.
    """

    schema = cut(
        CreditNotes,
        "lineItems[]",
        creditNoteId=KEY("Credit note id").of("id"),
        id=_LINE_ID,
        **REPEATED,
    )


class AdjustmentLines(Part):
    """Lines of stock adjustments."""

    schema = cut(
        Adjustments,
        "lineItems[]",
        adjustmentId=KEY("Adjustment id").of("id"),
        id=_LINE_ID,
        **REPEATED,
    )


class BranchTransferLines(Part):
    """Lines of transfers between branches."""

    schema = cut(
        BranchTransfers,
        "lineItems[]",
        transferId=KEY("Transfer id").of("id"),
        id=_LINE_ID,
        **REPEATED,
    )


class BomComponents(Part):
    """Components of bills of materials, by the product that they make."""

    schema = cut(
        BomMasters,
        "products[].components[]",
        bomMasterId=KEY("BOM master id").of("id"),
        bomProductId=key_or(0)(
            "Id of the made product within the master; 0 where there is none"
        ).of("products[].id"),
        id=key_or(0)("Component id; 0 where Cin7 gives none"),
        **REPEATED,
    )


class BranchTransferLineSizes(Part):
    """Quantities by size of transfer lines."""

    schema = cut(
        BranchTransfers,
        "lineItems[].sizes[]",
        transferId=KEY("Transfer id").of("id"),
        lineId=_line_of("branch_transfer_lines"),
        **REPEATED,
    )


class SalesOrderLineSizes(Part):
    """Quantities by size of sales order lines."""

    schema = cut(
        SalesOrders,
        "lineItems[].sizes[]",
        orderId=KEY("Sales order id").of("id"),
        lineId=_line_of("sales_order_lines"),
        **REPEATED,
    )


class ProductOptionPrices(Part):
    """Prices of product options and sizes, one row per price column of the account."""

    schema = cut(
        ProductOptions,
        "priceColumns{}",
        id=KEY("Product option id").of("id"),
        sizeId=_SIZE_ID.of("sizeId"),
        name=TEXT_KEY("Price column, as the account names it"),
        value=NUM("Price in that column"),
        **REPEATED,
    )


class ProductOptionSizes(Part):
    """Options and sizes of products, cut from the product instead of asked for.

    Not selected by default: product_options has the same rows, and notices when an option
    changes without its product.
    """

    selected_by_default = False
    schema = cut(
        Products,
        "productOptions[]",
        productId=KEY("Product id").of("id"),
        id=KEY("Option id, repeated for each size of the option", to="product_options.id"),
        sizeId=_SIZE_ID,
        **REPEATED,
    )
