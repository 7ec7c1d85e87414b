"""Every warning and error of the tap has its entry in docs/troubleshooting.md, and no other has."""

from __future__ import annotations

import re

import pytest

from tests.docs.clone import ROOT
from tests.docs.messages import messages

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
MESSAGES = messages()
ENTRIES = re.findall(r"^(?:###|-) `([^`\n]+)`$", PAGE, re.MULTILINE)
SECTIONS = re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:]
_TEXT = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
EXPLAINED = {" ".join(quoted.split()) for quoted in re.findall(r"`([^`]+)`", _TEXT)}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_has_an_entry(message: str) -> None:
    assert message in EXPLAINED, f"{MESSAGES[message]} says what docs/troubleshooting.md does not"


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_is_of_a_message(entry: str) -> None:
    assert entry in MESSAGES, "the tap does not say this any more"


def test_an_entry_stands_once() -> None:
    assert len(ENTRIES) == len(set(ENTRIES))


@pytest.mark.parametrize("section", [one for one in SECTIONS if one.startswith("`")])
def test_an_entry_says_what_it_means(section: str) -> None:
    _, _, text = section.partition("\n")
    explained = [line for line in text.splitlines() if line and not line.startswith("- ")]
    assert explained


def test_what_is_known_of_the_tap_s_messages_is_collected() -> None:
    """One of each way in which a message comes about: who finds nothing, finds no gap."""
    known = {
        "setting … is unknown…",  # put together in a function
        "…: Cin7 refused a call (…), waiting",  # given to a logger
        "these rows were taken before: read anew, with their state",  # an exception's
        # said by the exception itself
        "stopped by …: state is saved, run again to go on from there",
        "V1 of the Cin7 Core API is legacy and the vendor asks to move to V2 (api: core)",
        "…: … rows without a key were left out",
    }
    assert known <= MESSAGES.keys()
    assert len(MESSAGES) > 100
