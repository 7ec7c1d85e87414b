"""Settings: what is empty counts as unset, and one column can be added to every stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.answers.account import DAY, RUNS, SALES, Account, complete
from tests.losses.accounts import brands, guid, orders
from tests.losses.harness import cli, config_for, discovered, only, write
from tests.losses.harness import run as run_plainly
from tests.losses.standin import Core, Omni

if TYPE_CHECKING:
    from pathlib import Path

    from tests.losses.harness import Result
    from tests.losses.standin import Row, Standin

NOW: Any = {"retry_wait_seconds": 0}
# The words of a Python error, or of one about something else than the setting.
FOREIGN = ("int()", "literal", "Traceback", "catalog", "state or", "Expecting value", "NoneType")


def settings() -> dict[str, Row]:
    result = cli("--about", "--format=json")
    assert result.exit_code == 0, result.stderr
    about: Row = json.loads(result.stdout)
    found: dict[str, Row] = about["settings"]["properties"]
    return found


def variables(server: Standin, **more: str) -> dict[str, str]:
    """Return a configuration as environment variables."""
    config = {**config_for(server, **NOW), **more}
    return {f"TAP_CIN7_{name.upper()}": str(value) for name, value in config.items()}


def from_environment(folder: Path, catalog: Row, environment: dict[str, str]) -> Result:
    return cli("--config=ENV", *write(folder, catalog=catalog), **environment)


@pytest.mark.parametrize("api", ["omni", "core"])
def test_empty_variables_count_as_unset_whatever_they_set(tmp_path: Path, api: str) -> None:
    with Omni(ahead=-20_000) if api == "omni" else Core(ahead=-90 * DAY) as server:
        stream = fill(server)
        given = variables(server)
        empty = {f"TAP_CIN7_{name.upper()}": "" for name in settings()}
        result = from_environment(tmp_path, only(api, stream), {**empty, **given})
        assert result.exit_code == 0, result.stderr
        assert len(result.records(stream)) == 3


@pytest.mark.parametrize(
    "name",
    [
        "max_run_minutes",
        "requests_per_day",
        "extra_fields",
        "only_ids",
        "skip_ids",
        "stream_maps",
        "faker_config",
        "flattening_enabled",
        "flattening_max_depth",
        "quota_store",
        "start_date",
        "user_agent",
    ],
)
def test_an_empty_variable_counts_as_unset(tmp_path: Path, name: str) -> None:
    with Omni(ahead=-20_000) as server:
        stream = fill(server)
        result = from_environment(tmp_path, only("omni", stream), variables(server, **{name: ""}))
        assert result.exit_code == 0, result.stderr
        assert len(result.records(stream)) == 3
        assert not result.warnings


def fill(server: Standin) -> str:
    """Put three rows into a list and return its stream."""
    if isinstance(server, Omni):
        orders(server, 3)
        return "sales_orders"
    assert isinstance(server, Core)
    brands(server, 3)
    return "brands"


@pytest.mark.parametrize("name", ["api_key", "username", "api"])
def test_an_empty_variable_that_is_needed_is_named_as_missing(tmp_path: Path, name: str) -> None:
    with Omni(ahead=-20_000) as server:
        stream = fill(server)
        result = from_environment(tmp_path, only("omni", stream), variables(server, **{name: ""}))
        result.failed_with_one_line(name, "missing")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_run_minutes", "soon"),
        ("flattening_max_depth", "deep"),
        ("extra_fields", "perhaps"),
        ("only_ids", "{not json"),
        ("skip_ids", "{not json"),
        ("stream_maps", "{not json"),
    ],
)
def test_a_wrong_variable_gives_one_line_with_its_name(
    tmp_path: Path, name: str, value: str
) -> None:
    with Omni(ahead=-20_000) as server:
        given = variables(server, **{name: value})
        result = from_environment(tmp_path, only("omni", fill(server)), given)
        result.failed_with_one_line(name)
        assert not [word for word in FOREIGN if word in result.errors[0]]


@pytest.mark.parametrize("value", [-1, "soon", 1.5])
def test_a_wrong_wait_between_tries_gives_one_line(value: object) -> None:
    with Omni(ahead=-20_000) as server:
        result = run_plainly(server, fill(server), retry_wait_seconds=value)
        result.failed_with_one_line("retry_wait_seconds")
        assert "unknown" not in result.errors[0]
        assert not server.calls


# One column for every stream.

COMPANY = {"*": {"company": "'Shop'"}}


def test_a_column_can_be_added_to_every_stream_with_the_default_selection() -> None:
    for server in (Omni(ahead=-20_000), Core(ahead=-90 * DAY)):
        with server:
            stream = fill(server)
            result = run_plainly(server, None, stream_maps=COMPANY, **NOW)
            assert not any("stream_maps" in line for line in result.errors), result.stderr
            assert "Traceback" not in result.stderr
            assert [row["company"] for row in result.records(stream)] == ["Shop"] * 3
            schemas = result.kinds("SCHEMA")
            assert len(schemas) > 10
            assert all("company" in one["schema"]["properties"] for one in schemas)


def test_a_column_can_be_added_to_every_stream_with_a_few_selected() -> None:
    with Account([SALES]) as server:
        streams = ["sales", "sale_order_lines", "sale_list", RUNS]
        result = run_plainly(server, streams, stream_maps=COMPANY, **NOW)
        assert result.exit_code == 0, result.stderr
        for stream in streams:
            rows = result.records(stream)
            assert rows
            assert all(row["company"] == "Shop" for row in rows), stream


@pytest.mark.parametrize("whole", [True, False], ids=["all of the catalog", "the selected part"])
def test_a_map_of_a_stream_that_is_not_selected_is_passed_over(whole: bool) -> None:  # noqa: FBT001
    catalog = discovered("omni") if whole else only("omni", "sales_orders")
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] == "sales_orders"
    with Omni(ahead=-20_000) as server:
        fill(server)
        maps = {"contacts": {"company": "'Shop'"}, "sales_order_lines": {"company": "'Shop'"}}
        result = run_plainly(server, catalog, stream_maps=maps, **NOW)
        assert result.exit_code == 0, result.stderr
        assert len(result.records("sales_orders")) == 3


ODD_MAPS: dict[str, Any] = {
    "else is a text": {"__else__": "x"},
    "else is null": {"__else__": None},
    "else is null for the others": {"brands": {"company": "'Shop'"}, "__else__": None},
    "else is an object": {"__else__": {"company": "'Shop'"}},
    "a text": {"brands": "x"},
    "an expression that is none": {"brands": {"company": "1 +"}},
    "every stream is a text": {"*": "x"},
}


@pytest.mark.parametrize("maps", ODD_MAPS)
def test_an_odd_map_is_right_or_gives_one_clear_line(maps: str) -> None:
    with Core(ahead=-90 * DAY) as server:
        brands(server, 3)
        result = run_plainly(server, ["brands", RUNS], stream_maps=ODD_MAPS[maps], **NOW)
        assert "Traceback" not in result.stderr, result.stderr
        told = "\n".join(result.errors)
        assert "has no attribute" not in told
        if result.exit_code != 0:
            assert "stream_maps" in told or "brands" in told, told


def test_a_map_of_the_selected_stream_works() -> None:
    with Core(ahead=-90 * DAY) as server:
        brands(server, 3)
        maps = {"brands": {"label": "Name + '!'"}}
        result = run_plainly(server, ["brands", RUNS], stream_maps=maps, **NOW)
        assert result.exit_code == 0, result.stderr
        assert {row["label"] for row in result.records("brands")} == {"B0!", "B1!", "B2!"}
        assert complete(result) == {"brands": True}
        assert result.keys("brands", "ID") == {guid(number) for number in range(3)}
