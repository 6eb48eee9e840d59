"""The clocks of incidents in the database: the commands.

The ledger is the truth. A command locks the incident's `slas` row, replays the ledger
with the new event through the pure clock, and writes what came out; the engine finds
what falls due by index. Both lock the same row, so neither sees half of the other.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import execute, fetch_all, fetch_one, new_id, sql
from tracker.errors import Conflict, Invalid
from tracker.sla import clock as clocks
from tracker.sla import models, schemas
from tracker.sla.clock import (
    ClockState,
    ClockStatus,
    Event,
    EventType,
    SlaState,
    TargetKind,
)
from tracker.sla.engine import find_due
from tracker.sla.ledger import (
    Ledger,
    event_data,
    incident_of,
    read_ledger,
)
from tracker.sla.policies import PolicyVersion
from tracker.sla.reading import summary_of_state


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
