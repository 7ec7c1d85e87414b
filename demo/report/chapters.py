"""The chapters of the report: each shows the books of one company by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.report.answers import written_moment
from demo.report.questions import QUESTIONS
from demo.report.totals import totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.report.answers import Answer
    from demo.report.marts import Books, Marts
    from demo.report.totals import Period

_PRODUCTS = {"omni": "Cin7 Omni", "core": "Cin7 Core"}


@dataclass(frozen=True)
class Chapter:
    """The books of one company, and what they answer.

    Attributes:
        books: The books.
        periods: Their totals.
        answers: Their answers to all questions.

    """

    books: Books
    periods: Sequence[Period]
    answers: Sequence[Answer]

    @property
    def title(self) -> str:
        """Whose books they are, and in which currency."""
        books = self.books
        name = f"{_PRODUCTS.get(books.product, books.product)}: {books.company}"
        return f"{name} ({books.currency})" if books.currency else name

    @property
    def about(self) -> str:
        """What is added up here, in which currency, and when it was so."""
        books = self.books
        accounts = ", ".join(books.accounts)
        return " ".join(
            [
                f"Account {accounts}."
                if len(books.accounts) == 1
                else f"The sum of {len(books.accounts)} accounts: {accounts}.",
                f"All amounts are in {books.currency}."
                if books.currency
                else "No document says yet which currency the amounts are in.",
                f"Last change in Cin7: {written_moment(books.changed)}.",
                f"Loaded: {written_moment(books.loaded)}.",
            ]
        )

    @property
    def notices(self) -> list[Answer]:
        """The answers that may need a look."""
        return [one for one in self.answers if one.question.alert and one.is_built]


def chapters(marts: Marts) -> list[Chapter]:
    """Return a chapter for each company's books."""
    found = []
    for books in marts.books():
        marts.choose(books)
        found.append(Chapter(books, totals(marts), [one.ask(marts) for one in QUESTIONS]))
    return found
