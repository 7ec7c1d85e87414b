"""docs/reality.md: what was seen of each assumption, and where.

``python -m docs.reality report.json`` merges a report of ``--verify=json`` into docs/reality.json,
from which the page is written.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs import md
from tap_cin7.assumptions import ASSUMPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "docs" / "reality.json"
PAGE = ROOT / "docs" / "reality.md"
KINDS = {
    "documented": "documented",
    "seen": "seen on live accounts",
    "payloads": "public payloads",
    "clients": "public integrations",
}
"""Where something is known from: the vendor's pages, what somebody measured on an account, rows
that somebody published, and the code of others."""
_VERDICTS = ("holds", "refuted", "unseen")
_PATH = re.compile(r"[A-Za-z0-9_.\[\]*]+")
_HEADS = {"omni": "Cin7 Omni", "core": "Cin7 Core"}

Data = dict[str, Any]


def read(path: Path = DATA) -> Data:
    """Return what is known."""
    data: Data = json.loads(path.read_text(encoding="utf-8"))
    return {"sources": {}, "reports": [], **data}


def merge(report: Path, path: Path = DATA) -> None:
    """Add a report to what is known.

    Raises:
        SystemExit: If it is not a report of this version.

    """
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
        kept = {
            "api": found["api"],
            "calls": int(found["calls"]),
            "assumptions": [
                {name: one[name] for name in ("id", "verdict", "evidence")}
                for one in found["assumptions"]
            ],
            "fields": {
                kind: [one for one in found["fields"][kind] if _PATH.fullmatch(one["path"])]
                for kind in ("unknown", "misfits")
            },
        }
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{report} is not a report of --verify=json: {error!r}")
    for one in kept["assumptions"]:
        if one["id"] not in ASSUMPTIONS or one["verdict"] not in _VERDICTS:
            sys.exit(f"{report} has what this version does not know: {one['id']}, {one['verdict']}")
    data = read(path)
    data["reports"].append(kept)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def line(assumption: str, data: Data) -> str:
    """Return in how many reports an assumption held."""
    verdicts = Counter(
        one["verdict"]
        for report in data["reports"]
        for one in report["assumptions"]
        if one["id"] == assumption
    )
    seen = verdicts["holds"] + verdicts["refuted"]
    return f"{verdicts['holds']} of {seen} reports" if seen else "no report"


def _sources(found: Sequence[Mapping[str, str]]) -> str:
    told = [f"{KINDS[one['kind']]}: {one['says']}" for one in found]
    return "; ".join(told) or "nothing"


def _fields(data: Data) -> Iterator[str]:
    for kind, head in (
        ("unknown", "Fields that the catalog lacks"),
        ("misfits", "Values that do not fit their columns"),
    ):
        paths = Counter(
            (one["path"], one["type"])
            for report in data["reports"]
            for one in report["fields"][kind]
        )
        yield f"## {head}\n"
        for (path, sent), count in sorted(paths.items()):
            yield f"- `{path}` ({sent}): {count} reports"
        yield "" if paths else "No report has any yet.\n"


def page(data: Data) -> str:
    """Return docs/reality.md."""
    tables = []
    for api, head in _HEADS.items():
        rows = [
            [
                f"`{one.id}`",
                md.plain(_sources(data["sources"].get(one.id, ()))),
                line(one.id, data),
            ]
            for one in ASSUMPTIONS.values()
            if api in one.apis
        ]
        table = md.table(["Assumption", "Known from", "Held in"], rows)
        tables.append(f"## {head}\n\n{table}\n")
    return f"""{md.NOTICE}

# What is true of Cin7

Nobody who wrote this tap had an account of Cin7. This page says of each
[assumption](guarantees.md#what-it-rests-on) where it is known from: the vendor's pages
(documented), what somebody measured on an account (seen on live accounts), rows that somebody
published (public payloads), the code of others (public integrations), and the reports of users. A
report has no value of an account: [how to make and send one](trust.md#send-the-report).

{len(data["reports"])} reports are in.

{chr(10).join(tables)}
{chr(10).join(_fields(data)).rstrip()}
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Merge a report and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("report", type=Path, help="what --verify=json printed")
    merge(options.parse_args(argv).report)
    PAGE.write_text(page(read()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
