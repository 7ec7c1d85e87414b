"""The SDK's stream as an adapter: what a catalog tells it, and what is read together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_cin7.core.resource import CoreDetail
from tap_cin7.errors import BadInput
from tap_cin7.singer.stream import groups_of
from tests.unit.taps import group, select, tap

if TYPE_CHECKING:
    from tap_cin7.singer.stream import Cin7Stream


def entry_of(stream: Cin7Stream) -> dict[str, Any]:
    """Return what discovery writes of a stream."""
    catalog: dict[str, Any] = json.loads(stream._tap.catalog_json_text)  # noqa: SLF001
    return next(one for one in catalog["streams"] if one["tap_stream_id"] == stream.name)


def with_catalog(entry: dict[str, Any], **changes: Any) -> Cin7Stream:  # noqa: ANN401
    """Return the stream of a catalog's entry."""
    streams = tap(catalog={"streams": [entry | changes]}).cin7_streams
    return next(one for one in streams if one.name == entry["tap_stream_id"])


def contacts() -> Cin7Stream:
    return next(one for one in tap().cin7_streams if one.name == "contacts")


# --- what a catalog says -----------------------------------------------------------------------


def test_discovery_leaves_it_at_changes() -> None:
    stream = with_catalog(entry_of(contacts()))
    assert stream.wants_changes
    assert stream.bookmark_key == "modifiedDate"


def test_a_full_table_keeps_no_bookmark() -> None:
    stream = with_catalog(entry_of(contacts()), replication_method="FULL_TABLE")
    assert not stream.wants_changes
    assert stream.bookmark_key is None


def test_the_replication_key_stays_as_declared_whatever_a_catalog_says() -> None:
    stream = with_catalog(entry_of(contacts()), replication_key="createdDate")
    assert list(stream.primary_keys) == ["id"]
    assert stream.replication_key == "modifiedDate"


def test_a_catalog_with_another_key_is_refused() -> None:
    with pytest.raises(BadInput, match="'contacts' has the key"):
        with_catalog(entry_of(contacts()), key_properties=[])


def test_a_stream_without_a_stamp_wants_what_there_is() -> None:
    entry = entry_of(next(one for one in tap().cin7_streams if one.name == "users"))
    assert entry["replication_method"] == "FULL_TABLE"
    assert with_catalog(entry).wants_changes


def test_columns_that_are_not_selected_do_not_leave_but_for_keys() -> None:
    entry = entry_of(contacts())
    for item in entry["metadata"]:
        if item["breadcrumb"][-1:] in (["website"], ["id"]):
            item["metadata"]["selected"] = False
    assert with_catalog(entry).output.deselected == {("website",)}


def test_columns_that_no_catalog_knows_do_not_leave() -> None:
    entry = entry_of(contacts())
    del entry["schema"]["properties"]["website"]
    entry["metadata"] = [one for one in entry["metadata"] if "website" not in one["breadcrumb"]]
    assert ("website",) in with_catalog(entry).output.deselected


@pytest.mark.parametrize("wanted", [True, False])
def test_extra_fields_are_a_column_unless_they_are_switched_off(*, wanted: bool) -> None:
    for stream in tap(extra_fields=wanted).cin7_streams:
        if stream.name != "tap_cin7_runs":
            assert ("extra_fields" in stream.schema["properties"]) is wanted


# --- what is read together ---------------------------------------------------------------------


def test_a_part_is_read_with_its_parent_selected_or_not() -> None:
    one = tap()
    both = group(one, "quote_lines", "quotes")
    assert [stream.name for stream in both.streams] == ["quotes", "quote_lines"]
    alone = group(one, "quote_lines")
    assert alone.source.name == "quotes"
    assert [stream.name for stream in alone.streams] == ["quote_lines"]
    assert alone.names == "quote_lines"
    assert alone.resource.name == "quotes"


def test_what_people_ask_for_first_is_read_first() -> None:
    one = tap()
    names = [found.source.name for found in groups_of(select(one, "vouchers", "sales_orders"))]
    assert names == ["sales_orders", "vouchers"]


def test_lists_of_core_are_read_before_documents_and_sales_before_all_others() -> None:
    order = [found.source for found in groups_of(tap("core").cin7_streams)]
    is_document = [issubclass(source.resource, CoreDetail) for source in order]
    assert is_document == sorted(is_document)
    documents = [source.name for source in order if issubclass(source.resource, CoreDetail)]
    assert documents[:2] == ["sales", "purchases"]


def test_a_snapshot_is_read_once_in_its_interval() -> None:
    one = tap()
    names = ("stock", "stock_snapshots")
    assert len(group(one, *names).streams) == 2
    taken = next(stream for stream in one.cin7_streams if stream.name == "stock_snapshots")
    taken.remember_whole_reading()
    assert [stream.name for stream in group(one, *names).streams] == ["stock"]
