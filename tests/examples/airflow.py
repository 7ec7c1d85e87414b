"""Airflow as it is deployed: scheduler, DAG processor and API server, LocalExecutor, PostgreSQL."""

from __future__ import annotations

import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from tests.examples.environments import programs
from tests.examples.fleet import NEVER, wait_for
from tests.examples.project import EXAMPLES, in_bash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pipelines.postgres import Server


class Airflow:
    """A running Airflow, asked by its database."""

    def __init__(self, home: Path, server: Server, environment: dict[str, str]) -> None:
        """Take where it lives.

        Args:
            home: Its folder.
            server: Where its database is.
            environment: What it runs with.

        """
        self.home = home
        self._environment = environment
        self._dsn = f"host={server.directory} user={server.user} dbname=airflow"

    def select(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self._dsn) as connection:
            return connection.execute(query.encode()).fetchall()

    @property
    def runs(self) -> dict[str, str]:
        """The states of the DAG runs, by DAG."""
        found = self.select("SELECT dag_id, state FROM dag_run")
        return {str(dag): str(state) for dag, state in found}

    @property
    def loads(self) -> dict[str, str]:
        """The states of the mapped tasks, by account."""
        found = self.select(
            "SELECT rendered_map_index, state FROM task_instance"
            " WHERE task_id = 'load' AND map_index >= 0"
        )
        return {str(account): str(state) for account, state in found}

    def mapped(self) -> dict[str, int]:
        """Return how many tasks each DAG was mapped to."""
        found = self.select(
            "SELECT dag_id, count(*) FROM task_instance"
            " WHERE task_id = 'load' AND map_index >= 0 GROUP BY dag_id"
        )
        return {str(dag): int(str(count)) for dag, count in found}

    def stop(self, account: str) -> None:
        """Let the load of an account count as failed while it runs, as the UI does."""
        with psycopg.connect(self._dsn) as connection:
            stopped = connection.execute(
                "UPDATE task_instance SET state = 'failed'"
                " WHERE rendered_map_index = %s AND state = 'running'",
                [account],
            )
            assert stopped.rowcount == 1

    def trigger(self, dag: str) -> None:
        """Begin a run of a DAG."""
        in_bash(f"airflow dags trigger {dag}", self.home, self._environment)

    def log(self) -> str:
        """Return the ends of the logs."""
        files = sorted(self.home.glob("*.log"))
        return "\n".join(f"{path.name}:\n{path.read_text()[-3000:]}" for path in files)


def variables(home: Path, server: Server, given: dict[str, str], **more: str) -> dict[str, str]:
    """Return the environment of all components.

    Args:
        home: Airflow's folder.
        server: Where its database is.
        given: What the DAG needs.
        more: More settings.

    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        **given,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "false",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__PARALLELISM": "20",
        # By default it has 5 seconds: too little where the tests share their cores.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": "of-a-test-" * 7,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": (
            f"postgresql+psycopg2://{server.user}@/airflow?host={server.directory}"
        ),
        "CIN7_SCHEDULE": "@once",
        "CIN7_PAGE_SCHEDULE": NEVER,
        "PATH": f"{programs('airflow')}:/usr/bin:/bin",
        **more,
    }


@contextmanager
def airflow(home: Path, server: Server, given: dict[str, str], **more: str) -> Iterator[Airflow]:
    """Run Airflow with the DAG of the examples; each of its DAGs begins one run by itself.

    Args:
        home: Airflow's folder, which is made.
        server: Takes Airflow's database.
        given: What the DAG needs.
        more: More settings.

    """
    (home / "dags").mkdir(parents=True)
    text = (EXAMPLES / "airflow" / "dag.py").read_text(encoding="utf-8")
    (home / "dags" / "dag.py").write_text(text, encoding="utf-8")
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE airflow")
    environment = variables(home, server, given, **more)
    in_bash("airflow db migrate", home, environment)
    running = Airflow(home, server, environment)
    address = environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    with _component("api-server", home, environment):
        # Tasks report to it, and fail where it does not answer yet.
        wait_for(lambda: _answers(address), running.log)
        with (
            _component("dag-processor", home, environment),
            _component("scheduler", home, environment),
        ):
            yield running


@contextmanager
def _component(name: str, home: Path, environment: dict[str, str]) -> Iterator[None]:
    with (
        (home / f"{name}.log").open("wb") as log,
        subprocess.Popen(
            [programs("airflow") / "airflow", name],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=60).close()  # noqa: S310 - of this machine
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def in_airflow(home: Path, server: Server, given: dict[str, str], code: str) -> str:
    """Run some Python in Airflow's environment and return the last line that it printed."""
    done = subprocess.run(
        [programs("airflow") / "python", "-W", "ignore", "-c", code],
        cwd=home,
        env=variables(home, server, given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.splitlines()[-1]
