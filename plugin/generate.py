"""Write the definition of the tap for Meltano and its Hub, from the tap.

``plugin/tap-cin7.yml`` is what ``meltano add --from-ref`` takes, and the Hub as
``_data/meltano/extractors/tap-cin7/tap-cin7.yml``. ``examples/project/tap-cin7.meltano.yml`` has
the part of it that a project needs. Settings, capabilities and Python versions are what
``tap-cin7 --about`` says; the rest stands here. ``python plugin/generate.py`` writes the files,
``--check`` only reports which ones are stale.
"""  # noqa: INP001 - a script, not a package

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/tap-cin7/tap-cin7"
API_LABELS = {"omni": "Cin7 Omni", "core": "Cin7 Core", "core_v1": "Cin7 Core V1"}
CREDENTIALS = [["api", "username", "api_key"], ["api", "account_id", "application_key"]]
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


def about() -> dict[str, Any]:
    """Return what the tap says of itself."""
    told: dict[str, Any] = json.loads(_tap("--about", "--format=json"))
    return told


def definition(told: dict[str, Any]) -> dict[str, Any]:
    """Return the definition.

    Args:
        told: What ``--about`` says.

    """
    settings = told["settings"]["properties"]
    return {
        "name": told["name"],
        "namespace": "tap_cin7",
        "variant": "tap-cin7",
        "label": "Cin7",
        "description": "Inventory, orders and accounts of Cin7 Omni and Cin7 Core (formerly DEAR)",
        "domain_url": "https://www.cin7.com/",
        "repo": REPOSITORY,
        "docs": f"{REPOSITORY}#readme",
        "logo_url": HUB_LOGO,
        "pip_url": told["name"],
        "executable": told["name"],
        "supported_python_versions": told["supported_python_versions"],
        "maintenance_status": "active",
        "quality": "unknown",
        "keywords": ["api", "meltano_sdk"],
        "capabilities": sorted(told["capabilities"]),
        "prereq": _block(_PREREQUISITES),
        "settings_preamble": _block(_PREAMBLE),
        "next_steps": _block(_NEXT_STEPS),
        "usage": _block(_USAGE),
        "settings_group_validation": CREDENTIALS,
        "settings": [setting(name, settings[name]) for name in settings],
        "select": selection(settings["api"]["enum"]),
    }


def setting(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    """Return a setting in Meltano's form.

    Args:
        name: Its name.
        declared: Its JSON schema.

    """
    written = {
        "name": name,
        "label": declared["title"],
        "kind": kind(name, declared),
        "description": " ".join(declared["description"].split()),
    }
    if declared.get("default") is not None:
        written["value"] = declared["default"]
    if declared.get("secret"):
        written["sensitive"] = True
    if "enum" in declared:
        written["options"] = [
            {"label": API_LABELS[value], "value": value} for value in declared["enum"]
        ]
    return written


def kind(name: str, declared: dict[str, Any]) -> str:
    """Return Meltano's kind of a setting."""
    if "enum" in declared:
        return "options"
    if name == "start_date":
        return "date_iso8601"
    return str(next(one for one in declared["type"] if one != "null"))


def selection(apis: Sequence[str]) -> list[str]:
    """Return the patterns that select what the tap alone selects, whichever API it reads.

    Raises:
        ValueError: If a stream is left out by one API and read by another.

    """
    left_out: set[str] = set()
    read: set[str] = set()
    for api in apis:
        for stream in json.loads(_tap("--config=ENV", "--discover", TAP_CIN7_API=api))["streams"]:
            (root,) = (one["metadata"] for one in stream["metadata"] if not one["breadcrumb"])
            is_read = root.get("selected-by-default", True)
            (read if is_read else left_out).add(stream["tap_stream_id"])
    if read & left_out:
        raise ValueError(f"left out by one API, read by another: {sorted(read & left_out)}")
    return ["*.*", *(f"!{stream}.*" for stream in sorted(left_out))]


def _tap(*arguments: str, **variables: str) -> str:
    return subprocess.run(  # noqa: S603 - this project's own program
        [sys.executable, "-m", "tap_cin7", *arguments],
        cwd=ROOT,
        env={"PATH": "", **variables},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _block(text: str) -> str:
    made: str = LiteralScalarString(text.lstrip())
    return made


def project_part(whole: dict[str, Any]) -> dict[str, Any]:
    """Return what a project that includes the definition needs of it.

    Args:
        whole: The definition.

    """
    kept = {name: whole[name] for name in _NEEDED_BY_A_PROJECT}
    kept["pip_url"] += "[redis]"
    return {"plugins": {"extractors": [kept]}}


def files() -> dict[str, str]:
    """Return the text of each file."""
    whole = definition(about())
    return {
        "plugin/tap-cin7.yml": _yaml(whole),
        "examples/project/tap-cin7.meltano.yml": _yaml(project_part(whole)),
    }


def _yaml(content: dict[str, Any]) -> str:
    yaml = YAML()
    yaml.width = sys.maxsize
    yaml.indent(mapping=2, sequence=4, offset=2)
    written = io.StringIO()
    written.write("# Written by plugin/generate.py of tap-cin7 from what the tap says of itself.\n")
    yaml.dump(content, written)
    return written.getvalue()


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files, or report which ones are stale."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    only_check = options.parse_args(argv).check
    stale = 0
    for name, made in files().items():
        path = ROOT / name
        if path.exists() and path.read_text(encoding="utf-8") == made:
            continue
        stale += 1
        what = "is stale: run python plugin/generate.py" if only_check else "written"
        sys.stdout.write(f"{name} {what}\n")
        if not only_check:
            path.write_text(made, encoding="utf-8")
    return 1 if only_check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
