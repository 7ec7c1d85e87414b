"""target-postgres 0.8 that loads what waits more often than every five minutes.

The SDK's own handling of signals is left out: it loads from inside the signal handler, wherever
the program is, and so may write state for a batch that its exit then rolls back.
"""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any, cast

from singer_sdk import typing as th
from target_postgres.target import TargetPostgres
from typing_extensions import override

from steady_targets import BATCH_WAIT_LIMIT_SECONDS
from steady_targets.lines import NOTHING, Lines, warn_only

if TYPE_CHECKING:
    from collections.abc import Iterator


class SteadyTargetPostgres(TargetPostgres):
    """target-postgres with ``batch_wait_limit_seconds``."""

    config_jsonschema = {  # noqa: RUF012 - the SDK's
        **TargetPostgres.config_jsonschema,
        "properties": {
            **TargetPostgres.config_jsonschema["properties"],
            **th.PropertiesList(
                th.Property(
                    "batch_wait_limit_seconds",
                    th.IntegerType,
                    default=BATCH_WAIT_LIMIT_SECONDS,
                    description="How long rows wait for their batch to fill.",
                ),
            ).to_dict()["properties"],
        },
    }

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        """Set the longest wait of a row."""
        super().__init__(*args, **options)
        self._MAX_RECORD_AGE_IN_MINUTES = self.config["batch_wait_limit_seconds"] / 60

    @override
    def _setup_signal_handlers(self) -> None:
        """Leave signals to the input."""

    @override
    def listen(self, file_input: IO[str] | None = None) -> None:
        lines = Lines(file_input or sys.stdin)
        super().listen(cast("IO[str]", self._loading(lines)))
        lines.conclude()

    def _loading(self, lines: Lines) -> Iterator[str]:
        """Yield the lines, and load what has waited for long while none comes."""
        for line in lines:
            if line == NOTHING:
                self._handle_max_record_age()
            else:
                yield line


def main() -> None:
    """Run target-postgres."""
    warn_only()
    SteadyTargetPostgres.cli()
