"""The clocks of incidents in the database: the commands.

The ledger is the truth. A command locks the incident's `slas` row, replays the ledger
with the new event through the pure clock, and writes what came out; the engine finds
what falls due by index. Both lock the same row, so neither sees half of the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import execute, fetch_all, fetch_one, new_id, sql
from tracker.errors import Conflict, Invalid
from tracker.sla import clock as clocks
from tracker.sla import models, schemas, windows
from tracker.sla.clock import (
    MAINTENANCE,
    ClockState,
    ClockStatus,
    Event,
    EventType,
    Mode,
    SlaState,
    TargetKind,
)
from tracker.sla.engine import Found, find_due
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
    state = clocks.replay([event], policy.terms, now)
    response = clock_columns(state.clocks[TargetKind.RESPONSE])
    resolution = clock_columns(state.clocks[TargetKind.RESOLUTION])
    sla_id = new_id()
    data = event_data(event, policy, priority)
    return summary_of_state(sla_id, state), {
        "sla_id": sla_id,
        "policy": policy.id,
        "sla_status": str(state.status),
        "at_risk": state.at_risk,
        "next_deadline": state.next_deadline,
        "now": now,
        "actor_id": actor_id,
        "event": msgspec.json.encode(data).decode(),
        "response_id": new_id(),
        "resolution_id": new_id(),
        **{f"response_{name}": value for name, value in response.items()},
        **{f"resolution_{name}": value for name, value in resolution.items()},
    }


# Parts of the statement that creates an incident. It stores nothing when the policies
# in force are not those that it was chosen from; `incident` has the new row.
START_POLICY = """
policy AS (SELECT FROM sla_policy_revision WHERE revision = :revision)"""
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
                          started_at, deadline, warn_at, due_at, mark_due_at,
                          mark_times, remaining, created_at, updated_at)
  SELECT :response_id, incident.id, 'response', :policy, :response_status,
         :response_target, :now, :response_deadline, :response_warn_at,
         :response_due_at, :response_mark_due_at,
         CAST(:response_mark_times AS timestamptz[]), :response_remaining, :now, :now
    FROM incident
), resolution AS (
  INSERT INTO sla_clocks (id, incident_id, kind, policy_version_id, status, target,
                          started_at, deadline, warn_at, due_at, mark_due_at,
                          mark_times, remaining, created_at, updated_at)
  SELECT :resolution_id, incident.id, 'resolution', :policy, :resolution_status,
         :resolution_target, :now, :resolution_deadline, :resolution_warn_at,
         :resolution_due_at, :resolution_mark_due_at,
         CAST(:resolution_mark_times AS timestamptz[]), :resolution_remaining, :now,
         :now
    FROM incident
)"""


async def record(
    session: AsyncSession,
    incident_id: UUID,
    event: Event,
    actor_id: UUID | None,
    *,
    policy: PolicyVersion | None = None,
    priority: str | None = None,
    more: Mapping[str, Any] | None = None,
    history: Ledger | None = None,
) -> SlaState:
    """Write an event to the ledger and everything that follows from it.

    What fell due before the event is recorded first, as if a sweep had come by; so a
    late resolve is a breach, and a pause cannot swallow a warning.

    Args:
        session: The transaction.
        incident_id: Whose clocks.
        event: What happened.
        actor_id: Who did it; None is the service itself.
        policy: Whose terms are in force from now on, when they are others.
        priority: What new targets are for.
        more: What the ledger keeps beside, as far as it is something.
        history: What `settle` gave, when it was asked for the same instant.
    """
    if history is None:
        history = await settle(session, incident_id, event.at)
    event = _in_order(history, event)
    await find_due(session, event.at, incident_id=incident_id)
    before = history.state(event.at)
    data = event_data(event, policy, priority)
    data.update(
        (key, value) for key, value in (more or {}).items() if value is not None
    )
    if event.type == EventType.PAUSED and before.remaining is not None:
        # Reports ask who paused shortly before a deadline.
        data["remaining_seconds"] = before.remaining.total_seconds()
    if event.type == EventType.TARGETS_CHANGED and any(
        c.ever_breached and c.stopped_at is None for c in before.clocks.values()
    ):
        # A breach that this lifts is told as reclassified.
        data["after_breach"] = True
    state = history.state(event.at, event)
    await _write(session, incident_id, event, actor_id, data, event.at)
    await store(session, incident_id, policy or history.policy, state, event.at, event)
    if event.type in (EventType.TARGETS_CHANGED, EventType.RESUMED):
        # What changed during a pause shows when the clock runs on.
        await _tell_new_deadlines(session, incident_id, event.at)
    elif event.type == EventType.RESOLVED:
        await windows.forget_pauses(session, incident_id)
    return state


def told_until(event: Event, clock: ClockState) -> dt.datetime | None:
    """Up to when marks are not due again after an event; None makes all of them new.

    New targets make them new. So does a reopen, but not those of a clock that was
    overdue when it stopped: it has been told of, and escalated, before.
    """
    if event.type == EventType.TARGETS_CHANGED and event.mode != Mode.KEEP:
        return None
    if event.type == EventType.REOPENED and clock.status == ClockStatus.RUNNING:
        return None
    return event.at


async def _write(
    session: AsyncSession,
    incident_id: UUID,
    event: Event,
    actor_id: UUID | None,
    data: dict[str, Any],
    recorded_at: dt.datetime,
) -> None:
    session.add(
        models.LedgerEntry(
            incident_id=incident_id,
            at=event.at,
            recorded_at=recorded_at,
            type=str(event.type),
            actor_id=actor_id,
            data=data,
        )
    )
    await session.flush()


async def settle(session: AsyncSession, incident_id: UUID, now: dt.datetime) -> Ledger:
    """Lock an incident's clocks, and pause and resume them as of itself it had to be.

    Pauses end that are at their longest; maintenance windows begin and end. Each has
    its true instant, as far as nothing was recorded after that.

    Returns:
        The history with what it wrote.
    """
    history = await read_ledger(session, incident_id, lock=True)
    while True:
        turns = await windows.turns(session, incident_id, now)
        turn = turns[0] if turns else None
        ending = pause_ending(history, now)
        if turn and (ending is None or turn.at <= ending[0]):
            kind = EventType.PAUSED if turn.pauses else EventType.RESUMED
            event = Event(turn.at, kind, reason=turn.reason)
            more = {"automatic": "maintenance", "window": turn.name}
            await windows.mark_turn(session, incident_id, turn, now)
        elif ending and ending[0] <= now:
            event = Event(ending[0], EventType.RESUMED, reason=ending[1])
            more = {"automatic": "longest_pause"}
        else:
            return history
        event = _in_order(history, event)
        in_force = {pause.reason for pause in history.state(event.at).pauses}
        if (event.type == EventType.PAUSED) == (event.reason in in_force):
            continue  # A resolve has ended it before.
        await find_due(session, now, until=event.at, incident_id=incident_id)
        state = history.state(event.at, event)
        data = {**event_data(event), **more}
        await _write(session, incident_id, event, None, data, now)
        await store(session, incident_id, history.policy, state, event.at, event)
        await _offer_untold(session, incident_id)
        history = await read_ledger(session, incident_id)


def pause_ending(history: Ledger, now: dt.datetime) -> tuple[dt.datetime, str] | None:
    """When a pause ends by itself, and which; None when none does."""
    longest = history.policy.longest_pause
    return next_pause_end(history.state(now), longest) if longest is not None else None


def next_pause_end(
    state: SlaState, longest: dt.timedelta
) -> tuple[dt.datetime, str] | None:
    """The first end of the pauses in force; maintenance has an end of its own."""
    ends = [
        (pause.since + longest, pause.reason)
        for pause in state.pauses
        if pause.reason != clocks.RESOLVED and not pause.reason.startswith(MAINTENANCE)
    ]
    return min(ends, default=None)


async def settle_due(
    session: AsyncSession, now: dt.datetime, limit: int = 100
) -> list[Found]:
    """Settle incidents whose pauses are at their longest; tells which."""
    rows = await fetch_all(
        session,
        """
        SELECT incident_id FROM slas WHERE pause_ends_at <= :now
         ORDER BY pause_ends_at LIMIT :limit FOR UPDATE SKIP LOCKED
        """,
        now=now,
        limit=limit,
    )
    return await _settled(session, [row.incident_id for row in rows], now)


async def run_windows(
    session: AsyncSession, now: dt.datetime, limit: int = 100
) -> list[Found]:
    """Begin and end maintenance windows; tells whose clocks they changed.

    Fewer than `limit` says that all that was to be done up to `now` is done.
    """
    if not await windows.is_any_open(session, now):
        return []
    incidents = await windows.touched(session, now, limit)
    settled = await _settled(session, incidents, now)
    if len(incidents) < limit:
        await windows.note_progress(session, now)
    return settled


async def _settled(
    session: AsyncSession, incident_ids: Sequence[UUID], now: dt.datetime
) -> list[Found]:
    for incident_id in incident_ids:
        await settle(session, incident_id, now)
    rows = await fetch_all(
        session,
        "SELECT id, number, reporter_id FROM incidents WHERE id = ANY(:ids)",
        ids=list(incident_ids),
    )
    return [Found(row.id, row.number, row.reporter_id, "sla.settled") for row in rows]


def _in_order(history: Ledger, event: Event) -> Event:
    """The event, not before the last one: hosts' clocks may differ a little."""
    last: dt.datetime = history.rows[-1].at
    return event if event.at >= last else replace(event, at=last)


async def _tell_new_deadlines(
    session: AsyncSession, incident_id: UUID, now: dt.datetime
) -> None:
    """Have the engine tell at once what a change has let fall due."""
    await _offer_untold(session, incident_id)
    await find_due(session, now, incident_id=incident_id)


async def _offer_untold(session: AsyncSession, incident_id: UUID) -> None:
    """Offer deadlines that have passed and were never told to the engine."""
    await execute(
        session,
        """
        UPDATE sla_clocks c SET due_at = deadline
         WHERE incident_id = :id AND status = 'breached' AND stopped_at IS NULL
           AND NOT EXISTS (
             SELECT FROM sla_ledger l
              WHERE l.clock_id = c.id AND l.type = 'breached'
                AND l.deadline = c.deadline)
        """,
        id=incident_id,
    )


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
        Invalid: The reason is not on the list, or not one that the policy allows.
        Conflict: There is no open clock, or this reason is in force already.
    """
    known = await fetch_all(
        session, "SELECT code FROM pause_reasons WHERE is_active ORDER BY position"
    )
    incident_id = await incident_of(session, sla_id)
    history = await settle(session, incident_id, now)
    allowed = history.policy.pauses.reasons
    codes = [row.code for row in known if allowed is None or row.code in allowed]
    if reason not in codes:
        raise Invalid(
            f"“{reason}” is not a pause reason here; use one of {', '.join(codes)}."
            if codes
            else f"The policy {history.policy.name} allows no pause.",
            field="reason",
        )
    state = history.state(now)
    if all(c.stopped_at or c.target is None for c in state.clocks.values()):
        raise Conflict("No clock is running, so there is nothing to pause.")
    if any(in_force.reason == reason for in_force in state.pauses):
        raise Conflict(
            "The clock is paused for this reason already.", code="already_paused"
        )
    event = Event(now, EventType.PAUSED, reason=reason)
    more = {"note": note or None}
    await record(session, incident_id, event, actor_id, more=more, history=history)


async def resume(
    session: AsyncSession,
    sla_id: UUID,
    reason: str | None,
    actor_id: UUID,
    now: dt.datetime,
) -> None:
    """End one reason of a pause, or all of them; maintenance ends with its window.

    Raises:
        Conflict: The clocks are not paused, or not for this reason.
    """
    incident_id = await incident_of(session, sla_id)
    state = (await settle(session, incident_id, now)).state(now)
    pauses = [p.reason for p in state.pauses if p.reason != clocks.RESOLVED]
    reasons = [name for name in pauses if not name.startswith(MAINTENANCE)]
    if pauses and not reasons:
        raise Conflict(
            "The clock is paused by a maintenance window; it runs on when that ends.",
            code="in_maintenance",
        )
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
    # One by one where a window goes on: without a reason all would end.
    for ending in [reason] if reason or len(reasons) == len(pauses) else reasons:
        event = Event(now, EventType.RESUMED, reason=ending)
        await record(session, incident_id, event, actor_id)


def targets_changed(
    policy: PolicyVersion, priority: str, mode: str, now: dt.datetime
) -> Event:
    """The event by which clocks get the targets and terms of a policy."""
    return Event(
        now,
        EventType.TARGETS_CHANGED,
        targets=policy.promised(priority),
        mode=mode,
        terms=policy.terms,
    )


async def change_targets(
    session: AsyncSession,
    incident_id: UUID,
    priority: str,
    mode: str,
    actor_id: UUID | None,
    now: dt.datetime,
    *,
    policy: PolicyVersion | None = None,
    **more: Any,
) -> SlaState:
    """Give the clocks the targets of another priority, or another policy's.

    Under `keep` the clocks and their policy stay as they are.
    """
    history = await settle(session, incident_id, now)
    if policy is None or mode == Mode.KEEP:
        policy = history.policy
    else:
        more["policy"] = {"name": policy.name, "version": policy.version}
    return await record(
        session,
        incident_id,
        targets_changed(policy, priority, mode, now),
        actor_id,
        policy=policy,
        priority=priority,
        more=more,
        history=history,
    )


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
        "UPDATE sla_clocks SET due_at = NULL, mark_due_at = NULL"
        " WHERE incident_id = :id",
        id=incident_id,
    )
    await execute(
        session,
        "UPDATE slas SET pause_ends_at = NULL WHERE incident_id = :id",
        id=incident_id,
    )


async def recompute(session: AsyncSession, incident_id: UUID, now: dt.datetime) -> None:
    """Write what the ledger says, as after a restore."""
    history = await settle(session, incident_id, now)
    await store(session, incident_id, history.policy, history.state(now), now, None)
    await _tell_new_deadlines(session, incident_id, now)


async def store(
    session: AsyncSession,
    incident_id: UUID,
    policy: PolicyVersion,
    state: SlaState,
    now: dt.datetime,
    event: Event | None,
) -> None:
    """Write a replayed state: the one function that writes clocks and summary.

    Args:
        session: The transaction that holds the lock.
        incident_id: Whose clocks.
        policy: The one in force.
        state: What the replay gave.
        now: The present.
        event: What led to it; None, as after a restore, makes all marks new.
    """
    await session.execute(
        sql(_STORE_CLOCK),
        [
            {
                "incident_id": incident_id,
                "kind": str(clock.kind),
                "policy_version_id": policy.id,
                "now": now,
                **clock_columns(clock, told_until(event, clock) if event else None),
            }
            for clock in state.clocks.values()
        ],
    )
    await execute(
        session,
        """
        UPDATE slas
           SET policy_version_id = :policy_version_id, status = :status,
               at_risk = :at_risk, next_deadline = :next_deadline,
               response_deadline = :response_deadline,
               resolution_deadline = :resolution_deadline,
               response_at = :response_at, paused_at = :paused_at,
               pause_ends_at = :pause_ends_at,
               paused_duration = :paused_duration, updated_at = :now
         WHERE incident_id = :incident_id
        """,
        incident_id=incident_id,
        now=now,
        **summary_columns(state, policy),
    )


# A breach that is lifted keeps its mark; who found it and when goes with the breach.
# A clock that has stopped keeps the policy that it ran on.
_STORE_CLOCK = """
UPDATE sla_clocks
   SET policy_version_id = CASE WHEN stopped_at IS NULL
                                  OR CAST(:stopped_at AS timestamptz) IS NULL
                                THEN :policy_version_id ELSE policy_version_id END,
       cycle = :cycle, status = :status, target = :target, started_at = :started_at,
       deadline = :deadline, warn_at = :warn_at, due_at = :due_at,
       mark_due_at = :mark_due_at, mark_times = CAST(:mark_times AS timestamptz[]),
       remaining = :remaining, stopped_at = :stopped_at, breached_at = :breached_at,
       detected_at = CASE WHEN CAST(:breached_at AS timestamptz) IS NOT NULL
                          THEN coalesce(detected_at, :now) END,
       ever_breached = ever_breached OR :ever_breached, updated_at = :now
 WHERE incident_id = :incident_id AND kind = :kind
"""


def summary_columns(state: SlaState, policy: PolicyVersion) -> dict[str, Any]:
    """What follows from all clocks, as columns of `slas`."""
    longest = policy.longest_pause
    ending = next_pause_end(state, longest) if longest is not None else None
    response = state.clocks[TargetKind.RESPONSE]
    resolution = state.clocks[TargetKind.RESOLUTION]
    return {
        "policy_version_id": policy.id,
        "status": str(state.status),
        "at_risk": state.at_risk,
        "next_deadline": state.next_deadline,
        "response_deadline": response.deadline,
        "resolution_deadline": resolution.deadline,
        "response_at": state.response_at,
        "paused_at": state.paused_at,
        "pause_ends_at": ending[0] if ending else None,
        "paused_duration": max(response.paused, resolution.paused),
    }


def due_marks(
    clock: ClockState, passed: dt.datetime | None = None
) -> list[tuple[dt.datetime, int]]:
    """Marks that are due after `passed`, each with its place among the policy's.

    A warning of a deadline that has passed is not.
    """
    if clock.status != ClockStatus.RUNNING and clock.deadline is not None:
        passed = max(passed, clock.deadline) if passed else clock.deadline
    return sorted(
        (at, place)
        for place, at in enumerate(clock.marks)
        if passed is None or at > passed
    )


def clock_columns(
    clock: ClockState, passed: dt.datetime | None = None
) -> dict[str, Any]:
    """A clock as columns of `sla_clocks`; marks up to `passed` are not due again."""
    running = clock.status == ClockStatus.RUNNING
    overdue = clock.status == ClockStatus.BREACHED and not clock.stopped_at
    marks = due_marks(clock, passed)
    return {
        "cycle": clock.cycle,
        "status": str(clock.status),
        "target": clock.target,
        "started_at": clock.started_at,
        "deadline": clock.deadline,
        "warn_at": clock.warn_at,
        "due_at": clock.deadline if running else None,
        "mark_due_at": marks[0][0] if marks else None,
        "mark_times": list(clock.marks),
        # An overdue clock keeps what it lost to pauses since its deadline, below zero;
        # the rest follows from the deadline.
        "remaining": -clock.paused_late
        if overdue and clock.deadline
        else clock.remaining,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "ever_breached": clock.ever_breached,
    }
