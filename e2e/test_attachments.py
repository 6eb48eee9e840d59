"""Files up and down."""

from __future__ import annotations

import base64
import random
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from e2e.conftest import Windows
from e2e.pages import timeline
from e2e.product import Person

NAME = "état du disque.bin"
CONTENT = random.Random(1).randbytes(3_000_000)

DROP = """
(target, [name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  for (const type of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true }));
}
"""


def attachments(page: Page) -> Locator:
    return page.get_by_role("region", name="Attachments")


async def throttle(page: Page, bytes_per_second: int) -> None:
    """Slow the uploads of a page down, as a mobile network would."""
    session = await page.context.new_cdp_session(page)
    await session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": bytes_per_second,
        },
    )


async def test_a_dropped_file_goes_up_with_progress_and_comes_back_the_same(
    windows: Windows, agent: Person, tmp_path: Path
) -> None:
    incident = await agent.create("Replica out of space")
    page = await windows.open(agent, f"/incidents/{incident['number']}")
    await throttle(page, 2_000_000)

    encoded = base64.b64encode(CONTENT).decode()
    await attachments(page).evaluate(DROP, [NAME, encoded])

    progress = page.get_by_role("progressbar", name=f"Uploading {NAME}")
    await expect(progress).to_be_visible()
    await expect(progress).not_to_have_attribute("aria-valuenow", "0")
    file = attachments(page).get_by_role("button", name=NAME, exact=True)
    await expect(file).to_be_visible()
    await expect(progress).to_have_count(0)
    await expect(timeline(page)).to_contain_text(f"attached {NAME}")
    async with page.expect_download() as download:
        await file.click()
    received = tmp_path / "received"
    await (await download.value).save_as(received)
    assert (await download.value).suggested_filename == NAME
    assert received.read_bytes() == CONTENT


async def test_a_picked_file_shows_live_to_the_reporter(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    incident = await reporter.create("No sound in the meeting room")
    path = f"/incidents/{incident['number']}"
    theirs = await windows.open(reporter, path)
    ours = await windows.open(agent, path)

    async with ours.expect_file_chooser() as chooser:
        await attachments(ours).get_by_role("button", name="Attach file").click()
    await (await chooser.value).set_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Check the cable"}
    )

    await expect(attachments(theirs).get_by_text("notes.txt")).to_be_visible()
