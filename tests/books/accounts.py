"""The companies whose books are written: each account has a currency, a clock and a shelf."""

from __future__ import annotations

from tests.books.books import Account
from tests.books.core import Core
from tests.books.omni import Omni


def omni_account(schema: str, currency: str, time_zone: str, rate: str, company: str) -> Omni:
    settings = {
        "base_currency": currency,
        "time_zone": time_zone,
        "rate": rate,
        "cost_column": f"cost{currency}",
        "company": company,
    }
    return Omni(Account("omni", schema, settings), currency)


def _core(schema: str, company: str, currency: str = "NZD", **settings: object) -> Core:
    return Core(Account("core", schema, {"company": company, **settings}), currency)


NZ = omni_account("cin7_omni", "NZD", "Pacific/Auckland", "multiply", "Hats NZ")
AU = omni_account("cin7_omni_au", "AUD", "Australia/Sydney", "multiply", "Hats AU")
US = omni_account("cin7_omni_us", "USD", "America/New_York", "divide", "Hats US")

CORE = _core("cin7_core", "Hats NZ")
CORE_AU = _core("cin7_core_au", "Hats AU", "AUD")
SHELF = _core("cin7_core_shelf", "Snapshots only")
"""Snapshots of 1, 2 and 4 June."""
LEDGER = _core("cin7_core_ledger", "Ledger only")
RUNS = _core("cin7_core_runs", "Ledger and runs of the tap")
SHORT = _core(
    "cin7_core_short",
    "Looks back 10 days, in Auckland",
    time_zone="Pacific/Auckland",
    transactions_lookback_days=10,
)

OMNI_ACCOUNTS = (NZ.account, AU.account, US.account)
CORE_ACCOUNTS = tuple(one.account for one in (CORE, CORE_AU, SHELF, LEDGER, RUNS, SHORT))
WHOLE = (NZ.account, CORE.account)
"""Accounts that have all tables; the others have those that hold rows."""
