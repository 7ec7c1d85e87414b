"""Narrow an answer to the ``fields`` that a client asks for, nested ones in parentheses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from sandbox.entry import Row

Wanted: TypeAlias = dict[str, "Wanted | None"]
"""Lower-case field names; None stands for all of a field."""

_TOKEN = re.compile(r"[(),]|[^(),]+")


def parse(fields: str) -> Wanted:
    """Return the fields asked for. Unbalanced parentheses are forgiven."""
    top: Wanted = {}
    stack, last = [top], ""
    for token in _TOKEN.findall(fields):
        if token == "(" and last:  # noqa: S105 - a parenthesis, no secret
            inner: Wanted = {}
            stack[-1][last] = inner
            stack.append(inner)
        elif token == ")" and len(stack) > 1:  # noqa: S105
            stack.pop()
        elif name := token.strip(" (),").lower():
            stack[-1][name] = None
            last = name
    return top


def narrow(row: Row, wanted: Wanted) -> Row:
    """Return the wanted part of a row; all of it when no wanted name is known."""
    found = {
        name: _inner(value, wanted[name.lower()])
        for name, value in row.items()
        if name.lower() in wanted
    }
    return found or row


def _inner(value: Any, wanted: Wanted | None) -> Any:  # noqa: ANN401
    if not wanted:
        return value
    if isinstance(value, list):
        return [_inner(item, wanted) for item in value]
    return narrow(value, wanted) if isinstance(value, dict) else value
