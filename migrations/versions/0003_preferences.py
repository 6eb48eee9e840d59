"""What people want to be told and when; digests.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIMESTAMP = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        *(
            sa.Column(name, TIMESTAMP, server_default=sa.text("now()"), nullable=False)
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint(
            "num_nulls(quiet_from, quiet_to) = 2"
            " OR coalesce(quiet_from <> quiet_to, false)",
            name=op.f("ck_notification_preferences_quiet_hours"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_notification_preferences_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_preferences")),
    )
    op.add_column(
        "outbox", sa.Column("channel", sa.Text(), server_default="mail", nullable=False)
    )
    op.add_column("outbox", sa.Column("planned_at", TIMESTAMP, nullable=True))
    op.add_column("outbox", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("bundle_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_outbox_bundle_id_outbox"),
        "outbox",
        "outbox",
        ["bundle_id"],
        ["id"],
        ondelete="SET NULL",
    )
    _statuses("'pending', 'sent', 'failed', 'suppressed', 'bundled'")
    # What was tried already goes on by itself.
    op.execute("UPDATE outbox SET planned_at = updated_at WHERE attempts > 0")
    op.create_index(
        "ix_outbox_unplanned",
        "outbox",
        ["next_attempt_at"],
        postgresql_where="status = 'pending' AND planned_at IS NULL",
    )
    op.create_index("ix_outbox_recipient", "outbox", ["recipient_id", "planned_at"])
    op.create_index(
        "ix_outbox_bundle",
        "outbox",
        ["bundle_id"],
        postgresql_where="bundle_id IS NOT NULL",
    )


def _statuses(names: str) -> None:
    op.drop_constraint(op.f("ck_outbox_status"), "outbox")
    op.create_check_constraint(
        op.f("ck_outbox_status"), "outbox", f"status IN ({names})"
    )


def downgrade() -> None:
    # What waits in a digest goes by itself; nothing else here is known to the past.
    op.execute("UPDATE outbox SET status = 'pending' WHERE status = 'bundled'")
    op.execute("DELETE FROM outbox WHERE status = 'suppressed' OR kind = 'digest'")
    for name in ("ix_outbox_bundle", "ix_outbox_recipient", "ix_outbox_unplanned"):
        op.drop_index(name, "outbox")
    for name in ("bundle_id", "reason", "planned_at", "channel"):
        op.drop_column("outbox", name)
    _statuses("'pending', 'sent', 'failed'")
    op.drop_table("notification_preferences")
