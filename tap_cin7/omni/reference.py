"""Omni reference data: the users of the account."""

from __future__ import annotations

from tap_cin7.fields import BOOL, KEY, record
from tap_cin7.omni.objects import JOB, NAMED
from tap_cin7.omni.stream import OmniStream


class Users(OmniStream):
    """Users of the account; a new one may take up to two hours to appear."""

    path = "/v1/Users"
    schema = record(
        NAMED,
        JOB,
        id=KEY("User id"),
        isActive=BOOL("Whether the user is active"),
    )
