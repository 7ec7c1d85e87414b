"""What the package's files say of the tap's catalog and of the report."""

from __future__ import annotations

import re
import subprocess
import sys

import yaml

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


def test_the_exposure_names_all_marts_that_the_report_reads() -> None:
    marts = {path.stem.removeprefix("cin7__") for path in PACKAGE.glob("models/marts/*.sql")}
    report = ROOT / "demo" / "report"
    code = "".join(path.read_text(encoding="utf-8") for path in report.glob("*.py"))
    # Those that say when a row was changed are listed.
    listed = re.findall(r'"(\w+)"', (report / "marts.py").read_text(encoding="utf-8"))
    read = {one for one in marts if re.search(rf"\b(from|join) {one}\b", code)} | (
        marts & {*listed}
    )
    metrics = PACKAGE / "models" / "metrics" / "_metrics.yml"
    (exposure,) = yaml.safe_load(metrics.read_text(encoding="utf-8"))["exposures"]
    assert exposure["depends_on"] == [f"ref('cin7', 'cin7__{mart}')" for mart in sorted(read)]
