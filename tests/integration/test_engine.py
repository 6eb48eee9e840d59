"""The engine: what falls due is told once, as of when it fell due, whoever looks."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.integration.conftest import Clock, Person
from tracker.db import Database
from tracker.sla import engine, ledger, service
from tracker.sla.clock import Event, EventType
from tracker.sla.jobs import check_sla_breaches

Check = Callable[[dict[str, Any]], Any]
RunSql = Callable[..., Any]
Jobs = dict[str, Any]

TOLD = """
    SELECT incident_id, type, level, data ->> 'kind' AS kind, at, recorded_at, deadline
      FROM sla_ledger
     WHERE incident_id = ANY(:ids) AND type IN ('warned', 'breached')
     ORDER BY seq
"""


async def told(run_sql: RunSql, *incidents: dict[str, Any]) -> list[tuple[str, str]]:
    """Type and kind of what the engine has written, in its order."""
    rows = await run_sql(TOLD, ids=[incident["id"] for incident in incidents])
    return [(row["type"], row["kind"]) for row in rows]


async def pause(agent: Person, incident: dict[str, Any], reason: str = "other") -> None:
    path = f"/slas/{incident['sla']['id']}/pause"
    await agent.data("PATCH", path, json={"reason": reason})


async def resume(agent: Person, incident: dict[str, Any]) -> Any:
    return await agent.data("PATCH", f"/slas/{incident['sla']['id']}/resume")


# --- Breaches -------------------------------------------------------------------------


async def test_a_missed_deadline_is_a_breach_stamped_at_the_deadline(
    agent: Person, clock: Clock, jobs: Jobs, assert_stored_equals_replay: Check
) -> None:
    incident = await agent.create()
    deadline = incident["sla"]["clocks"]["response"]["deadline"]
    clock.advance(hours=1, minutes=7)
    await check_sla_breaches(jobs)
    sla = await agent.data("GET", f"/incidents/{incident['number']}/sla")
    assert sla["status"] == "breached"
    assert sla["clocks"]["response"]["breached_at"] == deadline
    assert sla["clocks"]["resolution"]["status"] == "running"
    await assert_stored_equals_replay(incident)


async def test_the_deadline_itself_is_not_yet_late(
    agent: Person, clock: Clock, jobs: Jobs, run_sql: RunSql
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=1)
    await check_sla_breaches(jobs)
    assert ("breached", "response") not in await told(run_sql, incident)
    clock.advance(microseconds=1)
    await check_sla_breaches(jobs)
    assert ("breached", "response") in await told(run_sql, incident)


async def test_what_is_read_before_the_sweep_is_already_true(
    agent: Person, clock: Clock
) -> None:
    incident = await agent.create()
    clock.advance(hours=1, seconds=1)
    found = await agent.data("GET", f"/incidents/{incident['number']}")
    response = found["sla"]["clocks"]["response"]
    assert found["sla"]["status"] == response["status"] == "breached"
    assert response["breached_at"] == response["deadline"]


async def test_a_risk_that_is_read_before_the_sweep_is_already_true(
    agent: Person, clock: Clock
) -> None:
    incident = await agent.create()
    clock.advance(minutes=50)
    found = await agent.data("GET", f"/incidents/{incident['number']}")
    assert found["sla"]["at_risk"]


async def test_a_breached_response_does_not_hide_a_later_breach_of_the_resolution(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    incident = await agent.create()
    for _ in range(5):
        clock.advance(hours=1)
        await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == [
        ("warned", "response"),
        ("breached", "response"),
        ("warned", "resolution"),
        ("breached", "resolution"),
    ]
    await assert_stored_equals_replay(incident)


async def test_eight_sweeps_at_once_tell_each_event_once(
    agent: Person,
    clock: Clock,
    db: Database,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    incidents = [await agent.create(assignee_id=agent.id) for _ in range(40)]
    clock.advance(hours=5)
    now = clock.pin()

    async def sweep() -> int:
        total = 0
        while True:
            async with db.transaction() as session:
                found = await engine.find_due(session, now, limit=7)
            total += len(found)
            if not found:
                return total

    await asyncio.gather(*(sweep() for _ in range(8)))
    # Rows that one sweep holds are skipped by the others: the next tick has them.
    await sweep()
    events = Counter(await told(run_sql, *incidents))
    assert events == {
        ("warned", "response"): 40,
        ("warned", "resolution"): 40,
        ("breached", "response"): 40,
        ("breached", "resolution"): 40,
    }
    mails = await run_sql(
        "SELECT payload ->> 'clock_id' AS clock FROM outbox"
        " WHERE kind = 'sla_breached' AND incident_id = ANY(:ids)",
        ids=[incident["id"] for incident in incidents],
    )
    assert len(mails) == len({row["clock"] for row in mails}) == 80
    await assert_stored_equals_replay(incidents[0])


async def test_hours_of_downtime_cost_no_event_and_no_true_instant(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    incident = await agent.create()
    clock.advance(hours=30)
    now = clock.pin()
    await check_sla_breaches(jobs)
    clocks = incident["sla"]["clocks"]
    rows = await run_sql(TOLD, ids=[incident["id"]])
    instants = {(row["type"], row["kind"]): row["at"] for row in rows}
    assert instants == {
        (event, kind): dt.datetime.fromisoformat(clocks[kind][field])
        for event, field in (("warned", "warn_at"), ("breached", "deadline"))
        for kind in ("response", "resolution")
    }
    assert {row["recorded_at"] for row in rows} == {now}
    await assert_stored_equals_replay(incident)


async def test_a_sweep_goes_on_until_nothing_is_due(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tracker.sla.jobs.FIRST_BATCH", 2)
    monkeypatch.setattr("tracker.sla.jobs.BATCH", 4)
    incidents = [await agent.create() for _ in range(10)]
    clock.advance(hours=5)
    await check_sla_breaches(jobs)
    assert len(await told(run_sql, *incidents)) == 40


async def test_a_sweep_that_dies_leaves_everything_to_the_next(
    agent: Person, clock: Clock, db: Database, jobs: Jobs, run_sql: RunSql
) -> None:
    incident = await agent.create()
    clock.advance(hours=2)

    async with db.sessions() as killed:
        assert await engine.find_due(killed, clock())
    assert await told(run_sql, incident) == []
    await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == [
        ("warned", "response"),
        ("breached", "response"),
    ]


async def test_a_late_resolve_that_races_a_sweep_is_still_told(
    agent: Person,
    clock: Clock,
    db: Database,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    incident = await agent.create()
    incident_id = UUID(incident["id"])
    clock.advance(hours=5)
    now = clock.pin()
    async with db.transaction() as resolving:
        await ledger.read_ledger(resolving, incident_id, lock=True)
        async with db.transaction() as sweeping:
            # It takes the clocks, but not the incident: that is ours.
            await engine.find_due(sweeping, now)
            event = Event(now, EventType.RESOLVED)
            record = asyncio.create_task(
                service.record(resolving, incident_id, event, UUID(agent.id))
            )
            await asyncio.sleep(0.2)
        await record
    assert Counter(await told(run_sql, incident)) == {
        ("warned", "response"): 1,
        ("warned", "resolution"): 1,
        ("breached", "response"): 1,
        ("breached", "resolution"): 1,
    }
    await assert_stored_equals_replay(incident)


async def test_a_change_that_races_a_sweep_wins_or_loses_as_a_whole(
    agent: Person,
    clock: Clock,
    db: Database,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    incidents = [await agent.create() for _ in range(12)]
    clock.advance(hours=1, seconds=1)
    now = clock.pin()

    async def sweep() -> None:
        for _ in range(6):
            async with db.transaction() as session:
                await engine.find_due(session, now, limit=3)

    await asyncio.gather(*(pause(agent, i) for i in incidents), sweep(), sweep())
    for incident in incidents:
        await assert_stored_equals_replay(incident)
        assert await told(run_sql, incident) == [
            ("warned", "response"),
            ("breached", "response"),
        ]


# --- Warnings -------------------------------------------------------------------------


async def test_a_warning_comes_at_four_fifths_of_the_time_and_once(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    start = clock.pin()
    incident = await agent.create()
    clock.advance(minutes=48, microseconds=-1)
    await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == []
    clock.advance(microseconds=1)
    for _ in range(3):
        await check_sla_breaches(jobs)
        clock.advance(seconds=1)
    [warning] = await run_sql(TOLD, ids=[incident["id"]])
    assert (warning["type"], warning["level"]) == ("warned", 80)
    assert warning["at"] == start + dt.timedelta(minutes=48)
    sla = await agent.data("GET", f"/incidents/{incident['id']}/sla")
    assert (sla["status"], sla["at_risk"]) == ("active", True)
    await assert_stored_equals_replay(incident)


async def test_a_moved_deadline_may_warn_again(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=50)
    await check_sla_breaches(jobs)
    await agent.data("PATCH", f"/incidents/{incident['id']}", json={"priority": "high"})
    clock.advance(hours=3)
    await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == [("warned", "response")] * 2
    await assert_stored_equals_replay(incident)


async def test_midnight_does_not_warn_again(
    agent: Person, clock: Clock, jobs: Jobs, run_sql: RunSql
) -> None:
    midnight = dt.datetime.combine(
        clock().date() + dt.timedelta(days=1), dt.time(), dt.UTC
    )
    clock.pin(midnight - dt.timedelta(minutes=55))
    incident = await agent.create()
    clock.advance(minutes=50)
    await check_sla_breaches(jobs)
    clock.advance(minutes=9)
    await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == [("warned", "response")]


async def test_a_pause_after_the_warning_does_not_warn_again(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=50)
    await check_sla_breaches(jobs)
    await pause(agent, incident)
    clock.advance(hours=10)
    assert (await resume(agent, incident))["at_risk"]
    clock.advance(minutes=5)
    await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == [("warned", "response")]
    await assert_stored_equals_replay(incident)


async def test_a_pause_cannot_swallow_a_warning_that_was_due(
    agent: Person, clock: Clock, run_sql: RunSql
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=50)
    await pause(agent, incident)
    assert await told(run_sql, incident) == [("warned", "response")]


# --- Paused and deleted ---------------------------------------------------------------


async def test_a_paused_clock_neither_warns_nor_breaches(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    incident = await agent.create()
    await pause(agent, incident)
    clock.advance(days=400)
    await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == []
    await assert_stored_equals_replay(incident)
    await resume(agent, incident)
    clock.advance(hours=1, seconds=1)
    await check_sla_breaches(jobs)
    assert ("breached", "response") in await told(run_sql, incident)
    await assert_stored_equals_replay(incident)


async def test_a_recorded_breach_stays_while_paused(
    agent: Person, clock: Clock, jobs: Jobs, assert_stored_equals_replay: Check
) -> None:
    incident = await agent.create()
    clock.advance(hours=2)
    await check_sla_breaches(jobs)
    await pause(agent, incident)
    clock.advance(days=1)
    sla = await agent.data("GET", f"/incidents/{incident['id']}/sla")
    assert sla["status"] == "paused"
    assert sla["clocks"]["response"]["status"] == "breached"
    assert sla["clocks"]["resolution"]["status"] == "paused"
    await assert_stored_equals_replay(incident)


async def test_a_deleted_incident_is_left_alone(
    manager: Person, clock: Clock, jobs: Jobs, run_sql: RunSql
) -> None:
    incident = await manager.create()
    await manager.ask("DELETE", f"/incidents/{incident['id']}", expect=204)
    clock.advance(hours=5)
    await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == []


async def test_a_restored_incident_is_caught_up(
    manager: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    incident = await manager.create(assignee_id=manager.id)
    deadline = incident["sla"]["clocks"]["response"]["deadline"]
    path = f"/incidents/{incident['id']}"
    await manager.ask("DELETE", path, expect=204)
    clock.advance(hours=2)
    restored = await manager.data("POST", f"{path}/restore")
    assert restored["sla"]["clocks"]["response"]["breached_at"] == deadline
    await assert_stored_equals_replay(incident)
    [breach] = await run_sql(TOLD, ids=[incident["id"]])
    assert (breach["type"], breach["kind"]) == ("breached", "response")
    assert breach["at"] == dt.datetime.fromisoformat(deadline)
    [mail] = await run_sql(
        "SELECT count(*) AS n FROM outbox"
        " WHERE incident_id = :id AND kind = 'sla_breached'",
        id=incident["id"],
    )
    assert mail["n"] == 1
    clock.advance(hours=3)
    await assert_stored_equals_replay(incident)
    assert ("breached", "resolution") in await told(run_sql, incident)


async def test_what_was_told_before_a_deletion_is_not_told_again(
    manager: Person, clock: Clock, jobs: Jobs, run_sql: RunSql
) -> None:
    incident = await manager.create()
    clock.advance(hours=2)
    await check_sla_breaches(jobs)
    before = await told(run_sql, incident)
    await manager.ask("DELETE", f"/incidents/{incident['id']}", expect=204)
    await manager.data("POST", f"/incidents/{incident['id']}/restore")
    await check_sla_breaches(jobs)
    assert await told(run_sql, incident) == before


# --- What a tick costs ----------------------------------------------------------------


async def test_a_tick_with_nothing_due_changes_nothing(
    agent: Person, clock: Clock, jobs: Jobs, run_sql: RunSql
) -> None:
    incident = await agent.create()
    await check_sla_breaches(jobs)
    before = await rows_of(run_sql, incident)
    assert await check_sla_breaches(jobs) == 0
    assert await rows_of(run_sql, incident) == before


async def rows_of(run_sql: RunSql, incident: dict[str, Any]) -> list[Any]:
    """The physical rows: a row that was written again is another one."""
    rows: list[Any] = await run_sql(
        "SELECT 'clock' AS what, c.ctid, c.xmin FROM sla_clocks c"
        " WHERE incident_id = :id UNION ALL"
        " SELECT 'sla', s.ctid, s.xmin FROM slas s WHERE incident_id = :id",
        id=incident["id"],
    )
    return rows


async def test_a_tick_reads_due_clocks_only_however_many_are_open(
    agent: Person, clock: Clock, db: Database, jobs: Jobs
) -> None:
    await check_sla_breaches(jobs)
    async with db.sessions() as session:
        await fill(session, 1_000, UUID(agent.id), clock())
        few = await plans(session, clock())
        await fill(session, 4_000, UUID(agent.id), clock())
        many = await plans(session, clock())
    for before, after in zip(few, many, strict=True):
        assert index_of(before) == index_of(after)
        assert index_of(after).startswith("Index Scan on ix_sla_clocks_")
        # Pages that were looked at: eight thousand more clocks cost no more than the
        # depth of the index.
        assert pages(after) <= pages(before) + 5


async def fill(
    session: AsyncSession, count: int, person: UUID, now: dt.datetime
) -> None:
    """Open incidents whose clocks are not due, as many as it takes."""
    await session.execute(
        text(
            """
            WITH i AS (
              INSERT INTO incidents (id, title, priority, reporter_id)
              SELECT gen_random_uuid(), 'Open', 'low', :person
                FROM generate_series(1, :count) RETURNING id
            ), s AS (
              INSERT INTO slas (id, incident_id, policy_version_id, status)
              SELECT gen_random_uuid(), i.id,
                     (SELECT id FROM sla_policy_versions LIMIT 1), 'active' FROM i
            )
            INSERT INTO sla_clocks (id, incident_id, kind, policy_version_id, status,
                                    due_at, mark_due_at)
            SELECT gen_random_uuid(), i.id, kind,
                   (SELECT id FROM sla_policy_versions LIMIT 1), 'running',
                   :now + interval '1 day', :now + interval '1 day'
              FROM i, (VALUES ('response'), ('resolution')) k (kind)
            """
        ),
        {"count": count, "person": person, "now": now},
    )
    await session.execute(text("ANALYZE sla_clocks, slas"))


async def plans(session: AsyncSession, now: dt.datetime) -> list[dict[str, Any]]:
    """How PostgreSQL finds what is due: the plan of each statement of a tick."""
    found = []
    for statement in (engine._MARK, engine._BREACH):
        explained = await session.scalar(
            text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"),
            {"now": now, "until": now, "limit": 500},
        )
        found.append(due_part(explained[0]["Plan"]))
    return found


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


def due_part(plan: dict[str, Any]) -> dict[str, Any]:
    return next(node for node in nodes(plan) if node.get("Subplan Name") == "CTE due")


def index_of(plan: dict[str, Any]) -> str:
    return next(
        f"{node['Node Type']} on {node.get('Index Name')}"
        for node in nodes(plan)
        if node.get("Relation Name") == "sla_clocks"
    )


def pages(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


async def test_readiness_fails_when_a_deadline_is_left_lying(
    agent: Person, clock: Clock, jobs: Jobs
) -> None:
    await agent.create()
    clock.advance(hours=1, minutes=1)
    late = await agent.client.get("/health/ready")
    await check_sla_breaches(jobs)
    well = await agent.client.get("/health/ready")
    assert late.status_code == 503
    assert "engine" in late.json()["message"]
    assert well.status_code == 200
