"""Working time: what counts, when it is used up, and how it is told.

An instant counts if its own local wall time lies in a working interval of its
own local weekday and its own local date is no holiday. Nothing here treats a
daylight saving gap or fold as a special case: the UTC axis is cut where the zone
changes its offset, and inside each such stretch local time is plain arithmetic.

Local time is held as the time since Monday 0001-01-01 00:00, so that whole weeks
and days are quotients. The working time since then has a closed form, thus
counting costs the same over an hour and over a year without a change of offset.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

ZERO = timedelta(0)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
# The most days that ten years can have: with three 29ths of February.
TEN_YEARS = timedelta(days=3653)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Interval: TypeAlias = tuple[timedelta, timedelta]
"""A half-open `[open, close)` of local wall time, both since midnight."""

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC) - _EPOCH
_PROBES = timedelta(days=2)
_TIME = re.compile(r"(\d\d):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


class CalendarError(ValueError):
    """A calendar that cannot be; `field` names the part that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class HorizonError(ValueError):
    """The work is not done within ten years."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch `[start, end)` of UTC in which all time is of one kind."""

    start: datetime
    end: datetime
    kind: Literal["work", "closed", "holiday"]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of working time, in UTC and on the clock on the wall."""

    start: datetime
    end: datetime
    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, slots=True)
class Day:
    """A local date and its working time; the zone may have skipped it."""

    date: date
    openings: tuple[Opening, ...]


@dataclass(frozen=True)
class Calendar:
    """A time zone, working intervals for Monday to Sunday, and holidays.

    The default is open round the clock. Values are trusted to be in order:
    `from_weekly_hours` is the door for what people write.
    """

    timezone: str = "UTC"
    weekly: tuple[tuple[Interval, ...], ...] = (((ZERO, DAY),),) * 7
    holidays: tuple[tuple[date, str], ...] = ()

    @classmethod
    def from_weekly_hours(
        cls,
        timezone: str,
        weekly_hours: Mapping[str, Iterable[Sequence[str]]] | None,
        holidays: Iterable[str | date | Mapping[str, str]] | Mapping[str, str] = (),
    ) -> Calendar:
        """Builds a calendar from its written form.

        Args:
            timezone: An IANA name.
            weekly_hours: `{"mon": [["09:00", "12:00"], ...], ...}`; times are
                `HH:MM` or `HH:MM:SS`, `24:00` closes a day, a weekday left out is
                closed. None is open round the clock.
            holidays: Dates `YYYY-MM-DD`, or `{"date", "name"}` each, or a mapping
                of dates to names.

        Raises:
            CalendarError: Names the field and what is wrong with it.
        """
        _check_zone(timezone)
        weekly = cls.weekly
        if weekly_hours is not None:
            if unknown := set(weekly_hours) - set(WEEKDAYS):
                raise CalendarError(
                    "weekly_hours",
                    f"unknown weekday {min(unknown)!r}, use {', '.join(WEEKDAYS)}",
                )
            weekly = tuple(
                _parse_day(f"weekly_hours.{day}", weekly_hours.get(day, ()))
                for day in WEEKDAYS
            )
        if not any(weekly):
            raise CalendarError("weekly_hours", "there is no working time at all")
        return cls(timezone, weekly, _parse_holidays(holidays))

    @cached_property
    def is_always(self) -> bool:
        """Whether every instant counts, so that counting is subtraction."""
        return not self.holidays and all(
            hours == ((ZERO, DAY),) for hours in self.weekly
        )

    @cached_property
    def _hours_before(self) -> tuple[timedelta, ...]:
        """Working time from Monday 00:00 to each midnight of a week, 8 of them."""
        days = (sum((b - a for a, b in hours), ZERO) for hours in self.weekly)
        return tuple(accumulate(days, initial=ZERO))

    @cached_property
    def _closed_days(self) -> dict[int, str]:
        """Holidays, by days since 0001-01-01, in order."""
        return {day.toordinal() - 1: name for day, name in sorted(self.holidays)}

    @cached_property
    def _lost(self) -> tuple[list[int], list[timedelta]]:
        """The holidays, and the working time that the first n of them take."""
        before = self._hours_before
        days = list(self._closed_days)
        losses = (before[day % 7 + 1] - before[day % 7] for day in days)
        return days, list(accumulate(losses, initial=ZERO))

    def _worked_before(self, day: int) -> timedelta:
        """Working time on the local axis up to the midnight that begins `day`."""
        weeks, weekday = divmod(day, 7)
        days, lost = self._lost
        worked = weeks * self._hours_before[7] + self._hours_before[weekday]
        return worked - lost[bisect_left(days, day)]

    def _hours(self, day: int) -> tuple[Interval, ...]:
        return () if day in self._closed_days else self.weekly[day % 7]

    def _worked(self, local: timedelta) -> timedelta:
        """Working time on the local axis up to `local`."""
        day, time = divmod(local, DAY)
        worked = self._worked_before(day)
        for opens, closes in self._hours(day):
            if time <= opens:
                break
            worked += min(time, closes) - opens
        return worked

    def _reached(self, worked: timedelta, low: timedelta, high: timedelta) -> timedelta:
        """The first local time in `(low, high]` up to which `worked` is counted."""
        days = range(low // DAY, high // DAY + 1)
        day = days[bisect_left(days, worked, key=self._worked_before) - 1]
        missing = worked - self._worked_before(day)
        for opens, closes in self._hours(day):
            if missing <= closes - opens:
                return day * DAY + opens + missing
            missing -= closes - opens
        raise AssertionError("the work is not in this stretch")  # pragma: no cover


ALWAYS = Calendar()
"""24x7."""


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: It has no offset, or UTC has no year for it.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{instant.isoformat()} is out of range") from None


def add(calendar: Calendar, start: datetime, work: timedelta) -> datetime:
    """The first instant at which `work` has been counted from `start`, in UTC.

    It may be a closing instant. No work is done at once, even in closed time.

    Raises:
        HorizonError: That is more than ten years after `start`.
        ValueError: `work` is negative.
    """
    start = as_utc(start)
    if work < ZERO:
        raise ValueError("working time cannot be negative")
    if work == ZERO:
        return start
    since = start - _EPOCH
    if calendar.is_always:
        if work <= min(TEN_YEARS, _END - since):
            return start + work
    else:
        left = work
        for begin, end, offset in _stretches(calendar, since, since + TEN_YEARS):
            worked = calendar._worked(begin + offset)
            room = calendar._worked(end + offset) - worked
            if left <= room:
                low, high = begin + offset, end + offset
                return _EPOCH + (calendar._reached(worked + left, low, high) - offset)
            left -= room
    raise HorizonError("the working time is not reached within ten years")


def between(calendar: Calendar, a: datetime, b: datetime) -> timedelta:
    """Working time in `[a, b)`; zero when `b` is not after `a`."""
    a, b = as_utc(a), as_utc(b)
    if b <= a:
        return ZERO
    if calendar.is_always:
        return b - a
    return sum(
        (
            calendar._worked(end + offset) - calendar._worked(begin + offset)
            for begin, end, offset in _stretches(calendar, a - _EPOCH, b - _EPOCH)
        ),
        ZERO,
    )


def segments(calendar: Calendar, a: datetime, b: datetime) -> Iterator[Segment]:
    """What `[a, b)` consists of, in order and without a hole.

    Neighbours of one kind and label are one segment: closed nights run into closed
    weekends, an overnight shift is whole. A holiday lasts its own 24 hours.
    """
    pending: Segment | None = None
    for part in _parts(calendar, as_utc(a), as_utc(b)):
        if pending and (pending.kind, pending.label) == (part.kind, part.label):
            pending = Segment(pending.start, part.end, part.kind, part.label)
        else:
            if pending:
                yield pending
            pending = part
    if pending:
        yield pending


def days(calendar: Calendar, first: date, count: int) -> list[Day]:
    """The local days from `first` on, with their working time.

    An interval in which the clocks change is two, as the wall shows it: with a gap
    between them, or with an hour that comes twice.
    """
    low = first.toordinal() - 1
    openings: dict[int, list[Opening]] = {day: [] for day in range(low, low + count)}
    # No zone is so far from UTC.
    reach = 2 * DAY
    for begin, end, offset in _stretches(
        calendar, low * DAY - reach, (low + count) * DAY + reach
    ):
        since, until = begin + offset, end + offset
        for day in range(since // DAY, -(-until // DAY)):
            for opens, closes in calendar._hours(day) if day in openings else ():
                a, b = max(since, day * DAY + opens), min(until, day * DAY + closes)
                if a < b:
                    start, stop = _EPOCH + (a - offset), _EPOCH + (b - offset)
                    openings[day].append(
                        Opening(start, stop, a - day * DAY, b - day * DAY)
                    )
    return [Day(date.fromordinal(day + 1), tuple(openings[day])) for day in openings]


def _parts(calendar: Calendar, a: datetime, b: datetime) -> Iterator[Segment]:
    """Segments, cut at each change of offset and at midnights."""
    if b <= a:
        return
    if calendar.is_always:
        yield Segment(a, b, "work")
        return
    for begin, end, offset in _stretches(calendar, a - _EPOCH, b - _EPOCH):
        since, high = begin + offset, end + offset
        for day in range(since // DAY, -(-high // DAY)):
            holiday = calendar._closed_days.get(day)
            marks: list[tuple[timedelta, Literal["work", "closed", "holiday"]]] = []
            for opens, closes in calendar._hours(day):
                marks += (opens, "closed"), (closes, "work")
            marks.append((DAY, "closed" if holiday is None else "holiday"))
            for mark, kind in marks:
                until = min(day * DAY + mark, high)
                if since < until:
                    start, stop = _EPOCH + (since - offset), _EPOCH + (until - offset)
                    yield Segment(start, stop, kind, holiday or None)
                    since = until


def _stretches(
    calendar: Calendar, a: timedelta, b: timedelta
) -> Iterator[tuple[timedelta, timedelta, timedelta]]:
    """Cuts UTC time `[a, b)` into `(begin, end, offset)` of one offset each."""
    b = min(b, _END)
    for year in range(_year(a), _year(b) + 1):
        for begin, end, offset in _offsets(calendar.timezone, year):
            if begin < b and a < end:
                yield max(a, begin), min(b, end), offset


def _year(instant: timedelta) -> int:
    return date.fromordinal(instant.days + 1).year


@lru_cache(maxsize=4096)
def _offsets(
    timezone: str, year: int
) -> tuple[tuple[timedelta, timedelta, timedelta], ...]:
    """The stretches of one offset in a UTC year.

    `zoneinfo` does not tell its transitions, so every second day is probed and a
    change found by bisection to the second, the resolution of the database. The two
    closest changes that any zone has known are four days apart (Freetown in 1939).
    """
    zone = ZoneInfo(timezone)

    def offset_at(since: timedelta) -> timedelta:
        return (_EPOCH + since).astimezone(zone).utcoffset() or ZERO

    begin = timedelta(days=date(year, 1, 1).toordinal() - 1)
    end = timedelta(days=date(year, 12, 31).toordinal())
    # Local time must exist too: the outermost days borrow from their neighbours.
    probe, last = max(begin, _PROBES), min(end, _END - _PROBES)
    stretches = []
    offset = offset_at(probe)
    while probe < last:
        following = min(probe + _PROBES, last)
        if (after := offset_at(following)) != offset:
            before = offset
            seconds = bisect_left(
                range(_PROBES // SECOND),
                True,
                key=lambda s: offset_at(probe + s * SECOND) != before,
            )
            change = probe + seconds * SECOND
            stretches.append((begin, change, offset))
            begin, offset = change, after
        probe = following
    stretches.append((begin, end, offset))
    return tuple(stretches)


def _check_zone(timezone: str) -> None:
    if timezone not in _known_zones():
        raise CalendarError("timezone", f"unknown time zone {timezone!r}")


@cache
def _known_zones() -> frozenset[str]:
    # Less `localtime`, which is another zone on each machine.
    return frozenset(available_timezones() - {"localtime"})


def _parse_day(field: str, written: Iterable[Sequence[str]]) -> tuple[Interval, ...]:
    """Sorted intervals, those that touch made one."""
    intervals: list[Interval] = []
    for pair in written:
        if isinstance(pair, str) or len(pair) != 2:
            raise CalendarError(field, "an interval is a pair of opening and closing")
        opens, closes = (_parse_time(field, text) for text in pair)
        if opens >= closes:
            raise CalendarError(
                field,
                f"{pair[0]}-{pair[1]} does not close after it opens;"
                " an overnight shift is two intervals",
            )
        intervals.append((opens, closes))
    merged: list[Interval] = []
    for opens, closes in sorted(intervals):
        if merged and opens < merged[-1][1]:
            raise CalendarError(field, "intervals overlap")
        if merged and opens == merged[-1][1]:
            merged[-1] = (merged[-1][0], closes)
        else:
            merged.append((opens, closes))
    return tuple(merged)


def _parse_time(field: str, text: str) -> timedelta:
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match:
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        time = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if time <= DAY:
            return time
    raise CalendarError(field, f"{text!r} is not a time from 00:00 to 24:00")


def _parse_holidays(
    written: Iterable[str | date | Mapping[str, str]] | Mapping[str, str],
) -> tuple[tuple[date, str], ...]:
    """Sorted by date; the last name given for a date stands."""
    pairs: Iterable[tuple[object, str | None]]
    if isinstance(written, Mapping):
        pairs = written.items()
    else:
        pairs = (
            (item.get("date"), item.get("name"))
            if isinstance(item, Mapping)
            else (item, None)
            for item in written
        )
    named = {_parse_date(day): name or "" for day, name in pairs}
    return tuple(sorted(named.items()))


def _parse_date(written: object) -> date:
    if type(written) is date:
        return written
    # fromisoformat alone would also take 20261225 and 2026-W52-5.
    if isinstance(written, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", written, re.ASCII):
        try:
            return date.fromisoformat(written)
        except ValueError:
            pass
    raise CalendarError("holidays", f"{written!r} is not a date like 2026-12-25")
