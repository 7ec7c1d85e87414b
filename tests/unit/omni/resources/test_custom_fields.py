"""Custom fields as long tables, and further contact persons: what is cut from a row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tap_cin7.omni.resources.contacts import Contacts
from tap_cin7.omni.resources.custom_fields import ContactsCustomFields, ContactSecondaryContacts
from tap_cin7.rows.codec import Notes, Output, RowCodec
from tap_cin7.rows.extra_fields import EXTRA

if TYPE_CHECKING:
    from tap_cin7.reading.parts import Part

CONTACT = (
    b'{"id":5,"modifiedDate":"2026-01-01T00:00:00Z",'
    b'"customFields":{"a_1":"x","b_2":5,"c_3":null,"d_4":true,"e_5":1.50},'
    b'"secondaryContacts":[{"id":3,"firstName":"Ann"},{"firstName":"Bo"},{"firstName":"Cy"}]}'
)


def cut_from(contact: bytes, part: type[Part]) -> list[dict[str, Any]]:
    output = Output({**part.columns().fields, **EXTRA}, frozenset(), part.schema.places, Notes())
    row = RowCodec(Contacts.columns(), stamp=Contacts.stamp(), outputs=[output]).row(contact)
    assert row is not None
    return [json.loads(text) for made in row.records for text in made.jsons]


def test_each_custom_field_is_a_row_with_its_value_as_text() -> None:
    rows = cut_from(CONTACT, ContactsCustomFields)
    assert {row["name"]: row["value"] for row in rows} == {
        "a_1": "x",
        "b_2": "5",
        "c_3": None,
        "d_4": "true",
        "e_5": "1.50",
    }
    assert {row["contactId"] for row in rows} == {5}
    assert {row["parent_modified"] for row in rows} == {"2026-01-01T00:00:00.000000Z"}


def test_custom_fields_that_come_as_an_empty_list_are_no_rows() -> None:
    assert cut_from(b'{"id":5,"customFields":[]}', ContactsCustomFields) == []


def test_contact_persons_without_an_id_are_kept_apart() -> None:
    rows = cut_from(CONTACT, ContactSecondaryContacts)
    keys = [(row["contactId"], row["id"], row["repetition"]) for row in rows]
    assert keys == [(5, 3, 1), (5, 0, 1), (5, 0, 2)]
    assert [row["firstName"] for row in rows] == ["Ann", "Bo", "Cy"]
