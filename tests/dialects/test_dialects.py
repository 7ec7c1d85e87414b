"""All SQL parses in the dialects of databases that no test runs on (`make more`).

That of every model in a first build, and all that a later build sends.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.dbt.package import PACKAGE

_PYTHON = PACKAGE / ".dialects" / "bin" / "python"
_SCRIPT = Path(__file__).with_name("compiled.py")


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "redshift", "databricks"])
def test_every_model_and_every_statement_of_a_later_build_parses(dialect: str) -> None:
    assert _PYTHON.exists(), "the adapters are not set up: make dialects"
    done = subprocess.run([_PYTHON, _SCRIPT, dialect], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    models = (path.read_text(encoding="utf-8") for path in (PACKAGE / "models").rglob("*.sql"))
    incremental = sum("cin7.incremental(" in sql for sql in models)
    assert done.stdout.endswith(f"{incremental} models incremental, 0 failures\n")
