"""The definition of the tap for Meltano and its Hub.

``plugin/tap-cin7.yml`` is what ``meltano add --from-ref`` takes, and the Hub as
``_data/meltano/extractors/tap-cin7/tap-cin7.yml``. ``examples/project/tap-cin7.meltano.yml`` has
the part of it that a project needs. Settings, capabilities and Python versions are what
``tap-cin7 --about`` says; the rest stands here.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from docs import md
from tap_cin7.run.apis import APIS
from tap_cin7.tap import TapCin7

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = "https://github.com/tap-cin7/tap-cin7"
_ABOUT = TapCin7._get_about_info()  # noqa: SLF001 - `--about`
_CREDENTIALS = [["api", "username", "api_key"], ["api", "account_id", "application_key"]]
"""What an account needs: the settings of Omni, and those of Core."""
HUB_LOGO = "/assets/logos/extractors/cin7.svg"
"""The Hub has it for the other variant of this name."""
_NEEDED_BY_A_PROJECT = (
    "name",
    "namespace",
    "pip_url",
    "executable",
    "capabilities",
    "settings_group_validation",
    "settings",
    "select",
)

_PREREQUISITES = """
- **Cin7 Omni**: an API connection with the *Read* permission for what you want to load
  (*Settings > Integrations & API > API v1*).
- **Cin7 Core**: an application of the API (*Integrations > Cin7 Core API*).
"""
_PREAMBLE = f"""
One extractor reads one account. For Omni set `api` to `omni`, `username` and `api_key`; for Core
set `api` to `core`, `account_id` and `application_key`. For more accounts run the same extractor
with other credentials, another `load_schema` and a `--state-id-suffix`, one run at a time.
[Many accounts]({REPOSITORY}/blob/main/docs/fleets.md)
"""
_NEXT_STEPS = """
`meltano invoke tap-cin7 --check` reports whether the credentials are right, which streams they may
read, and how many rows and calls to expect.
"""
_USAGE = f"""
## Choosing streams

Without a choice a run loads every list, every document and its lines. Cin7 allows 60 calls a
minute, and on Core a document in full costs one call: choose with `meltano select`. Lines, payments
and other parts that are cut from a document cost nothing more.
[All streams]({REPOSITORY}/blob/main/docs/streams.md)

## Long first loads

`max_run_minutes` ends a run as a success after so many minutes, with its state saved; the next one
goes on there. Set it below the time limit of the scheduler.
[Schedulers]({REPOSITORY}/tree/main/examples)

## Several runs on one key

Set `quota_store` to a Redis server or an SQLite file, so that all runs together keep Cin7's limits.
Redis needs the extra: `pip_url: tap-cin7[redis]`.
"""


def settings() -> dict[str, dict[str, Any]]:
    """Return the settings by name, those of the Singer SDK included."""
    return dict(_ABOUT.settings["properties"])


def files() -> dict[str, str]:
    """Return the text of each file by its path in the project."""
    whole = _definition()
    needed = {name: whole[name] for name in _NEEDED_BY_A_PROJECT}
    needed["pip_url"] += "[redis]"
    return {
        "plugin/tap-cin7.yml": _yaml(whole),
        "examples/project/tap-cin7.meltano.yml": _yaml({"plugins": {"extractors": [needed]}}),
    }


def _definition() -> dict[str, Any]:
    return {
        "name": _ABOUT.name,
        "namespace": "tap_cin7",
        "variant": "tap-cin7",
        "label": "Cin7",
        "description": "Inventory, orders and accounts of Cin7 Omni and Cin7 Core (formerly DEAR)",
        "domain_url": "https://www.cin7.com/",
        "repo": REPOSITORY,
        "docs": f"{REPOSITORY}#readme",
        "logo_url": HUB_LOGO,
        "pip_url": _ABOUT.name,
        "executable": _ABOUT.name,
        "supported_python_versions": _ABOUT.supported_python_versions,
        "maintenance_status": "active",
        "quality": "unknown",
        "keywords": ["api", "meltano_sdk"],
        "capabilities": sorted(one.value for one in _ABOUT.capabilities),
        "prereq": _block(_PREREQUISITES),
        "settings_preamble": _block(_PREAMBLE),
        "next_steps": _block(_NEXT_STEPS),
        "usage": _block(_USAGE),
        "settings_group_validation": _CREDENTIALS,
        "settings": [setting(*one) for one in settings().items()],
        "select": _selection(),
    }


def setting(name: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return a setting in the form in which Meltano itself writes it.

    Args:
        name: Its name.
        declared: Its JSON schema.

    """
    written: dict[str, Any] = {"name": name, "kind": _kind(name, declared)}
    if declared.get("default") is not None:
        written["value"] = declared["default"]
    written |= {"label": declared["title"], "description": md.one_line(declared["description"])}
    if "enum" in declared:
        written["options"] = [
            {"label": APIS[value].service.title, "value": value} for value in declared["enum"]
        ]
    if declared.get("secret"):
        written["sensitive"] = True
    return written


def _kind(name: str, declared: Mapping[str, Any]) -> str:
    if "enum" in declared:
        return "options"
    if name == "start_date":
        return "date_iso8601"
    return str(next(one for one in declared["type"] if one != "null"))


def _selection() -> list[str]:
    """Return the patterns that select what the tap alone selects, whichever API it reads.

    Raises:
        ValueError: If a stream is left out by one API and read by another.

    """
    found = [one for api in APIS.values() for one in api.resources()]
    read = {one.name for one in found if one.selected_by_default}
    left_out = {one.name for one in found if not one.selected_by_default}
    if read & left_out:
        raise ValueError(f"left out by one API, read by another: {sorted(read & left_out)}")
    return ["*.*", *(f"!{stream}.*" for stream in sorted(left_out))]


def _block(text: str) -> str:
    made: str = LiteralScalarString(text.lstrip())
    return made


def _yaml(content: dict[str, Any]) -> str:
    yaml = YAML()
    yaml.width = sys.maxsize
    yaml.indent(mapping=2, sequence=4, offset=2)
    written = io.StringIO()
    written.write("# Written by `make docs` of tap-cin7 from what the tap says of itself.\n")
    yaml.dump(content, written)
    return written.getvalue()
