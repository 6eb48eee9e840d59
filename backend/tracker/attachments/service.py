"""Files: what they are, where they lie, and who may have them."""

from __future__ import annotations

import asyncio
import codecs
import datetime as dt
import hashlib
import unicodedata
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote
from uuid import UUID

import filetype
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.attachments import models, schemas
from tracker.db import Database, execute, fetch_all, fetch_one, new_id
from tracker.errors import Forbidden, Invalid, NotFound, TooLarge, UnsupportedType
from tracker.incidents import service as incidents
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import Identity
from tracker.settings import UploadSettings
from tracker.storage import CHUNK, Storage

PREFIX = "incidents/"
HEAD_BYTES = 8192
LONGEST_NAME = 200
# Objects are older than this before they count as left behind by a failed upload.
ORPHAN_AGE = dt.timedelta(hours=1)
# Deleted files can be brought back by an operator for this long.
RETENTION = dt.timedelta(days=30)
# What a browser may show, by what the bytes are. Nothing that can hold a script.
PREVIEWS = {
    **dict.fromkeys(
        ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"),
        schemas.Preview.IMAGE,
    ),
    "application/pdf": schemas.Preview.PDF,
    "text/plain": schemas.Preview.TEXT,
}
# Browsers stand still over longer texts.
LONGEST_TEXT = 1024 * 1024


class Measured(NamedTuple):
    """What the bytes of a file say about it."""

    size: int
    sha256: str
    mime_type: str


def measure(file: BinaryIO) -> Measured:
    """Read a file once, piece by piece, and leave it at its start."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    digest = hashlib.sha256(head)
    size = len(head)
    while piece := file.read(CHUNK):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return Measured(size, digest.hexdigest(), sniff(head))


def sniff(head: bytes) -> str:
    """The type of a file by its first bytes; what the sender says does not count.

    Anything that is text is plain text, HTML and SVG too: no browser runs that.
    """
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    if b"\0" in head:
        return "application/octet-stream"
    try:
        # The last character may have been cut in the middle.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"


def clean_filename(name: str) -> str:
    """A name without folders, control characters or direction marks."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, extension = name.rpartition(".")
    if len(name) > LONGEST_NAME and dot and len(extension) < 20:
        name = stem[: LONGEST_NAME - len(extension) - 1] + dot + extension
    return name[:LONGEST_NAME] or "file"


def preview_of(row: Any) -> schemas.Preview | None:
    """How a browser may show a file, or None when it must save it."""
    preview = PREVIEWS.get(row.mime_type)
    if preview is schemas.Preview.TEXT and row.file_size > LONGEST_TEXT:
        return None
    return preview


def disposition(filename: str, kind: str = "attachment") -> str:
    """The header that makes a browser save rather than show, or show (`inline`)."""
    plain = filename.encode("ascii", "replace").decode().replace('"', "'")
    plain = plain.replace("\\", "_")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, '')}"


async def upload(
    db: Database,
    storage: Storage,
    limits: UploadSettings,
    identity: Identity,
    reference: str,
    filename: str,
    file: BinaryIO,
    now: dt.datetime,
    *,
    internal: bool = False,
) -> schemas.Attachment:
    """Store a file: the bytes first, then the row; if the row fails, the bytes go.

    Raises:
        Forbidden: It is to be internal, and the caller is a reporter.
        TooLarge: It is over the limit.
        UnsupportedType: Its type is not accepted.
        Invalid: It is empty.
    """
    async with db.reading() as session:
        incident = await incidents.find(session, identity, reference)
    _check_internal(identity, internal)
    measured = await asyncio.to_thread(measure, file)
    if measured.size == 0:
        raise Invalid("The file is empty.", field="file")
    if measured.size > limits.max_bytes:
        raise TooLarge(
            f"The file has {measured.size} bytes, the limit is {limits.max_bytes}.",
            field="file",
        )
    if not limits.permits(measured.mime_type):
        raise UnsupportedType(
            f"Files of the type {measured.mime_type} are not accepted here.",
            field="file",
        )
    attachment_id = new_id()
    key = f"{PREFIX}{incident.id}/{attachment_id}"
    row = models.Attachment(
        id=attachment_id,
        incident_id=incident.id,
        filename=clean_filename(filename),
        file_path=key,
        file_size=measured.size,
        mime_type=measured.mime_type,
        sha256=measured.sha256,
        is_internal=internal,
        uploaded_by=identity.user_id,
        created_at=now,
        updated_at=now,
    )
    await storage.put(key, file, measured.size, measured.mime_type)
    try:
        async with db.transaction() as session:
            current = await incidents.find(session, identity, incident.id, lock=True)
            if not internal:
                current.updated_at = now
            session.add(row)
            incidents.note(
                session,
                incident.id,
                "attached",
                identity.user_id,
                now,
                {"attachment_id": str(row.id), "filename": row.filename},
                internal=internal,
            )
            incidents.announce_about(
                session, current, "attachment.created", now, internal=internal
            )
    except BaseException:
        # Also when the client gave up. What this misses, the purge finds.
        await asyncio.shield(storage.delete(key))
        raise
    return _shown(row, UserRef(identity.user_id, identity.name))


def _check_internal(identity: Identity, internal: bool) -> None:
    if internal and not identity.is_agent:
        raise Forbidden("Only agents can attach internal files.")


def _shown(row: Any, uploaded_by: UserRef) -> schemas.Attachment:
    return schemas.Attachment(
        id=row.id,
        incident_id=row.incident_id,
        filename=row.filename,
        mime_type=row.mime_type,
        file_size=row.file_size,
        sha256=row.sha256,
        is_internal=row.is_internal,
        preview=preview_of(row),
        uploaded_by=uploaded_by,
        created_at=row.created_at,
    )


async def page(
    session: AsyncSession,
    identity: Identity,
    reference: str,
    *,
    limit: int,
    cursor: str | None,
) -> Page[schemas.Attachment]:
    """An incident's files that the caller may see, oldest first."""
    incident = await incidents.find(session, identity, reference)
    beyond = "" if identity.is_agent else "AND NOT a.is_internal"
    parameters: dict[str, Any] = {"incident_id": incident.id, "limit": limit + 1}
    if cursor:
        beyond += " AND (a.created_at, a.id) > (:at, :id)"
        parameters["at"], parameters["id"] = decode_cursor(
            cursor, tuple[dt.datetime, UUID]
        )
    rows, next_cursor = page_of(
        await fetch_all(
            session,
            f"""
            SELECT a.*, u.name FROM attachments a JOIN users u ON u.id = a.uploaded_by
             WHERE a.incident_id = :incident_id AND a.deleted_at IS NULL {beyond}
             ORDER BY a.created_at, a.id LIMIT :limit
            """,
            **parameters,
        ),
        limit,
        lambda row: (row.created_at, row.id),
    )
    return Page(
        [_shown(row, UserRef(row.uploaded_by, row.name)) for row in rows], next_cursor
    )


async def find(
    session: AsyncSession, identity: Identity, attachment_id: UUID
) -> models.Attachment:
    """The row of a file that the caller may have.

    Raises:
        NotFound: There is none, or none that the caller may have.
    """
    row = await by_id(session, attachment_id)
    await incidents.find(session, identity, row.incident_id)
    if row.is_internal and not identity.is_agent:
        raise _no_such_file()
    return row


async def by_id(session: AsyncSession, attachment_id: UUID) -> models.Attachment:
    """The row of a file, for a caller who has proved their right otherwise."""
    row = await session.scalar(
        select(models.Attachment).where(
            models.Attachment.id == attachment_id,
            models.Attachment.deleted_at.is_(None),
        )
    )
    if row is None:
        raise _no_such_file()
    return row


def _no_such_file() -> NotFound:
    return NotFound("There is no such file.")


async def change(
    session: AsyncSession,
    identity: Identity,
    attachment_id: UUID,
    data: schemas.AttachmentUpdate,
    now: dt.datetime,
) -> schemas.Attachment:
    """Hide a file from reporters, or show it to them; the timeline follows.

    Raises:
        Forbidden: It is somebody else's file, and the caller is no manager.
    """
    row = await find(session, identity, attachment_id)
    if row.uploaded_by != identity.user_id and not identity.is_manager:
        raise Forbidden("Only who attached it, or a manager, can change a file.")
    incident = await incidents.find(session, identity, row.incident_id, lock=True)
    if row.is_internal != data.is_internal:
        row.is_internal = data.is_internal
        row.updated_at = now
        await execute(
            session,
            "UPDATE incident_activity SET is_internal = :internal, updated_at = :now"
            " WHERE incident_id = :incident_id"
            " AND data ->> 'attachment_id' = :attachment_id",
            internal=data.is_internal,
            now=now,
            incident_id=row.incident_id,
            attachment_id=str(row.id),
        )
        incidents.note(
            session,
            row.incident_id,
            "attachment_hidden" if data.is_internal else "attachment_shown",
            identity.user_id,
            now,
            {"filename": row.filename},
            internal=True,
        )
        await session.flush()
        # Reporters hear of it, so that what is hidden goes from their pages too.
        incidents.announce_about(session, incident, "attachment.updated", now)
    uploader = await fetch_one(
        session, "SELECT name FROM users WHERE id = :id", id=row.uploaded_by
    )
    return _shown(row, UserRef(row.uploaded_by, uploader.name if uploader else ""))


async def delete(
    session: AsyncSession, identity: Identity, attachment_id: UUID, now: dt.datetime
) -> None:
    """Take a file out of sight; its bytes go after the time of retention."""
    row = await find(session, identity, attachment_id)
    if row.uploaded_by != identity.user_id and not identity.is_manager:
        raise Forbidden("Only who attached it, or a manager, can delete a file.")
    row.deleted_at = now
    row.updated_at = now
    incidents.note(
        session,
        row.incident_id,
        "attachment_deleted",
        identity.user_id,
        now,
        {"attachment_id": str(row.id), "filename": row.filename},
        internal=row.is_internal,
    )
    incident = await incidents.find(session, identity, row.incident_id)
    await session.flush()
    incidents.announce_about(
        session, incident, "attachment.deleted", now, internal=row.is_internal
    )


async def purge(db: Database, storage: Storage, now: dt.datetime) -> int:
    """Remove objects that no row knows, and files past their retention.

    Returns:
        How many objects were removed.
    """
    removed = 0
    async with db.reading() as session:
        expired = await fetch_all(
            session,
            "SELECT id, file_path FROM attachments"
            " WHERE deleted_at < :before LIMIT 1000",
            before=now - RETENTION,
        )
    for row in expired:
        await storage.delete(row.file_path)
        async with db.transaction() as session:
            await session.delete(await session.get_one(models.Attachment, row.id))
        removed += 1
    for stored in await storage.list(PREFIX):
        if stored.last_modified > now - ORPHAN_AGE:
            continue
        async with db.reading() as session:
            known = await fetch_one(
                session,
                "SELECT 1 AS yes FROM attachments WHERE file_path = :key",
                key=stored.key,
            )
        if known is None:
            await storage.delete(stored.key)
            removed += 1
    return removed
