"""The outbox: what people are to be told, written with the change itself."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, Identified, Timestamp


class OutboxMessage(Identified, Base):
    """One message to one person: pending, then sent or failed; the delivery log."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'sent', 'failed')", "status"),
        # What is due for delivery; a delivered message leaves the index.
        Index(
            "ix_outbox_due", "next_attempt_at", postgresql_where="status = 'pending'"
        ),
        Index("ix_outbox_log", "created_at", "id"),
        Index("ix_outbox_incident_id", "incident_id"),
    )

    kind: Mapped[str] = mapped_column(Text)
    # The same fact for the same person is told once.
    dedupe_key: Mapped[str] = mapped_column(Text, unique=True)
    recipient_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )
    recipient: Mapped[str] = mapped_column(Text)
    incident_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Carries the trace of the request that caused it into the delivery.
    traceparent: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[dt.datetime] = mapped_column(Timestamp)
    last_error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
