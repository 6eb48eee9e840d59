"""What people say: how it looks, what it said before, and what of it is shown."""

from __future__ import annotations

import re

from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.pages import comment, timeline
from e2e.product import Person

WORDS = "**Restart** the [console](https://example.org)\n\n<img src=x onerror=alert(1)>"


async def test_a_comment_in_markdown_is_previewed_and_harmless(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    incident = await reporter.create("The console does not answer")
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    await page.get_by_role("textbox", name="Public reply").fill(WORDS)
    await page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    await expect(preview.get_by_role("strong")).to_have_text("Restart")
    await page.get_by_role("button", name="Send reply").click()

    said = timeline(page).get_by_role("article")
    link = said.get_by_role("link", name="console")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(said.get_by_text("onerror=alert(1)")).to_be_visible()
    await expect(said.locator("img")).to_have_count(0)


async def test_an_edited_comment_shows_what_it_said_before(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    incident = await reporter.create("The console does not answer")
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    await comment(page, "Restart it twice")
    said = timeline(page).get_by_role("article")
    await said.get_by_role("button", name="Comment actions").click()
    await page.get_by_role("menuitem", name="Edit").click()
    await said.get_by_role("textbox", name="Comment").fill("Restart it once")
    await said.get_by_role("button", name="Save").click()

    await said.get_by_role("button", name="Edited").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("Restart it twice")).to_be_visible()
    await expect(dialog.get_by_text(agent.name)).to_be_visible()


async def test_what_the_timeline_shows_is_kept_in_the_address(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    incident = await reporter.create("The console does not answer")
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    await comment(page, "We look into it")
    await expect(timeline(page).get_by_text("reported the incident")).to_be_visible()
    await page.get_by_text("Comments", exact=True).click()
    await expect(page).to_have_url(re.compile("show=comments"))
    await page.reload()
    await expect(timeline(page).get_by_text("We look into it")).to_be_visible()
    await expect(timeline(page).get_by_text("reported the incident")).to_have_count(0)
