"""Service: what a client must know of an API."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests.auth import AuthBase

    from tap_cin7.client.quota import Limits
    from tap_cin7.client.replies import Address, Replies


@dataclass(frozen=True)
class Service:
    """What a client must know of an API (instances: omni/api.py, core/api.py, core_v1/api.py).

    Attributes:
        name: ``omni``, ``core`` or ``core_v1``.
        title: How users know it.
        base_url: Published address.
        auth: Makes the authenticator from the two credentials.
        limits: Published call limits.
        counted: What Cin7 counts calls by.
        replies: Makes what reads the replies of a run, from the address and from what tells
            the run's time in seconds.
        notice: Something to tell at the start of every run.

    """

    name: str
    title: str
    base_url: str
    auth: Callable[[str, str], AuthBase]
    limits: Limits
    replies: Callable[[Address, Callable[[], float]], Replies]
    counted: str
    notice: str = ""


def is_readable_on_the_way(address: str) -> bool:
    """Tell whether what is sent to an address leaves this machine unencrypted."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "http" or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
