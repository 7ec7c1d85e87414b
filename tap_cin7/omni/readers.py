"""Readers of Omni: by stamp, by page number, or by ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.omni.by_ids import ByIds
from tap_cin7.omni.by_pages import ByPages
from tap_cin7.omni.by_stamp import ByStamp

if TYPE_CHECKING:
    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reader, Reading


class OmniReaders:
    """Makes the readers of one run."""

    def reader(self, reading: Reading[OmniResource]) -> Reader:
        """Return what reads a resource of Omni."""
        only = (reading.settings.only_ids or {}).get(reading.resource.name)
        if only is not None:
            return ByIds(reading, only)
        stamp = reading.resource.stamp_under(reading.settings)
        return ByPages(reading) if stamp is None else ByStamp(reading, stamp)
