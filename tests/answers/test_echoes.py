"""Credentials that Cin7's answers repeat reach no output, however they are spelt there."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest

from tests.answers.account import DAY
from tests.losses.harness import cli, config_for, only, write
from tests.losses.standin import Omni, Reply, encoded

if TYPE_CHECKING:
    from pathlib import Path

KEY = "Zq9<r&et'Key>=91"
SHOWN = {html.escape(KEY), html.escape(KEY, quote=False), KEY}
BODIES = {
    "message": encoded({"message": " ".join(SHOWN)}),
    "page": f"<html>No access for {KEY}</html>".encode(),
    "text": KEY.replace("'", "\\u0027").replace("<", "\\u003C").encode(),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("options", [[], ["--check"], ["--check", "--json"]], ids=str)
def test_a_key_that_an_error_page_escapes_is_masked(
    tmp_path: Path, options: list[str], body: str
) -> None:
    with Omni(ahead=-DAY) as server:
        server.before("*", None, lambda _call: Reply(BODIES[body], 400))
        config = config_for(server, api_key=KEY, retry_wait_seconds=0)
        files = write(tmp_path, config=config, catalog=only("omni", "sales_orders"))
        result = cli(*files, *options)
        said = result.stderr + result.stdout.decode()
        assert "***" in said
        assert "Zq9" not in said
        assert "=91" not in said
