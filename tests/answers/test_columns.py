"""What leaves: no credential, all of Cin7's own names, and no megabyte of log."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers.account import ADJUSTMENTS, DAY, HOUR, SALES, Account, run
from tests.losses import harness
from tests.losses.accounts import guid
from tests.losses.standin import Core, Reply, encoded
from tests.processes import MEASURED, afresh, finish, peak

# Webhooks.

SECRETS = {
    "ExternalUserName": "secret-user-1",
    "ExternalPassword": "secret-2",
    "ExternalBearerToken": "secret-3",
    "ApiKey": "secret-4",
    "client_secret": "secret-5",
    "Authorization": "Bearer secret-6",
    "ExternalHeaders": [
        {"Name": "Authorization", "Value": "Basic secret-7"},
        {"Name": "X-Api-Key", "Value": "secret-8"},
        {"Key": "APIKEY", "Value": "secret-9"},
    ],
    "Headers": {"X-Access-Token": "secret-10", "apikey": "secret-11"},
    "Nested": {"Deeper": [{"password": "secret-12", "Auth": {"token": "secret-13"}}]},
    "ExternalHeadersText": "Authorization: Bearer secret-14",
}
URLS = (
    "https://user:secret-15@hooks.example.com/in",
    "https://hooks.example.com/in?token=secret-16&shop=7",
    "https://hooks.example.com/in?api_key=secret-17",
    "https://hooks.example.com/in?code=secret-18&sig=secret-19",
    "https://hooks.example.com/in?Access_Token=secret-20#key=secret-21",
)


@pytest.mark.parametrize("extra_fields", [True, False])
def test_nothing_that_looks_like_a_credential_leaves_with_a_webhook(
    extra_fields: bool,  # noqa: FBT001
) -> None:
    with Core(ahead=-90 * DAY) as server:
        served = server.list("/webhooks", "Webhooks", "ID")
        for number, url in enumerate(URLS):
            row = {"ID": guid(number), "Type": "Sale/Created", "Name": "n", "ExternalURL": url}
            served.table.put({**row, **SECRETS, "Nested2": {"ExternalURL": url}})
        result = run(server, "webhooks", extra_fields=extra_fields, variables={"LOGLEVEL": "DEBUG"})
        assert result.exit_code == 0, result.stderr
        everything = result.stdout.decode() + result.stderr
        left = [number for number in range(1, 22) if f"secret-{number}" in _apart(everything)]
        assert not left, "secrets that left"
        assert "secret-user" not in everything
        rows = {row["ID"]: row for row in result.records("webhooks")}
        assert len(rows) == len(URLS)
        # The address stays recognisable.
        assert all("hooks.example.com/in" in row["ExternalURL"] for row in rows.values())
        assert {row["Type"] for row in rows.values()} == {"Sale/Created"}


def _apart(text: str) -> set[str]:
    """Return the words of a text, so that no number is found in a longer one."""
    found: set[str] = set()
    for quote in ('"', "&", "#", "@", ":", "=", " ", "\\", "?", "/", ",", "}", "]"):
        text = text.replace(quote, "\n")
    found.update(text.split("\n"))
    return found


def test_what_looks_like_no_credential_is_kept() -> None:
    with Core(ahead=-90 * DAY) as server:
        served = server.list("/webhooks", "Webhooks", "ID")
        more = {"RetryCount": 3, "Notes": {"Team": "Sales"}, "LastResult": "OK"}
        url = "https://hooks.example.com/in?shop=7"
        served.table.put({"ID": guid(1), "Type": "Sale/Created", "ExternalURL": url, **more})
        result = run(server, "webhooks")
        (row,) = result.records("webhooks")
        assert row["ExternalURL"] == url
        assert row["extra_fields"]["Notes"] == {"Team": "Sales"}


@pytest.mark.parametrize(
    "body",
    [
        {"Hooks": [{"ID": guid(1), **SECRETS}]},
        {"Webhooks": {"ID": guid(1), **SECRETS}},
        {"Webhooks": [{"Id2": guid(1), **SECRETS}]},
        [{"ID": guid(1), **SECRETS}],
        {"ErrorCode": 500, "Exception": "it holds token=secret-16"},
        b'{"Webhooks": [{"ExternalPassword": "secret-2", ',
    ],
    ids=repr,
)
def test_an_answer_that_is_no_list_of_webhooks_is_not_quoted(body: object) -> None:
    answer = body if isinstance(body, bytes) else encoded(body)
    with Core(ahead=-90 * DAY) as server:
        server.list("/webhooks", "Webhooks", "ID")
        server.before("/webhooks", None, lambda _: Reply(answer))
        result = run(server, "webhooks", variables={"LOGLEVEL": "DEBUG"})
        assert "is not shown, since it may hold credentials" in result.stderr
        assert "secret-" not in result.stdout.decode() + result.stderr


# Names of the tap's own.


def availability(server: Core, *rows: dict[str, Any]) -> None:
    served = server.list("/ref/productavailability", "ProductAvailabilityList", "n")
    served.table.put(*({"ID": guid(1), "SKU": "A", "n": n, **row} for n, row in enumerate(rows)))


def test_two_locations_of_one_name_do_not_share_a_key() -> None:
    here = {"Location": "Main", "Bin": None, "Batch": None, "ExpiryDate": None}
    with Core(ahead=-90 * DAY) as server:
        rows = [{**here, "OnHand": 5}, {**here, "OnHand": 7}, {**here, "OnHand": 9, "Bin": "B"}]
        availability(server, *rows)
        first = run(server, "product_availability")
        assert first.exit_code == 0, first.stderr
        kept = {
            row["record_key"]: int(row["OnHand"]) for row in first.records("product_availability")
        }
        assert sorted(kept.values()) == [5, 7, 9]
        server.now += HOUR
        # In another order they are the same two rows.
        server.lists["/ref/productavailability"].order = "newest first"
        second = run(server, "product_availability", first.state)
        assert second.keys("product_availability", "record_key") == kept.keys()


def test_two_locations_of_one_name_with_equal_rows_are_two_rows() -> None:
    here = {"Location": "Main", "OnHand": 5}
    with Core(ahead=-90 * DAY) as server:
        availability(server, here, here)
        for row in server.lists["/ref/productavailability"].table.visible():
            row.pop("n")
        result = run(server, "product_availability")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("product_availability", "record_key")) == 2


@pytest.mark.parametrize("name", ["record_key", "parent_modified", "read_at", "extra_fields"])
@pytest.mark.parametrize("value", ["theirs", {"a": 1}, None, 7], ids=repr)
def test_a_field_of_cin7_that_is_called_like_one_of_ours_is_kept(name: str, value: object) -> None:
    with Account([SALES, ADJUSTMENTS]) as server:
        availability(server, {"Location": "Main", "OnHand": 5, name: value})
        server.list("/ref/brand", "BrandList", "ID").table.put(
            {"ID": guid(1), "Name": "B", name: value}
        )
        for kind in server.kinds:
            parameter, find = server.documents[kind.path]

            def named(wanted: str, find: Any = find, kind: Any = kind) -> Any:  # noqa: ANN401
                found = find(wanted)
                *outer, last = kind.part[1].split(".")
                place = found
                for one in outer:
                    place = place[one]
                place[last][0][name] = value
                return {**found, name: value}

            server.documents[kind.path] = parameter, named
        streams = ["product_availability", "brands", "sales", "sale_order_lines"]
        streams += ["stock_adjustments", "stock_adjustment_lines"]
        result = run(server, streams)
        assert result.exit_code == 0, result.stderr
        for stream in streams:
            schema = next(one for one in result.kinds("SCHEMA") if one["stream"] == stream)
            rows = result.records(stream)
            assert rows
            for row in rows:
                if value is not None:
                    assert row["extra_fields"][name] == value, (stream, row)
                if name in schema["schema"]["properties"] and name != "extra_fields":
                    # Ours says what ours says.
                    assert isinstance(row[name], str)
                    assert row[name] != "theirs"


# The log.


def test_long_names_of_unknown_fields_are_cut_short_in_the_log() -> None:
    long = {f"{number}{'x' * 200_000}": 1 for number in range(10)}
    with Core(ahead=-90 * DAY) as server:
        served = server.list("/ref/brand", "BrandList", "ID")
        served.table.put(*({"ID": guid(number), "Name": "B", **long} for number in range(3)))
        result = run(server, "brands")
        assert result.exit_code == 0, result.stderr
        assert len(result.stderr) < 50_000
        assert set(long) <= set(result.records("brands")[0]["extra_fields"])


def test_many_names_of_unknown_fields_are_cut_short_in_the_log() -> None:
    many = {f"Field{number}": 1 for number in range(5_000)}
    with Core(ahead=-90 * DAY) as server:
        served = server.list("/ref/brand", "BrandList", "ID")
        served.table.put({"ID": guid(1), "Name": "B", **many})
        result = run(server, "brands")
        assert result.exit_code == 0, result.stderr
        assert len(result.stderr) < 50_000
        assert "Field1" in result.stderr
        assert set(many) <= set(result.records("brands")[0]["extra_fields"])


# Memory.

_MOST_KB = 300_000


def test_a_product_with_a_huge_ledger_stays_within_memory(tmp_path: Any) -> None:  # noqa: ANN401
    movement = {
        "TaskID": guid(1), "Type": "Sale", "Date": "2026-01-02T00:00:00Z", "Number": "SO-00001",
        "Status": "AUTHORISED", "Quantity": -1, "Amount": 12.5, "Location": "Main Warehouse",
        "BatchSN": "", "ExpiryDate": None, "FromTo": "Some customer with quite a long name Ltd.",
    }  # fmt: skip
    one = encoded(movement)
    count = 60_000_000 // (len(one) + 1)
    head = encoded({"ID": guid(1), "SKU": "A", "LastModifiedOn": "2026-01-02T00:00:00Z"})[:-1]
    body = b"".join(
        [
            b'{"Total":1,"Page":1,"Products":[',
            head,
            b',"Movements":[',
            b",".join([one] * count),
            b"]}]}",
        ]
    )
    with Core(ahead=-30 * DAY) as server:
        empty = encoded({"Total": 1, "Page": 2, "Products": []})
        server.before(
            "/product", None, lambda call: Reply(body if call.query.get("Page") == "1" else empty)
        )
        config = harness.config_for(server, include_movements=True, retry_wait_seconds=0)
        catalog = harness.only("core", "products")
        options = harness.write(tmp_path, config=config, catalog=catalog)
        environment = harness.environment()
        result = finish(options, environment=environment, launch=MEASURED, start=afresh)
        assert result.exit_code == 0, result.stderr[-2_000:]
        assert result.stdout.count(b'"type":"RECORD"') == 1
        assert result.stdout.count(b"quite a long name") == count
        assert peak(result.stderr) < _MOST_KB
