"""How much of the tests is run: all combinations of their parameters, and many examples, or fewer.

A property is tried with few examples in `make check`, with many in `make test`. Of tests that play
whole runs of the tap, `make test` plays each value of each parameter, `make more` all combinations.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

# Examples start threads and servers: how long one takes says nothing of the code.
settings.register_profile("check", max_examples=15, deadline=None)
settings.register_profile("test", max_examples=100, deadline=None)
settings.load_profile("test")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--each-value",
        action="append",
        default=[],
        metavar="FOLDER",
        help="of tests below it, play each value of each parameter, not all combinations",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    folders = tuple(f"{folder}/" for folder in config.getoption("--each-value"))
    kept: list[pytest.Item] = []
    for name, group in groupby(items, lambda item: item.nodeid.partition("[")[0]):
        cases = list(group)
        kept += each_value(cases) if name.startswith(folders) else cases
    if left_out := set(items) - set(kept):
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = kept


def each_value(cases: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield as few cases of one test as have each value of each of its parameters."""
    values = {
        case: {(name, repr(value)) for name, value in case.callspec.params.items()}
        for case in cases
        if hasattr(case, "callspec")
    }
    yield from (case for case in cases if case not in values)
    left = set().union(*values.values())
    while left:
        best = max(values, key=lambda case: len(values[case] & left))
        left -= values[best]
        yield best
