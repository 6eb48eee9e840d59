"""Files over HTTP: streamed up, streamed down, shown in a sandbox, never run."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, BinaryIO, cast
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter
from litestar.response import Redirect, Stream
from litestar.status_codes import HTTP_201_CREATED

from tracker.accounts.authentication import once
from tracker.attachments import schemas, service
from tracker.attachments.models import Attachment as AttachmentRow
from tracker.db import Database
from tracker.errors import Invalid, NotFound
from tracker.paging import DEFAULT_LIMIT, Page
from tracker.security import read_signed, sign
from tracker.storage import Storage
from tracker.web import (
    Caller,
    Config,
    Cursor,
    Envelope,
    Now,
    PageSize,
    Reads,
    Transaction,
    agents,
    identity_in,
    ok,
    signed_in,
)

LINK_LIFETIME = dt.timedelta(minutes=5)
# What signatures are for.
DOWNLOAD, PREVIEW = "attachment", "attachment-preview"
# Whatever it is, it runs nothing and loads nothing: shown, in a frame of ours only.
SAVED_POLICY = "default-src 'none'; sandbox"
SHOWN_POLICY = "default-src 'none'; frame-ancestors 'self'; sandbox"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)

AnyRequest = Request[Any, Any, Any]


class IncidentAttachmentController(Controller):
    """The files of an incident."""

    path = "/incidents/{reference:str}/attachments"
    tags = ("Attachments",)
    guards = (signed_in,)

    @get("/", operation_id="listAttachments")
    async def list_attachments(
        self,
        reference: FromPath[str],
        reads: Reads,
        caller: Caller,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Envelope[Page[schemas.Attachment]]:
        """An incident's files, oldest first."""
        return ok(
            await service.page(reads, caller, reference, limit=limit, cursor=cursor)
        )

    @post("/", operation_id="uploadAttachment")
    async def upload(
        self,
        request: AnyRequest,
        reference: FromPath[str],
        data: MultipartBody[dict[str, Any]],
        db: NamedDependency[Database],
        storage: NamedDependency[Storage],
        settings: Config,
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.Attachment]]:
        """Attach the file in the multipart field `file`.

        With the field `is_internal` set to `true`, only agents see it.
        """
        file = data.get("file")
        internal = data.get("is_internal", "false")
        if internal not in ("true", "false"):
            raise Invalid("Must be true or false.", field="is_internal")
        if not isinstance(file, UploadFile):
            raise Invalid("Send one file in the multipart field “file”.", field="file")

        async def act() -> Response[Any]:
            stored = await service.upload(
                db,
                storage,
                settings.uploads,
                caller,
                reference,
                file.filename,
                cast(BinaryIO, file.file),
                now,
                internal=internal == "true",
            )
            return Response(ok(stored), status_code=HTTP_201_CREATED)

        try:
            return await once(request, session, act)
        finally:
            await file.close()


class AttachmentController(Controller):
    """Files by their own id."""

    path = "/attachments"
    tags = ("Attachments",)

    @get("/{attachment_id:uuid}", operation_id="downloadAttachment")
    async def download(
        self,
        request: AnyRequest,
        attachment_id: FromPath[UUID],
        reads: Reads,
        storage: NamedDependency[Storage],
        settings: Config,
        now: Now,
        signature: Annotated[str | None, QueryParameter(max_length=1000)] = None,
    ) -> Response[Any]:
        """The bytes, whole or a range; a signature from `/link` stands for a token."""
        claims = read_signed(settings, DOWNLOAD, signature or "", now)
        row = await _permitted(request, reads, attachment_id, claims)
        header = service.disposition(row.filename)
        url = storage.presigned(row.file_path, header, row.mime_type, LINK_LIFETIME)
        if url:
            return Redirect(url, status_code=302)
        return await _stream(
            storage,
            row,
            request.headers.get("range"),
            {
                "Content-Disposition": header,
                "Content-Security-Policy": SAVED_POLICY,
            },
        )

    @get("/{attachment_id:uuid}/preview", operation_id="previewAttachment")
    async def preview(
        self,
        request: AnyRequest,
        attachment_id: FromPath[UUID],
        reads: Reads,
        storage: NamedDependency[Storage],
        settings: Config,
        now: Now,
        signature: Annotated[str | None, QueryParameter(max_length=1000)] = None,
    ) -> Response[Any]:
        """The bytes as a browser may show them; a signature stands for a token.

        They come from here and never from the public storage: only here do they carry
        the headers that keep them from doing anything.
        """
        claims = read_signed(settings, PREVIEW, signature or "", now)
        row = await _permitted(request, reads, attachment_id, claims)
        if service.preview_of(row) is None:
            raise NotFound("This file has no preview. Download it.")
        return await _stream(
            storage,
            row,
            request.headers.get("range"),
            {
                "Content-Disposition": service.disposition(row.filename, "inline"),
                "Content-Security-Policy": SHOWN_POLICY,
                "Cross-Origin-Resource-Policy": "same-origin",
                "X-Frame-Options": "SAMEORIGIN",
                # Its bytes never change, and its address is good for a while only.
                "Cache-Control": f"private, max-age={LINK_LIFETIME.seconds}",
            },
        )

    @get(
        "/{attachment_id:uuid}/link",
        operation_id="linkAttachment",
        guards=[signed_in],
    )
    async def link(
        self,
        attachment_id: FromPath[UUID],
        reads: Reads,
        storage: NamedDependency[Storage],
        settings: Config,
        caller: Caller,
        now: Now,
        preview: Annotated[
            bool, QueryParameter(description="To be shown and not saved.")
        ] = False,
    ) -> Envelope[schemas.AttachmentLink]:
        """An address that a browser can open for five minutes."""
        row = await service.find(reads, caller, attachment_id)
        expires_at = now + LINK_LIFETIME
        address = f"/api/v1/attachments/{row.id}"
        if preview:
            if service.preview_of(row) is None:
                raise NotFound("This file has no preview. Download it.")
            signature = sign(settings, PREVIEW, expires_at, sub=str(row.id))
            address = f"{address}/preview?signature={signature}"
            return ok(schemas.AttachmentLink(address, expires_at))
        url = storage.presigned(
            row.file_path,
            service.disposition(row.filename),
            row.mime_type,
            LINK_LIFETIME,
        )
        if url is None:
            signature = sign(settings, DOWNLOAD, expires_at, sub=str(row.id))
            url = f"{address}?signature={signature}"
        return ok(schemas.AttachmentLink(url, expires_at))

    @patch("/{attachment_id:uuid}", operation_id="updateAttachment", guards=[agents])
    async def change(
        self,
        attachment_id: FromPath[UUID],
        data: JSONBody[schemas.AttachmentUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Envelope[schemas.Attachment]:
        """Hide a file from reporters, or show it to them."""
        return ok(await service.change(session, caller, attachment_id, data, now))

    @delete(
        "/{attachment_id:uuid}", operation_id="deleteAttachment", guards=[signed_in]
    )
    async def delete_attachment(
        self,
        attachment_id: FromPath[UUID],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> None:
        """Take a file out of sight."""
        await service.delete(session, caller, attachment_id, now)


async def _permitted(
    request: AnyRequest,
    reads: Reads,
    attachment_id: UUID,
    claims: dict[str, Any] | None,
) -> AttachmentRow:
    """The file, for whoever holds a good signature or may see it."""
    if claims and claims["sub"] == str(attachment_id):
        return await service.by_id(reads, attachment_id)
    return await service.find(reads, identity_in(request), attachment_id)


async def _stream(
    storage: Storage,
    row: AttachmentRow,
    wanted: str | None,
    headers: dict[str, str],
) -> Response[Any]:
    headers = {**headers, "Accept-Ranges": "bytes", "ETag": f'"{row.sha256}"'}
    size = row.file_size
    span = _span(wanted, size)
    if span is None:
        return Response(
            b"", status_code=416, headers={"Content-Range": f"bytes */{size}"}
        )
    start, end = span
    partial = (start, end) != (0, size)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    # Opened before the answer starts, so that a missing object is a proper error.
    pieces: AsyncIterator[bytes] = await storage.get(row.file_path, start, end - start)
    return Stream(
        pieces,
        status_code=206 if partial else 200,
        media_type=row.mime_type,
        headers=headers,
    )


def _span(wanted: str | None, size: int) -> tuple[int, int] | None:
    """The half-open span of bytes that a Range header asks for; None if impossible."""
    match = _RANGE.fullmatch(wanted.strip()) if wanted else None
    if match is None or not (match[1] or match[2]):
        return 0, size
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        end = min(int(match[2]) + 1, size) if match[2] else size
    return (start, end) if start < end else None
