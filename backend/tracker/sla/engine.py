"""What falls due is found by index, in sets, and told once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import execute, fetch_one, sql
from tracker.notifications.inbox import NOTE_IN_INBOX, tell_inboxes


class Found(NamedTuple):
    """A clock that fell due."""

    incident_id: UUID
    number: int
    reporter_id: UUID
    type: str


async def find_due(
    session: AsyncSession,
    now: dt.datetime,
    *,
    until: dt.datetime | None = None,
    limit: int = 500,
    incident_id: UUID | None = None,
) -> list[Found]:
    """Record the marks and breaches that fell due before `now`.

    One statement each, set-based: the clock, the incident's summary, the ledger and the
    outbox change together. Rows that another worker has are skipped; a row that changed
    just before it is locked is looked at again by its own condition.

    Args:
        session: The transaction; what it finds is told when it commits.
        now: The present.
        until: How far to look, when that is not the present.
        limit: How many clocks at the most, of each sort.
        incident_id: Only this incident, whose lock the caller holds.
    """
    parameters: dict[str, Any] = {"now": now, "until": until or now}
    # A literal: of a parameter the planner thinks that it may be all rows.
    statements = [text.replace(":limit", str(limit)) for text in (_MARK, _BREACH)]
    if incident_id:
        parameters["incident_id"] = incident_id
        # A sweep that came second to our lock may still hold the clock itself: wait
        # for it to let go, or nobody would tell what fell due.
        statements = [
            statement.replace("/* only */", _ONLY).replace("SKIP LOCKED", "")
            for statement in statements
        ]
    found: list[Found] = []
    told: set[UUID] = set()
    for statement in statements:
        rows = [
            Found(*row) for row in await session.execute(sql(statement), parameters)
        ]
        found.extend(row for row in rows if row.type)
        told.update(row.reporter_id for row in rows if not row.type)
    tell_inboxes(session, told, now)
    return found


# The filter is left out rather than null, so that each plan keeps its index.
_ONLY = "AND c.incident_id = :incident_id"

# The people who were told, after what they were told of.
_TOLD = """ UNION ALL
SELECT DISTINCT CAST(NULL AS uuid), CAST(NULL AS bigint), recipient_id, NULL FROM inbox
"""

# What is due is locked first and then changed by its key alone: with its condition
# repeated, each batch would go through all that is due. A clock keeps the instants of
# its policy's marks in their order; those since the last one told are told now.
_MARK = f"""
WITH due AS (
  SELECT c.id, c.mark_due_at AS since
    FROM sla_clocks c JOIN slas s ON s.incident_id = c.incident_id
   WHERE c.mark_due_at <= :until /* only */
   ORDER BY c.mark_due_at LIMIT :limit FOR UPDATE OF c, s SKIP LOCKED
), hit AS (
  UPDATE sla_clocks c
     SET mark_due_at = (SELECT min(at) FROM unnest(c.mark_times) at WHERE at > :until),
         updated_at = :now
    FROM due WHERE c.id = due.id
  RETURNING c.id, c.incident_id, c.kind, c.cycle, c.deadline, c.mark_times,
            c.policy_version_id, due.since
), told AS (
  INSERT INTO sla_ledger (incident_id, at, recorded_at, type, data, clock_id, cycle,
                          level, deadline)
  SELECT hit.incident_id, m.at, :now, mark ->> 'type',
         mark - ARRAY['type', 'level', 'kinds']
           || jsonb_build_object('kind', hit.kind, 'deadline', hit.deadline),
         hit.id, hit.cycle, CAST(mark ->> 'level' AS int), hit.deadline
    FROM hit
    JOIN sla_policy_versions v ON v.id = hit.policy_version_id
   CROSS JOIN LATERAL unnest(hit.mark_times) WITH ORDINALITY AS m (at, n)
   CROSS JOIN LATERAL (SELECT v.marks -> CAST(m.n AS int) - 1) AS of_policy (mark)
   WHERE m.at BETWEEN hit.since AND :until
     AND coalesce(mark -> 'kinds' @> to_jsonb(hit.kind), true)
   ORDER BY hit.incident_id, m.at
  ON CONFLICT DO NOTHING
  RETURNING incident_id, clock_id, cycle, type, level, at, deadline, data
), escalation AS (
  INSERT INTO sla_escalations (id, incident_id, clock_id, kind, cycle, level,
                               deadline, at, actions, created_at, updated_at)
  SELECT gen_random_uuid(), told.incident_id, told.clock_id, c.kind, told.cycle,
         told.level, told.deadline, told.at,
         v.escalations #> ARRAY[told.data ->> 'escalation', 'actions'], :now, :now
    FROM told JOIN sla_clocks c ON c.id = told.clock_id
    JOIN sla_policy_versions v ON v.id = c.policy_version_id
   WHERE told.type = 'escalated'
  ON CONFLICT DO NOTHING
), summary AS (
  UPDATE slas s SET at_risk = (s.status = 'active'), updated_at = :now
   WHERE s.incident_id IN (SELECT incident_id FROM told WHERE type = 'warned')
), mail AS (
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, next_attempt_at, created_at, updated_at)
  SELECT gen_random_uuid(), 'sla_warned',
         concat_ws(':', 'warning', told.clock_id, told.cycle, told.level,
                   extract(epoch FROM told.deadline), u.id),
         u.id, u.email, told.incident_id,
         jsonb_build_object('number', 'INC-' || number, 'title', title,
                            'priority', priority, 'target', told.data -> 'kind',
                            'deadline', told.deadline, 'at', told.at),
         :now, :now, :now
    FROM told
    JOIN incidents i ON i.id = told.incident_id
    JOIN users u ON u.id = i.assignee_id AND u.is_active AND u.deleted_at IS NULL
   WHERE told.type = 'warned' AND told.deadline > :now
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, kind, recipient_id, created_at
), {NOTE_IN_INBOX}
SELECT told.incident_id, number, reporter_id, 'sla.' || told.type
  FROM told JOIN incidents i ON i.id = told.incident_id
{_TOLD}"""

# PostgreSQL expects one clock and gets hundreds. As a join of two such sets it would
# compare each with each; as a value it looks each up in a hash table.
_NEWLY_TOLD = "(hit.id IN (SELECT clock_id FROM told)) IS TRUE"

# Responsible for a breach: the assignee; else the team; else the administrators. The
# last one is never empty, so no breach goes unheard. Agents who watch hear of it too.
_BREACH = f"""
WITH due AS (
  SELECT c.id, i.number, i.title, i.priority, i.reporter_id, i.assignee_id, i.team_id
    FROM sla_clocks c JOIN slas s ON s.incident_id = c.incident_id
    JOIN incidents i ON i.id = c.incident_id
   WHERE c.due_at < :until /* only */
   ORDER BY c.due_at LIMIT :limit FOR UPDATE OF c, s SKIP LOCKED
), hit AS (
  UPDATE sla_clocks c
     SET status = 'breached', breached_at = c.due_at, detected_at = :now,
         ever_breached = true, due_at = NULL, updated_at = :now
    FROM due WHERE c.id = due.id
  RETURNING c.id, c.incident_id, c.kind, c.cycle, c.deadline, c.policy_version_id,
            number, title, priority, reporter_id, assignee_id, team_id
), told AS (
  INSERT INTO sla_ledger (incident_id, at, recorded_at, type, data, clock_id, cycle,
                          level, deadline)
  SELECT incident_id, deadline, :now, 'breached',
         jsonb_build_object('kind', kind, 'deadline', deadline, 'detected_at',
                            CAST(:now AS timestamptz)),
         id, cycle, 100, deadline
    FROM hit
  ON CONFLICT DO NOTHING
  RETURNING clock_id
), escalated AS (
  INSERT INTO sla_ledger (incident_id, at, recorded_at, type, data, clock_id, cycle,
                          level, deadline)
  SELECT hit.incident_id, hit.deadline, :now, 'escalated',
         jsonb_build_object('kind', hit.kind, 'deadline', hit.deadline,
                            'escalation', e.n - 1, 'name', level ->> 'name'),
         hit.id, hit.cycle, 1000 + CAST(e.n AS int) - 1, hit.deadline
    FROM hit
    JOIN sla_policy_versions v ON v.id = hit.policy_version_id
   CROSS JOIN LATERAL jsonb_array_elements(v.escalations)
         WITH ORDINALITY AS e (level, n)
   WHERE level ->> 'trigger' = 'breach'
     AND coalesce(level -> 'kinds' @> to_jsonb(hit.kind), true)
  ON CONFLICT DO NOTHING
  RETURNING incident_id, clock_id, cycle, level, at, deadline, data
), escalation AS (
  INSERT INTO sla_escalations (id, incident_id, clock_id, kind, cycle, level,
                               deadline, at, actions, created_at, updated_at)
  SELECT gen_random_uuid(), e.incident_id, e.clock_id, hit.kind, e.cycle,
         e.level, e.deadline, e.at,
         v.escalations #> ARRAY[e.data ->> 'escalation', 'actions'], :now, :now
    FROM escalated e JOIN hit ON hit.id = e.clock_id
    JOIN sla_policy_versions v ON v.id = hit.policy_version_id
  ON CONFLICT DO NOTHING
), summary AS (
  UPDATE slas s
     SET status = CASE WHEN s.paused_at IS NULL THEN 'breached' ELSE s.status END,
         at_risk = false, updated_at = :now
   WHERE s.incident_id IN (SELECT incident_id FROM hit)
), answering AS (
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, next_attempt_at, created_at, updated_at)
  SELECT gen_random_uuid(), 'sla_breached',
         concat_ws(':', 'breach', hit.id, hit.cycle,
                   extract(epoch FROM hit.deadline), person.id),
         person.id, person.email, hit.incident_id,
         jsonb_build_object('number', 'INC-' || number, 'title', title,
                            'priority', priority, 'target', kind,
                            'deadline', hit.deadline, 'clock_id', hit.id),
         :now, :now, :now
    FROM hit
   CROSS JOIN LATERAL (
     WITH assignee AS (
       SELECT u.id, u.email FROM users u
        WHERE u.id = hit.assignee_id AND u.is_active AND u.deleted_at IS NULL
     ), team AS (
       SELECT u.id, u.email FROM team_members m JOIN users u ON u.id = m.user_id
        WHERE m.team_id = hit.team_id AND u.is_active AND u.deleted_at IS NULL
          AND NOT EXISTS (SELECT FROM assignee)
     )
     SELECT * FROM assignee UNION ALL SELECT * FROM team UNION ALL
     SELECT u.id, u.email FROM users u
      WHERE u.role = 'administrator' AND u.is_active AND u.deleted_at IS NULL
        AND NOT EXISTS (SELECT FROM assignee) AND NOT EXISTS (SELECT FROM team)
   ) person
   WHERE {_NEWLY_TOLD}
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, kind, recipient_id, created_at, incident_id
), watching AS (
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, next_attempt_at, created_at, updated_at)
  SELECT gen_random_uuid(), 'watched',
         concat_ws(':', 'watched', hit.id, hit.cycle,
                   extract(epoch FROM hit.deadline), u.id),
         u.id, u.email, hit.incident_id,
         jsonb_build_object('number', 'INC-' || number, 'title', title,
                            'at', hit.deadline, 'what', 'breached',
                            'target', kind, 'deadline', hit.deadline),
         :now, :now, :now
    FROM hit
    JOIN incident_watchers w ON w.incident_id = hit.incident_id
    JOIN users u ON u.id = w.user_id AND u.role <> 'reporter' AND u.is_active
                AND u.deleted_at IS NULL
   WHERE {_NEWLY_TOLD}
     AND NOT EXISTS (SELECT FROM answering a
                      WHERE a.incident_id = hit.incident_id AND a.recipient_id = u.id)
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, kind, recipient_id, created_at
), mail AS (
  SELECT id, kind, recipient_id, created_at FROM answering
  UNION ALL SELECT * FROM watching
), {NOTE_IN_INBOX}
SELECT incident_id, number, reporter_id, 'sla.breached' FROM hit
{_TOLD}"""


async def oldest_due(session: AsyncSession) -> dt.datetime | None:
    """The oldest deadline that nobody has looked at yet: how far the engine is."""
    row = await fetch_one(
        session,
        "SELECT least((SELECT min(due_at) FROM sla_clocks WHERE due_at IS NOT NULL),"
        " (SELECT min(mark_due_at) FROM sla_clocks WHERE mark_due_at IS NOT NULL))"
        " AS at",
    )
    return row.at if row else None


async def mark_notified(
    session: AsyncSession, clock_ids: Sequence[UUID], now: dt.datetime
) -> None:
    """Note on clocks when the first person was told of their breach.

    The incidents' locks come first, as everywhere: a mail was sent in this transaction,
    which must not end in a deadlock.
    """
    await execute(
        session,
        """
        WITH locked AS MATERIALIZED (
          SELECT incident_id FROM slas
           WHERE incident_id IN (
             SELECT incident_id FROM sla_clocks WHERE id = ANY(:ids))
           ORDER BY incident_id FOR NO KEY UPDATE
        ), clock AS (
          UPDATE sla_clocks SET notified_at = coalesce(notified_at, :now)
           WHERE id = ANY(:ids) AND incident_id IN (SELECT incident_id FROM locked)
          RETURNING incident_id
        )
        UPDATE slas SET breach_notified_at = coalesce(breach_notified_at, :now)
         WHERE incident_id IN (SELECT incident_id FROM clock)
        """,
        ids=list(clock_ids),
        now=now,
    )
