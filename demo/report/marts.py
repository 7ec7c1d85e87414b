"""The marts of one database, as whoever keeps the books of one company sees them.

Books are the accounts of one product that one company keeps in one currency: their amounts may be
added up, those of different books may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

Row = tuple[Any, ...]

PREFIX = "cin7__"
SAMPLE = "demo.sample"
"""Table that says of a database that its shop is invented, with the shop's first and last day."""
_WHOSE = "product source_relation company base_currency"
_CHANGED = ("orders", "customers", "products")
"""Marts that say when a row was changed in Cin7."""
_LOADED_AT = "_sdc_batched_at"


class ReportError(Exception):
    """There is nothing to report on; the message says what to do."""


class NotBuiltError(Exception):
    """A mart, or a column of it, is not in the database."""


@dataclass(frozen=True)
class Books:
    """Accounts whose amounts may be added up.

    Attributes:
        product: ``omni`` or ``core``.
        company: Who keeps them.
        currency: What they are kept in; empty where nothing says it.
        accounts: Schemas of the accounts.
        changed: Time of the last change in Cin7, UTC.
        loaded: When the loader wrote last, UTC.
        as_of: Day that all periods end with: that of the last change.
        begins: Day of the first order or sale.

    """

    product: str
    company: str
    currency: str
    accounts: tuple[str, ...]
    changed: datetime | None
    loaded: datetime | None
    as_of: date
    begins: date | None


@dataclass(frozen=True)
class Sample:
    """The invented shop of the demo.

    Attributes:
        opened: Its first day.
        today: Its last day.

    """

    opened: date
    today: date


class Marts:
    """The marts in a database.

    Each has a view that shows the chosen books only: ``orders`` of ``cin7__orders``. The view
    ``period`` has one row, with the days ``begins`` and ``as_of`` of these books.

    Args:
        connection: Connection to the database.
        schema: Schema of the marts.

    Raises:
        ReportError: If the schema has none.

    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str) -> None:
        self._connection = connection
        tables = self.query(
            "select table_name from information_schema.tables "
            "where table_schema = ? and starts_with(table_name, ?) order by 1",
            schema,
            PREFIX,
        )
        self._tables = {
            name.removeprefix(PREFIX): f"{_quoted(schema)}.{_quoted(name)}" for (name,) in tables
        }
        if not self._tables:
            raise ReportError(
                f"no tables {schema}.{PREFIX}*: build them with dbt as dbt/README.md says, "
                "or run: make demo"
            )
        connection.execute("create temp table chosen (product text, source_relation text)")
        connection.execute("create temp table period (as_of date, begins date)")
        for name, table in self._tables.items():
            chosen = f"from {table} semi join chosen using (product, source_relation)"
            self.query(f"create temp view {_quoted(name)} as {chosen}")

    def query(self, text: str, *values: object) -> list[Row]:
        """Return the rows that a query finds.

        Raises:
            NotBuiltError: If a mart or a column is not there.

        """
        try:
            return self._connection.execute(text, values).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise NotBuiltError from error

    def sample(self) -> Sample | None:
        """Return the invented shop that the database holds, None if its rows are of a real one."""
        try:
            ((opened, today),) = self.query(f"select opened, today from {SAMPLE}")  # noqa: S608
        except NotBuiltError:
            return None
        return Sample(opened, today)

    def books(self) -> list[Books]:
        """Return all books, Omni's first."""
        accounts = self.query(
            f"""
            with accounts as (
                select product, source_relation, max(company) as company,
                    max(base_currency) as currency
                from ({_union(self._tables.values(), _WHOSE)})
                where product is not null
                group by all
            )
            select product, coalesce(company, ''), coalesce(currency, ''),
                list(source_relation order by source_relation)
            from accounts group by 1, 2, 3 order by product desc, 2, 3
            """  # noqa: S608 - names of tables
        )
        return [self._dated(*one) for one in accounts]

    def choose(self, books: Books) -> None:
        """Let the views show some books only."""
        self._show(books.product, books.accounts)
        self._connection.execute("delete from period")
        self._connection.execute("insert into period values (?, ?)", [books.as_of, books.begins])

    def _show(self, product: str, accounts: Collection[str]) -> None:
        self._connection.execute("delete from chosen")
        self._connection.execute(
            "insert into chosen select ?, unnest(?::text[])", [product, list(accounts)]
        )

    def _dated(self, product: str, company: str, currency: str, accounts: list[str]) -> Books:
        self._show(product, accounts)
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        changes = _union(self._views(_CHANGED), "modified_at")
        ((changed,),) = self.query(
            f"select max(modified_at) from ({changes}) where modified_at <= ?",  # noqa: S608
            now,
        )
        days = _union(self._views(("orders", "daily_sales")), "ordered_at day")
        ((begins,),) = self.query(
            f"select least(min(ordered_at), min(day))::date from ({days})"  # noqa: S608
        )
        return Books(
            product=product,
            company=company,
            currency=currency,
            accounts=tuple(accounts),
            changed=changed,
            loaded=self._loaded(accounts),
            as_of=(changed or now).date(),
            begins=begins,
        )

    def _loaded(self, accounts: Collection[str]) -> datetime | None:
        found = self.query(
            "select table_schema, table_name from information_schema.columns "
            "where column_name = ? and list_contains(?, table_schema)",
            _LOADED_AT,
            list(accounts),
        )
        tables = [f"{_quoted(schema)}.{_quoted(name)}" for schema, name in found]
        newest: datetime | None
        ((newest,),) = self.query(
            f"select max({_LOADED_AT})::timestamp from ({_union(tables, _LOADED_AT)})"  # noqa: S608
        )
        return newest

    def _views(self, names: Iterable[str]) -> list[str]:
        return [one for one in names if one in self._tables]


def _union(tables: Iterable[str], columns: str) -> str:
    """Return a query for columns of several tables, null where a table has none of a name."""
    names = columns.split()
    nothing = f"select {', '.join(f'null as {one}' for one in names)} where false"
    found = [f"select columns('^({'|'.join(names)})$') from {one}" for one in tables]  # noqa: S608
    return " union all by name ".join([nothing, *found])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
