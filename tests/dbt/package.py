"""The dbt package, run by its own program in an environment of its own.

dbt pins much of what it needs, so it stays apart from the environment of the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "dbt"
_PLACE = PACKAGE / ".venv"
_REQUIREMENTS = PACKAGE / "requirements.txt"


def program() -> Path:
    """Return the program, installed as locked."""
    ready = _PLACE / ".ready"
    _PLACE.mkdir(exist_ok=True)
    with FileLock(_PLACE / ".lock"):
        if not ready.exists() or ready.stat().st_mtime < _REQUIREMENTS.stat().st_mtime:
            uv = str(Path(sys.executable).with_name("uv"))
            python = str(_PLACE / "bin" / "python")
            _run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, _PLACE])
            _run([uv, "pip", "install", "--quiet", "--python", python, "-r", _REQUIREMENTS])
            ready.touch()
    return _PLACE / "bin" / "dbt"


def _run(command: list[str | Path], **options: Any) -> None:  # noqa: ANN401 - subprocess's own
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@dataclass(frozen=True)
class Build:
    """``dbt build`` against one database.

    Attributes:
        target: Target of dbt/profiles.yml.
        environment: What leads the target to the database.
        directory: Where dbt writes.

    """

    target: str
    environment: Mapping[str, str]
    directory: Path

    def run(self, variables: Mapping[str, object], *options: str) -> dict[str, str]:
        """Build all models and run all tests of the package.

        Args:
            variables: Variables of the package.
            options: More options of ``dbt build``.

        Returns:
            The state of each model and test by its id.

        """
        _run(
            [
                program(),
                "build",
                *("--project-dir", PACKAGE, "--profiles-dir", PACKAGE, "--target", self.target),
                *(
                    "--target-path",
                    self.directory / "target",
                    "--log-path",
                    self.directory / "logs",
                ),
                *("--vars", json.dumps(variables), "--no-use-colors", "--warn-error", *options),
            ],
            cwd=PACKAGE,
            env={**os.environ, **self.environment},
        )
        results = json.loads((self.directory / "target" / "run_results.json").read_text())
        return {one["unique_id"]: one["status"] for one in results["results"]}
