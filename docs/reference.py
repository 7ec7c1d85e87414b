"""The field reference: a page a stream and an index an API, from the declarations.

What a page says of the way a stream is read is in ``costs``, the diagrams are in ``erd``. Links are
relative, so that the pages lead to each other on GitHub and on a site.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from docs import md
from docs.costs import reading
from docs.references import paths, references
from docs.subjects import by_subject, origin
from tap_cin7.core.resource import CoreList
from tap_cin7.reading.parts import Part
from tap_cin7.reading.resource import Listed
from tap_cin7.rows.extra_fields import EXTRA
from tap_cin7.run.apis import APIS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docs.references import Reference
    from tap_cin7.reading.resource import Resource
    from tap_cin7.rows.fields import Field

FOLDER = "docs/reference"
_EXAMPLES = {"omni": "memberId", "core": "CustomerID", "core_v1": "CustomerID"}
_HEADS = ["Field", "Type", "Meaning", "Points to"]


@dataclass(frozen=True)
class Book:
    """The pages on one API.

    Attributes:
        api: Its name.

    """

    api: str

    @cached_property
    def title(self) -> str:
        """The API's name for people."""
        return APIS[self.api].service.title

    @cached_property
    def resources(self) -> list[type[Resource]]:
        """Its streams, by name."""
        return APIS[self.api].resources()

    @cached_property
    def references(self) -> list[Reference]:
        """What refers to what."""
        return references(self.resources)

    def pages(self) -> dict[str, str]:
        """Return the pages by their path in the project."""
        folder = f"{FOLDER}/{self.api}"
        streams = {f"{folder}/{one.name}.md": self.page(one) for one in self.resources}
        return {f"{folder}/index.md": self.index(), **streams}

    # The index.

    def index(self) -> str:
        """Return the list of streams by subject."""
        sections = []
        for subject, resources in by_subject(self.api).items():
            rows = [
                [
                    md.link(one.name, f"{one.name}.md") + ("" if one.selected_by_default else " *"),
                    self._prose(paragraphs(one)[0]),
                    md.codes(one.schema.key),
                    _read_from(one),
                ]
                for one in resources
            ]
            heads = ["Stream", "What it holds", "Key", "Read from"]
            sections.append(f"## {subject}\n\n{md.table(heads, rows)}\n")
        return f"""{md.NOTICE}

# {self.title}: streams and fields

Every stream of `api: {self.api}` has a page with each of its fields: type, meaning, and what it
points to. Those marked * are read on request only. [Diagrams](erd.md) show how the streams hang
together, [settings](../../settings.md) what can be set.

Columns have the names that Cin7 gives them, capitals included. PostgreSQL takes such a name in
double quotes only, as in `"{_EXAMPLES[self.api]}"`; DuckDB takes it either way. Columns that the
tap adds say so in their meaning.

{chr(10).join(sections)}"""

    def _prose(self, text: str) -> str:
        """Return a paragraph of a docstring, with links where it names streams."""
        names = {one.name for one in self.resources}
        return md.prose(text, {name: f"{name}.md" for name in names})

    # A stream.

    def page(self, resource: type[Resource]) -> str:
        """Return the page on a stream."""
        first, *more = map(self._prose, paragraphs(resource))
        facts = "\n".join(f"- **{name}:** {value}" for name, value in self._facts(resource))
        parts = [md.NOTICE, f"# {resource.name}", first, facts, *more]
        parts += ["## Fields", md.table(_HEADS, self._fields(resource))]
        referring = self._referring(resource)
        if referring:
            parts += ["## What points here", referring]
        parts.append(f"[All streams of {self.title}](index.md), [diagrams](erd.md)")
        return "\n\n".join(parts) + "\n"

    def _facts(self, resource: type[Resource]) -> Iterator[tuple[str, str]]:
        how = reading(resource)
        yield "Read from", _read_from(resource)
        yield "Key", md.codes(resource.schema.key)
        yield "Incremental", how.incremental
        yield "Calls of a first load", how.first
        yield "Calls with nothing new", how.again
        yield "Selected", "by default" if resource.selected_by_default else "on request"
        if getattr(origin(resource), "bounded_by_start_date", False):
            yield "Bounded by", "`start_date`"
        if issubclass(resource, CoreList) and resource.flags:
            settings = (flag.setting for flag in resource.flags.values())
            yield "Filled as these settings say", md.codes(settings)
        parts = [one for one in self.resources if one is not resource and origin(one) is resource]
        if parts:
            yield "Cut from it", ", ".join(md.link(one.name, f"{one.name}.md") for one in parts)

    def _fields(self, resource: type[Resource]) -> Iterator[list[str]]:
        targets = {
            one.path.removesuffix("[]"): f"{one.target}.{one.column}"
            for one in self.references
            if one.stream == resource.name
        }
        columns = resource.columns()
        for path, field in paths({**columns.fields, **EXTRA}):
            target = targets.get(path, "")
            description = (
                field.description.replace(f" ({target})", "") if target else field.description
            )
            yield [
                md.code(path),
                kind(field) + (", key" if path in columns.key else ""),
                md.plain(description),
                md.link(target, f"{target.partition('.')[0]}.md") if target else "",
            ]

    def _referring(self, resource: type[Resource]) -> str:
        """Return a list of the columns that point to a stream, fields within columns left out."""
        columns: dict[str, list[str]] = {}
        for one in self.references:
            if one.target == resource.name and "." not in one.path:
                columns.setdefault(one.stream, []).append(one.path)
        return "\n".join(
            f"- {md.link(stream, f'{stream}.md')}: {md.codes(names)}"
            for stream, names in columns.items()
        )


def paragraphs(resource: type[Resource]) -> Sequence[str]:
    """Return what the declaration says of a stream; its first paragraph says what it holds."""
    return inspect.cleandoc(resource.__doc__ or "").split("\n\n")


def kind(field: Field) -> str:
    """Return the type of a field in a word or three."""
    if field.items is not None:
        return f"array of {kind(field.items)}"
    name = field.format or field.types[0]
    return f"open {name}" if name == "object" and field.properties is None else name


def _read_from(resource: type[Resource]) -> str:
    if issubclass(resource, Part):
        where = [".".join(place.steps) for place in resource.schema.places]
        found = list(dict.fromkeys(filter(None, where)))
        parent = resource.schema.parent.name
        return md.link(parent, f"{parent}.md") + (f", at {md.codes(found)}" if found else "")
    if issubclass(resource, Listed):
        return md.code(resource.path)
    return "the tap itself"
