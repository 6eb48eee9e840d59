"""Canned replies over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED

from tracker.accounts.authentication import once
from tracker.incidents import schemas
from tracker.incidents.replies import CannedReplyService
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
    if_match,
    managers,
    ok,
    with_etag,
)

AnyRequest = Request[Any, Any, Any]
REPLY = Response[Envelope[schemas.CannedReply]]


class CannedReplyController(Controller):
    """Words that agents need again and again."""

    path = "/canned-replies"
    tags = ("Canned replies",)
    guards = (agents,)

    @get("/", operation_id="listCannedReplies")
    async def list_replies(
        self,
        reads: Reads,
        caller: Caller,
        q: Annotated[str | None, QueryParameter(max_length=200)] = None,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.CannedReply]]:
        """Everybody's and those of one's teams, by title; managers see all."""
        replies = CannedReplyService(reads)
        return ok(await replies.page(caller, limit=limit, cursor=cursor, q=q))

    @post("/", operation_id="createCannedReply", guards=[managers])
    async def create_reply(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.CannedReplyCreate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> REPLY:
        """Keep words for later, for everybody or for a team."""

        async def act() -> Response[Any]:
            reply = await CannedReplyService(session).keep(caller, data, now)
            return with_etag(reply, reply.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @get("/{reply_id:uuid}", operation_id="getCannedReply")
    async def get_reply(
        self, reply_id: FromPath[UUID], reads: Reads, caller: Caller
    ) -> REPLY:
        """One canned reply."""
        reply = await CannedReplyService(reads).find(caller, reply_id)
        return with_etag(reply, reply.version)

    @patch("/{reply_id:uuid}", operation_id="updateCannedReply", guards=[managers])
    async def update_reply(
        self,
        request: AnyRequest,
        reply_id: FromPath[UUID],
        data: JSONBody[schemas.CannedReplyUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> REPLY:
        """Change the words, or whose they are."""
        reply = await CannedReplyService(session).change(
            caller, reply_id, data, if_match(request), now
        )
        return with_etag(reply, reply.version)

    @delete("/{reply_id:uuid}", operation_id="deleteCannedReply", guards=[managers])
    async def delete_reply(
        self, reply_id: FromPath[UUID], session: Transaction, now: Now
    ) -> None:
        """Take a canned reply out of sight."""
        await CannedReplyService(session).remove(reply_id, now)
