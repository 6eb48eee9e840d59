"""Clean-up of files that nobody owns."""

from __future__ import annotations

from typing import Any

from tracker.attachments import service
from tracker.context import JobContext


async def purge_attachments(ctx: dict[str, Any]) -> int:
    """Remove orphaned objects and files past their retention; tells how many."""
    app: JobContext = ctx["app"]
    return await service.purge(app.db, app.storage, app.now())
