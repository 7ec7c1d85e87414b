"""Omni's contacts, branches and users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.shop.omni.ids import branch_id, customer_id, supplier_id, user_id
from demo.shop.omni.stamps import stamps
from demo.shop.people import PLACES, SELLER, USERS, Address, suppliers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from demo.shop.books import Books
    from sandbox.entry import Row


def users() -> list[Row]:
    """Return the users."""
    return [
        {
            "id": user_id(user),
            "isActive": True,
            "firstName": user.first,
            "lastName": user.last,
            "jobTitle": user.job,
            "email": user.email,
        }
        for user in USERS
    ]


def branches(books: Books) -> list[Row]:
    """Return the branches with their bins."""
    return [
        {
            "id": branch_id(place),
            **stamps(books, 60),
            "isActive": True,
            "company": place.name,
            "email": f"{place.name.lower()}@shop.example",
            **address(place.address),
            "branchType": place.kind,
            "stockControlOptions": "FIFO",
            "taxStatus": "Excl",
            "accountNumber": "",
            "secondaryContacts": [],
            "customFields": {},
            "branchLocations": [{"zone": "A", "bins": list(place.bins)}] if place.bins else [],
        }
        for place in PLACES
    ]


@dataclass(frozen=True)
class Owed:
    """What a customer owes in the customer's currency, and when that changed."""

    amount: Decimal
    changed: datetime | None


def contacts(books: Books, owing: Mapping[int, Owed]) -> list[Row]:
    """Return customers and suppliers.

    Args:
        books: The shop.
        owing: What each customer owes, by number.

    """
    buyers = [
        {
            "id": customer_id(one),
            **stamps(books, 20, owing[one.number].changed),
            "isActive": True,
            "type": "Customer",
            "company": one.company,
            "firstName": one.first,
            "lastName": one.last,
            "email": one.email,
            "phone": one.phone,
            **address(one.address),
            "accountNumber": f"C{one.number + 1:04d}",
            "salesPersonId": user_id(SELLER),
            "priceColumn": {"Retail": "RetailIncNZD", "Wholesale": "WholesaleNZD"}.get(
                one.tier, "PriceAUD"
            ),
            "percentageOff": 0,
            "paymentTerms": one.terms,
            "taxStatus": "Incl" if one.is_retail else "Excl",
            "creditLimit": 0 if one.is_retail else 5_000,
            "balanceOwing": owing[one.number].amount,
            "onHold": False,
            "group": one.tier,
            "subGroup": "",
            "billingId": 0,
            "secondaryContacts": [],
            "customFields": {},
        }
        for one in books.customers
    ]
    sellers = [
        {
            "id": supplier_id(one),
            **stamps(books, 40),
            "isActive": True,
            "type": "Supplier",
            "company": one.company,
            "firstName": one.contact.partition(" ")[0],
            "lastName": one.contact.partition(" ")[2],
            "email": one.email,
            **address(one.address),
            "accountNumber": f"S{one.number + 1:04d}",
            "paymentTerms": f"{one.days} days",
            "taxStatus": "Excl" if one.tax else "Exempt",
            "secondaryContacts": [],
            "customFields": {},
        }
        for one in suppliers()
    ]
    return buyers + sellers


def address(of: Address) -> Row:
    """Return an address as contacts and branches have it."""
    return {
        "address1": of.line,
        "address2": "",
        "city": of.city,
        "state": of.state,
        "postCode": of.postcode,
        "country": of.country,
    }
