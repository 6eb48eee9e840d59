"""A real SMTP server in this process, and the mails that it was given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

# A mail whose job was lost on the way is offered again, after ten seconds each time.
PATIENCE_SECONDS = 60


@dataclass
class Mailbox:
    """Takes every mail, but for the addresses that it is told to refuse."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 There is no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        async with self._arrived:
            self.mails.append(mail)
            self._arrived.notify_all()
        return "250 OK"

    def find(self, subject: str, *, to: str | None = None) -> list[EmailMessage]:
        """The mails that have come with these words in the subject."""
        return [
            mail
            for mail in self.mails
            if subject in mail["Subject"] and to in (None, mail["To"])
        ]

    async def receive(self, subject: str, *, to: str) -> EmailMessage:
        """The mail with these words in the subject, now or as soon as it comes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
                await self._arrived.wait_for(lambda: self.find(subject, to=to))
        found = self.find(subject, to=to)
        assert found, f"no “{subject}”, but {[m['Subject'] for m in self.to(to)]}"
        return found[0]

    def to(self, address: str) -> list[EmailMessage]:
        """All mails that this address was sent."""
        return [mail for mail in self.mails if mail["To"] == address]


def words(mail: EmailMessage) -> str:
    """Everything that a person could read in a mail."""
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([mail["Subject"], *parts])


@asynccontextmanager
async def mail_server() -> AsyncIterator[Mailbox]:
    """A mailbox that listens on a free port of the loopback."""
    mailbox = Mailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    mailbox.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mailbox
