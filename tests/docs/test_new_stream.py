"""CONTRIBUTING's new stream: its class and the commands below it, typed in a fresh clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.clone import blocks, clone_with_its_own_tap, typed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.clone import Block

SUITES = "tests/catalog tests/sandbox tests/docs/test_links.py tests/docs/test_troubleshooting.py"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone_with_its_own_tap(tmp_path_factory.mktemp("clone"))


def section(title: str) -> list[Block]:
    """Return the blocks of a section of CONTRIBUTING."""
    return [block for block in blocks("CONTRIBUTING.md") if block.section == title]


def test_a_new_stream_is_its_class_and_what_the_commands_below_it_write(clone: Path) -> None:
    declared, commands = section("A new stream")
    with (clone / "tap_cin7/omni/resources/sales.py").open("a") as module:
        module.write(declared.text)

    def run(text: str) -> None:
        done = typed(text, clone)
        assert done.returncode == 0, done.stdout[-3000:]

    run("git init --quiet")
    run(commands.text)
    assert "| `orders[].orderId` |" in (clone / "docs/reference/omni/labels.md").read_text()
    run(".venv/bin/python -m docs.generate --check")
    run(f".venv/bin/pytest --quiet --numprocesses 2 -p no:cacheprovider {SUITES}")
