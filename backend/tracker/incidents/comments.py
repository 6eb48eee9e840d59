"""What people say about an incident: saying, reading, changing and taking back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.db import Direct, Executor, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Forbidden, NotFound
from tracker.incidents import listing, mentions, models, schemas, watching
from tracker.incidents.service import (
    announce_about,
    announce_row,
    by_reference,
    find,
    no_such_incident,
    note,
)
from tracker.notifications.inbox import tell_inboxes
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import Identity
from tracker.sla import service as sla
from tracker.sla.clock import Event, EventType

_COMMENT = """
    SELECT c.id, c.incident_id, c.author_id, u.name AS author_name, c.content,
           c.is_internal, c.created_at, c.updated_at, c.version
      FROM comments c LEFT JOIN users u ON u.id = c.author_id
"""


# `incident` has the id of what is talked about.
_SAY = """
said AS (
  INSERT INTO comments (id, incident_id, author_id, content, is_internal, created_at,
                        updated_at)
  SELECT :comment_id, incident.id, :author_id, :content, :internal, :now, :now
    FROM incident
), noted AS (
  INSERT INTO incident_activity (id, incident_id, at, type, actor_id, data, is_internal,
                                 created_at, updated_at)
  SELECT :activity_id, incident.id, :now, 'commented', :author_id,
         jsonb_build_object('comment_id', CAST(:comment_id AS uuid)), :internal, :now,
         :now
    FROM incident
), touched AS (
  UPDATE incidents SET updated_at = :now
    FROM incident WHERE incidents.id = incident.id AND NOT :internal
)"""


def _comment(row: Any) -> schemas.Comment:
    return schemas.Comment(
        id=row.id,
        incident_id=row.incident_id,
        author=UserRef(row.author_id, row.author_name) if row.author_id else None,
        content=row.content,
        is_internal=row.is_internal,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


async def comment(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    data: schemas.CommentCreate,
    now: dt.datetime,
) -> schemas.Comment:
    """Say something; an agent's first public words answer the incident."""
    incident = await find(session, identity, reference, lock=True)
    _check_internal(identity, data)
    if _answers(identity, incident.reporter_id, data) and not await sla.has_responded(
        session, incident.id
    ):
        await sla.record(
            session, incident.id, Event(now, EventType.RESPONDED), identity.user_id
        )
    said = await comment_only(session, identity, reference, data, now)
    if said is None:
        raise no_such_incident()
    people = mentions.mentioned_in(data.content)
    await _tell_mentioned(session, identity, incident, said, people, now)
    return said


async def _tell_mentioned(
    session: AsyncSession,
    identity: Identity,
    incident: models.Incident,
    said: schemas.Comment,
    people: Sequence[UUID],
    now: dt.datetime,
) -> None:
    words = mentions.Said(said.id, incident.id, said.content, said.is_internal)
    if await mentions.tell(session, identity, words, people, now):
        announce_about(session, incident, "watchers.changed", now, internal=True)


async def comment_only(
    session: Executor,
    identity: Identity,
    reference: str,
    data: schemas.CommentCreate,
    now: dt.datetime,
) -> schemas.Comment | None:
    """Say something that stops no clock, as nearly all words do, in one statement.

    Returns:
        None, and nothing is said, when the incident is not there for the caller, these
        words would be its first answer, or they mention somebody and there is no
        transaction in which to tell them.
    """
    _check_internal(identity, data)
    mentioned = mentions.mentioned_in(data.content)
    if mentioned and isinstance(session, Direct):
        return None
    condition, parameters = by_reference(reference)
    comment_id = new_id()
    row = await fetch_one(
        session,
        _COMMENT_ONLY.format(condition=condition),
        **parameters,
        comment_id=comment_id,
        activity_id=new_id(),
        author_id=identity.user_id,
        content=data.content,
        words=mentions.plain(data.content),
        mentioned=mentioned,
        internal=data.is_internal,
        sees_all=identity.is_agent,
        may_answer=identity.is_agent and not data.is_internal,
        now=now,
    )
    if row is None:
        return None
    announce_row(
        session,
        "comment.created",
        row.id,
        listing.number_text(row.number),
        row.reporter_id,
        now,
        internal=data.is_internal,
    )
    tell_inboxes(session, row.told or (), now)
    return schemas.Comment(
        id=comment_id,
        incident_id=row.id,
        author=UserRef(identity.user_id, identity.name),
        content=data.content,
        is_internal=data.is_internal,
        created_at=now,
        updated_at=now,
        version=1,
    )


def _check_internal(identity: Identity, data: schemas.CommentCreate) -> None:
    if data.is_internal and not identity.is_agent:
        raise Forbidden("Only agents can write internal notes.")


_COMMENT_ONLY = f"""
WITH incident AS (
  SELECT i.id, i.number, i.reporter_id
    FROM incidents i JOIN slas s ON s.incident_id = i.id
   WHERE {{condition}} AND i.deleted_at IS NULL
     AND (:sees_all OR i.reporter_id = :author_id)
     AND (s.response_at IS NOT NULL OR NOT :may_answer OR i.reporter_id = :author_id)
), {_SAY}, {watching.TELL_COMMENT}
SELECT id, number, reporter_id,
       (SELECT array_agg(recipient_id) FROM inbox) AS told
  FROM incident
"""


def _answers(
    identity: Identity, reporter_id: UUID, data: schemas.CommentCreate
) -> bool:
    return (
        identity.is_agent and identity.user_id != reporter_id and not data.is_internal
    )


async def comments(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    *,
    limit: int,
    cursor: str | None,
) -> Page[schemas.Comment]:
    """Comments in the order of their making, as far as the caller may see them."""
    incident = await find(session, identity, reference)
    where = "c.incident_id = :incident_id AND c.deleted_at IS NULL"
    parameters: dict[str, Any] = {"incident_id": incident.id, "limit": limit + 1}
    if not identity.is_agent:
        where += " AND NOT c.is_internal"
    if cursor:
        parameters["at"], parameters["id"] = decode_cursor(
            cursor, tuple[dt.datetime, UUID]
        )
        where += " AND (c.created_at, c.id) > (:at, :id)"
    rows, next_cursor = page_of(
        await fetch_all(
            session,
            f"{_COMMENT} WHERE {where} ORDER BY c.created_at, c.id LIMIT :limit",
            **parameters,
        ),
        limit,
        lambda row: (row.created_at, row.id),
    )
    contents = await mentions.by_todays_names(
        session, [row.content for row in rows], incident.reporter_id
    )
    found = [_comment(row) for row in rows]
    for said, content in zip(found, contents, strict=True):
        said.content = content
    return Page(found, next_cursor)


async def find_comment(
    session: AsyncSession, identity: Identity, comment_id: UUID, *, to_edit: bool
) -> tuple[models.Comment, models.Incident]:
    """A comment that the caller may see, and with `to_edit` may change.

    Raises:
        NotFound: There is none, or none that the caller may see.
        Forbidden: It is somebody else's, and the caller is no manager.
    """
    found = await session.scalar(
        select(models.Comment)
        .where(models.Comment.id == comment_id, models.Comment.deleted_at.is_(None))
        .with_for_update(key_share=True)
    )
    if found is None or (found.is_internal and not identity.is_agent):
        raise NotFound("There is no such comment.")
    incident = await find(session, identity, found.incident_id)
    if to_edit and found.author_id != identity.user_id and not identity.is_manager:
        raise Forbidden("Only its author or a manager can change a comment.")
    return found, incident


async def change_comment(
    session: AsyncSession,
    identity: Identity,
    comment_id: UUID,
    content: str,
    version: int | None,
    now: dt.datetime,
) -> schemas.Comment:
    """Give a comment other words; the timeline keeps the old ones for agents."""
    found, incident = await find_comment(session, identity, comment_id, to_edit=True)
    if version is not None and version != found.version:
        raise Conflict(
            "This comment was changed in the meantime. Load it again and repeat your"
            " change.",
            code="stale_version",
        )
    note(
        session,
        incident.id,
        "comment_edited",
        identity.user_id,
        now,
        {"comment_id": str(found.id), "before": found.content},
        internal=True,
    )
    before = mentions.mentioned_in(found.content)
    people = [one for one in mentions.mentioned_in(content) if one not in before]
    found.content = content
    found.version += 1
    found.updated_at = now
    await session.flush()
    announce_about(
        session, incident, "comment.updated", now, internal=found.is_internal
    )
    row = await fetch_one(session, f"{_COMMENT} WHERE c.id = :id", id=comment_id)
    said = _comment(row)
    await _tell_mentioned(session, identity, incident, said, people, now)
    return said


async def history(
    session: AsyncSession,
    identity: Identity,
    comment_id: UUID,
    *,
    limit: int,
    cursor: str | None,
) -> Page[schemas.CommentVersion]:
    """The words that a comment had before, newest first.

    Agents and its author read them: what was taken back in public stays taken back.

    Raises:
        Forbidden: The caller is a reporter and somebody else wrote it.
    """
    found, incident = await find_comment(session, identity, comment_id, to_edit=False)
    if not identity.is_agent and found.author_id != identity.user_id:
        raise Forbidden("Only agents and its author can read how a comment was before.")
    beyond = ""
    parameters: dict[str, Any] = {}
    if cursor:
        parameters["at"], parameters["id"] = decode_cursor(
            cursor, tuple[dt.datetime, UUID]
        )
        beyond = "AND (a.at, a.id) < (:at, :id)"
    rows, next_cursor = page_of(
        await fetch_all(
            session,
            f"""
            SELECT a.id, a.at, a.data ->> 'before' AS content, a.actor_id, u.name
              FROM incident_activity a LEFT JOIN users u ON u.id = a.actor_id
             WHERE a.incident_id = :incident_id AND a.type = 'comment_edited'
               AND a.data ->> 'comment_id' = :comment_id {beyond}
             ORDER BY a.at DESC, a.id DESC LIMIT :limit
            """,
            incident_id=incident.id,
            comment_id=str(comment_id),
            limit=limit + 1,
            **parameters,
        ),
        limit,
        lambda row: (row.at, row.id),
    )
    return Page(
        [
            schemas.CommentVersion(
                content=row.content,
                changed_by=UserRef(row.actor_id, row.name) if row.actor_id else None,
                changed_at=row.at,
            )
            for row in rows
        ],
        next_cursor,
    )


async def delete_comment(
    session: AsyncSession, identity: Identity, comment_id: UUID, now: dt.datetime
) -> None:
    """Take a comment out of sight."""
    found, incident = await find_comment(session, identity, comment_id, to_edit=True)
    found.deleted_at = now
    note(
        session,
        incident.id,
        "comment_deleted",
        identity.user_id,
        now,
        {"comment_id": str(found.id)},
        internal=found.is_internal,
    )
    await session.flush()
    announce_about(
        session, incident, "comment.deleted", now, internal=found.is_internal
    )
