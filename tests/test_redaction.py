"""No secret reaches a handler's output, whoever logs it and however."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.auth import HTTPBasicAuth

from tap_cin7.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "s3cr3t/k+y=="  # noqa: S105
NAMES = ("api_key", "application_key", "account_id")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Output of a root handler that a redactor was installed on."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    before = {other: list(other.filters) for other in root.handlers}
    Redactor([SECRET]).install()
    try:
        yield output
    finally:
        for other, filters in before.items():
            other.filters = filters
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.ERROR])
def test_secrets_are_masked_at_every_level(lines: io.StringIO, level: int) -> None:
    logging.getLogger("any.library").log(level, "sent %s", SECRET)
    assert lines.getvalue() == "sent ***\n"


def test_secrets_are_masked_in_the_message_itself(lines: io.StringIO) -> None:
    logging.getLogger("x").warning(f"key {SECRET} for %s", "you")  # noqa: G004
    assert lines.getvalue() == "key *** for you\n"


def test_secrets_are_masked_inside_objects_that_are_logged(lines: io.StringIO) -> None:
    logging.getLogger("x").warning("headers %s", {"api-auth-applicationkey": SECRET})
    assert lines.getvalue() == "headers {'api-auth-applicationkey': '***'}\n"


def test_secrets_are_masked_in_tracebacks_that_stay_readable(lines: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError(f"no access with {SECRET}")

    try:
        fail()
    except ValueError:
        logging.getLogger("x").exception("call failed")
    output = lines.getvalue()
    assert SECRET not in output
    assert "ValueError: no access with ***" in output
    assert "in fail" in output


def test_secrets_are_masked_in_the_causes_of_an_exception(lines: io.StringIO) -> None:
    def fail(headers: dict[str, str]) -> None:
        try:
            headers[SECRET]
        except KeyError as error:
            raise ValueError("outer") from error

    try:
        fail({})
    except ValueError:
        logging.getLogger("x").exception("call failed")
    assert SECRET not in lines.getvalue()
    assert "KeyError: '***'" in lines.getvalue()


def test_other_lines_pass_untouched(lines: io.StringIO) -> None:
    logging.getLogger("x").info("%d rows of %s", 5, "orders")
    assert lines.getvalue() == "5 rows of orders\n"


def test_arguments_of_harmless_lines_are_kept_for_structured_logs() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "METRIC: %s", ({"rows": 5},), None)
    assert Redactor([SECRET]).filter(record)
    assert record.msg == "METRIC: %s"
    assert record.args == {"rows": 5}


def test_no_line_is_dropped_even_when_there_is_nothing_to_hide() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "hello", None, None)
    assert Redactor([]).filter(record)
    assert Redactor([SECRET]).filter(record)


def test_all_credentials_of_a_configuration_are_hidden() -> None:
    config: dict[str, object] = {
        "username": "me@example.com",
        "api_key": "omni-key-1",
        "account_id": "acc-0001",
        "application_key": "core-key-1",
        "base_url": "https://example.com",
    }
    said = "omni-key-1 acc-0001 core-key-1 at https://example.com"
    assert Redactor.of(config, NAMES).clean(said) == "*** *** *** at https://example.com"


def test_the_authorization_header_that_is_really_sent_is_hidden() -> None:
    request = requests.Request(
        "GET", "https://example.com", auth=HTTPBasicAuth("me", SECRET)
    ).prepare()
    header = request.headers["Authorization"]
    hidden = Redactor.of({"username": "me", "api_key": SECRET}, NAMES).clean(header)
    assert hidden == "Basic ***"


@pytest.mark.parametrize(
    "config",
    [{}, {"api_key": None}, {"api_key": ""}, {"username": "me"}, {"username": None}],
)
def test_a_configuration_without_secrets_hides_nothing(config: dict[str, object]) -> None:
    assert Redactor.of(config, NAMES).clean("me None text") == "me None text"


def test_a_longer_secret_is_hidden_whole_when_it_holds_a_shorter_one() -> None:
    assert Redactor(["abcd", "abcdefgh"]).clean("abcdefgh abcd") == "*** ***"


def test_very_short_texts_are_no_secrets() -> None:
    assert Redactor(["a", "the"]).clean("a cat in the hat") == "a cat in the hat"


@given(st.text(min_size=4).filter(lambda text: "*" not in text), st.text(), st.text())
def test_a_secret_is_hidden_in_each_form_it_can_take(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    try:
        forms = [secret, quote(secret), quote_plus(secret), repr(secret)[1:-1]]
    except UnicodeEncodeError:  # lone surrogates have no bytes and can be no credential
        return
    for form in forms:
        assert form not in redactor.clean(f"{before}{form}{after}")
