"""Working on an incident: steps, pauses and edits."""

from __future__ import annotations

from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.pages import (
    badge,
    choose,
    clocks,
    create_incident,
    queue_row,
    resolve,
    timeline,
)
from e2e.product import Person


async def test_resolving_in_time_is_met_on_the_page_and_in_the_queue(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(agent)
    await page.get_by_role("button", name="New incident").first.click()
    number = await create_incident(page, "Certificate ends today", "High")

    await resolve(page, "A new certificate is in place")

    await expect(badge(page, "met")).to_be_visible()
    await expect(clocks(page)).to_contain_text("Response, met: met · 3 h 5")
    await expect(clocks(page)).to_contain_text("Resolution, met: met · 23 h 5")
    await expect(timeline(page)).to_contain_text("A new certificate is in place")
    await page.goto("/incidents?status=resolved&q=certificate")
    row = queue_row(page, number)
    await expect(row).to_contain_text("Resolved")
    await expect(row).to_contain_text("Resolution, met: met · 23 h 5")


async def test_a_step_that_came_too_late_names_what_is_possible(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    incident = await agent.create("Printer on fire")
    number = incident["number"]
    page = await windows.open(agent, f"/incidents/{number}")
    await page.get_by_role("button", name="Resolve", exact=True).click()
    for step in ("resolve", "close"):
        await colleague.data("POST", f"/incidents/{number}/{step}")
    windows.expect_error("status of 409 .*/resolve")

    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Resolve", exact=True).click()

    alert = page.get_by_role("alert").filter(has_text="Not resolved")
    await expect(alert).to_contain_text("closed")
    await expect(alert).to_contain_text("reopen")


async def test_a_pause_holds_both_clocks_and_is_drawn_with_its_reason(
    windows: Windows, agent: Person
) -> None:
    incident = await agent.create("Order form rejects umlauts")
    page = await windows.open(agent, f"/incidents/{incident['number']}")

    await clocks(page).get_by_role("button", name="Pause clock").click()
    dialog = page.get_by_role("dialog")
    reason = dialog.get_by_role("combobox", name="Reason")
    await choose(page, reason, "Awaiting third party")
    await dialog.get_by_label("Note").fill("The vendor looks into it")
    await dialog.get_by_role("button", name="Pause").click()

    await expect(badge(page, "paused")).to_be_visible()
    for kind in ("Response", "Resolution"):
        await expect(clocks(page)).to_contain_text(f"{kind}, paused: paused ·")
    await expect(clocks(page)).to_contain_text("Awaiting third party")
    await expect(clocks(page)).to_contain_text("The vendor looks into it")
    await clocks(page).get_by_role("button", name="Resume clock").click()
    await expect(badge(page, "running")).to_be_visible()
    await clocks(page).get_by_role("link", name="Why this deadline").click()
    steps = page.get_by_role("row", name="Paused: awaiting third party by Anna Agent")
    await expect(steps.first).to_be_visible()
    await expect(
        page.get_by_role("button", name="Paused: awaiting third party").first
    ).to_be_visible()


async def test_a_stale_edit_shows_both_versions(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    incident = await agent.create("Login page brocken")
    number = incident["number"]
    page = await windows.open(agent, f"/incidents/{number}")
    await page.get_by_role("button", name="Login page brocken").click()
    await page.get_by_role("textbox", name="Title").fill("Sign-in page broken")
    theirs = {"title": "Login page broken since Monday"}
    await colleague.data("PATCH", f"/incidents/{number}", theirs)
    windows.expect_error(f"status of 409 .*/{number}")

    await page.get_by_role("button", name="Save").click()

    dialog = page.get_by_role("dialog", name="Somebody else changed the title")
    mine = dialog.get_by_role("region", name="Mine").locator("mark")
    await expect(mine).to_contain_text(["Sign-in"])
    saved_ones = dialog.get_by_role("region", name="Theirs").locator("mark")
    await expect(saved_ones).to_contain_text(["Login", "since Monday"])
    await dialog.get_by_role("button", name="Keep mine").click()
    title = page.get_by_role("heading", name="Sign-in page broken")
    await expect(title).to_be_visible()
    await expect(dialog).to_be_hidden()
    saved = await agent.data("GET", f"/incidents/{number}")
    assert saved["title"] == "Sign-in page broken"


async def test_assigning_and_priority_show_live_in_the_other_queue(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    incident = await agent.create("Elevator display frozen", priority="low")
    number = incident["number"]
    elsewhere = await windows.open(colleague, "/incidents?q=elevator")
    page = await windows.open(agent, f"/incidents/{number}")

    properties = page.get_by_role("region", name="Properties")
    assignee = properties.get_by_role("combobox", name="Assignee")
    await choose(page, assignee, colleague.name)
    priority = properties.get_by_role("combobox", name="Priority")
    await choose(page, priority, "Critical")
    await page.get_by_role("button", name="Change priority").click()

    row = queue_row(elsewhere, number)
    await expect(row).to_contain_text(colleague.name)
    await expect(row).to_contain_text("Critical")
    await expect(clocks(page)).to_contain_text("within 4 h")
