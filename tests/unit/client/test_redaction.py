"""No secret reaches a handler's output, whoever logs it and however."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.auth import HTTPBasicAuth
from singer_sdk.logging import StructuredFormatter
from singer_sdk.metrics import Metric, Point

from tap_cin7.client.redaction import Redactor, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "s3cr3t/k+y=="  # noqa: S105
NAMES = ("api_key", "application_key", "account_id")


@contextmanager
def written_by(formatter: logging.Formatter | None, name: str | None = None) -> Iterator[Writer]:
    """Yield what installs redactors and returns the output of a logger's handler."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter)
    logger = logging.getLogger(name)
    root = logging.getLogger()
    level = root.level
    logger.addHandler(handler)
    root.setLevel(logging.DEBUG)
    before = {other: other.formatter for other in root.handlers}
    try:
        yield Writer(handler.stream, handler)
    finally:
        for other, former in before.items():
            other.setFormatter(former)
        logger.removeHandler(handler)
        root.setLevel(level)


@dataclass
class Writer:
    """A handler and what it has written."""

    output: io.StringIO
    handler: logging.Handler


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Output of a root handler that a redactor was installed on."""
    with written_by(None) as writer:
        Redactor([SECRET]).install()
        yield writer.output


@pytest.fixture
def structured() -> Iterator[io.StringIO]:
    """Output of a structured root handler that a redactor was installed on."""
    with written_by(StructuredFormatter()) as writer:
        Redactor([SECRET]).install()
        yield writer.output


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


def test_arguments_of_harmless_lines_are_kept_for_structured_logs(
    structured: io.StringIO,
) -> None:
    point = Point("counter", Metric.RECORD_COUNT, 5, {"stream": "orders"})
    logging.getLogger("x").info("METRIC: %s", point)
    assert json.loads(structured.getvalue())["metric_info"]["value"] == 5


def log_exception(logger: logging.Logger) -> None:
    headers: dict[str, str] = {}
    try:
        headers[SECRET]
    except KeyError:
        logger.exception("call failed")


def log_extra(logger: logging.Logger) -> None:
    logger.warning("call failed", extra={"headers": {"api-auth-applicationkey": SECRET}})


@pytest.mark.parametrize("log", [log_exception, log_extra])
def test_secrets_are_masked_in_structured_logs(
    structured: io.StringIO, log: Callable[[logging.Logger], None]
) -> None:
    log(logging.getLogger("x"))
    assert json.loads(structured.getvalue())["message"] == "call failed"
    assert SECRET not in structured.getvalue()


def test_a_library_that_logs_wrongly_does_not_end_the_run(
    lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("x").info(f"sent {SECRET} %d", SECRET)  # noqa: G004
    assert lines.getvalue() == "sent *** %d (its arguments could not be formatted)\n"
    assert capsys.readouterr().err == ""


def test_the_handlers_of_single_loggers_are_covered() -> None:
    with written_by(None, "any.library") as writer:
        Redactor([SECRET]).install()
        logging.getLogger("any.library").info(SECRET)
        assert writer.output.getvalue() == "***\n"


def test_installing_again_wraps_nothing_twice_and_masks_the_secrets_of_both() -> None:
    with written_by(None) as writer:
        Redactor([SECRET]).install()
        wrapped = writer.handler.formatter
        Redactor([SECRET]).install()
        Redactor(["another-key"]).install()
        Redactor([]).install()
        assert writer.handler.formatter is wrapped
        logging.getLogger("x").info("%s and %s", SECRET, "another-key")
        assert writer.output.getvalue() == "*** and ***\n"


def test_what_one_handler_learns_does_not_change_the_redactor_that_it_was_given() -> None:
    given = Redactor([SECRET])
    with written_by(None):
        given.install()
        Redactor(["another-key"]).install()
    assert given.mask("another-key") == "another-key"


def test_without_secrets_lines_are_cleaned_all_the_same() -> None:
    with written_by(None) as writer:
        Redactor([]).install()
        logging.getLogger("x").info("a\nb")
        assert writer.output.getvalue() == "a\\nb\n"


def test_a_key_is_masked_as_it_is_sent_without_the_blanks_around_it() -> None:
    redactor = Redactor.of({"username": " me", "api_key": f"{SECRET}\n"}, NAMES)
    header = requests.Request("GET", "https://x.example", auth=HTTPBasicAuth("me", SECRET))
    assert redactor.mask(f"key {SECRET}") == "key ***"
    assert redactor.mask(header.prepare().headers["Authorization"]) == "Basic ***"


def test_the_header_of_accented_credentials_is_masked() -> None:
    auth = HTTPBasicAuth("m\u00e9", "k\u00e9y-k\u00e9y")
    header = requests.Request("GET", "https://x.example", auth=auth).prepare()
    redactor = Redactor.of({"username": "m\u00e9", "api_key": "k\u00e9y-k\u00e9y"}, NAMES)
    assert redactor.mask(header.headers["Authorization"]) == "Basic ***"


@pytest.mark.parametrize(
    ("secret", "form"),
    [
        ('pa"ss\\w\u00f6rd', '"pa\\"ss\\\\w\\u00f6rd"'),
        ('pa"ss\\w\u00f6rd', '"pa\\"ss\\\\w\u00f6rd"'),
        ("a/b c", '"a%2Fb%20c"'),
    ],
)
def test_a_secret_is_masked_inside_json_and_wholly_quoted(secret: str, form: str) -> None:
    assert Redactor([secret]).mask(form) == '"***"'


def each(form: str) -> Callable[[str], str]:
    """Return what writes all signs of a key but letters and digits in a form."""
    return partial(re.sub, r"\W", lambda sign: form.format(sign[0], ord(sign[0])))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "HTML": html.escape,
    "HTML but for quotes": partial(html.escape, quote=False),
    "HTML twice": lambda key: html.escape(html.escape(key)),
    "HTML of PHP": lambda key: html.escape(key).replace("&#x27;", "&#039;"),
    "HTML in JSON": lambda key: html.escape(key).replace("&", "\\u0026"),
    "HTML in a URL": lambda key: quote_plus(html.escape(key)),
    "decimal": each("&#{1};"),
    "hexadecimal": each("&#X{1:X};"),
    "a name of HTML": lambda key: key.replace("+", "&plus;").replace("/", "&sol;"),
    "a URL twice": lambda key: quote(quote(key, safe=""), safe=""),
    "escape() of browsers": each("%u{1:04X}"),
    "JSON with slashes": lambda key: json.dumps(key).replace("/", "\\/")[1:-1],
    "JSON twice": lambda key: json.dumps(json.dumps(key).replace("/", "\\/"))[3:-3],
    "JSON of .NET": each("\\u{1:04X}"),
    "JSON of .NET twice": each("\\\\u{1:04x}"),
    "bytes": each("\\x{1:02x}"),
    "shell": each("\\{0}"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "secret", ["Sec<r&et'Key=91", 'a"b c/d+e\\f>', "%26amp;<&>", "k+y/k+y==", "&lt;<"]
)
def test_a_secret_is_masked_however_it_is_escaped(spelling: str, secret: str) -> None:
    assert Redactor([secret]).mask(f"({SPELLINGS[spelling](secret)})") == "(***)"


def test_the_basic_header_is_masked_when_it_is_escaped() -> None:
    config: dict[str, object] = {"username": "me", "api_key": ">>>???>>>"}
    header = base64.b64encode(b"me:>>>???>>>").decode()
    assert "+" in header or "/" in header
    for form in (quote(header, safe=""), header.replace("/", "\\/").replace("+", "\\u002b")):
        assert Redactor.of(config, NAMES).mask(form) == "***"


def test_what_is_like_a_secret_but_for_its_signs_stays() -> None:
    text = "Sec-r-et-Key 91, Sec&r&et&Key, Sec\\n"
    assert Redactor(["Sec<r&et'Key=91"]).mask(text) == text


def test_all_credentials_of_a_configuration_are_hidden() -> None:
    config: dict[str, object] = {
        "username": "me@example.com",
        "api_key": "omni-key-1",
        "account_id": "acc-0001",
        "application_key": "core-key-1",
        "base_url": "https://example.com",
    }
    said = "omni-key-1 acc-0001 core-key-1 at https://example.com"
    assert Redactor.of(config, NAMES).mask(said) == "*** *** *** at https://example.com"


def test_the_authorization_header_that_is_really_sent_is_hidden() -> None:
    request = requests.Request(
        "GET", "https://example.com", auth=HTTPBasicAuth("me", SECRET)
    ).prepare()
    header = request.headers["Authorization"]
    hidden = Redactor.of({"username": "me", "api_key": SECRET}, NAMES).mask(header)
    assert hidden == "Basic ***"


@pytest.mark.parametrize(
    "config",
    [{}, {"api_key": None}, {"api_key": ""}, {"username": "me"}, {"username": None}],
)
def test_a_configuration_without_secrets_hides_nothing(config: dict[str, object]) -> None:
    assert Redactor.of(config, NAMES).mask("me None text") == "me None text"


def test_a_longer_secret_is_hidden_whole_when_it_holds_a_shorter_one() -> None:
    assert Redactor(["abcd", "abcdefgh"]).mask("abcdefgh abcd") == "*** ***"


def test_very_short_texts_are_no_secrets() -> None:
    assert Redactor(["a", "the"]).mask("a cat in the hat") == "a cat in the hat"


@pytest.mark.large
@given(st.text(min_size=8).filter(lambda text: "*" not in text), st.text(), st.text())
def test_a_secret_is_hidden_in_each_form_it_can_take(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    forms = [
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(repr(secret)[1:-1])[1:-1],
        *(quoted(secret) for quoted in (quote, quote_plus, partial(quote, safe=""))),
    ]
    for form in forms:
        assert form not in redactor.mask(f"{before}{form}{after}")


def test_a_secret_that_has_no_bytes_hides_nothing_but_itself() -> None:
    assert Redactor.of({"username": "me", "api_key": "key-\ud800"}, NAMES).mask("text") == "text"


# --- any letter case ---------------------------------------------------------------------------


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase, str.title])
@pytest.mark.parametrize("secret", ["aB3-dE6f", "key/With+Signs=", "a b%C"])
def test_a_secret_is_masked_in_any_letter_case(change: Callable[[str], str], secret: str) -> None:
    redactor = Redactor([secret])
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
        assert redactor.mask(f"<{change(form)}>") == "<***>"


# --- forged and coloured lines -----------------------------------------------------------------

DECEIVING = {
    "a\nb": "a\\nb",
    "a\r\nERROR b": "a\\r\\nERROR b",
    "\x1b[31mred": "\\x1b[31mred",
    "a\x9bb": "a\\x9bb",
    "\u202eback": "\\u202eback",
    "a\u2066b\u2069": "a\\u2066b\\u2069",
    "a\u200bb": "a\\u200bb",
    "a\u2028b\u2029c": "a\\u2028b\\u2029c",
    "a\tb\0": "a\\tb\\x00",
    "half \ud800": "half \\ud800",
}


@pytest.mark.parametrize("text", DECEIVING)
def test_signs_that_deceive_are_shown_as_what_they_are(lines: io.StringIO, text: str) -> None:
    logging.getLogger("x").warning("Cin7 says: %s", text)
    assert lines.getvalue() == f"Cin7 says: {DECEIVING[text]}\n"
    assert one_line(text) == DECEIVING[text]


@pytest.mark.parametrize(
    "text", ["plain", "Caf\u00e9 \u6771\u4eac \U0001f600", "5\xa0% off", "C:\\new"]
)
def test_ordinary_text_stays_as_it_is(lines: io.StringIO, text: str) -> None:
    logging.getLogger("x").warning("%s", text)
    assert lines.getvalue() == f"{text}\n"


@given(st.text())
def test_a_text_is_one_line_whatever_is_in_it(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line.encode() or not text
    assert one_line(line) == line


def test_an_exception_can_not_forge_a_line_and_its_traceback_stays_readable(
    lines: io.StringIO,
) -> None:
    def fail() -> None:
        raise ValueError("no\n2026-01-01 ERROR forged\x1b[31m")

    try:
        fail()
    except ValueError:
        logging.getLogger("x").exception("call failed")
    first, *rest = lines.getvalue().splitlines()
    assert first == "call failed"
    assert all(line.startswith("  ") for line in rest)
    assert rest[0] == "  Traceback (most recent call last):"
    assert "ValueError: no" in rest[-2]
    assert rest[-1] == "  2026-01-01 ERROR forged\\x1b[31m"


def test_a_stack_is_kept_readable_too(lines: io.StringIO) -> None:
    logging.getLogger("x").warning("here", stack_info=True)
    first, *rest = lines.getvalue().splitlines()
    assert first == "here"
    assert len(rest) > 2
    assert all(line.startswith("  ") for line in rest)


def test_other_handlers_see_the_record_as_it_was() -> None:
    with written_by(None) as safe, written_by(None) as plain:
        Redactor([SECRET]).install()
        plain.handler.setFormatter(logging.Formatter())
        logging.getLogger("x").warning("a\nb %s", SECRET)
        assert safe.output.getvalue() == "a\\nb ***\n"
        assert plain.output.getvalue() == f"a\nb {SECRET}\n"


def test_a_structured_line_has_the_clean_message(structured: io.StringIO) -> None:
    logging.getLogger("x").warning("a\nb \u202e%s", SECRET)
    assert json.loads(structured.getvalue())["message"] == "a\\nb \\u202e***"
    assert len(structured.getvalue().splitlines()) == 1


@pytest.mark.parametrize("secret", ["-key<&>abc", " abcdef", "/key+abc="])
def test_a_body_of_backslashes_is_gone_through(secret: str) -> None:
    """Without a bound on escapes it took minutes, which the run would have waited."""
    body = "\\" * 65_536
    assert Redactor([secret]).mask(body) == body
