"""Decide which rows fulfil a ``where`` clause, the silent traps included.

A condition on a field that the list does not have, or on part of an object, is ignored, and so
is any ordering comparison of ``id``. Bounds on dates are inclusive. A date with a time but
without ``Z`` fulfils nothing; one without a time, or without quotes, is refused. Null fulfils
only ``IS NULL``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sandbox.entry import Row
from sandbox.omni.where import Clause, Joined, Malformed, Operand, Test
from sandbox.stamps import NULL_TICKS, ticks_of

if TYPE_CHECKING:
    from typing_extensions import Never

Kind: TypeAlias = Literal["date", "number", "bool", "text"]
Columns: TypeAlias = Mapping[str, tuple[str, Kind]]
"""Name as sent and kind of each parent-level field, by lower-case name."""
Predicate: TypeAlias = Callable[[Row], bool]
Window: TypeAlias = tuple[int | None, int | None]
"""First and last instant of a stamp, both included; None leaves a side open."""

NOWHERE: Window = (1, 0)
_INCLUSIVE = {">": ">=", "<": "<="}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_ORDERING = frozenset(_COMPARE) - {"=", "<>"}
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})


def predicate(clause: Clause, columns: Columns) -> Predicate | None:
    """Return the test that a clause puts to each row; None when all of it is ignored.

    Raises:
        Malformed: A date in it is refused.

    """
    if isinstance(clause, Test):
        return _single(clause, columns)
    parts = [part for part in (predicate(one, columns) for one in clause.parts) if part]
    if len(parts) <= 1:
        return parts[0] if parts else None
    combine = all if clause.every else any
    return lambda row: combine(part(row) for part in parts)


def window(clause: Clause | None, stamp: str | None) -> Window | None:
    """Return the instants that a clause admits if it only bounds the stamp, else None.

    Raises:
        Malformed: A date in it is refused.

    """
    if clause is None:
        return None, None
    tests = clause.parts if isinstance(clause, Joined) and clause.every else (clause,)
    low: int | None = None
    high: int | None = None
    for test in tests:
        if (
            not isinstance(test, Test)
            or stamp is None
            or test.field.lower() != stamp.lower()
            or test.operator not in _ORDERING
        ):
            return None
        instant = _instant(test.operands[0])
        if instant is None:
            return NOWHERE
        if test.operator.startswith(">"):
            low = instant if low is None else max(low, instant)
        else:
            high = instant if high is None else min(high, instant)
    return low, high


def comparable(value: Any, kind: Kind) -> Any:  # noqa: ANN401
    """Return a value of a row in the form that its kind compares by; null as None."""
    if value is None:
        return None
    if kind == "date":
        ticks = ticks_of(value)
        return None if ticks == NULL_TICKS else ticks
    if kind == "text":
        return value if isinstance(value, str) else str(value)
    if isinstance(value, str):
        return _operand_value(Operand(value, quoted=True), kind)
    return value


def _single(test: Test, columns: Columns) -> Predicate | None:
    known = columns.get(test.field.lower())
    if known is None or (test.field.lower() == "id" and test.operator in _ORDERING):
        return None
    name, kind = known
    if test.operator in {"NULL", "NOT NULL"}:
        wanted = test.operator == "NULL"
        return lambda row: (row[name] is None) is wanted
    if test.operator == "LIKE":
        pattern = _like(test.operands[0].text)
        return lambda row: row[name] is not None and bool(pattern.fullmatch(str(row[name])))
    values = [_operand_value(one, kind) for one in test.operands]
    if test.operator == "IN":
        members = {value for value in values if value is not None}
        return lambda row: comparable(row[name], kind) in members
    value = values[0]
    compare = _COMPARE[
        _INCLUSIVE.get(test.operator, test.operator) if kind == "date" else test.operator
    ]

    def fulfils(row: Row) -> bool:
        own = comparable(row[name], kind)
        return own is not None and value is not None and compare(own, value)

    return fulfils


def _operand_value(operand: Operand, kind: Kind) -> Any:  # noqa: ANN401
    """Return the operand in the form its kind compares by; None fulfils nothing."""
    if kind == "date":
        return _instant(operand)
    if kind == "bool":
        word = operand.text.lower()
        return True if word in _TRUE else False if word in _FALSE else None
    if kind == "number":
        return _number(operand.text)
    return operand.text


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _instant(operand: Operand) -> int | None:
    ticks = ticks_of(operand.text) if operand.quoted else NULL_TICKS
    if ticks == NULL_TICKS:
        _refuse_date(operand.text)
    return ticks if operand.text.endswith("Z") else None


def _refuse_date(text: str) -> Never:
    raise Malformed(f"where: {text} is not a valid date time")


def _like(pattern: str) -> re.Pattern[str]:
    parts = (".*" if one == "%" else "." if one == "_" else re.escape(one) for one in pattern)
    return re.compile("".join(parts), re.DOTALL)
