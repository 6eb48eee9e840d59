"""When time counts: calendars and their versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.service import check_version, save_named
from tracker.db import fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Invalid, NotFound
from tracker.paging import Page, decode_cursor, page_of
from tracker.sla import models, schemas
from tracker.sla.calendar import ALWAYS, ZERO, Calendar, CalendarError, days
from tracker.sla.catalogue import author, begin_change, publish
from tracker.sla.clock import TargetKind
from tracker.sla.drafts import beyond_reach

MOST_CALENDARS = 200

# The newest versions of policies that count on a calendar.
_COUNTING = """
    FROM sla_policies p
    JOIN sla_policy_versions pv
      ON pv.policy_id = p.id AND pv.version = p.current_version
   WHERE p.deleted_at IS NULL AND EXISTS (
     SELECT FROM calendar_versions cv
      WHERE cv.calendar_id = c.id AND cv.id IN (
        pv.response_calendar_version_id, pv.resolution_calendar_version_id))"""
_CALENDARS = f"""
  SELECT c.id, c.name, v.timezone, v.weekly_hours, v.holidays, v.version,
         c.created_at, c.updated_at,
         array(SELECT p.name {_COUNTING} ORDER BY p.is_default, p.position, p.id)
           AS policies
    FROM calendars c
    JOIN calendar_versions v
      ON v.calendar_id = c.id AND v.version = c.current_version
   WHERE c.deleted_at IS NULL
"""


async def calendars(session: AsyncSession) -> list[schemas.Calendar]:
    """Every calendar by name."""
    rows = await fetch_all(session, _CALENDARS + " ORDER BY c.name")
    return [_shown(row, schemas.Calendar) for row in rows]


async def calendar(session: AsyncSession, calendar_id: UUID) -> schemas.Calendar:
    """One calendar.

    Raises:
        NotFound: There is none with this id.
    """
    row = await fetch_one(session, _CALENDARS + " AND c.id = :id", id=calendar_id)
    if row is None:
        raise NotFound("There is no such calendar.")
    shown: schemas.Calendar = _shown(row, schemas.Calendar)
    return shown


async def versions(
    session: AsyncSession, calendar_id: UUID, *, limit: int, cursor: str | None
) -> Page[schemas.CalendarVersion]:
    """What a calendar has said so far, newest first.

    Raises:
        NotFound: There is no calendar with this id.
    """
    await calendar(session, calendar_id)
    before = decode_cursor(cursor, tuple[int])[0] if cursor else None
    rows = await fetch_all(
        session,
        f"""
        SELECT v.version, v.timezone, v.weekly_hours, v.holidays, v.created_at,
               v.created_by, u.name AS created_by_name
          FROM calendar_versions v LEFT JOIN users u ON u.id = v.created_by
         WHERE v.calendar_id = :id
           AND v.version < coalesce(CAST(:before AS int), {2**31 - 1})
         ORDER BY v.version DESC LIMIT :limit
        """,
        id=calendar_id,
        before=before,
        limit=limit + 1,
    )
    found = [
        _shown(row, schemas.CalendarVersion, created_by=author(row)) for row in rows
    ]
    return Page(*page_of(found, limit, lambda version: (version.version,)))


def _shown(row: Any, schema: Any, **more: Any) -> Any:
    return msgspec.convert(
        {**row._mapping, **more},
        schema,
        builtin_types=(dt.datetime, UUID),
        from_attributes=True,
        strict=False,
    )


# --- Changes --------------------------------------------------------------------------


async def create(
    session: AsyncSession,
    data: schemas.CalendarCreate,
    actor_id: UUID,
    now: dt.datetime,
) -> schemas.Calendar:
    """A new calendar.

    Raises:
        Conflict: The name is taken, or there are too many.
        Invalid: It cannot be; names the field.
    """
    checked(data)
    await begin_change(session)
    if len(await calendars(session)) >= MOST_CALENDARS:
        raise Conflict(f"There are {MOST_CALENDARS} calendars already, the most.")
    row = models.Calendar(
        id=new_id(), name=data.name, current_version=1, created_at=now, updated_at=now
    )
    await save_named(session, row, "a calendar")
    await _add_version(session, row, data, actor_id, now)
    return await calendar(session, row.id)


async def change(
    session: AsyncSession,
    calendar_id: UUID,
    data: schemas.CalendarUpdate,
    version: int | None,
    actor_id: UUID,
    now: dt.datetime,
) -> schemas.Calendar:
    """Make a new version of a calendar, and of each policy that counts on it.

    Raises:
        Conflict: The version is stale, or the name is taken.
        Invalid: It cannot be, or a policy's target is out of its reach.
        NotFound: There is no calendar with this id.
    """
    await begin_change(session)
    row = await _find(session, calendar_id)
    check_version(row.current_version, version, f"The calendar {row.name}")
    before = await calendar(session, calendar_id)
    draft = schemas.CalendarDraft(
        timezone=before.timezone,
        weekly_hours=before.weekly_hours,
        holidays=before.holidays,
    )
    for field in draft.__struct_fields__:
        if (value := getattr(data, field)) is not UNSET:
            setattr(draft, field, value)
    value = checked(draft)
    if isinstance(data.name, str):
        row.name = data.name
    row.current_version += 1
    row.updated_at = now
    await save_named(session, row, "a calendar")
    version_id = await _add_version(session, row, draft, actor_id, now)
    await _renew_policies(session, row, version_id, value, actor_id, now)
    return await calendar(session, calendar_id)


async def remove(session: AsyncSession, calendar_id: UUID, now: dt.datetime) -> None:
    """Take a calendar off the list; clocks that count on it run on.

    Raises:
        Conflict: A policy counts on it.
        NotFound: There is no calendar with this id.
    """
    await begin_change(session)
    row = await _find(session, calendar_id)
    if policies := (await calendar(session, calendar_id)).policies:
        raise Conflict(
            f"These policies count on {row.name}: {', '.join(policies)}. Give them"
            " another calendar first.",
            code="calendar_in_use",
        )
    row.deleted_at = row.updated_at = now
    await session.flush()


async def _find(session: AsyncSession, calendar_id: UUID) -> models.Calendar:
    row = await session.get(models.Calendar, calendar_id, with_for_update=True)
    if row is None or row.deleted_at is not None:
        raise NotFound("There is no such calendar.")
    return row


async def _add_version(
    session: AsyncSession,
    row: models.Calendar,
    draft: schemas.CalendarDraft,
    actor_id: UUID,
    now: dt.datetime,
) -> UUID:
    version_id = new_id()
    days_off = sorted(draft.holidays, key=lambda holiday: holiday.date)
    session.add(
        models.CalendarVersion(
            id=version_id,
            calendar_id=row.id,
            version=row.current_version,
            timezone=draft.timezone,
            weekly_hours=msgspec.to_builtins(draft.weekly_hours),
            holidays=msgspec.to_builtins(days_off),
            created_by=actor_id,
            created_at=now,
            updated_at=now,
        )
    )
    await session.flush()
    return version_id


async def _renew_policies(
    session: AsyncSession,
    row: models.Calendar,
    version_id: UUID,
    value: Calendar,
    actor_id: UUID,
    now: dt.datetime,
) -> None:
    """A policy version keeps its calendars' versions, so it takes a new one too."""
    counting = await fetch_all(
        session,
        f"SELECT p.id, pv.id AS version_id {_COUNTING}".replace("c.id", ":id"),
        id=row.id,
    )
    mine = await session.scalars(
        select(models.CalendarVersion.id).where(
            models.CalendarVersion.calendar_id == row.id
        )
    )
    ids = set(mine)
    for found in counting:
        policy = await session.get_one(models.SlaPolicy, found.id)
        last = await session.get_one(models.SlaPolicyVersion, found.version_id)
        columns = {name: getattr(last, name) for name in _KEPT}
        for kind in TargetKind:
            if columns[f"{kind}_calendar_version_id"] in ids:
                columns[f"{kind}_calendar_version_id"] = version_id
        _check_targets(policy.name, columns, version_id, value, now)
        note = f"Calendar {row.name}, version {row.current_version}"
        policy.updated_at = now
        await publish(session, policy, columns, note, actor_id, now)


_KEPT = (
    *("conditions", "targets", "warnings", "pauses", "reopening", "escalations"),
    *("marks", "response_calendar_version_id", "resolution_calendar_version_id"),
)


def _check_targets(
    name: str,
    columns: Mapping[str, Any],
    version_id: UUID,
    value: Calendar,
    now: dt.datetime,
) -> None:
    """Refuse a calendar on which a policy's deadlines are out of reach."""
    promised = schemas.PolicyDraft(
        targets=msgspec.convert(columns["targets"], schemas.Targets),
        escalations=msgspec.convert(
            columns["escalations"], list[schemas.EscalationLevel]
        ),
    )
    calendars = {
        str(kind): value
        if columns[f"{kind}_calendar_version_id"] == version_id
        else ALWAYS
        for kind in TargetKind
    }
    for problem in beyond_reach(promised, calendars, now):
        raise Invalid(
            f"The policy “{name}” counts on this calendar, and its {problem.field}"
            " would not be reached within ten years.",
            field="weekly_hours",
        )


# --- Working time as written ----------------------------------------------------------


def checked(draft: schemas.CalendarDraft, prefix: str = "") -> Calendar:
    """What a draft means.

    Raises:
        Invalid: It cannot be; names the field, with `prefix` before it.
    """
    seen: set[dt.date] = set()
    for index, holiday in enumerate(draft.holidays):
        if holiday.date in seen:
            raise Invalid(
                f"{holiday.date} is there twice.",
                field=f"{prefix}holidays[{index}].date",
            )
        seen.add(holiday.date)
    try:
        return Calendar.from_weekly_hours(
            draft.timezone, draft.weekly_hours, msgspec.to_builtins(draft.holidays)
        )
    except CalendarError as error:
        message = f"{error.message[0].upper()}{error.message[1:]}."
        raise Invalid(message, field=f"{prefix}{error.field}") from error


def preview(
    data: schemas.CalendarPreview, now: dt.datetime
) -> list[schemas.CalendarDay]:
    """The days of a draft; from the Monday of this week unless it says a day.

    Raises:
        Invalid: The draft cannot be, or its days are not in the range of dates.
    """
    draft = data.calendar
    calendar = checked(draft, "calendar.")
    today = now.astimezone(ZoneInfo(draft.timezone)).date()
    first = data.from_ or today - dt.timedelta(days=today.weekday())
    if not FIRST_DAY <= first <= LAST_DAY:
        raise Invalid(f"Choose a day from {FIRST_DAY} to {LAST_DAY}.", field="from")
    names = dict(calendar.holidays)
    return [
        schemas.CalendarDay(
            date=day.date,
            holiday=names.get(day.date),
            intervals=[
                schemas.OpenInterval(
                    opening.start,
                    opening.end,
                    _wall(opening.opens),
                    _wall(opening.closes),
                )
                for opening in day.openings
            ],
            working_seconds=sum(
                (opening.end - opening.start for opening in day.openings), ZERO
            ).total_seconds(),
        )
        for day in days(calendar, first, data.weeks * 7)
    ]


# Years for which zones have something to say.
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 1, 1)


def _wall(time: dt.timedelta) -> str:
    """As people write a time of day; the last one is 24:00."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
