"""OmniResource: a list of Cin7 Omni, declared without how it is read.

A resource names its path and fields. Everything else follows from them: it is incremental when its
rows have a stamp, and its key is the order in which rows never change places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_cin7.reading.resource import Listed

if TYPE_CHECKING:
    from tap_cin7.settings import Settings

CREATED = "createdDate"


class OmniResource(Listed):
    """A list resource of Cin7 Omni."""

    stamped_by: ClassVar[str] = "modifiedDate"
    """Field with the stamp, if rows have one."""
    incremental_setting: ClassVar[str | None] = None
    """Setting that makes a resource incremental whose stamp is not trusted by default."""
    null_stamps: ClassVar[bool] = False
    """Whether some rows are known to have no stamp."""
    bounded_by_start_date: ClassVar[bool] = False
    """Whether ``start_date`` applies: to documents, not to master data, however old."""
    rank: ClassVar[int] = 50

    @classmethod
    @override
    def stamp(cls) -> str | None:
        """Return the field with the stamp, None where none is trusted by default."""
        has_stamp = cls.stamped_by in cls.schema.fields
        return cls.stamped_by if has_stamp and cls.incremental_setting is None else None

    @classmethod
    @override
    def stamp_under(cls, settings: Settings) -> str | None:
        """Return the field with the stamp, None where the settings trust none."""
        if cls.incremental_setting is not None and getattr(settings, cls.incremental_setting):
            return cls.stamped_by
        return cls.stamp()

    @classmethod
    @override
    def watched(cls) -> tuple[str, ...]:
        """Return the fields that a reader needs of each row: dates, and those of the group."""
        watched = {cls.stamped_by, CREATED, *cls.group_columns()}
        return tuple(name for name in cls.schema.fields if name in watched)

    @classmethod
    def order_columns(cls) -> tuple[str, ...]:
        """Return the fields that give rows a total order that edits do not change.

        They are the primary key; of an added ``record_key``, its components.
        """
        columns: list[str] = []
        for name in cls.schema.key:
            columns += cls.schema.fields[name].record_key_parts or (name,)
        return tuple(columns)

    @classmethod
    def group_columns(cls) -> tuple[str, ...]:
        """Return the fields of the order that the proof of a read relies on.

        The last of several may be null or text, whose order Cin7 does not promise (``sizeId`` of
        product options, ``size`` of stock): rows that differ only in that may come in any order.
        """
        columns = cls.order_columns()
        return columns[:-1] or columns
