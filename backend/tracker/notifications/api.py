"""Preferences and the delivery log over HTTP."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from tracker.notifications import schemas
from tracker.notifications.inbox import InboxService
from tracker.notifications.service import DeliveryService, PreferenceService
from tracker.paging import DEFAULT_LIMIT, Page
from tracker.web import (
    Caller,
    Config,
    Cursor,
    Envelope,
    Now,
    PageSize,
    Reads,
    Transaction,
    WithTotal,
    administrators,
    ok,
    signed_in,
)


class DeliveryController(Controller):
    """What was told to whom, and how that went."""

    path = "/deliveries"
    tags = ("Deliveries",)
    guards = (signed_in, administrators)

    @get("/", operation_id="listDeliveries")
    async def list_deliveries(
        self,
        reads: Reads,
        settings: Config,
        status: FromQuery[schemas.DeliveryStatus | None] = None,
        bundle_id: FromQuery[UUID | None] = None,
        q: Annotated[str | None, QueryParameter(max_length=200)] = None,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
        with_total: WithTotal = False,
    ) -> Envelope[Page[schemas.Delivery]]:
        """Messages, newest first."""
        return ok(
            await DeliveryService(reads).page(
                settings,
                limit=limit,
                cursor=cursor,
                status=status,
                bundle_id=bundle_id,
                q=q,
                with_total=with_total,
            )
        )

    @get("/{delivery_id:uuid}", operation_id="getDelivery")
    async def get_delivery(
        self, delivery_id: FromPath[UUID], reads: Reads, settings: Config
    ) -> Envelope[schemas.DeliveryDetail]:
        """One message with its words."""
        return ok(await DeliveryService(reads).detail(settings, delivery_id))

    @post(
        "/{delivery_id:uuid}/retry",
        operation_id="retryDelivery",
        status_code=HTTP_200_OK,
    )
    async def retry(
        self,
        delivery_id: FromPath[UUID],
        session: Transaction,
        settings: Config,
        now: Now,
    ) -> Envelope[schemas.Delivery]:
        """Send a failed message again, or a waiting one at once."""
        return ok(await DeliveryService(session).retry(settings, delivery_id, now))


class InboxController(Controller):
    """What the caller was told, inside the app."""

    path = "/notifications"
    tags = ("Notifications",)
    guards = (signed_in,)

    @get("/", operation_id="listNotifications")
    async def list_notifications(
        self,
        reads: Reads,
        caller: Caller,
        unread: Annotated[
            bool, QueryParameter(description="Only what was not read yet.")
        ] = False,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.Notification]]:
        """One's own notifications, newest first."""
        inbox = InboxService(reads, caller)
        return ok(await inbox.page(limit=limit, cursor=cursor, unread=unread))

    @get("/unread-count", operation_id="countUnreadNotifications")
    async def unread_count(
        self, reads: Reads, caller: Caller
    ) -> Envelope[schemas.UnreadCount]:
        """How many one has not read; counted up to 100."""
        return ok(await InboxService(reads, caller).unread())

    @post(
        "/{notification_id:uuid}/read",
        operation_id="readNotification",
        status_code=HTTP_200_OK,
    )
    async def read(
        self,
        notification_id: FromPath[UUID],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Envelope[schemas.UnreadCount]:
        """Mark one as read; tells how many are left."""
        return ok(await InboxService(session, caller).read(notification_id, now))

    @post(
        "/read-all",
        operation_id="readAllNotifications",
        status_code=HTTP_200_OK,
    )
    async def read_all(
        self, session: Transaction, caller: Caller, now: Now
    ) -> Envelope[schemas.UnreadCount]:
        """Mark everything as read."""
        return ok(await InboxService(session, caller).read_all(now))


class PreferenceController(Controller):
    """What the caller is told, by what channel, and when."""

    path = "/notifications/preferences"
    tags = ("Notifications",)
    guards = (signed_in,)

    @get("/", operation_id="getNotificationPreferences")
    async def preferences(
        self, reads: Reads, caller: Caller
    ) -> Envelope[schemas.NotificationPreferences]:
        """One's own choices."""
        return ok(await PreferenceService(reads).of(caller.user_id))

    @put("/", operation_id="replaceNotificationPreferences")
    async def replace(
        self,
        data: JSONBody[schemas.NotificationPreferencesUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Envelope[schemas.NotificationPreferences]:
        """Replace one's own choices; what waits is decided about anew."""
        preferences = PreferenceService(session)
        return ok(await preferences.replace(caller.user_id, data, now))
