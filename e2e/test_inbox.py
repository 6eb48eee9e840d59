"""Notifications inside the app: the bell counts live, and windows agree."""

from __future__ import annotations

import re

from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.product import PHONE, Person


async def give(by: Person, title: str, to: Person) -> str:
    """A new incident that somebody gives to somebody else; its number."""
    incident = await by.create(title)
    number: str = incident["number"]
    await by.data("PATCH", f"/incidents/{number}", {"assignee_id": to.id})
    return number


async def test_the_bell_counts_live_and_other_windows_follow(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    await agent.data("POST", "/notifications/read-all")
    page = await windows.open(agent)
    other = await windows.open(agent)
    bells = [w.get_by_role("button", name="Notifications") for w in (page, other)]
    for bell in bells:
        await expect(bell.get_by_role("status")).to_have_text("")

    number = await give(colleague, "Badge reader is dead", agent)

    for bell in bells:
        await expect(bell.get_by_role("status")).to_have_text("1 unread")
    await expect(page).to_have_title(re.compile(r"^\(1\) "))
    await bells[0].click()
    entry = page.get_by_role("dialog").get_by_role("link", name=number)
    await expect(entry).to_contain_text(f"Unread: {colleague.name} assigned this")
    await entry.click()

    await expect(page).to_have_url(re.compile(f"/incidents/{number}$"))
    for window, bell in zip((page, other), bells, strict=True):
        await expect(bell.get_by_role("status")).to_have_text("")
        await expect(window).to_have_title(re.compile(r"^[^(]"))


async def test_keys_lead_to_all_notifications_and_all_are_marked_as_read(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    await agent.data("POST", "/notifications/read-all")
    numbers = [await give(colleague, f"Lamp {n} is out", agent) for n in (1, 2)]
    page = await windows.open(agent)
    await expect(page.get_by_role("button", name="Notifications")).to_be_visible()

    await page.keyboard.press("g")
    await page.keyboard.press("n")

    await expect(page.get_by_role("heading", name="Notifications")).to_be_visible()
    found = page.get_by_role("list", name="Notifications").get_by_role("link")
    await expect(found.nth(0)).to_contain_text(numbers[1])
    await expect(found.nth(1)).to_contain_text(numbers[0])
    await page.get_by_text("Unread", exact=True).click()
    await expect(found).to_have_count(2)
    await page.get_by_role("button", name="Mark all read").click()
    await expect(page.get_by_text("Everything is read")).to_be_visible()
    bell = page.get_by_role("button", name="Notifications")
    await expect(bell.get_by_role("status")).to_have_text("")


async def test_on_the_phone_the_bell_leads_to_a_page(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    await agent.data("POST", "/notifications/read-all")
    number = await give(colleague, "Tap drips", agent)
    page = await windows.open(agent, **PHONE)
    bell = page.get_by_role("link", name="Notifications")
    await expect(bell.get_by_role("status")).to_have_text("1 unread")
    await bell.tap()
    entry = page.get_by_role("link", name=number)
    box = await entry.bounding_box()
    assert box
    assert box["height"] >= 44
    await entry.tap()
    await expect(page).to_have_url(re.compile(f"/incidents/{number}$"))
    await expect(bell.get_by_role("status")).to_have_text("")
