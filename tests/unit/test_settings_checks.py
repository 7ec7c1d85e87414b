"""Messages about settings: one line that names the setting and says what to write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.run.apis import APIS
from tap_cin7.settings import SETTINGS
from tap_cin7.settings_checks import from_environment, missing, problems, without_nulls

PROPERTIES: dict[str, Any] = SETTINGS["properties"]
SECRET = "s3cr3t-do-not-print"  # noqa: S105
OMNI = {"api": "omni", "username": "me", "api_key": SECRET}
CORE = {"api": "core", "account_id": "me", "application_key": SECRET}


WITH_MAPS = {"properties": {**PROPERTIES, "stream_maps": {"type": ["object", "null"]}}}
"""The SDK adds its own settings to the schema."""


def wrong(**config: Any) -> list[str]:  # noqa: ANN401
    return problems(config, WITH_MAPS)


def read(**variables: str) -> tuple[dict[str, Any], list[str]]:
    return from_environment(variables, "TAP_", SETTINGS)


@pytest.mark.parametrize("config", [{}, OMNI, CORE, {**CORE, "api": "core_v1"}])
def test_a_good_configuration_has_no_problems(config: dict[str, Any]) -> None:
    assert problems(config, SETTINGS) == []


@pytest.mark.parametrize("name", PROPERTIES)
def test_null_stands_for_not_set(name: str) -> None:
    assert wrong(**{name: None}) == []


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_blank_text_stands_for_not_set(name: str, blank: str) -> None:
    assert wrong(**{name: blank}) == []
    assert without_nulls({name: blank}) == {}


@pytest.mark.parametrize("value", [0, False, "x", [], {}])
def test_what_is_set_is_kept(value: object) -> None:
    assert without_nulls({"a": value, "b": None}) == {"a": value}


@pytest.mark.parametrize("name", PROPERTIES)
def test_defaults_are_what_the_setting_may_hold(name: str) -> None:
    assert wrong(**{name: PROPERTIES[name].get("default")}) == []


@pytest.mark.parametrize("value", ["60", 1.5, True, -1, [60], {}])
@pytest.mark.parametrize(
    "name", [name for name, setting in PROPERTIES.items() if "integer" in setting["type"]]
)
def test_numbers_are_whole_and_not_negative(name: str, value: object) -> None:
    (line,) = wrong(**{name: value})
    assert f"'{name}' must be a whole number from" in line
    assert repr(value) in line


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("lookback_seconds", -1, 0),
        ("requests_per_second", 0, 1),
        ("requests_per_minute", 0, 1),
        ("requests_per_day", 0, 1),
        ("max_parallel_requests", 0, 1),
        ("max_parallel_requests", 33, 32),
        ("request_timeout", 0, 1),
        ("full_refresh_days", -1, 0),
    ],
)
def test_numbers_keep_their_bounds(name: str, bad: int, good: int) -> None:
    (line,) = wrong(**{name: bad})
    assert f"'{name}'" in line
    assert wrong(**{name: good}) == []


@pytest.mark.parametrize("value", ["yes", 1, "true", []])
def test_switches_are_true_or_false(value: object) -> None:
    (line,) = wrong(stock_incremental=value)
    assert line == f"setting 'stock_incremental' must be true or false, not {value!r}"


@pytest.mark.parametrize("value", [5, True, ["a"], {"a": 1}])
@pytest.mark.parametrize(
    "name", [name for name, setting in PROPERTIES.items() if "string" in setting["type"]]
)
def test_texts_are_texts(name: str, value: object) -> None:
    (line,) = wrong(**{name: value})
    assert f"'{name}' must be text in quotes" in line


@pytest.mark.parametrize("name", ["api_key", "application_key"])
def test_a_secret_of_the_wrong_type_is_not_shown(name: str) -> None:
    (line,) = wrong(**{name: [SECRET]})
    assert name in line
    assert SECRET not in line


@pytest.mark.parametrize(
    "name", ["username", "api_key", "account_id", "application_key", "user_agent"]
)
@pytest.mark.parametrize("sign", ["\u20ac", "\u2026", "\u200b", "\n", "\x00"])
def test_what_no_header_can_carry_is_told_without_showing_it(name: str, sign: str) -> None:
    (line,) = wrong(**{name: f"{SECRET}{sign}{SECRET}"})
    assert f"'{name}'" in line
    assert SECRET not in line
    assert sign not in line


@pytest.mark.parametrize("value", ["k\u00e9y", " key\n", "p@ss w\u00f6rd~"])
def test_what_a_header_can_carry_is_taken(value: str) -> None:
    assert wrong(api_key=value, username=value) == []


@pytest.mark.parametrize("api", ["Omni", "dear", "v2", " core"])
def test_an_unknown_api_is_answered_with_the_known_ones(api: str) -> None:
    (line,) = wrong(api=api)
    assert repr(api) in line
    assert all(known in line for known in APIS)


@pytest.mark.parametrize(
    "start", ["", "2026-01-31", "2026-01-31T00:00:00Z", "2026-01-31T10:00:00+11:00"]
)
def test_a_start_date_is_a_date_or_empty(start: str) -> None:
    assert wrong(start_date=start) == []


@pytest.mark.parametrize("start", ["yesterday", "31/01/2026", "2026-02-30", "2026"])
def test_a_start_date_that_is_none_is_answered_with_an_example(start: str) -> None:
    (line,) = wrong(start_date=start)
    assert "'start_date'" in line
    assert "2026-01-31" in line
    assert repr(start) in line


@pytest.mark.parametrize(
    "address", ["", "https://api.cin7.com/api", "http://localhost:8000", "http://[::1]:80/x/"]
)
def test_a_base_url_is_an_address_or_empty(address: str) -> None:
    assert wrong(base_url=address) == []


@pytest.mark.parametrize(
    "address",
    [
        "api.cin7.com/api",
        "ftp://api.cin7.com",
        "https://",
        "https:///api",
        "https://host:port/",
        "https://host:99999/",
        "https://host/api?key=1",
        f"https://me:{SECRET}@host/",
        "https://[::1",
        "https://a b/x",
        " https://host/x",
        "https://host/x#y",
        "https://host/x#",
        "https://host/\tx",
    ],
)
def test_a_base_url_that_is_none_is_answered_with_an_example(address: str) -> None:
    (line,) = wrong(base_url=address)
    assert "'base_url'" in line
    assert "https://api.cin7.com/api" in line
    assert SECRET not in line


@pytest.mark.parametrize("name", ["only_ids", "skip_ids"])
@pytest.mark.parametrize(
    "value",
    [
        *(["a"], {"sales": "a"}, {"sales": [1.5]}, {"sales": {"a": 1}}),
        *({"sales": [one]} for one in (True, "", " ", "a\nb", "\ud800", None)),
    ],
)
def test_ids_are_lists_by_stream(name: str, value: object) -> None:
    assert wrong(**{name: value}) == [f'setting {name!r} must be {{"<stream>": ["<id>", ...]}}']
    assert wrong(**{name: {"sales": ["a", 5]}}) == []


@pytest.mark.parametrize(
    "value", [["a"], {"sales": ["a"]}, {"sales": {"Status": "A"}}, {"sales": {"Status": [None]}}]
)
def test_wanted_documents_are_values_by_column_by_stream(value: object) -> None:
    (line,) = wrong(documents_where=value)
    assert line.endswith('must be {"<stream>": {"<column>": ["<value>", ...]}}')
    assert wrong(documents_where={"sales": {"Status": ["A", 5, True]}}) == []


@pytest.mark.parametrize(
    ("variable", "api", "name"),
    [
        ("TAP_CIN7_USERNAM", "omni", "username"),
        ("TAP_CIN7_APIKEY", "omni", "api_key"),
        ("TAP_CIN7_CORE_ACOUNT_ID", "core", "account_id"),
    ],
)
def test_a_variable_that_is_misspelt_is_named(variable: str, api: str, name: str) -> None:
    lines = missing({"api": api}, [variable, "TAP_CIN7_API", "TAP_CIN7__SELECT", "PATH"])
    (hinted,) = [line for line in lines if variable in line]
    assert hinted.startswith(f"setting {name!r} is missing")
    assert hinted.endswith(f"; is {variable} in the environment meant for it?")


def test_every_problem_is_told_at_once() -> None:
    lines = wrong(api="x", username=1, lookback_seconds="5", other=1)
    assert len(lines) == 4


@given(
    st.dictionaries(
        st.sampled_from(sorted(PROPERTIES)) | st.text(max_size=5),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.lists(st.integers(), max_size=2)
        | st.dictionaries(st.text(max_size=2), st.none(), max_size=1),
        max_size=5,
    )
)
def test_any_configuration_gives_lines_and_no_traceback(config: dict[str, Any]) -> None:
    for line in problems(config, SETTINGS):
        assert line.startswith(("setting '", 'setting "'))
        assert "\n" not in line


@pytest.mark.parametrize(
    ("name", "meant"), [("apikey", "api_key"), ("Lookback_Seconds", "lookback_seconds")]
)
def test_a_misspelt_setting_is_refused_with_the_one_that_it_resembles(
    name: str, meant: str
) -> None:
    assert wrong(**{name: SECRET}) == [f"setting {name!r} is unknown; did you mean {meant!r}?"]


def test_a_setting_of_another_tap_is_refused_with_the_known_ones() -> None:
    (line,) = wrong(zzz=SECRET)
    assert line.startswith("setting 'zzz' is unknown; the settings are: account_id, api, api_key,")
    assert SECRET not in line


@pytest.mark.parametrize(
    ("maps", "told"),
    [
        ({"__else__": "x"}, "null for '__else__', not 'x'"),
        ({"users": {"id": "id", "__else__": "x"}}, "null for 'users.__else__', not 'x'"),
        ({"users": "x"}, "an object or null for 'users', not 'x'"),
        ({"users": {"__filter__": 5}}, "text in quotes or null for 'users.__filter__', not 5"),
        (
            {"users": {"__key_properties__": 5}},
            "a list or null for 'users.__key_properties__', not 5",
        ),
    ],
)
def test_a_stream_map_that_the_sdk_would_stumble_over_is_told(
    maps: dict[str, Any], told: str
) -> None:
    assert wrong(stream_maps=maps) == [f"setting 'stream_maps' must have {told}"]


@pytest.mark.parametrize(
    "maps", [{}, {"users": None}, {"__else__": None}, {"users": {"__else__": "__NULL__"}}]
)
def test_a_stream_map_that_the_sdk_takes_is_taken(maps: dict[str, Any]) -> None:
    assert wrong(stream_maps=maps) == []


# What a run needs.


@pytest.mark.parametrize("config", [OMNI, CORE, {**CORE, "api": "core_v1"}, {**OMNI, **CORE}])
def test_nothing_is_missing_when_the_credentials_of_the_api_are_there(
    config: dict[str, Any],
) -> None:
    assert missing(config) == []


@pytest.mark.parametrize(
    "config", [{}, {"api": None}, {"api": ""}, {"api": " "}, {"username": "me"}]
)
def test_a_run_needs_an_api(config: dict[str, Any]) -> None:
    (line,) = missing(config)
    assert "'api' is missing" in line
    assert all(known in line for known in APIS)


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({**OMNI, "api_key": None}, "api_key"),
        ({**OMNI, "api_key": "  "}, "api_key"),
        ({**OMNI, "username": ""}, "username"),
        ({**CORE, "application_key": ""}, "application_key"),
        ({"api": "core_v1", "application_key": SECRET}, "account_id"),
    ],
)
def test_a_missing_credential_is_named_and_blanks_are_none(
    config: dict[str, Any], name: str
) -> None:
    (line,) = missing(config)
    assert f"'{name}' is missing" in line
    assert SECRET not in line


def test_credentials_of_the_other_product_are_pointed_out() -> None:
    lines = missing({**OMNI, "api": "core"})
    assert len(lines) == 2
    assert all("api_key and username belong to another api" in line for line in lines)
    assert all(SECRET not in line for line in lines)


def test_blank_credentials_of_the_other_product_are_not_pointed_out() -> None:
    lines = missing({"api": "core", "username": " ", "api_key": ""})
    assert len(lines) == 2
    assert not any("another api" in line for line in lines)


# The environment.


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_variable_is_not_set(name: str, blank: str) -> None:
    assert read(**{f"TAP_{name.upper()}": blank}) == ({}, [])


def test_variables_become_values_of_the_kind_that_their_setting_takes() -> None:
    config, found = read(
        TAP_API="core",
        TAP_API_KEY=" a key ",
        TAP_LOOKBACK_SECONDS=" 60 ",
        TAP_INCLUDE_BOM="No",
        TAP_STOCK_INCREMENTAL="on",
        TAP_SKIP_IDS='{"sales": ["a"]}',
        TAP_OTHER="x",
        LOOKBACK_SECONDS="1",
    )
    assert found == []
    assert config == {
        "api": "core",
        "api_key": " a key ",
        "lookback_seconds": 60,
        "include_bom": False,
        "stock_incremental": True,
        "skip_ids": {"sales": ["a"]},
    }


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("lookback_seconds", "5m", "a whole number"),
        ("lookback_seconds", "1_000", "a whole number"),
        ("lookback_seconds", "9" * 5_000, "a whole number"),
        ("include_bom", "si", "true or false"),
        ("only_ids", "sales", "a JSON object such as {}"),
        ("only_ids", '["sales"]', "a JSON object such as {}"),
    ],
)
def test_a_variable_of_another_kind_is_named_with_what_to_write(
    name: str, text: str, form: str
) -> None:
    _, (line,) = read(**{f"TAP_{name.upper()}": text})
    assert line.startswith(f"setting {name!r} (TAP_{name.upper()}) must be {form}")
    assert line.endswith(f", not {text!r}") == ("object" not in form)
