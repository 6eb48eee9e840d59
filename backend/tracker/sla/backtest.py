"""A policy tried on incidents of the past, beside what really happened to them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import fetch_all, fetch_one
from tracker.errors import Invalid, NotFound
from tracker.sla import clock as clocks
from tracker.sla import schemas
from tracker.sla.catalogue import check_draft
from tracker.sla.clock import ClockStatus, Event, EventType, SlaState, TargetKind
from tracker.sla.ledger import Ledger, event_of, read_ledgers
from tracker.sla.policies import (
    PRIORITIES,
    Conditions,
    Facts,
    PauseRules,
    PolicyVersion,
    default_policy,
    fulfils,
    marks_of,
    policy_version,
    terms_of,
)

MOST_INCIDENTS = 20_000
SHOWN = 100
BATCH = 500

_OUTCOMES = {
    ClockStatus.MET: "met",
    ClockStatus.BREACHED: "breached",
    ClockStatus.RUNNING: "open",
    ClockStatus.PAUSED: "open",
    ClockStatus.NONE: "none",
}


async def version_of(
    session: AsyncSession, policy_id: UUID, version: int | None
) -> PolicyVersion:
    """A version of a policy, the newest unless told.

    Raises:
        NotFound: There is no such policy.
        Invalid: It has no such version.
    """
    row = await fetch_one(
        session,
        """
        SELECT v.id FROM sla_policies p
          LEFT JOIN sla_policy_versions v ON v.policy_id = p.id
           AND v.version = coalesce(CAST(:version AS int), p.current_version)
         WHERE p.id = :id
        """,
        id=policy_id,
        version=version,
    )
    if row is None:
        raise NotFound("There is no such SLA policy.")
    if row.id is None:
        raise Invalid("The policy has no such version.", field="version")
    return await policy_version(session, row.id)


async def _value_of(
    session: AsyncSession,
    policy: PolicyVersion,
    draft: schemas.PolicyDraft,
    now: dt.datetime,
) -> PolicyVersion:
    """A draft as if it were the next version of a policy."""
    is_default = (await default_policy(session)).policy_id == policy.policy_id
    pinned = await check_draft(session, draft, now, is_default=is_default)
    said = msgspec.to_builtins(draft)
    pauses = msgspec.convert(said["pauses"], PauseRules)
    marks = marks_of(said["warnings"], said["escalations"])
    calendars = {str(kind): found.calendar for kind, found in pinned.items()}
    return replace(
        policy,
        conditions=msgspec.convert(said["conditions"], Conditions),
        targets=said["targets"],
        pauses=pauses,
        terms=terms_of(calendars, marks, pauses, draft.reopening),
        marks=marks,
    )


async def backtest(
    session: AsyncSession,
    policy_id: UUID,
    data: schemas.Backtest,
    now: dt.datetime,
) -> schemas.BacktestResult:
    """Replay the ledgers of a period under a policy; nothing is stored.

    Args:
        session: Reads only.
        policy_id: Which policy.
        data: The period, and what to try: a draft on the incidents that fulfil its
            conditions, a version on those that ran under the policy.
        now: The present.

    Raises:
        Invalid: The draft cannot be, or the period is none or has too many incidents.
        NotFound: There is no such policy.
    """
    tried = await version_of(session, policy_id, data.version)
    if data.draft is not None:
        tried = await _value_of(session, tried, data.draft, now)
    if data.to <= data.from_:
        raise Invalid("The period must end after it begins.", field="to")
    result = _Result()
    async for rows in _incidents(session, tried, data):
        ledgers = await read_ledgers(session, [row.id for row in rows])
        of_incident = {row.id: row for row in rows}
        # Work for a processor, not for the event loop.
        await asyncio.to_thread(_compare, result, tried, ledgers, of_incident, now)
        if result.incidents > MOST_INCIDENTS:
            raise Invalid(
                f"There are more than {MOST_INCIDENTS:,} incidents; choose a shorter"
                " period.",
                field="from",
            )
    return result.told()


async def _incidents(
    session: AsyncSession, tried: PolicyVersion, data: schemas.Backtest
) -> AsyncIterator[Sequence[Any]]:
    condition = "true"
    if data.draft is None:
        condition = """EXISTS (
            SELECT FROM sla_ledger l JOIN sla_policy_versions v
              ON v.id = CAST(l.data ->> 'policy_version_id' AS uuid)
             WHERE l.incident_id = i.id AND l.type = 'created'
               AND v.policy_id = :policy_id)"""
    after: tuple[dt.datetime, UUID] = (data.from_, UUID(int=0))
    while True:
        rows = await fetch_all(
            session,
            f"""
            SELECT i.id, i.number, i.title, i.description, i.priority, i.tags,
                   i.team_id, i.organization_id, i.created_at,
                   r.status AS response, r.deadline AS response_deadline,
                   z.status AS resolution, z.deadline AS resolution_deadline
              FROM incidents i
              JOIN sla_clocks r ON r.incident_id = i.id AND r.kind = 'response'
              JOIN sla_clocks z ON z.incident_id = i.id AND z.kind = 'resolution'
             WHERE (i.created_at, i.id) > (:at, :id) AND i.created_at < :to
               AND i.deleted_at IS NULL AND {condition}
             ORDER BY i.created_at, i.id LIMIT {BATCH}
            """,
            at=after[0],
            id=after[1],
            to=data.to,
            **({"policy_id": tried.policy_id} if data.draft is None else {}),
        )
        chosen = [
            row
            for row in rows
            if data.draft is None or fulfils(tried.conditions, Facts.of(row))
        ]
        if chosen:
            yield chosen
        if len(rows) < BATCH:
            return
        after = (rows[-1].created_at, rows[-1].id)


def tried_state(
    ledger: Ledger, tried: PolicyVersion, priority: str, now: dt.datetime
) -> SlaState:
    """The clocks of an incident if `tried` had been its policy from the start.

    Args:
        ledger: What happened.
        tried: The policy.
        priority: For histories that do not tell theirs.
        now: The present.
    """
    events: list[Event] = []
    for row in ledger.rows:
        if row.data.get("automatic") == "longest_pause":
            continue  # The policy that is tried has its own.
        event = event_of(row, ledger.policies)
        if event.type in (EventType.CREATED, EventType.TARGETS_CHANGED):
            priority = row.data.get("priority", priority)
            event = replace(event, targets=tried.promised(priority), terms=tried.terms)
        events.append(event)
    if tried.longest_pause is not None:
        events = clocks.limit_pauses(events, tried.longest_pause, now)
    return clocks.replay(events, tried.terms, now)


class _Result:
    """What is counted while incidents go by."""

    def __init__(self) -> None:
        self.incidents = 0
        self.tried: Counter[tuple[str, str, str]] = Counter()
        self.actual: Counter[tuple[str, str, str]] = Counter()
        self.different = 0
        self.differences: list[schemas.BacktestDifference] = []

    def told(self) -> schemas.BacktestResult:
        return schemas.BacktestResult(
            incidents=self.incidents,
            comparisons=[
                schemas.Comparison(
                    kind=kind,
                    priority=priority,
                    tried=_attainment(self.tried, kind, priority),
                    actual=_attainment(self.actual, kind, priority),
                )
                for kind in TargetKind
                for priority in PRIORITIES
                if any(
                    (kind, priority, outcome) in counted
                    for counted in (self.tried, self.actual)
                    for outcome in ("met", "breached", "open")
                )
            ],
            different=self.different,
            differences=self.differences,
        )


def _attainment(
    counted: Counter[tuple[str, str, str]], kind: str, priority: str
) -> schemas.Attainment:
    met, breached, still_open = (
        counted[kind, priority, outcome] for outcome in ("met", "breached", "open")
    )
    decided = met + breached
    return schemas.Attainment(
        met=met,
        breached=breached,
        open=still_open,
        percent=round(100 * met / decided, 2) if decided else None,
    )


def _compare(
    result: _Result,
    tried: PolicyVersion,
    ledgers: Sequence[Ledger],
    rows: Mapping[UUID, Any],
    now: dt.datetime,
) -> None:
    for ledger in ledgers:
        row = rows[ledger.sla.incident_id]
        state = tried_state(ledger, tried, row.priority, now)
        result.incidents += 1
        for kind in TargetKind:
            would = state.clocks[kind]
            was = ClockStatus(getattr(row, kind))
            outcomes = _OUTCOMES[would.status], _OUTCOMES[was]
            result.tried[kind, row.priority, outcomes[0]] += 1
            result.actual[kind, row.priority, outcomes[1]] += 1
            if outcomes[0] == outcomes[1]:
                continue
            result.different += 1
            if len(result.differences) < SHOWN:
                result.differences.append(
                    schemas.BacktestDifference(
                        incident_id=row.id,
                        number=f"INC-{row.number}",
                        title=row.title,
                        priority=row.priority,
                        kind=kind,
                        tried_status=would.status,
                        actual_status=was,
                        tried_deadline=would.deadline,
                        actual_deadline=getattr(row, f"{kind}_deadline"),
                    )
                )
