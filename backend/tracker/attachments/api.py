"""Files over HTTP: streamed up, streamed down, never run in a browser."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, BinaryIO, cast
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, QueryParameter
from litestar.response import Redirect, Stream
from litestar.status_codes import HTTP_201_CREATED

from tracker.accounts.authentication import once
from tracker.attachments import schemas, service
from tracker.attachments.models import Attachment as AttachmentRow
from tracker.db import Database
from tracker.errors import Invalid
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
    identity_in,
    ok,
    signed_in,
)

LINK_LIFETIME = dt.timedelta(minutes=5)
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
        """Attach the file in the multipart field `file`."""
        file = data.get("file")
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
        claims = signature and read_signed(settings, "attachment", signature, now)
        if claims and claims["sub"] == str(attachment_id):
            row = await service.by_id(reads, attachment_id)
        else:
            caller = identity_in(request)
            row = await service.find(reads, caller, attachment_id)
        header = service.disposition(row.filename)
        url = storage.presigned(row.file_path, header, row.mime_type, LINK_LIFETIME)
        if url:
            return Redirect(url, status_code=302)
        return await _stream(storage, row, header, request.headers.get("range"))

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
    ) -> Envelope[schemas.AttachmentLink]:
        """An address that a browser can open for five minutes."""
        row = await service.find(reads, caller, attachment_id)
        expires_at = now + LINK_LIFETIME
        url = storage.presigned(
            row.file_path,
            service.disposition(row.filename),
            row.mime_type,
            LINK_LIFETIME,
        )
        if url is None:
            signature = sign(settings, "attachment", expires_at, sub=str(row.id))
            url = f"/api/v1/attachments/{row.id}?signature={signature}"
        return ok(schemas.AttachmentLink(url, expires_at))

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


async def _stream(
    storage: Storage, row: AttachmentRow, header: str, wanted: str | None
) -> Response[Any]:
    headers = {
        "Content-Disposition": header,
        "Accept-Ranges": "bytes",
        "ETag": f'"{row.sha256}"',
        # Whatever it is, it runs nothing and loads nothing.
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
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
