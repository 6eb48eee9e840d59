"""Who has an incident open, over HTTP."""

from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from tracker.incidents import attendance, schemas
from tracker.notifications.schemas import UnreadCount
from tracker.paging import Page
from tracker.presence import Presence
from tracker.web import (
    Asked,
    Caller,
    Envelope,
    Now,
    Transaction,
    agents,
    ok,
    signed_in,
)

People = Envelope[Page[schemas.Attendance]]


class AttendanceController(Controller):
    """Who has an incident open, and who writes; for agents only."""

    path = "/incidents/{reference:str}/presence"
    tags = ("Presence",)
    guards = (agents,)

    @get("/", operation_id="listPresence")
    async def list_presence(
        self,
        reference: FromPath[str],
        asking: Asked,
        presence: NamedDependency[Presence],
    ) -> People:
        """Who has it open, by name, each person once."""
        _, now, db = asking
        return ok(await attendance.of_incident(db.direct, presence, reference, now))

    @put("/", operation_id="setPresence")
    async def set_presence(
        self,
        reference: FromPath[str],
        data: JSONBody[schemas.Attend],
        asking: Asked,
        presence: NamedDependency[Presence],
    ) -> People:
        """Say that you have it open; repeat it every 20 seconds, typing every 5."""
        caller, now, db = asking
        return ok(
            await attendance.attend(db.direct, presence, caller, reference, data, now)
        )

    @delete("/", operation_id="endPresence")
    async def end_presence(
        self,
        reference: FromPath[str],
        asking: Asked,
        presence: NamedDependency[Presence],
        page: Annotated[
            str, QueryParameter(max_length=40, description="The page that is closed.")
        ] = "",
    ) -> None:
        """Say that you have closed it; who says nothing is gone after 45 seconds."""
        caller, now, db = asking
        await attendance.leave(db.direct, presence, caller, reference, page, now)


class ReadingController(Controller):
    """What is known to who has an incident open."""

    path = "/incidents/{reference:str}/notifications"
    tags = ("Notifications",)
    guards = (signed_in,)

    @post(
        "/read",
        operation_id="readNotificationsOfIncident",
        status_code=HTTP_200_OK,
    )
    async def read(
        self, reference: FromPath[str], session: Transaction, caller: Caller, now: Now
    ) -> Envelope[UnreadCount]:
        """Mark what tells of it as read; tells how many of all are left."""
        return ok(await attendance.read_notifications(session, caller, reference, now))
