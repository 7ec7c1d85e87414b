"""Details that a second endpoint has when the first one answers with an empty shell.

One report from a live account says that ``/advanced-purchase`` gave a simple purchase with
hollow receiving blocks, which ``/purchase`` held; ``/purchase`` answers 400 for all others.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tap_cin7.rows.repair import NOT_JSON

_BLOCKS = ("StockReceived", "PutAway", "Invoice", "CreditNote", "ManualJournals")
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


def is_shell(raw: msgspec.Raw) -> bool:
    """Tell whether a document lacks what its own statuses say it has."""
    try:
        record = _folded(msgspec.json.decode(raw))
    except NOT_JSON:
        return False
    if not record.get("status") and not _has_lines(record.get("order")):
        return not any(map(_has_content, _blocks(record)))
    simple = str(record.get("type") or "").lower().startswith("simple")
    received = str(record.get("combinedreceivingstatus") or "").upper().endswith("RECEIVED")
    unreceived = "NOT" in str(record.get("combinedreceivingstatus") or "").upper()
    blocks = _listed(record.get("stockreceived"))
    return simple and received and not unreceived and not any(map(_has_content, blocks))


def _blocks(record: dict[str, Any]) -> list[Any]:
    return [block for name in _BLOCKS for block in _listed(record.get(name.lower()))]


def _folded(record: dict[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in record.items()}


def _spelled(record: dict[str, msgspec.Raw], name: str) -> str:
    """Return a name in the letter case in which a record has it."""
    return next((key for key in record if key.lower() == name.lower()), name)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _has_lines(block: Any) -> bool:  # noqa: ANN401
    return isinstance(block, dict) and bool(_folded(block).get("lines"))


def _has_content(block: Any) -> bool:  # noqa: ANN401
    return isinstance(block, dict) and (bool(_folded(block).get("status")) or _has_lines(block))


def as_advanced(raw: msgspec.Raw) -> msgspec.Raw:
    """Return a simple purchase as its other endpoint writes it: single blocks as lists.

    They get the id that their own endpoints call their task id. All else stays as it came, so
    that no digit of a number changes.
    """
    try:
        record = _FIELDS.decode(raw)
        document = record.get(_spelled(record, "ID"))
        for block_name in _BLOCKS:
            name = _spelled(record, block_name)
            with_ids = [_with_task_id(block, document) for block in _as_rows(record.get(name))]
            record[name] = msgspec.Raw(msgspec.json.encode(with_ids))
    except NOT_JSON:
        return raw
    return msgspec.Raw(msgspec.json.encode(record))


def _as_rows(raw: msgspec.Raw | None) -> list[msgspec.Raw]:
    if raw is None or bytes(raw) == b"null":
        return []
    return _ROWS.decode(raw) if bytes(raw).startswith(b"[") else [raw]


def _with_task_id(block: msgspec.Raw, document: msgspec.Raw | None) -> msgspec.Raw:
    if not bytes(block).startswith(b"{") or document is None:
        return block
    fields = _FIELDS.decode(block)
    name = _spelled(fields, "TaskID")
    if bytes(fields.get(name, b"null")) not in (b"null", b'""'):
        return block
    return msgspec.Raw(msgspec.json.encode({**fields, name: document}))
