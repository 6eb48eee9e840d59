"""One change to many incidents: each succeeds or fails by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import attempt, fetch_all, fetch_one
from tracker.errors import AppError, Forbidden, Invalid, NotFound
from tracker.incidents import models, schemas, service
from tracker.incidents.workflow import Priority, Status, Step
from tracker.security import Identity
from tracker.sla import reading
from tracker.sla.clock import MAINTENANCE, RESOLVED


async def change_all(
    session: AsyncSession, identity: Identity, data: schemas.Bulk, now: dt.datetime
) -> schemas.BulkResult:
    """Change each incident by the rules of a single change.

    What fails is taken back for that incident alone, and told with its reason.

    Raises:
        Invalid: A version is expected of an incident that is not among them.
        Forbidden: A single change of this kind is not the caller's.
    """
    restores = isinstance(data.change, schemas.BulkRestore)
    if (restores or isinstance(data.change, schemas.BulkDelete)) and (
        not identity.is_manager
    ):
        raise Forbidden("Only managers can delete or restore incidents.")
    if strangers := data.expected.keys() - set(data.references):
        raise Invalid(
            f"{min(strangers)} is not among the references.", field="expected"
        )
    result = schemas.BulkResult(done=[], failed=[])
    for name, incident_id in await _in_order(session, data.references):
        try:
            async with attempt(session):
                if incident_id is None:
                    raise NotFound("There is no such incident.")
                version = data.expected.get(name)
                incident = await service.find(
                    session, identity, incident_id, lock=True, deleted=restores
                )
                await service.check_version(session, incident, version)
                before = await _before(session, incident, data.change, now)
                await _apply(session, identity, incident, data.change, now)
        except AppError as error:
            problem = error.problems[0]
            result.failed.append(
                schemas.BulkFailure(
                    number=name, code=problem.code, message=problem.message
                )
            )
        else:
            number = service.number_text(incident.number)
            result.done.append(
                schemas.BulkDone(number=number, version=incident.version, before=before)
            )
    return result


async def _in_order(
    session: AsyncSession, references: Sequence[str]
) -> list[tuple[str, UUID | None]]:
    """Each incident once, by the name it was given first.

    All who change many lock them in this order, so that nobody waits in a circle.
    """
    numbers: dict[int, str] = {}
    ids: dict[UUID, str] = {}
    for reference in references:
        if number := service.number_in(reference):
            numbers.setdefault(number, reference)
        elif incident_id := _id_in(reference):
            ids.setdefault(incident_id, reference)
    rows = await fetch_all(
        session,
        "SELECT id, number FROM incidents"
        " WHERE number = ANY(:numbers) OR id = ANY(:ids) ORDER BY id",
        numbers=list(numbers),
        ids=list(ids),
    )
    found: list[tuple[str, UUID | None]] = [
        (numbers.get(row.number) or ids[row.id], row.id) for row in rows
    ]
    known = {row.number for row in rows}, {row.id for row in rows}
    missing = dict.fromkeys(
        reference
        for reference in references
        if service.number_in(reference) not in known[0]
        and _id_in(reference) not in known[1]
    )
    return found + [(reference, None) for reference in missing]


def _id_in(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


async def _before(
    session: AsyncSession,
    incident: models.Incident,
    change: schemas.BulkChange,
    now: dt.datetime,
) -> schemas.BulkBefore:
    pauses = []
    if isinstance(change, schemas.BulkPause | schemas.BulkResume):
        pauses = [
            schemas.BulkPauseBefore(reason=pause.reason, note=pause.note)
            for pause in (
                await reading.read(session, incident.id, now, for_agent=True)
            ).pauses
            if pause.reason != RESOLVED and not pause.reason.startswith(MAINTENANCE)
        ]
    return schemas.BulkBefore(
        status=Status(incident.status),
        priority=Priority(incident.priority),
        assignee_id=incident.assignee_id,
        team_id=incident.team_id,
        tags=list(incident.tags),
        pauses=pauses,
    )


async def _apply(
    session: AsyncSession,
    identity: Identity,
    incident: models.Incident,
    change: schemas.BulkChange,
    now: dt.datetime,
) -> None:
    match change:
        case schemas.BulkStep():
            step = Step(change.step)
            await service.step(session, identity, str(incident.id), step, now)
        case schemas.BulkPause():
            sla_id = await _sla_of(session, incident)
            await service.pause(
                session, identity, sla_id, change.reason, change.note, now
            )
        case schemas.BulkResume():
            sla_id = await _sla_of(session, incident)
            await service.resume(session, identity, sla_id, change.reason, now)
        case schemas.BulkDelete():
            await service.delete(session, identity, str(incident.id), now)
        case schemas.BulkRestore():
            await service.restore(session, identity, str(incident.id), now)
        case _:
            update = _update(incident, change)
            await service.update(session, identity, str(incident.id), update, None, now)


def _update(
    incident: models.Incident,
    change: schemas.BulkAssign
    | schemas.BulkTeam
    | schemas.BulkPriority
    | schemas.BulkAddTags
    | schemas.BulkRemoveTags,
) -> schemas.IncidentUpdate:
    match change:
        case schemas.BulkAssign():
            return schemas.IncidentUpdate(assignee_id=change.assignee_id)
        case schemas.BulkTeam():
            return schemas.IncidentUpdate(team_id=change.team_id)
        case schemas.BulkPriority():
            return schemas.IncidentUpdate(
                priority=change.priority, sla_mode=change.sla_mode
            )
        case schemas.BulkAddTags():
            tags = service.unique_tags([*incident.tags, *change.tags])
            if len(tags) > schemas.MAX_TAGS:
                raise Invalid(
                    f"It would have {len(tags)} tags; {schemas.MAX_TAGS} are the most.",
                    field="tags",
                )
            return schemas.IncidentUpdate(tags=tags)
        case schemas.BulkRemoveTags():
            gone = set(service.unique_tags(change.tags))
            return schemas.IncidentUpdate(
                tags=[tag for tag in incident.tags if tag not in gone]
            )


async def _sla_of(session: AsyncSession, incident: models.Incident) -> UUID:
    row = await fetch_one(
        session, "SELECT id FROM slas WHERE incident_id = :id", id=incident.id
    )
    assert row is not None
    sla_id: UUID = row.id
    return sla_id
