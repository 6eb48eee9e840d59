"""Yearly rules of iCalendar files, against the reference of `dateutil`."""

from __future__ import annotations

import datetime as dt
from itertools import takewhile

from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from tracker.sla.public_holidays import YEARS_AHEAD, in_file

TODAY = dt.date(2026, 11, 23)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def listed(name: str, values: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    chosen = st.lists(values, min_size=1, max_size=3, unique=True)
    return chosen.map(lambda found: f";{name}={','.join(map(str, found))}")


nothing = st.just("")
months = nothing | listed("BYMONTH", st.integers(1, 12))
monthdays = nothing | listed("BYMONTHDAY", st.sampled_from([*range(1, 29), -1, -7]))


def weekdays(*numbers: str) -> st.SearchStrategy[str]:
    days = st.tuples(st.sampled_from(numbers), st.sampled_from(WEEKDAYS)).map("".join)
    chosen = st.lists(days, min_size=1, max_size=2, unique=True)
    return chosen.map(lambda found: f";BYDAY={','.join(found)}")


# Weekdays with a number stand alone: of a mixture the reference takes what is both,
# and it looks for a first Monday on the 20th until the end of time.
days = st.tuples(monthdays, nothing | weekdays("")).map("".join) | weekdays(
    "1", "+4", "-1"
)
rules = st.builds(
    lambda *parts: "FREQ=YEARLY" + "".join(parts),
    nothing | st.integers(1, 4).map(lambda n: f";INTERVAL={n}"),
    nothing
    | st.integers(1, 40).map(lambda n: f";COUNT={n}")
    | st.dates(dt.date(2025, 1, 1), dt.date(2033, 1, 1)).map(
        lambda day: f";UNTIL={day:%Y%m%d}"
    ),
    months,
    days,
)
starts = st.dates(dt.date(2010, 1, 1), dt.date(2030, 12, 31))


def file(*lines: str) -> bytes:
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:x",
            "BEGIN:VEVENT",
            *lines,
            "END:VEVENT",
            # So that there is always something to find.
            "BEGIN:VEVENT",
            "DTSTART;VALUE=DATE:20990101",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    ).encode()


@given(rules, starts)
def test_a_yearly_rule_gives_the_days_of_the_reference(
    rule: str, start: dt.date
) -> None:
    found = in_file(file(f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"RRULE:{rule}"), TODAY)
    midnight = dt.datetime.combine(start, dt.time())
    last = dt.datetime(TODAY.year + YEARS_AHEAD, 12, 31)  # noqa: DTZ001
    expected = takewhile(
        lambda at: at <= last, rrulestr(f"RRULE:{rule}", dtstart=midnight)
    )
    assert [day.date for day in found][:-1] == [
        at.date() for at in expected if at.year >= TODAY.year
    ]
