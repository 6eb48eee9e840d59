"""The queue as its user asks for it, in words."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.pages import queue_row
from e2e.product import Person


def search_box(page: Page) -> Locator:
    """The field that takes the query language."""
    return page.get_by_role("combobox", name="Search the queue")


async def test_a_typed_query_makes_chips_and_the_address(
    windows: Windows, agent: Person
) -> None:
    low = await agent.create("Crooked lamp", priority="low")
    high = await agent.create("Crooked door", priority="high")
    page = await windows.open(agent, "/incidents?q=crooked")
    await expect(queue_row(page, low["number"])).to_be_visible()
    await expect(search_box(page)).to_have_value("crooked")

    await page.keyboard.press("/")
    await page.keyboard.type(" priority:critical,high")
    await page.keyboard.press("Enter")

    await expect(page).to_have_url("/incidents?priority=critical,high&q=crooked")
    await expect(queue_row(page, high["number"])).to_be_visible()
    await expect(queue_row(page, low["number"])).to_have_count(0)
    chip = page.get_by_role("button", name="Priority: Critical, High")
    await expect(chip).to_be_visible()
    await page.get_by_role("button", name="Clear", exact=True).click()
    await expect(search_box(page)).to_have_value("")


async def test_names_are_completed_by_keys(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    theirs = await agent.create("Humming fridge", assignee_id=colleague.id)
    page = await windows.open(agent, "/incidents?status=open")
    await expect(search_box(page)).to_have_value("status:open")

    await page.keyboard.press("/")
    await page.keyboard.press("End")
    await page.keyboard.type(" ass")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.type("carl")
    await expect(page.get_by_role("option", name="Carl Colleague")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    box = 'status:open assignee:"Carl Colleague"'
    await expect(search_box(page)).to_have_value(box)
    await expect(page).to_have_url(f"/incidents?status=open&assignee={colleague.id}")
    await expect(queue_row(page, theirs["number"])).to_be_visible()
    await page.reload()
    await expect(search_box(page)).to_have_value(box)


async def test_a_wrong_value_is_pointed_out_and_kept(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(agent, "/incidents")
    await search_box(page).fill("status:opne")
    await search_box(page).press("Enter")

    await expect(search_box(page)).to_have_value("status:opne")
    await expect(search_box(page)).to_have_accessible_description(
        re.compile("There is no status “opne”")
    )
    await expect(page).to_have_url("/incidents")


async def test_columns_and_density_are_kept(windows: Windows, agent: Person) -> None:
    incident = await agent.create("Squeaking chair")
    page = await windows.open(agent, "/incidents?q=squeaking")
    row = queue_row(page, incident["number"])
    await expect(row).to_have_css("height", "44px")

    await page.get_by_role("button", name="View options").click()
    options = page.get_by_role("dialog", name="View options")
    await options.get_by_text("Compact", exact=True).click()
    await options.get_by_role("checkbox", name="Updated").click()
    await options.get_by_role("checkbox", name="Team").click()
    await options.get_by_role("button", name="Move Number left").click()
    await page.keyboard.press("Escape")
    await page.reload()

    await expect(row).to_have_css("height", "36px")
    headers = page.get_by_role("columnheader")
    await expect(headers).to_have_text(
        [
            "",
            "Number",
            "Prio",
            "Title",
            "Status",
            "Response",
            "Resolution",
            "Assignee",
            "Team",
        ]
    )
    await page.get_by_role("button", name="View options").click()
    await options.get_by_role("button", name="Reset").click()
    await expect(headers.last).to_have_text("Updated")


async def test_a_column_is_resized_at_its_edge(windows: Windows, agent: Person) -> None:
    page = await windows.open(agent, "/incidents")
    header = page.get_by_role("columnheader", name="Status")
    box = await header.bounding_box()
    assert box

    await page.mouse.move(box["x"] + box["width"] + 5, box["y"] + box["height"] / 2)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] + 35, box["y"] + box["height"] / 2)
    await page.mouse.up()

    await expect(header).to_have_css("width", f"{box['width'] + 30:g}px")
