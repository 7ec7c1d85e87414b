"""Omni over HTTP: paths, sign-in, permissions, paging, and errors in its words."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from sandbox.api import NOT_FOUND, OK, TOO_MANY, Answer, Incoming
from sandbox.entry import Entry, encode
from sandbox.omni import narrow, where
from sandbox.omni.resources import Resource, resources
from sandbox.omni.search import Search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.quota import CallLimit
    from sandbox.store import Store

DEFAULT_ROWS, MAX_ROWS = 50, 250
MAX_QUERY = 2_000
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NO_SUCH_METHOD = 400, 401, 403, 405
_UNAVAILABLE = 503
_CARTONS, _CARTON_LIST, _CARTON_FIELD = (
    "cartons",
    "sales_orders_with_cartons",
    "cartonsWithLineItems",
)
_CARTON_PATH = "/v1/Cartons"
_TEXTS = {
    _UNAUTHORIZED: "The username or the key is wrong.",
    _FORBIDDEN: "This connection may not use this endpoint.",
    NOT_FOUND: "Not found.",
    TOO_MANY: "Too many requests.",
    500: "Something went wrong.",
    _UNAVAILABLE: "The service is not available.",
}


class OmniApi:
    """Answers as Cin7 Omni does."""

    name = "omni"
    prefix = "/api"

    def __init__(
        self,
        store: Store,
        *,
        credentials: Mapping[str, str],
        denied: frozenset[str],
        quota: CallLimit,
    ) -> None:
        """Take the data and who may read them.

        Args:
            store: The data.
            credentials: Keys by username.
            denied: Streams that are switched off for the connection.
            quota: Limits on calls.

        """
        self.store = store
        self.quota = quota
        self.denied = denied
        self._credentials = credentials
        self._search = Search(store)
        self._resources = {resource.path: resource for resource in resources()}
        self._names = {path: one.name for path, one in self._resources.items()}
        self._names[_CARTON_PATH] = _CARTONS

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys of all usernames."""
        return tuple(self._credentials.values())

    def key_of(self, stream: str) -> str | None:
        """Return the first key column of a stream."""
        table = self.store.tables.get(stream)
        return table.keys[0] if table else None

    def stream_of(self, path: str) -> str:
        """Return the stream of a list or by-id path, or nothing."""
        return self._names.get(path) or self._names.get(path.rpartition("/")[0], "")

    def sign_in(self, ask: Incoming) -> Answer | None:
        """Return the refusal of wrong Basic credentials."""
        scheme, _, encoded = ask.headers.get("Authorization", "").partition(" ")
        try:
            username, _, key = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            username, key = "", ""
        if scheme.lower() == "basic" and key and self._credentials.get(username) == key:
            return None
        return self.error(_UNAUTHORIZED)

    def over_limit(self, wait: float) -> Answer:
        """Return 429, with the header that the quota is set to."""
        return self.error(TOO_MANY, headers=self.quota.headers(wait))

    def fault(self, kind: str) -> Answer:
        """Return an ordinary failure: those of Core do not happen here."""
        return self.error(_UNAVAILABLE, kind)

    def error(
        self, status: int, text: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return an error: a bare JSON string, or for 503 an object with a message."""
        words = text or _TEXTS.get(status, f"Error {status}.")
        body = encode({"message": words} if status == _UNAVAILABLE else words)
        return Answer(status, body, headers or {})

    def answer(self, ask: Incoming) -> Answer:
        """Answer a list or a by-id call."""
        stream = self.stream_of(ask.path)
        if not stream or len(ask.query_string) > MAX_QUERY:
            return self.error(NOT_FOUND)
        if stream in self.denied:
            return self.error(_FORBIDDEN)
        if ask.method != "GET":
            return self.error(_NO_SUCH_METHOD)
        resource = self._resources.get(ask.path)
        if resource is None:
            return self._by_id(stream, ask)
        try:
            return self._list(resource, ask)
        except where.Malformed as error:
            return self.error(_BAD_REQUEST, str(error))

    def _by_id(self, stream: str, ask: Incoming) -> Answer:
        parent, _, wanted = ask.path.rpartition("/")
        resource = self._resources.get(parent)
        if not wanted.isdecimal() or (resource is not None and not resource.has_id_path):
            return self.error(NOT_FOUND)
        source = _CARTON_LIST if stream == _CARTONS else stream
        with self.store.lock:
            self.store.settle(source)
            entry = self.store.tables[source].first(int(wanted))
            if entry is None:
                return self.error(NOT_FOUND)
            if stream == _CARTONS:
                return Answer(OK, encode(entry.row[_CARTON_FIELD]))
            return Answer(OK, _narrowed([entry], ask.query.get("fields", ""))[0])

    def _list(self, resource: Resource, ask: Incoming) -> Answer:
        page = _number(ask.query, "page", 1)
        rows = _number(ask.query, "rows", DEFAULT_ROWS)
        if page < 1:
            raise where.Malformed("page must be 1 or more")
        if not 1 <= rows <= MAX_ROWS:
            raise where.Malformed(f"rows must be between 1 and {MAX_ROWS}")
        habits = self.store.habits.of(resource.name)
        if habits.page_size is not None:
            rows = min(rows, habits.page_size)
        first, last = (page - 1) * rows, page * rows
        if habits.shows is not None:
            last = min(last, habits.shows)
        with self.store.lock:
            self.store.settle(resource.name)
            found = self._search.rows(resource, ask.query, slice(first, max(first, last)))
            bodies = _narrowed(found, ask.query.get("fields", ""))
        return Answer(OK, b"[" + b",".join(bodies) + b"]", is_list=True)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError as error:
        raise where.Malformed(f"{name} must be a whole number") from error


def _narrowed(entries: Sequence[Entry], fields: str) -> list[bytes]:
    wanted = narrow.parse(fields)
    if not wanted:
        return [entry.body for entry in entries]
    return [encode(narrow.narrow(entry.row, wanted)) for entry in entries]
