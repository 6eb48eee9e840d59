"""Everything that happened to an incident, in one order."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.db import fetch_all
from tracker.incidents import mentions, schemas
from tracker.incidents.service import find
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import Identity


async def timeline(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    *,
    limit: int,
    cursor: str | None,
    newest_first: bool,
    show: schemas.TimelineShow = schemas.TimelineShow.ALL,
) -> Page[schemas.TimelineItem]:
    """The ledger, the comments and everything else that happened, in one order."""
    incident = await find(session, identity, reference)
    direction, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    parameters: dict[str, Any] = {
        "incident_id": incident.id,
        "limit": limit + 1,
        "agent": identity.is_agent,
        "manager": identity.is_manager,
    }
    where = f"WHERE {_SHOWN[show]}"
    if cursor:
        key = decode_cursor(cursor, tuple[dt.datetime, int, str])
        parameters["at"], parameters["source"], parameters["key"] = key
        where += f" AND (t.at, t.source, t.key) {beyond} (:at, :source, :key)"
    rows, next_cursor = page_of(
        await fetch_all(
            session,
            _TIMELINE.format(where=where, direction=direction),
            **parameters,
        ),
        limit,
        lambda row: (row.at, row.source, row.key),
    )
    items = [_item(row, identity) for row in rows]
    said = [item.comment for item in items if item.comment]
    contents = await mentions.by_todays_names(
        session, [one.content for one in said], incident.reporter_id
    )
    for one, content in zip(said, contents, strict=True):
        one.content = content
    return Page(items, next_cursor)


_SAID = "t.type IN ('commented', 'comment_edited', 'comment_deleted')"
_SHOWN = {
    schemas.TimelineShow.ALL: "true",
    schemas.TimelineShow.COMMENTS: _SAID,
    schemas.TimelineShow.CHANGES: f"t.source = 1 AND NOT {_SAID}",
    schemas.TimelineShow.CLOCK: "t.source = 0",
}

_TIMELINE = """
SELECT t.*, u.name AS actor_name, c.id AS comment_id, c.incident_id, c.author_id,
       author.name AS author_name, c.content, c.is_internal, c.created_at,
       c.updated_at, c.version, gone.content AS deleted_content
  FROM (
    SELECT at, 0 AS source, lpad(CAST(seq AS text), 19, '0') AS key, type, actor_id,
           data
      FROM sla_ledger
     WHERE incident_id = :incident_id
       AND (:agent OR type NOT IN ('escalated', 'corrected'))
    UNION ALL
    SELECT at, 1, CAST(id AS text), type, actor_id, data
      FROM incident_activity
     WHERE incident_id = :incident_id AND (:agent OR NOT is_internal)
       AND (:agent OR type <> 'field_changed' OR EXISTS (
         SELECT FROM custom_fields f
          WHERE f.key = data ->> 'key' AND f.visible_to_reporters))
  ) t
  LEFT JOIN users u ON u.id = t.actor_id
  LEFT JOIN comments c ON t.type = 'commented'
        AND c.id = CAST(t.data ->> 'comment_id' AS uuid) AND c.deleted_at IS NULL
  LEFT JOIN users author ON author.id = c.author_id
  LEFT JOIN comments gone ON :manager AND t.type = 'comment_deleted'
        AND gone.id = CAST(t.data ->> 'comment_id' AS uuid)
  {where}
 ORDER BY t.at {direction}, t.source {direction}, t.key {direction} LIMIT :limit
"""
# What reporters do not hear of a pause: who, and in which words; nor how work is led.
_FOR_AGENTS = {"paused", "resumed"}
_DATA_FOR_AGENTS = (
    *("note", "remaining_seconds", "after_breach", "lowered", "run_id"),
    "policy_version_id",
    "other_for_agents",
)


def _item(row: Any, identity: Identity) -> schemas.TimelineItem:
    shows_actor = identity.is_agent or row.type not in _FOR_AGENTS
    data = dict(row.data)
    if not identity.is_agent:
        for name in _DATA_FOR_AGENTS:
            data.pop(name, None)
    if row.deleted_content is not None:
        data["content"] = row.deleted_content
    return schemas.TimelineItem(
        id=f"{row.source}-{row.key}",
        at=row.at,
        type=row.type,
        actor=UserRef(row.actor_id, row.actor_name)
        if row.actor_id and shows_actor
        else None,
        data=data,
        comment=schemas.Comment(
            id=row.comment_id,
            incident_id=row.incident_id,
            author=UserRef(row.author_id, row.author_name) if row.author_id else None,
            content=row.content,
            is_internal=row.is_internal,
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
        )
        if row.comment_id
        else None,
    )
