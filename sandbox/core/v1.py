"""Core V1: the same account under its older names, with lower-case parameters and ids in paths."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.api import OK, Answer, Incoming
from sandbox.core.account import BAD_REQUEST, NO_SUCH_METHOD, CoreAccount, CoreBase, Refused
from sandbox.core.lists import Lists
from sandbox.core.purchases import SIMPLE, as_simple
from sandbox.core.resources import lists
from sandbox.core.selection import ONLY_TYPE
from sandbox.entry import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.entry import Row

_LISTS = {
    "/Customers": ("customers", "Customers"),
    "/Suppliers": ("suppliers", "Suppliers"),
    "/Products": ("products", "Products"),
    "/ProductFamilies": ("product_families", "ProductFamilies"),
    "/ProductAvailability": ("product_availability", "ProductAvailability"),
    "/SaleList": ("sale_list", "SaleList"),
    "/PurchaseList": ("purchase_list", "PurchaseList"),
}
_DETAILS = {"/Sale": "sales", "/Purchase": "purchases"}
_PARAMETERS = {
    "page": "Page",
    "limit": "Limit",
    "name": "Name",
    "sku": "Sku",
    "location": "Location",
    "batch": "Batch",
    "modifiedSince": "ModifiedSince",
    "createdSince": "CreatedSince",
    "updatedSince": "UpdatedSince",
    "includeDeprecated": "IncludeDeprecated",
}
_RENAMED = {
    "sales": {"DefaultAccount": "SaleAccount", "SaleOrderDate": "OrderDate"},
    "purchases": {"BillingAddress": "VendorAddress"},
}
_SIMPLE = {"sales": "Simple Sale", "purchases": SIMPLE}
_THINGS = {"sales": "Sale", "purchases": "Purchase"}


class CoreV1Api(CoreBase):
    """Answers as Cin7 Core V1 does: simple sales and purchases only."""

    name = "core_v1"
    prefix = "/ExternalApi"

    def __init__(self, account: CoreAccount) -> None:
        """Take the account; the limit of V1 shows as 503."""
        super().__init__(account, "503")
        self._lists: Lists | None = None

    def stream_of(self, path: str) -> str:
        """Return the stream of a path, or nothing."""
        parent = path.rpartition("/")[0]
        listed = _LISTS.get(path) or _LISTS.get(parent)
        return listed[0] if listed else _DETAILS.get(parent, "")

    def answer(self, ask: Incoming) -> Answer:
        """Answer a call that was let in."""
        stream = self.stream_of(ask.path)
        if not stream:
            return self.no_such_page()
        if ask.method != "GET":
            return self.error(NO_SUCH_METHOD)
        try:
            with self.store.lock:
                return self._answer(stream, ask)
        except Refused as error:
            return self.error(BAD_REQUEST, str(error))

    def _answer(self, stream: str, ask: Incoming) -> Answer:
        if ask.path in _LISTS:
            return self._list(*_LISTS[ask.path], ask.query)
        wanted = ask.path.rpartition("/")[2]
        try:
            record = (
                self._document(stream, wanted)
                if stream in _RENAMED
                else self.store.row(stream, wanted)
            )
        except KeyError as error:
            thing = _THINGS.get(stream, "Record")
            raise Refused(f"{thing} with specified ID not found") from error
        return Answer(OK, encode(record))

    def _list(self, stream: str, wrapper: str, query: Mapping[str, str]) -> Answer:
        if self._lists is None:
            self._lists = Lists(self.store)
        translated = {
            _PARAMETERS[name]: value for name, value in query.items() if name in _PARAMETERS
        }
        if stream in {"sale_list", "purchase_list"}:
            translated[ONLY_TYPE] = _SIMPLE["sales" if stream == "sale_list" else "purchases"]
        resource = replace(lists()[stream], records_key=wrapper)
        return self._lists.answer(resource, translated)

    def _document(self, stream: str, header_id: str) -> Row:
        record = self.store.detail(stream, header_id)
        if record["Type"] != _SIMPLE[stream]:
            raise KeyError(header_id)
        if stream == "purchases":
            record = as_simple(record)
        names = _RENAMED[stream]
        return {names.get(name, name): value for name, value in record.items()}
