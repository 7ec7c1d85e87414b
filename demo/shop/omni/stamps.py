"""When Omni's master data were made and changed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from demo.shop.omni.ids import instant

if TYPE_CHECKING:
    from demo.shop.books import Books
    from sandbox.entry import Row


def stamps(books: Books, days: int, changed: datetime | None = None) -> Row:
    """Return when master data were made, some days before the first day of trade, and changed."""
    made = datetime.combine(books.start, time(9)) - timedelta(days=days)
    return {
        "createdDate": instant(made),
        "modifiedDate": instant(changed or made + timedelta(hours=1)),
    }
