"""target-jsonl 0.1.4 that gives state as it goes.

The release writes each row at once, but state only when its input ends.
"""

from __future__ import annotations

import json
import time
from typing import IO, TYPE_CHECKING, Any

import target_jsonl

from steady_targets import BATCH_WAIT_LIMIT_SECONDS
from steady_targets.lines import NOTHING, Lines, warn_only

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_persist_messages = target_jsonl.persist_messages


def _giving_state(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines; when the next one is asked for, those before it are on disk."""
    state = None
    given_at = time.monotonic()
    for line in lines:
        if state and time.monotonic() - given_at >= BATCH_WAIT_LIMIT_SECONDS:
            target_jsonl.emit_state(state)
            state, given_at = None, time.monotonic()
        if line == NOTHING:
            continue
        yield line
        if '"STATE"' in line[:20]:
            state = json.loads(line)["value"]
    target_jsonl.emit_state(state)


def _persist(messages: IO[str], *args: Any, **options: Any) -> None:  # noqa: ANN401
    lines = Lines(messages)
    _persist_messages(_giving_state(lines), *args, **options)
    lines.conclude()


def main() -> None:
    """Run target-jsonl."""
    warn_only()
    target_jsonl.persist_messages = _persist
    target_jsonl.main()
