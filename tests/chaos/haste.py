"""The tap in a hurry: what it would wait for seconds takes hundredths.

A minute of ``max_run_minutes`` is as long as a schedule says. Nothing else is changed.
"""

from __future__ import annotations

from typing import Any

from tap_cin7 import cli
from tap_cin7.client import client, clock, quota
from tap_cin7.run import shutdown

_WAIT = 0.02


def main(seconds_per_minute: float) -> None:
    """Run the tap."""
    client.FIRST_WAIT, client.LONGEST_WAIT, client.LONGEST_RETRY_AFTER = _WAIT, 1.0, _WAIT
    refused, end_at = quota.Quota.refused, clock.RunClock.end_at

    def refused_briefly(self: quota.Quota, retry_after: float | None) -> None:
        refused(self, None if retry_after is None else min(retry_after, _WAIT))

    def end_soon(self: clock.RunClock, moment: float, reason: Any) -> None:  # noqa: ANN401
        seconds = (moment - self.now()) / 60 * seconds_per_minute
        end_at(self, self.now() + seconds, reason)

    quota.Quota.refused = refused_briefly  # type: ignore[method-assign]
    quota._PAUSES = (_WAIT,)  # type: ignore[assignment] # noqa: SLF001
    clock.RunClock.end_at = end_soon  # type: ignore[method-assign]
    shutdown._GRACE = 0.2  # noqa: SLF001
    cli.main()
