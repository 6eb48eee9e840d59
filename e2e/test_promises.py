"""Calendars and policies: drawn, tried on the past, published and applied."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from playwright.async_api import Page, expect

from e2e.conftest import Windows
from e2e.pages import badge, choose, clocks, create_incident
from e2e.product import Person

WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
PRIORITIES = ("critical", "high", "medium", "low")


async def draw_hours(page: Page, day: str, opens: int, closes: int) -> None:
    """Drag from one hour to another on the strip of a day."""
    strip = page.get_by_test_id(f"strip-{day}")
    await strip.scroll_into_view_if_needed()
    box = await strip.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    # A little inside the hours, so that they are what is nearest.
    await page.mouse.move(box["x"] + box["width"] * (opens + 0.05) / 24, middle)
    await page.mouse.down()
    for hour in (opens + 1, closes):
        await page.mouse.move(box["x"] + box["width"] * hour / 24, middle)
    await page.mouse.up()


async def publish(page: Page, why: str) -> None:
    """Publish what the editor of a policy says."""
    await page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Publish"))
    await dialog.get_by_label("Why").fill(why)
    await dialog.get_by_role("button", name="Publish", exact=True).click()
    await expect(dialog).to_have_count(0)


async def promise(by: Person, name: str, text: str, seconds: int) -> Any:
    """A policy for incidents with a text, which promises one resolution."""
    nothing: dict[str, int | None] = {
        "response_seconds": None,
        "resolution_seconds": None,
    }
    targets = dict.fromkeys(PRIORITIES, nothing)
    targets["critical"] = {**nothing, "resolution_seconds": seconds}
    body = {"name": name, "conditions": {"text": text}, "targets": targets}
    return await by.data("POST", "/sla-policies", body)


async def test_an_incident_is_due_on_the_calendar_that_was_drawn_for_it(
    windows: Windows, manager: Person, agent: Person
) -> None:
    # Far enough that no working time begins before the incident is there.
    due = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    open_day = WEEKDAYS[due.weekday()]
    page = await windows.open(manager, "/calendars")
    await page.get_by_role("link", name="New calendar").click()
    await page.get_by_label("Name", exact=True).fill("Turbine crew")
    for day in WEEKDAYS:
        await page.get_by_label(f"{day} hours").fill("")
    await draw_hours(page, open_day, 9, 12)
    await expect(page.get_by_label(f"{open_day} hours")).to_have_value("09:00–12:00")
    await choose(
        page, page.get_by_role("combobox", name="Weekday of the example"), open_day
    )
    await page.get_by_label("Time of the example", exact=True).fill("10:00")
    await page.get_by_label("Work in the example").fill("1 h 30 m")
    example = page.get_by_role("region", name="For example")
    await expect(example).to_contain_text(re.compile(rf"{open_day}.*11:30"))
    await page.get_by_role("button", name="Create calendar").click()
    await expect(page.get_by_role("heading", name="Turbine crew")).to_be_visible()

    await page.goto("/policies/new")
    await page.get_by_label("Name", exact=True).fill("Turbines")
    await page.get_by_label("Text in title or description").fill("turbine")
    for priority in ("Critical", "High"):
        for kind in ("response", "resolution"):
            await page.get_by_label(f"{priority}, {kind} within").fill("")
    await page.get_by_label("Medium, resolution within").fill("1h")
    calendar = page.get_by_role("combobox", name="Calendar for resolution")
    await choose(page, calendar, "Turbine crew")
    await publish(page, "The contract of the wind farm")
    await expect(page.get_by_role("heading", name="Turbines")).to_be_visible()

    theirs = await windows.open(agent)
    await theirs.get_by_role("button", name="New incident").first.click()
    await create_incident(theirs, "Turbine 7 stands still")

    day = f"{due:%a},? {due.day} {due:%b}t? {due:%Y}"
    await expect(clocks(theirs)).to_contain_text(
        re.compile(rf"Due {day},? 10:00:00 UTC")
    )


async def test_terms_are_tried_on_the_past_then_published_and_applied(
    windows: Windows, manager: Person, agent: Person
) -> None:
    policy = await promise(manager, "Greenhouses", "greenhouse", 1)
    missed = await agent.create("Greenhouse 3 is too warm", priority="critical")
    page = await windows.open(agent, f"/incidents/{missed['number']}")
    await expect(badge(page, "breached")).to_be_visible()
    await agent.data("POST", f"/incidents/{missed['number']}/resolve")

    page = await windows.open(manager, f"/policies/{policy['id']}")
    await page.get_by_label("Critical, resolution within").fill("8h")
    await page.get_by_role("tab", name="Try it on the past").click()
    await page.get_by_role("button", name="Run").click()
    await expect(page.get_by_text("1 would have ended differently")).to_be_visible()
    difference = page.get_by_role("row").filter(has_text=missed["number"])
    await expect(difference).to_contain_text(re.compile("missed.*met"))

    still_open = await agent.create("Greenhouse 5 is too warm", priority="critical")
    await publish(page, "Eight hours are enough for plants")
    preview = page.get_by_role("region", name="What would change")
    row = preview.get_by_role("row").filter(has_text=still_open["number"])
    await expect(row).to_contain_text("later")
    await page.get_by_role("button", name="Apply to open incidents…").click()
    dialog = page.get_by_role("dialog", name="Change 1 clock?")
    await dialog.get_by_role("button", name="Apply", exact=True).click()

    runs = page.get_by_role("region", name="Runs")
    await expect(runs).to_contain_text("1 clock changed")
    await expect(page.get_by_text("Nothing would move")).to_be_visible()
    await page.goto(f"/incidents/{still_open['number']}")
    await expect(clocks(page)).to_contain_text("Resolution, on time: 7 h 5")
    await page.goto(f"/policies/{policy['id']}?tab=history")
    version = page.get_by_role("listitem").filter(has_text="Version 2")
    await expect(version).to_contain_text("Eight hours are enough for plants")
    await expect(version).to_contain_text(re.compile("Critical, resolution.*1 s.*8 h"))


async def test_the_order_of_policies_is_changed_by_keyboard(
    windows: Windows, manager: Person
) -> None:
    for name in ("Lighthouses", "Windmills"):
        await promise(manager, name, name.lower(), 3600)
    page = await windows.open(manager, "/policies")
    listed = page.get_by_role("list", name="Policies in their order")
    rows = listed.get_by_role("listitem")
    grip = page.get_by_role("button", name="Move Windmills")
    await expect(grip).to_be_visible()

    async with page.expect_response(lambda answer: "/order" in answer.url) as ordered:
        await grip.press("ArrowUp")

    assert (await ordered.value).ok
    texts = await rows.all_inner_texts()
    places = [
        next(i for i, words in enumerate(texts) if name in words)
        for name in ("Windmills", "Lighthouses", "Standard")
    ]
    assert places == sorted(places)


async def test_agents_read_policies_and_calendars_but_change_none(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(agent, "/policies")
    await page.get_by_role("link", name="Standard").click()
    await expect(page.get_by_label("Critical, response within")).to_be_disabled()
    for tab in ("Try it on the past", "Open incidents"):
        await expect(page.get_by_role("tab", name=tab)).to_have_count(0)
    await expect(page.get_by_role("tab", name="History")).to_be_visible()
    await page.goto("/calendars")
    await expect(page.get_by_role("table", name="Calendars")).to_be_visible()
    await expect(page.get_by_role("link", name="New calendar")).to_have_count(0)
    windows.expect_error("This page is for the role manager and above")
    await page.goto("/calendars/new")
    await expect(page.get_by_text("You may not see this")).to_be_visible()
