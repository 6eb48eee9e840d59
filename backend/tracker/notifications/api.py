"""The delivery log over HTTP."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.status_codes import HTTP_200_OK

from tracker.notifications import schemas
from tracker.notifications.service import DeliveryService
from tracker.paging import DEFAULT_LIMIT, Page
from tracker.web import (
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
