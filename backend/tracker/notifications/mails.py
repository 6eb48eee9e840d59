"""Mails from outbox rows: subject, plain text and HTML of the same words."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from email.message import EmailMessage
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import (
    Environment,
    PackageLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context

from tracker.mail import sender_domain
from tracker.notifications.planning import ACCOUNT, DIGEST_KIND, MessageKind
from tracker.security import sign
from tracker.settings import Settings

HEADINGS = {
    MessageKind.SLA_BREACHED: {"en": "Missed deadlines", "de": "Verpasste Fristen"},
    MessageKind.SLA_ESCALATED: {"en": "Escalations", "de": "Eskalationen"},
    MessageKind.SLA_WARNED: {
        "en": "Deadlines that come near",
        "de": "Fristen, die näher rücken",
    },
    MessageKind.INCIDENT_CREATED: {"en": "New incidents", "de": "Neue Vorfälle"},
    MessageKind.INCIDENT_ASSIGNED: {"en": "Assigned to you", "de": "Ihnen zugewiesen"},
    MessageKind.INCIDENT_RESOLVED: {
        "en": "Resolved incidents",
        "de": "Gelöste Vorfälle",
    },
    MessageKind.MENTIONED: {"en": "You were mentioned", "de": "Sie wurden erwähnt"},
    MessageKind.WATCHED: {"en": "What you watch", "de": "Was Sie beobachten"},
    MessageKind.MAINTENANCE_ANNOUNCED: {
        "en": "Planned maintenance",
        "de": "Geplante Wartung",
    },
}
# What stands in payloads as a code.
_GERMAN = {
    "response": "Reaktion",
    "resolution": "Lösung",
    "critical": "kritisch",
    "high": "hoch",
    "medium": "mittel",
    "low": "niedrig",
    "open": "offen",
    "in_progress": "in Arbeit",
    "resolved": "gelöst",
    "closed": "geschlossen",
}
_INSTANTS = {"en": "%Y-%m-%d %H:%M:%S %Z", "de": "%d.%m.%Y %H:%M:%S %Z"}


class Reader(NamedTuple):
    """Who reads a message.

    Attributes:
        language: `en` or `de`.
        timezone: The IANA name of the zone in which instants are written.
    """

    language: str = "en"
    timezone: str = "UTC"


class Rendered(NamedTuple):
    """The words of one mail."""

    subject: str
    text: str
    html: str


@pass_context
def _instant(context: Context, value: str) -> str:
    """An RFC 3339 instant for the reader: `2026-03-02 10:00:00 CET`."""
    reader: Reader = context["reader"]
    at = dt.datetime.fromisoformat(value).astimezone(ZoneInfo(reader.timezone))
    return at.strftime(_INSTANTS[reader.language])


@pass_context
def _word(context: Context, code: str) -> str:
    """A code as the reader says it: `in_progress` as `in progress`."""
    reader: Reader = context["reader"]
    return _GERMAN[code] if reader.language == "de" else code.replace("_", " ")


_environment = Environment(
    loader=PackageLoader("tracker.notifications", "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_environment.filters["instant"] = _instant
_environment.filters["word"] = _word


def message_id(settings: Settings, outbox_id: UUID) -> str:
    """The same for each attempt, so that receivers can tell a repeat."""
    return f"<{outbox_id}@{sender_domain(settings)}>"


def render(
    settings: Settings,
    reader: Reader,
    kind: str,
    payload: dict[str, Any],
    *,
    with_secrets: bool,
) -> Rendered:
    """The words of a message.

    Args:
        settings: For the names and links.
        reader: Who reads it.
        kind: Names the templates.
        payload: What the message is about.
        with_secrets: Whether to make the link that gives access, or leave it out.
    """
    base = f"{settings.public_url}/"
    values = {
        "app_name": settings.app_name,
        "base": base,
        "language": reader.language,
        "reader": reader,
        **_in_words(base, payload),
    }
    # By this link anybody could become the recipient.
    if kind in ACCOUNT:
        values["link"] = "[hidden]"
        if with_secrets:
            token = sign(
                settings,
                "password",
                dt.datetime.fromisoformat(payload["expires_at"]),
                sub=payload["reset_id"],
            )
            values["link"] = f"{base}reset-password?token={token}"
    elif kind == DIGEST_KIND:
        values |= _grouped(base, payload, reader)
    text = _environment.get_template(f"{reader.language}/{kind}.txt").render(values)
    subject, _, body = text.partition("\n")
    html = _environment.get_template("mail.html").render(
        {**values, "paragraphs": _paragraphs(body)}
    )
    return Rendered(subject.strip(), body.strip() + "\n", html)


def _in_words(base: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A payload as templates read it."""
    values = {"name": None, "note": None, **payload}
    for name in ("title", "name"):
        if isinstance(values.get(name), str):
            # A line break would end the subject.
            values[name] = " ".join(values[name].split())
    values["link"] = (
        f"{base}incidents/{payload['number']}" if "number" in payload else ""
    )
    return values


def _grouped(base: str, payload: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """The parts of a digest, by kind, in the order in which they matter."""
    counts = payload["counts"]
    shown = defaultdict(list)
    for item in payload["items"]:
        shown[item["kind"]].append(_in_words(base, item))
    return {
        "total": sum(counts.values()),
        "missed": counts.get(MessageKind.SLA_BREACHED, 0),
        "groups": [
            {
                "title": titles[reader.language],
                "total": counts[kind],
                "shown": shown[kind],
            }
            for kind, titles in HEADINGS.items()
            if kind in counts
        ],
    }


def _paragraphs(body: str) -> list[list[str]]:
    return [block.splitlines() for block in body.strip().split("\n\n")]


def compose(
    settings: Settings,
    reader: Reader,
    outbox_id: UUID,
    kind: str,
    recipient: str,
    payload: dict[str, Any],
    created_at: dt.datetime,
) -> EmailMessage:
    """The finished mail of an outbox row."""
    words = render(settings, reader, kind, payload, with_secrets=True)
    message = EmailMessage()
    message["From"] = settings.smtp.sender
    message["To"] = recipient
    message["Subject"] = words.subject
    message["Date"] = created_at
    message["Message-ID"] = message_id(settings, outbox_id)
    # Tells other programs not to answer: a loop of robots helps nobody.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    # Not earlier: a new content drops what was said of the one before.
    message["Content-Language"] = reader.language
    return message
