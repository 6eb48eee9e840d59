"""Policies with conditions, warnings, pauses and escalation; maintenance windows.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIMESTAMP = postgresql.TIMESTAMP(timezone=True)


def _audit() -> tuple[sa.Column[Any], ...]:
    return tuple(
        sa.Column(name, TIMESTAMP, server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    )


def upgrade() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", postgresql.CITEXT(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", TIMESTAMP, nullable=True),
        *_audit(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_index(
        "uq_organizations_name",
        "organizations",
        ["name"],
        unique=True,
        postgresql_where="deleted_at IS NULL",
    )
    for table in ("users", "incidents"):
        op.add_column(table, sa.Column("organization_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_organization_id_organizations"),
            table,
            "organizations",
            ["organization_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.create_index(op.f("ix_users_organization_id"), "users", ["organization_id"])
    op.create_index(
        "ix_incidents_organization",
        "incidents",
        ["organization_id"],
        postgresql_where="organization_id IS NOT NULL",
    )
    # Without one it is the service that speaks.
    op.alter_column("comments", "author_id", nullable=True)
    _calendars()
    _policies()
    _clocks()
    _windows()


def _calendars() -> None:
    op.add_column(
        "calendars",
        sa.Column(
            "current_version", sa.Integer(), server_default=sa.text("1"), nullable=False
        ),
    )
    op.add_column("calendars", sa.Column("deleted_at", TIMESTAMP, nullable=True))
    op.drop_constraint("uq_calendars_name", "calendars")
    op.create_index(
        "uq_calendars_name",
        "calendars",
        ["name"],
        unique=True,
        postgresql_where="deleted_at IS NULL",
    )
    op.add_column(
        "calendar_versions", sa.Column("created_by", sa.Uuid(), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_calendar_versions_created_by_users"),
        "calendar_versions",
        "users",
        ["created_by"],
        ["id"],
    )
    op.execute(
        "UPDATE calendars c SET current_version = (SELECT max(v.version)"
        " FROM calendar_versions v WHERE v.calendar_id = c.id)"
    )


def _policies() -> None:
    op.create_table(
        "sla_policy_revision",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False
        ),
        sa.CheckConstraint("one", name=op.f("ck_sla_policy_revision_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_sla_policy_revision")),
    )
    op.execute("INSERT INTO sla_policy_revision DEFAULT VALUES")
    op.add_column(
        "sla_policies",
        sa.Column(
            "position", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
    )
    op.add_column("sla_policies", sa.Column("deleted_at", TIMESTAMP, nullable=True))
    op.drop_constraint("uq_sla_policies_name", "sla_policies")
    op.create_index(
        "uq_sla_policies_name",
        "sla_policies",
        ["name"],
        unique=True,
        postgresql_where="deleted_at IS NULL",
    )
    for name, default in (
        ("conditions", "'{}'"),
        ("warnings", """'[{"percent": 80}]'"""),
        ("pauses", "'{}'"),
        ("escalations", "'[]'"),
        ("marks", """'[{"type": "warned", "level": 80, "percent": 80}]'"""),
    ):
        op.add_column(
            "sla_policy_versions",
            sa.Column(
                name,
                postgresql.JSONB(astext_type=sa.Text()),
                # A colon would begin a parameter.
                server_default=sa.text(default.replace(":", r"\:")),
                nullable=False,
            ),
        )
    op.add_column(
        "sla_policy_versions",
        sa.Column("reopening", sa.Text(), server_default="continue", nullable=False),
    )
    op.add_column("sla_policy_versions", sa.Column("note", sa.Text(), nullable=True))
    for kind in ("response", "resolution"):
        op.add_column(
            "sla_policy_versions",
            sa.Column(f"{kind}_calendar_version_id", sa.Uuid(), nullable=True),
        )
        op.create_foreign_key(
            op.f(
                f"fk_sla_policy_versions_{kind}_calendar_version_id_calendar_versions"
            ),
            "sla_policy_versions",
            "calendar_versions",
            [f"{kind}_calendar_version_id"],
            ["id"],
        )
    op.execute(
        """
        UPDATE sla_policy_versions
           SET response_calendar_version_id = calendar_version_id,
               resolution_calendar_version_id = calendar_version_id,
               warnings = jsonb_build_array(
                 jsonb_build_object('percent', warn_at_percent)),
               marks = jsonb_build_array(jsonb_build_object(
                 'type', 'warned', 'level', warn_at_percent,
                 'percent', warn_at_percent))
        """
    )
    op.drop_column("sla_policy_versions", "warn_at_percent")
    op.drop_column("sla_policy_versions", "calendar_version_id")
    op.add_column(
        "pause_reasons",
        sa.Column(
            "counts_against_us",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
        ),
    )


def _clocks() -> None:
    op.add_column("slas", sa.Column("pause_ends_at", TIMESTAMP, nullable=True))
    op.create_index(
        "ix_slas_pause_ends_at",
        "slas",
        ["pause_ends_at"],
        postgresql_where="pause_ends_at IS NOT NULL",
    )
    op.create_index("ix_slas_policy_version", "slas", ["policy_version_id"])
    op.alter_column("sla_clocks", "warn_due_at", new_column_name="mark_due_at")
    op.execute(
        "ALTER INDEX ix_sla_clocks_warn_due_at RENAME TO ix_sla_clocks_mark_due_at"
    )
    op.add_column(
        "sla_clocks",
        sa.Column(
            "mark_times",
            postgresql.ARRAY(TIMESTAMP),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.execute(
        "UPDATE sla_clocks SET mark_times = ARRAY[warn_at] WHERE warn_at IS NOT NULL"
    )
    op.create_index(
        "ix_sla_ledger_paused", "sla_ledger", ["at"], postgresql_where="type = 'paused'"
    )
    _told_once("'warned', 'breached', 'escalated'")


def _told_once(types: str) -> None:
    op.drop_index("uq_sla_ledger_told_once", "sla_ledger")
    op.create_index(
        "uq_sla_ledger_told_once",
        "sla_ledger",
        ["clock_id", "cycle", "type", "level", "deadline"],
        unique=True,
        postgresql_where=f"type IN ({types})",
    )


def _windows() -> None:
    op.create_table(
        "sla_escalations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("deadline", TIMESTAMP, nullable=False),
        sa.Column("at", TIMESTAMP, nullable=False),
        sa.Column("actions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("done_at", TIMESTAMP, nullable=True),
        sa.Column(
            "problems",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        *_audit(),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
            name=op.f("fk_sla_escalations_incident_id_incidents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_escalations")),
        sa.UniqueConstraint(
            "clock_id",
            "cycle",
            "level",
            "deadline",
            name=op.f("uq_sla_escalations_clock_id"),
        ),
    )
    op.create_index(
        "ix_sla_escalations_open",
        "sla_escalations",
        ["at"],
        postgresql_where="done_at IS NULL",
    )
    op.create_index("ix_sla_escalations_incident", "sla_escalations", ["incident_id"])
    op.create_table(
        "maintenance_windows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("starts_at", TIMESTAMP, nullable=False),
        sa.Column("ends_at", TIMESTAMP, nullable=False),
        sa.Column(
            "match",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("begun_at", TIMESTAMP, nullable=True),
        sa.Column("ended_at", TIMESTAMP, nullable=True),
        sa.Column("cancelled_at", TIMESTAMP, nullable=True),
        *_audit(),
        sa.CheckConstraint(
            "starts_at < ends_at", name=op.f("ck_maintenance_windows_period")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
            name=op.f("fk_maintenance_windows_created_by_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_windows")),
    )
    op.create_index(
        "ix_maintenance_windows_open",
        "maintenance_windows",
        ["starts_at"],
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "maintenance_pauses",
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", TIMESTAMP, nullable=True),
        *_audit(),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["maintenance_windows.id"],
            name=op.f("fk_maintenance_pauses_window_id_maintenance_windows"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
            name=op.f("fk_maintenance_pauses_incident_id_incidents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "window_id", "incident_id", name=op.f("pk_maintenance_pauses")
        ),
    )
    op.create_index(
        op.f("ix_maintenance_pauses_incident_id"), "maintenance_pauses", ["incident_id"]
    )
    op.create_table(
        "sla_policy_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("policy_version_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.Column("moved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", TIMESTAMP, nullable=True),
        *_audit(),
        sa.CheckConstraint(
            "status IN ('running', 'done', 'failed')",
            name=op.f("ck_sla_policy_runs_status"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
            name=op.f("fk_sla_policy_runs_created_by_users"),
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["sla_policy_versions.id"],
            name=op.f("fk_sla_policy_runs_policy_version_id_sla_policy_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policy_runs")),
    )
    op.create_index(
        "ix_sla_policy_runs_policy", "sla_policy_runs", ["policy_version_id"]
    )


def downgrade() -> None:
    op.execute("DELETE FROM comments WHERE author_id IS NULL")
    op.alter_column("comments", "author_id", nullable=False)
    for table in (
        "sla_policy_runs",
        "maintenance_pauses",
        "maintenance_windows",
        "sla_escalations",
        "sla_policy_revision",
    ):
        op.drop_table(table)
    op.drop_index("ix_sla_ledger_paused", "sla_ledger")
    _told_once("'warned', 'breached'")
    op.drop_column("sla_clocks", "mark_times")
    op.execute(
        "ALTER INDEX ix_sla_clocks_mark_due_at RENAME TO ix_sla_clocks_warn_due_at"
    )
    op.alter_column("sla_clocks", "mark_due_at", new_column_name="warn_due_at")
    op.drop_index("ix_slas_policy_version", "slas")
    op.drop_column("slas", "pause_ends_at")
    op.drop_column("pause_reasons", "counts_against_us")
    op.add_column(
        "sla_policy_versions",
        sa.Column(
            "warn_at_percent",
            sa.Integer(),
            server_default=sa.text("80"),
            nullable=False,
        ),
    )
    op.add_column(
        "sla_policy_versions",
        sa.Column("calendar_version_id", sa.Uuid(), nullable=True),
    )
    op.create_foreign_key(
        op.f("fk_sla_policy_versions_calendar_version_id_calendar_versions"),
        "sla_policy_versions",
        "calendar_versions",
        ["calendar_version_id"],
        ["id"],
    )
    op.execute(
        """
        UPDATE sla_policy_versions
           SET calendar_version_id = resolution_calendar_version_id,
               warn_at_percent = coalesce(
                 (SELECT min((w ->> 'percent')::int)
                    FROM jsonb_array_elements(warnings) w), 80)
        """
    )
    for column in (
        "conditions",
        "warnings",
        "pauses",
        "escalations",
        "marks",
        "reopening",
        "note",
        "response_calendar_version_id",
        "resolution_calendar_version_id",
    ):
        op.drop_column("sla_policy_versions", column)
    for table in ("sla_policies", "calendars"):
        # Names of deleted ones may be taken again by now.
        op.execute(
            f"UPDATE {table} SET name = name || ' ' || id WHERE deleted_at IS NOT NULL"
        )
        op.drop_index(f"uq_{table}_name", table)
        op.create_unique_constraint(op.f(f"uq_{table}_name"), table, ["name"])
        op.drop_column(table, "deleted_at")
    op.drop_column("sla_policies", "position")
    op.drop_column("calendars", "current_version")
    op.drop_column("calendar_versions", "created_by")
    op.drop_column("incidents", "organization_id")
    op.drop_column("users", "organization_id")
    op.drop_table("organizations")
