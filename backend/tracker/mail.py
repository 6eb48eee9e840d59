"""Sending mail: by SMTP, or as files where no server is set."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol

import aiosmtplib

from tracker.settings import Settings, SmtpSettings

SMTP_TIMEOUT = 20.0


class MailError(Exception):
    """A mail was not accepted.

    Args:
        message: What the server or the network said.
        permanent: Trying again would not help.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class Mailer(Protocol):
    """Hands a finished message to whoever carries it."""

    async def send(self, message: EmailMessage) -> None:
        """Send, or raise `MailError`."""


@dataclass(frozen=True)
class SmtpMailer:
    """Mail through an SMTP server."""

    settings: SmtpSettings

    async def send(self, message: EmailMessage) -> None:
        """Send, or raise `MailError`."""
        smtp = self.settings
        try:
            await aiosmtplib.send(
                message,
                hostname=smtp.host,
                port=smtp.port,
                username=smtp.user or None,
                password=str(smtp.password) or None,
                use_tls=smtp.tls == "tls",
                start_tls=smtp.tls == "starttls",
                timeout=SMTP_TIMEOUT,
            )
        except aiosmtplib.SMTPResponseException as error:
            raise MailError(
                f"{error.code} {error.message}", permanent=500 <= error.code < 600
            ) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            raise MailError(
                f"{refused.code} {refused.message}", permanent=refused.code >= 500
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailError(f"{type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class FileMailer:
    """Mail as `.eml` files, named by Message-ID, so that a repeat changes nothing."""

    directory: Path

    async def send(self, message: EmailMessage) -> None:
        """Write the file, or raise `MailError`."""
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise MailError(f"The mail could not be written: {error}") from error

    def _write(self, message: EmailMessage) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = message["Message-ID"].strip("<>").partition("@")[0]
        path = self.directory / f"{name}.eml"
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(bytes(message))
        partial.replace(path)


def make_mailer(settings: Settings) -> Mailer:
    """SMTP when there is a server, else files in the data directory."""
    if settings.smtp.host:
        return SmtpMailer(settings.smtp)
    return FileMailer(settings.data_dir / "mail")


def sender_domain(settings: Settings) -> str:
    """The right side of our Message-IDs."""
    return parseaddr(settings.smtp.sender)[1].rpartition("@")[2] or "localhost"
