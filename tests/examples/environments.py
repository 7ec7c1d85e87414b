"""Virtual environments of their own for what the examples run under, made once and kept.

Airflow and Dagster pin half of what there is, and belong into no environment of this project. They
lie in ``.cache/examples`` and are made anew when their requirements or the Python change.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "examples"
_BIN = Path(sys.executable).parent


def programs(name: str) -> Path:
    """Return the ``bin`` of an environment that has what ``requirements/<name>.txt`` asks for."""
    requirements = Path(__file__).parent / "requirements" / f"{name}.txt"
    place = kept(name, requirements.read_text(encoding="utf-8"))
    with FileLock(f"{place}.lock"):
        if not (place / "ready").exists():
            _uv("venv", "--clear", "--python", sys.executable, str(place))
            python = place / "bin" / "python"
            _uv("pip", "install", "--python", str(python), "--requirements", str(requirements))
            (place / "ready").touch()
    return place / "bin"


def with_wheel(bin_: Path) -> Path:
    """Install the tap as users get it, a wheel, into an environment; return its ``bin``."""
    wheel = built_wheel()
    with FileLock(f"{bin_.parent}.lock"):
        _uv(
            "pip",
            "install",
            "--python",
            str(bin_ / "python"),
            "--reinstall-package=tap-cin7",
            str(wheel),
        )
    return bin_


@cache
def built_wheel() -> Path:
    """Return a wheel of the tap as it is now."""
    folder = Path(tempfile.mkdtemp())
    _uv("build", "--wheel", "--out-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def kept(name: str, *contents: str) -> Path:
    """Return where to keep what is made from some contents, for this Python."""
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    made_from = "\0".join([sys.version, str(ROOT), *contents])
    return CACHE / f"{name}-{hashlib.sha256(made_from.encode()).hexdigest()[:12]}"


def _uv(*arguments: str) -> None:
    subprocess.run([str(_BIN / "uv"), "--quiet", *arguments], check=True)
