"""Numbers: no digit lost, and none that loaders can't hold."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.rows.encoding import OddNumber, as_json, exact, number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        (" 007 ", 7),
        ("12.50", Decimal("12.50")),
        ("12.", Decimal(12)),
        ("12.5%", Decimal("12.5")),
        ("10 %", 10),
        ("1e3", Decimal("1e3")),
        (".5", Decimal(".5")),
        ("-.5", Decimal("-.5")),
    ],
)
def test_text_that_reads_as_a_number_becomes_one(text: str, expected: int | Decimal) -> None:
    assert number(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "abc",
        "1,234.5",
        "12 34",
        "NaN",
        "Infinity",
        "0x1F",
        "%",
        "1.2.3",
        "\u0663",
        ".",
        "1e309",
        "1e-309",
        "1e999999",
        "1e99999999999999999999",
    ],
)
def test_text_that_is_not_a_number_that_loaders_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        number(text)


@given(st.integers(min_value=-(10**40), max_value=10**40))
def test_whole_numbers_stay_whole_whatever_their_length(value: int) -> None:
    read = number(str(value))
    assert type(read) is int
    assert read == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_decimals_keep_every_digit(value: Decimal) -> None:
    text = format(value, "f")
    assert str(number(text)) == str(Decimal(text))


@pytest.mark.parametrize(
    "text", ["12.50", "-0.0", "0.9137264820173640918273645182", "123456789012345678901.5"]
)
def test_a_decimal_is_written_digit_by_digit_as_it_came(text: str) -> None:
    assert as_json(exact(text)) == text.encode()


@pytest.mark.parametrize("text", ["1e309", "1e-309", "0e309", "-1e999999", "1." + "1" * 1_000])
def test_a_decimal_that_loaders_cannot_hold_is_kept_as_text(text: str) -> None:
    assert exact(text) == OddNumber(text)
