"""Take Cin7 Core's webhooks and append their bodies to a file, one a line, for ``load.sh``.

Python's standard library is all it needs: ``WEBHOOK_TOKEN=... python receiver.py inbox.jsonl``. Run
it behind a proxy that speaks HTTPS, and give Cin7 the token in one of these ways: as bearer
authorization, as the password of basic authorization, or in a header ``APIKEY`` or
``CONNECTIONID`` of the notification.

It answers as soon as the body is on the disk. Cin7 switches a webhook off that fails six times, so
only what is nobody's fault here is refused: a wrong token, and a body that is far too long. A body
that is not JSON goes to ``<inbox>.rejected`` instead, where it blocks nothing. Some bodies say only
in the header ``event-type`` what they are; with such a header a line is
``{"headers": {"event-type": ...}, "body": ...}``.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import fcntl
import hmac
import json
import os
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = "event-type"
"""The header that says what some bodies are."""
LARGEST_BODY = 1 << 20
"""Bytes. A body names some documents; those of the vendor's samples have a few kB."""
LONGEST_SILENCE = 30
"""Seconds that a sender may take for the next piece of its request."""


class Receiver(ThreadingHTTPServer):
    """Appends bodies to the inbox.

    Attributes:
        inbox: The file.
        token: What a sender has to show.

    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], inbox: Path, token: str) -> None:
        """Listen.

        Args:
            address: Host and port; port 0 takes a free one.
            inbox: The file.
            token: What a sender has to show.

        """
        super().__init__(address, Handler)
        self.inbox = inbox
        self.token = token

    def keep(self, body: bytes, kind: str | None) -> None:
        """Put a body on the disk, as one line.

        Args:
            body: As it came.
            kind: What a header says that it is.

        """
        try:
            held = json.loads(body)
            line = json.dumps({"headers": {KEPT: kind}, "body": held} if kind else held)
        except (ValueError, RecursionError):
            append(self.inbox.with_name(f"{self.inbox.name}.rejected"), repr(body))
        else:
            append(self.inbox, line)


class Handler(BaseHTTPRequestHandler):
    """Answers one sender."""

    server: Receiver
    timeout = LONGEST_SILENCE

    def do_POST(self) -> None:
        """Keep a body and say so."""
        length = self.headers.get("Content-Length", "")
        token = self.server.token.encode()
        if not any(hmac.compare_digest(shown, token) for shown in self._shown()):
            self.send_error(HTTPStatus.UNAUTHORIZED)
        elif not length.isdecimal():
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > LARGEST_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self.server.keep(self.rfile.read(int(length)), self.headers.get(KEPT))
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()

    def _shown(self) -> Iterator[bytes]:
        """Yield what the sender shows as the token."""
        scheme, _, shown = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            yield shown.strip().encode()
        elif scheme.lower() == "basic":
            with contextlib.suppress(binascii.Error, ValueError):
                yield base64.b64decode(shown, validate=True).partition(b":")[2]
        for name in ("APIKEY", "CONNECTIONID"):
            yield self.headers.get(name, "").encode()


def append(path: Path, line: str) -> None:
    """Append a line and wait until the disk has it.

    The lock keeps lines of other threads apart, and ``load.sh`` from moving the file meanwhile.
    """
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Append webhook bodies to a file.")
    parser.add_argument("inbox", type=Path, help="file that takes a body a line")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on")
    options = parser.parse_args()
    token = os.environ.get("WEBHOOK_TOKEN", "")
    if not token:
        parser.error("set WEBHOOK_TOKEN to the token that Cin7 sends")
    with Receiver((options.host, options.port), options.inbox, token) as server:
        sys.stderr.write(f"receiver listens on port {server.server_port}\n")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")


if __name__ == "__main__":
    main()
