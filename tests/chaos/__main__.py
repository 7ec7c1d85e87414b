"""``make chaos``: many schedules, in batches with seeds that are printed.

``CHAOS_EXAMPLES`` says how many for each API, ``CHAOS_SEED`` with which batch to begin,
``CHAOS_API`` which of the machines alone. A schedule that fails is shrunk, unless ``CHAOS_SHRINK``
is 0, and printed as a script.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.absence import CoreAbsence, OmniAbsence
from tests.chaos.schedule import CoreSchedule, OmniSchedule

if TYPE_CHECKING:
    from hypothesis.stateful import RuleBasedStateMachine

MACHINES: dict[str, type[RuleBasedStateMachine]] = {
    "omni": OmniSchedule,
    "core": CoreSchedule,
    "omni-absence": OmniAbsence,
    "core-absence": CoreAbsence,
}
_BATCH = 25
_STEPS = 4


def play(machine: type[RuleBasedStateMachine], examples: int, *, shrinks: bool) -> None:
    """Run schedules of a machine.

    Args:
        machine: What draws them.
        examples: How many.
        shrinks: Whether to look for the shortest schedule that fails.

    Raises:
        AssertionError: One of them ended with a wrong target; it is told as a script.

    """
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=_STEPS,
        phases=phases,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


def main() -> int:
    """Run the campaign, and return how many batches failed."""
    examples = int(os.environ.get("CHAOS_EXAMPLES", "300"))
    first = int(os.environ.get("CHAOS_SEED", "0"))
    shrinks = os.environ.get("CHAOS_SHRINK", "1") != "0"
    failed = 0
    for api in os.environ.get("CHAOS_API", " ".join(MACHINES)).split():
        began = time.monotonic()
        for place in range(0, examples, _BATCH):
            number, count = first + place // _BATCH, min(_BATCH, examples - place)
            try:
                play(seed(number)(MACHINES[api]), count, shrinks=shrinks)
            except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is looked for
                failed += 1
                _say(f"{api}: seed {number} failed: {type(error).__name__}: {error}")
                for one in getattr(error, "exceptions", ()):  # those of a failure seen only once
                    _say(f"{type(one).__name__}: {one}")
            seconds = time.monotonic() - began
            _say(f"{api}: {place + count} schedules, to seed {number}, {seconds:.0f} s")
    _say(f"{failed} batches of schedules failed")
    return failed


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what the program is for


if __name__ == "__main__":
    sys.exit(min(main(), 1))
