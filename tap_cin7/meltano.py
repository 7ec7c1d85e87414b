"""Ask Meltano for the catalog and the state that it would pass to a run.

`meltano run` passes both. `meltano invoke` with options for the tap passes the catalog of the last
run, and no state. Meltano keeps a link to its own program in the project.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOG_FILE = "tap.properties.json"
"""Name of the catalog file that Meltano passes."""


class RunInputs(NamedTuple):
    """What Meltano would pass to a run.

    Attributes:
        catalog: The catalog, with the selection in effect.
        state: The state; None if there is none, or several.
        state_ids: The ids of the states.

    """

    catalog: dict[str, Any]
    state: dict[str, Any] | None
    state_ids: list[str]


class Meltano:
    """The Meltano project that called the tap.

    Attributes:
        extractor: The name of the tap in it; empty without a project.

    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment in which the tap runs."""
        self.extractor = environment.get("MELTANO_EXTRACTOR_NAME", "")
        self._prefix = f"{environment.get('MELTANO_ENVIRONMENT', '')}:{self.extractor}-to-"
        link = Path(environment.get("MELTANO_SYS_DIR_ROOT", ""), "run", "bin")
        self._program = str(link) if link.exists() else shutil.which("meltano")

    def run_inputs(self) -> RunInputs:
        """Run Meltano to get catalog and state.

        Raises:
            BadInput: If Meltano can't be started or fails.

        """
        with ThreadPoolExecutor() as both:
            catalog = both.submit(self._output, "invoke", "--dump=catalog", self.extractor)
            listed = self._output("state", "list", f"--pattern={self._prefix}*")
            ids = [line for line in listed.splitlines() if line.startswith(self._prefix)]
            state = None
            if len(ids) == 1:
                state = json.loads(self._output("state", "get", ids[0])).get("singer_state")
            return RunInputs(json.loads(catalog.result()), state, ids)

    def loader_of(self, state_id: str) -> str:
        """Return the loader that a state id names."""
        return state_id.removeprefix(self._prefix).partition(":")[0]

    def _output(self, *command: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the program that called the tap
                [self._program or "meltano", *command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise BadInput(f"Meltano can't be started: {error}") from error
        if done.returncode != 0:
            *_, why = done.stderr.strip().splitlines() or ["no message"]
            raise BadInput(f"meltano {' '.join(command)} fails: {why}")
        return done.stdout
