"""The definition for Meltano and its Hub: what the Hub demands, what the tap says, what works."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from sandbox import Sandbox
from tests.examples.environments import ROOT
from tests.examples.project import MELTANO
from tests.support import environment

if TYPE_CHECKING:
    from pathlib import Path

FILE = ROOT / "plugin" / "tap-cin7.yml"
DEFINITION: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
TEXT = {
    "name",
    "namespace",
    "variant",
    "label",
    "description",
    "docs",
    "repo",
    "pip_url",
    "executable",
    "logo_url",
    "domain_url",
    "prereq",
    "settings_preamble",
    "next_steps",
    "usage",
}
CHOICES = {
    "maintenance_status": {"active", "beta", "development", "inactive", "unknown"},
    "quality": {"gold", "silver", "bronze", "unknown"},
}
LISTS_OF_TEXT = {"keywords", "capabilities", "select", "supported_python_versions"}
CAPABILITIES = {
    "about",
    "activate-version",
    "batch",
    "catalog",
    "discover",
    "log-based",
    "properties",
    "schema-flattening",
    "state",
    "stream-maps",
    "structured-logging",
    "test",
}
KINDS = {
    "array",
    "boolean",
    "date_iso8601",
    "decimal",
    "email",
    "file",
    "integer",
    "object",
    "options",
    "string",
}
OF_A_SETTING = {"name", "label", "kind", "description", "value", "options", "sensitive"}


def test_the_definition_has_what_the_hub_demands_and_nothing_else() -> None:
    known = TEXT | CHOICES.keys() | LISTS_OF_TEXT | {"settings", "settings_group_validation"}
    assert DEFINITION.keys() == known
    assert all(isinstance(DEFINITION[name], str) and DEFINITION[name] for name in TEXT)
    assert all(DEFINITION[name] in choices for name, choices in CHOICES.items())
    for name in LISTS_OF_TEXT:
        assert all(isinstance(one, str) for one in DEFINITION[name]), name
    assert set(DEFINITION["capabilities"]) <= CAPABILITIES
    assert all(re.fullmatch(r"3\.\d+", one) for one in DEFINITION["supported_python_versions"])
    assert "meltano_sdk" in DEFINITION["keywords"]


def test_every_setting_has_the_form_of_the_hub() -> None:
    for setting in DEFINITION["settings"]:
        assert setting.keys() <= OF_A_SETTING, setting
        assert setting["kind"] in KINDS, setting
        assert setting["label"], setting
        assert setting["description"], setting
        assert ("options" in setting) == (setting["kind"] == "options")
        for option in setting.get("options", []):
            assert option.keys() == {"label", "value"}


def test_groups_name_settings_that_there_are() -> None:
    names = {setting["name"] for setting in DEFINITION["settings"]}
    for group in DEFINITION["settings_group_validation"]:
        assert set(group) <= names


def test_secrets_and_choices_are_marked() -> None:
    settings = {setting["name"]: setting for setting in DEFINITION["settings"]}
    secret = {name for name, setting in settings.items() if setting.get("sensitive")}
    assert secret == {"api_key", "application_key"}
    assert settings["start_date"]["kind"] == "date_iso8601"
    assert [one["value"] for one in settings["api"]["options"]] == ["omni", "core", "core_v1"]


def test_meltano_takes_it_by_its_own_schema() -> None:
    schema = json.loads(files("meltano").joinpath("schemas/meltano.schema.json").read_bytes())
    of_the_hub = {
        *CHOICES,
        "domain_url",
        "keywords",
        "next_steps",
        "prereq",
        "settings_preamble",
        "supported_python_versions",
        "usage",
    }
    plugin = {name: value for name, value in DEFINITION.items() if name not in of_the_hub}
    project: dict[str, Any] = {"plugins": {"extractors": [plugin]}}
    jsonschema.validate(project, schema)
    plugin["settings"] = [{"label": "a setting without a name"}]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(project, schema)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty project to which the definition was added, with this checkout as release."""
    place = tmp_path_factory.mktemp("meltano")
    definition = place / "tap-cin7.yml"
    text = FILE.read_text(encoding="utf-8")
    definition.write_text(text.replace("\npip_url: tap-cin7\n", f"\npip_url: -e {ROOT}\n"))
    meltano(place, "init", "project", "--no-usage-stats")
    project = place / "project"
    meltano(
        project, "add", "--plugin-type=extractor", f"--from-ref={definition}", DEFINITION["name"]
    )
    return project


def test_meltano_add_installs_a_tap_that_reads(project: Path) -> None:
    with Sandbox(default_rows=3) as sandbox:
        access = {"api": "core", **sandbox.core_access, "requests_per_minute": "60000"}
        variables = {f"TAP_CIN7_{name.upper()}": value for name, value in access.items()}
        variables["TAP_CIN7__SELECT"] = '["customers.*"]'
        read = meltano(project, "--log-level=warning", "invoke", "tap-cin7", **variables)
    messages = [json.loads(line) for line in read.splitlines() if line.startswith("{")]
    assert sum(one["type"] == "RECORD" for one in messages) == 3


def test_meltano_add_keeps_every_setting(project: Path) -> None:
    written = yaml.safe_load((project / "meltano.yml").read_text(encoding="utf-8"))
    (plugin,) = written["plugins"]["extractors"]
    names = [setting["name"] for setting in plugin["settings"]]
    assert names == [setting["name"] for setting in DEFINITION["settings"]]
    assert plugin["settings_group_validation"] == DEFINITION["settings_group_validation"]


@pytest.mark.parametrize("api", ["omni", "core", "core_v1"])
def test_the_selection_is_the_default_of_the_tap(api: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tap_cin7", "--config=ENV", "--discover"],
        env=environment(TAP_CIN7_API=api),
        capture_output=True,
        check=True,
    )
    left_out = {rule[1:].removesuffix(".*") for rule in DEFINITION["select"] if rule[0] == "!"}
    for stream in json.loads(told.stdout)["streams"]:
        (root,) = (one["metadata"] for one in stream["metadata"] if not one["breadcrumb"])
        is_read = root.get("selected-by-default", True)
        assert is_read == (stream["tap_stream_id"] not in left_out)


def meltano(place: Path, *arguments: str, **variables: str) -> str:
    """Run Meltano in a folder and return what it wrote to stdout."""
    path = os.pathsep.join([str(MELTANO.parent), os.environ["PATH"]])
    done = subprocess.run(
        [str(MELTANO), *arguments],
        cwd=place,
        env=environment(PATH=path, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
