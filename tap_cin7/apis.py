"""The three APIs: where they are, who may call, how often, and which streams they have."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from requests.auth import AuthBase, HTTPBasicAuth
from singer_sdk import Stream

from tap_cin7.auth import CoreAuth
from tap_cin7.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_cin7.stream import Cin7Stream


@dataclass(frozen=True)
class Api:
    """One API of Cin7.

    Attributes:
        title: How users know it.
        package: Where its streams are declared.
        base_url: Published address.
        credentials: Settings that hold the two credentials, the secret one last.
        auth: Makes the authenticator from the two credentials.
        limits: Published call limits.
        notice: Something to tell at the start of every run.

    """

    title: str
    package: str
    base_url: str
    credentials: tuple[str, str]
    auth: Callable[[str, str], AuthBase]
    limits: Limits
    notice: str = ""

    def streams(self) -> list[type[Cin7Stream]]:
        """Return the stream classes declared in the modules of the package, by name."""
        package = importlib.import_module(self.package)
        found: dict[str, type[Cin7Stream]] = {}
        for module_info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            module = importlib.import_module(module_info.name)
            for _, member in inspect.getmembers(module, inspect.isclass):
                declared = member.__module__ == module.__name__ and "schema" in vars(member)
                if declared and issubclass(member, Stream):
                    found[vars(member)["name"]] = cast("type[Cin7Stream]", member)
        return [found[name] for name in sorted(found)]


APIS: dict[str, Api] = {
    "omni": Api(
        title="Cin7 Omni",
        package="tap_cin7.omni",
        base_url="https://api.cin7.com/api",
        credentials=("username", "api_key"),
        auth=HTTPBasicAuth,
        limits=Limits(per_second=3, per_minute=60, per_day=5_000),
    ),
    "core": Api(
        title="Cin7 Core",
        package="tap_cin7.core",
        base_url="https://inventory.dearsystems.com/ExternalApi/v2",
        credentials=("account_id", "application_key"),
        auth=CoreAuth,
        limits=Limits(per_second=None, per_minute=60, per_day=None),
    ),
    "core_v1": Api(
        title="Cin7 Core V1",
        package="tap_cin7.core_v1",
        base_url="https://inventory.dearsystems.com/ExternalApi",
        credentials=("account_id", "application_key"),
        auth=CoreAuth,
        limits=Limits(per_second=None, per_minute=60, per_day=None),
        notice="V1 of the Cin7 Core API is legacy and the vendor asks to move to V2 (api: core)",
    ),
}
