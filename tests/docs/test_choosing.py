"""What docs/choosing.md and docs/accounts.md promise of selections and accounts."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import pytest

from tap_cin7.run.apis import APIS
from tests.docs.clone import ROOT, fresh_clone, typed
from tests.support import discovered

if TYPE_CHECKING:
    from pathlib import Path

MELTANO = ".venv/bin/meltano --log-level=warning"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_clone(tmp_path_factory.mktemp("clone"))


def test_the_calls_and_times_of_a_first_load_add_up() -> None:
    page = (ROOT / "docs" / "choosing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d,]+) \| (.+) \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert len(rows) == 7
    for count, *cells in rows:
        many = int(count.replace(",", ""))
        core_list = 1 + math.ceil(many / 998)
        expected = [
            ("omni", math.ceil(many / 249)),
            ("core", core_list),
            ("core", many + core_list),
        ]
        for cell, (api, calls) in zip(cells, expected, strict=True):
            seconds = calls * APIS[api].service.limits.sustained_interval
            told, _, time = cell.partition(" calls, ")
            assert told == f"{calls:,}"
            assert time in spoken(seconds)


def spoken(seconds: float) -> set[str]:
    """Return the ways in which a page may say how long something takes."""
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86_400
    said = {f"{hours:.1f} hours", f"{hours:.0f} hours"} if hours >= 1 else set()
    if days >= 1:
        said.add(f"{days:.1f} days")
    if minutes < 1:
        said.add("seconds")
    number = f"{minutes:.0f}"
    return said | {f"{number} minute" if number == "1" else f"{number} minutes"}


@pytest.mark.parametrize(("plugin", "api"), [("tap-cin7", "omni"), ("tap-cin7-core", "core")])
def test_meltano_selects_by_default_what_the_tap_alone_does(
    plugin: str, api: str, clone: Path
) -> None:
    dumped = typed(f"{MELTANO} invoke --dump=catalog {plugin}", clone)
    catalog = json.loads(dumped.stdout[dumped.stdout.index("{") :])
    chosen = {stream for stream, root in roots(catalog) if root["selected"]}
    marked = {
        stream for stream, root in roots(discovered(api)) if root.get("selected-by-default", True)
    }
    assert chosen == marked


def roots(catalog: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the streams of a catalog with the metadata of their root."""
    return [
        (stream["tap_stream_id"], entry["metadata"])
        for stream in catalog["streams"]
        for entry in stream["metadata"]
        if not entry["breadcrumb"]
    ]
