"""What a codec must make of a row: the same rules, told plainly and without any of its code.

Everything is copied, nothing is fast, and each record is worked out from what the row said.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_cin7.rows.codec import Output
    from tap_cin7.rows.extract import Place
    from tap_cin7.rows.fields import Field, Record

_NAMESPACE = uuid.UUID("8a6f4c1e-61d5-5c0b-9d1a-5f0c1f3b7a10")
_REFUSED = object()
_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
_NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*%?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?)?(Z|[+-]\d{4}|[+-]\d\d:\d\d)?")


class Wild(str):
    """A number that nobody can hold."""

    __slots__ = ()


class Extra(NamedTuple):
    """What has no column."""

    path: tuple[str | int, ...]
    value: Any
    is_unknown: bool


@dataclass
class Said:
    """What is known of a row: the values of columns, and what is odd."""

    values: dict[str, Any] = field(default_factory=dict)
    extras: list[Extra] = field(default_factory=list)
    repaired: list[tuple[str | int, ...]] = field(default_factory=list)


Expected: TypeAlias = tuple[int, Any, dict[str, Any]]
"""A record: its output, its key, its values."""


def in_range(value: Decimal) -> bool:
    least = -308 if value else -1307
    return least <= value.adjusted() <= 308


def decimal(text: str) -> Decimal | Wild:
    value = Decimal(text)
    return value if in_range(value) else Wild(text)


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def fits_64_bits(value: int) -> bool:
    return -(2**63) <= value < 2**63


def without_nul(value: Any, path: tuple[str | int, ...], repaired: list[Any]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {
            name.replace("\0", ""): without_nul(one, (*path, name.replace("\0", "")), repaired)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [without_nul(one, (*path, place), repaired) for place, one in enumerate(value)]
    if isinstance(value, str) and not isinstance(value, Wild) and "\0" in value:
        repaired.append(path)
        return value.replace("\0", "")
    return value


def as_extra(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Wild):
        return str(value)
    if is_whole(value):
        return value if fits_64_bits(value) else str(value)
    if isinstance(value, dict):
        return {name: as_extra(one) for name, one in value.items()}
    return [as_extra(one) for one in value] if isinstance(value, list) else value


# One value.


def text_of(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return json.dumps(value)
    return str(value) if isinstance(value, (str, int, Decimal)) else _REFUSED


def moment_of(value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, str) or isinstance(value, Wild):
        return _REFUSED
    text = value.strip()
    if not text or text.startswith("0001-01-01"):
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        return _REFUSED
    zone = match[3] or ""
    naive = text[: len(text) - len(zone)]
    zone = zone if ":" in zone or not zone or zone == "Z" else f"{zone[:3]}:{zone[3:]}"
    whole, _, fraction = naive.partition(".")
    try:
        moment = datetime.strptime(
            f"{whole if 'T' in whole else whole + 'T00:00:00'}.{fraction or 0}+0000",
            "%Y-%m-%dT%H:%M:%S.%f%z",
        )
        if zone not in ("", "Z"):
            moment -= datetime.strptime(f"2000-01-01{zone}", "%Y-%m-%d%z").utcoffset()  # type: ignore[operator]
    except (ValueError, OverflowError):
        return _REFUSED
    moment = moment.astimezone(timezone.utc)
    if zone not in ("", "Z") and (moment.year, moment.month, moment.day) == (1, 1, 1):
        return None
    return f"{moment.year:04}" + moment.strftime("-%m-%dT%H:%M:%S.%fZ")


def number_of(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str) and not isinstance(value, Wild):
        text = value.strip()
        if not text:
            return None
        match = _NUMBER.fullmatch(text)
        if match is None:
            return _REFUSED
        digits = match[1]
        value = int(digits) if re.fullmatch(r"[+-]?[0-9]+", digits) else decimal(digits)
    if is_whole(value):
        return value if fits_64_bits(value) else _REFUSED
    return value if isinstance(value, Decimal) else _REFUSED


def whole_of(value: Any) -> Any:  # noqa: ANN401
    value = number_of(value)
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == int(value) and fits_64_bits(int(value)) else _REFUSED


def truth_of(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, (bool, int, Decimal)):
        return bool(value) if value in (0, 1) else _REFUSED
    if not isinstance(value, str) or isinstance(value, Wild):
        return _REFUSED
    words = {
        "": None,
        "true": True,
        "yes": True,
        "1": True,
        "false": False,
        "no": False,
        "0": False,
    }
    return words.get(value.strip().lower(), _REFUSED)


def scalar(kind: Field, value: Any) -> Any:  # noqa: ANN401
    if kind.format == "date-time":
        return moment_of(value)
    return {"string": text_of, "number": number_of, "integer": whole_of, "boolean": truth_of}[
        kind.types[0]
    ](value)


# Objects and lists.


class Reading:
    """Reads the values of a row, and keeps what is odd."""

    def __init__(self) -> None:
        self.extras: list[Extra] = []

    def refused(self, value: Any, path: tuple[str | int, ...]) -> None:  # noqa: ANN401
        if value not in ("", [], {}) or isinstance(value, Wild):
            self.extras.append(Extra(path, as_extra(value), is_unknown=False))

    def object(
        self, fields: Mapping[str, Field], row: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> dict[str, Any]:
        columns = {name.lower(): name for name in reversed(list(fields))}
        values: dict[str, Any] = {}
        for sent, value in row.items():
            name = sent if sent in fields else columns.get(sent.lower())
            if name is None or (sent != name and (name in row or name in values)):
                self.extras.append(Extra((*path, sent), as_extra(value), is_unknown=True))
            else:
                values[name] = self.value(fields[name], value, (*path, name))
        return values

    def value(self, kind: Field, value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401
        if value is None:
            return None
        if kind.items is not None:
            return self.list(kind.items, value, path)
        if "object" not in kind.types:
            made = scalar(kind, value)
        elif not isinstance(value, dict):
            made = _REFUSED
        elif kind.properties is None:
            made = self.open(value, path)
        else:
            made = self.object(kind.properties, value, path)
        if made is _REFUSED:
            self.refused(value, path)
            return None
        return made

    def list(self, kind: Field, value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401
        items = [value] if isinstance(value, dict) and value else value
        some = [one for one in items if one is not None] if isinstance(items, list) else []
        foreign = "object" in kind.types and some and not any(isinstance(x, dict) for x in some)
        if not isinstance(items, list) or foreign:
            self.refused(value, path)
            return None
        return [self.value(kind, one, (*path, place)) for place, one in enumerate(items)]

    def open(self, value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {name: self.open(one, (*path, name)) for name, one in value.items()}
        if isinstance(value, list):
            return [self.open(one, (*path, place)) for place, one in enumerate(value)]
        if isinstance(value, Wild) or (is_whole(value) and not fits_64_bits(value)):
            self.refused(value, path)
            return None
        return value


def say(schema: Record, raw: bytes) -> Said:
    """Return what a row says."""
    said = Said()
    sent = json.loads(raw, parse_float=decimal)
    fields = {
        name: one
        for name, one in schema.fields.items()
        if name != "extra_fields" and not one.is_added
    }
    reading = Reading()
    said.values = reading.object(fields, without_nul(sent, (), said.repaired), ())
    said.extras = reading.extras
    return said


# Records.


def spelled(path: Sequence[str | int]) -> str:
    return re.sub(r"^\.", "", "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path))


def general(path: Sequence[str | int]) -> str:
    return re.sub(r"^\.", "", "".join("[]" if isinstance(p, int) else f".{p}" for p in path))


def hidden_of(output: Output, stamp: str | None) -> list[tuple[str, ...]]:
    kept = {name for name, one in output.fields.items() if one.is_key}
    kept.add("parent_modified" if output.places is not None else stamp or "")
    return [path for path in output.deselected if path[0] not in kept]


def selected(value: dict[str, Any], hidden: list[tuple[str, ...]]) -> dict[str, Any]:
    return {
        name: selected(one, [path[1:] for path in hidden if len(path) > 1 and path[0] == name])
        if isinstance(one, dict)
        else one
        for name, one in value.items()
        if (name,) not in hidden
    }


class Model:
    """What a codec with some outputs makes of rows, and what it notes of them.

    Attributes:
        unknown: For each output, the paths without a column.
        odd: For each output, odd paths with the key of the first row.
        without_key: For each output, the rows that were left out.

    """

    def __init__(self, schema: Record, outputs: Sequence[Output], stamp: str | None) -> None:
        self.schema, self.outputs, self.stamp = schema, outputs, stamp
        self.unknown: list[set[str]] = [set() for _ in outputs]
        self.odd: list[dict[str, Any]] = [{} for _ in outputs]
        self.without_key = [0 for _ in outputs]

    def row(self, raw: bytes, added: Mapping[str, Any]) -> tuple[Any, list[Expected]] | None:
        """Return the key and the records of a row, None where it has no key."""
        said = say(self.schema, raw)
        values = {**said.values, **{n: v for n, v in added.items() if n in self.schema.fields}}
        for name, one in self.schema.fields.items():
            if one.record_key_parts:
                grain = [values.get(part) for part in one.record_key_parts]
                text = json.dumps(grain, ensure_ascii=False, separators=(",", ":"))
                values[name] = str(uuid.uuid5(_NAMESPACE, text))
            elif one.is_key and values.get(name) is None:
                values[name] = one.default
        key = [values[name] for name, one in self.schema.fields.items() if one.is_key]
        if None in key:
            self.without_key[0] += 1
            return None
        bare = key[0] if len(key) == 1 else tuple(key)
        records = []
        for number, output in enumerate(self.outputs):
            if output.places is None:
                foreign = [(name,) for name in values if name not in output.fields]
                hidden = [*hidden_of(output, self.stamp), *foreign]
                record = selected(values, hidden)
                records.append(self._record(number, bare, record, hidden, said))
            else:
                records += self._part(number, output, values, added, said)
        return bare, records

    def _record(
        self,
        number: int,
        key: Any,  # noqa: ANN401
        record: dict[str, Any],
        hidden: list[tuple[str, ...]],
        said: Said,
    ) -> Expected:
        extras = {}
        for extra in said.extras:
            if any(extra.path[: len(path)] == path for path in hidden):
                continue
            extras[spelled(extra.path)] = extra.value
            if extra.is_unknown:
                self.unknown[number].add(general(extra.path))
            else:
                self.odd[number].setdefault(general(extra.path), key)
        for path in said.repaired:
            if not any(path[: len(one)] == one for one in hidden):
                self.odd[number].setdefault(general(path), key)
        if ("extra_fields",) not in self.outputs[number].deselected:
            record["extra_fields"] = extras or None
        return number, key, record

    def _part(
        self,
        number: int,
        output: Output,
        values: dict[str, Any],
        added: Mapping[str, Any],
        said: Said,
    ) -> Iterator[Expected]:
        came: dict[tuple[Any, ...], int] = {}
        for place in output.places or ():
            for element in elements(place, values):
                if not isinstance(element.item, dict):
                    continue
                copies = self._copies(output, place, element, added)
                own = {
                    name: one
                    for name, one in output.fields.items()
                    if name not in copies and name not in ("line_number", "repetition")
                }
                found, foreign = self._own(place, element, own, said)
                key: dict[str, Any] = {}
                for name, one in output.fields.items():
                    if one.is_key and name not in ("line_number", "repetition"):
                        value = copies.get(name) if name in copies else found.values.get(name)
                        key[name] = one.default if value is None else value
                    elif one.is_key:
                        key[name] = element.number if name == "line_number" else 1
                if None in key.values():
                    self.without_key[number] += 1
                    continue
                if "repetition" in key:
                    before = tuple(key.values())
                    key["repetition"] = came[before] = came.get(before, 0) + 1
                record = {**found.values, **copies, **key}
                if "line_number" in output.fields:
                    record["line_number"] = element.number
                hidden = hidden_of(output, self.stamp)
                bare = tuple(key.values()) if len(key) > 1 else next(iter(key.values()))
                yield self._record(
                    number, bare, selected(record, hidden), [*hidden, *foreign], found
                )

    def _copies(
        self, output: Output, place: Place, element: Element, added: Mapping[str, Any]
    ) -> dict[str, Any]:
        paths = dict(place.copies)
        if self.stamp:
            paths.setdefault("parent_modified", self.stamp)
        if not place.steps:
            others = {n for n in output.fields if n not in self.schema.fields}
            paths |= {n: n for n in others - {*paths, "line_number", "repetition"}}
        copies = {}
        for name, path in paths.items():
            if name not in output.fields:
                continue
            if path.startswith("="):
                copies[name] = path[1:]
                continue
            start, *rest = path.split(".")
            holder: Any = element.owners[()]
            if start not in self.schema.fields:
                holder = added
            for length in range(1, len(place.steps) + 1):
                steps = place.steps[:length]
                if tuple(path.split(".")[:length]) == steps and len(path.split(".")) > length:
                    holder, (start, *rest) = element.owners[steps], path.split(".")[length:]
            for step in (start, *rest):
                holder = holder.get(step) if isinstance(holder, dict) else None
            copies[name] = holder
        return copies

    def _own(
        self, place: Place, element: Element, own: Mapping[str, Field], said: Said
    ) -> tuple[Said, list[tuple[str, ...]]]:
        """Return what a part says of its own columns, and the fields that are none of its."""
        path, under = element.path, len(element.path)
        found = Said(repaired=[one[under:] for one in said.repaired if one[:under] == path])
        below = [
            extra._replace(path=extra.path[under:])
            for extra in said.extras
            if extra.path[:under] == path
        ]
        if place.steps and place.steps[-1].endswith("{}"):
            found.repaired = [("value", *one) for one in found.repaired]
            below = [extra._replace(path=("value", *extra.path)) for extra in below]
        table = declared(self.schema, place)
        row = {n: v for n, v in element.item.items() if n not in table or n in own}
        foreign: list[tuple[str, ...]] = [(name,) for name in table if name not in own]
        reading = Reading()
        for extra in below:
            if extra.is_unknown and len(extra.path) == 1:
                row[str(extra.path[0])] = extra.value
            else:
                reading.extras.append(extra)
        found.values = reading.object(own, row, ())
        found.extras = reading.extras
        return found, foreign


class Element(NamedTuple):
    """An element of a record that may be the row of a part."""

    item: Any
    number: int
    path: tuple[str | int, ...]
    owners: dict[tuple[str, ...], Any]


def elements(place: Place, record: dict[str, Any]) -> list[Element]:
    """Return what stands at a place, nulls included."""
    found = [Element(record, 1, (), {(): record})]
    for depth, step in enumerate(place.steps, 1):
        name, steps, further = step.rstrip("[]{}"), place.steps[:depth], []
        for element in found:
            inner = element.item.get(name) if isinstance(element.item, dict) else None
            path = (*element.path, name)
            if not inner:
                continue
            if step.endswith("{}"):
                inside = [
                    ({"name": n, "value": v}, 1 + index, (*path, n))
                    for index, (n, v) in enumerate(inner.items())
                ]
            elif isinstance(inner, list):
                inside = [(one, 1 + index, (*path, index)) for index, one in enumerate(inner)]
            else:
                inside = [(inner, element.number, path)]
            further += [Element(*one, {**element.owners, steps: one[0]}) for one in inside]
        found = further
    return found


def declared(schema: Record, place: Place) -> Mapping[str, Field]:
    """Return the fields that a record declares at a place."""
    fields: Mapping[str, Field] = schema.fields
    for step in place.steps:
        one = fields.get(step.rstrip("[]{}"))
        inner = None if one is None or step.endswith("{}") else (one.items or one).properties
        fields = inner or {}
    return fields
