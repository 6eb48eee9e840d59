"""The list of who watches an incident."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.db import execute, fetch_all, fetch_one
from tracker.errors import Conflict, Invalid
from tracker.incidents import models, schemas, service
from tracker.incidents.service import announce_about, note
from tracker.incidents.watching import MOST
from tracker.paging import Page
from tracker.security import Identity


async def of_incident(
    session: AsyncSession, identity: Identity, reference: str
) -> Page[schemas.Watcher]:
    """Who watches an incident, never more than a page; reporters see only themselves.

    Whom the work interests is the agents' own matter.
    """
    incident = await service.find(session, identity, reference)
    rows = await fetch_all(
        session,
        """
        SELECT u.id, u.name, w.created_at
          FROM incident_watchers w JOIN users u ON u.id = w.user_id
         WHERE w.incident_id = :id AND u.deleted_at IS NULL AND (:agent OR u.id = :me)
         ORDER BY w.created_at, u.id LIMIT :limit
        """,
        id=incident.id,
        agent=identity.is_agent,
        me=identity.user_id,
        limit=MOST,
    )
    return Page(
        [
            schemas.Watcher(user=UserRef(row.id, row.name), since=row.created_at)
            for row in rows
        ]
    )


async def watch(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    user_id: UUID,
    now: dt.datetime,
) -> None:
    """Let somebody hear what becomes of an incident; done twice, it is done once."""
    incident = await service.find(session, identity, reference, lock=True)
    person = await fetch_one(
        session,
        "SELECT id, name, role FROM users"
        " WHERE id = :id AND is_active AND deleted_at IS NULL",
        id=user_id,
    )
    if person is None:
        raise Invalid("There is no such active person.", field="user_id")
    if person.role == "reporter" and person.id != incident.reporter_id:
        raise Invalid(
            f"{person.name} may not see this incident, so they cannot watch it.",
            field="user_id",
        )
    count = await fetch_one(
        session,
        "SELECT count(*) AS n, count(*) FILTER (WHERE user_id = :user_id) AS mine"
        " FROM incident_watchers WHERE incident_id = :id",
        id=incident.id,
        user_id=user_id,
    )
    assert count is not None
    if count.mine:
        return
    if count.n >= MOST:
        raise Conflict(f"{MOST} people watch this incident; no more can.")
    await execute(
        session,
        "INSERT INTO incident_watchers (incident_id, user_id, created_at, updated_at)"
        " VALUES (:id, :user_id, :now, :now)",
        id=incident.id,
        user_id=user_id,
        now=now,
    )
    _tell(session, identity, incident, "watcher_added", (user_id, person.name), now)


async def unwatch(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    user_id: UUID,
    now: dt.datetime,
) -> None:
    """Let somebody hear no more of an incident."""
    incident = await service.find(session, identity, reference, lock=True)
    row = await fetch_one(
        session,
        """
        WITH gone AS (
          DELETE FROM incident_watchers
           WHERE incident_id = :id AND user_id = :user_id RETURNING user_id)
        SELECT u.id, u.name FROM gone JOIN users u ON u.id = gone.user_id
        """,
        id=incident.id,
        user_id=user_id,
    )
    if row:
        _tell(session, identity, incident, "watcher_removed", (row.id, row.name), now)


def _tell(
    session: AsyncSession,
    identity: Identity,
    incident: models.Incident,
    what: str,
    person: tuple[UUID, str],
    now: dt.datetime,
) -> None:
    id_, name = person
    # What people do for themselves is not worth a line.
    if id_ != identity.user_id:
        data = {"user": {"id": str(id_), "name": name}}
        note(session, incident.id, what, identity.user_id, now, data, internal=True)
    internal = id_ != incident.reporter_id
    announce_about(session, incident, "watchers.changed", now, internal=internal)
