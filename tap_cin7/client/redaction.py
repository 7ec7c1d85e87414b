"""Redaction: removes credentials and deceptive characters from every log line.

The rule: every log line is made safe in one place, whichever module logs. Credentials are masked in
any letter case and however they are escaped; line breaks, control and format characters of a
message are escaped, so that what Cin7 sends can't forge a line, colour one or turn its reading
direction. Tracebacks keep their line breaks and are indented, so that no line of them looks like
a log line.

The formatters of all handlers are wrapped, because only they see the whole line: structured
formatters write tracebacks and extra fields on their own.
"""

from __future__ import annotations

import base64
import copy
import logging
import re
import unicodedata
from functools import cache
from html.entities import html5
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MASK = "***"
_SHORTEST = 4
"""Shorter secrets would blank out half of an ordinary text."""
_BACKSLASHES = r"\\{1,15}"
"""Four levels of escapes; without a bound a long run of backslashes would take minutes."""
_IN_JSON = {one: rf"{_BACKSLASHES}{name}" for one, name in zip("\b\t\n\f\r", "btnfr", strict=True)}
_SHORT_FORMS = {" ": r"\+", **_IN_JSON}
"""Patterns of characters that URLs or JSON write in a form of their own."""
_AMPERSAND = rf"(?:&|{_BACKSLASHES}u0026|%(?:25)*26)(?:amp(?:;|%(?:25)*3b))*"
_HASH, _SEMICOLON = r"(?:#|%(?:25)*23)", r"(?:;|%(?:25)*3b)"


def one_line(text: str) -> str:
    r"""Return a text on one line, with escapes such as ``\n``, ``\x1b``, ``\u202e``.

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
    """Masks secrets in texts and log lines; it never changes.

    Attributes:
        secrets: What it masks.

    """

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets as configured; they are masked however they are spelled."""
        # Credentials are sent without the blanks around them.
        sent = {text for secret in secrets for text in (secret, secret.strip())}
        self.secrets = frozenset(text for text in sent if len(text) >= _SHORTEST)
        # Match longer secrets first.
        longest_first = sorted(self.secrets, key=len, reverse=True)
        found = "|".join("".join(map(_spelt, secret)) for secret in longest_first)
        self._pattern = re.compile(found or r"(?!)", re.IGNORECASE)

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

    def mask(self, text: str) -> str:
        """Return a text without the secrets, whatever their letter case and escapes."""
        return self._pattern.sub(_MASK, text)

    def install(self) -> None:
        """Sanitize what all handlers write; secrets installed earlier stay masked."""
        for handler in _handlers():
            formatter = handler.formatter
            if isinstance(formatter, _Safe):
                formatter.redactor = Redactor(formatter.redactor.secrets | self.secrets)
            else:
                handler.setFormatter(_Safe(formatter or logging.Formatter(), self))


class _Safe(logging.Formatter):
    """Sanitizes the output of another formatter."""

    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self.redactor = redactor

    @override
    def format(self, record: logging.LogRecord) -> str:
        try:
            line = self._inner.format(self._safe(record))
        except Exception:  # noqa: BLE001 - logging would write the bare arguments to stderr
            line = self._inner.format(self._safe(_without_arguments(record)))
        return self.redactor.mask(line)

    def _safe(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return a record with a safe message and traceback; the same one if it is safe."""
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
    """Return a substitute for a record that can't be formatted."""
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


@cache
def _spelt(one: str) -> str:
    r"""Return a pattern for a character as URLs, JSON, HTML and ``repr`` write it.

    Escapes may be escaped in turn: ``%253C``, ``&amp;lt;``, ``\u0026lt;``. Nothing in use escapes
    letters and digits.
    """
    if one.isascii() and one.isalnum():
        return one
    code = ord(one)
    units = one.encode("utf-16-be", "surrogatepass").hex("-", 2).split("-")
    names = {name.strip(";").lower() for name, meant in html5.items() if meant == one}
    entities = "|".join([rf"{_HASH}0*{code}", rf"{_HASH}x0*{code:x}", *names])
    spellings = [
        "".join(rf"(?:{_BACKSLASHES}|%)u{unit}" for unit in units),
        rf"{_BACKSLASHES}(?:x{code:02x}|U{code:08x})",
        rf"{_AMPERSAND}(?:{entities}){_SEMICOLON}",
        *(
            "".join(f"%(?:25)*{byte:02x}" for byte in one.encode(encoding, "replace"))
            for encoding in ("utf-8", "latin-1")
        ),
        rf"\\{{0,3}}{re.escape(one)}",
    ]
    if one in _SHORT_FORMS:
        spellings.append(_SHORT_FORMS[one])
    return f"(?:{'|'.join(spellings)})"
