"""Templates of new incidents over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED

from tracker.accounts.authentication import once
from tracker.incidents import schemas
from tracker.incidents.templates import TemplateService
from tracker.paging import Page
from tracker.web import (
    Caller,
    Envelope,
    Now,
    Reads,
    Transaction,
    if_match,
    managers,
    ok,
    signed_in,
    with_etag,
)

AnyRequest = Request[Any, Any, Any]
TEMPLATE = Response[Envelope[schemas.IncidentTemplate]]


class IncidentTemplateController(Controller):
    """What new incidents of some kind begin with."""

    path = "/incident-templates"
    tags = ("Templates",)
    guards = (signed_in,)

    @get("/", operation_id="listIncidentTemplates")
    async def list_templates(
        self, reads: Reads, caller: Caller
    ) -> Envelope[Page[schemas.IncidentTemplate]]:
        """Every template that the caller may use, in order; always all of them."""
        return ok(await TemplateService(reads).all(caller))

    @post("/", operation_id="createIncidentTemplate", guards=[managers])
    async def create_template(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.IncidentTemplateCreate],
        session: Transaction,
        now: Now,
    ) -> TEMPLATE:
        """Write a template; it stands at the end of the list."""

        async def act() -> Response[Any]:
            template = await TemplateService(session).save(data, now)
            return with_etag(template, template.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @patch(
        "/{template_id:uuid}", operation_id="updateIncidentTemplate", guards=[managers]
    )
    async def update_template(
        self,
        request: AnyRequest,
        template_id: FromPath[UUID],
        data: JSONBody[schemas.IncidentTemplateUpdate],
        session: Transaction,
        now: Now,
    ) -> TEMPLATE:
        """Change a template, or its place."""
        template = await TemplateService(session).change(
            template_id, data, if_match(request), now
        )
        return with_etag(template, template.version)

    @delete(
        "/{template_id:uuid}", operation_id="deleteIncidentTemplate", guards=[managers]
    )
    async def delete_template(
        self, template_id: FromPath[UUID], session: Transaction, now: Now
    ) -> None:
        """Take a template out of sight."""
        await TemplateService(session).remove(template_id, now)
