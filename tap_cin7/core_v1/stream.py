"""What V1 does in another way than V2: lower-case paging, ids in the path, open records.

The field lists of V1 are known in part only, so its streams take the fields of their V2 twins
and let unknown ones through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_cin7.core.details import DetailStream
from tap_cin7.core.lists import ListStream

if TYPE_CHECKING:
    from tap_cin7.fields import Schema, Table
    from tap_cin7.shape import Row
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
    def shaped(self, rows: list[Row]) -> list[Row]:
        if self.id_alias is not None:
            for row in rows:
                row.setdefault(self.id_alias, row.get("ID"))
        return super().shaped(rows)


class V1DetailStream(DetailStream):
    """Documents of V1, asked for by a path that ends with their id."""

    id_param = ""
    open_ended = True
