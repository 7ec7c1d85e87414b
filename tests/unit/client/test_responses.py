"""What replies mean, told apart by status and body."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.auth import HTTPBasicAuth

from tap_cin7.client.responses import check_body, check_status, quote, retry_after
from tap_cin7.core.api import CoreAuth
from tap_cin7.errors import (
    Refused,
    Retriable,
    StreamFailed,
    StreamSkipped,
    WrongCredentials,
)
from tap_cin7.omni.api import check_omni
from tap_cin7.omni.listing import omni_rows
from tap_cin7.reading.expected import ExpectedRows
from tap_cin7.rows.fields import KEY, record
from tests.unit.client.support import reply

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = ExpectedRows(record(id=KEY("Id")))
CHECKS = [check_status, check_omni]
each_check = pytest.mark.parametrize("check", CHECKS)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        ("0", 0),
        ("1.5", 1.5),
        ("60 Seconds", 60),
        ("60 seconds", 60),
        ("1 second", 1),
        ("30s", 30),
        (" 30 ", 30),
    ],
)
def test_retry_after_reads_seconds_in_every_spelling(text: str, seconds: float) -> None:
    assert retry_after(text) == seconds


@pytest.mark.parametrize("text", [None, "", "soon", "-5", "60 minutes", "2026-01-31", "1 2"])
def test_retry_after_that_cannot_be_read_counts_as_not_sent(text: str | None) -> None:
    assert retry_after(text) is None


def test_retry_after_reads_dates() -> None:
    moment = datetime.now(timezone.utc) + timedelta(seconds=90)
    seconds = retry_after(format_datetime(moment, usegmt=True))
    assert seconds is not None
    assert 80 < seconds <= 90


def test_retry_after_takes_a_date_without_a_zone_as_utc() -> None:
    moment = datetime.now(timezone.utc) + timedelta(seconds=90)
    seconds = retry_after(moment.strftime("%a, %d %b %Y %H:%M:%S -0000"))
    assert seconds is not None
    assert 80 < seconds <= 90


def test_retry_after_in_the_past_means_now() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@pytest.mark.parametrize(
    "text",
    ["99999999999", "9" * 400, "Sat, 21 Oct 9999 07:28:00 GMT", "1e5", "1" + "0" * 20 + " s"],
)
def test_retry_after_asks_for_a_week_at_most(text: str) -> None:
    assert retry_after(text) in (7 * 86_400, None)


def test_retry_after_beyond_the_calendar_counts_as_not_sent() -> None:
    assert retry_after("Wed, 21 Oct 99999999999 07:28:00 GMT") is None


@given(st.text(max_size=40))
def test_retry_after_never_fails(text: str) -> None:
    seconds = retry_after(text)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize("body", ["", "  \r\n ", '[{"id": 1}, {"id"', "<html>Sorry</html>"])
def test_a_body_that_is_not_whole_json_is_asked_for_again(body: str) -> None:
    with pytest.raises(Retriable, match=r"^200 with"):
        omni_rows(reply(200, body), ROWS)


@pytest.mark.parametrize("body", ["[" * 100_000, "]" * 100_000])
def test_a_body_that_cannot_be_decoded_is_asked_for_again_and_quoted(body: str) -> None:
    with pytest.raises(
        Retriable, match=r"^200 with a body that is not a list of rows: [\[\]]{300}"
    ):
        omni_rows(reply(200, body), ROWS)
    assert quote(reply(500, body)).startswith(body[:300])


@pytest.mark.parametrize(
    "body", ["<" * 1_000_000, "<script" * 100_000, "<a " * 300_000, "[" * 10**6]
)
def test_a_hostile_body_is_quoted_at_once(body: str) -> None:
    assert len(quote(reply(500, body))) <= 303


def test_the_blanks_before_a_body_do_not_hide_what_it_is() -> None:
    with pytest.raises(Retriable, match="an HTML page: Sorry"):
        check_body(reply(200, " " * 500 + "<html>Sorry</html>"))


@pytest.mark.parametrize("depth", range(100, 1_000, 100))
def test_a_deep_body_has_a_quote(depth: int) -> None:
    body = "[" * depth + '"deep"' + "]" * depth
    assert quote(reply(500, body)) in ("deep", body[:300] + "...", body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('"Too many requests"', "Too many requests"),
        ("plain words", "plain words"),
        ('{"message": "No access"}', "No access"),
        ('{"Message": "No access"}', "No access"),
        ('[{"ErrorCode": 400, "Exception": "Page is wrong"}]', "Page is wrong"),
        ('[{"Exception": "One"}, {"Exception": "Two"}]', "One; Two"),
        ('{"errors": ["One", "Two"]}', "One; Two"),
        ('{"error": {"message": "Deep"}}', "Deep"),
        ('{"code": 7}', '{"code": 7}'),
        ("<html><style>p {}</style><body><h1>Bad</h1>\n<p>Gateway</p></body>", "Bad Gateway"),
        ("5 < 6 > 4", "5 < 6 > 4"),
        ("two\r\nlines\tand   blanks", "two lines and blanks"),
        ("", ""),
    ],
)
def test_what_cin7_says_is_found_in_every_kind_of_body(body: str, said: str) -> None:
    assert quote(reply(400, body)) == said


@given(st.text(max_size=2_000))
def test_a_quote_is_one_short_line(body: str) -> None:
    said = quote(reply(500, body))
    assert len(said) <= 303
    assert len(said.splitlines()) <= 1


@each_check
@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_passes(check: Callable[[requests.Response], None], status: int) -> None:
    check(reply(status, "[]"))


@each_check
@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 599])
def test_passing_failures_are_tried_again(
    check: Callable[[requests.Response], None], status: int
) -> None:
    with pytest.raises(Retriable, match=f"{status} try later"):
        check(reply(status, '"try later"'))


@each_check
def test_a_failure_of_cin7_carries_how_long_to_wait(
    check: Callable[[requests.Response], None],
) -> None:
    with pytest.raises(Retriable) as caught:
        check(reply(503, "", Retry_After="60 Seconds"))
    assert caught.value.retry_after == 60


@each_check
def test_a_refusal_carries_what_cin7_asks_for(check: Callable[[requests.Response], None]) -> None:
    with pytest.raises(Refused, match="slow down") as caught:
        check(reply(429, '"slow down"', Retry_After="60 Seconds"))
    assert caught.value.retry_after == 60


@each_check
def test_a_refusal_without_retry_after_says_so(
    check: Callable[[requests.Response], None],
) -> None:
    with pytest.raises(Refused) as caught:
        check(reply(429))
    assert caught.value.retry_after is None


@each_check
@pytest.mark.parametrize("status", [301, 302, 304, 307, 308])
def test_a_redirect_is_not_followed_and_points_to_base_url(
    check: Callable[[requests.Response], None], status: int
) -> None:
    with pytest.raises(StreamFailed, match="base_url"):
        check(reply(status, Location="https://elsewhere.example"))


@each_check
@pytest.mark.parametrize("status", [400, 405, 409, 422])
def test_a_rejected_request_fails_the_stream_with_the_words_of_cin7(
    check: Callable[[requests.Response], None], status: int
) -> None:
    with pytest.raises(StreamFailed, match=f"^{status}, Cin7 says: no such field$"):
        check(reply(status, '{"message": "no such field"}'))


def test_a_rejection_without_words_says_so() -> None:
    with pytest.raises(StreamFailed, match="nothing"):
        check_status(reply(400))


def test_omni_401_ends_the_run_and_names_the_settings() -> None:
    with pytest.raises(WrongCredentials, match="username and api_key"):
        check_omni(reply(401))


def test_omni_403_skips_the_stream_and_tells_where_to_switch_it_on() -> None:
    with pytest.raises(StreamSkipped, match="Permissions"):
        check_omni(reply(403, '"no"'))


def test_omni_rows_are_the_bare_array() -> None:
    rows = omni_rows(reply(200, '[{"id": 1}, {"id": 2}]'), ROWS)
    assert [bytes(row) for row in rows] == [b'{"id": 1}', b'{"id": 2}']
    assert omni_rows(reply(200, "[]"), ROWS) == []


@pytest.mark.parametrize(
    "body", ['{"message": "later"}', '"later"', "null", "[1, 2]", "[null]", "0", "<html>", "", "{}"]
)
def test_what_is_no_list_of_rows_never_passes_for_an_empty_page(body: str) -> None:
    with pytest.raises(Retriable):
        omni_rows(reply(200, body), ROWS)


@pytest.mark.parametrize("change", [str, str.upper, str.lower, str.swapcase])
def test_a_quote_hides_the_credentials_of_its_request(change: Callable[[str], str]) -> None:
    core = reply(500, change("key aBcD-1234 of account xYz-9876"))
    core.request = requests.Request(
        "GET", "http://x.example", auth=CoreAuth("xYz-9876", "aBcD-1234")
    ).prepare()
    assert quote(core) == change("key *** of account ***")
    omni = reply(500, change("Basic bWU6YUJjRC0xMjM0 is aBcD-1234"))
    omni.request = requests.Request(
        "GET", "http://x.example", auth=HTTPBasicAuth("me", "aBcD-1234")
    ).prepare()
    assert quote(omni) == change("Basic *** is ***")
