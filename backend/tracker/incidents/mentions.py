"""Who is mentioned in a comment: found, told, and shown by the name they have today.

A mention is written `@[Anna Agent](user:ID)`. The id says who; the name is what they
were called when it was written, for whoever reads the text as it is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import fetch_all, fetch_one
from tracker.errors import Invalid
from tracker.incidents.watching import MOST as MOST_WATCHERS
from tracker.notifications.inbox import NOTE_IN_INBOX, tell_inboxes
from tracker.security import Identity
from tracker.telemetry import current_traceparent

# Who calls more people than this at once has a list to write, not a comment.
MOST = 20

_MENTION = re.compile(
    r"@\[([^\[\]\n]{1,200})\]"
    r"\(user:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\)"
)
_TEXT_LENGTH = 1000


class Said(NamedTuple):
    """Words with mentions in them, and where they were said."""

    comment_id: UUID
    incident_id: UUID
    content: str
    is_internal: bool


def mentioned_in(content: str) -> list[UUID]:
    """Whom a text mentions, each once; whether there is such a person is not known.

    Raises:
        Invalid: They are too many.
    """
    people = list(dict.fromkeys(UUID(match[2]) for match in _MENTION.finditer(content)))
    if len(people) > MOST:
        raise Invalid(
            f"A comment mentions {MOST} people at the most, and this one"
            f" {len(people)}. Mention some of them in another comment.",
            field="content",
        )
    return people


def plain(content: str) -> str:
    """A text with its mentions as people read them: `@Anna Agent`."""
    return _MENTION.sub(r"@\1", content)


async def by_todays_names(
    session: AsyncSession, contents: Sequence[str], reporter_id: UUID
) -> list[str]:
    """Texts of an incident with everybody mentioned by the name that they have now.

    Who could not see the incident is left as they were written: an id must not give
    away the name of a stranger.
    """
    people = {match[2] for content in contents for match in _MENTION.finditer(content)}
    if not people:
        return list(contents)
    rows = await fetch_all(
        session,
        "SELECT id, name FROM users WHERE id = ANY(:people)"
        " AND (role <> 'reporter' OR id = :reporter_id)",
        people=[UUID(person) for person in people],
        reporter_id=reporter_id,
    )
    names = {str(row.id): _label(row.name) for row in rows}

    def renamed(match: re.Match[str]) -> str:
        return f"@[{names.get(match[2], match[1])}](user:{match[2]})"

    return [_MENTION.sub(renamed, content) for content in contents]


def _label(name: str) -> str:
    """A name that ends no brackets."""
    return " ".join(name.replace("[", "(").replace("]", ")").split())


# Who may see the words, and nobody who wrote them. The mail of an internal note has
# none of its words: mails are read outside, and can be passed on.
_TELL = f"""
WITH person AS (
  SELECT u.id, u.email, u.role, i.id AS incident_id, i.number, i.title
    FROM incidents i
    JOIN users u ON u.id = ANY(:people) AND u.is_active AND u.deleted_at IS NULL
     AND (u.role <> 'reporter' OR (u.id = i.reporter_id AND NOT :internal))
   WHERE i.id = :incident_id AND u.id <> :author_id
), mail AS (
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, traceparent, next_attempt_at, created_at, updated_at)
  SELECT gen_random_uuid(), 'mentioned',
         concat_ws(':', 'mentioned', CAST(:comment_id AS uuid), person.id), person.id,
         person.email, person.incident_id,
         jsonb_build_object('number', 'INC-' || person.number, 'title', person.title,
                            'at', CAST(:now AS timestamptz),
                            'what', CAST(:what AS text), 'who', CAST(:who AS text),
                            'text', CAST(:words AS text)),
         :traceparent, :now, :now, :now
    FROM person
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, kind, recipient_id, created_at
), {NOTE_IN_INBOX}, watching AS (
  INSERT INTO incident_watchers (incident_id, user_id, created_at, updated_at)
  SELECT person.incident_id, person.id, :now, :now FROM person
   WHERE :may_add AND person.role <> 'reporter'
   LIMIT greatest(0, :most_watchers - (SELECT count(*) FROM incident_watchers
                                        WHERE incident_id = :incident_id))
  ON CONFLICT DO NOTHING
  RETURNING user_id
)
SELECT (SELECT array_agg(recipient_id) FROM inbox) AS told,
       EXISTS (SELECT FROM watching) AS watching
"""  # noqa: S608  (our own words)


async def tell(
    session: AsyncSession,
    identity: Identity,
    said: Said,
    people: Sequence[UUID],
    now: dt.datetime,
) -> bool:
    """Tell people that they were mentioned, each once a comment, if they may see it.

    Agents whom an agent mentions watch the incident from now on: they were asked into
    it. Reporters bring nobody to watch.

    Returns:
        Whether somebody watches who did not.
    """
    if not people:
        return False
    row = await fetch_one(
        session,
        _TELL,
        people=list(people),
        incident_id=said.incident_id,
        comment_id=said.comment_id,
        author_id=identity.user_id,
        internal=said.is_internal,
        what="internal" if said.is_internal else "public",
        who=identity.name,
        words="" if said.is_internal else plain(said.content)[:_TEXT_LENGTH],
        may_add=identity.is_agent,
        most_watchers=MOST_WATCHERS,
        traceparent=current_traceparent(),
        now=now,
    )
    assert row is not None
    tell_inboxes(session, row.told or (), now)
    return bool(row.watching)
