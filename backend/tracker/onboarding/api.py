"""The first steps and the demo data over HTTP."""

import logging
from typing import Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_201_CREATED
from redis.exceptions import RedisError

from tracker.accounts.authentication import once
from tracker.db import Database
from tracker.onboarding import schemas, service
from tracker.queue import Queues
from tracker.web import (
    Caller,
    Envelope,
    Now,
    Reads,
    Transaction,
    administrators,
    ok,
    signed_in,
)

log = logging.getLogger(__name__)


class FirstRunController(Controller):
    """How far a new installation has come."""

    path = "/first-run"
    tags = ("First steps",)
    guards = (signed_in, administrators)

    @get("/", operation_id="getFirstRun")
    async def first_run(self, reads: Reads) -> Envelope[schemas.FirstRun]:
        """Which of the first steps are done."""
        return ok(await service.first_run(reads))

    @patch("/", operation_id="updateFirstRun")
    async def update(
        self,
        data: JSONBody[schemas.FirstRunUpdate],
        session: Transaction,
        now: Now,
    ) -> Envelope[schemas.FirstRun]:
        """Dismiss the first steps, or keep the standard calendar and policy."""
        return ok(await service.change_first_run(session, data, now))


class DemoDataController(Controller):
    """Demo data that can be removed again."""

    path = "/demo-data"
    tags = ("First steps",)
    guards = (signed_in, administrators)

    @get("/", operation_id="getDemoData")
    async def demo_data(self, reads: Reads) -> Envelope[schemas.DemoData]:
        """Whether they are there, and how far a worker is with them."""
        return ok(await service.demo_data(reads))

    @post("/", operation_id="addDemoData")
    async def add(
        self,
        request: Request[Any, Any, Any],
        db: NamedDependency[Database],
        caller: Caller,
        now: Now,
        queues: NamedDependency[Queues],
    ) -> Response[Envelope[schemas.DemoData]]:
        """Have a worker make about 200 incidents, with people that are no people."""
        async with db.transaction() as session:

            async def act() -> Response[Any]:
                demo = await service.ask_for_demo(session, caller, now)
                return Response(ok(demo), status_code=HTTP_201_CREATED)

            response = await once(request, session, act)
        try:
            await queues.enqueue_demo(int(now.timestamp()))
        except (RedisError, OSError) as error:
            log.warning(
                "the queue does not answer, a worker will look by itself: %s", error
            )
        return response

    @delete("/", operation_id="removeDemoData")
    async def remove(self, session: Transaction, now: Now) -> None:
        """Take the demo data out of every list, count and report."""
        await service.remove_demo(session, now)
