"""What follows from the engine's work: escalations and policies given to incidents."""

from __future__ import annotations

from typing import Any

from tracker.context import JobContext
from tracker.incidents.escalations import escalate
from tracker.sla.rollout import advance

BATCH = 50


async def follow_up(ctx: dict[str, Any]) -> int:
    """Do the escalations that are noted, and go on with policies being applied.

    Any number of workers may run this at once: each takes rows that no other has.

    Returns:
        How many escalations it did.
    """
    app: JobContext = ctx["app"]
    if app.following.locked():
        return 0
    async with app.following:
        done = 0
        while True:
            await app.swept()
            async with app.db.transaction() as session:
                batch = await escalate(session, app.now(), BATCH)
            done += batch
            if batch < BATCH:
                break
        while True:
            # Deadlines come first: a run may take minutes.
            await app.swept()
            async with app.db.transaction() as session:
                if not await advance(session, app.now()):
                    return done
