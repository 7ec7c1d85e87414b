from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import TapTestRunner, get_tap_test_class

from tap_cin7.tap import TapCin7
from tests.catalog.suite import WithoutRuns
from tests.support import config_for, discovered, run_tap

if TYPE_CHECKING:
    from sandbox import Sandbox
    from tests.support import Result, Row

CONFIG = config_for("http://127.0.0.1:9/api")
"""The suite is made before any server runs; the fixture below tells where to read from."""


def everything() -> Row:
    """Return the catalog with all streams selected, those not read by default included."""
    catalog: Row = TapCin7(config=CONFIG).catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            item["metadata"]["selected"] = True
    return catalog


SUITE: Any = get_tap_test_class(
    WithoutRuns,
    config=CONFIG,
    parse_env_config=False,
    catalog=everything(),
)


class TestOmni(SUITE):  # type: ignore[misc]
    """The SDK's own suite."""

    @pytest.fixture(scope="class")
    @classmethod
    def runner(cls, small: Sandbox) -> TapTestRunner:
        runner = TapTestRunner(
            WithoutRuns,
            config=config_for(small),
            parse_env_config=False,
            catalog=everything(),
        )
        runner.sync_all()
        return runner


@pytest.fixture(scope="module")
def run(small: Sandbox) -> Result:
    result = run_tap(small, everything())
    assert result.exit_code == 0, result.stderr
    return result


def test_every_stream_of_the_catalog_gives_records(run: Result) -> None:
    names = {entry["tap_stream_id"] for entry in discovered()["streams"]}
    assert run.records.keys() == run.schemas.keys() == names


def test_no_key_occurs_twice_or_is_null(run: Result) -> None:
    keys = {one["stream"]: one["key_properties"] for one in run.messages if one["type"] == "SCHEMA"}
    for stream, records in run.records.items():
        assert keys[stream]
        found = [tuple(record[name] for name in keys[stream]) for record in records]
        assert None not in {part for key in found for part in key}, stream
        assert len(found) == len(set(found)), stream


def test_the_final_state_has_no_unfinished_business(run: Result) -> None:
    assert run.messages[-1]["type"] == "STATE"
    final = run.states[-1]
    assert final.keys() == {"bookmarks"}
    assert "progress_markers" not in json.dumps(final)
    for stream, bookmark in final["bookmarks"].items():
        key = bookmark.get("replication_key")
        if key is not None:
            stamps = [record[key] for record in run.records[stream] if record[key]]
            assert bookmark["replication_key_value"] >= max(stamps)


def test_a_schema_comes_before_the_records_of_its_stream(run: Result) -> None:
    known = set()
    for message in run.messages:
        if message["type"] == "SCHEMA":
            known.add(message["stream"])
        elif message["type"] == "RECORD":
            assert message["stream"] in known
