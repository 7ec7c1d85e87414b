"""What Core V1 does in another way than V2: ids in the path.

The field lists of V1 are known in part only (vendor documentation), so its resources take the
columns of their V2 twins; what else V1 sends goes into ``extra_fields``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.rows.fields import Record

if TYPE_CHECKING:
    from tap_cin7.reading.resource import Resource
    from tap_cin7.rows.fields import Field


class V1List(CoreList):
    """A list of V1; it takes Page and Limit in the spelling of the vendor's samples."""


class V1Detail(CoreDetail):
    """Documents of V1, asked for by a path that ends with their id."""


def like(twin: type[Resource], **more: Field) -> Record:
    """Return the schema of a V2 resource with further columns."""
    return Record({**twin.schema.fields, **more})
