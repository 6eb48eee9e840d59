"""Files that are looked at, images in comments, and an incident on paper."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from e2e.conftest import Windows
from e2e.pages import timeline
from e2e.product import Person
from e2e.test_accessibility import findings

LOG = "<script>document.title = 'run'</script>\nGrüße aus dem Protokoll\n".encode()


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """An image of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return (
            struct.pack(">I", len(data))
            + checked
            + struct.pack(">I", zlib.crc32(checked))
        )

    row = b"\0" + bytes(colour) * width
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )


def pdf(words: str) -> bytes:
    """A page with a line on it."""
    text = f"BT /F 24 Tf 40 100 Td ({words}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R"
            "/Resources<</Font<</F 5 0 R>>>>>>"
        ),
        f"<</Length {len(text)}>>stream\n{text}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = "%PDF-1.4\n" + "".join(
        f"{number} 0 obj{content}endobj\n"
        for number, content in enumerate(objects, start=1)
    )
    return f"{body}trailer<</Size 6/Root 1 0 R>>\n%%EOF".encode()


async def attach(person: Person, incident: Any, name: str, content: bytes) -> None:
    answer = await person.ask(
        "POST",
        f"/incidents/{incident['id']}/attachments",
        files={"file": (name, content)},
    )
    assert answer.is_success, answer.text


async def drawn(image: Locator) -> bool:
    """Whether an image has arrived."""
    await expect(image).to_be_visible()
    await expect(image).to_have_js_property("complete", value=True)
    width: int = await image.evaluate("(image) => image.naturalWidth")
    return width > 0


async def test_files_are_looked_at_one_after_the_other_by_keys(
    windows: Windows, agent: Person, tmp_path: Path
) -> None:
    incident = await agent.create("The chart and the log of the outage")
    picture = png(640, 360, (79, 70, 229))
    await attach(agent, incident, "chart.png", picture)
    await attach(agent, incident, "letter.pdf", pdf("Dear customer"))
    await attach(agent, incident, "page.html", LOG)
    await attach(agent, incident, "core.bin", bytes(64))
    page = await windows.open(agent, f"/incidents/{incident['number']}")

    files = page.get_by_role("region", name="Attachments")
    await files.get_by_role("button", name="chart.png", exact=True).click()
    viewer = page.get_by_role("dialog")
    await expect(viewer).to_have_accessible_name("chart.png")
    assert await drawn(viewer.get_by_role("img", name="chart.png"))
    await expect(viewer).to_contain_text("1 of 4")
    assert await findings(page) == []

    async with page.expect_response("**/preview?*") as answer:
        await page.keyboard.press("ArrowRight")
    assert (await (await answer.value).header_value("content-type")) == (
        "application/pdf"
    )
    await expect(viewer.locator("iframe[title='letter.pdf']")).to_be_visible()

    await page.keyboard.press("ArrowRight")
    text = viewer.frame_locator("iframe[sandbox='']")
    await expect(text.get_by_text("Grüße aus dem Protokoll")).to_be_visible()
    await expect(text.get_by_text("<script>")).to_be_visible()

    await page.keyboard.press("ArrowRight")
    await expect(viewer.get_by_text("No preview")).to_be_visible()
    await expect(viewer.get_by_role("button", name="Next file")).to_be_disabled()
    for _ in range(3):
        await page.keyboard.press("ArrowLeft")
    await expect(viewer).to_have_accessible_name("chart.png")
    async with page.expect_download() as download:
        await viewer.get_by_role("button", name="Download").click()
    await (await download.value).save_as(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes() == picture
    await page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    # The page is still the incident's: Escape closed one thing.
    await expect(files).to_be_visible()


PASTE = """
(target, [name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], name, { type: "image/png" }));
  target.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
  );
}
"""


async def test_a_pasted_image_stands_at_the_caret_and_is_as_internal_as_its_note(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    incident = await reporter.create("The dialog is cut off")
    path = f"/incidents/{incident['number']}"
    page = await windows.open(agent, path)
    composer = page.get_by_role("region", name="Write a comment")
    picture = base64.b64encode(png(320, 180, (4, 120, 87))).decode()

    await composer.get_by_role("tab", name="Internal note").click()
    note = composer.get_by_role("textbox", name="Internal note")
    await note.fill("Before  after")
    await note.press("Home")
    for _ in "Before ":
        await note.press("ArrowRight")
    await note.evaluate(PASTE, ["secret.png", picture])
    shown = re.compile(r"^Before !\[secret\.png\]\(attachment:[0-9a-f-]+\) after$")
    await expect(note).to_have_value(shown)
    await composer.get_by_role("button", name="Add note").click()
    said = timeline(page).get_by_role("img", name="secret.png")
    assert await drawn(said)

    theirs = await windows.open(reporter, path)
    files = theirs.get_by_role("region", name="Attachments")
    await expect(files).to_be_visible()
    await expect(theirs.get_by_text("secret.png")).to_have_count(0)

    # Pasted into a note, but sent to everybody: so everybody sees it.
    await composer.get_by_role("tab", name="Internal note").click()
    await note.evaluate(PASTE, ["public.png", picture])
    await expect(note).to_have_value(re.compile("attachment:"))
    await composer.get_by_role("tab", name="Public reply").click()
    await composer.get_by_role("button", name="Send reply").click()
    assert await drawn(timeline(theirs).get_by_role("img", name="public.png"))
    await expect(theirs.get_by_text("secret.png")).to_have_count(0)
