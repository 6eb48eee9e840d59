"""What is promised: policies, and the reasons for which their clocks may stand still.

Whoever changes what is promised takes the row of its revision first. So one change
follows another, and what was checked is still so when it is stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.accounts.service import check_version, save_named
from tracker.db import execute, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Invalid, NotFound, Problem
from tracker.paging import Page, decode_cursor, page_of
from tracker.sla import models, schemas
from tracker.sla.calendar import ALWAYS, Calendar
from tracker.sla.clock import RESOLVED, Reopening, TargetKind
from tracker.sla.drafts import beyond_reach, problems_of
from tracker.sla.policies import Conditions, marks_of, shadows

# Each new incident is held against all of them.
MOST_POLICIES = 200
MOST_REASONS = 200


async def begin_change(session: AsyncSession) -> None:
    """Take turns with whoever else changes what is promised; processes will notice."""
    await execute(session, "UPDATE sla_policy_revision SET revision = revision + 1")


# --- Reasons to pause -----------------------------------------------------------------

_REASONS = """
    SELECT code, label, position, is_active, counts_against_us FROM pause_reasons"""


async def pause_reasons(session: AsyncSession) -> list[schemas.PauseReason]:
    """The reasons for which a clock may stand still, in their order."""
    rows = await fetch_all(session, f"{_REASONS} ORDER BY position, code")
    return [schemas.PauseReason(**row._mapping) for row in rows]


async def add_reason(
    session: AsyncSession, data: schemas.PauseReasonCreate, now: dt.datetime
) -> schemas.PauseReason:
    """A new reason, the last on the list.

    Raises:
        Conflict: The code is taken, or the list is full.
        Invalid: The clock itself uses the code.
    """
    if data.code == RESOLVED:
        raise Invalid(
            f"“{RESOLVED}” is what the clock itself calls the time between resolve"
            " and reopen; take another code.",
            field="code",
        )
    known = await pause_reasons(session)
    if len(known) >= MOST_REASONS:
        raise Conflict(f"There are {MOST_REASONS} reasons already; that is the most.")
    last = max((reason.position for reason in known), default=-1)
    row = models.PauseReason(
        code=data.code,
        label=data.label,
        position=last + 1,
        is_active=True,
        counts_against_us=data.counts_against_us,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(
            f"There is a reason with the code {data.code} already.",
            code="code_taken",
            field="code",
        ) from error
    return _reason(row)


async def change_reason(
    session: AsyncSession,
    code: str,
    data: schemas.PauseReasonUpdate,
    now: dt.datetime,
) -> schemas.PauseReason:
    """Change a reason; pauses that it has begun go on.

    Raises:
        NotFound: There is none with this code.
    """
    row = await session.get(models.PauseReason, code, with_for_update=True)
    if row is None:
        raise NotFound("There is no such pause reason.")
    for field in data.__struct_fields__:
        if (value := getattr(data, field)) is not UNSET:
            setattr(row, field, value)
    row.updated_at = now
    await session.flush()
    return _reason(row)


def _reason(row: models.PauseReason) -> schemas.PauseReason:
    fields = schemas.PauseReason.__struct_fields__
    return schemas.PauseReason(**{name: getattr(row, name) for name in fields})


# --- Policies, as they are ------------------------------------------------------------

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


async def policy_versions(
    session: AsyncSession, policy_id: UUID, *, limit: int, cursor: str | None
) -> Page[schemas.PolicyVersion]:
    """What a policy has said so far, newest first.

    Raises:
        NotFound: There is no policy with this id.
    """
    await policy(session, policy_id)
    before = decode_cursor(cursor, tuple[int])[0] if cursor else None
    rows = await fetch_all(
        session,
        f"""
        SELECT v.id, v.created_at, v.created_by, u.name AS created_by_name, {_TERMS}
          FROM sla_policy_versions v
          LEFT JOIN users u ON u.id = v.created_by
        {_CALENDARS_OF_TERMS}
         WHERE v.policy_id = :id
           AND v.version < coalesce(CAST(:before AS int), {2**31 - 1})
         ORDER BY v.version DESC LIMIT :limit
        """,
        id=policy_id,
        before=before,
        limit=limit + 1,
    )
    versions = [
        schemas.PolicyVersion(
            id=row.id,
            version=row.version,
            note=row.note,
            created_at=row.created_at,
            created_by=author(row),
            **_terms(row),
        )
        for row in rows
    ]
    return Page(*page_of(versions, limit, lambda found: (found.version,)))


def author(row: Any) -> UserRef | None:
    """Who made a version; nobody made the first ones."""
    return UserRef(row.created_by, row.created_by_name) if row.created_by else None


# --- Policies, changed ----------------------------------------------------------------


class _Other(NamedTuple):
    id: UUID
    name: str
    conditions: Conditions


async def create_policy(
    session: AsyncSession,
    data: schemas.PolicyCreate,
    actor_id: UUID,
    now: dt.datetime,
) -> schemas.Policy:
    """A new policy: asked last, but before those that would leave it no incident.

    Raises:
        Conflict: The name is taken, or there are too many.
        Invalid: It says something that cannot be; names each field.
    """
    await begin_change(session)
    others = await _in_order(session)
    if len(others) >= MOST_POLICIES:
        raise Conflict(f"There are {MOST_POLICIES} policies already, that is the most.")
    pinned = await check_draft(session, data, now)
    mine = _Other(new_id(), data.name, _value(data.conditions))
    place = next(
        (
            n
            for n, other in enumerate(others)
            if shadows(other.conditions, mine.conditions)
        ),
        len(others),
    )
    others.insert(place, mine)
    _check_reach(others, mine.id)
    row = models.SlaPolicy(
        id=mine.id,
        name=data.name,
        is_default=False,
        current_version=0,
        created_at=now,
        updated_at=now,
    )
    await save_named(session, row, "a policy")
    await publish(session, row, _columns(data, pinned), data.note, actor_id, now)
    await _number(session, [other.id for other in others])
    return await policy(session, mine.id)


async def change_policy(
    session: AsyncSession,
    policy_id: UUID,
    data: schemas.PolicyUpdate,
    version: int | None,
    actor_id: UUID,
    now: dt.datetime,
) -> schemas.Policy:
    """Make a new version of a policy; clocks that run keep theirs.

    Raises:
        Conflict: The version is stale, or the name is taken.
        Invalid: It says something that cannot be; names each field.
        NotFound: There is no policy with this id.
    """
    await begin_change(session)
    row = await _find(session, policy_id)
    check_version(row.current_version, version, f"The policy {row.name}")
    draft = _changed(await policy(session, policy_id), data)
    pinned = await check_draft(session, draft, now, is_default=row.is_default)
    if not row.is_default:
        conditions = _value(draft.conditions)
        ordered = [
            other._replace(conditions=conditions) if other.id == policy_id else other
            for other in await _in_order(session)
        ]
        _check_reach(ordered, policy_id)
    if isinstance(data.name, str):
        row.name = data.name
    row.updated_at = now
    await save_named(session, row, "a policy")
    await publish(session, row, _columns(draft, pinned), data.note, actor_id, now)
    return await policy(session, policy_id)


async def remove_policy(
    session: AsyncSession, policy_id: UUID, now: dt.datetime
) -> None:
    """Offer a policy to no incident any more; clocks that it started run on.

    Raises:
        Conflict: It is the default.
        NotFound: There is no policy with this id.
    """
    await begin_change(session)
    row = await _find(session, policy_id)
    if row.is_default:
        raise Conflict(
            "The default policy takes what no other is for, so it stays. Change what"
            " it promises instead.",
            code="default_policy",
        )
    row.deleted_at = row.updated_at = now
    await session.flush()
    await _number(session, [other.id for other in await _in_order(session)])


async def order_policies(
    session: AsyncSession, ids: Sequence[UUID]
) -> list[schemas.Policy]:
    """Ask the policies in another order.

    Raises:
        Invalid: These are not all policies but the default, each once; or one of them
            would never be reached.
    """
    await begin_change(session)
    known = {other.id: other for other in await _in_order(session)}
    if len(set(ids)) < len(ids):
        raise Invalid("A policy is there twice.", field="ids")
    if unknown := [str(id_) for id_ in ids if id_ not in known]:
        raise Invalid(
            f"There is no policy {unknown[0]} that could be moved; the default is"
            " always the last.",
            field="ids",
        )
    if missing := [other.name for other in known.values() if other.id not in set(ids)]:
        raise Invalid(
            f"Name every policy but the default; missing: {', '.join(missing)}.",
            field="ids",
        )
    ordered = [known[id_] for id_ in ids]
    for later in ordered:
        _check_reach(ordered, later.id, field="ids")
    await _number(session, ids)
    return await policies(session)


async def _find(session: AsyncSession, policy_id: UUID) -> models.SlaPolicy:
    row = await session.get(models.SlaPolicy, policy_id, with_for_update=True)
    if row is None or row.deleted_at is not None:
        raise NotFound("There is no such SLA policy.")
    return row


async def _in_order(session: AsyncSession) -> list[_Other]:
    """All policies but the default, in the order in which they are asked."""
    rows = await fetch_all(
        session,
        """
        SELECT p.id, p.name, v.conditions FROM sla_policies p
          JOIN sla_policy_versions v
            ON v.policy_id = p.id AND v.version = p.current_version
         WHERE p.deleted_at IS NULL AND NOT p.is_default
         ORDER BY p.position, p.id
        """,
    )
    return [
        _Other(row.id, row.name, msgspec.convert(row.conditions, Conditions))
        for row in rows
    ]


async def _number(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Write down the order; the default comes after all others."""
    await execute(
        session,
        """
        UPDATE sla_policies p
           SET position = coalesce(o.n, 1 + cardinality(CAST(:ids AS uuid[])))
          FROM sla_policies q
          LEFT JOIN unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS o (id, n)
            ON o.id = q.id
         WHERE p.id = q.id AND (o.n IS NOT NULL OR p.is_default)
        """,
        ids=list(ids),
    )


def _value(conditions: schemas.Conditions) -> Conditions:
    return msgspec.convert(msgspec.to_builtins(conditions), Conditions)


def _check_reach(
    ordered: Sequence[_Other], changed: UUID, field: str = "conditions"
) -> None:
    """Refuse a policy that is never reached, or that leaves another one nothing."""
    place = next(n for n, other in enumerate(ordered) if other.id == changed)
    mine = ordered[place]
    for before in ordered[:place]:
        if shadows(before.conditions, mine.conditions):
            raise Invalid(
                f"Every incident that “{mine.name}” is for goes to “{before.name}”,"
                " which is asked before it. Move it up, or change its conditions.",
                code="never_matches",
                field=field,
            )
    for after in ordered[place + 1 :]:
        if shadows(mine.conditions, after.conditions):
            raise Invalid(
                f"Every incident that “{after.name}” is for would go to"
                f" “{mine.name}”, which is asked before it. Move “{after.name}” up,"
                " or change the conditions.",
                code="never_matches",
                field=field,
            )


def _changed(now: schemas.Policy, data: schemas.PolicyUpdate) -> schemas.PolicyDraft:
    """What a policy says once it is changed."""
    calendars = now.calendars
    before = schemas.PolicyDraft(
        conditions=now.conditions,
        targets=now.targets,
        calendars=schemas.PolicyCalendarIds(
            response=calendars.response.id if calendars.response else None,
            resolution=calendars.resolution.id if calendars.resolution else None,
        ),
        warnings=now.warnings,
        pauses=now.pauses,
        reopening=now.reopening,
        escalations=now.escalations,
    )
    for field in before.__struct_fields__:
        if (value := getattr(data, field)) is not UNSET:
            setattr(before, field, value)
    return before


# --- Versions -------------------------------------------------------------------------


class Pinned(NamedTuple):
    """The version of a calendar that a policy version counts on."""

    version_id: UUID | None
    calendar: Calendar


AROUND_THE_CLOCK = Pinned(None, ALWAYS)


async def check_draft(
    session: AsyncSession,
    draft: schemas.PolicyDraft,
    now: dt.datetime,
    *,
    is_default: bool = False,
) -> dict[str, Pinned]:
    """The calendars of a draft by kind of target, if all that it says can be.

    Raises:
        Invalid: Something cannot be; names each field.
    """
    problems = problems_of(draft, is_default=is_default)
    problems += await _unknown(session, draft)
    pinned: dict[str, Pinned] = {}
    for kind in TargetKind:
        calendar_id = getattr(draft.calendars, kind)
        found = await _pinned(session, calendar_id) if calendar_id else AROUND_THE_CLOCK
        if found is None:
            words = "There is no such calendar."
            problems.append(Problem("invalid", words, f"calendars.{kind}"))
        pinned[kind] = found or AROUND_THE_CLOCK
    problems += beyond_reach(
        draft, {kind: found.calendar for kind, found in pinned.items()}, now
    )
    if problems:
        raise Invalid(
            f"{problems[0].field}: {problems[0].message}", problems=tuple(problems)
        )
    return pinned


async def _pinned(session: AsyncSession, calendar_id: UUID) -> Pinned | None:
    row = await fetch_one(
        session,
        """
        SELECT v.id, v.timezone, v.weekly_hours, v.holidays FROM calendars c
          JOIN calendar_versions v
            ON v.calendar_id = c.id AND v.version = c.current_version
         WHERE c.id = :id AND c.deleted_at IS NULL
        """,
        id=calendar_id,
    )
    if row is None:
        return None
    return Pinned(
        row.id,
        Calendar.from_weekly_hours(row.timezone, row.weekly_hours, row.holidays),
    )


class _Named(NamedTuple):
    """Something that a draft names, and where."""

    field: str
    id: Any


async def _unknown(session: AsyncSession, draft: schemas.PolicyDraft) -> list[Problem]:
    """What a draft names that is not there, or not any more."""
    said = draft.conditions
    actions = [
        (f"escalations[{i}].actions[{j}]", action)
        for i, level in enumerate(draft.escalations)
        for j, action in enumerate(level.actions)
    ]
    asked = (
        (
            "team",
            "SELECT id FROM teams WHERE id = ANY(:ids) AND deleted_at IS NULL",
            [
                *(_Named("conditions.team_ids", id_) for id_ in said.team_ids or ()),
                *(_Named(f"{field}.team_id", a.team_id) for field, a in actions),
            ],
        ),
        (
            "organization",
            "SELECT id FROM organizations WHERE id = ANY(:ids) AND deleted_at IS NULL",
            [
                _Named("conditions.organization_ids", id_)
                for id_ in said.organization_ids or ()
            ],
        ),
        (
            # What it does and tells is not for reporters.
            "active agent",
            """
            SELECT id FROM users
             WHERE id = ANY(:ids) AND is_active AND deleted_at IS NULL
               AND role <> 'reporter'
            """,
            [_Named(f"{field}.user_id", a.user_id) for field, a in actions],
        ),
        (
            "pause reason",
            "SELECT code AS id FROM pause_reasons WHERE code = ANY(:ids)",
            [_Named("pauses.reasons", code) for code in draft.pauses.reasons or ()],
        ),
    )
    return [
        Problem("invalid", f"There is no {thing} {named.id}.", named.field)
        for thing, statement, every in asked
        for named in await _missing(session, statement, every)
    ]


async def _missing(
    session: AsyncSession, statement: str, every: Iterable[_Named]
) -> list[_Named]:
    named = [one for one in every if one.id is not None]
    if not named:
        return []
    rows = await fetch_all(session, statement, ids=[one.id for one in named])
    known = {row.id for row in rows}
    return [one for one in named if one.id not in known]


def _columns(draft: schemas.PolicyDraft, pinned: dict[str, Pinned]) -> dict[str, Any]:
    """A draft as columns of `sla_policy_versions`."""
    warnings = msgspec.to_builtins(draft.warnings)
    escalations = msgspec.to_builtins(draft.escalations)
    return {
        "conditions": msgspec.to_builtins(draft.conditions),
        "targets": msgspec.to_builtins(draft.targets),
        "warnings": warnings,
        "pauses": msgspec.to_builtins(draft.pauses),
        "reopening": str(draft.reopening),
        "escalations": escalations,
        "marks": marks_of(warnings, escalations),
        **{f"{kind}_calendar_version_id": pinned[kind].version_id for kind in pinned},
    }


async def publish(
    session: AsyncSession,
    row: models.SlaPolicy,
    columns: dict[str, Any],
    note: str | None,
    actor_id: UUID,
    now: dt.datetime,
) -> None:
    """Make the next version of a policy the one that new incidents get."""
    row.current_version += 1
    session.add(
        models.SlaPolicyVersion(
            id=new_id(),
            policy_id=row.id,
            version=row.current_version,
            note=note,
            created_by=actor_id,
            created_at=now,
            updated_at=now,
            **columns,
        )
    )
    await session.flush()
