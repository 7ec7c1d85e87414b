"""The SDK's own suite against V1 of Core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import TapTestRunner, get_tap_test_class

from tests.catalog.suite import WithoutRuns
from tests.support import config_for
from tests.support_core import select, settings

if TYPE_CHECKING:
    from sandbox import Sandbox
    from tests.support import Row

NOWHERE = "http://127.0.0.1:9/ExternalApi"
"""The suite is made before any server runs; the fixture below tells where to read from."""


def config(server: Sandbox | str) -> Row:
    return config_for(server, **settings(server, api="core_v1"))


def everything() -> Row:
    return select(api="core_v1")


SUITE: Any = get_tap_test_class(
    WithoutRuns,
    config=config(NOWHERE),
    parse_env_config=False,
    catalog=everything(),
)


# Documents declare the fields of V2 too; V1 sends them for some types of sales only.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
class TestCoreV1(SUITE):  # type: ignore[misc]
    """The SDK's own suite."""

    @pytest.fixture(scope="class")
    @classmethod
    def runner(cls, small: Sandbox) -> TapTestRunner:
        runner = TapTestRunner(
            WithoutRuns, config=config(small), parse_env_config=False, catalog=everything()
        )
        runner.sync_all()
        return runner
