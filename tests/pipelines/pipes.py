"""``tap | target`` with nothing but a pipe in between, run after run."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.processes import PATIENCE_SECONDS, forked
from tests.support import Result, environment

if TYPE_CHECKING:
    from tests.support import Row

LOADERS = Path(__file__).resolve().parents[2] / ".meltano" / "loaders"


def chosen(catalog: Row, *streams: str, method: str | None = None) -> Row:
    """Return a catalog of these streams, selected, and no other.

    Args:
        catalog: What discovery wrote.
        streams: Their names.
        method: Replication method of all of them; as discovered when left out.

    """
    catalog["streams"] = [one for one in catalog["streams"] if one["tap_stream_id"] in streams]
    assert len(catalog["streams"]) == len(streams)
    for entry in catalog["streams"]:
        entry["replication_method"] = method or entry["replication_method"]
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = True
    return catalog


@dataclass
class Pipe:
    """A tap and a target.

    Attributes:
        loader: Name of the loader, as in meltano.yml.
        program: Which of its programs is run: the release, or that of steady-targets.
        directory: Where their files go.
        config: Settings of the target.
        state: What the target handed back last, as the next run gets it.

    """

    loader: str
    program: str
    directory: Path
    config: Row
    state: Row | None = None

    def run(self, config: Row, catalog: Row) -> Result:
        """Run the tap to its end, and the target with what it writes.

        Args:
            config: Settings of the tap.
            catalog: What it reads.

        Returns:
            Exit code and log of the tap; its messages went to the target.

        """
        tap_options = self._files(config=config, catalog=catalog, state=self.state)
        target_options = self._files(config=self.config)
        program = LOADERS / self.loader / "venv" / "bin" / self.program
        log = self.directory / "log"
        with (
            log.open("wb") as stderr,
            forked(tap_options, stderr=stderr, environment=environment()) as tap,
        ):
            loaded = subprocess.run(
                [str(program), *target_options],
                stdin=tap.stdout,
                capture_output=True,
                timeout=2 * PATIENCE_SECONDS,
                check=False,
            )
            assert tap.stdout is not None
            tap.stdout.close()
            exit_code = tap.wait(PATIENCE_SECONDS)
        assert loaded.returncode == 0, loaded.stderr.decode()[-4000:]
        if states := loaded.stdout.splitlines():
            self.state = json.loads(states[-1])
        return Result(exit_code, b"", log.read_text())

    def _files(self, **contents: Row | None) -> list[str]:
        options = []
        for option, content in contents.items():
            if content is not None:
                path = Path(tempfile.mkdtemp(dir=self.directory), f"{option}.json")
                path.write_text(json.dumps(content))
                options += [f"--{option}", str(path)]
        return options
