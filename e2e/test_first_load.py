"""What a browser loads that has never been here."""

from __future__ import annotations

from playwright.async_api import expect

from e2e.conftest import Windows
from e2e.pages import queue_row
from e2e.product import Person

BUDGET = 200_000  # bytes over the wire

# Name and bytes, headers included, of each script and style, once no more come.
LOADED = """
async () => {
  const loaded = () => performance.getEntriesByType("resource")
    .filter(({ name }) => /[.](css|js)$/.test(new URL(name).pathname));
  let before;
  do {
    before = loaded().length;
    await new Promise((later) => setTimeout(later, 500));
  } while (loaded().length > before);
  return loaded().map(({ name, transferSize }) =>
    [new URL(name).pathname, transferSize]);
}
"""


async def test_the_queue_loads_little(windows: Windows, agent: Person) -> None:
    incident = await agent.create("The first thing that anybody sees")
    page = await windows.open(agent, "/incidents?q=anybody")
    await expect(queue_row(page, incident["number"])).to_be_visible()

    loaded: list[tuple[str, int]] = await page.evaluate(LOADED)

    assert all(size > 0 for _, size in loaded), loaded
    assert sum(size for _, size in loaded) <= BUDGET, sorted(
        loaded, key=lambda one: -one[1]
    )
