"""The one HTTP session of a run, shared by all streams.

Redirects are never followed, since they would carry the credentials to another place; proxy
variables and ``REQUESTS_CA_BUNDLE`` are honoured, which the SDK alone does only in part.
"""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override

_PIECE_BYTES = 1 << 18


class Session(requests.Session):
    """A session with a pool as large as the number of calls that may be in flight."""

    def __init__(self, connections: int) -> None:
        """Set up the session.

        Args:
            connections: How many connections to keep open.

        """
        super().__init__()
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=connections)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    @override
    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        environment = self.merge_environment_settings(
            request.url or "", kwargs.pop("proxies", None) or {}, None, None, None
        )
        kwargs["allow_redirects"] = False
        response = super().send(request, **{**environment, **kwargs, "stream": True})
        # By itself requests takes a body in pieces of 10 kB, at nearly twice the cost. This is
        # where it keeps a body that was read.
        response._content = b"".join(response.iter_content(_PIECE_BYTES))  # noqa: SLF001
        return response
