"""Core's short lists that other rows name: accounts, taxes, terms, tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.assortment import CATEGORIES, STYLES
from demo.shop.core import ledger
from demo.shop.core.ids import AU_SALE, NZ_PURCHASE, NZ_SALE, ZERO_RATED, guid
from demo.shop.money import BASE, OTHER
from demo.shop.people import COMPANY

if TYPE_CHECKING:
    from sandbox.entry import Row

TIERS = ("Retail", "Wholesale", "Export")


TERMS = (("Prepaid", 0), ("14 days", 14), ("30 days", 30))


_ACCOUNTS = (
    (ledger.BANK, "Bank NZD", "BANK", "ASSET"),
    (ledger.BANK_OTHER, "Bank AUD", "BANK", "ASSET"),
    (ledger.REVENUE, "Sales", "REVENUE", "REVENUE"),
    (ledger.FREIGHT, "Freight charged", "REVENUE", "REVENUE"),
    (ledger.COGS, "Cost of goods sold", "DIRECTCOSTS", "EXPENSE"),
    (ledger.RENT, "Rent", "EXPENSE", "EXPENSE"),
    (ledger.RECEIVABLE, "Accounts receivable", "CURRENT", "ASSET"),
    (ledger.INVENTORY, "Inventory", "CURRENT", "ASSET"),
    (ledger.UNINVOICED, "Goods received, not invoiced", "CURRLIAB", "LIABILITY"),
    (ledger.WORK, "Work in progress", "CURRENT", "ASSET"),
    (ledger.ADJUSTED, "Stock adjustments", "EXPENSE", "EXPENSE"),
    (ledger.PAYABLE, "Accounts payable", "CURRLIAB", "LIABILITY"),
    (ledger.TAX, "Tax", "CURRLIAB", "LIABILITY"),
    (ledger.ROUNDING, "Rounding", "EXPENSE", "EXPENSE"),
    (ledger.CAPITAL, "Owner's capital", "EQUITY", "EQUITY"),
)


_TAX_RULES = (
    (NZ_SALE, 15, True, False),
    (AU_SALE, 10, True, False),
    (NZ_PURCHASE, 15, False, True),
    (ZERO_RATED, 0, False, True),
)


def settings() -> dict[str, list[Row]]:
    """Return the short lists that other rows name."""
    return {
        "me": [
            {
                "Company": COMPANY,
                "Currency": BASE,
                "TimeZone": "(UTC+12:00) Auckland, Wellington",
                "DefaultWeightUnits": "g",
                "DefaultDimensionsUnits": "cm",
                "LockDate": None,
                "OpeningBalanceDate": None,
                "TaxCalculationMethod": "Line",
                "DefaultSaleTaxRuleName": NZ_SALE,
                "RoundingTable": [],
            }
        ],
        "accounts": [_account(*one) for one in _ACCOUNTS],
        "tax_rules": [_tax_rule(*one) for one in _TAX_RULES],
        "payment_terms": [
            {
                "ID": guid("term", name),
                "Name": name,
                "Duration": days,
                "Method": "number of days",
                "IsActive": True,
                "IsDefault": not days,
            }
            for name, days in TERMS
        ],
        "price_tiers": [{"Code": code, "Name": name} for code, name in enumerate(TIERS, 1)],
        "units_of_measure": [{"ID": guid("unit", "Item"), "Name": "Item"}],
        "carriers": [{"CarrierID": guid("carrier", "Courier"), "Description": "Courier"}],
        "product_categories": [{"ID": guid("category", one), "Name": one} for one in CATEGORIES],
        "brands": [
            {"ID": guid("brand", one), "Name": one}
            for one in dict.fromkeys(words.brand for words in STYLES)
        ],
    }


def _account(code: str, name: str, kind: str, group: str) -> Row:
    return {
        "Code": code,
        "Name": name,
        "Type": kind,
        "Status": "ACTIVE",
        "Description": "",
        "Class": group,
        "SystemAccount": "",
        "SystemAccountCode": "",
        "ForPayments": kind == "BANK",
        "DisplayName": f"{code}: {name}",
        "Bank": "",
        "Currency": OTHER if code == ledger.BANK_OTHER else BASE,
    }


def _tax_rule(name: str, share: int, sale: bool, purchase: bool) -> Row:  # noqa: FBT001
    return {
        "ID": guid("tax", name),
        "Name": name,
        "Account": ledger.TAX,
        "IsActive": True,
        "TaxInclusive": False,
        "TaxPercent": share,
        "IsTaxForSale": sale,
        "IsTaxForPurchase": purchase,
        "Components": [],
    }
