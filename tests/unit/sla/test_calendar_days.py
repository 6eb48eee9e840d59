"""The days of a calendar, as the picture of its weeks shows them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sla.test_calendar_laws import scenes, shifts
from tracker.sla.calendar import DAY, ZERO, Calendar, Opening, between, days

HOUR = timedelta(hours=1)


def openings(calendar: Calendar, first: date, count: int) -> list[Opening]:
    return [part for day in days(calendar, first, count) for part in day.openings]


@given(scenes(), shifts, st.timedeltas(ZERO, 8 * DAY))
def test_the_openings_of_the_days_are_the_working_time(
    scene: tuple[Calendar, datetime], shift: timedelta, length: timedelta
) -> None:
    calendar, day = scene
    a, b = day + shift, day + shift + length
    shown = openings(calendar, (a - 3 * DAY).date(), 16)
    assert all(one.end <= other.start for one, other in pairwise(shown))
    counted = (min(part.end, b) - max(part.start, a) for part in shown)
    assert sum((one for one in counted if one > ZERO), ZERO) == between(calendar, a, b)


@given(scenes())
def test_an_opening_belongs_to_its_day_and_to_the_hours_on_the_wall(
    scene: tuple[Calendar, datetime],
) -> None:
    calendar, day = scene
    zone = ZoneInfo(calendar.timezone)
    shown = days(calendar, day.date(), 10)
    assert [one.date for one in shown] == [day.date() + n * DAY for n in range(10)]
    for one in shown:
        hours = calendar.weekly[one.date.weekday()]
        for part in one.openings:
            local = part.start.astimezone(zone)
            assert local.date() == one.date
            midnight = datetime.combine(one.date, datetime.min.time())
            assert local.replace(tzinfo=None) - midnight == part.opens
            assert any(a <= part.opens < part.closes <= b for a, b in hours)
            assert one.date not in dict(calendar.holidays)


def test_a_day_that_the_zone_skipped_has_no_working_time() -> None:
    apia = Calendar.from_weekly_hours("Pacific/Apia", None)
    before, skipped, after = days(apia, date(2011, 12, 29), 3)
    assert (skipped.date, skipped.openings) == (date(2011, 12, 30), ())
    assert before.openings[-1].end == after.openings[0].start
    assert after.openings[0].start == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_an_interval_in_which_the_clocks_change_is_two() -> None:
    berlin = Calendar.from_weekly_hours("Europe/Berlin", None)
    [spring] = days(berlin, date(2026, 3, 29), 1)
    [autumn] = days(berlin, date(2026, 10, 25), 1)
    assert [(part.opens / HOUR, part.closes / HOUR) for part in spring.openings] == [
        (0, 2),
        (3, 24),
    ]
    assert [(part.opens / HOUR, part.closes / HOUR) for part in autumn.openings] == [
        (0, 3),
        (2, 24),
    ]
