"""The demo data as a job; safe to run twice, and at any time."""

from __future__ import annotations

import logging
from typing import Any

from tracker.context import JobContext
from tracker.db import execute
from tracker.onboarding.demo import fill

log = logging.getLogger(__name__)


async def fill_demo_data(ctx: dict[str, Any]) -> None:
    """Go on with the demo data, if somebody has asked for them, until all are there."""
    app: JobContext = ctx["app"]
    try:
        while await fill(app.db, app.settings, app.now()):
            # Deadlines come first.
            await app.swept()
    except Exception as error:
        log.exception("the demo data could not be made")
        async with app.db.transaction() as session:
            # The kind only: texts of drivers may hold addresses.
            await execute(
                session,
                "UPDATE installation SET demo_error = :error"
                " WHERE demo_status = 'filling'",
                error=type(error).__name__,
            )
