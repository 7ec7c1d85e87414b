"""Ask Meltano what it would hand over to a run: the selection and the state in effect.

`meltano run` hands over both. `meltano invoke` with options for the tap hands over the catalog that
the last run left, and no state. Meltano keeps a link to its own program in the project.
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

LEFT_BY_THE_LAST_RUN = "tap.properties.json"
"""Name of the catalog file that Meltano hands over."""


class HandedOver(NamedTuple):
    """What a run would be given.

    Attributes:
        catalog: The catalog, with the selection in effect.
        state: The state; None if no run left one, or several did.
        state_ids: The runs that left a state.

    """

    catalog: dict[str, Any]
    state: dict[str, Any] | None
    state_ids: list[str]


class Meltano:
    """The Meltano project that called the tap.

    Attributes:
        extractor: The name of the tap in it.

    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment in which the tap runs."""
        self.extractor = environment.get("MELTANO_EXTRACTOR_NAME", "")
        self._prefix = f"{environment.get('MELTANO_ENVIRONMENT', '')}:{self.extractor}-to-"
        link = Path(environment.get("MELTANO_SYS_DIR_ROOT", ""), "run", "bin")
        self._program = str(link) if link.exists() else shutil.which("meltano")

    def handed_over(self) -> HandedOver:
        """Ask for catalog and state.

        Raises:
            BadInput: If Meltano can't be asked.

        """
        with ThreadPoolExecutor() as both:
            catalog = both.submit(self._output, "invoke", "--dump=catalog", self.extractor)
            listed = self._output("state", "list", f"--pattern={self._prefix}*")
            ids = [line for line in listed.splitlines() if line.startswith(self._prefix)]
            state = None
            if len(ids) == 1:
                state = json.loads(self._output("state", "get", ids[0])).get("singer_state")
            return HandedOver(json.loads(catalog.result()), state, ids)

    def loader_of(self, state_id: str) -> str:
        """Return the loader of the run that left a state."""
        return state_id.removeprefix(self._prefix).partition(":")[0]

    def _output(self, *command: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the program that has called the tap
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
