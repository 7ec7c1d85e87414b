"""What docs/choosing.md and docs/accounts.md promise of selections and accounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from tests.docs.clone import blocks, fresh_clone, typed
from tests.support import discovered

if TYPE_CHECKING:
    from pathlib import Path

MELTANO = ".venv/bin/meltano --log-level=warning"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_clone(tmp_path_factory.mktemp("clone"))


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


def test_an_account_without_credentials_takes_those_of_no_other(clone: Path) -> None:
    (recipe,) = (block.text for block in blocks("docs/accounts.md") if block.language == "yaml")
    project = clone / "meltano.yml"
    project.write_text(project.read_text().replace("  loaders:\n", f"{recipe}  loaders:\n", 1))
    with Sandbox(default_rows=5) as sandbox:
        first = {
            f"TAP_CIN7_CORE_{name}".upper(): value for name, value in sandbox.core_access.items()
        }
        (clone / ".env").write_text("".join(f"{name}={value}\n" for name, value in first.items()))
        address = {"TAP_CIN7_CORE_NZ_BASE_URL": sandbox.core_base_url}
        done = typed(f"{MELTANO} run tap-cin7-core-nz target-duckdb", clone, **address)
        assert done.returncode != 0
        assert "account_id" in done.stdout
        assert sandbox.calls == []


def roots(catalog: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the streams of a catalog with the metadata of their root."""
    return [
        (stream["tap_stream_id"], entry["metadata"])
        for stream in catalog["streams"]
        for entry in stream["metadata"]
        if not entry["breadcrumb"]
    ]
