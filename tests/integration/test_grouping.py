"""The queue in groups, and narrowed to when its incidents were created."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tracker.db import new_id
from tracker.security import Role


@pytest.fixture
def tag() -> str:
    """A tag that nobody else's incident has."""
    return "t" + new_id().hex[-12:]


async def groups(person: Person, by: str, **query: Any) -> dict[str, int]:
    pages = await person.pages("/incidents/groups", by=by, **query)
    return {group["value"]: group["count"] for page in pages for group in page}


async def listed(person: Person, **query: Any) -> list[str]:
    pages = await person.pages("/incidents", **query)
    return [incident["id"] for page in pages for incident in page]


async def team(manager: Person, name: str) -> str:
    made = await manager.data("POST", "/teams", expect=201, json={"name": name})
    return str(made["id"])


# --- Groups ---------------------------------------------------------------------------


async def test_each_group_lists_as_many_as_it_counts(
    agent: Person, manager: Person, tag: str
) -> None:
    mine = {"assignee_id": agent.id, "team_id": await team(manager, tag)}
    await agent.create(tags=[tag], priority="low")
    await agent.create(tags=[tag], priority="low", **mine)
    paused = await agent.create(tags=[tag], priority="high", **mine)
    await agent.data(
        "PATCH", f"/slas/{paused['sla']['id']}/pause", json={"reason": "other"}
    )
    found = {}
    for by in ("team", "assignee", "priority", "sla"):
        found[by] = await groups(agent, by, tag=tag)
        for value, count in found[by].items():
            assert len(await listed(agent, tag=tag, **{by: value})) == count
    assert found == {
        "team": {"none": 1, mine["team_id"]: 2},
        "assignee": {"none": 1, agent.id: 2},
        "priority": {"high": 1, "low": 2},
        "sla": {"on_track": 2, "paused": 1},
    }


async def test_groups_are_named_and_in_order(
    agent: Person, manager: Person, tag: str
) -> None:
    for name in (f"b {tag}", f"A {tag}"):
        await agent.create(tags=[tag], team_id=await team(manager, name))
    await agent.create(tags=[tag], priority="low")
    query = {"by": "team", "tag": tag}
    page = await agent.data("GET", "/incidents/groups", params=query)
    assert [g["name"] for g in page["items"]] == [None, f"A {tag}", f"b {tag}"]
    assert list(await groups(agent, "priority", tag=tag)) == ["critical", "low"]


async def test_groups_are_paged_by_key(make_person: Make, tag: str) -> None:
    people = [await make_person(Role.AGENT) for _ in range(4)]
    for person in people:
        await people[0].create(tags=[tag], assignee_id=person.id)
    await people[0].create(tags=[tag])
    found = await groups(people[0], "assignee", tag=tag, limit=2)
    assert found == dict.fromkeys(["none", *(p.id for p in people)], 1)


async def test_groups_are_of_the_list_that_the_filters_leave(
    agent: Person, tag: str
) -> None:
    await agent.create(tags=[tag], priority="low", title=f"Lamp {tag}")
    await agent.create(tags=[tag], priority="high", title=f"Lamp {tag}")
    await agent.create(tags=[tag], priority="high", title="Other")
    assert await groups(agent, "priority", q=f"lamp {tag}") == {"high": 1, "low": 1}
    assert await groups(agent, "priority", tag=tag, priority="high") == {"high": 2}
    assert await groups(agent, "sla", tag=tag, sla="active,at_risk") == {"on_track": 3}


async def test_a_team_that_was_dissolved_is_none(
    agent: Person, manager: Person, tag: str
) -> None:
    gone = await team(manager, tag)
    incident = await agent.create(tags=[tag], team_id=gone)
    await manager.ask("DELETE", f"/teams/{gone}", expect=204)
    assert await groups(agent, "team", tag=tag) == {"none": 1}
    assert await listed(agent, tag=tag, team="none") == [incident["id"]]
    assert await listed(agent, tag=tag, team=f"none,{gone}") == [incident["id"]]


async def test_a_reporters_groups_hold_their_own_incidents(
    agent: Person, reporter: Person, tag: str
) -> None:
    await agent.create(tags=[tag], priority="low")
    own = await reporter.create(tags=[tag], priority="high")
    said = {"content": f"Between us: {tag}x", "is_internal": True}
    await agent.data(
        "POST", f"/incidents/{own['number']}/comments", expect=201, json=said
    )
    assert await groups(reporter, "priority", tag=tag) == {"high": 1}
    assert await groups(reporter, "priority", q=f"{tag}x") == {}
    assert await groups(agent, "priority", q=f"{tag}x") == {"high": 1}


async def test_what_nobody_groups_by_is_refused(agent: Person) -> None:
    answer = await agent.ask("GET", "/incidents/groups", params={"by": "title"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "by"


# --- Created --------------------------------------------------------------------------


async def test_created_takes_spans_and_days(
    agent: Person, tag: str, run_sql: Any
) -> None:
    now = dt.datetime.now(dt.UTC)
    ages = [dt.timedelta(hours=1), dt.timedelta(days=3), dt.timedelta(days=30)]
    made = []
    for age in ages:
        incident = await agent.create(tags=[tag])
        await run_sql(
            "UPDATE incidents SET created_at = :at WHERE id = :id",
            at=now - age,
            id=incident["id"],
        )
        made.append(incident["id"])
    days = [(now - age).date().isoformat() for age in ages]
    expected = {
        "24h": made[:1],
        "7d": made[:2],
        "5w": made,
        days[1]: made[1:2],
        f"{days[2]}..{days[1]}": made[1:],
        f"{days[1]}..": made[:2],
        f"..{days[1]}": made[1:],
        f"{days[0]}..": made[:1],
    }
    found = {text: await listed(agent, tag=tag, created=text) for text in expected}
    assert {text: set(ids) for text, ids in found.items()} == {
        text: set(ids) for text, ids in expected.items()
    }


async def test_a_day_is_one_of_the_callers_time_zone(
    agent: Person, tag: str, run_sql: Any
) -> None:
    incident = await agent.create(tags=[tag])
    await run_sql(
        "UPDATE incidents SET created_at = '2026-03-29 22:30Z' WHERE id = :id",
        id=incident["id"],
    )
    found = {}
    for zone in ("UTC", "Europe/Berlin", "America/New_York"):
        await agent.data("PATCH", "/auth/me", json={"timezone": zone})
        found[zone] = [
            day
            for day in ("2026-03-29", "2026-03-30")
            if await listed(agent, tag=tag, created=day)
        ]
    assert found == {
        "UTC": ["2026-03-29"],
        "Europe/Berlin": ["2026-03-30"],
        "America/New_York": ["2026-03-29"],
    }


async def test_today_and_yesterday_follow_the_present(
    agent: Person, tag: str, clock: Clock
) -> None:
    clock.pin(clock().replace(hour=12))
    incident = await agent.create(tags=[tag])

    async def found() -> list[bool]:
        return [
            await listed(agent, tag=tag, created=day) == [incident["id"]]
            for day in ("today", "yesterday")
        ]

    assert await found() == [True, False]
    clock.advance(days=1)
    assert await found() == [False, True]
    clock.advance(days=1)
    assert await found() == [False, False]


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "0d",
        "7",
        "7y",
        "99999d",
        "2026-13-01",
        "2026-11",
        "..",
        "2026-11-23..2026-11-01",
        "2026-11-01..7d",
        "20261101",
        "7d,24h",
    ],
)
async def test_a_time_that_nobody_understands_is_refused(
    agent: Person, text: str
) -> None:
    for path in ("/incidents", "/incidents/groups"):
        query = {"created": text, "by": "team"} if "g" in path else {"created": text}
        answer = await agent.ask("GET", path, params=query)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "created"


async def test_a_view_keeps_when_its_incidents_were_created(
    agent: Person, tag: str
) -> None:
    await agent.create(tags=[tag])
    for created, count in (("today", 1), ("..2020-01-01", 0)):
        body = {"name": created, "filters": {"tag": tag, "created": created}}
        view = await agent.data("POST", "/views", expect=201, json=body)
        assert view["filters"] == body["filters"]
        counts = (await agent.data("GET", "/views/counts"))["counts"]
        assert counts[view["id"]] == count
    bad = {"name": "Bad", "filters": {"created": "soon"}}
    refused = await agent.ask("POST", "/views", expect=422, json=bad)
    assert refused.json()["errors"][0]["field"] == "created"
