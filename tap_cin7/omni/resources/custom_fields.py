"""Custom fields of Omni as long tables, and the further contact persons of a contact.

The columns of ``customFields`` are the account's own, so that no table can have them. Here each
field is a row: whose it is, its code, its value as text.
"""

from __future__ import annotations

from tap_cin7.omni.resources.contacts import Contacts
from tap_cin7.omni.resources.products import Products
from tap_cin7.omni.resources.sales import SalesOrders
from tap_cin7.reading.parts import REPEATED, Part, cut
from tap_cin7.rows.fields import KEY, STR, TEXT_KEY, key_or, table

_FIELD = table(
    name=TEXT_KEY("Code of the field, as the account has it"),
    value=STR("Value as text; null where the field is not set"),
)


class ContactSecondaryContacts(Part):
    """Further contact persons of customers and suppliers, one row each."""

    schema = cut(
        Contacts,
        "secondaryContacts[]",
        contactId=KEY("Contact id").of("id"),
        id=key_or(0)("Id of the person; 0 where Cin7 gives none"),
        **REPEATED,
    )


class ContactsCustomFields(Part):
    """Custom fields of contacts, one row per field that Cin7 sends.

    Not selected by default: ``contacts`` holds them as an object.
    """

    selected_by_default = False
    schema = cut(Contacts, "customFields{}", contactId=KEY("Contact id").of("id"), **_FIELD)


class ProductsCustomFields(Part):
    """Custom fields of products, one row per field that Cin7 sends.

    Not selected by default: ``products`` holds them as an object.
    """

    selected_by_default = False
    schema = cut(Products, "customFields{}", productId=KEY("Product id").of("id"), **_FIELD)


class SalesOrdersCustomFields(Part):
    """Custom fields of sales orders, one row per field that Cin7 sends.

    Not selected by default: ``sales_orders`` holds them as an object.
    """

    selected_by_default = False
    schema = cut(SalesOrders, "customFields{}", orderId=KEY("Sales order id").of("id"), **_FIELD)
