"""Who and what exists: sizes, ids, and the facts that several streams must agree on.

Every fact follows from an index by arithmetic, so that an order knows its customer and a stock
row its product without looking anything up, and rows can be made one by one in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.omni.words import (
    CITIES,
    COLOURS,
    COMPANIES,
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    POSTCODES,
    PRODUCTS,
    SIZES,
    STREETS,
    STYLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.entry import Key, Row

_SMALL = {"branches": 4, "users": 9, "product_categories": 14, "size_ranges": 5}
_DOUBLE = ("sales_orders", "stock")
_FIRST_ID = {
    "branches": 3,
    "users": 11,
    "contacts": 1_001,
    "products": 20_001,
    "product_options": 40_001,
    "sales_orders": 500_001,
    "sales_orders_with_cartons": 500_001,
    "purchase_orders": 700_001,
}
_OTHER_FIRST_ID = 101

# Five rows of product options: two options without sizes, then one in three sizes.
_OPTION_OF_FIVE = (0, 1, 2, 2, 2)
_SIZE_OF_FIVE = (0, 0, 1, 2, 3)
_OPTIONS_IN_FIVE = 3


def sizes(names: Iterable[str], rows: Mapping[str, int], default: int) -> dict[str, int]:
    """Return the number of rows of each stream.

    Raises:
        ValueError: A stream is unknown, or there is more stock than options and branches.

    """
    counts = {
        name: min(_SMALL[name], default) if name in _SMALL else default * (1 + (name in _DOUBLE))
        for name in names
    }
    if unknown := sorted(rows.keys() - counts.keys()):
        raise ValueError(f"no such stream: {', '.join(unknown)}")
    counts.update(rows)
    needed = -(-counts["stock"] // max(1, counts["branches"]))
    if "product_options" not in rows:
        counts["product_options"] = max(counts["product_options"], needed)
    elif "stock" not in rows:
        counts["stock"] = min(counts["stock"], counts["product_options"] * counts["branches"])
    if counts["stock"] > counts["product_options"] * counts["branches"]:
        raise ValueError("stock has one row per product option and branch: ask for fewer rows")
    return counts


class World:
    """The things that exist, by index."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Lay out the product options.

        Args:
            counts: Number of rows by stream.

        """
        self.counts = counts
        rows = counts["product_options"]
        self._options = self._option_index(rows - 1) + 1 if rows else 0
        self.options_of: dict[int, list[int]] = {}
        for row in range(rows):
            self.options_of.setdefault(self._product_index(row), []).append(row)

    def id(self, stream: str, index: int) -> int:
        """Return the id of a row."""
        return _FIRST_ID.get(stream, _OTHER_FIRST_ID) + index

    def ids(self, stream: str, limit: int = 1_000) -> tuple[int, ...]:
        """Return the first ids of a stream."""
        return tuple(self.id(stream, one) for one in range(min(limit, self.counts[stream])))

    def key(self, stream: str, index: int) -> Key:
        """Return the key of a row."""
        if stream == "product_options":
            return self._option_id(index), _SIZE_OF_FIVE[index % 5]
        if stream == "stock":
            stock = self.stock(index)
            names = ("productId", "productOptionId", "branchId", "size")
            return tuple(stock[name] for name in names)
        if stream == "vouchers":
            return (self.voucher_code(index),)
        return (self.id(stream, index),)

    def person(self, index: int) -> Row:
        """Return name and ways to reach somebody."""
        return {
            "firstName": FIRST_NAMES[index % len(FIRST_NAMES)],
            "lastName": LAST_NAMES[index // 3 % len(LAST_NAMES)],
            "company": COMPANIES[index // 2 % len(COMPANIES)],
            "email": f"person{index}@example.com",
            "phone": f"+64 9 555 {index % 10_000:04d}",
            "mobile": f"021 555 {index % 10_000:04d}" if index % 3 else "",
            "fax": None,
        }

    def address(self, index: int, prefix: str = "") -> Row:
        """Return an address under names with a prefix, as documents carry it."""
        place: dict[str, Any] = {
            "address1": STREETS[index % len(STREETS)],
            "city": CITIES[index // 2 % len(CITIES)],
            "country": COUNTRIES[index // 2 % len(COUNTRIES)],
            "postCode" if not prefix else "postalCode": POSTCODES[index % len(POSTCODES)],
        }
        if not prefix:
            return place
        return {prefix + name[0].upper() + name[1:]: value for name, value in place.items()}

    def product(self, index: int) -> Row:
        """Return what is repeated of a product wherever it is mentioned."""
        return {
            "name": f"{PRODUCTS[index % len(PRODUCTS)]} {index}",
            "styleCode": f"{STYLES[index % len(STYLES)]}{index:05d}",
        }

    def option(self, row: int) -> Row:
        """Return what is repeated of a product option in one size."""
        option, size = self._option_index(row), _SIZE_OF_FIVE[row % 5]
        product = self._product_index(row)
        code = f"{STYLES[product % len(STYLES)]}{product:05d}-{option}"
        return {
            **self.product(product),
            "productId": self.id("products", product) if self.counts["products"] else 0,
            "productOptionId": self._option_id(row),
            "code": code + (f"-{SIZES[size]}" if size else ""),
            "barcode": f"94{row:011d}",
            "option1": COLOURS[option % len(COLOURS)],
            "option2": "",
            "option3": None,
            "size": SIZES[size] or (None, "")[option % 2],
            "sizeId": size,
        }

    def stock(self, index: int) -> Row:
        """Return the facts of a stock row: an option in one size at one branch."""
        row, branch = divmod(index, self.counts["branches"])
        option = self.option(row)
        return {
            **option,
            "productName": option["name"],
            "branchId": self.id("branches", branch),
            "branchName": self.branch_name(branch),
        }

    def branch_name(self, index: int) -> str:
        """Return the name of a branch."""
        return f"{CITIES[index % len(CITIES)]} {index + 1}"

    def voucher_code(self, index: int) -> str:
        """Return the code that identifies a voucher."""
        return f"GIFT-{index:05d}" + ("é'" if index % 10 == 0 else "")

    def _option_index(self, row: int) -> int:
        return row // 5 * _OPTIONS_IN_FIVE + _OPTION_OF_FIVE[row % 5]

    def _option_id(self, row: int) -> int:
        return self.id("product_options", self._option_index(row))

    def _product_index(self, row: int) -> int:
        return self._option_index(row) * self.counts["products"] // self._options
