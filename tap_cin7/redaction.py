"""Credentials never leave the process: every log line is searched for them.

One filter sits on the handlers, so that it sees what any library logs at any level, arguments
and tracebacks included.
"""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

_MASK = "***"
_SHORTEST = 4
"""Shorter secrets would blank out half of an ordinary text."""


class Redactor(logging.Filter):
    """Replaces secrets in texts and log records."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets as they are configured; their encoded forms are masked too."""
        super().__init__()
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                forms |= {secret, quote(secret), quote_plus(secret), repr(secret)[1:-1]}
        self._forms = sorted(forms, key=len, reverse=True)

    @classmethod
    def of(cls, config: dict[str, object], names: Iterable[str]) -> Redactor:
        """Return a redactor for the named settings, their Basic header included."""
        secrets = [str(config[name]) for name in names if config.get(name)]
        if config.get("username") and config.get("api_key"):
            pair = f"{config['username']}:{config['api_key']}".encode()
            secrets.append(base64.b64encode(pair).decode())
        return cls(secrets)

    def clean(self, text: str) -> str:
        """Return a text without the secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, _MASK)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the secrets of a record; never drops one."""
        if not self._forms:
            return True
        message = record.getMessage()
        cleaned = self.clean(message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        return True

    def install(self) -> None:
        """Put the filter on every handler of the root logger."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(self)
