"""A fresh clone of the project, and the commands that its pages ask a user to type."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
_HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes:
        page: The page's path in the project.
        line: Where the block begins.
        language: ``sh`` is typed and runs here; ``text`` is typed and needs more than a clone.
        text: What stands in it.
        section: The heading above it.

    """

    page: str
    line: int
    language: str
    text: str
    section: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str) -> Iterator[Block]:
    """Return the fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        above = ["", *_HEADING.findall(text, 0, found.start())]
        yield Block(page, line, found[1], found[2], above[-1])


def fresh_clone(place: Path) -> Path:
    """Copy what git knows or would add, and lend what `make plugins` installs.

    The virtual environments are those of this checkout, which were made by `make plugins` in it:
    installing anew would take minutes and the network. Everything else is as after a clone, so
    that no directory, state or database is there before a command makes it.
    """
    _demand("plugins")
    _copy(place)
    (place / ".venv").symlink_to(ROOT / ".venv")
    meltano = place / ".meltano"
    meltano.mkdir()
    shutil.copy2(ROOT / ".meltano" / ".ready", meltano)
    for kind in ("extractors", "loaders"):
        (meltano / kind).symlink_to(ROOT / ".meltano" / kind)
    return place


def clone_with_its_own_tap(place: Path) -> Path:
    """Copy what git knows or would add, with an environment whose tap is that of the copy.

    The packages in it are those that `make setup` installed in this checkout.
    """
    _demand("setup")
    _copy(place)
    venv.create(place / ".venv", symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place / ".venv")}))
    lent = sysconfig.get_path("purelib", vars={"base": str(ROOT / ".venv")})
    (packages / "lent.pth").write_text(f"{place}\n{lent}\n")
    program = place / ".venv" / "bin" / "pytest"
    program.write_text((ROOT / ".venv/bin/pytest").read_text().replace(str(ROOT), str(place)))
    program.chmod(0o755)
    shutil.copy2(ROOT / ".venv" / ".ready", place / ".venv")
    return place


def _demand(target: str) -> None:
    """Fail where a target is missing or stale: a clone would install into what it is lent."""
    made = subprocess.run(["make", "--question", target], cwd=ROOT, check=False)  # noqa: S607
    if made.returncode != 0:
        pytest.fail(f"this test needs `make {target}`: run it and try again", pytrace=False)


def _copy(place: Path) -> None:
    listed = _git("ls-files", "--cached", "--others", "--exclude-standard")
    for name in listed.splitlines():
        source, target = ROOT / name, place / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def typed(text: str, clone: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Type a block into a shell, as a user in the clone does, and stop at the first failure."""
    target = ROOT / ".meltano" / "loaders" / "target-jsonl" / "venv" / "bin"
    path = [str(target), str(ROOT / ".venv" / "bin"), os.environ["PATH"]]
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],  # noqa: S607 - wherever it is
        cwd=clone,
        env=environment(
            PATH=os.pathsep.join(path), MELTANO_CLI_LOG_FORMAT="uncolored", **variables
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", *arguments],  # noqa: S607 - wherever it is
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout
