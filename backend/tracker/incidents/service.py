"""Incidents: finding one, making, changing and taking them through their steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UnsetType
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import OrganizationRef, UserRef
from tracker.audit.schemas import AuditAction, AuditObject
from tracker.audit.service import record
from tracker.db import Executor, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.incidents import fields as custom
from tracker.incidents import listing, models, schemas, search, watching
from tracker.incidents.workflow import (
    REPORTER_STEPS,
    Action,
    IllegalStepError,
    Priority,
    Status,
    Step,
    allowed_actions,
    step_between,
    take,
)
from tracker.live import Change, announce
from tracker.notifications.inbox import NOTE_IN_INBOX, tell_inboxes
from tracker.notifications.service import enqueue
from tracker.security import Identity
from tracker.sla import ledger, reading
from tracker.sla import service as sla
from tracker.sla.clock import Event, EventType
from tracker.sla.policies import Facts, PolicyVersion, policies_in_force
from tracker.sla.schemas import SlaSummary
from tracker.telemetry import current_traceparent

number_text = listing.number_text

# --- Reading --------------------------------------------------------------------------


async def detail(
    session: Executor, identity: Identity, reference: str, now: dt.datetime
) -> schemas.IncidentDetail:
    """One incident by id or number.

    Raises:
        NotFound: There is none, or none that the caller may see.
    """
    condition, parameters = by_reference(reference)
    row = await fetch_one(
        session,
        f"SELECT {listing.COLUMNS}, i.description, {custom.seen(identity)} AS fields"
        f" {listing.FROM}"
        f" WHERE {condition} AND i.deleted_at IS NULL",
        **parameters,
    )
    if row is None or not may_see(identity, row.reporter_id):
        raise no_such_incident()
    calendars = await reading.calendars_for(session, [row])
    fields = listing.incident_fields(row, calendars, now)
    return schemas.IncidentDetail(
        **fields,
        description=row.description,
        fields=row.fields,
        allowed_actions=_allowed(
            identity, fields["status"], row.reporter_id, fields["sla"]
        ),
    )


def _allowed(
    identity: Identity, status: Status, reporter_id: UUID, summary: SlaSummary
) -> list[Action]:
    both = (summary.clocks.response, summary.clocks.resolution)
    return [
        *allowed_actions(
            status,
            is_agent=identity.is_agent,
            is_manager=identity.is_manager,
            is_reporter=identity.user_id == reporter_id,
            paused=summary.paused_at is not None
            and status in (Status.OPEN, Status.IN_PROGRESS),
            clock_open=any(clock and clock.stopped_at is None for clock in both),
        )
    ]


def may_see(identity: Identity, reporter_id: UUID) -> bool:
    """Agents see everything, reporters what they reported."""
    return identity.is_agent or identity.user_id == reporter_id


def no_such_incident() -> NotFound:
    """What is answered when there is none, or none that the caller may see."""
    return NotFound("There is no such incident.")


def number_in(reference: str) -> int | None:
    """The number that a reference is, unless it is an id or nonsense."""
    match = search.NUMBER.fullmatch(reference)
    return int(match[1]) if match else None


def by_reference(reference: str) -> tuple[str, dict[str, Any]]:
    """A condition on `i` that an id or a number stands for."""
    if match := search.NUMBER.fullmatch(reference):
        return "i.number = :number", {"number": int(match[1])}
    try:
        return "i.id = :id", {"id": UUID(reference)}
    except ValueError:
        raise no_such_incident() from None


async def find(
    session: AsyncSession,
    identity: Identity,
    reference: str | UUID,
    *,
    lock: bool = False,
    deleted: bool = False,
) -> models.Incident:
    """The row of an incident that the caller may see.

    Args:
        session: The transaction.
        identity: Who is asking.
        reference: Its id or number.
        lock: Keep others from changing it until the transaction ends. The lock leaves
            foreign keys alone, so that the engine can add to the ledger meanwhile.
        deleted: Look among the deleted ones instead.

    Raises:
        NotFound: There is none, or none that the caller may see.
    """
    query = select(models.Incident)
    if isinstance(reference, UUID):
        query = query.where(models.Incident.id == reference)
    elif match := search.NUMBER.fullmatch(reference):
        query = query.where(models.Incident.number == int(match[1]))
    else:
        _, parameters = by_reference(reference)
        query = query.where(models.Incident.id == parameters["id"])
    if lock:
        query = query.with_for_update(key_share=True).execution_options(
            populate_existing=True
        )
    incident = await session.scalar(query)
    if (
        incident is None
        or (incident.deleted_at is not None) != deleted
        or not may_see(identity, incident.reporter_id)
    ):
        raise no_such_incident()
    return incident


# --- Writing --------------------------------------------------------------------------


async def create(
    session: Executor,
    identity: Identity,
    data: schemas.IncidentCreate,
    now: dt.datetime,
) -> schemas.IncidentDetail:
    """A new incident with its clocks running, and mails to those concerned.

    All of it is one statement, so it needs no transaction around it.
    """
    if not identity.is_agent and (
        data.assignee_id or data.team_id or data.reporter_id or data.organization_id
    ):
        raise Forbidden(
            "Only agents can choose the reporter, assignee, team or organization."
        )
    reporter = UserRef(identity.user_id, identity.name)
    if data.reporter_id and data.reporter_id != identity.user_id:
        reporter = (await _person(session, data.reporter_id, "reporter_id"))[0]
    assignee = None
    if data.assignee_id:
        assignee = await _assignee(session, data.assignee_id)
    team = await _team(session, data.team_id) if data.team_id else None
    people = {reporter.id}
    if data.assignee_id and data.assignee_id != identity.user_id:
        people.add(data.assignee_id)
    incident_id, title, tags = new_id(), data.title.strip(), unique_tags(data.tags)
    row = None
    organization_id = data.organization_id
    if organization_id:
        await _organization(session, organization_id)
    for remembered in (True, False):
        known, values = await custom.for_new(
            session, identity, data.fields, remembered=remembered
        )
        in_force = await policies_in_force(session, remembered=remembered)
        if organization_id is None and any(
            policy.conditions.organization_ids for policy in in_force.policies
        ):
            organization_id = await _organization_of(session, reporter.id)
        policy = in_force.choose(
            Facts(
                data.priority,
                data.team_id,
                organization_id,
                tags,
                title,
                data.description,
            )
        )
        summary, clocks = sla.starting(policy, data.priority, identity.user_id, now)
        row = await fetch_one(
            session,
            _CREATE,
            incident_id=incident_id,
            title=title,
            description=data.description,
            priority=str(data.priority),
            reporter_id=reporter.id,
            assignee_id=data.assignee_id,
            team_id=data.team_id,
            organization_id=organization_id,
            revision=in_force.revision,
            fields_revision=known.revision,
            fields=msgspec.json.encode(values).decode(),
            tags=tags,
            people=list(people),
            payload=_created_payload(title, data.priority, summary),
            traceparent=current_traceparent(),
            **clocks,
        )
        if row:
            break
    if row is None:
        raise Conflict(
            "The SLA policies or the fields are being changed just now. Try again."
        )
    number = number_text(row.number)
    announce_row(session, "incident.created", incident_id, number, reporter.id, now)
    tell_inboxes(session, row.told or (), now)
    return schemas.IncidentDetail(
        id=incident_id,
        number=number,
        title=title,
        status=Status.OPEN,
        priority=data.priority,
        tags=tags,
        reporter=reporter,
        assignee=assignee,
        team=team,
        organization=OrganizationRef(row.organization_id, row.organization_name)
        if row.organization_id
        else None,
        created_at=now,
        updated_at=now,
        acknowledged_at=None,
        resolved_at=None,
        closed_at=None,
        version=1,
        sla=summary,
        description=data.description,
        fields=custom.visible(known, identity, values),
        allowed_actions=_allowed(identity, Status.OPEN, reporter.id, summary),
    )


_CREATE = f"""
WITH {sla.START_POLICY}, incident AS (
  INSERT INTO incidents (id, title, description, status, priority, reporter_id,
                         assignee_id, team_id, organization_id, tags, fields,
                         created_at, updated_at)
  SELECT :incident_id, :title, :description, 'open', :priority, :reporter_id,
         :assignee_id, :team_id,
         coalesce(CAST(:organization_id AS uuid), reporter.organization_id),
         CAST(:tags AS text[]), CAST(:fields AS jsonb), :now, :now
    FROM policy, users reporter
   WHERE reporter.id = :reporter_id AND :fields_revision = {custom.REVISION}
  RETURNING id, number, organization_id
), {sla.START}, mail AS (
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, traceparent, next_attempt_at, created_at, updated_at)
  SELECT gen_random_uuid(), 'incident_created',
         concat_ws(':', 'incident_created', incident.id, 1, person.id),
         person.id, person.email, incident.id,
         CAST(:payload AS jsonb)
           || jsonb_build_object('number', 'INC-' || incident.number),
         :traceparent, :now, :now, :now
    FROM incident CROSS JOIN users person
   WHERE person.id = ANY(:people) AND person.is_active AND person.deleted_at IS NULL
  RETURNING id, kind, recipient_id, created_at
), {NOTE_IN_INBOX}
SELECT number, organization_id,
       (SELECT array_agg(recipient_id) FROM inbox) AS told,
       (SELECT name FROM organizations o WHERE o.id = organization_id)
         AS organization_name
  FROM incident
"""


def _created_payload(title: str, priority: Priority, summary: SlaSummary) -> str:
    response, resolution = summary.clocks.response, summary.clocks.resolution
    return msgspec.json.encode(
        {
            "title": title,
            "priority": priority,
            "response_deadline": _iso(response.deadline if response else None),
            "resolution_deadline": _iso(resolution.deadline if resolution else None),
        }
    ).decode()


def unique_tags(tags: Sequence[str]) -> list[str]:
    """Tags in their order, each once, without space around."""
    return list(dict.fromkeys(tag.strip() for tag in tags))


async def _person(session: Executor, user_id: UUID, field: str) -> tuple[UserRef, str]:
    row = await fetch_one(
        session,
        "SELECT id, name, role FROM users"
        " WHERE id = :id AND is_active AND deleted_at IS NULL",
        id=user_id,
    )
    if row is None:
        raise Invalid("There is no such active person.", field=field)
    return UserRef(row.id, row.name), row.role


async def _organization(session: Executor, organization_id: UUID) -> None:
    row = await fetch_one(
        session,
        "SELECT id FROM organizations WHERE id = :id AND deleted_at IS NULL",
        id=organization_id,
    )
    if row is None:
        raise Invalid("There is no such organization.", field="organization_id")


async def _organization_of(session: Executor, user_id: UUID) -> UUID | None:
    row = await fetch_one(
        session, "SELECT organization_id FROM users WHERE id = :id", id=user_id
    )
    return row.organization_id if row else None


async def _assignee(session: Executor, user_id: UUID) -> UserRef:
    person, role = await _person(session, user_id, "assignee_id")
    if role == "reporter":
        raise Invalid(
            f"{person.name} is a reporter; only agents can be assigned.",
            field="assignee_id",
        )
    return person


async def _team(session: Executor, team_id: UUID) -> schemas.TeamRef:
    row = await fetch_one(
        session,
        "SELECT id, name FROM teams WHERE id = :id AND deleted_at IS NULL",
        id=team_id,
    )
    if row is None:
        raise Invalid("There is no such team.", field="team_id")
    return schemas.TeamRef(row.id, row.name)


async def _tell(
    session: AsyncSession,
    kind: str,
    incident_id: UUID,
    people: set[UUID],
    payload: dict[str, Any],
    occasion: str,
    now: dt.datetime,
) -> None:
    for row in await fetch_all(
        session,
        "SELECT id, email FROM users"
        " WHERE id = ANY(:ids) AND is_active AND deleted_at IS NULL",
        ids=list(people),
    ):
        await enqueue(
            session,
            kind=kind,
            dedupe_key=f"{kind}:{incident_id}:{occasion}:{row.id}",
            recipient=row.email,
            recipient_id=row.id,
            incident_id=incident_id,
            payload=payload,
            now=now,
        )


def _iso(instant: dt.datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def announce_row(
    session: Executor,
    kind: str,
    incident_id: UUID,
    number: str,
    reporter_id: UUID,
    now: dt.datetime,
    *,
    internal: bool = False,
) -> None:
    """Tell every open browser that may know, when there is no row to hand."""
    announce(
        session,
        Change(
            kind=kind,
            incident_id=str(incident_id),
            number=number,
            at=now.isoformat(),
            reporter_id=str(reporter_id),
            internal=internal,
        ),
    )


def announce_about(
    session: AsyncSession,
    incident: models.Incident,
    kind: str,
    now: dt.datetime,
    *,
    internal: bool = False,
) -> None:
    """Tell every open browser that may know, once the change is committed."""
    announce_row(
        session,
        kind,
        incident.id,
        number_text(incident.number),
        incident.reporter_id,
        now,
        internal=internal,
    )


def note(
    session: AsyncSession,
    incident_id: UUID,
    kind: str,
    actor_id: UUID | None,
    now: dt.datetime,
    data: dict[str, Any] | None = None,
    *,
    internal: bool = False,
) -> None:
    """Add a line to the timeline."""
    session.add(
        models.Activity(
            id=new_id(),
            incident_id=incident_id,
            at=now,
            type=kind,
            actor_id=actor_id,
            data=data or {},
            is_internal=internal,
            created_at=now,
            updated_at=now,
        )
    )


async def update(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    data: schemas.IncidentUpdate,
    version: int | None,
    now: dt.datetime,
) -> None:
    """Change an incident; reporters may change the words of their own open ones."""
    incident = await find(session, identity, reference, lock=True)
    await check_version(session, incident, version)
    if not identity.is_agent:
        _check_reporter_update(incident, data)
    changes = await _changes(session, incident, data)
    values = await _value_changes(session, identity, incident, data)
    policy = await _new_policy(session, identity, incident, data)
    if "priority" in changes or policy:
        await sla.change_targets(
            session,
            incident.id,
            changes.get("priority", (None, incident.priority))[1],
            data.sla_mode,
            identity.user_id,
            now,
            policy=policy,
            lowered=_is_lowered(*changes.get("priority", ("low", "low"))) or None,
        )
    for field, (_, value) in changes.items():
        setattr(incident, field, value)
    if changes or values:
        incident.version += 1
        incident.updated_at = now
    _set_values(session, identity, incident, values, now)
    if changes:
        note(
            session,
            incident.id,
            "edited",
            identity.user_id,
            now,
            {**await _readable(session, changes), "version": incident.version},
        )
    if "assignee_id" in changes:
        await tell_assignee(session, incident, now, identity)
    await session.flush()
    if isinstance(data.status, Status) and data.status != incident.status:
        step = _legal(step_between, Status(incident.status), data.status)
        if step is Step.RESOLVE:
            await custom.check_resolvable(session, incident.fields)
        await _take(session, identity, incident, step, now)
    hidden = all(not value.field.visible_to_reporters for value in values)
    only_values = bool(values) and not changes and isinstance(data.status, UnsetType)
    announce_about(
        session, incident, "incident.updated", now, internal=only_values and hidden
    )


async def _value_changes(
    session: AsyncSession,
    identity: Identity,
    incident: models.Incident,
    data: schemas.IncidentUpdate,
) -> list[custom.ValueChange]:
    if isinstance(data.fields, UnsetType):
        return []
    done = incident.status in (Status.RESOLVED, Status.CLOSED)
    return await custom.changes(
        session, identity, incident.fields, data.fields, done=done
    )


def _set_values(
    session: AsyncSession,
    identity: Identity,
    incident: models.Incident,
    changes: Sequence[custom.ValueChange],
    now: dt.datetime,
) -> None:
    """Give custom fields their values; each has a line of its own in the timeline.

    So what reporters may not see can be left out there, whenever it was hidden.
    """
    if not changes:
        return
    given = {change.field.key: change.after for change in changes}
    incident.fields = {
        key: value
        for key, value in {**incident.fields, **given}.items()
        if value is not None
    }
    for field, before, after in changes:
        note(
            session,
            incident.id,
            "field_changed",
            identity.user_id,
            now,
            {
                "key": field.key,
                "name": field.name,
                "field_type": field.type,
                "change": [before, after],
                "version": incident.version,
            },
            internal=not field.visible_to_reporters,
        )


async def tell_assignee(
    session: AsyncSession,
    incident: models.Incident,
    now: dt.datetime,
    by: Identity | None = None,
) -> None:
    """Tell whom an incident was given to, unless they took it themselves.

    Args:
        session: The transaction.
        incident: With its new assignee and version.
        now: The present.
        by: Who gave it; None when a policy did.
    """
    assignee_id = incident.assignee_id
    if assignee_id is None or (by and by.user_id == assignee_id):
        return
    await _tell(
        session,
        "incident_assigned",
        incident.id,
        {assignee_id},
        {
            "number": number_text(incident.number),
            "title": incident.title,
            "priority": incident.priority,
            "by": by.name if by else None,
        },
        str(incident.version),
        now,
    )


def _is_lowered(before: str, after: str) -> bool:
    ranks = list(Priority)
    return ranks.index(Priority(after)) > ranks.index(Priority(before))


async def _new_policy(
    session: AsyncSession,
    identity: Identity,
    incident: models.Incident,
    data: schemas.IncidentUpdate,
) -> PolicyVersion | None:
    """The policy version that the incident is to get; None keeps the one it has."""
    if isinstance(data.policy_id, UnsetType):
        return None
    if not identity.is_manager:
        raise Forbidden("Only managers can give an incident another policy.")
    if incident.status not in (Status.OPEN, Status.IN_PROGRESS):
        raise Conflict("The clocks of this incident have stopped; reopen it first.")
    policies = (await policies_in_force(session)).policies
    found = next((p for p in policies if p.policy_id == data.policy_id), None)
    if found is None:
        raise Invalid("There is no such SLA policy.", field="policy_id")
    row = await fetch_one(
        session,
        "SELECT policy_version_id FROM slas WHERE incident_id = :id",
        id=incident.id,
    )
    assert row is not None
    return None if row.policy_version_id == found.id else found


async def _readable(
    session: AsyncSession, changes: dict[str, tuple[Any, Any]]
) -> dict[str, list[Any]]:
    """Changes as the timeline keeps them: people and teams by the name they had."""
    ids = {value for field in _REFERENCES for value in changes.get(field, ()) if value}
    names = {
        row.id: {"id": str(row.id), "name": row.name}
        for row in await fetch_all(
            session,
            "SELECT id, name FROM users WHERE id = ANY(:ids)"
            " UNION ALL SELECT id, name FROM teams WHERE id = ANY(:ids)"
            " UNION ALL SELECT id, name FROM organizations WHERE id = ANY(:ids)",
            ids=list(ids),
        )
    }
    return {
        field: [names.get(value) if field in _REFERENCES else value for value in change]
        for field, change in changes.items()
    }


_REFERENCES = ("assignee_id", "team_id", "organization_id")


def _legal(judge: Any, *arguments: Any) -> Any:
    try:
        return judge(*arguments)
    except IllegalStepError as error:
        raise Conflict(str(error), code="illegal_transition") from error


def _check_reporter_update(
    incident: models.Incident, data: schemas.IncidentUpdate
) -> None:
    words = {"title", "description", "sla_mode"}
    asked = {
        field
        for field in data.__struct_fields__
        if not isinstance(getattr(data, field), UnsetType)
    }
    if asked - words:
        raise Forbidden("Reporters can change title and description only.")
    if incident.status not in (Status.OPEN, Status.IN_PROGRESS):
        raise Conflict("This incident is resolved; reopen it to change it.")


async def _changes(
    session: AsyncSession, incident: models.Incident, data: schemas.IncidentUpdate
) -> dict[str, tuple[Any, Any]]:
    wanted: dict[str, Any] = {}
    if isinstance(data.title, str):
        wanted["title"] = data.title.strip()
    if isinstance(data.description, str):
        wanted["description"] = data.description
    if isinstance(data.priority, Priority):
        wanted["priority"] = str(data.priority)
    if isinstance(data.tags, list):
        wanted["tags"] = unique_tags(data.tags)
    if not isinstance(data.assignee_id, UnsetType):
        if data.assignee_id:
            await _assignee(session, data.assignee_id)
        wanted["assignee_id"] = data.assignee_id
    if not isinstance(data.team_id, UnsetType):
        if data.team_id:
            await _team(session, data.team_id)
        wanted["team_id"] = data.team_id
    if not isinstance(data.organization_id, UnsetType):
        if data.organization_id:
            await _organization(session, data.organization_id)
        wanted["organization_id"] = data.organization_id
    return {
        field: (before, value)
        for field, value in wanted.items()
        if (before := getattr(incident, field)) != value
    }


async def check_version(
    session: AsyncSession, incident: models.Incident, version: int | None
) -> None:
    """Refuse a change that is based on an older version.

    Raises:
        Conflict: Somebody changed the incident since; the words say who and what.
    """
    if version is None or version == incident.version:
        return
    rows = await fetch_all(
        session,
        """
        SELECT a.type, a.data, u.name FROM incident_activity a
          LEFT JOIN users u ON u.id = a.actor_id
         WHERE a.incident_id = :id AND a.type IN ('edited', 'field_changed')
           -- Also reporters are told, who know nothing of hidden fields.
           AND NOT a.is_internal
           AND CAST(a.data ->> 'version' AS integer) > :version
         ORDER BY a.at, a.id LIMIT 100
        """,
        id=incident.id,
        version=version,
    )
    fields = sorted(
        {
            field
            for row in rows
            for field in (row.data if row.type == "edited" else [row.data["name"]])
        }
        - {"version"}
    )
    people = sorted({row.name for row in rows if row.name})
    what = f": {', '.join(field.removesuffix('_id') for field in fields)}" * bool(
        fields
    )
    who = " and ".join(people) or "Somebody"
    raise Conflict(
        f"{who} changed this incident in the meantime{what}. You had version"
        f" {version}, now it is {incident.version}; load it again and repeat your"
        " change.",
        code="stale_version",
    )


async def step(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    wanted: Step,
    now: dt.datetime,
    version: int | None = None,
    *,
    fields: schemas.FieldValues | None = None,
    complete: bool = True,
) -> None:
    """Acknowledge, resolve, close or reopen.

    Args:
        session: The transaction.
        identity: Who takes the step.
        reference: The id or number of the incident.
        wanted: The step.
        now: The present.
        version: What the step is based on.
        fields: Values of custom fields that come with the step.
        complete: Whether resolving needs the custom fields that it requires.
    """
    incident = await find(session, identity, reference, lock=True)
    await check_version(session, incident, version)
    if not identity.is_agent and wanted not in REPORTER_STEPS:
        raise Forbidden(f"Only agents can {wanted} an incident.")
    _legal(take, Status(incident.status), wanted)
    if fields:
        values = await custom.changes(
            session, identity, incident.fields, fields, done=False
        )
        incident.version += bool(values)
        _set_values(session, identity, incident, values, now)
    if wanted is Step.RESOLVE and complete:
        await custom.check_resolvable(session, incident.fields)
    await _take(session, identity, incident, wanted, now)
    announce_about(session, incident, "incident.updated", now)


async def _take(
    session: AsyncSession,
    identity: Identity,
    incident: models.Incident,
    wanted: Step,
    now: dt.datetime,
) -> None:
    before = Status(incident.status)
    after: Status = _legal(take, before, wanted)
    incident.status = str(after)
    incident.version += 1
    incident.updated_at = now
    actor = identity.user_id
    if wanted is Step.ACKNOWLEDGE:
        incident.acknowledged_at = now
        if not await sla.has_responded(session, incident.id):
            await sla.record(
                session, incident.id, Event(now, EventType.RESPONDED), actor
            )
    elif wanted is Step.RESOLVE:
        incident.resolved_at = now
        await sla.record(session, incident.id, Event(now, EventType.RESOLVED), actor)
        await _tell(
            session,
            "incident_resolved",
            incident.id,
            {incident.reporter_id} - {actor},
            {
                "number": number_text(incident.number),
                "title": incident.title,
                "resolved_at": now.isoformat(),
            },
            str(incident.version),
            now,
        )
    elif wanted is Step.CLOSE:
        incident.closed_at = now
    elif wanted is Step.REOPEN:
        incident.resolved_at = incident.closed_at = None
        await sla.record(session, incident.id, Event(now, EventType.REOPENED), actor)
    if wanted in (Step.ACKNOWLEDGE, Step.CLOSE):
        note(
            session,
            incident.id,
            "status_changed",
            actor,
            now,
            {"from": before, "to": after},
        )
    await session.flush()
    # The reporter hears of the end by a mail of its own.
    told = {actor, incident.reporter_id} if wanted is Step.RESOLVE else {actor}
    await watching.tell_status(session, incident.id, actor, told, now)


async def delete(
    session: AsyncSession, identity: Identity, reference: str, now: dt.datetime
) -> None:
    """Take an incident out of sight; `restore` brings it back."""
    incident = await find(session, identity, reference, lock=True)
    incident.deleted_at = now
    incident.version += 1
    await sla.suspend(session, incident.id)
    note(session, incident.id, "deleted", identity.user_id, now)
    await _note_fate(session, incident, AuditAction.DELETED)
    await session.flush()
    announce_about(session, incident, "incident.deleted", now)


async def restore(
    session: AsyncSession, identity: Identity, reference: str, now: dt.datetime
) -> None:
    """Bring a deleted incident back; its clocks ran on meanwhile."""
    incident = await find(session, identity, reference, lock=True, deleted=True)
    incident.deleted_at = None
    incident.version += 1
    await sla.recompute(session, incident.id, now)
    note(session, incident.id, "restored", identity.user_id, now)
    await _note_fate(session, incident, AuditAction.RESTORED)
    await session.flush()
    announce_about(session, incident, "incident.created", now)


async def _note_fate(
    session: AsyncSession, incident: models.Incident, action: AuditAction
) -> None:
    await record(
        session,
        action,
        AuditObject.INCIDENT,
        object_id=incident.id,
        label=f"{number_text(incident.number)} {incident.title}",
    )


async def of_sla(
    session: AsyncSession, identity: Identity, sla_id: UUID, *, lock: bool = False
) -> models.Incident:
    """The incident that a `slas` id belongs to, if the caller may see it."""
    incident_id = await ledger.incident_of(session, sla_id)
    return await find(session, identity, incident_id, lock=lock)


async def pause(
    session: AsyncSession,
    identity: Identity,
    sla_id: UUID,
    reason: str,
    words: str | None,
    now: dt.datetime,
) -> models.Incident:
    """Stop the clocks of an incident."""
    incident = await of_sla(session, identity, sla_id, lock=True)
    await sla.pause(session, sla_id, reason, words, identity.user_id, now)
    incident.updated_at = now
    await session.flush()
    announce_about(session, incident, "sla.changed", now)
    return incident


async def resume(
    session: AsyncSession,
    identity: Identity,
    sla_id: UUID,
    reason: str | None,
    now: dt.datetime,
) -> models.Incident:
    """Let the clocks of an incident run again."""
    incident = await of_sla(session, identity, sla_id, lock=True)
    await sla.resume(session, sla_id, reason, identity.user_id, now)
    incident.updated_at = now
    await session.flush()
    announce_about(session, incident, "sla.changed", now)
    return incident
