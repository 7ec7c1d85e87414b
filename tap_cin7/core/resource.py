"""Resources of Cin7 Core: lists, and documents that a list names.

A declaration says what a resource is and where it differs; how it is read is in ``lists`` and
``details``. Facts are plain class attributes, in the words of the API's documentation.

Some columns are filled only where a setting such as ``include_suppliers`` is on. The rule: then
they are filled in all rows, whenever it was switched on. The position keeps the settings with which
all was loaded; where another one is on now, the stream is read from its beginning, once.

Relies on: core-flags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from typing_extensions import override

from tap_cin7.reading.resource import Listed
from tap_cin7.rows.fields import ADDED_DATETIME, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msgspec import UnsetType

    from tap_cin7.reading.reader import Reading
    from tap_cin7.settings import Settings

HEADER_MODIFIED = "header_modified"
"""Added column of documents: the stamp of the index row, which is their replication key."""
READ_AT = "read_at"
"""Added column of rows with neither a stamp nor a key of their own: when they were read."""
_ADDED = {
    HEADER_MODIFIED: ADDED_DATETIME("Added by the tap: last change as the header list tells it"),
    READ_AT: ADDED_DATETIME(
        "Added by the tap: when it was read, by Cin7's clock; of what was read several times, the "
        "rows with the latest are right"
    ),
}


def _with(schema: Record, added: str) -> Record:
    """Return the columns of a schema and one that the reader adds."""
    return Record({**schema.fields, added: _ADDED[added]})


class Flag(NamedTuple):
    """A query parameter without which columns stay empty.

    Attributes:
        setting: The setting that switches it on.
        columns: The columns that it fills.

    """

    setting: str
    columns: tuple[str, ...]


class CoreResource(Listed):
    """Base class of lists and documents."""

    params: ClassVar[Mapping[str, str]] = {}
    """Fixed query parameters, such as IncludeDeprecated."""
    flags: ClassVar[Mapping[str, Flag]] = {}
    """Query parameters that settings switch on."""
    records_key: ClassVar[str | None] = None
    """Field of the envelope that holds the rows; None where the body is the object or array."""
    other_records_keys: ClassVar[tuple[str, ...]] = ()
    """Names in the vendor's samples instead of ``records_key``."""
    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names under which a column of a list may arrive: name on the wire -> column."""
    id_param: ClassVar[str | None] = None
    """Query parameter for an id, and the field of a document that carries it. None: a list has
    none, a document's path ends with the id, and its field is ``ID``."""
    bounded_by_start_date: ClassVar[bool] = False
    """Whether ``start_date`` bounds it: documents with a stamp or accounting date, never master
    data."""

    @classmethod
    def switched_on(cls, settings: Settings) -> dict[str, str]:
        """Return the query parameters that settings switch on."""
        return {name: "true" for name, one in cls.flags.items() if getattr(settings, one.setting)}

    @classmethod
    def flags_on(cls, settings: Settings) -> tuple[str, ...]:
        """Return the settings that are on, of those that fill columns."""
        names = sorted(one.setting for one in cls.flags.values())
        return tuple(name for name in names if getattr(settings, name))

    @classmethod
    @override
    def left_empty(cls, settings: Settings) -> frozenset[str]:
        off = cls.flags.keys() - cls.switched_on(settings).keys()
        return frozenset(column for name in off for column in cls.flags[name].columns)


class CoreList(CoreResource):
    """A list: paged or not, read to its end."""

    stamp_field: ClassVar[str | None] = None
    """Column with the last change, which is the replication key; None where rows have none."""
    since_param: ClassVar[str | None] = None
    """Query parameter that filters by modification time, where the server has one."""
    until_param: ClassVar[str | None] = None
    """Query parameter that bounds the stamp from above, of a list that is read by dates where it is
    longer than a run."""
    paged: ClassVar[bool] = True
    """False for lists without Page and Limit and for single objects."""
    page_params: ClassVar[tuple[str, str]] = ("Page", "Limit")
    """Query parameters for the number of a page and for how many rows it may have."""
    is_single: ClassVar[bool] = False
    """Whether it is a single object instead of a list."""
    total_is_right: ClassVar[bool] = True
    """False where the envelope has no Total or a wrong one."""
    years: ClassVar[bool] = False
    """Whether the list is requested year by year."""
    also: ClassVar[Mapping[str, str]] = {}
    """Query parameters of a second read of the list, for rows that it may hide without them."""
    hidden_by: ClassVar[tuple[str, ...]] = ()
    """Columns that are true in such rows: once one came, the list hides none."""
    has_credentials: ClassVar[bool] = False
    """Whether rows hold credentials; they are taken out before anything sees a row."""
    volatile: ClassVar[frozenset[str]] = frozenset()
    """Fields, in lower case, that change without the document changing."""
    has_read_at: ClassVar[bool] = False
    """Whether rows carry ``read_at``."""
    named_by: ClassVar[tuple[str, ...]] = ()
    """Columns beside the key by which ``only_ids`` may name rows."""
    code_param: ClassVar[str | None] = None
    """Query parameter for names that are no GUIDs, such as a code or a number."""

    @classmethod
    def lookback(cls, settings: Settings) -> int:
        """Return how many seconds behind its bookmark a run starts."""
        return settings.lookback_seconds

    @classmethod
    @override
    def stamp(cls) -> str | None:
        return cls.stamp_field

    @classmethod
    @override
    def watched(cls) -> tuple[str, ...]:
        return (*super().watched(), *cls.named_by, *cls.hidden_by)

    @classmethod
    @override
    def columns(cls) -> Record:
        return _with(cls.schema, READ_AT) if cls.has_read_at else cls.schema


class CoreDetail(CoreResource):
    """Documents in full, fetched one by one as their index list names them.

    Where the index row has a stamp, that shows which documents changed, else a digest of the index
    rows by period.
    """

    rank = 50
    one_by_one = True
    index: ClassVar[type[CoreList]]
    """The list that names the documents."""
    id_field: ClassVar[str]
    """Field of the index row that holds the id."""
    copies: ClassVar[Mapping[str, str]] = {}
    """Columns copied from the envelope: column -> field of the envelope."""
    wanted_by: ClassVar[tuple[str, ...]] = ()
    """Fields of the index row that ``wanted`` uses."""
    part_of: ClassVar[str | None] = None
    """Field of the rows that ``wanted`` leaves out, with the id of the document that they belong
    to: when they change, it is fetched again. None where such rows belong to none."""
    dated_by: ClassVar[str | None] = None
    """Field of the index row with the business date, by which digests are kept; without one
    they are kept by id."""
    status_fields: ClassVar[tuple[str, ...]] = ("Status",)
    """Fields of the index row with the state of the document, which is final if any of them is;
    none where it is fetched again only when its index row changes."""
    final: ClassVar[frozenset[str]] = frozenset({"COMPLETED", "VOIDED", "VOID", "CLOSED"})
    """States, in capitals, in which a document is not fetched again until its index row or
    that of another document of its period changes."""
    also_named_by: ClassVar[str | None] = None
    """Field of the index row with another id that a document may carry instead of its own."""
    fallback_path: ClassVar[str | None] = None
    """Second endpoint of a document that arrives as an empty shell."""

    def __init_subclass__(cls, *, name: str | None = None) -> None:
        """Inherit from the index list what applies to its documents."""
        super().__init_subclass__(name=name)
        if hasattr(cls, "index"):
            cls.bounded_by_start_date = cls.index.bounded_by_start_date

    @staticmethod
    def wanted(row: Mapping[str, Any]) -> bool:  # noqa: ARG004
        """Return whether an index row, by ``wanted_by``, names a document of this resource."""
        return True

    @classmethod
    @override
    def stamp(cls) -> str | None:
        """Return the added column with the index row's stamp, where it has one."""
        return None if cls.index.stamp() is None else HEADER_MODIFIED

    @classmethod
    @override
    def columns(cls) -> Record:
        return _with(cls.schema, cls.part_stamp())

    @classmethod
    @override
    def part_stamp(cls) -> str:
        """Return the column that shows which lines of a document are stale."""
        return cls.stamp() or READ_AT


def lacking_flags(known: Sequence[str] | UnsetType | None, wanted: Sequence[str]) -> list[str]:
    """Return the settings that are on now and were off when rows were loaded.

    Args:
        known: Those with which all was loaded; None or unset if state does not say.
        wanted: Those that are on now.

    """
    return [name for name in wanted if isinstance(known, tuple) and name not in known]


def log_lacking(reading: Reading[Any], names: Sequence[str]) -> None:
    """Log that a stream is read from its beginning."""
    reading.log.info(
        "%s was off when its rows were loaded: all of them come again now", ", ".join(names)
    )
