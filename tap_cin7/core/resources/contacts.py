"""Customers and suppliers, and the credits and deposits they hold."""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core.resource import CoreList, Flag
from tap_cin7.core.resources.objects import ADDITIONAL_ATTRIBUTES, ADDRESS
from tap_cin7.reading.parts import REPEATED, Part, cut
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    GUID,
    GUID_KEY,
    INT,
    NUM,
    STR,
    key_or,
    many,
    record,
    table,
)

CONTACT_ADDRESS = table(
    ADDRESS,
    ID=GUID("Address id"),
    Country=STR("Country name"),
    Type=STR("Billing, Business or Shipping"),
    DefaultForType=BOOL("Default address of its type"),
)
"""Address of a customer, supplier or lead."""

PERSON = table(
    ID=GUID("Contact id"),
    Name=STR("Name of the contact"),
    Phone=STR("Phone number"),
    MobilePhone=STR("Mobile phone number"),
    Fax=STR("Fax number"),
    Email=STR("Email address"),
    Website=STR("Website address"),
    Comment=STR("Comment on the contact"),
    Default=BOOL("Default contact"),
    IncludeInEmail=BOOL("Gets a copy of emailed documents"),
    MarketingConsent=INT("Consent to marketing: 1 unknown, 2 yes, 3 no"),
)
"""Contact person at a supplier."""

CONTACT = table(PERSON, JobTitle=STR("Job title"))
"""Contact person at a customer or lead."""

CUSTOMER_PRICE = table(
    ProductID=GUID("Product id", to="products.ID"),
    CustomerID=GUID("Customer id", to="customers.ID"),
    CustomerName=STR("Customer name"),
    ProductSKU=STR("Product SKU"),
    ProductName=STR("Product name"),
    Price=NUM("Price agreed with the customer"),
)
"""Price of one product for one customer."""

PARTY = table(
    ADDITIONAL_ATTRIBUTES,
    Currency=STR("Currency code of the account"),
    PaymentTerm=STR("Payment term name", to="payment_terms.Name"),
    TaxRule=STR("Tax rule name", to="tax_rules.Name"),
    Status=STR("Active or Deprecated"),
    Discount=NUM("Standing discount in percent"),
    Comments=STR("Comments"),
    TaxNumber=STR("Tax registration number"),
    AttributeSet=STR(
        "Attribute set that names the additional attributes", to="attribute_sets.Name"
    ),
    LastModifiedOn=DATETIME("Last change; drives incremental replication"),
)
"""What customers and suppliers have in common."""

MONEY_HELD = table(
    Account=STR("Code of the account that holds the money", to="accounts.Code"),
    Amount=NUM("Amount as paid"),
    RemainingAmount=NUM("Amount not used yet"),
    Currency=STR("Currency code"),
    ConvRate=NUM("Currency conversion rate"),
    Date=DATETIME("Business date of payment"),
    Description=STR("What the money is for"),
)
"""What customer credits and supplier deposits have in common."""


ENTRY_ID = key_or("", GUID_KEY)
"""Id of an entry that Cin7 may leave out."""


class Customers(CoreList):
    """Customers with addresses, contacts and child customers; deprecated ones included."""

    path = "/customer"
    code_param = "Name"
    named_by = ("Name",)
    id_param = "ID"
    records_key = "CustomerList"
    since_param = "ModifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = {"IncludeDeprecated": "true"}
    flags: ClassVar = {"IncludeProductPrices": Flag("include_customer_prices", ("ProductPrices",))}
    schema = record(
        table(
            ID=GUID_KEY("Customer id"),
            Name=STR("Customer name, unique in the account"),
            DisplayName=STR("Name to show; need not be unique"),
        ),
        PARTY,
        AccountReceivable=STR("Code of the receivables account", to="accounts.Code"),
        RevenueAccount=STR("Code of the revenue account", to="accounts.Code"),
        PriceTier=STR("Price tier name", to="price_tiers.Name"),
        Carrier=STR("Carrier name", to="carriers.Description"),
        SalesRepresentative=STR("Sales representative"),
        Location=STR("Default location of sales"),
        CreditLimit=NUM("Credit limit"),
        Tags=STR("Tags of the customer"),
        IsOnCreditHold=BOOL("On hold for credit reasons"),
        IsLegalEntity=BOOL("A legal entity rather than a person"),
        CustomerParentID=GUID("Parent customer; empty without one", to="customers.ID"),
        CustomerParentName=STR("Name of the parent customer"),
        IsBillParent=BOOL("Invoices go to the parent customer"),
        ProductPrices=many(CUSTOMER_PRICE, "Prices agreed with this customer"),
        Addresses=many(
            table(CONTACT_ADDRESS, CustomerID=GUID("Customer id", to="customers.ID")),
            "Addresses of the customer",
        ),
        Contacts=many(
            table(CONTACT, CustomerID=GUID("Customer id", to="customers.ID")),
            "Contacts at the customer",
        ),
        ChildCustomers=many(
            table(
                CustomerID=GUID("Child customer id", to="customers.ID"),
                CustomerName=STR("Child customer name"),
            ),
            "Customers whose parent this one is",
        ),
    )


class CustomerTemplates(CoreList):
    """Which document templates are set for which customer."""

    path = "/ref/customer/templates"
    records_key = "CustomerTemplates"
    total_is_right = False
    schema = record(
        CustomerID=GUID_KEY("Customer id", to="customers.ID"),
        TemplateID=GUID_KEY("Template id", to="templates.TemplateID"),
    )


class CustomerCredits(CoreList):
    """Credits that customers hold, used-up ones included."""

    path = "/ref/customer/credits"
    records_key = "CustomerCredits"
    total_is_right = False
    params: ClassVar = {"ShowUsedCredits": "true"}
    schema = record(
        table(
            CreditID=GUID_KEY("Credit id"),
            CustomerID=GUID("Customer id", to="customers.ID"),
            CustomerName=STR("Customer name"),
        ),
        MONEY_HELD,
    )


class Suppliers(CoreList):
    """Suppliers with addresses and contacts; deprecated ones included."""

    path = "/supplier"
    code_param = "Name"
    named_by = ("Name",)
    id_param = "ID"
    records_key = "SupplierList"
    since_param = "ModifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = {"IncludeDeprecated": "true"}
    schema = record(
        table(ID=GUID_KEY("Supplier id"), Name=STR("Supplier name")),
        PARTY,
        AccountPayable=STR("Code of the payables account", to="accounts.Code"),
        Addresses=many(
            table(CONTACT_ADDRESS, SupplierID=GUID("Supplier id", to="suppliers.ID")),
            "Addresses of the supplier",
        ),
        Contacts=many(
            table(PERSON, SupplierID=GUID("Supplier id", to="suppliers.ID")),
            "Contacts at the supplier",
        ),
    )


class SupplierDeposits(CoreList):
    """Deposits held at suppliers, used-up ones included."""

    path = "/ref/supplier/deposits"
    records_key = "SupplierDeposits"
    total_is_right = False
    params: ClassVar = {"ShowUsedDeposits": "true"}
    schema = record(
        table(
            DepositID=GUID_KEY("Deposit id"),
            SupplierID=GUID("Supplier id", to="suppliers.ID"),
            SupplierName=STR("Supplier name"),
        ),
        MONEY_HELD,
    )


class CustomerAddresses(Part):
    """Addresses of customers, one row each."""

    schema = cut(
        Customers,
        "Addresses[]",
        REPEATED,
        CustomerID=GUID_KEY("Customer id").of("ID"),
        ID=ENTRY_ID("Address id"),
    )


class CustomerContacts(Part):
    """Contact persons at customers, one row each."""

    schema = cut(
        Customers,
        "Contacts[]",
        REPEATED,
        CustomerID=GUID_KEY("Customer id").of("ID"),
        ID=ENTRY_ID("Contact id"),
    )


class SupplierAddresses(Part):
    """Addresses of suppliers, one row each."""

    schema = cut(
        Suppliers,
        "Addresses[]",
        REPEATED,
        SupplierID=GUID_KEY("Supplier id").of("ID"),
        ID=ENTRY_ID("Address id"),
    )


class SupplierContacts(Part):
    """Contact persons at suppliers, one row each."""

    schema = cut(
        Suppliers,
        "Contacts[]",
        REPEATED,
        SupplierID=GUID_KEY("Supplier id").of("ID"),
        ID=ENTRY_ID("Contact id"),
    )
