"""Pictures of every page: `python -m e2e.screenshots DIRECTORY`."""

from __future__ import annotations

import asyncio
import sys
from itertools import product as product_of
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ops.browser
from e2e.browser import browsing
from e2e.everywhere import STRANGER, furnish
from e2e.mailbox import mail_server
from e2e.pages import settled
from e2e.product import PHONE, hire_staff, serving

SCREENS: dict[str, dict[str, Any]] = {
    "1440": {},
    "900": {"viewport": {"width": 900, "height": 900}},
    "360": PHONE,
}
SEEDED = 200


async def take(executable: str, directory: Path) -> None:
    """Write a picture of each page on each screen, light and dark."""
    async with mail_server() as mailbox, browsing(executable) as browser:
        with serving(mailbox.port) as product:
            staff = await hire_staff(product)
            product.tracker("seed", "--incidents", str(SEEDED))
            pages = await furnish(product, staff)
            for person, paths in ((None, STRANGER), (staff.admin, pages)):
                for size, scheme in product_of(SCREENS, ("light", "dark")):
                    context = await product.window(
                        browser, person, color_scheme=scheme, **SCREENS[size]
                    )
                    page = await context.new_page()
                    for number, path in enumerate(paths):
                        await page.goto(path)
                        await settled(page)
                        name = urlsplit(path).path.strip("/").replace("/", "-")
                        file = f"{name}-{number}-{size}-{scheme}.png"
                        await page.screenshot(path=directory / file)
                    await context.close()
            await staff.leave()


def main() -> None:
    """Take the pictures."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m e2e.screenshots DIRECTORY")
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    executable = ops.browser.find()
    if not executable:
        sys.exit("There is no browser: `python -m ops.browser` gets one")
    asyncio.run(take(executable, directory))


if __name__ == "__main__":
    main()
