"""Files of notifications with bodies that nobody should send: one clear line, or right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.answers.account import SALES, Account
from tests.losses.accounts import guid
from tests.losses.harness import cli, config_for, only, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.losses.harness import Result

DEEP = 100_000


def notified(folder: Path, server: Account, text: str) -> Result:
    events = folder / "events.jsonl"
    events.write_text(text)
    config = config_for(server, retry_wait_seconds=0)
    options = write(folder, config=config, catalog=only("core", "sales"))
    return cli(*options, "--from-event", str(events))


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
