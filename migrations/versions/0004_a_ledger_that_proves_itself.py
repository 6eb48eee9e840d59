"""A ledger that proves itself: append-only, hash-chained, and checked every night.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIMESTAMP = postgresql.TIMESTAMP(timezone=True)

# `ledger.chained` does the same in Python. The data come last: nothing before them can
# hold a bar.
_HASH = """
CREATE FUNCTION sla_ledger_hash(previous bytea, entry sla_ledger) RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT sha256(coalesce(previous, '') || convert_to(format(
    '%s|%s|%s|%s|%s|%s|%s|%s|%s|%s',
    entry.incident_id,
    CAST(extract(epoch FROM entry.at) * 1000000 AS bigint),
    CAST(extract(epoch FROM entry.recorded_at) * 1000000 AS bigint),
    entry.type, entry.actor_id, entry.clock_id, entry.cycle, entry.level,
    CAST(extract(epoch FROM entry.deadline) * 1000000 AS bigint),
    entry.data
  ), 'UTF8'))
$$
"""
# Volatile, so that each row sees those of the same statement. Whoever writes holds the
# lock of the incident's clocks: no two rows can follow the same one. Its plan is made
# once a connection: on a young, small table that would be to go through all of it, and
# stay so when the table has grown.
_CHAIN = """
CREATE FUNCTION sla_ledger_chain() RETURNS trigger LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off AS $$
DECLARE
  previous bytea;
BEGIN
  SELECT hash INTO previous FROM sla_ledger
   WHERE incident_id = NEW.incident_id ORDER BY seq DESC LIMIT 1;
  NEW.hash := sla_ledger_hash(previous, NEW);
  RETURN NEW;
END
$$
"""
_REFUSE = """
CREATE FUNCTION sla_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % of % is refused',
    TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege',
          HINT = 'A mistake is put right by another entry.';
END
$$
"""


def upgrade() -> None:
    _ledger()
    op.create_table(
        "sla_engine",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("swept_at", TIMESTAMP, nullable=True),
        sa.CheckConstraint("one", name=op.f("ck_sla_engine_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_sla_engine")),
    )
    op.execute("INSERT INTO sla_engine DEFAULT VALUES")
    op.create_table(
        "sla_clock_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", TIMESTAMP, nullable=False),
        sa.Column("finished_at", TIMESTAMP, nullable=True),
        sa.Column("clocks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "differences", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), nullable=True),
        *(
            sa.Column(name, TIMESTAMP, server_default=sa.text("now()"), nullable=False)
            for name in ("created_at", "updated_at")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clock_checks")),
    )


def _ledger() -> None:
    op.add_column("sla_ledger", sa.Column("hash", postgresql.BYTEA(), nullable=True))
    op.execute(_HASH)
    # As a window function an aggregate hands each row's hash on to the next.
    op.execute(
        "CREATE AGGREGATE sla_ledger_chained(sla_ledger)"
        " (SFUNC = sla_ledger_hash, STYPE = bytea)"
    )
    op.execute(
        """
        UPDATE sla_ledger SET hash = chained.hash
          FROM (SELECT l.seq, sla_ledger_chained(l)
                         OVER (PARTITION BY l.incident_id ORDER BY l.seq) AS hash
                  FROM sla_ledger l) chained
         WHERE chained.seq = sla_ledger.seq
        """
    )
    op.execute("DROP AGGREGATE sla_ledger_chained(sla_ledger)")
    op.alter_column("sla_ledger", "hash", nullable=False)
    op.drop_index("ix_sla_ledger_incident", "sla_ledger")
    op.create_index("ix_sla_ledger_incident", "sla_ledger", ["incident_id", "seq"])
    _references_incidents(ondelete=None)
    op.execute(_CHAIN)
    op.execute(
        "CREATE TRIGGER chain BEFORE INSERT ON sla_ledger FOR EACH ROW"
        " WHEN (NEW.hash IS NULL) EXECUTE FUNCTION sla_ledger_chain()"
    )
    op.execute(_REFUSE)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sla_ledger"
        " FOR EACH STATEMENT EXECUTE FUNCTION sla_ledger_refuse()"
    )


def _references_incidents(ondelete: str | None) -> None:
    name = op.f("fk_sla_ledger_incident_id_incidents")
    op.drop_constraint(name, "sla_ledger")
    op.create_foreign_key(
        name, "sla_ledger", "incidents", ["incident_id"], ["id"], ondelete=ondelete
    )


def downgrade() -> None:
    op.drop_table("sla_clock_checks")
    op.drop_table("sla_engine")
    op.execute("DROP TRIGGER append_only ON sla_ledger")
    op.execute("DROP TRIGGER chain ON sla_ledger")
    op.execute("DROP FUNCTION sla_ledger_refuse()")
    op.execute("DROP FUNCTION sla_ledger_chain()")
    op.execute("DROP FUNCTION sla_ledger_hash(bytea, sla_ledger)")
    _references_incidents(ondelete="CASCADE")
    op.drop_index("ix_sla_ledger_incident", "sla_ledger")
    op.create_index(
        "ix_sla_ledger_incident", "sla_ledger", ["incident_id", "at", "seq"]
    )
    op.drop_column("sla_ledger", "hash")
