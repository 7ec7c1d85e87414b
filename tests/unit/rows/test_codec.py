"""The codec makes the records that a plain model makes, and drops nothing that Cin7 sends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.rows.codec import Notes, Output, RowCodec
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    INT,
    KEY,
    NUM,
    OPEN,
    STR,
    TEXT_KEY,
    Field,
    Record,
    key_or,
    many,
    obj,
    record,
    record_key,
    table,
)
from tap_cin7.rows.paths import path_text
from tests.unit.rows.model import Model, say
from tests.unit.rows.support import as_bytes, loaded, noting, own, part, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SIZE = table(name=STR("Label"), qty=NUM("Quantity"), due=DATETIME("Due"))
LINE = table(
    id=INT("Id"),
    sku=STR("SKU"),
    qty=NUM("Quantity"),
    sizes=many(SIZE, "Sizes"),
    made=DATETIME("Made"),
    maker=obj(table(city=STR("City"), zip=INT("Zip")), "Maker"),
)
ORDER = record(
    id=KEY("Id"),
    code=STR("Code"),
    total=NUM("Total"),
    count=INT("Count"),
    paid=BOOL("Paid"),
    created=DATETIME("Created"),
    modified=DATETIME("Changed"),
    place=obj(table(city=STR("City"), seen=DATETIME("Seen")), "Place"),
    lines=many(LINE, "Lines"),
    extras=many(LINE, "More lines"),
    tags=many(STR, "Tags"),
    amounts=many(NUM, "Amounts"),
    moments=many(DATETIME, "Moments"),
    files=many(OPEN, "Files"),
    prices=OPEN("Prices"),
    read_at=DATETIME("Added"),
    **{"class": STR("A keyword of Python"), "Tax Rule": STR("No name in Python")},
)
STOCK = record(
    record_key=record_key("product", "size"), product=KEY("P"), size=STR("S"), qty=NUM("Q")
)
JOURNAL = record(
    record_key=record_key(),
    account=STR("Account"),
    amount=NUM("Amount"),
    day=DATETIME("Day"),
    read_at=DATETIME("Added"),
)
PAIR = record(id=KEY("Id"), branch=key_or(0)("Branch"), bin=key_or("", TEXT_KEY)("Bin"), t=NUM("T"))

LINE_KEYS = table(order=KEY("Order"), id=key_or(0)("Line"), repetition=KEY("Repetition"))
PARTS = [
    part(
        "lines[]",
        {"order": "id"},
        **{**LINE_KEYS, **LINE, "id": LINE_KEYS["id"]},
        parent_modified=DATETIME("M"),
    ),
    part(
        "lines[]",
        {"order": "id"},
        "maker.zip",
        "sku",
        **{**LINE_KEYS, **LINE, "id": LINE_KEYS["id"]},
    ),
    part(
        "lines[].sizes[]",
        {"order": "id", "line": "lines[].id", "town": "lines[].maker.city", "qty": "total"},
        order=KEY("Order"),
        line=key_or(0)("Line"),
        line_number=KEY("Number"),
        town=STR("Town"),
        **SIZE,
    ),
    part(
        {"lines[]": {"kind": "=line"}, "extras[]": {"kind": "=extra"}},
        {"order": "id", "at": "place.city"},
        order=KEY("Order"),
        kind=TEXT_KEY("Kind"),
        repetition=KEY("Repetition"),
        at=STR("Where"),
        sku=STR("SKU"),
    ),
    part(
        "prices{}", {"order": "id"}, order=KEY("Order"), name=TEXT_KEY("Name"), value=NUM("Price")
    ),
    part("place", {"order": "id"}, order=KEY("Order"), city=STR("City"), seen=DATETIME("Seen")),
    part("files[]", {"order": "id"}, order=KEY("Order"), line_number=KEY("N"), name=STR("Name")),
    part(
        "",
        {"day": "read_at"},
        id=KEY("Id"),
        day=DATETIME("Day"),
        snapshot_at=DATETIME("At"),
        total=NUM("T"),
        place=ORDER.fields["place"],
    ),
    part(
        "lines[].maker", {"order": "id"}, order=KEY("O"), line_number=KEY("N"), zip=STR("As text")
    ),
]

# Rows as Cin7 may send them.

texts = st.text(max_size=8)
numbers = st.from_regex(
    r"-?(0|[1-9][0-9]{0,17})|-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20}([eE][+-]?[0-9]{1,2})?)",
    fullmatch=True,
).map(msgspec.Raw)
wild = st.from_regex(r"-?[1-9](\.[0-9]{1,3})?[eE][+-]?[0-9]{3}", fullmatch=True).map(msgspec.Raw)
moments = st.datetimes().map(lambda moment: moment.isoformat())
instants = st.builds("".join, st.tuples(moments, st.sampled_from(["", "Z", "+11:00", "-0330"])))
odd = st.sampled_from(
    ["0001-01-01T00:00:00", "", " ", "2026-02-29T00:00:00Z", "soon", "1_000", "12.50", "7%", "true"]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    numbers,
    wild,
    texts,
    odd,
    st.sampled_from([2**63, -(2**63) - 1, 2**70, 0, 1, msgspec.Raw(b"1e999999"), [], {}]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)


def fitting(field: Field) -> st.SearchStrategy[Any]:
    """Values of the type that a field has."""
    inner: st.SearchStrategy[Any]
    if field.items is not None:
        inner = st.lists(fitting(field.items), max_size=3)
    elif field.properties is not None:
        inner = objects(field.properties)
    elif "object" in field.types:
        inner = st.dictionaries(texts, st.none() | numbers | texts, max_size=3)
    elif field.format == "date-time":
        inner = instants
    elif "number" in field.types:
        inner = numbers
    elif "integer" in field.types:
        inner = st.integers(-(2**63), 2**63 - 1)
    else:
        inner = st.booleans() if "boolean" in field.types else texts
    return inner if field.is_key else st.none() | inner


def objects(fields: Mapping[str, Field]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with fields left out here and there."""
    wire = {n: f for n, f in fields.items() if f.record_key_parts is None and n != "read_at"}
    return st.fixed_dictionaries(
        {name: fitting(field) for name, field in wire.items() if field.is_key},
        optional={name: fitting(field) for name, field in wire.items() if not field.is_key},
    )


def spoilt(draw: st.DrawFn, fields: Mapping[str, Field], row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with an oddity somewhere in it: another type, another case, an unknown field."""
    name = draw(st.sampled_from(sorted(fields)))
    field = fields[name].items or fields[name]
    inside = row.get(name)
    if field.properties is not None and inside and draw(st.booleans()):
        several = inside if isinstance(inside, list) else [inside]
        place = draw(st.integers(0, len(several) - 1))
        if isinstance(several[place], dict):
            several[place] = spoilt(draw, field.properties, several[place])
        row[name] = several if fields[name].items else several[0]
        return row
    match draw(st.sampled_from(["type", "type", "case", "both cases", "unknown", "bare"])):
        case "type":
            row[name] = draw(anything)
        case "case":
            row = {n.upper() if n == name else n: value for n, value in row.items()}
        case "both cases":
            row[name.upper()] = draw(fitting(fields[name]))
        case "unknown":
            row[draw(st.sampled_from(["aNewField", "größe", 'size 5"', "a.b", "extra_fields"]))] = (
                draw(anything)
            )
        case "bare" if isinstance(inside, list) and inside:
            row[name] = inside[0]
    return row


@st.composite
def rows(draw: st.DrawFn, fields: Mapping[str, Field]) -> bytes:
    row = draw(objects(fields))
    for _ in range(draw(st.integers(0, 2))):
        row = spoilt(draw, fields, row)
    names = draw(st.permutations(list(row)))
    return as_bytes({name: row[name] for name in names})


@st.composite
def selections(draw: st.DrawFn) -> list[Output]:
    names = ["total", "lines", "place.city", "place", "prices", "extra_fields", "tags", "created"]
    own_output = own(ORDER, *draw(st.lists(st.sampled_from(names), max_size=3)))
    chosen = draw(st.lists(st.sampled_from(range(len(PARTS))), max_size=3, unique=True))
    outputs = [PARTS[number] for number in chosen]
    return [own_output, *outputs] if draw(st.booleans()) else [*outputs, own_output]


ADDED = {"read_at": "2026-03-01T00:00:00.000000Z", "snapshot_at": "2026-03-02T00:00:00.000000Z"}


def check(schema: Record, outputs: list[Output], sent: Iterable[bytes]) -> None:
    """Compare a codec with the model, row after row, and what both have noted."""
    outputs = [noting(Notes(), output) for output in outputs]
    stamp = "modified" if "modified" in schema.fields else None
    wanted = ["count", "read_at", "snapshot_at", "elsewhere"]
    codec = RowCodec(schema, outputs=outputs, stamp=stamp, wanted=wanted)
    model = Model(schema, outputs, stamp)
    for raw in sent:
        row, expected = codec.row(raw, ADDED), model.row(raw, ADDED)
        assert (row is None) == (expected is None)
        if row is None or expected is None:
            continue
        assert (row.key, [tuple(one) for one in records(row)]) == expected
        said = say(schema, raw).values
        assert row.values == {**{name: said.get(name) for name in wanted}, **ADDED}
    assert [one.notes.unknown for one in outputs] == model.unknown
    assert [one.notes.odd for one in outputs] == model.odd
    assert [one.notes.without_key for one in outputs] == model.without_key


@given(data=st.data(), outputs=selections())
def test_records_keys_and_notes_are_those_of_a_plain_model(
    data: st.DataObject, outputs: list[Output]
) -> None:
    check(ORDER, outputs, data.draw(st.lists(rows(ORDER.fields), min_size=1, max_size=3)))


@given(data=st.data())
def test_all_parts_of_a_row_are_those_of_a_plain_model(data: st.DataObject) -> None:
    check(ORDER, [own(ORDER), *PARTS], [data.draw(rows(ORDER.fields))])


@given(data=st.data(), schema=st.sampled_from([STOCK, PAIR]))
def test_keys_are_those_of_a_plain_model(data: st.DataObject, schema: Record) -> None:
    sent = data.draw(st.lists(rows(schema.fields), min_size=1, max_size=4))
    check(schema, [own(schema)], sent)


@pytest.mark.parametrize(
    "row",
    [
        {"aNewField": {"deep": [1]}, "lines": [{"moreNews": "x"}, {"sizes": [{"fit": 1}]}]},
        {"code": 7, "total": "12.50", "paid": "yes", "lines": [{"sku": 1, "qty": ""}]},
        {"count": "a lot", "total": True, "created": "soon", "code": ["x"]},
        {"CODE": "A", "Lines": [{"SKU": "B", "Sizes": [{"Due": "2026-01-31"}]}]},
        {"code": "A", "CODE": "B", "Code": "C"},
        {"Code": "C", "CODE": "D"},
        {"prices": [], "place": "", "lines": ""},
        {"prices": "none", "place": [1], "lines": {"sku": "bare"}},
        {"place": [], "lines": {}, "extras": {"new": 1}},
        {"files": {"a": 1}, "tags": "x", "amounts": "1", "moments": {"a": "b"}},
        {"lines": ["junk"]},
        {"größe": 1, "extra_fields": 2, "a.b": 3, "class": 4},
        {'size 5"': 1, "a\\b": 1, "a\nb": 1, "": 1, "place.city": 1, "lines[]": 1},
    ],
    ids=str,
)
def test_what_comes_again_and_again_is_read_the_same_each_time(row: dict[str, Any]) -> None:
    check(ORDER, [own(ORDER), *PARTS], 3 * [as_bytes({"id": 1, **row})])


# --- nothing is dropped --------------------------------------------------------------------------


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, object]]:
    """Yield all values that say something, with their paths as ``extra_fields`` spells them."""
    inner: Iterable[tuple[str | int, object]] | None = None
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    if inner is not None:
        for step, one in inner:
            yield from leaves(one, (*path, step))
    elif value is not None:
        text = str(value).replace("\x00", "").strip()
        # A zone ahead of UTC brings the second day back to the first, which stands for "no date".
        if text and not text.startswith(("0001-01-01", "0001-01-02")):
            yield folded(path_text(path)), value


def folded(path: str) -> str:
    # One object that comes bare is the first of its list.
    return path.lower().replace("[0]", "").replace("\x00", "")


@given(data=st.data())
def test_all_that_was_sent_is_in_its_column_or_in_extra_fields(data: st.DataObject) -> None:
    codec = RowCodec(ORDER, outputs=[own(ORDER)])
    row = data.draw(rows(ORDER.fields))
    for _ in range(2):
        made = codec.row(row)
        if made is None:
            return
        (record_made,) = records(made)
        extras = record_made.values.pop("extra_fields") or {}
        kept = {path for path, _ in leaves(record_made.values)}
        apart = {folded(path) for path in extras}
        for path, value in leaves(loaded(row)):
            # What is kept apart is kept with all that is inside of it.
            whole = {path[:end] for end in range(1, len(path) + 1)}
            assert path in kept or whole & apart, (path, value)


def test_fields_that_go_on_changing_their_names_are_kept_and_named_one_and_all() -> None:
    notes = Notes()
    codec = RowCodec(ORDER, outputs=[own(ORDER, notes=notes)])
    for number in range(200):
        (made,) = records(codec.row(as_bytes({"id": 1, f"field{number}": number})))
        assert made.values["extra_fields"] == {f"field{number}": number}
    assert len(notes.unknown) == 200


def test_several_threads_may_use_one_codec() -> None:
    notes = Notes()
    codec = RowCodec(ORDER, outputs=[own(ORDER, notes=notes), *PARTS], stamp="modified")
    sent = [
        as_bytes({"id": n, f"new{n % 40}": n, "lines": [{"sku": n}, {f"more{n % 7}": "x"}]})
        for n in range(400)
    ]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(codec.row, sent))
    assert [row and row.key for row in made] == list(range(400))
    assert len(notes.unknown) == 47
