"""Core V1: the same account under its older names, with lower-case parameters and ids in paths."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox import facts
from sandbox.api import OK, Answer, Incoming
from sandbox.core.account import BAD_REQUEST, NO_SUCH_METHOD, CoreAccount, CoreBase, Refused
from sandbox.core.filters import ONLY_TYPE
from sandbox.core.lists import Lists
from sandbox.core.purchases import SIMPLE, as_simple
from sandbox.core.resources import lists
from sandbox.entry import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.entry import Row
    from sandbox.facts import CoreV1Fact

_FACTS = facts.core_v1()
_LISTS = {one.path: one for one in _FACTS.values() if one.path}
_BY_ID = {one.by_id.rpartition("/")[0]: one for one in _FACTS.values() if one.by_id}
_OTHERWISE = {
    f"{step}Status": f"Combined{step}Status" for step in ("Pick", "Pack", "Ship", "Invoice")
} | {"ShipStatus": "CombinedShippingStatus"}
"""Parameters of V1 that V2 calls by more than the same name with a capital."""
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
        fact = _LISTS.get(path) or _BY_ID.get(path.rpartition("/")[0])
        return fact.stream if fact else ""

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
            return self._list(_LISTS[ask.path], ask.query)
        wanted = ask.path.rpartition("/")[2]
        try:
            record = (
                self._document(stream, wanted)
                if stream in _SIMPLE
                else self.store.row(stream, wanted)
            )
        except KeyError as error:
            thing = _THINGS.get(stream, "Record")
            raise Refused(f"{thing} with specified ID not found") from error
        return Answer(OK, encode(record))

    def _list(self, fact: CoreV1Fact, query: Mapping[str, str]) -> Answer:
        if self._lists is None:
            self._lists = Lists(self.store)
        translated = {
            _OTHERWISE.get(name, name[:1].upper() + name[1:]): value
            for name, value in query.items()
            if name.lower() in {one.lower() for one in fact.parameters}
        }
        if fact.stream in {"sale_list", "purchase_list"}:
            translated[ONLY_TYPE] = _SIMPLE["sales" if fact.stream == "sale_list" else "purchases"]
        resource = replace(lists()[fact.same_as], records_key=fact.wrapper)
        return self._lists.answer(resource, translated)

    def _document(self, stream: str, header_id: str) -> Row:
        record = self.store.detail(stream, header_id)
        if record["Type"] != _SIMPLE[stream]:
            raise KeyError(header_id)
        if stream == "purchases":
            record = as_simple(record)
        names = _FACTS[stream].renamed
        return {names.get(name, name): value for name, value in record.items()}
