"""The engine's jobs: find what fell due, tell it once."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from contextlib import suppress
from threading import Event
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from tracker.context import JobContext
from tracker.live import Change
from tracker.notifications.jobs import deliver_outbox
from tracker.notifications.service import deliver, told_by
from tracker.sla import engine, monitoring, service, windows
from tracker.sla.verification import check_all

log = logging.getLogger(__name__)

BATCH = 500
# What shows whether there is more than one connection should do.
FIRST_BATCH = 50
# Incidents that are paused or resumed in one transaction.
SETTLED = 100


async def check_sla_breaches(ctx: dict[str, Any]) -> int:
    """Record every breach and warning that fell due, in batches, until none is left.

    Any number of workers may run this at once: each takes rows that no other has.

    Returns:
        How many clocks it found.
    """
    app: JobContext = ctx["app"]
    if app.sweeping.locked():
        return 0
    async with app.sweeping:
        await _settle(app)
        total = await _record_batch(app, FIRST_BATCH)
        if total >= FIRST_BATCH:
            # There may be thousands: two connections keep two cores busy.
            total += sum(await asyncio.gather(_record_due(app), _record_due(app)))
        await monitoring.note_sweep(app.db, app.now())
    if total:
        # Not to wait for the next tick; when the queue is away, that one will do.
        with suppress(RedisError, OSError):
            await deliver_outbox(ctx)
    return total


async def verify_clocks(ctx: dict[str, Any]) -> None:
    """Compare every clock with its ledger, and keep the result for administrators.

    A process of its own does the work, behind everything else; one at a time over all
    workers.
    """
    app: JobContext = ctx["app"]
    async with monitoring.checking_alone(app.db) as alone:
        if alone:
            await _verify(app)


async def _verify(app: JobContext) -> None:
    check_id = await monitoring.begin_check(app.db, app.now())
    tally, stop = monitoring.Tally(), Event()
    checking = asyncio.create_task(
        asyncio.to_thread(check_all, app.settings, tally.add, processes=1, stop=stop)
    )
    error = None
    try:
        while not checking.done():
            await asyncio.wait({checking}, timeout=5)
            await monitoring.note_check(app.db, check_id, tally, app.now())
        checking.result()
    except Exception as failure:
        log.exception("the check of the clocks failed")
        # The kind only: texts of drivers may hold addresses.
        error = type(failure).__name__
    finally:
        stop.set()
    await monitoring.note_check(
        app.db, check_id, tally, app.now(), finished=True, error=error
    )


async def _settle(app: JobContext) -> None:
    """Pause and resume what has to be so by itself, before deadlines are judged."""
    for settle in (service.run_windows, service.settle_due):
        while True:
            now = app.now()
            async with app.db.transaction() as session:
                settled = await settle(session, now, SETTLED)
            _tell(app, settled, now)
            if len(settled) < SETTLED:
                break


async def _record_due(app: JobContext) -> int:
    total = 0
    while True:
        found = await _record_batch(app, BATCH)
        total += found
        if found < BATCH:
            return total


async def _record_batch(app: JobContext, limit: int) -> int:
    now = app.now()
    async with app.db.transaction() as session:
        until = await windows.horizon(session, now)
        found = await engine.find_due(session, now, until=until, limit=limit)
    _tell(app, found, now)
    return len(found)


def _tell(app: JobContext, found: Sequence[engine.Found], now: dt.datetime) -> None:
    for clock in found:
        app.publisher.put(
            Change(
                kind=clock.type,
                incident_id=str(clock.incident_id),
                number=f"INC-{clock.number}",
                at=now.isoformat(),
                reporter_id=str(clock.reporter_id),
            )
        )


async def send_breach_notification(
    ctx: dict[str, Any], *, outbox_id: str, lease: str | None = None
) -> None:
    """Tell somebody of a breach, and note on the clock that it was told."""
    await _send(ctx["app"], UUID(outbox_id), lease)


async def send_digest(
    ctx: dict[str, Any], *, outbox_id: str, lease: str | None = None
) -> None:
    """Tell somebody of much in one mail, and note it on the clocks it tells of."""
    await _send(ctx["app"], UUID(outbox_id), lease)


async def _send(app: JobContext, outbox_id: UUID, lease: str | None) -> None:
    await app.swept()
    now = app.now()
    async with app.db.transaction() as session:
        message = await deliver(session, app, outbox_id, now, lease)
        if message is not None and message.status == "sent":
            told = await told_by(session, message, "sla_breached")
            if clocks := [UUID(payload["clock_id"]) for payload in told]:
                await engine.mark_notified(session, clocks, now)
