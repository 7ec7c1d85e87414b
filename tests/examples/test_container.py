"""The image and the CronJob: checked by their linters; the image built step by step and run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.examples.conftest import ROWS
from tests.examples.environments import programs
from tests.examples.fleet import wait_for
from tests.examples.project import EXAMPLES, copied, in_bash, path_with
from tests.support import environment

if TYPE_CHECKING:
    from tests.examples.project import Deployment

DOCKERFILE = EXAMPLES / "docker" / "Dockerfile"
KUBERNETES = EXAMPLES / "kubernetes"
MINUTES_FOR_THE_REST = 5


@dataclass
class Image:
    """What a Dockerfile makes, with a folder in the place of ``/app``.

    All stages share the folder, so that nothing needs to be moved between them.

    Attributes:
        app: The folder.
        context: What is copied from.
        variables: The environment of the stage.
        entrypoint: How it starts.
        command: What it does unless told otherwise.
        users: Who it runs as, stage by stage.

    """

    app: Path
    context: Path
    variables: dict[str, str]
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)

    def build(self, instructions: list[tuple[str, str]]) -> None:
        """Follow the instructions.

        Raises:
            ValueError: If one is not known here.

        """
        for word, rest in instructions:
            here = re.sub(r"(?<![\w.])/app\b", str(self.app), rest)
            if word == "FROM":
                self.users.append("root")
            elif word == "ENV":
                for pair in shlex.split(here):
                    name, _, value = pair.partition("=")
                    self.variables[name] = value.replace("$PATH", self.variables["PATH"])
            elif word == "RUN":
                in_bash(here, self.app, self.variables)
            elif word == "COPY":
                self._copy([part for part in here.split() if not part.startswith("--chown")])
            elif word == "USER":
                self.users[-1] = rest
            elif word in {"ENTRYPOINT", "CMD"}:
                listed = yaml.safe_load(rest)
                self.entrypoint, self.command = (
                    (listed, []) if word == "ENTRYPOINT" else (self.entrypoint, listed)
                )
            elif word != "WORKDIR":
                raise ValueError(f"{word} is not known to this test")

    def _copy(self, parts: list[str]) -> None:
        if parts[0].startswith("--from"):
            assert [Path(part) for part in parts[1:]] == [self.app, self.app]
            return
        assert parts[-1] == "./"
        for name in parts[:-1]:
            shutil.copy(self.context / name, self.app)


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Return the image of the project, built."""
    place = tmp_path_factory.mktemp("image")
    # The Python of the base image, which has pip and whose packages are nobody else's.
    subprocess.run([sys.executable, "-m", "venv", place / "python"], check=True)
    app = place / "app"
    app.mkdir()
    variables = environment(PATH=path_with(place / "python" / "bin"), HOME=str(place))
    made = Image(app, copied(place / "context"), variables)
    made.build(instructions())
    return made


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [programs("lint") / "hadolint", DOCKERFILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_nothing_of_the_first_stage_but_the_app_is_shipped_and_nobody_is_root() -> None:
    told = instructions()
    assert [word for word, _ in told].count("FROM") == 2
    last = told[[word for word, _ in told].index("FROM", 1) :]
    assert not [rest for word, rest in last if word == "RUN"]
    (user,) = (rest for word, rest in last if word == "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_the_base_is_pinned_by_its_digest() -> None:
    bases = {rest.split()[0] for word, rest in instructions() if word == "FROM"}
    (base,) = bases
    assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", base)


def test_the_image_loads_an_account(image: Image, deployment: Deployment) -> None:
    in_bash(
        shlex.join([*image.entrypoint, "run", "nz"]),
        image.app,
        image.variables | running(image, deployment),
    )
    assert deployment.count("nz") == ROWS


def test_a_container_that_is_stopped_leaves_the_rest_to_the_next(
    image: Image, deployment: Deployment, tmp_path: Path
) -> None:
    deployment.sandbox.gate.latency_seconds = 2.0
    log = tmp_path / "log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            [*image.entrypoint, "run", "nz"],
            cwd=image.app,
            env=image.variables | running(image, deployment),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        wait_for(
            lambda: "tap-cin7 v" in log.read_text() or process.poll() is not None, log.read_text
        )
        process.send_signal(signal.SIGTERM)
    assert process.returncode > 0, log.read_text()[-4000:]
    with suppress(ProcessLookupError):  # a container takes all of its processes along
        os.killpg(process.pid, signal.SIGKILL)
    deployment.sandbox.gate.latency_seconds = 0.0
    in_bash(
        shlex.join([*image.entrypoint, "run", "nz"]),
        image.app,
        image.variables | running(image, deployment),
    )
    assert deployment.count("nz") == ROWS


def running(image: Image, deployment: Deployment) -> dict[str, str]:
    """Return what is set when the image runs."""
    given = deployment.environment(TAP_CIN7_MAX_RUN_MINUTES="45")
    return {name: value for name, value in given.items() if name not in image.variables}


@pytest.mark.parametrize("name", ["cronjob.yaml", "fleet.yaml"])
def test_the_cronjob_is_valid(name: str) -> None:
    done = subprocess.run(
        [programs("lint") / "kubernetes-validate", "--strict", KUBERNETES / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["cronjob.yaml", "fleet.yaml"])
def test_the_cronjob_leaves_the_tap_time_to_end_by_itself(name: str) -> None:
    cronjob: dict[str, Any] = yaml.safe_load((KUBERNETES / name).read_text(encoding="utf-8"))
    assert cronjob["spec"]["concurrencyPolicy"] == "Forbid"
    job = cronjob["spec"]["jobTemplate"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    given = {one["name"]: one.get("value") for one in container["env"]}
    seconds = int(given.get("MELTANO_RUN_TIMEOUT") or job["activeDeadlineSeconds"])
    minutes = int(given["TAP_CIN7_MAX_RUN_MINUTES"]) + MINUTES_FOR_THE_REST
    assert minutes * 60 <= seconds
    assert container["args"] in (["work"], ["run", "nz"])
    assert not [one for one in given if re.search("KEY|PASSWORD|ACCOUNT_ID", one)]


def test_a_worker_that_a_failed_account_ended_is_not_started_again() -> None:
    fleet = yaml.safe_load((KUBERNETES / "fleet.yaml").read_text(encoding="utf-8"))
    job = fleet["spec"]["jobTemplate"]["spec"]
    assert (job["completionMode"], job["completions"]) == ("Indexed", job["parallelism"])
    rule, *_ = job["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailIndex"
    assert rule["onExitCodes"]["values"] == [1, 2]
    (container,) = job["template"]["spec"]["containers"]
    assert rule["onExitCodes"]["containerName"] == container["name"]
    told = {one["name"]: one for one in container["env"]}
    assert {"JOB_NAME", "TAP_CIN7_QUOTA_STORE", "CIN7_ACCOUNTS", "CIN7_SECRETS"} <= told.keys()


def test_a_worker_may_read_the_secrets_that_are_mounted() -> None:
    fleet = yaml.safe_load((KUBERNETES / "fleet.yaml").read_text(encoding="utf-8"))
    pod = fleet["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (secret,) = (one["secret"] for one in pod["volumes"] if "secret" in one)
    # The files are those of root and of the Pod's fsGroup, and nobody else is to read them.
    assert secret["defaultMode"] == 0o440
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]
