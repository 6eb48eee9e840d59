"""The audit log: every administrative act, by whom and from where, and no secret."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.exc import DBAPIError

import tracker.tables
from tests.integration.conftest import PASSWORD, Make, Person, bearing
from tracker.db import Database, new_id, utc_now
from tracker.security import Role
from tracker.settings import Settings
from tracker.sla import verification

# Tables whose rows are no administration, each with the reason.
NOT_AUDITED = {
    "attachments": "the timeline has them",
    "audit_events": "is the log",
    "comments": "people's words; the timeline has them",
    "demo_items": "the log tells of the demo data as a whole",
    "idempotency_keys": "answers that are kept for a day",
    "inbox": "what somebody was told",
    "incident_activity": "is the timeline",
    "incident_links": "the timeline has them",
    "incident_watchers": "people's own",
    "incidents": "the timeline has what is done to them; deletions are recorded",
    "installation": "the log tells of it by `record`",
    "login_failures": "recorded as failed sign-ins",
    "maintenance_pauses": "what the engine did",
    "notification_preferences": "people's own",
    "outbox": "the delivery log; what is sent again is recorded",
    "password_resets": "recorded as they are asked for and used",
    "refresh_tokens": "recorded as sign-ins",
    "sla_clock_checks": "what the engine did",
    "sla_clocks": "the ledger has them",
    "sla_engine": "what the engine did",
    "sla_escalations": "what the engine did",
    "sla_ledger": "is a log",
    "sla_policy_revision": "a counter",
    "sla_policy_runs": "a record of its own; each change is in the ledger",
    "slas": "the ledger has them",
    "push_subscriptions": "people's own browsers",
}


async def events(administrator: Person, **query: Any) -> list[Any]:
    """The newest events, narrowed."""
    page = await administrator.data("GET", "/audit-events", params=query)
    items: list[Any] = page["items"]
    return items


async def newest(administrator: Person, thing: str, object_id: str) -> Any:
    """The newest event about a thing."""
    found = await events(administrator, object=thing, object_id=object_id)
    return found[0]


def changes(event: Any) -> dict[str, tuple[Any, Any]]:
    """By field: before and after."""
    return {c["field"]: (c["before"], c["after"]) for c in event["changes"]}


async def made(person: Person, path: str, body: dict[str, Any]) -> Any:
    return await person.data("POST", path, expect=201, json=body)


# --- What is noted --------------------------------------------------------------------


async def test_each_table_is_audited_or_says_why_not(
    run_sql: Callable[..., Any],
) -> None:
    rows = await run_sql(
        "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'audit'"
    )
    audited = {row["name"] for row in rows}
    excused = set(NOT_AUDITED)
    assert set(tracker.tables.metadata.tables) - audited - excused == set()
    assert audited & excused == set()


async def test_a_change_tells_who_what_when_and_from_where(
    administrator: Person, agent: Person
) -> None:
    await administrator.data("PATCH", f"/users/{agent.id}", json={"role": "manager"})

    event = await newest(administrator, "user", agent.id)

    assert event["actor"] == {"id": administrator.id, "name": administrator.name}
    assert (event["action"], event["label"]) == ("changed", agent.name)
    assert (event["via"], event["address"]) == ("browser", "127.0.0.1")
    assert changes(event) == {"role": ("agent", "manager")}
    age = utc_now() - dt.datetime.fromisoformat(event["at"])
    assert dt.timedelta() <= age < dt.timedelta(minutes=1)


async def test_what_a_token_does_is_told_from_what_a_browser_does(
    administrator: Person, client: httpx.AsyncClient
) -> None:
    token = {"name": "script", "scopes": ["admin"]}
    secret = await made(administrator, "/tokens", token)
    script = Person(administrator.id, "", "", bearing(client, secret["token"]))
    team = await made(script, "/teams", {"name": f"Team {secret['id']}"})

    event = await newest(administrator, "team", team["id"])

    assert (event["via"], event["actor"]["id"]) == ("api_token", administrator.id)


async def test_a_new_team_and_its_members_are_told_with_their_names(
    administrator: Person, agent: Person
) -> None:
    name = f"Networks {agent.id}"
    team = await made(administrator, "/teams", {"name": name, "member_ids": [agent.id]})

    joined, created = await events(administrator, object="team", object_id=team["id"])

    assert (created["action"], joined["action"]) == ("created", "changed")
    assert created["label"] == joined["label"] == name
    assert changes(joined) == {"user_id": (None, agent.id)}
    assert joined["names"] == {agent.id: agent.name}


async def test_members_who_stay_in_a_team_are_not_told_again(
    administrator: Person, agent: Person, manager: Person
) -> None:
    body = {"name": f"Staying {agent.id}", "member_ids": [agent.id]}
    team = await made(administrator, "/teams", body)
    before = await events(administrator, object="team", object_id=team["id"])

    await administrator.data(
        "PATCH", f"/teams/{team['id']}", json={"member_ids": [agent.id, manager.id]}
    )

    after = await events(administrator, object="team", object_id=team["id"])
    [joined] = after[: len(after) - len(before)]
    assert changes(joined) == {"user_id": (None, manager.id)}


async def test_a_new_version_of_a_calendar_tells_what_is_different(
    administrator: Person,
) -> None:
    calendar = await made(
        administrator,
        "/calendars",
        {"name": f"Office {new_id()}", "timezone": "UTC", "weekly_hours": None},
    )
    path = f"/calendars/{calendar['id']}"
    await administrator.data("PATCH", path, json={"timezone": "Europe/Oslo"})

    changed, created = await events(
        administrator, object="calendar", object_id=calendar["id"]
    )

    assert created["action"] == "created"
    assert changed["action"] == "changed"
    assert changed["label"] == calendar["name"]
    assert changes(changed) == {"timezone": ("UTC", "Europe/Oslo")}


async def test_letting_go_is_told_as_that(
    administrator: Person, make_person: Make
) -> None:
    person = await make_person(Role.AGENT)
    await administrator.ask("DELETE", f"/users/{person.id}", expect=204)
    event = await newest(administrator, "user", person.id)
    assert event["action"] == "deleted"


async def test_shared_views_are_told_and_personal_ones_are_not(
    administrator: Person, manager: Person
) -> None:
    mine = await made(manager, "/views", {"name": "Mine", "filters": {}})
    shared = {"name": f"All {manager.id}", "filters": {}, "shared": True}
    ours = await made(manager, "/views", shared)

    assert await events(administrator, object="view", object_id=mine["id"]) == []
    event = await newest(administrator, "view", ours["id"])
    assert (event["action"], event["actor"]["id"]) == ("created", manager.id)


async def test_deleting_and_restoring_an_incident_is_told(
    administrator: Person, manager: Person
) -> None:
    incident = await manager.create()
    await manager.ask("DELETE", f"/incidents/{incident['id']}", expect=204)
    await manager.data("POST", f"/incidents/{incident['id']}/restore")

    found = await events(administrator, object="incident", object_id=incident["id"])

    assert [event["action"] for event in found] == ["restored", "deleted"]
    assert found[0]["label"] == f"{incident['number']} {incident['title']}"


async def test_a_repair_of_clocks_is_told(
    administrator: Person, agent: Person, db: Database, run_sql: Callable[..., Any]
) -> None:
    incident = await agent.create()
    await run_sql(
        "UPDATE slas SET at_risk = NOT at_risk WHERE incident_id = :id",
        id=incident["id"],
    )
    async with db.transaction() as session:
        left = await verification.repair(session, UUID(incident["id"]), utc_now())
    assert left == []

    event = await newest(administrator, "incident", incident["id"])
    assert (event["action"], event["via"]) == ("repaired", "service")
    assert event["actor"] is None
    assert "summary at_risk" in changes(event) or changes(event)


async def test_a_delivery_that_is_sent_again_is_told(
    administrator: Person, agent: Person, run_sql: Callable[..., Any]
) -> None:
    await agent.create()
    [mail] = await run_sql(
        "UPDATE outbox SET status = 'failed' WHERE recipient_id = :id RETURNING id",
        id=agent.id,
    )
    await administrator.data("POST", f"/deliveries/{mail['id']}/retry")
    event = await newest(administrator, "delivery", str(mail["id"]))
    assert (event["action"], event["actor"]["id"]) == ("retried", administrator.id)


# --- Signing in and secrets -----------------------------------------------------------


async def test_sign_ins_are_told_whether_they_succeed_or_fail(
    administrator: Person, agent: Person, client: httpx.AsyncClient
) -> None:
    for password, status in (("wrong password", 401), (PASSWORD, 200)):
        body = {"email": agent.email, "password": password}
        response = await client.post("/api/v1/auth/login", json=body)
        assert response.status_code == status

    good, bad, _ = await events(administrator, object="user", object_id=agent.id)

    assert (good["action"], good["actor"]["id"]) == ("signed_in", agent.id)
    assert (bad["action"], bad["actor"]) == ("sign_in_failed", None)
    assert bad["label"] == agent.email
    assert bad["address"] == "127.0.0.1"


async def test_who_tries_on_is_noted_once(
    administrator: Person,
    agent: Person,
    client: httpx.AsyncClient,
    run_sql: Callable[..., Any],
) -> None:
    for _ in range(10):
        await run_sql(
            "INSERT INTO login_failures (id, email, address)"
            " VALUES (gen_random_uuid(), :email, '192.0.2.1')",
            email=agent.email,
        )
    before = len(await events(administrator, action="sign_in_throttled"))
    body = {"email": agent.email, "password": PASSWORD}
    for _ in range(3):
        answer = await client.post("/api/v1/auth/login", json=body)
        assert answer.status_code == 429
    assert len(await events(administrator, action="sign_in_throttled")) <= before + 1
    assert await events(administrator, action="sign_in_throttled") != []


async def test_a_password_is_told_as_changed_and_never_shown(
    administrator: Person, agent: Person, run_sql: Callable[..., Any]
) -> None:
    await agent.ask(
        "POST",
        "/auth/password",
        expect=204,
        json={"current_password": PASSWORD, "new_password": "another good secret"},
    )
    event = await newest(administrator, "user", agent.id)
    assert (event["action"], event["actor"]["id"]) == ("password_changed", agent.id)
    assert changes(event) == {"password_hash": ("•••", "•••")}


async def test_a_reset_of_a_password_is_told_from_asking_to_setting(
    administrator: Person,
    agent: Person,
    client: httpx.AsyncClient,
    read_mail: Any,
) -> None:
    await client.post("/api/v1/auth/password-reset", json={"email": agent.email})
    mail = str(await read_mail(agent.email, "password_reset"))
    token = mail.replace("=\n", "").partition("token=")[2].removeprefix("3D")
    token = token.split()[0].strip('">')
    answer = await client.post(
        "/api/v1/auth/password-reset/confirm",
        json={"token": token, "new_password": "another good secret"},
    )
    assert answer.status_code == 204, answer.text

    done, asked, _ = await events(administrator, object="user", object_id=agent.id)

    assert (asked["action"], asked["actor"]) == ("password_reset_requested", None)
    assert (done["action"], done["actor"]["id"]) == ("password_changed", agent.id)


async def test_no_secret_and_no_word_of_a_comment_is_in_the_log(
    administrator: Person, agent: Person, run_sql: Callable[..., Any]
) -> None:
    token = await made(agent, "/tokens", {"name": "script", "scopes": ["read"]})
    await agent.ask("DELETE", f"/tokens/{token['id']}", expect=204)
    incident = await agent.create()
    await agent.say(incident, f"secret {agent.id}", is_internal=True)
    rows = await run_sql("SELECT CAST(e AS text) AS row FROM audit_events e")
    everything = "".join(row["row"] for row in rows)
    for secret in (token["token"], "$argon2", f"secret {agent.id}", "\\\\x"):
        assert secret not in everything
    revoked, created = await events(
        administrator, object="token", object_id=token["id"]
    )
    assert (created["action"], revoked["action"]) == ("created", "revoked")
    assert set(changes(created)) <= {"name", "scopes", "user_id", "expires_at"}


# --- The log itself -------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_events SET label = ''", "DELETE FROM audit_events", "TRUNCATE"],
)
async def test_nobody_changes_or_drops_what_was_noted(
    run_sql: Callable[..., Any], statement: str
) -> None:
    statement = statement.replace("TRUNCATE", "TRUNCATE audit_events")
    with pytest.raises(DBAPIError, match="append-only"):
        await run_sql(statement)


async def test_what_is_taken_back_is_not_noted(
    administrator: Person, make_person: Make
) -> None:
    person = await make_person(Role.AGENT)
    body = {"email": person.email, "name": "Another", "role": "agent"}
    before = await events(administrator, limit=1)
    await administrator.ask("POST", "/users", expect=409, json=body)
    assert await events(administrator, limit=1) == before


async def test_the_log_is_paged_newest_first_without_gaps(
    administrator: Person, manager: Person
) -> None:
    team = await made(manager, "/teams", {"name": f"Paged {manager.id}"})
    for number in range(5):
        name = {"name": f"Paged {manager.id} {number}"}
        await manager.data("PATCH", f"/teams/{team['id']}", json=name)

    pages = await administrator.pages("/audit-events", actor=manager.id, limit=2)

    ids = [event["id"] for page in pages for event in page]
    assert [len(page) for page in pages] == [2, 2, 2]
    assert ids == sorted(ids, reverse=True)


async def test_a_period_narrows_the_log(administrator: Person) -> None:
    team = await made(administrator, "/teams", {"name": f"Period {new_id()}"})
    query = {"object": "team", "object_id": team["id"]}
    later = (utc_now() + dt.timedelta(hours=1)).isoformat()
    assert len(await events(administrator, **query, until=later)) == 1
    assert await events(administrator, **query, since=later) == []


async def test_an_instant_without_an_offset_is_refused_by_name(
    administrator: Person,
) -> None:
    response = await administrator.ask(
        "GET", "/audit-events", expect=422, params={"since": "2026-01-01T00:00:00"}
    )
    assert response.json()["errors"][0]["field"] == "since"


async def test_the_log_is_exported_as_a_table_without_formulas(
    administrator: Person,
) -> None:
    team = await made(administrator, "/teams", {"name": f"=1+1 {new_id()}"})
    response = await administrator.ask(
        "GET", "/audit-events/export", expect=200, params={"object_id": team["id"]}
    )
    head, row = response.text.splitlines()
    assert response.headers["content-type"].startswith("text/csv")
    assert "attachment" in response.headers["content-disposition"]
    assert head.startswith("time,person,way,address,action")
    assert f",'=1+1 {team['name'][5:]}," in row
    assert administrator.name in row


async def test_the_command_line_is_told_as_such(
    administrator: Person, settings: Settings
) -> None:
    import asyncio

    from tracker.accounts import schemas, service
    from tracker.cli import _in_transaction

    data = schemas.UserCreate(
        email=f"cli-{new_id()}@example.com", name="By hand", role=Role.AGENT
    )

    async def create(session: Any) -> str:
        user = await service.UserService(session=session).invite(data, utc_now())
        return str(user.id)

    user_id = await asyncio.to_thread(_in_transaction, settings, create)
    found = await events(administrator, object="user", object_id=user_id)
    assert {event["via"] for event in found} == {"command_line"}
    assert {event["action"] for event in found} == {"created", "invited"}
