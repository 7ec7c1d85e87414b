"""The site as `make site` builds it, on a server, and a browser to look at it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / ".site" / "html"
BROWSERS = ("chromium", "google-chrome", "chromium-browser")


class BrowserMissingError(RuntimeError):
    """No browser is installed."""

    def __init__(self) -> None:
        super().__init__("install Chromium to run them: apt-get install chromium")


@pytest.fixture(scope="session")
def html() -> Path:
    """Build the site; Zensical fails on a link or an anchor that leads nowhere."""
    built = subprocess.run(
        [sys.executable, "-m", "docs.build_site"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout
    return HTML


@pytest.fixture(scope="session")
def address(html: Path) -> Iterator[str]:
    """Serve the site from a folder, as its host does."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(html))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise BrowserMissingError
    with sync_playwright() as playwright:
        # Without its sandbox, which needs rights that a container lacks; it shows own pages only.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()


class _Quiet(SimpleHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep requests out of what pytest shows."""
