"""The seam for other processes: look at the calls, edit rows, script failures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from sandbox.api import JSON
from sandbox.entry import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sandbox.gate import Gate
    from sandbox.store import Store


def routes(gate: Gate) -> list[Route]:
    """Return the routes below ``/_sandbox``.

    ``GET calls`` sums up and lists the calls and ``DELETE calls`` forgets them; ``POST edit``
    takes ``stream`` and either ``count`` or ``key`` with ``changes``; ``POST fail`` takes
    ``stream``, ``fault`` and ``times`` (0: always). ``api`` names the API, ``omni`` by default.
    """
    control = _Control(gate)
    return [
        Route("/_sandbox/calls", control.calls, methods=["GET"]),
        Route("/_sandbox/calls", control.forget, methods=["DELETE"]),
        Route("/_sandbox/edit", control.edit, methods=["POST"]),
        Route("/_sandbox/fail", control.fail, methods=["POST"]),
    ]


class _Control:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def calls(self, _request: Request) -> Response:
        calls = self._gate.calls
        return _json(
            {
                "count": len(calls),
                "by_status": Counter(str(call.status) for call in calls),
                "by_stream": Counter(call.stream for call in calls),
                "calls": calls,
            }
        )

    async def forget(self, _request: Request) -> Response:
        self._gate.calls.clear()
        return _json({})

    async def edit(self, request: Request) -> Response:
        wish: dict[str, Any] = await request.json()
        return _json(_understood(lambda: self._edit(wish)))

    async def fail(self, request: Request) -> Response:
        wish: dict[str, Any] = await request.json()
        return _json(_understood(lambda: self._fail(wish)))

    def _edit(self, wish: dict[str, Any]) -> dict[str, Any]:
        store, stream = self._store(wish), wish["stream"]
        if "key" not in wish:
            self._gate.edits.some(store, stream, wish.get("count", 1))
            return {"edited": wish.get("count", 1)}
        key = tuple(wish["key"]) if isinstance(wish["key"], list) else wish["key"]
        return {"edited": 1, "stamp": store.edit(stream, key, **wish.get("changes", {})).stamp}

    def _fail(self, wish: dict[str, Any]) -> dict[str, Any]:
        stream, fault, times = wish["stream"], wish["fault"], wish.get("times", 1)
        if times:
            self._gate.faults.fail_next(stream, fault, times)
        else:
            self._gate.faults.always(stream, fault)
        return {"stream": stream, "fault": fault, "times": times}

    def _store(self, wish: dict[str, Any]) -> Store:
        name = wish.get("api", "omni")
        return {api.name: api for api in self._gate.apis}[name].store


def _understood(do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return do()
    except (KeyError, TypeError, ValueError) as error:
        raise HTTPException(400, f"not understood: {error}") from error


def _json(value: object) -> Response:
    return Response(encode(value), media_type=JSON)
