"""No page of the site has a link that leads nowhere, and every page can be reached."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from typing_extensions import override

if TYPE_CHECKING:
    from pathlib import Path

HOME = "http://site/"
REPOSITORY = "https://github.com/tap-cin7/tap-cin7"


class Page(HTMLParser):
    """The links and the anchors of a page, and what it loads by itself."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors = {""}
        self._address = address
        self.feed(text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if name := given.get("id"):
            self.anchors.add(name)
        if tag == "a" and (link := given.get("href")):
            self.links.add(urljoin(self._address, link))
        if tag in ("script", "img") and (source := given.get("src")):
            self.loaded.add(urljoin(self._address, source))
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.add(urljoin(self._address, given.get("href") or ""))


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[str, Page]:
    """Return the pages by their address."""
    found = {}
    for file in html.rglob("index.html"):
        folder = file.parent.relative_to(html).as_posix()
        address = urljoin(HOME, "" if folder == "." else f"{folder}/")
        found[address] = Page(address, file.read_text(encoding="utf-8"))
    return found


def test_every_link_leads_to_a_page_and_an_anchor_in_it(pages: dict[str, Page]) -> None:
    dead = []
    for address, page in pages.items():
        for link in page.links:
            target, anchor = urldefrag(link)
            if link.startswith(HOME) and not (
                target in pages and unquote(anchor) in pages[target].anchors
            ):
                dead.append(f"{address} -> {link}")
    assert sorted(dead) == []


def test_every_page_can_be_reached_from_the_first_one(pages: dict[str, Page]) -> None:
    reached, new = set(), {HOME}
    while new:
        reached |= new
        linked = {urldefrag(link).url for address in new for link in pages[address].links}
        new = (linked & pages.keys()) - reached
    assert pages.keys() - reached == set()


def test_every_file_of_the_project_that_a_page_links_to_is_there(pages: dict[str, Page]) -> None:
    from tests.site.conftest import ROOT  # noqa: PLC0415

    missing = set()
    for page in pages.values():
        for link in page.links:
            for kind in ("blob", "tree"):
                start = f"{REPOSITORY}/{kind}/main/"
                path = ROOT / urlsplit(link).path.removeprefix(urlsplit(start).path)
                if link.startswith(start) and not path.exists():
                    missing.add(link)
    assert missing == set()


def test_what_a_page_loads_is_there_and_comes_from_the_site(
    pages: dict[str, Page], html: Path
) -> None:
    loaded = {source for page in pages.values() for source in page.loaded}
    elsewhere = {source for source in loaded if not source.startswith(HOME)}
    assert elsewhere == set()
    missing = {one for one in loaded if not (html / urldefrag(one).url[len(HOME) :]).is_file()}
    assert missing == set()
    assert len(loaded) > 3


def test_each_stream_has_a_page(pages: dict[str, Page]) -> None:
    from tests.support import discovered  # noqa: PLC0415

    for api in ("omni", "core", "core_v1"):
        for entry in discovered(api)["streams"]:
            assert f"{HOME}reference/{api}/{entry['tap_stream_id']}/" in pages
