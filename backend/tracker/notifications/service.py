"""The outbox: noted with the change, delivered afterwards, told exactly once."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import msgspec
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from sqlalchemy import Row, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.audit.schemas import AuditAction, AuditObject
from tracker.audit.service import record
from tracker.db import execute, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Invalid, NotFound, Problem
from tracker.mail import Mailer, MailError
from tracker.notifications import mails, schemas
from tracker.notifications.devices import TEST_KIND, push_out
from tracker.notifications.inbox import NOTE_IN_INBOX, tell_inboxes
from tracker.notifications.models import NotificationPreferences, OutboxMessage
from tracker.notifications.planner import preferences_of
from tracker.notifications.planning import (
    DIGEST_KIND,
    NEVER_OFF,
    Channel,
    DeliveryReason,
    MessageKind,
    TellWhen,
)
from tracker.notifications.schemas import Delivery, DeliveryDetail, DeliveryStatus
from tracker.paging import Page, decode_cursor, page_of
from tracker.push import Pusher, PushError
from tracker.settings import Settings
from tracker.telemetry import continued, current_traceparent

# A message that was handed to the queue is offered again after this long: enough for
# the queue, which is kept short, and not much when the worker that had it was killed.
LEASE = dt.timedelta(seconds=10)
# Two days and more: a mail server may be away for a weekend.
MAX_ATTEMPTS = 80
FIRST_BACKOFF = dt.timedelta(seconds=10)
LONGEST_BACKOFF = dt.timedelta(hours=1)
# What no device has taken by then goes by mail; a breach does at once.
PUSH_ATTEMPTS = 3


class Carriers(Protocol):
    """Who takes messages to people."""

    @property
    def settings(self) -> Settings:
        """For the words of mails."""

    @property
    def mailer(self) -> Mailer:
        """Takes mails."""

    @property
    def pusher(self) -> Pusher:
        """Takes what browsers show."""


async def enqueue(
    session: AsyncSession,
    *,
    kind: str,
    dedupe_key: str,
    recipient: str,
    recipient_id: UUID | None,
    payload: dict[str, Any],
    now: dt.datetime,
    incident_id: UUID | None = None,
) -> None:
    """Note a message in the transaction of `session`; the same key is noted once."""
    rows = await fetch_all(
        session,
        _ENQUEUE,
        id=new_id(),
        kind=kind,
        dedupe_key=dedupe_key,
        recipient=recipient,
        recipient_id=recipient_id,
        incident_id=incident_id,
        payload=msgspec.json.encode(payload).decode(),
        traceparent=current_traceparent(),
        now=now,
    )
    tell_inboxes(session, [row.recipient_id for row in rows], now)


_ENQUEUE = f"""
WITH mail AS (
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, traceparent, next_attempt_at, created_at, updated_at)
  VALUES (:id, :kind, :dedupe_key, :recipient_id, :recipient, :incident_id,
          CAST(:payload AS jsonb), :traceparent, :now, :now, :now)
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, kind, recipient_id, created_at
), {NOTE_IN_INBOX}
SELECT recipient_id FROM inbox
"""


async def lease_due(
    session: AsyncSession, now: dt.datetime, limit: int
) -> Sequence[Row[Any]]:
    """Planned messages, each given to one caller until its `next_attempt_at`."""
    return await fetch_all(
        session,
        """
        UPDATE outbox SET next_attempt_at = :until
         WHERE id IN (
           SELECT id FROM outbox
            WHERE status = 'pending' AND next_attempt_at <= :now
              AND planned_at IS NOT NULL
            ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED)
        RETURNING id, kind, next_attempt_at
        """,
        now=now,
        until=now + LEASE,
        limit=limit,
    )


async def deliver(
    session: AsyncSession,
    carriers: Carriers,
    outbox_id: UUID,
    now: dt.datetime,
    lease: str | None = None,
) -> OutboxMessage | None:
    """Send one message and note how it went; None when it was not pending.

    The row stays locked while the mail is under way: a second attempt at the same time
    skips it, and a process that dies lets go of it.

    Args:
        session: The transaction.
        carriers: Who carries it.
        outbox_id: Which message.
        now: The present.
        lease: Until when the caller was given it, RFC 3339. A caller that comes so
            late that it was given to somebody else leaves it to them.
    """
    query = select(OutboxMessage).where(
        OutboxMessage.id == outbox_id, OutboxMessage.status == "pending"
    )
    if lease:
        query = query.where(
            OutboxMessage.next_attempt_at == dt.datetime.fromisoformat(lease)
        )
    message = await session.scalar(query.with_for_update(skip_locked=True))
    if message is None:
        return None
    message.attempts += 1
    message.updated_at = now
    message.planned_at = message.planned_at or now
    try:
        with continued("deliver", message.traceparent, kind=message.kind):
            await SENDERS[message.channel](session, carriers, message, now)
    except (MailError, PushError) as error:
        message.last_error = str(error)
        if isinstance(error, PushError) and _goes_by_mail(message, error):
            message.channel = Channel.MAIL
            message.reason = DeliveryReason.PUSH_FAILED
            message.next_attempt_at = now
        elif error.permanent or message.attempts >= MAX_ATTEMPTS:
            message.status = "failed"
        else:
            message.next_attempt_at = now + backoff(message.attempts)
    else:
        message.status = "sent"
        message.sent_at = now
        message.last_error = None
        if message.kind == DIGEST_KIND:
            await _told_with(session, message.id, now)
    await session.flush()
    return message


def _goes_by_mail(message: OutboxMessage, error: PushError) -> bool:
    """Whether a message that no device took is better sent by mail."""
    if message.kind == TEST_KIND:
        return False
    given_up = error.permanent or message.attempts >= PUSH_ATTEMPTS
    return given_up or message.kind in NEVER_OFF


async def _readers(
    session: AsyncSession, settings: Settings, messages: Sequence[OutboxMessage]
) -> dict[UUID, mails.Reader]:
    """How the recipients of messages read, by message."""
    rows = await fetch_all(
        session,
        "SELECT id, language, timezone FROM users WHERE id = ANY(:ids)",
        ids=[message.recipient_id for message in messages if message.recipient_id],
    )
    known = {
        row.id: mails.Reader(row.language or settings.default_language, row.timezone)
        for row in rows
    }
    stranger = mails.Reader(settings.default_language)
    return {m.id: known.get(m.recipient_id, stranger) for m in messages}


async def _by_mail(
    session: AsyncSession,
    carriers: Carriers,
    message: OutboxMessage,
    _now: dt.datetime,
) -> None:
    readers = await _readers(session, carriers.settings, [message])
    await carriers.mailer.send(
        mails.compose(
            carriers.settings,
            readers[message.id],
            message.id,
            message.kind,
            message.recipient,
            message.payload,
            message.created_at,
        )
    )


async def _by_push(
    session: AsyncSession, carriers: Carriers, message: OutboxMessage, now: dt.datetime
) -> None:
    await push_out(session, carriers.pusher, message, now)


Sender: TypeAlias = Callable[
    [AsyncSession, Carriers, OutboxMessage, dt.datetime], Awaitable[None]
]
"""Hands a message to whoever carries it, or raises `MailError` or `PushError`."""

SENDERS: Mapping[str, Sender] = {Channel.MAIL: _by_mail, Channel.PUSH: _by_push}


async def _told_with(session: AsyncSession, digest_id: UUID, now: dt.datetime) -> None:
    await execute(
        session,
        """
        UPDATE outbox SET status = 'sent', sent_at = :now, updated_at = :now
         WHERE bundle_id = :id AND status = 'bundled'
        """,
        id=digest_id,
        now=now,
    )


async def told_by(
    session: AsyncSession, message: OutboxMessage, kind: str
) -> list[dict[str, Any]]:
    """The payloads of a kind that a message told: its own, or those in a digest."""
    if message.kind == kind:
        return [message.payload]
    rows = await fetch_all(
        session,
        "SELECT payload FROM outbox WHERE bundle_id = :id AND kind = :kind",
        id=message.id,
        kind=kind,
    )
    return [row.payload for row in rows]


def backoff(attempts: int) -> dt.timedelta:
    """How long to wait after the n-th failure: doubling, with jitter, up to an hour."""
    # Doubled ten times it is past the longest, doubled fifty times no time span at all.
    doubled: dt.timedelta = FIRST_BACKOFF * 2 ** min(attempts - 1, 10)
    longest = min(doubled, LONGEST_BACKOFF)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  (no secret)


async def purge_delivered(
    session: AsyncSession, before: dt.datetime, limit: int = 10_000
) -> int:
    """Drop what was sent or suppressed before `before`; tells how many."""
    return await execute(
        session,
        """
        DELETE FROM outbox WHERE id IN (
          SELECT id FROM outbox
           WHERE status IN ('sent', 'suppressed') AND created_at < :before
           ORDER BY created_at, id LIMIT :limit)
        """,
        before=before,
        limit=limit,
    )


class DeliveryService(SQLAlchemyAsyncRepositoryService[OutboxMessage]):
    """The outbox read as a log."""

    class Repo(SQLAlchemyAsyncRepository[OutboxMessage]):
        """Rows of `outbox`."""

        model_type = OutboxMessage

    repository_type = Repo

    async def page(
        self,
        settings: Settings,
        *,
        limit: int,
        cursor: str | None = None,
        status: DeliveryStatus | None = None,
        bundle_id: UUID | None = None,
        q: str | None = None,
        with_total: bool = False,
    ) -> Page[Delivery]:
        """Messages, newest first.

        `q` looks in recipient, kind, number, title and the words of a failure.
        """
        session = self.repository.session
        wanted = []
        if bundle_id:
            wanted.append(OutboxMessage.bundle_id == bundle_id)
        if status:
            wanted.append(OutboxMessage.status == status)
        if q:
            wanted.append(
                or_(
                    OutboxMessage.recipient.icontains(q, autoescape=True),
                    OutboxMessage.kind.icontains(q, autoescape=True),
                    OutboxMessage.payload["number"].astext == q.upper(),
                    OutboxMessage.payload["title"].astext.icontains(q, autoescape=True),
                    OutboxMessage.last_error.icontains(q, autoescape=True),
                )
            )
        query = select(OutboxMessage).where(*wanted)
        key = (OutboxMessage.created_at, OutboxMessage.id)
        if cursor:
            query = query.where(
                tuple_(*key) < decode_cursor(cursor, tuple[dt.datetime, UUID])
            )
        found = await session.scalars(
            query.order_by(*(column.desc() for column in key)).limit(limit + 1)
        )
        rows, next_cursor = page_of(
            list(found), limit, lambda row: (row.created_at, row.id)
        )
        readers = await _readers(session, settings, rows)
        page = Page(
            [_shown(settings, readers[row.id], row) for row in rows], next_cursor
        )
        if with_total:
            page.total = await session.scalar(
                select(func.count()).select_from(OutboxMessage).where(*wanted)
            )
        return page

    async def find(self, outbox_id: UUID) -> OutboxMessage:
        """One message.

        Raises:
            NotFound: There is none with this id.
        """
        message = await self.get_one_or_none(OutboxMessage.id == outbox_id)
        if message is None:
            raise NotFound("There is no such delivery.")
        return message

    async def detail(self, settings: Settings, outbox_id: UUID) -> DeliveryDetail:
        """One message with its words, less the links that give access."""
        message = await self.find(outbox_id)
        readers = await _readers(self.repository.session, settings, [message])
        reader = readers[message.id]
        words = mails.render(
            settings, reader, message.kind, message.payload, with_secrets=False
        )
        shown = _shown(settings, reader, message)
        return DeliveryDetail(
            **{name: getattr(shown, name) for name in Delivery.__struct_fields__},
            text=words.text,
            html=words.html,
        )

    async def retry(
        self, settings: Settings, outbox_id: UUID, now: dt.datetime
    ) -> Delivery:
        """Send a failed message again, or a waiting one at once.

        Raises:
            NotFound: There is none with this id.
            Conflict: It was delivered already, goes with a digest, or is not wanted.
        """
        message = await self.repository.session.scalar(
            select(OutboxMessage).where(OutboxMessage.id == outbox_id).with_for_update()
        )
        if message is None:
            raise NotFound("There is no such delivery.")
        if refusal := _NO_RETRY.get(message.status):
            code, words = refusal
            raise Conflict(words, code=code)
        message.status = "pending"
        message.attempts = 0
        message.next_attempt_at = now
        message.planned_at = now
        message.updated_at = now
        await self.repository.session.flush()
        readers = await _readers(self.repository.session, settings, [message])
        shown = _shown(settings, readers[message.id], message)
        await record(
            self.repository.session,
            AuditAction.RETRIED,
            AuditObject.DELIVERY,
            object_id=message.id,
            label=f"{shown.recipient}: {message.kind}",
        )
        return shown


_NO_RETRY = {
    "sent": ("already_sent", "This message was delivered already."),
    "bundled": ("bundled", "This message goes with a digest: send that one again."),
    "suppressed": ("suppressed", "The recipient does not want this, or has left."),
}


class PreferenceService:
    """What people want to be told, each for themselves."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, user_id: UUID) -> schemas.NotificationPreferences:
        """What somebody chose, or the defaults."""
        row = await fetch_one(
            self._session,
            """
            SELECT u.timezone, p.choices, p.digest_at, p.quiet_from, p.quiet_to
              FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id
             WHERE u.id = :id
            """,
            id=user_id,
        )
        if row is None:
            raise NotFound("There is no such person.")
        chosen = preferences_of(row)
        choices = []
        for kind in MessageKind:
            when, channel = chosen.choice(kind)
            choices.append(
                schemas.ShownNotificationChoice(
                    kind=kind,
                    when=when,
                    channel=channel,
                    can_be_off=kind not in NEVER_OFF,
                )
            )
        return schemas.NotificationPreferences(
            choices=choices,
            digest_at=f"{chosen.digest_at:%H:%M}",
            quiet_from=_written(chosen.quiet_from),
            quiet_to=_written(chosen.quiet_to),
            timezone=row.timezone,
        )

    async def replace(
        self,
        user_id: UUID,
        data: schemas.NotificationPreferencesUpdate,
        now: dt.datetime,
    ) -> schemas.NotificationPreferences:
        """Store what somebody chose; what waits for them is decided about anew.

        Raises:
            Invalid: It cannot be so.
        """
        _check(data)
        values = {
            "choices": {
                choice.kind: {"when": choice.when, "channel": choice.channel}
                for choice in data.choices
            },
            "digest_at": dt.time.fromisoformat(data.digest_at),
            "quiet_from": _read(data.quiet_from),
            "quiet_to": _read(data.quiet_to),
            "updated_at": now,
        }
        await self._session.execute(
            insert(NotificationPreferences)
            .values(user_id=user_id, created_at=now, **values)
            .on_conflict_do_update(index_elements=["user_id"], set_=values)
        )
        await execute(
            self._session,
            """
            UPDATE outbox SET next_attempt_at = :now, reason = NULL, updated_at = :now
             WHERE recipient_id = :id AND status = 'pending' AND planned_at IS NULL
               AND reason IN ('digest', 'quiet_hours')
            """,
            id=user_id,
            now=now,
        )
        return await self.of(user_id)


def _check(data: schemas.NotificationPreferencesUpdate) -> None:
    """Refuse choices that contradict each other or would silence a breach."""
    problems = []
    seen = set()
    for index, choice in enumerate(data.choices):
        if choice.kind in seen:
            problems.append(
                Problem(
                    "duplicate",
                    f"There are two choices for {choice.kind}.",
                    f"choices[{index}].kind",
                )
            )
        seen.add(choice.kind)
        if choice.when is TellWhen.OFF and choice.kind in NEVER_OFF:
            problems.append(
                Problem(
                    "cannot_be_off",
                    "Breaches and escalations reach whoever is responsible: choose"
                    " at_once or digest.",
                    f"choices[{index}].when",
                )
            )
    if (data.quiet_from is None) != (data.quiet_to is None):
        missing = "quiet_from" if data.quiet_from is None else "quiet_to"
        problems.append(
            Problem("required", "Quiet hours need a begin and an end.", missing)
        )
    elif data.quiet_from is not None and data.quiet_from == data.quiet_to:
        problems.append(
            Problem(
                "never_ends",
                "Quiet hours that end when they begin would never end.",
                "quiet_to",
            )
        )
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))


def _read(wall: str | None) -> dt.time | None:
    return dt.time.fromisoformat(wall) if wall else None


def _written(wall: dt.time | None) -> str | None:
    return f"{wall:%H:%M}" if wall else None


def _shown(
    settings: Settings, reader: mails.Reader, message: OutboxMessage
) -> Delivery:
    words = mails.render(
        settings, reader, message.kind, message.payload, with_secrets=False
    )
    return Delivery(
        id=message.id,
        kind=message.kind,
        recipient=message.recipient,
        subject=words.subject,
        status=DeliveryStatus(message.status),
        attempts=message.attempts,
        last_error=message.last_error,
        created_at=message.created_at,
        next_attempt_at=message.next_attempt_at
        if message.status == "pending"
        else None,
        sent_at=message.sent_at,
        message_id=mails.message_id(settings, message.id),
        incident_id=message.incident_id,
        channel=Channel(message.channel),
        reason=DeliveryReason(message.reason) if message.reason else None,
        bundle_id=message.bundle_id,
    )
