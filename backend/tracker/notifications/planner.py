"""Due messages become planned ones: reads the rows, writes what was decided."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.db import execute, fetch_all, fetch_one, new_id
from tracker.notifications.inbox import NOTE_IN_INBOX, tell_inboxes
from tracker.notifications.models import OutboxMessage
from tracker.notifications.planning import (
    ACCOUNT,
    DIGEST_KIND,
    NEVER_OFF,
    WINDOW,
    Bundle,
    Channel,
    DeliveryReason,
    MessageKind,
    Plan,
    Preferences,
    Recipient,
    TellWhen,
    Waiting,
    plan,
)

# So many lines are in a digest; the rest is counted.
DIGEST_ITEMS = 50
# Whose payload tells when the event was.
TIMED = frozenset(
    {MessageKind.SLA_BREACHED, MessageKind.SLA_ESCALATED, MessageKind.SLA_WARNED}
)
_RANK = {kind: rank for rank, kind in enumerate(MessageKind)}


async def plan_due(session: AsyncSession, now: dt.datetime, limit: int) -> int:
    """Decide what becomes of the messages that are due.

    One worker at a time: two that see a part each of one person's messages would make
    two digests of them. The rows are locked as well, against whoever sends one again.

    Args:
        session: The transaction.
        now: The present.
        limit: How many messages at the most.

    Returns:
        How many messages were looked at.
    """
    mine = await fetch_one(
        session,
        """
        SELECT CASE WHEN EXISTS (
          SELECT FROM outbox
           WHERE status = 'pending' AND planned_at IS NULL AND next_attempt_at <= :now)
        THEN pg_try_advisory_xact_lock(hashtext('outbox')) END AS mine
        """,
        now=now,
    )
    if mine is None or not mine.mine:
        return 0
    locked = await _locked(session, now, limit)
    await _suppress(
        session, [row.id for row in locked if row.is_demo], DeliveryReason.DEMO, now
    )
    rows = {row.id: row for row in locked if not row.is_demo}
    waiting = [_waiting(row) for row in rows.values()]
    people = await _people(session, {row.recipient_id for row in rows.values()}, now)
    await _write(session, plan(waiting, people, now), rows, now)
    return len(locked)


async def _locked(session: AsyncSession, now: dt.datetime, limit: int) -> list[Any]:
    """What is due, and what waits to go with it."""
    # What was held for long goes to where its recipient is now.
    rows = """
        SELECT o.id, o.kind, o.recipient_id, o.payload, o.created_at, o.reason,
               coalesce(CAST(u.email AS text), o.recipient) AS recipient,
               EXISTS (SELECT FROM demo_items d
                        WHERE d.id IN (o.incident_id, o.recipient_id)) AS is_demo
          FROM outbox o
          LEFT JOIN users u ON u.id = o.recipient_id AND o.kind <> ALL(:account)
         WHERE o.status = 'pending' AND o.planned_at IS NULL
    """
    due = await fetch_all(
        session,
        f"""
        {rows} AND o.next_attempt_at <= :now
         ORDER BY o.next_attempt_at, o.id LIMIT :limit FOR UPDATE OF o SKIP LOCKED
        """,
        account=list(ACCOUNT),
        now=now,
        limit=limit,
    )
    gathered = {
        row.recipient_id for row in due if row.reason == DeliveryReason.DOWNTIME
    }
    if not gathered:
        return due
    return due + await fetch_all(
        session,
        f"""
        {rows} AND o.next_attempt_at > :now AND o.reason = :reason
           AND o.recipient_id = ANY(:people)
         ORDER BY o.next_attempt_at, o.id FOR UPDATE OF o SKIP LOCKED
        """,
        account=list(ACCOUNT),
        now=now,
        reason=DeliveryReason.DOWNTIME,
        people=list(gathered),
    )


def _waiting(row: Any) -> Waiting:
    at = row.payload.get("at") or row.payload.get("deadline")
    return Waiting(
        row.id,
        row.kind,
        row.recipient_id,
        row.created_at,
        dt.datetime.fromisoformat(at) if at and row.kind in TIMED else None,
        DeliveryReason(row.reason) if row.reason else None,
    )


async def _people(
    session: AsyncSession, ids: Iterable[UUID | None], now: dt.datetime
) -> dict[UUID, Recipient]:
    """What these people chose, were told within the window, and wait for.

    A statement each: joined, a planner that expects few rows would go through all of
    them for each person.
    """
    people = {"ids": [id_ for id_ in ids if id_]}
    rows = await fetch_all(
        session,
        """
        SELECT u.id, u.timezone, p.choices, p.digest_at, p.quiet_from, p.quiet_to,
               NOT u.is_active OR u.deleted_at IS NOT NULL AS has_left
          FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id
         WHERE u.id = ANY(:ids)
        """,
        **people,
    )
    told = await fetch_all(
        session,
        """
        SELECT recipient_id, count(*) AS number, min(planned_at) AS since FROM outbox
         WHERE recipient_id = ANY(:ids) AND planned_at > :since
           AND status IN ('pending', 'sent') AND bundle_id IS NULL
           AND kind <> ALL(:account)
         GROUP BY recipient_id
        """,
        **people,
        since=now - WINDOW,
        account=list(ACCOUNT),
    )
    gathering = await fetch_all(
        session,
        """
        SELECT recipient_id, min(next_attempt_at) AS until FROM outbox
         WHERE recipient_id = ANY(:ids) AND planned_at IS NULL AND status = 'pending'
           AND reason = :downtime
         GROUP BY recipient_id
        """,
        **people,
        downtime=DeliveryReason.DOWNTIME,
    )
    lately = {row.recipient_id: (row.number, row.since) for row in told}
    until = {row.recipient_id: row.until for row in gathering}
    return {
        row.id: Recipient(
            preferences_of(row),
            row.has_left,
            *lately.get(row.id, (0, None)),
            until.get(row.id),
        )
        for row in rows
    }


def preferences_of(row: Any) -> Preferences:
    """What somebody chose, from their row, or the defaults when they have none."""
    if row.choices is None:
        return Preferences(row.timezone)
    return Preferences(
        row.timezone,
        {
            kind: (TellWhen(choice["when"]), Channel(choice["channel"]))
            for kind, choice in row.choices.items()
        },
        row.digest_at,
        row.quiet_from,
        row.quiet_to,
    )


async def _write(
    session: AsyncSession, decided: Plan, rows: Mapping[UUID, Any], now: dt.datetime
) -> None:
    if decided.at_once:
        await execute(
            session,
            """
            UPDATE outbox o
               SET planned_at = :now, updated_at = :now, channel = d.channel,
                   recipient = d.recipient
              FROM unnest(CAST(:ids AS uuid[]), CAST(:channels AS text[]),
                          CAST(:recipients AS text[])) AS d (id, channel, recipient)
             WHERE o.id = d.id
            """,
            now=now,
            ids=list(decided.at_once),
            channels=list(decided.at_once.values()),
            recipients=[rows[id_].recipient for id_ in decided.at_once],
        )
    if decided.held:
        await execute(
            session,
            """
            UPDATE outbox o
               SET next_attempt_at = d.until, reason = d.reason, updated_at = :now
              FROM unnest(CAST(:ids AS uuid[]), CAST(:until AS timestamptz[]),
                          CAST(:reasons AS text[])) AS d (id, until, reason)
             WHERE o.id = d.id
            """,
            now=now,
            ids=list(decided.held),
            until=[until for until, _ in decided.held.values()],
            reasons=[reason for _, reason in decided.held.values()],
        )
    await _suppress(session, decided.suppressed, DeliveryReason.SWITCHED_OFF, now)
    if decided.left:
        told = await fetch_all(
            session, _READDRESS, ids=decided.left, left=DeliveryReason.LEFT, now=now
        )
        tell_inboxes(session, [row.recipient_id for row in told], now)
    if decided.bundles:
        await _bundle(session, decided.bundles, rows, now)


async def _suppress(
    session: AsyncSession, ids: Sequence[UUID], reason: DeliveryReason, now: dt.datetime
) -> None:
    if ids:
        await execute(
            session,
            """
            UPDATE outbox
               SET status = 'suppressed', reason = :reason, planned_at = :now,
                   updated_at = :now
             WHERE id = ANY(:ids)
            """,
            now=now,
            ids=list(ids),
            reason=reason,
        )


# Somebody hears of each breach, whoever leaves while they wait to be told.
_READDRESS = f"""
WITH gone AS (
  UPDATE outbox
     SET status = 'suppressed', reason = :left, planned_at = :now, updated_at = :now
   WHERE id = ANY(:ids) RETURNING *
), mail AS (
  INSERT INTO outbox (id, kind, dedupe_key, recipient_id, recipient, incident_id,
                      payload, traceparent, next_attempt_at, created_at, updated_at)
  SELECT gen_random_uuid(), gone.kind, concat_ws(':', gone.dedupe_key, u.id), u.id,
         u.email, gone.incident_id, gone.payload, gone.traceparent, :now,
         gone.created_at, :now
    FROM gone JOIN users u ON u.role = 'administrator' AND u.is_active
                          AND u.deleted_at IS NULL
   WHERE gone.kind IN ({", ".join(f"'{kind}'" for kind in sorted(NEVER_OFF))})
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, kind, recipient_id, created_at
), {NOTE_IN_INBOX}
SELECT recipient_id FROM inbox
"""  # noqa: S608  (our own words)


async def _bundle(
    session: AsyncSession,
    bundles: Sequence[Bundle],
    rows: Mapping[UUID, Any],
    now: dt.datetime,
) -> None:
    digests = [
        _digest(bundle, [rows[id_] for id_ in bundle.members], now)
        for bundle in bundles
    ]
    await session.execute(insert(OutboxMessage), digests)
    members = [
        (member, digest["id"], bundle.reason)
        for bundle, digest in zip(bundles, digests, strict=True)
        for member in bundle.members
    ]
    await execute(
        session,
        """
        UPDATE outbox o
           SET status = 'bundled', bundle_id = d.bundle_id, reason = d.reason,
               planned_at = :now, updated_at = :now
          FROM unnest(CAST(:ids AS uuid[]), CAST(:bundles AS uuid[]),
                      CAST(:reasons AS text[])) AS d (id, bundle_id, reason)
         WHERE o.id = d.id
        """,
        now=now,
        ids=[id_ for id_, _, _ in members],
        bundles=[bundle_id for _, bundle_id, _ in members],
        reasons=[reason for _, _, reason in members],
    )


def _digest(bundle: Bundle, members: list[Any], now: dt.datetime) -> dict[str, Any]:
    """The row of a mail that tells what its members would have told."""
    id_ = new_id()
    members.sort(key=lambda row: (_RANK.get(row.kind, len(_RANK)), row.created_at))
    return {
        "id": id_,
        "kind": DIGEST_KIND,
        "dedupe_key": f"digest:{id_}",
        "recipient_id": bundle.recipient_id,
        "recipient": members[0].recipient,
        "channel": bundle.channel,
        "reason": bundle.reason,
        "payload": {
            "counts": Counter(row.kind for row in members),
            "items": [_item(row) for row in members[:DIGEST_ITEMS]],
        },
        "next_attempt_at": now,
        "planned_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _item(row: Any) -> dict[str, Any]:
    at = row.payload.get("at") or row.created_at.isoformat()
    return {**row.payload, "kind": row.kind, "at": at}
