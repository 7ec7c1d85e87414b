"""The tap as the SDK's own test suite sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_cin7.tap import TapCin7

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream


class WithoutRuns(TapCin7):
    """The tap without the record of its runs: the suite reads one stream at a time, outside one."""

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [one for one in super().discover_streams() if one.name != "tap_cin7_runs"]
