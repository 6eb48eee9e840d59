"""What each role finds in its browser."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.mailbox import Mailbox, words
from e2e.pages import TIMEOUT_SECONDS, choose, clocks, queue_row
from e2e.product import PASSWORD, Person


async def test_a_reporter_finds_their_own_incidents_and_no_controls_of_agents(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    own = await reporter.create("Screen flickers")
    foreign = await agent.create("Core switch replaced")
    page = await windows.open(reporter, "/incidents")

    await expect(queue_row(page, own["number"])).to_be_visible()
    await expect(queue_row(page, foreign["number"])).to_have_count(0)
    for name in ("My open", "Teams", "Users", "SLA policies", "Delivery log"):
        link = page.get_by_role("navigation", name="Main").get_by_role(
            "link", name=name
        )
        await expect(link).to_have_count(0)
    await page.goto(f"/incidents/{own['number']}")
    await expect(clocks(page)).to_contain_text("Resolution, on time:")
    await expect(page.get_by_role("textbox", name="Public reply")).to_be_visible()
    controls = re.compile("Acknowledge|Resolve|Close|Pause|Resume|Delete")
    await expect(page.get_by_role("button", name=controls)).to_have_count(0)
    await expect(page.get_by_role("combobox")).to_have_count(0)
    windows.expect_error(f"status of 404 .*/{foreign['number']}")
    await page.goto(f"/incidents/{foreign['number']}")
    await expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    windows.expect_error("This page is for the role agent and above")
    await page.goto("/users")
    await expect(page.get_by_text("You may not see this")).to_be_visible()


async def test_an_invited_person_sets_a_password_and_a_deactivated_one_is_out(
    windows: Windows, mailbox: Mailbox, admin: Person
) -> None:
    page = await windows.open(admin, "/users")
    await page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog", name="New user")
    await dialog.get_by_label("Name").fill("Nina Newcomer")
    await dialog.get_by_label("E-mail").fill("nina@example.com")
    await choose(page, dialog.get_by_role("combobox", name="Role"), "Manager")
    await dialog.get_by_role("button", name="Create user").click()
    row = page.get_by_role("row", name="nina@example.com")
    await expect(row).to_contain_text("Manager")

    mail = await mailbox.receive("", to="nina@example.com")
    link = re.search(r"http://\S+", words(mail))
    assert link
    theirs = await windows.open(None, link[0])
    await theirs.get_by_label("New password").fill(PASSWORD)
    await theirs.get_by_role("button", name="Set password").click()
    await theirs.get_by_role("link", name="Sign in", exact=True).click()
    await theirs.get_by_label("E-mail").fill("nina@example.com")
    await theirs.get_by_label("Password", exact=True).fill(PASSWORD)
    await theirs.get_by_role("button", name="Sign in").click()
    account = theirs.get_by_role("button", name="Account: Nina Newcomer")
    await expect(account).to_be_visible()

    await row.get_by_role("button", name="Actions for Nina Newcomer").click()
    await page.get_by_role("menuitem", name="Deactivate").click()
    await expect(row).to_have_count(0)
    windows.expect_error("status of 401 .*/auth/refresh")
    await theirs.reload()
    await expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_failed_mail_is_in_the_log_and_is_sent_again(
    windows: Windows, mailbox: Mailbox, admin: Person
) -> None:
    address = "full.mailbox@example.com"
    mailbox.refused.add(address)
    account = {"name": "Fred Full", "email": address, "role": "reporter"}
    await admin.data("POST", "/users", account)
    page = await windows.open(admin, f"/deliveries?q={address}")
    row = page.get_by_role("row", name=address)
    await expect(row).to_contain_text("Failed")
    await row.get_by_role("button").first.click()
    drawer = page.get_by_role("dialog")
    await expect(drawer).to_contain_text("550 5.1.1 There is no such mailbox")
    await page.keyboard.press("Escape")

    mailbox.refused.remove(address)
    await row.get_by_role("button", name="Send again").click()

    await mailbox.receive("", to=address)
    await expect(row).to_contain_text("Sent")
    assert len(mailbox.find("", to=address)) == 1


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(agent, "/tokens")
    await page.get_by_role("button", name="New token").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Nightly report")
    await dialog.get_by_role("button", name="Create token").click()
    shown = dialog.get_by_text(re.compile("^ist_"))
    token = await shown.inner_text()
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await agent.ask("GET", "/auth/me", headers=bearer)).is_success

    await dialog.get_by_role("button", name="Done").click()
    row = page.get_by_role("row", name="Nightly report")
    await expect(row).to_contain_text(f"{token[:8]}")
    assert token not in await page.content()
    await row.get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()

    await expect(row).to_have_count(0)
    # Each process forgets who held it within two seconds.
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while (await agent.ask("GET", "/auth/me", headers=bearer)).is_success:
            pass


async def test_a_manager_deletes_an_incident_and_takes_it_back(
    windows: Windows, manager: Person
) -> None:
    incident = await manager.create("Reported by mistake")
    page = await windows.open(manager, f"/incidents/{incident['number']}")
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name=f"Delete {incident['number']}?")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(page).to_have_url(re.compile(r"/incidents\?"))
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    path = f"/incidents/{incident['number']}"
    assert (await manager.ask("GET", path)).status_code == 404

    async with page.expect_response(
        lambda answer: "/restore" in answer.url
    ) as restored:
        await page.get_by_role("button", name="Undo").click()

    assert (await restored.value).ok
    assert (await manager.ask("GET", path)).is_success
