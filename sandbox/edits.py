"""Edits while being read: after each page some rows get a new stamp, as in a busy shop."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.store import Store


@dataclass
class Edits:
    """How the data moves under a reader.

    Args:
        per_call: Rows edited after each answered list call.
        stream: Stream that is edited; None means the one being read.
        seed: The same seed and the same calls give the same edits.

    """

    per_call: int = 0
    stream: str | None = None
    seed: int = 1
    _draw: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Start the sequence of draws."""
        self._draw = random.Random(self.seed)

    def after(self, store: Store, stream: str) -> None:
        """Edit rows, now that a page of ``stream`` was answered."""
        name = self.stream or stream
        if self.per_call and name in store.tables:
            self.some(store, name, self.per_call)

    def some(self, store: Store, stream: str, count: int) -> None:
        """Give ``count`` random rows of a stream one new stamp."""
        with store.lock:
            entries = store.tables[stream].by_id
            if store.is_editable(stream):
                chosen = self._draw.sample(range(len(entries)), min(count, len(entries)))
                store.touch(stream, *[entries[index].key for index in chosen])
