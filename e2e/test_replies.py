"""Mentions and canned replies: written with the keyboard, told and kept from whom."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.pages import choose, timeline
from e2e.product import PHONE, Person


def composer(page: Page) -> Locator:
    """Where comments are written."""
    return page.get_by_role("region", name="Write a comment")


async def test_a_mention_is_completed_by_keys_and_rings_the_colleagues_bell(
    windows: Windows, agent: Person, colleague: Person, reporter: Person
) -> None:
    await colleague.data("POST", "/notifications/read-all")
    incident = await reporter.create("The scanner jams")
    number = incident["number"]
    theirs = await windows.open(colleague)
    bell = theirs.get_by_role("button", name="Notifications")
    await expect(bell.get_by_role("status")).to_have_text("")
    page = await windows.open(agent, f"/incidents/{number}")
    await composer(page).get_by_role("tab", name="Internal note").click()
    field = composer(page).get_by_role("textbox", name="Internal note")
    await field.press_sequentially("Is this yours, @carl")
    people = page.get_by_role("listbox", name="People")
    await expect(people.get_by_role("option", name=colleague.name)).to_be_visible()
    await field.press("Escape")
    await expect(people).to_have_count(0)
    # By the address, as others may have such a name too.
    await field.press_sequentially(".coll")
    await expect(people.get_by_role("option")).to_have_count(1)
    await field.press("Enter")
    await expect(field).to_have_value(f"Is this yours, @{colleague.name} ")
    await field.press("Control+Enter")

    said = timeline(page).get_by_role("article")
    await expect(said.locator("mark")).to_have_text(f"@{colleague.name}")
    watching = page.get_by_role("region", name="Watchers")
    await expect(watching).to_contain_text(colleague.name)
    await expect(bell.get_by_role("status")).to_have_text("1 unread")
    await bell.click()
    entry = theirs.get_by_role("dialog").get_by_role("link", name=number)
    await expect(entry).to_contain_text(f"{agent.name} mentioned you in a note")


async def test_an_internal_note_offers_and_tells_no_reporter(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    incident = await reporter.create("The scanner hums")
    number = incident["number"]
    await reporter.data("POST", "/notifications/read-all")
    page = await windows.open(agent, f"/incidents/{number}")
    people = page.get_by_role("listbox", name="People")
    field = composer(page).get_by_role("textbox")
    await field.press_sequentially("@rita")
    await expect(people.get_by_role("option")).to_contain_text("Reported this")
    await composer(page).get_by_role("tab", name="Internal note").click()
    await field.fill("")
    await field.press_sequentially("@rita ")
    await expect(people.get_by_role("option", name=reporter.name)).to_have_count(0)
    await field.fill("")
    await field.press_sequentially("@mona.man")
    await expect(people.get_by_role("option", name="Mona Manager")).to_be_visible()
    await expect(people.get_by_role("option", name=reporter.name)).to_have_count(0)
    note = f"@[{reporter.name}](user:{reporter.id}) must not know"
    body = {"content": note, "is_internal": True}
    await agent.data("POST", f"/incidents/{number}/comments", body)

    theirs = await windows.open(reporter, f"/incidents/{number}")
    await expect(timeline(theirs).get_by_role("listitem").first).to_be_visible()
    await expect(theirs.get_by_text("must not know")).to_have_count(0)
    bell = theirs.get_by_role("button", name="Notifications")
    await expect(bell.get_by_role("status")).to_have_text("")
    menu = theirs.get_by_role("navigation", name="Main")
    await expect(menu.get_by_role("link", name="Canned replies")).to_have_count(0)
    await expect(theirs.get_by_role("button", name="Canned reply")).to_have_count(0)
    windows.expect_error("This page is for the role agent and above")
    await theirs.goto("/canned-replies")
    await expect(theirs.get_by_text("You may not see this")).to_be_visible()


async def test_a_manager_keeps_a_reply_and_an_agent_sends_it(
    windows: Windows, manager: Person, agent: Person, reporter: Person
) -> None:
    await manager.ask("POST", "/teams", json={"name": "Scanners", "member_ids": []})
    windows.expect_error("status of 422 .*/canned-replies")
    page = await windows.open(manager, "/canned-replies")
    await page.get_by_role("button", name="New reply").first.click()
    dialog = page.get_by_role("dialog", name="New canned reply")
    await dialog.get_by_label("Title").fill("Jam, first aid")
    words = dialog.get_by_label("Words")
    await words.fill("Hello {{reporter.nam}}, **open the lid**.")
    await dialog.get_by_role("button", name="Create reply").click()
    await expect(dialog.get_by_text("There is no placeholder")).to_be_visible()
    await words.fill("Hello ")
    await dialog.get_by_role("button", name="Who reported it").click()
    await words.press_sequentially(", **open the lid**. ")
    await dialog.get_by_role("button", name="Its team").click()
    preview = dialog.get_by_role("region", name="Preview")
    await expect(preview).to_contain_text("Hello Rita Reporter, open the lid. Networks")
    await dialog.get_by_role("button", name="Create reply").click()
    row = page.get_by_role("row", name="Jam, first aid")
    await expect(row).to_contain_text("Everybody")

    incident = await reporter.create("The scanner jams again")
    theirs = await windows.open(agent, f"/incidents/{incident['number']}")
    field = composer(theirs).get_by_role("textbox")
    await field.press_sequentially("/first")
    offered = theirs.get_by_role("listbox", name="Canned replies")
    await expect(offered.get_by_role("option")).to_have_text(["Jam, first aid"])
    await field.press("Enter")
    filled = f"Hello {reporter.name}, **open the lid**. [no team]"
    await expect(field).to_have_value(filled)
    await expect(composer(theirs)).to_contain_text("Fill in by hand: [no team]")
    await field.fill(filled.removesuffix(" [no team]"))
    await composer(theirs).get_by_role("button", name="Send reply").click()
    said = timeline(theirs).get_by_role("article")
    await expect(said.get_by_role("strong").last).to_have_text("open the lid")
    await expect(said).to_contain_text(f"Hello {reporter.name}")

    await row.get_by_role("button", name="Edit Jam, first aid").click()
    dialog = page.get_by_role("dialog", name="Edit Jam, first aid")
    await choose(page, dialog.get_by_role("combobox", name="For"), "Scanners")
    await dialog.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("Scanners")
    await row.get_by_role("button", name="Delete Jam, first aid").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(row).to_have_count(0)


async def test_on_the_phone_a_reply_is_chosen_by_taps(
    windows: Windows, manager: Person, agent: Person
) -> None:
    reply = {"title": "We look into it", "body": "We look into {{incident.number}}."}
    await manager.data("POST", "/canned-replies", reply)
    incident = await agent.create("The scanner smells")
    number = incident["number"]
    page = await windows.open(agent, f"/incidents/{number}", **PHONE)
    field = composer(page).get_by_role("textbox")
    await field.fill("Hello")
    await composer(page).get_by_role("button", name="Canned reply").tap()
    option = page.get_by_role("option", name=re.compile("^We look into it"))
    await expect(option).to_be_visible()
    box = await option.bounding_box()
    assert box
    assert box["height"] >= 44
    await option.tap()
    await expect(field).to_have_value(f"Hello\nWe look into {number}.")
