"""Which reader reads a resource of Core, and what the readers of a run share."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tap_cin7.core.details import DetailReader
from tap_cin7.core.header_lists import HeaderLists
from tap_cin7.core.lists import ListReader
from tap_cin7.core.resource import CoreDetail, CoreList

if TYPE_CHECKING:
    from tap_cin7.reading.reader import Reader, Reading
    from tap_cin7.reading.resource import Listed


class CoreReaders:
    """Makes the readers of one run, which share their header lists."""

    def __init__(self) -> None:
        """Begin a run."""
        self._shared: HeaderLists | None = None

    def reader(self, reading: Reading[Listed]) -> Reader:
        """Return what reads a list or documents of Core, V2 or V1.

        Raises:
            TypeError: If the resource is of another API.

        """
        shared = self._shared = self._shared or HeaderLists(reading.settings.documents_where or {})
        if issubclass(reading.resource, CoreDetail):
            return DetailReader(cast("Reading[CoreDetail]", reading), shared)
        if issubclass(reading.resource, CoreList):
            return ListReader(cast("Reading[CoreList]", reading), shared)
        raise TypeError(reading.resource.name)
