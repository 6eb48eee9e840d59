"""A policy version given to open incidents: looked at first, then done in batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.db import execute, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, NotFound
from tracker.paging import Page
from tracker.sla import models, schemas
from tracker.sla.calendar import HorizonError
from tracker.sla.clock import ClockStatus, SlaState, TargetKind
from tracker.sla.ledger import read_ledgers
from tracker.sla.policies import Facts, InForce, PolicyVersion, policies_in_force
from tracker.sla.service import change_targets, targets_changed

BATCH = 200
# A preview looks at so many, to answer in a moment.
MOST_PREVIEWED = 5_000
SHOWN = 100

# Open incidents that run on something else than a version, in the order of their ids.
_OPEN = """
    FROM incidents i JOIN slas s ON s.incident_id = i.id
   WHERE i.status IN ('open', 'in_progress') AND i.deleted_at IS NULL
     AND s.policy_version_id <> :version"""


async def apply(
    session: AsyncSession,
    policy_id: UUID,
    data: schemas.Apply,
    actor_id: UUID,
    now: dt.datetime,
) -> schemas.ApplyAnswer:
    """Tell which deadlines would move; unless it is a dry run, begin to move them.

    Raises:
        NotFound: There is no such policy in force.
        Conflict: It is being applied already.
    """
    in_force = await policies_in_force(session)
    policy = next((p for p in in_force.policies if p.policy_id == policy_id), None)
    if policy is None:
        raise NotFound("There is no such SLA policy.")
    answer = await _preview(session, in_force, policy, data.mode, now)
    if data.dry_run:
        return answer
    running = await fetch_one(
        session,
        "SELECT id FROM sla_policy_runs"
        " WHERE policy_version_id = :version AND status = 'running'",
        version=policy.id,
    )
    if running:
        raise Conflict("This version is being applied already.", code="running")
    row = await fetch_one(session, f"SELECT count(*) AS n {_OPEN}", version=policy.id)
    run = models.PolicyRun(
        id=new_id(),
        policy_version_id=policy.id,
        mode=data.mode,
        total=row.n if row else 0,
        created_by=actor_id,
        created_at=now,
        updated_at=now,
    )
    session.add(run)
    await session.flush()
    answer.run = await find_run(session, run.id)
    return answer


async def _preview(
    session: AsyncSession,
    in_force: InForce,
    policy: PolicyVersion,
    mode: str,
    now: dt.datetime,
) -> schemas.ApplyAnswer:
    answer = schemas.ApplyAnswer(incidents=0, moved=0, breaches=0, deadlines=[])
    reached: UUID | None = None
    while answer.incidents < MOST_PREVIEWED:
        rows = await _next(session, policy, reached)
        chosen = {row.id: row for row in rows if _takes(in_force, policy, row)}
        for ledger in await read_ledgers(session, list(chosen)):
            row = chosen[ledger.sla.incident_id]
            event = targets_changed(policy, row.priority, mode, now)
            moved = _moved(row, ledger.state(now), ledger.state(now, event))
            answer.moved += len(moved)
            answer.breaches += sum(deadline.breaches for deadline in moved)
            answer.deadlines.extend(moved[: SHOWN - len(answer.deadlines)])
        answer.incidents += len(chosen)
        if len(rows) < BATCH:
            return answer
        reached = rows[-1].id
    answer.complete = False
    return answer


async def _next(
    session: AsyncSession, policy: PolicyVersion, reached: UUID | None
) -> Sequence[Any]:
    return await fetch_all(
        session,
        f"""
        SELECT i.id, i.number, i.title, i.description, i.priority, i.tags, i.team_id,
               i.organization_id {_OPEN} AND i.id > :reached
         ORDER BY i.id LIMIT {BATCH}
        """,
        version=policy.id,
        reached=reached or UUID(int=0),
    )


def _takes(in_force: InForce, policy: PolicyVersion, row: Any) -> bool:
    return in_force.choose(Facts.of(row)).id == policy.id


def _moved(row: Any, before: SlaState, after: SlaState) -> list[schemas.MovedDeadline]:
    found = []
    for kind in TargetKind:
        old, new = before.clocks[kind], after.clocks[kind]
        was = old.deadline or old.projected_deadline
        will_be = new.deadline or new.projected_deadline
        if old.stopped_at is None and was != will_be:
            found.append(
                schemas.MovedDeadline(
                    incident_id=row.id,
                    number=f"INC-{row.number}",
                    title=row.title,
                    kind=kind,
                    before=was,
                    after=will_be,
                    breaches=new.status == ClockStatus.BREACHED
                    and old.status != ClockStatus.BREACHED,
                )
            )
    return found


async def advance(session: AsyncSession, now: dt.datetime) -> bool:
    """Change the next incidents of a run; tells whether there may be more to do.

    How far it is goes into the same transaction: a worker that is killed repeats
    nothing. One worker at a time has a run.
    """
    run = await fetch_one(
        session,
        """
        SELECT id, policy_version_id, mode, reached, created_by FROM sla_policy_runs
         WHERE status = 'running' ORDER BY created_at, id LIMIT 1
           FOR UPDATE SKIP LOCKED
        """,
    )
    if run is None:
        return False
    in_force = await policies_in_force(session)
    policy = next((p for p in in_force.policies if p.id == run.policy_version_id), None)
    if policy is None:
        await _finish(session, run.id, now, "A newer version was published meanwhile.")
        return True
    rows = await _next(session, policy, run.reached)
    moved = 0
    for row in rows:
        if not _takes(in_force, policy, row):
            continue
        try:
            state = await change_targets(
                session,
                row.id,
                row.priority,
                run.mode,
                run.created_by,
                now,
                policy=policy,
                run_id=str(run.id),
            )
        except HorizonError as error:
            await _finish(session, run.id, now, f"INC-{row.number}: {error}")
            return True
        moved += any(clock.stopped_at is None for clock in state.clocks.values())
    await execute(
        session,
        """
        UPDATE sla_policy_runs
           SET done = least(done + :done, total), moved = moved + :moved,
               reached = coalesce(:reached, reached), updated_at = :now
         WHERE id = :id
        """,
        id=run.id,
        done=len(rows),
        moved=moved,
        reached=rows[-1].id if rows else None,
        now=now,
    )
    if len(rows) < BATCH:
        await _finish(session, run.id, now)
    return True


async def _finish(
    session: AsyncSession, run_id: UUID, now: dt.datetime, error: str | None = None
) -> None:
    await execute(
        session,
        """
        UPDATE sla_policy_runs
           SET status = CASE WHEN CAST(:error AS text) IS NULL THEN 'done'
                             ELSE 'failed' END,
               error = :error, finished_at = :now, updated_at = :now,
               done = CASE WHEN CAST(:error AS text) IS NULL THEN total ELSE done END
         WHERE id = :id
        """,
        id=run_id,
        error=error,
        now=now,
    )


_RUNS = """
    SELECT r.id, v.policy_id, v.version, r.mode, r.status, r.total, r.done, r.moved,
           r.error, r.created_by, u.name AS created_by_name, r.created_at,
           r.finished_at
      FROM sla_policy_runs r
      JOIN sla_policy_versions v ON v.id = r.policy_version_id
      LEFT JOIN users u ON u.id = r.created_by
"""


async def runs(session: AsyncSession, policy_id: UUID) -> Page[schemas.PolicyRun]:
    """The newest runs of a policy."""
    rows = await fetch_all(
        session,
        f"{_RUNS} WHERE v.policy_id = :id ORDER BY r.created_at DESC, r.id LIMIT 50",
        id=policy_id,
    )
    return Page([_run(row) for row in rows])


async def find_run(session: AsyncSession, run_id: UUID) -> schemas.PolicyRun:
    """One run.

    Raises:
        NotFound: There is none with this id.
    """
    row = await fetch_one(session, f"{_RUNS} WHERE r.id = :id", id=run_id)
    if row is None:
        raise NotFound("There is no such run.")
    return _run(row)


def _run(row: Any) -> schemas.PolicyRun:
    fields = dict(row._mapping)
    person, name = fields.pop("created_by"), fields.pop("created_by_name")
    return schemas.PolicyRun(
        **fields, created_by=UserRef(person, name) if person else None
    )
