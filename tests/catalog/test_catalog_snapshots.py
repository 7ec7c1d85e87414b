"""The catalog is a contract: what of it changes shows as a diff of one line a field.

To take over a change: ``pytest tests/catalog/test_catalog_snapshots.py --snapshot-update``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tap_cin7.tap import TapCin7
from tests.catalog.outline import outline
from tests.support import discovered

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tests.support import Row

APIS = ("omni", "core", "core_v1")
STREAMS = [(api, stream) for api in APIS for stream in TapCin7(config={"api": api}).streams]


class TextFile(SingleFileSnapshotExtension):
    """A text file for each stream."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def contract(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextFile)


@cache
def entries(api: str) -> dict[str, Row]:
    return {entry["tap_stream_id"]: entry for entry in discovered(api)["streams"]}


@pytest.mark.parametrize("api", APIS)
def test_the_streams_of_an_api(api: str, contract: SnapshotAssertion) -> None:
    names = list(entries(api))
    assert sorted(names) == sorted(name for one, name in STREAMS if one == api)
    assert "\n".join(names) + "\n" == contract


@pytest.mark.parametrize(("api", "stream"), STREAMS, ids=str)
def test_the_catalog_of_a_stream(api: str, stream: str, contract: SnapshotAssertion) -> None:
    assert outline(entries(api)[stream]) == contract
