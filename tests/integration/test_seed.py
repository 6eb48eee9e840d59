"""Seeded incidents are what the product itself would have made of the same past."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from tests.integration.conftest import Person
from tracker import seed as seeding
from tracker.db import Database, fetch_all, utc_now
from tracker.settings import Settings
from tracker.sla import service, verification
from tracker.sla.ledger import read_ledger

N = 400


async def ids(db: Database) -> set[UUID]:
    async with db.reading() as session:
        return {row.id for row in await fetch_all(session, "SELECT id FROM incidents")}


@pytest.fixture(scope="module")
async def seeded(settings: Settings, db: Database) -> list[UUID]:
    """The incidents of one seeding."""
    before = await ids(db)
    await asyncio.to_thread(seeding.seed, settings, N, lambda _: None)
    return sorted(await ids(db) - before)


async def rows(db: Database, statement: str, seeded: list[UUID]) -> list[Any]:
    async with db.reading() as session:
        return await fetch_all(session, statement, seeded=seeded, now=utc_now())


async def test_every_clock_is_what_the_replay_of_its_ledger_gives(
    db: Database, seeded: list[UUID]
) -> None:
    clocks = await rows(
        db, "SELECT * FROM sla_clocks WHERE incident_id = ANY(:seeded)", seeded
    )
    now = utc_now()
    assert len(clocks) == 2 * N
    async with db.reading() as session:
        for stored in clocks:
            ledger = await read_ledger(session, stored.incident_id)
            replayed = service.clock_columns(
                ledger.state(now).clocks[stored.kind],
                now,  # the engine has told what has passed
            )
            if stored.deadline and not stored.stopped_at:
                del replayed["remaining"]  # it runs
            assert {name: stored._mapping[name] for name in replayed} == replayed


async def test_every_summary_is_what_the_replay_of_its_ledger_gives(
    db: Database, seeded: list[UUID]
) -> None:
    slas = await rows(db, "SELECT * FROM slas WHERE incident_id = ANY(:seeded)", seeded)
    assert len(slas) == N
    async with db.reading() as session:
        for stored in slas:
            state = (await read_ledger(session, stored.incident_id)).state(utc_now())
            assert (
                stored.status,
                stored.at_risk,
                stored.next_deadline,
                stored.paused_at,
                stored.response_at,
            ) == (
                state.status,
                state.at_risk,
                state.next_deadline,
                state.paused_at,
                state.clocks["response"].stopped_at,
            )


async def test_the_engine_finds_nothing_to_do(db: Database, seeded: list[UUID]) -> None:
    due = await rows(
        db,
        "SELECT id FROM sla_clocks WHERE incident_id = ANY(:seeded)"
        " AND (due_at <= :now OR mark_due_at <= :now)",
        seeded,
    )
    running = await rows(
        db,
        "SELECT id FROM sla_clocks WHERE incident_id = ANY(:seeded) AND due_at > :now",
        seeded,
    )
    assert due == []
    assert running != []


async def test_nobody_gets_a_mail_about_the_past(
    db: Database, seeded: list[UUID]
) -> None:
    assert not await rows(
        db, "SELECT id FROM outbox WHERE incident_id = ANY(:seeded)", seeded
    )


async def test_each_breach_is_in_the_ledger_at_its_deadline(
    db: Database, seeded: list[UUID]
) -> None:
    breached = await rows(
        db,
        "SELECT id, breached_at FROM sla_clocks"
        " WHERE incident_id = ANY(:seeded) AND status = 'breached'",
        seeded,
    )
    told = await rows(
        db,
        "SELECT clock_id, at FROM sla_ledger"
        " WHERE incident_id = ANY(:seeded) AND type = 'breached'",
        seeded,
    )
    assert breached != []
    assert sorted(map(tuple, told)) == sorted(map(tuple, breached))


async def test_one_in_ten_is_open_and_the_last_ninety_days_are_covered(
    db: Database, seeded: list[UUID]
) -> None:
    found = await rows(
        db, "SELECT status, created_at FROM incidents WHERE id = ANY(:seeded)", seeded
    )
    still_open = sum(row.status in ("open", "in_progress") for row in found)
    ages = [(utc_now() - row.created_at) / dt.timedelta(days=1) for row in found]
    assert N * 0.06 < still_open < N * 0.16
    assert min(ages) < 1
    assert 89 < max(ages) <= 90.1


async def test_the_api_tells_the_whole_story(
    db: Database, seeded: list[UUID], agent: Person
) -> None:
    commented = await rows(
        db,
        "SELECT incident_id AS id FROM comments WHERE incident_id = ANY(:seeded)"
        " LIMIT 1",
        seeded,
    )
    path = f"/incidents/{commented[0].id}"
    incident = await agent.data("GET", path)
    timeline = await agent.data("GET", f"{path}/timeline?limit=100")
    comments = await agent.data("GET", f"{path}/comments?limit=100")
    told = [item["comment"] for item in timeline["items"] if item["comment"]]
    assert incident["reporter"]["name"] in seeding.REPORTERS
    assert timeline["items"][0]["type"] == "created"
    assert [item["id"] for item in told] == [item["id"] for item in comments["items"]]


async def test_seeding_again_adds_incidents_but_no_people(
    settings: Settings, db: Database, seeded: list[UUID], run_sql: Any
) -> None:
    people = "SELECT count(*) AS n FROM users UNION ALL SELECT count(*) FROM teams"
    before = await ids(db), await run_sql(people)
    await asyncio.to_thread(seeding.seed, settings, 5, lambda _: None)
    assert len(await ids(db)) == len(before[0]) + 5
    assert await run_sql(people) == before[1]


async def test_nobody_can_sign_in_as_a_seeded_person(
    seeded: list[UUID], run_sql: Any
) -> None:
    agents = await run_sql(
        "SELECT password_hash FROM users WHERE name = ANY(:names)",
        names=list(seeding.AGENTS),
    )
    assert {row.password_hash for row in agents} == {None}


async def test_many_are_made_by_several_processes_and_counted(
    settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeding, "CHUNK", 20)
    before = await ids(db)
    progress: list[int] = []
    await asyncio.to_thread(seeding.seed, settings, 50, progress.append)
    assert sorted(progress) == [10, 20, 20]
    assert len(await ids(db)) == len(before) + 50


async def test_a_check_of_clocks_and_ledgers_finds_nothing(
    db: Database, seeded: list[UUID]
) -> None:
    numbers = await rows(
        db, "SELECT number FROM incidents WHERE id = ANY(:seeded)", seeded
    )
    for row in numbers:
        report = await verification.check_incident(db, row.number)
        assert (report.clocks, report.differences) == (2, [])


async def test_the_ledger_tells_what_was_promised_for_which_priority(
    db: Database, seeded: list[UUID]
) -> None:
    told = await rows(
        db,
        "SELECT l.data, i.priority, s.policy_version_id FROM sla_ledger l"
        "  JOIN incidents i ON i.id = l.incident_id"
        "  JOIN slas s ON s.incident_id = l.incident_id"
        " WHERE l.incident_id = ANY(:seeded) AND l.type = 'created'",
        seeded,
    )
    assert len(told) == N
    for row in told:
        assert row.data["priority"] == row.priority
        assert row.data["policy_version_id"] == str(row.policy_version_id)
