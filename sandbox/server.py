"""Sandbox: the server in a thread of its own, with its data and call log in reach of a test."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from sandbox import control, core
from sandbox.clock import Clock
from sandbox.core import CoreAccount, CoreApi, CoreV1Api, LimitForm
from sandbox.core.resources import lists
from sandbox.edits import Edits
from sandbox.faults import Faults
from sandbox.gate import Gate
from sandbox.habits import HabitBook, Habits
from sandbox.listener import Listener
from sandbox.omni import OmniApi, generate
from sandbox.omni.resources import resources
from sandbox.quota import CallLimit
from sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from typing_extensions import Self

    from sandbox.api import Call, ServedApi
    from sandbox.core.store import CoreStore
    from sandbox.store import Store


def _shared_out(rows: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the sizes of Omni's lists and those of Core's; a name may be both.

    Raises:
        ValueError: A name is neither.

    """
    omni = {resource.name for resource in resources()}
    others = rows.keys() - omni
    # Core's fields are looked at only when somebody asks for Core.
    known = lists() if others else {}
    if unknown := sorted(others - known.keys()):
        raise ValueError(f"no such stream: {', '.join(unknown)}")
    return {name: rows[name] for name in rows.keys() & omni}, dict(rows)


@dataclass
class Sandbox(Switches):
    """A stand-in for Cin7 on a port of this machine.

    ::

        with Sandbox(rows={"sales_orders": 5000}, faults=Faults(rate=0.1)) as server:
            requests.get(f"{server.base_url}/v1/SalesOrders", auth=server.auth)

    Two servers with the same seed and sizes hold the same data.

    Args:
        seed: What the data come from.
        rows: Number of rows by stream; of Core the lists have names of their own.
        default_rows: Number of rows of the other streams; small lists stay small.
        crowd: Sales orders that share one second; None means as many as fit. In Core, sales
            that share one millisecond; None means a third.
        null_stamps: Share of rows without modifiedDate by stream; payments have some anyway.
        username: API username of Omni.
        api_key: Key of the Omni connection.
        account_id: Id of the Core account.
        application_key: Key of the Core account.
        denied: Omni streams that the connection may not read.
        unavailable: Core streams that the account does not have.
        quota: Limits of Omni; none by default.
        core_quota: Limit of Core, over V2 and V1; none by default.
        core_limit_form: How Core V2 says that its limit is reached.
        faults: What goes wrong.
        edits_per_call: Rows edited after each answered list call.
        edits_stream: Stream that is edited; None means the one being read.
        latency_seconds: How long every answer takes at least.
        habits: What lists do that nobody hopes for, by stream or for all; see ``habits``.
        clock: Cin7's own clock; None stamps edits one second after another, from the newest
            stamp there is, and sends this machine's time as Date.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.

    """

    seed: int = 1
    rows: Mapping[str, int] = field(default_factory=dict)
    default_rows: int = 300
    crowd: int | None = None
    null_stamps: Mapping[str, float] = field(default_factory=dict)
    username: str = "demo"
    api_key: str = field(default="demo-key", repr=False)
    account_id: str = "demo-account"
    application_key: str = field(default="demo-application-key", repr=False)
    denied: Collection[str] = ()
    unavailable: Collection[str] = ()
    quota: CallLimit = field(default_factory=CallLimit)
    core_quota: CallLimit = field(default_factory=lambda: CallLimit(retry_after="text"))
    core_limit_form: LimitForm = "429"
    faults: Faults = field(default_factory=Faults)
    edits_per_call: int = 0
    edits_stream: str | None = None
    latency_seconds: float = 0.0
    habits: Habits | Mapping[str, Habits] | None = None
    clock: Clock | None = None
    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        """Make the data and the application, without listening yet."""
        omni_rows, core_rows = _shared_out(self.rows)
        self.habit_book = HabitBook(self.habits)
        self._luck = random.Random(self.seed)
        self._stamps_by_clock = self.clock is not None
        self.time = self.clock or Clock()
        store = generate(self.seed, omni_rows, self.default_rows, self.crowd, self.null_stamps)
        self.omni = OmniApi(
            self._inhabited(store),
            credentials={self.username: self.api_key},
            denied=frozenset(self.denied),
            quota=self.quota,
        )
        account = CoreAccount(
            self.account_id,
            self.application_key,
            self.core_quota,
            lambda: self._core_store(core_rows),
        )
        self.core = CoreApi(
            account,
            limit_form=self.core_limit_form,
            unavailable=frozenset(self.unavailable),
        )
        self.core_v1 = CoreV1Api(account)
        apis: list[ServedApi] = [self.omni, self.core, self.core_v1]
        self.gate = Gate(
            apis,
            self.faults,
            Edits(self.edits_per_call, self.edits_stream, self.seed),
            self.latency_seconds,
            self.habit_book,
            self.time,
        )
        routes = [*control.routes(self), Route("/{path:path}", self.gate)]
        self._listener = Listener(Starlette(routes=routes), self.host)

    def _core_store(self, rows: dict[str, int]) -> CoreStore:
        store = core.generate(self.seed, rows, self.default_rows, self.crowd)
        self._inhabited(store)
        return store

    def _inhabited(self, store: Store) -> Store:
        store.live_in(self.habit_book, self.time, stamps_by_clock=self._stamps_by_clock)
        return store

    @property
    def store(self) -> Store:
        """Omni's data."""
        return self.omni.store

    @property
    def base_url(self) -> str:
        """What the tap takes as ``base_url`` for Omni."""
        return self.url + self.omni.prefix

    @property
    def core_base_url(self) -> str:
        """What the tap takes as ``base_url`` for Core."""
        return self.url + self.core.prefix

    @property
    def core_v1_base_url(self) -> str:
        """What the tap takes as ``base_url`` for Core V1."""
        return self.url + self.core_v1.prefix

    @property
    def access(self) -> dict[str, str]:
        """The tap's settings that lead to Omni here."""
        return {"base_url": self.base_url, "username": self.username, "api_key": self.api_key}

    @property
    def core_access(self) -> dict[str, str]:
        """The tap's settings that lead to Core here."""
        return {
            "base_url": self.core_base_url,
            "account_id": self.account_id,
            "application_key": self.application_key,
        }

    @property
    def core_headers(self) -> dict[str, str]:
        """The headers that sign a call of Core in."""
        return self.core.account.headers

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://{self.host}:{self.port}"

    @property
    def auth(self) -> tuple[str, str]:
        """Username and key for Omni."""
        return self.username, self.api_key

    @property
    def calls(self) -> list[Call]:
        """Every call since the start or the last reset, refused ones included."""
        return self.gate.calls

    @property
    def strays(self) -> list[tuple[str, dict[str, str]]]:
        """Path and headers of each call to a path of no API, as redirects lead to one."""
        return self.gate.strays

    def reset_calls(self) -> None:
        """Empty the call log."""
        self.gate.calls.clear()

    def start(self) -> Self:
        """Listen, and return once calls are answered."""
        self.port = self._listener.start(self.port)
        return self

    def stop(self) -> None:
        """Stop listening and wait for the thread to end."""
        self._listener.stop()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        """Stop."""
        self.stop()
