"""Links between incidents, and the merge of one into another."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import execute, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Invalid, NotFound
from tracker.incidents import models, schemas, service, watching
from tracker.incidents.listing import number_text
from tracker.incidents.schemas import LinkKind
from tracker.incidents.service import announce_about, note
from tracker.incidents.workflow import Priority, Status, Step
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import Identity

# What a link is called from its other end.
_OTHER_WAY = {
    LinkKind.DUPLICATE_OF: LinkKind.DUPLICATED_BY,
    LinkKind.DUPLICATED_BY: LinkKind.DUPLICATE_OF,
    LinkKind.RELATED: LinkKind.RELATED,
    LinkKind.PARENT_OF: LinkKind.CHILD_OF,
    LinkKind.CHILD_OF: LinkKind.PARENT_OF,
}
# The kinds that are stored; the others are the same read from the other end.
_STORED = {LinkKind.DUPLICATE_OF, LinkKind.RELATED, LinkKind.PARENT_OF}


class _Ends(NamedTuple):
    """A link as it is stored."""

    kind: LinkKind
    source: models.Incident
    target: models.Incident


# --- Reading --------------------------------------------------------------------------

# Deleted incidents have no links for as long as they are deleted; reporters see only
# what leads to their own.
_LINKS = """
SELECT l.id, l.kind, l.is_merge, l.created_at, l.source_id = :incident_id AS outward,
       o.id AS other_id, o.number, o.title, o.status, o.priority
  FROM incident_links l
  JOIN incidents o ON o.deleted_at IS NULL
   AND o.id = CASE WHEN l.source_id = :incident_id THEN l.target_id
                   ELSE l.source_id END
 WHERE :incident_id IN (l.source_id, l.target_id) AND (:agent OR o.reporter_id = :me)
   AND {where}
 ORDER BY l.id LIMIT :limit
"""


async def page(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    *,
    limit: int,
    cursor: str | None,
) -> Page[schemas.Link]:
    """What an incident has to do with others that the caller may see, oldest first."""
    incident = await service.find(session, identity, reference)
    where, parameters = "true", {}
    if cursor:
        where = "l.id > :after"
        (parameters["after"],) = decode_cursor(cursor, tuple[UUID])
    rows, next_cursor = page_of(
        await fetch_all(
            session,
            _LINKS.format(where=where),
            incident_id=incident.id,
            agent=identity.is_agent,
            me=identity.user_id,
            limit=limit + 1,
            **parameters,
        ),
        limit,
        lambda row: (row.id,),
    )
    return Page([_link(row) for row in rows], next_cursor)


def _link(row: Any) -> schemas.Link:
    kind = LinkKind(row.kind)
    return schemas.Link(
        id=row.id,
        kind=kind if row.outward else _OTHER_WAY[kind],
        incident=schemas.LinkedIncident(
            id=row.other_id,
            number=number_text(row.number),
            title=row.title,
            status=Status(row.status),
            priority=Priority(row.priority),
        ),
        merged=row.is_merge,
        created_at=row.created_at,
    )


# --- Writing --------------------------------------------------------------------------


async def add(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    data: schemas.LinkCreate,
    now: dt.datetime,
) -> schemas.Link:
    """Say what an incident is to another one."""
    await _lock(session)
    incident = await service.find(session, identity, reference)
    other = await _other(session, identity, data.to, "to")
    if other.id == incident.id:
        raise Invalid("An incident cannot be linked to itself.", field="to")
    ends = _Ends(data.kind, incident, other)
    if data.kind not in _STORED:
        ends = _Ends(_OTHER_WAY[data.kind], other, incident)
    await _check_pair(session, ends)
    await _check_chain(session, ends, "to")
    link = await _insert(session, identity, ends, now)
    _note_both(session, identity, "linked", ends, now)
    return schemas.Link(
        id=link.id,
        kind=data.kind,
        incident=schemas.LinkedIncident(
            id=other.id,
            number=number_text(other.number),
            title=other.title,
            status=Status(other.status),
            priority=Priority(other.priority),
        ),
        merged=False,
        created_at=now,
    )


async def remove(
    session: AsyncSession, identity: Identity, link_id: UUID, now: dt.datetime
) -> None:
    """Take a link away; that of a merge stays for as long as its source is closed."""
    await _lock(session)
    link = await session.scalar(select(models.Link).where(models.Link.id == link_id))
    if link is None:
        raise NotFound("There is no such link.")
    source = await service.find(session, identity, link.source_id)
    target = await service.find(session, identity, link.target_id)
    if link.is_merge and source.status == Status.CLOSED:
        raise Conflict(
            f"{number_text(source.number)} was merged into"
            f" {number_text(target.number)}; reopen it first.",
            code="merged",
        )
    await session.execute(delete(models.Link).where(models.Link.id == link_id))
    ends = _Ends(LinkKind(link.kind), source, target)
    _note_both(session, identity, "unlinked", ends, now)


async def merge(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    into: str,
    now: dt.datetime,
) -> None:
    """Close an incident as the duplicate of another one, where the work goes on.

    Its clocks stop by the workflow, as of any incident that is resolved: what was late
    stays late. Comments and attachments stay where they were written. They were said
    to the source's reporter, who may not see the target; moved, they would tell one
    reporter of another, and answer the target by words that were not meant for it.
    """
    await _lock(session)
    source = await service.find(session, identity, reference)
    target = await _other(session, identity, into, "into")
    if source.id == target.id:
        raise Invalid("An incident cannot be merged into itself.", field="into")
    # By their ids, so that two merges wait for each other in the same order.
    for id_ in sorted((source.id, target.id)):
        await service.find(session, identity, id_, lock=True)
    await _check_merge(session, source, target)
    ends = _Ends(LinkKind.DUPLICATE_OF, source, target)
    await execute(
        session,
        "DELETE FROM incident_links WHERE least(source_id, target_id) = least(:a, :b)"
        " AND greatest(source_id, target_id) = greatest(:a, :b)",
        a=source.id,
        b=target.id,
    )
    await _check_chain(session, ends, "into")
    await _insert(session, identity, ends, now, is_merge=True)
    if source.status in (Status.OPEN, Status.IN_PROGRESS):
        # What is left to fill in belongs to the incident where the work goes on.
        await service.step(
            session, identity, str(source.id), Step.RESOLVE, now, complete=False
        )
    if source.status == Status.RESOLVED:
        await service.step(session, identity, str(source.id), Step.CLOSE, now)
    await watching.follow(session, source.id, target, now)
    _note_merge(session, identity, source, target, now)


async def _lock(session: AsyncSession) -> None:
    # One at a time: two that look for rings at once would see half of one each.
    await execute(session, "SELECT pg_advisory_xact_lock(hashtext('incident_links'))")


async def _other(
    session: AsyncSession, identity: Identity, reference: str, field: str
) -> models.Incident:
    try:
        return await service.find(session, identity, reference.strip())
    except NotFound:
        raise Invalid(
            f"There is no incident “{reference}”. Choose another one.", field=field
        ) from None


async def _check_pair(session: AsyncSession, ends: _Ends) -> None:
    row = await fetch_one(
        session,
        "SELECT kind FROM incident_links WHERE least(source_id, target_id)"
        " = least(:a, :b) AND greatest(source_id, target_id) = greatest(:a, :b)",
        a=ends.source.id,
        b=ends.target.id,
    )
    if row:
        raise Conflict(
            f"{number_text(ends.source.number)} and {number_text(ends.target.number)}"
            " are linked already; remove that link first.",
            code="already_linked",
            field="to",
        )


async def _check_chain(session: AsyncSession, ends: _Ends, field: str) -> None:
    """No incident is below itself, and none is a duplicate of two."""
    if ends.kind is LinkKind.RELATED:
        return
    source, target = number_text(ends.source.number), number_text(ends.target.number)
    if ends.kind is LinkKind.DUPLICATE_OF:
        row = await fetch_one(
            session,
            "SELECT i.number FROM incident_links l JOIN incidents i"
            " ON i.id = l.target_id WHERE l.source_id = :id"
            " AND l.kind = 'duplicate_of'",
            id=ends.source.id,
        )
        if row:
            raise Conflict(
                f"{source} is a duplicate of {number_text(row.number)} already;"
                " remove that link first.",
                code="already_duplicate",
                field=field,
            )
    ring = await fetch_one(
        session,
        """
        WITH RECURSIVE reached (id) AS (
          SELECT target_id FROM incident_links
           WHERE source_id = :target AND kind = :kind
          UNION
          SELECT l.target_id FROM incident_links l JOIN reached r ON l.source_id = r.id
           WHERE l.kind = :kind
        )
        SELECT 1 FROM reached WHERE id = :source
        """,
        source=ends.source.id,
        target=ends.target.id,
        kind=str(ends.kind),
    )
    if ring:
        raise Conflict(
            f"{target} is {_RING[ends.kind]} {source} already, by other links; this"
            " would close a ring.",
            code="link_ring",
            field=field,
        )


_RING = {LinkKind.DUPLICATE_OF: "a duplicate of", LinkKind.PARENT_OF: "a parent of"}


async def _check_merge(
    session: AsyncSession, source: models.Incident, target: models.Incident
) -> None:
    rows = await fetch_all(
        session,
        "SELECT source_id FROM incident_links"
        " WHERE is_merge AND source_id IN (:source, :target)",
        source=source.id,
        target=target.id,
    )
    merged = {row.source_id for row in rows}
    if source.id in merged:
        raise Conflict(f"{number_text(source.number)} is merged already.")
    if target.id in merged:
        raise Invalid(
            f"{number_text(target.number)} was itself merged; choose the one that it"
            " was merged into.",
            field="into",
        )


async def _insert(
    session: AsyncSession,
    identity: Identity,
    ends: _Ends,
    now: dt.datetime,
    *,
    is_merge: bool = False,
) -> models.Link:
    link = models.Link(
        id=new_id(),
        source_id=ends.source.id,
        target_id=ends.target.id,
        kind=str(ends.kind),
        is_merge=is_merge,
        created_by=identity.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(link)
    await session.flush()
    return link


def _note_both(
    session: AsyncSession, identity: Identity, what: str, ends: _Ends, now: dt.datetime
) -> None:
    """A line on both timelines; a reporter hears of no incident that is not theirs."""
    internal = ends.source.reporter_id != ends.target.reporter_id
    for one, other, kind in (
        (ends.source, ends.target, ends.kind),
        (ends.target, ends.source, _OTHER_WAY[ends.kind]),
    ):
        data = {"kind": str(kind), "other": number_text(other.number)}
        note(session, one.id, what, identity.user_id, now, data, internal=internal)
        announce_about(session, one, "links.changed", now, internal=internal)


def _note_merge(
    session: AsyncSession,
    identity: Identity,
    source: models.Incident,
    target: models.Incident,
    now: dt.datetime,
) -> None:
    """A line on both timelines that names the other one to those who may see it."""
    key = "other" if source.reporter_id == target.reporter_id else "other_for_agents"
    for one, other, what in (
        (source, target, "merged_into"),
        (target, source, "merged_from"),
    ):
        data = {key: number_text(other.number)}
        note(session, one.id, what, identity.user_id, now, data)
        announce_about(session, one, "links.changed", now)
