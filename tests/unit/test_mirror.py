"""The tests of a module have its name: tests/unit/run/test_check.py are those of run/check.py.

A word behind it may say what of the module, as in ``test_parts_snapshots.py``. What concerns
several modules stands in tests/unit itself; tests/unit/fleet tests a program of examples.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
FILES = sorted(
    path.relative_to(UNIT) for path in UNIT.glob("*/**/test_*.py") if path.parent != UNIT / "fleet"
)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_of_tests_has_the_name_of_a_module(file: Path) -> None:
    name = file.stem.removeprefix("test_")
    modules = {module.stem for module in (ROOT / "tap_cin7" / file.parent).glob("*.py")}
    assert any(name == module or name.startswith(f"{module}_") for module in modules)
