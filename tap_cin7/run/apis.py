"""The three APIs: the service, resources and readers of each.

Streams and columns that settings name must exist in the API that is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_cin7.core.api import CORE, CoreReaders
from tap_cin7.core.resource import CoreDetail
from tap_cin7.core_v1.api import CORE_V1
from tap_cin7.errors import BadInput
from tap_cin7.omni.api import OMNI, OmniReaders
from tap_cin7.reading.resource import Listed, resources_in
from tap_cin7.run.run_log import TapCin7Runs
from tap_cin7.settings_checks import did_you_mean

if TYPE_CHECKING:
    from tap_cin7.client.client import Service
    from tap_cin7.reading.resource import Resource
    from tap_cin7.settings import Settings


@dataclass(frozen=True)
class Api:
    """One API of Cin7.

    Attributes:
        service: Its address, limits and responses, for the client.
        package: The package that declares its resources.
        readers: Class of the reader factory, of which each run has one.

    """

    service: Service
    package: str
    readers: type[OmniReaders | CoreReaders]

    def resources(self) -> list[type[Resource]]:
        """Return its resources, sorted by name, and the run log."""
        return [*resources_in(self.package), TapCin7Runs]

    def listed_streams(self) -> set[str]:
        """Return the names of the streams that have requests of their own: all but the parts."""
        return {one.name for one in self.resources() if issubclass(one, Listed)}

    def check_names(self, settings: Settings) -> None:
        """Check the streams and columns that settings name.

        Raises:
            BadInput: If one of them does not exist, or the setting does not apply to it.

        """
        listed = self.listed_streams()
        lists = {one.name: one.index for one in self.resources() if issubclass(one, CoreDetail)}
        problems = [
            f"setting 'only_ids' names what can't be asked for by id: {name}; name streams of this "
            "api, and for rows that are cut from documents the stream of these"
            + did_you_mean(name, listed)
            for name in sorted({*(settings.only_ids or {})} - listed)
        ]
        for setting in ("skip_ids", "documents_where"):
            problems += [
                f"setting {setting!r} names what is not a stream of documents: {name}; it takes "
                "streams of this api whose rows are fetched one by one" + did_you_mean(name, lists)
                for name in sorted({*(getattr(settings, setting) or {})} - lists.keys())
            ]
        wanted = settings.documents_where or {}
        problems += [
            f"setting 'documents_where' names a column that {lists[stream].name!r}, which lists "
            f"the documents of {stream!r}, does not have: {column}"
            + did_you_mean(column, lists[stream].schema.fields)
            for stream in sorted(wanted.keys() & lists.keys())
            for column in sorted(wanted[stream].keys() - lists[stream].schema.fields.keys())
        ]
        if problems:
            raise BadInput("; ".join(problems))


APIS = {
    "omni": Api(OMNI, "tap_cin7.omni.resources", OmniReaders),
    "core": Api(CORE, "tap_cin7.core.resources", CoreReaders),
    "core_v1": Api(CORE_V1, "tap_cin7.core_v1.resources", CoreReaders),
}
