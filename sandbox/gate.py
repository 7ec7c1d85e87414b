"""The way every call takes: log, sign-in, quota, faults, latency, answer, edits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox import wire
from sandbox.api import NOT_FOUND, OK, TOO_MANY, Answer, Api, Ask, Call
from sandbox.edits import Edits
from sandbox.faults import CORE_KINDS, Fault, Faults

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_HTML = b"<!DOCTYPE html><html><head><title>Busy</title></head><body>Please wait.</body></html>"
_BODIES = {
    "html": Answer(OK, _HTML, content_type="text/html; charset=utf-8"),
    "empty": Answer(OK, b""),
}
_LOST = Answer(NOT_FOUND, b"No such API here.", content_type="text/plain")


@dataclass
class Gate:
    """An ASGI application in front of the APIs; everything they share happens here."""

    apis: list[Api]
    faults: Faults = field(default_factory=Faults)
    edits: Edits = field(default_factory=Edits)
    latency_seconds: float = 0.0
    calls: list[Call] = field(default_factory=list)
    _number: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call and log it."""
        request = Request(scope)
        api = self._api(request.url.path)
        if api is None:
            await wire.whole(send, _LOST)
            return
        ask = Ask(
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
        refusal = api.sign_in(ask) or self._over_quota(api)
        fault = None if refusal else self.faults.decide(stream, self._number)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        answer = refusal or await self._answer(api, ask, fault)
        if fault not in ("reset", "truncated"):
            call.status = answer.status
        call.ended = time.monotonic()
        if fault is None and answer.is_list:
            # The page is made: what changes now, its reader cannot see on it.
            self.edits.after(api.store, stream)
        await self._send(scope, receive, send, answer, fault)

    def _api(self, path: str) -> Api | None:
        fitting = [api for api in self.apis if path.startswith(f"{api.prefix}/")]
        return max(fitting, key=lambda api: len(api.prefix), default=None)

    def _over_quota(self, api: Api) -> Answer | None:
        wait = api.quota.wait()
        return None if wait is None else api.over_limit(wait)

    async def _answer(self, api: Api, ask: Ask, fault: Fault | None) -> Answer:
        if isinstance(fault, int):
            return api.error(fault)
        if fault in CORE_KINDS:
            return api.fault(fault)
        if fault == "retry-after":
            return api.error(TOO_MANY, headers={"Retry-After": "1"})
        if fault in _BODIES:
            return _BODIES[fault]
        if fault == "slow":
            await asyncio.sleep(self.faults.delay_seconds)
        answer = api.answer(ask)
        if fault == "cut-json":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        return answer

    async def _send(
        self, scope: Scope, receive: Receive, send: Send, answer: Answer, fault: Fault | None
    ) -> None:
        if fault == "reset":
            await wire.reset(scope, receive)
        elif fault == "truncated":
            await wire.truncate(scope, receive, send, answer)
        else:
            await wire.whole(send, answer)
