"""The way every call takes: log, outages, sign-in, quota, faults, latency, answer, changes."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox import trouble, wire
from sandbox.api import JSON, NOT_FOUND, OK, TOO_MANY, Answer, Call, Incoming, ServedApi
from sandbox.changes import Plans
from sandbox.clock import Clock
from sandbox.edits import Edits
from sandbox.faults import CORE_KINDS, LYING_KINDS, WRONG_KINDS, Fault, Faults
from sandbox.habits import HabitBook
from sandbox.odd import exposed
from sandbox.outages import Outages
from sandbox.rewrite import rewritten, without_rows
from sandbox.wrong import wrong

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

ELSEWHERE = "/elsewhere"
"""Where a redirect leads."""
_HTML = b"<!DOCTYPE html><html><head><title>Busy</title></head><body>Please wait.</body></html>"
_LOST = Answer(NOT_FOUND, b"No such API here.", content_type="text/plain")
_UNANSWERED = ("reset", "truncated", "lying-length", "drip", "drip-headers", "endless")
_TOTAL = re.compile(rb'"Total":\d+')
_BAD_REQUEST, _FOUND = 400, 302
_PAST_THE_END = "999999"


@dataclass
class Gate:
    """An ASGI application in front of the APIs; everything they share happens here."""

    apis: list[ServedApi]
    faults: Faults = field(default_factory=Faults)
    edits: Edits = field(default_factory=Edits)
    latency_seconds: float = 0.0
    habits: HabitBook = field(default_factory=HabitBook)
    clock: Clock = field(default_factory=Clock)
    outages: Outages = field(default_factory=Outages)
    plans: Plans = field(default_factory=Plans)
    calls: list[Call] = field(default_factory=list)
    strays: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers of the calls that are none of an API."""
    _number: int = 0
    _documents: dict[str, dict[str, bytes]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call and log it."""
        request = Request(scope)
        api = self._api(request.url.path)
        if api is None:
            self.strays.append((request.url.path, dict(request.headers)))
            await wire.whole(send, _LOST)
            return
        ask = Incoming(
            request.method,
            request.url.path[len(api.prefix) :],
            dict(reversed(parse_qsl(request.url.query, keep_blank_values=True))),
            request.url.query,
            request.headers,
        )
        stream = api.stream_of(ask.path)
        call = Call(time.monotonic(), api.name, stream, ask.method, ask.path, dict(ask.query))
        self.calls.append(call)
        self._number += 1
        refusal = self._down(api, stream) or api.sign_in(ask) or self._over_quota(api)
        fault = None if refusal else self._fault(stream, ask)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        answer = refusal or await self._answer(api, ask, fault)
        if fault not in _UNANSWERED:
            call.status = answer.status
        call.ended = time.monotonic()
        if fault is None and answer.is_list:
            # The page is made: what changes now, its reader cannot see on it.
            self.edits.after(api.store, stream)
        self.plans.answered(stream)
        answer = replace(answer, headers={**self.clock.headers(), **answer.headers})
        await self._send(scope, receive, send, answer, fault)

    def _fault(self, stream: str, ask: Incoming) -> Fault | None:
        return self.faults.of_document(_document_id(ask)) or self.faults.decide(
            stream, self._number
        )

    def _api(self, path: str) -> ServedApi | None:
        fitting = [api for api in self.apis if path.startswith(f"{api.prefix}/")]
        return max(fitting, key=lambda api: len(api.prefix), default=None)

    def _down(self, api: ServedApi, stream: str) -> Answer | None:
        outage = self.outages.of(stream)
        return None if outage is None else api.error(outage.status, headers=outage.headers())

    def _over_quota(self, api: ServedApi) -> Answer | None:
        wait = api.quota.wait()
        return None if wait is None else api.over_limit(wait)

    async def _answer(self, api: ServedApi, ask: Incoming, fault: Fault | None) -> Answer:
        failure = None if fault is None else _failure(api, ask, fault)
        if failure is not None:
            return failure
        if fault == "slow":
            await asyncio.sleep(self.faults.delay_seconds)
        answer = self._habitual(api, ask)
        other = self._another(ask, answer)
        if fault in WRONG_KINDS or fault in LYING_KINDS:
            return wrong(str(fault), answer, other)
        if fault == "cut-json":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        if fault == "lying-length":
            past = replace(ask, query={**ask.query, "page": _PAST_THE_END, "Page": _PAST_THE_END})
            bare = _TOTAL.sub(b'"Total":0', api.answer(past).body) if answer.is_list else b"{}"
            return replace(answer, body=bare, announced=len(answer.body))
        return answer

    def _another(self, ask: Incoming, answer: Answer) -> bytes:
        """Note the body of a document, and return that of another one of its path."""
        wanted = _document_id(ask)
        if not wanted or answer.is_list or answer.status != OK:
            return b""
        known = self._documents.setdefault(ask.path, {})
        other = next((body for one, body in known.items() if one != wanted), b"")
        if len(known) <= 1:
            known.setdefault(wanted, answer.body)
        return other

    def _habitual(self, api: ServedApi, ask: Incoming) -> Answer:
        stream = api.stream_of(ask.path)
        habits = self.habits.of(stream)
        if habits.ignores:
            heard = {name: one for name, one in ask.query.items() if name not in habits.ignores}
            ask = replace(ask, query=heard)
        if not habits.alternatives and " OR " in ask.query.get("where", ""):
            where = ask.query["where"].partition(" OR ")[0]
            ask = replace(ask, query={**ask.query, "where": where})
        answer = api.answer(ask)
        if answer.status != OK or answer.content_type != JSON:
            return answer
        answer = without_rows(answer, habits)
        if habits.rewrites:
            answer = rewritten(answer, habits, api.key_of(stream))
        body = exposed(answer.body)
        return answer if body is answer.body else replace(answer, body=body)

    async def _send(
        self, scope: Scope, receive: Receive, send: Send, answer: Answer, fault: Fault | None
    ) -> None:
        if fault == "reset":
            await wire.reset(scope, receive)
        elif fault == "truncated":
            await wire.truncate(scope, receive, send, answer)
        elif fault == "lying-length":
            length = max(answer.announced, len(answer.body) + 1)
            await wire.fall_short(scope, receive, send, answer, length)
        elif fault == "drip":
            await trouble.drip(scope, receive, send, answer, self.faults.drip_seconds)
        elif fault == "drip-headers":
            await trouble.drip_headers(scope, receive, self.faults.drip_seconds)
        elif fault == "endless":
            await trouble.flood(scope, receive, send, answer)
        elif fault == "gzip-bomb":
            await trouble.explode(send, self.clock.headers())
        else:
            await wire.whole(send, answer)


def _document_id(ask: Incoming) -> str:
    """Return the id of the document that is asked for, nothing for a list."""
    names = ("ID", "TaskID", "ProductionOrderID", "SaleID")
    return "" if "Page" in ask.query else next((ask.query[n] for n in names if n in ask.query), "")


def _failure(api: ServedApi, ask: Incoming, fault: Fault) -> Answer | None:
    """Return the answer to a call whose fault leaves nothing of the ordinary one."""
    if isinstance(fault, int):
        return api.error(fault)
    if fault in CORE_KINDS:
        return api.fault(fault)
    told = [form for one in api.secrets for form in (one.upper(), one.title())]
    _, _, port = ask.headers.get("Host", "").partition(":")
    whole: dict[Fault, Answer] = {
        "html": Answer(OK, _HTML, content_type="text/html; charset=utf-8"),
        "empty": Answer(OK, b""),
        "retry-after": api.error(TOO_MANY, headers={"Retry-After": "1"}),
        "redirect": api.error(_FOUND, headers={"Location": f"http://localhost:{port}{ELSEWHERE}"}),
        "echo": api.error(_BAD_REQUEST, f"Not accepted: {', '.join(told)}"),
    }
    return whole.get(fault)
