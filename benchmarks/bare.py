"""What start-up is compared with: a tap of the SDK with one stream of one field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream, Tap
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from singer_sdk.helpers.types import Context


class BareStream(Stream):
    """A stream without rows."""

    name = "bare"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"id": {"type": "integer"}},
    }

    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        return ()


class BareTap(Tap):
    """The tap around it."""

    name = "tap-bare"
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [BareStream(self)]


if __name__ == "__main__":
    BareTap.cli()
