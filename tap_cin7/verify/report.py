"""The report of a verification: text for one screen, or a JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tap_cin7.client.redaction import one_line
from tap_cin7.run.check import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cin7.verify.findings import Finding
    from tap_cin7.verify.verification import Verification

_MOST_PATHS = 12
"""Most field paths in the text; the JSON has all."""
_HEADS = {"refuted": "does not hold", "holds": "holds", "unseen": "could not be seen"}


def as_json(report: Verification) -> str:
    """Return a report as JSON."""
    return json.dumps(
        {
            "api": report.api,
            "calls": report.calls,
            "assumptions": [
                {
                    "id": one.assumption.id,
                    "verdict": one.verdict,
                    "evidence": one.evidence,
                    "relies": list(one.assumption.relies),
                    "then": one.assumption.then,
                }
                for one in report.findings
            ],
            "fields": {
                "unknown": [
                    {"path": path, "type": sent}
                    for path, sent in sorted(report.fields.unknown.items())
                ],
                "misfits": [
                    {"path": path, "type": sent, "column": wanted}
                    for path, (sent, wanted) in sorted(report.fields.misfits.items())
                ],
            },
        },
        indent=2,
    )


def as_text(report: Verification) -> str:
    """Return a report as text for a terminal."""
    if report.is_over:
        return f"{one_line(report.stopped)}\nNothing could be seen."
    lines = [f"{report.api} at {report.base_url}: {report.lists} lists, {report.calls} calls"]
    if report.stopped:
        lines.append(f"stopped early, {one_line(report.stopped)}")
    lines += report.problems
    for verdict, head in _HEADS.items():
        found = [one for one in report.findings if one.verdict == verdict]
        hidden = [one for one in found if verdict == "unseen" and one.assumption.needs]
        if found:
            lines += ["", f"{head} ({len(found)})"]
            lines += [line for one in found if one not in hidden for line in _lines(one)]
        if hidden:
            others = ", ".join(one.assumption.id for one in hidden)
            lines.append(f"  not by one reading (docs/trust.md): {others}")
    lines += _fields(report)
    parts = [part for line in lines for part in wrapped(line)]
    return "\n".join([*parts, "", _advice(report)])


def _lines(one: Finding) -> Iterator[str]:
    """Yield the lines of a finding: three if it is refuted, otherwise one."""
    if one.verdict == "refuted":
        yield f"  {one.assumption.id}: {one.assumption.sentence.replace('`', '')}."
        yield f"    Seen: {one.evidence}."
        yield f"    Then: {one.assumption.then.replace('`', '')}."
    else:
        yield f"  {one.assumption.id}: {one.evidence}"


def _fields(report: Verification) -> Iterator[str]:
    unknown = [f"{path} ({sent})" for path, sent in sorted(report.fields.unknown.items())]
    misfits = [
        f"{path} ({sent} for {wanted})"
        for path, (sent, wanted) in sorted(report.fields.misfits.items())
    ]
    for head, paths in (
        ("fields that the catalog lacks", unknown),
        ("values that do not fit their columns", misfits),
    ):
        if paths:
            yield ""
            yield f"{head} ({len(paths)})"
            yield from (f"  {path}" for path in paths[:_MOST_PATHS])
            if len(paths) > _MOST_PATHS:
                yield f"  and {len(paths) - _MOST_PATHS} more: see --verify=json"


def _advice(report: Verification) -> str:
    refuted = sum(one.verdict == "refuted" for one in report.findings)
    if not report.lists and not refuted:
        return "Nothing of the lists could be seen, as none answered."
    if not refuted:
        return "Nothing that was looked at contradicts the tap's promises."
    return (
        f"{refuted} assumptions do not hold: do what stands after Then, and please send\n"
        "the report of --verify=json, which has no value of your account (docs/trust.md)."
    )
