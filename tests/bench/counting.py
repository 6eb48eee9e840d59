"""How long the calendar takes to find a deadline, in time of the processor."""

from __future__ import annotations

import datetime as dt
import time

from rich.console import Console

from tracker.sla import calendar as calendars
from tracker.sla.calendar import WEEKDAYS, Calendar, add

# Changes of half an hour, at midnight, around Ramadan; and the usual ones.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
# A Thursday, and all of the holidays lie in the ten years after it.
START = dt.datetime(2026, 1, 1, 8, 30, tzinfo=dt.UTC)
HOLIDAYS = 150
ROUNDS = 7
TIMES = 200


def print_counting(console: Console) -> None:
    """Print what `add` takes over a month and over ten years, with the targets."""
    for name, span, target in (
        ("30 days", dt.timedelta(days=30), dt.timedelta(microseconds=50)),
        ("10 years", dt.timedelta(days=3640), dt.timedelta(milliseconds=5)),
    ):
        known = max(_known(zone, span) for zone in ZONES)
        first = max(_first(zone, span) for zone in ZONES)
        verdict = "met" if known < target.total_seconds() else "MISSED"
        limit = target / dt.timedelta(microseconds=1)
        console.print(
            f"calendar.add over {name}: {known * 1e6:,.1f} µs"
            f" (target < {limit:,.0f} µs: {verdict}), {first * 1e6:,.0f} µs when a"
            " process has not met the zone before"
        )


def _office(zone: str) -> Calendar:
    days = (START.date() + n * dt.timedelta(days=24) for n in range(HOLIDAYS))
    hours = [["09:00", "12:00"], ["13:00", "18:00"]]
    return Calendar.from_weekly_hours(zone, dict.fromkeys(WEEKDAYS[:5], hours), days)


def _known(zone: str, span: dt.timedelta) -> float:
    """Seconds on a calendar that was used before."""
    office = _office(zone)
    work = calendars.between(office, START, START + span)
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES):
            due = add(office, START, work)
        best = min(best, (time.process_time() - began) / TIMES)
    assert span - dt.timedelta(days=4) < due - START <= span
    return best


def _first(zone: str, span: dt.timedelta) -> float:
    """Seconds on a calendar and in a zone that nobody has asked for yet."""
    work = calendars.between(_office(zone), START, START + span)
    best = float("inf")
    for _ in range(ROUNDS):
        calendars._offsets.cache_clear()
        office = _office(zone)
        began = time.process_time()
        add(office, START, work)
        best = min(best, time.process_time() - began)
    return best
