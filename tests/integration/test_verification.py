"""The ledger proves itself, and the clocks prove themselves by it."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.integration.conftest import Clock, Person, serving
from tracker.app import create_app
from tracker.context import JobContext
from tracker.db import Database, migrate
from tracker.settings import Settings
from tracker.sla import monitoring, policies, verification
from tracker.sla.jobs import check_sla_breaches, verify_clocks
from tracker.sla.verification import Difference
from tracker.worker import job_context

RunSql = Callable[..., Any]


# A database of its own: other tests leave clocks that no ledger would give.


@pytest.fixture(scope="session")
def settings_of_own(settings: Settings) -> Iterator[Settings]:
    engine = create_engine(settings.database.url, isolation_level="AUTOCOMMIT")
    url = engine.url.set(database="tracker_verified").render_as_string(
        hide_password=False
    )
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE tracker_verified"))
    database = msgspec.structs.replace(
        settings.database, url=type(settings.database.url)(url)
    )
    own = msgspec.structs.replace(settings, database=database)
    migrate(own)
    yield own
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE tracker_verified WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def policies_of_own() -> Iterator[None]:
    """What this process remembers of policies is of one database."""
    for known in (policies._known, policies._in_force):
        known.clear()
    yield
    for known in (policies._known, policies._in_force):
        known.clear()


@pytest.fixture(scope="session")
async def db_of_own(settings_of_own: Settings) -> AsyncIterator[Database]:
    database = Database.connect(settings_of_own)
    yield database
    await database.close()


@pytest.fixture
def db(db_of_own: Database) -> Database:
    return db_of_own


@pytest.fixture(scope="session")
def app_of_own(settings_of_own: Settings, present: Clock) -> Litestar:
    return create_app(settings_of_own, now=present)


@pytest.fixture
def app(app_of_own: Litestar) -> Litestar:
    return app_of_own


@pytest.fixture(scope="session")
async def service_of_own(app_of_own: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(app_of_own) as client:
        yield client


@pytest.fixture
async def client(
    service_of_own: httpx.AsyncClient,
) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=service_of_own._transport, base_url=service_of_own.base_url
    ) as client:
        yield client


@pytest.fixture
async def job_app(settings_of_own: Settings, clock: Clock) -> AsyncIterator[JobContext]:
    async with job_context(settings_of_own, now=clock) as context:
        yield context


@pytest.fixture
def jobs(job_app: JobContext) -> dict[str, Any]:
    return {"app": job_app}


@pytest.fixture
async def tamper(db: Database) -> RunSql:
    """Change something past the triggers, as the owner of the tables can."""

    async def run(statement: str, **parameters: Any) -> None:
        async with db.transaction() as session:
            await session.execute(text("ALTER TABLE sla_ledger DISABLE TRIGGER USER"))
            await session.execute(text(statement), parameters)
            await session.execute(text("ALTER TABLE sla_ledger ENABLE TRIGGER USER"))

    return run


async def differences(db: Database, incident: Any) -> list[Difference]:
    number = int(incident["number"].removeprefix("INC-"))
    return (await verification.check_incident(db, number)).differences


async def lived(person: Person, clock: Clock) -> Any:
    """An incident with something of everything on its ledger."""
    clock.pin()
    incident = await person.create()
    path = f"/incidents/{incident['id']}"
    sla = f"/slas/{incident['sla']['id']}"
    clock.advance(minutes=5)
    await person.data(
        "PATCH", f"{sla}/pause", json={"reason": "other", "note": "Grüße | 🕐\n"}
    )
    clock.advance(minutes=5)
    await person.data("PATCH", f"{sla}/resume", json={})
    await person.data("PATCH", path, json={"priority": "high"})
    clock.advance(hours=30)
    await person.data("POST", f"{path}/resolve")
    return incident


# --- The ledger -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sla_ledger SET at = now()",
        "UPDATE sla_ledger SET type = 'x' WHERE seq = -1",
        "DELETE FROM sla_ledger",
        "TRUNCATE sla_ledger",
        "TRUNCATE incidents CASCADE",
    ],
)
async def test_the_database_refuses_to_change_the_ledger(
    agent: Person, run_sql: RunSql, statement: str
) -> None:
    await agent.create()
    before = await run_sql("SELECT * FROM sla_ledger ORDER BY seq")
    with pytest.raises(DBAPIError, match="the ledger is append-only"):
        await run_sql(statement)
    assert await run_sql("SELECT * FROM sla_ledger ORDER BY seq") == before


async def test_an_incident_with_a_ledger_cannot_be_deleted_for_good(
    agent: Person, run_sql: RunSql
) -> None:
    incident = await agent.create()
    with pytest.raises(DBAPIError, match="sla_ledger"):
        await run_sql("DELETE FROM incidents WHERE id = :id", id=incident["id"])


async def test_each_entry_is_chained_to_the_one_before(
    agent: Person, db: Database, clock: Clock, run_sql: RunSql
) -> None:
    incident = await lived(agent, clock)
    entries = await run_sql(
        "SELECT hash FROM sla_ledger WHERE incident_id = :id", id=incident["id"]
    )
    assert len({bytes(entry["hash"]) for entry in entries}) == len(entries) >= 7
    assert await differences(db, incident) == []


async def test_entries_of_one_statement_are_chained_to_each_other(
    agent: Person, db: Database, run_sql: RunSql
) -> None:
    incident = await agent.create()
    await run_sql(
        "INSERT INTO sla_ledger (incident_id, at, type, data)"
        " SELECT :id, now(), 'noted', jsonb_build_object('n', n, 'longer', 1.50)"
        "   FROM generate_series(1, 20) n",
        id=incident["id"],
    )
    assert await differences(db, incident) == []


TAMPERINGS = {
    "another instant": "UPDATE sla_ledger SET at = at - interval '1 microsecond'",
    "another type": "UPDATE sla_ledger SET type = 'noted'",
    "another person": "UPDATE sla_ledger SET actor_id = NULL",
    "other data": """UPDATE sla_ledger SET data = data || '{"reason": "x"}'""",
    "another recording": "UPDATE sla_ledger SET recorded_at = now()",
}


@pytest.mark.parametrize("statement", TAMPERINGS.values(), ids=list(TAMPERINGS))
async def test_a_later_edit_of_the_ledger_is_found(
    agent: Person, db: Database, clock: Clock, tamper: RunSql, statement: str
) -> None:
    incident = await lived(agent, clock)
    await tamper(
        f"{statement} WHERE incident_id = :id AND type = 'paused'", id=incident["id"]
    )
    [found] = [
        d for d in await differences(db, incident) if d.column.startswith("entry ")
    ]
    assert found.part == "ledger"
    assert found.stored != found.computed


async def test_an_entry_that_was_taken_out_is_found(
    agent: Person, db: Database, clock: Clock, tamper: RunSql
) -> None:
    incident = await lived(agent, clock)
    await tamper(
        "DELETE FROM sla_ledger WHERE incident_id = :id AND type = 'warned'",
        id=incident["id"],
    )
    assert {d.part for d in await differences(db, incident)} == {"ledger"}


# --- The clocks -----------------------------------------------------------------------


async def live(
    person: Person, manager: Person, clock: Clock, jobs: Any, dice: random.Random
) -> Any:
    """An incident to which anything may happen, in any order."""
    clock.advance(minutes=dice.uniform(1, 60))
    incident = await person.create(priority=dice.choice(("critical", "high", "low")))
    path, sla = f"/incidents/{incident['id']}", f"/slas/{incident['sla']['id']}"
    reason = dice.choice(("other", "awaiting_customer"))
    moves: list[tuple[str, str, Any]] = [
        ("PATCH", f"{sla}/pause", {"reason": reason}),
        ("PATCH", f"{sla}/resume", {}),
        ("PATCH", path, {"priority": "low"}),
        ("PATCH", path, {"priority": "critical"}),
        ("PATCH", path, {"priority": "high", "sla_mode": "restart"}),
        ("PATCH", path, {"priority": "medium", "sla_mode": "keep"}),
        ("POST", f"{path}/acknowledge", None),
        ("POST", f"{path}/resolve", None),
        ("POST", f"{path}/reopen", {}),
        ("DELETE", path, None),
        ("POST", f"{path}/restore", None),
    ]
    for _ in range(dice.randrange(1, 14)):
        clock.advance(minutes=dice.choice((1, 20, 50, 200, 1500)))
        method, where, body = dice.choice(moves)
        # Many of them are not possible just then.
        await manager.ask(method, where, json=body)
        if dice.random() < 0.3:
            await check_sla_breaches(jobs)
    return incident


async def test_nothing_that_people_and_the_engine_do_makes_a_difference(
    agent: Person, manager: Person, db: Database, clock: Clock, jobs: Any
) -> None:
    clock.pin()
    dice = random.Random(4)
    for _ in range(60):
        incident = await live(agent, manager, clock, jobs, dice)
        assert await differences(db, incident) == []


async def test_a_breach_that_a_change_made_during_a_pause_is_told_when_time_runs_on(
    agent: Person, db: Database, clock: Clock, run_sql: RunSql
) -> None:
    clock.pin()
    incident = await agent.create(priority="low")
    sla = f"/slas/{incident['sla']['id']}"
    clock.advance(hours=6)
    await agent.data("PATCH", f"{sla}/pause", json={"reason": "other"})
    await agent.data(
        "PATCH", f"/incidents/{incident['id']}", json={"priority": "critical"}
    )
    clock.advance(hours=1)
    await agent.data("PATCH", f"{sla}/resume", json={})
    told = await run_sql(
        "SELECT data ->> 'kind' AS kind FROM sla_ledger"
        " WHERE incident_id = :id AND type = 'breached' ORDER BY at",
        id=incident["id"],
    )
    assert [entry["kind"] for entry in told] == ["response", "resolution"]
    assert await differences(db, incident) == []


WRONG = {
    "deadline": "UPDATE sla_clocks SET deadline = deadline + interval '1 hour'",
    "due_at": "UPDATE sla_clocks SET due_at = NULL",
    "mark_due_at": "UPDATE sla_clocks SET mark_due_at = NULL",
    "mark_times": "UPDATE sla_clocks SET mark_times = '{}'",
    "stopped_at": "UPDATE sla_clocks SET stopped_at = now()",
    "ever_breached": "UPDATE sla_clocks SET ever_breached = true",
    "next_deadline": "UPDATE slas SET next_deadline = now()",
    "at_risk": "UPDATE slas SET at_risk = true",
    "status": "UPDATE slas SET status = 'met'",
    "paused_duration": "UPDATE slas SET paused_duration = '1 second'",
}


@pytest.mark.parametrize("column", WRONG)
async def test_a_wrong_column_is_told_and_put_right(
    agent: Person, db: Database, clock: Clock, run_sql: RunSql, column: str
) -> None:
    incident = await agent.create()
    await run_sql(f"{WRONG[column]} WHERE incident_id = :id", id=incident["id"])
    found = await differences(db, incident)
    async with db.transaction() as session:
        left = await verification.repair(session, UUID(incident["id"]), clock())
    assert {d.column for d in found} == {column}
    assert all(d.stored != d.computed for d in found)
    assert left == []
    assert await differences(db, incident) == []


async def test_a_repair_is_on_the_ledger_with_both_values(
    agent: Person, db: Database, clock: Clock, run_sql: RunSql
) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['id']}"
    before = await agent.data("GET", f"{path}/sla")
    await run_sql(
        "UPDATE slas SET next_deadline = '2030-01-01T00:00:00Z'"
        " WHERE incident_id = :id",
        id=incident["id"],
    )
    async with db.transaction() as session:
        await verification.repair(session, UUID(incident["id"]), clock())
    timeline = await agent.data("GET", f"{path}/timeline")
    [entry] = [item for item in timeline["items"] if item["type"] == "corrected"]
    [corrected] = entry["data"]["differences"]
    after = await agent.data("GET", f"{path}/sla")
    assert (corrected["part"], corrected["column"]) == ("summary", "next_deadline")
    assert corrected["stored"] == "2030-01-01T00:00:00+00:00"
    assert after["next_deadline"] == before["next_deadline"]
    assert entry["actor"] is None


async def test_a_clock_that_was_hidden_from_the_engine_is_told_after_a_repair(
    agent: Person, db: Database, clock: Clock, jobs: Any, run_sql: RunSql
) -> None:
    clock.pin()
    incident = await agent.create()
    await run_sql(
        "UPDATE sla_clocks SET due_at = NULL WHERE incident_id = :id", id=incident["id"]
    )
    clock.advance(hours=5)
    await check_sla_breaches(jobs)
    async with db.transaction() as session:
        await verification.repair(session, UUID(incident["id"]), clock())
    await check_sla_breaches(jobs)
    sla = await agent.data("GET", f"/incidents/{incident['id']}/sla")
    assert sla["status"] == "breached"
    assert sla["clocks"]["response"]["breached_at"] == sla["response_deadline"]
    assert await differences(db, incident) == []


async def test_nothing_is_repaired_on_the_word_of_a_changed_ledger(
    agent: Person, db: Database, clock: Clock, tamper: RunSql, run_sql: RunSql
) -> None:
    incident = await lived(agent, clock)
    await tamper(
        "UPDATE sla_ledger SET at = at - interval '1 day'"
        " WHERE incident_id = :id AND type = 'created'",
        id=incident["id"],
    )
    clocks = "SELECT * FROM sla_clocks WHERE incident_id = :id ORDER BY kind"
    before = await run_sql(clocks, id=incident["id"])
    async with db.transaction() as session:
        left = await verification.repair(session, UUID(incident["id"]), clock())
    assert left != []
    assert await run_sql(clocks, id=incident["id"]) == before
    assert (
        await run_sql(
            "SELECT FROM sla_ledger WHERE incident_id = :id AND type = 'corrected'",
            id=incident["id"],
        )
        == []
    )


async def test_a_deadline_that_no_sweep_has_seen_yet_is_no_difference(
    agent: Person, db: Database, clock: Clock
) -> None:
    clock.pin()
    incident = await agent.create()
    clock.advance(hours=5)
    assert await differences(db, incident) == []


async def test_missing_rows_are_told(
    agent: Person, db: Database, run_sql: RunSql
) -> None:
    one, other = await agent.create(), await agent.create()
    await run_sql(
        "DELETE FROM sla_clocks WHERE incident_id = :id AND kind = 'response'",
        id=one["id"],
    )
    await run_sql("DELETE FROM slas WHERE incident_id = :id", id=other["id"])
    [clock] = await differences(db, one)
    [summary] = await differences(db, other)
    # Nobody could ever tell what falls due on these.
    await run_sql("DELETE FROM sla_clocks WHERE incident_id = :id", id=other["id"])
    assert (clock.part, clock.column) == ("response", "row")
    assert (summary.part, summary.column) == ("summary", "row")


# --- The command ----------------------------------------------------------------------


async def tracker(
    environment: dict[str, str], settings: Settings, *arguments: str
) -> tuple[int, str]:
    """Run the command on the database of these tests; its exit code and its output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tracker",
        *arguments,
        env={**os.environ, **environment, "DATABASE_URL": str(settings.database.url)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def test_the_command_ends_well_when_nothing_differs(
    agent: Person, environment: dict[str, str], settings_of_own: Settings
) -> None:
    incident = await agent.create()
    code, output = await tracker(
        environment,
        settings_of_own,
        *("verify-clocks", "--incident", incident["number"]),
    )
    assert (code, output) == (0, "2 clocks, 0 differences\n")


async def test_the_command_tells_each_difference_and_fails_until_it_is_repaired(
    agent: Person,
    environment: dict[str, str],
    settings_of_own: Settings,
    run_sql: RunSql,
) -> None:
    incident = await agent.create()
    await run_sql(
        "UPDATE slas SET at_risk = true WHERE incident_id = :id", id=incident["id"]
    )
    line = f"{incident['number']} summary at_risk: stored True, computed False\n"
    one = ("verify-clocks", "--incident", incident["number"])
    every = await tracker(environment, settings_of_own, "verify-clocks")
    told = await tracker(environment, settings_of_own, *one)
    repaired = await tracker(environment, settings_of_own, *one, "--repair")
    after = await tracker(environment, settings_of_own, *one)
    [clocks] = await run_sql("SELECT count(*) AS n FROM sla_clocks")
    assert every[0] == 1
    assert line in every[1]
    assert f"\n{clocks['n']} clocks, " in every[1]
    assert told == (1, f"{line}2 clocks, 1 difference\n")
    assert repaired == (0, f"{line}2 clocks, 1 difference\n1 put right, 0 left\n")
    assert after == (0, "2 clocks, 0 differences\n")


async def test_the_command_says_so_when_there_is_no_such_incident(
    environment: dict[str, str], settings_of_own: Settings
) -> None:
    code, output = await tracker(
        environment, settings_of_own, "verify-clocks", "--incident", "INC-999999"
    )
    assert (code, output) == (1, "Error: There is no incident INC-999999.\n")


# --- The engine's own page ------------------------------------------------------------


async def test_the_engine_tells_what_it_is_behind_with(
    agent: Person, manager: Person, clock: Clock, jobs: Any, run_sql: RunSql
) -> None:
    clock.pin()
    await check_sla_breaches(jobs)
    before = await manager.data("GET", "/engine")
    incident = await agent.create()
    sla = f"/slas/{incident['sla']['id']}"
    created = await manager.data("GET", "/engine")
    clock.advance(hours=1, seconds=30)
    late = await manager.data("GET", "/engine")
    await check_sla_breaches(jobs)
    swept = await manager.data("GET", "/engine")
    await agent.data("PATCH", f"{sla}/pause", json={"reason": "other"})
    paused = await manager.data("GET", "/engine")

    def more(after: Any, name: str) -> int:
        return int(after["clocks"][name] - before["clocks"][name])

    assert before["lag_seconds"] == 0
    assert more(created, "running") == 2
    assert created["due_next_hour"] - before["due_next_hour"] == 1
    assert late["lag_seconds"] >= 30
    assert swept["lag_seconds"] == 0
    assert swept["swept_at"] == swept["as_of"] > late["swept_at"]
    assert more(swept, "breached") >= 1
    assert swept["outbox"]["pending"] > before["outbox"]["pending"]
    assert more(paused, "paused") >= 1


async def test_windows_and_runs_under_way_are_told(
    agent: Person, manager: Person, clock: Clock, jobs: Any
) -> None:
    clock.pin()
    body = {
        "name": "Move of the data centre",
        "starts_at": (clock() + dt.timedelta(minutes=5)).isoformat(),
        "ends_at": (clock() + dt.timedelta(hours=1)).isoformat(),
        "match": {"tags": ["nothing-has-this"]},
    }
    window = await manager.data("POST", "/maintenance-windows", expect=201, json=body)
    announced = await manager.data("GET", "/engine")
    clock.advance(minutes=10)
    await check_sla_breaches(jobs)
    running = await manager.data("GET", "/engine")
    assert window["id"] not in {one["id"] for one in announced["windows"]}
    assert window["id"] in {one["id"] for one in running["windows"]}


async def test_a_check_of_all_clocks_is_kept_with_its_result(
    agent: Person, manager: Person, jobs: Any, run_sql: RunSql
) -> None:
    incident = await agent.create()
    await run_sql(
        "UPDATE slas SET at_risk = true WHERE incident_id = :id", id=incident["id"]
    )
    await verify_clocks(jobs)
    check = (await manager.data("GET", "/engine"))["check"]
    [clocks] = await run_sql("SELECT count(*) AS n FROM sla_clocks")
    assert (check["status"], check["error"]) == ("done", None)
    assert check["clocks"] == clocks["n"]
    assert check["finished_at"] >= check["started_at"]
    assert check["differences"] >= len(check["details"]) > 0
    assert {
        "incident_id": incident["id"],
        "number": incident["number"],
        "part": "summary",
        "column": "at_risk",
        "stored": "True",
        "computed": "False",
    } in check["details"]


async def test_a_check_that_fails_says_so(
    manager: Person, job_app: JobContext, settings_of_own: Settings
) -> None:
    url = str(settings_of_own.database.url).replace("tracker_verified", "not_there")
    database = msgspec.structs.replace(
        settings_of_own.database, url=type(settings_of_own.database.url)(url)
    )
    settings = msgspec.structs.replace(settings_of_own, database=database)
    await verify_clocks({"app": dataclasses.replace(job_app, settings=settings)})
    check = (await manager.data("GET", "/engine"))["check"]
    assert (check["status"], check["error"]) == ("failed", "OperationalError")


async def test_a_check_waits_for_no_other_and_leaves_the_work_to_it(
    db: Database, jobs: Any, run_sql: RunSql
) -> None:
    count = "SELECT count(*) AS n FROM sla_clock_checks"
    before = await run_sql(count)
    async with monitoring.checking_alone(db) as alone:
        await verify_clocks(jobs)
    async with monitoring.checking_alone(db) as again:
        pass
    assert alone
    assert again
    assert await run_sql(count) == before


async def test_an_administrator_has_the_clocks_checked(
    administrator: Person, clock: Clock, job_app: JobContext
) -> None:
    now = clock.pin()
    await administrator.ask("POST", "/engine/check", expect=204)
    job = await job_app.queues.engine.job(f"verify_clocks:{int(now.timestamp())}")
    assert job is not None
    assert job.function == "verify_clocks"


async def test_a_check_under_way_is_not_begun_again_but_one_that_died_is(
    administrator: Person, db: Database, clock: Clock
) -> None:
    await monitoring.begin_check(db, clock.pin() + dt.timedelta(seconds=1))
    running = (await administrator.data("GET", "/engine"))["check"]
    again = await administrator.ask("POST", "/engine/check")
    clock.advance(minutes=5)
    died = (await administrator.data("GET", "/engine"))["check"]
    await administrator.ask("POST", "/engine/check", expect=204)
    assert running["status"] == "running"
    assert again.status_code == 409
    assert died["status"] == "interrupted"
