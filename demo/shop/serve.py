"""Puts a shop behind the stand-in's servers; streams that the shop has no rows of stay as made.

The server is made with as few rows of the shop's streams as it can (``room``), then filled.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Literal

from demo.shop.edits import changes
from sandbox.core.resources import details, lists
from sandbox.omni.resources import resources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from demo.shop import Shop
    from demo.shop.edits import Change
    from sandbox import Sandbox
    from sandbox.core.store import CoreStore
    from sandbox.entry import Row
    from sandbox.store import Store


def room(shop: Shop) -> dict[str, int]:
    """Return the numbers of rows to make a server with: one each, which the shop's replace."""
    return dict.fromkeys((*shop.omni(), *shop.core().lists), 1)


class Served:
    """A shop behind a server, with days that go by."""

    def __init__(self, shop: Shop, server: Sandbox) -> None:
        """Fill the server.

        Args:
            shop: The shop.
            server: Made with ``room(shop)`` as its ``rows``.

        """
        self.server = server
        self._omni, self._core = shop.omni(), shop.core()
        _fill(server.store, self._omni, _omni_fields())
        _fill(server.core.store, self._core.lists, _core_fields())
        self._details = deepcopy(self._core.details)
        _give_documents(server.core.store, self._details)

    def streams(self, product: Literal["omni", "core"]) -> list[str]:
        """Return the streams that hold the shop's rows."""
        if product == "omni":
            return list(self._omni)
        return [*self._core.lists, *self._core.details]

    def become(self, shop: Shop) -> None:
        """Change the rows to those of the shop some days later."""
        omni, core = shop.omni(), shop.core()
        found = changes(self._omni, omni, {one.name: one.keys for one in resources()})
        _apply(self.server.store, found, _omni_fields())
        self._details.update(deepcopy(core.details))
        found = changes(self._core.lists, core.lists, {x.name: x.keys for x in lists().values()})
        _apply(self.server.core.store, found, _core_fields())
        self._omni, self._core = omni, core


def _omni_fields() -> dict[str, list[str]]:
    return {one.name: list(one.properties) for one in resources()}


def _core_fields() -> dict[str, list[str]]:
    return {one.name: list(one.properties) for one in lists().values()}


def _whole(row: Row, fields: Sequence[str]) -> Row:
    """Return a row with all its fields: servers compare by any of them."""
    return {**dict.fromkeys(fields), **deepcopy(row)}


def _fill(
    store: Store, rows: Mapping[str, Sequence[Row]], fields: Mapping[str, Sequence[str]]
) -> None:
    for stream, own in rows.items():
        for key in store.keys(stream):
            store.delete(stream, key)
        for row in own:
            store.add(stream, _whole(row, fields[stream]))


def _apply(store: Store, found: Sequence[Change], fields: Mapping[str, Sequence[str]]) -> None:
    for one in found:
        if one.row is None:
            store.delete(one.stream, one.key)
        elif one.is_new:
            store.add(one.stream, _whole(one.row, fields[one.stream]))
        else:
            store.edit(one.stream, one.key, **_whole(one.row, fields[one.stream]))


def _give_documents(store: CoreStore, ready: Mapping[str, Mapping[str, Row]]) -> None:
    made = store.documents

    def documents(stream: str, header: Row) -> list[Row]:
        (key,) = lists()[details()[stream].header].keys
        found = ready.get(stream, {}).get(header[key])
        return made(stream, header) if found is None else [deepcopy(found)]

    store.documents = documents
