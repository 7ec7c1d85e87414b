"""The range: styles with their variants, and kits made of variants."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TypeAlias

from demo.shop.assortment import KIT_PERCENT, KITS, STYLES, StyleWords
from demo.shop.money import cents, percent

NZ_TAX, AU_TAX = 15, 10
_WHOLESALE_PERCENT, _AUD_PERCENT = 70, 92
_FIVE = Decimal("0.05")


@dataclass(frozen=True)
class Prices:
    """Prices of one unit: retail with New Zealand's tax, the others without any."""

    retail: Decimal
    wholesale: Decimal
    export: Decimal

    @property
    def retail_net(self) -> Decimal:
        """The retail price in NZD without tax."""
        return self.retail * 100 / (100 + NZ_TAX)


@dataclass(frozen=True)
class Variant:
    """What is counted and sold: a style in one colour and size.

    Attributes:
        number: From 0, over all styles.
        style: Number of its style.
        words: The style.
        colour: Its colour, scent or roast.
        size: Its size; empty for goods in one size.
        cost: Price of purchase in NZD at the start.
        prices: Its prices.

    """

    number: int
    style: int
    words: StyleWords = field(repr=False)
    colour: str
    size: str
    cost: Decimal
    prices: Prices = field(repr=False)

    @property
    def sku(self) -> str:
        """The code that names it."""
        parts = (self.words.code, self.colour[:3].upper(), self.size)
        return "-".join(part for part in parts if part)

    @property
    def name(self) -> str:
        """Its name, with colour and size where it comes in several."""
        if self.appeal == 1:
            return self.words.name
        return ", ".join(part for part in (self.words.name, self.colour, self.size) if part)

    @property
    def barcode(self) -> str:
        """Its barcode: thirteen digits."""
        return f"94{self.number + 1:011d}"

    @property
    def season(self) -> str:
        """When it sells best."""
        return self.words.season

    @property
    def appeal(self) -> float:
        """How often it is chosen, against the others: styles sell alike, however many variants."""
        return 1 / (len(self.words.colours) * max(1, len(self.words.sizes)))

    @property
    def components(self) -> tuple[tuple[Variant, int], ...]:
        """What leaves the shelf when one is sold: itself."""
        return ((self, 1),)


@dataclass(frozen=True)
class Kit:
    """Variants that are sold together at one price; a kit itself is never on the shelf."""

    number: int
    sku: str
    name: str
    season: str
    components: tuple[tuple[Variant, int], ...] = field(repr=False)
    prices: Prices = field(repr=False)
    appeal: float = 0.7

    @property
    def cost(self) -> Decimal:
        """What its components cost."""
        return sum((one.cost * count for one, count in self.components), Decimal(0))

    @property
    def barcode(self) -> str:
        """Its barcode: thirteen digits."""
        return f"95{self.number + 1:011d}"


Item: TypeAlias = Variant | Kit


@cache
def variants() -> tuple[Variant, ...]:
    """Return all variants, by number."""
    found: list[Variant] = []
    for style, words in enumerate(STYLES):
        retail = Decimal(words.retail)
        prices = _prices(retail)
        cost = cents(prices.retail_net * percent(words.cost_percent))
        for colour in words.colours:
            for size in words.sizes or ("",):
                found.append(Variant(len(found), style, words, colour, size, cost, prices))
    return tuple(found)


@cache
def kits() -> tuple[Kit, ...]:
    """Return all kits, by number."""
    known = {(one.words.code, one.colour): one for one in variants()}
    found = []
    for number, words in enumerate(KITS):
        components = tuple((known[code, colour], count) for code, colour, count in words.components)
        worth = sum((one.prices.retail * count for one, count in components), Decimal(0))
        prices = _prices(_to_five(worth * percent(KIT_PERCENT)))
        found.append(Kit(number, f"{words.code}-SET", words.name, words.season, components, prices))
    return tuple(found)


def everything() -> tuple[Item, ...]:
    """Return all that is sold: variants, then kits."""
    return (*variants(), *kits())


def _prices(retail: Decimal) -> Prices:
    net = retail * 100 / (100 + NZ_TAX)
    wholesale = _to_five(net * percent(_WHOLESALE_PERCENT))
    return Prices(retail, wholesale, _to_five(wholesale * percent(_AUD_PERCENT)))


def _to_five(amount: Decimal) -> Decimal:
    return cents(amount / _FIVE).quantize(Decimal(1)) * _FIVE
