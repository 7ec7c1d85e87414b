"""What looks like a credential inside of a row, and what does not."""

from __future__ import annotations

import time

import pytest

from tap_cin7.core.credentials import without_credentials

_MOST_SECONDS = 10


@pytest.mark.parametrize(
    "name",
    [
        "ExternalPassword", "externalpassword", "API_KEY", "X-Api-Key", "apiKey2",
        "x-functions-key",
        "subscriptionkey", "Headers", "HeadersText", "client_secret", "RefreshToken", "Cookies",
        "webhook.signature", "HMAC", "Auth", "MYKey", "api%5Fkey", "ExternalUserName",
    ],
)  # fmt: skip
def test_a_field_that_is_called_like_a_credential_is_taken_out(name: str) -> None:
    assert without_credentials({"a": [{name: "x", "Team": "Sales"}]}) == {"a": [{"Team": "Sales"}]}
    assert not without_credentials({name: {"Inner": ["x"]}}, {"id"})


@pytest.mark.parametrize(
    "fields",
    [
        {"RetryCount": 3, "LastResult": "OK", "StatusCode": 500, "CountryCode": "NZ"},
        {"Notes": "Basic notifications for the team", "When": "2026-01-02T10:20:30Z"},
        {"Mail": "team@shop.example", "Text": "To: the team, status code: 500"},
        {"U": "https://hooks.example.com:8080/in/sale-created-notifications-2026?shop=7&a=b%20c"},
        {"Items": [1, None, True, {"Name": "Team", "Value": "Sales"}]},
    ],
)
def test_what_does_not_look_like_one_stays(fields: dict[str, object]) -> None:
    assert without_credentials(fields) == fields


def test_columns_stay_whatever_they_are_called() -> None:
    row = {"ExternalAuthorizationType": "basicauth", "Name": "Reset of the password"}
    assert without_credentials(row, {"externalauthorizationtype", "name"}) == row


def test_what_is_named_beside_its_value_is_taken_out() -> None:
    pairs = [{"Name": "X-Api-Key", "Value": "abc", "Text": "abc"}, {"Key": "apikey", "V": 1234}]
    assert without_credentials({"Extras": pairs}) == {
        "Extras": [{"Name": "X-Api-Key"}, {"Key": "apikey"}]
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@ss@h.example/in", "https://***@h.example/in"),
        ("https://token@h.example/in", "https://***@h.example/in"),
        ("u:p@h.example/in", "***@h.example/in"),
        ("https://h.example/in?shop=7&Token=a,b;c&x=1", "https://h.example/in?shop=7&Token=***&x=1"),
        ("https://h.example/?a=1;sig=x%2Fy#key=z", "https://h.example/?a=1;sig=***#key=***"),
        ("https://h.example/?api%5Fkey=x&code=y", "https://h.example/?api%5Fkey=***&code=***"),
        ("https://h.example/?auth[token]=x", "https://h.example/?auth[token]=***"),
        ("https://h.example/?to=https%3A%2F%2Fu%3Ap%40i.example", "https://h.example/?to=***"),
        ("https://h.example/services/T0/Ab3dEf6hIj9kLmNoPqRs", "https://h.example/services/T0/***"),
        ("https://h.example/0a1b2c3d-0000-4000-8000-000000000001/in", "https://h.example/***/in"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: ***"),
        ("send Bearer abc123def on", "send Bearer *** on"),
        ("curl -H Basic dXNlcjpwYXNz", "curl -H Basic ***"),
        ('{"password": "a b", "x": 1}', '{"password": ***'),
        ('{\\"apiKey\\": \\"a b\\"}', '{\\"apiKey\\": ***'),
        ("x-api-key: abc\nteam: sales", "x-api-key: ***\nteam: sales"),
    ],
)  # fmt: skip
def test_texts_are_masked_and_stay_recognisable(text: str, shown: str) -> None:
    assert (
        without_credentials({"ExternalURL": text, text: 1}, {"externalurl"})["ExternalURL"] == shown
    )
    assert without_credentials({"a": [text]}) == {"a": [shown]}


def test_names_of_fields_are_texts_too() -> None:
    assert without_credentials({"https://u:p@h.example": 1}) == {"https://***@h.example": 1}


@pytest.mark.large
@pytest.mark.parametrize(
    "sign",
    [
        "a",
        "=",
        ":",
        "/",
        "a=",
        "a:",
        "//",
        "bearer ",
        "%61=%25",
        "%25",
        "25",
        "a=%25",
        "a%3D",
        " ",
        "1a",
    ],
)
def test_a_long_text_takes_no_time(sign: str) -> None:
    text = sign * (300_000 // len(sign))
    began = time.process_time()
    assert without_credentials({"a": text})
    assert time.process_time() - began < _MOST_SECONDS
