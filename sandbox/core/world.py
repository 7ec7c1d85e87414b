"""Who and what exists in Core: sizes, ids, and the facts that several streams agree on."""

from __future__ import annotations

import uuid
from decimal import Decimal
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

from sandbox.omni.words import CITIES, COMPANIES, FIRST_NAMES, LAST_NAMES, PRODUCTS, STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.entry import Key, Row

_SMALL = {
    "accounts": 40,
    "attribute_sets": 4,
    "bank_accounts": 5,
    "brands": 12,
    "carriers": 6,
    "crm_task_categories": 6,
    "crm_workflows": 5,
    "deals": 8,
    "discount_rules": 6,
    "fixed_asset_types": 5,
    "locations": 12,
    "me_addresses": 4,
    "me_contacts": 5,
    "payment_terms": 12,
    "price_tiers": 10,
    "product_categories": 14,
    "production_factory_calendars": 4,
    "production_resource_list": 10,
    "production_suspend_reasons": 6,
    "production_work_centers": 6,
    "shipping_zones": 5,
    "tax_rules": 9,
    "templates": 20,
    "units_of_measure": 8,
    "webhooks": 4,
}
_SHARES = {"production_order_list": 4, "journals": 4, "stocktake_list": 4}
DEPRECATED_EVERY = 10
"""One product, customer and supplier of so many is deprecated."""
CREDIT_EVERY = 8
"""One sale and purchase of so many has a credit note."""
BINS_PER_WAREHOUSE = 2
STOCK_PER_PLACE = 3
"""Rows of availability of one product at one location: other bins and batches."""
FIRST_YEAR = 2024
RUN_EVERY = 4
"""One row of the production order list of so many is a run of the order before it."""
MIRRORS = {
    "sale_credit_note_list": "sale_list",
    "purchase_credit_note_list": "purchase_list",
}
"""Lists that show some rows of another one."""
_ONE_EACH = ("me", "production_reference_data", "shipping_zones_enabled")
_SINGLE_KEYS: dict[str, tuple[object, ...]] = {"me": ("Tāmaki Homewares Ltd",)}


def sizes(names: Iterable[str], rows: Mapping[str, int], default: int) -> dict[str, int]:
    """Return the number of rows of each list.

    Raises:
        ValueError: There is more stock than products and locations.

    """
    counts = {
        name: min(_SMALL[name], default) if name in _SMALL else -(-default // _SHARES.get(name, 1))
        for name in names
    }
    counts.update({name: count for name, count in rows.items() if name in counts})
    counts.update(dict.fromkeys(_ONE_EACH, 1))
    most = {
        "customer_templates": 2 * counts["customers"],
        "product_availability": _most_stock(counts["products"], counts["locations"]),
    }
    for name, limit in most.items():
        if counts[name] > limit and name in rows:
            raise ValueError(f"{name} can have {limit} rows beside the rest: ask for fewer")
        counts[name] = min(counts[name], limit)
    for mirror, source in MIRRORS.items():
        counts[mirror] = -(-counts[source] // CREDIT_EVERY)
    return counts


def _most_stock(products: int, locations: int) -> int:
    live = products - products // DEPRECATED_EVERY
    return live * -(-locations // (BINS_PER_WAREHOUSE + 1)) * STOCK_PER_PLACE


def guid(*parts: object) -> str:
    """Return the id that belongs to some parts."""
    digest = blake2b(repr(parts).encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


class World:
    """The things that exist, by index."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Take the number of rows by list."""
        self.counts = counts
        self._products: dict[int, Row] = {}

    def id(self, stream: str, index: int) -> str:
        """Return the id of a row."""
        return guid(MIRRORS.get(stream, stream), index)

    def key(self, stream: str, index: int) -> Key:  # noqa: PLR0911 - one line per kind of key
        """Return the key of a row."""
        if stream in MIRRORS:
            return (self.id(stream, index * CREDIT_EVERY),)
        if stream == "product_availability":
            stock = self.stock(index)
            names = ("ID", "Location", "Bin", "Batch", "ExpiryDate")
            return tuple(stock[name] for name in names)
        if stream == "accounts":
            return (self.account(index),)
        if stream == "price_tiers":
            return (index + 1,)
        if stream == "production_factory_calendars":
            return (FIRST_YEAR + index,)
        if stream == "customer_templates":
            customer, template = divmod(index, 2)
            return self.id("customers", customer), self.id("templates", template)
        if stream in {"transactions", "production_reference_data", "shipping_zones_enabled"}:
            return (index,)
        return _SINGLE_KEYS.get(stream) or (self.id(stream, index),)

    def account(self, index: int) -> str:
        """Return the code of an account; system accounts have codes of their own look."""
        return f"_{60 + index}_" if index % 10 == 1 else str(200 + 5 * index)

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """Codes of accounts."""
        return tuple(self.account(index) for index in range(self.counts["accounts"]))

    @cached_property
    def tiers(self) -> tuple[str, ...]:
        """Names of the account's price tiers."""
        return tuple(self.tier(index) for index in range(self.counts["price_tiers"]))

    def tier(self, index: int) -> str:
        """Return the name of a price tier."""
        names = ("Retail", "Wholesale", "Großhandel", "Tier 4 (old)", "O'Neill VIP")
        return names[index] if index < len(names) else f"Tier {index + 1}"

    def company(self, index: int) -> str:
        """Return the name of a customer or supplier."""
        return f"{COMPANIES[index % len(COMPANIES)]} {index}"

    def person(self, index: int) -> str:
        """Return somebody's name."""
        first = FIRST_NAMES[index % len(FIRST_NAMES)]
        return f"{first} {LAST_NAMES[index // 3 % len(LAST_NAMES)]}"

    def customer(self, index: int) -> Row:
        """Return what is repeated of a customer."""
        name = self.company(index)
        found = self.id("customers", index)
        return {"CustomerID": found, "CustomerName": name, "Customer": name}

    def supplier(self, index: int) -> Row:
        """Return what is repeated of a supplier."""
        name = self.company(index + 1)
        found = self.id("suppliers", index)
        return {"SupplierID": found, "SupplierName": name, "Supplier": name}

    def location(self, index: int) -> Row:
        """Return what is repeated of a warehouse."""
        row = index * (BINS_PER_WAREHOUSE + 1)
        name = self.location_name(row)
        found = self.id("locations", row)
        return {"LocationID": found, "LocationName": name, "Location": name}

    def location_name(self, row: int) -> str:
        """Return the name of a row of the location list: a warehouse, or a bin in one."""
        warehouse, place = divmod(row, BINS_PER_WAREHOUSE + 1)
        return f"{CITIES[warehouse % len(CITIES)]} {warehouse + 1}" + (
            f": Bin {place}" if place else ""
        )

    @property
    def warehouses(self) -> int:
        """Number of locations that are no bins."""
        return -(-self.counts["locations"] // (BINS_PER_WAREHOUSE + 1))

    def product(self, index: int) -> Row:
        """Return what is repeated of a product wherever it is named."""
        known = self._products.get(index)
        if known is None:
            known = self._products[index] = self._product(index)
        return known

    def _product(self, index: int) -> Row:
        sku = f"{STYLES[index % len(STYLES)]}-{index:05d}"
        name = f"{PRODUCTS[index % len(PRODUCTS)]} {index}"
        found = self.id("products", index)
        size = Decimal(index % 90 + 10)
        return {
            "ProductID": found,
            "ComponentProductID": found,
            "SKU": sku,
            "ProductSKU": sku,
            "ProductSku": sku,
            "ProductCode": sku,
            "ProductName": name,
            "Name": name,
            "Barcode": f"94{index:011d}" if index % 4 else (None, "")[index % 8 // 4],
            "Unit": "Item",
            "ProductLength": size,
            "ProductWidth": size / 2,
            "ProductHeight": size.scaleb(-3),
            "ProductWeight": Decimal(index % 70) + Decimal("0.0000000001"),
            "WeightUnits": ("kg", "", "g", None)[index % 4],
            "DimensionsUnits": ("cm", "m", "")[index % 3],
            **{
                f"ProductCustomField{n}": f"Größe {index}" if n == 1 else (None, "")[n % 2]
                for n in range(1, 11)
            },
        }

    def stock(self, index: int) -> Row:
        """Return a row of availability: three in a row share product and location."""
        place, kind = divmod(index, STOCK_PER_PLACE)
        warehouses = max(1, self.warehouses)
        number, warehouse = divmod(place, warehouses)
        # Deprecated products have no availability.
        number += number // (DEPRECATED_EVERY - 1)
        facts = self.product(number)
        grains: tuple[tuple[str | None, str | None, str | None], ...] = (
            (None, "", None),
            ("A-01", None, ""),
            ("A-01", "B-2026/01", "2027-01-31T00:00:00"),
        )
        bin_name, batch, expiry = grains[kind]
        return {
            "ID": facts["ProductID"],
            **{name: facts[name] for name in ("SKU", "Name", "Barcode")},
            "Location": self.location(warehouse)["Location"],
            "Bin": bin_name,
            "Batch": batch,
            "ExpiryDate": expiry,
        }
