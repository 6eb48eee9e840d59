"""What policies want done at a mark: the engine notes it, this does it, once.

Each escalation is done in the transaction that notes it as done. What cannot be done,
such as giving an incident to somebody who has left, is told beside it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import fetch_all, fetch_one, new_id
from tracker.incidents import models
from tracker.incidents.listing import number_text
from tracker.incidents.service import announce_about, note, tell_assignee
from tracker.incidents.workflow import Priority, Status
from tracker.notifications.service import enqueue
from tracker.sla.clock import Mode
from tracker.sla.models import Escalation
from tracker.sla.schemas import ActionType, Audience, EscalationAction
from tracker.sla.service import change_targets


async def escalate(session: AsyncSession, now: dt.datetime, limit: int = 50) -> int:
    """Do what is noted and not done yet, the oldest first; tells how many."""
    found = list(
        await session.scalars(
            select(Escalation)
            .where(Escalation.done_at.is_(None))
            .order_by(Escalation.at, Escalation.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    for escalation in found:
        problems = await _escalate(session, escalation, now)
        escalation.done_at = escalation.updated_at = now
        escalation.problems = problems
        await session.flush()
    return len(found)


async def _escalate(
    session: AsyncSession, escalation: Escalation, now: dt.datetime
) -> list[str]:
    incident = await session.scalar(
        select(models.Incident)
        .where(
            models.Incident.id == escalation.incident_id,
            models.Incident.deleted_at.is_(None),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if incident is None:
        return ["The incident is deleted."]
    if incident.status not in (Status.OPEN, Status.IN_PROGRESS):
        return ["The incident was resolved in the meantime."]
    problems = []
    actions = msgspec.convert(escalation.actions, list[EscalationAction])
    for index, action in enumerate(actions):
        match action.type:
            case ActionType.NOTIFY:
                problem = await _notify(
                    session, incident, escalation, action, index, now
                )
            case ActionType.REASSIGN:
                problem = await _reassign(session, incident, action, now)
            case ActionType.RAISE_PRIORITY:
                problem = await _raise_priority(session, incident, action, now)
            case ActionType.COMMENT:
                await _comment(session, incident, action, now)
                problem = None
        if problem:
            problems.append(problem)
    announce_about(session, incident, "incident.updated", now)
    return problems


# The people behind each audience; who has left hears nothing.
_AUDIENCES = {
    Audience.ASSIGNEE: "u.id = :assignee_id",
    Audience.REPORTER: "u.id = :reporter_id",
    Audience.TEAM: "EXISTS (SELECT FROM team_members m"
    " WHERE m.user_id = u.id AND m.team_id = :team_id)",
    Audience.ROLE: "u.role = :role",
    Audience.USER: "u.id = :user_id",
}


async def _notify(
    session: AsyncSession,
    incident: models.Incident,
    escalation: Escalation,
    action: EscalationAction,
    index: int,
    now: dt.datetime,
) -> str | None:
    assert action.to is not None
    people = await _people(
        session,
        _AUDIENCES[action.to],
        assignee_id=incident.assignee_id,
        reporter_id=incident.reporter_id,
        team_id=action.team_id or incident.team_id,
        role=action.role,
        user_id=action.user_id,
    )
    problem = None
    if not people:
        # An escalation is never told to nobody.
        people = await _people(session, "u.role = 'administrator'")
        problem = f"There is nobody behind “{action.to}”: administrators were told."
    level = await _level_name(session, escalation)
    for person in people:
        await enqueue(
            session,
            kind="sla_escalated",
            dedupe_key=f"escalation:{escalation.id}:{index}:{person.id}",
            recipient=person.email,
            recipient_id=person.id,
            incident_id=incident.id,
            payload={
                "number": number_text(incident.number),
                "title": incident.title,
                "priority": incident.priority,
                "target": escalation.kind,
                "deadline": escalation.deadline.isoformat(),
                "at": escalation.at.isoformat(),
                # How a level is called is for those who work here.
                "name": None if person.role == "reporter" else level,
            },
            now=now,
        )
    return problem


async def _people(
    session: AsyncSession, condition: str, **parameters: Any
) -> list[Any]:
    named = {key: value for key, value in parameters.items() if f":{key}" in condition}
    return await fetch_all(
        session,
        "SELECT u.id, u.email, u.role FROM users u"
        f" WHERE u.is_active AND u.deleted_at IS NULL AND {condition}",
        **named,
    )


async def _level_name(session: AsyncSession, escalation: Escalation) -> str | None:
    row = await fetch_one(
        session,
        """
        SELECT data ->> 'name' AS name FROM sla_ledger
         WHERE incident_id = :incident_id AND clock_id = :clock_id
           AND type = 'escalated' AND level = :level
         ORDER BY seq DESC LIMIT 1
        """,
        incident_id=escalation.incident_id,
        clock_id=escalation.clock_id,
        level=escalation.level,
    )
    return row.name if row else None


async def _reassign(
    session: AsyncSession,
    incident: models.Incident,
    action: EscalationAction,
    now: dt.datetime,
) -> str | None:
    changes: dict[str, list[Any]] = {}
    for field, table, wanted in (
        ("assignee_id", "users", action.user_id),
        ("team_id", "teams", action.team_id),
    ):
        if wanted is None:
            continue
        rows = await fetch_all(
            session,
            f"SELECT id, name, deleted_at FROM {table} WHERE id = ANY(:ids)"
            + (" AND (is_active OR id <> :wanted)" if table == "users" else ""),
            ids=[wanted, getattr(incident, field)],
            **({"wanted": wanted} if table == "users" else {}),
        )
        names = {
            row.id: {"id": str(row.id), "name": row.name}
            for row in rows
            if row.id != wanted or row.deleted_at is None
        }
        if wanted not in names:
            return "The incident was to go to somebody who is not there any more."
        if getattr(incident, field) != wanted:
            changes[field] = [names.get(getattr(incident, field)), names[wanted]]
            setattr(incident, field, wanted)
    _note_change(session, incident, changes, now)
    if "assignee_id" in changes:
        await tell_assignee(session, incident, now)
    return None


async def _raise_priority(
    session: AsyncSession,
    incident: models.Incident,
    action: EscalationAction,
    now: dt.datetime,
) -> str | None:
    ranks = list(Priority)
    rank = ranks.index(Priority(incident.priority))
    wanted = ranks.index(Priority(action.priority)) if action.priority else rank - 1
    if wanted >= rank or wanted < 0:
        return None  # It is as high already.
    before, after = incident.priority, str(ranks[wanted])
    await change_targets(session, incident.id, after, Mode.RETARGET, None, now)
    incident.priority = after
    _note_change(session, incident, {"priority": [before, after]}, now)
    return None


async def _comment(
    session: AsyncSession,
    incident: models.Incident,
    action: EscalationAction,
    now: dt.datetime,
) -> None:
    comment_id = new_id()
    session.add(
        models.Comment(
            id=comment_id,
            incident_id=incident.id,
            author_id=None,
            content=action.text,
            is_internal=True,
            created_at=now,
            updated_at=now,
        )
    )
    data = {"comment_id": str(comment_id)}
    note(session, incident.id, "commented", None, now, data, internal=True)


def _note_change(
    session: AsyncSession,
    incident: models.Incident,
    changes: dict[str, list[Any]],
    now: dt.datetime,
) -> None:
    if changes:
        incident.version += 1
        incident.updated_at = now
        data = {**changes, "version": incident.version}
        note(session, incident.id, "edited", None, now, data)
