"""Policies at work: chosen, previewed, tried on the past, given to open incidents."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.integration.conftest import Clock, Person
from tests.integration.histories import RunSql, instant, ledger_of, sla_of
from tracker.incidents.jobs import follow_up
from tracker.sla.jobs import check_sla_breaches

Check = Callable[[dict[str, Any]], Any]
Jobs = dict[str, Any]
Make = Callable[..., Any]
Publish = Callable[..., Any]

HOUR = 3600
MINUTE = dt.timedelta(minutes=1)


def targets(response: int | None, resolution: int | None) -> dict[str, Any]:
    return {
        priority: {"response_seconds": response, "resolution_seconds": resolution}
        for priority in ("critical", "high", "medium", "low")
    }


@pytest.fixture
def tag() -> str:
    return f"gold-{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def publish(manager: Person, tag: str) -> AsyncIterator[Publish]:
    """Makes policies for incidents with the tag; they go when the test is over."""
    made = []

    async def make(**fields: Any) -> Any:
        body = {
            "name": f"Gold {uuid.uuid4().hex[:8]}",
            "conditions": {"tags": [tag]},
            "targets": targets(HOUR, 4 * HOUR),
            **fields,
        }
        policy = await manager.data("POST", "/sla-policies", expect=201, json=body)
        made.append(policy["id"])
        return policy

    yield make
    for policy_id in made:
        await manager.ask("DELETE", f"/sla-policies/{policy_id}")


async def change(manager: Person, policy: Any, **fields: Any) -> Any:
    return await manager.data("PATCH", f"/sla-policies/{policy['id']}", json=fields)


# --- Choosing -------------------------------------------------------------------------


async def test_the_first_policy_whose_conditions_are_fulfilled_is_taken(
    agent: Person, publish: Publish, tag: str
) -> None:
    policy = await publish(targets=targets(600, 1200))
    chosen = await agent.create(tags=[tag])
    assert (await sla_of(agent, chosen))["policy"]["id"] == policy["id"]
    response = chosen["sla"]["clocks"]["response"]
    assert response["target_seconds"] == 600
    other = await agent.create()
    assert (await sla_of(agent, other))["policy"]["id"] != policy["id"]


async def test_a_promise_that_is_not_made_has_no_clock(
    agent: Person,
    publish: Publish,
    tag: str,
    jobs: Jobs,
    clock: Clock,
    assert_stored_equals_replay: Check,
) -> None:
    await publish(targets=targets(None, HOUR))
    incident = await agent.create(tags=[tag])
    assert incident["sla"]["clocks"]["response"] is None
    clock.advance(hours=2)
    await check_sla_breaches(jobs)
    await assert_stored_equals_replay(incident)


async def test_each_target_counts_on_its_own_calendar(
    agent: Person, manager: Person, publish: Publish, tag: str, clock: Clock
) -> None:
    calendar = await manager.data(
        "POST",
        "/calendars",
        expect=201,
        json={
            "name": f"Mondays {uuid.uuid4().hex[:8]}",
            "timezone": "Europe/Berlin",
            "weekly_hours": {"mon": [["09:00", "10:00"]]},
        },
    )
    await publish(calendars={"resolution": calendar["id"]})
    incident = await agent.create(tags=[tag])
    clocks = (await sla_of(agent, incident))["clocks"]
    created = instant(incident["created_at"])
    assert instant(clocks["response"]["deadline"]) - created == dt.timedelta(hours=1)
    assert instant(clocks["resolution"]["deadline"]) - created > dt.timedelta(days=20)


async def test_a_running_clock_keeps_the_version_that_it_began_with(
    agent: Person, manager: Person, publish: Publish, tag: str
) -> None:
    policy = await publish()
    before = await agent.create(tags=[tag])
    await change(manager, policy, targets=targets(60, 120))
    after = await agent.create(tags=[tag])
    assert (await sla_of(agent, before))["policy"]["version"] == 1
    assert (await sla_of(agent, after))["policy"]["version"] == 2
    kept = (await sla_of(agent, before))["clocks"]["response"]
    assert kept["target_seconds"] == HOUR


# --- A change looked at before it is made ---------------------------------------------


async def test_a_dry_run_tells_what_a_priority_would_do_and_stores_nothing(
    agent: Person, clock: Clock, run_sql: RunSql
) -> None:
    clock.pin()
    incident = await agent.create(priority="low")
    path = f"/incidents/{incident['id']}"
    events = len(await ledger_of(run_sql, incident))
    looked_at = await agent.data(
        "PATCH", path, json={"priority": "critical"}, params={"dry_run": True}
    )
    assert looked_at["sla"]["clocks"]["response"]["target_seconds"] == HOUR
    assert (await agent.data("GET", path)) == incident
    assert len(await ledger_of(run_sql, incident)) == events
    made = await agent.data("PATCH", path, json={"priority": "critical"})
    assert (
        made["sla"]["clocks"]["response"]["deadline"]
        == (looked_at["sla"]["clocks"]["response"]["deadline"])
    )


async def test_a_manager_gives_an_incident_another_policy(
    agent: Person,
    manager: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    policy = await publish(targets=targets(600, 1200))
    incident = await agent.create()
    path = f"/incidents/{incident['id']}"
    body = {"policy_id": policy["id"]}
    await agent.ask("PATCH", path, json=body, expect=403)
    clock.advance(minutes=5)
    changed = await manager.data("PATCH", path, json=body)
    response = changed["sla"]["clocks"]["response"]
    created = instant(incident["created_at"])
    assert instant(response["deadline"]) == created + 10 * MINUTE
    assert (await sla_of(agent, incident))["policy"]["id"] == policy["id"]
    await assert_stored_equals_replay(incident)


async def test_leaving_a_policy_and_coming_back_buys_no_time(
    agent: Person,
    manager: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    strict = await publish(targets=targets(600, 1200))
    incident = await agent.create(tags=[tag])
    deadline = incident["sla"]["clocks"]["response"]["deadline"]
    policies = (await manager.data("GET", "/sla-policies"))["items"]
    [default] = [found for found in policies if found["is_default"]]
    path = f"/incidents/{incident['id']}"
    for policy in (default, strict):
        clock.advance(minutes=2)
        changed = await manager.data("PATCH", path, json={"policy_id": policy["id"]})
    assert changed["sla"]["clocks"]["response"]["deadline"] == deadline
    await assert_stored_equals_replay(incident)


async def test_lowering_a_priority_after_a_breach_is_marked(
    agent: Person, clock: Clock, run_sql: RunSql
) -> None:
    incident = await agent.create(priority="critical")
    clock.advance(hours=2)
    path = f"/incidents/{incident['id']}"
    await agent.ask("PATCH", path, json={"priority": "low"}, expect=200)
    [changed] = [
        row
        for row in await ledger_of(run_sql, incident)
        if row["type"] == "targets_changed"
    ]
    assert changed["data"]["after_breach"] is True
    assert changed["data"]["lowered"] is True


# --- Warnings and escalation ----------------------------------------------------------


async def test_each_warning_and_escalation_is_told_once_at_its_true_instant(
    agent: Person,
    manager: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    created = clock.pin()
    await publish(
        warnings=[{"percent": 50}, {"seconds_before": 600}],
        targets=targets(HOUR, None),
        escalations=[
            {
                "name": "Team lead",
                "trigger": "breach",
                "actions": [{"type": "notify", "to": "user", "user_id": manager.id}],
            },
            {
                "name": "An hour later",
                "trigger": "after_breach",
                "seconds_after": HOUR,
                "actions": [{"type": "comment", "text": "Call the customer."}],
            },
        ],
    )
    incident = await agent.create(tags=[tag])
    for _ in range(5):
        clock.advance(minutes=31)
        await check_sla_breaches(jobs)
        await check_sla_breaches(jobs)
        await follow_up(jobs)
    told = [
        (row["type"], row["at"] - created)
        for row in await ledger_of(run_sql, incident)
        if row["type"] != "created"
    ]
    assert told == [
        ("warned", 30 * MINUTE),
        ("warned", 50 * MINUTE),
        ("breached", 60 * MINUTE),
        ("escalated", 60 * MINUTE),
        ("escalated", 120 * MINUTE),
    ]
    await assert_stored_equals_replay(incident)
    mails = await run_sql(
        "SELECT recipient_id, payload ->> 'name' AS name FROM outbox"
        " WHERE incident_id = :id AND kind = 'sla_escalated'",
        id=incident["id"],
    )
    assert [(str(row["recipient_id"]), row["name"]) for row in mails] == [
        (manager.id, "Team lead")
    ]
    comments = await agent.data("GET", f"/incidents/{incident['id']}/comments")
    [comment] = comments["items"]
    assert (comment["content"], comment["is_internal"], comment["author"]) == (
        "Call the customer.",
        True,
        None,
    )


async def test_an_escalation_is_held_while_paused_and_over_with_the_stop(
    agent: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
) -> None:
    clock.pin()
    await publish(
        targets=targets(None, HOUR),
        escalations=[
            {
                "name": "Half an hour later",
                "trigger": "after_breach",
                "seconds_after": 1800,
                "actions": [{"type": "notify", "to": "role", "role": "manager"}],
            }
        ],
    )
    held, stopped = [await agent.create(tags=[tag]) for _ in range(2)]
    clock.advance(minutes=70)
    await check_sla_breaches(jobs)
    path = f"/slas/{held['sla']['id']}"
    await agent.ask("PATCH", f"{path}/pause", json={"reason": "other"}, expect=200)
    await agent.ask("POST", f"/incidents/{stopped['id']}/resolve", expect=200)
    clock.advance(hours=5)
    await check_sla_breaches(jobs)
    for incident in (held, stopped):
        types = {row["type"] for row in await ledger_of(run_sql, incident)}
        assert "escalated" not in types
    await agent.ask("PATCH", f"{path}/resume", expect=200)
    resumed = clock()
    clock.advance(minutes=30)
    await check_sla_breaches(jobs)
    [escalated] = [
        row for row in await ledger_of(run_sql, held) if row["type"] == "escalated"
    ]
    assert escalated["at"] == resumed + 20 * MINUTE


async def test_a_reopen_of_what_was_overdue_escalates_nothing_again(
    agent: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    later = {
        "trigger": "after_breach",
        "actions": [{"type": "notify", "to": "role", "role": "manager"}],
    }
    await publish(
        targets=targets(None, HOUR),
        escalations=[
            {"name": "Soon", "seconds_after": 60, **later},
            {"name": "Late", "seconds_after": 2 * HOUR, **later},
        ],
    )
    incident = await agent.create(tags=[tag])
    clock.advance(minutes=90)
    await check_sla_breaches(jobs)
    path = f"/incidents/{incident['id']}"
    await agent.ask("POST", f"{path}/resolve", expect=200)
    clock.advance(hours=1)
    await agent.ask("POST", f"{path}/reopen", expect=200)
    await check_sla_breaches(jobs)

    async def escalated() -> list[str]:
        return [
            row["data"]["name"]
            for row in await ledger_of(run_sql, incident)
            if row["type"] == "escalated"
        ]

    assert await escalated() == ["Soon"]
    await assert_stored_equals_replay(incident)
    # An hour and a half was used before: so much is left to the second level.
    clock.advance(minutes=91)
    await check_sla_breaches(jobs)
    assert await escalated() == ["Soon", "Late"]


async def test_an_escalation_reassigns_raises_the_priority_and_finds_somebody(
    agent: Person,
    manager: Person,
    administrator: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    await publish(
        escalations=[
            {
                "name": "Hand over",
                "trigger": "warning",
                "percent": 50,
                "kinds": ["response"],
                "actions": [
                    {"type": "notify", "to": "assignee"},
                    {"type": "reassign", "user_id": manager.id},
                    {"type": "raise_priority"},
                ],
            }
        ]
    )
    incident = await agent.create(tags=[tag], priority="medium")
    clock.advance(minutes=31)
    await check_sla_breaches(jobs)
    await follow_up(jobs)
    changed = await agent.data("GET", f"/incidents/{incident['id']}")
    assert changed["assignee"]["id"] == manager.id
    assert changed["priority"] == "high"
    [row] = await run_sql(
        "SELECT done_at, problems FROM sla_escalations WHERE incident_id = :id",
        id=incident["id"],
    )
    assert row["done_at"] is not None
    # There was no assignee yet.
    assert "administrators were told" in row["problems"][0]
    [mail] = await run_sql(
        "SELECT count(*) AS n FROM outbox WHERE incident_id = :id"
        " AND kind = 'sla_escalated' AND recipient_id = :administrator",
        id=incident["id"],
        administrator=administrator.id,
    )
    assert mail["n"] == 1
    await assert_stored_equals_replay(incident)


async def test_reporters_hear_nothing_of_escalations(
    make_person: Make,
    reporter: Person,
    publish: Publish,
    tag: str,
    agent: Person,
    clock: Clock,
    jobs: Jobs,
) -> None:
    await publish(
        escalations=[
            {
                "name": "Secret level",
                "trigger": "breach",
                "actions": [{"type": "comment", "text": "Secret words"}],
            }
        ]
    )
    incident = await agent.create(tags=[tag], reporter_id=reporter.id)
    clock.advance(hours=2)
    await check_sla_breaches(jobs)
    await follow_up(jobs)
    for path in ("timeline", "comments", "sla", ""):
        answer = await reporter.ask("GET", f"/incidents/{incident['id']}/{path}")
        assert answer.is_success
        assert "Secret" not in answer.text
    timeline = await agent.ask("GET", f"/incidents/{incident['id']}/timeline")
    assert "Secret level" in timeline.text
    assert "Secret words" in timeline.text


# --- Tried on the past ----------------------------------------------------------------


async def past(agent: Person, clock: Clock, tag: str) -> list[Any]:
    """Incidents with various ends: answered, late, paused, reopened, changed, open."""
    incidents = [
        await agent.create(tags=[tag], priority=priority)
        for priority in ("critical", "high", "medium", "low", "critical", "high")
    ]
    clock.advance(minutes=20)
    for incident in incidents[:2]:
        await agent.ask("POST", f"/incidents/{incident['id']}/acknowledge", expect=200)
    path = f"/slas/{incidents[2]['sla']['id']}"
    await agent.ask("PATCH", f"{path}/pause", json={"reason": "other"}, expect=200)
    clock.advance(hours=2)
    # The policy may have ended the pause before.
    await agent.ask("PATCH", f"{path}/resume")
    await agent.ask(
        "PATCH", f"/incidents/{incidents[3]['id']}", json={"priority": "high"}
    )
    for incident in incidents[:4]:
        await agent.ask("POST", f"/incidents/{incident['id']}/resolve", expect=200)
    clock.advance(hours=3)
    await agent.ask("POST", f"/incidents/{incidents[0]['id']}/reopen", expect=200)
    clock.advance(minutes=20)
    await agent.ask("POST", f"/incidents/{incidents[0]['id']}/resolve", expect=200)
    return incidents


def period(clock: Clock) -> dict[str, str]:
    return {
        "from": (clock() - dt.timedelta(days=1)).isoformat(),
        "to": (clock() + dt.timedelta(days=1)).isoformat(),
    }


async def test_replaying_the_policy_that_was_in_force_makes_no_difference(
    agent: Person, manager: Person, publish: Publish, tag: str, clock: Clock, jobs: Jobs
) -> None:
    policy = await publish(pauses={"longest_seconds": 3600})
    incidents = await past(agent, clock, tag)
    await check_sla_breaches(jobs)
    path = f"/sla-policies/{policy['id']}/backtest"
    result = await manager.data("POST", path, json=period(clock))
    assert result["incidents"] == len(incidents)
    assert (result["different"], result["differences"]) == (0, [])
    for row in result["comparisons"]:
        assert row["tried"] == row["actual"]
    decided = sum(
        row["tried"]["met"] + row["tried"]["breached"] for row in result["comparisons"]
    )
    assert decided > len(incidents)


async def test_a_draft_tells_what_it_would_have_made_of_the_past(
    agent: Person, manager: Person, publish: Publish, tag: str, clock: Clock, jobs: Jobs
) -> None:
    policy = await publish()
    incident = await agent.create(tags=[tag], priority="critical")
    clock.advance(minutes=30)
    await agent.ask("POST", f"/incidents/{incident['id']}/resolve", expect=200)
    path = f"/sla-policies/{policy['id']}/backtest"
    draft = {"conditions": {"tags": [tag]}, "targets": targets(600, HOUR)}
    result = await manager.data("POST", path, json={**period(clock), "draft": draft})
    [difference] = result["differences"]
    assert difference["number"] == incident["number"]
    assert (difference["kind"], difference["tried_status"]) == ("response", "breached")
    assert difference["actual_status"] == "met"
    by_kind = {row["kind"]: row for row in result["comparisons"]}
    assert by_kind["response"]["tried"]["percent"] == 0
    assert by_kind["response"]["actual"]["percent"] == 100
    assert by_kind["resolution"]["tried"]["percent"] == 100
    # Nothing was stored.
    found = await manager.data("GET", f"/sla-policies/{policy['id']}")
    assert found["version"] == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"to": "2020-01-01T00:00:00Z"}, "to"),
        ({"version": 99}, "version"),
        ({"draft": {"targets": targets(None, None)}}, "targets"),
    ],
)
async def test_a_backtest_that_cannot_be_names_the_field(
    manager: Person, publish: Publish, clock: Clock, fields: dict[str, Any], field: str
) -> None:
    policy = await publish()
    path = f"/sla-policies/{policy['id']}/backtest"
    body = {**period(clock), **fields}
    answer = await manager.ask("POST", path, json=body, expect=422)
    assert field in {error["field"] for error in answer.json()["errors"]}


# --- Given to open incidents ----------------------------------------------------------


async def test_a_preview_tells_which_deadlines_move_and_stores_nothing(
    agent: Person, manager: Person, publish: Publish, tag: str, clock: Clock
) -> None:
    clock.pin()
    policy = await publish()
    incident = await agent.create(tags=[tag])
    await change(manager, policy, targets=targets(600, 8 * HOUR))
    clock.advance(minutes=30)
    path = f"/sla-policies/{policy['id']}/apply"
    preview = await manager.data("POST", path, json={"dry_run": True})
    created = instant(incident["created_at"])
    assert preview["run"] is None
    assert (preview["incidents"], preview["moved"], preview["breaches"]) == (1, 2, 1)
    assert [
        (row["kind"], instant(row["after"]) - created, row["breaches"])
        for row in preview["deadlines"]
    ] == [
        ("response", 10 * MINUTE, True),
        ("resolution", 480 * MINUTE, False),
    ]
    assert (await sla_of(agent, incident))["policy"]["version"] == 1


async def test_applying_a_policy_moves_open_clocks_and_no_other(
    agent: Person,
    manager: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    completed_clocks = (
        "SELECT md5(string_agg(CAST(c AS text), ';' ORDER BY c.id)) AS hash"
        "  FROM sla_clocks c WHERE incident_id = ANY(:ids) AND stopped_at IS NOT NULL"
    )
    clock.pin()
    policy = await publish()
    incidents = [await agent.create(tags=[tag]) for _ in range(3)]
    ids = [incident["id"] for incident in incidents]
    await agent.ask("POST", f"/incidents/{ids[0]}/acknowledge", expect=200)
    await agent.ask("POST", f"/incidents/{ids[1]}/resolve", expect=200)
    before = await run_sql(completed_clocks, ids=ids)
    await change(manager, policy, targets=targets(1800, 2 * HOUR))
    path = f"/sla-policies/{policy['id']}/apply"
    answer = await manager.data("POST", path, json={})
    run = answer["run"]
    assert (run["status"], run["version"]) == ("running", 2)
    await manager.ask("POST", path, json={}, expect=409)
    await follow_up(jobs)
    done = await manager.data("GET", f"/sla-policy-runs/{run['id']}")
    assert (done["status"], done["moved"]) == ("done", 2)
    assert done["done"] == done["total"]
    created = instant(incidents[2]["created_at"])
    clocks = (await sla_of(agent, incidents[2]))["clocks"]
    assert instant(clocks["response"]["deadline"]) == created + 30 * MINUTE
    assert instant(clocks["resolution"]["deadline"]) == created + 120 * MINUTE
    # The answered clock stays; the other one of that incident moves.
    clocks = (await sla_of(agent, incidents[0]))["clocks"]
    assert clocks["response"]["target_seconds"] == HOUR
    assert clocks["resolution"]["target_seconds"] == 2 * HOUR
    assert (await run_sql(completed_clocks, ids=ids)) == before
    for incident in incidents:
        await assert_stored_equals_replay(incident)
    [changed] = [
        row
        for row in await ledger_of(run_sql, incidents[2])
        if row["type"] == "targets_changed"
    ]
    assert changed["data"]["run_id"] == run["id"]
    assert str(changed["actor_id"]) == manager.id


async def test_a_run_goes_on_after_a_worker_that_was_lost(
    agent: Person,
    manager: Person,
    publish: Publish,
    tag: str,
    jobs: Jobs,
    run_sql: RunSql,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tracker.sla.rollout.BATCH", 2)
    policy = await publish()
    incidents = [await agent.create(tags=[tag]) for _ in range(5)]
    await change(manager, policy, targets=targets(1800, 2 * HOUR))
    path = f"/sla-policies/{policy['id']}/apply"
    run = (await manager.data("POST", path, json={}))["run"]
    await follow_up(jobs)
    await follow_up(jobs)
    done = await manager.data("GET", f"/sla-policy-runs/{run['id']}")
    assert done["status"] == "done"
    changes = await run_sql(
        "SELECT incident_id, count(*) AS n FROM sla_ledger"
        " WHERE incident_id = ANY(:ids) AND type = 'targets_changed'"
        " GROUP BY incident_id",
        ids=[incident["id"] for incident in incidents],
    )
    assert [row["n"] for row in changes] == [1] * 5


async def test_a_newer_version_ends_a_run(
    agent: Person, manager: Person, publish: Publish, tag: str, jobs: Jobs
) -> None:
    policy = await publish()
    await agent.create(tags=[tag])
    await change(manager, policy, targets=targets(1800, 2 * HOUR))
    path = f"/sla-policies/{policy['id']}"
    run = (await manager.data("POST", f"{path}/apply", json={}))["run"]
    await change(manager, policy, targets=targets(600, HOUR))
    await follow_up(jobs)
    failed = await manager.data("GET", f"/sla-policy-runs/{run['id']}")
    assert failed["status"] == "failed"
    assert "newer version" in failed["error"]
    assert (await manager.data("GET", f"{path}/runs"))["items"][0]["id"] == run["id"]


async def test_agents_cannot_try_or_apply_policies(
    agent: Person, publish: Publish, clock: Clock
) -> None:
    policy = await publish()
    path = f"/sla-policies/{policy['id']}"
    await agent.ask("POST", f"{path}/backtest", json=period(clock), expect=403)
    await agent.ask("POST", f"{path}/apply", json={"dry_run": True}, expect=403)
    await agent.ask("GET", f"{path}/runs", expect=403)
    await agent.ask("GET", f"/sla-policy-runs/{uuid.uuid4()}", expect=403)
