"""Plausible values for a field of Core, from its name and type: a pool that rows draw from."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.omni import words
from sandbox.omni.pools import FIRST_DAY, SPAN_SECONDS
from sandbox.stamps import TICKS_PER_SECOND, from_ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.core.world import World

Pool: TypeAlias = "tuple[Any, ...]"

_POOL_SIZE = 200
_TICKS_PER_MILLISECOND = TICKS_PER_SECOND // 1_000
_DAY = 86_400
_NULLS = ("", None)
_STATUS = ("COMPLETED", "COMPLETED", "COMPLETED", "DRAFT", "AUTHORISED", "VOIDED")
_BLOCK_STATUS = ("AUTHORISED", "AUTHORISED", "AUTHORISED", "DRAFT", "NOT AVAILABLE")

POOLS: dict[str, Pool] = {
    "currency": ("NZD", "AUD", "USD"),
    "basecurrency": ("NZD",),
    "customercurrency": ("NZD", "AUD", "USD", ""),
    "suppliercurrency": ("NZD", "USD"),
    "status": _STATUS,
    "quotestatus": _BLOCK_STATUS,
    "orderstatus": _BLOCK_STATUS,
    "stockreceivedstatus": _BLOCK_STATUS,
    "unstockstatus": _BLOCK_STATUS,
    "invoicestatus": _BLOCK_STATUS,
    "restockstatus": ("NOT AVAILABLE", "AUTHORISED", ""),
    "combinedpickingstatus": ("PICKED", "PICKED", "NOT PICKED", "PARTIALLY PICKED", "VOIDED"),
    "combinedpackingstatus": ("PACKED", "NOT PACKED", "PARTIALLY PACKED", "NOT AVAILABLE"),
    "combinedshippingstatus": ("SHIPPED", "NOT SHIPPED", "PARTIALLY SHIPPED", "SHIPPING"),
    "fulfilmentstatus": ("FULFILLED", "NOT FULFILLED", "PARTIALLY FULFILLED"),
    "combinedpaymentstatus": ("PAID", "UNPAID", "PARTIALLY PAID", "PREPAID"),
    "costingmethod": ("FIFO", "FIFO - Batch", "Special - Serial Number"),
    "taxrule": ("GST on Income 15%", "Zero rated", "", None),
    "taxcalculation": ("Exclusive", "Inclusive"),
    "terms": ("30 days", "COD", ""),
    "paymentterm": ("30 days", "COD", 15, ""),
    "taxnumber": ("", None, 123456789, "99-555-000"),
    "uom": ("Item", "kg", "Box of 12"),
    "weightunits": ("kg", "g", ""),
    "dimensionsunits": ("cm", "m", ""),
    "countryoforigincode": ("NZ", "AU", ""),
    "dayofweek": ("Monday", "Tuesday", "Friday", "Sunday"),
    "weekstart": ("Monday",),
    "approach": ("INVOICE", "STOCK"),
    "bintype": ("", None),
    "binid": _NULLS,
    "bin": ("A-01", "", None, 7),
    "assetaccountcode": ("710", 710),
    "batchsn": ("B-2026/01", "1", "", None, 17),
    "box": ("1", "", None),
    "issuemethod": (1, "Backflush", None),
    "issuemethodcomponent": (2, "Manual", None),
    "issuemethodparameter": (1, "Auto", None),
    "sourcename": (1, "Sale", ""),
    "dropshiptaskid": _NULLS,
    "sourcetaskid": _NULLS,
    "externalid": ("", None, "shop-77"),
    "crmid": _NULLS,
    "parentid": _NULLS,
    "customerparentid": _NULLS,
    "resourcetype": ("Labor", "Machine"),
    "dropshipmode": ("No Drop Ship", "Optional Drop Ship"),
    "downloadurl": ("https://files.example.com/a%20b.pdf?expires=1", ""),
    "contenttype": ("application/pdf", "image/jpeg"),
    "filename": ("Größe.pdf", "photo 1.jpg"),
    "externalpassword": ("sandbox-webhook-password",),
    "externalusername": ("sandbox-webhook-user",),
    "externalbearertoken": ("sandbox-webhook-token",),
    "externalurl": ("https://hooks.example.com/core",),
    "externalauthorizationtype": ("basicauth", "bearerauth"),
    "content": (None,),
}
"""Values by lower-case field name."""

STREAM_POOLS: dict[tuple[str, str], Pool] = {
    ("customers", "Status"): ("Active",),
    ("suppliers", "Status"): ("Active",),
    ("products", "Type"): ("Stock", "Stock", "Service", "Non Inventory"),
    ("products", "BOMType"): ("None", "None", "Assembly", "Production"),
    ("sale_list", "Type"): ("Simple Sale", "Simple Sale", "Advanced Sale", "Service Sale"),
    ("sale_list", "CombinedInvoiceStatus"): ("PAID", "AUTHORISED", "DRAFT", "NOT AVAILABLE"),
    ("purchase_list", "CombinedInvoiceStatus"): ("INVOICED", "NOT INVOICED", "INVOICED / CREDITED"),
    ("money_task_list", "TaskType"): ("Spend Money", "Receive Money", "Transfer Money"),
    ("money_task_list", "Reference"): ("", 4711, "REF 2"),
    ("transactions", "Type"): ("Purchase", "Sale", "BankTransfer"),
    ("accounts", "ForPayments"): (True, False, "false", "true", None),
    ("webhooks", "Key"): ("X-Key",),
    ("webhooks", "Value"): ("sandbox-webhook-header",),
    ("me", "LockDate"): ("31/12/2025",),
    ("me", "OpeningBalanceDate"): ("2021-07-31T00:00:00",),
}
"""Values where a stream has its own."""

# Numbers and booleans that come as text, some of the time.
_NUMBERS_IN_TEXT = {
    ("bank_accounts", "InitialBalance"),
    ("money_task_list", "TotalAmount"),
    ("me", "AdjustmentValue"),
    ("production_runs", "ProductCost"),
    ("tax_rules", "Percent"),
    ("tax_rules", "ComponentOrder"),
}
_INSTANTS = frozenset({"datecreated", "lastmodifiedon", "lastupdateddate"})

_TEXT_ENDINGS: tuple[tuple[str, Pool], ...] = (
    ("email", ("orders@example.com", "zoë@example.com", "", None)),
    ("phone", ("+64 9 555 0100", "(02) 5550 1234", "", None)),
    ("fax", _NULLS),
    ("website", words.SITES),
    ("url", words.SITES),
    ("country", words.COUNTRIES),
    ("city", words.CITIES),
    ("citysuburb", words.CITIES),
    ("state", words.STATES),
    ("postcode", words.POSTCODES),
    ("line1", words.STREETS),
    ("line2", words.SUBURBS),
    ("contact", words.FIRST_NAMES),
    ("representative", words.LAST_NAMES),
    ("reference", ("REF-1", "R 2/3", "", None)),
    ("number", ("NZ123456789", "", None)),
    ("tags", ("summer,Größe", "", None)),
    ("name", words.LABELS),
)
_ACCOUNT_ENDINGS = ("account", "accountcode", "debit", "credit")


class Pools:
    """Makes the pool of a field."""

    def __init__(self, world: World, seed: int) -> None:
        """Fill the pools that many fields share.

        Args:
            world: Whose accounts the account fields name.
            seed: What the values come from.

        """
        self._world = world
        self._random = random.Random(f"{seed}:core pools")
        self._money = self._filled(self._amount)
        self._quantities = (1, 2, Decimal("0.5"), Decimal("3.0000000001"), 12, 144, None)
        self._dates = self._filled(self._date)
        self._instants = self._filled(self._instant)

    def pool(self, stream: str, name: str, definition: Mapping[str, Any]) -> Pool:
        """Return the values that a scalar field may have."""
        lower = name.lower()
        documented, *_ = definition["type"]
        own = STREAM_POOLS.get((stream, name))
        if own is not None:
            return own
        if lower in POOLS and "string" in definition["type"]:
            return POOLS[lower]
        if documented != "string" or (stream, name) in _NUMBERS_IN_TEXT or name == "IsDefault":
            return self._bare(stream, name, definition["type"])
        if definition.get("format") == "date-time":
            return self._moments(stream, lower)
        if lower.endswith(_ACCOUNT_ENDINGS):
            return (*self._world.accounts, "")
        return next((pool for end, pool in _TEXT_ENDINGS if lower.endswith(end)), words.NOTES)

    def _moments(self, stream: str, lower: str) -> Pool:
        if lower in _INSTANTS or (stream, lower) == ("stocktake_list", "createddate"):
            return self._instants
        if (stream, lower) == ("products", "createddate"):
            return tuple(moment.removesuffix("Z") for moment in self._instants)
        return (*self._dates, "") if lower == "expirydate" else self._dates

    def _bare(self, stream: str, name: str, types: list[str]) -> Pool:
        if "boolean" in types:
            # Attachments give their flag as text (documented example).
            return (True, False, "true", "false") if name == "IsDefault" else (True, False)
        values: Pool = self._money
        if "integer" in types:
            values = (*range(10), None)
        elif "quantity" in name.lower() or name in {"Available", "OnHand", "Allocated"}:
            values = self._quantities
        if (stream, name) in _NUMBERS_IN_TEXT:
            return (*values, *(str(one) for one in values if one is not None), "")
        return values

    def _filled(self, make: Callable[[], Any]) -> Pool:
        return tuple(make() for _ in range(_POOL_SIZE))

    def _amount(self) -> Decimal | int | None:
        draw = self._random.random()
        if draw < 0.05:  # noqa: PLR2004 - shares, each used once
            return None
        if draw < 0.25:  # noqa: PLR2004
            return Decimal(self._random.randrange(10**13, 10**15)).scaleb(-10)
        if draw < 0.35:  # noqa: PLR2004
            return Decimal("10.00") if draw < 0.3 else 0  # noqa: PLR2004
        return Decimal(self._random.randrange(-10_000, 50_000_000)).scaleb(-4)

    def _date(self) -> str | None:
        if self._random.random() < 0.2:  # noqa: PLR2004
            return None
        days = self._random.randrange(SPAN_SECONDS // _DAY)
        return from_ticks(FIRST_DAY + days * _DAY * TICKS_PER_SECOND).removesuffix("Z")

    def _instant(self) -> str:
        moment = self._random.randrange(SPAN_SECONDS * 1_000)
        return stamp_text(FIRST_DAY + moment * _TICKS_PER_MILLISECOND)


def stamp_text(ticks: int, *, zoned: bool = True) -> str:
    """Return a stamp as Core writes it: as many of three digits as are needed."""
    milliseconds = ticks // _TICKS_PER_MILLISECOND % 1_000
    digits = len(f"{milliseconds:03d}".rstrip("0"))
    text = from_ticks(ticks, digits=digits)
    return text if zoned else text.removesuffix("Z")
