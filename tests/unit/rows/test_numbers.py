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

DIGITS = st.text("0123456789", min_size=1, max_size=4)
SIZES = st.sampled_from([0, 0, 15, 17, 18, 19, 296, 300, 308, 896, 1_000])


def digits(head: str, size: int, tail: str) -> str:
    return head + "0" * size + tail


WHOLE = st.just("0") | st.builds(digits, st.integers(1, 999).map(str), SIZES, st.just(""))
FRACTION = st.just("") | st.builds(digits, DIGITS, SIZES, DIGITS).map(lambda text: f".{text}")
EXPONENT = st.just("") | st.integers(-400, 400).map(lambda number: f"e{number}")
SPELLED = st.tuples(st.sampled_from(["", "-"]), WHOLE, FRACTION, EXPONENT).map("".join)


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
