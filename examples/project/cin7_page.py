"""A page of the fleet: which accounts failed, are late, or are near the limit of their day.

``python cin7_page.py > fleet.html`` reads ``tap_cin7_runs`` of each account of ``accounts.csv``, in
the warehouse ``TARGET_POSTGRES_SQLALCHEMY_URL``. Run it after each load, or every few minutes.

An account is *late* when its last complete run is older than ``CIN7_LATE_HOURS`` (3), *failed* when
the last run left a stream incomplete, and *near its limit* when 80 % of a day's calls were made in
the last 24 hours. Omni allows 5,000 calls a day; Core counts by minute only.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape
from typing import TYPE_CHECKING

import cin7_fleet
import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CALLS_A_DAY = {"omni": 5000}
NEAR = 0.8
AT_ONCE = 200
"""Schemas a query: a lock is taken for each, and PostgreSQL has 6,400 by default."""
ORDER = ("failed", "late", "near its limit", "never loaded", "fine", "off")
_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #1c2430; }
h1 { font-size: 1.4rem; } h1 small { font-weight: normal; color: #68707c; }
ul { display: flex; gap: .6rem; flex-wrap: wrap; padding: 0; list-style: none; }
li { border-radius: .4rem; padding: .5rem .9rem; background: #eef0f3; }
li b { display: block; font-size: 1.3rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; border-bottom: 2px solid #c9ced6; }
th, td { padding: .3rem .8rem .3rem 0; vertical-align: top; }
td { border-bottom: 1px solid #e4e7eb; } .n { text-align: right; white-space: nowrap; }
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

    """

    account: cin7_fleet.Account
    last_complete: datetime | None = None
    last_run: datetime | None = None
    notes: str = ""
    calls: int = 0
    rows: int = 0

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
        if self.last_complete is None or now - self.last_complete > late:
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
        told = row.account.problem or row.notes
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


def main() -> int:
    """Write the page; exit code 1 says that an account failed or is late."""
    now = datetime.now(timezone.utc)
    late = timedelta(hours=float(os.environ.get("CIN7_LATE_HOURS", "3")))
    address = os.environ.get("TARGET_POSTGRES_SQLALCHEMY_URL", "").replace("+psycopg", "", 1)
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            rows = read(connection, cin7_fleet.accounts(), now)
    except (cin7_fleet.FleetError, psycopg.Error) as error:
        sys.stderr.write(f"{str(error).strip().splitlines()[0]}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in page(rows, now, late))
    return int(any(row.status(now, late) in {"failed", "late"} for row in rows))


if __name__ == "__main__":
    sys.exit(main())
