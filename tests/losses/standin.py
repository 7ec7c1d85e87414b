"""A server that behaves as Cin7 may behave, not as the tap hopes.

Rows are Python dictionaries in lists; who holds the server changes them at will. Nothing here
comes from the tap or from the sandbox: what the two take for granted can be refuted.

What it does, "seen" or "documented" as the fact files tell: Omni takes ``where`` and ``order``,
its bounds are inclusive (``>`` behaves like ``>=``), ``id > n`` is ignored, a time without ``Z``
finds nothing, ties stand in another order at each request. Core filters by its own parameters,
promises no order, may give smaller pages than asked, and answers unknown paths with HTML.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import Self, override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row: TypeAlias = dict[str, Any]

_MOST_ROWS = {"omni": 250, "core": 1_000}
_LONGEST_QUERY = 2_000


def stamp(moment: float) -> str:
    """Return seconds since 1970 as Cin7 writes a modification time."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Wire:
    """A value that goes over the wire as these bytes, whether they are legal JSON or not."""

    raw: bytes


def encoded(value: Any) -> bytes:  # noqa: ANN401
    """Return a value as JSON, values that are bytes of their own as they are."""
    if isinstance(value, Wire):
        return value.raw
    if isinstance(value, dict):
        return b"{" + b",".join(encoded(k) + b":" + encoded(v) for k, v in value.items()) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(encoded, value)) + b"]"
    return json.dumps(value).encode()


@dataclass(frozen=True)
class Call:
    """One request: its path below the base address, its query and that one's length on the wire,
    and when it came.
    """

    path: str
    query: dict[str, str]
    length: int
    at: float = field(default_factory=time.monotonic)


@dataclass
class Reply:
    """What is answered: status, headers and body, or a function that writes to the socket."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass
class Version:
    """What a row says from some moment on; None means that it is gone."""

    seen_from: float
    content: Row | None


class Table:
    """The rows of one path, in the order in which they were inserted.

    Attributes:
        by: The field that tells rows apart.
        stamp: The field that an edit moves.

    """

    def __init__(self, server: Standin, by: str, stamp_field: str | None) -> None:
        """Start without rows."""
        self._server = server
        self.by = by
        self.stamp = stamp_field
        self._history: dict[Any, list[Version]] = {}

    def put(self, *rows: Row, late: float = 0.0) -> None:
        """Insert rows or replace them, to be seen some seconds late."""
        for row in rows:
            versions = self._history.setdefault(row[self.by], [])
            versions.append(Version(self._server.now + late, dict(row)))

    def edit(self, key: object, *, late: float = 0.0, **changes: object) -> None:
        """Change a row and move its stamp to the present, to be seen some seconds late."""
        latest = self._history[key][-1].content
        assert latest is not None
        moved = {self.stamp: stamp(self._server.now)} if self.stamp else {}
        self.put({**latest, **moved, **changes}, late=late)

    def drop(self, *keys: object) -> None:
        """Let rows vanish."""
        for key in keys:
            del self._history[key]

    def visible(self) -> list[Row]:
        """Return the rows as they are to be seen now."""
        seen = []
        for versions in self._history.values():
            shown = [one.content for one in versions if one.seen_from <= self._server.now]
            if shown and shown[-1] is not None:
                seen.append(shown[-1])
        return seen


Hook: TypeAlias = "Callable[[Call], Reply | None]"
Mangle: TypeAlias = "Callable[[Call, Reply], Reply]"


class Standin(ABC):
    """An account behind an HTTP server on this machine, to be used as a context manager.

    Attributes:
        api: ``omni`` or ``core``.
        calls: Every request in the order of arrival.
        now: Cin7's clock in seconds since 1970, as the ``Date`` header tells. It moves when it
            is moved, and by ``seconds_per_call`` with each call.
        random: Where random orders come from.

    """

    api: str

    def __init__(self, *, ahead: float = 0.0, seconds_per_call: float = 0.0, seed: int = 1) -> None:
        """Set up the account.

        Args:
            ahead: Seconds by which Cin7's clock is ahead of ours.
            seconds_per_call: How far its clock moves with each call.
            seed: Of the random orders.

        """
        self.now = float(int(time.time() + ahead))
        self.calls: list[Call] = []
        self.random = random.Random(seed)  # noqa: S311 - nothing secret
        self.lock = threading.RLock()
        self._seconds_per_call = seconds_per_call
        self._before: list[tuple[str, int | None, Hook]] = []
        self._after: list[tuple[str, int | None, Mangle]] = []

    def count(self, path: str) -> int:
        """Return how many calls came for a path."""
        return sum(call.path == path for call in self.calls)

    def before(self, path: str, number: int | None, hook: Hook) -> None:
        """Have something done before a call is answered; a reply that it returns is sent.

        Args:
            path: Which path's calls; ``*`` is any.
            number: Which of them, counted from now on, from 1; None is each.
            hook: What to do.

        """
        self._before.append((path, self._absolute(path, number), hook))

    def after(self, path: str, number: int | None, mangle: Mangle) -> None:
        """Have a reply changed before it is sent; arguments as for ``before``."""
        self._after.append((path, self._absolute(path, number), mangle))

    def calm(self) -> None:
        """Forget all hooks."""
        self._before, self._after = [], []

    def _absolute(self, path: str, number: int | None) -> int | None:
        return None if number is None else number + self._number(path)

    def _number(self, path: str) -> int:
        return len(self.calls) if path == "*" else self.count(path)

    def reply_to(self, call: Call) -> Reply:
        """Return what a call is answered."""
        with self.lock:
            self.calls.append(call)
            self.now += self._seconds_per_call
            before = [hook for where, n, hook in self._before if self._concerns(call, where, n)]
            after = [hook for where, n, hook in self._after if self._concerns(call, where, n)]
        reply = None
        # Hooks may wait for other calls, so they run outside of the lock.
        for hook in before:
            reply = hook(call) or reply
        with self.lock:
            if reply is None:
                reply = self._answer(call)
            for mangle in after:
                reply = mangle(call, reply)
            # A hook may give the same reply again, at another time.
            date = formatdate(self.now, usegmt=True)
            return replace(reply, headers={"Date": date, **reply.headers})

    def _concerns(self, call: Call, where: str, number: int | None) -> bool:
        return where in ("*", call.path) and number in (None, self._number(where))

    @abstractmethod
    def _answer(self, call: Call) -> Reply:
        """Return what the account answers, hooks aside."""

    # The server itself.

    def __enter__(self) -> Self:
        """Serve."""
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                # A client that hangs up in the middle is none of our business.
                with suppress(OSError):
                    reply = standin.reply_to(
                        Call(parts.path, dict(parse_qsl(parts.query)), len(parts.query))
                    )
                    if reply.raw is not None:
                        self.close_connection = True
                        reply.raw(self)
                        return
                    self._write(reply)

            def _write(self, reply: Reply) -> None:
                self.send_response_only(reply.status)
                headers = {"Content-Type": "application/json", **reply.headers}
                if int(headers.setdefault("Content-Length", str(len(reply.body)))) != len(
                    reply.body
                ):
                    self.close_connection = True
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            @override
            def handle_error(self, *_: object) -> None:
                """Keep quiet: clients are killed here."""

        self._http = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self._http.server_port}"


# Cin7 Omni.

_CONDITION = re.compile(
    r"\s*(\w+)\s*(?:(>=|<=|<>|=|<|>)\s*(?:'([^']*)'|(-?[\w.]+))|(is\s+not\s+null|is\s+null))\s*",
    re.IGNORECASE,
)
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)


class WrongQueryError(Exception):
    """Omni would answer 400."""


def meets(row: Row, where: str) -> bool:
    """Tell whether a row meets a condition of Omni: AND binds before OR, no brackets.

    Raises:
        WrongQueryError: If it can't be read.

    """
    clauses = map(_AND.split, _OR.split(where))
    # Each condition is looked at, so that a wrong one is found behind a false one.
    found = [[_holds(row, condition) for condition in clause] for clause in clauses]
    return any(map(all, found))


def _holds(row: Row, condition: str) -> bool:
    match = _CONDITION.fullmatch(condition)
    if match is None:
        raise WrongQueryError(f"can't read the condition {condition}")
    name, sign, text, bare, null = match.groups()
    value = next((row[one] for one in row if one.lower() == name.lower()), None)
    if null:
        return (value is None) == ("not" not in null.lower())
    if bare is not None:
        # Ranges of numbers are ignored (seen).
        return sign not in ("=", "<>") or (str(value) == bare) == (sign == "=")
    if not text.endswith("Z"):
        return False
    if value is None:
        return False
    have, bound = str(value)[:19], text[:19]
    return {
        ">=": have >= bound,
        ">": have >= bound,
        "<=": have <= bound,
        "<": have < bound,
        "=": have == bound,
        "<>": have != bound,
    }[sign]


class Omni(Standin):
    """Cin7 Omni: bare arrays, ``where``, ``order``, ``page``, ``rows``, ``fields``."""

    api = "omni"

    def __init__(self, *, random_ties: bool = True, **options: Any) -> None:  # noqa: ANN401
        """Set up the account; ties stand in another order at each request unless told not to."""
        super().__init__(**options)
        self._random_ties = random_ties
        self.tables: dict[str, Table] = {}

    def table(self, path: str, *, by: str = "id", stamp_field: str = "modifiedDate") -> Table:
        """Return the table of a path, such as ``/v1/SalesOrders``."""
        return self.tables.setdefault(path, Table(self, by, stamp_field))

    @override
    def _answer(self, call: Call) -> Reply:
        if call.path not in self.tables:
            return Reply(b'"no such resource"', 404)
        if call.length > _LONGEST_QUERY:
            return Reply(b"<html>Not Found</html>", 404)
        try:
            return Reply(encoded(self._page(self.tables[call.path].visible(), call.query)))
        except (WrongQueryError, ValueError) as error:
            return Reply(json.dumps(str(error)).encode(), 400)

    def _page(self, rows: list[Row], query: dict[str, str]) -> list[Row]:
        size, page = int(query.get("rows", "50")), int(query.get("page", "1"))
        if not 1 <= size <= _MOST_ROWS["omni"] or page < 1:
            raise WrongQueryError("rows must be 1 to 250 and page at least 1")
        if where := query.get("where"):
            rows = [row for row in rows if meets(row, where)]
        if self._random_ties:
            self.random.shuffle(rows)
        name, _, way = query.get("order", "id ASC").partition(" ")
        # Only the first field is taken: nothing documents a second one.
        rows.sort(key=lambda row: _rank(row.get(name)), reverse=way.strip().upper() == "DESC")
        rows = rows[(page - 1) * size : page * size]
        if fields := query.get("fields"):
            wanted = {name.strip().lower() for name in re.sub(r"\([^)]*\)", "", fields).split(",")}
            rows = [{k: v for k, v in row.items() if k.lower() in wanted} for row in rows]
        return rows


def _rank(value: object) -> tuple[bool, bool, float, str]:
    number = float(value) if isinstance(value, (int, float)) else 0.0
    return (value is not None, isinstance(value, str), number, str(value)[:19])


# Cin7 Core.

ORDERS: dict[str, Callable[[random.Random, list[Row]], None]] = {
    "insertion": lambda _random, _rows: None,
    "newest first": lambda _random, rows: rows.reverse(),
    "random": lambda chance, rows: chance.shuffle(rows),
}
"""In which order a list of Core may come."""


@dataclass
class List:
    """How Core serves one list.

    Attributes:
        records_key: Name of the list in the envelope.
        table: Its rows.
        since, until: Parameters that bound the stamp, where the list knows them.
        order: One of ``ORDERS``.
        total: Makes the ``Total`` out of the right one; None leaves it out.
        most: The most rows of a page, whatever was asked.

    """

    records_key: str
    table: Table
    since: str | None = None
    until: str | None = None
    order: str = "insertion"
    total: Callable[[int], Any] | None = lambda right: right
    most: int = _MOST_ROWS["core"]


class Core(Standin):
    """Cin7 Core: envelopes with Total, lists without order, documents by id."""

    api = "core"

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        """Set up the account."""
        super().__init__(**options)
        self.lists: dict[str, List] = {}
        self.documents: dict[str, tuple[str, Callable[[str], Any]]] = {}

    def list(
        self,
        path: str,
        records_key: str,
        by: str,
        stamp_field: str | None = None,
        *bounds: str,
        **how: Any,  # noqa: ANN401
    ) -> List:
        """Serve a list and return how it is served, to be changed.

        Args:
            path: Its path.
            records_key: Name of the list in the envelope.
            by: The field that tells rows apart.
            stamp_field: The field that an edit moves.
            bounds: Parameters that bound the stamp from below and from above.
            how: More of ``List``.

        """
        since, until = (*bounds, None, None)[:2]
        table = Table(self, by, stamp_field)
        return self.lists.setdefault(path, List(records_key, table, since, until, **how))

    def details(self, path: str, parameter: str, document: Callable[[str], Any]) -> None:
        """Serve documents by id; a function makes them, None where there is no such one."""
        self.documents[path] = parameter, document

    @override
    def _answer(self, call: Call) -> Reply:
        if call.path in self.lists:
            return Reply(encoded(self._page(self.lists[call.path], call.query)))
        if call.path in self.documents:
            parameter, document = self.documents[call.path]
            found = document(call.query.get(parameter, ""))
            if found is None:
                words = f"Document with specified {parameter} not found"
                return Reply(encoded([{"ErrorCode": 400, "Exception": words}]), 400)
            return Reply(encoded(found))
        return Reply(b"<!DOCTYPE html><html><body>Page not found</body></html>")

    def _page(self, served: List, query: dict[str, str]) -> Row:
        page, asked = int(query.get("Page", "1")), int(query.get("Limit", "100"))
        rows = _within(served, query)
        ORDERS[served.order](self.random, rows)
        size = min(asked, served.most)
        envelope: Row = {"Page": page}
        if served.total is not None:
            envelope["Total"] = served.total(len(rows))
        shown = [_shown(row) for row in rows[(page - 1) * size : page * size]]
        return {**envelope, served.records_key: shown}


def _shown(row: Row) -> Row:
    """Return what a list tells of a row: names with an underscore are the document's secret."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _within(served: List, query: dict[str, str]) -> list[Row]:
    """Return the visible rows between the bounds of a query, both inclusive and in UTC."""
    rows = served.table.visible()
    for parameter, is_lower in ((served.since, True), (served.until, False)):
        bound = query.get(parameter or "")
        if bound:
            rows = [row for row in rows if _is_beyond(row, served, bound, is_lower=is_lower)]
    return rows


def _is_beyond(row: Row, served: List, bound: str, *, is_lower: bool) -> bool:
    have, limit = str(row.get(served.table.stamp or "") or "")[:19], bound[:19]
    return have >= limit if is_lower else have <= limit


def keys(rows: Iterable[Row], name: str) -> set[Any]:
    """Return the values of one field."""
    return {row[name] for row in rows}
