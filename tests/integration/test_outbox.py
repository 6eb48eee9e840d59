"""Mail: each event is told to each person once, whatever dies on the way."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import email
import email.policy
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tests.integration.postbox import Jobs, Postbox, by_smtp, open_postbox, work_off
from tracker.context import JobContext
from tracker.mail import FileMailer
from tracker.notifications.jobs import JOBS, deliver_outbox
from tracker.notifications.service import LEASE, MAX_ATTEMPTS, enqueue
from tracker.queue import MAILS_QUEUED
from tracker.security import Role
from tracker.sla.jobs import check_sla_breaches
from tracker.worker import MAILS

RunSql = Callable[..., Any]


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    async with open_postbox() as box:
        yield box


@pytest.fixture
def mailing(job_app: JobContext, postbox: Postbox) -> Jobs:
    """The jobs' context with mail going to the postbox."""
    return {"app": dataclasses.replace(job_app, mailer=by_smtp(postbox.port))}


async def outbox(
    run_sql: RunSql, incident: dict[str, Any], kind: str = "sla_breached"
) -> list[Any]:
    rows: list[Any] = await run_sql(
        "SELECT * FROM outbox WHERE incident_id = :id AND kind = :kind ORDER BY id",
        id=incident["id"],
        kind=kind,
    )
    return rows


async def attempt(jobs: Jobs, row: Any) -> None:
    """Run the job that delivers a message."""
    name = JOBS[row["kind"]]
    job: Any = next(job for job in MAILS if job.__name__ == name)
    await job(jobs, outbox_id=str(row["id"]))


async def breached(agent: Person, clock: Clock, jobs: Jobs, **fields: Any) -> Any:
    """An incident of theirs, assigned to them, whose response is late."""
    incident = await agent.create(assignee_id=agent.id, **fields)
    clock.advance(hours=1, seconds=1)
    await check_sla_breaches(jobs)
    return incident


# --- What is told, and to whom --------------------------------------------------------


async def test_a_breach_is_one_mail_to_the_assignee_that_says_everything(
    agent: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    job_app: JobContext,
    run_sql: RunSql,
) -> None:
    incident = await breached(agent, clock, mailing, title="<b>Disk</b> & more")
    for _ in range(3):
        await check_sla_breaches(mailing)
        await deliver_outbox(mailing)
        await work_off(mailing)
    [row] = await outbox(run_sql, incident)
    mails = [m for m in postbox.to(agent.email) if "missed" in m["Subject"]]
    [mail] = mails
    deadline = dt.datetime.fromisoformat(
        incident["sla"]["clocks"]["response"]["deadline"]
    )
    link = f"{job_app.settings.public_url}/incidents/{incident['number']}"
    assert mail["Message-ID"] == f"<{row['id']}@localhost>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert html
    for words in (plain.get_content(), html.get_content()):
        assert incident["number"] in words
        assert "response" in words
        assert f"{deadline:%Y-%m-%d %H:%M:%S} UTC" in words
        assert link in words
    assert "<b>Disk</b> & more" in plain.get_content()
    assert "&lt;b&gt;Disk&lt;/b&gt; &amp; more" in html.get_content()
    assert incident["number"] in mail["Subject"]


async def test_a_breach_without_an_assignee_goes_to_each_of_the_team(
    agent: Person,
    manager: Person,
    make_person: Make,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
) -> None:
    members = [await make_person(Role.AGENT) for _ in range(2)]
    team = await manager.data(
        "POST",
        "/teams",
        expect=201,
        json={"name": f"Night {agent.id}", "member_ids": [p.id for p in members]},
    )
    incident = await agent.create(team_id=team["id"])
    clock.advance(hours=1, seconds=1)
    await check_sla_breaches(jobs)
    rows = await outbox(run_sql, incident)
    assert sorted(row["recipient"] for row in rows) == sorted(
        person.email for person in members
    )


async def test_a_breach_that_is_nobodys_goes_to_every_administrator(
    agent: Person, administrator: Person, clock: Clock, jobs: Jobs, run_sql: RunSql
) -> None:
    incident = await agent.create()
    clock.advance(hours=1, seconds=1)
    await check_sla_breaches(jobs)
    administrators = await run_sql(
        "SELECT email FROM users WHERE role = 'administrator' AND is_active"
        " AND deleted_at IS NULL"
    )
    rows = await outbox(run_sql, incident)
    assert administrator.email in [row["recipient"] for row in rows]
    assert sorted(row["recipient"] for row in rows) == sorted(
        row["email"] for row in administrators
    )


async def test_an_assignee_who_has_left_is_not_the_one_to_tell(
    agent: Person,
    administrator: Person,
    make_person: Make,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
) -> None:
    leaver = await make_person(Role.AGENT)
    incident = await agent.create(assignee_id=leaver.id)
    await administrator.data("PATCH", f"/users/{leaver.id}", json={"is_active": False})
    clock.advance(hours=1, seconds=1)
    await check_sla_breaches(jobs)
    recipients = [row["recipient"] for row in await outbox(run_sql, incident)]
    assert leaver.email not in recipients
    assert administrator.email in recipients


async def test_the_clock_notes_when_somebody_was_told(
    agent: Person, clock: Clock, mailing: Jobs, run_sql: RunSql
) -> None:
    incident = await breached(agent, clock, mailing)
    [row] = await outbox(run_sql, incident)
    path = f"/incidents/{incident['id']}/sla"
    assert (await agent.data("GET", path))["breach_notified_at"] is None
    now = clock.pin()
    await attempt(mailing, row)
    told_at = (await agent.data("GET", path))["breach_notified_at"]
    assert dt.datetime.fromisoformat(told_at) == now


async def test_the_reporter_hears_of_each_resolve_but_not_of_their_own(
    agent: Person, reporter: Person, run_sql: RunSql
) -> None:
    incident = await reporter.create()
    own = await agent.create()
    for made in (incident, own):
        path = f"/incidents/{made['id']}"
        await agent.data("POST", f"{path}/resolve")
        await agent.data("POST", f"{path}/reopen")
        await agent.data("POST", f"{path}/resolve")
    rows = await outbox(run_sql, incident, "incident_resolved")
    assert [row["recipient"] for row in rows] == [reporter.email] * 2
    assert await outbox(run_sql, own, "incident_resolved") == []


async def test_no_mail_tells_of_an_internal_comment(
    agent: Person,
    reporter: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    run_sql: RunSql,
) -> None:
    incident = await reporter.create(title="Slow pages")
    await agent.data(
        "POST",
        f"/incidents/{incident['id']}/comments",
        expect=201,
        json={"content": "Between us: a zebrafish.", "is_internal": True},
    )
    rows = await run_sql(
        "SELECT kind FROM outbox WHERE incident_id = :id", id=incident["id"]
    )
    assert [row["kind"] for row in rows] == ["incident_created"]
    clock.advance(hours=5)
    await check_sla_breaches(mailing)
    await agent.data("POST", f"/incidents/{incident['id']}/resolve")
    await deliver_outbox(mailing)
    await work_off(mailing)
    assert len(postbox.to(reporter.email)) == 2
    assert not [mail for mail in postbox.mails if "zebrafish" in mail.as_string()]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\x0b", "\u2028"])
async def test_a_title_of_several_lines_is_one_subject(
    agent: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    run_sql: RunSql,
    line_break: str,
) -> None:
    title = f"Disk full{line_break}Bcc: everybody@example.com"
    incident = await breached(agent, clock, mailing, title=title)
    [row] = await outbox(run_sql, incident)
    await attempt(mailing, row)
    [mail] = postbox.to(agent.email)
    assert mail["Subject"].endswith("Disk full Bcc: everybody@example.com")
    assert mail["Bcc"] is None


# --- When the server does not want it -------------------------------------------------


async def test_a_greylisted_mail_is_tried_again_and_keeps_its_message_id(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, run_sql: RunSql
) -> None:
    incident = await breached(agent, clock, mailing)
    [row] = await outbox(run_sql, incident)
    postbox.to_recipients = "451 4.7.1 Greylisted, come back later"
    now = clock.pin()
    await attempt(mailing, row)
    [row] = await outbox(run_sql, incident)
    assert (row["status"], row["attempts"]) == ("pending", 1)
    assert "Greylisted" in row["last_error"]
    wait = row["next_attempt_at"] - now
    assert dt.timedelta(seconds=5) <= wait <= dt.timedelta(seconds=10)
    postbox.to_recipients = "250 OK"
    clock.pin(row["next_attempt_at"])
    await deliver_outbox(mailing)
    await work_off(mailing)
    mails = [m for m in postbox.to(agent.email) if "missed" in m["Subject"]]
    assert [mail["Message-ID"] for mail in mails] == [f"<{row['id']}@localhost>"]
    [row] = await outbox(run_sql, incident)
    assert (row["status"], row["last_error"]) == ("sent", None)


async def test_a_server_that_stays_away_ends_as_failed_with_its_error(
    agent: Person, clock: Clock, job_app: JobContext, run_sql: RunSql
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    nobody = {"app": dataclasses.replace(job_app, mailer=by_smtp(port))}
    incident = await breached(agent, clock, nobody)
    waits = []
    for _ in range(MAX_ATTEMPTS):
        [row] = await outbox(run_sql, incident)
        assert row["status"] == "pending"
        clock.pin(max(row["next_attempt_at"], clock()))
        await attempt(nobody, row)
        [row] = await outbox(run_sql, incident)
        waits.append(row["next_attempt_at"] - clock())
    assert (row["status"], row["attempts"]) == ("failed", MAX_ATTEMPTS)
    assert str(port) in row["last_error"]
    # Twice as long each time, give or take the jitter.
    assert all(b > a for a, b in zip(waits[:6:2], waits[2:8:2], strict=True))
    assert max(waits) <= dt.timedelta(hours=1)


async def test_a_refused_mail_fails_at_once_and_can_be_sent_again(
    agent: Person,
    administrator: Person,
    clock: Clock,
    mailing: Jobs,
    postbox: Postbox,
    run_sql: RunSql,
) -> None:
    incident = await breached(agent, clock, mailing)
    [row] = await outbox(run_sql, incident)
    postbox.to_recipients = "550 5.1.1 No such mailbox"
    await attempt(mailing, row)
    path = f"/deliveries/{row['id']}"
    shown = await administrator.data("GET", path)
    assert (shown["status"], shown["attempts"]) == ("failed", 1)
    assert "No such mailbox" in shown["last_error"]
    postbox.to_recipients = "250 OK"
    await administrator.data("POST", f"{path}/retry")
    await deliver_outbox(mailing)
    await work_off(mailing)
    assert (await administrator.data("GET", path))["status"] == "sent"
    [mail] = [m for m in postbox.to(agent.email) if "missed" in m["Subject"]]
    assert mail["Message-ID"] == shown["message_id"]


async def test_a_failed_mail_is_not_tried_again_by_itself(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, run_sql: RunSql
) -> None:
    incident = await breached(agent, clock, mailing)
    [row] = await outbox(run_sql, incident)
    postbox.to_recipients = "550 5.1.1 No such mailbox"
    await attempt(mailing, row)
    postbox.to_recipients = "250 OK"
    clock.advance(days=1)
    await deliver_outbox(mailing)
    await work_off(mailing)
    assert not [m for m in postbox.to(agent.email) if "missed" in m["Subject"]]


async def test_without_a_server_mail_is_a_file_that_a_repeat_does_not_change(
    agent: Person, clock: Clock, job_app: JobContext, run_sql: RunSql, tmp_path: Path
) -> None:
    mailer = FileMailer(tmp_path / "mail")
    filing = {"app": dataclasses.replace(job_app, mailer=mailer)}
    incident = await breached(agent, clock, filing)
    [row] = await outbox(run_sql, incident)
    await attempt(filing, row)
    [path] = (tmp_path / "mail").iterdir()
    assert path.name == f"{row['id']}.eml"
    written = path.read_bytes()
    mail = email.message_from_bytes(written, policy=email.policy.default)
    assert mail["To"] == agent.email
    await mailer.send(mail)
    assert [p.name for p in (tmp_path / "mail").iterdir()] == [path.name]


async def test_a_directory_that_cannot_be_written_is_tried_again(
    agent: Person, clock: Clock, job_app: JobContext, run_sql: RunSql, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "mail"
    in_the_way.write_text("a file")
    filing = {"app": dataclasses.replace(job_app, mailer=FileMailer(in_the_way))}
    incident = await breached(agent, clock, filing)
    [row] = await outbox(run_sql, incident)
    await attempt(filing, row)
    [row] = await outbox(run_sql, incident)
    assert (row["status"], row["attempts"]) == ("pending", 1)
    assert "could not be written" in row["last_error"]


# --- When somebody dies, or comes twice -----------------------------------------------


async def test_two_deliveries_at_once_send_one_mail(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, run_sql: RunSql
) -> None:
    incident = await breached(agent, clock, mailing)
    [row] = await outbox(run_sql, incident)
    postbox.takes_seconds = 0.2
    await asyncio.gather(*(attempt(mailing, row) for _ in range(4)))
    assert len(postbox.to(agent.email)) == 1
    [row] = await outbox(run_sql, incident)
    assert (row["status"], row["attempts"]) == ("sent", 1)


async def test_the_mail_of_a_killed_worker_is_taken_over_when_its_lease_ends(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, run_sql: RunSql
) -> None:
    incident = await breached(agent, clock, mailing)
    [row] = await outbox(run_sql, incident)
    app: JobContext = mailing["app"]
    # Somebody takes every job, and is never heard of again.
    while await app.queues.mail.dequeue(timeout=0.1):
        pass
    await deliver_outbox(mailing)
    await work_off(mailing)
    assert not [m for m in postbox.to(agent.email) if "missed" in m["Subject"]]
    clock.advance(seconds=LEASE.total_seconds() + 1)
    await deliver_outbox(mailing)
    await work_off(mailing)
    [mail] = [m for m in postbox.to(agent.email) if "missed" in m["Subject"]]
    assert mail["Message-ID"] == f"<{row['id']}@localhost>"


async def test_an_emptied_queue_delays_a_mail_and_does_not_lose_it(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, run_sql: RunSql
) -> None:
    incident = await breached(agent, clock, mailing)
    app: JobContext = mailing["app"]
    await app.queues.mail.redis.flushall()  # type: ignore[attr-defined]
    await work_off(mailing)
    clock.advance(seconds=LEASE.total_seconds() + 1)
    await deliver_outbox(mailing)
    await work_off(mailing)
    [row] = await outbox(run_sql, incident)
    assert row["status"] == "sent"
    assert len([m for m in postbox.to(agent.email) if "missed" in m["Subject"]]) == 1


async def test_a_job_that_waited_longer_than_its_lease_leaves_the_mail_to_the_next(
    agent: Person, clock: Clock, mailing: Jobs, postbox: Postbox, run_sql: RunSql
) -> None:
    incident = await breached(agent, clock, mailing)
    postbox.to_recipients = "451 4.7.1 Busy"
    # The sweep has put it in the queue once; here it is again.
    clock.advance(seconds=LEASE.total_seconds() + 1)
    await deliver_outbox(mailing)
    await work_off(mailing)
    [row] = await outbox(run_sql, incident)
    assert row["attempts"] == 1


async def test_no_more_is_leased_than_the_queue_has_room_for(
    job_app: JobContext, mailing: Jobs, postbox: Postbox, run_sql: RunSql
) -> None:
    now = job_app.now()
    async with job_app.db.transaction() as session:
        for number in range(MAILS_QUEUED + 1):
            await enqueue(
                session,
                kind="incident_resolved",
                dedupe_key=f"{number} of {now}",
                recipient=f"{number}@example.com",
                recipient_id=None,
                payload={"number": "INC-1", "title": "x", "resolved_at": str(now)},
                now=now,
            )
    for _ in range(2):
        await deliver_outbox(mailing)
    due = "SELECT id FROM outbox WHERE status = 'pending' AND next_attempt_at <= :now"
    assert await job_app.queues.mail.count("queued") == MAILS_QUEUED
    assert len(await run_sql(due, now=now)) == 1
    for _ in range(2):
        await work_off(mailing)
        await deliver_outbox(mailing)
    assert len(postbox.mails) == MAILS_QUEUED + 1


async def test_a_change_that_is_rolled_back_tells_nobody(
    agent: Person, reporter: Person, run_sql: RunSql
) -> None:
    incident = await reporter.create()
    path = f"/incidents/{incident['id']}"
    await agent.data("POST", f"{path}/resolve")
    await agent.ask("POST", f"{path}/resolve", expect=409)
    assert len(await outbox(run_sql, incident, "incident_resolved")) == 1
