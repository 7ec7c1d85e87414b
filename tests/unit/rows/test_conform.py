"""What a column holds for whatever Cin7 sends, and where the rest goes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_cin7.errors import StreamFailed
from tap_cin7.rows.codec import Notes, RowCodec
from tap_cin7.rows.fields import (
    ADDED_DATETIME,
    BOOL,
    DATETIME,
    ENUM,
    GUID,
    GUID_KEY,
    INT,
    KEY,
    NUM,
    OPEN,
    STR,
    TEXT_KEY,
    Field,
    key_or,
    many,
    obj,
    record,
    record_key,
    table,
)
from tests.unit.rows.support import as_bytes, own, part, record_of, records

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = table(name=STR("Label"), qty=NUM("Quantity"))
LINE = table(sku=STR("SKU"), qty=NUM("Quantity"), sizes=many(SIZE, "Sizes"))
ORDER = record(
    id=KEY("Id"),
    code=STR("Code"),
    total=NUM("Total"),
    count=INT("Count"),
    paid=BOOL("Paid"),
    created=DATETIME("Created"),
    place=obj(table(city=STR("City"), seen=DATETIME("Last seen")), "Place"),
    lines=many(LINE, "Lines"),
    tags=many(STR, "Tags"),
    custom=OPEN("Custom fields"),
)
EMPTY = {"extra_fields": None}


def raw(number: str) -> msgspec.Raw:
    return msgspec.Raw(number.encode())


def order(**fields: Any) -> tuple[dict[str, Any], Notes]:  # noqa: ANN401
    """Return the record of an order without its key, and what was noted of it."""
    notes = Notes()
    made = record_of(ORDER, {"id": 1, **fields}, notes)
    assert made.pop("id") == 1
    return made, notes


# --- values that fit, one way or another ---------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        (NUM, "12.50", Decimal("12.50")),
        (NUM, "12", 12),
        (NUM, raw("0.1234567890123456789"), Decimal("0.1234567890123456789")),
        (NUM, raw("12345678901234567890123.0"), Decimal("12345678901234567890123.0")),
        (NUM, 2**63 - 1, 2**63 - 1),
        (NUM, "12.5%", Decimal("12.5")),
        (NUM, "", None),
        (NUM, "  ", None),
        (INT, "7", 7),
        (INT, "7.0", 7),
        (INT, raw("7.00"), 7),
        (INT, "", None),
        (INT, 2**63 - 1, 2**63 - 1),
        (INT, str(-(2**63)), -(2**63)),
        (BOOL, "True", True),
        (BOOL, "false", False),
        (BOOL, 1, True),
        (BOOL, raw("1.0"), True),
        (BOOL, raw("0.0"), False),
        (BOOL, "0", False),
        (BOOL, "", None),
        (STR, 12, "12"),
        (STR, raw("12.50"), "12.50"),
        (STR, True, "true"),
        (STR, "  untouched \u00e9 ", "  untouched \u00e9 "),
        (STR, "", ""),
        (ENUM, 3, "3"),
        (ENUM, "Draft", "Draft"),
        (DATETIME, "2026-01-31T21:00:00+11:00", "2026-01-31T10:00:00.000000Z"),
        (DATETIME, "2026-01-31", "2026-01-31T00:00:00.000000Z"),
        (DATETIME, "0001-01-01T00:00:00", None),
        (DATETIME, "", None),
        (OPEN, {"anything": [1, {"deep": None}]}, {"anything": [1, {"deep": None}]}),
        (many(NUM, "Numbers"), ["1.50", 2, None], [Decimal("1.50"), 2, None]),
        (many(DATETIME, "Days"), ["2026-01-31", None], ["2026-01-31T00:00:00.000000Z", None]),
        (many(STR, "Texts"), ["a", 1, None, True], ["a", "1", None, "true"]),
    ],
)
@pytest.mark.parametrize("times", [1, 2], ids=["at first", "once it is known"])
def test_a_value_becomes_what_its_column_says(
    kind: Field, sent: object, expected: object, times: int
) -> None:
    notes = Notes()
    schema = record(id=KEY("Id"), x=kind("X"))
    codec = RowCodec(schema, outputs=[own(schema, notes=notes)])
    for _ in range(times):
        (made,) = records(codec.row(as_bytes({"id": 1, "x": sent})))
    assert made.values == {"id": 1, "x": expected, "extra_fields": None}
    assert type(made.values["x"]) is type(expected)
    assert notes == Notes()


@pytest.mark.parametrize(
    "name", ["code", "total", "count", "paid", "created", "place", "lines", "tags", "custom"]
)
@pytest.mark.parametrize("blank", [None, [], {}])
def test_none_and_what_stands_for_it_become_null_without_a_word(name: str, blank: object) -> None:
    empty = (
        blank
        if (name, blank) in (("place", {}), ("custom", {}), ("lines", []), ("tags", []))
        else None
    )
    assert order(**{name: blank}) == ({name: empty, **EMPTY}, Notes())


@pytest.mark.parametrize("name", ["place", "lines", "tags", "custom"])
def test_a_blank_text_in_place_of_an_object_or_a_list_is_null(name: str) -> None:
    assert order(**{name: ""}) == ({name: None, **EMPTY}, Notes())


def test_absent_fields_are_not_invented() -> None:
    assert order() == (EMPTY, Notes())


def test_one_element_sent_bare_becomes_a_list_of_one() -> None:
    made, notes = order(lines={"sku": "A", "qty": "2", "sizes": {"qty": "1"}})
    assert made == {"lines": [{"sku": "A", "qty": 2, "sizes": [{"qty": 1}]}], **EMPTY}
    assert notes == Notes()


# --- values that do not fit ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("total", "a lot", "a lot"),
        ("total", True, True),
        ("total", "NaN", "NaN"),
        ("total", raw("1e999999"), "1e999999"),
        ("total", raw("-1e-999999"), "-1e-999999"),
        ("total", [1], [1]),
        ("count", "1.5", "1.5"),
        ("count", raw("1.5"), Decimal("1.5")),
        ("count", False, False),
        ("count", 2**63, str(2**63)),
        ("count", -(2**63) - 1, str(-(2**63) - 1)),
        ("total", 2**63, str(2**63)),
        ("total", str(2**64), str(2**64)),
        ("count", "9223372036854775809", "9223372036854775809"),
        ("count", raw("1e999999"), "1e999999"),
        ("count", "1e999999", "1e999999"),
        ("paid", 2, 2),
        ("paid", "maybe", "maybe"),
        ("code", ["a", {"b": 1}], ["a", {"b": 1}]),
        ("code", {"a": 1}, {"a": 1}),
        ("created", "31/01/2026", "31/01/2026"),
        ("created", 20260131, 20260131),
        ("place", "Perth", "Perth"),
        ("place", [{"city": "Perth"}], [{"city": "Perth"}]),
        ("lines", "none", "none"),
        ("lines", 5, 5),
        ("custom", ["x"], ["x"]),
        ("custom", 0, 0),
    ],
)
def test_a_value_that_its_column_cannot_hold_is_kept_in_extra_fields(
    field: str, sent: object, kept: object
) -> None:
    made, notes = order(**{field: sent})
    assert made == {field: None, "extra_fields": {field: kept}}
    assert notes == Notes(odd={field: 1})


def test_odd_values_inside_lists_and_objects_are_kept_by_their_path() -> None:
    made, notes = order(
        place={"seen": "never"},
        lines=[{"sku": "A", "sizes": [{"qty": "few"}, {"qty": "2"}]}, "junk"],
        tags=["a", {"b": 1}],
    )
    assert made == {
        "place": {"seen": None},
        "lines": [{"sku": "A", "sizes": [{"qty": None}, {"qty": 2}]}, None],
        "tags": ["a", None],
        "extra_fields": {
            "place.seen": "never",
            "lines[0].sizes[0].qty": "few",
            "lines[1]": "junk",
            "tags[1]": {"b": 1},
        },
    }
    assert notes.odd == {"place.seen": 1, "lines[].sizes[].qty": 1, "lines[]": 1, "tags[]": 1}


def test_a_list_of_something_else_than_its_objects_is_kept_as_a_whole() -> None:
    made, notes = order(lines=["junk", [1], None])
    assert made == {"lines": None, "extra_fields": {"lines": ["junk", [1], None]}}
    assert notes.odd == {"lines": 1}


def test_whole_numbers_that_loaders_cannot_hold_leave_nowhere() -> None:
    made, notes = order(custom={"a": 2**63, "b": [2**64, 1]}, new={"c": -(2**64)})
    assert made == {
        "custom": {"a": None, "b": [None, 1]},
        "extra_fields": {
            "custom.a": str(2**63),
            "custom.b[0]": str(2**64),
            "new": {"c": str(-(2**64))},
        },
    }
    assert notes == Notes(unknown={"new"}, odd={"custom.a": 1, "custom.b[]": 1})


def test_numbers_inside_of_open_objects_are_such_that_loaders_can_hold_them() -> None:
    made, notes = order(custom={"a": raw("1e999999"), "b": [raw("1.50"), {"c": raw("1e400")}]})
    assert made == {
        "custom": {"a": None, "b": [Decimal("1.50"), {"c": None}]},
        "extra_fields": {"custom.a": "1e999999", "custom.b[1].c": "1e400"},
    }
    assert notes.odd == {"custom.a": 1, "custom.b[].c": 1}


def test_a_path_is_noted_once_with_the_key_of_its_first_row() -> None:
    notes = Notes()
    codec = RowCodec(ORDER, outputs=[own(ORDER, notes=notes)])
    for key in (7, 8, 9):
        codec.row(as_bytes({"id": key, "total": "a lot", "lines": [{"new": 1}, {"new": 2}]}))
    assert notes == Notes(unknown={"lines[].new"}, odd={"total": 7})


def test_a_name_of_a_megabyte_is_kept_but_noted_short() -> None:
    name = "n" * 1_000_000
    made, notes = order(**{name: 1}, lines=[{name: 2}])
    assert made["extra_fields"] == {name: 1, f"lines[0].{name}": 2}
    assert notes.unknown == {"n" * 200 + "...", "lines[]." + "n" * 192 + "..."}


# --- fields that nobody knows, names in another case ---------------------------------------------


def test_unknown_fields_are_kept_and_named_at_any_depth() -> None:
    made, notes = order(
        new=1,
        newer={"deep": [raw("1e400")]},
        place={"city": "Perth", "street": "Hay"},
        lines=[{"sku": "A"}, {"colour": "red", "sizes": [{"name": "S", "fit": "slim"}]}],
        custom={"members_1000": "kept"},
    )
    assert made == {
        "place": {"city": "Perth"},
        "lines": [{"sku": "A"}, {"sizes": [{"name": "S"}]}],
        "custom": {"members_1000": "kept"},
        "extra_fields": {
            "new": 1,
            "newer": {"deep": ["1e400"]},
            "place.street": "Hay",
            "lines[1].colour": "red",
            "lines[1].sizes[0].fit": "slim",
        },
    }
    assert notes.unknown == {
        "new",
        "newer",
        "place.street",
        "lines[].colour",
        "lines[].sizes[].fit",
    }


def test_names_match_in_any_case_at_every_level() -> None:
    made, notes = order(
        CODE="A", Place={"CITY": "Perth"}, Lines=[{"Sku": "B", "SIZES": [{"Qty": "2"}]}]
    )
    assert made == {
        "code": "A",
        "place": {"city": "Perth"},
        "lines": [{"sku": "B", "sizes": [{"qty": 2}]}],
        **EMPTY,
    }
    assert notes == Notes()


@pytest.mark.parametrize("sent", [{"code": "exact", "Code": "x"}, {"Code": "x", "code": "exact"}])
def test_where_a_name_comes_in_two_cases_the_exact_one_wins(sent: dict[str, str]) -> None:
    made, notes = order(**sent)
    assert made == {"code": "exact", "extra_fields": {"Code": "x"}}
    assert notes.unknown == {"Code"}


def test_a_field_named_like_the_added_column_is_one_that_nobody_knows() -> None:
    made, _ = order(extra_fields={"mine": 1})
    assert made == {"extra_fields": {"extra_fields": {"mine": 1}}}


def test_without_the_column_nothing_is_kept_but_paths_are_noted() -> None:
    notes = Notes()
    codec = RowCodec(ORDER, outputs=[replace(own(ORDER, notes=notes), fields=ORDER.fields)])
    (made,) = records(codec.row(as_bytes({"id": 1, "new": 1, "total": "a lot"})))
    assert made.values == {"id": 1, "total": None}
    assert notes == Notes(unknown={"new"}, odd={"total": 1})


# --- GUIDs, and columns that the tap adds -------------------------------------------------------

UPPER = "8FA1C2D3-00AB-4C5D-9E0F-ABCDEFABCDEF"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (UPPER, UPPER.lower()),
        (UPPER.lower(), UPPER.lower()),
        (f"{{{UPPER}}}", f"{{{UPPER.lower()}}}"),
        (UPPER.replace("-", ""), UPPER.replace("-", "").lower()),
        ("Main WAREHOUSE", "Main WAREHOUSE"),
        (f" {UPPER}", f" {UPPER}"),
        ("", ""),
        (7, "7"),
    ],
)
def test_guids_leave_in_small_letters_at_any_depth_and_other_text_as_it_came(
    sent: object, kept: str
) -> None:
    schema = record(
        ID=KEY("Id"),
        Guid=GUID("Guid"),
        Text=STR("Text"),
        Lines=many(table(Guid=GUID("Guid"), Text=STR("Text")), "Lines"),
        Tags=many(GUID, "Tags"),
    )
    row = {"Guid": sent, "Text": str(sent), "Lines": [{"Guid": sent, "Text": str(sent)}]}
    made = record_of(schema, {"ID": 1, **row, "Tags": [sent]})
    line = {"Guid": kept, "Text": str(sent)}
    assert made == {"ID": 1, **line, "Lines": [line], "Tags": [kept], **EMPTY}


def test_readers_see_a_guid_as_cin7_spells_it() -> None:
    schema = record(ID=GUID_KEY("Id"), TaskID=GUID("Task"), Other=GUID("Other"))
    codec = RowCodec(schema, wanted=["TaskID", "ID", "Other"], outputs=[own(schema)])
    row = codec.row(as_bytes({"id": UPPER, "TASKID": UPPER}))
    assert row is not None
    assert row.key == UPPER.lower()
    assert row.values == {"TaskID": UPPER, "ID": UPPER, "Other": None}
    (made,) = records(row)
    assert made.values == {"ID": UPPER.lower(), "TaskID": UPPER.lower(), **EMPTY}


ADDED = record(
    record_key=record_key("id"),
    id=INT("Id"),
    lines=many(table(id=INT("Id")), "Lines"),
    read_at=ADDED_DATETIME("When"),
)
NOW = "2026-01-31T00:00:00.000000Z"


@pytest.mark.parametrize("added", [{"read_at": NOW}, {}], ids=["added", "not added"])
@pytest.mark.parametrize("spelled", [str, str.upper])
@pytest.mark.parametrize("name", ["record_key", "read_at", "extra_fields", "parent_modified"])
def test_what_cin7_calls_like_an_added_column_is_an_extra_field(
    name: str, spelled: Callable[[str], str], added: dict[str, str]
) -> None:
    name = spelled(name)
    line = part("lines[]", {"at": "read_at"}, id=KEY("Id"), at=DATETIME("At"))
    line = replace(line, fields={**line.fields, "parent_modified": DATETIME("Change")})
    codec = RowCodec(ADDED, outputs=[own(ADDED), line], stamp="read_at")
    plain = records(codec.row(b'{"id":1,"lines":[{"id":2}]}', added))
    sent = {"id": 1, name: "2001-01-01", "lines": [{"id": 2, name: "x"}]}
    made = records(codec.row(as_bytes(sent), added))
    extras = [{name: "2001-01-01", f"lines[0].{name}": "x"}, {name: "x"}]
    for one, without, extra in zip(made, plain, extras, strict=True):
        assert one.values == {**without.values, "extra_fields": extra}
        assert one.key == without.key


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": "none"}, {"id": ""}, {"id": 2**64}])
def test_a_row_without_its_key_is_left_out_and_counted(row: dict[str, Any]) -> None:
    notes = Notes()
    codec = RowCodec(ORDER, outputs=[own(ORDER, notes=notes)])
    assert codec.row(as_bytes(row)) is None
    assert codec.row(as_bytes({"id": 1})) is not None
    assert notes.without_key == 1
    assert codec.notes is notes


def test_a_key_with_a_stand_in_is_never_null() -> None:
    schema = record(order=KEY("O"), line=key_or(0)("L"), bin=key_or("", TEXT_KEY)("B"))
    row = RowCodec(schema, outputs=[own(schema)]).row(b'{"order":7,"line":null}')
    (made,) = records(row)
    assert made.values == {"order": 7, "line": 0, "bin": "", "extra_fields": None}
    assert row is not None
    assert (row.key, made.key) == ((7, 0, ""), (7, 0, ""))


def test_a_key_of_one_column_is_its_bare_value_in_the_type_of_the_column() -> None:
    for schema, sent, key in (
        (record(id=KEY("Id")), "7", 7),
        (record(id=TEXT_KEY("Id")), 7, "7"),
    ):
        row = RowCodec(schema).row(as_bytes({"id": sent}))
        assert row is not None
        assert row.key == key


# --- what readers see ----------------------------------------------------------------------------


def test_wanted_fields_are_canonical_and_null_where_there_are_none() -> None:
    codec = RowCodec(ORDER, wanted=["created", "total", "place", "elsewhere", "read_at"])
    row = codec.row(
        b'{"id":1,"Created":"2026-01-31","place":{"city":"Perth"},"lines":"junk"}',
        {"read_at": "2026-02-01T00:00:00.000000Z"},
    )
    assert row is not None
    assert row.values == {
        "created": "2026-01-31T00:00:00.000000Z",
        "total": None,
        "place": {"city": "Perth"},
        "elsewhere": None,
        "read_at": "2026-02-01T00:00:00.000000Z",
    }
    assert row.records == []


def test_added_columns_stand_in_the_record_and_may_be_part_of_the_key() -> None:
    schema = record(sale=TEXT_KEY("Sale"), id=KEY("Id"), read_at=DATETIME("Added"))
    codec = RowCodec(schema, outputs=[own(schema)])
    row = codec.row(b'{"id":1}', {"sale": "S", "read_at": "now", "not_here": 1})
    (made,) = records(row)
    assert made.key == ("S", 1)
    assert made.values == {"sale": "S", "id": 1, "read_at": "now", "extra_fields": None}


@pytest.mark.parametrize("body", [b"[1]", b"5", b"null", b'"row"', b"", b"{", b'{"id":1', b"<p>"])
def test_what_is_not_an_object_is_refused(body: bytes) -> None:
    with pytest.raises(StreamFailed, match="a row that"):
        RowCodec(ORDER).row(body)
