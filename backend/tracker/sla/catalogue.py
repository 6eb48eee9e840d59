"""What is promised: policies, calendars, reasons to pause."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.service import check_version
from tracker.db import execute, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, NotFound
from tracker.sla import models, schemas
from tracker.sla.clock import Reopening


async def pause_reasons(session: AsyncSession) -> list[schemas.PauseReason]:
    """The reasons for which a clock may stand still, in their order."""
    rows = await fetch_all(
        session,
        "SELECT code, label, position, is_active, counts_against_us"
        " FROM pause_reasons ORDER BY position, code",
    )
    return [schemas.PauseReason(**row._mapping) for row in rows]


_TERMS = """
    v.version, v.conditions, v.targets, v.warnings, v.pauses, v.reopening,
    v.escalations, v.note,
    rk.id AS response_calendar_id, rk.name AS response_calendar_name,
    rv.timezone AS response_timezone, rv.version AS response_calendar_version,
    zk.id AS resolution_calendar_id, zk.name AS resolution_calendar_name,
    zv.timezone AS resolution_timezone, zv.version AS resolution_calendar_version"""
_CALENDARS_OF_TERMS = """
      LEFT JOIN calendar_versions rv ON rv.id = v.response_calendar_version_id
      LEFT JOIN calendars rk ON rk.id = rv.calendar_id
      LEFT JOIN calendar_versions zv ON zv.id = v.resolution_calendar_version_id
      LEFT JOIN calendars zk ON zk.id = zv.calendar_id"""
_POLICIES = f"""
    SELECT p.id, p.name, p.is_default, p.position, p.created_at, p.updated_at, {_TERMS}
      FROM sla_policies p
      JOIN sla_policy_versions v
        ON v.policy_id = p.id AND v.version = p.current_version
    {_CALENDARS_OF_TERMS}
     WHERE p.deleted_at IS NULL
"""


def _terms(row: Any) -> dict[str, Any]:
    def calendar(kind: str) -> schemas.CalendarShort | None:
        found = row._mapping
        if found[f"{kind}_calendar_id"] is None:
            return None
        return schemas.CalendarShort(
            found[f"{kind}_calendar_id"],
            found[f"{kind}_calendar_name"],
            found[f"{kind}_timezone"],
            found[f"{kind}_calendar_version"],
        )

    return {
        "conditions": msgspec.convert(row.conditions, schemas.Conditions),
        "targets": msgspec.convert(row.targets, schemas.Targets),
        "calendars": schemas.PolicyCalendars(
            response=calendar("response"), resolution=calendar("resolution")
        ),
        "warnings": msgspec.convert(row.warnings, list[schemas.Warn]),
        "pauses": msgspec.convert(row.pauses, schemas.PauseRules),
        "reopening": Reopening(row.reopening),
        "escalations": msgspec.convert(row.escalations, list[schemas.EscalationLevel]),
    }


def _policy(row: Any) -> schemas.Policy:
    return schemas.Policy(
        id=row.id,
        name=row.name,
        is_default=row.is_default,
        position=row.position,
        version=row.version,
        note=row.note,
        created_at=row.created_at,
        updated_at=row.updated_at,
        **_terms(row),
    )


async def policies(session: AsyncSession) -> list[schemas.Policy]:
    """Every policy in the order in which they are asked; the default is the last."""
    rows = await fetch_all(
        session, _POLICIES + " ORDER BY p.is_default, p.position, p.id"
    )
    return [_policy(row) for row in rows]


async def policy(session: AsyncSession, policy_id: UUID) -> schemas.Policy:
    """One policy.

    Raises:
        NotFound: There is none with this id.
    """
    row = await fetch_one(session, _POLICIES + " AND p.id = :id", id=policy_id)
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
    before = await fetch_one(session, _POLICIES + " AND p.id = :id", id=policy_id)
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
            created_by=actor_id,
            created_at=now,
            updated_at=now,
        )
    )
    await execute(session, "UPDATE sla_policy_revision SET revision = revision + 1")
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
    SELECT c.id, c.name, v.timezone, v.weekly_hours, v.holidays, v.version,
           c.created_at, c.updated_at
      FROM calendars c
      JOIN calendar_versions v
        ON v.calendar_id = c.id AND v.version = c.current_version
     WHERE c.deleted_at IS NULL
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
    row = await fetch_one(session, _CALENDARS + " AND c.id = :id", id=calendar_id)
    if row is None:
        raise NotFound("There is no such calendar.")
    return _calendar(row)


def _calendar(row: Any) -> schemas.Calendar:
    return msgspec.convert(
        dict(row._mapping),
        schemas.Calendar,
        builtin_types=(dt.datetime, UUID),
        strict=False,
    )
