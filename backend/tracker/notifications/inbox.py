"""What people are told inside the app: noted with the message, read when they look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import Executor, execute, fetch_all, fetch_one
from tracker.errors import NotFound
from tracker.live import Change, announce
from tracker.notifications import schemas
from tracker.notifications.planning import ACCOUNT, DIGEST_KIND, NEVER_OFF
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import Identity

CHANGED = "inbox.changed"
# Who has more than this to read does not need the exact number.
COUNTED = 100


def _quoted(kinds: Iterable[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in sorted(kinds))


# Part of each statement that adds messages, in a CTE `mail` that returns its new rows:
# the same transaction, and never a message twice. Who switched a kind off has it off
# here too; an account's mails and digests tell nothing of their own.
NOTE_IN_INBOX = f"""
inbox AS (
  INSERT INTO inbox (id, recipient_id, created_at, updated_at)
  SELECT mail.id, mail.recipient_id, mail.created_at, mail.created_at
    FROM mail
    LEFT JOIN notification_preferences chosen ON chosen.user_id = mail.recipient_id
   WHERE mail.recipient_id IS NOT NULL
     AND mail.kind NOT IN ({_quoted([*ACCOUNT, DIGEST_KIND])})
     AND (mail.kind IN ({_quoted(NEVER_OFF)})
          OR coalesce(chosen.choices #>> ARRAY[mail.kind, 'when'], '') <> 'off')
  RETURNING recipient_id
)"""

# What a notification takes from its message.
_NOTIFIED = (
    *("number", "title", "priority", "target", "deadline"),
    *("name", "by", "who", "what", "status"),
)
# Who may not see an incident any more is not reminded of it.
_VISIBLE = """
      FROM inbox n JOIN outbox o ON o.id = n.id
      LEFT JOIN incidents i ON i.id = o.incident_id
     WHERE n.recipient_id = :me AND i.deleted_at IS NULL
       AND (:is_agent OR i.reporter_id = :me)"""


def tell_inboxes(session: Executor, people: Iterable[UUID], now: dt.datetime) -> None:
    """Let people's open browsers know that their inbox changed, after the commit."""
    for person in set(people):
        announce(
            session,
            Change(
                kind=CHANGED,
                incident_id="",
                number="",
                at=now.isoformat(),
                recipient_id=str(person),
            ),
        )


class InboxService:
    """Somebody's own notifications."""

    def __init__(self, session: AsyncSession, identity: Identity) -> None:
        self._session = session
        self._me = identity.user_id
        self._who = {"me": identity.user_id, "is_agent": identity.is_agent}

    async def page(
        self, *, limit: int, cursor: str | None = None, unread: bool = False
    ) -> Page[schemas.Notification]:
        """The newest first."""
        narrowed, parameters = "", dict(self._who)
        if unread:
            narrowed += " AND n.read_at IS NULL"
        if cursor:
            at, id_ = decode_cursor(cursor, tuple[dt.datetime, UUID])
            narrowed += " AND (n.created_at, n.id) < (:at, :id)"
            parameters |= {"at": at, "id": id_}
        rows = await fetch_all(
            self._session,
            "SELECT n.id, n.created_at, n.read_at, o.kind, o.payload, o.incident_id"
            f"{_VISIBLE}{narrowed}"
            " ORDER BY n.created_at DESC, n.id DESC LIMIT :limit",
            **parameters,
            limit=limit + 1,
        )
        rows, next_cursor = page_of(rows, limit, lambda row: (row.created_at, row.id))
        return Page([_shown(row) for row in rows], next_cursor)

    async def unread(self) -> schemas.UnreadCount:
        """How much there is to read, up to a bound."""
        row = await fetch_one(
            self._session,
            f"SELECT count(*) AS n FROM (SELECT{_VISIBLE} AND n.read_at IS NULL"
            " LIMIT :limit) unread",
            **self._who,
            limit=COUNTED,
        )
        assert row is not None
        return schemas.UnreadCount(count=row.n)

    async def read(
        self, notification_id: UUID, now: dt.datetime
    ) -> schemas.UnreadCount:
        """Mark one as read; once more changes nothing.

        Raises:
            NotFound: They have none with this id.
        """
        found = await fetch_one(
            self._session,
            f"SELECT n.id{_VISIBLE} AND n.id = :id",
            **self._who,
            id=notification_id,
        )
        if found is None:
            raise NotFound("There is no such notification.")
        await self._mark("id = :id", now, id=notification_id)
        return await self.unread()

    async def read_about(
        self, incident_id: UUID, now: dt.datetime
    ) -> schemas.UnreadCount:
        """Mark what tells of one incident as read: who has opened it knows."""
        await self._mark(
            "EXISTS (SELECT FROM outbox o"
            " WHERE o.id = inbox.id AND o.incident_id = :incident_id)",
            now,
            incident_id=incident_id,
        )
        return await self.unread()

    async def read_all(self, now: dt.datetime) -> schemas.UnreadCount:
        """Mark everything as read."""
        await self._mark("true", now)
        return await self.unread()

    async def _mark(self, condition: str, now: dt.datetime, **parameters: Any) -> None:
        marked = await execute(
            self._session,
            "UPDATE inbox SET read_at = :now, updated_at = :now"
            f" WHERE recipient_id = :me AND read_at IS NULL AND {condition}",
            me=self._me,
            now=now,
            **parameters,
        )
        if marked:
            tell_inboxes(self._session, [self._me], now)


def _shown(row: Any) -> schemas.Notification:
    """What the message tells, less what only its mail needs."""
    told = {name: row.payload.get(name) for name in _NOTIFIED}
    return msgspec.convert(
        {**told, **row._mapping}, schemas.Notification, from_attributes=True
    )
