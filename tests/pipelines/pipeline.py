"""One pipeline of the project's own meltano.yml, against a sandbox."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox import Sandbox
    from tests.pipelines.accounts import Account
    from tests.pipelines.databases import Database

ROOT = Path(__file__).resolve().parents[2]
_SUMMARY = re.compile(r"SUMMARY (\w+)[^:]*: (\d+) rows")


@dataclass
class Pipeline:
    """``meltano run`` with state and job history of its own.

    Attributes:
        account: What is read.
        sandbox: Where it is read.
        database: Where it goes.
        directory: Where state and job history go; plugins are those of the project.

    """

    account: Account
    sandbox: Sandbox
    database: Database
    directory: Path

    def run(self) -> dict[str, int]:
        """Run it and return how many rows the tap emitted for each stream."""
        meltano = Path(sys.executable).with_name("meltano")
        done = subprocess.run(
            [str(meltano), "--environment=prod", "run", self.account.plugin, self.database.loader],
            cwd=ROOT,
            env={**os.environ, **self._environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return {stream: int(rows) for stream, rows in _SUMMARY.findall(done.stdout)}

    def _environment(self) -> dict[str, str]:
        prefix = self.account.plugin.replace("-", "_")
        settings = {
            **self.account.access(self.sandbox),
            "requests_per_second": "1000",
            "requests_per_minute": "60000",
            "requests_per_day": "1000000",
        }
        return {
            **{f"{prefix}_{name}".upper(): value for name, value in settings.items()},
            f"{prefix}__select".upper(): json.dumps(self.account.selection),
            **self.database.settings,
            "MELTANO_CLI_LOG_FORMAT": "uncolored",
            "MELTANO_DATABASE_URI": f"sqlite:///{self.directory}/meltano.db",
            "MELTANO_STATE_BACKEND_URI": f"file://{self.directory}/state",
        }
