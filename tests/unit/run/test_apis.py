"""A setting that names a stream or a column that does not exist ends the run with one line."""

from __future__ import annotations

from typing import Any

import pytest

from tap_cin7.errors import BadInput
from tap_cin7.run.run import Run
from tap_cin7.settings import Settings

CORE = {"api": "core", "account_id": "a", "application_key": "b"}
OMNI = {"api": "omni", "username": "a", "api_key": "b"}


def refusal(access: dict[str, str], **settings: Any) -> str:  # noqa: ANN401
    with pytest.raises(BadInput) as refused:
        Run(Settings.of({**access, **settings}))
    return str(refused.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"only_ids": {"sale_list": ["a"], "sales": ["a"]}},
        {"skip_ids": {"sales": ["a"]}},
        {"documents_where": {"sales": {"Status": ["COMPLETED"], "Type": ["Simple Sale"]}}},
    ],
)
def test_streams_and_columns_that_exist_are_taken(settings: dict[str, Any]) -> None:
    assert Run(Settings.of({**CORE, **settings}))


def test_a_stream_that_is_cut_from_documents_has_no_ids_of_its_own() -> None:
    message = refusal(CORE, only_ids={"sale_invoices": ["a"]})
    assert "'only_ids' names what can't be asked for by id: sale_invoices; name" in message


@pytest.mark.parametrize(
    ("setting", "value"), [("skip_ids", ["a"]), ("documents_where", {"Status": ["A"]})]
)
def test_only_streams_of_documents_have_documents_to_choose(setting: str, value: object) -> None:
    message = refusal(CORE, **{setting: {"sale": value}})
    assert message.startswith(f"setting {setting!r} names what is not a stream of documents: sale;")
    assert message.endswith("; did you mean 'sales'?")
    assert "not a stream of documents: sale_list;" in refusal(
        CORE, **{setting: {"sale_list": value}}
    )
    assert "not a stream of documents: contacts;" in refusal(OMNI, **{setting: {"contacts": value}})


def test_a_column_is_one_of_the_list_that_names_the_documents() -> None:
    message = refusal(CORE, documents_where={"sales": {"status": ["A"], "Lines": ["B"]}})
    first, second = message.split("; setting ")
    assert first.startswith(
        "setting 'documents_where' names a column that 'sale_list', which lists"
    )
    assert first.endswith("does not have: Lines")
    assert second.endswith("does not have: status; did you mean 'Status'?")
