"""Compiles and builds the package as the adapter of another database does, and parses its SQL.

Run by the Python of dbt/.dialects, which has the adapters: ``python compiled.py snowflake``. There
is no database: what the package asks the catalog is answered here, and what a build would send is
written down instead. The build is a later one: the tables of incremental models are there. Prints a
line for each model or statement that does not parse.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import agate
import sqlglot
import yaml
from dbt.adapters.contracts.connection import AdapterResponse
from dbt.adapters.factory import FACTORY
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.contextvars import get_node_info
from jinja2 import Template
from sqlglot import exp

PACKAGE = Path(__file__).resolve().parents[2] / "dbt"
PROFILES: dict[str, dict[str, Any]] = {
    "snowflake": {"account": "a", "user": "u", "password": "none", "database": "db"},
    "bigquery": {"method": "oauth-secrets", "token": "none", "project": "db"},
    "redshift": {"host": "localhost", "user": "u", "password": "none", "port": 1, "dbname": "db"},
    "databricks": {"host": "h.invalid", "http_path": "/p", "token": "none", "catalog": "db"},
}
ACCOUNTS = {
    "cin7_omni_accounts": [
        {"schema": "cin7_omni", "base_currency": "NZD", "time_zone": "Pacific/Auckland"},
        {"schema": "cin7_omni_us", "base_currency": "USD", "rate": "divide"},
    ],
    "cin7_core_accounts": [{"schema": "cin7_core", "transactions_lookback_days": 10}],
}
METADATA = ("_sdc_extracted_at", "_sdc_batched_at", "_sdc_deleted_at")


def catalog() -> list[tuple[str, str, str]]:
    """Return schema, table and column of all that the staging models read."""
    rows = []
    for product in ("omni", "core"):
        path = next((PACKAGE / "models" / "staging" / product).glob("*__models.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            stream = model["name"].split("__")[1]
            columns = [one["name"] for one in model["columns"][1:]]
            # Names of Cin7 have no underscores, those that the tap adds have.
            names = {form for one in columns for form in (one, one.replace("_", ""))}
            for account in ACCOUNTS[f"cin7_{product}_accounts"]:
                rows += [(account["schema"], stream, one) for one in (*sorted(names), *METADATA)]
    return rows


ROWS = catalog()


def answer(sql: str) -> agate.Table:
    """Answer what the package asks the catalog."""
    if "select distinct schema_name" in sql:
        return agate.Table([(one,) for one in sorted({row[0] for row in ROWS})], ["schema_name"])
    if "select schema_name, table_name, column_name" in sql:
        wanted = sql.rpartition(" in (")[2]
        found = [row for row in ROWS if f"'{row[1]}'" in wanted]
        return agate.Table(found, ["schema_name", "table_name", "column_name"])
    return agate.Table([], [])


class Statement(NamedTuple):
    """What an adapter would have sent.

    Attributes:
        node: The model or hook that it belongs to.
        sql: One statement, or several.

    """

    node: str
    sql: str


def promised(dialect: str) -> dict[str, list[tuple[str, str]]]:
    """Return the columns and types of the marts."""
    written = (PACKAGE / "models/marts/_marts.yml").read_text(encoding="utf-8")
    target = {"type": dialect}
    return {
        mart["name"]: [
            (one["name"], Template(one["data_type"]).render(target=target))
            for one in mart["columns"]
        ]
        for mart in yaml.safe_load(written)["models"]
    }


def without_database(dialect: str) -> list[Statement]:
    """Let no adapter connect; returns a list that fills with what they would send."""
    sent: list[Statement] = []
    marts = promised(dialect)

    def write_down(sql: str) -> None:
        sent.append(Statement(get_node_info().get("node_name", ""), sql))

    def execute(_self: object, sql: str, *_: object, **__: object) -> tuple[Any, agate.Table]:
        write_down(sql)
        return AdapterResponse("OK"), answer(sql)

    def columns(self: Any, relation: Any, *_: object, **__: object) -> list[Any]:  # noqa: ANN401
        mart = relation.identifier.partition("__dbt_")[0]
        known = marts.get(mart, [("id", "bigint"), ("name", "text")])
        return [self.Column(name, self.Column.translate_type(kind)) for name, kind in known]

    def columns_of_query(self: Any, sql: str) -> list[Any]:  # noqa: ANN401
        write_down(sql)
        return [self.Column("id", "bigint")]

    def relation(self: Any, database: str, schema: str, identifier: str, **_: object) -> Any:  # noqa: ANN401
        is_incremental = get_node_info().get("materialized") == "incremental"
        if not is_incremental or "__dbt_" in identifier:
            return None
        return self.Relation.create(database, schema, identifier, type="table")

    def opened(_cls: type, connection: Any) -> Any:  # noqa: ANN401
        connection.state, connection.handle = "open", MagicMock()
        return connection

    register = FACTORY.register_adapter

    def registered(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        register(*args, **kwargs)
        for adapter in FACTORY.adapters.values():
            kind, connections = type(adapter), type(adapter.connections)
            kind.execute = execute
            kind.get_columns_in_relation = columns
            kind.get_column_schema_from_query = columns_of_query
            kind.get_relation = relation
            kind.list_schemas = lambda *_: ["analytics", "analytics_staging"]
            kind.list_relations_without_caching = lambda *_: []
            connections.open = classmethod(opened)
            connections.begin = connections.commit = lambda *_: None

    FACTORY.register_adapter = registered
    return sent


def dbt(command: str, dialect: str, directory: Path, *options: str) -> dbtRunnerResult:
    """Run dbt for all models."""
    output = {"type": dialect, "schema": "analytics", "threads": 1, **PROFILES[dialect]}
    profile = {"cin7": {"target": dialect, "outputs": {dialect: output}}}
    (directory / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    done = dbtRunner().invoke(
        [
            *(command, "--project-dir", str(PACKAGE), "--profiles-dir", str(directory)),
            *("--target-path", str(directory / "target"), "--vars", json.dumps(ACCOUNTS)),
            *("--no-populate-cache", "--log-level-file", "none", "--quiet", *options),
        ]
    )
    if not done.success:
        failed = [one.message for one in done.result or () if one.status == "error"]
        sys.exit(f"{dialect}: dbt {command} failed: {done.exception or failed[0]}")
    return done


def failure(statement: Statement, dialect: str) -> str | None:
    """Return why a statement is none of a dialect."""
    try:
        found = sqlglot.parse(statement.sql, dialect=dialect)
    except sqlglot.errors.SqlglotError as error:
        return f"{statement.node}: {str(error).splitlines()[0]}"
    for one in found:
        # sqlglot takes any setting, and keeps what it does not know as a command. Databricks'
        # adapter asks for properties of a table, which is such a one.
        is_unknown = isinstance(one, exp.Command) and one.name.upper() != "SHOW"
        if is_unknown or isinstance(one, exp.Set):
            return f"{statement.node}: unknown statement {statement.sql.strip()[:80]}"
    return None


def is_renewed(model: str, sent: list[Statement]) -> bool:
    """Tell whether rows of a model were removed and added."""
    sql = "".join(one.sql for one in sent if one.node == model)
    return "delete from" in sql and ("insert into" in sql or "merge into" in sql)


def is_narrow(statement: Statement, dialect: str) -> bool:
    """Tell whether a table would refuse long texts: in Redshift's, ``text`` has 256 characters."""
    if dialect != "redshift":
        return False
    tables = (one for one in sqlglot.parse(statement.sql, dialect=dialect) if one is not None)
    kinds = (column.kind for one in tables for column in one.find_all(exp.ColumnDef))
    return any(
        one is not None and one.is_type("text", "varchar") and not one.expressions for one in kinds
    )


def main(dialect: str) -> None:
    """Compile, build, and parse."""
    sent = without_database(dialect)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        dbt("compile", dialect, directory, "--full-refresh")
        models = [
            Statement(path.stem, path.read_text(encoding="utf-8"))
            for path in sorted((directory / "target/compiled/cin7/models").rglob("*.sql"))
        ]
        sent.clear()
        built = [one.node for one in dbt("run", dialect, directory).result]
    incremental = [one.name for one in built if one.config.materialized == "incremental"]
    failures = [one for one in (failure(each, dialect) for each in (*models, *sent)) if one]
    failures += [f"{one.node}: narrow text" for one in sent if is_narrow(one, dialect)]
    failures += [f"{one}: made anew" for one in incremental if not is_renewed(one, sent)]
    print(  # noqa: T201
        f"{dialect}: {len(models)} models, {len(sent)} statements of a later build, "
        f"{len(incremental)} models incremental, {len(failures)} failures",
        *failures,
        sep="\n",
    )
    sys.exit(bool(failures))


if __name__ == "__main__":
    main(sys.argv[1])
