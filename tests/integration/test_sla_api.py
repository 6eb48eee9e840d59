"""Promises as the API keeps them, on a clock that stands where the test puts it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tracker.security import Role
from tracker.sla.jobs import check_sla_breaches

HOUR = 3600.0
Check = Callable[[dict[str, Any]], Any]
RunSql = Callable[..., Any]


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


async def sla_of(person: Person, incident: dict[str, Any]) -> Any:
    return await person.data("GET", f"/incidents/{incident['id']}/sla")


async def pause(
    person: Person,
    incident: dict[str, Any],
    reason: str,
    expect: int = 200,
    **more: Any,
) -> Any:
    response = await person.ask(
        "PATCH",
        f"/slas/{incident['sla']['id']}/pause",
        expect=expect,
        json={"reason": reason, **more},
    )
    return response.json()


async def resume(
    person: Person,
    incident: dict[str, Any],
    reason: str | None = None,
    expect: int = 200,
) -> Any:
    response = await person.ask(
        "PATCH",
        f"/slas/{incident['sla']['id']}/resume",
        expect=expect,
        json={"reason": reason} if reason else None,
    )
    return response.json()


async def events_of(
    person: Person, incident: dict[str, Any], *types: str
) -> list[dict[str, Any]]:
    path = f"/incidents/{incident['id']}/timeline?limit=100"
    items = (await person.data("GET", path))["items"]
    return [item for item in items if item["type"] in types]


async def reprioritise(
    person: Person, incident: dict[str, Any], priority: str, mode: str
) -> Any:
    path = f"/incidents/{incident['id']}"
    body = {"priority": priority, "sla_mode": mode}
    return await person.data("PATCH", path, json=body)


# --- Deadlines ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("priority", "response_hours", "resolution_hours"),
    [("critical", 1, 4), ("high", 4, 24), ("medium", 8, 72), ("low", 24, 168)],
)
async def test_the_priority_decides_both_deadlines(
    agent: Person,
    clock: Clock,
    priority: str,
    response_hours: int,
    resolution_hours: int,
) -> None:
    now = clock.pin()
    incident = await agent.create(priority=priority)
    clocks = incident["sla"]["clocks"]
    assert instant(clocks["response"]["deadline"]) == now + dt.timedelta(
        hours=response_hours
    )
    assert instant(clocks["resolution"]["deadline"]) == now + dt.timedelta(
        hours=resolution_hours
    )


async def test_the_earlier_deadline_is_the_next_one(agent: Person) -> None:
    sla = (await agent.create())["sla"]
    assert sla["next_deadline"] == sla["clocks"]["response"]["deadline"]


# --- Pause and resume -----------------------------------------------------------------


async def test_a_paused_clock_has_no_deadline_and_keeps_what_remains(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=20)
    await pause(agent, incident, "awaiting_customer")
    clock.advance(hours=5)
    sla = await sla_of(agent, incident)
    response = sla["clocks"]["response"]
    assert sla["status"] == "paused"
    assert response["deadline"] is None
    assert response["remaining_seconds"] == 40 * 60
    assert instant(response["projected_deadline"]) == clock() + dt.timedelta(minutes=40)
    await assert_stored_equals_replay(incident)


async def test_a_resumed_clock_gets_its_pause_back_exactly(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    before = instant(incident["sla"]["clocks"]["resolution"]["deadline"])
    clock.advance(minutes=20)
    await pause(agent, incident, "awaiting_customer")
    clock.advance(days=3, microseconds=1)
    sla = (await resume(agent, incident))["data"]
    after = instant(sla["clocks"]["resolution"]["deadline"])
    assert after - before == dt.timedelta(days=3, microseconds=1)
    assert sla["paused_duration"] == 3 * 24 * HOUR + 0.000001
    await assert_stored_equals_replay(incident)


async def test_clocks_run_again_when_the_last_reason_has_ended(
    agent: Person, assert_stored_equals_replay: Check
) -> None:
    incident = await agent.create()
    await pause(agent, incident, "awaiting_customer", note="Asked for the logs")
    await pause(agent, incident, "planned_maintenance")
    sla = (await resume(agent, incident, "awaiting_customer"))["data"]
    assert [p["reason"] for p in sla["pauses"]] == ["planned_maintenance"]
    assert sla["status"] == "paused"
    await assert_stored_equals_replay(incident)
    sla = (await resume(agent, incident, "planned_maintenance"))["data"]
    assert (sla["status"], sla["pauses"]) == ("active", [])
    await assert_stored_equals_replay(incident)


async def test_a_resume_without_a_reason_ends_every_reason(agent: Person) -> None:
    incident = await agent.create()
    await pause(agent, incident, "awaiting_customer")
    await pause(agent, incident, "other")
    assert (await resume(agent, incident))["data"]["status"] == "active"


async def test_a_pause_says_why_since_when_and_by_whom(
    agent: Person, clock: Clock
) -> None:
    incident = await agent.create()
    now = clock.pin()
    await pause(agent, incident, "awaiting_customer", note="Asked for the logs")
    [told] = (await sla_of(agent, incident))["pauses"]
    assert told["reason"] == "awaiting_customer"
    assert told["note"] == "Asked for the logs"
    assert told["actor"] == {"id": agent.id, "name": agent.name}
    assert instant(told["since"]) == now


async def test_the_reporter_hears_of_a_pause_but_not_in_whose_words(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    await pause(agent, incident, "awaiting_customer", note="They never answer")
    sla = await reporter.ask("GET", f"/incidents/{incident['id']}/sla")
    timeline = await reporter.ask("GET", f"/incidents/{incident['id']}/timeline")
    assert sla.json()["data"]["pauses"][0]["reason"] == "awaiting_customer"
    assert "never answer" not in sla.text + timeline.text
    assert agent.name not in sla.text + timeline.text


async def test_the_same_reason_twice_is_refused(agent: Person) -> None:
    incident = await agent.create()
    await pause(agent, incident, "other")
    refused = await pause(agent, incident, "other", expect=409)
    assert refused["errors"][0]["code"] == "already_paused"


async def test_an_unknown_reason_is_refused_with_the_known_ones(agent: Person) -> None:
    refused = await pause(agent, await agent.create(), "lunch", expect=422)
    assert refused["errors"][0]["field"] == "reason"
    assert "awaiting_customer" in refused["message"]


async def test_a_pause_needs_a_reason(agent: Person) -> None:
    incident = await agent.create()
    response = await agent.ask(
        "PATCH", f"/slas/{incident['sla']['id']}/pause", expect=422, json={}
    )
    assert "reason" in response.json()["message"]


async def test_a_note_has_at_most_500_characters(agent: Person) -> None:
    incident = await agent.create()
    await pause(agent, incident, "other", note="x" * 500)
    refused = await pause(
        agent, incident, "planned_maintenance", expect=422, note="x" * 501
    )
    assert refused["errors"][0]["field"] == "note"


async def test_a_running_clock_cannot_be_resumed(agent: Person) -> None:
    refused = await resume(agent, await agent.create(), expect=409)
    assert refused["errors"][0]["code"] == "not_paused"


async def test_a_reason_that_is_not_in_force_cannot_be_ended(agent: Person) -> None:
    incident = await agent.create()
    await pause(agent, incident, "other")
    refused = await resume(agent, incident, "awaiting_customer", expect=409)
    assert refused["errors"][0]["code"] == "not_paused"
    assert (await sla_of(agent, incident))["status"] == "paused"


async def test_a_resolved_incident_has_no_clock_to_pause(agent: Person) -> None:
    incident = await agent.create()
    await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    await pause(agent, incident, "other", expect=409)
    await resume(agent, incident, expect=409)


async def test_only_agents_pause_and_resume(agent: Person, reporter: Person) -> None:
    incident = await reporter.create()
    await pause(reporter, incident, "other", expect=403)
    await pause(agent, incident, "other")
    await resume(reporter, incident, expect=403)


# --- Response -------------------------------------------------------------------------


async def test_an_acknowledge_stops_the_response_clock_only(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=10)
    done = await agent.data("POST", f"/incidents/{incident['id']}/acknowledge")
    response, resolution = (
        done["sla"]["clocks"][kind] for kind in ("response", "resolution")
    )
    assert (done["status"], response["status"]) == ("in_progress", "met")
    assert instant(response["stopped_at"]) == clock()
    assert resolution["status"] == "running"
    await assert_stored_equals_replay(incident)


async def test_the_first_public_words_of_another_agent_are_the_response(
    agent: Person, reporter: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await reporter.create()
    clock.advance(minutes=10)
    at = clock()
    for _ in range(2):
        path = f"/incidents/{incident['id']}/comments"
        await agent.data("POST", path, expect=201, json={"content": "On it."})
        clock.advance(minutes=10)
    sla = await sla_of(agent, incident)
    assert sla["clocks"]["response"]["status"] == "met"
    assert instant(sla["response_at"]) == at
    assert len(await events_of(agent, incident, "responded")) == 1
    await assert_stored_equals_replay(incident)


async def test_a_resolve_stops_a_response_clock_that_nobody_had_answered(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=10)
    done = await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    clocks = done["sla"]["clocks"]
    assert {clock["status"] for clock in clocks.values()} == {"met"}
    assert clocks["response"]["stopped_at"] == clocks["resolution"]["stopped_at"]
    await assert_stored_equals_replay(incident)


async def test_a_pause_is_no_response(agent: Person) -> None:
    incident = await agent.create()
    await pause(agent, incident, "other")
    assert (await resume(agent, incident))["data"]["response_at"] is None


async def test_an_assignment_is_no_response(agent: Person, manager: Person) -> None:
    incident = await manager.create()
    changed = await agent.data(
        "PATCH", f"/incidents/{incident['id']}", json={"assignee_id": agent.id}
    )
    assert changed["assignee"]["id"] == agent.id
    assert changed["sla"]["clocks"]["response"]["status"] == "running"


async def test_an_internal_note_is_no_response(agent: Person, reporter: Person) -> None:
    incident = await reporter.create()
    await agent.data(
        "POST",
        f"/incidents/{incident['id']}/comments",
        expect=201,
        json={"content": "Looks like the old disk.", "is_internal": True},
    )
    assert (await sla_of(agent, incident))["response_at"] is None


@pytest.mark.parametrize("role", [Role.REPORTER, Role.AGENT])
async def test_words_of_the_reporter_are_no_response(
    make_person: Make, role: Role
) -> None:
    # An agent who reports something does not answer themselves.
    person = await make_person(role)
    incident = await person.create()
    await person.data(
        "POST",
        f"/incidents/{incident['id']}/comments",
        expect=201,
        json={"content": "Any news?"},
    )
    assert (await sla_of(person, incident))["response_at"] is None


async def test_an_automatic_mail_is_no_response(
    reporter: Person, jobs: dict[str, Any], run_sql: RunSql
) -> None:
    from tracker.notifications.jobs import send_incident_created_email

    incident = await reporter.create()
    [mail] = await run_sql(
        "SELECT id FROM outbox WHERE incident_id = :id AND kind = 'incident_created'",
        id=incident["id"],
    )
    await send_incident_created_email(jobs, outbox_id=str(mail["id"]))
    assert (await sla_of(reporter, incident))["response_at"] is None


# --- Resolve --------------------------------------------------------------------------


async def test_a_resolve_at_the_deadline_is_met(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=4)
    done = await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    assert done["sla"]["clocks"]["resolution"]["status"] == "met"
    await assert_stored_equals_replay(incident)


async def test_a_late_resolve_is_a_breach_though_no_sweep_came_by(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    deadline = incident["sla"]["clocks"]["resolution"]["deadline"]
    clock.advance(hours=4, microseconds=1)
    done = await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    resolution = done["sla"]["clocks"]["resolution"]
    assert done["sla"]["status"] == "breached"
    assert (resolution["status"], resolution["breached_at"]) == ("breached", deadline)
    told = await events_of(agent, incident, "breached")
    assert [event["data"]["kind"] for event in told] == ["response", "resolution"]
    assert told[1]["at"] == deadline
    await assert_stored_equals_replay(incident)
    assert len(await events_of(agent, incident, "breached")) == 2


async def test_a_late_answer_is_a_breach_of_the_response_alone(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=2)
    await agent.data("POST", f"/incidents/{incident['id']}/acknowledge")
    clock.advance(hours=1)
    done = await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    clocks = done["sla"]["clocks"]
    assert clocks["response"]["status"] == "breached"
    assert clocks["resolution"]["status"] == "met"
    await assert_stored_equals_replay(incident)


async def test_a_stopped_clock_is_frozen(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=10)
    await agent.data("POST", f"/incidents/{incident['id']}/acknowledge")
    before = (await sla_of(agent, incident))["clocks"]["response"]
    await pause(agent, incident, "other")
    clock.advance(days=1)
    await resume(agent, incident)
    await reprioritise(agent, incident, "low", "restart")
    clock.advance(days=30)
    assert (await sla_of(agent, incident))["clocks"]["response"] == before
    await assert_stored_equals_replay(incident)


# --- Reopen ---------------------------------------------------------------------------


async def test_a_reopened_clock_runs_on_with_what_remained(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=1)
    await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    clock.advance(days=2)
    again = await agent.data("POST", f"/incidents/{incident['id']}/reopen")
    resolution = again["sla"]["clocks"]["resolution"]
    assert resolution["status"] == "running"
    assert resolution["remaining_seconds"] == 3 * HOUR
    assert instant(resolution["deadline"]) == clock() + dt.timedelta(hours=3)
    assert again["sla"]["clocks"]["response"]["status"] == "met"
    await assert_stored_equals_replay(incident)


async def test_a_breach_survives_a_reopen(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=5)
    await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    clock.advance(days=1)
    again = await agent.data("POST", f"/incidents/{incident['id']}/reopen")
    assert again["sla"]["clocks"]["resolution"]["status"] == "breached"
    await assert_stored_equals_replay(incident)
    assert len(await events_of(agent, incident, "breached")) == 2


# --- Change of priority ---------------------------------------------------------------


async def test_retarget_counts_from_the_original_start(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    start = clock.pin()
    incident = await agent.create(priority="medium")
    clock.advance(minutes=30)
    changed = await reprioritise(agent, incident, "critical", "retarget")
    resolution = changed["sla"]["clocks"]["resolution"]
    assert instant(resolution["deadline"]) == start + dt.timedelta(hours=4)
    await assert_stored_equals_replay(incident)


async def test_restart_counts_from_now(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create(priority="medium")
    clock.advance(minutes=30)
    changed = await reprioritise(agent, incident, "critical", "restart")
    resolution = changed["sla"]["clocks"]["resolution"]
    assert instant(resolution["deadline"]) == clock() + dt.timedelta(hours=4)
    assert instant(resolution["started_at"]) == clock()
    await assert_stored_equals_replay(incident)


async def test_keep_leaves_the_deadlines_alone(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create(priority="medium")
    changed = await reprioritise(agent, incident, "critical", "keep")
    assert changed["priority"] == "critical"
    assert changed["sla"]["clocks"] == incident["sla"]["clocks"]
    await assert_stored_equals_replay(incident)


async def test_a_pause_outlives_a_change_of_priority(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    clock.pin()
    incident = await agent.create(priority="medium")
    clock.advance(minutes=10)
    await pause(agent, incident, "other")
    clock.advance(hours=1)
    await reprioritise(agent, incident, "critical", "retarget")
    sla = (await resume(agent, incident))["data"]
    assert sla["clocks"]["response"]["remaining_seconds"] == 50 * 60
    await assert_stored_equals_replay(incident)


async def test_a_new_deadline_in_the_past_is_a_breach_at_that_deadline(
    agent: Person, clock: Clock, assert_stored_equals_replay: Check
) -> None:
    start = clock.pin()
    incident = await agent.create(priority="low")
    clock.advance(hours=2)
    changed = await reprioritise(agent, incident, "critical", "retarget")
    assert changed["sla"]["status"] == "breached"
    [told] = await events_of(agent, incident, "breached")
    assert instant(told["at"]) == start + dt.timedelta(hours=1)
    assert instant(told["data"]["detected_at"]) == clock()
    await assert_stored_equals_replay(incident)


async def test_a_breach_that_a_change_lifts_stays_in_the_ledger(
    agent: Person,
    clock: Clock,
    jobs: dict[str, Any],
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=2)
    await check_sla_breaches(jobs)
    changed = await reprioritise(agent, incident, "low", "retarget")
    assert changed["sla"]["status"] == "active"
    assert len(await events_of(agent, incident, "breached")) == 1
    await assert_stored_equals_replay(incident)


async def test_coming_back_to_a_priority_buys_no_time_and_tells_nothing_twice(
    agent: Person,
    clock: Clock,
    jobs: dict[str, Any],
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=2)
    await check_sla_breaches(jobs)
    for priority in ("low", "critical"):
        changed = await reprioritise(agent, incident, priority, "retarget")
        clock.advance(minutes=1)
    response = changed["sla"]["clocks"]["response"]
    before = incident["sla"]["clocks"]["response"]
    assert response["status"] == "breached"
    assert response["breached_at"] == before["deadline"]
    assert len(await events_of(agent, incident, "breached")) == 1
    await assert_stored_equals_replay(incident)


async def test_a_change_that_keeps_a_breach_keeps_when_it_was_found(
    agent: Person, clock: Clock, jobs: dict[str, Any], run_sql: RunSql
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=1, seconds=1)
    await check_sla_breaches(jobs)
    found = clock()
    clock.advance(minutes=10)
    await reprioritise(agent, incident, "low", "keep")
    [row] = await run_sql(
        "SELECT detected_at FROM sla_clocks"
        " WHERE incident_id = :id AND kind = 'response'",
        id=incident["id"],
    )
    assert row["detected_at"] == found


# --- Policies -------------------------------------------------------------------------


@pytest.fixture
async def policy(manager: Person, run_sql: RunSql) -> AsyncIterator[dict[str, Any]]:
    """The default policy, put back in the end."""
    policies = (await manager.data("GET", "/sla-policies"))["items"]
    [found] = [policy for policy in policies if policy["is_default"]]
    yield found
    # The newest version is again what the oldest was, its calendar included.
    await run_sql(
        """
        WITH n AS (
          INSERT INTO sla_policy_versions (id, policy_id, version, targets,
                                           warnings, marks,
                                           response_calendar_version_id,
                                           resolution_calendar_version_id)
          SELECT gen_random_uuid(), p.id, p.current_version + 1, v.targets,
                 v.warnings, v.marks, v.response_calendar_version_id,
                 v.resolution_calendar_version_id
            FROM sla_policies p
            JOIN sla_policy_versions v ON v.policy_id = p.id AND v.version = :version
           WHERE p.id = :id RETURNING policy_id, version
        ), r AS (
          UPDATE sla_policy_revision SET revision = revision + 1
        )
        UPDATE sla_policies SET current_version = n.version, name = :name
          FROM n WHERE id = n.policy_id
        """,
        id=found["id"],
        version=found["version"],
        name=found["name"],
    )


def targets_of(response: int | None, resolution: int | None) -> dict[str, Any]:
    target = {"response_seconds": response, "resolution_seconds": resolution}
    return dict.fromkeys(("critical", "high", "medium", "low"), target)


async def test_a_changed_policy_is_a_new_version_and_running_clocks_keep_theirs(
    manager: Person, policy: dict[str, Any], assert_stored_equals_replay: Check
) -> None:
    before = await manager.create()
    changed = await manager.data(
        "PATCH",
        f"/sla-policies/{policy['id']}",
        json={"targets": targets_of(60, 120)},
    )
    after = await manager.create()
    assert changed["version"] == policy["version"] + 1
    old, new = [await sla_of(manager, incident) for incident in (before, after)]
    assert old["policy"]["version"] == policy["version"]
    assert old["clocks"]["response"]["target_seconds"] == HOUR
    assert new["policy"]["version"] == changed["version"]
    assert new["clocks"]["response"]["target_seconds"] == 60
    # Also a change of priority goes by the promises that were made.
    moved = await reprioritise(manager, before, "high", "retarget")
    assert moved["sla"]["clocks"]["response"]["target_seconds"] == 4 * HOUR
    await assert_stored_equals_replay(before)


async def test_what_is_not_promised_has_no_clock(
    manager: Person,
    policy: dict[str, Any],
    clock: Clock,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    path = f"/sla-policies/{policy['id']}"
    await manager.data("PATCH", path, json={"targets": targets_of(None, 60)})
    incident = await manager.create()
    assert incident["sla"]["clocks"]["response"] is None
    clock.advance(minutes=2)
    await assert_stored_equals_replay(incident)
    [told] = await events_of(manager, incident, "breached")
    assert told["data"]["kind"] == "resolution"


async def test_a_stale_change_of_a_policy_is_refused(
    manager: Person, policy: dict[str, Any]
) -> None:
    path = f"/sla-policies/{policy['id']}"
    headers = {"If-Match": f'"{policy["version"]}"'}
    await manager.ask(
        "PATCH", path, json={"warnings": [{"percent": 50}]}, headers=headers, expect=200
    )
    refused = await manager.ask(
        "PATCH", path, json={"warnings": [{"percent": 60}]}, headers=headers, expect=409
    )
    assert refused.json()["errors"][0]["code"] == "stale_version"


async def test_agents_read_policies_and_cannot_change_them(
    agent: Person, policy: dict[str, Any]
) -> None:
    path = f"/sla-policies/{policy['id']}"
    assert (await agent.data("GET", path))["name"] == policy["name"]
    await agent.ask("PATCH", path, json={"warnings": [{"percent": 50}]}, expect=403)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"warnings": [{"percent": 0}]}, "warnings[0].percent"),
        ({"warnings": [{"percent": 100}]}, "warnings[0].percent"),
        ({"name": ""}, "name"),
        ({"targets": targets_of(0, 60)}, "targets.critical.response_seconds"),
        ({"targets": targets_of(60, -1)}, "targets.critical.resolution_seconds"),
    ],
)
async def test_a_policy_that_cannot_be_is_refused(
    manager: Person, policy: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    path = f"/sla-policies/{policy['id']}"
    refused = await manager.ask("PATCH", path, json=change, expect=422)
    assert refused.json()["errors"][0]["field"] == field


# --- Explain --------------------------------------------------------------------------


def assert_adds_up(clock: dict[str, Any]) -> None:
    """The steps join up from start to deadline and count the target exactly."""
    steps = clock["steps"]
    counted = sum(round(step["counted_seconds"] * 1_000_000) for step in steps)
    assert counted == round(clock["target_seconds"] * 1_000_000)
    assert steps[0]["from"] == clock["started_at"]
    assert steps[-1]["to"] == (clock["deadline"] or clock["projected_deadline"])
    assert all(a["to"] == b["from"] for a, b in itertools.pairwise(steps))
    assert steps[-1]["total_seconds"] == clock["target_seconds"]


async def test_explain_adds_up_to_the_target_exactly(
    agent: Person, clock: Clock
) -> None:
    clock.pin()
    incident = await agent.create()
    for reason in ("awaiting_customer", "planned_maintenance"):
        clock.advance(minutes=7, microseconds=333_333)
        await pause(agent, incident, reason)
        clock.advance(hours=3, microseconds=1)
        await resume(agent, incident)
    told = await agent.data("GET", f"/slas/{incident['sla']['id']}/explain")
    for explained in told["clocks"].values():
        assert_adds_up(explained)
    pauses = [
        step for step in told["clocks"]["response"]["steps"] if step["kind"] == "paused"
    ]
    assert [(p["reason"], p["actor"]["name"]) for p in pauses] == [
        ("awaiting_customer", agent.name),
        ("planned_maintenance", agent.name),
    ]


async def test_explain_of_a_paused_clock_leads_to_the_projected_deadline(
    agent: Person, clock: Clock
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(minutes=7)
    await pause(agent, incident, "other")
    clock.advance(hours=1)
    told = await agent.data("GET", f"/slas/{incident['sla']['id']}/explain")
    response = told["clocks"]["response"]
    assert_adds_up(response)
    assert response["steps"][-1]["to"] == response["projected_deadline"]


async def test_explain_marks_where_a_clock_warns(agent: Person) -> None:
    incident = await agent.create()
    told = await agent.data("GET", f"/slas/{incident['sla']['id']}/explain")
    for clock in told["clocks"].values():
        [mark] = clock["marks"]
        assert (mark["type"], mark["percent"]) == ("warned", 80)
        assert mark["at"] == clock["warn_at"]


async def test_explain_tells_the_reporter_no_names(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    await pause(agent, incident, "other")
    path = f"/slas/{incident['sla']['id']}/explain"
    told = await reporter.ask("GET", path, expect=200)
    assert agent.name not in told.text


async def test_clocks_of_others_do_not_exist_for_a_reporter(
    agent: Person, reporter: Person
) -> None:
    incident = await agent.create()
    await reporter.ask("GET", f"/slas/{incident['sla']['id']}/explain", expect=404)
    await reporter.ask("GET", f"/incidents/{incident['id']}/sla", expect=404)


# --- Simulate -------------------------------------------------------------------------

OFFICE: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "weekly_hours": {
        day: [["09:00", "12:00"], ["13:00", "18:00"]]
        for day in ("mon", "tue", "wed", "thu", "fri")
    },
    "holidays": ["2026-12-25"],
}
# A Monday.
CREATED = {"at": "2026-03-02T09:00:00+01:00", "type": "created"}


def a_simulation(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "calendar": None,
        "targets": {"response_seconds": 3600, "resolution_seconds": 14400},
        "events": [CREATED, *events],
        "as_of": "2026-03-02T09:00:00+01:00",
        **changes,
    }


async def simulated(person: Person, *events: dict[str, Any], **changes: Any) -> Any:
    body = a_simulation(*events, **changes)
    return await person.data("POST", "/sla/simulate", json=body)


async def test_anybody_who_is_signed_in_may_simulate_and_nothing_is_stored(
    reporter: Person, client: Any, run_sql: RunSql
) -> None:
    before = await run_sql("SELECT max(seq) FROM sla_ledger")
    told = await simulated(reporter)
    assert told["status"] == "active"
    assert await run_sql("SELECT max(seq) FROM sla_ledger") == before
    stranger = await client.post("/api/v1/sla/simulate", json=a_simulation())
    assert stranger.status_code == 401


async def test_the_simulator_tells_all_of_its_contract(agent: Person) -> None:
    told = await simulated(
        agent,
        {"at": "2026-03-02T09:30:00+01:00", "type": "responded"},
        {"at": "2026-03-02T10:00:00+01:00", "type": "paused", "reason": "other"},
        as_of="2026-03-02T11:00:00+01:00",
    )
    assert told == {
        "status": "paused",
        "at_risk": False,
        "clocks": {
            "response": {
                "status": "met",
                "deadline": "2026-03-02T09:00:00Z",
                "projected_deadline": None,
                "stopped_at": "2026-03-02T08:30:00Z",
                "breached_at": None,
                "elapsed_seconds": 1800,
                "remaining_seconds": 1800,
                "paused_seconds": 0,
                "steps": [
                    {
                        "kind": "work",
                        "from": "2026-03-02T08:00:00Z",
                        "to": "2026-03-02T09:00:00Z",
                        "counted_seconds": 3600,
                        "total_seconds": 3600,
                        "label": None,
                        "reason": None,
                    }
                ],
            },
            "resolution": {
                "status": "paused",
                "deadline": None,
                "projected_deadline": "2026-03-02T13:00:00Z",
                "stopped_at": None,
                "breached_at": None,
                "elapsed_seconds": 3600,
                "remaining_seconds": 10800,
                "paused_seconds": 3600,
                "steps": [
                    {
                        "kind": "work",
                        "from": "2026-03-02T08:00:00Z",
                        "to": "2026-03-02T09:00:00Z",
                        "counted_seconds": 3600,
                        "total_seconds": 3600,
                        "label": None,
                        "reason": None,
                    },
                    {
                        "kind": "paused",
                        "from": "2026-03-02T09:00:00Z",
                        "to": "2026-03-02T10:00:00Z",
                        "counted_seconds": 0,
                        "total_seconds": 3600,
                        "label": None,
                        "reason": "other",
                    },
                    {
                        "kind": "work",
                        "from": "2026-03-02T10:00:00Z",
                        "to": "2026-03-02T13:00:00Z",
                        "counted_seconds": 10800,
                        "total_seconds": 14400,
                        "label": None,
                        "reason": None,
                    },
                ],
            },
        },
    }


@pytest.mark.parametrize(
    ("start", "hours", "deadline"),
    [
        # Over the lunch break, and up to its very beginning.
        ("2026-03-02T09:00:00+01:00", 4, "2026-03-02T13:00:00Z"),
        ("2026-03-02T09:00:00+01:00", 3, "2026-03-02T11:00:00Z"),
        # From Friday's end to Monday.
        ("2026-03-06T17:00:00+01:00", 2, "2026-03-09T09:00:00Z"),
        # Over the weekend on which the clocks go forward: Monday is an hour earlier.
        ("2026-03-27T17:00:00+01:00", 2, "2026-03-30T08:00:00Z"),
        # Over the weekend on which they go back.
        ("2026-10-23T17:00:00+02:00", 2, "2026-10-26T09:00:00Z"),
        # Christmas is a Friday, then comes the weekend.
        ("2026-12-24T17:00:00+01:00", 2, "2026-12-28T09:00:00Z"),
    ],
)
async def test_the_simulator_is_a_calculator_of_deadlines(
    agent: Person, start: str, hours: int, deadline: str
) -> None:
    told = await simulated(
        agent,
        calendar=OFFICE,
        targets={"response_seconds": None, "resolution_seconds": hours * 3600},
        events=[{"at": start, "type": "created"}],
        as_of=start,
    )
    assert told["clocks"]["resolution"]["deadline"] == deadline
    assert told["clocks"]["response"]["status"] == "none"


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-06-01", 24),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ],
)
async def test_the_simulator_counts_the_hours_that_a_day_really_has(
    agent: Person, timezone: str, day: str, hours: float
) -> None:
    # Everything but this day is a holiday, as far as it matters.
    date = dt.date.fromisoformat(day)
    holidays = [str(date + dt.timedelta(days=n)) for n in (-2, -1, 1, 2)]
    told = await simulated(
        agent,
        calendar={"timezone": timezone, "holidays": holidays},
        targets={"response_seconds": None, "resolution_seconds": 86400 * 5},
        events=[{"at": f"{date - dt.timedelta(days=1)}T12:00:00Z", "type": "created"}],
        as_of=f"{date + dt.timedelta(days=1)}T12:00:00Z",
    )
    assert told["clocks"]["resolution"]["elapsed_seconds"] == hours * 3600


async def test_a_holiday_is_named_in_the_steps(agent: Person) -> None:
    holiday = {"date": "2026-03-03", "name": "Founders’ day"}
    told = await simulated(
        agent,
        calendar={**OFFICE, "holidays": [holiday]},
        targets={"resolution_seconds": 9 * 3600},
    )
    labels = [step["label"] for step in told["clocks"]["resolution"]["steps"]]
    assert "Founders’ day" in labels


async def test_what_is_later_than_as_of_has_not_happened_yet(agent: Person) -> None:
    resolved = {"at": "2026-03-02T10:00:00+01:00", "type": "resolved"}
    told = await simulated(agent, resolved)
    assert told["clocks"]["resolution"]["status"] == "running"


async def test_here_a_second_pause_and_a_resume_while_running_change_nothing(
    agent: Person,
) -> None:
    def at(minute: int, what: str, reason: str | None = None) -> dict[str, Any]:
        stamp = f"2026-03-02T09:{minute:02}:00+01:00"
        return {"at": stamp, "type": what, "reason": reason}

    as_of = "2026-03-02T10:00:00+01:00"
    once = await simulated(
        agent, at(10, "paused", "a"), at(30, "resumed", "a"), as_of=as_of
    )
    twice = await simulated(
        agent,
        at(5, "resumed"),
        at(10, "paused", "a"),
        at(20, "paused", "a"),
        at(30, "resumed"),
        at(40, "resumed", "a"),
        as_of=as_of,
    )
    assert twice == once


async def test_a_deadline_may_be_ten_years_ahead(agent: Person) -> None:
    told = await simulated(agent, targets={"resolution_seconds": 3652 * 86400})
    assert told["clocks"]["resolution"]["deadline"] == "2036-03-01T08:00:00Z"


ONE_HOUR_A_WEEK = {"timezone": "UTC", "weekly_hours": {"mon": [["09:00", "10:00"]]}}
IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("a naive instant", {"as_of": "2026-03-02T09:00:00"}, "as_of"),
    ("no instant at all", {"as_of": "soon"}, "as_of"),
    ("before all calendars", {"as_of": "0001-01-01T00:00:00+14:00"}, "as_of"),
    ("after all calendars", {"as_of": "9999-12-31T23:00:00-14:00"}, "as_of"),
    ("more than a hundred years", {"as_of": "2126-03-04T00:00:00Z"}, "as_of"),
    ("no events", {"events": []}, "events"),
    (
        "not created first",
        {"events": [{**CREATED, "type": "resolved"}]},
        "events[0]",
    ),
    ("created twice", {"events": [CREATED, CREATED]}, "events[1]"),
    (
        "out of order",
        {
            "events": [
                CREATED,
                {"at": "2026-03-02T11:00:00Z", "type": "responded"},
                {"at": "2026-03-02T10:59:59Z", "type": "resolved"},
            ]
        },
        "events[2]",
    ),
    (
        "new targets that are missing",
        {"events": [CREATED, {**CREATED, "type": "targets_changed"}]},
        "events[1].targets",
    ),
    ("an unknown event", {"events": [{**CREATED, "type": "x"}]}, "events[0].type"),
    ("an event at no time", {"events": [{**CREATED, "at": "x"}]}, "events[0].at"),
    (
        "an unknown mode",
        {"events": [{**CREATED, "mode": "later"}]},
        "events[0].mode",
    ),
    (
        "a negative target",
        {"targets": {"response_seconds": -1}},
        "targets.response_seconds",
    ),
    (
        "more than ten years",
        {"targets": {"resolution_seconds": 3654 * 86400}},
        "targets.resolution_seconds",
    ),
    (
        "a deadline beyond ten years",
        {"calendar": ONE_HOUR_A_WEEK, "targets": {"resolution_seconds": 600 * 3600}},
        "targets",
    ),
    ("no such zone", {"calendar": {"timezone": "Mars/Base"}}, "calendar.timezone"),
    (
        "a path for a zone",
        {"calendar": {"timezone": "../../etc/passwd"}},
        "calendar.timezone",
    ),
    (
        "no working time",
        {"calendar": {"timezone": "UTC", "weekly_hours": {}}},
        "calendar.weekly_hours",
    ),
    (
        "an unknown weekday",
        {"calendar": {"timezone": "UTC", "weekly_hours": {"monday": []}}},
        "calendar.weekly_hours",
    ),
    (
        "closing before opening",
        {
            "calendar": {
                "timezone": "UTC",
                "weekly_hours": {"mon": [["10:00", "09:00"]]},
            }
        },
        "calendar.weekly_hours.mon",
    ),
    (
        "overlapping intervals",
        {
            "calendar": {
                "timezone": "UTC",
                "weekly_hours": {"tue": [["09:00", "12:00"], ["11:00", "13:00"]]},
            }
        },
        "calendar.weekly_hours.tue",
    ),
    (
        "no time of day",
        {"calendar": {"timezone": "UTC", "weekly_hours": {"mon": [["9", "25:00"]]}}},
        "calendar.weekly_hours.mon",
    ),
    (
        "no date",
        {"calendar": {"timezone": "UTC", "holidays": ["2026-02-30"]}},
        "calendar.holidays",
    ),
]


@pytest.mark.parametrize(
    ("changes", "field"),
    [(changes, field) for _, changes, field in IMPOSSIBLE],
    ids=[name for name, _, _ in IMPOSSIBLE],
)
async def test_a_simulation_that_cannot_be_names_the_field(
    agent: Person, changes: dict[str, Any], field: str
) -> None:
    body = a_simulation(**changes)
    refused = await agent.ask("POST", "/sla/simulate", expect=422, json=body)
    assert refused.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("missing", ["targets", "events", "as_of"])
async def test_a_simulation_without_a_part_names_the_part(
    agent: Person, missing: str
) -> None:
    body = {name: part for name, part in a_simulation().items() if name != missing}
    refused = await agent.ask("POST", "/sla/simulate", expect=422, json=body)
    assert refused.json()["errors"][0]["field"] == missing
