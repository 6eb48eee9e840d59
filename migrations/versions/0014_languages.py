"""The language that people are told in.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("language", sa.Text()))
    # No row has one yet: nothing is read for it, and nobody waits.
    op.create_check_constraint("language", "users", "language IN ('en', 'de')")


def downgrade() -> None:
    op.drop_column("users", "language")
