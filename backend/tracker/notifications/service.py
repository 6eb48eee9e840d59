"""The outbox: noted with the change, delivered afterwards, told exactly once."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from sqlalchemy import Row, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import execute, fetch_all, new_id
from tracker.errors import Conflict, NotFound
from tracker.mail import Mailer, MailError
from tracker.notifications import mails
from tracker.notifications.models import OutboxMessage
from tracker.notifications.schemas import Delivery, DeliveryDetail, DeliveryStatus
from tracker.paging import Page, decode_cursor, page_of
from tracker.settings import Settings
from tracker.telemetry import continued, current_traceparent

# A message that was handed to the queue is offered again after this long: long enough
# for a busy queue, short enough when the worker that had it was killed.
LEASE = dt.timedelta(seconds=30)
MAX_ATTEMPTS = 10
FIRST_BACKOFF = dt.timedelta(seconds=10)
LONGEST_BACKOFF = dt.timedelta(hours=1)


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
    await session.execute(
        insert(OutboxMessage)
        .values(
            id=new_id(),
            kind=kind,
            dedupe_key=dedupe_key,
            recipient=recipient,
            recipient_id=recipient_id,
            incident_id=incident_id,
            payload=payload,
            traceparent=current_traceparent(),
            next_attempt_at=now,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
    )


async def lease_due(
    session: AsyncSession, now: dt.datetime, limit: int
) -> Sequence[Row[Any]]:
    """Messages to deliver now, each given to one caller until its `next_attempt_at`."""
    return await fetch_all(
        session,
        """
        UPDATE outbox SET next_attempt_at = :until
         WHERE id IN (
           SELECT id FROM outbox
            WHERE status = 'pending' AND next_attempt_at <= :now
            ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED)
        RETURNING id, kind, next_attempt_at
        """,
        now=now,
        until=now + LEASE,
        limit=limit,
    )


async def deliver(
    session: AsyncSession,
    settings: Settings,
    mailer: Mailer,
    outbox_id: UUID,
    now: dt.datetime,
    lease: str | None = None,
) -> OutboxMessage | None:
    """Send one message and note how it went; None when it was not pending.

    The row stays locked while the mail is under way: a second attempt at the same time
    skips it, and a process that dies lets go of it.

    Args:
        session: The transaction.
        settings: For the words of the mail.
        mailer: Who carries it.
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
    try:
        with continued("deliver", message.traceparent, kind=message.kind):
            await mailer.send(
                mails.compose(
                    settings,
                    message.id,
                    message.kind,
                    message.recipient,
                    message.payload,
                    message.created_at,
                )
            )
    except MailError as error:
        message.last_error = str(error)
        if error.permanent or message.attempts >= MAX_ATTEMPTS:
            message.status = "failed"
        else:
            message.next_attempt_at = now + backoff(message.attempts)
    else:
        message.status = "sent"
        message.sent_at = now
        message.last_error = None
    await session.flush()
    return message


def backoff(attempts: int) -> dt.timedelta:
    """How long to wait after the n-th failure: doubling, with jitter, up to an hour."""
    doubled: dt.timedelta = FIRST_BACKOFF * 2 ** (attempts - 1)
    longest = min(doubled, LONGEST_BACKOFF)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  (no secret)


async def purge_delivered(
    session: AsyncSession, before: dt.datetime, limit: int = 10_000
) -> int:
    """Drop sent messages that are older than `before`; tells how many."""
    return await execute(
        session,
        """
        DELETE FROM outbox WHERE id IN (
          SELECT id FROM outbox WHERE status = 'sent' AND created_at < :before
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
        q: str | None = None,
        with_total: bool = False,
    ) -> Page[Delivery]:
        """Messages, newest first; `q` looks in recipient, kind and number."""
        session = self.repository.session
        wanted = []
        if status:
            wanted.append(OutboxMessage.status == status)
        if q:
            wanted.append(
                or_(
                    OutboxMessage.recipient.icontains(q, autoescape=True),
                    OutboxMessage.kind.icontains(q, autoescape=True),
                    OutboxMessage.payload["number"].astext == q.upper(),
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
        page = Page([_shown(settings, row) for row in rows], next_cursor)
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
        words = mails.render(
            settings, message.kind, message.payload, with_secrets=False
        )
        shown = _shown(settings, message)
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
            Conflict: It was delivered already.
        """
        message = await self.find(outbox_id)
        if message.status == "sent":
            raise Conflict("This message was delivered already.", code="already_sent")
        message.status = "pending"
        message.attempts = 0
        message.next_attempt_at = now
        message.updated_at = now
        await self.repository.session.flush()
        return _shown(settings, message)


def _shown(settings: Settings, message: OutboxMessage) -> Delivery:
    words = mails.render(settings, message.kind, message.payload, with_secrets=False)
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
    )
