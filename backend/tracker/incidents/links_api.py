"""Links between incidents, merges and watchers over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.status_codes import (
    HTTP_200_OK,
    HTTP_201_CREATED,
    HTTP_204_NO_CONTENT,
)

from tracker.accounts.authentication import once
from tracker.incidents import links, schemas, service, watchers
from tracker.paging import DEFAULT_LIMIT, Page
from tracker.web import (
    Caller,
    Cursor,
    Envelope,
    Now,
    PageSize,
    Reads,
    Transaction,
    agents,
    ok,
    signed_in,
    with_etag,
)

AnyRequest = Request[Any, Any, Any]


class IncidentLinkController(Controller):
    """What incidents have to do with each other, and who watches them."""

    path = "/incidents/{reference:str}"
    tags = ("Links and watchers",)
    guards = (signed_in,)

    @get("/links", operation_id="listLinks")
    async def list_links(
        self,
        reference: FromPath[str],
        reads: Reads,
        caller: Caller,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.Link]]:
        """What this incident is to others, oldest link first."""
        return ok(
            await links.page(reads, caller, reference, limit=limit, cursor=cursor)
        )

    @post("/links", operation_id="createLink", guards=[agents])
    async def create_link(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        data: JSONBody[schemas.LinkCreate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.Link]]:
        """Link it to another one; both then show it, each from its side."""

        async def act() -> Response[Any]:
            link = await links.add(session, caller, reference, data, now)
            return Response(ok(link), status_code=HTTP_201_CREATED)

        return await once(request, session, act)

    @post(
        "/merge",
        operation_id="mergeIncident",
        guards=[agents],
        status_code=HTTP_200_OK,
    )
    async def merge(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        data: JSONBody[schemas.Merge],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.IncidentDetail]]:
        """Close it as the duplicate of another one, where the work goes on."""

        async def act() -> Response[Any]:
            await links.merge(session, caller, reference, data.into, now)
            incident = await service.detail(session, caller, reference, now)
            return with_etag(incident, incident.version)

        return await once(request, session, act)

    @get("/watchers", operation_id="listWatchers")
    async def list_watchers(
        self, reference: FromPath[str], reads: Reads, caller: Caller
    ) -> Envelope[Page[schemas.Watcher]]:
        """Who watches it; reporters see only whether they do."""
        return ok(await watchers.of_incident(reads, caller, reference))

    @put(
        "/watchers/me",
        operation_id="watchIncident",
        status_code=HTTP_204_NO_CONTENT,
    )
    async def watch(
        self, reference: FromPath[str], session: Transaction, caller: Caller, now: Now
    ) -> None:
        """Hear of public comments, changes of status and, as an agent, breaches."""
        await watchers.watch(session, caller, reference, caller.user_id, now)

    @delete("/watchers/me", operation_id="unwatchIncident")
    async def unwatch(
        self, reference: FromPath[str], session: Transaction, caller: Caller, now: Now
    ) -> None:
        """Hear no more of it."""
        await watchers.unwatch(session, caller, reference, caller.user_id, now)

    @put(
        "/watchers/{user_id:uuid}",
        operation_id="addWatcher",
        guards=[agents],
        status_code=HTTP_204_NO_CONTENT,
    )
    async def add_watcher(
        self,
        reference: FromPath[str],
        user_id: FromPath[UUID],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> None:
        """Let somebody else hear of it, who may see it."""
        await watchers.watch(session, caller, reference, user_id, now)

    @delete("/watchers/{user_id:uuid}", operation_id="removeWatcher", guards=[agents])
    async def remove_watcher(
        self,
        reference: FromPath[str],
        user_id: FromPath[UUID],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> None:
        """Let somebody else hear no more of it."""
        await watchers.unwatch(session, caller, reference, user_id, now)


class LinkController(Controller):
    """Links by their own id."""

    path = "/links"
    tags = ("Links and watchers",)
    guards = (agents,)

    @delete("/{link_id:uuid}", operation_id="deleteLink")
    async def delete_link(
        self,
        link_id: FromPath[UUID],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> None:
        """Take a link away, from both incidents."""
        await links.remove(session, caller, link_id, now)
