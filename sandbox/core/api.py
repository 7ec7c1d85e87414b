"""Core V2 over HTTP: lists in pages, details by id, and what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.api import OK, Answer, Incoming
from sandbox.core.account import (
    BAD_REQUEST,
    NO_SUCH_METHOD,
    CoreAccount,
    CoreBase,
    LimitForm,
    Refused,
)
from sandbox.core.lists import Lists
from sandbox.core.parts import PARTS, Part
from sandbox.core.purchases import SIMPLE, as_advanced, as_simple
from sandbox.core.resources import (
    BY_YEAR,
    SECOND_PATHS,
    SINGLES,
    CoreDetail,
    details,
    lists,
)
from sandbox.entry import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.entry import Row

_SIMPLE_PATH, _SIMPLE_STREAM = "/purchase", "simple_purchases"
_BOM_PATH, _FAMILY = "/production/productionBOM", "ProductFamilyID"
_NO_LONGER = (
    "This endpoint is deprecated and does not support Advanced Purchase and Service Purchase"
)
_METHOD_MISSING = frozenset({"product_suppliers"})
"""Streams whose path answers 405 when they are not available; the others give the HTML page."""
_NAMES = {
    "sales": "Sale",
    "purchases": "Purchase",
    "simple_purchases": "Purchase",
    "accounts": "Account",
}


class CoreApi(CoreBase):
    """Answers as Cin7 Core V2 does."""

    name = "core"
    prefix = "/ExternalApi/v2"

    def __init__(
        self, account: CoreAccount, *, limit_form: LimitForm, unavailable: frozenset[str]
    ) -> None:
        """Take the account.

        Args:
            account: Data, keys and limit.
            limit_form: How the limit shows.
            unavailable: Streams that the account does not have.

        """
        super().__init__(account, limit_form)
        self._unavailable = unavailable
        self._lists: Lists | None = None
        self._names: dict[str, str] = {}

    def vanish(self, stream: str, header_id: str) -> None:
        """Let a detail be gone although the list still shows its row."""
        self.store.vanish(stream, header_id)

    def stream_of(self, path: str) -> str:
        """Return the stream of a path, or nothing."""
        if not self._names:
            names = {one.path: name for name, one in (details() | lists()).items()}
            names |= {path: part.stream for path, part in PARTS.items()}
            names |= {_SIMPLE_PATH: _SIMPLE_STREAM, _BOM_PATH: "production_boms"}
            self._names = names | {path: names[same] for path, same in SECOND_PATHS.items()}
        return self._names.get(path, "")

    def answer(self, ask: Incoming) -> Answer:
        """Answer a call that was let in."""
        stream = self.stream_of(ask.path)
        if stream in self._unavailable and stream in _METHOD_MISSING:
            return self.error(NO_SUCH_METHOD)
        if not stream or stream in self._unavailable:
            return self.no_such_page()
        if ask.method != "GET":
            return self.error(NO_SUCH_METHOD)
        try:
            with self.store.lock:
                return self._answer(stream, ask)
        except Refused as error:
            return self.error(BAD_REQUEST, str(error))

    def _answer(self, stream: str, ask: Incoming) -> Answer:
        if ask.path in PARTS:
            return Answer(OK, encode(self._part(PARTS[ask.path], ask.query)))
        if stream == _SIMPLE_STREAM:
            return Answer(OK, encode(self._simple_purchase(ask.query)))
        if stream in SINGLES:
            return Answer(OK, self.store.tables[stream].by_id[0].body)
        if stream in BY_YEAR:
            return Answer(OK, encode(self._year(stream, ask.query)))
        if stream in lists():
            if self._lists is None:
                self._lists = Lists(self.store)
            return self._lists.answer(lists()[stream], ask.query)
        if ask.path == _BOM_PATH and _FAMILY in ask.query:
            stream = "product_family_production_boms"
        kind = details()[stream]
        return Answer(OK, self._detail(kind, ask.query), wrapper=kind.records_key)

    def _detail(self, kind: CoreDetail, query: Mapping[str, str]) -> bytes:
        header_id = _wanted(kind.id_param, query)
        records = self._records(kind.name, header_id)
        if kind.records_key is not None:
            header = self.store.row(kind.header, header_id)
            head = {name: header.get(name, header_id) for name in kind.copies}
            return encode({**head, kind.records_key: records})
        record = records[0]
        if kind.name == "purchases":
            record = as_advanced(record)
        return encode(_as_asked(record, query))

    def _records(self, stream: str, header_id: str) -> list[Row]:
        try:
            return self.store.records(stream, header_id)
        except KeyError as error:
            raise _not_found(stream) from error

    def _simple_purchase(self, query: Mapping[str, str]) -> Row:
        record = self._records("purchases", _wanted("ID", query))[0]
        if record["Type"] != SIMPLE:
            raise Refused(_NO_LONGER)
        return _as_asked(as_simple(record), query)

    def _part(self, part: Part, query: Mapping[str, str]) -> object:
        owner_id = _wanted(part.parameter, query)
        if not part.of_row:
            return part.answer(self._records(part.owner, owner_id)[0], owner_id)
        try:
            return part.answer(self.store.row(part.owner, owner_id), owner_id)
        except KeyError as error:
            raise _not_found(part.owner) from error

    def _year(self, stream: str, query: Mapping[str, str]) -> Row:
        year = _wanted("Year", query)
        if not year.isdecimal() or (int(year),) not in self.store.tables[stream].by_key:
            raise _not_found(stream)
        return self.store.row(stream, int(year))


def _wanted(parameter: str, query: Mapping[str, str]) -> str:
    if not query.get(parameter):
        raise Refused(f"{parameter} is required")
    return query[parameter]


def _not_found(stream: str) -> Refused:
    thing = _NAMES.get(stream, stream.replace("_", " ").capitalize())
    return Refused(f"{thing} with specified ID not found")


def _as_asked(record: Row, query: Mapping[str, str]) -> Row:
    """Return a document with the collections that its flags ask for."""
    flags = {name for name, value in query.items() if value.lower() == "true"}
    if "Transactions" in record and "Fulfilments" in record and "IncludeTransactions" not in flags:
        record["Transactions"] = []
    if "ResourceAttachments" in record and "IncludeAttachments" not in flags:
        record["ResourceAttachments"] = []
    if "HideInventoryMovements" in flags:
        record["InventoryMovements"] = []
    if "CombineAdditionalCharges" in flags:
        for block in _charged(record):
            lacking = dict.fromkeys(block["Lines"][0]) if block["Lines"] else {}
            for charge in block["AdditionalCharges"]:
                block["Lines"].append({**lacking, **charge, "Name": charge["Description"]})
            block["AdditionalCharges"] = []
    return record


def _charged(record: Row) -> list[Row]:
    blocks: list[Row] = []
    for value in record.values():
        items = value if isinstance(value, list) else [value]
        blocks.extend(
            item for item in items if isinstance(item, dict) and "AdditionalCharges" in item
        )
    return blocks
