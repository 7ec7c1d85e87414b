"""Cin7 Core V1: as Core, at another address."""

from __future__ import annotations

from dataclasses import replace

from tap_cin7.core.api import CORE

CORE_V1 = replace(
    CORE,
    name="core_v1",
    title="Cin7 Core V1",
    base_url="https://inventory.dearsystems.com/ExternalApi",
    notice="V1 of the Cin7 Core API is legacy and the vendor asks to move to V2 (api: core)",
)
