"""Clean-up of proofs that have run out."""

from __future__ import annotations

from typing import Any

from tracker.accounts import service
from tracker.context import JobContext


async def purge_expired(ctx: dict[str, Any]) -> None:
    """Drop expired sessions, links, sign-in failures and idempotency keys."""
    app: JobContext = ctx["app"]
    async with app.db.transaction() as session:
        await service.purge_expired(session, app.now())
