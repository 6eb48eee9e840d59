"""Deliveries as jobs. Each is safe to run twice: the outbox row decides."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from tracker.context import JobContext
from tracker.notifications.planner import plan_due
from tracker.notifications.planning import DIGEST_KIND
from tracker.notifications.service import deliver, lease_due, purge_delivered

# What a worker that is killed between lease and queue leaves for the next lease.
BATCH = 100
# All that is due at an instant, as a rule: who is told of much is told in one mail.
PLANNED = 20_000
RETENTION = dt.timedelta(days=90)
# Which job delivers a message; the rest goes by `send_message`.
JOBS = {
    "incident_created": "send_incident_created_email",
    "incident_resolved": "send_incident_resolved_email",
    "sla_breached": "send_breach_notification",
    DIGEST_KIND: "send_digest",
}


async def deliver_outbox(ctx: dict[str, Any]) -> int:
    """Queue a job for each message that is due; tells how many."""
    app: JobContext = ctx["app"]
    # It may wait for the sweep of the same second: to skip would starve the mails.
    if app.delivering.locked():
        return 0
    async with app.delivering:
        return await _deliver_due(app)


async def _deliver_due(app: JobContext) -> int:
    queued = 0
    while True:
        await app.swept()
        # What comes while there is much to queue is not to wait for the end of it.
        async with app.db.transaction() as session:
            planned = await plan_due(session, app.now(), PLANNED)
        room = await app.queues.room_for_mails()
        async with app.db.transaction() as session:
            due = await lease_due(session, app.now(), min(BATCH, room))
        for row in due:
            await app.queues.enqueue_mail(
                JOBS.get(row.kind, "send_message"),
                str(row.id),
                row.next_attempt_at.isoformat(),
            )
        queued += len(due)
        if planned < PLANNED and len(due) < BATCH:
            return queued


async def send_message(
    ctx: dict[str, Any], *, outbox_id: str, lease: str | None = None
) -> None:
    """Deliver a message that has no job of its own."""
    app: JobContext = ctx["app"]
    await app.swept()
    async with app.db.transaction() as session:
        await deliver(session, app, UUID(outbox_id), app.now(), lease)


async def send_incident_created_email(
    ctx: dict[str, Any], *, outbox_id: str, lease: str | None = None
) -> None:
    """Tell somebody of a new incident."""
    await send_message(ctx, outbox_id=outbox_id, lease=lease)


async def send_incident_resolved_email(
    ctx: dict[str, Any], *, outbox_id: str, lease: str | None = None
) -> None:
    """Tell the reporter that their incident is resolved."""
    await send_message(ctx, outbox_id=outbox_id, lease=lease)


async def purge_deliveries(ctx: dict[str, Any]) -> int:
    """Drop delivered messages past their retention; tells how many."""
    app: JobContext = ctx["app"]
    async with app.db.transaction() as session:
        return await purge_delivered(session, app.now() - RETENTION)
