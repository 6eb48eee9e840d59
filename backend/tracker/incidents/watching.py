"""Who watches an incident, and what they are told."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import execute, fetch_all
from tracker.incidents import models
from tracker.notifications.inbox import NOTE_IN_INBOX, tell_inboxes

# Nobody reads a list of more; it keeps what one comment costs within bounds.
MOST = 100

_COLUMNS = """
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, next_attempt_at, created_at, updated_at)"""
# Who may see the incident now, whatever they were when they began to watch it. `i` is
# the incident.
_PEOPLE = """
    JOIN incident_watchers w ON w.incident_id = i.id
    JOIN users u ON u.id = w.user_id AND u.is_active AND u.deleted_at IS NULL
     AND (u.role <> 'reporter' OR u.id = i.reporter_id)"""

# A part of the statement that says something: `incident` has the id of what is talked
# about. Internal words are told to nobody; who is mentioned is told of that instead.
TELL_COMMENT = f"""
mail AS ({_COLUMNS}
  SELECT gen_random_uuid(), 'watched',
         concat_ws(':', 'watched', CAST(:comment_id AS uuid), u.id), u.id, u.email,
         i.id,
         jsonb_build_object('number', 'INC-' || i.number, 'title', i.title,
                            'at', CAST(:now AS timestamptz), 'what', 'commented',
                            'who', author.name,
                            'text', left(CAST(:words AS text), 1000)),
         :now, :now, :now
    FROM incident JOIN incidents i ON i.id = incident.id
    {_PEOPLE}
    JOIN users author ON author.id = :author_id
   WHERE NOT :internal AND u.id <> :author_id
     AND u.id <> ALL(CAST(:mentioned AS uuid[]))
  RETURNING id, kind, recipient_id, created_at
), {NOTE_IN_INBOX}"""  # noqa: S608  (our own words)

# By the instant: who resolves and closes at once is heard of once.
_TELL_STATUS = f"""
WITH mail AS ({_COLUMNS}
  SELECT gen_random_uuid(), 'watched',
         concat_ws(':', 'watched', i.id, 'status', CAST(:at AS text), u.id), u.id,
         u.email, i.id,
         jsonb_build_object('number', 'INC-' || i.number, 'title', i.title,
                            'at', CAST(:at AS text), 'what', 'status',
                            'status', i.status, 'who', actor.name),
         :now, :now, :now
    FROM incidents i
    {_PEOPLE}
    JOIN users actor ON actor.id = :actor
   WHERE i.id = :id AND u.id <> ALL(:but)
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, kind, recipient_id, created_at
), {NOTE_IN_INBOX}
SELECT recipient_id FROM inbox
"""  # noqa: S608  (our own words)


async def tell_status(
    session: AsyncSession,
    incident_id: UUID,
    actor: UUID,
    but: set[UUID],
    now: dt.datetime,
) -> None:
    """Tell the watchers where an incident stands now.

    Args:
        session: The transaction, where the new status is written already.
        incident_id: Which incident.
        actor: Who did it.
        but: Who did it, or is told of it by another mail.
        now: The present.
    """
    told = await fetch_all(
        session,
        _TELL_STATUS,
        id=incident_id,
        actor=actor,
        but=list(but),
        at=now.isoformat(),
        now=now,
    )
    tell_inboxes(session, [row.recipient_id for row in told], now)


async def follow(
    session: AsyncSession, source_id: UUID, target: models.Incident, now: dt.datetime
) -> None:
    """Let the watchers of one incident watch another, as far as they may see it."""
    await execute(
        session,
        """
        INSERT INTO incident_watchers (incident_id, user_id, created_at, updated_at)
        SELECT :target, u.id, :now, :now
          FROM incident_watchers w JOIN users u ON u.id = w.user_id
         WHERE w.incident_id = :source AND u.is_active AND u.deleted_at IS NULL
           AND (u.role <> 'reporter' OR u.id = :reporter)
         ORDER BY w.created_at
         LIMIT greatest(0, :most - (SELECT count(*) FROM incident_watchers
                                     WHERE incident_id = :target))
        ON CONFLICT DO NOTHING
        """,
        source=source_id,
        target=target.id,
        reporter=target.reporter_id,
        most=MOST,
        now=now,
    )
