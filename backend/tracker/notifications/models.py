"""The outbox: what people are to be told, written with the change itself."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, Time, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Audited, Base, Identified, Timestamp


class OutboxMessage(Identified, Base):
    """One message to one person, and the delivery log.

    Pending, then sent or failed; or suppressed as the person wished; or bundled, until
    the digest that it is part of is sent.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'sent', 'failed', 'suppressed', 'bundled')", "status"
        ),
        # What is due for delivery; a delivered message leaves the index.
        Index(
            "ix_outbox_due", "next_attempt_at", postgresql_where="status = 'pending'"
        ),
        # What nobody has decided about yet.
        Index(
            "ix_outbox_unplanned",
            "next_attempt_at",
            postgresql_where="status = 'pending' AND planned_at IS NULL",
        ),
        # How much somebody was told lately.
        Index("ix_outbox_recipient", "recipient_id", "planned_at"),
        Index(
            "ix_outbox_bundle", "bundle_id", postgresql_where="bundle_id IS NOT NULL"
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
    channel: Mapped[str] = mapped_column(Text, server_default="mail")
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Carries the trace of the request that caused it into the delivery.
    traceparent: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[dt.datetime] = mapped_column(Timestamp)
    last_error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # When it was decided what becomes of it; what was decided stays decided.
    planned_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # Why it was not sent at once.
    reason: Mapped[str | None] = mapped_column(Text)
    # The digest that it is part of.
    bundle_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("outbox.id", ondelete="SET NULL")
    )


class InboxEntry(Audited, Base):
    """A message as its recipient finds it inside the app, whatever becomes of the mail.

    A table of its own: while a mail is under way its outbox row is locked, and nobody
    who reads is to wait for a mail server.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_recipient", "recipient_id", "created_at", "id"),
        # What somebody reads leaves it: to count is as cheap as there is little to do.
        Index(
            "ix_inbox_unread",
            "recipient_id",
            "created_at",
            "id",
            postgresql_where="read_at IS NULL",
        ),
    )

    # The message's own: what was told once is here once.
    id: Mapped[UUID] = mapped_column(
        ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True
    )
    # Whoever the message is for, who is a user by that.
    recipient_id: Mapped[UUID]
    read_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class NotificationPreferences(Audited, Base):
    """What a person wants to be told, and when; who has no row has the defaults."""

    __tablename__ = "notification_preferences"
    __table_args__ = (
        CheckConstraint(
            "num_nulls(quiet_from, quiet_to) = 2"
            " OR coalesce(quiet_from <> quiet_to, false)",
            "quiet_hours",
        ),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    # By kind: when and by what channel; a kind that is not here is told at once.
    choices: Mapped[dict[str, dict[str, str]]] = mapped_column(JSONB)
    # Wall times in the person's zone.
    digest_at: Mapped[dt.time] = mapped_column(Time)
    quiet_from: Mapped[dt.time | None] = mapped_column(Time)
    quiet_to: Mapped[dt.time | None] = mapped_column(Time)


class PushSubscription(Identified, Base):
    """A browser in which somebody wants to be told.

    It belongs to whoever is signed in there: the same browser is never told of two.
    """

    __tablename__ = "push_subscriptions"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # Where its push service takes messages for it.
    endpoint: Mapped[str] = mapped_column(Text, unique=True)
    # What messages are encrypted with.
    p256dh: Mapped[str] = mapped_column(Text)
    auth: Mapped[str] = mapped_column(Text)
    # Such as “Firefox on Linux”.
    name: Mapped[str] = mapped_column(Text)
    last_success_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # Since the last success.
    failures: Mapped[int] = mapped_column(server_default=text("0"))
