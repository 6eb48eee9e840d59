"""Custom fields, and templates of new incidents."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.pages import choose, queue_row, timeline
from e2e.product import PHONE, Person


def fields(page: Page) -> Locator:
    """The card with the custom fields of an incident."""
    return page.get_by_role("region", name="Fields")


@pytest.fixture
async def tidy(admin: Person, manager: Person) -> AsyncIterator[None]:
    """Other tests see no field and no template of these."""
    yield
    for field in (await admin.data("GET", "/custom-fields"))["items"]:
        await admin.data("DELETE", f"/custom-fields/{field['key']}")
    for template in (await manager.data("GET", "/incident-templates"))["items"]:
        await manager.data("DELETE", f"/incident-templates/{template['id']}")


async def define(admin: Person, key: str, kind: str, **more: Any) -> None:
    body = {"key": key, "name": key.capitalize(), "type": kind, **more}
    await admin.data("POST", "/custom-fields", body)


@pytest.mark.usefixtures("tidy")
async def test_an_administrator_defines_a_field_and_an_agent_fills_it_in(
    windows: Windows, admin: Person, agent: Person
) -> None:
    settings = await windows.open(admin, "/custom-fields")
    await expect(settings.get_by_role("heading", name="No field yet")).to_be_visible()
    await settings.get_by_role("button", name="New field").first.click()
    dialog = settings.get_by_role("dialog", name="New field")
    await dialog.get_by_label("Name", exact=True).first.fill("Affected region")
    key = dialog.get_by_label("Key", exact=True)
    await expect(key).to_have_value("affected_region")
    await choose(settings, dialog.get_by_label("Type", exact=True), "Choice")
    options = dialog.get_by_role("combobox", name="Options")
    for option in ("Europe", "Asia"):
        await options.fill(option)
        await options.press("Enter")
    # The input is there to be looked at, and what is chosen is the default.
    preview = dialog.get_by_role("group", name="Preview")
    await preview.get_by_role("combobox", name="Affected region").click()
    await settings.get_by_role("option", name="Europe").click()
    await dialog.get_by_role("button", name="Add field").click()
    row = settings.get_by_role("row", name="Affected region")
    await expect(row).to_contain_text("Choice")

    incident = await agent.create("Payments are slow")
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    region = fields(page).get_by_role("combobox", name="Affected region")
    await expect(region).to_have_value("Europe")
    await choose(page, region, "Asia")
    await expect(timeline(page)).to_contain_text(
        "changed Affected region from Europe to Asia"
    )

    await row.get_by_role("button", name="Retire Affected region").click()
    await expect(row.get_by_role("button", name="Bring back")).to_be_visible()
    await page.reload()
    await expect(region).to_have_count(0)
    await expect(fields(page)).to_contain_text("Asia")


@pytest.mark.usefixtures("tidy")
async def test_a_wrong_value_is_told_beside_its_field_and_can_be_put_right(
    windows: Windows, admin: Person, agent: Person
) -> None:
    await define(admin, "case", "link")
    incident = await agent.create("The vendor has to look at this")
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    windows.expect_error("422")
    case = fields(page).get_by_role("textbox", name="Case")
    await case.fill("case 4711")
    await case.press("Enter")
    await expect(fields(page)).to_contain_text("begins with https://")
    await expect(case).to_have_value("case 4711")
    await case.fill("https://vendor.example/4711")
    await case.press("Enter")
    link = fields(page).get_by_role("link", name="Open Case")
    await expect(link).to_have_attribute("href", "https://vendor.example/4711")
    await expect(fields(page)).not_to_contain_text("begins with https://")


@pytest.mark.usefixtures("tidy")
async def test_resolving_asks_for_the_fields_that_it_requires(
    windows: Windows, admin: Person, agent: Person
) -> None:
    await define(admin, "cause", "text", required="resolved")
    await define(admin, "vendor", "link", required="resolved")
    incident = await agent.create("The printer is silent")
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    await page.get_by_role("button", name="Resolve", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Resolve {incident['number']}")
    windows.expect_error("422")
    await dialog.get_by_role("textbox", name="Vendor").fill("https://vendor.example")
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(dialog).to_contain_text("“Cause” is required to resolve.")
    await dialog.get_by_role("textbox", name="Cause").fill("No paper")
    await dialog.get_by_role("textbox", name="Comment").fill("It prints again.")
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(dialog).to_have_count(0)
    await expect(timeline(page)).to_contain_text("It prints again.")
    cause = fields(page).get_by_role("textbox", name="Cause")
    await expect(cause).to_have_value("No paper")


@pytest.mark.usefixtures("tidy")
async def test_the_queue_is_narrowed_by_a_field_in_words_and_by_its_menu(
    windows: Windows, admin: Person, agent: Person
) -> None:
    await define(admin, "region", "choice", options=["Europe", "Asia"])
    east = await agent.create("Slow in Tokyo", fields={"region": "Asia"})
    west = await agent.create("Slow in Paris", fields={"region": "Europe"})
    page = await windows.open(agent, "/incidents")
    search = page.get_by_role("combobox", name="Search the queue")
    await search.fill("field.re")
    await page.get_by_role("option", name="Region").click()
    await page.get_by_role("option", name="Asia").click()
    await search.press("Enter")
    await expect(queue_row(page, east["number"])).to_be_visible()
    await expect(queue_row(page, west["number"])).to_have_count(0)
    chip = page.get_by_role("button", name="Fields: Region Asia")
    await chip.click()
    await page.get_by_role("combobox", name="Region").click()
    await page.get_by_role("option", name="Europe").click()
    await expect(queue_row(page, west["number"])).to_be_visible()
    await expect(page).to_have_url(re.compile(r"field\.region=Asia,Europe"))
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Save view").click()
    dialog = page.get_by_role("dialog", name="Save view")
    await dialog.get_by_label("Name").fill("Slow regions")
    await dialog.get_by_role("button", name="Save").click()
    await page.goto("/incidents")
    await page.get_by_role("link", name="Slow regions").click()
    await expect(page.get_by_role("button", name="Fields: Region")).to_contain_text(
        "Asia, Europe"
    )
    for view in (await agent.data("GET", "/views"))["items"]:
        await agent.data("DELETE", f"/views/{view['id']}")


@pytest.mark.usefixtures("tidy")
async def test_an_incident_begins_with_a_template_from_the_palette(
    windows: Windows, admin: Person, manager: Person, agent: Person
) -> None:
    await define(admin, "disk", "text", required="created")
    settings = await windows.open(manager, "/templates")
    await settings.get_by_role("button", name="New template").first.click()
    dialog = settings.get_by_role("dialog", name="New template")
    await dialog.get_by_label("Name", exact=True).fill("Full disk")
    await dialog.get_by_label("Title", exact=True).fill("Disk is full on ")
    await dialog.get_by_label("Description", exact=True).fill("Which files grow?")
    await choose(settings, dialog.get_by_label("Priority", exact=True), "High")
    await dialog.get_by_role("button", name="Add template").click()
    await expect(settings.get_by_role("row", name="Full disk")).to_contain_text("High")

    page = await windows.open(agent, "/incidents")
    await expect(page.get_by_role("button", name="New incident").first).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_label("Search incidents, views and commands").fill("Full disk")
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="New incident")
    await expect(form.get_by_label("Template", exact=True)).to_have_value("Full disk")
    title = form.get_by_label("Title", exact=True)
    await expect(title).to_have_value("Disk is full on")
    await expect(form.get_by_role("radio", name="High")).to_be_checked()
    await title.fill("Disk is full on db-3")
    windows.expect_error("422")
    await form.get_by_role("button", name="Create incident").click()
    await expect(form).to_contain_text("“Disk” is required.")
    await form.get_by_role("textbox", name="Disk").fill("/var")
    await form.get_by_role("button", name="Create incident").click()
    await page.wait_for_url(re.compile(r"/incidents/INC-\d+$"))
    disk = fields(page).get_by_role("textbox", name="Disk")
    await expect(disk).to_have_value("/var")
    await expect(page.get_by_text("Which files grow?")).to_be_visible()


@pytest.mark.usefixtures("tidy")
async def test_a_reporter_on_the_phone_sees_the_fields_that_are_for_reporters(
    windows: Windows, admin: Person, manager: Person, agent: Person, reporter: Person
) -> None:
    await define(admin, "room", "text", visible_to_reporters=True)
    await define(admin, "wiring", "text")
    template = {"name": "Broken lamp", "title": "A lamp is broken"}
    await manager.data(
        "POST", "/incident-templates", {**template, "for_reporters": True}
    )
    internal = {"name": "Secret drill"}
    await manager.data("POST", "/incident-templates", internal)

    page = await windows.open(reporter, "/incidents", **PHONE)
    await page.get_by_role("button", name="New", exact=True).click()
    form = page.get_by_role("dialog", name="New incident")
    await form.get_by_label("Template", exact=True).click()
    await expect(page.get_by_role("option", name="Secret drill")).to_have_count(0)
    await page.get_by_role("option", name="Broken lamp").click()
    await expect(form.get_by_role("textbox", name="Wiring")).to_have_count(0)
    await form.get_by_role("textbox", name="Room").fill("2.14")
    await form.get_by_role("button", name="Create incident").click()
    await page.wait_for_url(re.compile(r"/incidents/INC-\d+$"))
    await expect(fields(page)).to_contain_text("2.14")
    path = f"/incidents/{page.url.rpartition('/')[2]}"
    await agent.data(
        "PATCH", path, {"fields": {"wiring": "Loose wire", "room": "2.15"}}
    )
    await expect(fields(page)).to_contain_text("2.15")
    await expect(page.get_by_text("Loose wire")).to_have_count(0)
    await expect(page.get_by_text("Wiring")).to_have_count(0)
