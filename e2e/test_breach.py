"""A deadline passes: who sees it, where it is stamped, and what is mailed."""

from __future__ import annotations

from playwright.async_api import expect

from e2e.conftest import Targets, Windows
from e2e.mailbox import Mailbox, words
from e2e.pages import (
    badge,
    clocks,
    create_incident,
    queue_row,
    seconds_shown,
    timeline,
)
from e2e.product import Person

TITLE = "Disk full on db-3"


async def test_a_passed_deadline_shows_at_once_elsewhere_and_is_mailed_once(
    windows: Windows,
    mailbox: Mailbox,
    targets: Targets,
    manager: Person,
    agent: Person,
    colleague: Person,
) -> None:
    elsewhere = await windows.open(colleague, "/incidents?q=db-3")
    await expect(
        elsewhere.get_by_role("heading", name="Nothing matches")
    ).to_be_visible()
    page = await windows.open(agent)
    async with targets(response=12, resolution=14):
        await page.get_by_role("button", name="New incident").click()
        number = await create_incident(page, TITLE, "Critical")
        incident = await manager.data(
            "PATCH", f"/incidents/{number}", {"assignee_id": agent.id}
        )
    # Both deadlines are there and come nearer.
    for kind in ("Response", "Resolution"):
        first = await seconds_shown(page, kind)
        await expect(clocks(page)).not_to_contain_text(f": 00:{first:02}")
        assert await seconds_shown(page, kind) < first
    # The other browser learns of it by itself, opens it, and is not reloaded again.
    await queue_row(elsewhere, number).click()
    await expect(
        badge(elsewhere, "running").or_(badge(elsewhere, "at risk"))
    ).to_be_visible()
    await elsewhere.evaluate("window.neverReloaded = true")

    for window in (page, elsewhere):
        await expect(badge(window, "breached")).to_be_visible()
        for kind in ("Response", "Resolution"):
            await expect(clocks(window)).to_contain_text(f"{kind}, breached: +00:")
            await expect(timeline(window)).to_contain_text(
                f"{kind} breached at the deadline"
            )
    await expect(queue_row(elsewhere, number)).to_contain_text("Response, breached:")
    assert await elsewhere.evaluate("window.neverReloaded")

    sla = await agent.data("GET", f"/incidents/{number}/sla")
    for kind, clock in sla["clocks"].items():
        assert clock["breached_at"] == clock["deadline"]
        assert clock["deadline"] == incident["sla"]["clocks"][kind]["deadline"]
        missed = f"[{number}] {kind.capitalize()} deadline missed"
        mail = await mailbox.receive(missed, to=agent.email)
        stamp = clock["deadline"][:19].replace("T", " ")
        assert f"Deadline: {stamp} UTC" in words(mail)
        assert TITLE in mail["Subject"]
    # What comes after them all: no second mail was on its way.
    await colleague.data("POST", f"/incidents/{number}/resolve")
    await mailbox.receive(f"[{number}] Resolved", to=agent.email)
    assert len(mailbox.find(f"[{number}] Response deadline missed")) == 1
    assert len(mailbox.find(f"[{number}] Resolution deadline missed")) == 1
