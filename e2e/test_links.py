"""Links between incidents, merges and watchers."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.mailbox import Mailbox
from e2e.pages import timeline
from e2e.product import Person, Product


def links(page: Page) -> Locator:
    return page.get_by_role("region", name="Links")


async def test_a_link_is_made_taken_away_and_put_back(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    one = await agent.create("Backups are late")
    other = await agent.create("Tape library is jammed")
    page = await windows.open(agent, f"/incidents/{one['number']}")
    theirs = await windows.open(colleague, f"/incidents/{other['number']}")

    await links(page).get_by_role("button", name="Add link").click()
    form = page.get_by_role("form", name="Add a link")
    await form.get_by_label(f"{one['number']} is").click()
    await page.get_by_role("option", name="Child of").click()
    await form.get_by_label("Incident").fill("tape library")
    await page.get_by_role("option", name=other["number"]).click()
    await form.get_by_role("button", name="Link", exact=True).click()

    link = links(page).get_by_role("link", name=other["number"])
    await expect(link).to_be_visible()
    await expect(links(page)).to_contain_text("Child of")
    # The other side shows by itself, as the other side.
    back = links(theirs).get_by_role("link", name=one["number"])
    await expect(back).to_be_visible()
    await expect(links(theirs)).to_contain_text("Parent of")

    await page.get_by_role(
        "button", name=f"Remove the link to {other['number']}"
    ).click()
    await expect(link).to_have_count(0)
    await expect(back).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(link).to_be_visible()
    await expect(back).to_be_visible()


async def test_a_duplicate_is_merged_after_a_look_at_the_other_one(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    source = await reporter.create("Mail does not arrive at all")
    target = await agent.create("Mail queue is stuck", priority="critical")
    path = f"/incidents/{source['number']}"
    page = await windows.open(agent, path)
    theirs = await windows.open(reporter, path)

    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Merge").click()
    dialog = page.get_by_role("dialog", name=f"Merge {source['number']}")
    await dialog.get_by_role("combobox", name="Merge into").fill(target["number"])
    await page.get_by_role("option", name=target["number"]).click()
    preview = dialog.get_by_role("region", name=f"Preview of {target['number']}")
    await expect(preview).to_contain_text("Mail queue is stuck")
    await expect(dialog).to_contain_text("its clocks stop now")
    await dialog.get_by_role("button", name="Merge", exact=True).click()

    banner = page.get_by_role("region", name="Duplicate")
    await expect(banner).to_contain_text(f"Duplicate of {target['number']}")
    await expect(timeline(page)).to_contain_text(f"merged this into {target['number']}")
    # Its reporter hears that, and nothing of the other incident.
    await expect(timeline(theirs)).to_contain_text("merged this into another incident")
    await expect(theirs.get_by_text(target["number"])).to_have_count(0)
    await expect(theirs.get_by_role("region", name="Duplicate")).to_have_count(0)

    await banner.get_by_role("link").click()
    await page.wait_for_url(f"**/incidents/{target['number']}")
    await expect(links(page)).to_contain_text("Duplicated by")
    await expect(links(page)).to_contain_text("its comments and files are there")


async def test_who_watches_by_one_key_is_told_of_what_is_said(
    windows: Windows,
    mailbox: Mailbox,
    product: Product,
    admin: Person,
    reporter: Person,
) -> None:
    # Who was told of much in the last minutes is told of more with a digest only.
    agent = await product.hire(admin, "Wanda Watcher", "agent")
    incident = await reporter.create("The door of rack 7 is open")
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    toggle = page.get_by_role("button", name="Watch", exact=True)
    await expect(toggle).to_be_enabled()

    await page.keyboard.press("w")

    watching = page.get_by_role("button", name="Watching", exact=True)
    await expect(watching).to_have_attribute("aria-pressed", "true")
    watchers = page.get_by_role("region", name="Watchers")
    await expect(watchers.get_by_role("listitem")).to_contain_text(agent.name)
    listed = f"/incidents/{incident['id']}/watchers"
    while not (await agent.data("GET", listed))["items"]:
        pass
    words = {"content": "It stands open since noon"}
    await reporter.data("POST", f"/incidents/{incident['id']}/comments", words)
    subject = f"[{incident['number']}] {reporter.name} commented"
    await mailbox.receive(subject, to=agent.email)

    await page.keyboard.press("w")
    await expect(toggle).to_be_visible()
    await expect(watchers.get_by_role("listitem")).to_have_count(0)
    await agent.client.aclose()
