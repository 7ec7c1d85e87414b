"""Omni's products, options, kits and what sorts them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from demo.shop.assortment import CATEGORIES
from demo.shop.goods import Item, Variant, everything, kits
from demo.shop.omni.ids import (
    RANGES,
    category_id,
    colour_of,
    name_of,
    naming,
    option_id,
    product_id,
    size_id,
    size_of,
    style_code,
    user_id,
)
from demo.shop.omni.stamps import stamps
from demo.shop.people import SELLER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from demo.shop.books import Books
    from sandbox.entry import Row


@dataclass(frozen=True)
class Held:
    """What there is of an item over all branches, and when that changed last."""

    on_hand: int
    available: int
    moved: datetime | None


def products(books: Books, held: Mapping[str, Held]) -> list[Row]:
    """Return products with their options: styles, then kits.

    Args:
        books: The shop.
        held: What there is, by SKU.

    """
    options = product_options(books, held)
    rows = []
    for key, group in groupby(everything(), key=product_id):
        members = list(group)
        item = members[0]
        moves = [held[one.sku].moved for one in members]
        moved = max((one for one in moves if one is not None), default=None)
        words = item.words if isinstance(item, Variant) else None
        category = words.category if words else "Kits"
        grams = words.grams if words else sum(x.words.grams * n for x, n in item.components)
        rows.append(
            {
                "id": key,
                **stamps(books, 30, moved),
                "status": "Public",
                "styleCode": style_code(item),
                "name": name_of(item),
                "description": f"<p>{name_of(item)}</p>",
                "tags": item.season,
                "images": [],
                "supplierId": 9_001 + words.supplier if words else 0,
                "brand": words.brand if words else "",
                "category": category,
                "subCategory": "",
                "categoryIdArray": [category_id(category)],
                "channels": "Web,B2B",
                "weight": Decimal(grams) / 1_000,
                "stockControl": "Batch" if words and words.keeps_days else "FIFO",
                "productType": "" if words else "Kit",
                "optionLabel1": "Colour",
                "optionLabel2": "",
                "optionLabel3": "",
                "salesAccount": "200",
                "purchasesAccount": "310",
                "sizeRangeId": RANGES.index(words.sizes) + 1 if words and words.sizes else 0,
                "customFields": {},
                "productOptions": [one for one in options if one["productId"] == key],
            }
        )
    return rows


def product_options(books: Books, held: Mapping[str, Held]) -> list[Row]:
    """Return options; one with sizes has a row for each."""
    return [_option(item, books, held) for item in everything()]


def _option(item: Item, books: Books, held: Mapping[str, Held]) -> Row:
    there = held[item.sku]
    sized = size_of(item)
    prices = item.prices
    return {
        "id": option_id(item),
        **stamps(books, 30, there.moved),
        "status": "Primary",
        "productId": product_id(item),
        "code": item.sku,
        "barcode": item.barcode,
        "productOptionCode": item.sku.removesuffix(f"-{sized}") if sized else item.sku,
        "productOptionSizeCode": item.sku if sized else None,
        "productOptionBarcode": "" if sized else item.barcode,
        "productOptionSizeBarcode": item.barcode if sized else None,
        "supplierCode": f"S{item.sku}",
        "option1": colour_of(item),
        "option2": "",
        "option3": "",
        "optionWeight": 0,
        "size": sized,
        "sizeId": size_id(item),
        "retailPrice": prices.retail,
        "wholesalePrice": prices.wholesale,
        "vipPrice": 0,
        "specialPrice": 0,
        "specialsStartDate": None,
        "specialDays": 0,
        "stockAvailable": there.available,
        "stockOnHand": there.on_hand,
        "uomOptions": [],
        "image": None,
        "priceColumns": {
            "retailIncNZD": prices.retail,
            "wholesaleNZD": prices.wholesale,
            "priceAUD": prices.export,
            "costNZD": item.cost,
        },
    }


def bom_masters(books: Books) -> list[Row]:
    """Return what each kit is made of."""
    return [
        {
            "id": 301 + kit.number,
            **stamps(books, 29),
            "createdBy": user_id(SELLER),
            "modifiedBy": user_id(SELLER),
            "productionNotes": "",
            "reference": f"BOM-{kit.sku}",
            "products": [
                {
                    "id": 10 * kit.number + 1,
                    "bomId": 301 + kit.number,
                    "createdDate": stamps(books, 29)["createdDate"],
                    **naming(kit),
                    "type": "Make",
                    "sort": 1,
                    "notes": "",
                    "qty": 1,
                    "unitCost": kit.cost,
                    "components": [
                        {
                            "id": 10 * kit.number + 2 + position,
                            **naming(item),
                            "type": "Use",
                            "sort": position + 1,
                            "notes": "",
                            "qty": count,
                            "unitCost": item.cost,
                        }
                        for position, (item, count) in enumerate(kit.components)
                    ],
                }
            ],
        }
        for kit in kits()
    ]


def product_categories() -> list[Row]:
    """Return the categories."""
    return [
        {
            "id": category_id(name),
            "parentId": 0,
            "isActive": True,
            "sort": position + 1,
            "name": name,
            "description": "",
            "image": None,
        }
        for position, name in enumerate(CATEGORIES)
    ]


def size_ranges() -> list[Row]:
    """Return the ranges of sizes."""
    return [
        {"id": number + 1, "sizeRangeName": f"{labels[0]} to {labels[-1]}", "sizes": list(labels)}
        for number, labels in enumerate(RANGES)
    ]
