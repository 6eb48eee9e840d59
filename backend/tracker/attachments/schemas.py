"""Files as the API shows them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import msgspec

from tracker.accounts.schemas import UserRef


class Attachment(msgspec.Struct, kw_only=True):
    """A file that belongs to an incident; `sha256` is in hex, `file_size` in bytes."""

    id: UUID
    incident_id: UUID
    filename: str
    mime_type: str
    file_size: int
    sha256: str
    uploaded_by: UserRef
    created_at: dt.datetime


class AttachmentLink(msgspec.Struct):
    """An address that a browser can open without a header, for a while."""

    url: str
    expires_at: dt.datetime
