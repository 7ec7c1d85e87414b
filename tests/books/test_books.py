"""The marts say what paper says, on both databases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.books import cases
from tests.books.books import QUESTIONS, Question

if TYPE_CHECKING:
    from tests.books.conftest import Built

assert cases.__all__
CENT = 0.005


def plain(value: object) -> object:
    """Return a value of a database as paper has it."""
    if isinstance(value, (Decimal, float)):
        return float(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()[:10]
    return value


def test_the_books_are_built(built: Built) -> None:
    assert built.result.named("error", "fail", "skipped") == []
    assert built.result.code == 0, built.result.text[-3000:]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_the_mart_says_what_paper_says(built: Built, question: Question) -> None:
    rows = built.ask(question.query)
    assert len(rows) == 1, f"{len(rows)} rows: {question.query}"
    right = question.answer if isinstance(question.answer, tuple) else (question.answer,)
    answer = tuple(plain(one) for one in rows[0])
    assert len(answer) == len(right)
    for said, paper in zip(answer, right, strict=True):
        is_amount = isinstance(paper, (int, float)) and not isinstance(paper, bool)
        expected = pytest.approx(paper, abs=CENT) if is_amount else paper
        assert said == expected, f"{answer}, and paper says {right}: {question.query}"
