"""Custom fields over HTTP."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED

from tracker.accounts.authentication import once
from tracker.incidents import schemas
from tracker.incidents.fields import FieldService
from tracker.paging import Page
from tracker.web import (
    Caller,
    Envelope,
    Now,
    Reads,
    Transaction,
    administrators,
    if_match,
    ok,
    signed_in,
    with_etag,
)

AnyRequest = Request[Any, Any, Any]
FIELD = Response[Envelope[schemas.CustomField]]


class FieldController(Controller):
    """What else is kept of incidents."""

    path = "/custom-fields"
    tags = ("Custom fields",)
    guards = (signed_in,)

    @get("/", operation_id="listCustomFields")
    async def list_fields(
        self, reads: Reads, caller: Caller
    ) -> Envelope[Page[schemas.CustomField]]:
        """Every field that the caller sees, in order, retired ones among them."""
        return ok(await FieldService(reads).all(caller))

    @post("/", operation_id="createCustomField", guards=[administrators])
    async def create_field(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.CustomFieldCreate],
        session: Transaction,
        now: Now,
    ) -> FIELD:
        """Define a field; it stands at the end of the list."""

        async def act() -> Response[Any]:
            field = await FieldService(session).define(data, now)
            return with_etag(field, field.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @patch("/{key:str}", operation_id="updateCustomField", guards=[administrators])
    async def update_field(
        self,
        request: AnyRequest,
        key: FromPath[str],
        data: JSONBody[schemas.CustomFieldUpdate],
        session: Transaction,
        now: Now,
    ) -> FIELD:
        """Change a field, retire it or bring it back; values stay as they are."""
        field = await FieldService(session).change(key, data, if_match(request), now)
        return with_etag(field, field.version)

    @delete("/{key:str}", operation_id="retireCustomField", guards=[administrators])
    async def retire_field(
        self, key: FromPath[str], session: Transaction, now: Now
    ) -> None:
        """Retire a field: incidents keep its values, and none gets a new one."""
        await FieldService(session).retire(key, now)
