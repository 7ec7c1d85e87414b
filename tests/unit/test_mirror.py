"""The tests of a module have its name: tests/unit/run/test_probe.py are those of run/probe.py.

What concerns several modules stands in tests/unit itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
FILES = sorted(path.relative_to(UNIT) for path in UNIT.glob("*/**/test_*.py"))
OF_SEVERAL = {"rows/test_columns.py", "rows/test_values.py", "rows/test_ways.py"}


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_of_tests_has_the_name_of_a_module(file: Path) -> None:
    module = ROOT / "tap_cin7" / file.with_name(file.name.removeprefix("test_"))
    assert module.exists() or file.as_posix() in OF_SEVERAL
