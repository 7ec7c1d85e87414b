"""Rows that leave otherwise than the facts say: other names, more fields, planted values."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from sandbox.entry import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.api import Answer
    from sandbox.habits import Case, Habits

_GUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NEVER_THE_SAME = count(1_000_000)
_STEP = re.compile(r"([^.\[\]]+)|\[(\d*)\]")
_CASES: dict[Case, Callable[[str], str]] = {
    "documented": str,
    "lower": str.lower,
    "upper": str.upper,
    "camel": lambda name: name[:1].lower() + name[1:],
    "pascal": lambda name: name[:1].upper() + name[1:],
}


def rewritten(answer: Answer, habits: Habits, key: str | None) -> Answer:
    """Return an answer whose rows have the habits of their stream.

    Args:
        answer: A list, a list in an envelope, or one row.
        habits: What is done to the rows.
        key: First key column, by which ``habits.only`` chooses rows.

    """
    whole = decode(answer.body)
    body: Any
    if answer.wrapper:
        body = whole | {answer.wrapper: _rows(whole[answer.wrapper], habits, key)}
    elif isinstance(whole, list):
        body = _rows(whole, habits, key)
    else:
        body = _row(whole, habits, key)
    return replace(answer, body=encode(body))


def without_rows(answer: Answer, habits: Habits) -> Answer:
    """Return an answer whose list, if it is empty, is written in another way."""
    if not answer.is_list or habits.empty == "list":
        return answer
    whole = decode(answer.body)
    if isinstance(whole, list):
        return answer if whole else replace(answer, body=b"null")
    if whole.get(answer.wrapper or ""):
        return answer
    rest = {name: value for name, value in whole.items() if name != answer.wrapper}
    return replace(
        answer, body=encode(rest if habits.empty == "missing" else {**rest, answer.wrapper: None})
    )


def _rows(rows: list[Any], habits: Habits, key: str | None) -> list[Any]:
    if habits.twice and len(rows) > 1:
        rows = [rows[0], rows[0], *rows[2:]]
    return [_row(row, habits, key) for row in rows]


def _row(row: Any, habits: Habits, key: str | None) -> Any:  # noqa: ANN401
    if habits.only and (key is None or row.get(key) not in habits.only):
        return row
    for path, value in habits.plant.items():
        if not path:
            return value
        _plant(row, _steps(path), value)
    for name in habits.volatile & row.keys():
        row[name] = next(_NEVER_THE_SAME)
    if habits.guids == "upper":
        row = decode(_GUID.sub(lambda found: found[0].upper(), encode(row)))
    return _renamed(row, habits.names, _CASES[habits.case], habits.extra)


def _renamed(
    value: Any,  # noqa: ANN401
    names: Mapping[str, str],
    case: Callable[[str], str],
    extra: Mapping[str, Any],
) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_renamed(one, names, case, extra) for one in value]
    if not isinstance(value, dict):
        return value
    sent = {
        names.get(name) or case(name): _renamed(one, names, case, extra)
        for name, one in value.items()
    }
    return {**sent, **extra}


def _steps(path: str) -> list[str | int | None]:
    """Return names, positions, and None for every item of a list."""
    return [
        found[1] if found[1] is not None else int(found[2]) if found[2] else None
        for found in _STEP.finditer(path)
    ]


def _plant(at: Any, steps: list[str | int | None], value: Any) -> None:  # noqa: ANN401
    """Put a value where the steps lead; what does not lead anywhere stays as it is."""
    step, *rest = steps
    places: list[Any] = [step]
    if step is None:
        places = list(range(len(at))) if isinstance(at, list) else []
    for place in places:
        if isinstance(at, dict if isinstance(place, str) else list) and _reaches(at, place):
            if rest:
                _plant(at.setdefault(place, {}) if isinstance(at, dict) else at[place], rest, value)
            else:
                at[place] = value


def _reaches(at: Any, place: str | int) -> bool:  # noqa: ANN401
    return isinstance(place, str) or place < len(at)
