from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.json import JSONSnapshotExtension

from tap_cin7.apis import APIS
from tests.support import discovered

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

STREAMS = [(api, str(vars(stream)["name"])) for api in APIS for stream in APIS[api].streams()]


@pytest.fixture
def contract(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


@pytest.mark.parametrize("api", APIS)
def test_the_streams_of_an_api(api: str, contract: SnapshotAssertion) -> None:
    names = [entry["tap_stream_id"] for entry in discovered(api)["streams"]]
    assert sorted(names) == sorted(name for one, name in STREAMS if one == api)
    assert names == contract


@pytest.mark.parametrize(("api", "stream"), STREAMS, ids=str)
def test_the_catalog_of_a_stream(api: str, stream: str, contract: SnapshotAssertion) -> None:
    entries = {entry["tap_stream_id"]: entry for entry in discovered(api)["streams"]}
    assert entries[stream] == contract
