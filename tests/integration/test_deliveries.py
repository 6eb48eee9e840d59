"""The log of messages: what was told to whom, how that went, and once more."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.integration.conftest import Clock, Person, ReadMail
from tracker.mail import make_mailer
from tracker.notifications.jobs import deliver_outbox, purge_deliveries, send_message
from tracker.settings import Settings


class Server:
    """A mail server that answers as it is told."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.received: list[Envelope] = []

    async def handle_DATA(  # noqa: N802  (the name that aiosmtpd looks for)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the message, or not."""
        if self.answer.startswith("250"):
            self.received.append(envelope)
        return self.answer


@pytest.fixture
async def mail_server(
    jobs: dict[str, Any], settings: Settings
) -> AsyncIterator[Server]:
    """A real SMTP server on loopback to which the jobs deliver."""
    server = Server()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: SMTP(server), "127.0.0.1", 0)
    smtp = msgspec.structs.replace(
        settings.smtp,
        host="127.0.0.1",
        port=listener.sockets[0].getsockname()[1],
        tls="none",
    )
    mailer = make_mailer(msgspec.structs.replace(settings, smtp=smtp))
    jobs["app"] = dataclasses.replace(jobs["app"], mailer=mailer)
    async with listener:
        yield server


async def deliveries(administrator: Person, **query: Any) -> list[dict[str, Any]]:
    pages = await administrator.pages("/deliveries", **query)
    return [item for page in pages for item in page]


async def reset_of(administrator: Person, person: Person) -> dict[str, Any]:
    """The delivery of a password link that a person asked for."""
    body = {"email": person.email}
    await person.ask("POST", "/auth/password-reset", expect=204, json=body)
    return (await deliveries(administrator, q=person.email))[0]


async def test_a_new_message_waits_with_its_subject_and_recipient(
    administrator: Person, reporter: Person
) -> None:
    incident = await reporter.create(title="Disk full")
    [delivery] = await deliveries(administrator, q=reporter.email)
    assert delivery["kind"] == "incident_created"
    assert delivery["recipient"] == reporter.email
    assert incident["number"] in delivery["subject"]
    assert "Disk full" in delivery["subject"]
    assert delivery["incident_id"] == incident["id"]
    assert (delivery["status"], delivery["attempts"]) == ("pending", 0)


async def test_a_delivered_message_is_in_the_log_as_sent(
    administrator: Person,
    reporter: Person,
    jobs: dict[str, Any],
    mail_server: Server,
) -> None:
    delivery = await reset_of(administrator, reporter)
    await send_message(jobs, outbox_id=delivery["id"])
    [envelope] = mail_server.received
    assert envelope.rcpt_tos == [reporter.email]
    assert isinstance(envelope.content, bytes)
    assert f"Message-ID: {delivery['message_id']}".encode() in envelope.content
    after = await administrator.data("GET", f"/deliveries/{delivery['id']}")
    assert (after["status"], after["attempts"]) == ("sent", 1)
    assert after["sent_at"] is not None
    assert after["next_attempt_at"] is None


async def test_the_words_of_a_message_can_be_read(
    administrator: Person, reporter: Person
) -> None:
    await reporter.create(title="<b>Disk</b> full")
    [delivery] = await deliveries(administrator, q=reporter.email)
    detail = await administrator.data("GET", f"/deliveries/{delivery['id']}")
    assert "<b>Disk</b> full" in detail["subject"] + detail["text"]
    assert "&lt;b&gt;Disk&lt;/b&gt;" in detail["html"]
    assert "<b>Disk</b>" not in detail["html"]


async def test_a_link_that_gives_access_is_hidden_in_the_log(
    administrator: Person, agent: Person, read_mail: ReadMail
) -> None:
    delivery = await reset_of(administrator, agent)
    mail = await read_mail(agent.email, "password_reset")
    assert "/reset-password?token=" in str(mail)
    detail = await administrator.data("GET", f"/deliveries/{delivery['id']}")
    for words in (detail["text"], detail["html"]):
        assert "[hidden]" in words
        assert "token=" not in words


async def test_a_refused_message_fails_with_the_words_of_the_server(
    administrator: Person,
    reporter: Person,
    jobs: dict[str, Any],
    mail_server: Server,
) -> None:
    delivery = await reset_of(administrator, reporter)
    mail_server.answer = "550 No such mailbox"
    await send_message(jobs, outbox_id=delivery["id"])
    [failed] = await deliveries(administrator, q=reporter.email, status="failed")
    assert "550 No such mailbox" in failed["last_error"]
    assert failed["next_attempt_at"] is None


async def test_a_failed_message_can_be_sent_again(
    administrator: Person,
    reporter: Person,
    jobs: dict[str, Any],
    mail_server: Server,
) -> None:
    delivery = await reset_of(administrator, reporter)
    path = f"/deliveries/{delivery['id']}"
    mail_server.answer = "550 No such mailbox"
    await send_message(jobs, outbox_id=delivery["id"])
    mail_server.answer = "250 OK"
    retried = await administrator.data("POST", f"{path}/retry")
    assert (retried["status"], retried["attempts"]) == ("pending", 0)
    await send_message(jobs, outbox_id=delivery["id"])
    assert len(mail_server.received) == 1
    sent = await administrator.data("GET", path)
    assert (sent["status"], sent["last_error"]) == ("sent", None)


async def test_a_sent_message_cannot_be_sent_again(
    administrator: Person, reporter: Person, jobs: dict[str, Any]
) -> None:
    delivery = await reset_of(administrator, reporter)
    await send_message(jobs, outbox_id=delivery["id"])
    response = await administrator.ask(
        "POST", f"/deliveries/{delivery['id']}/retry", expect=409
    )
    assert response.json()["errors"][0]["code"] == "already_sent"


async def test_the_log_is_found_by_status_recipient_kind_and_number(
    administrator: Person, reporter: Person, jobs: dict[str, Any]
) -> None:
    incident = await reporter.create()
    delivery = await reset_of(administrator, reporter)
    await send_message(jobs, outbox_id=delivery["id"])

    async def found(**query: Any) -> set[str]:
        listed = await deliveries(administrator, **query)
        return {item["kind"] for item in listed if item["recipient"] == reporter.email}

    assert await found(q=reporter.email) == {"incident_created", "password_reset"}
    assert await found(q=reporter.email, status="sent") == {"password_reset"}
    assert await found(q=incident["number"].lower()) == {"incident_created"}
    assert await found(q="password_re") == {"password_reset"}
    assert await found(q="%") == set()


async def test_the_log_pages_newest_first_with_a_total_when_asked(
    administrator: Person, reporter: Person
) -> None:
    made = [(await reporter.create())["id"] for _ in range(3)]
    query: dict[str, Any] = {"q": reporter.email, "limit": 1}
    listed = await deliveries(administrator, **query)
    assert [delivery["incident_id"] for delivery in listed] == made[::-1]
    counted = await administrator.data(
        "GET", "/deliveries", params={**query, "with_total": "true"}
    )
    assert counted["total"] == 3


async def test_a_due_message_is_offered_to_one_worker_at_a_time(
    administrator: Person, reporter: Person, jobs: dict[str, Any], clock: Clock
) -> None:
    await deliver_outbox(jobs)
    await reset_of(administrator, reporter)
    assert await deliver_outbox(jobs) == 1
    assert await deliver_outbox(jobs) == 0
    # Whoever had it was killed: it is offered again.
    clock.advance(seconds=31)
    assert await deliver_outbox(jobs) >= 1


async def test_sent_messages_are_dropped_after_ninety_days_and_failed_ones_kept(
    administrator: Person,
    reporter: Person,
    jobs: dict[str, Any],
    mail_server: Server,
    clock: Clock,
) -> None:
    sent = await reset_of(administrator, reporter)
    await send_message(jobs, outbox_id=sent["id"])
    failed = await reset_of(administrator, reporter)
    mail_server.answer = "550 No such mailbox"
    await send_message(jobs, outbox_id=failed["id"])
    clock.advance(days=91)
    await purge_deliveries(jobs)
    kept = [item["id"] for item in await deliveries(administrator, q=reporter.email)]
    assert kept == [failed["id"]]
