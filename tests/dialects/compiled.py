"""Compiles the package as the adapter of another database does, without that database, and parses.

Run by the Python of dbt/.dialects, which has the adapters: ``python compiled.py snowflake``. What
the package asks the catalog of the database is answered here; nothing else is asked. Prints one
line a model that does not parse.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import agate
import sqlglot
import yaml
from dbt.adapters.contracts.connection import AdapterResponse
from dbt.adapters.factory import FACTORY
from dbt.cli.main import dbtRunner

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


def compile_as(dialect: str, directory: Path) -> Path:
    """Compile all models; returns where they are."""
    output = {"type": dialect, "schema": "analytics", "threads": 1, **PROFILES[dialect]}
    profile = {"cin7": {"target": dialect, "outputs": {dialect: output}}}
    (directory / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    runner = dbtRunner()
    done = runner.invoke(
        [
            *("compile", "--project-dir", str(PACKAGE), "--profiles-dir", str(directory)),
            *("--target-path", str(directory / "target"), "--vars", json.dumps(ACCOUNTS)),
            *("--no-populate-cache", "--log-level-file", "none", "--quiet"),
        ]
    )
    if not done.success:
        sys.exit(f"{dialect}: {done.exception}")
    return directory / "target" / "compiled" / "cin7" / "models"


def without_database() -> None:
    """Let no adapter connect."""

    def execute(_self: object, sql: str, *_: object, **__: object) -> tuple[Any, agate.Table]:
        return AdapterResponse("OK"), answer(sql)

    def columns(self: Any, *_: object, **__: object) -> list[Any]:  # noqa: ANN401
        return [self.Column("id", "bigint"), self.Column("name", "text")]

    register = FACTORY.register_adapter

    def registered(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        register(*args, **kwargs)
        for adapter in FACTORY.adapters.values():
            type(adapter).execute = execute
            type(adapter).get_columns_in_relation = columns
            type(adapter).get_relation = lambda *_, **__: None

    FACTORY.register_adapter = registered


def failure(model: Path, dialect: str) -> str | None:
    """Return why a model does not parse."""
    try:
        sqlglot.parse_one(model.read_text(encoding="utf-8"), dialect=dialect)
    except sqlglot.errors.ParseError as error:
        return f"{model.stem}: {str(error).splitlines()[0]}"
    return None


def main(dialect: str) -> None:
    """Compile and parse."""
    without_database()
    with tempfile.TemporaryDirectory() as directory:
        models = sorted(compile_as(dialect, Path(directory)).rglob("*.sql"))
        failures = [one for one in (failure(model, dialect) for model in models) if one]
    print(f"{dialect}: {len(models)} models, {len(failures)} do not parse", *failures, sep="\n")  # noqa: T201
    sys.exit(bool(failures))


if __name__ == "__main__":
    main(sys.argv[1])
