"""Core's products and families."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from demo.shop.core import ledger
from demo.shop.core.ids import NZ_PURCHASE, NZ_SALE, grams, guid, product_id, stamp
from demo.shop.core.settings import TIERS
from demo.shop.goods import Item, Variant, everything, variants
from demo.shop.money import fine
from demo.shop.people import PLACES, suppliers
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from demo.shop.books import Books
    from sandbox.entry import Row


def made_at(books: Books, days: int) -> datetime:
    """Return when master data were made: some days before the first day of trade."""
    return datetime.combine(books.start, time(9)) - timedelta(days=days)


def products(books: Books, moved: Mapping[str, datetime]) -> list[Row]:
    """Return products: variants, and kits with their bill of materials.

    Args:
        books: The shop.
        moved: When each product moved last, by SKU.

    """
    return [_product(item, books, moved) for item in everything()]


def families(books: Books) -> list[Row]:
    """Return the styles that come in several variants."""
    rows = []
    for _, group in groupby(variants(), key=lambda one: one.style):
        members = list(group)
        words = members[0].words
        if len(members) == 1:
            continue
        rows.append(
            {
                "ID": guid("family", words.code),
                "SKU": f"{words.code}-FAMILY",
                "Name": words.name,
                "Category": words.category,
                "Brand": words.brand,
                "CostingMethod": "FIFO - Batch" if words.keeps_days else "FIFO",
                "UOM": "Item",
                **_numbered_prices(members[0]),
                "COGSAccount": ledger.COGS,
                "RevenueAccount": ledger.REVENUE,
                "InventoryAccount": ledger.INVENTORY,
                "Option1Name": "Colour",
                "Option2Name": "Size" if words.sizes else "",
                "Option3Name": "",
                "Option1Values": ",".join(words.colours),
                "Option2Values": ",".join(words.sizes),
                "Option3Values": "",
                "LastModifiedOn": stamp(made_at(books, 30)),
                "Products": [
                    {
                        "ID": product_id(one),
                        "SKU": one.sku,
                        "Name": one.name,
                        "Option1": one.colour,
                        "Option2": one.size,
                        "Option3": "",
                    }
                    for one in members
                ],
                "Attachments": [],
            }
        )
    return rows


def _product(item: Item, books: Books, moved: Mapping[str, datetime]) -> Row:
    words = item.words if isinstance(item, Variant) else None
    made = made_at(books, 30)
    row: Row = {
        "ID": product_id(item),
        "SKU": item.sku,
        "Name": item.name,
        "Category": words.category if words else "Kits",
        "Brand": words.brand if words else "",
        "Type": "Stock",
        "CostingMethod": "FIFO - Batch" if words and words.keeps_days else "FIFO",
        "DropShipMode": "No Drop Ship",
        "DefaultLocation": PLACES[0].name,
        "Length": 0,
        "Width": 0,
        "Height": 0,
        "Weight": grams(item),
        "UOM": "Item",
        "WeightUnits": "g",
        "DimensionsUnits": "cm",
        "Barcode": item.barcode,
        "MinimumBeforeReorder": 6 if words else 0,
        "ReorderQuantity": 12 if words else 0,
        **_prices(item),
        "AverageCost": _average(item, books),
        **_ATTRIBUTES,
        "Tags": item.season,
        "Status": "Active",
        "COGSAccount": ledger.COGS,
        "RevenueAccount": ledger.REVENUE,
        "InventoryAccount": ledger.INVENTORY,
        "PurchaseTaxRule": NZ_PURCHASE,
        "SaleTaxRule": NZ_SALE,
        "LastModifiedOn": stamp(moved.get(item.sku, made)),
        "Sellable": True,
        "BillOfMaterial": words is None,
        "AutoAssembly": words is None,
        "AutoDisassembly": False,
        "QuantityToProduce": 1,
        "BOMType": "None" if words else "Assembly",
        "CreatedDate": stamp(made).removesuffix("Z"),
        "BillOfMaterialsProducts": _bom(item) if words is None else [],
        "Suppliers": [] if words is None else [_supply(item, words.supplier)],
    }
    empty = ("ReorderLevels", "BillOfMaterialsServices", "Movements", "Attachments", "CustomPrices")
    return row | {name: [] for name in empty}


def _average(item: Item, books: Books) -> Decimal:
    if not isinstance(item, Variant):
        return item.cost
    goods = [one for one in books.stock if one.item is item]
    units = sum(one.quantity for one in goods)
    return fine(worth(goods, ZERO) / units) if units else item.cost


def _prices(item: Item) -> Row:
    prices = _numbered_prices(item)
    named = {name: prices[f"PriceTier{number}"] for number, name in enumerate(TIERS, 1)}
    return prices | {"PriceTiers": named}


def _numbered_prices(item: Item) -> Row:
    values = (item.prices.retail, item.prices.wholesale, item.prices.export)
    none = {f"PriceTier{number}": 0 for number in range(1, 11)}
    return none | {f"PriceTier{number}": value for number, value in enumerate(values, 1)}


def _bom(kit: Item) -> list[Row]:
    return [
        {
            "ComponentProductID": product_id(item),
            "ProductCode": item.sku,
            "Name": item.name,
            "Quantity": count,
            "WastagePercent": 0,
            "WastageQuantity": 0,
            "CostPercentage": 0,
        }
        for item, count in kit.components
    ]


def _supply(item: Item, number: int) -> Row:
    supplier = suppliers()[number]
    return {
        "SupplierID": guid("supplier", number),
        "SupplierName": supplier.company,
        "ProductID": product_id(item),
        "ProductSKU": item.sku,
        "ProductSupplierID": guid("product supplier", item.sku),
        "SupplierInventoryCode": f"S{item.sku}",
        "SupplierProductName": item.name,
        "Cost": item.cost,
        "FixedCost": item.cost,
        "Currency": supplier.currency,
        "DropShip": False,
        "ProductSupplierOptions": [],
    }


_ATTRIBUTES: Row = {f"AdditionalAttribute{number}": None for number in range(1, 11)}
