"""Links between incidents, watchers, merges.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIMESTAMP = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "incident_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "is_merge", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        *_audited(),
        sa.CheckConstraint(
            "kind IN ('duplicate_of', 'related', 'parent_of')",
            name=op.f("ck_incident_links_kind"),
        ),
        sa.CheckConstraint(
            "source_id <> target_id", name=op.f("ck_incident_links_no_self_link")
        ),
        sa.CheckConstraint(
            "kind = 'duplicate_of' OR NOT is_merge",
            name=op.f("ck_incident_links_merge"),
        ),
        _refers("incident_links", "source_id", "incidents", "CASCADE"),
        _refers("incident_links", "target_id", "incidents", "CASCADE"),
        _refers("incident_links", "created_by", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_links")),
    )
    op.create_index(
        "uq_incident_links_pair",
        "incident_links",
        [
            sa.text("least(source_id, target_id)"),
            sa.text("greatest(source_id, target_id)"),
        ],
        unique=True,
    )
    op.create_index(
        "uq_incident_links_duplicate",
        "incident_links",
        ["source_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'duplicate_of'"),
    )
    op.create_index("ix_incident_links_source", "incident_links", ["source_id", "id"])
    op.create_index("ix_incident_links_target", "incident_links", ["target_id", "id"])
    op.create_table(
        "incident_watchers",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *_audited(),
        _refers("incident_watchers", "incident_id", "incidents", "CASCADE"),
        _refers("incident_watchers", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint(
            "incident_id", "user_id", name=op.f("pk_incident_watchers")
        ),
    )
    op.create_index("ix_incident_watchers_user", "incident_watchers", ["user_id"])


def downgrade() -> None:
    op.drop_table("incident_watchers")
    op.drop_table("incident_links")


def _audited() -> list[sa.Column[Any]]:
    return [
        sa.Column(name, TIMESTAMP, server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _refers(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{to}.id"],
        name=op.f(f"fk_{table}_{column}_{to}"),
        ondelete=ondelete,
    )
