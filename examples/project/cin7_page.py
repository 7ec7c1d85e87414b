"""A page of the fleet: which accounts failed, are late, or are near the limit of their day.

``python cin7_page.py > fleet.html`` reads ``tap_cin7_runs`` of each account of ``accounts.csv``, in
the warehouse ``TARGET_POSTGRES_SQLALCHEMY_URL``. Run it after each load, or every few minutes.
``python cin7_page.py tell > fleet.html`` also tells ``ALERT_URL`` who needs somebody, in one line.

An account is *late* when its last complete run is older than ``CIN7_LATE_HOURS`` (3), *failed* when
the last run left a stream incomplete, and *near its limit* when 80 % of a day's calls were made in
the last 24 hours. Omni allows 5,000 calls a day; Core counts by minute only.

With ``CIN7_DBT_PROJECT``, the folder of a dbt project, ``dbt source freshness`` is run first
(``DBT``: dbt's program). An account is late, too, when dbt finds a source in its schema stale.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import cin7_alert
import cin7_fleet
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CALLS_A_DAY = {"omni": 5000}
NEAR = 0.8
AT_ONCE = 200
"""Schemas a query: a lock is taken for each, and PostgreSQL has 6,400 by default."""
ORDER = ("failed", "late", "near its limit", "never loaded", "fine", "off")
URGENT = ("failed", "late")
NAMED = 10
"""Accounts that an alert names; the page has them all."""
_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #1c2430; }
h1 { font-size: 1.4rem; } h1 small { font-weight: normal; color: #68707c; }
ul { display: flex; gap: .6rem; flex-wrap: wrap; padding: 0; list-style: none; }
li { border-radius: .4rem; padding: .5rem .9rem; background: #eef0f3; }
li b { display: block; font-size: 1.3rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; border-bottom: 2px solid #c9ced6; }
th, td { padding: .3rem .8rem .3rem 0; vertical-align: top; white-space: nowrap; }
td { border-bottom: 1px solid #e4e7eb; } .n { text-align: right; }
td:last-child { white-space: normal; min-width: 16rem; }
.failed { color: #a61b1b; } .late, .near-its-limit { color: #8a5300; }
.never-loaded { color: #5b3d9e; } .fine { color: #1d6b39; } .off { color: #68707c; }
"""


@dataclass
class Row:
    """What is shown of an account.

    Attributes:
        account: Its line of the list.
        last_complete: When its last run ended that was complete in all streams.
        last_run: When its last run ended.
        notes: What its last run left incomplete.
        calls: Calls in the last 24 hours.
        rows: Rows in the last 24 hours.
        stale: What dbt found stale.

    """

    account: cin7_fleet.Account
    last_complete: datetime | None = None
    last_run: datetime | None = None
    notes: str = ""
    calls: int = 0
    rows: int = 0
    stale: str = ""

    @property
    def limit(self) -> int | None:
        """The calls that a day allows."""
        return CALLS_A_DAY.get(self.account.api)

    def status(self, now: datetime, late: timedelta) -> str:
        """Return one of ``ORDER``.

        Args:
            now: Present time.
            late: Age of the last complete run from which on an account is late.

        """
        if not self.account.enabled:
            return "off"
        if self.account.problem or self.notes:
            return "failed"
        if self.last_run is None:
            return "never loaded"
        if self.stale or self.last_complete is None or now - self.last_complete > late:
            return "late"
        if self.limit and self.calls >= NEAR * self.limit:
            return "near its limit"
        return "fine"


_RUNS = sql.SQL("""
SELECT {account} AS account, run_id, max(ended) AS ended, bool_and(complete) AS complete,
    string_agg(stream || ': ' || note, ', ' ORDER BY stream) FILTER (WHERE NOT complete) AS notes,
    sum(calls) AS calls, sum(rows) AS rows
FROM {runs} WHERE began > {since} GROUP BY run_id
""")
_ACCOUNTS = sql.SQL("""
WITH runs AS ({runs})
SELECT account, max(ended) FILTER (WHERE complete), max(ended),
    (array_agg(notes ORDER BY ended DESC))[1],
    coalesce(sum(calls) FILTER (WHERE ended > {yesterday}), 0)::bigint,
    coalesce(sum(rows) FILTER (WHERE ended > {yesterday}), 0)::bigint
FROM runs GROUP BY account
""")


def read(
    connection: psycopg.Connection, listed: Sequence[cin7_fleet.Account], now: datetime
) -> list[Row]:
    """Return what the warehouse has of each account, of the last 30 days.

    Args:
        connection: The warehouse.
        listed: The accounts.
        now: Present time.

    """
    found = {one.name: Row(one) for one in listed}
    for start in range(0, len(listed), AT_ONCE):
        with connection.transaction():  # which gives the locks back
            for name, complete, last, notes, calls, rows in _read_some(
                connection, listed[start : start + AT_ONCE], now
            ):
                one = found[name].account
                found[name] = Row(one, _utc(complete), _utc(last), notes or "", calls, rows)
    return list(found.values())


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=timezone.utc)  # the loader writes UTC without a zone


def _read_some(
    connection: psycopg.Connection, listed: Sequence[cin7_fleet.Account], now: datetime
) -> list[tuple[str, datetime | None, datetime, str | None, int, int]]:
    here = connection.execute(
        "SELECT table_schema FROM information_schema.tables"
        " WHERE table_name = 'tap_cin7_runs' AND table_schema = ANY(%s)",
        [[one.schema for one in listed]],
    )
    loaded = {schema for (schema,) in here}
    stamp = now.replace(tzinfo=None)
    parts = [
        _RUNS.format(
            account=sql.Literal(one.name),
            runs=sql.Identifier(one.schema, "tap_cin7_runs"),
            since=sql.Literal(stamp - timedelta(days=30)),
        )
        for one in listed
        if one.schema in loaded and not one.problem
    ]
    if not parts:
        return []
    query = _ACCOUNTS.format(
        runs=sql.SQL(" UNION ALL ").join(parts), yesterday=sql.Literal(stamp - timedelta(days=1))
    )
    return connection.execute(query).fetchall()


def page(rows: Sequence[Row], now: datetime, late: timedelta) -> Iterator[str]:
    """Return the lines of the page, what needs somebody first.

    Args:
        rows: What is shown.
        now: Present time.
        late: Age of the last complete run from which on an account is late.

    """
    shown = sorted(
        ((row.status(now, late), row) for row in rows),
        key=lambda one: (ORDER.index(one[0]), one[1].account.name),
    )
    yield '<!doctype html><html lang="en"><meta charset="utf-8"><title>Cin7 accounts</title>'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<style>{_STYLE}</style>"
    yield f"<h1>Cin7 accounts <small>{now:%Y-%m-%d %H:%M} UTC</small></h1><ul>"
    for status in ORDER:
        if count := sum(found == status for found, _ in shown):
            yield f'<li class="{_class(status)}"><b>{count:,}</b>{status}</li>'
    yield "</ul><table><tr><th>Account<th>API<th>Status<th>Last complete run"
    yield '<th class="n">Calls in 24 h<th class="n">Rows in 24 h<th>What is wrong'
    for status, row in shown:
        told = row.account.problem or "; ".join(filter(None, (row.notes, row.stale)))
        limit = f" of {row.limit:,}" if row.limit else ""
        yield (
            f"<tr><td>{escape(row.account.name)}<td>{escape(row.account.api)}"
            f'<td class="{_class(status)}">{status}<td>{_ago(row.last_complete, now)}'
            f'<td class="n">{row.calls:,}{limit}<td class="n">{row.rows:,}<td>{escape(told)}'
        )
    yield "</table></html>"


def _class(status: str) -> str:
    return status.replace(" ", "-")


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "none"
    minutes = int((now - moment).total_seconds()) // 60
    hours, days = minutes // 60, minutes // 1440
    age = f"{minutes} min" if hours < 2 else f"{hours} h" if days < 2 else f"{days} days"  # noqa: PLR2004
    return f'<time datetime="{moment:%Y-%m-%dT%H:%MZ}">{age} ago</time>'


def freshness(project: Path) -> dict[str, str]:
    """Let dbt look how fresh its sources are, and return what is stale, by schema.

    Args:
        project: Folder of the dbt project.

    Raises:
        FleetError: If dbt could not look.

    """
    program = os.environ.get("DBT", "dbt")
    found = project / "target" / "sources.json"
    found.unlink(missing_ok=True)
    try:
        done = subprocess.run(
            [program, "source", "freshness"], cwd=project, stdout=subprocess.DEVNULL, check=False
        )
    except OSError as error:
        raise cin7_fleet.FleetError(f"{program}: {error.strerror}; set DBT to its path") from error
    if not found.exists():
        raise cin7_fleet.FleetError(f"dbt source freshness ended with {done.returncode}")
    declared = json.loads((project / "target" / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads(found.read_text(encoding="utf-8"))["results"]
    stale: dict[str, list[str]] = {}
    for result in results:
        if result["status"] not in {"pass", "warn"}:
            source = declared["sources"][result["unique_id"]]
            stale.setdefault(source["schema"], []).append(source["name"])
    return {schema: f"dbt: stale {', '.join(sorted(names))}" for schema, names in stale.items()}


def urgent(statuses: Mapping[str, str]) -> str:
    """Return one line that says who needs somebody; nothing where nobody does.

    Args:
        statuses: The status of each account.

    """
    parts = []
    for status in URGENT:
        names = sorted(name for name, found in statuses.items() if found == status)
        if names:
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            parts.append(f"{len(names):,} {status}: {', '.join(names[:NAMED])}{more}")
    return "; ".join(parts)


def _rows(now: datetime) -> list[Row]:
    """Return what is shown, as the environment says."""
    dbt = os.environ.get("CIN7_DBT_PROJECT")
    stale = freshness(Path(dbt)) if dbt else {}
    address = os.environ.get("TARGET_POSTGRES_SQLALCHEMY_URL", "").replace("+psycopg", "", 1)
    try:
        conninfo_to_dict(address)
    except psycopg.ProgrammingError as error:  # whose text may hold the password
        raise cin7_fleet.FleetError(
            "TARGET_POSTGRES_SQLALCHEMY_URL: write postgresql+psycopg://user:password@host/database"
        ) from error
    with psycopg.connect(address, autocommit=True) as connection:
        rows = read(connection, cin7_fleet.accounts(), now)
    return [replace(row, stale=stale.get(row.account.schema, "")) for row in rows]


def main(arguments: Sequence[str]) -> int:
    """Write the page; exit code 1 says that an account failed or is late."""
    if arguments not in ([], ["tell"]):
        sys.stderr.write("write nothing or tell\n")
        return 2
    now = datetime.now(timezone.utc)
    late = timedelta(hours=float(os.environ.get("CIN7_LATE_HOURS", "3")))
    try:
        rows = _rows(now)
    except (cin7_fleet.FleetError, psycopg.Error) as error:
        told, code = str(error).strip().splitlines()[0], 2
    else:
        sys.stdout.writelines(f"{line}\n" for line in page(rows, now, late))
        told = urgent({row.account.name: row.status(now, late) for row in rows})
        code = 1 if told else 0
    if told:
        sys.stderr.write(f"{told}\n")
        if arguments:
            cin7_alert.send(f"Cin7: {told}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
