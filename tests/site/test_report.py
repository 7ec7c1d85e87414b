"""The report in a browser: it reads on a phone and on a desk, by day and by night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from demo import report
from tests.demo.marts import Account, build, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

LONG = "A Company With Quite a Long Name (Aotearoa) Pty Ltd"
TEXTS = """
() => {
  const shown = one => one.checkVisibility() && one.getClientRects().length
  const own = one => [...one.childNodes].some(part => part.nodeType == 3 && part.data.trim())
  const luminance = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const paper = one => {
    const colour = getComputedStyle(one).backgroundColor
    return colour != "rgba(0, 0, 0, 0)" ? colour : paper(one.parentElement)
  }
  return [...document.querySelectorAll("body *")].filter(one => shown(one) && own(one)).map(one => {
    const style = getComputedStyle(one)
    const within = one.closest("svg")
    const scale = within ? one.getScreenCTM().a : 1
    const levels = [luminance(within ? style.fill : style.color), luminance(paper(one))]
    return {
      text: one.textContent.trim(),
      size: parseFloat(style.fontSize) * scale,
      contrast: (Math.max(...levels) + 0.05) / (Math.min(...levels) + 0.05),
    }
  })
}
"""
PICTURES = """
() => [...document.querySelectorAll("svg")].filter(one => one.checkVisibility()).map(one => {
  const place = part => {
    const { left, top, right, bottom } = part.getBoundingClientRect()
    return { left, top, right, bottom }
  }
  const bars = [...one.querySelectorAll("path[fill='var(--margin)'], path[fill='var(--loss)']")]
  return {
    place: place(one),
    section: place(one.closest("section")),
    bars: one.querySelector("[fill='var(--sales)']") ? [] : bars.map(place),
    texts: [...one.querySelectorAll("text")].filter(part => part.textContent.trim()).map(part => (
      { text: part.textContent, ...place(part) }
    )),
  }
})
"""


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("report")
    html = directory / "report.html"
    database = build(
        directory / "shop.duckdb",
        (Account("omni", "cin7_omni", "Shop Ltd", "NZD"), shop()),
        (Account("core", "cin7_core", LONG, "AUD"), shop(days=40)),
    )
    report.show(database, "analytics", html, Console(quiet=True))
    return html


@pytest.fixture(params=[(390, "light"), (390, "dark"), (1300, "light"), (1300, "dark")], ids=str)
def page(browser: Browser, html: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return the page with all its tables open; it may ask for nothing but itself."""
    width, scheme = request.param
    asked: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    page.on("request", lambda one: asked.append(one.url))
    page.goto(html.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    yield page
    context.close()
    assert asked == [html.as_uri()]


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    assert page.viewport_size
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]
    cut = page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => one.ariaLabel)"
    )
    assert cut == []


def test_all_text_can_be_read(page: Page) -> None:
    texts = page.evaluate(TEXTS)
    assert len(texts) > 500
    assert [one for one in texts if one["size"] < 10] == []
    assert [one for one in texts if one["contrast"] < 4.5] == []


def test_labels_of_charts_cover_neither_each_other_nor_bars(page: Page) -> None:
    pictures = page.evaluate(PICTURES)
    assert len(pictures) == 10
    for one in pictures:
        texts = one["texts"]
        assert len(texts) > 5
        assert outside(one["place"], one["section"]) == []
        assert [text for text in texts if outside(text, one["place"])] == []
        for number, text in enumerate(texts):
            others = [*texts[number + 1 :], *one["bars"]]
            assert [(text, other) for other in others if meet(text, other)] == []


def outside(inner: dict[str, Any], outer: dict[str, Any]) -> list[str]:
    """Return the sides on which something leaves what is around it, by more than a pixel."""
    return [
        *(side for side in ("left", "top") if inner[side] < outer[side] - 1),
        *(side for side in ("right", "bottom") if inner[side] > outer[side] + 1),
    ]


def meet(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two things cover each other by more than a pixel."""
    return all(
        one[first] < other[last] - 1 and other[first] < one[last] - 1
        for first, last in (("left", "right"), ("top", "bottom"))
    )
