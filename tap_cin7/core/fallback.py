"""Details that a second endpoint has when the first one answers with an empty shell.

One report from a live account tells that ``/advanced-purchase`` gave a simple purchase with
hollow receiving blocks, which ``/purchase`` held; ``/purchase`` answers 400 for all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_cin7.core.answers import rows_of
from tap_cin7.core.details import DetailStream
from tap_cin7.errors import StreamFailed

if TYPE_CHECKING:
    from tap_cin7.shape import Row

_BLOCKS = ("StockReceived", "PutAway", "Invoice", "CreditNote", "ManualJournals")


class FallbackDetailStream(DetailStream):
    """Documents of ``path``, or of ``fallback_path`` where that one has only a shell."""

    fallback_path: ClassVar[str]

    @override
    def records_of(self, header_id: str) -> list[Row]:
        rows = super().records_of(header_id)
        if not any(map(is_shell, rows)):
            return rows
        try:
            body = self.get({self.id_param: header_id}, self.fallback_path)
        except StreamFailed:
            return rows
        return [_with_task_ids(row) for row in rows_of(body, self.records_key)] or rows


def is_shell(record: dict[str, Any]) -> bool:
    """Tell whether a record lacks what its own statuses say it has."""
    if not record.get("Status") and not _has_lines(record.get("Order")):
        return not any(map(_has_content, _blocks(record)))
    simple = str(record.get("Type") or "").lower().startswith("simple")
    received = str(record.get("CombinedReceivingStatus") or "").upper().endswith("RECEIVED")
    unreceived = "NOT" in str(record.get("CombinedReceivingStatus") or "").upper()
    blocks = _listed(record.get("StockReceived"))
    return simple and received and not unreceived and not any(map(_has_content, blocks))


def _blocks(record: dict[str, Any]) -> list[Any]:
    return [block for name in _BLOCKS for block in _listed(record.get(name))]


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _has_lines(block: Any) -> bool:  # noqa: ANN401
    return isinstance(block, dict) and bool(block.get("Lines"))


def _has_content(block: Any) -> bool:  # noqa: ANN401
    return isinstance(block, dict) and (bool(block.get("Status")) or _has_lines(block))


def _with_task_ids(record: dict[str, Any]) -> dict[str, Any]:
    """Give the single blocks of a simple purchase the id that its endpoints call its task id."""
    for name in _BLOCKS:
        record[name] = _listed(record.get(name))
        for block in record[name]:
            if isinstance(block, dict) and not block.get("TaskID"):
                block["TaskID"] = record.get("ID")
    return record
