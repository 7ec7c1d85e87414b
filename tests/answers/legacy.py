"""An account as V1 of Core shows it: small parameters, ids of documents in the path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from typing_extensions import override

from tests.absence.loader import Loader
from tests.answers.account import HOUR, LONG_AGO, RUNS
from tests.losses import harness
from tests.losses.accounts import guid
from tests.losses.standin import Core, Reply, encoded, stamp

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterable

    from tests.losses.harness import Result
    from tests.losses.standin import Call, List, Row

LISTS = {
    "customers": ("/Customers", "Customers", "ID", "LastModifiedOn", "modifiedSince"),
    "suppliers": ("/Suppliers", "Suppliers", "ID", "LastModifiedOn", "modifiedSince"),
    "products": ("/Products", "Products", "ID", "LastModifiedOn", "modifiedSince"),
    "product_families": (
        "/ProductFamilies",
        "ProductFamilies",
        "ID",
        "LastModifiedOn",
        "modifiedSince",
    ),
    "product_availability": ("/ProductAvailability", "ProductAvailability", "ID", None, None),
    "sale_list": ("/SaleList", "SaleList", "SaleID", "Updated", "updatedSince"),
    "purchase_list": ("/PurchaseList", "PurchaseList", "ID", "LastUpdatedDate", "updatedSince"),
}
DOCUMENTS = {"sales": ("sale_list", "/Sale/"), "purchases": ("purchase_list", "/Purchase/")}
NINE = (*LISTS, *DOCUMENTS)
KEY = {**{name: one[2] for name, one in LISTS.items()}, "sales": "ID", "purchases": "ID"}
TEXT = {
    "customers": "Name",
    "suppliers": "Name",
    "products": "Name",
    "product_families": "Name",
    "product_availability": "Name",
    "sale_list": "Customer",
    "purchase_list": "Supplier",
    "sales": "Customer",
    "purchases": "Supplier",
}


class Legacy(Core):
    """Core V1: ``page`` and ``limit``, documents at a path that ends with their id."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        """Set up the account, with empty lists."""
        super().__init__(**{"ahead": LONG_AGO, **options})
        for path, records_key, by, moved, since in LISTS.values():
            self.list(path, records_key, by, moved, *(since or "",))

    def rows(self, stream: str) -> List:
        """Return how a list is served, by its stream or that of its documents."""
        return self.lists[LISTS[DOCUMENTS.get(stream, (stream,))[0]][0]]

    def put(self, stream: str, number: int, text: str, *, age: float = 0.0) -> None:
        """Insert a row, or change it."""
        name = DOCUMENTS.get(stream, (stream,))[0]
        _, _, by, moved, _ = LISTS[name]
        row: Row = {by: guid(number), TEXT[name]: text, "SKU": f"S{number}", "Status": "COMPLETED"}
        if name in ("sale_list", "purchase_list"):
            row["Type"] = "Simple Sale" if name == "sale_list" else "Simple Purchase"
        if moved:
            row[moved] = stamp(self.now - age)
        self.rows(name).table.put(row)

    @override
    def _answer(self, call: Call) -> Reply:
        for header, path in DOCUMENTS.values():
            if call.path.startswith(path):
                wanted = unquote(call.path.removeprefix(path)).lower()
                by, text = KEY[header], TEXT[header]
                for row in self.rows(header).table.visible():
                    if row[by].lower() == wanted:
                        return Reply(encoded({"ID": row[by], text: row[text]}))
                words = "Document with specified ID not found"
                return Reply(encoded([{"ErrorCode": 400, "Exception": words}]), 400)
        return super()._answer(call)

    @override
    def _page(self, served: List, query: dict[str, str]) -> Row:
        named = {"page": "Page", "limit": "Limit"}
        return super()._page(served, {named.get(name, name): one for name, one in query.items()})


class Books:
    """An account, a loader that removes, and the state that goes from run to run."""

    def __init__(self, count: int = 5, *streams: str, most: int = 1_000) -> None:
        """Fill the lists, a minute between two rows, the newest an hour old."""
        self.streams = streams or NINE
        self.server, self.loader = Legacy(), Loader()
        self.state: Row | None = None
        for stream in LISTS:
            self.server.rows(stream).most = most
            for number in range(count):
                self.server.put(stream, number, "first", age=HOUR + 60 * (count - number))

    def run(
        self,
        *streams: str,
        full: tuple[str, ...] = (),
        end: tuple[str, int, signal.Signals] | None = None,
        **settings: Any,  # noqa: ANN401
    ) -> Result:
        """Run, and load what comes as far as STATE goes."""
        chosen = streams or self.streams
        catalog = harness.only("core_v1", *chosen, RUNS, full=full)
        settings = {"api": "core_v1", "retry_wait_seconds": 0, **settings}
        result = harness.run(self.server, catalog, self.state, end=end, **settings)
        assert "Traceback" not in result.stderr, result.stderr
        last = max((n for n, m in enumerate(result.messages) if m["type"] == "STATE"), default=-1)
        self.loader.take(result.messages[: last + 1])
        self.state = result.state or self.state
        return result

    def wrong(self, streams: Iterable[str] | None = None) -> dict[str, object]:
        """Return the rows that a table lacks, or has as they were."""
        found: dict[str, object] = {}
        for stream in self.streams if streams is None else streams:
            served = self.server.rows(stream)
            text = TEXT[stream]
            right = {row[served.table.by]: row[text] for row in served.table.visible()}
            held = {row[KEY[stream]]: row[text] for row in self.loader.rows(stream)}
            wrong = {
                key: (held.get(key), one) for key, one in right.items() if held.get(key) != one
            }
            if wrong:
                found[stream] = wrong
        return found

    def settle(self, **settings: Any) -> Result:  # noqa: ANN401
        """Check that one quiet run brings everything."""
        self.server.calm()
        self.server.now += HOUR
        result = self.run(**settings)
        assert result.exit_code == 0, result.stderr
        assert not self.wrong(), self.wrong()
        return result
