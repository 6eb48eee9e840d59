"""Browsers in which people want to be told, and what they are told there."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import execute, fetch_all, fetch_one, new_id
from tracker.errors import Invalid, NotFound
from tracker.notifications import schemas
from tracker.notifications.models import OutboxMessage
from tracker.notifications.planning import NEVER_OFF, Channel, MessageKind
from tracker.paging import Page
from tracker.push import (
    Device,
    Message,
    Pusher,
    PushError,
    is_key_of_browser,
    problem_with,
    public_key,
)
from tracker.settings import Settings

TEST_KIND = "push_test"
# Who has more gets rid of the one that was used least lately.
MAX_DEVICES = 20
KEPT = dt.timedelta(days=1)
MAX_TITLE = 160
_URGENT = NEVER_OFF | {MessageKind.SLA_WARNED, TEST_KIND}
# Somebody who is signed in nowhere is told nowhere.
_REACHABLE = """
  FROM push_subscriptions s JOIN users u ON u.id = s.user_id
 WHERE s.user_id = :user_id AND u.is_active AND u.deleted_at IS NULL
   AND EXISTS (SELECT FROM refresh_tokens t
                WHERE t.user_id = s.user_id AND t.used_at IS NULL
                  AND t.revoked_at IS NULL AND t.expires_at > :now)"""


class DeviceService:
    """Somebody's own browsers."""

    def __init__(self, session: AsyncSession, user_id: UUID) -> None:
        self._session = session
        self._me = user_id

    async def page(self) -> Page[schemas.PushSubscription]:
        """All of them, the newest first; there are never many."""
        rows = await fetch_all(
            self._session,
            """
            SELECT id, name, created_at, last_success_at, failures
              FROM push_subscriptions WHERE user_id = :me
             ORDER BY created_at DESC, id DESC
            """,
            me=self._me,
        )
        return Page([_shown(row) for row in rows], None)

    async def add(
        self,
        settings: Settings,
        data: schemas.PushSubscriptionCreate,
        now: dt.datetime,
    ) -> schemas.PushSubscription:
        """Tell this person in a browser, and nobody else whom it belonged to.

        Raises:
            Invalid: The address is not one of a push service, or the keys are none.
        """
        _check(settings, data)
        row = await fetch_one(
            self._session,
            """
            INSERT INTO push_subscriptions AS s
                   (id, user_id, endpoint, p256dh, auth, name, created_at, updated_at)
            VALUES (:id, :me, :endpoint, :p256dh, :auth, :name, :now, :now)
            ON CONFLICT (endpoint) DO UPDATE
               SET user_id = excluded.user_id, p256dh = excluded.p256dh,
                   auth = excluded.auth, name = excluded.name,
                   updated_at = excluded.updated_at,
                   failures = CASE WHEN s.user_id = excluded.user_id
                                   THEN s.failures ELSE 0 END
            RETURNING id, name, created_at, last_success_at, failures
            """,
            id=new_id(),
            me=self._me,
            now=now,
            **msgspec.structs.asdict(data),
        )
        await execute(
            self._session,
            """
            DELETE FROM push_subscriptions WHERE id IN (
              SELECT id FROM push_subscriptions WHERE user_id = :me
               ORDER BY updated_at DESC, id DESC OFFSET :most)
            """,
            me=self._me,
            most=MAX_DEVICES,
        )
        return _shown(row)

    async def remove(self, device_id: UUID) -> None:
        """Tell them no more in a browser.

        Raises:
            NotFound: They have none with this id.
        """
        removed = await execute(
            self._session,
            "DELETE FROM push_subscriptions WHERE id = :id AND user_id = :me",
            id=device_id,
            me=self._me,
        )
        if not removed:
            raise NotFound("You have no such device.")

    async def test(self, device_id: UUID, now: dt.datetime) -> None:
        """Let the worker send a test to one browser, once in a minute.

        Raises:
            NotFound: They have none with this id.
        """
        person = await fetch_one(
            self._session,
            """
            SELECT u.email FROM push_subscriptions s JOIN users u ON u.id = s.user_id
             WHERE s.id = :id AND s.user_id = :me
            """,
            id=device_id,
            me=self._me,
        )
        if person is None:
            raise NotFound("You have no such device.")
        await execute(
            self._session,
            """
            INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, channel,
                                payload, next_attempt_at, planned_at, created_at,
                                updated_at)
            VALUES (:id, :kind, :dedupe_key, :me, :recipient, :channel,
                    CAST(:payload AS jsonb), :now, :now, :now, :now)
            ON CONFLICT (dedupe_key) DO NOTHING
            """,
            id=new_id(),
            kind=TEST_KIND,
            dedupe_key=f"{TEST_KIND}:{device_id}:{now:%Y-%m-%dT%H:%M}",
            me=self._me,
            recipient=person.email,
            channel=Channel.PUSH,
            payload=msgspec.json.encode({"device_id": str(device_id)}).decode(),
            now=now,
        )


def push_key(settings: Settings) -> schemas.PushKey:
    """What browsers need to know of us."""
    return schemas.PushKey(public_key=public_key(settings.push))


async def forget_devices(session: AsyncSession, user_id: UUID) -> None:
    """Tell somebody in no browser any more, until they switch it on again."""
    await execute(
        session, "DELETE FROM push_subscriptions WHERE user_id = :id", id=user_id
    )


async def push_out(
    session: AsyncSession, pusher: Pusher, message: OutboxMessage, now: dt.datetime
) -> None:
    """Tell somebody in each of their browsers, and drop those that have gone.

    Raises:
        PushError: Not one of them took it.
    """
    rows = await _devices(session, message, now)
    if not rows:
        raise PushError("no device is signed in for push", permanent=True)
    told = _message(message)

    async def push(row: Row[Any]) -> PushError | None:
        try:
            await pusher.push(Device(row.endpoint, row.p256dh, row.auth), told)
        except PushError as error:
            return error
        return None

    outcomes = await asyncio.gather(*(push(row) for row in rows))
    failed = [error for error in outcomes if error]
    for row, error in zip(rows, outcomes, strict=True):
        await _note(session, row.id, error, now)
    if len(failed) == len(rows):
        raise next((error for error in failed if not error.permanent), failed[0])


async def _devices(
    session: AsyncSession, message: OutboxMessage, now: dt.datetime
) -> Sequence[Row[Any]]:
    only = message.payload.get("device_id")
    return await fetch_all(
        session,
        f"SELECT s.id, s.endpoint, s.p256dh, s.auth{_REACHABLE}"
        f"{' AND s.id = CAST(:only AS uuid)' if only else ''} ORDER BY s.id",
        user_id=message.recipient_id,
        now=now,
        **({"only": only} if only else {}),
    )


async def _note(
    session: AsyncSession, device_id: UUID, error: PushError | None, now: dt.datetime
) -> None:
    if error is None:
        change = "UPDATE push_subscriptions SET failures = 0, last_success_at = :now"
    elif error.gone:
        change = "DELETE FROM push_subscriptions"
    else:
        change = "UPDATE push_subscriptions SET failures = failures + 1"
    given = {"now": now} if error is None else {}
    await execute(session, f"{change} WHERE id = :id", id=device_id, **given)


def _message(message: OutboxMessage) -> Message:
    """What a service worker needs to tell it in words."""
    payload = message.payload
    counts = payload.get("counts")
    told = {
        "id": str(message.id),
        "kind": message.kind,
        "number": payload.get("number"),
        "title": (payload.get("title") or payload.get("name") or "")[:MAX_TITLE],
        "deadline": payload.get("deadline"),
        "target": payload.get("target"),
        "total": sum(counts.values()) if counts else None,
    }
    return Message(
        body=msgspec.json.encode({k: v for k, v in told.items() if v}),
        topic=base64.urlsafe_b64encode(message.id.bytes).decode().rstrip("="),
        urgent=message.kind in _URGENT,
        keep=KEPT,
    )


def _check(settings: Settings, data: schemas.PushSubscriptionCreate) -> None:
    if public_key(settings.push) is None:
        raise Invalid(
            "Push is not set up here. Ask an administrator for VAPID_PRIVATE_KEY.",
            code="push_is_off",
        )
    if problem := problem_with(data.endpoint, settings.push):
        raise Invalid(problem, field="endpoint", code="not_a_push_service")
    if not is_key_of_browser(data.p256dh):
        raise Invalid("This is not a key of the curve P-256.", field="p256dh")


def _shown(row: Any) -> schemas.PushSubscription:
    return msgspec.convert(row._mapping, schemas.PushSubscription, from_attributes=True)
