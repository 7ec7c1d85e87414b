"""The facts hold together: what one of them names is there, and the sandbox serves them all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import facts
from tests.facts import main, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox import Sandbox
    from sandbox.facts import CoreFact, CoreV1Fact, Node, OmniFact

SCALARS = {"string", "integer", "number", "boolean", "guid", "date-time", "decimal"}
CORE, CORE_V1, OMNI = facts.core(), facts.core_v1(), facts.omni()
SPOKEN = re.compile(r"[A-Za-z0-9_/{}?-]+")
every_fact_with_fields = pytest.mark.parametrize(
    "fact",
    [*CORE.values(), *OMNI.values()],
    ids=[*(f"core-{name}" for name in CORE), *(f"omni-{name}" for name in OMNI)],
)
FILES = sorted(Path(facts.__file__).parent.glob("*.json"))
LISTED = [one for one in CORE.values() if one.kind == "list"]


def leaves(node: Node) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for inner in node.values() if isinstance(node, dict) else node:
        if not isinstance(node, str):
            yield from leaves(inner)


def names(node: Node) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        for inner in node.values():
            yield from names(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from names(inner)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_in_the_form_that_make_facts_writes_and_says_nothing_twice(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = json.loads(text)
    assert written(found) == text
    assert len(found) == len({fact["stream"] for fact in found})


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "name one stream: make facts STREAM=labels"),
        (["sales"], "sales: sandbox/facts/core.json has its facts"),
        (["sale_lists"], "did you mean 'sale_list'?"),
    ],
    ids=["none", "one that has its facts", "misspelt"],
)
def test_make_facts_says_why_it_writes_nothing(
    argv: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [path.read_bytes() for path in FILES]
    assert main(argv) != 0
    assert says in capsys.readouterr().err
    assert [path.read_bytes() for path in FILES] == before


@every_fact_with_fields
def test_fields_are_names_with_types_and_no_sentences(fact: CoreFact | OmniFact) -> None:
    for leaf in leaves(fact.fields):
        if leaf.startswith("="):
            assert CORE[leaf[1:]].fields
        else:
            assert set(leaf.split("|")) <= SCALARS | {"any"}
    assert all(name == "*" or SPOKEN.fullmatch(name) for name in names(fact.fields))


@every_fact_with_fields
def test_keys_and_stamps_are_fields(fact: CoreFact | OmniFact) -> None:
    stamp = {fact.stamp} if fact.stamp else set()
    copies = fact.copies if isinstance(fact, facts.CoreFact) else ()
    assert {*fact.keys, *stamp} <= {*fact.fields, *copies}


@pytest.mark.parametrize("fact", CORE.values(), ids=lambda one: one.stream)
def test_what_a_fact_names_of_others_is_there(fact: CoreFact) -> None:
    if fact.parent is not None:
        assert fact.parent.field in CORE[fact.parent.stream].fields
        assert fact.parent.parameter in fact.parameters
    assert fact.repeats is None or fact.repeats in CORE
    assert {fact.since, fact.until} - {None} <= set(fact.parameters)
    assert fact.order is None or fact.order in fact.fields
    assert fact.kind != "list" or fact.wrapper


@pytest.mark.parametrize("fact", CORE_V1.values(), ids=lambda one: one.stream)
def test_v1_is_told_by_v2(fact: CoreV1Fact) -> None:
    assert set(fact.renamed) <= CORE[fact.same_as].fields.keys()
    assert fact.path or fact.by_id
    assert fact.since is None or fact.since in fact.parameters


@pytest.mark.parametrize("fact", LISTED, ids=lambda one: one.stream)
def test_a_list_of_core_is_served_as_its_fact_says(small: Sandbox, fact: CoreFact) -> None:
    for path in filter(None, (fact.path, fact.second_path)):
        url = small.core_base_url + path
        body = requests.get(url, headers=small.core_headers, timeout=9).json()
        assert body.keys() == {*fact.envelope, fact.wrapper}
        for row in body[fact.wrapper]:
            assert {name.lower() for name in row} == {name.lower() for name in fact.fields}


@pytest.mark.parametrize("fact", OMNI.values(), ids=lambda one: one.stream)
def test_a_resource_of_omni_is_served_as_its_fact_says(small: Sandbox, fact: OmniFact) -> None:
    if fact.path is not None:
        rows = requests.get(small.base_url + fact.path, auth=small.auth, timeout=9).json()
        assert rows
        assert {tuple(row) for row in rows} == {tuple(fact.fields)}


@pytest.mark.parametrize("fact", CORE_V1.values(), ids=lambda one: one.stream)
def test_a_resource_of_v1_is_served_as_its_fact_says(small: Sandbox, fact: CoreV1Fact) -> None:
    if fact.path is not None:
        url = small.core_v1_base_url + fact.path
        body = requests.get(url, headers=small.core_headers, timeout=9).json()
        assert body.keys() == {"Total", "Page", fact.wrapper}
