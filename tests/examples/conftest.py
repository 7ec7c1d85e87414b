"""What the tests of the examples share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from tests.examples.project import Deployment, fresh
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = 12


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """Yield the installed project between a sandbox and a warehouse of the test's own."""
    with Sandbox(default_rows=ROWS) as sandbox, server() as warehouse:
        yield Deployment(fresh(tmp_path / "project"), sandbox, warehouse, tmp_path)
