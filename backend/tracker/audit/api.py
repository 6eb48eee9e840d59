"""The audit log over HTTP."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from tracker.audit import schemas, service
from tracker.paging import DEFAULT_LIMIT, Page
from tracker.web import (
    Cursor,
    Envelope,
    PageSize,
    Reads,
    administrators,
    ok,
    signed_in,
)

Filters = NamedDependency[schemas.AuditFilters]


def read_filters(
    actor: FromQuery[UUID | None] = None,
    action: FromQuery[schemas.AuditAction | None] = None,
    thing: Annotated[schemas.AuditObject | None, QueryParameter(name="object")] = None,
    object_id: Annotated[str | None, QueryParameter(max_length=200)] = None,
    since: FromQuery[dt.datetime | None] = None,
    until: FromQuery[dt.datetime | None] = None,
) -> schemas.AuditFilters:
    """Which events are asked for."""
    return schemas.AuditFilters(
        actor=actor,
        action=action,
        object=thing,
        object_id=object_id,
        since=since,
        until=until,
    )


FILTERED = {"filters": Provide(read_filters, sync_to_thread=False)}


class AuditController(Controller):
    """Who changed what, when and from where."""

    path = "/audit-events"
    tags = ("Audit",)
    guards = (signed_in, administrators)

    @get("/", operation_id="listAuditEvents", dependencies=FILTERED)
    async def list_events(
        self,
        reads: Reads,
        filters: Filters,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.AuditEvent]]:
        """Administrative acts, newest first."""
        return ok(await service.page(reads, filters, limit=limit, cursor=cursor))

    @get(
        "/export",
        operation_id="exportAuditEvents",
        dependencies=FILTERED,
        media_type="text/csv; charset=utf-8",
        response_headers=[
            ResponseHeader(
                name="Content-Disposition", value='attachment; filename="audit-log.csv"'
            )
        ],
    )
    async def export_events(self, reads: Reads, filters: Filters) -> str:
        """The newest 10,000 of them as a table for a spreadsheet."""
        return await service.as_csv(reads, filters)
