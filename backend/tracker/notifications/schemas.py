"""What people choose to be told, and the delivery log that administrators see."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from tracker.notifications.planning import (
    DIGEST_AT,
    Channel,
    DeliveryReason,
    MessageKind,
    TellWhen,
)

WallTime = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="Wall time in the person's zone.",
        examples=["22:00"],
    ),
]


class DeliveryStatus(enum.StrEnum):
    """Where a message is on its way."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    BUNDLED = "bundled"


class Delivery(msgspec.Struct, kw_only=True):
    """One message to one person."""

    id: UUID
    kind: str
    recipient: str
    subject: str
    status: DeliveryStatus
    attempts: int
    last_error: str | None
    created_at: dt.datetime
    next_attempt_at: dt.datetime | None
    sent_at: dt.datetime | None
    message_id: str
    incident_id: UUID | None
    channel: Channel
    reason: DeliveryReason | None
    bundle_id: UUID | None


class DeliveryDetail(Delivery, kw_only=True):
    """A message with its words; links that give access are left out."""

    text: str
    html: str


class NotificationChoice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """When and by what channel to tell somebody of a kind of event."""

    kind: MessageKind
    when: TellWhen
    channel: Channel = Channel.MAIL


class ShownNotificationChoice(msgspec.Struct, kw_only=True):
    """A choice, and whether it may be `off`."""

    kind: MessageKind
    when: TellWhen
    channel: Channel
    can_be_off: bool


class NotificationPreferencesUpdate(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True
):
    """All of somebody's choices; a kind that is absent is told at once."""

    choices: Annotated[list[NotificationChoice], Meta(max_length=100)] = []
    digest_at: WallTime = f"{DIGEST_AT:%H:%M}"
    quiet_from: WallTime | None = None
    quiet_to: WallTime | None = None


class NotificationPreferences(msgspec.Struct, kw_only=True):
    """What somebody wants to be told, and when, in their own time zone."""

    choices: list[ShownNotificationChoice]
    digest_at: str
    quiet_from: str | None
    quiet_to: str | None
    timezone: str


class Notification(msgspec.Struct, kw_only=True):
    """Something that somebody was told; what does not belong to its kind is null."""

    id: UUID
    kind: MessageKind
    created_at: dt.datetime
    read_at: dt.datetime | None
    incident_id: UUID | None
    number: str | None
    title: str | None
    priority: str | None
    target: str | None
    deadline: dt.datetime | None
    name: str | None
    by: str | None
    who: str | None
    what: str | None
    status: str | None


class UnreadCount(msgspec.Struct):
    """How many notifications somebody has not read.

    Attributes:
        count: Counted up to 100: that is as good as “many”.
    """

    count: int


class PushKey(msgspec.Struct):
    """What a browser needs to let us push to it.

    Attributes:
        public_key: Our VAPID key, URL-safe base64; null where push is not set up.
    """

    public_key: str | None


class PushSubscriptionCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A browser's subscription, as its push manager gives it."""

    endpoint: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2000,
            examples=["https://fcm.googleapis.com/fcm/send/abc"],
        ),
    ]
    p256dh: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{87}=?$")]
    auth: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{22}={0,2}$")]
    name: Annotated[
        str, Meta(min_length=1, max_length=100, examples=["Firefox on Linux"])
    ]


class PushSubscription(msgspec.Struct, kw_only=True):
    """A browser in which somebody is told; `failures` counts since the last success."""

    id: UUID
    name: str
    created_at: dt.datetime
    last_success_at: dt.datetime | None
    failures: int
