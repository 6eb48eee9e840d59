"""A real mail server for tests, and what a worker does with the mail queue."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from saq import Status

from tracker.mail import SmtpMailer
from tracker.notifications.jobs import deliver_outbox
from tracker.settings import SmtpSettings
from tracker.worker import MAILS

Jobs = dict[str, Any]


class Postbox:
    """A mail server that keeps what it accepts, and says what it is told to say."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.to_recipients = "250 OK"
        self.takes_seconds = 0.0

    async def handle_RCPT(  # noqa: N802 - a name of aiosmtpd
        self, _server: SMTP, _session: Any, envelope: Envelope, address: str, _o: Any
    ) -> str:
        if self.to_recipients.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipients

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Any, envelope: Envelope
    ) -> str:
        await asyncio.sleep(self.takes_seconds)
        assert isinstance(envelope.content, bytes)
        self.mails.append(
            email.message_from_bytes(envelope.content, policy=email.policy.default)
        )
        return "250 OK"

    def to(self, *addresses: str) -> list[EmailMessage]:
        """What came for these people; others' mails of the same database come too."""
        return [mail for mail in self.mails if mail["To"] in addresses]


@asynccontextmanager
async def open_postbox() -> AsyncIterator[Postbox]:
    """A server on loopback."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="mail.example"), "127.0.0.1", 0
    )
    async with server:
        box.port = server.sockets[0].getsockname()[1]
        yield box


def by_smtp(port: int) -> SmtpMailer:
    """Mail to a server on loopback."""
    return SmtpMailer(SmtpSettings(host="127.0.0.1", port=port, tls="none"))


async def work_off(jobs: Jobs) -> None:
    """Do what is in the mail queue, as a worker does."""
    queue = jobs["app"].queues.mail
    while job := await queue.dequeue(timeout=0.1):
        run: Any = next(run for run in MAILS if run.__name__ == job.function)
        await run(jobs, **job.kwargs)
        await queue.finish(job, Status.COMPLETE)


async def deliver(jobs: Jobs) -> None:
    """One delivery round, and the mails that it has put in the queue."""
    await deliver_outbox(jobs)
    await work_off(jobs)


def plain(mail: EmailMessage) -> str:
    """The words of a mail."""
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content()).replace("\r\n", "\n")
