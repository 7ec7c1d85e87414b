"""A stand-in for Cin7: a real HTTP server with generated data, quotas and faults.

It knows of Cin7 what ``sandbox.facts`` says, and nothing of the tap. Its switches for what Cin7
may do beside that are told in ``sandbox.habits``.
"""

from __future__ import annotations

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.habits import Habits
from sandbox.odd import odd
from sandbox.quota import CallLimit, Quota
from sandbox.server import Sandbox

__all__ = ["CallLimit", "Clock", "Faults", "Habits", "Quota", "Sandbox", "odd"]
