"""Omni contacts: customers, suppliers, and the branches of the account."""

from __future__ import annotations

from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.resources.objects import FAX, JOB, PERSON, TRACKED
from tap_cin7.rows.fields import BOOL, ENUM, INT, KEY, NUM, OPEN, STR, many, obj, record, table

PARTY = table(
    TRACKED,
    PERSON,
    FAX,
    JOB,
    isActive=BOOL("Whether the record is in use"),
    website=STR("Address of the website"),
    address1=STR("First line of the street address"),
    address2=STR("Second line of the street address"),
    city=STR("City of the street address"),
    state=STR("State or region of the street address"),
    postCode=STR("Postal code of the street address"),
    country=STR("Country of the street address"),
    postalAddress1=STR("First line of the mailing address"),
    postalAddress2=STR("Second line of the mailing address"),
    postalCity=STR("City of the mailing address"),
    postalState=STR("State or region of the mailing address"),
    postalPostCode=STR("Postal code of the mailing address"),
    postalCountry=STR("Country of the mailing address"),
    notes=STR("Free notes"),
    integrationRef=STR("Reference given by a connected system"),
    accountNumber=STR("Account number of the party"),
    taxStatus=STR("Tax treatment of the party, as text"),
    customFields=OPEN("Custom fields by field code, such as members_1000"),
    secondaryContacts=many(
        table(PERSON, JOB, id=INT("Id of the further person")),
        "Further people to contact",
    ),
)
"""What customers, suppliers and branches have in common."""


class Contacts(OmniResource):
    """Customers and suppliers; a contact deleted for good vanishes without a trace."""

    path = "/v1/Contacts"
    rank = 20
    schema = record(
        PARTY,
        id=KEY("Contact id"),
        type=ENUM("Customer, Supplier or Internal"),
        salesPersonId=INT("Sales person in charge; 0 when unset"),
        billingId=INT("Id of the billing party; 0 when unset"),
        billingCompany=STR("Company that is billed"),
        accountsFirstName=STR("First name of the accounts person"),
        accountsLastName=STR("Last name of the accounts person"),
        billingEmail=STR("Email address invoices go to"),
        accountsPhone=STR("Phone number of the accounts person"),
        billingCostCenter=STR("Cost centre for billing"),
        costCenter=STR("Cost centre of the contact"),
        priceColumn=STR("Price column the contact buys at"),
        percentageOff=NUM("Discount of the contact in percent"),
        paymentTerms=STR("Agreed terms of payment"),
        taxNumber=STR("Tax registration number"),
        creditLimit=NUM("How much the contact may owe"),
        balanceOwing=NUM("How much the contact owes"),
        onHold=BOOL("Whether business with the contact is on hold"),
        group=STR("Group of the contact"),
        subGroup=STR("Group below the group"),
        stages=STR("Stages of the contact in one text"),
        accountingIntegrationId=obj(
            table(
                xero=STR("Id of the contact in Xero"),
                quickBooksOnline=STR("Id of the contact in QuickBooks Online"),
                quickBooksDesktop=STR("Id of the contact in QuickBooks Desktop"),
            ),
            "Ids of the contact in accounting systems",
        ),
    )


class Branches(OmniResource):
    """Branches: the places that hold stock, with their bins."""

    path = "/v1/Branches"
    rank = 0
    schema = record(
        PARTY,
        id=KEY("Branch id"),
        customFields=OPEN("Custom fields of the account by field code"),
        branchType=STR("Kind of branch"),
        stockControlOptions=STR("Stock control settings of the branch"),
        branchLocations=many(
            table(
                zone=STR("Name of the zone"),
                bins=many(STR, "Names of the bins in the zone"),
            ),
            "Zones of the branch",
        ),
    )
