"""Assumptions: what the tap takes for granted of Cin7, each declared once, in assumptions.ini.

Everything that is said of an assumption comes from here: the table in docs/guarantees.md, the
report of ``--verify``, and the ids that the summary of a run names. A module that relies on one
says so in the last line of its docstring.
"""

from __future__ import annotations

from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

_APIS = {"omni": ("omni",), "core": ("core", "core_v1")}
"""Beginning of an id -> the APIs on which it is relied on; all for other ids."""


@dataclass(frozen=True)
class Assumption:
    """One thing that Cin7 is taken to do.

    Attributes:
        id: Its name in reports, which begins with the API where it is of one only.
        sentence: What is taken to be true.
        relies: Modules whose promise rests on it.
        then: What falls where it does not hold, and which setting helps.
        needs: What it takes to see it, where reading an account once can't show it.

    """

    id: str
    sentence: str
    relies: tuple[str, ...]
    then: str
    needs: str = ""

    @property
    def apis(self) -> tuple[str, ...]:
        """The APIs on which it is relied on."""
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
