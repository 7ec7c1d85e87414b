"""What V1 does in another way than V2: lower-case paging, ids in the path, open records.

The field lists of V1 are known in part only, so its streams take the fields of their V2 twins
and let unknown ones through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from typing_extensions import override

from tap_cin7.core.details import DetailStream
from tap_cin7.core.lists import ListStream

if TYPE_CHECKING:
    from tap_cin7.fields import Schema, Table
    from tap_cin7.outline import Outline
    from tap_cin7.stream import Cin7Stream


def like(twin: type[Cin7Stream], **more: Any) -> Schema:  # noqa: ANN401
    """Return the schema of a V2 stream with further fields, kinds of ``tap_cin7.fields``."""
    schema: Schema = vars(twin)["schema"]
    extra: Table = more
    added = {name: field.json_schema() for name, field in extra.items()}
    return {**schema, "properties": {**schema["properties"], **added}}


class V1ListStream(ListStream):
    """A list of V1."""

    page_param = "page"
    limit_param = "limit"
    open_ended = True
    id_alias: ClassVar[str | None] = None
    """The key column that V1 may call plain ``ID``."""

    @override
    def outlined(self, rows: list[msgspec.Raw]) -> list[Outline]:
        return super().outlined(rows if self.id_alias is None else list(map(self._with_id, rows)))

    def _with_id(self, raw: msgspec.Raw) -> msgspec.Raw:
        row = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        if self.id_alias is None or self.id_alias in row or "ID" not in row:
            return raw
        return msgspec.Raw(msgspec.json.encode({self.id_alias: row["ID"], **row}))


class V1DetailStream(DetailStream):
    """Documents of V1, asked for by a path that ends with their id."""

    id_param = ""
    open_ended = True
