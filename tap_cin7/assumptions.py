"""Assumptions about Cin7, each declared once, in assumptions.ini.

All texts on an assumption come from here: the table in docs/guarantees.md, the report of
``--verify``, and the ids in the summary of a run. A module that relies on one says so in the last
line of its docstring.
"""

from __future__ import annotations

from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

_APIS = {"omni": ("omni",), "core": ("core", "core_v1")}
"""Prefix of an id -> the APIs that it concerns; other ids concern all."""


@dataclass(frozen=True)
class Assumption:
    """An assumption about Cin7.

    Attributes:
        id: Its name in reports, which begins with the API if it concerns only one.
        sentence: What is assumed to be true.
        relies: Modules that rely on it.
        then: What breaks where it does not hold, and which setting helps.
        needs: What it takes to see it, if reading an account once can't show it.

    """

    id: str
    sentence: str
    relies: tuple[str, ...]
    then: str
    needs: str = ""

    @property
    def apis(self) -> tuple[str, ...]:
        """The APIs that it concerns."""
        return _APIS.get(self.id.partition("-")[0], ("omni", "core", "core_v1"))


def _declared() -> dict[str, Assumption]:
    file = ConfigParser(interpolation=None)
    file.read_string(Path(__file__).with_suffix(".ini").read_text(encoding="utf-8"))
    declared = {}
    for name in file.sections():
        texts = {key: " ".join(text.split()) for key, text in file[name].items()}
        relies = tuple(texts.pop("relies").split())
        declared[name] = Assumption(name, relies=relies, **texts)
    return declared


ASSUMPTIONS = _declared()
