"""Another client on the same limit, in real time: what it gets, and what the tap uses of the rest.

Nothing is scaled: Cin7's published limits, answers that take some seconds, and another client that
asks every two seconds, whatever the tap does, for six minutes. All cases run at the same time.
"""

from __future__ import annotations

import base64
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.child import ROOT, environment
from benchmarks.report import Report
from benchmarks.server import serving
from benchmarks.tap import command, config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.server import Server

MINUTE = 60.0
PERIOD = 2.0
MOST_REFUSED, LEAST_USED = 5.0, 80.0
_CORE_KEYS = {
    "api-auth-accountid": "demo-account",
    "api-auth-applicationkey": "demo-application-key",
}
_OMNI_KEYS = {"Authorization": "Basic " + base64.b64encode(b"demo:demo-key").decode()}
_APART_SECONDS = 3.0
_READY = 5.0
"""Seconds in which the tap starts before the other client does."""


@dataclass(frozen=True)
class Case:
    """One account.

    Attributes:
        title: How the table names it.
        api: The API.
        streams: What the tap reads, in more calls than the time allows.
        server: What the sandbox holds and allows.
        shared: Whether there is another client.

    """

    title: str
    api: str
    streams: tuple[str, ...]
    server: tuple[str, ...]
    shared: bool = True


_OMNI = ("omni", ("contacts",), ("--default-rows", "0", "--rows", "contacts=120000"))
_SALES = ("--default-rows", "10", "--rows", "sale_list=500", "--core-limit", "60")
_CORE = ("core", ("sales",), _SALES)
CASES = (
    Case("Omni", _OMNI[0], _OMNI[1], (*_OMNI[2], "--limits", "real")),
    Case("Core, Retry-After", *_CORE),
    Case("Core, no Retry-After", *_CORE[:2], (*_SALES, "--core-limit-form", "400")),
    Case("Omni, alone", _OMNI[0], _OMNI[1], (*_OMNI[2], "--limits", "real"), shared=False),
    Case("Core, alone", *_CORE, shared=False),
)


@dataclass(frozen=True)
class Share:
    """How a limit was shared.

    Attributes:
        asked: Calls of the other client from a minute after its first refusal, over four minutes.
        refused: Those of them that were refused.
        used: What the tap used in that time of what the other left, in %.
        own: Calls of the tap that were refused.

    """

    asked: int
    refused: int
    used: float
    own: int


def measure(minutes: float = 6.0) -> Report:
    """Let the tap read beside another client, and alone.

    Args:
        minutes: How long.

    """
    report = Report(
        "Beside another client that asks every 2 s",
        ("account", "its calls", "refused", "tap: of the rest, %", "tap: refused"),
    )
    with ThreadPoolExecutor(len(CASES)) as pool:
        shares = list(pool.map(_share, range(len(CASES)), CASES, repeat(minutes)))
    for case, share in zip(CASES, shares, strict=True):
        numbers = (share.asked, share.refused, f"{share.used:.0f}", share.own)
        report.rows.append((case.title, *map(str, numbers)))
        if case.shared:
            of_its_calls = 100 * share.refused / max(1, share.asked)
            report.target(f"{case.title}: refused", of_its_calls, " %", most=MOST_REFUSED)
            report.target(f"{case.title}: used", share.used, " %", least=LEAST_USED)
        else:
            report.target(f"{case.title}: calls refused", share.own, most=0)
            report.target(f"{case.title}: used", share.used, " %", least=95)
    return report


def _share(number: int, case: Case, minutes: float) -> Share:
    time.sleep(_APART_SECONDS * number)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("--warm", *case.server, "--latency", "0.7", core=None) as server,
    ):
        line = command(Path(folder), config(server, case.api), case.streams)
        other: list[tuple[float, int]] = []
        with subprocess.Popen(
            line,
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as tap:
            _ask_beside(server, case, other, time.monotonic() + _READY, minutes * MINUTE)
            tap.kill()
        calls = server.calls()
    return _counted(case, calls, other)


def _ask_beside(
    server: Server, case: Case, other: list[tuple[float, int]], began: float, seconds: float
) -> None:
    """Ask every two seconds, or just let the time pass; note when and how it was answered."""
    time.sleep(max(0.0, began - time.monotonic()))
    with ThreadPoolExecutor(8) as pool:
        for number in range(round(seconds / PERIOD)):
            time.sleep(max(0.0, began + number * PERIOD - time.monotonic()))
            if case.shared:
                pool.submit(_ask, server, case.api, other)


def _ask(server: Server, api: str, other: list[tuple[float, int]]) -> None:
    keys: Mapping[str, str]
    address, path, keys = (
        (server.omni, "/v1/Branches?page=1&rows=1", _OMNI_KEYS)
        if api == "omni"
        else (server.core, "/me", _CORE_KEYS)
    )
    parts = urlsplit(address)
    moment = time.monotonic()
    with closing(HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("GET", parts.path + path, headers=dict(keys))
        other.append((moment, connection.getresponse().status))


def _counted(case: Case, calls: list[dict[str, object]], other: list[tuple[float, int]]) -> Share:
    streams = case.streams if case.api == "omni" else (*case.streams, "sale_list")
    mine = [(float(str(c["time"])), c["status"]) for c in calls if c["stream"] in streams]
    own = sum(status not in (0, 200) for _, status in mine)
    refused = [moment for moment, status in sorted(other) if status != 200]
    begin = min(refused) if refused else mine[0][0]
    since, until = begin + MINUTE, begin + 5 * MINUTE
    its = [status for moment, status in other if since <= moment < until]
    left = (until - since) - its.count(200)
    used = sum(since <= moment < until and status in (0, 200) for moment, status in mine)
    return Share(len(its), len(its) - its.count(200), 100 * used / left, own)
