"""The account itself: company, addresses, contacts, document templates and webhooks."""

from __future__ import annotations

from tap_cin7.core.resource import CoreList
from tap_cin7.core.resources.objects import ADDRESS
from tap_cin7.rows.fields import BOOL, GUID, GUID_KEY, INT, NUM, STR, TEXT_KEY, many, record, table

ROUNDING_STEP = table(
    RangeTo=NUM("Upper end of the prices this step applies to"),
    RoundToNearest=NUM("Value that prices are rounded to a multiple of"),
    AdjustmentRule=STR("What follows rounding: N nothing, A add, S subtract"),
    AdjustmentValue=NUM("Amount added or subtracted after rounding"),
)


class Me(CoreList):
    """The company behind the account: currency, time zone, lock dates, pricing rules."""

    path = "/me"
    paged = False
    is_single = True
    schema = record(
        Company=TEXT_KEY("Company name"),
        Currency=STR("Base currency code"),
        TimeZone=STR("Time zone of the company"),
        DefaultWeightUnits=STR("Unit of weights unless a product says otherwise"),
        DefaultDimensionsUnits=STR("Unit of dimensions unless a product says otherwise"),
        LockDate=STR("Transactions may change from here on; in the account's date format"),
        OpeningBalanceDate=STR("Date of opening balances; in the account's date format"),
        TaxCalculationMethod=STR("Whether tax is worked out per row or on the total"),
        DefaultSaleTaxRuleId=GUID("Tax rule preset for new customers", to="tax_rules.ID"),
        DefaultSaleTaxRuleName=STR("Name of the tax rule preset for new customers"),
        MaximumDecimalPlacesInQuantity=STR("Decimal places of quantities on printed documents"),
        ApplyCustomerDiscountsAfterOtherDiscounts=BOOL(
            "Customer discounts come on top of other discounts"
        ),
        DiscountRule=STR("Whether discounts change the price or the discount percentage"),
        AutomaticallyApplyDiscounts=BOOL("Discounts and deals apply when a sale is authorised"),
        RoundingTable=many(ROUNDING_STEP, "How calculated prices are rounded"),
    )


class MeAddresses(CoreList):
    """Addresses of the company itself."""

    path = "/me/addresses"
    id_param = "ID"
    records_key = "MeAddressesList"
    schema = record(
        AddressID=GUID_KEY("Address id"),
        Line1=ADDRESS["Line1"],
        Line2=ADDRESS["Line2"],
        CitySuburb=STR("City or suburb"),
        StateProvince=STR("State or province"),
        ZipPostCode=STR("Postal code"),
        Country=STR("Country name"),
        Type=STR("Billing, Business or Shipping"),
        DefaultForType=BOOL("Default address of its type"),
    )


class MeContacts(CoreList):
    """Contacts of the company itself."""

    path = "/me/contacts"
    id_param = "ID"
    records_key = "MeContactsList"
    schema = record(
        ContactID=GUID_KEY("Contact id"),
        Name=STR("Name of the contact"),
        Phone=STR("Phone number"),
        Fax=STR("Fax number"),
        Email=STR("Email address"),
        Website=STR("Website address"),
        Comment=STR("Comment on the contact"),
        Type=STR("Billing, Business, Sale, Shipping or Employee"),
        DefaultForType=BOOL("Default contact of its type"),
        CRMID=STR("Id of the contact in the CRM"),
        ReferenceCount=INT("How many records refer to the contact"),
    )


class Templates(CoreList):
    """Templates of printed documents and emails."""

    path = "/ref/templates"
    records_key = "Templates"
    total_is_right = False
    schema = record(
        TemplateID=GUID_KEY("Template id"),
        Type=STR("Kind of document the template is for"),
        Name=STR("Template name"),
        EmailSubject=STR("Subject of emails made from the template"),
        CustomEmail=STR("Blind copy address of such emails"),
    )


class Webhooks(CoreList):
    """Webhooks of the account, without the credentials and headers they send."""

    path = "/webhooks"
    records_key = "Webhooks"
    paged = False
    has_credentials = True
    schema = record(
        ID=GUID_KEY("Webhook id"),
        Type=STR("Event that calls the webhook"),
        Name=STR("Friendly name of the webhook"),
        IsActive=BOOL("Switched on; repeated failures switch it off"),
        ExternalURL=STR("Address that is called, its credentials masked"),
        ExternalAuthorizationType=STR("noauth, basicauth or bearerauth"),
    )
