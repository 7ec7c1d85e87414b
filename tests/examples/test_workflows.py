"""The workflows are pinned, and what they look for in code and workflows is not there."""

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

from tests.examples.environments import ROOT, programs
from tests.examples.project import in_bash, path_with
from tests.support import environment

WORKFLOWS = [
    *sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    ROOT / "examples" / "github-actions" / "load.yml",
]
OWNED = re.compile(r"https://github\.com/([\w-]+)/tap-cin7\b|@([\w-]+)/maintainers\b")


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return found


def step(workflow: str, job: str, name: str) -> str:
    steps = read(f".github/workflows/{workflow}")["jobs"][job]["steps"]
    (found,) = (str(one["run"]) for one in steps if one.get("name") == name)
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_and_says_its_version(path: Path) -> None:
    uses = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_an_action_has_one_version_in_all_workflows() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for action, pin in re.findall(r"uses: (\S+)@(\S+)", path.read_text(encoding="utf-8")):
            pins.setdefault(action, set()).add(pin)
    assert {action for action, found in pins.items() if len(found) > 1} == set()


def security(name: str, place: Path = ROOT) -> str:
    """Run a step of the workflow that looks for weak spots and return what it wrote."""
    command = step("security.yml", "code", name)
    tools = f"{programs('lint')}/"
    # Without a token zizmor does not ask GitHub about the actions.
    variables = environment(ZIZMOR_OFFLINE="true")
    return in_bash(command.replace(".venv-security/bin/", tools), place, variables)


def test_nothing_weak_is_found_in_the_code() -> None:
    security("Look for weak spots in the code")


def test_nothing_weak_is_found_in_any_workflow() -> None:
    told = security("Look for weak spots in the workflows")
    looked_at = set(re.findall(r"completed (\S+)", told))
    assert {str(path.relative_to(ROOT)) for path in WORKFLOWS} <= looked_at


def test_no_workflow_has_a_mistake() -> None:
    security("Look for mistakes in the workflows")


def test_a_mistake_in_a_script_of_a_workflow_is_found(tmp_path: Path) -> None:
    for path in WORKFLOWS:
        place = tmp_path / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        place.write_text(text.replace('run "$ACCOUNT"', "run $ACCOUNT"), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"github-actions/load.yml:\d+:.* SC2086"):
        security("Look for mistakes in the workflows", tmp_path)


def test_the_sbom_is_valid_and_names_what_the_tap_needs_and_its_version(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "uv.lock", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    variables = environment(VERSION="1.2.3", PATH=path_with(Path(sys.executable).parent))
    in_bash(step("release.yml", "materials", "Write the SBOM"), tmp_path, variables)
    sbom = tmp_path / "tap-cin7.cdx.json"
    found = json.loads(sbom.read_text())
    needed = {"singer-sdk", "requests", "msgspec", "redis"}
    assert {one["name"] for one in found["components"]} >= needed
    assert found["metadata"]["component"]["version"] == "1.2.3"
    validated = subprocess.run(
        [programs("lint") / "python", "-c", _VALIDATE, sbom],
        capture_output=True,
        text=True,
        check=False,
    )
    assert validated.stdout + validated.stderr == "None\n"


# All components have one form, and the validator takes a second for each.
_VALIDATE = """
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sbom = json.load(open(sys.argv[1]))
sbom["components"] = sbom["components"][:3]
print(JsonStrictValidator(SchemaVersion.V1_5).validate_str(json.dumps(sbom)))
"""


def test_the_bundles_and_the_sbom_are_attached_to_the_release() -> None:
    jobs = read(".github/workflows/release.yml")["jobs"]
    (fetched,) = (
        one["with"] for one in jobs["announce"]["steps"] if "download-artifact" in str(one)
    )
    assert fetched["pattern"] == "{Packages,SBOM,Bundles}"
    kept = [
        one["with"]["name"]
        for job in jobs.values()
        for one in job["steps"]
        if "upload-artifact" in str(one.get("uses"))
    ]
    assert sorted(kept) == ["Bundles", "SBOM"]
    assert set(jobs["announce"]["needs"]) == {"build", "publish", "image"}


def test_the_bundles_are_kept_under_names_that_say_what_they_are(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(name)
    command = step("release.yml", "publish", "Keep the signature bundles")
    in_bash(command, tmp_path, environment(PROVENANCE="a.jsonl", CONTENTS="b.jsonl"))
    kept = {path.name: path.read_text() for path in (tmp_path / "bundles").iterdir()}
    assert kept == {"provenance.sigstore.json": "a.jsonl", "sbom.sigstore.json": "b.jsonl"}


def test_the_image_of_a_release_has_that_version(tmp_path: Path) -> None:
    command = step("release.yml", "image", "Install just this version in it")
    definition = tmp_path / "tap-cin7.meltano.yml"
    shutil.copy(ROOT / "examples" / "project" / definition.name, definition)
    in_bash(command, tmp_path, environment(VERSION="1.2.3"))
    (plugin,) = yaml.safe_load(definition.read_text())["plugins"]["extractors"]
    assert plugin["pip_url"] == "tap-cin7[redis]==1.2.3"


def test_the_image_is_published_with_provenance_and_nothing_else_pushes() -> None:
    jobs = read(".github/workflows/release.yml")["jobs"]
    (build,) = (
        one["with"] for one in jobs["image"]["steps"] if "build-push-action" in str(one.get("uses"))
    )
    assert (build["provenance"], build["sbom"], build["push"]) == ("mode=max", True, True)
    assert (ROOT / build["file"]).exists()
    assert jobs["publish"]["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert "publish" in jobs["image"]["needs"]


def test_every_python_that_is_promised_is_tested() -> None:
    matrix = read(".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    classifiers = re.findall(
        r'"Programming Language :: Python :: (3\.\d+)"',
        (ROOT / "pyproject.toml").read_text(encoding="utf-8"),
    )
    assert matrix == classifiers


def test_a_release_is_announced_with_its_part_of_the_changelog(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [0.10.0] - 2026-02-01\n\n- Later.\n\n"
        "## [0.1.0] - 2026-01-01\n\n### Added\n\n- First.\n"
    )
    command = step("release.yml", "announce", "Create the release with its part of the changelog")
    cut, _, _ = command.partition("gh release create")
    in_bash(cut, tmp_path, environment(VERSION="0.1.0"))
    assert (tmp_path / "notes.md").read_text().split() == ["###", "Added", "-", "First."]


def test_a_version_without_a_part_in_the_changelog_is_not_announced(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text("## [0.1.0] - 2026-01-01\n\n- First.\n")
    command = step("release.yml", "announce", "Create the release with its part of the changelog")
    done = subprocess.run(
        ["bash", "-ec", command],  # noqa: S607
        cwd=tmp_path,
        env=environment(VERSION="0.2.0", PATH="/usr/bin:/bin"),
        check=False,
    )
    assert done.returncode != 0


def test_every_file_names_the_same_owner() -> None:
    listed = ["README.md", "SECURITY.md", "CHANGELOG.md", "pyproject.toml", ".github/CODEOWNERS"]
    files = [*(ROOT / name for name in listed), *ROOT.glob(".github/**/*.yml")]
    files += [ROOT / "plugin" / "tap-cin7.yml", *ROOT.glob("docs/*.md")]
    owners: set[str] = set()
    for path in files:
        for found in OWNED.findall(path.read_text(encoding="utf-8")):
            owners.update(filter(None, found))
    assert len(owners) == 1, json.dumps(sorted(owners))


def test_forms_are_whole() -> None:
    for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")):
        form = read(str(path.relative_to(ROOT)))
        if path.name == "config.yml":
            assert form["blank_issues_enabled"] is False
            continue
        assert form.keys() >= {"name", "description", "body"}
        ids = [one["id"] for one in form["body"] if "id" in one]
        assert len(ids) == len(set(ids))
        assert all(one["attributes"] for one in form["body"])
