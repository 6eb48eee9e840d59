"""Reports: what the ledgers tell, taken together."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.integration.conftest import Clock, Person

PATH = "/reports/pauses"


async def pause(person: Person, incident: dict[str, Any], reason: str) -> None:
    path = f"/slas/{incident['sla']['id']}/pause"
    await person.ask("PATCH", path, json={"reason": reason}, expect=200)


async def late(manager: Person, person: Person, **query: Any) -> list[Any]:
    page = await manager.data("GET", PATH, params=query)
    return [
        (row["reason"], row["pauses"], row["shortest_remaining_seconds"])
        for row in page["items"]
        if row["person"] == {"id": person.id, "name": person.name}
    ]


async def test_pauses_shortly_before_a_deadline_are_told_by_person_and_reason(
    agent: Person, manager: Person, clock: Clock
) -> None:
    clock.pin()
    early, *shortly = [await agent.create() for _ in range(4)]
    await pause(agent, early, "other")
    clock.advance(minutes=50)
    await pause(agent, shortly[0], "awaiting_customer")
    clock.advance(minutes=5)
    await pause(agent, shortly[1], "awaiting_customer")
    await pause(agent, shortly[2], "other")
    clock.advance(minutes=1)
    assert await late(manager, agent) == [
        ("awaiting_customer", 2, 300.0),
        ("other", 1, 300.0),
    ]
    assert await late(manager, agent, within_seconds=400) == [
        ("awaiting_customer", 1, 300.0),
        ("other", 1, 300.0),
    ]


async def test_a_report_has_a_period(
    agent: Person, manager: Person, clock: Clock
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=55)
    await pause(agent, incident, "other")
    at = clock()
    minute = dt.timedelta(minutes=1)
    before = {"from": (at - minute).isoformat(), "to": at.isoformat()}
    assert await late(manager, agent, **before) == []
    around = {"from": at.isoformat(), "to": (at + minute).isoformat()}
    assert len(await late(manager, agent, **around)) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
    ],
)
async def test_a_period_that_cannot_be_is_refused(
    manager: Person, query: dict[str, str], field: str
) -> None:
    answer = await manager.ask("GET", PATH, params=query, expect=422)
    assert answer.json()["errors"][0]["field"] == field


async def test_an_instant_without_a_zone_is_refused(manager: Person) -> None:
    answer = await manager.ask("GET", PATH, params={"from": "2026-02-01T00:00:00"})
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"][0]["field"] == "from"


async def test_reports_are_for_managers(agent: Person, reporter: Person) -> None:
    for person in (agent, reporter):
        await person.ask("GET", PATH, expect=403)
