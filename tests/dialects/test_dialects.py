"""The SQL of every model parses in the dialects of databases that no test runs on (`make more`)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.dbt.package import PACKAGE

_PYTHON = PACKAGE / ".dialects" / "bin" / "python"
_SCRIPT = Path(__file__).with_name("compiled.py")


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "redshift", "databricks"])
def test_every_model_parses(dialect: str) -> None:
    assert _PYTHON.exists(), "the adapters are not set up: make dialects"
    done = subprocess.run([_PYTHON, _SCRIPT, dialect], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert done.stdout.endswith("0 do not parse\n")
