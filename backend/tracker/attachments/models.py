"""The table of files; their bytes lie in S3."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, Identified, Timestamp


class Attachment(Identified, Base):
    """A file that belongs to an incident; `file_path` is its key in the bucket.

    Internal ones are for agents only, everywhere, as comments are.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_incident", "incident_id", "created_at", "id"),
    )

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    filename: Mapped[str] = mapped_column(Text)
    file_path: Mapped[str] = mapped_column(Text, unique=True)
    file_size: Mapped[int] = mapped_column(BigInteger)
    mime_type: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    is_internal: Mapped[bool] = mapped_column(server_default=text("false"))
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
