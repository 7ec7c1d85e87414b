"""The reference says what is true: each field of each stream, and what a run costs in calls."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from sandbox import Sandbox
from tap_cin7.run.apis import APIS
from tests.support import discovered, run_tap
from tests.support_core import run_core

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Result, Row

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted((DOCS / "reference").rglob("*.md"))
ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)]+)\)")
ENTITY = re.compile(r"^    (\w+) \{$", re.MULTILINE)
LINE = re.compile(
    r'^    (\w+) [|}]o(?:--|\.\.)(?:\|\||o\||\|\{|o\{) (\w+) : "([\w.\[\]]+)"$', re.MULTILINE
)

NO_STREAMS = {"index", "erd"}

each_api = pytest.mark.parametrize("api", APIS)


def page(api: str, stream: str) -> str:
    return (DOCS / "reference" / api / f"{stream}.md").read_text(encoding="utf-8")


def fields(schema: Row, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of every field of a catalog entry, with its description."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field.get("description", "")
        yield from fields(field, f"{path}{name}.")
        yield from fields(field.get("items", {}), f"{path}{name}[].")


def words(text: str) -> str:
    """Return a description without escapes and without the reference that it names."""
    return re.sub(r" \(\w+\.\w+\)", "", text.replace("\\", ""))


@each_api
def test_every_field_of_the_catalog_has_its_meaning_on_the_page(api: str) -> None:
    for entry in discovered(api)["streams"]:
        stream = entry["tap_stream_id"]
        told = {found[1]: found for found in ROW.finditer(page(api, stream))}
        wanted = dict(fields(entry["schema"]))
        assert told.keys() == wanted.keys(), stream
        for path, description in wanted.items():
            assert words(told[path][3]) == words(description), f"{stream}.{path}"
        keys = {path for path, found in told.items() if found[2].endswith(", key")}
        assert keys == set(entry["key_properties"]), stream


@each_api
def test_there_is_a_page_for_each_stream_and_for_nothing_else(api: str) -> None:
    streams = {entry["tap_stream_id"] for entry in discovered(api)["streams"]}
    there = {path.stem for path in PAGES if path.parent.name == api}
    assert there == streams | NO_STREAMS


@each_api
def test_any_field_is_two_clicks_away_from_the_readme(api: str) -> None:
    assert "](docs/streams.md)" in (DOCS.parent / "README.md").read_text(encoding="utf-8")
    lists = (DOCS / "streams.md", DOCS / "reference" / api / "index.md")
    for path in lists:
        linked = {(path.parent / x).resolve() for x in LINK.findall(path.read_text("utf-8"))}
        assert linked >= {x for x in PAGES if x.parent.name == api and x.stem not in NO_STREAMS}, (
            path
        )


def test_links_of_the_reference_lead_somewhere() -> None:
    for path in PAGES:
        for target in LINK.findall(path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path}: {target}"


def test_every_row_of_a_table_has_the_cells_of_its_head() -> None:
    for path in PAGES:
        for table in re.findall(r"(?:^\|.*\n)+", path.read_text(encoding="utf-8"), re.MULTILINE):
            cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
            assert len(cells) == 1, f"{path}: {table[:200]}"


@each_api
def test_diagrams_draw_lines_between_streams_that_they_hold(api: str) -> None:
    diagrams = re.findall(r"```mermaid\nerDiagram\n(.*?)\n```", page(api, "erd"), re.DOTALL)
    assert len(diagrams) >= 4
    for diagram in diagrams:
        entities, lines = ENTITY.findall(diagram), LINE.findall(diagram)
        assert len(entities) == len(set(entities)) <= 15  # more than that nobody reads
        assert {name for one in lines for name in one[:2]} == set(entities)
        assert len(lines) == diagram.count(' : "')


# What a run costs


class Costs(NamedTuple):
    """Calls of a first run and of one that finds nothing new, by stream; rows of the first."""

    rows: dict[str, int]
    first: dict[str, int]
    again: dict[str, int]


@pytest.fixture(scope="module", params=list(APIS))
def costs(request: pytest.FixtureRequest) -> tuple[str, Costs]:
    api = request.param
    catalog = discovered(api)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = True
    with Sandbox(default_rows=300 if api == "omni" else 20) as server:

        def run(state: Row | None = None) -> Result:
            if api == "omni":
                return run_tap(server, catalog, state)
            return run_core(server, catalog, state, api=api)

        first = run()
        # A second run may fetch a document of the overlap once more, a third has nothing to do.
        again = run(run(first.states[-1]).states[-1])
    assert (first.exit_code, again.exit_code) == (0, 0)
    return api, Costs(counted(first, "rows"), counted(first, "calls"), counted(again, "calls"))


def counted(result: Result, what: str) -> dict[str, int]:
    """Return a count of each stream, 0 where its line leaves it out."""
    counts = {}
    for line in re.finditer(r"SUMMARY (\w+): (.*)", result.stderr):
        found = re.search(rf"([\d,]+) {what}", line[2])
        counts[line[1]] = int(found[1].replace(",", "")) if found else 0
    return counts


def told(text: str, label: str) -> str:
    found = re.search(rf"^- \*\*{label}:\*\* (.*)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def pages_of(words: str, rows: int) -> int | None:
    """Return how many pages some rows fill, None where the words tell of none."""
    size = re.match(r"about 1 for every ([\d,]+) rows", words)
    return math.ceil(rows / int(size[1].replace(",", ""))) if size else None


def test_a_first_load_costs_what_the_page_says(costs: tuple[str, Costs]) -> None:
    api, (rows, first, _) = costs
    for stream, calls in first.items():
        words = told(page(api, stream), "Calls of a first load")
        listed = re.search(r"those of the list \[`(\w+)`\]", words)
        if listed is not None:
            assert words.startswith("1 for each"), stream
            assert calls > 1, stream
        elif words.startswith("1 for each year"):
            assert calls == 4, stream
        elif words.startswith("none"):
            assert calls == 0, stream
        else:
            pages = pages_of(words, rows[stream]) or int(words)
            is_proven = "1 that proves its end" in words
            least = pages + (is_proven and (pages > 1 or "several pages" not in words))
            # Many rows of one second take more: those of a single page never do.
            assert least <= calls <= least + pages // 2, stream


def test_a_run_with_nothing_new_costs_what_the_page_says(costs: tuple[str, Costs]) -> None:
    api, (rows, first, again) = costs
    for stream, calls in again.items():
        words = told(page(api, stream), "Calls with nothing new")
        listed = re.search(r"those of the list \[`(\w+)`\]", words)
        if "not final" in words and listed is not None:
            assert calls < first[stream], stream
        elif listed is not None:
            # A list that another stream has read whole need not be read again.
            assert calls <= again[listed[1]], stream
        elif words.startswith("as a first load"):
            assert calls == first[stream], stream
        elif words.startswith("none"):
            assert calls == 0, stream
        elif pages := pages_of(words, rows[stream]):
            assert pages <= calls <= pages + pages // 2, stream
        else:
            assert calls == 1, stream
