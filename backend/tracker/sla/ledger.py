"""The history of an incident's clocks, read as values: the ledger is the truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import fetch_all
from tracker.errors import NotFound
from tracker.sla import clock as clocks
from tracker.sla import models
from tracker.sla.clock import (
    Event,
    EventType,
    SlaState,
)
from tracker.sla.policies import PolicyVersion, policy_version

INPUTS = tuple(EventType)

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


def event_data(
    event: Event, policy: PolicyVersion | None = None, priority: str | None = None
) -> dict[str, Any]:
    """What the ledger keeps of an event beside its instant and type.

    Args:
        event: What happened.
        policy: Whose terms are in force from now on.
        priority: What the targets are for.
    """
    data: dict[str, Any] = {}
    if policy is not None:
        data["policy_version_id"] = str(policy.id)
    if priority is not None:
        data["priority"] = str(priority)
    if event.reason is not None:
        data["reason"] = event.reason
    if event.targets is not None:
        data["targets"] = {
            kind: None if target is None else target.total_seconds()
            for kind, target in event.targets.items()
        }
        data["mode"] = str(event.mode)
    return data


def event_of(row: Any, policies: Mapping[str, PolicyVersion]) -> Event:
    """The event that a ledger row stands for; policies by the id of their version."""
    targets = row.data.get("targets")
    policy_id = row.data.get("policy_version_id")
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
        terms=policies[policy_id].terms if policy_id else None,
    )


def chained(previous: bytes, entry: Any, data: str) -> bytes:
    """The hash of an entry that follows `previous`, as the database's trigger has it.

    Args:
        previous: The hash of the incident's entry before; empty for the first.
        entry: A row of the ledger, or something with the same attributes.
        data: The data of the entry, as PostgreSQL writes them.
    """
    fields = (
        entry.incident_id,
        _microseconds(entry.at),
        _microseconds(entry.recorded_at),
        entry.type,
        entry.actor_id,
        entry.clock_id,
        entry.cycle,
        entry.level,
        _microseconds(entry.deadline),
        data,
    )
    text = "|".join(["" if field is None else str(field) for field in fields])
    return sha256(previous + text.encode()).digest()


def _microseconds(at: dt.datetime | None) -> int | None:
    return None if at is None else (at - EPOCH) // MICROSECOND


def data_text(data: Any) -> str:
    """Data of an entry, plain ones, as PostgreSQL writes them back."""
    encoded = msgspec.json.encode(_in_order_of_keys(data))
    return msgspec.json.format(encoded, indent=0).decode()


def _in_order_of_keys(value: Any) -> Any:
    """Keys as `jsonb` has them: the shorter ones first."""
    if isinstance(value, dict):
        keys = sorted(sorted(value), key=len)
        return {key: _in_order_of_keys(value[key]) for key in keys}
    return value


class Ledger(NamedTuple):
    """The `slas` row of an incident, its policies, and its history."""

    sla: models.Sla
    policy: PolicyVersion
    policies: Mapping[str, PolicyVersion]
    rows: list[Row[Any]]

    @property
    def events(self) -> list[Event]:
        """The history as values."""
        return [event_of(row, self.policies) for row in self.rows]

    def state(self, now: dt.datetime, *more: Event) -> SlaState:
        """The clocks at `now`, after the history and `more`."""
        return clocks.replay([*self.events, *more], self.policy.terms, now)


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
    return (await _with_history(session, [sla]))[0]


async def read_ledgers(
    session: AsyncSession, incident_ids: Sequence[UUID]
) -> list[Ledger]:
    """The histories of many incidents, by incident id, with two queries."""
    slas = await session.scalars(
        select(models.Sla)
        .where(models.Sla.incident_id.in_(incident_ids))
        .order_by(models.Sla.incident_id)
        .execution_options(populate_existing=True)
    )
    return await _with_history(session, list(slas))


async def _with_history(
    session: AsyncSession, slas: Sequence[models.Sla]
) -> list[Ledger]:
    rows = await fetch_all(
        session,
        """
        SELECT l.incident_id, l.seq, l.at, l.type, l.data, l.actor_id,
               u.name AS actor_name
          FROM sla_ledger l LEFT JOIN users u ON u.id = l.actor_id
         WHERE l.incident_id = ANY(:incident_ids) AND l.type = ANY(:types)
         ORDER BY l.incident_id, l.at, l.seq
        """,
        incident_ids=[sla.incident_id for sla in slas],
        types=list(INPUTS),
    )
    of_incident = {
        incident_id: list(history)
        for incident_id, history in groupby(rows, attrgetter("incident_id"))
    }
    policies = {
        version_id: await policy_version(session, UUID(version_id))
        for version_id in {
            str(version_id)
            for version_id in [
                *(sla.policy_version_id for sla in slas),
                *(row.data.get("policy_version_id") for row in rows),
            ]
            if version_id
        }
    }
    return [
        Ledger(
            sla,
            policies[str(sla.policy_version_id)],
            policies,
            of_incident.get(sla.incident_id, []),
        )
        for sla in slas
    ]


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
