"""Servers that several tests share, for reading only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def small() -> Iterator[Sandbox]:
    """Serve 20 rows a stream, which no test may change."""
    with Sandbox(default_rows=20) as server:
        yield server


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """Serve 20 rows a stream, which the test may change."""
    with Sandbox(default_rows=20) as server:
        yield server
