"""Objects that several areas of Core V2 share, each written once."""

from __future__ import annotations

from tap_cin7.rows.fields import BOOL, DATETIME, GUID, NUM, STR, table

ADDRESS = table(
    Line1=STR("First line of the address"),
    Line2=STR("Second line of the address"),
    City=STR("City or suburb"),
    State=STR("State or region"),
    Postcode=STR("Postal code"),
    Country=STR("Country of the address"),
)
"""Address as entered."""

DISPLAY_ADDRESS = table(
    ADDRESS,
    DisplayAddressLine1=STR("Both address lines in one"),
    DisplayAddressLine2=STR("City, state, postal code and country in one"),
)
"""Address as entered and as documents print it."""

BILLING_ADDRESS = table(
    DISPLAY_ADDRESS,
    ID=GUID("Address id"),
)
"""Billing address of a sale or purchase."""

PRODUCT_DIMENSIONS = table(
    ProductLength=NUM("Length of the product, in DimensionsUnits"),
    ProductWidth=NUM("Width of the product, in DimensionsUnits"),
    ProductHeight=NUM("Height of the product, in DimensionsUnits"),
    ProductWeight=NUM("Weight of the product, in WeightUnits"),
    WeightUnits=STR("Unit of the weight"),
    DimensionsUnits=STR("Unit of length, width and height"),
    **{
        f"ProductCustomField{n}": STR(
            f"The product's additional attribute {n}; its name comes from the attribute set"
        )
        for n in range(1, 11)
    },
)
"""What the API repeats of the product wherever it names one."""

ADDITIONAL_ATTRIBUTES = table(
    **{
        f"AdditionalAttribute{n}": STR(
            f"Additional attribute {n}; its name comes from the attribute set"
        )
        for n in range(1, 11)
    },
)
"""The ten positional attributes of a document or reference row."""

ATTACHMENT = table(
    ID=GUID("Attachment id"),
    ContentType=STR("MIME type of the file"),
    IsDefault=BOOL("Default image; meaningful for products only"),
    FileName=STR("Name of the file"),
    DownloadUrl=STR("Where to download the file; the address expires"),
)
"""Attached file, content left out."""

INVENTORY_MOVEMENT = table(
    PRODUCT_DIMENSIONS,
    TaskID=GUID("Task of the document that moved the stock"),
    ProductID=GUID("Product that moved", to="products.ID"),
    Date=DATETIME("Business date of the movement"),
    COGS=NUM("Cost of goods moved, in base currency"),
)
"""Stock movement caused by a sale or purchase."""

MANUAL_JOURNAL_LINE = table(
    Reference=STR("What the journal line refers to, such as a service product"),
    Amount=NUM("Amount in base currency"),
    Date=DATETIME("Business date on which the line takes effect"),
    Debit=STR("Account debited"),
    Credit=STR("Account credited"),
)
"""Line of a manual journal; purchases add ``IsSystem``."""

POSTING = table(
    Debit=STR("Account debited"),
    Credit=STR("Account credited"),
    Amount=NUM("Amount in base currency"),
    EffectiveDate=DATETIME("Accounting date"),
)
"""Both sides of a ledger posting."""

TRANSACTION = table(
    POSTING,
    ID=GUID("Transaction id"),
)
"""Ledger transaction posted by a stock or money document."""

PAYMENT = table(
    ID=GUID("Payment id"),
    Reference=STR("Reference number of the payment"),
    Amount=NUM("Amount in the document's currency"),
    DatePaid=DATETIME("Business date of the payment"),
    Account=STR("Code of the bank or payment account", to="accounts.Code"),
    CurrencyRate=NUM("Units of base currency for one unit of the document's currency"),
    DateCreated=DATETIME("Instant at which the payment was recorded"),
)
"""Payment, prepayment or refund on a document."""
