"""How long a call is tried: what passes by itself is outlasted, what does not is given up.

The rule: in the middle of a run a call is sent seven times within about three and a half minutes
of waiting, which outlasts a restart; a place that has never answered is given up after a few
seconds, since it is most likely the wrong one. A ``Retry-After`` is waited for. The waits come
from the package ``backoff``, whose decorators are left alone: they sleep where no signal reaches.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice

import backoff

TRIES = 7
"""Most times that one call is sent."""


@dataclass(frozen=True)
class Patience:
    """Waits between the tries of one call, in seconds.

    With the defaults 1, 5, 25 and three times 60: 211 s together, up to a fifth of each less by
    chance, so that calls that failed together don't come again together.

    Attributes:
        first: Wait after the first failure, the setting ``retry_wait_seconds``.
        base: By how much a wait is longer than the one before.
        longest: No wait is more times longer than the first.
        longest_asked: No wait is longer because Cin7 asks for it, and no more than that together
            costs no try: ten minutes are a maintenance
            window; a run that sleeps longer looks dead to whoever started it.
        spread: Share of a wait that chance may take away.
        first_tries: Most tries while Cin7 has never answered.

    """

    first: float = 1.0
    base: float = 5.0
    longest: float = 60.0
    longest_asked: float = 600.0
    spread: float = 0.2
    first_tries: int = 3

    def wait(self, failures: int, asked: float | None) -> float:
        """Return how long to wait before the next try.

        Args:
            failures: How often the call has failed, from 1.
            asked: The seconds that Cin7 asks for, None where it does not.

        """
        if asked is not None:
            return min(max(asked, self.first), self.longest_asked)
        # The first value of a generator of ``backoff`` starts it.
        waits = islice(backoff.expo(self.base, 1, self.longest), 1, None)
        usual = self.first * next(islice(waits, failures - 1, None))
        return usual * (1 - self.spread * random.random())  # noqa: S311 - nothing secret


PATIENCE = Patience()
"""What clients go by; tests put a shorter one here."""
