"""Maintenance windows and pauses that end by themselves: on time, told, explained."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.integration.conftest import Clock, Person
from tests.integration.histories import RunSql, instant, ledger_of, sla_of
from tracker.sla.jobs import check_sla_breaches

Check = Callable[[dict[str, Any]], Any]
Jobs = dict[str, Any]
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def no_other_windows(run_sql: RunSql) -> AsyncIterator[None]:
    """Windows of other tests would pause ours."""
    yield
    await run_sql(
        "UPDATE maintenance_windows SET ended_at = now() WHERE ended_at IS NULL"
    )


@pytest.fixture
def tag() -> str:
    return f"db-{uuid.uuid4().hex[:8]}"


async def announce(
    manager: Person,
    clock: Clock,
    tag: str,
    starts_in: dt.timedelta = HOUR / 2,
    lasts: dt.timedelta = HOUR,
    **fields: Any,
) -> Any:
    starts_at = clock() + starts_in
    body = {
        "name": "Database upgrade",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + lasts).isoformat(),
        "match": {"tags": [tag]},
        **fields,
    }
    return await manager.data("POST", "/maintenance-windows", expect=201, json=body)


# --- Windows --------------------------------------------------------------------------


async def test_clocks_of_matching_incidents_stand_still_during_a_window(
    manager: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    tag: str,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    matching = await manager.create(tags=[tag])
    other = await manager.create()
    window = await announce(manager, clock, tag)
    deadline = instant(matching["sla"]["clocks"]["response"]["deadline"])

    clock.advance(minutes=31)
    await check_sla_breaches(jobs)
    sla = await sla_of(manager, matching)
    assert sla["status"] == "paused"
    assert sla["paused_at"] == window["starts_at"]
    assert (await sla_of(manager, other))["status"] == "active"

    clock.advance(hours=1)
    await check_sla_breaches(jobs)
    sla = await sla_of(manager, matching)
    assert sla["status"] == "active"
    assert instant(sla["clocks"]["response"]["deadline"]) == deadline + HOUR
    await assert_stored_equals_replay(matching)
    events = await ledger_of(run_sql, matching)
    assert [
        (row["type"], row["at"], row["data"]["window"], row["actor_id"])
        for row in events
        if "window" in row["data"]
    ] == [
        ("paused", instant(window["starts_at"]), "Database upgrade", None),
        ("resumed", instant(window["ends_at"]), "Database upgrade", None),
    ]
    [shown] = [
        found
        for found in (await manager.data("GET", "/maintenance-windows"))["items"]
        if found["id"] == window["id"]
    ]
    assert (shown["status"], shown["incidents"]) == ("ended", 1)


async def test_a_step_of_maintenance_is_explained_by_the_name_of_the_window(
    manager: Person, clock: Clock, jobs: Jobs, tag: str
) -> None:
    clock.pin()
    incident = await manager.create(tags=[tag])
    await announce(manager, clock, tag, starts_in=HOUR / 4)
    clock.advance(minutes=20)
    await check_sla_breaches(jobs)
    told = await manager.data("GET", f"/slas/{incident['sla']['id']}/explain")
    steps = told["clocks"]["resolution"]["steps"]
    assert [step["label"] for step in steps if step["kind"] == "paused"] == [
        "Database upgrade"
    ]


async def test_a_deadline_inside_a_window_is_no_breach_however_late_the_engine_is(
    manager: Person, clock: Clock, jobs: Jobs, run_sql: RunSql, tag: str
) -> None:
    clock.pin()
    incident = await manager.create(tags=[tag])
    window = await announce(manager, clock, tag, HOUR - MINUTE, 3 * HOUR)
    clock.advance(hours=6)
    await check_sla_breaches(jobs)
    told = [
        (row["type"], row["at"])
        for row in await ledger_of(run_sql, incident)
        if row["data"].get("kind") == "response" and row["type"] == "breached"
    ]
    assert told == [("breached", instant(window["ends_at"]) + MINUTE)]


async def test_a_breach_before_the_window_stays_where_it_was(
    manager: Person, clock: Clock, jobs: Jobs, run_sql: RunSql, tag: str
) -> None:
    clock.pin()
    incident = await manager.create(tags=[tag])
    await announce(manager, clock, tag, HOUR + MINUTE)
    clock.advance(hours=1, minutes=30)
    await check_sla_breaches(jobs)
    [breach] = [
        row for row in await ledger_of(run_sql, incident) if row["type"] == "breached"
    ]
    assert breach["at"] == instant(incident["sla"]["clocks"]["response"]["deadline"])


async def test_an_incident_created_during_a_window_stands_still_from_its_start(
    manager: Person,
    clock: Clock,
    jobs: Jobs,
    tag: str,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    window = await announce(manager, clock, tag)
    clock.advance(minutes=40)
    await check_sla_breaches(jobs)
    incident = await manager.create(tags=[tag])
    clock.advance(seconds=1)
    await check_sla_breaches(jobs)
    assert (await sla_of(manager, incident))["paused_at"] == incident["created_at"]
    clock.advance(hours=1)
    await check_sla_breaches(jobs)
    response = (await sla_of(manager, incident))["clocks"]["response"]
    assert instant(response["deadline"]) == instant(window["ends_at"]) + HOUR
    await assert_stored_equals_replay(incident)


async def test_a_window_and_a_pause_of_people_count_once(
    agent: Person,
    manager: Person,
    clock: Clock,
    jobs: Jobs,
    tag: str,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    incident = await agent.create(tags=[tag])
    deadline = instant(incident["sla"]["clocks"]["response"]["deadline"])
    await announce(manager, clock, tag)
    clock.advance(minutes=50)
    await check_sla_breaches(jobs)
    path = f"/slas/{incident['sla']['id']}"
    await agent.ask("PATCH", f"{path}/pause", json={"reason": "other"}, expect=200)
    clock.advance(hours=1)
    await check_sla_breaches(jobs)
    assert (await sla_of(agent, incident))["status"] == "paused"
    sla = await agent.data("PATCH", f"{path}/resume")
    assert sla["status"] == "active"
    # From 30 to 110 minutes it stood still, for whatever reason.
    moved = instant(sla["clocks"]["response"]["deadline"]) - deadline
    assert moved == 80 * MINUTE
    await assert_stored_equals_replay(incident)


async def test_people_cannot_end_the_pause_of_a_window(
    agent: Person, manager: Person, clock: Clock, jobs: Jobs, tag: str
) -> None:
    clock.pin()
    incident = await agent.create(tags=[tag])
    await announce(manager, clock, tag)
    clock.advance(minutes=31)
    await check_sla_breaches(jobs)
    path = f"/slas/{incident['sla']['id']}"
    answer = await agent.ask("PATCH", f"{path}/resume", expect=409)
    assert answer.json()["errors"][0]["code"] == "in_maintenance"
    await agent.ask("PATCH", f"{path}/pause", json={"reason": "other"}, expect=200)
    sla = await agent.data("PATCH", f"{path}/resume")
    assert sla["status"] == "paused"


async def test_a_window_that_is_called_off_lets_clocks_run_on_from_then(
    manager: Person,
    clock: Clock,
    jobs: Jobs,
    tag: str,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    incident = await manager.create(tags=[tag])
    deadline = instant(incident["sla"]["clocks"]["response"]["deadline"])
    window = await announce(manager, clock, tag)
    clock.advance(minutes=40)
    await check_sla_breaches(jobs)
    await manager.ask("DELETE", f"/maintenance-windows/{window['id']}", expect=204)
    clock.advance(seconds=1)
    await check_sla_breaches(jobs)
    sla = await sla_of(manager, incident)
    assert instant(sla["clocks"]["response"]["deadline"]) == deadline + 10 * MINUTE
    await assert_stored_equals_replay(incident)
    await manager.ask("DELETE", f"/maintenance-windows/{window['id']}", expect=409)


async def test_a_window_called_off_before_its_start_pauses_nothing(
    manager: Person, clock: Clock, jobs: Jobs, tag: str
) -> None:
    clock.pin()
    incident = await manager.create(tags=[tag])
    window = await announce(manager, clock, tag)
    await manager.ask("DELETE", f"/maintenance-windows/{window['id']}", expect=204)
    clock.advance(minutes=45)
    await check_sla_breaches(jobs)
    assert (await sla_of(manager, incident))["status"] == "active"


async def test_an_incident_resolved_and_reopened_in_a_window_stands_still_again(
    manager: Person,
    clock: Clock,
    jobs: Jobs,
    tag: str,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    incident = await manager.create(tags=[tag])
    await announce(manager, clock, tag)
    clock.advance(minutes=40)
    await check_sla_breaches(jobs)
    await manager.ask("POST", f"/incidents/{incident['id']}/resolve", expect=200)
    clock.advance(minutes=5)
    await manager.ask("POST", f"/incidents/{incident['id']}/reopen", expect=200)
    clock.advance(seconds=1)
    await check_sla_breaches(jobs)
    assert (await sla_of(manager, incident))["status"] == "paused"
    await assert_stored_equals_replay(incident)


async def test_a_window_is_announced_on_the_incident_and_to_agents(
    agent: Person, manager: Person, clock: Clock, run_sql: RunSql, tag: str
) -> None:
    clock.pin()
    incident = await agent.create(tags=[tag])
    window = await announce(manager, clock, tag, note="Half an hour of silence.")
    [ahead] = (await sla_of(agent, incident))["maintenance"]
    assert ahead == {
        name: window[name] for name in ("id", "name", "starts_at", "ends_at")
    }
    [mail] = await run_sql(
        "SELECT payload FROM outbox"
        " WHERE kind = 'maintenance_announced' AND recipient_id = :id",
        id=agent.id,
    )
    assert mail["payload"]["note"] == "Half an hour of silence."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts_at": "2020-01-01T00:00:00Z"}, "starts_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2999-01-01T00:00:00Z"}, "ends_at"),
        ({"match": {"team_ids": [str(uuid.uuid4())]}}, "match.team_ids"),
        ({"match": {"organization_ids": []}}, "match.organization_ids"),
        ({"match": {"tags": []}}, "match.tags"),
        ({"name": " "}, "name"),
    ],
)
async def test_a_window_that_cannot_be_is_refused_by_its_field(
    manager: Person, clock: Clock, fields: dict[str, Any], field: str
) -> None:
    body = {
        "name": "Database upgrade",
        "starts_at": (clock() + HOUR).isoformat(),
        "ends_at": (clock() + 2 * HOUR).isoformat(),
        **fields,
    }
    answer = await manager.ask("POST", "/maintenance-windows", json=body, expect=422)
    assert answer.json()["errors"][0]["field"] == field


async def test_of_a_window_that_runs_only_the_end_can_be_moved(
    manager: Person, clock: Clock, jobs: Jobs, tag: str
) -> None:
    clock.pin()
    incident = await manager.create(tags=[tag])
    window = await announce(manager, clock, tag)
    path = f"/maintenance-windows/{window['id']}"
    clock.advance(minutes=40)
    await check_sla_breaches(jobs)
    later = (clock() + HOUR).isoformat()
    await manager.ask("PATCH", path, json={"starts_at": later}, expect=409)
    stale = {"If-Match": '"7"'}
    await manager.ask("PATCH", path, json={"ends_at": later}, headers=stale, expect=409)
    changed = await manager.data("PATCH", path, json={"ends_at": later})
    assert (changed["status"], changed["version"]) == ("running", 2)
    clock.advance(minutes=55)
    await check_sla_breaches(jobs)
    assert (await sla_of(manager, incident))["status"] == "paused"


async def test_only_managers_make_windows_and_reporters_see_none(
    agent: Person, reporter: Person, clock: Clock
) -> None:
    body = {
        "name": "Mine",
        "starts_at": (clock() + HOUR).isoformat(),
        "ends_at": (clock() + 2 * HOUR).isoformat(),
    }
    for person in (agent, reporter):
        await person.ask("POST", "/maintenance-windows", json=body, expect=403)
    await agent.ask("GET", "/maintenance-windows", expect=200)
    await reporter.ask("GET", "/maintenance-windows", expect=403)


# --- The longest pause ----------------------------------------------------------------


@pytest.fixture
async def two_hours_at_most(run_sql: RunSql) -> AsyncIterator[None]:
    """The default policy ends pauses after two hours, and then again does not."""

    async def publish(pauses: str) -> None:
        await run_sql(
            """
            WITH v AS (
              INSERT INTO sla_policy_versions (id, policy_id, version, targets,
                pauses, response_calendar_version_id, resolution_calendar_version_id)
              SELECT gen_random_uuid(), p.id, p.current_version + 1, v.targets,
                     CAST(:pauses AS jsonb), v.response_calendar_version_id,
                     v.resolution_calendar_version_id
                FROM sla_policies p JOIN sla_policy_versions v
                  ON v.policy_id = p.id AND v.version = p.current_version
               WHERE p.is_default RETURNING policy_id
            ), r AS (UPDATE sla_policy_revision SET revision = revision + 1)
            UPDATE sla_policies SET current_version = current_version + 1
             WHERE id = (SELECT policy_id FROM v)
            """,
            pauses=pauses,
        )

    await publish('{"longest_seconds": 7200, "reasons": ["other"]}')
    yield
    await publish("{}")


async def test_a_pause_ends_by_itself_at_its_longest(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    two_hours_at_most: None,
    assert_stored_equals_replay: Check,
) -> None:
    paused_at = clock.pin()
    incident = await agent.create()
    path = f"/slas/{incident['sla']['id']}/pause"
    await agent.ask("PATCH", path, json={"reason": "other"}, expect=200)
    clock.advance(hours=2, minutes=30)
    await check_sla_breaches(jobs)
    sla = await sla_of(agent, incident)
    assert sla["status"] == "active"
    response = sla["clocks"]["response"]
    assert instant(response["deadline"]) == paused_at + 3 * HOUR
    await assert_stored_equals_replay(incident)
    [ended] = [
        row for row in await ledger_of(run_sql, incident) if row["type"] == "resumed"
    ]
    assert (ended["at"], ended["actor_id"]) == (paused_at + 2 * HOUR, None)
    assert ended["data"]["automatic"] == "longest_pause"


async def test_a_breach_after_a_pause_that_ended_by_itself_has_its_true_instant(
    agent: Person,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    two_hours_at_most: None,
) -> None:
    paused_at = clock.pin()
    incident = await agent.create()
    path = f"/slas/{incident['sla']['id']}/pause"
    await agent.ask("PATCH", path, json={"reason": "other"}, expect=200)
    clock.advance(hours=30)
    await check_sla_breaches(jobs)
    breaches = {
        row["data"]["kind"]: row["at"]
        for row in await ledger_of(run_sql, incident)
        if row["type"] == "breached"
    }
    assert breaches == {
        "response": paused_at + 3 * HOUR,
        "resolution": paused_at + 6 * HOUR,
    }


async def test_what_people_do_first_settles_a_pause_that_is_over(
    agent: Person, clock: Clock, two_hours_at_most: None
) -> None:
    paused_at = clock.pin()
    incident = await agent.create()
    path = f"/slas/{incident['sla']['id']}"
    await agent.ask("PATCH", f"{path}/pause", json={"reason": "other"}, expect=200)
    clock.advance(hours=4)
    # No sweep has come by.
    answer = await agent.ask("PATCH", f"{path}/resume", expect=409)
    assert answer.json()["errors"][0]["code"] == "not_paused"
    await agent.ask("POST", f"/incidents/{incident['id']}/acknowledge", expect=200)
    response = (await sla_of(agent, incident))["clocks"]["response"]
    assert (response["status"], instant(response["breached_at"])) == (
        "breached",
        paused_at + 3 * HOUR,
    )


async def test_a_policy_names_the_reasons_that_it_allows(
    agent: Person, two_hours_at_most: None
) -> None:
    incident = await agent.create()
    answer = await agent.ask(
        "PATCH",
        f"/slas/{incident['sla']['id']}/pause",
        json={"reason": "awaiting_customer"},
        expect=422,
    )
    assert "use one of other" in answer.json()["errors"][0]["message"]
