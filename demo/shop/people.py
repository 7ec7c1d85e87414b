"""Who the shop deals with, and where it keeps its goods."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache

from demo.shop.assortment import (
    AU_CITIES,
    FIRST_NAMES,
    LAST_NAMES,
    NZ_CITIES,
    SHOPS,
    STREETS,
    SUPPLIERS,
)
from demo.shop.goods import AU_TAX, NZ_TAX
from demo.shop.money import BASE, OTHER

COMPANY = "Tāmaki Homewares Ltd"
_RETAIL_EVERY, _EXPORT_EVERY = 2, 5
_PAID_AT_ONCE = 0


@dataclass(frozen=True)
class Address:
    """Where somebody lives."""

    line: str
    city: str
    state: str
    postcode: str
    country: str


@dataclass(frozen=True)
class Place:
    """A branch or location with its bins; a place without bins has none."""

    number: int
    name: str
    kind: str
    address: Address
    bins: tuple[str, ...] = ()


PLACES = (
    Place(
        0,
        "Auckland",
        "Warehouse",
        Address("12 Dock Road", "Auckland", "Auckland", "1010", "New Zealand"),
        ("A-01", "A-02", "B-01"),
    ),
    Place(
        1,
        "Wellington",
        "Store",
        Address("88 Cuba Street", "Wellington", "Wellington", "6011", "New Zealand"),
    ),
    Place(
        2,
        "Sydney",
        "Warehouse",
        Address("5 Botany Road", "Sydney", "NSW", "2000", "Australia"),
        ("S-01",),
    ),
)
MAIN, STORE, ABROAD = PLACES


@dataclass(frozen=True)
class User:
    """Somebody who works here."""

    number: int
    first: str
    last: str
    job: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        """The address at work."""
        return f"{self.job.split()[0].lower()}{self.number}@shop.example"


USERS = (
    User(0, "Mere", "Tamihana", "Owner"),
    User(1, "Jürgen", "Müller", "Sales"),
    User(2, "Grace", "Singh", "Warehouse"),
    User(3, "Ben", "O'Brien", "Accounts"),
)
SELLER, KEEPER, ACCOUNTANT = USERS[1], USERS[2], USERS[3]


@dataclass(frozen=True)
class Customer:
    """A customer.

    Attributes:
        number: From 0.
        company: Name of the firm; a private customer has none.
        first: First name.
        last: Last name.
        address: Where the goods go.
        currency: What is paid in.
        tax: Tax on sales to this customer in percent.
        tier: ``Retail`` (prices with tax), ``Wholesale`` or ``Export``.
        days: Days to pay; 0 pays at once.
        weight: How often this customer buys, against the others.

    """

    number: int
    company: str
    first: str
    last: str
    address: Address = field(repr=False)
    currency: str
    tax: int
    tier: str
    days: int
    weight: float

    @property
    def person(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def name(self) -> str:
        """What Core calls the customer."""
        return self.company or f"{self.person} ({self.number + 1})"

    @property
    def email(self) -> str:
        """Where invoices go."""
        return f"customer{self.number + 1}@mail.example"

    @property
    def phone(self) -> str:
        """Where to call."""
        return f"+{64 if self.currency == BASE else 61} 9 555 {self.number:04d}"

    @property
    def is_retail(self) -> bool:
        """Whether prices include the tax and are paid at once."""
        return self.tier == "Retail"

    @property
    def terms(self) -> str:
        """Name of the terms of payment."""
        return f"{self.days} days" if self.days else "Prepaid"


@dataclass(frozen=True)
class Supplier:
    """Somebody goods are bought from."""

    number: int
    company: str
    currency: str
    address: Address = field(repr=False)
    tax: int
    lead_days: int
    days: int = 30

    @property
    def contact(self) -> str:
        """Whom to ask for."""
        return f"{FIRST_NAMES[self.number]} {LAST_NAMES[self.number]}"

    @property
    def email(self) -> str:
        """Where orders go."""
        return f"supplier{self.number + 1}@mail.example"


def customers(seed: int, count: int) -> tuple[Customer, ...]:
    """Return the customers: half of them private, every fifth abroad."""
    return tuple(_customer(seed, number) for number in range(count))


@cache
def suppliers() -> tuple[Supplier, ...]:
    """Return the suppliers; those abroad are not charged tax and take longer."""
    found = []
    for number, (company, currency, city) in enumerate(SUPPLIERS):
        home = currency == BASE
        country = "New Zealand" if home else "Australia"
        address = Address(f"{10 + number} {STREETS[number % 5]}", city, "", "", country)
        lead = 6 + number if home else 15 + number
        found.append(Supplier(number, company, currency, address, NZ_TAX if home else 0, lead))
    return tuple(found)


def _customer(seed: int, number: int) -> Customer:
    luck = random.Random(f"{seed}:customer:{number}")
    first, last = luck.choice(FIRST_NAMES), luck.choice(LAST_NAMES)
    abroad = number % _EXPORT_EVERY == _EXPORT_EVERY - 1
    retail = not abroad and number % _RETAIL_EVERY == 0
    city, state, postcode = luck.choice(AU_CITIES if abroad else NZ_CITIES)
    country = "Australia" if abroad else "New Zealand"
    street = f"{luck.randrange(1, 200)} {luck.choice(STREETS)}"
    shop = SHOPS[number // 2 % len(SHOPS)]
    return Customer(
        number=number,
        company="" if retail else f"{shop} {city} {number // 20 + 1}",
        first=first,
        last=last,
        address=Address(street, city, state, postcode, country),
        currency=OTHER if abroad else BASE,
        tax=AU_TAX if abroad else NZ_TAX,
        tier="Retail" if retail else "Export" if abroad else "Wholesale",
        days=_PAID_AT_ONCE if retail else luck.choice((14, 30)),
        weight=luck.choice((1, 1, 2, 4)) * (1.5 if retail else 1.0),
    )
