"""Every command that README and docs ask a user to type works, in order, from a fresh clone.

README and docs are followed one after the other, in one clone; each first load begins with one of
its own, as its reader does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from sandbox import Sandbox
from tests.docs.clone import ROOT, Block, blocks, fresh_clone, typed
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator

ELSEWHERE = {"without-meltano.md"}
"""Pages whose blocks are tried with the packages that they name: tests/examples."""
DOCS = sorted(page.name for page in (ROOT / "docs").glob("*.md") if page.name not in ELSEWHERE)
PAGES = ["README.md", *(f"docs/{name}" for name in DOCS)]
BLOCKS = [block for page in PAGES for block in blocks(page)]
FIRST_LOADS = {"docs/first-load-core.md", "docs/first-load-omni.md"}
TYPED = [block for block in BLOCKS if block.language == "sh"]
LANGUAGES = {"sh", "text", "ini", "yaml", "json", "log", "sql"}
CREDENTIALS = {
    "TAP_CIN7_USERNAME=": "demo",
    "TAP_CIN7_API_KEY=": "demo-key",
    "TAP_CIN7_CORE_ACCOUNT_ID=": "demo-account",
    "TAP_CIN7_CORE_APPLICATION_KEY=": "demo-application-key",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(default_rows=5) as running:
        yield running


class Clones(dict[str, Path]):
    """The clones by the story that is followed in them, made when a story begins."""

    def __init__(self, places: pytest.TempPathFactory) -> None:
        super().__init__()
        self._places = places

    def __missing__(self, story: str) -> Path:
        self[story] = fresh_clone(self._places.mktemp("clone"))
        return self[story]


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Clones:
    return Clones(tmp_path_factory)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as running:
        yield running.url


@pytest.mark.parametrize("block", TYPED, ids=str)
def test_a_block_of_commands_works_as_it_stands(
    block: Block, clones: Clones, sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    clone = clones[story(block)]
    follow_what_stands_before(block, clone)
    places = leading_to(sandbox)
    if "target-postgres" in block.text:
        places["TARGET_POSTGRES_SQLALCHEMY_URL"] = request.getfixturevalue("postgres")
    done = typed(block.text, clone, **places)
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_loads_of_the_readme_are_in_the_database(clones: Clones) -> None:
    database = clones["README.md"] / "output" / "cin7.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("SELECT schema, name FROM (SHOW ALL TABLES)").fetchall()
    assert {("cin7_omni", "sales_orders"), ("cin7_omni", "contacts")} <= set(found)
    assert {name for schema, name in found if schema == "cin7_core"} == {
        "sales",
        "sale_invoice_lines",
    }


@pytest.mark.parametrize(
    ("page", "arrives"),
    [
        ("docs/first-load-core.md", ["products", "sales", "sale_invoice_lines", "sale_payments"]),
        ("docs/first-load-omni.md", ["sales_orders", "sales_order_lines", "contacts"]),
    ],
)
def test_a_first_load_brings_what_its_page_says(
    page: str, arrives: list[str], clones: Clones
) -> None:
    database = clones[page] / "output" / "cin7.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("SELECT table_name, estimated_size FROM duckdb_tables()")
        rows = dict(found.fetchall())
    assert all(rows.get(table) for table in arrives), rows


def test_no_step_leaves_a_variable_behind() -> None:
    exporting = [
        block for block in TYPED if block.text.startswith("export") or "\nexport" in block.text
    ]
    assert list(map(str, exporting)) == []


def test_blocks_are_marked_as_what_they_are() -> None:
    assert {block.language for block in BLOCKS} <= LANGUAGES


def test_the_readme_shows_the_example_of_env() -> None:
    (shown,) = (block for block in blocks("README.md") if block.language == "ini")
    assert shown.text == (ROOT / ".env.example").read_text(encoding="utf-8")


def story(block: Block) -> str:
    """Return the page that begins what a block goes on with."""
    return block.page if block.page in FIRST_LOADS else "README.md"


def leading_to(sandbox: Sandbox) -> dict[str, str]:
    """Return what leads to the stand-in instead of to Cin7, without waiting for its limits."""
    addresses = {"TAP_CIN7": sandbox.base_url, "TAP_CIN7_CORE": sandbox.core_base_url}
    return {
        name: value
        for prefix, address in addresses.items()
        for name, value in {
            f"{prefix}_BASE_URL": address,
            f"{prefix}_REQUESTS_PER_SECOND": "1000",
            f"{prefix}_REQUESTS_PER_MINUTE": "60000",
            f"{prefix}_REQUESTS_PER_DAY": "1000000",
        }.items()
    }


def follow_what_stands_before(block: Block, clone: Path) -> None:
    """Do what the pages ask for between their commands: fill in files."""
    environment = clone / ".env"
    for one in BLOCKS[: BLOCKS.index(block)]:
        if story(one) != story(block):
            continue
        if one.language == "ini" and environment.exists():
            add_missing(environment, one.text)


def add_missing(environment: Path, lines: str) -> None:
    """Fill in the lines of a page that are still empty or not there."""
    text = environment.read_text(encoding="utf-8")
    for line in lines.splitlines():
        if line in CREDENTIALS:
            text = re.sub(f"^{line}.*\n", "", text, flags=re.MULTILINE)
            text += line + CREDENTIALS[line] + "\n"
    environment.write_text(text, encoding="utf-8")
