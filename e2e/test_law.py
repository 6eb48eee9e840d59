"""The law of the clock in the browser: changes looked at first, maintenance."""

from __future__ import annotations

import datetime as dt
import re

from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.pages import badge, choose, clocks, timeline
from e2e.product import Person


async def test_a_priority_change_is_looked_at_then_made(
    windows: Windows, agent: Person
) -> None:
    incident = await agent.create("Door controller offline", priority="critical")
    number = incident["number"]
    page = await windows.open(agent, f"/incidents/{number}")
    priority = page.get_by_role("region", name="Properties").get_by_role(
        "combobox", name="Priority"
    )
    await choose(page, priority, "Low")
    dialog = page.get_by_role("dialog", name=f"Change the priority of {number}")
    resolution = dialog.get_by_role("row", name="Resolution")
    await expect(resolution).to_contain_text("6 d 20 h later")
    await dialog.get_by_role("radio", name="Keep the deadlines").check()
    await expect(resolution).to_contain_text("Stays")
    await dialog.get_by_role("button", name="Cancel").click()
    # It was looked at only.
    await expect(clocks(page)).to_contain_text("within 4 h")
    assert (await agent.data("GET", f"/incidents/{number}"))["priority"] == "critical"

    await choose(page, priority, "Low")
    await dialog.get_by_role("radio", name="Count from now").check()
    await dialog.get_by_role("button", name="Change priority").click()

    await expect(clocks(page)).to_contain_text("within 7 d")
    await expect(timeline(page)).to_contain_text("counted from that moment")
    assert (await agent.data("GET", f"/incidents/{number}"))["priority"] == "low"


async def test_a_maintenance_window_pauses_an_incident_live_in_the_browser(
    windows: Windows, manager: Person, agent: Person
) -> None:
    tag = "core-switch"
    incident = await agent.create("Core switch drops packets", tags=[tag])
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    await expect(badge(page, "running")).to_be_visible()
    begins = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
    window = await manager.data(
        "POST",
        "/maintenance-windows",
        {
            "name": "Switch replacement",
            "starts_at": begins.isoformat(),
            "ends_at": (begins + dt.timedelta(hours=2)).isoformat(),
            "match": {"tags": [tag]},
        },
    )

    await expect(badge(page, "paused")).to_be_visible()
    await expect(page.get_by_role("region", name="Maintenance")).to_contain_text(
        "Switch replacement runs until"
    )
    await expect(timeline(page)).to_contain_text(
        "Maintenance paused the clock: Switch replacement"
    )
    # Nobody but its end ends maintenance.
    await expect(page.get_by_role("button", name="Resume clock")).to_have_count(0)

    await page.get_by_role("link", name="Why this deadline").click()
    way = page.get_by_role("group", name="The way of the resolution clock")
    await way.get_by_role("button", name="Working time.").first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(way.locator(":focus")).to_have_accessible_name(
        re.compile("^Maintenance: Switch replacement")
    )
    await page.go_back()

    await manager.data("DELETE", f"/maintenance-windows/{window['id']}")
    await expect(badge(page, "running")).to_be_visible()
    await expect(timeline(page)).to_contain_text(
        "Maintenance is over: Switch replacement"
    )


async def test_a_manager_announces_a_window_and_calls_it_off(
    windows: Windows, manager: Person
) -> None:
    windows.expect_error("422")
    page = await windows.open(manager, "/maintenance-windows")
    await page.get_by_role("button", name="New window").first.click()
    dialog = page.get_by_role("dialog", name="New maintenance window")
    await dialog.get_by_label("Name").fill("Patch day")
    await dialog.get_by_label("Begins").fill("2020-01-01T10:00")
    await dialog.get_by_role("button", name="Announce window").click()
    # What is wrong stands at its field.
    await expect(dialog.get_by_text("cannot begin in the past")).to_be_visible()
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    for field, hours in (("Begins", 0), ("Ends", 2)):
        at = tomorrow + dt.timedelta(hours=hours)
        await dialog.get_by_label(field).fill(f"{at:%Y-%m-%dT%H:00}")
    await dialog.get_by_role("button", name="Announce window").click()

    announced = page.get_by_role("region", name="Announced")
    window = announced.get_by_role("listitem").filter(has_text="Patch day")
    await expect(window).to_contain_text("Every open incident")
    await window.get_by_role("button", name="Call off Patch day").click()
    await page.get_by_role("dialog").get_by_role("button", name="Call off").click()
    over = page.get_by_role("region", name="Over")
    await expect(
        over.get_by_role("listitem").filter(has_text="Patch day")
    ).to_contain_text("Called off")


async def test_what_somebody_chose_to_be_told_is_kept(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(agent, "/notifications/preferences")
    missed = page.get_by_role("radiogroup", name="A deadline was missed")
    await expect(missed.get_by_role("radio", name="Off")).to_be_disabled()
    near = page.get_by_role("radiogroup", name="A deadline comes near")
    await near.get_by_text("In the digest").click()
    await page.get_by_role("switch", name="Quiet hours").click()
    await page.get_by_role("button", name="Save notifications").click()
    await expect(page.get_by_text("Notifications saved")).to_be_visible()

    await page.reload()
    await expect(near.get_by_role("radio", name="In the digest")).to_be_checked()
    await expect(page.get_by_label("To, on the next day")).to_have_value("07:00")
    kept = await agent.data("GET", "/notifications/preferences")
    await agent.data(
        "PUT", "/notifications/preferences", {"digest_at": kept["digest_at"]}
    )


async def test_the_engine_is_checked_from_its_page(
    windows: Windows, admin: Person
) -> None:
    page = await windows.open(admin, "/engine")
    check = page.get_by_role("region", name="Do the clocks tell the truth?")
    await check.get_by_role("button", name="Check now").click()
    await expect(check.get_by_role("status")).to_contain_text(
        "clocks say what their ledgers say."
    )
