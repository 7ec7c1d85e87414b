"""Accounts, journals, money tasks and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.core.resources.objects import ATTACHMENT, TRANSACTION
from tap_cin7.instants import DAY_SECONDS
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    GUID,
    GUID_KEY,
    NUM,
    STR,
    TEXT_KEY,
    many,
    record,
    record_key,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_cin7.settings import Settings

POSTED = many(TRANSACTION, "Ledger transactions that the document posted")
FILES = many(ATTACHMENT, "Attached files")


class Accounts(CoreList):
    """Chart of accounts, the system's own accounts included."""

    path = "/ref/account"
    id_param = "Code"
    records_key = "AccountsList"
    schema = record(
        Code=TEXT_KEY("Account code, such as _61_ for a system account"),
        Name=STR("Account name"),
        Type=STR("Account type, such as BANK, CURRLIAB or LIABILITY"),
        Status=STR("Whether the account is in use"),
        Description=STR("What the account is for"),
        Class=STR("ASSET, LIABILITY, EXPENSE, EQUITY or REVENUE"),
        SystemAccount=STR("Role of a system account, such as Accounts payable"),
        SystemAccountCode=STR("Code of that role, such as DEBTORS or CREDITORS"),
        ForPayments=BOOL("Whether payments may be booked to the account"),
        DisplayName=STR("Name as shown on screen"),
        OldCode=STR("Earlier code of the account"),
        Bank=STR("Bank name, for accounts of type BANK"),
        BankAccountNumber=STR("Bank account number, for accounts of type BANK"),
        BankAccountId=GUID("Linked bank account", to="bank_accounts.AccountID"),
        Currency=STR("Currency of the account"),
    )


class BankAccounts(CoreList):
    """Bank accounts with their balances."""

    path = "/ref/account/bank"
    id_param = "ID"
    records_key = "BankAccountsList"
    schema = record(
        AccountID=GUID_KEY("Bank account id"),
        Bank=STR("Bank name"),
        AccountName=STR("Name of the linked account of the chart"),
        AccountNumber=STR("Number at the bank"),
        AccountCode=STR("Code of the linked account of the chart", to="accounts.Code"),
        Currency=STR("Currency of the account"),
        StatementBalance=NUM("Balance on the bank's statement"),
        BalanceInDear=NUM("Balance in Cin7 Core"),
        InitialBalance=NUM("Balance at the start"),
    )


class Journals(CoreList):
    """Manual ledger journals with their lines, in full."""

    path = "/journal"
    code_param = "Search"
    named_by = ("JournalNumber",)
    id_param = "TaskID"
    records_key = "Journals"
    schema = record(
        TaskID=GUID_KEY("Journal id"),
        Status=STR("DRAFT, COMPLETED or VOIDED"),
        JournalNumber=STR("Document number, generated"),
        Currency=STR("Currency code of the journal"),
        CurrencyConversionRate=NUM("Rate between the base currency and the journal's"),
        EffectiveDate=DATETIME("Accounting date"),
        Narration=STR("What the journal is about"),
        Notes=STR("Free notes"),
        Lines=many(
            table(
                Debit=STR("Code of the debited account", to="accounts.Code"),
                Credit=STR("Code of the credited account", to="accounts.Code"),
                Reference=STR("Free reference"),
                Amount=NUM("Amount in the journal's currency"),
                BaseAmount=NUM("Amount converted to base currency"),
            ),
            "Journal lines",
        ),
        Attachments=FILES,
    )


class Transactions(CoreList):
    """Ledger lines of every document, by accounting date; back-dated ones need a look back.

    ``TaskID`` is that of the document, of whichever kind ``Type`` says. A row has no key of its
    own: where a document was posted anew, only the rows with the latest ``read_at`` are right.
    """

    path = "/transactions"
    records_key = "Transactions"
    since_param = "FromDate"
    until_param = "ToDate"
    stamp_field = "EffectiveDate"
    has_read_at = True
    bounded_by_start_date = True
    schema = record(
        record_key=record_key(),
        TaskID=GUID("Document that posted the line; repeats for each of its lines"),
        DebitAccountCode=STR("Code of the debited account", to="accounts.Code"),
        CreditAccountCode=STR("Code of the credited account", to="accounts.Code"),
        Amount=NUM("Amount posted, in base currency"),
        EffectiveDate=DATETIME("Accounting date; drives incremental replication"),
        Reference=STR("Free reference"),
        Transaction=STR("Description of the transaction"),
        Type=STR("Kind of document, such as Purchase, Sale or BankTransfer"),
    )

    @classmethod
    @override
    def lookback(cls, settings: Settings) -> int:
        # The bound is exclusive (documented), hence one day more.
        return (settings.transactions_lookback_days + 1) * DAY_SECONDS


class MoneyTaskList(CoreList):
    """Headers of money spent, received and transferred between bank accounts."""

    path = "/moneyTaskList"
    records_key = "MoneyTasks"
    schema = record(
        TaskID=GUID_KEY("Money task id"),
        Date=DATETIME("Business date of the operation"),
        TaskType=STR("Spend Money, Receive Money or Transfer Money"),
        Status=STR("DRAFT, COMPLETED or VOIDED"),
        SupplierCustomerName=STR("Customer or supplier on the other side"),
        SupplierID=GUID("Supplier id, if it is one", to="suppliers.ID"),
        CustomerID=GUID("Customer id, if it is one", to="customers.ID"),
        Reference=STR("Free reference"),
        TotalAmount=NUM("Total of the operation"),
    )


def _is_bank_transfer(row: Mapping[str, Any]) -> bool:
    # The list documents "Transfer Money", other parts of the API speak of bank transfers.
    kind = str(row.get("TaskType") or "").replace(" ", "").lower()
    return kind in {"banktransfer", "transfermoney"}


class MoneyOperations(CoreDetail):
    """Money spent and received outside sales and purchases."""

    path = "/moneyOperation"
    index = MoneyTaskList
    id_field = "TaskID"
    id_param = "TaskID"
    rank = 35
    dated_by = "Date"
    wanted_by = ("TaskType",)
    schema = record(
        TaskID=GUID_KEY("Money task id"),
        TaskType=STR("Spend Money or Receive Money"),
        Status=STR("DRAFT, COMPLETED or VOIDED"),
        BankAccount=STR("Number of the bank account"),
        CurrencyConversionRate=NUM("Rate between the bank account's currency and base currency"),
        SupplierCustomerName=STR("Customer or supplier on the other side"),
        SupplierCustomer=STR("Customer or supplier, sent under a second name"),
        SupplierID=GUID("Supplier id, if it is one", to="suppliers.ID"),
        CustomerID=GUID("Customer id, if it is one", to="customers.ID"),
        Reference=STR("Free reference"),
        Date=DATETIME("Business date of the operation"),
        TaxInclusive=BOOL("Whether prices include tax"),
        Note=STR("Free note"),
        Lines=many(
            table(
                Name=STR("What the money is for"),
                Comment=STR("Comment on the line"),
                Quantity=NUM("Quantity of the line"),
                Price=NUM("Unit price, in base currency"),
                Discount=NUM("Discount in percent, 0 to 100"),
                Tax=NUM("Tax amount of the line"),
                TaxRule=STR("Name of the tax rule", to="tax_rules.Name"),
                TaxRuleName=STR("Name of the tax rule under its second name", to="tax_rules.Name"),
                Account=STR("Code of the account the line posts to", to="accounts.Code"),
                AccountCode=STR("Code of the account under its second name", to="accounts.Code"),
                Total=NUM("Line total"),
            ),
            "What the money was spent on or received for",
        ),
        Transactions=POSTED,
        Attachments=FILES,
    )

    @staticmethod
    def wanted(row: Mapping[str, Any]) -> bool:
        """Take every money task that is not a bank transfer."""
        return not _is_bank_transfer(row)


class BankTransfers(CoreDetail):
    """Money moved between two bank accounts of the company."""

    path = "/bankTransfer"
    index = MoneyTaskList
    id_field = "TaskID"
    id_param = "TaskID"
    rank = 35
    dated_by = "Date"
    wanted_by = ("TaskType",)
    schema = record(
        TaskID=GUID_KEY("Money task id"),
        Status=STR("DRAFT, COMPLETED or VOIDED"),
        FromAccount=STR("Bank account number the money leaves"),
        ToAccount=STR("Bank account number the money goes to"),
        FromAmount=NUM("Amount in the currency it leaves in"),
        ToAmount=NUM("Amount in the currency it arrives in"),
        CurrencyConversionRate=NUM("Rate between the currencies of the two accounts"),
        Reference=STR("Free reference"),
        Date=DATETIME("Business date of the transfer"),
        Note=STR("Free note"),
        Transactions=POSTED,
        Attachments=FILES,
    )

    @staticmethod
    def wanted(row: Mapping[str, Any]) -> bool:
        """Take only the money tasks that are bank transfers."""
        return _is_bank_transfer(row)
