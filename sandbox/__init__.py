"""A stand-in for Cin7: a real HTTP server with generated data, quotas and faults."""

from __future__ import annotations

from sandbox.faults import Faults
from sandbox.quota import Quota
from sandbox.server import Sandbox

__all__ = ["Faults", "Quota", "Sandbox"]
