"""Files of notifications with bodies that nobody should send: one clear line, or right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.answers import forms
from tests.answers.account import DAY, SALES, Account
from tests.losses.accounts import guid
from tests.losses.harness import cli, config_for, only, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.losses.harness import Result

DEEP = 100_000


def notified(folder: Path, server: Account, text: str, *more: str, **settings: object) -> Result:
    events = folder / "events.jsonl"
    events.write_text(text)
    config = config_for(server, retry_wait_seconds=0, **settings)
    options = write(folder, config=config, catalog=only("core", "sales"))
    return cli(*options, "--from-event", str(events), *more)


def voided(number: int, **more: object) -> str:
    return json.dumps(
        {"EventType": "Sale/Voided", "SaleID": guid(number), **more}, ensure_ascii=False
    )


NESTED = {
    "a list": '{"EventType": "Sale/Voided", "SaleID": ' + "[" * DEEP + "]" * DEEP + "}",
    "an object": '{"EventType": "Sale/Voided", "x": ' + '{"x":' * DEEP + "1" + "}" * DEEP + "}",
    "from the start": "[" * DEEP + "]" * DEEP,
    "without end": "[" * DEEP,
}


@pytest.mark.parametrize("body", NESTED)
def test_a_body_that_is_nested_without_end_gives_a_clear_line(tmp_path: Path, body: str) -> None:
    with Account([SALES]) as server:
        result = notified(tmp_path, server, NESTED[body])
        assert "Traceback" not in result.stderr
        assert "recursion" not in result.stderr.lower()
        assert result.exit_code in (0, 1)
        told = result.errors + result.warnings
        assert told, result.stderr
        assert all(len(line) < 2_000 for line in told)
        assert not result.records("sales")


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085"])
def test_a_sign_that_some_take_for_the_end_of_a_line_ends_none(tmp_path: Path, sign: str) -> None:
    """JSON allows them raw in a text."""
    with Account([SALES]) as server:
        first = voided(1, Note=f"two{sign}lines")
        result = notified(tmp_path, server, f"{first}\n{voided(2)}\n")
        assert result.exit_code == 0, result.stderr
        assert result.keys("sales", "ID") == {guid(1), guid(2)}


def test_lines_may_end_as_on_any_system(tmp_path: Path) -> None:
    with Account([SALES]) as server:
        result = notified(tmp_path, server, f"{voided(1)}\r\n\r\n{voided(2)}")
        assert result.exit_code == 0, result.stderr
        assert result.keys("sales", "ID") == {guid(1), guid(2)}


def test_what_fails_does_not_hold_up_what_follows_where_a_run_has_few_calls(
    tmp_path: Path,
) -> None:
    """What a run leaves is what the next one reads."""
    with Account([SALES], count=40) as server:
        server.spoil(SALES, range(25), forms.DOCUMENTS["null"])
        left, came = tmp_path / "left.jsonl", set[str]()
        left.write_text("\n".join(map(voided, (*range(25), 30, 31))))
        for _ in range(5):
            result = notified(
                tmp_path, server, left.read_text(), "--leave", str(left), requests_per_day=12
            )
            came |= result.keys("sales", "ID")
            server.now += DAY
        assert came == {guid(30), guid(31)}
        assert len(left.read_text().splitlines()) == 25
