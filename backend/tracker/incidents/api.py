"""Incidents, their clocks, comments and timeline over HTTP."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from tracker.accounts.authentication import is_keyed, once
from tracker.db import Executor, undo
from tracker.incidents import (
    bulk,
    comments,
    grouping,
    listing,
    schemas,
    service,
    timeline,
)
from tracker.incidents.filters import field_texts, read_filters
from tracker.incidents.workflow import Step
from tracker.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from tracker.sla import reading
from tracker.sla import schemas as sla_schemas
from tracker.web import (
    Asked,
    Caller,
    Cursor,
    Envelope,
    Now,
    PageSize,
    Reads,
    Transaction,
    WithTotal,
    agents,
    hot,
    if_match,
    managers,
    ok,
    signed_in,
    with_etag,
)

AnyRequest = Request[Any, Any, Any]
Several = Annotated[
    str | None, QueryParameter(max_length=1000, description="One or several, by comma.")
]
Words = Annotated[str | None, QueryParameter(max_length=200)]
Created = Annotated[
    str | None,
    QueryParameter(
        max_length=30,
        examples=[
            Example(value="today"),
            Example(value="7d"),
            Example(value="2026-11-01..2026-11-23"),
        ],
        description="today, yesterday, a span up to now (24h, 7d, 2w), or days of the"
        " caller's time zone: one, or two with .. between them, of which one may be"
        " left out.",
    ),
]
DETAIL = Response[Envelope[schemas.IncidentDetail]]


class IncidentController(Controller):
    """Incidents."""

    path = "/incidents"
    tags = ("Incidents",)
    guards = (signed_in,)

    @hot("/", operation_id="listIncidents", http_method="GET")
    async def list_incidents(
        self,
        request: AnyRequest,
        asking: Asked,
        status: Several = None,
        priority: Several = None,
        assignee: Several = None,
        team: Several = None,
        organization: Several = None,
        tag: Several = None,
        sla: Several = None,
        created: Created = None,
        q: Words = None,
        sort: FromQuery[schemas.Sort | None] = None,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
        with_total: WithTotal = False,
    ) -> Envelope[Page[schemas.Incident]]:
        """Incidents, those that are due first unless sorted otherwise.

        With words in `q` the best come first, each with where the words stand. Words
        must all be there; “a phrase” is found as it is, -word leaves out, the last word
        may be unfinished. Sorted by `relevance` the list ends after the newest hits.
        Custom fields narrow the list as well: `field.region=eu,us`.
        """
        caller, now, db = asking
        filters = read_filters(
            q=q,
            status=status,
            priority=priority,
            assignee=assignee,
            team=team,
            organization=organization,
            tag=tag,
            sla=sla,
            created=created,
            fields=field_texts(request.query_params.multi_items()),
        )
        return ok(
            await listing.page(
                db.direct,
                caller,
                filters,
                now,
                sort=sort,
                limit=limit,
                cursor=cursor,
                with_total=with_total,
            )
        )

    @get("/groups", operation_id="groupIncidents")
    async def group_incidents(
        self,
        reads: Reads,
        caller: Caller,
        now: Now,
        request: AnyRequest,
        by: FromQuery[schemas.GroupBy],
        status: Several = None,
        priority: Several = None,
        assignee: Several = None,
        team: Several = None,
        organization: Several = None,
        tag: Several = None,
        sla: Several = None,
        created: Created = None,
        q: Words = None,
        limit: PageSize = MAX_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.Group]]:
        """What a list falls into, with counts.

        The list of a group is the same list with the filter that `by` names set to the
        group's value.
        """
        filters = read_filters(
            q=q,
            status=status,
            priority=priority,
            assignee=assignee,
            team=team,
            organization=organization,
            tag=tag,
            sla=sla,
            created=created,
            fields=field_texts(request.query_params.multi_items()),
        )
        return ok(
            await grouping.groups(
                reads, caller, by, filters, now, limit=limit, cursor=cursor
            )
        )

    @hot("/", operation_id="createIncident", http_method="POST")
    async def create_incident(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.IncidentCreate],
        asking: Asked,
    ) -> DETAIL:
        """Create an incident; its clocks run from now."""
        caller, now, db = asking

        async def act(session: Executor) -> Response[Any]:
            incident = await service.create(session, caller, data, now)
            return with_etag(incident, incident.version, HTTP_201_CREATED)

        if not is_keyed(request):
            return await act(db.direct)
        async with db.transaction() as session:
            return await once(request, session, partial(act, session))

    @post(
        "/bulk",
        operation_id="changeIncidents",
        guards=[agents],
        status_code=HTTP_200_OK,
    )
    async def change_incidents(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.Bulk],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.BulkResult]]:
        """Change many incidents; what fails is told, the others are changed."""

        async def act() -> Response[Any]:
            return Response(ok(await bulk.change_all(session, caller, data, now)))

        return await once(request, session, act)

    @hot("/{reference:str}", operation_id="getIncident", http_method="GET")
    async def get_incident(self, reference: FromPath[str], asking: Asked) -> DETAIL:
        """One incident, by id or number."""
        caller, now, db = asking
        incident = await service.detail(db.direct, caller, reference, now)
        return with_etag(incident, incident.version)

    @patch("/{reference:str}", operation_id="updateIncident")
    async def update_incident(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        data: JSONBody[schemas.IncidentUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
        dry_run: FromQuery[bool] = False,
    ) -> DETAIL:
        """Change an incident; a new priority or policy moves the deadlines.

        With `dry_run` the answer is the incident as it would be, and nothing is stored.
        """
        await service.update(session, caller, reference, data, if_match(request), now)
        incident = await service.detail(session, caller, reference, now)
        if dry_run:
            await undo(session)
        return with_etag(incident, incident.version)

    @delete("/{reference:str}", operation_id="deleteIncident", guards=[managers])
    async def delete_incident(
        self,
        reference: FromPath[str],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> None:
        """Take an incident out of sight."""
        await service.delete(session, caller, reference, now)

    @post(
        "/{reference:str}/restore",
        operation_id="restoreIncident",
        guards=[managers],
        status_code=HTTP_200_OK,
    )
    async def restore_incident(
        self,
        reference: FromPath[str],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> DETAIL:
        """Bring a deleted incident back."""
        await service.restore(session, caller, reference, now)
        incident = await service.detail(session, caller, reference, now)
        return with_etag(incident, incident.version)

    async def _step(
        self,
        request: AnyRequest,
        reference: str,
        step: Step,
        session: Transaction,
        caller: Caller,
        now: Now,
        words: str | None = None,
        fields: schemas.FieldValues | None = None,
    ) -> Response[Any]:
        async def act() -> Response[Any]:
            if words:
                said = schemas.CommentCreate(words)
                await comments.comment(session, caller, reference, said, now)
            version = if_match(request)
            await service.step(
                session, caller, reference, step, now, version, fields=fields
            )
            incident = await service.detail(session, caller, reference, now)
            return with_etag(incident, incident.version)

        return await once(request, session, act)

    @post(
        "/{reference:str}/acknowledge",
        operation_id="acknowledgeIncident",
        guards=[agents],
        status_code=HTTP_200_OK,
    )
    async def acknowledge(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> DETAIL:
        """Take it on: stops the response clock."""
        return await self._step(
            request, reference, Step.ACKNOWLEDGE, session, caller, now
        )

    @post(
        "/{reference:str}/resolve",
        operation_id="resolveIncident",
        guards=[agents],
        status_code=HTTP_200_OK,
    )
    async def resolve(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        session: Transaction,
        caller: Caller,
        now: Now,
        data: JSONBody[schemas.Resolve | None] = None,
    ) -> DETAIL:
        """Resolve it: stops both clocks."""
        words = data.comment if data else None
        fields = data.fields if data else None
        return await self._step(
            request, reference, Step.RESOLVE, session, caller, now, words, fields
        )

    @post(
        "/{reference:str}/reopen",
        operation_id="reopenIncident",
        status_code=HTTP_200_OK,
    )
    async def reopen(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        session: Transaction,
        caller: Caller,
        now: Now,
        data: JSONBody[schemas.Reopen | None] = None,
    ) -> DETAIL:
        """Take it up again: the resolution clock runs on with what remained."""
        words = data.reason if data else None
        return await self._step(
            request, reference, Step.REOPEN, session, caller, now, words
        )

    @post(
        "/{reference:str}/close",
        operation_id="closeIncident",
        guards=[agents],
        status_code=HTTP_200_OK,
    )
    async def close(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> DETAIL:
        """Close a resolved incident."""
        return await self._step(request, reference, Step.CLOSE, session, caller, now)

    @get("/{reference:str}/sla", operation_id="getIncidentSla", tags=["SLA"])
    async def get_sla(
        self, reference: FromPath[str], reads: Reads, caller: Caller, now: Now
    ) -> Envelope[sla_schemas.Sla]:
        """Everything about the incident's promises."""
        incident = await service.find(reads, caller, reference)
        return ok(
            await reading.read(reads, incident.id, now, for_agent=caller.is_agent)
        )

    @get(
        "/{reference:str}/timeline",
        operation_id="getTimeline",
    )
    async def get_timeline(
        self,
        reference: FromPath[str],
        reads: Reads,
        caller: Caller,
        order: FromQuery[Literal["asc", "desc"]] = "asc",
        show: FromQuery[schemas.TimelineShow] = schemas.TimelineShow.ALL,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.TimelineItem]]:
        """Everything that happened, in order."""
        return ok(
            await timeline.timeline(
                reads,
                caller,
                reference,
                limit=limit,
                cursor=cursor,
                newest_first=order == "desc",
                show=show,
            )
        )

    @get("/{reference:str}/comments", operation_id="listComments")
    async def list_comments(
        self,
        reference: FromPath[str],
        reads: Reads,
        caller: Caller,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.Comment]]:
        """Comments, oldest first."""
        return ok(
            await comments.comments(
                reads, caller, reference, limit=limit, cursor=cursor
            )
        )

    @hot("/{reference:str}/comments", operation_id="createComment", http_method="POST")
    async def create_comment(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        data: JSONBody[schemas.CommentCreate],
        asking: Asked,
    ) -> Response[Envelope[schemas.Comment]]:
        """Say something; an agent's first public words stop the response clock."""
        caller, now, db = asking
        said = None
        if not is_keyed(request):
            said = await comments.comment_only(db.direct, caller, reference, data, now)
        if said is not None:
            return with_etag(said, said.version, HTTP_201_CREATED)
        async with db.transaction() as session:

            async def act() -> Response[Any]:
                said = await comments.comment(session, caller, reference, data, now)
                return with_etag(said, said.version, HTTP_201_CREATED)

            return await once(request, session, act)


class CommentController(Controller):
    """Comments by their own id."""

    path = "/comments"
    tags = ("Incidents",)
    guards = (signed_in,)

    @patch("/{comment_id:uuid}", operation_id="updateComment")
    async def update_comment(
        self,
        request: AnyRequest,
        comment_id: FromPath[UUID],
        data: JSONBody[schemas.CommentUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.Comment]]:
        """Give one's comment other words."""
        said = await comments.change_comment(
            session, caller, comment_id, data.content, if_match(request), now
        )
        return with_etag(said, said.version)

    @get("/{comment_id:uuid}/history", operation_id="getCommentHistory")
    async def get_history(
        self,
        comment_id: FromPath[UUID],
        reads: Reads,
        caller: Caller,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.CommentVersion]]:
        """The words that a comment had before, newest first."""
        return ok(
            await comments.history(
                reads, caller, comment_id, limit=limit, cursor=cursor
            )
        )

    @delete("/{comment_id:uuid}", operation_id="deleteComment")
    async def delete_comment(
        self,
        comment_id: FromPath[UUID],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> None:
        """Take a comment out of sight."""
        await comments.delete_comment(session, caller, comment_id, now)


class SlaController(Controller):
    """The clocks of one incident."""

    path = "/slas"
    tags = ("SLA",)
    guards = (signed_in,)

    @patch("/{sla_id:uuid}/pause", operation_id="pauseSla", guards=[agents])
    async def pause(
        self,
        sla_id: FromPath[UUID],
        data: JSONBody[sla_schemas.Pause],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Envelope[sla_schemas.Sla]:
        """Stop every open clock, for a reason."""
        incident = await service.pause(
            session, caller, sla_id, data.reason, data.note, now
        )
        return ok(await reading.read(session, incident.id, now, for_agent=True))

    @patch("/{sla_id:uuid}/resume", operation_id="resumeSla", guards=[agents])
    async def resume(
        self,
        sla_id: FromPath[UUID],
        session: Transaction,
        caller: Caller,
        now: Now,
        data: JSONBody[sla_schemas.Resume | None] = None,
    ) -> Envelope[sla_schemas.Sla]:
        """End one reason, or all; the clocks run again when none is left."""
        reason = data.reason if data else None
        incident = await service.resume(session, caller, sla_id, reason, now)
        return ok(await reading.read(session, incident.id, now, for_agent=True))

    @get("/{sla_id:uuid}/explain", operation_id="explainSla")
    async def explain(
        self, sla_id: FromPath[UUID], reads: Reads, caller: Caller, now: Now
    ) -> Envelope[sla_schemas.Explanation]:
        """Why each deadline is where it is, step by step."""
        incident = await service.of_sla(reads, caller, sla_id)
        return ok(
            await reading.explain(reads, incident.id, now, for_agent=caller.is_agent)
        )
