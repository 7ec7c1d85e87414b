"""Write what docs and Meltano's files say of settings and streams, from the tap itself.

``python -m docs.generate`` writes, ``--check`` only reports which files are stale.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from docs import md, reality
from docs.definition import files, setting, settings
from docs.erd import erd
from docs.reference import FOLDER, Book
from tap_cin7.assumptions import ASSUMPTIONS
from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.reading.parts import Part
from tap_cin7.reading.resource import Listed
from tap_cin7.run.apis import APIS
from tap_cin7.tap import TapCin7

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_cin7.reading.resource import Resource

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = {"cin7-omni": "omni", "cin7-core": "core"}
"""The plugins of meltano.yml that accounts inherit their selection from, and their API."""


def meltano_settings() -> str:
    """Return the ``settings`` of the plugin."""
    yaml = YAML()
    yaml.width = sys.maxsize
    text = io.StringIO()
    yaml.dump({"settings": [setting(*one) for one in settings().items()]}, text)
    return text.getvalue()


def settings_table() -> str:
    """Return the settings as a table."""
    rows = []
    for name, declared in settings().items():
        default = declared.get("default")
        rows.append(
            [
                f"`{name}`",
                next(kind for kind in declared["type"] if kind != "null")
                + (", secret" if declared.get("secret") else ""),
                "" if default is None else f"`{str(default).lower()}`",
                md.one_line(declared["description"]),
            ]
        )
    return md.table(["Setting", "Kind", "Default", "What it does"], rows)


def settings_page() -> str:
    """Return docs/settings.md."""
    return f"""{md.NOTICE}

# Settings

Meltano reads a setting from `meltano.yml` or from the environment: `TAP_CIN7_` and the name in
capitals, such as `TAP_CIN7_API_KEY`. Without Meltano they stand in a JSON file given by
`--config`, or in the environment with `--config=ENV`; a `.env` file is read by Meltano only. An
unknown or malformed setting ends the run with a line that says what to write. The last ones come
with the Singer SDK.

{settings_table()}
"""


def _catalog(api: str) -> list[dict[str, Any]]:
    catalog = TapCin7(config={"api": api}, parse_env_config=False).catalog_dict
    return list(catalog["streams"])


def _by_default(entry: dict[str, Any]) -> bool:
    root = next(item for item in entry["metadata"] if not item["breadcrumb"])
    return bool(root["metadata"].get("selected-by-default", True))


def default_selection(api: str) -> list[str]:
    """Return the patterns that select in Meltano what the tap alone selects by default."""
    return [f"{entry['tap_stream_id']}.*" for entry in _catalog(api) if _by_default(entry)]


def _streams(api: str) -> Iterator[list[str]]:
    resources = {resource.name: resource for resource in APIS[api].resources()}
    for entry in _catalog(api):
        name = entry["tap_stream_id"]
        declared = resources[name]
        source = "the tap itself"
        if issubclass(declared, Part):
            source = f"`{declared.schema.parent.name}`"
        elif issubclass(declared, Listed):
            source = f"`{declared.path}`"
        yield [
            f"[`{name}`](reference/{api}/{name}.md)"
            + ("" if _by_default(entry) else " (on request)"),
            md.one_line((declared.__doc__ or "").split("\n\n")[0]),
            source,
            ", ".join(f"`{key}`" for key in entry["key_properties"]),
            _changes_by(declared),
        ]


def _changes_by(declared: type[Resource]) -> str:
    """Return by what changes are found; empty where a stream is read whole or comes with another.

    Not all of it is a replication key.
    """
    if stamp := declared.stamp():
        return f"`{stamp}`"
    if issubclass(declared, CoreDetail):
        return f"changed rows of `{declared.index.name}`"
    if issubclass(declared, CoreList) and declared.since_param:
        return f"filter `{declared.since_param}`"
    return ""


def streams_page() -> str:
    """Return docs/streams.md."""
    tables = []
    for key, api in APIS.items():
        rows = list(_streams(key))
        if rows:
            heads = ["Stream", "What it holds", "Read from", "Key", "Incremental by"]
            tables.append(f"## {api.service.title} (`api: {key}`)\n\n{md.table(heads, rows)}\n")
    return f"""{md.NOTICE}

# Streams

A stream read from another stream is cut from its rows, at no extra call, and comes when they do.
Any other stream without an entry in the last column is read whole each time. One marked "on
request" is left out unless you select it: it repeats another stream, or costs a call per row.
That holds for the tap alone and under Meltano. Each name leads to the stream's fields; the
diagrams show how streams hang together: [Omni](reference/omni/erd.md),
[Core](reference/core/erd.md).

Omni's `Cartons`, which can only be asked for order by order, are in `sales_orders_with_cartons`.

{chr(10).join(tables)}"""


def assumptions_table() -> str:
    """Return the assumptions, and what follows where one does not hold."""
    rows = [
        [f"`{one.id}`", md.one_line(one.sentence), md.one_line(one.then)]
        for one in ASSUMPTIONS.values()
    ]
    return md.table(["Id", "Assumption", "If it does not hold"], rows)


def _with(name: str, mark: str, text: str) -> str:
    """Return a file with a text between two marks, in place of what stands there."""
    before, begin, rest = _read(name).partition(f"<!-- begin: {mark} -->\n")
    _, end, after = rest.partition(f"\n<!-- end: {mark} -->")
    return before + begin + text + end + after


def meltano() -> str:
    """Return meltano.yml: the first plugin's settings and the templates' selections are replaced.

    There are no marks, since Meltano moves comments when it writes the file.
    """
    before, begin, rest = _read("meltano.yml").partition("\n    settings:\n")
    after = re.search(r"^    \w", rest, re.MULTILINE)
    if not begin or after is None:
        raise LookupError("meltano.yml has no settings of the tap to be replaced")
    text = f"{before}\n{indent(meltano_settings(), '    ')}{rest[after.start() :]}"
    for template, api in TEMPLATES.items():
        text = _with_selection(text, template, default_selection(api))
    return text


def _with_selection(text: str, plugin: str, patterns: Sequence[str]) -> str:
    found = re.search(rf"^  - name: {plugin}\n(?:    .*\n)*?    select:\n", text, re.MULTILINE)
    if found is None:
        raise LookupError(f"meltano.yml has no selection of {plugin} to be replaced")
    after = re.compile(r"(?:    - .*\n)*").match(text, found.end())
    assert after is not None  # noqa: S101 - matches nothing at least
    lines = "".join(f"    - {pattern}\n" for pattern in patterns)
    return text[: found.end()] + lines + text[after.end() :]


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pages() -> dict[str, str]:
    """Return every generated file by its path in the project."""
    found = {
        "docs/guarantees.md": _with("docs/guarantees.md", "assumptions", assumptions_table()),
        "docs/reality.md": reality.page(reality.read()),
        "docs/settings.md": settings_page(),
        "docs/streams.md": streams_page(),
        "meltano.yml": meltano(),
        **files(),
    }
    for book in map(Book, APIS):
        found |= book.pages() | erd(book)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pages, or tell which ones are stale."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    only_check = options.parse_args(argv).check
    wanted = pages()
    kept = {path.relative_to(ROOT).as_posix() for path in (ROOT / FOLDER).rglob("*.md")}
    stale = [name for name, text in wanted.items() if _text_of(name) != text]
    gone = sorted(kept - wanted.keys())
    for name in [*stale, *gone]:
        done = "removed" if name in gone else "written"
        sys.stdout.write(f"{name} {'is stale: run `make docs`' if only_check else done}\n")
    if not only_check:
        for name in stale:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(wanted[name], encoding="utf-8")
        for name in gone:
            (ROOT / name).unlink()
    return 1 if only_check and (stale or gone) else 0


def _text_of(name: str) -> str | None:
    return _read(name) if (ROOT / name).exists() else None


if __name__ == "__main__":
    sys.exit(main())
