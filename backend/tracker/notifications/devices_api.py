"""Push to browsers over HTTP."""

from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED

from tracker.notifications import schemas
from tracker.notifications.devices import DeviceService, push_key
from tracker.paging import Page
from tracker.web import (
    Caller,
    Config,
    Envelope,
    Now,
    Reads,
    Transaction,
    ok,
    signed_in,
)


class PushController(Controller):
    """What browsers need to know before they are pushed to."""

    path = "/push"
    tags = ("Push",)
    guards = (signed_in,)

    @get("/key", operation_id="getPushKey")
    async def key(self, settings: Config) -> Envelope[schemas.PushKey]:
        """The key that a browser subscribes with."""
        return ok(push_key(settings))


class DeviceController(Controller):
    """The caller's own browsers."""

    path = "/me/push-subscriptions"
    tags = ("Push",)
    guards = (signed_in,)

    @get("/", operation_id="listPushSubscriptions")
    async def list_devices(
        self, reads: Reads, caller: Caller
    ) -> Envelope[Page[schemas.PushSubscription]]:
        """Where one is told, newest first; 20 at the most."""
        return ok(await DeviceService(reads, caller.user_id).page())

    @post("/", operation_id="addPushSubscription")
    async def add(
        self,
        data: JSONBody[schemas.PushSubscriptionCreate],
        session: Transaction,
        settings: Config,
        caller: Caller,
        now: Now,
    ) -> Envelope[schemas.PushSubscription]:
        """Be told in this browser; once more changes nothing."""
        devices = DeviceService(session, caller.user_id)
        return ok(await devices.add(settings, data, now))

    @delete("/{device_id:uuid}", operation_id="removePushSubscription")
    async def remove(
        self, device_id: FromPath[UUID], session: Transaction, caller: Caller
    ) -> None:
        """Be told in a browser no more."""
        await DeviceService(session, caller.user_id).remove(device_id)

    @post(
        "/{device_id:uuid}/test",
        operation_id="testPushSubscription",
        status_code=HTTP_202_ACCEPTED,
    )
    async def test(
        self, device_id: FromPath[UUID], session: Transaction, caller: Caller, now: Now
    ) -> Envelope[None]:
        """Send a test notification to one browser, once a minute at the most."""
        await DeviceService(session, caller.user_id).test(device_id, now)
        return ok(None)
