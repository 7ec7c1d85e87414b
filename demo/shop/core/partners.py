"""Core's customers and suppliers, and the locations with their bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.core import ledger
from demo.shop.core.goods import made_at
from demo.shop.core.ids import (
    AU_SALE,
    NZ_PURCHASE,
    NZ_SALE,
    ZERO_RATED,
    guid,
    location_id,
    stamp,
)
from demo.shop.money import OTHER
from demo.shop.people import PLACES, SELLER, Address, suppliers

if TYPE_CHECKING:
    from demo.shop.books import Books
    from sandbox.entry import Row


_ATTRIBUTES: Row = {f"AdditionalAttribute{number}": None for number in range(1, 11)}


def locations() -> list[Row]:
    """Return locations and, as rows of their own, their bins."""
    rows = []
    for place in PLACES:
        rows.append(
            _location(place.name, location_id(place), place.address)
            | {
                "IsDefault": place.number == 0,
                "Bins": [
                    {
                        "ID": location_id(place, name),
                        "Name": name,
                        "IsDeprecated": False,
                        "IsStaging": False,
                    }
                    for name in place.bins
                ],
            }
        )
        rows += [
            _location(f"{place.name}: {name}", location_id(place, name), place.address)
            | {"ParentID": location_id(place), "ParentName": place.name}
            for name in place.bins
        ]
    return rows


def customers(books: Books) -> list[Row]:
    """Return the customers."""
    rows = []
    for one in books.customers:
        key = guid("customer", one.number)
        rows.append(
            {
                "ID": key,
                "Name": one.name,
                "DisplayName": one.name,
                "Status": "Active",
                "Currency": one.currency,
                "PaymentTerm": one.terms,
                "AccountReceivable": ledger.RECEIVABLE,
                "RevenueAccount": ledger.REVENUE,
                "TaxRule": AU_SALE if one.currency == OTHER else NZ_SALE,
                "PriceTier": one.tier,
                "Carrier": "Courier",
                "SalesRepresentative": SELLER.name,
                "Location": PLACES[0].name,
                "Discount": 0,
                "CreditLimit": 0 if one.is_retail else 5_000,
                "IsOnCreditHold": False,
                **_ATTRIBUTES,
                "LastModifiedOn": stamp(made_at(books, 20)),
                "ProductPrices": [],
                "Addresses": [
                    _address(one.address, key, kind) | {"CustomerID": key}
                    for kind in ("Billing", "Shipping")
                ],
                "Contacts": [_contact(one.person, one.email, one.phone, key) | {"CustomerID": key}],
                "ChildCustomers": [],
            }
        )
    return rows


def supplier_rows(books: Books) -> list[Row]:
    """Return the suppliers."""
    rows = []
    for one in suppliers():
        key = guid("supplier", one.number)
        rows.append(
            {
                "ID": key,
                "Name": one.company,
                "Currency": one.currency,
                "PaymentTerm": f"{one.days} days",
                "AccountPayable": ledger.PAYABLE,
                "TaxRule": NZ_PURCHASE if one.tax else ZERO_RATED,
                "Status": "Active",
                "Discount": 0,
                **_ATTRIBUTES,
                "LastModifiedOn": stamp(made_at(books, 40)),
                "Addresses": [_address(one.address, key, "Billing") | {"SupplierID": key}],
                "Contacts": [_contact(one.contact, one.email, "", key) | {"SupplierID": key}],
            }
        )
    return rows


def _location(name: str, key: str, of: Address) -> Row:
    return {
        "ID": key,
        "Name": name,
        "IsDefault": False,
        "Deprecated": False,
        "IsDeprecated": False,
        "Bins": [],
        "FixedAssetsLocation": False,
        "ParentID": None,
        "ParentName": "",
        "AddressLine1": of.line,
        "AddressLine2": "",
        "AddressCitySuburb": of.city,
        "AddressStateProvince": of.state,
        "AddressZipPostCode": of.postcode,
        "AddressCountry": of.country,
        "IsShopFloor": False,
        "IsCoMan": False,
        "IsStaging": False,
    }


def _address(of: Address, owner: str, kind: str) -> Row:
    return {
        "ID": guid("address", owner, kind),
        "Line1": of.line,
        "Line2": "",
        "City": of.city,
        "State": of.state,
        "Postcode": of.postcode,
        "Country": of.country,
        "Type": kind,
        "DefaultForType": True,
    }


def _contact(name: str, email: str, phone: str, owner: str) -> Row:
    return {
        "ID": guid("contact", owner),
        "Name": name,
        "Phone": phone,
        "Email": email,
        "Default": True,
        "IncludeInEmail": True,
    }
