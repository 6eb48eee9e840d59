"""Many incidents at once: selecting, changing, and taking it back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.pages import queue_row
from e2e.product import PHONE, Person
from e2e.test_accessibility import findings


async def several(agent: Person, title: str, count: int = 3) -> list[str]:
    """The numbers of new incidents, the most urgent first."""
    priorities = ["critical", "high", "medium", "low"]
    made = [
        await agent.create(f"{title} {n}", priority=priorities[n]) for n in range(count)
    ]
    return [incident["number"] for incident in made]


async def read(agent: Person, numbers: list[str], field: str) -> list[Any]:
    return [(await agent.data("GET", f"/incidents/{n}"))[field] for n in numbers]


def toolbar(page: Page) -> Locator:
    """The bar that is there while something is selected."""
    return page.get_by_role("toolbar", name="Selection")


async def test_by_keys_alone_several_are_assigned_and_it_is_taken_back(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    numbers = await several(agent, "Walrus")
    page = await windows.open(agent, "/incidents?q=walrus&sort=priority")
    for number in numbers:
        await expect(queue_row(page, number)).to_be_visible()

    await page.keyboard.press("j")
    await expect(queue_row(page, numbers[0])).to_be_focused()
    await page.keyboard.press("x")
    await page.keyboard.press("Shift+J")
    await expect(toolbar(page)).to_contain_text("2 selected")
    await page.keyboard.press("Shift+ArrowDown")
    await expect(toolbar(page)).to_contain_text("3 selected")
    for number in numbers:
        row = queue_row(page, number)
        await expect(row).to_have_attribute("aria-selected", "true")

    await page.keyboard.press("a")
    await expect(page.get_by_role("combobox", name="Assign to")).to_be_focused()
    await page.keyboard.type("carl")
    await expect(page.get_by_role("option")).to_have_text([colleague.name])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("3 assigned")).to_be_visible()
    for number in numbers:
        await expect(queue_row(page, number)).to_contain_text(colleague.name)

    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("3 changed back")).to_be_visible()
    assert await read(agent, numbers, "assignee") == [None] * 3

    await page.keyboard.press("Escape")
    await expect(toolbar(page)).to_have_count(0)


async def test_what_fails_is_told_with_its_reason_and_the_others_change(
    windows: Windows, agent: Person
) -> None:
    numbers = await several(agent, "Narwhal")
    await agent.data("POST", f"/incidents/{numbers[1]}/resolve")
    page = await windows.open(agent, "/incidents?q=narwhal")
    await expect(queue_row(page, numbers[0])).to_be_visible()

    await queue_row(page, numbers[0]).hover()
    await page.get_by_role("checkbox", name=f"Select {numbers[0]}").click()
    await page.keyboard.press("Control+a")
    await expect(toolbar(page)).to_contain_text("3 selected")
    await toolbar(page).get_by_role("button", name="Status").click()
    await page.get_by_role("button", name="Resolve", exact=True).click()

    await expect(page.get_by_text("2 resolved, 1 not")).to_be_visible()
    await page.get_by_role("button", name="Show why").click()
    dialog = page.get_by_role("dialog", name="1 not changed")
    await expect(dialog).to_contain_text(numbers[1])
    await expect(dialog).to_contain_text("resolved cannot resolve")
    await dialog.get_by_role("button", name="Close").last.click()
    assert await read(agent, numbers, "status") == ["resolved"] * 3


async def test_a_selection_stays_when_colleagues_change_the_list(
    windows: Windows, agent: Person, colleague: Person
) -> None:
    numbers = await several(agent, "Ocelot", 2)
    page = await windows.open(agent, "/incidents?q=ocelot")
    await expect(queue_row(page, numbers[0])).to_be_visible()
    await queue_row(page, numbers[1]).click(modifiers=["Control"])
    await expect(toolbar(page)).to_contain_text("1 selected")

    late = await colleague.create("Ocelot late", priority="critical")
    await expect(queue_row(page, late["number"])).to_be_visible()
    chosen = page.locator("[aria-selected=true]")
    await expect(chosen).to_have_count(1)
    await expect(chosen).to_contain_text(numbers[1])
    await toolbar(page).get_by_role("button", name="Tags").click()
    await page.get_by_role("textbox", name="Tags").fill("zoo, cat")
    await page.get_by_role("button", name="Add", exact=True).click()

    await expect(page.get_by_text("1 tagged")).to_be_visible()
    tags = await read(agent, [*numbers, late["number"]], "tags")
    assert tags == [[], ["zoo", "cat"], []]


async def test_on_a_phone_taps_select_and_clocks_are_paused(
    windows: Windows, agent: Person
) -> None:
    numbers = await several(agent, "Pelican", 2)
    page = await windows.open(agent, "/incidents?q=pelican", **PHONE)
    await expect(queue_row(page, numbers[0])).to_be_visible()

    await page.get_by_role("button", name="Select", exact=True).tap()
    await queue_row(page, numbers[0]).tap()
    await queue_row(page, numbers[1]).tap()
    await expect(toolbar(page)).to_contain_text("2 selected")
    await toolbar(page).get_by_role("button", name="Clock").tap()
    await page.get_by_role("button", name="Pause", exact=True).tap()

    await expect(page.get_by_text("2 paused")).to_be_visible()
    states = [sla["status"] for sla in await read(agent, numbers, "sla")]
    assert states == ["paused"] * 2


async def test_on_a_phone_a_long_press_begins_a_selection(
    windows: Windows, agent: Person
) -> None:
    numbers = await several(agent, "Heron", 2)
    page = await windows.open(agent, "/incidents?q=heron", **PHONE)
    box = await queue_row(page, numbers[0]).bounding_box()
    assert box
    finger = await page.context.new_cdp_session(page)
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    await finger.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]}
    )
    await expect(toolbar(page)).to_contain_text("1 selected")
    await finger.send(
        "Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []}
    )

    await queue_row(page, numbers[1]).tap()
    await expect(toolbar(page)).to_contain_text("2 selected")
    await expect(page).to_have_url("/incidents?q=heron")


async def test_a_team_gets_many_and_a_manager_deletes_them_and_takes_it_back(
    windows: Windows, manager: Person, agent: Person
) -> None:
    team = await manager.data("POST", "/teams", {"name": "Aviary"})
    numbers = await several(agent, "Egret")
    page = await windows.open(manager, "/incidents?q=egret")
    await expect(queue_row(page, numbers[0])).to_be_visible()
    await page.keyboard.press("Control+a")

    await toolbar(page).get_by_role("button", name="Team").click()
    await page.get_by_role("combobox", name="Give to the team").fill("avi")
    await page.get_by_role("option", name="Aviary").click()
    await expect(page.get_by_text("3 given to Aviary")).to_be_visible()
    teams = await read(agent, numbers, "team")
    assert teams == [{"id": team["id"], "name": "Aviary"}] * 3

    await toolbar(page).get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete")
    await expect(dialog).to_contain_text(numbers[0])
    await dialog.get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("3 deleted")).to_be_visible()
    await expect(page.get_by_text("Nothing matches")).to_be_visible()
    deleted = page.get_by_role("alert").filter(has_text="3 deleted")
    await deleted.get_by_role("button", name="Undo").click()
    for number in numbers:
        await expect(queue_row(page, number)).to_be_visible()

    page = await windows.open(agent, "/incidents?q=egret")
    await expect(queue_row(page, numbers[0])).to_be_visible()
    await page.keyboard.press("Control+a")
    await expect(toolbar(page).get_by_role("button", name="Team")).to_be_visible()
    await expect(toolbar(page).get_by_role("button", name="Delete")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_selection_has_no_serious_barrier(
    windows: Windows, agent: Person, scheme: str
) -> None:
    numbers = await several(agent, f"Capybara {scheme}", 2)
    path = f"/incidents?q=capybara+{scheme}"
    page = await windows.open(agent, path, color_scheme=scheme)
    await expect(queue_row(page, numbers[0])).to_be_visible()
    await page.keyboard.press("Control+a")
    found = {"bar": await findings(page)}
    for name in ("Assign", "Team", "Priority", "Status", "Tags", "Clock"):
        await toolbar(page).get_by_role("button", name=name).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        if name == "Assign":
            await expect(page.get_by_role("option").first).to_be_visible()
        found[name] = await findings(page)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    assert {name: barriers for name, barriers in found.items() if barriers} == {}


async def test_reporters_have_nothing_to_select(
    windows: Windows, reporter: Person
) -> None:
    made = await reporter.create("Quokka at the door")
    page = await windows.open(reporter, "/incidents?q=quokka")
    await expect(queue_row(page, made["number"])).to_be_visible()

    await page.keyboard.press("j")
    await page.keyboard.press("x")

    await expect(page.get_by_role("grid").get_by_role("checkbox")).to_have_count(0)
    await expect(toolbar(page)).to_have_count(0)
