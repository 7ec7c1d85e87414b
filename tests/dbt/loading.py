"""The shop in two databases: read by the tap, twice, and loaded by the loaders as shipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox import Sandbox
from sandbox.shop.serve import Served, room
from tests.dbt.package import PACKAGE, ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sandbox.shop import Shop

UNREAD = frozenset({"disassemblies", "inventory_write_offs"})
"""Streams that this account leaves out; the shop knows nothing of them."""
LOADERS = ROOT / ".meltano" / "loaders"


@dataclass
class Account:
    """One product of the shop, and what the tap wrote of it.

    Attributes:
        product: Which one.
        access: Settings that lead to the sandbox.
        directory: Where files go.
        runs: Output of each run.

    """

    product: Literal["omni", "core"]
    access: Mapping[str, str]
    directory: Path
    runs: list[Path] = field(default_factory=list)

    @property
    def schema(self) -> str:
        """Where the tables go."""
        return f"cin7_{self.product}"

    def read(self) -> None:
        """Run the tap once more, from where it stopped."""
        config = self._file(
            "config",
            {
                "api": self.product,
                **self.access,
                "requests_per_second": 1000,
                "requests_per_minute": 60000,
                "requests_per_day": 1000000,
            },
        )
        catalog = json.loads(_tap("--config", config, "--discover"))
        wanted = {path.stem.split("__")[1] for path in PACKAGE.glob(_STAGING.format(self.product))}
        for stream in catalog["streams"]:
            top = next(one for one in stream["metadata"] if not one["breadcrumb"])
            top["metadata"]["selected"] = stream["tap_stream_id"] in wanted - UNREAD
        options = ["--config", config, "--catalog", self._file("catalog", catalog)]
        if self.runs:
            options += ["--state", self._file("state", _last_state(self.runs[-1]))]
        output = self.directory / f"{self.product}-{len(self.runs)}.singer"
        output.write_text(_tap(*options), encoding="utf-8")
        self.runs.append(output)

    def load(self, loader: str, settings: Mapping[str, object]) -> None:
        """Load what all runs wrote, one after the other."""
        config = self._file(loader, {**settings, "default_target_schema": self.schema})
        for output in self.runs:
            with output.open(encoding="utf-8") as lines:
                done = subprocess.run(
                    [LOADERS / loader / "venv" / "bin" / f"steady-{loader}", "--config", config],
                    stdin=lines,
                    capture_output=True,
                    text=True,
                    check=False,
                )
            assert done.returncode == 0, done.stderr[-4000:]

    def _file(self, name: str, content: object) -> str:
        path = self.directory / f"{self.product}-{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)


_STAGING = "models/staging/{}/*.sql"


def read_twice(earlier: Shop, later: Shop, directory: Path) -> list[Account]:
    """Read a shop on one day, and again on a later one."""
    with Sandbox(rows=room(earlier), default_rows=3) as sandbox:
        served = Served(earlier, sandbox)
        accounts = [
            Account("omni", sandbox.access, directory),
            Account("core", sandbox.core_access, directory),
        ]
        for account in accounts:
            account.read()
        served.become(later)
        for account in accounts:
            account.read()
    return accounts


def _tap(*options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tap_cin7", *options],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def _last_state(output: Path) -> Any:  # noqa: ANN401 - whatever the tap keeps
    lines: Sequence[str] = output.read_text(encoding="utf-8").splitlines()
    states = [line for line in lines if line.startswith('{"type":"STATE"')]
    return json.loads(states[-1])["value"]
