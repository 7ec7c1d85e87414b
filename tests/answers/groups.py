"""Streams that are cut from the same answers, and runs that leave one of them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.absence.loader import Loader
from tests.answers.account import (
    ADJUSTMENTS,
    HOUR,
    LONG_AGO,
    RUNS,
    SALES,
    TRANSFERS,
    Account,
    Kind,
)
from tests.losses.accounts import guid
from tests.losses.harness import only, run
from tests.losses.standin import Core, Omni, stamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from typing_extensions import Self

    from tests.losses.harness import Result
    from tests.losses.standin import Row, Standin, Table

    Wanted: TypeAlias = Callable[[Row], bool]


@dataclass(frozen=True)
class Group:
    """Streams that are cut from the same answers.

    Attributes:
        streams: Their names, and the columns with the id of the answer and with its text.
        path, by: The list, and the field that holds the id of one of its rows.
        open: Makes an account with an empty list.
        row: Makes a row of a number, a stamp and a text.
        count: How many rows take several calls.
        kind: The kind of document, if the list only names documents.

    """

    streams: dict[str, tuple[str, str]]
    path: str
    by: str
    open: Callable[[], Standin]
    row: Callable[[int, str, str], Row]
    count: int = 14
    kind: Kind | None = None

    def __str__(self) -> str:
        return next(iter(self.streams))


def documents(kind: Kind, places: str, parts: dict[str, tuple[str, str]]) -> Group:
    """Return a group of documents, with a line in each of some places."""

    def opened() -> Standin:
        server = Account([kind], count=0)
        parameter, find = server.documents[kind.path]

        def found(wanted: str) -> Row | None:
            document: Row | None = find(wanted)
            for place in places.split() if document else ():
                *outer, last = place.split(".")
                inner = document
                for name in outer:
                    inner = (inner or {}).setdefault(name, {})
                text = (document or {})[kind.text]
                (inner or {})[last] = [{"SKU": text, "Description": text}]
            return document

        server.details(kind.path, parameter, found)
        return server

    def row(number: int, moment: str, text: str) -> Row:
        return {**kind.row(number, moment, text), "Reference": text}

    streams = {kind.stream: (kind.key, kind.text), **parts}
    return Group(streams, kind.list_path, kind.by, opened, row, 8, kind)


def core_list(path: str, records_key: str, *stamped: str) -> Callable[[], Standin]:
    def opened() -> Standin:
        server = Core(ahead=LONG_AGO)
        server.list(path, records_key, "ID", *stamped, most=4)
        return server

    return opened


def omni_list(path: str, by: str) -> Callable[[], Standin]:
    def opened() -> Standin:
        server = Omni(ahead=LONG_AGO)
        server.table(path, by=by)
        return server

    return opened


OF_SALES = documents(
    SALES,
    "Order.Lines Order.AdditionalCharges",
    {"sale_order_lines": ("SaleID", "SKU"), "sale_order_charges": ("SaleID", "Description")},
)
OF_TRANSFERS = documents(TRANSFERS, "Lines", {"stock_transfer_lines": ("TaskID", "SKU")})
OF_ADJUSTMENTS = documents(
    ADJUSTMENTS, "ExistingStockLines", {"stock_adjustment_lines": ("TaskID", "SKU")}
)
OF_PRODUCTS = Group(
    {"products": ("ID", "Name"), "bom_components": ("ProductID", "ProductCode")},
    "/product",
    "ID",
    core_list("/product", "Products", "LastModifiedOn", "ModifiedSince"),
    lambda number, moment, text: {
        "ID": guid(number),
        "SKU": f"S{number}",
        "Name": text,
        "LastModifiedOn": moment,
        "BillOfMaterialsProducts": [{"ProductCode": text, "Quantity": 1}],
    },
)
OF_LOCATIONS = Group(
    {"locations": ("ID", "Name"), "location_bins": ("LocationID", "Name")},
    "/ref/location",
    "ID",
    core_list("/ref/location", "LocationList"),
    lambda number, _, text: {
        "ID": guid(number),
        "Name": text,
        "Bins": [{"ID": guid(1_000 + number), "Name": text}],
    },
)
OF_ORDERS = Group(
    {"sales_orders": ("id", "reference"), "sales_order_lines": ("orderId", "code")},
    "/v1/SalesOrders",
    "id",
    omni_list("/v1/SalesOrders", "id"),
    lambda number, moment, text: {
        "id": number + 1,
        "createdDate": moment,
        "modifiedDate": moment,
        "reference": text,
        "lineItems": [{"id": 5_000 + number, "code": text}],
    },
    600,
)
OF_STOCK = Group(
    {"stock": ("productId", "styleCode"), "stock_snapshots": ("productId", "styleCode")},
    "/v1/Stock",
    "productId",
    omni_list("/v1/Stock", "productId"),
    lambda number, moment, text: {
        "productId": number,
        "productOptionId": number,
        "branchId": 1,
        "code": f"C{number}",
        "styleCode": text,
        "modifiedDate": moment,
    },
    600,
)
OF_DOCUMENTS = (OF_SALES, OF_TRANSFERS, OF_ADJUSTMENTS)
BOUNDED = (OF_SALES, OF_TRANSFERS, OF_ORDERS)
MOST = (OF_SALES, OF_ADJUSTMENTS, OF_PRODUCTS, OF_ORDERS)


class Books:
    """An account, a loader, and the state that goes from run to run."""

    def __init__(
        self,
        group: Group,
        *,
        apart: float = HOUR,
        newest: float = HOUR,
        statuses: tuple[str, ...] = (),
    ) -> None:
        """Fill the account with rows, the last of them the newest."""
        self.group, self.server, self.loader = group, group.open(), Loader()
        self.state: Row | None = None
        self.stamps: dict[int, str] = {}
        for number in range(group.count):
            more: Row = {"Status": statuses[number % len(statuses)]} if statuses else {}
            self.put(number, "first", age=newest + apart * (group.count - 1 - number), **more)

    @property
    def table(self) -> Table:
        if isinstance(self.server, Core):
            return self.server.lists[self.group.path].table
        assert isinstance(self.server, Omni)
        return self.server.tables[self.group.path]

    def put(
        self,
        number: int,
        text: str,
        *,
        age: float = 0,
        late: float = 0,
        **more: Any,  # noqa: ANN401
    ) -> None:
        """Insert a row, or change it."""
        self.stamps[number] = stamp(self.server.now - age)
        row = self.group.row(number, self.stamps[number], text)
        self.table.put({**row, **more}, late=late)

    def change(self, *numbers: int, **more: Any) -> None:  # noqa: ANN401
        """Change rows, an hour later."""
        self.server.now += HOUR
        for number in numbers:
            self.put(number, f"changed at {self.server.now}", **more)
        self.server.now += 60

    def change_unseen(self) -> None:
        """Change all rows without a trace in the list."""
        for row in self.table.visible():
            if self.group.kind:
                self.table.put({**row, "_text": "unseen"})
        for number, moment in () if self.group.kind else self.stamps.items():
            self.table.put(self.group.row(number, moment, "unseen"))

    def run(
        self,
        left_out: str | None = None,
        *,
        full: str = "",
        **settings: Any,  # noqa: ANN401
    ) -> Result:
        """Run over all streams but one, and load what comes as far as STATE goes."""
        chosen = [name for name in self.group.streams if name != left_out]
        catalog = only(self.server.api, *chosen, RUNS, full=[full])
        core = {"recheck_days": 0} if self.server.api == "core" else {}
        settings = {"retry_wait_seconds": 0, "max_parallel_requests": 1, **core, **settings}
        result = run(self.server, catalog, self.state, **settings)
        self.server.calm()
        assert "Traceback" not in result.stderr, result.stderr
        last = max(
            (n for n, one in enumerate(result.messages) if one["type"] == "STATE"), default=-1
        )
        self.loader.take(result.messages[: last + 1])
        self.state = result.state or self.state
        return result

    def cut(self, left_out: str | None, calls: int, **settings: Any) -> None:  # noqa: ANN401
        """Run as long as so many calls last, which are too few."""
        result = self.run(left_out, requests_per_day=calls, **settings)
        assert result.exit_code == 1, result.stderr
        self.server.now += HOUR

    def wrong(self, wanted: Wanted) -> dict[str, list[Any]]:
        """Return the ids of wanted rows that a stream lacks, or has as they were."""
        by, shown = self.group.by, next(iter(self.group.streams.values()))[1]
        rows = filter(wanted, self.table.visible())
        texts = {row[by]: row["_text" if self.group.kind else shown] for row in rows}
        found = {}
        for name, (key, text) in self.group.streams.items():
            held = {row[key]: row[text] for row in self.loader.rows(name)}
            found[name] = [one for one, right in texts.items() if held.get(one) != right]
        return {name: ids for name, ids in found.items() if ids}

    def settle(self, wanted: Wanted = lambda _row: True, **settings: Any) -> None:  # noqa: ANN401
        """Check that a quiet run brings everything, as a first run does."""
        self.server.now += HOUR
        result = self.run(**settings)
        assert result.exit_code == 0, result.stderr
        wrong = self.wrong(wanted)
        if wrong:
            self.loader, self.state = Loader(), None
            self.run()
            assert not self.wrong(wanted), "the stand-in does not give it"
        assert not wrong, wrong

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()


def leaving_out(*groups: Group) -> pytest.MarkDecorator:
    """Play a test with each stream of groups left out in turn, and with none."""
    plays = [(group, name) for group in groups for name in (None, *group.streams)]
    names = [f"{group}-without {name or 'nothing'}" for group, name in plays]
    return pytest.mark.parametrize(("group", "left_out"), plays, ids=names)
