"""Diagrams of how streams hang together: Mermaid's ``erDiagram``, one a subject.

A diagram holds the streams that are read by default with their keys and references, and of other
subjects what these point to. What a document refers to inside its lists is drawn dashed, unless it
or a stream that is cut from it refers to the same in a column. Reference books that documents name
by code or name (accounts, tax rules, price tiers, ...) would tie everything to everything: they are
drawn with their own subject only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs import md
from docs.reference import FOLDER, kind
from docs.subjects import by_subject, origin
from tap_cin7.core.resource import CoreDetail
from tap_cin7.reading.parts import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docs.reference import Book
    from docs.references import Reference
    from tap_cin7.reading.resource import Resource

_BOOKS = {
    "accounts",
    "attribute_sets",
    "brands",
    "carriers",
    "discount_rules",
    "payment_terms",
    "price_tiers",
    "tax_rules",
    "units_of_measure",
    "users",
}
"""Streams that most others refer to."""
_CORE = """Not drawn are the lists that name documents (`sale_list`,
`purchase_list`, ...), whose key is that of the document, nor the accounts, tax rules, terms and
other reference books that most documents name.
"""
_UNDRAWN = {
    "omni": "Not drawn is which user created, processed or approved a record.\n",
    "core": _CORE,
    "core_v1": _CORE,
}
"""What the page says of what it leaves out."""


_LARGE = 3
"""Streams of one document that get a diagram of their own, beside others of their subject."""


def erd(book: Book) -> dict[str, str]:
    """Return the page of diagrams of an API by its path in the project."""
    sections = []
    for subject, resources in by_subject(book.api).items():
        diagrams = {
            title: _diagram(book, shown) for title, shown in _divided(book, resources).items()
        }
        drawn = {title: diagram for title, diagram in diagrams.items() if diagram}
        if drawn:
            sections.append(f"## {subject}\n")
        for title, diagram in drawn.items():
            heading = f"### {title}\n\n" if len(drawn) > 1 else ""
            sections.append(f"{heading}```mermaid\n{diagram}\n```\n")
    page = f"""{md.NOTICE}

# {book.title}: diagrams

Keys (PK) and references (FK) of the streams that are read by default, by subject; what belongs to
another subject shows its key only. A dashed line starts inside a column: the field is in a list
that the record holds. {_UNDRAWN[book.api]}[All streams and fields](index.md)

{chr(10).join(sections)}"""
    return {f"{FOLDER}/{book.api}/erd.md": page}


def _divided(book: Book, resources: Sequence[type[Resource]]) -> dict[str, list[type[Resource]]]:
    """Return the streams of a subject that share a diagram, by its title."""
    documents = [
        one for one in book.resources if issubclass(one, CoreDetail) and one.selected_by_default
    ]
    lists = {one.index for one in documents}
    families: dict[str, list[type[Resource]]] = {}
    for one in resources:
        # Charges hang on the same documents as the lines beside them, which are drawn.
        is_drawn = one.selected_by_default and not one.name.endswith("_charges")
        if is_drawn and one not in lists:
            families.setdefault(origin(one).name, []).append(one)
    found = {title: shown for title, shown in families.items() if len(shown) >= _LARGE}
    rest = [one for shown in families.values() if len(shown) < _LARGE for one in shown]
    return {**found, "Others": rest} if found else {"": rest}


def _diagram(book: Book, resources: Sequence[type[Resource]]) -> str:
    """Return a diagram; empty if nothing refers to anything."""
    known = {one.name: one for one in book.resources}
    names = {one.name for one in resources}
    drawn = [
        one
        for resource in resources
        for one in _drawn(book, resource)
        if one.target in names
        or (one.target not in _BOOKS and known[one.target].selected_by_default)
    ]
    if not drawn:
        return ""
    linked = {name for one in drawn for name in (one.stream, one.target)}
    lines = ["erDiagram", "    direction LR"]
    for name in [*sorted(names & linked), *sorted(linked - names)]:
        refers = {
            one.path for one in book.references if one.stream == name and one.target in linked
        }
        lines += _entity(known[name], refers if name in names else set())
    lines += [_line(one, known) for one in drawn]
    return "\n".join(lines)


def _drawn(book: Book, resource: type[Resource]) -> Iterator[Reference]:
    """Yield the references of a stream that are drawn, each way once.

    A line leads to its invoice, and that to the sale: so the line leads to the sale no more. Fields
    inside lists are drawn where no column of the document or of its parts leads to the same.
    """
    whole = origin(resource)
    family = {
        one.name for one in book.resources if origin(one) is whole and one.selected_by_default
    }
    own = [one for one in book.references if one.stream == resource.name]
    columns = [one for one in own if "." not in one.path]
    if issubclass(resource, Snapshot):
        columns = [one for one in columns if one.target == whole.name]
    if issubclass(resource, CoreDetail):
        columns = [one for one in columns if one.target != resource.index.name]
    if any(one.target in family - {whole.name} for one in columns):
        columns = [one for one in columns if one.target != whole.name]
    yield from columns
    seen = {one.target for one in book.references if one.stream in family and "." not in one.path}
    for one in own:
        if "." in one.path and one.target not in seen | family:
            seen.add(one.target)
            yield one


def _entity(resource: type[Resource], refers: set[str]) -> Iterator[str]:
    schema = resource.columns()
    yield f"    {resource.name} {{"
    for name, field in schema.fields.items():
        marks = ["PK"] * (name in schema.key) + ["FK"] * bool({name, f"{name}[]"} & refers)
        if marks:
            yield f"        {kind(field).replace(' ', '_')} {name} {', '.join(marks)}"
    yield "    }"


def _line(one: Reference, known: dict[str, type[Resource]]) -> str:
    """Return a reference as a line between two streams: how many of each, and by which field."""
    source, target = known[one.stream].columns(), known[one.target].columns()
    many_there = target.key != (one.column,) and one.column in target.key
    never_null = one.path in source.key
    there = ("|{" if never_null else "o{") if many_there else ("||" if never_null else "o|")
    here = "|o" if source.key == (one.path,) else "}o"
    stroke = ".." if "." in one.path else "--"
    return f'    {one.stream} {here}{stroke}{there} {one.target} : "{one.path}"'
