"""The messages that the tap can print as a warning or an error, collected from its source.

A template is what stands in the source with ``…`` for each value that is put in. Collected are

- what `warning`, `error` and `critical` of a logger are given,
- what the exceptions of this tap are made with,
- every other text that reads as words: whoever writes a new message need not think of this module.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.docs.clone import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = ROOT / "tap_cin7"
WARNINGS = {"warning", "error", "critical", "exception"}
NO_WARNINGS = {"info", "debug"}
REPORTS = {
    "run/check.py",
    "run/progress.py",
    "run/run_log.py",
    "rows/fields.py",
    "verify/account.py",
    "verify/common.py",
    "verify/core_documents.py",
    "verify/core_lists.py",
    "verify/findings.py",
    "verify/omni.py",
    "verify/report.py",
    "verify/responses.py",
}
"""Modules whose texts are a report, columns or their descriptions."""
CAUGHT = {"instants.py", "rows/encoding.py"}
"""Modules whose errors others catch, to say what they mean."""
REPORTING = {
    ("tap.py", "check"),
    ("cli.py", "_check"),
    ("run/sync.py", "_following"),
    *(("run/summary.py", name) for name in ("line", "_more", "overall", "some_of", "table")),
    ("verify/verification.py", "verify"),
}
_PLACEHOLDER = re.compile(r"%(?:\.\d+)?[sdrfg]")
_WORDS = re.compile(r"\b[a-z][a-z']+\b")


def messages() -> dict[str, str]:
    """Return the templates, and where each of them stands."""
    files = sorted(SOURCE.rglob("*.py"))
    errors = _errors(files)
    return {
        template: f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line, template in _Collector(path, errors).found()
        if _WORDS.search(template)
    }


def _errors(files: list[Path]) -> set[str]:
    """Return the names of the tap's exceptions: those of `errors` and what derives from them."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    known = {"Cin7Error", "TargetGone"}
    while more := {name for name, of in bases.items() if of & known} - known:
        known |= more
    return known


class _Collector(ast.NodeVisitor):
    """Walks one module; what is left out is not walked into."""

    def __init__(self, path: Path, errors: set[str]) -> None:
        self._path = path
        self._name = path.relative_to(SOURCE).as_posix()
        self._errors = errors
        self._found: list[tuple[int, str]] = []
        self._depth = 0
        self._is_told = False

    def found(self) -> Iterator[tuple[int, str]]:
        self.visit(ast.parse(self._path.read_text(encoding="utf-8")))
        yield from self._found

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring otherwise
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if (self._name, node.name) in REPORTING:
            return
        self._depth += 1
        for statement in node.body:  # not its annotations
            self.visit(statement)
        self._depth -= 1

    def visit_Assign(self, node: ast.Assign) -> None:
        if self._depth or isinstance(node.value, (ast.Constant, ast.JoinedStr)):
            self.visit(node.value)
        elif isinstance(node.value, ast.Call):
            for keyword in node.value.keywords:
                if keyword.arg == "notice":  # of an API, a warning of each run
                    self.visit(keyword.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and self._depth:
            self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc is not None and self._is_ours(node.exc):
            self.visit(node.exc)

    def visit_Call(self, node: ast.Call) -> None:
        name = _name(node.func)
        if name in NO_WARNINGS:
            return
        is_told = self._is_told
        self._is_told = name in WARNINGS or name in self._errors or self._name == "errors.py"
        for argument in node.args:
            self.visit(argument)
        self._is_told = is_told
        self.visit(node.func)
        for keyword in node.keywords:
            self.visit(keyword.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._add(node.lineno, _PLACEHOLDER.sub("…", node.value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
        self._add(node.lineno, "".join(parts))

    def _is_ours(self, raised: ast.expr) -> bool:
        name = _name(raised.func) if isinstance(raised, ast.Call) else ""
        return name in self._errors or name.startswith("_") or name == "malformed"

    def _add(self, line: int, template: str) -> None:
        words = len(_WORDS.findall(template))
        is_said = self._is_told and words > 0 and " " in template
        is_read = (
            words > 1
            and template.count(" ") > 1
            and self._name not in REPORTS | CAUGHT
            and "resources/" not in self._name
            and not template.startswith("Added by the tap: ")
        )
        if is_said or is_read:
            self._found.append((line, template.strip()))


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
