"""Meltano's own database in PostgreSQL, by the address that docs/scheduling.md gives."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.pipelines.postgres import server
from tests.support import environment

if TYPE_CHECKING:
    from subprocess import CompletedProcess

ROOT = Path(__file__).resolve().parents[2]


def meltano(uri: str, place: Path, *command: str) -> CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("meltano")), *command],
        cwd=ROOT,
        env=environment(MELTANO_DATABASE_URI=uri, MELTANO_SYS_DIR_ROOT=str(place)),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_line_of_the_page_works(tmp_path: Path) -> None:
    page = (ROOT / "docs/scheduling.md").read_text(encoding="utf-8")
    found = re.search(r"MELTANO_DATABASE_URI='(\S+?)://", page)
    assert found is not None
    with server() as running:
        _, _, where = running.url.partition("://")
        uri = f"{found[1]}://{where}"
        made = meltano(uri, tmp_path, "upgrade", "database")
        assert made.returncode == 0, made.stderr[-2000:]
        listed = meltano(uri, tmp_path, "state", "list")
        assert listed.returncode == 0, listed.stderr[-2000:]
        bare = meltano(f"postgresql://{where}", tmp_path, "state", "list")
    assert "psycopg2" in bare.stderr
