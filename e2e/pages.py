"""Where things are on the pages, by the roles and names that people perceive."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

# Long, as the machine may be busy; nothing waits longer than it has to.
TIMEOUT_SECONDS = 20

expect.set_options(timeout=TIMEOUT_SECONDS * 1000)


def queue_row(page: Page, number: str) -> Locator:
    """The row, or the card on a phone, of an incident in the queue."""
    name = page.get_by_text(number, exact=True)
    return page.get_by_role("row").filter(has=name)


def clocks(page: Page) -> Locator:
    """The card with both clocks of an incident."""
    return page.get_by_role("region", name="Clocks")


def timeline(page: Page) -> Locator:
    """What happened to an incident."""
    return page.get_by_role("region", name="Timeline")


def badge(page: Page, word: str) -> Locator:
    """The SLA state beside an incident's number."""
    return page.get_by_text(f"SLA {word}", exact=True)


async def seconds_shown(page: Page, kind: str) -> int:
    """How many seconds a ticking clock shows."""
    shown = re.compile(rf"{kind}, [a-z ]+: (\d\d):(\d\d)")
    await expect(clocks(page)).to_contain_text(shown)
    match = shown.search(await clocks(page).text_content() or "")
    assert match
    return int(match[1]) * 60 + int(match[2])


async def create_incident(page: Page, title: str, priority: str = "Medium") -> str:
    """Make an incident in the open dialog; tells its number."""
    dialog = page.get_by_role("dialog", name="New incident")
    await dialog.get_by_label("Title").fill(title)
    await dialog.get_by_role("radio", name=priority).click()
    await dialog.get_by_role("button", name="Create incident").click()
    await page.wait_for_url(re.compile(r"/incidents/INC-\d+$"))
    return page.url.rpartition("/")[2]


async def comment(page: Page, text: str, *, internal: bool = False) -> None:
    """Write a comment, and wait until it is sent."""
    composer = page.get_by_role("region", name="Write a comment")
    name = "Internal note" if internal else "Public reply"
    await composer.get_by_role("tab", name=name).click()
    await composer.get_by_role("textbox", name=name).fill(text)
    send = "Add note" if internal else "Send reply"
    await composer.get_by_role("button", name=send).click()
    await expect(timeline(page).get_by_text(text, exact=True)).to_be_visible()


async def resolve(page: Page, words: str = "") -> None:
    """Resolve the incident of the page."""
    await page.get_by_role("button", name="Resolve", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill(words)
    await dialog.get_by_role("button", name="Resolve", exact=True).click()


async def choose(page: Page, field: Locator, option: str) -> None:
    """Pick an option of a select."""
    await field.click()
    await page.get_by_role("option", name=option, exact=True).click()


async def settled(page: Page) -> None:
    """Wait until a page shows what it has to show."""
    await expect(page.get_by_role("heading").first).to_be_visible()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
