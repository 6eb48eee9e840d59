"""The clocks of incidents in the database: all queries of this room.

The ledger is the truth. A command locks the incident's `slas` row, replays the ledger
with the new event through the pure clock, and writes what came out; the engine finds
what falls due by index. Both lock the same row, so neither sees half of the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UnsetType
from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.accounts.service import check_version
from tracker.db import Executor, execute, fetch_all, fetch_one, new_id, sql
from tracker.errors import Conflict, Invalid, NotFound
from tracker.sla import clock as clocks
from tracker.sla import models, schemas
from tracker.sla.calendar import (
    ALWAYS,
    ZERO,
    Calendar,
    CalendarError,
    HorizonError,
    add,
    between,
)
from tracker.sla.clock import (
    ClockState,
    ClockStatus,
    Event,
    EventType,
    HistoryError,
    SlaState,
    SlaStatus,
    TargetKind,
)
from tracker.sla.policies import PolicyVersion, policy_version

INPUTS = tuple(EventType)
# Of a simulation: counting costs time for each year that has changes of offset.
LONGEST_HISTORY = dt.timedelta(days=30 * 366)


# --- Ledger <-> values ----------------------------------------------------------------


def event_data(event: Event) -> dict[str, Any]:
    """What the ledger keeps of an event beside its instant and type."""
    data: dict[str, Any] = {}
    if event.reason is not None:
        data["reason"] = event.reason
    if event.targets is not None:
        data["targets"] = {
            kind: None if target is None else target.total_seconds()
            for kind, target in event.targets.items()
        }
        data["mode"] = str(event.mode)
    return data


def event_of(row: Row[Any]) -> Event:
    """The event that a ledger row stands for."""
    targets = row.data.get("targets")
    return Event(
        at=row.at,
        type=row.type,
        reason=row.data.get("reason"),
        targets=None
        if targets is None
        else {
            kind: None if seconds is None else dt.timedelta(seconds=seconds)
            for kind, seconds in targets.items()
        },
        mode=row.data.get("mode", clocks.Mode.RETARGET),
    )


class Ledger(NamedTuple):
    """The `slas` row of an incident, its policy, and its history."""

    sla: models.Sla
    policy: PolicyVersion
    rows: list[Row[Any]]

    @property
    def events(self) -> list[Event]:
        """The history as values."""
        return [event_of(row) for row in self.rows]

    def state(self, now: dt.datetime, *more: Event) -> SlaState:
        """The clocks at `now`, after the history and `more`."""
        return clocks.replay(
            [*self.events, *more],
            self.policy.calendar,
            now,
            (self.policy.warn_at_percent,),
        )


async def read_ledger(
    session: AsyncSession, incident_id: UUID, *, lock: bool = False
) -> Ledger:
    """An incident's history; with `lock`, nobody else changes it meanwhile."""
    query = select(models.Sla).where(models.Sla.incident_id == incident_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    sla = await session.scalar(query)
    if sla is None:
        raise NotFound("There is no such SLA.")
    rows = await fetch_all(
        session,
        """
        SELECT l.seq, l.at, l.type, l.data, l.actor_id, u.name AS actor_name
          FROM sla_ledger l LEFT JOIN users u ON u.id = l.actor_id
         WHERE l.incident_id = :incident_id AND l.type = ANY(:types)
         ORDER BY l.at, l.seq
        """,
        incident_id=incident_id,
        types=list(INPUTS),
    )
    return Ledger(sla, await policy_version(session, sla.policy_version_id), rows)


async def incident_of(session: AsyncSession, sla_id: UUID) -> UUID:
    """The incident that a `slas` id belongs to.

    Raises:
        NotFound: There is no such row.
    """
    found: UUID | None = await session.scalar(
        select(models.Sla.incident_id).where(models.Sla.id == sla_id)
    )
    if found is None:
        raise NotFound("There is no such SLA.")
    return found


# --- Commands -------------------------------------------------------------------------


def starting(
    policy: PolicyVersion, priority: str, actor_id: UUID, now: dt.datetime
) -> tuple[schemas.SlaSummary, dict[str, Any]]:
    """The clocks of a new incident, as a list shows them and as `START` stores them."""
    event = Event(now, EventType.CREATED, targets=policy.promised(priority))
    state = clocks.replay([event], policy.calendar, now, (policy.warn_at_percent,))
    response = clock_columns(state.clocks[TargetKind.RESPONSE])
    resolution = clock_columns(state.clocks[TargetKind.RESOLUTION])
    sla_id = new_id()
    return summary_of_state(sla_id, state), {
        "sla_id": sla_id,
        "policy": policy.id,
        "sla_status": str(state.status),
        "at_risk": state.at_risk,
        "next_deadline": state.next_deadline,
        "now": now,
        "actor_id": actor_id,
        "event": msgspec.json.encode(event_data(event)).decode(),
        "response_id": new_id(),
        "resolution_id": new_id(),
        **{f"response_{name}": value for name, value in response.items()},
        **{f"resolution_{name}": value for name, value in resolution.items()},
    }


# Parts of the statement that creates an incident. It stores nothing when the policy is
# not the one in force any more; `incident` has the new row.
START_POLICY = """
policy AS (
  SELECT v.id FROM sla_policy_versions v
    JOIN sla_policies p ON p.id = v.policy_id AND p.current_version = v.version
   WHERE v.id = :policy AND p.is_default
)"""
START = """
sla AS (
  INSERT INTO slas (id, incident_id, policy_version_id, status, at_risk,
                    next_deadline, response_deadline, resolution_deadline,
                    created_at, updated_at)
  SELECT :sla_id, incident.id, :policy, :sla_status, :at_risk, :next_deadline,
         :response_deadline, :resolution_deadline, :now, :now
    FROM incident
), ledger AS (
  INSERT INTO sla_ledger (incident_id, at, recorded_at, type, actor_id, data)
  SELECT incident.id, :now, :now, 'created', :actor_id, CAST(:event AS jsonb)
    FROM incident
), response AS (
  INSERT INTO sla_clocks (id, incident_id, kind, policy_version_id, status, target,
                          started_at, deadline, warn_at, due_at, warn_due_at,
                          remaining, created_at, updated_at)
  SELECT :response_id, incident.id, 'response', :policy, :response_status,
         :response_target, :now, :response_deadline, :response_warn_at,
         :response_due_at, :response_warn_due_at, :response_remaining, :now, :now
    FROM incident
), resolution AS (
  INSERT INTO sla_clocks (id, incident_id, kind, policy_version_id, status, target,
                          started_at, deadline, warn_at, due_at, warn_due_at,
                          remaining, created_at, updated_at)
  SELECT :resolution_id, incident.id, 'resolution', :policy, :resolution_status,
         :resolution_target, :now, :resolution_deadline, :resolution_warn_at,
         :resolution_due_at, :resolution_warn_due_at, :resolution_remaining, :now, :now
    FROM incident
)"""


async def record(
    session: AsyncSession,
    incident_id: UUID,
    event: Event,
    actor_id: UUID | None,
    note: str | None = None,
) -> SlaState:
    """Write an event to the ledger and everything that follows from it.

    What fell due before the event is recorded first, as if a sweep had come by; so a
    late resolve is a breach, and a pause cannot swallow a warning.
    """
    ledger = await read_ledger(session, incident_id, lock=True)
    event = _in_order(ledger, event)
    await find_due(session, event.at, incident_id=incident_id)
    state = ledger.state(event.at, event)
    data = event_data(event)
    if note:
        data["note"] = note
    session.add(
        models.LedgerEntry(
            incident_id=incident_id,
            at=event.at,
            recorded_at=event.at,
            type=str(event.type),
            actor_id=actor_id,
            data=data,
        )
    )
    await session.flush()
    moved = event.type in (EventType.TARGETS_CHANGED, EventType.REOPENED)
    await store(session, incident_id, state, event.at, moved=moved)
    if event.type == EventType.TARGETS_CHANGED:
        await _tell_new_deadlines(session, incident_id, event.at)
    return state


def _in_order(ledger: Ledger, event: Event) -> Event:
    """The event, not before the last one: hosts' clocks may differ a little."""
    last: dt.datetime = ledger.rows[-1].at
    if event.at >= last:
        return event
    return Event(last, event.type, event.reason, event.targets, event.mode)


async def _tell_new_deadlines(
    session: AsyncSession, incident_id: UUID, now: dt.datetime
) -> None:
    """Offer deadlines that have passed and were never told to the engine at once."""
    await execute(
        session,
        """
        UPDATE sla_clocks c SET due_at = deadline
         WHERE incident_id = :id AND status = 'breached' AND stopped_at IS NULL
           AND NOT EXISTS (
             SELECT FROM sla_ledger l
              WHERE l.clock_id = c.id AND l.type = 'breached'
                AND l.cycle = c.cycle AND l.deadline = c.deadline)
        """,
        id=incident_id,
    )
    await find_due(session, now, incident_id=incident_id)


async def pause(
    session: AsyncSession,
    sla_id: UUID,
    reason: str,
    note: str | None,
    actor_id: UUID,
    now: dt.datetime,
) -> None:
    """Stop every open clock of the incident for a reason.

    Raises:
        Invalid: The reason is not on the list.
        Conflict: There is no open clock, or this reason is in force already.
    """
    known = await fetch_all(
        session, "SELECT code FROM pause_reasons WHERE is_active ORDER BY position"
    )
    codes = [row.code for row in known]
    if reason not in codes:
        raise Invalid(
            f"“{reason}” is not a pause reason; use one of {', '.join(codes)}.",
            field="reason",
        )
    incident_id = await incident_of(session, sla_id)
    state = (await read_ledger(session, incident_id, lock=True)).state(now)
    if all(c.stopped_at or c.target is None for c in state.clocks.values()):
        raise Conflict("No clock is running, so there is nothing to pause.")
    if any(in_force.reason == reason for in_force in state.pauses):
        raise Conflict(
            "The clock is paused for this reason already.", code="already_paused"
        )
    event = Event(now, EventType.PAUSED, reason=reason)
    await record(session, incident_id, event, actor_id, note)


async def resume(
    session: AsyncSession,
    sla_id: UUID,
    reason: str | None,
    actor_id: UUID,
    now: dt.datetime,
) -> None:
    """End one reason of a pause, or all of them.

    Raises:
        Conflict: The clocks are not paused, or not for this reason.
    """
    incident_id = await incident_of(session, sla_id)
    state = (await read_ledger(session, incident_id, lock=True)).state(now)
    reasons = [p.reason for p in state.pauses if p.reason != clocks.RESOLVED]
    if not reasons:
        raise Conflict(
            "The clock is not paused, so there is nothing to resume.",
            code="not_paused",
        )
    if reason is not None and reason not in reasons:
        raise Conflict(
            f"The clock is not paused for “{reason}”, but for {', '.join(reasons)}.",
            code="not_paused",
            field="reason",
        )
    event = Event(now, EventType.RESUMED, reason=reason)
    await record(session, incident_id, event, actor_id)


async def change_priority(
    session: AsyncSession,
    incident_id: UUID,
    priority: str,
    mode: str,
    actor_id: UUID,
    now: dt.datetime,
) -> None:
    """Give the clocks the targets of another priority."""
    ledger = await read_ledger(session, incident_id)
    event = Event(
        now,
        EventType.TARGETS_CHANGED,
        targets=ledger.policy.promised(priority),
        mode=mode,
    )
    await record(session, incident_id, event, actor_id)


async def has_responded(session: AsyncSession, incident_id: UUID) -> bool:
    """Whether the response clock has stopped."""
    row = await fetch_one(
        session,
        "SELECT response_at FROM slas WHERE incident_id = :id",
        id=incident_id,
    )
    return row is not None and row.response_at is not None


async def suspend(session: AsyncSession, incident_id: UUID) -> None:
    """Keep the engine away from a deleted incident."""
    await execute(
        session,
        "UPDATE sla_clocks SET due_at = NULL, warn_due_at = NULL"
        " WHERE incident_id = :id",
        id=incident_id,
    )


async def recompute(session: AsyncSession, incident_id: UUID, now: dt.datetime) -> None:
    """Write what the ledger says, as after a restore."""
    ledger = await read_ledger(session, incident_id, lock=True)
    await store(session, incident_id, ledger.state(now), now, moved=True)
    await _tell_new_deadlines(session, incident_id, now)


async def store(
    session: AsyncSession,
    incident_id: UUID,
    state: SlaState,
    now: dt.datetime,
    *,
    moved: bool,
) -> None:
    """Write a replayed state: the one function that writes clocks and summary.

    Args:
        session: The transaction that holds the lock.
        incident_id: Whose clocks.
        state: What the replay gave.
        now: The present.
        moved: Whether the deadlines are new ones, so that a warning whose instant has
            passed is due again.
    """
    await session.execute(
        sql(_STORE_CLOCK),
        [
            {
                "incident_id": incident_id,
                "kind": str(clock.kind),
                "now": now,
                "moved": moved,
                **clock_columns(clock),
            }
            for clock in state.clocks.values()
        ],
    )
    response = state.clocks[TargetKind.RESPONSE]
    resolution = state.clocks[TargetKind.RESOLUTION]
    await execute(
        session,
        """
        UPDATE slas
           SET status = :status, at_risk = :at_risk, next_deadline = :next_deadline,
               response_deadline = :response_deadline,
               resolution_deadline = :resolution_deadline,
               response_at = :response_at, paused_at = :paused_at,
               paused_duration = :paused_duration, updated_at = :now
         WHERE incident_id = :incident_id
        """,
        incident_id=incident_id,
        status=str(state.status),
        at_risk=state.at_risk,
        next_deadline=state.next_deadline,
        response_deadline=response.deadline,
        resolution_deadline=resolution.deadline,
        response_at=response.stopped_at,
        paused_at=state.paused_at,
        paused_duration=max(response.paused, resolution.paused),
        now=now,
    )


# A breach that is lifted keeps its mark; who found it and when goes with the breach.
# A warning that lies in the past is only due when the deadline is a new one.
_STORE_CLOCK = """
UPDATE sla_clocks
   SET cycle = :cycle, status = :status, target = :target, started_at = :started_at,
       deadline = :deadline, warn_at = :warn_at, due_at = :due_at,
       warn_due_at = CASE WHEN :moved OR CAST(:warn_due_at AS timestamptz) > :now
                          THEN CAST(:warn_due_at AS timestamptz) END,
       remaining = :remaining, stopped_at = :stopped_at, breached_at = :breached_at,
       detected_at = CASE WHEN CAST(:breached_at AS timestamptz) IS NOT NULL
                          THEN coalesce(detected_at, :now) END,
       ever_breached = ever_breached OR :ever_breached, updated_at = :now
 WHERE incident_id = :incident_id AND kind = :kind
"""


def clock_columns(clock: ClockState) -> dict[str, Any]:
    """A clock as columns of `sla_clocks`."""
    running = clock.status == ClockStatus.RUNNING
    return {
        "cycle": clock.cycle,
        "status": str(clock.status),
        "target": clock.target,
        "started_at": clock.started_at,
        "deadline": clock.deadline,
        "warn_at": clock.warn_at,
        "due_at": clock.deadline if running else None,
        "warn_due_at": clock.warn_at if running else None,
        "remaining": clock.remaining,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "ever_breached": clock.ever_breached,
    }


# --- The engine -----------------------------------------------------------------------


class Found(NamedTuple):
    """A clock that fell due."""

    incident_id: UUID
    number: int
    reporter_id: UUID
    type: str


async def find_due(
    session: AsyncSession,
    now: dt.datetime,
    *,
    limit: int = 500,
    incident_id: UUID | None = None,
) -> list[Found]:
    """Record the breaches and warnings that fell due before `now`.

    One statement each, set-based: the clock, the incident's summary, the ledger and the
    outbox change together. Rows that another worker has are skipped; a row that changed
    just before it is locked is looked at again by its own condition.

    Args:
        session: The transaction; what it finds is told when it commits.
        now: The present.
        limit: How many clocks at the most, of each sort.
        incident_id: Only this incident, whose lock the caller holds.
    """
    parameters: dict[str, Any] = {"now": now}
    # A literal: of a parameter the planner thinks that it may be all rows.
    statements = [text.replace(":limit", str(limit)) for text in (_WARN, _BREACH)]
    if incident_id:
        parameters["incident_id"] = incident_id
        # A sweep that came second to our lock may still hold the clock itself: wait
        # for it to let go, or nobody would tell what fell due.
        statements = [
            statement.replace("/* only */", _ONLY).replace("SKIP LOCKED", "")
            for statement in statements
        ]
    found: list[Found] = []
    for statement in statements:
        rows = await session.execute(sql(statement), parameters)
        found.extend(Found(*row) for row in rows)
    return found


# The filter is left out rather than null, so that each plan keeps its index.
_ONLY = "AND c.incident_id = :incident_id"

# What is due is locked first and then changed by its key alone: with its condition
# repeated, each batch would go through all that is due.
_WARN = """
WITH due AS (
  SELECT c.id FROM sla_clocks c JOIN slas s ON s.incident_id = c.incident_id
   WHERE c.warn_due_at <= :now /* only */
   ORDER BY c.warn_due_at LIMIT :limit FOR UPDATE OF c, s SKIP LOCKED
), hit AS (
  UPDATE sla_clocks c SET warn_due_at = NULL, updated_at = :now
    FROM due, sla_policy_versions v
   WHERE c.id = due.id AND v.id = c.policy_version_id
  RETURNING c.id, c.incident_id, c.kind, c.cycle, c.warn_at, c.deadline,
            v.warn_at_percent
), told AS (
  INSERT INTO sla_ledger (incident_id, at, recorded_at, type, data, clock_id, cycle,
                          level, deadline)
  SELECT incident_id, warn_at, :now, 'warned',
         jsonb_build_object('kind', kind, 'percent', warn_at_percent,
                            'deadline', deadline),
         id, cycle, warn_at_percent, deadline
    FROM hit
  ON CONFLICT DO NOTHING
), summary AS (
  UPDATE slas s SET at_risk = (s.status = 'active'), updated_at = :now
   WHERE s.incident_id IN (SELECT incident_id FROM hit)
)
SELECT hit.incident_id, i.number, i.reporter_id, 'sla.warned'
  FROM hit JOIN incidents i ON i.id = hit.incident_id
"""

# Responsible for a breach: the assignee; else the team; else the administrators. The
# last one is never empty, so no breach goes unheard.
_BREACH = """
WITH due AS (
  SELECT c.id FROM sla_clocks c JOIN slas s ON s.incident_id = c.incident_id
   WHERE c.due_at < :now /* only */
   ORDER BY c.due_at LIMIT :limit FOR UPDATE OF c, s SKIP LOCKED
), hit AS (
  UPDATE sla_clocks c
     SET status = 'breached', breached_at = c.due_at, detected_at = :now,
         ever_breached = true, due_at = NULL, updated_at = :now
    FROM due WHERE c.id = due.id
  RETURNING c.id, c.incident_id, c.kind, c.cycle, c.deadline
), told AS (
  INSERT INTO sla_ledger (incident_id, at, recorded_at, type, data, clock_id, cycle,
                          level, deadline)
  SELECT incident_id, deadline, :now, 'breached',
         jsonb_build_object('kind', kind, 'deadline', deadline, 'detected_at',
                            CAST(:now AS timestamptz)),
         id, cycle, 100, deadline
    FROM hit
  ON CONFLICT DO NOTHING
  RETURNING incident_id, clock_id, cycle, deadline, data ->> 'kind' AS kind
), summary AS (
  UPDATE slas s SET status = 'breached', at_risk = false, updated_at = :now
   WHERE s.incident_id IN (SELECT incident_id FROM hit)
), mail AS (
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, next_attempt_at, created_at, updated_at)
  SELECT gen_random_uuid(), 'sla_breached',
         concat_ws(':', 'breach', told.clock_id, told.cycle,
                   extract(epoch FROM told.deadline), person.id),
         person.id, person.email, i.id,
         jsonb_build_object('number', 'INC-' || i.number, 'title', i.title,
                            'priority', i.priority, 'target', told.kind,
                            'deadline', told.deadline, 'clock_id', told.clock_id),
         :now, :now, :now
    FROM told
    JOIN incidents i ON i.id = told.incident_id
   CROSS JOIN LATERAL (
     WITH assignee AS (
       SELECT u.id, u.email FROM users u
        WHERE u.id = i.assignee_id AND u.is_active AND u.deleted_at IS NULL
     ), team AS (
       SELECT u.id, u.email FROM team_members m JOIN users u ON u.id = m.user_id
        WHERE m.team_id = i.team_id AND u.is_active AND u.deleted_at IS NULL
          AND NOT EXISTS (SELECT FROM assignee)
     )
     SELECT * FROM assignee UNION ALL SELECT * FROM team UNION ALL
     SELECT u.id, u.email FROM users u
      WHERE u.role = 'administrator' AND u.is_active AND u.deleted_at IS NULL
        AND NOT EXISTS (SELECT FROM assignee) AND NOT EXISTS (SELECT FROM team)
   ) person
  ON CONFLICT (dedupe_key) DO NOTHING
)
SELECT hit.incident_id, i.number, i.reporter_id, 'sla.breached'
  FROM hit JOIN incidents i ON i.id = hit.incident_id
"""


async def oldest_due(session: AsyncSession) -> dt.datetime | None:
    """The oldest deadline that nobody has looked at yet: how far the engine is."""
    row = await fetch_one(
        session,
        "SELECT least((SELECT min(due_at) FROM sla_clocks WHERE due_at IS NOT NULL),"
        " (SELECT min(warn_due_at) FROM sla_clocks WHERE warn_due_at IS NOT NULL))"
        " AS at",
    )
    return row.at if row else None


async def mark_notified(
    session: AsyncSession, clock_id: UUID, now: dt.datetime
) -> None:
    """Note when the first person was told of a breach."""
    await execute(
        session,
        """
        WITH clock AS (
          UPDATE sla_clocks SET notified_at = coalesce(notified_at, :now)
           WHERE id = :id RETURNING incident_id)
        UPDATE slas SET breach_notified_at = coalesce(breach_notified_at, :now)
         WHERE incident_id = (SELECT incident_id FROM clock)
        """,
        id=clock_id,
        now=now,
    )


# --- Reading --------------------------------------------------------------------------

# For queries of other rooms that show incidents with their clocks.
SUMMARY_COLUMNS = """
    s.id AS sla_id, s.status AS sla_status, s.at_risk, s.next_deadline, s.paused_at,
    s.policy_version_id,
    r.status AS r_status, r.target AS r_target, r.started_at AS r_started_at,
    r.deadline AS r_deadline, r.warn_at AS r_warn_at, r.stopped_at AS r_stopped_at,
    r.breached_at AS r_breached_at, r.remaining AS r_remaining,
    z.status AS z_status, z.target AS z_target, z.started_at AS z_started_at,
    z.deadline AS z_deadline, z.warn_at AS z_warn_at, z.stopped_at AS z_stopped_at,
    z.breached_at AS z_breached_at, z.remaining AS z_remaining"""
SUMMARY_JOINS = """
    JOIN slas s ON s.incident_id = i.id
    JOIN sla_clocks r ON r.incident_id = i.id AND r.kind = 'response'
    JOIN sla_clocks z ON z.incident_id = i.id AND z.kind = 'resolution'"""


async def calendars_for(
    session: Executor, rows: Sequence[Any]
) -> Mapping[UUID, Calendar]:
    """The calendars that the clocks of these rows count on, by policy version."""
    return {
        version_id: (await policy_version(session, version_id)).calendar
        for version_id in {row.policy_version_id for row in rows}
    }


# Looked up in lists, where calling the enumeration would be a good part of the work.
_CLOCK_STATUSES = {str(status): status for status in ClockStatus}
_SLA_STATUSES = {str(status): status for status in SlaStatus}


def summary_of_row(
    row: Any, calendars: Mapping[UUID, Calendar], now: dt.datetime
) -> schemas.SlaSummary:
    """What a row with `SUMMARY_COLUMNS` tells at `now`."""
    calendar = calendars[row.policy_version_id]
    paused = row.paused_at is not None
    response = _clock_of_row(
        TargetKind.RESPONSE,
        calendar,
        now,
        paused,
        row.r_status,
        row.r_target,
        row.r_started_at,
        row.r_deadline,
        row.r_warn_at,
        row.r_stopped_at,
        row.r_breached_at,
        row.r_remaining,
    )
    resolution = _clock_of_row(
        TargetKind.RESOLUTION,
        calendar,
        now,
        paused,
        row.z_status,
        row.z_target,
        row.z_started_at,
        row.z_deadline,
        row.z_warn_at,
        row.z_stopped_at,
        row.z_breached_at,
        row.z_remaining,
    )
    status, at_risk = SlaStatus(row.sla_status), row.at_risk
    # The sweep comes by once a second; what is read in between is already true.
    if status is SlaStatus.ACTIVE:
        found = [clock for clock in (response, resolution) if clock]
        if any(clock.status is ClockStatus.BREACHED for clock in found):
            status, at_risk = SlaStatus.BREACHED, False
        else:
            at_risk = at_risk or any(_warned(clock, now) for clock in found)
    return _summary(
        row.sla_id,
        status,
        at_risk,
        row.next_deadline,
        row.paused_at,
        schemas.Clocks(response=response, resolution=resolution),
    )


def _warned(clock: schemas.Clock, now: dt.datetime) -> bool:
    running = clock.status is ClockStatus.RUNNING
    return running and clock.warn_at is not None and clock.warn_at <= now


def _summary(
    sla_id: UUID,
    status: SlaStatus,
    at_risk: bool,
    next_deadline: dt.datetime | None,
    paused_at: dt.datetime | None,
    both: schemas.Clocks,
) -> schemas.SlaSummary:
    found = [clock for clock in (both.response, both.resolution) if clock]
    open_clocks = [clock for clock in found if clock.stopped_at is None]
    return schemas.SlaSummary(
        id=sla_id,
        status=status,
        at_risk=at_risk,
        next_deadline=next_deadline,
        remaining_seconds=min(
            (
                c.remaining_seconds
                for c in open_clocks
                if c.remaining_seconds is not None
            ),
            default=None,
        ),
        paused_at=paused_at,
        clocks=both,
    )


def _clock_of_row(
    kind: TargetKind,
    calendar: Calendar,
    now: dt.datetime,
    paused: bool,
    status: str,
    target: dt.timedelta | None,
    started_at: dt.datetime | None,
    deadline: dt.datetime | None,
    warn_at: dt.datetime | None,
    stopped_at: dt.datetime | None,
    breached_at: dt.datetime | None,
    remaining: dt.timedelta | None,
) -> schemas.Clock | None:
    if target is None:
        return None
    projected = None
    shown = _CLOCK_STATUSES[status]
    if stopped_at is None and deadline is not None:
        remaining = (
            between(calendar, now, deadline)
            if now <= deadline
            else -between(calendar, deadline, now)
        )
        if shown is ClockStatus.RUNNING and now > deadline:
            shown, breached_at = ClockStatus.BREACHED, deadline
    elif stopped_at is None and paused and remaining is not None:
        # Overdue, it would be where it was.
        projected = breached_at or add(calendar, now, max(remaining, ZERO))
    return schemas.Clock(
        kind=kind,
        status=shown,
        target_seconds=target.total_seconds(),
        started_at=started_at,
        deadline=deadline,
        projected_deadline=projected,
        warn_at=warn_at,
        stopped_at=stopped_at,
        breached_at=breached_at,
        remaining_seconds=None if remaining is None else remaining.total_seconds(),
    )


def _clock_of_state(clock: ClockState) -> schemas.Clock | None:
    if clock.target is None:
        return None
    return schemas.Clock(**_clock_fields(clock))


def _clock_fields(clock: ClockState) -> dict[str, Any]:
    return {
        "kind": TargetKind(clock.kind),
        "status": clock.status,
        "target_seconds": _seconds(clock.target),
        "started_at": clock.started_at,
        "deadline": clock.deadline,
        "projected_deadline": clock.projected_deadline,
        "warn_at": clock.warn_at,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "remaining_seconds": _seconds(clock.remaining),
    }


def _seconds(duration: dt.timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _clocks_of_state(state: SlaState) -> schemas.Clocks:
    return schemas.Clocks(
        response=_clock_of_state(state.clocks[TargetKind.RESPONSE]),
        resolution=_clock_of_state(state.clocks[TargetKind.RESOLUTION]),
    )


def summary_of_state(sla_id: UUID, state: SlaState) -> schemas.SlaSummary:
    """A replayed state as a list shows it."""
    return _summary(
        sla_id,
        state.status,
        state.at_risk,
        state.next_deadline,
        state.paused_at,
        _clocks_of_state(state),
    )


async def read(
    session: AsyncSession, incident_id: UUID, now: dt.datetime, *, for_agent: bool
) -> schemas.Sla:
    """Everything about an incident's promises at `now`; notes are for agents only."""
    ledger = await read_ledger(session, incident_id)
    state = ledger.state(now)
    sla, policy = ledger.sla, ledger.policy
    response = state.clocks[TargetKind.RESPONSE]
    resolution = state.clocks[TargetKind.RESOLUTION]
    return schemas.Sla(
        id=sla.id,
        incident_id=incident_id,
        status=state.status,
        at_risk=state.at_risk,
        next_deadline=state.next_deadline,
        remaining_seconds=_seconds(state.remaining),
        response_deadline=response.deadline,
        resolution_deadline=resolution.deadline,
        response_at=response.stopped_at,
        paused_at=state.paused_at,
        paused_duration=max(response.paused, resolution.paused).total_seconds(),
        pauses=[_pause_in_force(ledger, pause, for_agent) for pause in state.pauses],
        breach_notified_at=sla.breach_notified_at,
        policy=_policy_ref(policy),
        calendar=schemas.CalendarRef(policy.calendar_name, policy.calendar.timezone),
        clocks=_clocks_of_state(state),
        created_at=sla.created_at,
        updated_at=sla.updated_at,
    )


def _policy_ref(policy: PolicyVersion) -> schemas.PolicyRef:
    return schemas.PolicyRef(policy.policy_id, policy.name, policy.version)


def _pause_in_force(
    ledger: Ledger, pause: clocks.Pause, for_agent: bool
) -> schemas.PauseInForce:
    row = _pausing(ledger, pause.reason, pause.since) if for_agent else None
    return schemas.PauseInForce(
        reason=pause.reason,
        note=row.data.get("note") if row else None,
        actor=_actor(row),
        since=pause.since,
    )


def _pausing(ledger: Ledger, reason: str | None, by: dt.datetime) -> Row[Any] | None:
    """The ledger row that began the pause which was in force at `by`."""
    wanted = EventType.RESOLVED if reason == clocks.RESOLVED else EventType.PAUSED
    return next(
        (
            row
            for row in reversed(ledger.rows)
            if row.type == wanted
            and row.at <= by
            and (wanted == EventType.RESOLVED or row.data.get("reason") == reason)
        ),
        None,
    )


def _actor(row: Row[Any] | None) -> UserRef | None:
    if row is None or row.actor_id is None:
        return None
    return UserRef(row.actor_id, row.actor_name)


async def explain(
    session: AsyncSession, incident_id: UUID, now: dt.datetime, *, for_agent: bool
) -> schemas.Explanation:
    """Why each deadline is where it is, step by step."""
    ledger = await read_ledger(session, incident_id)
    state = ledger.state(now)
    steps = clocks.explain(ledger.events, ledger.policy.calendar, now)

    def explained(kind: str) -> schemas.ExplainedClock | None:
        clock = state.clocks[kind]
        if clock.target is None:
            return None
        return schemas.ExplainedClock(
            **_clock_fields(clock),
            elapsed_seconds=clock.elapsed.total_seconds(),
            paused_seconds=clock.paused.total_seconds(),
            steps=[
                schemas.Step(
                    **_step_fields(step),
                    actor=_actor(_pausing(ledger, step.reason, step.start))
                    if step.kind == "paused" and for_agent
                    else None,
                )
                for step in steps[kind]
            ],
        )

    return schemas.Explanation(
        as_of=now,
        status=state.status,
        at_risk=state.at_risk,
        timezone=ledger.policy.calendar.timezone,
        policy=_policy_ref(ledger.policy),
        clocks=schemas.ExplainedClocks(
            response=explained(TargetKind.RESPONSE),
            resolution=explained(TargetKind.RESOLUTION),
        ),
    )


def _step_fields(step: clocks.Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "from_": step.start,
        "to": step.end,
        "counted_seconds": step.counted.total_seconds(),
        "total_seconds": step.total.total_seconds(),
        "label": step.label,
        "reason": step.reason,
    }


# --- Simulate -------------------------------------------------------------------------


def simulate(data: schemas.Simulate) -> schemas.Simulation:
    """Run a history through the same clocks; nothing is stored.

    Raises:
        Invalid: The calendar or the history cannot be; names the field.
    """
    calendar = ALWAYS
    if data.calendar:
        try:
            calendar = Calendar.from_weekly_hours(
                data.calendar.timezone,
                data.calendar.weekly_hours,
                data.calendar.holidays,
            )
        except CalendarError as error:
            raise Invalid(error.message, field=f"calendar.{error.field}") from error
    events = [
        Event(
            event.at,
            event.type,
            event.reason,
            _simulated_targets(event.targets or data.targets)
            if event.type == EventType.CREATED
            else _simulated_targets(event.targets),
            event.mode,
        )
        for event in data.events
    ]
    for index, (event, given) in enumerate(zip(events, data.events, strict=True)):
        if event.type == EventType.TARGETS_CHANGED and not given.targets:
            raise Invalid(
                "This event needs the new targets.", field=f"events[{index}].targets"
            )
    start = data.events[0].at
    for field, at in [
        ("as_of", data.as_of),
        *((f"events[{index}].at", event.at) for index, event in enumerate(events)),
    ]:
        if abs(at - start) > LONGEST_HISTORY:
            raise Invalid("A history may span thirty years at the most.", field=field)
    try:
        state = clocks.replay(events, calendar, data.as_of)
        steps = clocks.explain(events, calendar, data.as_of)
    except HistoryError as error:
        raise Invalid(error.message, field=f"events[{error.index}]") from error
    except HorizonError as error:
        raise Invalid(str(error), field="targets") from error
    except ValueError as error:
        raise Invalid(f"This history cannot be: {error}.", field="events") from error

    def simulated(kind: str) -> schemas.SimulatedClock:
        clock = state.clocks[kind]
        return schemas.SimulatedClock(
            status=clock.status,
            deadline=clock.deadline,
            projected_deadline=clock.projected_deadline,
            stopped_at=clock.stopped_at,
            breached_at=clock.breached_at,
            elapsed_seconds=clock.elapsed.total_seconds(),
            remaining_seconds=_seconds(clock.remaining),
            paused_seconds=clock.paused.total_seconds(),
            steps=[schemas.SimulatedStep(**_step_fields(step)) for step in steps[kind]],
        )

    return schemas.Simulation(
        status=state.status,
        at_risk=state.at_risk,
        clocks=schemas.SimulatedClocks(
            response=simulated(TargetKind.RESPONSE),
            resolution=simulated(TargetKind.RESOLUTION),
        ),
    )


def _simulated_targets(
    targets: schemas.SimulatedTargets | None,
) -> dict[str, dt.timedelta | None] | None:
    if targets is None:
        return None
    given = {
        TargetKind.RESPONSE: targets.response_seconds,
        TargetKind.RESOLUTION: targets.resolution_seconds,
    }
    return {
        kind: None if seconds is None else dt.timedelta(seconds=seconds)
        for kind, seconds in given.items()
        if not isinstance(seconds, UnsetType)
    }


# --- Policies and calendars -----------------------------------------------------------


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
