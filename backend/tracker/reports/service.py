"""Aggregates over what other rooms have stored; nothing is written."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.schemas import UserRef
from tracker.db import fetch_all
from tracker.errors import Invalid
from tracker.reports import schemas

LONGEST = dt.timedelta(days=366)


async def late_pauses(
    session: AsyncSession, begin: dt.datetime, end: dt.datetime, within: int
) -> list[schemas.LatePauses]:
    """Pauses that began when at most `within` seconds of working time were left.

    Pauses of maintenance windows are nobody's choice; they are left out.

    Raises:
        Invalid: The period is none or longer than a year, or has no offsets.
    """
    for field, instant in (("from", begin), ("to", end)):
        if instant.tzinfo is None:
            raise Invalid("An instant needs its offset, such as Z.", field=field)
    if end <= begin:
        raise Invalid("The period must end after it begins.", field="to")
    if end - begin > LONGEST:
        raise Invalid("A report may span a year at the most.", field="from")
    rows = await fetch_all(
        session,
        """
        SELECT l.actor_id, u.name, l.data ->> 'reason' AS reason, r.label,
               coalesce(r.counts_against_us, false) AS counts_against_us,
               count(*) AS pauses, count(DISTINCT l.incident_id) AS incidents,
               min(CAST(l.data ->> 'remaining_seconds' AS float)) AS shortest
          FROM sla_ledger l
          LEFT JOIN users u ON u.id = l.actor_id
          LEFT JOIN pause_reasons r ON r.code = l.data ->> 'reason'
         WHERE l.type = 'paused' AND l.at >= :begin AND l.at < :end
           AND NOT l.data ? 'automatic'
           AND CAST(l.data ->> 'remaining_seconds' AS float) BETWEEN 0 AND :within
           -- Demo data that were removed; the pauses of other incidents stay.
           AND NOT EXISTS (
             SELECT FROM demo_items d JOIN incidents i ON i.id = d.id
              WHERE d.id = l.incident_id AND i.deleted_at IS NOT NULL)
         GROUP BY l.actor_id, u.name, reason, r.label, r.counts_against_us
         ORDER BY pauses DESC, u.name, reason LIMIT 1000
        """,
        begin=begin,
        end=end,
        within=within,
    )
    return [
        schemas.LatePauses(
            person=UserRef(row.actor_id, row.name) if row.actor_id else None,
            reason=row.reason,
            label=row.label,
            counts_against_us=row.counts_against_us,
            pauses=row.pauses,
            incidents=row.incidents,
            shortest_remaining_seconds=row.shortest,
        )
        for row in rows
    ]
