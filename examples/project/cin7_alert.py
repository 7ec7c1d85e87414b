"""Tell somebody: ``python cin7_alert.py "nz: load failed"``.

The text is sent to ``ALERT_URL`` as ``{"text": ...}``, which the incoming webhooks of Slack,
Mattermost, Google Chat and Microsoft Teams' workflows take. Without ``ALERT_URL`` nothing is sent.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request


def send(text: str) -> None:
    """Send a text.

    Args:
        text: One line, without anything secret.

    Raises:
        ValueError: If the address is not one of the web.
        OSError: If it could not be delivered.

    """
    address = os.environ.get("ALERT_URL")
    if not address:
        return
    if not address.startswith(("https://", "http://")):
        raise ValueError("ALERT_URL: write an address that begins with https://")
    request = urllib.request.Request(  # noqa: S310 - checked above
        address,
        json.dumps({"text": text}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310 # nosec B310 - as above
        pass


if __name__ == "__main__":
    send(" ".join(sys.argv[1:]))
