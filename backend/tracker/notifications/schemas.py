"""The delivery log, as administrators see it."""

from __future__ import annotations

import datetime as dt
import enum
from uuid import UUID

import msgspec


class DeliveryStatus(enum.StrEnum):
    """Where a message is on its way."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Delivery(msgspec.Struct, kw_only=True):
    """One message to one person."""

    id: UUID
    kind: str
    recipient: str
    subject: str
    status: DeliveryStatus
    attempts: int
    last_error: str | None
    created_at: dt.datetime
    next_attempt_at: dt.datetime | None
    sent_at: dt.datetime | None
    message_id: str
    incident_id: UUID | None


class DeliveryDetail(Delivery, kw_only=True):
    """A message with its words; links that give access are left out."""

    text: str
    html: str
