"""Maintenance windows: periods in which the clocks of matching incidents stand still.

The engine begins and ends them. While a window is being begun, no deadline after its
start is judged: else a breach could be told before the pause that prevents it is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.accounts.service import check_version
from tracker.db import execute, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Invalid, NotFound
from tracker.notifications.service import enqueue
from tracker.paging import Page, decode_cursor, page_of
from tracker.sla import models, schemas
from tracker.sla.clock import MAINTENANCE

LONGEST = dt.timedelta(days=366)

# Whether a window `w` is for an incident `i`.
_MATCHES = """
    i.deleted_at IS NULL AND i.status IN ('open', 'in_progress')
    AND (w.match -> 'team_ids' IS NULL
         OR w.match -> 'team_ids' @> to_jsonb(CAST(i.team_id AS text)))
    AND (w.match -> 'organization_ids' IS NULL
         OR w.match -> 'organization_ids' @> to_jsonb(CAST(i.organization_id AS text)))
    AND (w.match -> 'tags' IS NULL OR w.match -> 'tags' ?| i.tags)
"""


class Turn(NamedTuple):
    """A window that pauses an incident, or lets it run on."""

    window_id: UUID
    name: str
    at: dt.datetime
    pauses: bool

    @property
    def reason(self) -> str:
        """As the ledger tells it."""
        return f"{MAINTENANCE}{self.window_id}"


# --- The engine -----------------------------------------------------------------------


async def horizon(session: AsyncSession, now: dt.datetime) -> dt.datetime:
    """How far deadlines can be judged: up to a window that is still being begun."""
    row = await fetch_one(
        session,
        "SELECT min(starts_at) AS at FROM maintenance_windows"
        " WHERE ended_at IS NULL AND begun_at IS NULL AND starts_at <= :now",
        now=now,
    )
    return row.at if row and row.at else now


async def turns(
    session: AsyncSession, incident_id: UUID, now: dt.datetime
) -> list[Turn]:
    """What windows have to do with an incident up to `now`, and have not done yet."""
    rows = await fetch_all(
        session,
        f"""
        SELECT w.id, w.name, true AS pauses,
               -- Who comes to match while the window runs is paused from then on.
               CASE WHEN w.begun_at IS NULL OR i.created_at >= w.begun_at
                    THEN greatest(w.starts_at, i.created_at) ELSE :now END AS at
          FROM maintenance_windows w JOIN incidents i ON i.id = :incident_id
         WHERE w.ended_at IS NULL AND w.cancelled_at IS NULL AND w.starts_at <= :now
           AND greatest(w.starts_at, i.created_at) < w.ends_at AND {_MATCHES}
           AND NOT EXISTS (SELECT FROM maintenance_pauses p
                            WHERE p.window_id = w.id AND p.incident_id = i.id)
        UNION ALL
        SELECT w.id, w.name, false, least(w.cancelled_at, w.ends_at)
          FROM maintenance_pauses p JOIN maintenance_windows w ON w.id = p.window_id
         WHERE p.incident_id = :incident_id AND p.ended_at IS NULL
           AND least(w.cancelled_at, w.ends_at) <= :now
         ORDER BY at
        """,
        incident_id=incident_id,
        now=now,
    )
    return [Turn(row.id, row.name, row.at, row.pauses) for row in rows]


async def mark_turn(
    session: AsyncSession, incident_id: UUID, turn: Turn, now: dt.datetime
) -> None:
    """Note that a window has paused an incident, or has let it run on."""
    await execute(
        session,
        """
        INSERT INTO maintenance_pauses (window_id, incident_id, created_at, updated_at)
        VALUES (:window_id, :incident_id, :now, :now)
        """
        if turn.pauses
        else """
        UPDATE maintenance_pauses SET ended_at = :now, updated_at = :now
         WHERE window_id = :window_id AND incident_id = :incident_id
        """,
        window_id=turn.window_id,
        incident_id=incident_id,
        now=now,
    )


async def forget_pauses(session: AsyncSession, incident_id: UUID) -> None:
    """Let windows pause an incident anew, as after a resolve that ended its pauses."""
    await execute(
        session,
        "DELETE FROM maintenance_pauses"
        " WHERE incident_id = :incident_id AND ended_at IS NULL",
        incident_id=incident_id,
    )


async def touched(
    session: AsyncSession, now: dt.datetime, limit: int
) -> Sequence[UUID]:
    """Incidents for which a window has something to do at `now`.

    One caller at a time gets them: others would only wait for the same locks.
    """
    rows = await fetch_all(
        session,
        f"""
        SELECT i.id FROM maintenance_windows w
          JOIN incidents i
            ON {_MATCHES} AND (w.begun_at IS NULL OR i.updated_at >= w.begun_at)
         WHERE w.ended_at IS NULL AND w.cancelled_at IS NULL AND w.starts_at <= :now
           AND greatest(w.starts_at, i.created_at) < w.ends_at
           AND NOT EXISTS (SELECT FROM maintenance_pauses p
                            WHERE p.window_id = w.id AND p.incident_id = i.id)
        UNION
        SELECT i.id FROM maintenance_windows w
          JOIN maintenance_pauses p ON p.window_id = w.id AND p.ended_at IS NULL
          JOIN incidents i ON i.id = p.incident_id AND i.deleted_at IS NULL
         WHERE w.ended_at IS NULL AND least(w.cancelled_at, w.ends_at) <= :now
         LIMIT {limit}
        """,
        now=now,
    )
    return [row.id for row in rows]


async def is_any_open(session: AsyncSession, now: dt.datetime) -> bool:
    """Whether there may be something to do: asked each second."""
    row = await fetch_one(
        session,
        """
        SELECT pg_try_advisory_xact_lock(hashtext('maintenance_windows')) AS mine
          FROM maintenance_windows WHERE ended_at IS NULL AND starts_at <= :now LIMIT 1
        """,
        now=now,
    )
    return row is not None and row.mine


async def note_progress(session: AsyncSession, now: dt.datetime) -> None:
    """Note that all that windows had to do up to `now` is done."""
    await execute(
        session,
        """
        UPDATE maintenance_windows
           SET begun_at = coalesce(begun_at, :now),
               ended_at = CASE WHEN least(cancelled_at, ends_at) <= :now THEN :now END,
               updated_at = :now
         WHERE ended_at IS NULL AND starts_at <= :now
           AND (begun_at IS NULL OR least(cancelled_at, ends_at) <= :now)
        """,
        now=now,
    )


# --- People ---------------------------------------------------------------------------

_WINDOWS = """
    SELECT w.id, w.name, w.note, w.starts_at, w.ends_at, w.match, w.version,
           w.begun_at, w.ended_at, w.cancelled_at, w.created_at, w.updated_at,
           w.created_by, u.name AS created_by_name,
           (SELECT count(*) FROM maintenance_pauses p WHERE p.window_id = w.id)
             AS incidents
      FROM maintenance_windows w LEFT JOIN users u ON u.id = w.created_by
"""


def _status(row: Any, now: dt.datetime) -> schemas.WindowStatus:
    if row.cancelled_at is not None:
        return schemas.WindowStatus.CANCELLED
    if now >= row.ends_at:
        return schemas.WindowStatus.ENDED
    if now >= row.starts_at:
        return schemas.WindowStatus.RUNNING
    return schemas.WindowStatus.ANNOUNCED


def _window(row: Any, now: dt.datetime) -> schemas.MaintenanceWindow:
    return schemas.MaintenanceWindow(
        id=row.id,
        name=row.name,
        note=row.note,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        match=msgspec.convert(row.match, schemas.WindowMatch),
        status=_status(row, now),
        incidents=row.incidents,
        version=row.version,
        created_by=UserRef(row.created_by, row.created_by_name)
        if row.created_by
        else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def page(
    session: AsyncSession, now: dt.datetime, *, limit: int, cursor: str | None = None
) -> Page[schemas.MaintenanceWindow]:
    """Windows, the latest start first."""
    parameters: dict[str, Any] = {}
    where = ""
    if cursor:
        parameters["at"], parameters["id"] = decode_cursor(
            cursor, tuple[dt.datetime, UUID]
        )
        where = "WHERE (w.starts_at, w.id) < (:at, :id)"
    rows = await fetch_all(
        session,
        f"{_WINDOWS} {where} ORDER BY w.starts_at DESC, w.id DESC LIMIT {limit + 1}",
        **parameters,
    )
    rows, next_cursor = page_of(rows, limit, lambda row: (row.starts_at, row.id))
    return Page([_window(row, now) for row in rows], next_cursor)


async def window(
    session: AsyncSession, window_id: UUID, now: dt.datetime
) -> schemas.MaintenanceWindow:
    """One window.

    Raises:
        NotFound: There is none with this id.
    """
    row = await fetch_one(session, f"{_WINDOWS} WHERE w.id = :id", id=window_id)
    if row is None:
        raise NotFound("There is no such maintenance window.")
    return _window(row, now)


async def ahead(
    session: AsyncSession, incident_id: UUID, now: dt.datetime
) -> list[schemas.WindowAhead]:
    """Windows that run now or will, as far as they are for an incident."""
    rows = await fetch_all(
        session,
        f"""
        SELECT w.id, w.name, w.starts_at, w.ends_at
          FROM maintenance_windows w JOIN incidents i ON i.id = :incident_id
         WHERE w.ended_at IS NULL AND w.cancelled_at IS NULL AND w.ends_at > :now
           AND {_MATCHES}
         ORDER BY w.starts_at, w.id LIMIT 10
        """,
        incident_id=incident_id,
        now=now,
    )
    return [schemas.WindowAhead(**row._mapping) for row in rows]


async def create(
    session: AsyncSession, data: schemas.WindowCreate, actor_id: UUID, now: dt.datetime
) -> schemas.MaintenanceWindow:
    """Announce a window to those whom it concerns.

    Raises:
        Invalid: It lies in the past, ends before it begins, or names what is not there.
    """
    _check_period(data.starts_at, data.ends_at, now, begins=True)
    await _check_match(session, data.match)
    row = models.MaintenanceWindow(
        id=new_id(),
        name=data.name.strip(),
        note=data.note,
        starts_at=data.starts_at,
        ends_at=data.ends_at,
        match=msgspec.to_builtins(data.match),
        created_by=actor_id,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    await _announce(session, row, now)
    return await window(session, row.id, now)


async def _announce(
    session: AsyncSession, row: models.MaintenanceWindow, now: dt.datetime
) -> None:
    teams = row.match.get("team_ids")
    people = await fetch_all(
        session,
        """
        SELECT u.id, u.email FROM users u
         WHERE u.role <> 'reporter' AND u.is_active AND u.deleted_at IS NULL
           AND (CAST(:teams AS uuid[]) IS NULL OR EXISTS (
                  SELECT FROM team_members m
                   WHERE m.user_id = u.id AND m.team_id = ANY(CAST(:teams AS uuid[]))))
        """,
        teams=[UUID(team) for team in teams] if teams else None,
    )
    for person in people:
        await enqueue(
            session,
            kind="maintenance_announced",
            dedupe_key=f"maintenance:{row.id}:{row.version or 1}:{person.id}",
            recipient=person.email,
            recipient_id=person.id,
            payload={
                "name": row.name,
                "note": row.note,
                "starts_at": row.starts_at.isoformat(),
                "ends_at": row.ends_at.isoformat(),
            },
            now=now,
        )


async def change(
    session: AsyncSession,
    window_id: UUID,
    data: schemas.WindowUpdate,
    version: int | None,
    now: dt.datetime,
) -> schemas.MaintenanceWindow:
    """Change a window that is not over; of one that runs, name, note and end.

    Raises:
        Conflict: It is over, or it runs and its start or match were to change.
    """
    row = await _locked(session, window_id)
    check_version(row.version, version, f"The maintenance window {row.name}")
    if row.cancelled_at is not None or now >= row.ends_at:
        raise Conflict("This maintenance window is over; make a new one.")
    runs = now >= row.starts_at
    if runs and not (
        isinstance(data.starts_at, UnsetType) and isinstance(data.match, UnsetType)
    ):
        raise Conflict("This maintenance window runs; only its end can be moved.")
    before = (row.starts_at, row.ends_at)
    if isinstance(data.name, str):
        row.name = data.name.strip()
    if not isinstance(data.note, UnsetType):
        row.note = data.note
    if isinstance(data.starts_at, dt.datetime):
        row.starts_at = data.starts_at
    if isinstance(data.ends_at, dt.datetime):
        row.ends_at = data.ends_at
    if isinstance(data.match, schemas.WindowMatch):
        await _check_match(session, data.match)
        row.match = msgspec.to_builtins(data.match)
    _check_period(row.starts_at, row.ends_at, now, begins=not runs)
    row.version += 1
    row.updated_at = now
    await session.flush()
    if (row.starts_at, row.ends_at) != before:
        await _announce(session, row, now)
    return await window(session, window_id, now)


async def cancel(session: AsyncSession, window_id: UUID, now: dt.datetime) -> None:
    """Call a window off; the clocks that it has paused run on from now.

    Raises:
        Conflict: It is over.
    """
    row = await _locked(session, window_id)
    if row.cancelled_at is not None or now >= row.ends_at:
        raise Conflict("This maintenance window is over.")
    row.cancelled_at = now
    if now < row.starts_at:
        row.ended_at = now
    row.version += 1
    row.updated_at = now
    await session.flush()


async def _locked(session: AsyncSession, window_id: UUID) -> models.MaintenanceWindow:
    row = await session.get(models.MaintenanceWindow, window_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such maintenance window.")
    return row


def _check_period(
    starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime, *, begins: bool
) -> None:
    if begins and starts_at < now:
        raise Invalid(
            "A maintenance window cannot begin in the past: clocks that have run"
            " already would have to be told otherwise.",
            field="starts_at",
        )
    if ends_at <= max(starts_at, now):
        raise Invalid("The window must end after it begins.", field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise Invalid("A window may last a year at the most.", field="ends_at")


async def _check_match(session: AsyncSession, match: schemas.WindowMatch) -> None:
    for field, table in (("team_ids", "teams"), ("organization_ids", "organizations")):
        wanted = getattr(match, field)
        if wanted is None:
            continue
        found = await fetch_all(
            session,
            f"SELECT id FROM {table} WHERE id = ANY(:ids) AND deleted_at IS NULL",
            ids=wanted,
        )
        if not wanted or len(found) < len(set(wanted)):
            raise Invalid(
                f"There is no such {table.removesuffix('s')}.", field=f"match.{field}"
            )
    if match.tags is not None and not match.tags:
        raise Invalid("Name a tag, or leave the tags out.", field="match.tags")
