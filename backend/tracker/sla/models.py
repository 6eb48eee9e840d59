"""Tables of promises: calendars, policies, clocks and the ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Interval,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Audited, Base, Identified, Timestamp


class Calendar(Identified, Base):
    """A name for working time; what it means is in its versions."""

    __tablename__ = "calendars"

    name: Mapped[str] = mapped_column(Text, unique=True)


class CalendarVersion(Identified, Base):
    """Working time, never changed once made."""

    __tablename__ = "calendar_versions"
    __table_args__ = (UniqueConstraint("calendar_id", "version"),)

    calendar_id: Mapped[UUID] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE")
    )
    version: Mapped[int]
    timezone: Mapped[str] = mapped_column(Text)
    # Null is around the clock.
    weekly_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    holidays: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))


class SlaPolicy(Identified, Base):
    """A name for a set of promises; what is promised is in its versions."""

    __tablename__ = "sla_policies"
    __table_args__ = (
        Index(
            "uq_sla_policies_default",
            "is_default",
            unique=True,
            postgresql_where="is_default",
        ),
    )

    name: Mapped[str] = mapped_column(Text, unique=True)
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    current_version: Mapped[int] = mapped_column(server_default=text("1"))


class SlaPolicyVersion(Identified, Base):
    """A set of promises, never changed once made; a clock keeps its own."""

    __tablename__ = "sla_policy_versions"
    __table_args__ = (UniqueConstraint("policy_id", "version"),)

    policy_id: Mapped[UUID] = mapped_column(
        ForeignKey("sla_policies.id", ondelete="CASCADE")
    )
    version: Mapped[int]
    # By priority: response_seconds and resolution_seconds, either may be null.
    targets: Mapped[dict[str, Any]] = mapped_column(JSONB)
    warn_at_percent: Mapped[int] = mapped_column(server_default=text("80"))
    calendar_version_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("calendar_versions.id")
    )
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class PauseReason(Audited, Base):
    """A reason for which a clock may stand still."""

    __tablename__ = "pause_reasons"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class Sla(Identified, Base):
    """What people read of an incident's promises, one row an incident.

    Its row lock is the lock of everything about the incident's clocks.
    """

    __tablename__ = "slas"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'paused', 'breached', 'met')", "status"),
        # The queue: what is due first comes first, what has no deadline last.
        Index(
            "ix_slas_queue",
            text("coalesce(next_deadline, 'infinity'::timestamptz)"),
            "incident_id",
        ),
        Index(
            "ix_slas_status",
            "status",
            text("coalesce(next_deadline, 'infinity'::timestamptz)"),
            "incident_id",
        ),
    )

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), unique=True
    )
    policy_version_id: Mapped[UUID] = mapped_column(
        ForeignKey("sla_policy_versions.id")
    )
    status: Mapped[str] = mapped_column(Text)
    at_risk: Mapped[bool] = mapped_column(server_default=text("false"))
    next_deadline: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    response_deadline: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    resolution_deadline: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    response_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    paused_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    paused_duration: Mapped[dt.timedelta] = mapped_column(
        Interval, server_default=text("'0'")
    )
    breach_notified_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class SlaClock(Identified, Base):
    """One target running on one incident: what the engine works on."""

    __tablename__ = "sla_clocks"
    __table_args__ = (
        UniqueConstraint("incident_id", "kind"),
        CheckConstraint(
            "status IN ('none', 'running', 'paused', 'met', 'breached')", "status"
        ),
        # Only clocks that the engine still has to look at are in these.
        Index("ix_sla_clocks_due_at", "due_at", postgresql_where="due_at IS NOT NULL"),
        Index(
            "ix_sla_clocks_warn_due_at",
            "warn_due_at",
            postgresql_where="warn_due_at IS NOT NULL",
        ),
    )

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    kind: Mapped[str] = mapped_column(Text)
    policy_version_id: Mapped[UUID] = mapped_column(
        ForeignKey("sla_policy_versions.id")
    )
    cycle: Mapped[int] = mapped_column(server_default=text("1"))
    status: Mapped[str] = mapped_column(Text)
    target: Mapped[dt.timedelta | None] = mapped_column(Interval)
    started_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    deadline: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    warn_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # When the engine must act; null when there is nothing left to do.
    due_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    warn_due_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # Working time left, for a clock that stands still.
    remaining: Mapped[dt.timedelta | None] = mapped_column(Interval)
    stopped_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    breached_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    detected_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    notified_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    ever_breached: Mapped[bool] = mapped_column(server_default=text("false"))


class LedgerEntry(Base):
    """One event in the life of an incident's clocks. Rows are added, never changed."""

    __tablename__ = "sla_ledger"
    __table_args__ = (
        Index("ix_sla_ledger_incident", "incident_id", "at", "seq"),
        # A warning or a breach of one deadline is told once, whoever finds it.
        Index(
            "uq_sla_ledger_told_once",
            "clock_id",
            "cycle",
            "type",
            "level",
            "deadline",
            unique=True,
            postgresql_where="type IN ('warned', 'breached')",
        ),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    at: Mapped[dt.datetime] = mapped_column(Timestamp)
    recorded_at: Mapped[dt.datetime] = mapped_column(
        Timestamp, server_default=func.now()
    )
    type: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    clock_id: Mapped[UUID | None]
    cycle: Mapped[int | None]
    level: Mapped[int | None]
    deadline: Mapped[dt.datetime | None] = mapped_column(Timestamp)
