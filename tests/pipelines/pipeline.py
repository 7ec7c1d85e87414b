"""One pipeline of the project's own meltano.yml, against a sandbox."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import wait_until

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping

    from sandbox import Sandbox
    from tests.pipelines.accounts import Account
    from tests.pipelines.databases import Database

ROOT = Path(__file__).resolve().parents[2]
_LOG = "interrupted.log"
_SUMMARY = re.compile(r"SUMMARY (\w+)[^:]*: (\d+) rows")


@dataclass
class Pipeline:
    """``meltano run`` with state and job history of its own.

    Attributes:
        account: What is read.
        sandbox: Where it is read.
        database: Where it goes.
        directory: Where state and job history go; plugins are those of the project.
        variables: More environment variables, which win over those that follow from the rest.

    """

    account: Account
    sandbox: Sandbox
    database: Database
    directory: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, *options: str) -> dict[str, int]:
        """Run it to its end and return how many rows the tap emitted for each stream.

        Args:
            options: More options of ``meltano run``.

        """
        done = subprocess.run(
            self._command(*options),
            cwd=ROOT,
            env={**os.environ, **self._environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, _told(done.stdout)
        return {stream: int(rows) for stream, rows in _SUMMARY.findall(done.stdout)}

    def check(self) -> dict[str, Any]:
        """Return the report of a check, as machines get it."""
        command = [*self._meltano(), "invoke", self.account.plugin, "--check", "--json"]
        done = self._done(command, stdout=subprocess.PIPE)
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def load_notified(self, bodies: Path) -> str:
        """Load what the bodies of webhooks name, as the recipe for webhooks does; return the log.

        Args:
            bodies: A file of JSON lines.

        """
        messages = bodies.with_suffix(".messages")
        with messages.open("w") as out:
            extractor = [*self._meltano(), "invoke", self.account.plugin, f"--from-event={bodies}"]
            done = self._done(extractor, stdout=out)
        with messages.open() as lines:
            self._done([*self._meltano(), "invoke", self.database.loader], stdin=lines)
        return done.stderr

    def _done(
        self,
        command: list[str],
        **streams: Any,  # noqa: ANN401
    ) -> subprocess.CompletedProcess[str]:
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **streams}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **self._environment()},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **options,
        )
        assert done.returncode == 0, _told(done.stderr)
        return done

    def interrupt(self, number: signal.Signals, when: Callable[[], bool]) -> None:
        """Start it, and end it by a signal to all its processes, as Ctrl-C in a terminal does.

        Args:
            number: The signal.
            when: Says when to send it.

        """
        with (
            (self.directory / _LOG).open("w") as log,
            subprocess.Popen(
                self._command(),
                cwd=ROOT,
                env={**os.environ, **self._environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                wait_until(lambda: when() or process.poll() is not None)
                assert process.poll() is None, _told((self.directory / _LOG).read_text())
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
        assert process.returncode != 0
        # Meltano's children may outlive it by a moment, and the loader has the database open.
        wait_until(lambda: not _is_alive(process.pid))

    def _meltano(self) -> list[str]:
        meltano = Path(sys.executable).with_name("meltano")
        # The .env of whoever runs the tests is none of their business.
        return [str(meltano), f"--env-file={self.directory}/none.env", "--environment=prod"]

    def _command(self, *options: str) -> list[str]:
        plugins = [self.account.plugin, self.database.loader]
        return [*self._meltano(), "run", *options, *plugins]

    def _system(self) -> Path:
        """Return a directory for Meltano's own files, which runs side by side would overwrite."""
        system = self.directory / "meltano"
        if not system.exists():
            system.mkdir()
            for plugins in ("extractors", "loaders"):
                (system / plugins).symlink_to(ROOT / ".meltano" / plugins)
        return system

    def _environment(self) -> dict[str, str]:
        prefix = self.account.plugin.replace("-", "_")
        settings = {
            **self.account.access(self.sandbox),
            "requests_per_second": "1000",
            "requests_per_minute": "60000",
            "requests_per_day": "1000000",
        }
        return {
            **{f"{prefix}_{name}".upper(): value for name, value in settings.items()},
            f"{prefix}__select".upper(): json.dumps(self.account.selection),
            **self.database.settings,
            "MELTANO_CLI_LOG_FORMAT": "uncolored",
            "MELTANO_SYS_DIR_ROOT": str(self._system()),
            "MELTANO_DATABASE_URI": f"sqlite:///{self.directory}/meltano.db",
            "MELTANO_STATE_BACKEND_URI": f"file://{self.directory}/state",
            **self.variables,
        }


def _is_alive(group: int) -> bool:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat="],  # noqa: S607 - wherever it is
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = (line.split() for line in listed.stdout.splitlines())
    return any(int(pgid) == group and not state.startswith("Z") for pgid, state in found)


def _told(log: str) -> str:
    """Return the end of a log without its many metrics."""
    return "\n".join(line for line in log.splitlines() if "METRIC" not in line)[-6000:]
