"""Files as the API shows them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

import msgspec

from tracker.accounts.schemas import UserRef


class Preview(StrEnum):
    """How a browser may show a file."""

    IMAGE = "image"
    PDF = "pdf"
    TEXT = "text"


class Attachment(msgspec.Struct, kw_only=True):
    """A file that belongs to an incident; `sha256` is in hex, `file_size` in bytes.

    Attributes:
        is_internal: Only agents see it.
        preview: How `/preview` shows it; null when it can only be downloaded.
    """

    id: UUID
    incident_id: UUID
    filename: str
    mime_type: str
    file_size: int
    sha256: str
    is_internal: bool
    preview: Preview | None
    uploaded_by: UserRef
    created_at: dt.datetime


class AttachmentUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """Who may see a file."""

    is_internal: bool


class AttachmentLink(msgspec.Struct):
    """An address that a browser can open without a header, for a while."""

    url: str
    expires_at: dt.datetime
