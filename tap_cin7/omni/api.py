"""Cin7 Omni: where it is, who may call, and how often."""

from __future__ import annotations

from requests.auth import HTTPBasicAuth

from tap_cin7.client.quota import Limits
from tap_cin7.client.service import Service
from tap_cin7.omni.replies import OmniReplies

OMNI = Service(
    name="omni",
    title="Cin7 Omni",
    base_url="https://api.cin7.com/api",
    auth=HTTPBasicAuth,
    limits=Limits(per_second=3, per_minute=60, per_day=5_000),
    replies=OmniReplies,
    counted="by API connection",
)
