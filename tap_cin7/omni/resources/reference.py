"""Omni reference data: the users of the account."""

from __future__ import annotations

from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.resources.objects import JOB, NAMED
from tap_cin7.rows.fields import BOOL, KEY, record


class Users(OmniResource):
    """Users of the account; a new one may take up to two hours to appear."""

    path = "/v1/Users"
    rank = 0
    schema = record(
        NAMED,
        JOB,
        id=KEY("User id"),
        isActive=BOOL("Whether the user is active"),
    )
