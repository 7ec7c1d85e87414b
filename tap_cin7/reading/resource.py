"""Resources: what can be read from Cin7, declared without how it is read.

A resource is a class that is never instantiated. A reader (``tap_cin7.reading.reader``), the codec
and the catalog use it; it knows none of them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from tap_cin7.rows.fields import Record
    from tap_cin7.settings import Settings

_CAPITAL_INSIDE = re.compile(r"(?<!^)(?=[A-Z])")


class Resource:
    """Base of everything that becomes a stream.

    The name of the stream follows from the name of the class, its primary key from the ``KEY``
    fields of the schema. The docstring becomes the description in the list of streams.
    """

    name: ClassVar[str]
    schema: ClassVar[Record]
    selected_by_default: ClassVar[bool] = True
    """Whether the stream is selected by default; not if it repeats another stream or costs a call
    per row."""
    shows_what_is_gone: ClassVar[bool] = True
    """Whether rows missing from a whole reading are gone; not for snapshots, which stay."""
    rank: ClassVar[int] = 0
    """Place in the order of a run: what people need first comes first, lists before documents that
    cost a call each."""

    def __init_subclass__(cls, *, name: str | None = None) -> None:
        """Derive the name of the stream."""
        super().__init_subclass__()
        cls.name = name or _CAPITAL_INSIDE.sub("_", cls.__name__).lower()

    @classmethod
    def stamp(cls) -> str | None:
        """Return the column with the stamp, None where rows have none.

        It is the replication key of the stream.
        """
        return None

    @classmethod
    def stamp_under(cls, settings: Settings) -> str | None:  # noqa: ARG003
        """Return the replication key under the settings, which may trust a doubtful stamp."""
        return cls.stamp()

    @classmethod
    def part_stamp(cls) -> str | None:
        """Return the column that parts copy as ``parent_modified``."""
        return cls.stamp()

    @classmethod
    def left_empty(cls, settings: Settings) -> frozenset[str]:  # noqa: ARG003
        """Return the columns that stay empty under the settings, whatever Cin7 has."""
        return frozenset()

    @classmethod
    def columns(cls) -> Record:
        """Return the columns of the stream: those of the schema and what the reader adds."""
        return cls.schema


class Listed(Resource):
    """A resource that is requested: a list, a document, or a single object."""

    path: ClassVar[str]
    """Path below the base URL."""
    one_by_one: ClassVar[bool] = False
    """Whether each row costs a call of its own."""

    @classmethod
    def watched(cls) -> tuple[str, ...]:
        """Return the fields beside the key that a reader needs of each row."""
        stamp = cls.stamp()
        return () if stamp is None else (stamp,)


def resources_in(package_name: str) -> list[type[Resource]]:
    """Return the resources that the modules of a package declare, by name.

    A class without a schema is a base class and is left out.
    """
    package = importlib.import_module(package_name)
    found: dict[str, type[Resource]] = {}
    for module_info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        module = importlib.import_module(module_info.name)
        for _, member in inspect.getmembers(module, inspect.isclass):
            is_own = member.__module__ == module.__name__
            if is_own and issubclass(member, Resource) and hasattr(member, "schema"):
                found[member.name] = member
    return [found[name] for name in sorted(found)]
