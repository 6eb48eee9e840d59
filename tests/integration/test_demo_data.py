"""Demo data: like real ones, marked, mailed to nobody, and gone again when removed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tracker.context import JobContext
from tracker.db import Database, utc_now
from tracker.notifications.jobs import deliver_outbox
from tracker.notifications.planner import plan_due
from tracker.onboarding import demo
from tracker.onboarding.jobs import fill_demo_data
from tracker.onboarding.service import TOTAL
from tracker.security import Role
from tracker.sla import verification
from tracker.sla.jobs import check_sla_breaches

RunSql = Callable[..., Any]
INCIDENTS = (
    "SELECT i.* FROM incidents i JOIN demo_items d ON d.id = i.id"
    " WHERE i.deleted_at IS NULL"
)


@pytest.fixture
async def without(run_sql: RunSql) -> AsyncIterator[None]:
    """No demo data before, and none after."""
    yield
    await run_sql("UPDATE installation SET demo_status = 'none', demo_done = 0")


@pytest.fixture
async def filled(
    without: None, administrator: Person, jobs: dict[str, Any]
) -> AsyncIterator[None]:
    """All of the demo data, removed after the test."""
    await administrator.data("POST", "/demo-data", expect=201)
    await fill_demo_data(jobs)
    yield
    await administrator.ask("DELETE", "/demo-data")


async def found(person: Person, **query: Any) -> int:
    """How many incidents a list tells of."""
    page = await person.data(
        "GET", "/incidents", params={**query, "with_total": "true"}
    )
    total: int = page["total"]
    return total


# --- Making them ----------------------------------------------------------------------


async def test_they_are_made_by_a_job_that_tells_how_far_it_is(
    without: None, administrator: Person, job_app: JobContext, db: Database
) -> None:
    asked = await administrator.data("POST", "/demo-data", expect=201)
    assert asked == {"status": "filling", "done": 0, "total": TOTAL, "error": None}

    assert await demo.fill(db, job_app.settings, utc_now())
    half = await administrator.data("GET", "/demo-data")
    assert (half["status"], half["done"]) == ("filling", demo.CHUNK)

    await fill_demo_data({"app": job_app})
    full = await administrator.data("GET", "/demo-data")
    assert (full["status"], full["done"]) == ("ready", TOTAL)
    await administrator.ask("DELETE", "/demo-data", expect=204)


async def test_two_workers_at_once_make_them_once(
    without: None, administrator: Person, jobs: dict[str, Any], run_sql: RunSql
) -> None:
    await administrator.data("POST", "/demo-data", expect=201)
    await asyncio.gather(fill_demo_data(jobs), fill_demo_data(jobs))
    assert len(await run_sql(INCIDENTS)) == TOTAL
    await administrator.ask("DELETE", "/demo-data", expect=204)


async def test_asking_twice_is_a_conflict_that_says_what_to_do(
    filled: None, administrator: Person
) -> None:
    refusal = await administrator.ask("POST", "/demo-data", expect=409)
    [error] = refusal.json()["errors"]
    assert error["code"] == "demo_data_exist"
    assert "Remove them" in error["message"]


async def test_their_clocks_are_what_their_ledgers_say(
    filled: None, db: Database, run_sql: RunSql
) -> None:
    for row in await run_sql(INCIDENTS):
        report = await verification.check_incident(db, row["number"])
        assert (report.clocks, report.differences) == (2, [])


async def test_they_are_of_the_past_month_and_some_run_out_of_time(
    filled: None, run_sql: RunSql
) -> None:
    rows = await run_sql(INCIDENTS)
    ages = [(utc_now() - row["created_at"]) / dt.timedelta(days=1) for row in rows]
    assert max(ages) <= demo.DAYS + 0.1
    assert min(ages) < 1
    running = await run_sql(
        "SELECT s.at_risk, s.next_deadline FROM slas s JOIN demo_items d"
        " ON d.id = s.incident_id JOIN incidents i ON i.id = d.id"
        " WHERE s.status = 'active' AND i.deleted_at IS NULL"
    )
    assert sum(row["at_risk"] for row in running) >= 3
    assert len(running) >= 10
    assert {row["status"] for row in rows} == {
        "open",
        "in_progress",
        "resolved",
        "closed",
    }


async def test_people_teams_and_customers_are_marked(
    filled: None, run_sql: RunSql
) -> None:
    rows = await run_sql(
        "SELECT d.kind, t.name FROM demo_items d JOIN ("
        "  SELECT id, name, deleted_at FROM users UNION ALL"
        "  SELECT id, name, deleted_at FROM teams UNION ALL"
        "  SELECT id, name, deleted_at FROM organizations) t ON t.id = d.id"
        " WHERE t.deleted_at IS NULL"
    )
    assert {row["kind"] for row in rows} == {
        "agent",
        "reporter",
        "team",
        "organization",
    }
    assert all(row["name"].endswith(" (demo)") for row in rows)


async def test_an_agent_sees_their_story(filled: None, agent: Person) -> None:
    page = await agent.data("GET", "/incidents", params={"status": "closed"})
    timeline = await agent.data(
        "GET", f"/incidents/{page['items'][0]['id']}/timeline?limit=100"
    )
    assert timeline["items"][0]["type"] == "created"


# --- Mails ----------------------------------------------------------------------------


async def test_nobody_gets_a_mail_about_them_when_they_breach(
    filled: None,
    jobs: dict[str, Any],
    clock: Clock,
    db: Database,
    run_sql: RunSql,
) -> None:
    clock.advance(days=10)
    assert await check_sla_breaches(jobs) > 0
    async with db.transaction() as session:
        await plan_due(session, clock(), 20_000)
    mails = await run_sql(
        "SELECT o.status, o.reason FROM outbox o"
        " JOIN demo_items d ON d.id = o.incident_id"
    )
    assert mails
    assert {(row["status"], row["reason"]) for row in mails} == {("suppressed", "demo")}


async def test_demo_people_get_no_mail_about_real_incidents(
    filled: None,
    agent: Person,
    jobs: dict[str, Any],
    run_sql: RunSql,
) -> None:
    [person] = await run_sql(
        "SELECT u.id, u.email FROM users u JOIN demo_items d ON d.id = u.id"
        " WHERE d.kind = 'agent' AND u.deleted_at IS NULL LIMIT 1"
    )
    assert person["email"].endswith("@demo.invalid")
    incident = await agent.create(assignee_id=str(person["id"]))
    await deliver_outbox(jobs)
    mails = await run_sql(
        "SELECT status, reason FROM outbox WHERE recipient_id = :id"
        " AND incident_id = :incident",
        id=person["id"],
        incident=incident["id"],
    )
    assert [(row["status"], row["reason"]) for row in mails] == [("suppressed", "demo")]


# --- Removing them --------------------------------------------------------------------


async def test_removed_they_are_in_no_list_count_or_report(
    without: None,
    administrator: Person,
    jobs: dict[str, Any],
    run_sql: RunSql,
) -> None:
    async def everything() -> dict[str, Any]:
        now = utc_now()
        report = {
            "from": (now - dt.timedelta(days=60)).isoformat(),
            "to": (now + dt.timedelta(days=1)).isoformat(),
            "within_seconds": 30_000_000,
        }
        names = {}
        for path in ("/users", "/teams", "/organizations"):
            pages = await administrator.pages(path, limit=100)
            names[path] = sorted(item["name"] for page in pages for item in page)
        return {
            "incidents": await found(administrator),
            "counts": (await administrator.data("GET", "/views/counts")),
            "engine": (await administrator.data("GET", "/engine")).get("open"),
            "report": await administrator.data("GET", "/reports/pauses", params=report),
            **names,
        }

    before = await everything()
    await administrator.data("POST", "/demo-data", expect=201)
    await fill_demo_data(jobs)
    [sla] = await run_sql(
        "SELECT s.id FROM slas s JOIN demo_items d ON d.id = s.incident_id"
        " JOIN incidents i ON i.id = d.id"
        " WHERE s.status = 'active' AND i.deleted_at IS NULL LIMIT 1"
    )
    pause = {"reason": "awaiting_customer", "note": "A try"}
    await administrator.data("PATCH", f"/slas/{sla['id']}/pause", json=pause)
    during = await everything()
    assert during["incidents"] == before["incidents"] + TOTAL
    assert during["report"] != before["report"]

    ledger = await run_sql("SELECT count(*) AS n FROM sla_ledger")
    await administrator.ask("DELETE", "/demo-data", expect=204)

    assert await everything() == before
    assert await run_sql("SELECT count(*) AS n FROM sla_ledger") == ledger
    assert (await administrator.data("GET", "/demo-data"))["status"] == "none"


async def test_what_was_removed_never_breaches(
    without: None, administrator: Person, jobs: dict[str, Any], clock: Clock
) -> None:
    await administrator.data("POST", "/demo-data", expect=201)
    await fill_demo_data(jobs)
    await administrator.ask("DELETE", "/demo-data", expect=204)
    clock.advance(days=30)
    assert await check_sla_breaches(jobs) == 0


async def test_removing_twice_is_a_conflict(
    filled: None, administrator: Person
) -> None:
    await administrator.ask("DELETE", "/demo-data", expect=204)
    refusal = await administrator.ask("DELETE", "/demo-data", expect=409)
    assert refusal.json()["errors"][0]["code"] == "no_demo_data"


async def test_they_can_be_added_again_after_that(
    filled: None, administrator: Person, jobs: dict[str, Any], run_sql: RunSql
) -> None:
    await administrator.ask("DELETE", "/demo-data", expect=204)
    await administrator.data("POST", "/demo-data", expect=201)
    await fill_demo_data(jobs)
    assert len(await run_sql(INCIDENTS)) == TOTAL


async def test_removed_while_they_are_made_they_do_not_come_back(
    without: None, administrator: Person, job_app: JobContext, run_sql: RunSql
) -> None:
    await administrator.data("POST", "/demo-data", expect=201)
    await demo.fill(job_app.db, job_app.settings, utc_now())
    await administrator.ask("DELETE", "/demo-data", expect=204)
    await fill_demo_data({"app": job_app})
    assert await run_sql(INCIDENTS) == []


async def test_the_audit_log_tells_who_added_and_removed_them(
    filled: None, administrator: Person
) -> None:
    await administrator.ask("DELETE", "/demo-data", expect=204)
    page = await administrator.data(
        "GET", "/audit-events", params={"object": "demo_data", "limit": 2}
    )
    told = [(event["action"], event["actor"]["id"]) for event in page["items"]]
    assert told == [("deleted", administrator.id), ("created", administrator.id)]


# --- The first steps ------------------------------------------------------------------


async def test_demo_data_are_no_step(
    filled: None, administrator: Person, run_sql: RunSql
) -> None:
    state = await administrator.data("GET", "/first-run")
    assert state["demo"]["status"] == "ready"
    assert state["empty"] is False


async def test_the_first_steps_are_dismissed_for_everybody(
    administrator: Person, make_person: Make
) -> None:
    for wanted in (True, False):
        body = {"dismissed": wanted}
        await administrator.data("PATCH", "/first-run", json=body)
        other = await make_person(Role.ADMINISTRATOR)
        assert (await other.data("GET", "/first-run"))["dismissed"] is wanted


async def test_work_counts_as_begun_with_an_incident(
    administrator: Person, agent: Person
) -> None:
    await agent.create()
    state = await administrator.data("GET", "/first-run")
    assert (state["people"], state["work"], state["empty"]) == (True, True, False)
