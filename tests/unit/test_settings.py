"""Each setting is declared once; the schema and what a run has of it follow."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from tap_cin7.settings import SETTINGS, Settings
from tap_cin7.tap import TapCin7

PROPERTIES: dict[str, Any] = SETTINGS["properties"]


@pytest.mark.parametrize(
    "name", ["lookback_seconds", "request_timeout", "max_parallel_requests", "include_bom"]
)
def test_null_means_the_default(name: str) -> None:
    tap = TapCin7(config={"api": "core", "account_id": "a", "application_key": "b", name: None})
    assert tap.config[name] == PROPERTIES[name]["default"]


def test_ids_and_values_are_compared_as_text() -> None:
    settings = Settings.of(
        {
            "api": "core",
            "skip_ids": {"sales": [5, "a"]},
            "documents_where": {"sales": {"Status": ["VOIDED", 7, True]}},
        }
    )
    assert settings.skip_ids == {"sales": ["5", "a"]}
    assert settings.documents_where == {"sales": {"Status": ["VOIDED", "7", "true"]}}


def test_only_the_keys_are_secret() -> None:
    assert [name for name, setting in PROPERTIES.items() if setting.get("secret")] == [
        "api_key",
        "application_key",
    ]


def test_every_setting_is_explained() -> None:
    assert all(len(setting["description"]) > 20 for setting in PROPERTIES.values())


def test_the_schema_says_what_the_declaration_says() -> None:
    assert PROPERTIES["max_parallel_requests"] == {
        "type": ["integer", "null"],
        "title": "Max parallel requests",
        "description": "Calls in flight at once; 1 means strictly one after the other",
        "default": 5,
        "minimum": 1,
        "maximum": 32,
    }
    assert PROPERTIES["skip_ids"]["type"] == ["object", "null"]
    assert PROPERTIES["include_bom"]["type"] == ["boolean", "null"]
    assert PROPERTIES["api_key"]["title"] == "API key"


@pytest.mark.parametrize("name", [one.name for one in fields(Settings) if one.name != "api"])
def test_a_run_has_the_default_that_the_schema_shows(name: str) -> None:
    assert getattr(Settings.of({"api": "omni"}), name) == PROPERTIES[name].get("default")


def test_secrets_are_not_shown() -> None:
    settings = Settings.of({"api": "omni", "username": "me", "api_key": "s3cr3t"})
    assert "s3cr3t" not in repr(settings)
