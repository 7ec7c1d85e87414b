"""Plausible values for a field, from its name and type: a pool that rows draw from.

Pools are made once from the seed and hold the awkward values in a realistic share, so that
drawing a row stays cheap.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.omni import words
from sandbox.stamps import NO_DATE, TICKS_PER_SECOND, from_ticks, to_ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.omni.world import World

Pool: TypeAlias = "tuple[Any, ...]"

FIRST_DAY = to_ticks("2026-01-01T00:00:00Z")
SPAN_SECONDS = 181 * 86_400
YEAR_SECONDS = 365 * 86_400
_POOL_SIZE = 500

_NULL, _EMPTY_DATE = 0.25, 0.35
_FINE, _OFFSET, _ZONELESS = 0.45, 0.52, 0.57

_REFERENCES: dict[str, str] = {
    "createdby": "users",
    "modifiedby": "users",
    "processedby": "users",
    "approvedby": "users",
    "completedby": "users",
    "salespersonid": "users",
    "branchid": "branches",
    "distributionbranchid": "branches",
    "sourcebranchid": "branches",
    "destinationbranchid": "branches",
    "supplierid": "contacts",
    "billingid": "contacts",
    "customerid": "contacts",
    "memberid": "contacts",
    "categoryidarray": "product_categories",
    "sizerangeid": "size_ranges",
}
_ALWAYS_SET = frozenset({"sourcebranchid", "destinationbranchid", "categoryidarray"})

_COUNTED = frozenset(
    {
        "available",
        "holding",
        "incoming",
        "opensales",
        "stockavailable",
        "stockonhand",
        "virtual",
    }
)

_TEXT_ENDINGS: tuple[tuple[str, Pool], ...] = (
    ("email", ("orders@example.com", "zoë@example.com", "", None)),
    ("phone", ("+64 9 555 0100", "(02) 5550 1234", "", None)),
    ("mobile", ("021 555 019", "", None)),
    ("fax", ("", None)),
    ("country", words.COUNTRIES),
    ("city", words.CITIES),
    ("state", words.STATES),
    ("postcode", words.POSTCODES),
    ("postalcode", words.POSTCODES),
    ("address1", words.STREETS),
    ("address2", words.SUBURBS),
    ("firstname", words.FIRST_NAMES),
    ("lastname", words.LAST_NAMES),
    ("company", words.COMPANIES),
    ("taxrate", ("8.75%", "15", "", None)),
    ("duty", ("5", "", None)),
    ("trackingcode", ("NZ123456789", "1Z 999 AA1 01 2345 6784", "", None)),
    ("trackingnumber", ("NZ123456789", "", None)),
    ("sscc", ("394210000000000017", "", None)),
    ("ssccnumber", ("394210000000000017", "", None)),
    ("barcode", ("9400000000017", "", None)),
    ("code", ("A-100", "B/200", "Ü-300", "", None)),
    ("account", ("200", "41000", "", None)),
    ("ref", ("#1001", "gid://shop/Order/77", "", None)),
    ("reference", ("REF-1", "R 2/3", "", None)),
    ("name", words.LABELS),
)


class Pools:
    """Makes the pool of a field."""

    def __init__(self, world: World, seed: int) -> None:
        """Fill the pools that many fields share.

        Args:
            world: Whose ids references point at.
            seed: What the values come from.

        """
        self._world = world
        self._random = random.Random(f"{seed}:pools")
        self._money = self._filled(self._amount)
        self._quantities = (Decimal(1), Decimal("2.0"), Decimal("0.5000"), 3, 12, -1, None)
        self._dates = self._filled(self._date)
        self._created = self._filled(self._created_date)
        self._rates = (Decimal("15.0"), Decimal("6.5"), Decimal("8.75"), 0, None)
        self._exchange = (1, Decimal("1.0000"), Decimal("0.9137264820173640918273645182"))

    def pool(self, stream: str, name: str, definition: Mapping[str, Any]) -> Pool:
        """Return the values that a scalar field may have."""
        lower = name.lower()
        types = set(definition["type"]) - {"null"}
        own = words.STREAM_POOLS.get((stream, lower))
        if own is not None:
            return own
        if lower in words.POOLS:
            values = words.POOLS[lower]
            return values if "string" not in types or "integer" in types else _as_text(values)
        if "string" not in types:
            return self._bare(lower, types)
        if definition.get("format") == "date-time":
            return self._created if lower == "createddate" else self._dates
        return next((pool for end, pool in _TEXT_ENDINGS if lower.endswith(end)), words.NOTES)

    def _bare(self, lower: str, types: set[str]) -> Pool:
        if "boolean" in types:
            return (True,) * 6 + (False,) * 3 + (None,)
        if "integer" in types:
            return self._integers(lower)
        if lower.endswith("taxrate") or lower in {"percentageoff", "probability"}:
            return self._rates
        if lower == "currencyrate":
            return self._exchange
        return self._quantities if "q" in lower or lower in _COUNTED else self._money

    def _integers(self, lower: str) -> Pool:
        if lower in _REFERENCES:
            ids = self._world.ids(_REFERENCES[lower])
            # Unset ids are 0.
            return ids if ids and lower in _ALWAYS_SET else (*ids, 0)
        if lower.endswith("id"):
            return (0,)
        return (*range(10), None)

    def _filled(self, make: Callable[[], Any]) -> Pool:
        return tuple(make() for _ in range(_POOL_SIZE))

    def _amount(self) -> Decimal | int | None:
        draw = self._random.random()
        if draw < 0.05:  # noqa: PLR2004 - shares, each used once
            return None
        if draw < 0.10:  # noqa: PLR2004
            digits = self._random.randrange(10**27, 10**28)
            return Decimal(digits).scaleb(-self._random.randrange(4, 22))
        if draw < 0.15:  # noqa: PLR2004
            return Decimal("10.00") if draw < 0.12 else 0  # noqa: PLR2004
        return Decimal(self._random.randrange(-10_000, 50_000_000)).scaleb(-4)

    def _date(self) -> str | None:
        draw = self._random.random()
        if draw < _NULL:
            return None
        if draw < _EMPTY_DATE:
            return NO_DATE
        ticks = FIRST_DAY + self._random.randrange(SPAN_SECONDS) * TICKS_PER_SECOND
        if draw < _FINE:
            return from_ticks(ticks + self._random.randrange(TICKS_PER_SECOND), digits=7)
        if draw < _OFFSET:
            return from_ticks(ticks, offset_hours=13)
        return from_ticks(ticks)[: -1 if draw < _ZONELESS else None]

    def _created_date(self) -> str:
        # Always before the first modification.
        return from_ticks(FIRST_DAY - self._random.randrange(1, YEAR_SECONDS) * TICKS_PER_SECOND)


def _as_text(values: Pool) -> Pool:
    return tuple(str(one) if isinstance(one, int) else one for one in values)
