"""Saved views of the queue over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from tracker.accounts.authentication import once
from tracker.incidents import schemas
from tracker.incidents.views import ViewService
from tracker.paging import Page
from tracker.web import (
    Caller,
    Envelope,
    Now,
    Reads,
    Transaction,
    if_match,
    ok,
    signed_in,
    with_etag,
)

AnyRequest = Request[Any, Any, Any]
VIEW = Response[Envelope[schemas.View]]


class ViewController(Controller):
    """Views: of one's own, and those that agents share."""

    path = "/views"
    tags = ("Views",)
    guards = (signed_in,)

    @get("/", operation_id="listViews")
    async def list_views(
        self, reads: Reads, caller: Caller
    ) -> Envelope[Page[schemas.View]]:
        """Shared views, then one's own, each in their order; always all of them."""
        return ok(await ViewService(reads).all(caller))

    @get("/counts", operation_id="countViews")
    async def count_views(
        self, reads: Reads, caller: Caller, now: Now
    ) -> Envelope[schemas.ViewCounts]:
        """How many incidents each view holds, the default ones among them."""
        return ok(await ViewService(reads).counts(caller, now))

    @post("/", operation_id="createView")
    async def create_view(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.ViewCreate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> VIEW:
        """Save a view; only agents can share it."""

        async def act() -> Response[Any]:
            view = await ViewService(session).save(caller, data, now)
            return with_etag(view, view.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @patch("/{view_id:uuid}", operation_id="updateView")
    async def update_view(
        self,
        request: AnyRequest,
        view_id: FromPath[UUID],
        data: JSONBody[schemas.ViewUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> VIEW:
        """Change a view of one's own; managers change shared ones as well."""
        view = await ViewService(session).change(
            caller, view_id, data, if_match(request), now
        )
        return with_etag(view, view.version)

    @delete("/{view_id:uuid}", operation_id="deleteView")
    async def delete_view(
        self, view_id: FromPath[UUID], session: Transaction, caller: Caller, now: Now
    ) -> None:
        """Take a view out of sight."""
        await ViewService(session).remove(caller, view_id, now)

    @post(
        "/{view_id:uuid}/restore", operation_id="restoreView", status_code=HTTP_200_OK
    )
    async def restore_view(
        self, view_id: FromPath[UUID], session: Transaction, caller: Caller, now: Now
    ) -> VIEW:
        """Bring a deleted view back."""
        view = await ViewService(session).restore(caller, view_id, now)
        return with_etag(view, view.version)
