"""Everything that is asked of the tables of this room."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.audit.schemas import AuditAction, AuditObject
from tracker.audit.service import record
from tracker.db import execute, fetch_one
from tracker.errors import Conflict
from tracker.onboarding.schemas import (
    DemoData,
    DemoStatus,
    FirstRun,
    FirstRunUpdate,
)
from tracker.security import Identity

# How many demo incidents there will be.
TOTAL = 200

_STATE = """
    SELECT n.dismissed_at, n.promises_kept_at, n.demo_status, n.demo_done, n.demo_error
      FROM installation n
"""


async def first_run(session: AsyncSession) -> FirstRun:
    """How far the installation has come."""
    row = await fetch_one(
        session,
        """
        SELECT n.dismissed_at, n.demo_status, n.demo_done, n.demo_error,
               (SELECT count(*) FROM (
                  SELECT FROM users u
                   WHERE u.deleted_at IS NULL
                     AND NOT EXISTS (SELECT FROM demo_items d WHERE d.id = u.id)
                   LIMIT 2) p) > 1 AS people,
               n.promises_kept_at IS NOT NULL
               OR EXISTS (SELECT FROM sla_policy_versions WHERE created_by IS NOT NULL)
               OR EXISTS (SELECT FROM calendar_versions WHERE created_by IS NOT NULL)
                 AS promises,
               EXISTS (SELECT FROM api_tokens WHERE revoked_at IS NULL)
               OR EXISTS (
                 SELECT FROM incidents i
                  WHERE i.deleted_at IS NULL
                    AND NOT EXISTS (SELECT FROM demo_items d WHERE d.id = i.id))
                 AS work,
               NOT EXISTS (SELECT FROM incidents i WHERE i.deleted_at IS NULL) AS empty
          FROM installation n
        """,
    )
    assert row is not None
    return FirstRun(
        people=row.people,
        promises=row.promises,
        work=row.work,
        empty=row.empty,
        dismissed=row.dismissed_at is not None,
        demo=_demo(row),
    )


async def change_first_run(
    session: AsyncSession, data: FirstRunUpdate, now: dt.datetime
) -> FirstRun:
    """Note what only people can say."""
    wanted = {
        column: now if value else None
        for column, value in (
            ("dismissed_at", data.dismissed),
            ("promises_kept_at", data.promises_kept),
        )
        if isinstance(value, bool)
    }
    for column, instant in wanted.items():
        await execute(
            session,
            f"UPDATE installation SET {column} = :at, updated_at = :now",
            at=instant,
            now=now,
        )
        await record(
            session,
            AuditAction.CHANGED,
            AuditObject.INSTALLATION,
            label="First steps",
            changes={column.removesuffix("_at"): (instant is None, bool(instant))},
        )
    return await first_run(session)


# --- Demo data ------------------------------------------------------------------------


async def demo_data(session: AsyncSession) -> DemoData:
    """Whether the demo data are there."""
    return _demo(await fetch_one(session, _STATE))


def _demo(row: Any) -> DemoData:
    return DemoData(
        status=DemoStatus(row.demo_status),
        done=row.demo_done,
        total=TOTAL,
        error=row.demo_error,
    )


async def _locked(session: AsyncSession) -> Any:
    return await fetch_one(session, f"{_STATE} FOR UPDATE")


async def ask_for_demo(
    session: AsyncSession, identity: Identity, now: dt.datetime
) -> DemoData:
    """Have a worker make the demo data.

    Raises:
        Conflict: They are there already, or are being made.
    """
    row = await _locked(session)
    if row.demo_status != DemoStatus.NONE:
        raise Conflict(
            "The demo data are here already. Remove them before you add them again.",
            code="demo_data_exist",
        )
    await execute(
        session,
        "UPDATE installation SET demo_status = 'filling', demo_done = 0,"
        " demo_error = NULL, demo_by = :by, updated_at = :now",
        by=identity.user_id,
        now=now,
    )
    await record(session, AuditAction.CREATED, AuditObject.DEMO_DATA, label="Demo data")
    return await demo_data(session)


async def remove_demo(session: AsyncSession, now: dt.datetime) -> None:
    """Take the demo data out of sight, and the messages about them away.

    What people have added to demo incidents goes with them. The ledger stays.

    Raises:
        Conflict: There are none.
    """
    row = await _locked(session)
    if row.demo_status == DemoStatus.NONE:
        raise Conflict("There are no demo data to remove.", code="no_demo_data")
    for statement in _REMOVE:
        await execute(session, statement, now=now)
    await record(session, AuditAction.DELETED, AuditObject.DEMO_DATA, label="Demo data")


_DEMO = "(SELECT id FROM demo_items WHERE kind = ANY(CAST('{{{}}}' AS text[])))"
_INCIDENTS = _DEMO.format("incident")
_PEOPLE = _DEMO.format("agent,reporter")
_ORGANIZATIONS = _DEMO.format("organization")
# Incidents before their clocks, as everywhere. Nothing is due on a deleted incident.
_REMOVE = (
    f"""UPDATE incidents SET deleted_at = :now, version = version + 1
         WHERE id IN {_INCIDENTS} AND deleted_at IS NULL""",
    f"""UPDATE slas SET pause_ends_at = NULL, updated_at = :now
         WHERE incident_id IN {_INCIDENTS} AND pause_ends_at IS NOT NULL""",
    f"""UPDATE sla_clocks SET due_at = NULL, mark_due_at = NULL, updated_at = :now
         WHERE incident_id IN {_INCIDENTS}""",
    f"DELETE FROM outbox WHERE incident_id IN {_INCIDENTS} AND :now = :now",
    f"""UPDATE users SET deleted_at = :now, is_active = false, updated_at = :now
         WHERE id IN {_PEOPLE} AND deleted_at IS NULL""",
    f"""UPDATE teams SET deleted_at = :now, updated_at = :now
         WHERE id IN {_DEMO.format("team")} AND deleted_at IS NULL""",
    # Real people may have been put there.
    f"""UPDATE users SET organization_id = NULL, version = version + 1,
               updated_at = :now
         WHERE organization_id IN {_ORGANIZATIONS} AND deleted_at IS NULL""",
    f"""UPDATE organizations SET deleted_at = :now, updated_at = :now
         WHERE id IN {_ORGANIZATIONS} AND deleted_at IS NULL""",
    """UPDATE installation SET demo_status = 'none', demo_done = 0, demo_error = NULL,
              demo_by = NULL, updated_at = :now""",
)
