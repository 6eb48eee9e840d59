"""Policies, calendars, reasons and the simulator over HTTP."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from tracker.paging import Page
from tracker.sla import catalogue, schemas, simulation
from tracker.web import (
    Caller,
    Envelope,
    Now,
    Reads,
    Transaction,
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
