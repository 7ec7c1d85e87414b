"""Servers that the tests of this room share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = {"sales_orders": 300, "stock": 20, "sale_list": 60, "products": 60}


@pytest.fixture(scope="session")
def kept() -> Iterator[Sandbox]:
    """Serve an account that shows every assumption; its habits are turned by ``account``."""
    with Sandbox(rows=SIZES, default_rows=30) as server:
        yield server


@pytest.fixture
def account(kept: Sandbox) -> Iterator[Sandbox]:
    """Return that account, well-behaved before and after the test."""
    kept.reset_calls()
    yield kept
    kept.behave_well()
    kept.faults.heal("*")
    kept.faults.mend()
    kept.time.offset_seconds, kept.time.date_header = 0.0, "right"
