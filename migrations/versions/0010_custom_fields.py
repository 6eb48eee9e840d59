"""Custom fields, and templates of new incidents.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIMESTAMP = postgresql.TIMESTAMP(timezone=True)
JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "custom_fields",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", postgresql.CITEXT(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        _texts("options"),
        sa.Column("required", sa.Text(), server_default="never", nullable=False),
        sa.Column("default_value", JSONB, nullable=True),
        sa.Column("help", sa.Text(), server_default="", nullable=False),
        _flag("visible_to_reporters"),
        sa.Column(
            "position", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("retired_at", TIMESTAMP, nullable=True),
        *_audited(),
        sa.CheckConstraint(
            "type IN ('text', 'number', 'date', 'boolean', 'choice', 'choices',"
            " 'link')",
            name=op.f("ck_custom_fields_type"),
        ),
        sa.CheckConstraint(
            "required IN ('never', 'created', 'resolved')",
            name=op.f("ck_custom_fields_required"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("key", name=op.f("uq_custom_fields_key")),
    )
    op.create_index(
        "uq_custom_fields_name",
        "custom_fields",
        ["name"],
        unique=True,
        postgresql_where="retired_at IS NULL",
    )
    op.add_column("incidents", _values())
    op.create_index(
        "ix_incidents_fields",
        "incidents",
        ["fields"],
        postgresql_using="gin",
        postgresql_ops={"fields": "jsonb_path_ops"},
        postgresql_where="fields <> '{}'",
    )
    op.create_table(
        "incident_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", postgresql.CITEXT(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Text(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        _texts("tags"),
        _values(),
        _flag("for_reporters"),
        sa.Column(
            "position", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", TIMESTAMP, nullable=True),
        *_audited(),
        sa.CheckConstraint(
            "priority IN ('critical', 'high', 'medium', 'low')",
            name=op.f("ck_incident_templates_priority"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["teams.id"],
            name=op.f("fk_incident_templates_team_id_teams"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_templates")),
    )
    op.create_index(
        "uq_incident_templates_name",
        "incident_templates",
        ["name"],
        unique=True,
        postgresql_where="deleted_at IS NULL",
    )


def _texts(name: str) -> sa.Column[Any]:
    return sa.Column(
        name,
        postgresql.ARRAY(sa.Text()),
        server_default=sa.text("'{}'"),
        nullable=False,
    )


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(
        name, sa.Boolean(), server_default=sa.text("false"), nullable=False
    )


def _values() -> sa.Column[Any]:
    return sa.Column("fields", JSONB, server_default=sa.text("'{}'"), nullable=False)


def _audited() -> list[sa.Column[Any]]:
    return [
        sa.Column(name, TIMESTAMP, server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def downgrade() -> None:
    op.drop_table("incident_templates")
    op.drop_index("ix_incidents_fields", table_name="incidents")
    op.drop_column("incidents", "fields")
    op.drop_table("custom_fields")
