"""Who has an incident open: what others see of it, and what it means for them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.db import Executor, fetch_one
from tracker.incidents import schemas
from tracker.incidents.service import (
    announce_row,
    by_reference,
    find,
    no_such_incident,
    number_text,
)
from tracker.notifications.inbox import InboxService
from tracker.notifications.schemas import UnreadCount
from tracker.paging import Page
from tracker.presence import Presence, Present
from tracker.security import Identity

# Nobody looks at more faces; it bounds the answer.
MOST = 50


async def of_incident(
    executor: Executor, presence: Presence, reference: str, now: dt.datetime
) -> Page[schemas.Attendance]:
    """Who has an incident open."""
    incident = await _known(executor, reference)
    return _page(await presence.present(incident.id, now))


async def attend(
    executor: Executor,
    presence: Presence,
    identity: Identity,
    reference: str,
    said: schemas.Attend,
    now: dt.datetime,
) -> Page[schemas.Attendance]:
    """Note that the caller has an incident open; tells who has, the caller among them.

    Nothing of it is stored in PostgreSQL, and no clock hears of it.
    """
    incident = await _known(executor, reference)
    person = identity.user_id, identity.name
    people, news = await presence.stay(incident.id, person, said.page, said.state, now)
    if news:
        _tell(executor, incident, now)
    return _page(people)


async def leave(
    executor: Executor,
    presence: Presence,
    identity: Identity,
    reference: str,
    page: str,
    now: dt.datetime,
) -> None:
    """Note that the caller has closed an incident, which may be deleted by now."""
    incident = await _known(executor, reference, deleted=True)
    if await presence.leave(incident.id, identity.user_id, page, now):
        _tell(executor, incident, now)


async def read_notifications(
    session: AsyncSession, identity: Identity, reference: str, now: dt.datetime
) -> UnreadCount:
    """Mark what tells of an incident as read: who has opened it knows."""
    incident = await find(session, identity, reference)
    return await InboxService(session, identity).read_about(incident.id, now)


async def _known(executor: Executor, reference: str, *, deleted: bool = False) -> Any:
    condition, parameters = by_reference(reference)
    incident = await fetch_one(
        executor,
        f"SELECT i.id, i.number, i.reporter_id FROM incidents i WHERE {condition}"  # noqa: S608  (our own words)
        " AND (:deleted OR i.deleted_at IS NULL)",
        **parameters,
        deleted=deleted,
    )
    if incident is None:
        raise no_such_incident()
    return incident


def _tell(executor: Executor, incident: Any, now: dt.datetime) -> None:
    id_: UUID = incident.id
    announce_row(
        executor,
        "presence.changed",
        id_,
        number_text(incident.number),
        incident.reporter_id,
        now,
        internal=True,
    )


def _page(people: list[Present]) -> Page[schemas.Attendance]:
    return Page(
        [
            schemas.Attendance(UserRef(user_id, name), state, until)
            for user_id, name, state, until in people[:MOST]
        ]
    )
