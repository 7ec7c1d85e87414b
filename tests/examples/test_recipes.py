"""The recipes of docs/recipes.md, run as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml

from sandbox import Sandbox
from tests.docs.clone import blocks
from tests.examples.alerts import listener
from tests.examples.environments import programs
from tests.examples.project import EXAMPLES, MELTANO, in_bash, path_with
from tests.processes import TAP
from tests.support import environment, run_tap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.examples.project import Deployment
    from tests.support import Result

PAGE = "docs/recipes.md"
_PROFILE = """
cin7:
  target: test
  outputs:
    test:
      type: postgres
      host: {server.directory}
      port: 5432
      user: {server.user}
      password: ""
      dbname: {server.database}
      schema: analytics
      threads: 1
"""


def block(language: str, part: str) -> str:
    """Return the block of the page that has a part of text in it."""
    (found,) = (one.text for one in blocks(PAGE) if one.language == language and part in one.text)
    return found


def mapped(api: str, catalog: Sequence[str], sandbox: Sandbox) -> tuple[Result, dict[str, Any]]:
    """Run the tap with the recipe's maps and return what came, and what Cin7 has."""
    project = yaml.safe_load(block("yaml", "stream_maps"))
    (extractor,) = project["environments"][0]["config"]["plugins"]["extractors"]
    access = sandbox.access if api == "omni" else sandbox.core_access
    settings: dict[str, Any] = {"api": api, "username": None, "api_key": None, **access}
    settings |= {**extractor["config"], "stream_map_config": {"salt": "pepper"}}
    found = run_tap(sandbox, selected(api, catalog), **settings)
    store = sandbox.store if api == "omni" else sandbox.core.store
    return found, {name: store.rows(name) for name in catalog if name in store.tables}


def selected(api: str, streams: Sequence[str]) -> dict[str, Any]:
    """Return a catalog that selects some streams."""
    discovered: dict[str, Any] = json.loads(
        subprocess.run(
            [sys.executable, *TAP, "--config=ENV", "--discover"],
            env=environment(TAP_CIN7_API=api),
            capture_output=True,
            check=True,
        ).stdout
    )
    for stream in discovered["streams"]:
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return discovered


@pytest.mark.parametrize(
    ("api", "streams", "hashed", "private"),
    [
        (
            "omni",
            ("contacts", "contact_secondary_contacts"),
            "email",
            ("firstName", "lastName", "email", "phone", "address1", "billingEmail"),
        ),
        (
            "core",
            ("customers", "customer_contacts", "customer_addresses"),
            "Name",
            ("Name", "TaxNumber", "Comments"),
        ),
    ],
)
def test_no_personal_value_leaves_the_tap(
    api: str, streams: Sequence[str], hashed: str, private: Sequence[str]
) -> None:
    with Sandbox(default_rows=12) as sandbox:
        result, sent = mapped(api, streams, sandbox)
    assert result.exit_code == 0, result.stderr[-2000:]
    assert set(result.records) == {streams[0]}
    rows = sent[streams[0]]
    records = result.records[streams[0]]
    assert len(records) == len(rows)
    values = {str(row.get(column) or "") for row in rows for column in private}
    written = {str(value) for record in records for value in record.values()}
    assert not {value for value in values if len(value) > 3} & written
    hashes = {record[hashed] for record in records} - {None}
    assert hashes
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes)


def test_one_stream_is_read_again_and_the_others_keep_their_positions(
    deployment: Deployment,
) -> None:
    both = {"TAP_CIN7_NZ__SELECT": '["products.*", "customers.*"]'}
    assert deployment.run("nz", **both).returncode == 0
    command = block("text", "--full-refresh")
    in_bash(command, deployment.project, deployment.environment(**both))
    assert deployment.run("nz", **both).returncode == 0
    with psycopg.connect(deployment.server.dsn) as connection:
        found = connection.execute(
            "SELECT stream, bookmark_before IS NULL FROM cin7_nz.tap_cin7_runs ORDER BY began"
        ).fetchall()
    assert [began_anew for stream, began_anew in found if stream == "products"] == [
        True,
        True,
        False,
    ]
    assert [began_anew for stream, began_anew in found if stream == "customers"] == [True, False]


def dbt(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt."""
    return subprocess.run(
        [programs("dbt") / "dbt", *arguments, "--profiles-dir", "."],
        cwd=place,
        env=environment(DBT_SEND_ANONYMOUS_USAGE_STATS="false"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_dbt_keeps_every_version_and_says_when_nothing_comes_any_more(
    deployment: Deployment, tmp_path: Path
) -> None:
    place = tmp_path / "dbt"
    for name, content in {
        "dbt_project.yml": "name: cin7\nprofile: cin7\n",
        "profiles.yml": _PROFILE.format(server=deployment.server),
        "models/sources.yml": block("yaml", "sources:"),
        "models/current_products.sql": block("sql", "source('cin7_nz', 'products')"),
        "snapshots/products_history.yml": block("yaml", "snapshots:"),
    }.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    store = deployment.sandbox.core.store
    changed, gone, *_ = (one for one in store.rows("products") if one["PriceTier1"] is not None)

    def load_and_snapshot() -> None:
        done = deployment.run("nz", TAP_CIN7_NZ__SELECT='["products.*"]')
        assert done.returncode == 0, done.stdout[-3000:]
        for command in ("run", "snapshot"):
            done = dbt(place, command)
            assert done.returncode == 0, done.stdout[-3000:]

    load_and_snapshot()
    store.edit("products", changed["ID"], PriceTier1=123.45)
    load_and_snapshot()
    with psycopg.connect(deployment.server.dsn) as connection:
        connection.execute(
            'UPDATE cin7_nz.products SET _sdc_deleted_at = now() WHERE "ID" = %s', [gone["ID"]]
        )
    load_and_snapshot()
    with psycopg.connect(deployment.server.dsn) as connection:
        versions = connection.execute(
            'SELECT "PriceTier1"::float, dbt_valid_to IS NULL FROM analytics.products_history'
            ' WHERE "ID" = %s ORDER BY dbt_valid_from',
            [changed["ID"]],
        ).fetchall()
        ended = connection.execute(
            'SELECT dbt_valid_to IS NULL FROM analytics.products_history WHERE "ID" = %s',
            [gone["ID"]],
        ).fetchall()
    assert versions == [(float(changed["PriceTier1"]), False), (123.45, True)]
    assert ended == [(False,)]

    assert dbt(place, "source", "freshness").returncode == 0
    with psycopg.connect(deployment.server.dsn) as connection:
        connection.execute("UPDATE cin7_nz.tap_cin7_runs SET ended = ended - interval '7 hours'")
    stale = dbt(place, "source", "freshness")
    assert stale.returncode == 1
    assert "ERROR STALE freshness of cin7_nz.tap_cin7_runs" in stale.stdout


def test_cron_tells_somebody_when_a_load_fails_and_when_the_page_says_so(
    deployment: Deployment,
) -> None:
    lines = block("text", "python3 cin7_alert.py").replace("/opt/cin7", str(deployment.project))
    load, page = (re.sub(r"^\d+ \* \* \* \* ", "", line) for line in lines.splitlines())
    with (deployment.project / "accounts.csv").open("a") as file:
        file.write("odd,dear,cin7_odd,yes\n")
    with listener() as (address, told):
        variables = deployment.environment(ALERT_URL=address, PATH=path_with(MELTANO.parent))
        variables["TAP_CIN7_NZ_APPLICATION_KEY"] = ""
        in_bash(load, deployment.project, variables)
        in_bash(f"! {{ {page}; }}", deployment.project, variables)
    assert told == ["Cin7: nz was not loaded", "Cin7: 1 failed: odd"]
    assert (deployment.project / "nz.log").read_text() == "nz: set TAP_CIN7_NZ_APPLICATION_KEY\n"
    assert (deployment.project / "page.log").read_text() == "1 failed: odd\n"


def test_an_alert_without_an_address_is_no_failure() -> None:
    in_bash("python3 cin7_alert.py nothing", EXAMPLES / "project", environment())


_LAKE = """
import glob, os, sys
import duckdb
connection = duckdb.connect()
for name in ("ducklake", "postgres_scanner"):
    found = glob.glob(sys.prefix + f"/**/{name}.duckdb_extension", recursive=True)
    (file,) = set(map(os.path.realpath, found))  # lib64 is a link to lib
    connection.install_extension(file)
    connection.load_extension(name)
for _ in range(2):
    connection.execute("DETACH DATABASE IF EXISTS warehouse; DETACH DATABASE IF EXISTS lake")
    connection.execute(sys.argv[1])
    print(connection.execute(
        'SELECT count(*), count("PriceTier1") FILTER ("PriceTier1" = 5) FROM lake.products'
    ).fetchall())
    connection.execute("DETACH warehouse")
    import subprocess
    subprocess.run(sys.argv[2:], check=True, capture_output=True)
"""


def test_what_is_new_is_copied_to_a_ducklake(deployment: Deployment, tmp_path: Path) -> None:
    assert deployment.run("nz", TAP_CIN7_NZ__SELECT='["products.*"]').returncode == 0
    statements = block("sql", "ducklake").partition("\n")[2]
    for told, here in {
        "host=warehouse dbname=cin7": deployment.server.dsn,
        "ducklake:lake.ducklake": f"ducklake:{tmp_path}/lake.ducklake",
        "s3://my-bucket/lake": f"{tmp_path}/lake",
    }.items():
        assert told in statements
        statements = statements.replace(told, here)
    change = (
        "UPDATE cin7_nz.products SET \"PriceTier1\" = 5, _sdc_batched_at = now() + interval '1 day'"
        ' WHERE "ID" = (SELECT min("ID") FROM cin7_nz.products)'
    )
    done = subprocess.run(
        [
            programs("lake") / "python",
            "-c",
            _LAKE,
            statements,
            "psql",
            deployment.server.dsn,
            "-c",
            change,
        ],
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with psycopg.connect(deployment.server.dsn) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM cin7_nz.products").fetchall()
    assert done.stdout.split("\n")[:2] == [f"[({count}, 0)]", f"[({count}, 1)]"]
