"""Every flag of Core that fills a column is sent, or there is a reason why not."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Sandbox, facts
from tap_cin7.core.resource import CoreResource
from tap_cin7.run.apis import APIS
from tap_cin7.settings import SETTINGS, Settings
from tests.support_core import asked, run_core, select

_CUT = "not asked for by itself: cut from /sale, which has no such flag"
_SECOND = "asked for only where /advanced-purchase answers with an empty shell"
_CONTENT = "would embed whole files in base64"
EXCEPTIONS = {
    ("production_runs", "IncludeAttachmentContent"): _CONTENT,
    **{
        (stream, "IncludeProductInfo"): _CUT
        for stream in (
            "sale_quotes",
            "sale_orders",
            "sale_fulfilments",
            "sale_fulfilment_picks",
            "sale_fulfilment_packs",
            "sale_invoices",
            "sale_credit_notes",
        )
    },
    ("sale_credit_notes", "IncludePaymentInfo"): _CUT,
}
"""Flags that are never sent, and why."""
FLAGS = [
    (fact.stream, name)
    for fact in facts.core().values()
    for name in fact.parameters
    if name.startswith(("Include", "Show"))
]
OFF_BY_DEFAULT = {"IncludeMovements"}
"""The whole stock ledger of a product can be huge."""


def resources() -> dict[str, type[CoreResource]]:
    found = APIS["core"].resources()
    return {one.name: one for one in found if issubclass(one, CoreResource)}


def test_there_are_flags() -> None:
    assert len(FLAGS) > len(EXCEPTIONS) > 0
    assert set(FLAGS) > set(EXCEPTIONS)


@pytest.mark.parametrize(("stream", "flag"), FLAGS)
def test_a_flag_is_sent_by_default_and_can_be_set_or_has_a_reason(stream: str, flag: str) -> None:
    resource = resources().get(stream)
    if (stream, flag) in EXCEPTIONS:
        assert resource is None or flag not in {**resource.params, **resource.flags}
        return
    assert resource is not None
    if flag in resource.params:  # which rows there are, not what they hold
        assert resource.params[flag] == "true"
        return
    setting = resource.flags[flag].setting
    assert SETTINGS["properties"][setting]["type"] == ["boolean", "null"]
    is_on = flag not in OFF_BY_DEFAULT
    assert SETTINGS["properties"][setting]["default"] is is_on
    assert (flag in resource.switched_on(Settings.of({"api": "core"}))) is is_on
    for value in (True, False):
        chosen = Settings.of({"api": "core", setting: value})
        assert (flag in resource.switched_on(chosen)) is value


FILLED = {
    "customers": ("/customer", "IncludeProductPrices", "include_customer_prices", "ProductPrices"),
    "sales": ("/sale", "IncludeTransactions", "include_transactions", "Transactions"),
    "production_resources": (
        "/production/resource",
        "IncludeAttachments",
        "include_resource_attachments",
        "ResourceAttachments",
    ),
}


@pytest.mark.parametrize("stream", FILLED)
def test_the_column_is_filled_unless_its_setting_says_no(stream: str) -> None:
    path, flag, setting, column = FILLED[stream]
    with Sandbox(default_rows=40) as server:
        filled = run_core(server, select(stream))
        assert {query[flag] for query in asked(server, path)} == {"true"}
        server.reset_calls()
        off: dict[str, Any] = {setting: False}
        empty = run_core(server, select(stream), **off)
        assert all(flag not in query for query in asked(server, path))
    assert any(row[column] for row in filled.records[stream])
    assert not any(row[column] for row in empty.records[stream])


def locations(server: Sandbox) -> tuple[list[str], set[str | None]]:
    """Return the ids of a run, and the values of Deprecated that it asked with."""
    result = run_core(server, select("locations"))
    assert result.exit_code == 0, result.stderr
    asked_for = {query.get("Deprecated") for query in asked(server, "/ref/location")}
    return [row["ID"] for row in result.records["locations"]], asked_for


def test_deprecated_locations_are_asked_for_where_the_list_does_not_show_them() -> None:
    with Sandbox(default_rows=40) as server:
        for row in server.core.store.rows("locations"):
            server.core.store.edit("locations", row["ID"], IsDeprecated=False, Deprecated=None)
        got, asked_for = locations(server)
        rows = [row["ID"] for row in server.core.store.rows("locations")]
    assert sorted(got) == sorted(rows)
    assert asked_for == {None, "true"}


def test_a_list_that_shows_deprecated_locations_is_read_once() -> None:
    with Sandbox(default_rows=40) as server:
        key = server.core.store.rows("locations")[3]["ID"]
        server.core.store.edit("locations", key, IsDeprecated=True)
        got, asked_for = locations(server)
        rows = [row["ID"] for row in server.core.store.rows("locations")]
    assert sorted(got) == sorted(rows)
    assert asked_for == {None}
