"""Cin7 Core's side of the sandbox: V2 and V1 of one account."""

from __future__ import annotations

from sandbox.core.account import CoreAccount, LimitForm
from sandbox.core.api import CoreApi
from sandbox.core.generate import generate
from sandbox.core.v1 import CoreV1Api

__all__ = ["CoreAccount", "CoreApi", "CoreV1Api", "LimitForm", "generate"]
