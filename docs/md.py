"""Markdown that GitHub and static sites read in the same way: escapes, tables, links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NOTICE = "<!-- Written by `make docs`; changes belong in the code. -->"
_MARKS = re.compile(r"[\\`*\[\]|]|(?<!\w)_|_(?!\w)")
_CODE = re.compile(r"``(.+?)``")


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is, in a table too."""
    return _shown(one_line(text))


def prose(text: str, links: Mapping[str, str]) -> str:
    """Return a paragraph of a docstring: words as they are, ``code`` as code.

    Args:
        text: The paragraph.
        links: Where a piece of code leads to that is a name of something.

    """
    parts = _CODE.split(text)
    parts[::2] = [_shown(part) for part in parts[::2]]
    parts[1::2] = [link(one, links[one]) if one in links else code(one) for one in parts[1::2]]
    return one_line("".join(parts))


def code(text: str) -> str:
    """Return a text as code."""
    return f"`{text}`"


def codes(names: Iterable[str]) -> str:
    """Return names as code, with commas between."""
    return ", ".join(map(code, names))


def link(text: str, target: str) -> str:
    """Return a link whose text is code."""
    return f"[{code(text)}]({target})"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already."""
    cells = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def _shown(text: str) -> str:
    # A backslash before "<" is CommonMark, and shows as a backslash where that is not spoken.
    return _MARKS.sub(r"\\\g<0>", text).replace("<", "&lt;")
