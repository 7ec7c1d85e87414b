"""What each stream's rows and nested objects must say to agree with the other streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.omni.words import CITIES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from sandbox.entry import Row
    from sandbox.omni.world import World

_LINES = 4
_IDS_PER_DOCUMENT = 10
_CHILD_SHARE = 0.15
_LIVE = ("APPROVED", "DRAFT")
_MEMBERS = frozenset(
    {"sales_orders", "sales_orders_with_cartons", "purchase_orders", "quotes", "credit_notes"}
)
_PREFIX = {
    "sales_orders": "SO",
    "sales_orders_with_cartons": "SO",
    "purchase_orders": "PO",
    "quotes": "Q",
    "credit_notes": "CN",
    "production_jobs": "J",
    "branch_transfers": "BT",
    "adjustments": "ADJ",
    "bom_masters": "BOM",
    "bom_masters_v1": "BOM",
}


@dataclass
class Draw:
    """One row in the making: its luck, and what its nested objects have to know of it."""

    world: World
    stream: str
    index: int
    luck: random.Random
    lines: list[Row] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The id of the row."""
        return self.world.id(self.stream, self.index)

    def one_of(self, stream: str) -> int | None:
        """Return the index of some row of a stream, None when it has none."""
        count = self.world.counts[stream]
        return int(self.luck.random() * count) if count else None

    def id_of(self, stream: str) -> int:
        """Return the id of some row of a stream, 0 when it has none."""
        index = self.one_of(stream)
        return 0 if index is None else self.world.id(stream, index)

    def some_option(self) -> Row:
        """Return a product option, as documents mention it."""
        row = self.one_of("product_options")
        return {"productId": 0, "productOptionId": 0} if row is None else self.world.option(row)


def _document(draw: Draw) -> Row:
    facts: Row = {"id": draw.id, "reference": f"{_PREFIX[draw.stream]}-{draw.id}"}
    facts["branchId"] = draw.id_of("branches")
    if draw.stream in _MEMBERS:
        void = draw.luck.random() < 0.05  # noqa: PLR2004 - a share, used once
        draft = draw.luck.random() < 0.2  # noqa: PLR2004
        facts |= {"isVoid": void, "status": "VOID" if void else _LIVE[draft]}
        member = draw.one_of("contacts")
        facts["memberId"] = 0
        if member is not None:
            person = draw.world.person(member)
            facts |= person | {
                "memberId": draw.world.id("contacts", member),
                "memberEmail": person["email"],
                **draw.world.address(member, "delivery"),
                **draw.world.address(member + 1, "billing"),
            }
    return facts


def _contact(draw: Draw) -> Row:
    return {
        "id": draw.id,
        **draw.world.person(draw.index),
        **draw.world.address(draw.index),
    }


def _branch(draw: Draw) -> Row:
    city = CITIES[draw.index % len(CITIES)]
    return {"id": draw.id, "company": draw.world.branch_name(draw.index), "city": city}


def _payment(draw: Draw) -> Row:
    order = draw.id_of("sales_orders")
    reference = f"SO-{order}" if order else ""
    facts = {"orderId": order, "orderRef": reference, "orderType": "SalesOrder"}
    return {"id": draw.id, "branchId": draw.id_of("branches"), **facts}


def _product(draw: Draw) -> Row:
    return {"id": draw.id, **draw.world.product(draw.index)}


def _option_row(draw: Draw) -> Row:
    return _whole_option(draw.world, draw.index)


def _whole_option(world: World, row: int) -> Row:
    option = world.option(row)
    sized = option["sizeId"] > 0
    return {
        **option,
        "id": option["productOptionId"],
        "productOptionCode": option["code"].rpartition("-")[0] if sized else option["code"],
        "productOptionSizeCode": option["code"] if sized else None,
    }


def _category(draw: Draw) -> Row:
    parent = int(draw.luck.random() * (draw.index + 1))
    is_root = parent == draw.index
    return {"id": draw.id, "parentId": 0 if is_root else draw.world.id(draw.stream, parent)}


def _serial(draw: Draw) -> Row:
    order = draw.id_of("sales_orders")
    return draw.some_option() | {
        "id": draw.id,
        "serialnumber": f"SN{draw.index:08d}",
        "lineItemId": order * _IDS_PER_DOCUMENT + 1 if order else 0,
        "branchId": draw.id_of("branches"),
    }


def _voucher(draw: Draw) -> Row:
    customer = draw.one_of("contacts")
    facts = {"code": draw.world.voucher_code(draw.index), "customerID": 0, "customerEmail": ""}
    if customer is not None:
        facts["customerID"] = draw.world.id("contacts", customer)
        facts["customerEmail"] = draw.world.person(customer)["email"]
    return facts


def _user(draw: Draw) -> Row:
    return {"id": draw.id, **draw.world.person(draw.index + 500)}


def _only_id(draw: Draw) -> Row:
    return {"id": draw.id}


_ROW_FACTS: dict[str, Callable[[Draw], Row]] = {
    **dict.fromkeys(_PREFIX, _document),
    "contacts": _contact,
    "branches": _branch,
    "payments": _payment,
    "products": _product,
    "product_options": _option_row,
    "stock": lambda draw: draw.world.stock(draw.index),
    "product_categories": _category,
    "serial_numbers": _serial,
    "vouchers": _voucher,
    "users": _user,
}


def row_facts(draw: Draw) -> Row:
    """Return the facts of a row."""
    return _ROW_FACTS.get(draw.stream, _only_id)(draw)


def _line(draw: Draw, position: int) -> Row:
    line = draw.some_option()
    first = draw.id * _IDS_PER_DOCUMENT + 1
    is_child = position > 0 and draw.luck.random() < _CHILD_SHARE
    line |= {
        "id": first + position,
        "transactionId": draw.id,
        "parentId": first if is_child else 0,
        "sort": position + 1,
    }
    draw.lines.append(line)
    return line


def _part(draw: Draw, position: int) -> Row:
    part = draw.some_option() | {"id": draw.id * _IDS_PER_DOCUMENT + position + 1}
    return part | {"bomId": draw.id, "jobId": draw.id, "sort": position + 1}


def _carton_item(draw: Draw, position: int) -> Row:
    if not draw.lines:
        return {}
    line = draw.lines[position % len(draw.lines)]
    return {"lineItemId": line["id"], "productCode": line.get("code")}


def _plain(_draw: Draw, position: int) -> Row:
    return {"id": position + 1, "sort": position + 1}


_NESTED_FACTS: dict[str, Callable[[Draw, int], Row]] = {
    "lineItems": _line,
    "product": _part,
    "products": _part,
    "components": _part,
    "cartonItems": _carton_item,
}


def nested_facts(draw: Draw, name: str) -> list[Row]:
    """Return the facts of each object in a nested list (or of the one nested object)."""
    if name == "productOptions":
        rows = draw.world.options_of.get(draw.index, [])
        return [_whole_option(draw.world, row) for row in rows]
    make = _NESTED_FACTS.get(name, _plain)
    if name in ("lineItems", "products", "components"):
        count = 1 + int(draw.luck.random() * _LINES)
    else:
        count = int(draw.luck.random() * 3)
    return [make(draw, position) for position in range(count)]
