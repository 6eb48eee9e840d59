"""A running product, its people, a mail server and browser windows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
)

import ops.browser
from e2e.browser import browsing
from e2e.mailbox import Mailbox, mail_server
from e2e.pages import TIMEOUT_SECONDS
from e2e.product import Person, Product, Staff, hire_staff, serving

SEEDED = 3000

failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Let fixtures know how the test went, and people what the product said."""
    report = yield
    if report.when == "call":
        item.stash[failed] = report.failed
    product = getattr(item, "funcargs", {}).get("product")
    if report.failed and product and product.log.exists():
        report.sections.append(("product log", product.log.read_text()[-5000:]))
    return report


@pytest.fixture(scope="session")
async def mailbox() -> AsyncIterator[Mailbox]:
    async with mail_server() as server:
        yield server


@pytest.fixture(scope="session")
def product(mailbox: Mailbox) -> Iterator[Product]:
    with serving(mailbox.port) as running:
        yield running


@pytest.fixture(scope="session")
async def staff(product: Product) -> AsyncIterator[Staff]:
    people = await hire_staff(product)
    yield people
    await people.leave()


@pytest.fixture
def admin(staff: Staff) -> Person:
    return staff.admin


@pytest.fixture
def manager(staff: Staff) -> Person:
    return staff.manager


@pytest.fixture
def agent(staff: Staff) -> Person:
    return staff.agent


@pytest.fixture
def colleague(staff: Staff) -> Person:
    return staff.colleague


@pytest.fixture
def reporter(staff: Staff) -> Person:
    return staff.reporter


@pytest.fixture(scope="session")
def crowd(product: Product) -> int:
    """Thousands of incidents; tells how many."""
    product.tracker("seed", "--incidents", str(SEEDED))
    return SEEDED


@pytest.fixture(scope="session")
def executable() -> str:
    found = ops.browser.find()
    assert found, "there is no browser: `python -m ops.browser` gets one"
    return found


@pytest.fixture(scope="session")
async def browser(executable: str) -> AsyncIterator[Browser]:
    async with browsing(executable) as running:
        yield running


@dataclass
class Windows:
    """Browser windows, and what must never happen in one."""

    product: Product
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    async def open(
        self, person: Person | None, path: str = "/", **options: Any
    ) -> Page:
        """A page in a window of its own, with this person signed in, or nobody."""
        context = await self.product.window(self.browser, person, **options)
        self.contexts.append(context)
        context.set_default_timeout(TIMEOUT_SECONDS * 1000)
        context.on("console", self._on_console)
        context.on("weberror", lambda event: self.wrong.append(str(event.error)))
        context.on("request", self._on_request)
        page = await context.new_page()
        await page.goto(path)
        return page

    def expect_error(self, pattern: str) -> None:
        """Let the test provoke an error that the browser's console then has."""
        self.expected.append(pattern)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            text = f"{message.text} {message.location.get('url', '')}"
            if not any(re.search(pattern, text) for pattern in self.expected):
                self.wrong.append(text)

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        home = urlsplit(self.product.url).netloc
        # The browser shows a PDF by an extension of its own.
        local = ("blob", "data", "chrome-extension")
        if address.scheme not in local and address.netloc != home:
            self.wrong.append(f"request to another host: {request.url}")

    async def close(self, pictures: Path | None) -> None:
        """Close all, after taking a picture of each when there is a place for it."""
        for number, context in enumerate(self.contexts, start=1):
            if pictures:
                for page in context.pages:
                    await page.screenshot(path=f"{pictures}-{number}.png")
            await context.close()


@pytest.fixture
async def windows(
    product: Product, browser: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Windows]:
    """Browser windows; no script fails in them, and they ask no other host."""
    opened = Windows(product, browser)
    yield opened
    pictures = None
    if request.node.stash.get(failed, True) and request.config.cache:
        pictures = request.config.cache.mkdir("e2e") / request.node.name
    await opened.close(pictures)
    assert opened.wrong == []


class Targets(Protocol):
    """Sets the targets of critical incidents, in seconds, for the time of a block."""

    def __call__(
        self, response: float, resolution: float
    ) -> AbstractAsyncContextManager[None]: ...


@pytest.fixture
def targets(manager: Person) -> Targets:
    """Other targets for critical incidents; what runs keeps the ones it has."""

    @asynccontextmanager
    async def changed(response: float, resolution: float) -> AsyncIterator[None]:
        page = await manager.data("GET", "/sla-policies")
        policy = next(one for one in page["items"] if one["is_default"])
        path = f"/sla-policies/{policy['id']}"
        critical = {"response_seconds": response, "resolution_seconds": resolution}
        short = {**policy["targets"], "critical": critical}
        await manager.data("PATCH", path, {"targets": short})
        try:
            yield
        finally:
            await manager.data("PATCH", path, {"targets": policy["targets"]})

    return changed
