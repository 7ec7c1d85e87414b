"""What a book is: rows in an account, and questions with the answers that paper gives.

Many books share an account, each with ids of its own, so that one build answers all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from tests.books.databases import checked
from tests.books.tables import streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.books.databases import Row
    from tests.books.tables import Product

Answers = Iterator[tuple[str, object]]
TODAY = "2026-06-30"
VERSION = 1_782_777_600_000
"""Version of the last whole reading of every table."""
_NUMBERS = count(10_001)


@dataclass(frozen=True)
class Account:
    """A company's account, as the package's variables declare it."""

    product: Product
    schema: str
    settings: Mapping[str, object] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list), compare=False)

    @property
    def entry(self) -> dict[str, object]:
        """Its entry in ``cin7_omni_accounts`` or ``cin7_core_accounts``."""
        return {"schema": self.schema, **self.settings}

    def write(self, stream: str, /, **row: object) -> None:
        """Write a row into a table."""
        loaded = {
            "_sdc_extracted_at": f"{TODAY}T00:00:00",
            "_sdc_batched_at": f"{TODAY}T00:00:00",
            "_sdc_table_version": VERSION,
        }
        row = checked(streams(self.product)[stream], row)
        self.rows[stream].append({**loaded, **row})


@dataclass(frozen=True)
class Question:
    """What is asked of a mart, and what is right."""

    book: str
    number: int
    query: str
    answer: object

    @property
    def name(self) -> str:
        """Name of the test."""
        return f"{self.book}-{self.number}"


QUESTIONS: list[Question] = []


def book(name: str, account: Any) -> Callable[[Callable[[Any], Answers]], None]:  # noqa: ANN401
    """Write a book into an account and note its questions."""

    def write(make: Callable[[Any], Answers]) -> None:
        title = f"{name}-{make.__name__}"
        assert all(one.book != title for one in QUESTIONS), f"two books named {title}"
        QUESTIONS.extend(
            Question(title, number, query, answer)
            for number, (query, answer) in enumerate(make(account), 1)
        )

    return write


def number() -> int:
    """Return an id that no other row has."""
    return next(_NUMBERS)


def guid() -> str:
    """Return an id of Core that no other row has."""
    return str(uuid5(NAMESPACE_OID, str(number())))


def mart(name: str, columns: str, where: str = "", /, **equal: object) -> str:
    """Return a question to a mart, about the rows whose columns equal these values."""
    conditions = [f"cast({column} as varchar) = '{value}'" for column, value in equal.items()]
    if where:
        conditions.append(where)
    asked = f"select {columns} from analytics.cin7__{name}"  # noqa: S608 - of our own making
    return f"{asked} where {' and '.join(conditions)}" if conditions else asked
