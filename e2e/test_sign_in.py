"""Signing in and out."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from e2e.conftest import Windows
from e2e.mailbox import Mailbox
from e2e.product import PASSWORD, Person


async def sign_in(page: Page, email: str, password: str) -> None:
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def test_signing_in_leads_to_the_page_that_was_asked_for(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(None, "/teams")

    await sign_in(page, agent.email, PASSWORD)

    await expect(page.get_by_role("heading", name="Teams")).to_be_visible()


async def test_a_wrong_password_is_refused_in_words(
    windows: Windows, agent: Person
) -> None:
    page = await windows.open(None)
    windows.expect_error("status of 401 .*/auth/login")

    await sign_in(page, agent.email, "not the password")

    await expect(page.get_by_role("alert")).to_contain_text(
        "E-mail or password is wrong. Try again, or reset your password."
    )


async def test_a_session_survives_a_reload(windows: Windows, agent: Person) -> None:
    page = await windows.open(None)
    await sign_in(page, agent.email, PASSWORD)
    await expect(page.get_by_role("heading", name="All open")).to_be_visible()

    await page.reload()

    await expect(page.get_by_role("heading", name="All open")).to_be_visible()


async def test_signing_out_ends_the_session(windows: Windows, agent: Person) -> None:
    page = await windows.open(agent)
    await page.get_by_role("button", name=f"Account: {agent.name}").click()

    await page.get_by_role("menuitem", name="Sign out").click()

    sign_in_heading = page.get_by_role("heading", name="Sign in")
    await expect(sign_in_heading).to_be_visible()
    await page.goto("/incidents")
    await expect(sign_in_heading).to_be_visible()


async def test_a_forgotten_password_is_set_anew_by_mail(
    windows: Windows, mailbox: Mailbox, manager: Person
) -> None:
    page = await windows.open(None)
    await page.get_by_role("link", name="Forgot your password?").click()
    await page.get_by_label("E-mail").fill(manager.email)
    await page.get_by_role("button", name="Send the link").click()
    await expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    mail = await mailbox.receive("assword", to=manager.email)
    body = mail.get_body(("plain",))
    assert body
    link = re.search(r"http://\S+", body.get_content())
    assert link

    await page.goto(link[0])
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_role("button", name="Set password").click()

    await page.get_by_role("link", name="Sign in", exact=True).click()
    await sign_in(page, manager.email, PASSWORD)
    await expect(page.get_by_role("heading", name="All open")).to_be_visible()
