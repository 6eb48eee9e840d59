"""How far an installation has come, and which rows are demo data."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Audited, Base, Timestamp


class Installation(Audited, Base):
    """One row: what no other row tells. Its lock is the lock of the demo data."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("one", "one"),
        CheckConstraint("demo_status IN ('none', 'filling', 'ready')", "demo_status"),
    )

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    # When somebody had seen enough of the first steps.
    dismissed_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # When somebody said that the standard calendar and policy will do.
    promises_kept_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    demo_status: Mapped[str] = mapped_column(Text, server_default="none")
    # Incidents that are there already.
    demo_done: Mapped[int] = mapped_column(server_default=text("0"))
    # Who asked for the demo data.
    demo_by: Mapped[UUID | None]
    # Why the last attempt to go on failed.
    demo_error: Mapped[str | None] = mapped_column(Text)


class DemoItem(Audited, Base):
    """That something is demo data: an incident, a person, a team or a customer."""

    __tablename__ = "demo_items"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('incident', 'agent', 'reporter', 'team', 'organization')", "kind"
        ),
        Index("ix_demo_items_kind", "kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
