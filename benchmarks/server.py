"""The sandbox in a process of its own, so that it takes no time from what is measured."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.child import ROOT, SERVER_CORE, environment, on_core, python

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOG = "/_sandbox/calls"
_ADDRESS = re.compile(r"http://[^\s,]+")


@dataclass(frozen=True)
class Server:
    """A sandbox that answers.

    Attributes:
        omni: Address of Omni.
        core: Address of Core.

    """

    omni: str
    core: str

    def calls(self) -> list[dict[str, Any]]:
        """Return the call log."""
        log: list[dict[str, Any]] = json.loads(self._ask("GET", _LOG))["calls"]
        return log

    def forget(self) -> None:
        """Empty the call log."""
        self._ask("DELETE", _LOG)

    def order(self, name: str, **wish: Any) -> None:  # noqa: ANN401
        """Give an order of ``sandbox.control``."""
        self._ask("POST", f"/_sandbox/{name}", body=json.dumps(wish))

    def prepare(self, path: str) -> None:
        """Let a list of Core be made ready, which else the first call waits for."""
        keys = {
            "api-auth-accountid": "demo-account",
            "api-auth-applicationkey": "demo-application-key",
        }
        self._ask("GET", f"{urlsplit(self.core).path}{path}?Page=1&Limit=1", keys)
        self.forget()

    def _ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> bytes:
        with closing(HTTPConnection(urlsplit(self.omni).netloc)) as connection:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the sandbox answered {answer.status} to {target}")
        return content


@contextmanager
def serving(*options: str, core: int | None = SERVER_CORE) -> Iterator[Server]:
    """Run a sandbox.

    Args:
        options: Its command line; see ``python -m sandbox --help``.
        core: The core that it stays on.

    Raises:
        RuntimeError: If it does not start.

    """
    with subprocess.Popen(
        on_core(core, python("-m", "sandbox", "--port", "0", *options)),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if process.stdout is None:
                raise TypeError
            addresses = _ADDRESS.findall(process.stdout.readline() + process.stdout.readline())
            if len(addresses) < 2:
                raise RuntimeError("the sandbox did not start")
            yield Server(addresses[0], addresses[1])
        finally:
            process.kill()
