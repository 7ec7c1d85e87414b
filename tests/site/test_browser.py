"""What a reader of the site sees: fields are found, diagrams drawn, nothing is from elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

# Zensical draws diagrams where scripts can't look.
LET_SCRIPTS_LOOK = """
const closed = Element.prototype.attachShadow
Element.prototype.attachShadow = function (how) {
  return closed.call(this, { ...how, mode: "open" })
}
"""
API_FOLDERS = ("omni", "core", "core_v1")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Return a page that fails the test when it reports an error or asks another host."""
    complaints: list[str] = []
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 1000})
    context.add_init_script(LET_SCRIPTS_LOOK)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on(
        "request",
        lambda request: None if request.url.startswith(address) else complaints.append(request.url),
    )
    yield page
    context.close()
    assert complaints == []


def test_search_finds_a_field_and_leads_to_its_page(page: Page) -> None:
    page.goto("/")
    search(page, "distributionBranchId")
    found = page.locator("a[href*='reference/omni/sales_orders/']").filter(has_text="Fields")
    found.first.click()
    page.wait_for_url(re.compile(r"/reference/omni/sales_orders/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^sales_orders"))
    expect(page.locator("td code", has_text=re.compile("^distributionBranchId$"))).to_be_visible()


def test_search_finds_a_message_of_the_log(page: Page) -> None:
    page.goto("/settings/")
    search(page, "the target closed the pipe before the run was over")
    page.get_by_role("option").filter(has_text="the target closed the pipe").first.click()
    page.wait_for_url(re.compile(r"/troubleshooting/.*#the-target-closed-the-pipe"))


@pytest.mark.parametrize("api", API_FOLDERS)
def test_every_diagram_is_drawn(page: Page, api: str) -> None:
    source = page.request.get(f"/reference/{api}/erd/").text()
    diagrams = len(re.findall(r'<pre class="mermaid"', source))
    assert diagrams
    page.goto(f"/reference/{api}/erd/")
    expect(page.locator("div.mermaid svg")).to_have_count(diagrams, timeout=60_000)
    expect(page.locator("pre.mermaid")).to_have_count(0)
    expect(page.locator("div.mermaid svg[aria-roledescription='er']")).to_have_count(diagrams)
    sizes = page.locator("div.mermaid svg").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(sizes) > 50


def test_pages_without_diagrams_do_not_load_mermaid(page: Page) -> None:
    with page.expect_request("**/diagrams.js"):
        page.goto("/settings/")
    page.wait_for_load_state("networkidle")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert not [name for name in loaded if "mermaid" in name]


@pytest.mark.parametrize("path", ["/", "/troubleshooting/", "/first-load-core/", "/dbt/"])
def test_a_page_reads_on_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def search(page: Page, words: str) -> None:
    """Type words into the search."""
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Search")
    expect(box).to_be_focused()
    box.fill(words)
