"""Redaction: text leaves the process without credentials and without deceptive characters.

The rule: every log line is made safe in one place, whoever logs it. Credentials are masked in
any letter case; line breaks, control and format characters of a message are escaped, so that
what Cin7 sends can't forge a line, colour one or turn its reading direction. Tracebacks keep
their line breaks and are indented, so that no line of them looks like a log line.

The formatters of all handlers are wrapped, because nothing before them sees the whole line:
structured formatters write tracebacks and extra fields on their own.
"""

from __future__ import annotations

import base64
import copy
import json
import logging
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MASK = "***"
_SHORTEST = 4
"""Shorter secrets would blank out half of an ordinary text."""
_NOTHING = re.compile(r"(?!)")


def one_line(text: str) -> str:
    r"""Return a text on one line, with ``\n``, ``\x1b``, ``\u202e`` for what is not to be seen.

    Escaped are control and format characters, line and paragraph separators, lone surrogates
    and code points that are not assigned; blanks of any width stay.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or unicodedata.category(one) == "Zs" else repr(one)[1:-1]
        for one in text
    )


class Redactor:
    """Masks secrets in texts and in whatever is logged."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets as they are configured; their encoded forms are masked too."""
        # Credentials are sent without the blanks around them.
        sent = {text for secret in secrets for text in (secret, secret.strip())}
        self._hide({form for text in sent if len(text) >= _SHORTEST for form in _forms(text)})

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

    def _hide(self, forms: set[str]) -> None:
        self._forms = forms
        # Match longer secrets first.
        found = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
        self._pattern = re.compile(found, re.IGNORECASE) if found else _NOTHING

    def mask(self, text: str) -> str:
        """Return a text without the secrets, whatever their letter case."""
        return self._pattern.sub(_MASK, text)

    def install(self) -> None:
        """Sanitize what all handlers write from now on; what they mask already stays masked."""
        for handler in _handlers():
            formatter = handler.formatter
            if isinstance(formatter, _Safe):
                formatter.redactor.learn(self)
            else:
                handler.setFormatter(_Safe(formatter or logging.Formatter(), self))

    def learn(self, other: Redactor) -> None:
        """Hide the secrets of another redactor too."""
        self._hide(self._forms | other._forms)


class _Safe(logging.Formatter):
    """Sanitizes the lines of another formatter."""

    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self.redactor = copy.copy(redactor)

    @override
    def format(self, record: logging.LogRecord) -> str:
        try:
            line = self._inner.format(self._safe(record))
        except Exception:  # noqa: BLE001 - logging would write the bare arguments to stderr
            line = self._inner.format(self._safe(_without_arguments(record)))
        return self.redactor.mask(line)

    def _safe(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return a record with a safe message and traceback; itself when it is one."""
        message = record.getMessage()
        line = one_line(self.redactor.mask(message))
        if line == message and not record.exc_info and not record.stack_info:
            return record
        safe = copy.copy(record)
        if line != message:
            safe.msg, safe.args = line, ()
        if record.exc_info and not record.exc_text:
            safe.exc_text = _indented(self._inner.formatException(record.exc_info))
        elif record.exc_text:
            safe.exc_text = _indented(record.exc_text)
        if record.stack_info:
            safe.stack_info = _indented(record.stack_info)
        return safe


def _indented(traceback: str) -> str:
    return "\n".join("  " + one_line(line) for line in traceback.split("\n"))


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
    """Return the forms of a secret in URLs, in the text of an object and in JSON."""
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
