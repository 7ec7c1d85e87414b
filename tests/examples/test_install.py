"""The wheel, installed as README says, in empty environments."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from tests.examples.environments import ROOT, built_wheel
from tests.support import QUICK, environment

if TYPE_CHECKING:
    from collections.abc import Sequence

UV = str(Path(sys.executable).parent / "uv")


def typed(command: Sequence[str], folder: Path, **variables: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def by_pip(wheel: str, folder: Path) -> list[str]:
    typed([sys.executable, "-m", "venv", "tap"], folder)
    typed([str(folder / "tap/bin/pip"), "install", wheel], folder)
    return [str(folder / "tap/bin/tap-cin7")]


def by_uv_tool(wheel: str, folder: Path) -> list[str]:
    places = {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    typed([UV, "tool", "install", "--python", sys.executable, wheel], folder, **places)
    return [str(folder / "bin/tap-cin7")]


def by_uvx(wheel: str, folder: Path) -> list[str]:
    assert folder.is_dir()
    return [UV, "tool", "run", "--python", sys.executable, "--from", wheel, "tap-cin7"]


def by_pipx(wheel: str, folder: Path) -> list[str]:
    places = {"PIPX_HOME": str(folder / "home"), "PIPX_BIN_DIR": str(folder / "bin")}
    pipx = [UV, "tool", "run", "--python", sys.executable, "pipx"]
    typed([*pipx, "install", "--python", sys.executable, wheel], folder, **places)
    return [str(folder / "bin/tap-cin7")]


@pytest.mark.parametrize("way", [by_pip, by_uv_tool, by_uvx, by_pipx])
def test_the_wheel_works_in_an_empty_environment(way: object, tmp_path: Path) -> None:
    assert callable(way)
    wheel = built_wheel()
    shutil.copy(wheel, tmp_path)
    command = way(str(tmp_path / wheel.name), tmp_path)
    assert "tap-cin7" in typed([*command, "--version"], tmp_path)
    with Sandbox(default_rows=5) as server:
        config = {"api": "omni", **server.access, **QUICK}
        (tmp_path / "config.json").write_text(json.dumps(config))
        out = typed([*command, "--config", "config.json"], tmp_path)
        rows = len(server.store.rows("contacts"))
    messages = [json.loads(line) for line in out.splitlines()]
    records = [
        one for one in messages if (one["type"], one.get("stream")) == ("RECORD", "contacts")
    ]
    assert len(records) == rows
    assert messages[-1]["type"] == "STATE"


def test_the_wheel_holds_the_package_and_its_types_alone() -> None:
    listed = typed(
        [sys.executable, "-m", "zipfile", "--list", str(built_wheel())], ROOT
    ).splitlines()[1:]
    names = {line.split()[0] for line in listed}
    assert "tap_cin7/py.typed" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"tap_cin7"}
