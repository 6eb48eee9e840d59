"""Holidays from elsewhere: of a country, or out of an iCalendar file."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from tracker.errors import Invalid
from tracker.sla.schemas import MOST_HOLIDAYS, Country, Holiday, Subdivision

# --- Of a country ---------------------------------------------------------------------

_NEXT_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SMALL_WORD = re.compile(r" (And|Of|The) ")


@cache
def countries() -> list[Country]:
    """The countries whose holidays are known, by name."""
    import holidays
    from holidays.registry import COUNTRIES

    known = holidays.list_supported_countries()
    found = [
        Country(code, _words(name), _subdivisions(code))
        for name, code in {(name, code) for name, code, *_ in COUNTRIES.values()}
        if code in known
    ]
    return sorted(found, key=lambda country: country.name)


def _words(name: str) -> str:
    """`IsleOfMan` as people write it."""
    spaced = _NEXT_WORD.sub(" ", name)
    return _SMALL_WORD.sub(lambda match: match[0].lower(), spaced)


def _subdivisions(country: str) -> list[Subdivision]:
    import holidays

    entity = type(holidays.country_holidays(country))
    names: dict[str, str] = {}
    for name, code in getattr(entity, "subdivisions_aliases", {}).items():
        names.setdefault(code, name)
    found = [Subdivision(code, names.get(code, code)) for code in entity.subdivisions]
    return sorted(found, key=lambda subdivision: subdivision.name)


def of_country(country: str, subdivision: str | None, year: int) -> list[Holiday]:
    """The public holidays of a year, in English where their names are known in it.

    Raises:
        Invalid: There is no such country, or no such part of it.
    """
    import holidays

    known = {one.code: one for one in countries()}.get(country)
    if known is None:
        raise Invalid(f"The holidays of “{country}” are not known.", field="country")
    if subdivision and subdivision not in {one.code for one in known.subdivisions}:
        raise Invalid(
            f"{known.name} has no part “{subdivision}” with holidays of its own.",
            field="subdivision",
        )
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=year,
        expand=False,
        language=_language(country),
    )
    return [Holiday(date, name[:200]) for date, name in sorted(found.items())]


def _language(country: str) -> str | None:
    """English, whatever the language of the machine; None where there is no choice."""
    import holidays

    languages = type(holidays.country_holidays(country)).supported_languages
    return next((one for one in languages if one.startswith("en")), None)


# --- Out of a file --------------------------------------------------------------------

YEARS_AHEAD = 5
MOST_RULES = 200
LONGEST_EVENT = dt.timedelta(days=366)
FIRST_YEAR = 1970
_PARTS = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"),
    *("BYMONTH", "BYMONTHDAY", "BYDAY"),
}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")


def in_file(content: bytes, today: dt.date) -> list[Holiday]:
    """The all-day events of an iCalendar file, each day once.

    What recurs by the year is told from this year to five years ahead.

    Raises:
        Invalid: It is no such file, has no such event, or too many.
    """
    import icalendar

    try:
        parsed = icalendar.Calendar.from_ical(content, multiple=True)
        events = [event for part in parsed for event in part.walk("VEVENT")]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _refused("This is not an iCalendar file (.ics).") from error
    if sum("RRULE" in event for event in events) > MOST_RULES:
        raise _refused(f"More than {MOST_RULES} events of the file recur.")
    found: dict[dt.date, str] = {}
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        name = str(event.get("SUMMARY", "")).strip()[:200]
        try:
            for day in _days(event, today.year):
                found.setdefault(day, name)
        except (ValueError, OverflowError) as error:
            raise _refused(f"The event “{name}” is not understood: {error}.") from error
        if len(found) > MOST_HOLIDAYS:
            raise _refused(f"The file has more than {MOST_HOLIDAYS} days.")
    if not found:
        raise _refused("The file has no event that lasts the whole day.")
    return [Holiday(day, name) for day, name in sorted(found.items())]


def _refused(message: str) -> Invalid:
    return Invalid(message, field="file")


def _days(event: Any, this_year: int) -> Iterator[dt.date]:
    """The days of an event that lasts the whole day; others have none."""
    start: Any = getattr(event.get("DTSTART"), "dt", None)
    if not _is_day(start):
        return
    length = _length(event, start)
    left_out = set(_listed(event, "EXDATE"))
    starts: Iterable[dt.date] = [start]
    if "RRULE" in event:
        starts = _yearly(event["RRULE"], start, this_year)
    for begin in (*starts, *_listed(event, "RDATE")):
        if begin not in left_out:
            yield from (begin + dt.timedelta(days=n) for n in range(length))


def _is_day(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _length(event: Any, start: dt.date) -> int:
    """How many days: up to the end, which is the day after the last one."""
    end = getattr(event.get("DTEND"), "dt", None)
    length = getattr(event.get("DURATION"), "dt", dt.timedelta(days=1))
    if end is not None:
        if not _is_day(end):
            raise ValueError("it begins with a day and ends with a time")
        length = end - start
    if length > LONGEST_EVENT:
        raise ValueError("it lasts for more than a year")
    return max(length.days, 1)


def _listed(event: Any, name: str) -> list[dt.date]:
    lists = event.get(name, [])
    return [
        item.dt.date() if isinstance(item.dt, dt.datetime) else item.dt
        for one in (lists if isinstance(lists, list) else [lists])
        for item in one.dts
        if isinstance(item.dt, dt.date)
    ]


def _yearly(rule: Any, start: dt.date, this_year: int) -> Iterator[dt.date]:
    """The days of a yearly rule, from this year on.

    It looks at each day of these years: so a rule that never comes true ends too.

    Raises:
        ValueError: The rule is of another kind.
    """
    if isinstance(rule, list) or set(rule) - _PARTS or rule.get("FREQ") != ["YEARLY"]:
        raise ValueError("only rules by the year are, with months, days and weekdays")
    [interval], [count], [until] = (
        rule.get(name, [default])
        for name, default in (("INTERVAL", 1), ("COUNT", None), ("UNTIL", None))
    )
    if interval < 1:
        raise ValueError("its interval is less than a year")
    if isinstance(until, dt.datetime):
        until = until.date()
    first = this_year
    if count is not None:
        # Those of the past count too.
        if start.year < FIRST_YEAR:
            raise ValueError(f"it counts from before {FIRST_YEAR}")
        first = start.year
    for year in range(max(first, start.year), this_year + YEARS_AHEAD + 1):
        if (year - start.year) % interval:
            continue
        for day in _days_of_rule(rule, start, year):
            if day < start:
                continue
            if (until and day > until) or count == 0:
                return
            if count is not None:
                count -= 1
            if day.year >= this_year:
                yield day


def _days_of_rule(rule: Any, start: dt.date, year: int) -> list[dt.date]:
    """The days of one year, in order."""
    months = sorted({int(month) for month in rule.get("BYMONTH", ())})
    monthdays = [int(day) for day in rule.get("BYMONTHDAY", ())]
    weekdays = [_weekday(written) for written in rule.get("BYDAY", ())]
    if not monthdays and not weekdays:
        months, monthdays = months or [start.month], [start.day]
    of_month = {
        dt.date(year, month, day if day > 0 else length + 1 + day)
        for month in months or range(1, 13)
        for length in (monthrange(year, month)[1],)
        for day in monthdays
        if 1 <= abs(day) <= length
    }
    # The number of a weekday counts in its month where months are named.
    spans = [
        (dt.date(year, month, 1), dt.date(year, month, monthrange(year, month)[1]))
        for month in months
    ] or [(dt.date(year, 1, 1), dt.date(year, 12, 31))]
    of_week = {
        day
        for number, weekday in weekdays
        for first, last in spans
        for day in _on_weekday(first, last, number, weekday)
    }
    if not weekdays:
        return sorted(of_month)
    return sorted(of_week & of_month if monthdays else of_week)


def _on_weekday(
    first: dt.date, last: dt.date, number: int | None, weekday: int
) -> list[dt.date]:
    """Each such day of a span, or the one with this number; negative from the end."""
    ahead = (weekday - first.weekday()) % 7
    days = range(first.toordinal() + ahead, last.toordinal() + 1, 7)
    if number is not None:
        place = number - 1 if number > 0 else len(days) + number
        days = days[place : place + 1] if place >= 0 else days[:0]
    return [dt.date.fromordinal(day) for day in days]


def _weekday(written: object) -> tuple[int | None, int]:
    """`4TH` as (4, 3); without a number it is each of the weekday."""
    match = _WEEKDAY.fullmatch(str(written).upper())
    if match is None:
        raise ValueError(f"“{written}” is not a weekday")
    return int(match[1]) if match[1] else None, _WEEKDAYS.index(match[2])
