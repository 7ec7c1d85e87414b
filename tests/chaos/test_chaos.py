"""A few of the schedules that ``make chaos`` runs in thousands."""

from __future__ import annotations

import os

import pytest
from hypothesis import seed

from tests.chaos.__main__ import MACHINES, play

EXAMPLES = int(os.environ.get("CHAOS_EXAMPLES", "5"))


@pytest.mark.parametrize("api", MACHINES)
def test_after_any_schedule_a_quiet_run_makes_the_target_equal_to_cin7(api: str) -> None:
    play(seed(0)(MACHINES[api]), EXAMPLES, shrinks=False)
