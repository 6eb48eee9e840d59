"""Who is at an incident: seen by agents, forgotten in time, told by every process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person, serving
from tests.integration.test_live import listening, web_process
from tracker.app import create_app
from tracker.presence import BUSY_SECONDS, VIEWING_SECONDS
from tracker.security import Role
from tracker.settings import Settings


def at(incident: Any) -> str:
    return f"/incidents/{incident['number']}/presence"


async def come(
    person: Person, incident: Any, state: str = "viewing", page: str = "one"
) -> list[Any]:
    body = {"state": state, "page": page}
    answer = await person.data("PUT", at(incident), json=body)
    people: list[Any] = answer["items"]
    return people


async def leave(person: Person, incident: Any, page: str = "one") -> None:
    await person.ask("DELETE", at(incident), params={"page": page}, expect=204)


async def seen(person: Person, incident: Any) -> list[tuple[str, str]]:
    people = (await person.data("GET", at(incident)))["items"]
    return [(one["user"]["id"], one["state"]) for one in people]


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with web_process(create_app(settings)) as address:
        yield address


async def test_who_has_an_incident_open_is_seen_with_their_name(
    agent: Person, manager: Person
) -> None:
    incident = await manager.create()
    assert await seen(manager, incident) == []
    [me] = await come(agent, incident)
    assert me["user"] == {"id": agent.id, "name": agent.name}
    assert me["state"] == "viewing"
    assert await seen(manager, incident) == [(agent.id, "viewing")]
    by_id = await manager.data("GET", f"/incidents/{incident['id']}/presence")
    assert [one["user"]["id"] for one in by_id["items"]] == [agent.id]


async def test_nobody_is_seen_at_another_incident(agent: Person) -> None:
    one, other = await agent.create(), await agent.create()
    await come(agent, one)
    assert await seen(agent, other) == []


async def test_several_pages_of_one_person_count_once_until_the_last_is_closed(
    agent: Person, manager: Person
) -> None:
    incident = await agent.create()
    await come(agent, incident, page="one")
    await come(agent, incident, "typing", page="two")
    assert await seen(manager, incident) == [(agent.id, "typing")]
    await leave(agent, incident, "two")
    assert await seen(manager, incident) == [(agent.id, "viewing")]
    await leave(agent, incident, "one")
    assert await seen(manager, incident) == []


async def test_who_stops_typing_is_still_looking(
    agent: Person, manager: Person, clock: Clock
) -> None:
    incident = await agent.create()
    clock.pin()
    await come(agent, incident, "typing")
    clock.advance(seconds=BUSY_SECONDS - 1)
    assert await seen(manager, incident) == [(agent.id, "typing")]
    clock.advance(seconds=1)
    assert await seen(manager, incident) == [(agent.id, "viewing")]
    await come(agent, incident, "editing")
    assert await seen(manager, incident) == [(agent.id, "editing")]
    await come(agent, incident, "viewing")
    assert await seen(manager, incident) == [(agent.id, "viewing")]


async def test_who_closed_the_lid_is_gone_without_a_word(
    agent: Person, manager: Person, clock: Clock
) -> None:
    incident = await agent.create()
    clock.pin()
    [me] = await come(agent, incident)
    clock.advance(seconds=VIEWING_SECONDS - 1)
    assert await seen(manager, incident) == [(agent.id, "viewing")]
    clock.advance(seconds=1)
    assert clock().isoformat().startswith(me["until"][:19])
    assert await seen(manager, incident) == []
    # What they left behind is cleared away by who comes next.
    assert [one["user"]["id"] for one in await come(manager, incident)] == [manager.id]


async def test_agents_hear_when_somebody_comes_types_or_goes_and_nothing_in_between(
    url: str, agent: Person, manager: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    async with listening(url, manager) as stream, listening(url, reporter) as theirs:
        await come(agent, incident)
        await come(agent, incident)
        await come(agent, incident, "typing")
        await come(agent, incident, "typing")
        await leave(agent, incident)
        await leave(agent, incident)
        await agent.say(incident, "Found it")
        heard = await stream.until(incident, "comment.created")
        assert heard == ["presence.changed"] * 3 + ["comment.created"]
        told = [
            kind
            for kind in await theirs.until(incident, "comment.created")
            if kind != "comment.created"
        ]
        assert told == []


async def test_every_web_process_sees_the_same_people(
    settings: Settings, agent: Person, manager: Person, clock: Clock
) -> None:
    incident = await agent.create()
    await come(agent, incident)
    async with serving(create_app(settings, now=clock)) as other:
        answer = await other.get(
            f"/api/v1{at(incident)}", headers=manager.client.headers
        )
    people = answer.json()["data"]["items"]
    assert [one["user"]["id"] for one in people] == [agent.id]


async def test_reporters_neither_see_who_looks_nor_are_seen(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    await come(agent, incident)
    viewing = {"state": "viewing"}
    for method, body in (("GET", None), ("PUT", viewing), ("DELETE", None)):
        answer = await reporter.ask(method, at(incident), json=body, expect=403)
        assert agent.name not in answer.text
    assert await seen(agent, incident) == [(agent.id, "viewing")]


async def test_what_is_not_there_has_no_visitors(
    agent: Person, manager: Person
) -> None:
    body = {"state": "viewing"}
    for reference in ("INC-999999999", "anything"):
        await agent.ask(
            "PUT", f"/incidents/{reference}/presence", json=body, expect=404
        )
    incident = await agent.create()
    await come(agent, incident)
    await manager.ask("DELETE", f"/incidents/{incident['id']}", expect=204)
    await agent.ask("GET", at(incident), expect=404)
    # Whose page closes because of that has nothing to complain about.
    await leave(agent, incident)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"state": "asleep"}, "state"),
        ({"state": "viewing", "page": "x" * 41}, "page"),
        ({"state": "viewing", "page": "a:b"}, "page"),
        ({"state": "viewing", "mood": "good"}, "mood"),
        ({}, "state"),
    ],
)
async def test_what_cannot_be_said_is_refused_by_its_field(
    agent: Person, body: dict[str, str], field: str
) -> None:
    incident = await agent.create()
    answer = await agent.ask("PUT", at(incident), json=body, expect=422)
    assert answer.json()["errors"][0]["field"] == field


async def test_looking_changes_nothing_of_the_incident(
    agent: Person, run_sql: Any
) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['id']}"
    await come(agent, incident, "typing")
    await leave(agent, incident)
    after = await agent.data("GET", path)
    for column in ("version", "updated_at", "status"):
        assert after[column] == incident[column]
    [row] = await run_sql(
        "SELECT count(*) AS n FROM incident_activity"
        " WHERE incident_id = :id AND type <> 'created'",
        id=incident["id"],
    )
    assert row["n"] == 0


# --- What an opened incident tells no more --------------------------------------------


async def unread(person: Person) -> list[str]:
    page = await person.data("GET", "/notifications", params={"unread": True})
    return [entry["number"] for entry in page["items"]]


async def test_who_opens_an_incident_has_read_what_tells_of_it(
    agent: Person, manager: Person
) -> None:
    opened = await manager.create(assignee_id=agent.id)
    other = await manager.create(assignee_id=agent.id)
    path = f"/incidents/{opened['number']}/notifications/read"
    assert await agent.data("POST", path) == {"count": 1}
    assert await unread(agent) == [other["number"]]
    assert await agent.data("POST", path) == {"count": 1}


async def test_nobody_reads_for_others_or_what_they_may_not_see(
    agent: Person, manager: Person, make_person: Make
) -> None:
    incident = await manager.create(assignee_id=agent.id)
    path = f"/incidents/{incident['id']}/notifications/read"
    stranger = await make_person(Role.REPORTER)
    await stranger.ask("POST", path, expect=404)
    await manager.data("POST", path)
    assert await unread(agent) == [incident["number"]]
