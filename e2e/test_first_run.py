"""An installation of its own: its first steps, its demo data, its audit log."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.mailbox import Mailbox
from e2e.product import ADMIN_EMAIL, PHONE, Person, Product, serving


@pytest.fixture(scope="module")
def product(mailbox: Mailbox) -> Iterator[Product]:
    """One that nobody has used yet."""
    with serving(mailbox.port) as running:
        yield running


@pytest.fixture
async def admin(product: Product) -> AsyncIterator[Person]:
    person = await product.sign_in(ADMIN_EMAIL)
    yield person
    await person.client.aclose()


async def test_an_empty_installation_greets_and_tells_what_is_done(
    windows: Windows, admin: Person, product: Product
) -> None:
    page = await windows.open(admin)
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    first = page.get_by_role("region", name="First steps")
    await expect(first).to_contain_text("0 of 3 done")

    await first.get_by_role("button", name="Keep the standard ones").click()
    await expect(first).to_contain_text("1 of 3 done")

    newcomer = await product.hire(admin, "Nora Newcomer", "agent")
    await newcomer.client.aclose()
    await page.reload()
    await expect(first).to_contain_text("2 of 3 done")


async def test_demo_data_come_and_go(windows: Windows, admin: Person) -> None:
    page = await windows.open(admin)
    await page.get_by_role("button", name="Add demo data").click()
    grid = page.get_by_role("grid")
    await expect(grid.get_by_role("row").nth(5)).to_be_visible(timeout=60_000)

    await page.goto("/getting-started")
    await page.get_by_role("button", name="Remove demo data").click()
    dialog = page.get_by_role("dialog", name="Remove the demo data?")
    await expect(dialog).to_contain_text("Your own incidents stay")
    await dialog.get_by_role("button", name="Remove demo data").click()
    await expect(page.get_by_role("button", name="Add demo data")).to_be_visible()

    await page.goto("/")
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


async def test_who_has_seen_enough_is_not_greeted_any_more(
    windows: Windows, admin: Person
) -> None:
    page = await windows.open(admin, **PHONE)
    await page.get_by_role("button", name="Do not greet any more").click()
    await expect(page.get_by_text("All quiet")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("All quiet")).to_be_visible()


async def test_the_audit_log_is_narrowed_in_the_address(
    windows: Windows, admin: Person, product: Product
) -> None:
    person = await product.hire(admin, "Otto Other", "agent")
    await admin.data("PATCH", f"/users/{person.id}", {"role": "manager"})
    await person.client.aclose()
    page = await windows.open(admin, "/audit-log")
    events = page.get_by_role("list", name="Events").get_by_role("listitem")
    changed = events.filter(has_text=re.compile("changed user.*Otto Other"))
    await changed.get_by_text("1 difference").click()
    await expect(changed).to_contain_text("Role")
    await expect(changed).to_contain_text("manager")

    await changed.get_by_role("button", name="Otto Other").click()
    await expect(page).to_have_url(re.compile(f"object=user&id={person.id}"))
    await expect(events).to_have_count(3)
    await page.reload()
    await expect(events).to_have_count(3)

    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export CSV").click()
    assert (await download.value).suggested_filename == "audit-log.csv"
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page).to_have_url(re.compile("/audit-log$"))
