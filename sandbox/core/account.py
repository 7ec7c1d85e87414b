"""One account of Core: its data, its keys, its limit, and the words of its errors."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias
from zlib import crc32

from sandbox import facts
from sandbox.api import OK, Answer, Incoming
from sandbox.entry import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.core.store import CoreStore
    from sandbox.quota import CallLimit

LimitForm: TypeAlias = Literal["429", "503", "400", "403"]
"""How Core says that the call limit is reached."""

LIMIT_TEXT = "You have reached 60 calls per 60 seconds API limit."
BAD_REQUEST, FORBIDDEN, NO_SUCH_METHOD = 400, 403, 405
_TEXT = "text/plain; charset=utf-8"
_HTML = (
    b"<!DOCTYPE html>\r\n<html><head><title>Inventory</title></head>"
    b"<body><h1>Page not found</h1></body></html>"
)
_WORDS = {
    FORBIDDEN: "Incorrect credentials!",
    NO_SUCH_METHOD: "Method not allowed.",
    500: "Something went wrong.",
    502: "Bad gateway.",
    503: "The service is not available.",
}


@dataclass
class CoreAccount:
    """What V2 and V1 share.

    Args:
        account_id: Id of the company.
        application_key: Key of the connection.
        quota: Limit on calls, over both versions.
        make_store: Makes the data when they are first needed.

    """

    account_id: str
    application_key: str = field(repr=False)
    quota: CallLimit
    make_store: Callable[[], CoreStore] = field(repr=False)
    _store: CoreStore | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def store(self) -> CoreStore:
        """The data."""
        with self._lock:
            if self._store is None:
                self._store = self.make_store()
            return self._store

    @property
    def headers(self) -> dict[str, str]:
        """The headers that sign a call in."""
        return {
            "api-auth-accountid": self.account_id,
            "api-auth-applicationkey": self.application_key,
        }


class Refused(Exception):  # noqa: N818 - read as "raise Refused"
    """A call that is answered with an error."""


class CoreBase:
    """Sign-in, limit and errors of both versions."""

    def __init__(self, account: CoreAccount, limit_form: LimitForm) -> None:
        """Take the account and the form in which its limit shows."""
        self.account = account
        self.quota = account.quota
        self._limit_form = limit_form

    @property
    def store(self) -> CoreStore:
        """The data."""
        return self.account.store

    @property
    def secrets(self) -> tuple[str, ...]:
        """Id of the account and key of the connection."""
        return self.account.account_id, self.account.application_key

    def key_of(self, stream: str) -> str | None:
        """Return the first key column of a stream."""
        fact = facts.core().get(stream)
        return fact.keys[0] if fact and fact.keys else None

    def sign_in(self, ask: Incoming) -> Answer | None:
        """Return the refusal of wrong headers."""
        signed = all(ask.headers.get(name) == key for name, key in self.account.headers.items())
        return None if signed else self.error(FORBIDDEN)

    def over_limit(self, wait: float) -> Answer:
        """Return the refusal of a call over the limit."""
        headers = self.quota.headers(wait) if self._limit_form in {"429", "503"} else {}
        return self.limited(self._limit_form, headers)

    def limited(self, form: str, headers: Mapping[str, str]) -> Answer:
        """Return one of the forms in which Core says that the limit is reached."""
        if form == "403":
            # A burst was seen to get this, without a word on the limit.
            return Answer(FORBIDDEN, b"Forbidden", content_type=_TEXT)
        if form == "400":
            return self.error(BAD_REQUEST, LIMIT_TEXT)
        return Answer(int(form), LIMIT_TEXT.encode(), headers, content_type=_TEXT)

    def fault(self, kind: str) -> Answer:
        """Return a failure that only Core has."""
        if kind in {"error-200", "errors-200"}:
            error = {"ErrorCode": 500, "Exception": "Something went wrong."}
            return Answer(OK, encode([error] if kind == "errors-200" else error))
        return self.limited(kind.rpartition("-")[2], {"Retry-After": "1 Seconds"})

    def error(
        self, status: int, text: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return an error: an object, or for some texts an array of one."""
        if status == 429:  # noqa: PLR2004 - the status of the limit, used once
            return self.limited("429", headers or {})
        words = text or _WORDS.get(status, f"Error {status}.")
        body = {"ErrorCode": status, "Exception": words}
        in_array = crc32(words.encode()) % 2 == 0
        return Answer(status, encode([body] if in_array else body), headers or {})

    def no_such_page(self) -> Answer:
        """Return the page that a path that is not there gives."""
        return Answer(OK, _HTML, content_type="text/html; charset=utf-8")
