"""axe on every page, light and dark, wide and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from e2e.conftest import Windows
from e2e.everywhere import STRANGER, furnish
from e2e.pages import settled
from e2e.product import PHONE, REPOSITORY, Product, Staff

AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"

RUN = """
async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter((found) => ["serious", "critical"].includes(found.impact))
    .flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.html}`));
}
"""


async def findings(page: Page) -> list[str]:
    """What axe finds serious or critical on a page."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(RUN)
    return found


@pytest.fixture(scope="module")
async def pages(product: Product, staff: Staff) -> list[str]:
    return await furnish(product, staff)


@pytest.mark.parametrize(
    ("screen", "scheme"),
    [({}, "light"), ({}, "dark"), (PHONE, "light")],
    ids=["wide light", "wide dark", "phone light"],
)
async def test_no_page_has_a_serious_barrier(
    windows: Windows,
    staff: Staff,
    pages: list[str],
    screen: dict[str, Any],
    scheme: str,
) -> None:
    found = {}
    stranger = await windows.open(None, color_scheme=scheme, **screen)
    page = await windows.open(staff.admin, color_scheme=scheme, **screen)
    for window, paths in ((stranger, STRANGER), (page, pages)):
        for path in paths:
            await window.goto(path)
            await settled(window)
            found[path] = await findings(window)
    assert {path: barriers for path, barriers in found.items() if barriers} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_dialog_has_a_serious_barrier(
    windows: Windows, staff: Staff, pages: list[str], scheme: str
) -> None:
    page = await windows.open(staff.admin, color_scheme=scheme)
    await settled(page)
    found = {}
    for name, path, button in (
        ("create", "/incidents", "New incident"),
        ("resolve", pages[3], "Resolve"),
        ("user", "/users", "New user"),
        ("token", "/tokens", "New token"),
        ("organization", "/organizations", "New organization"),
        ("window", "/maintenance-windows", "New window"),
        ("reason", "/pause-reasons", "New reason"),
    ):
        await page.goto(path)
        await settled(page)
        await page.get_by_role("button", name=button, exact=True).first.click()
        await expect(page.get_by_role("dialog").first).to_be_visible()
        found[name] = await findings(page)
    await page.goto("/teams")
    await settled(page)
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog").first).to_be_visible()
    found["palette"] = await findings(page)
    assert {name: barriers for name, barriers in found.items() if barriers} == {}
