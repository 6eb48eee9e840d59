"""Policies, calendars, reasons and the simulator over HTTP."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter
from litestar.status_codes import (
    HTTP_200_OK,
    HTTP_201_CREATED,
    HTTP_204_NO_CONTENT,
)
from redis.exceptions import RedisError

from tracker.accounts.authentication import once
from tracker.errors import Conflict, Invalid, Unavailable
from tracker.paging import DEFAULT_LIMIT, Page
from tracker.queue import Queues
from tracker.security import Identity
from tracker.sla import (
    backtest,
    calendars,
    catalogue,
    monitoring,
    public_holidays,
    rollout,
    schemas,
    simulation,
    windows,
)
from tracker.web import (
    Caller,
    Cursor,
    Envelope,
    Now,
    PageSize,
    Reads,
    Transaction,
    administrators,
    agents,
    if_match,
    managers,
    ok,
    signed_in,
    with_etag,
)

AnyRequest = Request[Any, Any, Any]


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


class PauseReasonController(Controller):
    """For which reasons clocks may stand still."""

    path = "/pause-reasons"
    tags = ("SLA",)
    guards = (signed_in,)

    @get("/", operation_id="listPauseReasons")
    async def pause_reasons(self, reads: Reads) -> Envelope[Page[schemas.PauseReason]]:
        """The reasons for which a clock may stand still."""
        return ok(Page(await catalogue.pause_reasons(reads)))

    @post("/", operation_id="createPauseReason", guards=[managers])
    async def create_reason(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.PauseReasonCreate],
        session: Transaction,
        now: Now,
    ) -> Response[Envelope[schemas.PauseReason]]:
        """Add a reason to the end of the list."""

        async def act() -> Response[Any]:
            made = await catalogue.add_reason(session, data, now)
            return Response(ok(made), status_code=HTTP_201_CREATED)

        return await once(request, session, act)

    @patch("/{code:str}", operation_id="updatePauseReason", guards=[managers])
    async def update_reason(
        self,
        code: FromPath[str],
        data: JSONBody[schemas.PauseReasonUpdate],
        session: Transaction,
        now: Now,
    ) -> Envelope[schemas.PauseReason]:
        """Change a reason; one that is not active can no longer be chosen."""
        return ok(await catalogue.change_reason(session, code, data, now))


class PolicyController(Controller):
    """What is promised."""

    path = "/sla-policies"
    tags = ("SLA",)
    guards = (signed_in,)

    @get("/", operation_id="listPolicies")
    async def list_policies(
        self, reads: Reads, caller: Caller
    ) -> Envelope[Page[schemas.Policy]]:
        """Every policy in the order in which they are asked, the default last."""
        found = await catalogue.policies(reads)
        return ok(Page([_for(caller, policy) for policy in found]))

    @post("/", operation_id="createPolicy", guards=[managers])
    async def create_policy(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.PolicyCreate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.Policy]]:
        """Promise something to some incidents.

        The policy is asked last, but before those that would leave it no incident.
        """

        async def act() -> Response[Any]:
            made = await catalogue.create_policy(session, data, caller.user_id, now)
            return with_etag(made, made.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @post(
        "/order",
        operation_id="orderPolicies",
        guards=[managers],
        status_code=HTTP_200_OK,
    )
    async def order_policies(
        self, data: JSONBody[schemas.PolicyOrder], session: Transaction
    ) -> Envelope[Page[schemas.Policy]]:
        """Ask the policies in another order; the default stays the last."""
        return ok(Page(await catalogue.order_policies(session, data.ids)))

    @get("/{policy_id:uuid}", operation_id="getPolicy")
    async def get_policy(
        self, policy_id: FromPath[UUID], reads: Reads, caller: Caller
    ) -> Response[Envelope[schemas.Policy]]:
        """One policy; whom it is for and what it escalates is not for reporters."""
        found = await catalogue.policy(reads, policy_id)
        return with_etag(_for(caller, found), found.version)

    @patch("/{policy_id:uuid}", operation_id="updatePolicy", guards=[managers])
    async def update_policy(
        self,
        request: AnyRequest,
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

    @delete("/{policy_id:uuid}", operation_id="deletePolicy", guards=[managers])
    async def delete_policy(
        self, policy_id: FromPath[UUID], session: Transaction, now: Now
    ) -> None:
        """Offer it to no incident any more; clocks that it started run on."""
        await catalogue.remove_policy(session, policy_id, now)

    @get(
        "/{policy_id:uuid}/versions",
        operation_id="listPolicyVersions",
        guards=[agents],
    )
    async def policy_versions(
        self,
        policy_id: FromPath[UUID],
        reads: Reads,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.PolicyVersion]]:
        """What it has said so far, newest first."""
        return ok(
            await catalogue.policy_versions(
                reads, policy_id, limit=limit, cursor=cursor
            )
        )


def _for(caller: Identity, policy: schemas.Policy) -> schemas.Policy:
    """A policy without what is not for reporters: other customers, and who is told."""
    if caller.is_agent:
        return policy
    return msgspec.structs.replace(
        policy, conditions=schemas.Conditions(), escalations=[], note=None
    )


class CalendarController(Controller):
    """When time counts."""

    path = "/calendars"
    tags = ("SLA",)
    guards = (signed_in,)

    @get("/", operation_id="listCalendars")
    async def list_calendars(self, reads: Reads) -> Envelope[Page[schemas.Calendar]]:
        """Every calendar by name."""
        return ok(Page(await calendars.calendars(reads)))

    @post("/", operation_id="createCalendar", guards=[managers])
    async def create_calendar(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.CalendarCreate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.Calendar]]:
        """Make a calendar."""

        async def act() -> Response[Any]:
            made = await calendars.create(session, data, caller.user_id, now)
            return with_etag(made, made.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @post(
        "/preview",
        operation_id="previewCalendar",
        status_code=HTTP_200_OK,
        opt={"changes_nothing": True},
    )
    async def preview_calendar(
        self, data: JSONBody[schemas.CalendarPreview], now: Now
    ) -> Envelope[list[schemas.CalendarDay]]:
        """The days of a calendar that is not stored, from this week's Monday on."""
        return ok(await asyncio.to_thread(calendars.preview, data, now))

    @get("/holidays/countries", operation_id="listHolidayCountries")
    async def holiday_countries(self) -> Envelope[list[schemas.Country]]:
        """The countries whose holidays are known, with their parts."""
        return ok(await asyncio.to_thread(public_holidays.countries))

    @get("/holidays", operation_id="listHolidays")
    async def holidays(
        self,
        country: Annotated[str, QueryParameter(max_length=2)],
        year: Annotated[int, QueryParameter(ge=1900, le=2199)],
        subdivision: Annotated[str | None, QueryParameter(max_length=50)] = None,
    ) -> Envelope[list[schemas.Holiday]]:
        """The public holidays of a country, or a part of it, in a year."""
        return ok(
            await asyncio.to_thread(
                public_holidays.of_country, country.upper(), subdivision, year
            )
        )

    @post(
        "/holidays/import",
        operation_id="readHolidays",
        guards=[managers],
        status_code=HTTP_200_OK,
        opt={"changes_nothing": True},
    )
    async def read_holidays(
        self, data: MultipartBody[dict[str, Any]], now: Now
    ) -> Envelope[list[schemas.Holiday]]:
        """The all-day events of the iCalendar file in the field `file`.

        Nothing is stored. What comes back each year is told up to five years ahead.
        """
        file = data.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("Send one file in the multipart field “file”.", field="file")
        content = await file.read()
        await file.close()
        return ok(await asyncio.to_thread(public_holidays.in_file, content, now.date()))

    @get("/{calendar_id:uuid}", operation_id="getCalendar")
    async def get_calendar(
        self, calendar_id: FromPath[UUID], reads: Reads
    ) -> Response[Envelope[schemas.Calendar]]:
        """One calendar."""
        found = await calendars.calendar(reads, calendar_id)
        return with_etag(found, found.version)

    @patch("/{calendar_id:uuid}", operation_id="updateCalendar", guards=[managers])
    async def update_calendar(
        self,
        request: AnyRequest,
        calendar_id: FromPath[UUID],
        data: JSONBody[schemas.CalendarUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.Calendar]]:
        """Make a new version, also of the policies that count on it."""
        changed = await calendars.change(
            session, calendar_id, data, if_match(request), caller.user_id, now
        )
        return with_etag(changed, changed.version)

    @delete("/{calendar_id:uuid}", operation_id="deleteCalendar", guards=[managers])
    async def delete_calendar(
        self, calendar_id: FromPath[UUID], session: Transaction, now: Now
    ) -> None:
        """Take a calendar off the list, unless a policy counts on it."""
        await calendars.remove(session, calendar_id, now)

    @get(
        "/{calendar_id:uuid}/versions",
        operation_id="listCalendarVersions",
        guards=[agents],
    )
    async def calendar_versions(
        self,
        calendar_id: FromPath[UUID],
        reads: Reads,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.CalendarVersion]]:
        """What it has said so far, newest first."""
        return ok(
            await calendars.versions(reads, calendar_id, limit=limit, cursor=cursor)
        )


class TrialController(Controller):
    """Policies tried on the past, and given to open incidents."""

    tags = ("SLA",)
    guards = (managers,)

    @post(
        "/sla-policies/{policy_id:uuid}/backtest",
        operation_id="backtestPolicy",
        status_code=HTTP_200_OK,
        opt={"changes_nothing": True},
    )
    async def backtest_policy(
        self,
        policy_id: FromPath[UUID],
        data: JSONBody[schemas.Backtest],
        reads: Reads,
        now: Now,
    ) -> Envelope[schemas.BacktestResult]:
        """What a draft or a version would have made of past incidents."""
        return ok(await backtest.backtest(reads, policy_id, data, now))

    @post(
        "/sla-policies/{policy_id:uuid}/apply",
        operation_id="applyPolicy",
        status_code=HTTP_200_OK,
    )
    async def apply_policy(
        self,
        policy_id: FromPath[UUID],
        data: JSONBody[schemas.Apply],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Envelope[schemas.ApplyAnswer]:
        """Give the newest version to open incidents; with `dry_run`, only tell."""
        return ok(await rollout.apply(session, policy_id, data, caller.user_id, now))

    @get("/sla-policies/{policy_id:uuid}/runs", operation_id="listPolicyRuns")
    async def list_runs(
        self, policy_id: FromPath[UUID], reads: Reads
    ) -> Envelope[Page[schemas.PolicyRun]]:
        """How the newest applications of a policy went."""
        return ok(await rollout.runs(reads, policy_id))

    @get("/sla-policy-runs/{run_id:uuid}", operation_id="getPolicyRun")
    async def get_run(
        self, run_id: FromPath[UUID], reads: Reads
    ) -> Envelope[schemas.PolicyRun]:
        """How far an application is."""
        return ok(await rollout.find_run(reads, run_id))


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


class EngineController(Controller):
    """What keeps the clocks."""

    path = "/engine"
    tags = ("SLA",)
    guards = (managers,)

    @get("/", operation_id="getEngine")
    async def get_engine(
        self, reads: Reads, now: Now
    ) -> Envelope[schemas.EngineStatus]:
        """How far the engine is, and whether clocks and ledgers agreed last time."""
        return ok(await monitoring.status(reads, now))

    @post(
        "/check",
        operation_id="checkClocks",
        status_code=HTTP_204_NO_CONTENT,
        guards=[administrators],
    )
    async def check(
        self, reads: Reads, now: Now, queues: NamedDependency[Queues]
    ) -> None:
        """Have a worker compare every clock with its ledger, now."""
        last = await monitoring.last_check(reads, now)
        if last and last.status == "running":
            raise Conflict("The clocks are being checked already.", code="running")
        try:
            await queues.enqueue_check(int(now.timestamp()))
        except (RedisError, OSError) as error:
            raise Unavailable("The queue does not answer; try again soon.") from error
