"""The product on a phone of 360 by 740 pixels."""

from __future__ import annotations

import re

from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.everywhere import STRANGER, furnish
from e2e.pages import badge, comment, create_incident, queue_row, resolve, settled
from e2e.product import PASSWORD, PHONE, Person, Product, Staff

# How far a page, or its content, can be moved to the side.
OVERHANG = """
() => Math.max(
  ...[document.scrollingElement, ...document.querySelectorAll("main, [role=dialog]")]
    .map((box) => box.scrollWidth - box.clientWidth),
  innerWidth - screen.width,
)
"""


async def test_a_day_on_a_phone_from_sign_in_to_resolve(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(None, **PHONE)
    await page.get_by_label("E-mail").fill(agent.email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").tap()

    await page.get_by_role("button", name="New", exact=True).tap()
    number = await create_incident(page, "Barrier at gate 3 stays open", "High")
    await comment(page, "A technician is on the way")
    await resolve(page, "The barrier closes again")
    await expect(badge(page, "met")).to_be_visible()
    await page.get_by_role("button", name="Back to the queue").tap()
    await page.get_by_role("button", name="Views").tap()
    views = page.get_by_role("dialog", name="Views")
    await views.get_by_role("link", name=re.compile("^Resolved")).tap()

    await expect(queue_row(page, number)).to_be_visible()


async def test_no_page_moves_sideways_on_a_phone(
    windows: Windows, product: Product, staff: Staff
) -> None:
    overhang = {}
    pages = await furnish(product, staff)
    stranger = await windows.open(None, **PHONE)
    page = await windows.open(staff.admin, **PHONE)
    for window, paths in ((stranger, STRANGER), (page, pages)):
        for path in paths:
            await window.goto(path)
            await settled(window)
            overhang[path] = await window.evaluate(OVERHANG)
    assert {path: pixels for path, pixels in overhang.items() if pixels > 0} == {}
