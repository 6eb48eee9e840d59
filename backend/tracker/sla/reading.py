"""What people read of the clocks: summaries, states, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.db import Executor
from tracker.sla import clock as clocks
from tracker.sla import schemas, windows
from tracker.sla.calendar import (
    ZERO,
    Calendar,
    add,
    between,
)
from tracker.sla.clock import (
    ClockState,
    ClockStatus,
    EventType,
    SlaState,
    SlaStatus,
    TargetKind,
)
from tracker.sla.ledger import (
    Ledger,
    read_ledger,
)
from tracker.sla.policies import PolicyVersion, policy_version

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
) -> Mapping[UUID, Mapping[str, Calendar]]:
    """The calendars that the clocks of these rows count on, by version and kind."""
    return {
        version_id: (await policy_version(session, version_id)).terms.calendars
        for version_id in {row.policy_version_id for row in rows}
    }


# Looked up in lists, where calling the enumeration would be a good part of the work.
_CLOCK_STATUSES = {str(status): status for status in ClockStatus}
_SLA_STATUSES = {str(status): status for status in SlaStatus}


def summary_of_row(
    row: Any, calendars: Mapping[UUID, Mapping[str, Calendar]], now: dt.datetime
) -> schemas.SlaSummary:
    """What a row with `SUMMARY_COLUMNS` tells at `now`."""
    by_kind = calendars[row.policy_version_id]
    paused = row.paused_at is not None
    response = _clock_of_row(
        TargetKind.RESPONSE,
        by_kind["response"],
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
        by_kind["resolution"],
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
        if now <= deadline:
            remaining = between(calendar, now, deadline)
        else:
            # Below zero is kept what was lost to pauses after the deadline.
            lost = -min(remaining or ZERO, ZERO)
            remaining = lost - between(calendar, deadline, now)
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
        "target_seconds": seconds(clock.target),
        "started_at": clock.started_at,
        "deadline": clock.deadline,
        "projected_deadline": clock.projected_deadline,
        "warn_at": clock.warn_at,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "remaining_seconds": seconds(clock.remaining),
    }


def seconds(duration: dt.timedelta | None) -> float | None:
    """A duration as the API tells it."""
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
        remaining_seconds=seconds(state.remaining),
        response_deadline=response.deadline,
        resolution_deadline=resolution.deadline,
        response_at=state.response_at,
        paused_at=state.paused_at,
        paused_duration=max(response.paused, resolution.paused).total_seconds(),
        pauses=[_pause_in_force(ledger, pause, for_agent) for pause in state.pauses],
        maintenance=await windows.ahead(session, incident_id, now),
        breach_notified_at=sla.breach_notified_at,
        policy=_policy_ref(policy),
        calendar=_calendar_ref(policy, TargetKind.RESOLUTION),
        clocks=_clocks_of_state(state),
        created_at=sla.created_at,
        updated_at=sla.updated_at,
    )


def _calendar_ref(policy: PolicyVersion, kind: str) -> schemas.CalendarRef:
    calendar = policy.terms.calendar(kind)
    return schemas.CalendarRef(policy.calendar_names[kind], calendar.timezone)


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
    steps = clocks.explain(ledger.events, ledger.policy.terms, now)

    def explained(kind: str) -> schemas.ExplainedClock | None:
        clock = state.clocks[kind]
        if clock.target is None:
            return None
        return schemas.ExplainedClock(
            **_clock_fields(clock),
            elapsed_seconds=clock.elapsed.total_seconds(),
            paused_seconds=clock.paused.total_seconds(),
            steps=[
                _explained_step(ledger, step, for_agent=for_agent)
                for step in steps[kind]
            ],
            marks=_explained_marks(ledger.policy, clock, for_agent=for_agent),
        )

    return schemas.Explanation(
        as_of=now,
        status=state.status,
        at_risk=state.at_risk,
        timezone=ledger.policy.terms.calendar(TargetKind.RESOLUTION).timezone,
        policy=_policy_ref(ledger.policy),
        clocks=schemas.ExplainedClocks(
            response=explained(TargetKind.RESPONSE),
            resolution=explained(TargetKind.RESOLUTION),
        ),
    )


def _explained_marks(
    policy: PolicyVersion, clock: ClockState, *, for_agent: bool
) -> list[schemas.ExplainedMark]:
    return [
        msgspec.convert({**mark, "at": at}, schemas.ExplainedMark)
        for mark, at in zip(policy.marks, clock.marks, strict=False)
        if clock.kind in mark.get("kinds", (clock.kind,))
        and (for_agent or mark["type"] == "warned")
    ]


def _explained_step(
    ledger: Ledger, step: clocks.Step, *, for_agent: bool
) -> schemas.Step:
    """A step with who paused, and the name of a maintenance window."""
    told = schemas.Step(**step_fields(step))
    if step.kind == "paused":
        row = _pausing(ledger, step.reason, step.start)
        told.actor = _actor(row) if for_agent else None
        told.label = step.label or (row.data.get("window") if row else None)
    return told


def step_fields(step: clocks.Step) -> dict[str, Any]:
    """A step as the API tells it."""
    return {
        "kind": step.kind,
        "from_": step.start,
        "to": step.end,
        "counted_seconds": step.counted.total_seconds(),
        "total_seconds": step.total.total_seconds(),
        "label": step.label,
        "reason": step.reason,
    }
