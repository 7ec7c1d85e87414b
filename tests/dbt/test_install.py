"""The package is taken from a repository of Git, whose folder `dbt` it is."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import yaml

from tests.dbt.package import PACKAGE, Build

if TYPE_CHECKING:
    from pathlib import Path

_VARIABLES = {"cin7_omni_accounts": [], "cin7_core_accounts": [], "cin7_metrics": True}


def _committed(repository: Path) -> str:
    left_out = shutil.ignore_patterns(".venv", "target", "logs", "dbt_packages")
    shutil.copytree(PACKAGE, repository / "dbt", ignore=left_out)
    git = ("git", "-C", repository, "-c", "user.name=a", "-c", "user.email=a@localhost")
    for command in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message=a")):
        subprocess.run([*git, *command], check=True)
    done = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_project_takes_the_package_from_git_and_knows_its_metrics(tmp_path: Path) -> None:
    repository, project = tmp_path / "tap-cin7", tmp_path / "own"
    package = {
        "git": f"file://{repository}",
        "subdirectory": "dbt",
        "revision": _committed(repository),
    }
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(yaml.safe_dump({"name": "own", "profile": "cin7"}))
    (project / "packages.yml").write_text(yaml.safe_dump({"packages": [package]}))
    build = Build("duckdb", {"CIN7_DUCKDB": str(tmp_path / "a.duckdb")}, tmp_path, project)
    build.install()
    assert (project / "dbt_packages" / "cin7" / "dbt_project.yml").exists()
    build.run("parse", _VARIABLES)
