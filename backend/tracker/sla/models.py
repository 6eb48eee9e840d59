"""Tables of promises: calendars, policies, clocks and the ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    Interval,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Audited, Base, Identified, Timestamp


class Calendar(Identified, Base):
    """A name for working time; what it means is in its versions."""

    __tablename__ = "calendars"
    __table_args__ = (
        Index(
            "uq_calendars_name",
            "name",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
    )

    name: Mapped[str] = mapped_column(Text)
    current_version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


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
    # Each with its date and its name.
    holidays: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class SlaPolicy(Identified, Base):
    """A name for a set of promises; what is promised is in its versions.

    A new incident gets the first one, by position, whose conditions it fulfils; the
    default has none and is asked last.
    """

    __tablename__ = "sla_policies"
    __table_args__ = (
        Index(
            "uq_sla_policies_default",
            "is_default",
            unique=True,
            postgresql_where="is_default",
        ),
        Index(
            "uq_sla_policies_name",
            "name",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
    )

    name: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    current_version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class PolicyRevision(Base):
    """One row: a number that grows with each change of what is promised.

    Processes keep the policies in memory; who writes checks that theirs are current.
    """

    __tablename__ = "sla_policy_revision"
    __table_args__ = (CheckConstraint("one", "one"),)

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class SlaPolicyVersion(Identified, Base):
    """A set of promises, never changed once made; a clock keeps its own."""

    __tablename__ = "sla_policy_versions"
    __table_args__ = (UniqueConstraint("policy_id", "version"),)

    policy_id: Mapped[UUID] = mapped_column(
        ForeignKey("sla_policies.id", ondelete="CASCADE")
    )
    version: Mapped[int]
    # Which incidents it is for; nothing is all.
    conditions: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'")
    )
    # By priority: response_seconds and resolution_seconds, either may be null.
    targets: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Null is around the clock.
    response_calendar_version_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("calendar_versions.id")
    )
    resolution_calendar_version_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("calendar_versions.id")
    )
    # Before a deadline: each with percent or seconds_before.
    warnings: Mapped[list[Any]] = mapped_column(
        JSONB, server_default=text("""'[{"percent": 80}]'""")
    )
    pauses: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    reopening: Mapped[str] = mapped_column(Text, server_default="continue")
    escalations: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    # What the engine has to do before and after a deadline, in the order of the
    # instants that a clock keeps for it.
    marks: Mapped[list[Any]] = mapped_column(
        JSONB,
        server_default=text("""'[{"type": "warned", "level": 80, "percent": 80}]'"""),
    )
    note: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class PauseReason(Audited, Base):
    """A reason for which a clock may stand still."""

    __tablename__ = "pause_reasons"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    # Whether the wait is ours: told in reports beside the pauses that are not.
    counts_against_us: Mapped[bool] = mapped_column(server_default=text("false"))


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
        Index(
            "ix_slas_pause_ends_at",
            "pause_ends_at",
            postgresql_where="pause_ends_at IS NOT NULL",
        ),
        Index("ix_slas_policy_version", "policy_version_id"),
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
    # When the policy ends the oldest pause by itself.
    pause_ends_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
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
            "ix_sla_clocks_mark_due_at",
            "mark_due_at",
            postgresql_where="mark_due_at IS NOT NULL",
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
    mark_due_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # The instants of the policy's marks, in their order.
    mark_times: Mapped[list[dt.datetime]] = mapped_column(
        ARRAY(Timestamp), server_default=text("'{}'")
    )
    # Working time left, for a clock that stands still.
    remaining: Mapped[dt.timedelta | None] = mapped_column(Interval)
    stopped_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    breached_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    detected_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    notified_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    ever_breached: Mapped[bool] = mapped_column(server_default=text("false"))


class LedgerEntry(Base):
    """One event in the life of an incident's clocks.

    Rows are added and never changed: the database refuses everything else.
    """

    __tablename__ = "sla_ledger"
    __table_args__ = (
        Index("ix_sla_ledger_incident", "incident_id", "seq"),
        Index("ix_sla_ledger_paused", "at", postgresql_where="type = 'paused'"),
        # A warning or a breach of one deadline is told once, whoever finds it.
        Index(
            "uq_sla_ledger_told_once",
            "clock_id",
            "cycle",
            "type",
            "level",
            "deadline",
            unique=True,
            postgresql_where="type IN ('warned', 'breached', 'escalated')",
        ),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incidents.id"))
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
    # Of the row and the one before it, by a trigger: a later change shows.
    hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())


class Escalation(Identified, Base):
    """What a policy wants done at a mark: noted by the engine, then done once."""

    __tablename__ = "sla_escalations"
    __table_args__ = (
        UniqueConstraint("clock_id", "cycle", "level", "deadline"),
        Index("ix_sla_escalations_open", "at", postgresql_where="done_at IS NULL"),
        Index("ix_sla_escalations_incident", "incident_id"),
    )

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    clock_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    cycle: Mapped[int]
    level: Mapped[int]
    deadline: Mapped[dt.datetime] = mapped_column(Timestamp)
    # The true instant of the mark.
    at: Mapped[dt.datetime] = mapped_column(Timestamp)
    actions: Mapped[list[Any]] = mapped_column(JSONB)
    done_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # What could not be done, and why.
    problems: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))


class MaintenanceWindow(Identified, Base):
    """A period in which the clocks of matching incidents stand still."""

    __tablename__ = "maintenance_windows"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", "period"),
        # Those that the engine has still to begin or to end.
        Index(
            "ix_maintenance_windows_open",
            "starts_at",
            postgresql_where="ended_at IS NULL",
        ),
    )

    name: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[dt.datetime] = mapped_column(Timestamp)
    ends_at: Mapped[dt.datetime] = mapped_column(Timestamp)
    # Which incidents: team_ids, organization_ids, tags; nothing is all.
    match: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    # When the engine had paused all that match, and resumed all that it had paused.
    begun_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class MaintenancePause(Audited, Base):
    """Which incidents a window has paused."""

    __tablename__ = "maintenance_pauses"

    window_id: Mapped[UUID] = mapped_column(
        ForeignKey("maintenance_windows.id", ondelete="CASCADE"), primary_key=True
    )
    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    ended_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class PolicyRun(Identified, Base):
    """Applying a policy version to open incidents: in batches, and restartable."""

    __tablename__ = "sla_policy_runs"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed')", "status"),
        Index("ix_sla_policy_runs_policy", "policy_version_id"),
    )

    policy_version_id: Mapped[UUID] = mapped_column(
        ForeignKey("sla_policy_versions.id")
    )
    mode: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="running")
    total: Mapped[int] = mapped_column(server_default=text("0"))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    # Every incident up to this one has been looked at.
    reached: Mapped[UUID | None]
    moved: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    finished_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class EngineState(Base):
    """One row: when the engine was last seen, to a few seconds."""

    __tablename__ = "sla_engine"
    __table_args__ = (CheckConstraint("one", "one"),)

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    swept_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class ClockCheck(Identified, Base):
    """One comparison of all clocks with their ledgers."""

    __tablename__ = "sla_clock_checks"

    started_at: Mapped[dt.datetime] = mapped_column(Timestamp)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    clocks: Mapped[int] = mapped_column(server_default=text("0"))
    differences: Mapped[int] = mapped_column(server_default=text("0"))
    # The first hundred differences.
    details: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    error: Mapped[str | None] = mapped_column(Text)
