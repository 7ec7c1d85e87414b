"""Read a ``where`` clause into a tree of tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Operator: TypeAlias = Literal["=", "<>", ">", "<", ">=", "<=", "LIKE", "IN", "NULL", "NOT NULL"]


@dataclass(frozen=True)
class Operand:
    """A value as it was written: quoted text, or a bare word."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Test:
    """One condition on one field."""

    field: str
    operator: Operator
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True)
class Joined:
    """Conditions joined by AND (``every``) or by OR."""

    every: bool
    parts: tuple[Clause, ...]


Clause: TypeAlias = Test | Joined


class Malformed(ValueError):  # noqa: N818 - read as "raise Malformed"
    """What a client asked for cannot be understood."""


_TOKEN = re.compile(
    r"\s*(?:'(?P<text>(?:[^']|'')*)'|(?P<sign><>|>=|<=|[=<>(),])|(?P<word>[^\s'(),<>=]+))"
)
_COMPARISONS: dict[str, Operator] = {
    "=": "=",
    "<>": "<>",
    ">": ">",
    "<": "<",
    ">=": ">=",
    "<=": "<=",
    "LIKE": "LIKE",
}


@dataclass(frozen=True)
class _Token:
    text: str
    quoted: bool = False
    is_sign: bool = False


def _tokens(clause: str) -> list[_Token]:
    tokens, position, end = [], 0, len(clause.rstrip())
    while position < end:
        match = _TOKEN.match(clause, position)
        if match is None:
            raise Malformed(f"where: unexpected text at {clause[position : position + 20]!r}")
        position = match.end()
        if match["text"] is not None:
            tokens.append(_Token(match["text"].replace("''", "'"), quoted=True))
        elif match["sign"]:
            tokens.append(_Token(match["sign"], is_sign=True))
        else:
            tokens.append(_Token(match["word"]))
    return tokens


class _Parser:
    """Recursive descent; AND binds tighter than OR."""

    def __init__(self, clause: str) -> None:
        self._rest = _tokens(clause)[::-1]

    def parse(self) -> Clause:
        clause = self._either()
        if self._rest:
            raise Malformed(f"where: unexpected {self._rest[-1].text!r}")
        return clause

    def _either(self) -> Clause:
        parts = [self._both()]
        while self._accept("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Joined(every=False, parts=tuple(parts))

    def _both(self) -> Clause:
        parts = [self._one()]
        while self._accept("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined(every=True, parts=tuple(parts))

    def _one(self) -> Clause:
        if self._accept("("):
            clause = self._either()
            self._expect(")")
            return clause
        name = self._next()
        if name.quoted or name.is_sign:
            raise Malformed(f"where: expected a field name, got {name.text!r}")
        return self._test(name.text)

    def _test(self, field: str) -> Test:
        if self._accept("IS"):
            negated = self._accept("NOT")
            self._expect("NULL")
            return Test(field, "NOT NULL" if negated else "NULL")
        if self._accept("IN"):
            self._expect("(")
            operands = [self._operand()]
            while self._accept(","):
                operands.append(self._operand())
            self._expect(")")
            return Test(field, "IN", tuple(operands))
        word = self._next().text.upper()
        if word not in _COMPARISONS:
            raise Malformed(f"where: unknown operator {word!r}")
        return Test(field, _COMPARISONS[word], (self._operand(),))

    def _operand(self) -> Operand:
        token = self._next()
        if token.is_sign:
            raise Malformed(f"where: expected a value, got {token.text!r}")
        return Operand(token.text, token.quoted)

    def _next(self) -> _Token:
        if not self._rest:
            raise Malformed("where: unexpected end")
        return self._rest.pop()

    def _accept(self, text: str) -> bool:
        if self._rest and not self._rest[-1].quoted and self._rest[-1].text.upper() == text:
            self._rest.pop()
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise Malformed(f"where: expected {text!r}")


def parse(clause: str) -> Clause:
    """Return the tree of a ``where`` clause.

    Raises:
        Malformed: It does not follow the grammar.

    """
    return _Parser(clause).parse()
