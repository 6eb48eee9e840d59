"""What goes in and out of the API about people, and its limits."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tracker.security import Role, Scope

PASSWORD_MIN_LENGTH = 10

Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="An e-mail address.",
        examples=["ada@example.com"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["Ada Lovelace"])]
OrganizationName = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=r"\S", examples=["Example Ltd"])
]
Password = Annotated[str, Meta(min_length=PASSWORD_MIN_LENGTH, max_length=128)]
TimeZone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="IANA name.",
        examples=["Europe/Berlin"],
    ),
]


Language = Literal["en", "de"]
"""A language of pages and mails; where there is none, the browser's and the default."""


class UserRef(msgspec.Struct, frozen=True):
    """A person, as far as a list needs to know."""

    id: UUID
    name: str


class OrganizationRef(msgspec.Struct, frozen=True):
    """An organization, as far as others need to know."""

    id: UUID
    name: str


class User(msgspec.Struct, kw_only=True):
    """A person."""

    id: UUID
    email: str
    name: str
    role: Role
    organization: OrganizationRef | None
    is_active: bool
    timezone: str
    language: Language | None
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class UserCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new person; without a password they are invited by mail."""

    email: Email
    name: Name
    role: Role
    password: Password | None = None
    timezone: TimeZone = "UTC"
    organization_id: UUID | None = None


class UserUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to a person; what is absent stays."""

    email: Email | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    timezone: TimeZone | UnsetType = UNSET
    language: Language | UnsetType | None = UNSET
    password: Password | UnsetType = UNSET
    organization_id: UUID | UnsetType | None = UNSET


class ProfileUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes that people make to themselves."""

    name: Name | UnsetType = UNSET
    timezone: TimeZone | UnsetType = UNSET
    language: Language | UnsetType | None = UNSET


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """Who wants to sign in."""

    email: Annotated[str, Meta(max_length=254, examples=["ada@example.com"])]
    password: Annotated[str, Meta(max_length=128)]


class SignedIn(msgspec.Struct, kw_only=True):
    """A short-lived access token; the refresh token travels in a cookie."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105  (the scheme, not a secret)
    expires_in: Annotated[int, Meta(description="Seconds.")]
    user: User


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """A new password, with proof of the old one."""

    current_password: Annotated[str, Meta(max_length=128)]
    new_password: Password


class PasswordResetRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody forgot their password."""

    email: Annotated[str, Meta(max_length=254)]


class PasswordResetConfirm(msgspec.Struct, forbid_unknown_fields=True):
    """A new password, with the token from the mail."""

    token: Annotated[str, Meta(max_length=500)]
    new_password: Password


class Team(msgspec.Struct, kw_only=True):
    """People who share a queue."""

    id: UUID
    name: str
    members: list[UserRef]
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class TeamCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new team."""

    name: Name
    member_ids: Annotated[list[UUID], Meta(max_length=500)] = []


class TeamUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to a team; `member_ids` replaces all members."""

    name: Name | UnsetType = UNSET
    member_ids: Annotated[list[UUID], Meta(max_length=500)] | UnsetType = UNSET


class Organization(msgspec.Struct, kw_only=True):
    """Customers: people for whom the same promises hold."""

    id: UUID
    name: str
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class OrganizationCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new organization."""

    name: OrganizationName


class OrganizationUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to an organization."""

    name: OrganizationName | UnsetType = UNSET


class ApiToken(msgspec.Struct, kw_only=True):
    """A personal API token, without its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


class NewApiToken(ApiToken, kw_only=True):
    """A personal API token with its secret, which is shown this once."""

    token: str


class ApiTokenCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new personal API token."""

    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=3)]
    expires_at: Annotated[dt.datetime, Meta(tz=True)] | None = None
