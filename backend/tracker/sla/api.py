"""Policies, calendars, reasons and the simulator over HTTP."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from tracker.accounts.authentication import once
from tracker.paging import DEFAULT_LIMIT, Page
from tracker.sla import catalogue, schemas, simulation, windows
from tracker.web import (
    Caller,
    Cursor,
    Envelope,
    Now,
    PageSize,
    Reads,
    Transaction,
    agents,
    if_match,
    managers,
    ok,
    signed_in,
    with_etag,
)


class SimulatorController(Controller):
    """The clocks on a history of the caller's own."""

    tags = ("SLA",)
    guards = (signed_in,)

    @post(
        "/sla/simulate",
        operation_id="simulateSla",
        status_code=HTTP_200_OK,
        opt={"changes_nothing": True},
    )
    async def simulate(
        self, data: JSONBody[schemas.Simulate]
    ) -> Envelope[schemas.Simulation]:
        """Run a history through the clocks that run incidents; nothing is stored."""
        # A long history is work for a processor, not for the event loop.
        return ok(await asyncio.to_thread(simulation.simulate, data))

    @get("/pause-reasons", operation_id="listPauseReasons")
    async def pause_reasons(self, reads: Reads) -> Envelope[Page[schemas.PauseReason]]:
        """The reasons for which a clock may stand still."""
        return ok(Page(await catalogue.pause_reasons(reads)))


class PolicyController(Controller):
    """What is promised."""

    path = "/sla-policies"
    tags = ("SLA",)
    guards = (signed_in,)

    @get("/", operation_id="listPolicies")
    async def list_policies(self, reads: Reads) -> Envelope[Page[schemas.Policy]]:
        """Every policy, the default first."""
        return ok(Page(await catalogue.policies(reads)))

    @get("/{policy_id:uuid}", operation_id="getPolicy")
    async def get_policy(
        self, policy_id: FromPath[UUID], reads: Reads
    ) -> Response[Envelope[schemas.Policy]]:
        """One policy."""
        found = await catalogue.policy(reads, policy_id)
        return with_etag(found, found.version)

    @patch("/{policy_id:uuid}", operation_id="updatePolicy", guards=[managers])
    async def update_policy(
        self,
        request: Request[Any, Any, Any],
        policy_id: FromPath[UUID],
        data: JSONBody[schemas.PolicyUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.Policy]]:
        """Make a new version; clocks that run keep theirs."""
        changed = await catalogue.change_policy(
            session, policy_id, data, if_match(request), caller.user_id, now
        )
        return with_etag(changed, changed.version)


class CalendarController(Controller):
    """When time counts."""

    path = "/calendars"
    tags = ("SLA",)
    guards = (signed_in,)

    @get("/", operation_id="listCalendars")
    async def list_calendars(self, reads: Reads) -> Envelope[Page[schemas.Calendar]]:
        """Every calendar by name."""
        return ok(Page(await catalogue.calendars(reads)))

    @get("/{calendar_id:uuid}", operation_id="getCalendar")
    async def get_calendar(
        self, calendar_id: FromPath[UUID], reads: Reads
    ) -> Envelope[schemas.Calendar]:
        """One calendar."""
        return ok(await catalogue.calendar(reads, calendar_id))


class MaintenanceController(Controller):
    """When clocks stand still for all who match."""

    path = "/maintenance-windows"
    tags = ("SLA",)
    guards = (agents,)

    @get("/", operation_id="listMaintenanceWindows")
    async def list_windows(
        self,
        reads: Reads,
        now: Now,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.MaintenanceWindow]]:
        """Windows, the latest start first."""
        return ok(await windows.page(reads, now, limit=limit, cursor=cursor))

    @post("/", operation_id="createMaintenanceWindow", guards=[managers])
    async def create_window(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[schemas.WindowCreate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.MaintenanceWindow]]:
        """Announce a window."""

        async def act() -> Response[Any]:
            made = await windows.create(session, data, caller.user_id, now)
            return with_etag(made, made.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @get("/{window_id:uuid}", operation_id="getMaintenanceWindow")
    async def get_window(
        self, window_id: FromPath[UUID], reads: Reads, now: Now
    ) -> Response[Envelope[schemas.MaintenanceWindow]]:
        """One window."""
        found = await windows.window(reads, window_id, now)
        return with_etag(found, found.version)

    @patch(
        "/{window_id:uuid}", operation_id="updateMaintenanceWindow", guards=[managers]
    )
    async def update_window(
        self,
        request: Request[Any, Any, Any],
        window_id: FromPath[UUID],
        data: JSONBody[schemas.WindowUpdate],
        session: Transaction,
        now: Now,
    ) -> Response[Envelope[schemas.MaintenanceWindow]]:
        """Change a window; of one that runs, name, note and end."""
        changed = await windows.change(session, window_id, data, if_match(request), now)
        return with_etag(changed, changed.version)

    @delete(
        "/{window_id:uuid}", operation_id="cancelMaintenanceWindow", guards=[managers]
    )
    async def cancel_window(
        self, window_id: FromPath[UUID], session: Transaction, now: Now
    ) -> None:
        """Call a window off; clocks that it has paused run on from now."""
        await windows.cancel(session, window_id, now)
