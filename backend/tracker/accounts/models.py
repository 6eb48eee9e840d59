"""Tables of people and of the proofs that they are who they say."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Audited, Base, Identified, Timestamp


class Organization(Identified, Base):
    """Customers: people for whom the same promises hold."""

    __tablename__ = "organizations"
    __table_args__ = (
        Index(
            "uq_organizations_name",
            "name",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
    )

    name: Mapped[str] = mapped_column(CITEXT)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class User(Identified, Base):
    """A person; deleted ones keep their row, so that history keeps its names."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(
            "role IN ('administrator', 'manager', 'agent', 'reporter')", "role"
        ),
        CheckConstraint("language IN ('en', 'de')", "language"),
        Index(
            "uq_users_email",
            "email",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
    )

    email: Mapped[str] = mapped_column(CITEXT)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    organization_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organizations.id", ondelete="SET NULL"), index=True
    )
    password_hash: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    timezone: Mapped[str] = mapped_column(Text, server_default="UTC")
    language: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)

    # A query more for those who have one, none for others.
    organization: Mapped[Organization | None] = relationship(lazy="selectin")


class Team(Identified, Base):
    """People who share a queue."""

    __tablename__ = "teams"
    __table_args__ = (
        Index(
            "uq_teams_name", "name", unique=True, postgresql_where="deleted_at IS NULL"
        ),
    )

    name: Mapped[str] = mapped_column(CITEXT)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class TeamMember(Audited, Base):
    """Who is in which team."""

    __tablename__ = "team_members"

    team_id: Mapped[UUID] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class RefreshToken(Identified, Base):
    """One link in a chain of refresh tokens; using an old link ends the chain."""

    __tablename__ = "refresh_tokens"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    family_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[dt.datetime] = mapped_column(Timestamp, index=True)
    used_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class ApiToken(Identified, Base):
    """A personal API token; only its hash is kept."""

    __tablename__ = "api_tokens"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    last_used_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    expires_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class PasswordReset(Identified, Base):
    """A link by which a person sets a password, once."""

    __tablename__ = "password_resets"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[dt.datetime] = mapped_column(Timestamp, index=True)
    used_at: Mapped[dt.datetime | None] = mapped_column(Timestamp)


class IdempotencyKey(Audited, Base):
    """What a POST with an Idempotency-Key did, so that a retry gets the same answer."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    answer: Mapped[dict[str, object] | None] = mapped_column(JSONB)


class LoginFailure(Identified, Base):
    """A sign-in that failed; too many of them make people and machines wait."""

    __tablename__ = "login_failures"
    __table_args__ = (
        Index("ix_login_failures_email", "email", "created_at"),
        Index("ix_login_failures_address", "address", "created_at"),
    )

    email: Mapped[str] = mapped_column(CITEXT)
    address: Mapped[str] = mapped_column(Text)
