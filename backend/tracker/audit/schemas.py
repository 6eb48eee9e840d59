"""The audit log as the API shows it."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any
from uuid import UUID

import msgspec


class Via(enum.StrEnum):
    """By what way somebody acted."""

    BROWSER = "browser"
    API_TOKEN = "api_token"  # noqa: S105  (a word, not a secret)
    COMMAND_LINE = "command_line"
    SERVICE = "service"


class AuditAction(enum.StrEnum):
    """What was done."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    RETIRED = "retired"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_THROTTLED = "sign_in_throttled"
    INVITED = "invited"
    PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    RETRIED = "retried"
    REPAIRED = "repaired"


class AuditObject(enum.StrEnum):
    """What it was done to."""

    USER = "user"
    TEAM = "team"
    ORGANIZATION = "organization"
    TOKEN = "token"  # noqa: S105
    POLICY = "policy"
    CALENDAR = "calendar"
    PAUSE_REASON = "pause_reason"
    MAINTENANCE_WINDOW = "maintenance_window"
    VIEW = "view"
    CANNED_REPLY = "canned_reply"
    CUSTOM_FIELD = "custom_field"
    INCIDENT_TEMPLATE = "incident_template"
    INCIDENT = "incident"
    DELIVERY = "delivery"
    INSTALLATION = "installation"
    DEMO_DATA = "demo_data"


class Actor(msgspec.Struct):
    """Who did it, by their name of today."""

    id: UUID
    name: str


class AuditChange(msgspec.Struct):
    """A value before and after; of a secret only that there is one."""

    field: str
    before: Any
    after: Any


class AuditEvent(msgspec.Struct, kw_only=True):
    """One administrative act.

    Attributes:
        actor: Null for the service itself and for people who are not signed in.
        via: By what way they came.
        address: The network address of the browser or script.
        label: What the object was called then.
        names: What the ids in `changes` stand for.
    """

    id: int
    at: dt.datetime
    actor: Actor | None
    via: Via
    address: str | None
    action: AuditAction
    object: AuditObject
    object_id: str | None
    label: str | None
    changes: list[AuditChange]
    names: dict[str, str]


class AuditFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are wanted; what is null does not narrow."""

    actor: UUID | None = None
    action: AuditAction | None = None
    object: AuditObject | None = None
    object_id: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
