"""Several people at one incident, and a connection that is lost and comes back."""

from __future__ import annotations

from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.pages import comment, timeline
from e2e.product import Person


async def test_agents_see_who_looks_and_who_types(
    windows: Windows, agent: Person, colleague: Person, reporter: Person
) -> None:
    incident = await reporter.create("Both of us answer at once")
    path = f"/incidents/{incident['number']}"
    page = await windows.open(agent, path)
    elsewhere = await windows.open(colleague, path)
    here = page.get_by_role("list", name="Also here").get_by_role("listitem")
    await expect(here).to_have_text(f"CC{colleague.name} is looking")

    reply = elsewhere.get_by_role("textbox", name="Public reply")
    await reply.press_sequentially("I am on it")
    await expect(here).to_have_text(f"CC{colleague.name} is typing a comment…")

    theirs = await windows.open(reporter, path)
    await expect(timeline(theirs)).to_be_visible()
    await expect(theirs.get_by_role("list", name="Also here")).to_have_count(0)
    await expect(here).to_have_count(1)

    await elsewhere.goto("/")
    await expect(here).to_have_count(0)


async def test_what_happened_while_the_connection_was_lost_is_there_when_it_is_back(
    windows: Windows, manager: Person, colleague: Person
) -> None:
    incident = await manager.create("Train goes through a tunnel")
    number = incident["number"]
    page = await windows.open(manager, f"/incidents/{number}")
    queue = await windows.open(manager, "/incidents?q=tunnel")
    await comment(page, "Before the tunnel")
    # Parts of the page that come later have come.
    for window in (page, queue):
        await expect(window.get_by_role("link", name="Engine")).to_be_visible()
    windows.expect_error("ERR_INTERNET_DISCONNECTED")
    for window in (page, queue):
        await window.context.set_offline(True)
        await expect(window.get_by_text("Live updates are interrupted")).to_be_visible()

    said = {"content": "Said in the tunnel", "is_internal": False}
    await colleague.data("POST", f"/incidents/{number}/comments", said)
    await colleague.data(
        "PATCH", f"/incidents/{number}", {"title": "Out of the tunnel"}
    )

    for window in (page, queue):
        await window.context.set_offline(False)
        await expect(window.get_by_text("Live updates are interrupted")).to_have_count(
            0
        )
    await expect(timeline(page)).to_contain_text("Said in the tunnel")
    title = page.get_by_role("heading", name="Out of the tunnel")
    await expect(title).to_be_visible()
    await expect(queue.get_by_text("Out of the tunnel")).to_be_visible()
