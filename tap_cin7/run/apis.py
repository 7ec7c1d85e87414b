"""The three APIs: how each is called, what it has, and which reader reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_cin7.core.api import CORE, CoreReaders
from tap_cin7.core_v1.api import CORE_V1
from tap_cin7.omni.api import OMNI, OmniReaders
from tap_cin7.reading.resource import Listed, resources_in
from tap_cin7.run.record import TapCin7Runs

if TYPE_CHECKING:
    from tap_cin7.client.client import Service
    from tap_cin7.reading.resource import Resource


@dataclass(frozen=True)
class Api:
    """One API of Cin7.

    Attributes:
        service: How it is called.
        package: Where its resources are declared.
        readers: Makes the reader factory of one run.

    """

    service: Service
    package: str
    readers: type[OmniReaders | CoreReaders]

    def resources(self) -> list[type[Resource]]:
        """Return its resources, by name, and the run log."""
        return [*resources_in(self.package), TapCin7Runs]

    def asked_for(self) -> set[str]:
        """Return the names of the streams that are asked for themselves, not cut from others."""
        return {one.name for one in self.resources() if issubclass(one, Listed)}


APIS = {
    "omni": Api(OMNI, "tap_cin7.omni.resources", OmniReaders),
    "core": Api(CORE, "tap_cin7.core.resources", CoreReaders),
    "core_v1": Api(CORE_V1, "tap_cin7.core_v1.resources", CoreReaders),
}
