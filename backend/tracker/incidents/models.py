"""Tables of incidents and of what is said and done about them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Audited, Base, Identified, Timestamp

_INCIDENT_WORDS = (
    "setweight(search_vector(title), 'A') || setweight(search_vector(description), 'B')"
)


class Incident(Identified, Base):
    """Something that somebody is owed an answer to."""

    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'in_progress', 'resolved', 'closed')", "status"
        ),
        CheckConstraint(
            "priority IN ('critical', 'high', 'medium', 'low')", "priority"
        ),
        Index("ix_incidents_created", "created_at", "id"),
        Index("ix_incidents_updated", "updated_at", "id"),
        Index("ix_incidents_reporter", "reporter_id", "created_at"),
        Index(
            "ix_incidents_assignee",
            "assignee_id",
            "status",
            postgresql_where="assignee_id IS NOT NULL",
        ),
        Index("ix_incidents_team", "team_id", postgresql_where="team_id IS NOT NULL"),
        Index(
            "ix_incidents_organization",
            "organization_id",
            postgresql_where="organization_id IS NOT NULL",
        ),
        Index("ix_incidents_status", "status", "created_at"),
        Index(
            "ix_incidents_tags",
            "tags",
            postgresql_using="gin",
            postgresql_where="tags <> '{}'",
        ),
        Index(
            "ix_incidents_title",
            "title",
            postgresql_using="gin",
            postgresql_ops={"title": "gin_trgm_ops"},
        ),
        Index("ix_incidents_search", "search", postgresql_using="gin"),
        Index(
            "ix_incidents_fields",
            "fields",
            postgresql_using="gin",
            postgresql_ops={"fields": "jsonb_path_ops"},
            postgresql_where="fields <> '{}'",
        ),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity(start=1), unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="")
    status: Mapped[str] = mapped_column(Text, server_default="open")
    priority: Mapped[str] = mapped_column(Text)
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    team_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("teams.id", ondelete="SET NULL")
    )
    # The reporter's, unless an agent says otherwise.
    organization_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organizations.id", ondelete="SET NULL")
    )
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    # Values of custom fields, by their keys; those of retired fields stay.
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    acknowledged_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    resolved_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    closed_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # PostgreSQL makes it and only PostgreSQL reads it.
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(_INCIDENT_WORDS, persisted=True),
        deferred=True,
        deferred_raiseload=True,
    )


class Comment(Identified, Base):
    """What somebody said; internal ones are for agents only, everywhere."""

    __tablename__ = "comments"
    __table_args__ = (
        Index("ix_comments_incident", "incident_id", "created_at", "id"),
        Index("ix_comments_search", "search", postgresql_using="gin"),
    )

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    # Null is the service itself.
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    content: Mapped[str] = mapped_column(Text)
    is_internal: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    # PostgreSQL makes it and only PostgreSQL reads it.
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed("setweight(search_vector(content), 'C')", persisted=True),
        deferred=True,
        deferred_raiseload=True,
    )


class Activity(Identified, Base):
    """What was done to an incident besides what its SLA ledger holds."""

    __tablename__ = "incident_activity"
    __table_args__ = (Index("ix_incident_activity", "incident_id", "at", "id"),)

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    at: Mapped[dt.datetime] = mapped_column(Timestamp)
    type: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    is_internal: Mapped[bool] = mapped_column(server_default=text("false"))


class SavedView(Identified, Base):
    """A narrowed queue under a name: its owner's, or shared with all agents."""

    __tablename__ = "saved_views"
    __table_args__ = (
        Index(
            "uq_saved_views_name",
            "owner_id",
            "name",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
        Index(
            "ix_saved_views_shared",
            "position",
            postgresql_where="shared AND deleted_at IS NULL",
        ),
    )

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(CITEXT)
    # As in the address of the queue.
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sort: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class CannedReply(Identified, Base):
    """Words that agents need again and again, with placeholders in them."""

    __tablename__ = "canned_replies"
    __table_args__ = (
        Index(
            "uq_canned_replies_title",
            "title",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
    )

    title: Mapped[str] = mapped_column(CITEXT)
    body: Mapped[str] = mapped_column(Text)
    # Whose it is; null is everybody's.
    team_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("teams.id", ondelete="SET NULL")
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class Link(Identified, Base):
    """That two incidents have to do with each other; one row, read from both ends."""

    __tablename__ = "incident_links"
    __table_args__ = (
        CheckConstraint("kind IN ('duplicate_of', 'related', 'parent_of')", "kind"),
        CheckConstraint("source_id <> target_id", "no_self_link"),
        CheckConstraint("kind = 'duplicate_of' OR NOT is_merge", "merge"),
        # Two incidents have one thing to do with each other, whoever says it.
        Index(
            "uq_incident_links_pair",
            text("least(source_id, target_id)"),
            text("greatest(source_id, target_id)"),
            unique=True,
        ),
        Index(
            "uq_incident_links_duplicate",
            "source_id",
            unique=True,
            postgresql_where="kind = 'duplicate_of'",
        ),
        Index("ix_incident_links_source", "source_id", "id"),
        Index("ix_incident_links_target", "target_id", "id"),
    )

    source_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    target_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE")
    )
    kind: Mapped[str] = mapped_column(Text)
    # The source was closed in favour of the target.
    is_merge: Mapped[bool] = mapped_column(server_default=text("false"))
    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )


class Watcher(Audited, Base):
    """Somebody who wants to hear what becomes of an incident."""

    __tablename__ = "incident_watchers"
    __table_args__ = (Index("ix_incident_watchers_user", "user_id"),)

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )


class CustomField(Identified, Base):
    """What else is kept of incidents; the values are with them."""

    __tablename__ = "custom_fields"
    __table_args__ = (
        CheckConstraint(
            "type IN ('text', 'number', 'date', 'boolean', 'choice', 'choices',"
            " 'link')",
            "type",
        ),
        CheckConstraint("required IN ('never', 'created', 'resolved')", "required"),
        Index(
            "uq_custom_fields_name",
            "name",
            unique=True,
            postgresql_where="retired_at IS NULL",
        ),
    )

    key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(CITEXT)
    type: Mapped[str] = mapped_column(Text)
    options: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    required: Mapped[str] = mapped_column(Text, server_default="never")
    default_value: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    help: Mapped[str] = mapped_column(Text, server_default="")
    visible_to_reporters: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    # The sum of all versions only grows: by it processes notice a change.
    version: Mapped[int] = mapped_column(server_default=text("1"))
    retired_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class IncidentTemplate(Identified, Base):
    """What a new incident of some kind begins with."""

    __tablename__ = "incident_templates"
    __table_args__ = (
        CheckConstraint(
            "priority IN ('critical', 'high', 'medium', 'low')", "priority"
        ),
        Index(
            "uq_incident_templates_name",
            "name",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
    )

    name: Mapped[str] = mapped_column(CITEXT)
    title: Mapped[str] = mapped_column(Text, server_default="")
    description: Mapped[str] = mapped_column(Text, server_default="")
    priority: Mapped[str | None] = mapped_column(Text)
    team_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("teams.id", ondelete="SET NULL")
    )
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    for_reporters: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
