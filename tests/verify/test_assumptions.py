"""Assumptions are declared once: what relies on one names it, and the pages show them all."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

import pytest

from docs import generate, reality
from tap_cin7.assumptions import ASSUMPTIONS
from tests.docs.clone import ROOT
from tests.support import only, run_tap
from tests.support_core import run_core, select

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox

SOURCE = ROOT / "tap_cin7"
_RELIES = re.compile(r"^Relies on: (.*?)\.$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r'(?:refuted\.add\(|PROBES\.declare\(|assumption=)\s*"([a-z-]+)"')


def relied_on() -> dict[str, set[str]]:
    """Return the assumptions that each module says it relies on."""
    relied = {}
    for path in sorted(SOURCE.rglob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if line := _RELIES.search(text):
            name = path.relative_to(SOURCE).with_suffix("").as_posix().replace("/", ".")
            relied[name] = set(re.split(r",\s+", line[1]))
    return relied


def test_a_module_relies_on_nothing_that_is_not_declared_and_the_other_way_round() -> None:
    declared: dict[str, set[str]] = {}
    for one in ASSUMPTIONS.values():
        assert one.relies, one.id
        for module in one.relies:
            declared.setdefault(module, set()).add(one.id)
    assert relied_on() == declared


def test_code_names_no_assumption_that_is_not_declared() -> None:
    named = {
        (path.name, found)
        for path in SOURCE.rglob("*.py")
        for found in _NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 30
    assert {one for one in named if one[1] not in ASSUMPTIONS} == set()


@pytest.mark.parametrize("page", ["docs/guarantees.md", "docs/reality.md"])
def test_the_pages_show_each_assumption(page: str) -> None:
    text = generate.pages()[page]
    assert [one for one in ASSUMPTIONS if f"`{one}`" not in text] == []
    assert text == (ROOT / page).read_text(encoding="utf-8"), "stale: run `make docs`"


def test_a_report_is_merged_into_what_is_known(tmp_path: Path) -> None:
    kept, report = tmp_path / "reality.json", tmp_path / "report.json"
    kept.write_text((ROOT / "docs" / "reality.json").read_text(encoding="utf-8"), encoding="utf-8")
    assumptions = [
        {"id": "omni-order", "verdict": "refuted", "evidence": "3 rows against the order"},
        {"id": "omni-end", "verdict": "unseen", "evidence": "no list"},
    ]
    fields = {"unknown": [{"path": "contacts.newField", "type": "text"}], "misfits": []}
    report.write_text(
        json.dumps({"api": "omni", "calls": 37, "assumptions": assumptions, "fields": fields}),
        encoding="utf-8",
    )
    reality.merge(report, kept)
    merged = reality.read(kept)
    assert reality.line("omni-order", merged) == "0 of 1 reports"
    assert reality.line("omni-end", merged) == "no report"
    assert "`contacts.newField` (text)" in reality.page(merged)


def test_a_report_of_an_unknown_assumption_is_not_merged(tmp_path: Path) -> None:
    kept, report = tmp_path / "reality.json", tmp_path / "report.json"
    kept.write_text("{}", encoding="utf-8")
    bad = {"id": "of-another-version", "verdict": "holds", "evidence": ""}
    report.write_text(
        json.dumps(
            {
                "api": "omni",
                "calls": 1,
                "assumptions": [bad],
                "fields": {"unknown": [], "misfits": []},
            }
        ),
        encoding="utf-8",
    )
    with pytest.raises(SystemExit, match="of-another-version"):
        reality.merge(report, kept)
    assert kept.read_text(encoding="utf-8") == "{}"


def test_the_summary_of_a_run_names_what_its_answers_refuted(account: Sandbox) -> None:
    account.behave("customers", total=0)
    account.behave("contacts", ignores=["order"])
    core = run_core(account, select("customers"))
    (line,) = [one for one in core.stderr.splitlines() if "SUMMARY customers" in one]
    assert line.endswith(", does not hold: core-total")
    omni = run_tap(account, only("contacts"))
    assert omni.exit_code == 1
    (line,) = [one for one in omni.stderr.splitlines() if "SUMMARY contacts" in one]
    assert line.endswith(", does not hold: omni-order")
