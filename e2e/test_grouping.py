"""The queue in groups, in times, and with the words that were looked for."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.pages import queue_row
from e2e.product import PHONE, Person
from e2e.test_accessibility import findings


def head(page: Page, name: str) -> Locator:
    """The head of a group."""
    grid = page.get_by_role("grid")
    return grid.get_by_role("button", name=re.compile(rf"^{name} [\d,]+$"))


async def test_groups_open_and_close_by_keys(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    nobodys = await agent.create("Marmot 1")
    theirs = await agent.create("Marmot 2", assignee_id=colleague.id)
    page = await windows.open(agent, "/incidents?q=marmot")
    await expect(queue_row(page, theirs["number"])).to_be_visible()

    await page.get_by_role("button", name="View options").click()
    await page.get_by_label("Group by").select_option("Assignee")
    await page.keyboard.press("Escape")
    await expect(page).to_have_url("/incidents?q=marmot&group=assignee")
    await expect(head(page, "Nobody")).to_have_text("Nobody1")
    await expect(head(page, colleague.name)).to_have_text(f"{colleague.name}1")
    await expect(queue_row(page, theirs["number"])).to_be_visible()

    await page.keyboard.press("j")
    await expect(head(page, "Nobody")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(head(page, "Nobody")).to_have_attribute("aria-expanded", "false")
    await expect(queue_row(page, nobodys["number"])).to_have_count(0)
    await page.keyboard.press("j")
    await expect(head(page, colleague.name)).to_be_focused()
    await page.keyboard.press("j")
    await expect(queue_row(page, theirs["number"])).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowRight")
    await expect(queue_row(page, nobodys["number"])).to_be_visible()

    await page.goto("/incidents?q=marmot")
    await expect(head(page, "Nobody")).to_be_visible()
    await page.get_by_role("button", name="View options").click()
    await page.get_by_role("button", name="Reset").click()
    await expect(head(page, "Nobody")).to_have_count(0)


async def test_a_change_by_a_colleague_moves_a_row_to_its_group(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    incident = await agent.create("Badger", priority="low")
    page = await windows.open(agent, "/incidents?q=badger&group=priority")
    await expect(head(page, "Low")).to_be_visible()
    await expect(queue_row(page, incident["number"])).to_be_visible()

    await colleague.data(
        "PATCH", f"/incidents/{incident['number']}", {"priority": "critical"}
    )

    await expect(head(page, "Critical")).to_be_visible()
    await expect(head(page, "Low")).to_have_count(0)
    await expect(queue_row(page, incident["number"])).to_be_visible()


async def test_a_time_makes_a_chip_the_query_and_the_address(
    windows: Windows, agent: Person
) -> None:
    made = await agent.create("Stoat")
    page = await windows.open(agent, "/incidents?q=stoat")
    await page.get_by_role("button", name="Created", exact=True).click()
    await page.get_by_role("button", name="Last 7 days").click()

    await expect(page).to_have_url("/incidents?q=stoat&created=7d")
    await expect(queue_row(page, made["number"])).to_be_visible()
    box = page.get_by_role("combobox", name="Search the queue")
    await expect(box).to_have_value("created:7d stoat")
    await box.fill("stoat created:..2020-01-01")
    await box.press("Enter")

    await expect(page.get_by_text("Nothing matches")).to_be_visible()
    chip = page.get_by_role("button", name="Created: Until 1 Jan 2020")
    await chip.click()
    await page.get_by_label("To", exact=True).fill("2040-01-01")
    await page.get_by_label("From").fill("2019-12-31")
    await page.get_by_role("button", name="Show these days").click()
    await expect(page).to_have_url("/incidents?created=2019-12-31..2040-01-01&q=stoat")
    await expect(queue_row(page, made["number"])).to_be_visible()


async def test_what_was_found_is_marked_where_it_stands(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    made = await reporter.create("Noise at night", description="I think of a polecat.")
    other = await reporter.create("Another polecat")
    said = {"content": "No polecat, but an ermine", "is_internal": True}
    await agent.data("POST", f"/incidents/{made['number']}/comments", said)
    page = await windows.open(agent, "/incidents?q=ermine")
    row = queue_row(page, made["number"])
    await expect(row.locator("mark")).to_have_text("ermine")
    await expect(row).to_contain_text("Comment: No polecat, but an ermine")

    await page.keyboard.press("Control+k")
    palette = page.get_by_label("Search incidents, views and commands")
    await palette.fill("polecat")
    results = page.get_by_role("dialog").locator("mark")
    await expect(results).to_have_text(["polecat", "polecat"])

    for options in ({}, PHONE):
        page = await windows.open(reporter, "/incidents?q=polecat", **options)
        for incident in (made, other):
            row = queue_row(page, incident["number"])
            await expect(row.locator("mark")).to_have_text("polecat")
        page = await windows.open(reporter, "/incidents?q=ermine", **options)
        await expect(page.get_by_text("Nothing matches")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_groups_have_no_serious_barrier(
    windows: Windows, agent: Person, scheme: str
) -> None:
    made = await agent.create(f"Ferret {scheme}", description="A ferret, I think")
    path = f"/incidents?q=ferret+{scheme}&group=sla"
    for options in ({}, PHONE):
        page = await windows.open(agent, path, color_scheme=scheme, **options)
        await expect(queue_row(page, made["number"])).to_be_visible()
        assert await findings(page) == []
