"""Some days go by: which rows are new, changed or gone afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from demo.shop.trade import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from demo.shop import Shop
    from sandbox.entry import Key, Row

_MOST_DAYS = 30


@dataclass(frozen=True)
class Change:
    """One row that is not as it was.

    Attributes:
        stream: Where it is.
        key: Its key.
        row: The row as it is now; None when it is gone.
        is_new: Whether it was not there before.

    """

    stream: str
    key: Key
    row: Row | None
    is_new: bool = False


def some_days_ago(shop: Shop) -> Shop:
    """Return the shop so many days ago that enough has happened since, at most a month.

    Enough is: orders came in, one was voided, money was received, goods arrived.
    """
    earlier = shop
    for days in range(1, _MOST_DAYS + 1):
        earlier = shop.on(shop.today - timedelta(days=days))
        if _is_eventful(earlier, shop):
            break
    return earlier


def changes(
    before: Mapping[str, Sequence[Row]],
    after: Mapping[str, Sequence[Row]],
    keys: Mapping[str, Sequence[str]],
) -> list[Change]:
    """Return what is different.

    Args:
        before: Rows by stream.
        after: The same streams, later.
        keys: Key columns by stream; rows of streams without any are only ever added.

    """
    found: list[Change] = []
    for stream, rows in after.items():
        columns = keys[stream]
        if not columns:
            count = len(before[stream])
            found += [
                Change(stream, (count + number,), row, is_new=True)
                for number, row in enumerate(rows[count:])
            ]
            continue
        old, new = _by_key(before[stream], columns), _by_key(rows, columns)
        found += [
            Change(stream, key, row, is_new=key not in old)
            for key, row in new.items()
            if old.get(key) != row
        ]
        found += [Change(stream, key, None) for key in old if key not in new]
    return found


def _by_key(rows: Sequence[Row], columns: Sequence[str]) -> dict[Key, Row]:
    return {tuple(row[name] for name in columns): row for row in rows}


def _is_eventful(shop: Shop, later: Shop) -> bool:
    before, after = shop.books, later.books
    return all(
        (
            len(after.orders) > len(before.orders),
            _voided(after.orders) > _voided(before.orders),
            _paid(after.orders) > _paid(before.orders),
            _arrived(after.purchases) > _arrived(before.purchases),
        )
    )


def _voided(orders: Sequence[Any]) -> int:
    return sum(one.state is State.VOID for one in orders)


def _paid(orders: Sequence[Any]) -> int:
    return sum(len(one.paid) for one in orders)


def _arrived(purchases: Sequence[Any]) -> int:
    return sum(len(one.receipts) for one in purchases)
