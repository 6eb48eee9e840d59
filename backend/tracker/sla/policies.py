"""Versions of policies and calendars as values; they never change, so they are kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tracker.db import Executor, fetch_one
from tracker.sla.calendar import ALWAYS, Calendar
from tracker.sla.clock import TargetKind

_COLUMNS = """
    SELECT v.id, v.policy_id, p.name, v.version, v.targets, v.warn_at_percent,
           k.name AS calendar_name, cv.timezone, cv.weekly_hours, cv.holidays
      FROM sla_policy_versions v
      JOIN sla_policies p ON p.id = v.policy_id
      LEFT JOIN calendar_versions cv ON cv.id = v.calendar_version_id
      LEFT JOIN calendars k ON k.id = cv.calendar_id
"""


@dataclass(frozen=True)
class PolicyVersion:
    """One set of promises with the calendar that they count on."""

    id: UUID
    policy_id: UUID
    name: str
    version: int
    targets: dict[str, dict[str, int | None]]
    warn_at_percent: int
    calendar_name: str
    calendar: Calendar

    def promised(self, priority: str) -> dict[str, dt.timedelta | None]:
        """The target of each kind for a priority; None promises nothing."""
        of_priority = self.targets.get(priority, {})
        return {
            kind: dt.timedelta(seconds=seconds) if seconds is not None else None
            for kind in TargetKind
            for seconds in (of_priority.get(f"{kind}_seconds"),)
        }


_known: dict[UUID, PolicyVersion] = {}
# The one that was the default when this process last asked.
_defaults: list[PolicyVersion] = []


async def policy_version(session: Executor, version_id: UUID) -> PolicyVersion:
    """The version with this id, read once a process."""
    if version_id not in _known:
        row = await fetch_one(session, f"{_COLUMNS} WHERE v.id = :id", id=version_id)
        if row is None:
            raise LookupError(f"no policy version {version_id}")
        _known[version_id] = _policy_version(row)
    return _known[version_id]


async def default_policy(
    session: Executor, *, remembered: bool = False
) -> PolicyVersion:
    """The version that new incidents get.

    Args:
        session: Where to ask.
        remembered: The one that was it when this process last asked will do.
    """
    if not remembered or not _defaults:
        row = await fetch_one(
            session,
            """
            SELECT v.id FROM sla_policies p
              JOIN sla_policy_versions v
                ON v.policy_id = p.id AND v.version = p.current_version
             WHERE p.is_default
            """,
        )
        if row is None:
            raise LookupError("no default policy")
        _defaults[:] = [await policy_version(session, row.id)]
    return _defaults[0]


def _policy_version(row: Any) -> PolicyVersion:
    return PolicyVersion(
        id=row.id,
        policy_id=row.policy_id,
        name=row.name,
        version=row.version,
        targets=row.targets,
        warn_at_percent=row.warn_at_percent,
        calendar_name=row.calendar_name or "Around the clock",
        calendar=Calendar.from_weekly_hours(
            row.timezone, row.weekly_hours, row.holidays
        )
        if row.timezone
        else ALWAYS,
    )
