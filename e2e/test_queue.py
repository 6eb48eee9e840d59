"""The queue: filters, and thousands of rows."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from e2e.conftest import Windows
from e2e.pages import queue_row
from e2e.product import Person
from e2e.test_grouping import head

# What a person sees at eight heights of the list, once it has been drawn.
BLANKS = """
async (list) => {
  for (let frame = 0; frame < 2; frame++)
    await new Promise((drawn) => requestAnimationFrame(drawn));
  const box = list.getBoundingClientRect();
  const heights = Array.from({ length: 8 }, (_, i) => (box.height * (i + 0.5)) / 8);
  const drawn = (found) => found.closest("[role=row]")?.textContent.includes("INC-");
  // All that is there: a tooltip may be above a row.
  const at = (y) => document.elementsFromPoint(box.x + box.width / 2, box.y + y);
  return heights.filter((y) => !at(y).some(drawn));
}
"""


async def test_filters_live_in_the_address(windows: Windows, agent: Person) -> None:
    low = await agent.create("Wobbly desk", priority="low")
    high = await agent.create("Wobbly shelf", priority="high")
    page = await windows.open(agent, "/incidents?q=wobbly")
    await expect(queue_row(page, low["number"])).to_be_visible()

    await page.get_by_role("button", name="Priority", exact=True).click()
    await page.get_by_role("checkbox", name="High").click()

    async def only_high(page: Page) -> None:
        await expect(page).to_have_url("/incidents?q=wobbly&priority=high")
        await expect(queue_row(page, high["number"])).to_be_visible()
        await expect(queue_row(page, low["number"])).to_have_count(0)

    await only_high(page)
    await page.reload()
    await only_high(page)
    await page.go_back()
    await expect(queue_row(page, low["number"])).to_be_visible()
    await page.go_forward()
    await only_high(page)


async def test_a_new_incident_appears_in_an_open_queue(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    page = await windows.open(agent, "/incidents?q=wolverine")
    await expect(page.get_by_text("Nothing matches")).to_be_visible()

    incident = await colleague.create("A wolverine in the server room")

    await expect(queue_row(page, incident["number"])).to_be_visible()


async def test_thousands_of_rows_scroll_without_a_blank_one(
    windows: Windows, agent: Person, crowd: int
) -> None:
    page = await windows.open(agent, "/incidents")
    grid = page.get_by_role("grid")
    await expect(grid.get_by_role("row").nth(15)).to_be_visible()
    scroller = grid.get_by_role("rowgroup").last
    await scroller.hover()
    blank = []
    # The number of rows is known once all have been loaded.
    while await grid.get_attribute("aria-rowcount") == "-1":
        await page.mouse.wheel(0, 2400)
        blank += await scroller.evaluate(BLANKS)

    assert int(await grid.get_attribute("aria-rowcount") or 0) > crowd
    assert blank == []
    assert await grid.get_by_role("row").count() < 100


async def test_large_groups_are_loaded_as_they_come_on_screen(
    windows: Windows, agent: Person, crowd: int
) -> None:
    page = await windows.open(agent, "/incidents?group=priority")
    grid = page.get_by_role("grid")
    await expect(grid.get_by_text(re.compile(r"INC-\d+")).first).to_be_visible()
    await expect(grid.get_by_role("button", expanded=True).first).to_be_visible()

    for name in ("Critical", "High", "Medium"):
        await head(page, name).click()
    await expect(head(page, "Low")).to_be_visible()
    low = re.sub(r"\D", "", await head(page, "Low").text_content() or "")
    await grid.get_by_role("rowgroup").last.hover()
    while await grid.get_attribute("aria-rowcount") == "-1":
        await page.mouse.wheel(0, 2400)
        await expect(head(page, "Low")).to_be_visible()

    assert int(await grid.get_attribute("aria-rowcount") or 0) == 5 + int(low)
    assert await grid.get_by_role("row").count() < 100
