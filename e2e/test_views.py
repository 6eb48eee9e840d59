"""Saved views: kept, counted, shared and brought back."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.pages import queue_row
from e2e.product import PHONE, Person


def in_rail(page: Page, name: str) -> Locator:
    """The link of a view in the rail, whatever it counts."""
    rail = page.get_by_role("navigation", name="Main")
    return rail.get_by_role("link", name=re.compile(rf"^{name}\s*[\d+]*$"))


async def save_view(page: Page, name: str, *, shared: bool = False) -> None:
    """Save what the queue shows."""
    await page.get_by_role("button", name="Save view").click()
    dialog = page.get_by_role("dialog", name="Save view")
    await dialog.get_by_label("Name").fill(name)
    if shared:
        await dialog.get_by_role("checkbox", name="Share with all agents").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def test_a_saved_view_is_in_the_rail_and_counts_what_colleagues_add(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    await colleague.create("First of the otters", tags=["otter"])
    page = await windows.open(agent, "/incidents?tag=otter")
    await save_view(page, "Otters")
    await expect(in_rail(page, "Otters")).to_have_text("Otters1")
    await page.reload()
    await expect(page).to_have_title(re.compile(r"^(\(\d+\) )?Otters"))
    await expect(in_rail(page, "Otters")).to_have_text("Otters1")

    added = await colleague.create("Second of the otters", tags=["otter"])

    await expect(in_rail(page, "Otters")).to_have_text("Otters2")
    await in_rail(page, "All open").click()
    await in_rail(page, "Otters").click()
    await expect(queue_row(page, added["number"])).to_be_visible()


async def test_a_shared_view_is_there_for_a_colleague_and_not_for_a_reporter(
    windows: Windows, agent: Person, colleague: Person, reporter: Person
) -> None:
    page = await windows.open(agent, "/incidents?tag=heron&priority=high")
    await save_view(page, "Herons", shared=True)

    theirs = await windows.open(colleague)
    await in_rail(theirs, "Herons").click()
    await expect(theirs).to_have_url(re.compile(r"tag=heron"))
    await expect(theirs.get_by_role("heading", name="Herons")).to_be_visible()
    await expect(theirs.get_by_role("button", name="Edit view")).to_have_count(0)

    other = await windows.open(reporter)
    await expect(in_rail(other, "All open")).to_be_visible()
    await expect(other.get_by_role("heading", name="All open")).to_be_visible()
    await expect(in_rail(other, "Herons")).to_have_count(0)


async def test_a_view_is_overwritten_renamed_deleted_and_brought_back(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(agent, "/incidents?tag=stork")
    await save_view(page, "Storks")
    await page.get_by_role("button", name="Priority", exact=True).click()
    await page.get_by_role("checkbox", name="High").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Update “Storks”").click()
    await expect(page.get_by_role("heading", name="Storks")).to_be_visible()

    await page.get_by_role("button", name="Edit view").click()
    await page.get_by_role("menuitem", name="Rename or share…").click()
    dialog = page.get_by_role("dialog", name="Edit Storks")
    await dialog.get_by_label("Name").fill("White storks")
    await dialog.get_by_role("button", name="Save").click()
    await expect(in_rail(page, "White storks")).to_be_visible()

    await page.get_by_role("button", name="Edit view").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(in_rail(page, "White storks")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(in_rail(page, "White storks")).to_be_visible()


async def test_each_standard_view_counts_what_it_lists(
    windows: Windows, agent: Person
) -> None:
    await agent.create("Counted by all", assignee_id=agent.id)
    page = await windows.open(agent)
    for name in ("My open", "Unassigned", "About to breach", "Breached", "Paused"):
        await in_rail(page, name).click()
        heading = page.get_by_role("heading", name=re.compile(rf"^{name} [\d,]+$"))
        await expect(heading).to_be_visible()
        total = (await heading.inner_text()).removeprefix(name).strip()
        shown = "999+" if "," in total else total
        await expect(in_rail(page, name)).to_have_text(f"{name}{shown}")


async def test_views_are_in_the_palette_and_in_the_menu_of_a_phone(
    windows: Windows, agent: Person
) -> None:
    body = {"name": "Wagtails", "filters": {"tag": "wagtail"}}
    await agent.data("POST", "/views", body)
    page = await windows.open(agent)
    await expect(page.get_by_role("heading", name="All open")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_role("textbox", name=re.compile("^Search incidents")).fill("wagt")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Wagtails")).to_be_visible()

    phone = await windows.open(agent, **PHONE)
    await phone.get_by_role("button", name="Views").tap()
    views = phone.get_by_role("dialog", name="Views")
    await views.get_by_role("link", name=re.compile("^Wagtails")).tap()
    await expect(phone.get_by_role("heading", name="Wagtails")).to_be_visible()
