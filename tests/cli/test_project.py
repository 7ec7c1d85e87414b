"""What the repository says of itself is true, and holds nothing of the machine it was made on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LOADERS = {"target-duckdb", "target-jsonl", "target-postgres"}
REGISTRIES = re.compile("pypi" + r"\.org|pythonhosted" + r"\.org|index-url|find-links")
UNTRACKED = re.compile(r"/(\.(?!ci|github|pre)[^/]*|__pycache__|output|dist)(/|$)")
HERE = re.compile(
    "|".join(["/" + "work/", "/" + "tmp/", "shared" + "/", "/" + "root/", "/" + "home/"])
)


def run(*command: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def about() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        run(sys.executable, "-m", "tap_cin7", "--about", "--format=json")
    )
    return told


@pytest.fixture(scope="module")
def meltano() -> dict[str, Any]:
    project: dict[str, Any] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    return project


def test_meltano_knows_every_setting_of_the_tap(
    about: dict[str, Any], meltano: dict[str, Any]
) -> None:
    written = {
        setting["name"]: setting for setting in meltano["plugins"]["extractors"][0]["settings"]
    }
    declared = about["settings"]["properties"]
    assert list(written) == list(declared)
    for name, setting in declared.items():
        kinds = (
            {"string", "options", "date_iso8601"}
            if "string" in setting["type"]
            else setting["type"]
        )
        assert written[name]["kind"] in kinds, name
        assert written[name].get("sensitive", False) == setting.get("secret", False), name
        assert written[name].get("value") == setting.get("default"), name
        assert written[name]["description"], name


def test_meltano_knows_the_capabilities_of_the_tap(
    about: dict[str, Any], meltano: dict[str, Any]
) -> None:
    written = meltano["plugins"]["extractors"][0]["capabilities"]
    assert sorted(written) == sorted(about["capabilities"])


def test_meltano_needs_no_hub(meltano: dict[str, Any]) -> None:
    plugins = meltano["plugins"]["extractors"] + meltano["plugins"]["loaders"]
    assert {loader["name"] for loader in meltano["plugins"]["loaders"]} == LOADERS
    for plugin in plugins:
        assert "inherit_from" in plugin or plugin.keys() >= {
            "namespace",
            "pip_url",
            "executable",
            "settings",
        }, plugin["name"]
    assert meltano["send_anonymous_usage_stats"] is False


def test_no_account_inherits_from_another(meltano: dict[str, Any]) -> None:
    # What an account lacks it would take from the other one, credentials included.
    extractors = {plugin["name"]: plugin for plugin in meltano["plugins"]["extractors"]}
    accounts = {name for name, plugin in extractors.items() if "load_schema" in plugin}
    assert accounts == {"tap-cin7", "tap-cin7-core"}
    for name in accounts:
        assert extractors[name]["inherit_from"] not in accounts
        assert "select" not in extractors[name], "a choice would only be added to it"


def test_every_setting_stands_in_the_reference(about: dict[str, Any]) -> None:
    reference = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    for name in about["settings"]["properties"]:
        assert f"| `{name}` |" in reference


def test_generated_docs_are_not_stale() -> None:
    run(sys.executable, "-m", "docs.generate", "--check")


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_committed_file_names_this_machine_or_a_package_registry() -> None:
    # Whoever runs this need not own the clone, nor have git or a clone at all.
    git = shutil.which("git") if (ROOT / ".git").exists() else None
    if git is None:
        every = (f"/{path.relative_to(ROOT)}" for path in ROOT.rglob("*"))
        names = [name[1:] for name in every if not UNTRACKED.search(name)]
    else:
        listed = ("ls-files", "--cached", "--others", "--exclude-standard")
        names = run(git, "-c", "safe.directory=*", *listed).splitlines()
    files = [ROOT / name for name in names]
    found = []
    for path in files:
        if path.name in {"uv.lock", Path(__file__).name} or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if HERE.search(line) or REGISTRIES.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []
