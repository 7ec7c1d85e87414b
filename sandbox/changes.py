"""Changes of the data, at once or between two calls.

::

    server.change("bulk", "sales_orders", count=1500)
    server.change("vanish", "stock_adjustment_list", api="core", after=2)
    POST /_sandbox/change {"what": "delete", "stream": "contacts", "keys": [1001], "after": 1}
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from sandbox.habits import ANY_STREAM

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.entry import Key
    from sandbox.store import Store

What: TypeAlias = Literal["add", "edit", "bulk", "misdate", "void", "delete", "vanish"]
"""``bulk`` gives all rows one stamp, ``edit`` each its own, ``misdate`` the one that its field
``stamp`` says, 2099 when left out; ``vanish`` deletes drafts."""


@dataclass(frozen=True)
class Change:
    """A change of some rows of one stream.

    Attributes:
        what: What happens to them.
        stream: Whose rows.
        keys: Which rows; random ones when left out.
        count: How many random ones, or how many are added.
        fields: New values, of ``add``, ``edit`` and ``bulk``.

    """

    what: What
    stream: str
    keys: Sequence[Any] = ()
    count: int = 1
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is none."""
        if self.what not in get_args(What):
            raise ValueError(f"no change {self.what!r}; use one of {', '.join(get_args(What))}")

    def apply(self, store: Store, luck: random.Random) -> list[Key]:
        """Change the data and return the keys of the rows that changed.

        Raises:
            KeyError: There is no such stream or row.

        """
        with store.lock:
            if self.what == "add":
                return [store.add(self.stream, self.fields).key for _ in range(self.count)]
            keys = [tuple(key) if isinstance(key, list) else key for key in self.keys]
            return self._apply(store, keys or self._some(store, luck))

    def _apply(self, store: Store, keys: list[Any]) -> list[Key]:
        if self.what == "bulk":
            store.touch(self.stream, *keys, **self.fields)
        if self.what == "misdate":
            store.misdate(self.stream, *keys, **self.fields)
        for key in keys:
            if self.what == "edit":
                store.edit(self.stream, key, **self.fields)
            elif self.what == "void":
                store.void(self.stream, key)
            elif self.what in {"delete", "vanish"}:
                store.delete(self.stream, key)
        return [key if isinstance(key, tuple) else (key,) for key in keys]

    def _some(self, store: Store, luck: random.Random) -> list[Key]:
        keys = store.all_keys(self.stream)
        if self.what == "vanish":
            keys = [key for key in keys if store.is_draft(self.stream, key)]
        return luck.sample(keys, min(self.count, len(keys)))


@dataclass
class _Plan:
    stream: str
    left: int
    do: Callable[[], object]


class Plans:
    """What happens after so many calls. Safe to use from several threads."""

    def __init__(self) -> None:
        self._plans: list[_Plan] = []
        self._lock = threading.Lock()

    def after(self, calls: int, do: Callable[[], object], stream: str = ANY_STREAM) -> None:
        """Do something once, when so many more calls of a stream (``*``: of any) were answered."""
        with self._lock:
            self._plans.append(_Plan(stream, calls, do))

    def answered(self, stream: str) -> None:
        """Count a call whose answer is made, and do what is due."""
        if not self._plans:
            return
        with self._lock:
            for plan in self._plans:
                plan.left -= plan.stream in {stream, ANY_STREAM}
            due = [plan for plan in self._plans if plan.left <= 0]
            self._plans = [plan for plan in self._plans if plan.left > 0]
        for plan in due:
            plan.do()
