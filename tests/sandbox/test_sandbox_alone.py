"""The sandbox stands on the facts alone: what it knows, it does not know from the tap."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "sandbox").rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    """Return the top packages that a module names in imports, wherever they stand."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called.endswith(("import_module", "__import__", "find_spec")):
                names.add(str(node.args[0].value).partition(".")[0])
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_of_the_sandbox_imports_the_tap(module: Path) -> None:
    assert "tap_cin7" not in imported(ast.parse(module.read_text()))


@pytest.mark.parametrize(
    "text",
    [
        "import tap_cin7.run.apis",
        "def late():\n    from tap_cin7.run import apis",
        "if TYPE_CHECKING:\n    from tap_cin7.run.apis import APIS",
        "importlib.import_module('tap_cin7.run.apis')",
    ],
)
def test_the_check_sees_every_kind_of_import(text: str) -> None:
    assert "tap_cin7" in imported(ast.parse(text))
