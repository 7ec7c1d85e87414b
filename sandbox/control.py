"""The seam for other processes: look at the calls, edit rows, script failures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from sandbox.api import JSON
from sandbox.entry import encode
from sandbox.habits import ANY_STREAM
from sandbox.stamps import from_ticks

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sandbox.store import Store
    from sandbox.switches import Switches

Wish: TypeAlias = dict[str, Any]


def routes(switches: Switches) -> list[Route]:
    """Return the routes below ``/_sandbox``. All but the first two take and give JSON by POST.

    ===============  ==========================================================================
    ``GET calls``    sums up and lists the calls
    ``DELETE calls`` forgets them
    ``edit``         ``stream`` and either ``count`` or ``key`` with ``changes``
    ``fail``         ``stream``, ``fault`` and ``times`` (0: always)
    ``habits``       ``stream`` (all when left out) and ``habits``; see ``sandbox.habits``
    ``change``       ``what``, ``stream``, ``keys`` or ``count``, ``fields``, ``after``, ``of``
    ``clock``        ``advance`` seconds, or ``standing_at``, ``offset_seconds``, ``date_header``
    ``outage``       ``seconds``, ``calls``, ``status``, ``retry_after``, ``stream``
    ``refuse``       ``seconds`` for which connections are refused
    ===============  ==========================================================================

    ``api`` names the API, ``omni`` by default.
    """
    control = _Control(switches)
    return [
        Route("/_sandbox/calls", control.calls, methods=["GET"]),
        Route("/_sandbox/calls", control.forget, methods=["DELETE"]),
        Route("/_sandbox/{order}", control.obey, methods=["POST"]),
    ]


class _Control:
    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._orders: dict[str, Callable[[Wish], Any]] = {
            "edit": self._edit,
            "fail": self._fail,
            "habits": self._habits,
            "change": self._change,
            "clock": self._clock,
            "outage": lambda wish: switches.outages.begin(**wish),
            "refuse": lambda wish: switches.refuse(float(wish["seconds"])),
        }

    async def calls(self, _request: Request) -> Response:
        calls = self._switches.gate.calls
        return _json(
            {
                "count": len(calls),
                "by_status": Counter(str(call.status) for call in calls),
                "by_stream": Counter(call.stream for call in calls),
                "calls": calls,
            }
        )

    async def forget(self, _request: Request) -> Response:
        self._switches.gate.calls.clear()
        return _json({})

    async def obey(self, request: Request) -> Response:
        order = self._orders.get(request.path_params["order"])
        if order is None:
            raise HTTPException(404)
        wish: Wish = await request.json()
        try:
            return _json(order(wish) or {})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise HTTPException(400, f"not understood: {error}") from error

    def _edit(self, wish: Wish) -> Wish:
        store, stream = self._store(wish), wish["stream"]
        if "key" not in wish:
            self._switches.gate.edits.some(store, stream, wish.get("count", 1))
            return {"edited": wish.get("count", 1)}
        key = tuple(wish["key"]) if isinstance(wish["key"], list) else wish["key"]
        return {"edited": 1, "stamp": store.edit(stream, key, **wish.get("changes", {})).stamp}

    def _fail(self, wish: Wish) -> Wish:
        stream, fault, times = wish["stream"], wish["fault"], wish.get("times", 1)
        if times:
            self._switches.fail_next(stream, fault, times)
        else:
            self._switches.always(stream, fault)
        return {"stream": stream, "fault": fault, "times": times}

    def _habits(self, wish: Wish) -> None:
        self._switches.behave(wish.get("stream", ANY_STREAM), **wish["habits"])

    def _change(self, wish: Wish) -> Wish:
        names = wish.keys() & {"api", "count", "after", "of"}
        options = {name: wish[name] for name in names} | wish.get("fields", {})
        what, stream = wish["what"], wish["stream"]
        return {"keys": self._switches.change(what, stream, *wish.get("keys", ()), **options)}

    def _clock(self, wish: Wish) -> Wish:
        clock = self._switches.time
        clock.advance(wish.pop("advance", 0))
        for name, value in wish.items():
            setattr(clock, str(clock.__dataclass_fields__[name].name), value)
        return {"now": from_ticks(clock.ticks())}

    def _store(self, wish: Wish) -> Store:
        return self._switches.store_of(wish.get("api", "omni"))


def _json(value: object) -> Response:
    return Response(encode(value), media_type=JSON)
