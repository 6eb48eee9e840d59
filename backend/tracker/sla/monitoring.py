"""How the engine is: what it is behind with, and whether its clocks were checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import Database, Executor, execute, fetch_all, fetch_one, new_id
from tracker.sla import schemas
from tracker.sla.engine import oldest_due
from tracker.sla.rollout import find_run
from tracker.sla.verification import Report

SHOWN = 100
# A check that has not been heard of for so long has died with its worker.
SILENT = dt.timedelta(minutes=1)
# Of PostgreSQL's advisory locks; ours and nobody else's.
_CHECK_LOCK = 4_001


async def note_sweep(db: Database, now: dt.datetime) -> None:
    """Note that a sweep has ended; a look every few seconds is enough."""
    await db.direct.fetch(
        "UPDATE sla_engine SET swept_at = :now"
        " WHERE swept_at IS NULL OR swept_at > :now OR swept_at < :before",
        {"now": now, "before": now - dt.timedelta(seconds=5)},
    )


async def lag(session: AsyncSession, now: dt.datetime) -> float:
    """The age in seconds of the oldest due clock that nobody has looked at."""
    oldest = await oldest_due(session)
    return max((now - oldest).total_seconds(), 0) if oldest else 0


async def outbox(session: AsyncSession, now: dt.datetime) -> schemas.OutboxCounts:
    """Messages that wait, and those that failed lately."""
    row: Any = await fetch_one(
        session,
        """
        SELECT (SELECT count(*) FROM outbox WHERE status = 'pending') AS pending,
               (SELECT count(*) FROM outbox
                 WHERE status = 'failed' AND created_at > :since) AS failed
        """,
        since=now - dt.timedelta(days=7),
    )
    return schemas.OutboxCounts(pending=row.pending, failed=row.failed)


async def status(session: AsyncSession, now: dt.datetime) -> schemas.EngineStatus:
    """All that there is to know about the engine."""
    figures: Any = await fetch_one(
        session,
        """
        SELECT (SELECT swept_at FROM sla_engine) AS swept_at,
               (SELECT count(*) FROM sla_clocks
                 WHERE due_at BETWEEN :now AND :soon) AS due_next_hour,
               count(*) FILTER (WHERE c.status = 'running') AS running,
               count(*) FILTER (WHERE c.status = 'paused') AS paused,
               count(*) FILTER (WHERE c.status = 'breached') AS breached
          FROM incidents i JOIN sla_clocks c ON c.incident_id = i.id
         WHERE i.status IN ('open', 'in_progress') AND i.deleted_at IS NULL
           AND c.stopped_at IS NULL
        """,
        now=now,
        soon=now + dt.timedelta(hours=1),
    )
    windows = await fetch_all(
        session,
        """
        SELECT id, name, starts_at, ends_at FROM maintenance_windows
         WHERE begun_at IS NOT NULL AND ended_at IS NULL AND cancelled_at IS NULL
         ORDER BY ends_at LIMIT 100
        """,
    )
    runs = await fetch_all(
        session,
        "SELECT id FROM sla_policy_runs WHERE status = 'running' ORDER BY id LIMIT 100",
    )
    return schemas.EngineStatus(
        as_of=now,
        lag_seconds=await lag(session, now),
        due_next_hour=figures.due_next_hour,
        clocks=schemas.OpenClocks(
            running=figures.running, paused=figures.paused, breached=figures.breached
        ),
        swept_at=figures.swept_at,
        outbox=await outbox(session, now),
        windows=[schemas.RunningWindow(**row._mapping) for row in windows],
        runs=[await find_run(session, row.id) for row in runs],
        check=await last_check(session, now),
    )


# --- The check of all clocks ----------------------------------------------------------


@dataclass
class Tally:
    """What a check has found so far."""

    clocks: int = 0
    differences: int = 0
    details: list[schemas.ClockDifference] = field(default_factory=list)

    def add(self, part: Report, _: int) -> None:
        """Count in what came of a part."""
        self.clocks += part.clocks
        self.differences += len(part.differences)
        for difference in part.differences[: SHOWN - len(self.details)]:
            self.details.append(difference.told())


async def last_check(session: Executor, now: dt.datetime) -> schemas.ClockCheck | None:
    """The latest check, which may be under way."""
    row = await fetch_one(
        session,
        "SELECT id, started_at, finished_at, clocks, differences, details, error,"
        " updated_at FROM sla_clock_checks ORDER BY started_at DESC, id DESC LIMIT 1",
    )
    if row is None:
        return None
    fields = dict(row._asdict())
    heard = fields.pop("updated_at")
    if row.finished_at is None:
        state = "running" if now - heard < SILENT else "interrupted"
    else:
        state = "failed" if row.error else "done"
    return msgspec.convert({**fields, "status": state}, schemas.ClockCheck)


@asynccontextmanager
async def checking_alone(db: Database) -> AsyncIterator[bool]:
    """Whether no other worker checks the clocks, and none will meanwhile.

    The lock goes with its connection: a worker that was killed keeps nobody out.
    """
    async with db.reading() as session:
        row: Any = await fetch_one(
            session, "SELECT pg_try_advisory_lock(:key) AS taken", key=_CHECK_LOCK
        )
        try:
            yield row.taken
        finally:
            if row.taken:
                await fetch_one(
                    session, "SELECT pg_advisory_unlock(:key)", key=_CHECK_LOCK
                )


async def begin_check(db: Database, now: dt.datetime) -> UUID:
    """Note that a check has begun."""
    check_id = new_id()
    async with db.transaction() as session:
        await execute(
            session,
            "INSERT INTO sla_clock_checks (id, started_at, created_at, updated_at)"
            " VALUES (:id, :now, :now, :now)",
            id=check_id,
            now=now,
        )
    return check_id


async def note_check(
    db: Database,
    check_id: UUID,
    tally: Tally,
    now: dt.datetime,
    *,
    finished: bool = False,
    error: str | None = None,
) -> None:
    """Note how far a check is, or what came of it."""
    async with db.transaction() as session:
        await execute(
            session,
            """
            UPDATE sla_clock_checks
               SET clocks = :clocks, differences = :differences,
                   details = CAST(:details AS jsonb), error = :error,
                   finished_at = :finished_at, updated_at = :now
             WHERE id = :id
            """,
            id=check_id,
            clocks=tally.clocks,
            differences=tally.differences,
            details=msgspec.json.encode(tally.details).decode(),
            error=error,
            finished_at=now if finished else None,
            now=now,
        )
