"""Everything that is asked of the audit log, and what services add to it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.audit.schemas import (
    Actor,
    AuditAction,
    AuditChange,
    AuditEvent,
    AuditFilters,
    AuditObject,
    Via,
)
from tracker.db import execute, fetch_all
from tracker.errors import Invalid
from tracker.paging import Page, decode_cursor, page_of

# What one export holds at the most: enough for a quarter of a busy team.
EXPORTED = 10_000


async def record(
    session: AsyncSession,
    action: AuditAction,
    thing: AuditObject,
    *,
    object_id: UUID | str | None = None,
    label: str | None = None,
    changes: dict[str, Sequence[Any]] | None = None,
    actor_id: UUID | None = None,
) -> None:
    """Note an act that is no change of an administrative row; those note themselves.

    Args:
        session: The transaction of the act.
        action: What is done.
        thing: To what.
        object_id: To which one.
        label: What that is called.
        changes: By name: before and after. Never a secret, nor what people wrote.
        actor_id: Who does it, where that is not who the request came from.
    """
    await execute(
        session,
        f"""
        INSERT INTO audit_events
          (actor_id, via, address, action, object, object_id, label, changes)
        VALUES (
          coalesce(CAST(:actor_id AS uuid),
                   CAST({_acting("actor")} AS uuid)),
          coalesce({_acting("via")}, 'service'), {_acting("address")},
          :action, :thing, CAST(:object_id AS text), CAST(:label AS text),
          CAST(:changes AS jsonb))
        """,
        actor_id=actor_id,
        action=action,
        thing=thing,
        object_id=str(object_id) if object_id else None,
        label=label,
        changes=msgspec.json.encode(changes or {}).decode(),
    )


def _acting(name: str) -> str:
    """What the transaction was told of who acts."""
    return f"nullif(current_setting('tracker.{name}', true), '')"


async def act_as(session: AsyncSession, user_id: UUID) -> None:
    """Let the rest of the transaction count as done by a person who proved to be it."""
    await execute(
        session,
        "SELECT set_config('tracker.actor', :actor, true)",
        actor=str(user_id),
    )


async def was_recorded(
    session: AsyncSession, action: AuditAction, address: str, since: dt.timedelta
) -> bool:
    """Whether this was noted for the address lately."""
    rows = await fetch_all(
        session,
        "SELECT FROM audit_events WHERE action = :action AND address = :address"
        " AND created_at > now() - CAST(:since AS interval) LIMIT 1",
        action=action,
        address=address,
        since=since,
    )
    return bool(rows)


# --- Reading --------------------------------------------------------------------------


async def page(
    session: AsyncSession,
    filters: AuditFilters,
    *,
    limit: int,
    cursor: str | None = None,
) -> Page[AuditEvent]:
    """Events, newest first."""
    rows = await _rows(session, filters, limit + 1, cursor)
    rows, next_cursor = page_of(rows, limit, lambda row: (row.created_at, row.seq))
    return Page(await _shown(session, rows), next_cursor)


async def as_csv(session: AsyncSession, filters: AuditFilters) -> str:
    """The newest `EXPORTED` events as a table for a spreadsheet."""
    events = await _shown(session, await _rows(session, filters, EXPORTED))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(
        "time person way address action object name id changes".split()  # noqa: SIM905
    )
    for event in events:
        table.writerow(_harmless(_cells(event)))
    return text.getvalue()


def _cells(event: AuditEvent) -> list[str]:
    changes = "; ".join(
        f"{change.field}: {_written(change.before, event.names)}"
        f" → {_written(change.after, event.names)}"
        for change in event.changes
    )
    return [
        event.at.isoformat(),
        event.actor.name if event.actor else "",
        event.via,
        event.address or "",
        event.action,
        event.object,
        event.label or "",
        event.object_id or "",
        changes,
    ]


def _written(value: Any, names: dict[str, str]) -> str:
    if value is None:
        return "—"
    if isinstance(value, str):
        return names.get(value, value)
    return msgspec.json.encode(value).decode()


def _harmless(cells: Iterable[str]) -> list[str]:
    """Cells that no spreadsheet takes for a formula."""
    return [f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells]


async def _rows(
    session: AsyncSession, filters: AuditFilters, limit: int, cursor: str | None = None
) -> list[Any]:
    for field in ("since", "until"):
        instant = getattr(filters, field)
        if instant and instant.tzinfo is None:
            raise Invalid("An instant needs its offset, such as Z.", field=field)
    parameters: dict[str, Any] = {
        name: value
        for name in filters.__struct_fields__
        if (value := getattr(filters, name)) is not None
    }
    conditions = [_CONDITIONS[name] for name in parameters]
    if cursor:
        at, seq = decode_cursor(cursor, tuple[dt.datetime, int])
        conditions.append("(e.created_at, e.seq) < (:at, :seq)")
        parameters |= {"at": at, "seq": seq}
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return await fetch_all(
        session,
        f"""
        SELECT e.seq, e.created_at, e.actor_id, e.via, e.address, e.action, e.object,
               e.object_id, e.label, e.changes, u.name AS actor_name
          FROM audit_events e LEFT JOIN users u ON u.id = e.actor_id
         {where}
         ORDER BY e.created_at DESC, e.seq DESC LIMIT :limit
        """,
        **parameters,
        limit=limit,
    )


_CONDITIONS = {
    "actor": "e.actor_id = :actor",
    "action": "e.action = :action",
    "object": "e.object = :object",
    "object_id": "e.object_id = :object_id",
    "since": "e.created_at >= :since",
    "until": "e.created_at < :until",
}

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def _shown(session: AsyncSession, rows: Sequence[Any]) -> list[AuditEvent]:
    ids = [_ids_in(row.changes) for row in rows]
    names = await _names(session, set().union(*ids))
    return [
        AuditEvent(
            id=row.seq,
            at=row.created_at,
            actor=Actor(row.actor_id, row.actor_name or "Unknown")
            if row.actor_id
            else None,
            via=Via(row.via),
            address=row.address,
            action=AuditAction(row.action),
            object=AuditObject(row.object),
            object_id=row.object_id,
            label=row.label,
            changes=[AuditChange(name, *pair) for name, pair in row.changes.items()],
            names={id_: names[id_] for id_ in found if id_ in names},
        )
        for row, found in zip(rows, ids, strict=True)
    ]


def _ids_in(changes: dict[str, Any]) -> set[str]:
    return set(_ID.findall(msgspec.json.encode(changes).decode()))


async def _names(session: AsyncSession, ids: set[str]) -> dict[str, str]:
    """What ids stand for, where they are of people, teams, policies or calendars."""
    if not ids:
        return {}
    named = "users", "teams", "organizations", "sla_policies", "calendars"
    rows = await fetch_all(
        session,
        " UNION ALL ".join(
            f"SELECT id, CAST(name AS text) AS name FROM {table} WHERE id = ANY(:ids)"
            for table in named
        )
        + " UNION ALL SELECT v.id, c.name || ', version ' || v.version"
        " FROM calendar_versions v JOIN calendars c ON c.id = v.calendar_id"
        " WHERE v.id = ANY(:ids)",
        ids=[UUID(id_) for id_ in ids],
    )
    return {str(row.id): row.name for row in rows}
