"""Which resources an API has: those declared in the modules of its package."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from tap_cin7.reading.resource import Resource


def resources_in(package_name: str) -> list[type[Resource]]:
    """Return the resources that the modules of a package declare, by name.

    A class without a schema is a base of others and is left out.
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
