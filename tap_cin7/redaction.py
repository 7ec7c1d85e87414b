"""Credentials never leave the process: every finished log line is searched for them.

The formatters of all handlers are wrapped, because nothing before them sees the whole line:
structured formatters write tracebacks and extra fields on their own.
"""

from __future__ import annotations

import base64
import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MASK = "***"
_SHORTEST = 4
"""Shorter secrets would blank out half of an ordinary text."""


class Redactor:
    """Replaces secrets in texts and in whatever is logged."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets as they are configured; their encoded forms are masked too."""
        forms: set[str] = set()
        for secret in secrets:
            # Credentials are sent without the blanks around them.
            for sent in (secret, secret.strip()):
                if len(sent) >= _SHORTEST:
                    forms.update(_forms(sent))
        self._forms = _longest_first(forms)

    @classmethod
    def of(cls, config: dict[str, object], names: Iterable[str]) -> Redactor:
        """Return a redactor for the named settings, their Basic header included."""
        secrets = [str(config[name]) for name in names if config.get(name)]
        if config.get("username") and config.get("api_key"):
            pair = f"{str(config['username']).strip()}:{str(config['api_key']).strip()}"
            secrets += [
                base64.b64encode(pair.encode(encoding, "replace")).decode()
                for encoding in ("utf-8", "latin-1")
            ]
        return cls(secrets)

    def clean(self, text: str) -> str:
        """Return a text without the secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, _MASK)
        return text

    def install(self) -> None:
        """Clean what all handlers write from now on; what they hide already stays hidden."""
        if not self._forms:
            return
        for handler in _handlers():
            formatter = handler.formatter
            if isinstance(formatter, _Cleaned):
                formatter.redactor.learn(self)
            else:
                handler.setFormatter(_Cleaned(formatter or logging.Formatter(), self))

    def learn(self, other: Redactor) -> None:
        """Hide the secrets of another redactor too."""
        self._forms = _longest_first({*self._forms, *other._forms})


class _Cleaned(logging.Formatter):
    """Cleans the lines of another formatter."""

    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self.redactor = Redactor([])
        self.redactor.learn(redactor)

    @override
    def format(self, record: logging.LogRecord) -> str:
        try:
            line = self._inner.format(record)
        except Exception:  # noqa: BLE001 - logging would write the bare arguments to stderr
            line = self._inner.format(_without_arguments(record))
        return self.redactor.clean(line)


def _without_arguments(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record that stands for one that can't be formatted."""
    message = f"{record.msg} (its arguments could not be formatted)"
    return logging.LogRecord(
        record.name, record.levelno, record.pathname, record.lineno, message, None, None
    )


def _handlers() -> Iterator[logging.Handler]:
    yield from logging.getLogger().handlers
    # A logging configuration may give single loggers handlers of their own.
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            yield from logger.handlers


def _forms(secret: str) -> set[str]:
    """Return what a secret looks like in a URL, in the text of an object and in JSON."""
    quoted = {
        quote(secret, errors="replace"),
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
    }
    plain = {secret, repr(secret)[1:-1]}
    escaped = {
        json.dumps(form, ensure_ascii=ascii_only)[1:-1]
        for form in plain
        for ascii_only in (True, False)
    }
    return plain | quoted | escaped


def _longest_first(forms: set[str]) -> list[str]:
    """Return forms in the order in which a longer one is masked before one that it holds."""
    return sorted(forms, key=len, reverse=True)
