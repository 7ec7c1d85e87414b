"""Cin7 Core: where it is, who may call, and how often."""

from __future__ import annotations

from tap_cin7.client.client import Service
from tap_cin7.client.quota import Limits
from tap_cin7.core.auth import CoreAuth
from tap_cin7.core.replies import CoreReplies

CORE = Service(
    name="core",
    title="Cin7 Core",
    base_url="https://inventory.dearsystems.com/ExternalApi/v2",
    auth=CoreAuth,
    limits=Limits(per_second=None, per_minute=60, per_day=None),
    responses=CoreReplies,
    counted="by key or by account (see docs, Sharing a quota)",
)
