"""Two people, or one in two windows, change the same thing."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.pages import timeline
from e2e.product import Person


async def begin_to_edit(page: Page, words: str) -> Locator:
    """Open a comment's editor; tells where its text is."""
    item = timeline(page).get_by_role("article").filter(has_text=words)
    await item.get_by_role("button", name="Comment actions").click()
    await page.get_by_role("menuitem", name="Edit").click()
    return timeline(page).get_by_role("textbox", name="Comment", exact=True)


async def said(person: Person, words: str) -> tuple[str, Any]:
    """An incident with a comment; tells the path of the one and the other itself."""
    incident = await person.create("Two windows at one comment")
    path = f"/incidents/{incident['number']}"
    body = {"content": words, "is_internal": False}
    return path, await person.data("POST", f"{path}/comments", body)


async def test_a_comment_that_changed_since_editing_began_is_not_written_over(
    windows: Windows, agent: Person
) -> None:
    path, comment = await said(agent, "The disk is full.")
    page = await windows.open(agent, path)
    text = await begin_to_edit(page, "The disk is full.")
    await text.fill("The disk was full, and is not now.")
    there = f"/comments/{comment['id']}"
    await agent.data("PATCH", there, {"content": "The disk of db-3 is full."})

    # Whether the page has heard of it or not: the answer is the same.
    windows.expect_error("409")
    await timeline(page).get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Somebody else changed the comment")
    theirs = dialog.get_by_role("region", name="Theirs")
    await expect(theirs).to_contain_text("db-3")
    await dialog.get_by_role("button", name="Edit further", exact=True).click()
    await expect(text).to_have_value("The disk was full, and is not now.")
    await text.fill("The disk of db-3 was full.")
    await timeline(page).get_by_role("button", name="Save").click()
    await expect(timeline(page)).to_contain_text("The disk of db-3 was full.")
    await expect(dialog).to_have_count(0)
