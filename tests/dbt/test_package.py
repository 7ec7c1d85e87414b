"""The package's files are those that the tap's catalog makes."""

from __future__ import annotations

import subprocess
import sys

from tests.dbt.package import PACKAGE, ROOT


def test_staging_models_are_those_of_the_catalog() -> None:
    done = subprocess.run(
        [sys.executable, str(PACKAGE / "staging.py"), "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
