"""Declarations are checked here, because a misspelt class attribute has no effect and no error."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import facts
from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.reading.parts import Part
from tap_cin7.reading.resource import Listed, Resource
from tap_cin7.run.apis import APIS
from tap_cin7.tap import TapCin7

if TYPE_CHECKING:
    from collections.abc import Iterator

UNUSUAL_KEYS = {
    "product_options": ("id", "sizeId"),
    "stock": ("record_key",),
    "vouchers": ("code",),
}


def declared(api: str) -> Iterator[type[Resource]]:
    """Yield the resources of an API, found without the tap's own registration."""
    package = importlib.import_module(APIS[api].package)
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        module = importlib.import_module(info.name)
        for member in vars(module).values():
            is_own = inspect.isclass(member) and member.__module__ == module.__name__
            if is_own and issubclass(member, Resource) and "schema" in vars(member):
                yield member


RESOURCES = {api: list(declared(api)) for api in APIS}
ALL = [resource for resources in RESOURCES.values() for resource in resources]
OMNI_LISTS = [one for one in RESOURCES["omni"] if issubclass(one, Listed)]

each_api = pytest.mark.parametrize("api", APIS)
each_resource = pytest.mark.parametrize(
    "resource", ALL, ids=[f"{one.__module__.removeprefix('tap_cin7.')}.{one.name}" for one in ALL]
)


def known_to_bases(resource: type) -> set[str]:
    """Return what the bases define or announce by an annotation."""
    return {
        name
        for base in resource.__mro__[1:]
        for name in (*vars(base), *vars(base).get("__annotations__", {}))
    }


def unknown_attributes(resource: type) -> set[str]:
    return {name for name in vars(resource) if not name.startswith("_")} - known_to_bases(resource)


@each_resource
def test_every_public_attribute_exists_on_a_base(resource: type[Resource]) -> None:
    assert unknown_attributes(resource) == set()


def test_a_misspelt_attribute_is_noticed() -> None:
    misspelt: Any = type("Misspelt", (ALL[0],), {"__module__": __name__, "selected_by_defualt": 1})
    assert unknown_attributes(misspelt) == {"selected_by_defualt"}


@each_api
def test_every_declared_resource_is_offered_by_the_tap(api: str) -> None:
    counts = Counter(one.name for one in RESOURCES[api])
    assert [name for name, count in counts.items() if count > 1] == []
    streams = TapCin7(config={"api": api}).streams
    assert streams.keys() - {"tap_cin7_runs"} == counts.keys()


@each_resource
def test_a_resource_is_described(resource: type[Resource]) -> None:
    assert (resource.__doc__ or "").strip()


@each_resource
def test_what_is_not_read_by_default_says_why(resource: type[Resource]) -> None:
    words = "Not selected by default: "
    assert (words in (resource.__doc__ or "")) != resource.selected_by_default


@each_resource
def test_the_stamp_is_a_column_that_holds_instants(resource: type[Resource]) -> None:
    stamp, columns = resource.stamp(), resource.columns().fields
    assert stamp is None or columns[stamp].format == "date-time"


@each_resource
def test_a_part_is_cut_from_a_resource_of_its_api(resource: type[Resource]) -> None:
    if issubclass(resource, Part):
        parents = [one for one in RESOURCES.values() if resource in one]
        assert [resource.schema.parent in one for one in parents] == [True]


@pytest.mark.parametrize("resource", OMNI_LISTS, ids=lambda one: one.name)
def test_the_key_of_an_omni_list_is_what_identifies_a_row(resource: type[Listed]) -> None:
    assert resource.schema.key == UNUSUAL_KEYS.get(resource.name, ("id",))


def test_no_two_omni_lists_share_a_path() -> None:
    assert len({one.path for one in OMNI_LISTS}) == len(OMNI_LISTS)


def test_an_option_is_a_key_in_its_own_stream_only() -> None:
    omni = {one.name: one for one in RESOURCES["omni"]}
    nested = omni["products"].schema.at("productOptions[]")
    assert nested.keys() == omni["product_options"].schema.fields.keys()
    assert not nested["sizeId"].is_key


def test_an_order_with_cartons_is_an_order_plus_its_cartons() -> None:
    omni = {one.name: one.schema.fields for one in RESOURCES["omni"]}
    order, with_cartons = omni["sales_orders"], omni["sales_orders_with_cartons"]
    assert with_cartons.keys() - order.keys() == {"ssccNumber", "cartonsWithLineItems"}
    assert all(with_cartons[name] == field for name, field in order.items())


TWINS = {one.name: one for one in RESOURCES["core"]}
AS_IN_V2 = {
    Resource: ("rank", "selected_by_default", "shows_what_is_gone"),
    CoreList: ("bounded_by_start_date", "named_by", "paged", "total_is_right", "volatile"),
    CoreDetail: ("bounded_by_start_date", "final", "id_field", "status_fields"),
}
each_of_v1 = pytest.mark.parametrize("resource", RESOURCES["core_v1"], ids=lambda one: one.name)


@each_of_v1
def test_v1_is_read_as_v2_is(resource: type[Resource]) -> None:
    twin = TWINS[resource.name]
    assert resource.schema.key == twin.schema.key
    for base, names in AS_IN_V2.items():
        if issubclass(resource, base):
            assert [getattr(resource, n) for n in names] == [getattr(twin, n) for n in names]


@each_of_v1
def test_v1_is_asked_by_the_parameters_that_it_has(resource: type[Resource]) -> None:
    fact = facts.core_v1()[resource.name]
    if issubclass(resource, CoreList):
        assert resource.since_param == fact.since
        codes = [one for one in ("sku", "search", "name") if one in fact.parameters]
        assert resource.code_param == codes[0]
        given = {*resource.params, *resource.page_params, resource.code_param, resource.since_param}
        assert given - {None} <= {*fact.parameters}
        assert "includeDeprecated" not in fact.parameters or "includeDeprecated" in given
