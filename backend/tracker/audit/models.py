"""The audit log: rows that are added and never changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Audited, Base


class AuditEvent(Audited, Base):
    """One administrative act.

    Triggers on the administrative tables write most of them, whoever changes a row and
    by what statement; `service.record` writes what is no change of such a row. The
    database refuses to change or drop what is here. Nothing refers to other tables: an
    event outlives what it is about.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_created", "created_at", "seq"),
        Index("ix_audit_events_actor", "actor_id", "created_at", "seq"),
        Index("ix_audit_events_action", "action", "created_at", "seq"),
        Index("ix_audit_events_object", "object", "created_at", "seq"),
        Index("ix_audit_events_object_id", "object_id", "created_at", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # Null is the service itself, or somebody who is not signed in.
    actor_id: Mapped[UUID | None]
    via: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    object: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str | None] = mapped_column(Text)
    # What it was called then.
    label: Mapped[str | None] = mapped_column(Text)
    # By column: before and after.
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
