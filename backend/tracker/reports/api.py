"""Reports over HTTP; for managers."""

import datetime as dt
from typing import Annotated

from litestar import Controller, get
from litestar.params import FromQuery, QueryParameter

from tracker.paging import Page
from tracker.reports import schemas, service
from tracker.web import Envelope, Now, Reads, managers, ok

MONTH = dt.timedelta(days=30)


class ReportController(Controller):
    """What the ledgers tell, taken together."""

    path = "/reports"
    tags = ("Reports",)
    guards = (managers,)

    @get("/pauses", operation_id="reportLatePauses")
    async def late_pauses(
        self,
        reads: Reads,
        now: Now,
        begin: Annotated[dt.datetime | None, QueryParameter(name="from")] = None,
        to: FromQuery[dt.datetime | None] = None,
        within_seconds: Annotated[int, QueryParameter(ge=60, le=366 * 86400)] = 1800,
    ) -> Envelope[Page[schemas.LatePauses]]:
        """Pauses shortly before a deadline, by person and reason."""
        end = to or now
        rows = await service.late_pauses(
            reads, begin or end - MONTH, end, within_seconds
        )
        return ok(Page(rows))
