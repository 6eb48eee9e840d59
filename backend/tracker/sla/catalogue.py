"""What is promised: policies, calendars, reasons to pause."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.service import check_version
from tracker.db import fetch_all, fetch_one, new_id
from tracker.errors import Conflict, NotFound
from tracker.sla import models, schemas


async def pause_reasons(session: AsyncSession) -> list[schemas.PauseReason]:
    """The reasons for which a clock may stand still, in their order."""
    rows = await fetch_all(
        session,
        "SELECT code, label, is_active FROM pause_reasons ORDER BY position, code",
    )
    return [schemas.PauseReason(*row) for row in rows]


_POLICIES = """
    SELECT p.id, p.name, p.is_default, v.version, v.targets, v.warn_at_percent,
           v.calendar_version_id, k.id AS calendar_id, k.name AS calendar_name,
           cv.timezone, p.created_at, p.updated_at
      FROM sla_policies p
      JOIN sla_policy_versions v
        ON v.policy_id = p.id AND v.version = p.current_version
      LEFT JOIN calendar_versions cv ON cv.id = v.calendar_version_id
      LEFT JOIN calendars k ON k.id = cv.calendar_id
"""


def _policy(row: Any) -> schemas.Policy:
    return schemas.Policy(
        id=row.id,
        name=row.name,
        is_default=row.is_default,
        version=row.version,
        targets=msgspec.convert(row.targets, schemas.Targets),
        warn_at_percent=row.warn_at_percent,
        calendar=schemas.CalendarShort(row.calendar_id, row.calendar_name, row.timezone)
        if row.calendar_id
        else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def policies(session: AsyncSession) -> list[schemas.Policy]:
    """Every policy, the default first."""
    rows = await fetch_all(session, _POLICIES + " ORDER BY NOT p.is_default, p.name")
    return [_policy(row) for row in rows]


async def policy(session: AsyncSession, policy_id: UUID) -> schemas.Policy:
    """One policy.

    Raises:
        NotFound: There is none with this id.
    """
    row = await fetch_one(session, _POLICIES + " WHERE p.id = :id", id=policy_id)
    if row is None:
        raise NotFound("There is no such SLA policy.")
    return _policy(row)


async def change_policy(
    session: AsyncSession,
    policy_id: UUID,
    data: schemas.PolicyUpdate,
    version: int | None,
    actor_id: UUID,
    now: dt.datetime,
) -> schemas.Policy:
    """Make a new version of a policy; clocks that run keep theirs."""
    row = await session.get(models.SlaPolicy, policy_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such SLA policy.")
    check_version(row.current_version, version, f"The policy {row.name}")
    before = await fetch_one(session, _POLICIES + " WHERE p.id = :id", id=policy_id)
    assert before is not None
    row.current_version += 1
    row.updated_at = now
    if isinstance(data.name, str):
        row.name = data.name
    session.add(
        models.SlaPolicyVersion(
            id=new_id(),
            policy_id=policy_id,
            version=row.current_version,
            targets=msgspec.to_builtins(data.targets)
            if isinstance(data.targets, schemas.Targets)
            else before.targets,
            warn_at_percent=data.warn_at_percent
            if isinstance(data.warn_at_percent, int)
            else before.warn_at_percent,
            calendar_version_id=before.calendar_version_id,
            created_by=actor_id,
            created_at=now,
            updated_at=now,
        )
    )
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(
            f"There is a policy with the name {row.name} already.",
            code="name_taken",
            field="name",
        ) from error
    return await policy(session, policy_id)


_CALENDARS = """
    SELECT c.id, c.name, v.timezone, v.weekly_hours, v.holidays, v.version
      FROM calendars c
      JOIN LATERAL (SELECT * FROM calendar_versions v WHERE v.calendar_id = c.id
                     ORDER BY v.version DESC LIMIT 1) v ON true
"""


async def calendars(session: AsyncSession) -> list[schemas.Calendar]:
    """Every calendar by name."""
    rows = await fetch_all(session, _CALENDARS + " ORDER BY c.name")
    return [_calendar(row) for row in rows]


async def calendar(session: AsyncSession, calendar_id: UUID) -> schemas.Calendar:
    """One calendar.

    Raises:
        NotFound: There is none with this id.
    """
    row = await fetch_one(session, _CALENDARS + " WHERE c.id = :id", id=calendar_id)
    if row is None:
        raise NotFound("There is no such calendar.")
    return _calendar(row)


def _calendar(row: Any) -> schemas.Calendar:
    return schemas.Calendar(**row._mapping)
