"""What goes wrong and when: a seeded schedule, scripted failures, lasting ones."""

from __future__ import annotations

import random
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

Fault: TypeAlias = int | str
"""An HTTP status answered with an ordinary error body, or one of ``KINDS`` and its kin."""

KINDS = ("retry-after", "reset", "truncated", "cut-json", "html", "empty", "slow")
"""Faults that are more than a status.

``retry-after`` is a 429 with ``Retry-After: 1``; ``reset`` closes the connection unanswered;
``truncated`` announces more bytes than it sends; ``cut-json`` breaks off in mid-document with
the right length; ``html`` and ``empty`` are such bodies with status 200; ``slow`` waits.
"""
CORE_KINDS = ("limit-429", "limit-503", "limit-400", "limit-403", "error-200", "errors-200")
"""Faults of Core alone: the forms of its call limit, an error inside a 200, an array of them."""
WRONG_KINDS = (
    "null",
    "hollow",
    "shell",
    "message",
    "no-errors",
    "error-row",
    "foreign",
    "not-found",
    "unknown-id",
    "denied",
)
"""Faults whose answers are not what was asked for: see ``sandbox.wrong``.

``null``, ``hollow`` (``{}``), ``message`` and ``no-errors`` are bodies with status 200; ``shell``
has the names of a document or of the envelope and nothing in them; ``error-row`` is an error in
place of a document, or as the one row of a list; ``foreign`` another document, or no list;
``not-found`` is a 404 in HTML, ``unknown-id`` the 400 of an id that nobody knows, ``denied`` a 403.
"""
LYING_KINDS = ("no-rows", "half")
"""Lists that look right: without their rows and with a Total of 0, or with half of their rows."""
RARE_KINDS = (
    "lying-length",
    "drip",
    "drip-headers",
    "endless",
    "gzip-bomb",
    "redirect",
    "echo",
)
"""Faults that only happen when they are asked for by name.

``lying-length`` sends the list without its rows and announces the length of the whole one;
``drip`` and ``drip-headers`` send a byte every ``drip_seconds`` for ever; ``endless`` sends
blanks as fast as they are taken; ``gzip-bomb`` unpacks to a gigabyte; ``redirect`` points to
another host, where this server notes what comes; ``echo`` is a 400 that repeats the credentials
in other letter cases.
"""
DEFAULT_KINDS: tuple[Fault, ...] = (500, 503, 429, *KINDS)
ANY_STREAM = "*"
_KNOWN = (*KINDS, *CORE_KINDS, *WRONG_KINDS, *LYING_KINDS, *RARE_KINDS)
_STATUSES = range(300, 600)


def check(fault: Fault) -> Fault:
    """Return the fault, a status written as text as its number.

    Raises:
        ValueError: There is no such fault.

    """
    if isinstance(fault, str) and fault.isdecimal():
        fault = int(fault)
    if fault in _KNOWN or (isinstance(fault, int) and fault in _STATUSES):
        return fault
    raise ValueError(f"no fault {fault!r}; use an HTTP status or one of {', '.join(_KNOWN)}")


@dataclass
class Faults:
    """Which call meets which fault.

    Args:
        rate: Share of calls that meet a fault of the schedule.
        seed: The same seed gives the same call numbers the same faults.
        kinds: What the schedule draws from.
        delay_seconds: How long a ``slow`` answer takes.
        drip_seconds: Time between two bytes of one that drips.

    """

    rate: float = 0.0
    seed: int = 1
    kinds: tuple[Fault, ...] = DEFAULT_KINDS
    delay_seconds: float = 0.2
    drip_seconds: float = 0.05
    _next: dict[str, deque[Fault]] = field(default_factory=dict, init=False, repr=False)
    _always: dict[str, Fault] = field(default_factory=dict, init=False, repr=False)
    _spoilt: tuple[Fault, float] | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse kinds that do not exist."""
        self.kinds = tuple(check(kind) for kind in self.kinds)

    def fail_next(self, stream: str, fault: Fault, times: int = 1) -> None:
        """Let the next calls of a stream (``*``: of any) fail, after those already scripted."""
        with self._lock:
            self._next.setdefault(stream, deque()).extend([check(fault)] * times)

    def always(self, stream: str, fault: Fault) -> None:
        """Let every call of a stream (``*``: of any) fail until it is healed."""
        with self._lock:
            self._always[stream] = check(fault)

    def spoil(self, fault: Fault, share: float) -> None:
        """Let a share of all documents, always the same ones, fail until ``mend``."""
        self._spoilt = check(fault), share

    def mend(self) -> None:
        """Let all documents be answered again."""
        self._spoilt = None

    def of_document(self, wanted: str) -> Fault | None:
        """Return the fault that a document meets whenever it is asked for."""
        if self._spoilt is None or not wanted:
            return None
        fault, share = self._spoilt
        return fault if random.Random(f"{self.seed}:{wanted.lower()}").random() < share else None

    def heal(self, stream: str) -> None:
        """Forget what was scripted for a stream."""
        with self._lock:
            self._always.pop(stream, None)
            self._next.pop(stream, None)

    def scheduled(self, number: int) -> Fault | None:
        """Return what the schedule holds for a call number, whoever makes that call."""
        if not self.rate or not self.kinds:
            return None
        draw = random.Random(f"{self.seed}:{number}")
        return draw.choice(self.kinds) if draw.random() < self.rate else None

    def decide(self, stream: str, number: int) -> Fault | None:
        """Return the fault of one call: scripted first, then lasting, then scheduled."""
        with self._lock:
            for name in (stream, ANY_STREAM):
                if self._next.get(name):
                    return self._next[name].popleft()
            for name in (stream, ANY_STREAM):
                if name in self._always:
                    return self._always[name]
        return self.scheduled(number)
