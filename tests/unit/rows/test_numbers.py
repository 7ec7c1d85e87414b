"""Numbers of the struct way: what passes as bytes is what would have been written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import UNSET, Raw

from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.kinds import is_too_big
from tap_cin7.rows.numbers import are_plain, checked

SPELLED = st.from_regex(
    r"-?(0|[1-9]\d{0,2}|[1-9]\d{17,20}|9{290,320})(\.(0{0,7}\d{1,3}|\d{20,40}|\d{900,1010}))?"
    r"([eE][+-]?\d{1,3})?",
    fullmatch=True,
)


@given(SPELLED)
def test_what_is_plain_is_a_number_that_would_be_written_so(text: str) -> None:
    raw = Raw(text.encode())
    assume(are_plain([raw]))
    value = checked(raw)
    assert type(value) in (int, Decimal)
    assert not is_too_big(value)
    assert as_json(value) == text.encode()


@pytest.mark.parametrize(
    "text", ["0", "-1", "12.50", "1.0000", "999999999999999999", "123456789012345678901.5", "null"]
)
def test_numbers_as_cin7_sends_them_are_plain(text: str) -> None:
    assert are_plain([Raw(text.encode()), UNSET, Raw(b"0.9137264820173640918273645182")])


@pytest.mark.parametrize("text", ['"1"', "true", "[1]", "{}", '"null"', '""', "[]"])
def test_nothing_else_is_plain_or_a_number(text: str) -> None:
    raw = Raw(text.encode())
    assert not are_plain([Raw(b"1"), raw])
    with pytest.raises(ValueError, match="not a number"):
        checked(raw)


@pytest.mark.parametrize("text", ["1e400", "9223372036854775808", "-9223372036854775809"])
def test_what_no_loader_holds_is_refused(text: str) -> None:
    raw = Raw(text.encode())
    assert not are_plain([raw])
    with pytest.raises((ValueError, ArithmeticError)):
        checked(raw)


def test_other_spellings_are_decoded() -> None:
    assert [checked(Raw(text)) for text in (b"-0", b"1E2", b"0.0000001", b"null")] == [
        0,
        Decimal("1E2"),
        Decimal("1E-7"),
        None,
    ]
    assert not any(are_plain([Raw(text)]) for text in (b"-0", b"1E2", b"0.0000001"))
