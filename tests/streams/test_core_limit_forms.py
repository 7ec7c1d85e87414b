"""The four ways in which Core says that its call limit is reached: each is waited for."""

from __future__ import annotations

import pytest

from sandbox import Quota, Sandbox
from tests.support import calls
from tests.support_core import run_core, select, unique

FORMS = ("429", "503", "400", "403")


@pytest.mark.parametrize("form", FORMS)
def test_a_limit_that_is_reached_in_the_middle_does_not_end_the_run(form: str) -> None:
    with Sandbox(default_rows=8) as server:
        server.fail_next("sales", f"limit-{form}")
        streams = ("brands", "carriers", "sale_list", "sales")
        result = run_core(server, select(*streams), hasty=True, max_parallel_requests=1)
        assert result.exit_code == 0, result.stderr
        assert not result.errors
        for stream in ("brands", "carriers", "sale_list"):
            assert len(unique(stream, result)) == len(server.core.store.keys(stream))
        assert len(unique("sales", result)) == 8
        assert calls(server) == {"brands": 1, "carriers": 1, "sale_list": 1, "sales": 9}


@pytest.mark.parametrize("form", ["429", "503", "400"])
def test_a_limit_that_is_reached_at_the_first_call_is_waited_for(form: str) -> None:
    with Sandbox(default_rows=8) as server:
        server.fail_next("brands", f"limit-{form}")
        result = run_core(server, select("brands"), max_parallel_requests=1)
        assert result.exit_code == 0, result.stderr
        assert len(unique("brands", result)) == 8
        assert len(server.calls) == 2


def test_retry_after_in_words_is_waited_for_and_no_call_runs_into_a_closed_door() -> None:
    quota = Quota(per_second=12, retry_after="text")
    with Sandbox(rows={"sale_list": 30}, default_rows=8, core_quota=quota) as server:
        result = run_core(server, select("sales"))
        assert result.exit_code == 0, result.stderr
        assert len(unique("sales", result)) == 30
        refused = sum(call.status == 429 for call in server.calls)
        assert 1 <= refused <= 20
