"""The shop on its way to a database: read twice by the tap, loaded by the loaders as shipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sandbox import Sandbox
from sandbox.shop.serve import Served, room
from tests.dbt.package import PACKAGE, ROOT

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from sandbox.shop import Shop

UNREAD = frozenset(
    {
        "customer_credits",
        "disassemblies",
        "inventory_write_offs",
        "production_jobs",
        "production_runs",
        "supplier_deposits",
    }
)
"""Streams that this account leaves out; the shop knows nothing of them."""
LOADERS = ROOT / ".meltano" / "loaders"


@dataclass(frozen=True)
class Output:
    """What a run of the tap wrote of one product.

    Attributes:
        product: Which one.
        path: The messages.

    """

    product: Literal["omni", "core"]
    path: Path

    def load(self, loader: str, settings: Mapping[str, object]) -> None:
        """Load it with one of the loaders of meltano.yml."""
        config = self.path.with_name(f"{self.path.stem}-{loader}.json")
        schema = f"cin7_{self.product}"
        config.write_text(json.dumps({**settings, "default_target_schema": schema}))
        with self.path.open(encoding="utf-8") as lines:
            done = subprocess.run(
                [LOADERS / loader / "venv" / "bin" / f"steady-{loader}", "--config", config],
                stdin=lines,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stderr[-4000:]

    def state(self) -> Any:  # noqa: ANN401 - whatever the tap keeps
        """Return the last state of the run."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        states = [line for line in lines if line.startswith('{"type":"STATE"')]
        return json.loads(states[-1])["value"]


@dataclass(frozen=True)
class Account:
    """One product of the shop.

    Attributes:
        product: Which one.
        access: Settings that lead to the sandbox.
        directory: Where files go.

    """

    product: Literal["omni", "core"]
    access: Mapping[str, str]
    directory: Path

    def read(self, name: str, earlier: Output | None) -> Output:
        """Run the tap from where it stopped.

        Args:
            name: Name of the run.
            earlier: The run before.

        """
        options = ["--config", self._config, "--catalog", self._catalog]
        if earlier:
            options += ["--state", self._file("state", earlier.state())]
        output = Output(self.product, self.directory / f"{self.product}-{name}.singer")
        output.path.write_text(_tap(*options), encoding="utf-8")
        return output

    @cached_property
    def _config(self) -> str:
        return self._file(
            "config",
            {
                "api": self.product,
                **self.access,
                "requests_per_second": 1000,
                "requests_per_minute": 60000,
                "requests_per_day": 1000000,
            },
        )

    @cached_property
    def _catalog(self) -> str:
        catalog = json.loads(_tap("--config", self._config, "--discover"))
        staging = (PACKAGE / "models" / "staging" / self.product).glob("*.sql")
        wanted = {path.stem.split("__")[1] for path in staging} - UNREAD
        for stream in catalog["streams"]:
            top = next(one for one in stream["metadata"] if not one["breadcrumb"])
            top["metadata"]["selected"] = stream["tap_stream_id"] in wanted
        return self._file("catalog", catalog)

    def _file(self, name: str, content: object) -> str:
        path = self.directory / f"{self.product}-{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)


def two_runs(
    earlier: Shop, later: Shop, directory: Path, apart: float
) -> Generator[list[Output], None, None]:
    """Read both products of a shop on one day, and again on a later one.

    Args:
        earlier: The shop on the first day.
        later: The shop on the second day.
        directory: Where files go.
        apart: Seconds between the runs: the time of reading is what tells them apart.

    """
    with Sandbox(rows=room(earlier), default_rows=3) as sandbox:
        served = Served(earlier, sandbox)
        accounts = [
            Account("omni", sandbox.access, directory),
            Account("core", sandbox.core_access, directory),
        ]
        first = [one.read("first", None) for one in accounts]
        over = time.monotonic()
        yield first
        served.become(later)
        time.sleep(max(0, over + apart - time.monotonic()))
        yield [one.read("second", run) for one, run in zip(accounts, first, strict=True)]


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
