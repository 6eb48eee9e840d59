"""What people choose to be told, and storms that become one mail."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from tests.integration.conftest import Clock, Make, Person
from tests.integration.postbox import (
    Jobs,
    Postbox,
    by_smtp,
    deliver,
    open_postbox,
    plain,
    work_off,
)
from tracker.context import JobContext
from tracker.db import Database, new_id
from tracker.notifications.jobs import deliver_outbox
from tracker.notifications.planning import DIGEST_KIND
from tracker.notifications.service import LEASE, enqueue
from tracker.security import Role
from tracker.sla.jobs import check_sla_breaches

RunSql = Callable[..., Any]
Note = Callable[..., Awaitable[str]]
PREFERENCES = "/notifications/preferences"
KINDS = [
    "sla_breached",
    "sla_escalated",
    "sla_warned",
    "incident_created",
    "incident_assigned",
    "incident_resolved",
    "mentioned",
    "watched",
    "maintenance_announced",
]
NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    async with open_postbox() as box:
        yield box


@pytest.fixture
def mailing(job_app: JobContext, postbox: Postbox) -> Jobs:
    """The jobs' context with mail going to the postbox."""
    return {"app": dataclasses.replace(job_app, mailer=by_smtp(postbox.port))}


@pytest.fixture
def note(db: Database, clock: Clock) -> Note:
    """Notes a message for somebody, as the rooms above do; tells its id."""

    async def note(
        person: Person, kind: str = "incident_resolved", number: int = 7, **fields: Any
    ) -> str:
        now = clock()
        key = str(new_id())
        payload = {
            "number": f"INC-{number}",
            "title": f"Disk {number} full",
            "priority": "high",
            "target": "response",
            "deadline": now.isoformat(),
            "resolved_at": now.isoformat(),
            "name": "Switches",
            "what": "status",
            "status": "in_progress",
            "who": "Ada",
            "text": "Please look at this.",
            "starts_at": now.isoformat(),
            "ends_at": now.isoformat(),
            "response_deadline": None,
            "resolution_deadline": None,
            # A breach is where its deadline is.
            "at": None if kind == "sla_breached" else now.isoformat(),
            "clock_id": str(new_id()),
            **fields,
        }
        async with db.transaction() as session:
            await enqueue(
                session,
                kind=kind,
                dedupe_key=key,
                recipient=person.email,
                recipient_id=UUID(person.id),
                payload=payload,
                now=now,
            )
        return key

    return note


async def choose(person: Person, **chosen: Any) -> Any:
    """Store somebody's preferences; kinds are given by their names."""
    choices = [
        {"kind": kind, "when": chosen.pop(kind)} for kind in KINDS if kind in chosen
    ]
    return await person.data("PUT", PREFERENCES, json={"choices": choices, **chosen})


async def messages(run_sql: RunSql, person: Person) -> list[Any]:
    rows: list[Any] = await run_sql(
        "SELECT * FROM outbox WHERE recipient = :recipient ORDER BY created_at, id",
        recipient=person.email,
    )
    return rows


def statuses(rows: list[Any]) -> list[str]:
    return [row["status"] for row in rows if row["kind"] != DIGEST_KIND]


# --- Choosing -------------------------------------------------------------------------


async def test_who_chose_nothing_is_told_all_at_once_by_mail(
    make_person: Make,
) -> None:
    person = await make_person(Role.AGENT, timezone="Europe/Berlin")
    shown = await person.data("GET", PREFERENCES)
    assert [choice["kind"] for choice in shown["choices"]] == KINDS
    assert {choice["when"] for choice in shown["choices"]} == {"at_once"}
    assert {choice["channel"] for choice in shown["choices"]} == {"mail"}
    assert [c["kind"] for c in shown["choices"] if not c["can_be_off"]] == KINDS[:2]
    del shown["choices"]
    assert shown == {
        "digest_at": "08:00",
        "quiet_from": None,
        "quiet_to": None,
        "timezone": "Europe/Berlin",
    }


async def test_choices_are_ones_own_and_replaced_as_a_whole(
    agent: Person, reporter: Person
) -> None:
    first = await choose(
        agent, sla_warned="off", quiet_from="22:00", quiet_to="07:00", digest_at="09:30"
    )
    assert await agent.data("GET", PREFERENCES) == first
    assert (first["quiet_from"], first["quiet_to"]) == ("22:00", "07:00")
    assert first["digest_at"] == "09:30"
    await choose(reporter, incident_resolved="digest")
    second = await choose(agent, incident_created="digest")
    chosen = {c["kind"]: c["when"] for c in second["choices"] if c["when"] != "at_once"}
    assert chosen == {"incident_created": "digest"}
    assert (second["quiet_from"], second["digest_at"]) == (None, "08:00")


@pytest.mark.parametrize("kind", ["sla_breached", "sla_escalated"])
async def test_a_breach_cannot_be_switched_off(agent: Person, kind: str) -> None:
    body = {
        "choices": [
            {"kind": "sla_warned", "when": "off"},
            {"kind": kind, "when": "off"},
        ]
    }
    response = await agent.ask("PUT", PREFERENCES, json=body, expect=422)
    [error] = response.json()["errors"]
    assert (error["code"], error["field"]) == ("cannot_be_off", "choices[1].when")
    assert "responsible" in error["message"]
    shown = await agent.data("GET", PREFERENCES)
    assert {choice["when"] for choice in shown["choices"]} == {"at_once"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quiet_from": "22:00"}, "quiet_to"),
        ({"quiet_to": "22:00"}, "quiet_from"),
        ({"quiet_from": "22:00", "quiet_to": "22:00"}, "quiet_to"),
        ({"quiet_from": "24:00", "quiet_to": "07:00"}, "quiet_from"),
        ({"digest_at": "8 o'clock"}, "digest_at"),
        ({"digest_at": None}, "digest_at"),
        ({"choices": [{"kind": "weather", "when": "off"}]}, "choices[0].kind"),
        ({"choices": [{"kind": "sla_warned", "when": "later"}]}, "choices[0].when"),
        (
            {"choices": [{"kind": "sla_warned", "when": "off", "channel": "owl"}]},
            "choices[0].channel",
        ),
        ({"choices": [{"kind": "sla_warned", "when": "off"}] * 2}, "choices[1].kind"),
        ({"surprise": True}, "surprise"),
    ],
)
async def test_a_choice_that_makes_no_sense_is_refused_with_its_field(
    agent: Person, body: dict[str, Any], field: str
) -> None:
    response = await agent.ask("PUT", PREFERENCES, json=body, expect=422)
    assert field in [error["field"] for error in response.json()["errors"]]


async def test_a_token_that_reads_does_not_choose(agent: Person) -> None:
    token = {"name": "script", "scopes": ["read"]}
    made = await agent.data("POST", "/tokens", expect=201, json=token)
    headers = {"Authorization": f"Bearer {made['token']}"}
    await agent.ask("GET", PREFERENCES, headers=headers, expect=200)
    await agent.ask("PUT", PREFERENCES, headers=headers, json={}, expect=403)


# --- Off, quiet hours, digests --------------------------------------------------------


async def test_what_is_switched_off_is_in_the_log_and_not_in_the_mail(
    agent: Person,
    administrator: Person,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
) -> None:
    await choose(agent, incident_created="off")
    await note(agent, "incident_created")
    await deliver(mailing)
    assert postbox.to(agent.email) == []
    query = {"q": agent.email, "status": "suppressed"}
    [[delivery]] = await administrator.pages("/deliveries", **query)
    assert (delivery["reason"], delivery["attempts"]) == ("switched_off", 0)
    path = f"/deliveries/{delivery['id']}/retry"
    response = await administrator.ask("POST", path, expect=409)
    assert response.json()["errors"][0]["code"] == "suppressed"


async def test_quiet_hours_hold_mail_until_their_end_in_the_persons_zone(
    make_person: Make,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
    administrator: Person,
) -> None:
    person = await make_person(Role.AGENT, timezone="Asia/Tokyo")
    await choose(person, quiet_from="20:00", quiet_to="06:00")
    clock.pin(NOON)
    await note(person)
    await deliver(mailing)
    [[held]] = await administrator.pages("/deliveries", q=person.email)
    assert (held["status"], held["reason"]) == ("pending", "quiet_hours")
    assert held["next_attempt_at"] == "2027-03-01T21:00:00Z"
    clock.pin(NOON + dt.timedelta(hours=8, minutes=59))
    await deliver(mailing)
    assert postbox.to(person.email) == []
    clock.pin(NOON + dt.timedelta(hours=9))
    await deliver(mailing)
    [mail] = postbox.to(person.email)
    assert mail["Message-ID"] == held["message_id"]


async def test_a_breach_comes_through_quiet_hours_and_a_warning_does_not(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, note: Note
) -> None:
    await choose(agent, quiet_from="11:00", quiet_to="13:00")
    clock.pin(NOON)
    for kind in ("sla_breached", "sla_escalated", "sla_warned"):
        await note(agent, kind)
    await deliver(mailing)
    subjects = sorted(mail["Subject"] for mail in postbox.to(agent.email))
    assert [subject.split()[1] for subject in subjects] == ["Escalated", "Response"]
    assert "missed" in subjects[1]


async def test_a_digest_is_one_mail_at_its_time_that_tells_all_of_it(
    make_person: Make,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
    run_sql: RunSql,
    job_app: JobContext,
) -> None:
    person = await make_person(Role.AGENT, timezone="Europe/Berlin")
    await choose(person, digest_at="08:30", **dict.fromkeys(KINDS, "digest"))
    clock.pin(NOON)
    for number, kind in enumerate(reversed(KINDS), start=1):
        await note(person, kind, number, title=f"Rack\n<{number}>")
        clock.advance(minutes=1)
    await deliver(mailing)
    clock.pin(NOON + dt.timedelta(hours=19, minutes=29))
    await deliver(mailing)
    assert postbox.to(person.email) == []
    clock.pin(NOON + dt.timedelta(hours=19, minutes=30))
    await deliver(mailing)
    [mail] = postbox.to(person.email)
    words = plain(mail)
    last = len(KINDS)
    assert f"{last} messages, 1 missed deadline" in mail["Subject"]
    headings = [
        "Missed deadlines: 1",
        "Escalations: 1",
        "Deadlines that come near: 1",
        "New incidents: 1",
        "Resolved incidents: 1",
        "What you watch: 1",
        "Planned maintenance: 1",
    ]
    assert [words.index(h) for h in headings] == sorted(
        words.index(h) for h in headings
    )
    # One hour ahead of UTC: what people read is in their zone.
    at = f"2027-03-01 13:{last - 1:02}:00 CET"
    assert f"{at}: [INC-{last}] Rack <{last}>, response deadline" in words
    assert f"{job_app.settings.public_url}/incidents/INC-{last}\n" in words
    html = mail.get_body(("html",))
    assert html
    assert f"Rack &lt;{last}&gt;" in html.get_content()
    href = f'href="{job_app.settings.public_url}/incidents/INC-{last}"'
    assert href in html.get_content()
    rows = await messages(run_sql, person)
    [digest] = [row for row in rows if row["kind"] == DIGEST_KIND]
    assert mail["Message-ID"] == f"<{digest['id']}@localhost>"
    assert {row["status"] for row in rows} == {"sent"}
    assert {row["sent_at"] for row in rows} == {digest["sent_at"]}
    assert {row["bundle_id"] for row in rows} == {None, digest["id"]}


async def test_a_change_of_mind_is_heeded_by_what_waits(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, note: Note
) -> None:
    await choose(agent, incident_resolved="digest", sla_warned="digest")
    clock.pin(NOON)
    await note(agent)
    await note(agent, "sla_warned")
    await deliver(mailing)
    assert postbox.to(agent.email) == []
    await choose(agent, incident_resolved="at_once", sla_warned="off")
    await deliver(mailing)
    [mail] = postbox.to(agent.email)
    assert "Resolved" in mail["Subject"]


async def test_what_was_held_goes_to_where_the_person_is_now(
    agent: Person,
    administrator: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
) -> None:
    await choose(
        agent,
        sla_warned="digest",
        quiet_from="11:00",
        quiet_to="13:00",
        digest_at="13:00",
    )
    clock.pin(NOON)
    await note(agent)
    await note(agent, "sla_warned")
    await deliver(mailing)
    moved = f"moved-{agent.email}"
    await administrator.data("PATCH", f"/users/{agent.id}", json={"email": moved})
    clock.advance(hours=1)
    await deliver(mailing)
    assert len(postbox.to(moved)) == 2
    assert postbox.to(agent.email) == []


async def test_an_account_mail_knows_no_preferences(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox
) -> None:
    await choose(
        agent,
        quiet_from="11:00",
        quiet_to="13:00",
        **dict.fromkeys(KINDS[2:], "off"),
    )
    clock.pin(NOON)
    body = {"email": agent.email}
    await agent.ask("POST", "/auth/password-reset", expect=204, json=body)
    await deliver(mailing)
    [mail] = postbox.to(agent.email)
    assert "password" in mail["Subject"]


async def test_a_breach_that_waits_for_a_leaver_goes_to_the_administrators(
    agent: Person,
    administrator: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
    run_sql: RunSql,
) -> None:
    await choose(agent, sla_breached="digest", sla_warned="digest")
    clock.pin(NOON)
    await note(agent, "sla_breached", 12)
    await note(agent, "sla_warned", 13)
    await deliver(mailing)
    await administrator.data("PATCH", f"/users/{agent.id}", json={"is_active": False})
    clock.advance(days=1)
    await deliver(mailing)
    await deliver(mailing)
    rows = await messages(run_sql, agent)
    assert [(row["status"], row["reason"]) for row in rows] == [
        ("suppressed", "left")
    ] * 2
    assert postbox.to(agent.email) == []
    [mail] = postbox.to(administrator.email)
    assert "INC-12" in mail["Subject"]
    assert not [each for each in postbox.mails if "INC-13" in each["Subject"]]


# --- Storms ---------------------------------------------------------------------------


async def test_five_at_once_are_five_mails_and_six_are_one(
    agent: Person,
    manager: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
) -> None:
    clock.pin(NOON)
    for number in range(5):
        await note(agent, number=number)
    for number in range(6):
        await note(manager, number=number)
    await deliver(mailing)
    assert len(postbox.to(agent.email)) == 5
    [digest] = postbox.to(manager.email)
    assert [f"INC-{number}]" in plain(digest) for number in range(6)] == [True] * 6


async def test_after_ten_mails_the_rest_waits_for_the_end_of_five_minutes(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, note: Note
) -> None:
    clock.pin(NOON)
    for number in range(30):
        await note(agent, number=number)
        await deliver(mailing)
        clock.advance(seconds=2)
    assert len(postbox.to(agent.email)) == 11
    clock.pin(NOON + dt.timedelta(minutes=4, seconds=59))
    await note(agent, "sla_breached", 30)
    await deliver(mailing)
    assert len(postbox.to(agent.email)) == 11
    clock.pin(NOON + dt.timedelta(minutes=5))
    await deliver(mailing)
    [digest] = postbox.to(agent.email)[11:]
    assert "20 messages, 1 missed deadline" in digest["Subject"]
    assert plain(digest).index("INC-30") < plain(digest).index("INC-11")


async def test_a_digest_names_fifty_and_counts_the_rest(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, note: Note
) -> None:
    clock.pin(NOON)
    for number in range(45):
        await note(agent, "sla_breached", number)
    for number in range(20):
        await note(agent, "sla_warned", 100 + number)
    await note(agent)
    await deliver(mailing)
    [digest] = postbox.to(agent.email)
    words = plain(digest)
    assert words.count("/incidents/INC-") == 50
    assert "Deadlines that come near: 20" in words
    assert "and 15 more" in words
    assert "Resolved incidents: 1\n\nand 1 more" in words


async def late_incidents(agent: Person, clock: Clock, count: int) -> list[Any]:
    """Incidents of theirs whose response is late, while nobody swept."""
    made = [await agent.create(assignee_id=agent.id) for _ in range(count)]
    clock.pin()
    clock.advance(hours=2)
    return made


async def test_after_downtime_one_digest_tells_each_breach_at_its_true_instant(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, run_sql: RunSql
) -> None:
    incidents = await late_incidents(agent, clock, 4)
    await deliver(mailing)
    postbox.mails.clear()
    await check_sla_breaches(mailing)
    clock.advance(seconds=9)
    await deliver(mailing)
    assert postbox.to(agent.email) == []
    clock.advance(seconds=1)
    told_at = clock()
    await deliver(mailing)
    [digest] = postbox.to(agent.email)
    for incident in incidents:
        deadline = dt.datetime.fromisoformat(
            incident["sla"]["clocks"]["response"]["deadline"]
        )
        line = f"{deadline:%Y-%m-%d %H:%M:%S} UTC: [{incident['number']}]"
        assert line in plain(digest)
        path = f"/incidents/{incident['id']}/sla"
        notified_at = (await agent.data("GET", path))["breach_notified_at"]
        assert dt.datetime.fromisoformat(notified_at) == told_at
    clocks = await run_sql(
        "SELECT notified_at FROM sla_clocks WHERE incident_id = ANY(:ids)"
        " AND kind = 'response'",
        ids=[UUID(incident["id"]) for incident in incidents],
    )
    assert {clock["notified_at"] for clock in clocks} == {told_at}


async def test_when_the_first_late_message_is_due_the_others_go_with_it(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, note: Note
) -> None:
    clock.pin(NOON)
    deadline = (NOON - dt.timedelta(hours=3)).isoformat()
    await note(agent, "sla_breached", 1, deadline=deadline)
    await deliver(mailing)
    clock.advance(seconds=8)
    await note(agent, "sla_breached", 2, deadline=deadline)
    await deliver(mailing)
    clock.advance(seconds=2)
    await deliver(mailing)
    [digest] = postbox.to(agent.email)
    assert "2 messages, 2 missed deadlines" in digest["Subject"]


# --- Exactly once ---------------------------------------------------------------------


async def test_workers_that_plan_at_once_make_one_digest(
    agent: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
    run_sql: RunSql,
) -> None:
    clock.pin(NOON)
    for number in range(40):
        await note(agent, number=number)
    app: JobContext = mailing["app"]
    workers = [
        {"app": dataclasses.replace(app, delivering=asyncio.Lock())} for _ in range(4)
    ]
    await asyncio.gather(*(deliver_outbox(worker) for worker in workers))
    await asyncio.gather(*(work_off(worker) for worker in workers))
    assert len(postbox.to(agent.email)) == 1
    assert statuses(await messages(run_sql, agent)) == ["sent"] * 40


async def test_a_digest_of_a_killed_worker_is_sent_by_the_next_with_its_message_id(
    agent: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
    run_sql: RunSql,
) -> None:
    clock.pin(NOON)
    for number in range(6):
        await note(agent, number=number)
    await deliver_outbox(mailing)
    app: JobContext = mailing["app"]
    # Somebody takes every job, and is never heard of again.
    while await app.queues.mail.dequeue(timeout=0.1):
        pass
    [digest] = [r for r in await messages(run_sql, agent) if r["kind"] == DIGEST_KIND]
    # What comes meanwhile is a matter of its own.
    await note(agent, number=99)
    await deliver(mailing)
    assert len(postbox.to(agent.email)) == 1
    clock.advance(seconds=LEASE.total_seconds() + 1)
    await deliver(mailing)
    _, mail = postbox.to(agent.email)
    assert mail["Message-ID"] == f"<{digest['id']}@localhost>"
    assert statuses(await messages(run_sql, agent)) == ["sent"] * 7


async def test_a_digest_that_fails_keeps_its_members_until_it_is_sent(
    agent: Person,
    administrator: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
) -> None:
    clock.pin(NOON)
    postbox.to_recipients = "550 5.1.1 No such mailbox"
    for number in range(6):
        await note(agent, number=number)
    await deliver(mailing)
    query = {"q": agent.email, "status": "failed"}
    [[digest]] = await administrator.pages("/deliveries", **query)
    assert digest["kind"] == DIGEST_KIND
    assert "No such mailbox" in digest["last_error"]
    [members] = await administrator.pages("/deliveries", bundle_id=digest["id"])
    assert [member["status"] for member in members] == ["bundled"] * 6
    assert {member["reason"] for member in members} == {"storm"}
    path = f"/deliveries/{members[0]['id']}/retry"
    response = await administrator.ask("POST", path, expect=409)
    assert response.json()["errors"][0]["code"] == "bundled"
    postbox.to_recipients = "250 OK"
    await administrator.data("POST", f"/deliveries/{digest['id']}/retry")
    await deliver(mailing)
    [mail] = postbox.to(agent.email)
    assert mail["Message-ID"] == digest["message_id"]
    [members] = await administrator.pages("/deliveries", bundle_id=digest["id"])
    assert {member["status"] for member in members} == {"sent"}


async def test_a_message_that_was_tried_is_not_bundled_anew(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, note: Note
) -> None:
    clock.pin(NOON)
    postbox.to_recipients = "451 4.7.1 Greylisted, come back later"
    await note(agent, number=1)
    await deliver(mailing)
    postbox.to_recipients = "250 OK"
    clock.advance(minutes=1)
    for number in range(6):
        await note(agent, number=10 + number)
    await deliver(mailing)
    subjects = sorted(mail["Subject"] for mail in postbox.to(agent.email))
    assert len(subjects) == 2
    assert "6 messages" in subjects[0]
    assert "INC-1]" in subjects[1]


# --- The log --------------------------------------------------------------------------


async def test_a_held_message_can_be_sent_at_once(
    agent: Person,
    administrator: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
) -> None:
    await choose(agent, incident_resolved="digest")
    clock.pin(NOON)
    await note(agent)
    await deliver(mailing)
    [[held]] = await administrator.pages("/deliveries", q=agent.email)
    assert held["reason"] == "digest"
    await administrator.data("POST", f"/deliveries/{held['id']}/retry")
    await deliver(mailing)
    [mail] = postbox.to(agent.email)
    assert mail["Message-ID"] == held["message_id"]


async def test_the_log_is_found_by_title_and_by_what_went_wrong(
    agent: Person,
    administrator: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
) -> None:
    clock.pin(NOON)
    word = f"word{agent.id}"
    postbox.to_recipients = f"550 5.1.1 No mailbox {word}"
    await note(agent, title=f"About {word.upper()}")
    [[by_title]] = await administrator.pages("/deliveries", q=word)
    assert by_title["status"] == "pending"
    await note(agent, number=8)
    await deliver(mailing)
    [found] = await administrator.pages("/deliveries", q=word, status="failed")
    assert len(found) == 2


async def test_the_words_of_a_digest_can_be_read(
    agent: Person,
    administrator: Person,
    clock: Clock,
    mailing: Jobs,
    note: Note,
) -> None:
    clock.pin(NOON)
    for number in range(6):
        await note(agent, number=number)
    await deliver(mailing)
    [deliveries] = await administrator.pages(
        "/deliveries", q=agent.email, status="sent"
    )
    [digest] = [each for each in deliveries if each["kind"] == DIGEST_KIND]
    detail = await administrator.data("GET", f"/deliveries/{digest['id']}")
    assert "6 messages" in detail["subject"]
    assert "[INC-3] Disk 3 full" in detail["text"]


# --- The words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        ("sla_warned", "Response deadline comes near", ["2027-03-01 13:00:00 UTC"]),
        ("sla_escalated", "Escalated (To the manager)", ["Level: To the manager"]),
        ("maintenance_announced", "Maintenance: To the manager", ["At night\nonly"]),
    ],
)
async def test_each_kind_says_what_it_is_about(
    agent: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    note: Note,
    kind: str,
    subject: str,
    words: list[str],
) -> None:
    clock.pin(NOON)
    one = NOON + dt.timedelta(hours=1)
    await note(
        agent,
        kind,
        deadline=one.isoformat(),
        at=NOON.isoformat(),
        name="To the\nmanager",
        note="At night\nonly",
    )
    await deliver(mailing)
    [mail] = postbox.to(agent.email)
    assert subject in mail["Subject"]
    html = mail.get_body(("html",))
    assert html
    for word in words:
        assert word in plain(mail)
        assert word.replace("\n", "<br>") in html.get_content()


async def test_an_escalation_without_a_level_name_shows_none(
    reporter: Person, clock: Clock, mailing: Jobs, postbox: Postbox, note: Note
) -> None:
    clock.pin(NOON)
    for _ in range(6):
        await note(reporter, "sla_escalated", name=None)
    await deliver(mailing)
    [mail] = postbox.to(reporter.email)
    assert "None" not in plain(mail)
    assert "(" not in plain(mail)
