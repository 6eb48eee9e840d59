"""What people find in the app of what they were told, on real rows and real streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.conftest import Clock, Make, Person
from tests.integration.test_live import listening, web_process
from tracker.app import create_app
from tracker.notifications.jobs import deliver_outbox
from tracker.security import Role
from tracker.settings import Settings
from tracker.sla.jobs import check_sla_breaches

NOBODYS = "00000000-0000-7000-8000-000000000000"
INBOX = "/notifications"
Jobs = dict[str, Any]


async def inbox(person: Person, **query: Any) -> list[Any]:
    page = await person.data("GET", INBOX, params=query)
    items: list[Any] = page["items"]
    return items


async def kinds(person: Person) -> list[str]:
    return [entry["kind"] for entry in await inbox(person)]


async def unread(person: Person) -> int:
    count: int = (await person.data("GET", f"{INBOX}/unread-count"))["count"]
    return count


async def give(by: Person, incident: Any, to: Person) -> None:
    path = f"/incidents/{incident['id']}"
    await by.data("PATCH", path, json={"assignee_id": to.id})


async def switch_off(person: Person, kind: str) -> None:
    choices = {"choices": [{"kind": kind, "when": "off"}]}
    await person.data("PUT", f"{INBOX}/preferences", json=choices)


# --- What is in it --------------------------------------------------------------------


async def test_whom_a_colleague_gives_an_incident_to_finds_who_did_and_which(
    agent: Person, manager: Person
) -> None:
    incident = await agent.create(title="Disk full", priority="high")
    await give(manager, incident, agent)
    assigned, created = await inbox(agent)
    assert created["kind"] == "incident_created"
    assert assigned == {
        "id": assigned["id"],
        "kind": "incident_assigned",
        "created_at": assigned["created_at"],
        "read_at": None,
        "incident_id": incident["id"],
        "number": incident["number"],
        "title": "Disk full",
        "priority": "high",
        "target": None,
        "deadline": None,
        "name": None,
        "by": manager.name,
        "who": None,
        "what": None,
        "status": None,
    }


async def test_who_takes_an_incident_themselves_is_not_told(
    agent: Person, reporter: Person
) -> None:
    await give(agent, await reporter.create(), agent)
    assert await kinds(agent) == []


async def test_each_time_that_an_incident_is_given_away_is_told(
    agent: Person, manager: Person, make_person: Make
) -> None:
    other = await make_person(Role.AGENT)
    incident = await manager.create()
    for person in (agent, other, agent):
        await give(manager, incident, person)
    assert await kinds(agent) == ["incident_assigned"] * 2
    assert await kinds(other) == ["incident_assigned"]


async def test_two_sweeps_at_once_tell_each_warning_and_breach_once(
    agent: Person, manager: Person, clock: Clock, jobs: Jobs
) -> None:
    for _ in range(12):
        incident = await manager.create(assignee_id=agent.id)
    await agent.data("POST", f"{INBOX}/read-all")
    clock.advance(minutes=59)
    await asyncio.gather(check_sla_breaches(jobs), check_sla_breaches(jobs))
    clock.advance(minutes=2)
    await asyncio.gather(check_sla_breaches(jobs), check_sla_breaches(jobs))
    found = await inbox(agent, unread=True)
    assert [entry["kind"] for entry in found] == (
        ["sla_breached"] * 12 + ["sla_warned"] * 12
    )
    assert len({(entry["kind"], entry["number"]) for entry in found}) == 24
    [breach] = [e for e in found[:12] if e["number"] == incident["number"]]
    assert breach["target"] == "response"
    deadline = incident["sla"]["clocks"]["response"]["deadline"]
    assert breach["deadline"] == deadline


async def test_what_mails_are_made_of_does_not_change_what_was_found(
    agent: Person, manager: Person, jobs: Jobs
) -> None:
    for _ in range(8):
        await manager.create(assignee_id=agent.id)
    await deliver_outbox(jobs)
    assert await kinds(agent) == ["incident_created"] * 8


async def test_a_kind_that_is_switched_off_is_not_in_the_inbox_either(
    agent: Person, manager: Person
) -> None:
    await switch_off(agent, "incident_created")
    incident = await manager.create(assignee_id=agent.id)
    assert await kinds(agent) == []
    other = await manager.create()
    await give(manager, other, agent)
    await give(manager, incident, manager)
    assert await kinds(agent) == ["incident_assigned"]


async def test_what_is_for_the_digest_is_in_the_inbox_at_once(
    agent: Person, manager: Person
) -> None:
    choices = {"choices": [{"kind": "incident_created", "when": "digest"}]}
    await agent.data("PUT", f"{INBOX}/preferences", json=choices)
    await manager.create(assignee_id=agent.id)
    assert await kinds(agent) == ["incident_created"]


async def test_the_mails_of_an_account_are_not_in_the_inbox(
    agent: Person, run_sql: Any
) -> None:
    await agent.ask("POST", "/auth/password-reset", json={"email": agent.email})
    sent = await run_sql(
        "SELECT kind FROM outbox WHERE recipient = :email", email=agent.email
    )
    assert [row["kind"] for row in sent] == ["password_reset"]
    assert await inbox(agent) == []
    assert await unread(agent) == 0


async def test_a_breach_for_somebody_who_left_is_with_the_administrators_once(
    agent: Person, manager: Person, administrator: Person, clock: Clock, jobs: Jobs
) -> None:
    incident = await manager.create(assignee_id=agent.id)
    quiet = {"choices": [{"kind": "sla_breached", "when": "digest"}]}
    await agent.data("PUT", f"{INBOX}/preferences", json=quiet)
    clock.advance(hours=1, seconds=1)
    await check_sla_breaches(jobs)
    await administrator.data("PATCH", f"/users/{agent.id}", json={"is_active": False})
    clock.advance(days=1)
    await deliver_outbox(jobs)
    await deliver_outbox(jobs)
    found = await inbox(administrator)
    assert [(e["kind"], e["number"]) for e in found if e["incident_id"]] == [
        ("sla_breached", incident["number"])
    ]


# --- Reading --------------------------------------------------------------------------


async def test_what_was_read_is_no_longer_counted_and_once_more_changes_nothing(
    agent: Person, manager: Person
) -> None:
    for _ in range(3):
        await manager.create(assignee_id=agent.id)
    first, *others = await inbox(agent)
    assert await unread(agent) == 3
    path = f"{INBOX}/{first['id']}/read"
    assert await agent.data("POST", path) == {"count": 2}
    read_at = (await inbox(agent))[0]["read_at"]
    assert read_at is not None
    assert await agent.data("POST", path) == {"count": 2}
    assert (await inbox(agent))[0]["read_at"] == read_at
    assert await inbox(agent, unread=True) == others
    assert await agent.data("POST", f"{INBOX}/read-all") == {"count": 0}
    assert await unread(agent) == 0
    assert len(await inbox(agent)) == 3


async def test_the_list_pages_by_key_and_misses_nothing(
    agent: Person, manager: Person
) -> None:
    made = [(await manager.create(assignee_id=agent.id))["number"] for _ in range(7)]
    found = await agent.pages(INBOX, limit=3)
    assert [len(page) for page in found] == [3, 3, 1]
    assert [entry["number"] for page in found for entry in page] == made[::-1]


async def test_more_than_a_hundred_unread_are_counted_as_a_hundred(
    agent: Person, run_sql: Any
) -> None:
    await run_sql(
        """
        WITH mail AS (
          INSERT INTO outbox (id, kind, dedupe_key, recipient, payload, next_attempt_at)
          SELECT gen_random_uuid(), 'sla_warned', gen_random_uuid()::text, '', '{}',
                 now()
            FROM generate_series(1, 120) RETURNING id)
        INSERT INTO inbox (id, recipient_id) SELECT id, CAST(:id AS uuid) FROM mail
        """,
        id=agent.id,
    )
    assert await unread(agent) == 100


@pytest.mark.parametrize("role", list(Role))
async def test_nobody_reads_what_others_were_told(
    agent: Person, manager: Person, make_person: Make, role: Role
) -> None:
    await manager.create(assignee_id=agent.id)
    [entry] = await inbox(agent)
    other = await make_person(role)
    assert entry["id"] not in [found["id"] for found in await inbox(other)]
    for id_ in (entry["id"], NOBODYS):
        answer = await other.ask("POST", f"{INBOX}/{id_}/read", expect=404)
        assert answer.json()["message"] == "There is no such notification."
    await other.data("POST", f"{INBOX}/read-all")
    assert await unread(agent) == 1


async def test_who_reads_does_not_wait_for_a_mail_that_is_under_way(
    agent: Person, manager: Person, db: Any
) -> None:
    await manager.create(assignee_id=agent.id)
    async with db.transaction() as session:
        # As a delivery locks its message for as long as the mail server takes.
        await session.execute(text("SELECT FROM outbox FOR UPDATE"))
        assert await agent.data("POST", f"{INBOX}/read-all") == {"count": 0}


# --- Reporters ------------------------------------------------------------------------


async def test_a_reporter_finds_nothing_of_internal_notes(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    await agent.say(incident, "They forgot their password again", is_internal=True)
    await give(agent, incident, agent)
    await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    assert await kinds(reporter) == ["incident_resolved", "incident_created"]
    page = await reporter.ask("GET", INBOX)
    assert "password" not in page.text
    assert agent.name not in page.text


async def test_who_may_not_see_an_incident_any_more_finds_nothing_of_it(
    agent: Person, manager: Person, administrator: Person
) -> None:
    seen = await manager.create(reporter_id=agent.id)
    await manager.create(assignee_id=agent.id)
    await administrator.data("PATCH", f"/users/{agent.id}", json={"role": "reporter"})
    [left] = await inbox(agent)
    assert left["number"] == seen["number"]
    assert await unread(agent) == 1


async def test_a_deleted_incident_leaves_nothing_to_read(
    agent: Person, manager: Person
) -> None:
    incident = await manager.create(assignee_id=agent.id)
    assert await unread(agent) == 1
    await manager.ask("DELETE", f"/incidents/{incident['id']}", expect=204)
    assert await inbox(agent) == []
    assert await unread(agent) == 0


# --- Live -----------------------------------------------------------------------------


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with web_process(create_app(settings)) as address:
        yield address


async def test_only_the_person_hears_that_their_inbox_changed(
    url: str, agent: Person, manager: Person, administrator: Person
) -> None:
    incident = await manager.create()
    async with (
        listening(url, agent) as theirs,
        listening(url, administrator) as anothers,
    ):
        await give(manager, incident, agent)
        await agent.data("POST", f"{INBOX}/read-all")
        await manager.data("POST", f"/incidents/{incident['id']}/acknowledge")
        heard = [await theirs.next() for _ in range(4)]
        not_heard = [await anothers.next() for _ in range(2)]
    assert sorted(event[1]["kind"] for event in heard if event) == [
        "inbox.changed",
        "inbox.changed",
        "incident.updated",
        "incident.updated",
    ]
    assert [event[1]["kind"] for event in not_heard if event] == [
        "incident.updated",
        "incident.updated",
    ]


async def test_the_sweep_tells_whom_it_has_something_for(
    url: str, agent: Person, manager: Person, clock: Clock, jobs: Jobs
) -> None:
    await manager.create(assignee_id=agent.id)
    clock.advance(hours=1, seconds=1)
    async with listening(url, agent) as stream:
        await check_sla_breaches(jobs)
        while event := await stream.next():
            if event[1]["kind"] == "inbox.changed":
                break
    assert await kinds(agent) == ["sla_breached", "incident_created"]
