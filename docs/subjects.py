"""Which subject a stream belongs to: the order in which the reference tells of streams.

A subject is one or a few modules of declarations, named as people of the trade would look for it.
What is cut from a record belongs to that record's subject, as does the list that names documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.core.resource import CoreDetail
from tap_cin7.reading.parts import Part
from tap_cin7.run.apis import APIS

if TYPE_CHECKING:
    from tap_cin7.reading.resource import Resource

_CORE = {
    "Sales": ("sales", "sale_details"),
    "Purchasing": ("purchasing", "purchase_details"),
    "Stock": ("stock", "stock_details"),
    "Products": ("products",),
    "Customers and suppliers": ("contacts",),
    "Assembly": ("assembly",),
    "Production orders": ("production_details",),
    "Production set-up": ("production", "production_boms"),
    "Money and the ledger": ("finance",),
    "CRM": ("crm",),
    "Reference books and the account": ("reference", "account"),
    "The tap itself": ("run_log",),
}
SUBJECTS = {
    "omni": {
        "Sales": ("sales",),
        "Purchasing": ("purchasing",),
        "Stock": ("stock",),
        "Products": ("products",),
        "Contacts, branches and users": ("contacts", "reference"),
        "Production": ("production",),
        "Money": ("finance",),
        "The tap itself": ("run_log",),
    },
    "core": _CORE,
    "core_v1": _CORE,
}
"""By API: subjects in their order, with the modules that declare their resources."""


def origin(resource: type[Resource]) -> type[Resource]:
    """Return the resource whose answers hold the rows of another, or itself."""
    return resource.schema.parent if issubclass(resource, Part) else resource


def by_subject(api: str) -> dict[str, list[type[Resource]]]:
    """Return the resources of an API by subject, those without any left out.

    Raises:
        LookupError: If a module of declarations belongs to no subject.

    """
    # V1 declares its streams in one module: they belong where their twins of V2 do.
    twins = {one.name: one for one in APIS["core"].resources()}
    found: dict[str, list[type[Resource]]] = {subject: [] for subject in SUBJECTS[api]}
    subjects = {module: name for name, modules in SUBJECTS[api].items() for module in modules}
    documents: dict[type[Resource], type[Resource]] = {
        one.index: one
        for one in twins.values()
        if issubclass(one, CoreDetail) and one.selected_by_default
    }
    for resource in APIS[api].resources():
        twin = twins[resource.name] if api == "core_v1" else resource
        module = documents.get(twin, origin(twin)).__module__.rpartition(".")[2]
        if module not in subjects:
            raise LookupError(f"docs/subjects.py names no subject for the module {module}")
        found[subjects[module]].append(resource)
    return {subject: resources for subject, resources in found.items() if resources}
