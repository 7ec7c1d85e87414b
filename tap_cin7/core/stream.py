"""CoreStream: what all streams of Cin7 Core share: the meaning of replies, and one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_cin7.core.answers import (
    NOT_AVAILABLE,
    Denied,
    HtmlAnswer,
    check_core,
    core_body,
)
from tap_cin7.errors import Refused, StreamFailed, StreamSkipped, WrongCredentials
from tap_cin7.stream import Cin7Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

_LONGEST_DENIAL = 45.0
"""Seconds after which a 403 is no call limit any more: that one is over in 31 s (seen)."""
_HTML_ANSWERS = 3
"""HTML pages in a row that make an endpoint one that is not there."""


class CoreStream(Cin7Stream):
    """A stream of Cin7 Core."""

    params: ClassVar[dict[str, str]] = {}
    """Fixed query parameters, such as IncludeDeprecated."""
    records_key: ClassVar[str | None] = None
    """Name of the rows in the envelope; None where the body itself is the object or array."""

    answered = False
    """Whether this stream's path has given any good answer."""

    @override
    def check(self, response: requests.Response) -> None:
        try:
            check_core(response)
        except Denied as denial:
            self._denied(denial)

    def _denied(self, denial: Denied) -> None:
        """Tell the call limit from wrong credentials.

        Raises:
            WrongCredentials: If it is the first answer of the run or goes on for too long.
            Refused: If it may pass.

        """
        run = self.run
        now = run.clock.now()
        if run.denied_since is None:
            run.denied_since = now
        if not run.accepted or now - run.denied_since > _LONGEST_DENIAL:
            raise WrongCredentials(
                f"Cin7 Core does not accept the credentials ({denial}): check account_id and "
                "application_key"
            ) from denial
        raise Refused(str(denial)) from denial

    def get(
        self,
        params: Mapping[str, str | int],
        path: str | None = None,
        take: Callable[[requests.Response], Any] = core_body,
    ) -> Any:  # noqa: ANN401
        """Ask Cin7 and return what the reply holds, by default the decoded body.

        Args:
            params: The query, beside the fixed parameters.
            path: Where to ask instead of the stream's own path.
            take: Takes the reply apart.

        Raises:
            StreamSkipped: If Cin7 keeps answering with an HTML page from the start.

        """
        pages_of_html = 0

        def read(response: requests.Response) -> Any:  # noqa: ANN401
            nonlocal pages_of_html
            try:
                body = take(response)
            except HtmlAnswer as answer:
                pages_of_html += 1
                if pages_of_html < min(_HTML_ANSWERS, self.tries):
                    raise
                if self.answered:
                    raise StreamFailed(str(answer)) from answer
                raise StreamSkipped(NOT_AVAILABLE) from answer
            except Denied as denial:
                self._denied(denial)
                raise
            self.answered = True
            self.run.accepted = True
            self.run.denied_since = None
            return body

        return self.call({**self.params, **params}, read, path)
