"""Cin7 Omni's side of the sandbox."""

from __future__ import annotations

from sandbox.omni.api import OmniApi
from sandbox.omni.generate import generate

__all__ = ["OmniApi", "generate"]
