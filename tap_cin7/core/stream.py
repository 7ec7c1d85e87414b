"""The three kinds of Core streams. (being written)"""

from __future__ import annotations

from typing import Any, ClassVar

from tap_cin7.stream import Cin7Stream


class ListStream(Cin7Stream):
    """A list: paged or not, read to its end."""

    records_key: ClassVar[str | None] = None
    """Key of the rows in the envelope; None where the body itself is the object or array."""
    since_param: ClassVar[str | None] = None
    """Query parameter that filters by modification time, where the server has one."""
    until_param: ClassVar[str | None] = None
    """Query parameter that freezes the window, where the server has one."""
    params: ClassVar[dict[str, str]] = {}
    """Fixed query parameters, such as IncludeDeprecated."""
    paged: ClassVar[bool] = True
    """False for lists without Page and Limit and for single objects."""
    total_is_right: ClassVar[bool] = True
    """False where the envelope has no Total or a wrong one."""


class DetailStream(Cin7Stream):
    """One call per document: the header list says which, the detail is fetched."""

    header: ClassVar[type[ListStream]]
    """The list that names the documents."""
    id_field: ClassVar[str]
    """Field of the header row that holds the id."""
    id_param: ClassVar[str]
    """Query parameter of the detail that takes the id."""
    records_key: ClassVar[str | None] = None
    """Key of the rows where the detail answers with an envelope of several."""
    copies: ClassVar[dict[str, str]] = {}
    """Columns copied from the envelope: column -> field of the envelope."""
    params: ClassVar[dict[str, str]] = {}

    @staticmethod
    def wanted(header: dict[str, Any]) -> bool:  # noqa: ARG004
        """Tell whether a header row has a detail of this kind."""
        return True


class PartStream(Cin7Stream):
    """Rows cut from a detail that is fetched anyway: no call of its own."""

    selected_by_default = False
    parent: ClassVar[type[Cin7Stream]]
    """The stream whose records hold the parts."""
    source: ClassVar[str]
    """Where in the parent: ``Invoices[]``, ``Order``, ``Invoices[].Lines[]``."""
    copies: ClassVar[dict[str, str]] = {}
    """Columns copied from the parent or from an element on the way:
    column -> path, such as ``ID`` or ``Invoices[].TaskID``."""
