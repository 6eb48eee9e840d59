"""People's own hours: local wall times as instants, without clocks and without I/O.

A wall time that the clocks skip is the instant at which they skip it. One that comes
twice begins the first time and ends the second time: quiet hours rather last too long.
Instants are UTC, as elsewhere: local ones of an hour that comes twice look the same.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Thousands who are told at the same instant have few hours among them.
_remembered = lru_cache(maxsize=1024)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@_remembered
def next_at(now: datetime, zone: ZoneInfo, wall: time) -> datetime:
    """The first instant after `now` at which clocks in `zone` come to `wall`."""
    day = now.astimezone(zone).date()
    while (at := _instants(zone, day, wall)[0]) <= now:
        day += DAY
    return at


@_remembered
def quiet_until(
    now: datetime, zone: ZoneInfo, begin: time, end: time
) -> datetime | None:
    """When the quiet hours that `now` lies in end; None when it lies in none.

    Args:
        now: The present.
        zone: Where the person lives.
        begin: Their first quiet wall time.
        end: The wall time at which they may be told again, on the next day when it is
            not after `begin`.
    """
    until = None
    # In the night of a change one night's hours may touch the next one's.
    while at := _end_of_night(until or now, zone, begin, end):
        until = at
    return until


def _end_of_night(
    now: datetime, zone: ZoneInfo, begin: time, end: time
) -> datetime | None:
    today = now.astimezone(zone).date()
    for day in (today - DAY, today):
        first, _ = _instants(zone, day, begin)
        _, last = _instants(zone, day if begin < end else day + DAY, end)
        if first <= now < last:
            return last
    return None


def _instants(zone: ZoneInfo, day: date, wall: time) -> tuple[datetime, datetime]:
    """The first and the last instant at which clocks show `wall` on `day`."""
    first, last = (
        datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC)
        for fold in (0, 1)
    )
    if first <= last:
        return first, last
    at = _jump(zone, last, first)
    return at, at


def _jump(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """When the clocks change between two instants, to the second."""

    def offset_at(seconds: int) -> timedelta | None:
        return (low + seconds * SECOND).astimezone(zone).utcoffset()

    before = offset_at(0)
    seconds = bisect_left(
        range((high - low) // SECOND), True, key=lambda s: offset_at(s) != before
    )
    return low + seconds * SECOND
