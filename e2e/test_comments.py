"""Comments: who reads which, and where."""

from __future__ import annotations

from playwright.async_api import Page, expect

from e2e.conftest import Windows
from e2e.mailbox import Mailbox, words
from e2e.pages import TIMEOUT_SECONDS, clocks, comment, timeline
from e2e.product import Person

SECRET = "The customer forgot to pay the invoice"
ANSWER = "We have found the cause and will be back in an hour"

# Keeps a copy of what the page's own event stream says.
LISTEN = """
const send = window.fetch;
window.heard = "";
window.fetch = async (...request) => {
  const response = await send(...request);
  if (response.url.endsWith("/api/v1/events")) {
    const reader = response.clone().body.pipeThrough(new TextDecoderStream());
    (async () => { for await (const text of reader) window.heard += text; })();
  }
  return response;
};
"""


HELLO = """
async (seconds) => {
  const until = performance.now() + seconds * 1000;
  while (!window.heard.includes("event: hello")) {
    if (performance.now() > until) throw new Error("nobody says hello");
    await new Promise((later) => setTimeout(later, 20));
  }
}
"""


async def listening(page: Page) -> None:
    """Load the page anew with an ear on its live events."""
    await page.add_init_script(LISTEN)
    await page.reload()
    await page.evaluate(HELLO, TIMEOUT_SECONDS)


async def test_a_reporter_never_learns_of_an_internal_note(
    windows: Windows, mailbox: Mailbox, agent: Person, reporter: Person
) -> None:
    incident = await reporter.create("Invoices are not sent")
    path = f"/incidents/{incident['number']}"
    theirs = await windows.open(reporter, path)
    ours = await windows.open(agent, path)
    for page in (theirs, ours):
        await listening(page)

    await comment(ours, SECRET, internal=True)
    await comment(ours, ANSWER)

    # The answer, which came later, is there; of the note there is no trace.
    await expect(timeline(theirs).get_by_text(ANSWER)).to_be_visible()
    await expect(theirs.get_by_text(SECRET)).to_have_count(0)
    await expect(theirs.get_by_role("tab", name="Internal note")).to_have_count(0)
    for page, comments in ((ours, 2), (theirs, 1)):
        heard = await page.evaluate("window.heard")
        assert heard.count('"kind":"comment.created"') == comments
    for listed in ("comments", "timeline"):
        answer = await reporter.ask("GET", f"/incidents/{incident['id']}/{listed}")
        assert ANSWER in answer.text
        assert SECRET not in answer.text
    await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    await mailbox.receive(f"[{incident['number']}] Resolved", to=reporter.email)
    assert SECRET not in "".join(map(words, mailbox.mails))


async def test_only_a_public_answer_stops_the_response_clock(
    windows: Windows, agent: Person, reporter: Person
) -> None:
    incident = await reporter.create("The portal is slow")
    page = await windows.open(agent, f"/incidents/{incident['number']}")

    await comment(page, "Looks like the cache", internal=True)
    await expect(clocks(page)).to_contain_text("Response, on time:")
    await comment(page, "Thank you, we are on it")

    await expect(clocks(page)).to_contain_text("Response, met: met ·")
    await expect(clocks(page)).to_contain_text("Resolution, on time:")
