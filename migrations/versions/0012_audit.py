"""Who changed what; the first steps of an installation, and its demo data.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TIMESTAMP = postgresql.TIMESTAMP(timezone=True)

# What changes in these tables is noted, by whatever statement. Of each:
#   object   what it is called in the log
#   key      the column with its id, `id` where nothing is said
#   label    the column with its name, `name` where nothing is said
#   of       the table that has the name, where the row is a part of something else
#   follows  the key within which `version` counts: the row before it is the old state
#   as       what every change counts as
#   only     the flag without which a row is nobody else's business
#   hidden   secrets: only that there is one is noted
#   ignored  what is no act of anybody
_AUDITED: dict[str, dict[str, Any]] = {
    "users": {"object": "user", "hidden": ["password_hash"]},
    "organizations": {"object": "organization"},
    "teams": {"object": "team"},
    "team_members": {
        "object": "team",
        "key": "team_id",
        "of": "teams",
        "as": "changed",
    },
    "api_tokens": {
        "object": "token",
        "ignored": ["token_hash", "prefix", "last_used_at"],
    },
    # The first version tells that there is one.
    "sla_policies": {
        "object": "policy",
        "ignored": ["current_version"],
        "on": "UPDATE OR DELETE",
    },
    "sla_policy_versions": {
        "object": "policy",
        "key": "policy_id",
        "of": "sla_policies",
        "follows": "policy_id",
        "ignored": ["marks"],
    },
    "calendars": {
        "object": "calendar",
        "ignored": ["current_version"],
        "on": "UPDATE OR DELETE",
    },
    "calendar_versions": {
        "object": "calendar",
        "key": "calendar_id",
        "of": "calendars",
        "follows": "calendar_id",
    },
    "pause_reasons": {"object": "pause_reason", "key": "code", "label": "label"},
    "maintenance_windows": {
        "object": "maintenance_window",
        "ignored": ["begun_at", "ended_at"],
    },
    "saved_views": {"object": "view", "only": "shared"},
    "canned_replies": {"object": "canned_reply", "label": "title"},
    "custom_fields": {"object": "custom_field"},
    "incident_templates": {"object": "incident_template"},
}

_NOTE = """
CREATE FUNCTION audit_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  about jsonb := TG_ARGV[0];
  before jsonb := '{}';
  after jsonb := '{}';
  thing jsonb;
  key text := coalesce(about ->> 'key', 'id');
  did text := CASE TG_OP WHEN 'INSERT' THEN 'created'
                         WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END;
  ending text;
  label text;
  changes jsonb;
BEGIN
  IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF;
  thing := CASE TG_OP WHEN 'DELETE' THEN before ELSE after END;
  IF about ? 'only'
     AND coalesce(before ->> (about ->> 'only'), 'false') = 'false'
     AND coalesce(after ->> (about ->> 'only'), 'false') = 'false' THEN
    RETURN NULL;
  END IF;
  IF about ? 'follows' AND TG_OP = 'INSERT' THEN
    EXECUTE format(
      'SELECT to_jsonb(v) FROM %I v WHERE v.%I = CAST($1 AS uuid) AND v.version = $2',
      TG_TABLE_NAME, about ->> 'follows')
       INTO before
      USING after ->> (about ->> 'follows'), CAST(after ->> 'version' AS int) - 1;
    did := CASE WHEN before IS NULL THEN 'created' ELSE 'changed' END;
    before := coalesce(before, '{}');
  END IF;
  IF TG_OP = 'UPDATE' THEN
    FOREACH ending IN ARRAY ARRAY['deleted', 'revoked', 'cancelled', 'retired'] LOOP
      IF before ->> (ending || '_at') IS NULL
         AND after ->> (ending || '_at') IS NOT NULL THEN
        did := ending;
      ELSIF before ->> (ending || '_at') IS NOT NULL
         AND after ->> (ending || '_at') IS NULL THEN
        did := 'restored';
      END IF;
    END LOOP;
  END IF;
  SELECT coalesce(jsonb_object_agg(c.name, jsonb_build_array(
           CASE WHEN c.hidden AND before ->> c.name IS NOT NULL
                THEN '"•••"' ELSE before -> c.name END,
           CASE WHEN c.hidden AND after ->> c.name IS NOT NULL
                THEN '"•••"' ELSE after -> c.name END)), '{}')
    INTO changes
    FROM (SELECT name, coalesce(about -> 'hidden' ? name, false) AS hidden
            FROM jsonb_object_keys(before || after) name
           WHERE name NOT IN ('id', 'created_at', 'updated_at', 'created_by', 'version',
                              'deleted_at', 'revoked_at', 'cancelled_at', 'retired_at')
             AND name <> key
             AND NOT coalesce(about -> 'ignored' ? name, false)) c
   WHERE coalesce(before -> c.name, 'null') <> coalesce(after -> c.name, 'null');
  IF did = 'changed' AND changes = '{}' THEN
    RETURN NULL;
  END IF;
  IF did = 'changed' AND changes - 'password_hash' = '{}' THEN
    did := 'password_changed';
  END IF;
  IF about ? 'of' THEN
    EXECUTE format('SELECT CAST(name AS text) FROM %I WHERE id = CAST($1 AS uuid)',
                   about ->> 'of')
       INTO label USING thing ->> key;
  ELSE
    label := thing ->> coalesce(about ->> 'label', 'name');
  END IF;
  INSERT INTO audit_events
    (actor_id, via, address, action, object, object_id, label, changes)
  VALUES (
    CAST(nullif(current_setting('tracker.actor', true), '') AS uuid),
    coalesce(nullif(current_setting('tracker.via', true), ''), 'service'),
    nullif(current_setting('tracker.address', true), ''),
    coalesce(about ->> 'as', did), about ->> 'object', thing ->> key, label, changes);
  RETURN NULL;
END
$$
"""
_REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column(
            "changes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        *_times(),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_events")),
    )
    for name, columns in (
        ("created", []),
        ("actor", ["actor_id"]),
        ("action", ["action"]),
        ("object", ["object"]),
        ("object_id", ["object_id"]),
    ):
        op.create_index(
            f"ix_audit_events_{name}", "audit_events", [*columns, "created_at", "seq"]
        )
    op.execute(_NOTE)
    for table, described in _AUDITED.items():
        about = dict(described)
        on = about.pop("on", "INSERT OR UPDATE OR DELETE")
        op.execute(
            f"CREATE TRIGGER audit AFTER {on} ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION audit_note('{json.dumps(about)}')"
        )
    op.execute(_REFUSE)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )
    _first_run()


def _first_run() -> None:
    op.create_table(
        "installation",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("dismissed_at", TIMESTAMP, nullable=True),
        sa.Column("promises_kept_at", TIMESTAMP, nullable=True),
        sa.Column("demo_status", sa.Text(), server_default="none", nullable=False),
        sa.Column(
            "demo_done", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("demo_by", sa.Uuid(), nullable=True),
        sa.Column("demo_error", sa.Text(), nullable=True),
        *_times(),
        sa.CheckConstraint("one", name=op.f("ck_installation_one")),
        sa.CheckConstraint(
            "demo_status IN ('none', 'filling', 'ready')",
            name=op.f("ck_installation_demo_status"),
        ),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_installation")),
    )
    op.execute("INSERT INTO installation DEFAULT VALUES")
    op.create_table(
        "demo_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *_times(),
        sa.CheckConstraint(
            "kind IN ('incident', 'agent', 'reporter', 'team', 'organization')",
            name=op.f("ck_demo_items_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_items")),
    )
    op.create_index("ix_demo_items_kind", "demo_items", ["kind"])


def _times() -> list[sa.Column[Any]]:
    return [
        sa.Column(name, TIMESTAMP, server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def downgrade() -> None:
    op.drop_table("demo_items")
    op.drop_table("installation")
    for table in _AUDITED:
        op.execute(f"DROP TRIGGER audit ON {table}")
    op.execute("DROP FUNCTION audit_note()")
    op.drop_table("audit_events")
    op.execute("DROP FUNCTION audit_refuse()")
