"""Everything that a day's work needs, without a mouse."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from e2e.conftest import Windows
from e2e.pages import badge
from e2e.product import Person


async def scrolled(page: Page) -> int:
    """How far down the queue is."""
    rows = page.get_by_role("grid").get_by_role("rowgroup").last
    return int(await rows.evaluate("(rows) => rows.scrollTop"))


async def test_an_incident_is_made_and_resolved_by_keys_alone(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(agent)
    await expect(page.get_by_role("heading", name="All open")).to_be_visible()

    await page.keyboard.press("c")
    await expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    await page.keyboard.type("Coffee machine empty")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Coffee machine")).to_be_visible()
    resolve = page.get_by_role("button", name="Resolve", exact=True)
    while not await resolve.evaluate("(button) => button.matches(':focus-visible')"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    await page.keyboard.type("Beans are back")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(badge(page, "met")).to_be_visible()


async def test_leaving_an_incident_leads_back_to_the_same_place_in_the_queue(
    windows: Windows, agent: Person, crowd: int
) -> None:
    page = await windows.open(agent, "/incidents?sort=-created_at")
    await expect(page.get_by_role("row").nth(20)).to_be_visible()

    for _ in range(41):
        await page.keyboard.press("j")
    await page.keyboard.press("k")
    row = page.get_by_role("row").and_(page.locator(":focus"))
    await expect(row).to_have_attribute("aria-rowindex", "41")
    number = re.search(r"INC-\d+", await row.inner_text())
    assert number
    place = await scrolled(page)
    assert place > 0
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"/incidents/{number[0]}")
    await expect(page.get_by_role("region", name="Clocks")).to_be_visible()
    await page.keyboard.press("Escape")

    await expect(page).to_have_url("/incidents?sort=-created_at")
    await expect(page.get_by_role("row").filter(has_text=number[0])).to_be_visible()
    assert await scrolled(page) == place


async def test_the_palette_finds_pages_incidents_and_commands(
    windows: Windows, agent: Person
) -> None:
    incident = await agent.create("Zeppelin does not land")
    page = await windows.open(agent)
    await expect(page.get_by_role("heading", name="All open")).to_be_visible()
    search = page.get_by_role("textbox", name="Search incidents, views and commands")

    await page.keyboard.press("Control+k")
    await search.fill("teams")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Teams")).to_be_visible()

    await page.keyboard.press("Control+k")
    await search.fill("zeppelin")
    await expect(page.get_by_text(incident["title"])).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"/incidents/{incident['number']}")

    await page.keyboard.press("Control+k")
    await search.fill("dark")
    await page.keyboard.press("Enter")
    scheme = page.locator("[data-mantine-color-scheme=dark]")
    await expect(scheme).to_have_count(1)


async def test_a_shortcut_leads_to_each_view(windows: Windows, agent: Person) -> None:
    page = await windows.open(agent)
    await expect(page.get_by_role("heading", name="All open")).to_be_visible()

    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await expect(page.get_by_role("heading", name="Breached")).to_be_visible()
    await page.keyboard.press("?")

    help_dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(help_dialog).to_contain_text("New incident")
