"""Preferences and the delivery log over HTTP."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from tracker.notifications import schemas
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
