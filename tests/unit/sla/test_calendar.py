"""What working time is, example by example."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tracker.sla.calendar import (
    ALWAYS,
    TEN_YEARS,
    WEEKDAYS,
    Calendar,
    HorizonError,
    Segment,
    add,
    between,
    segments,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
ZERO = timedelta(0)

at = datetime.fromisoformat


def every_day(zone: str, *hours: list[str], holidays: Any = ()) -> Calendar:
    return Calendar.from_weekly_hours(zone, dict.fromkeys(WEEKDAYS, hours), holidays)


# Monday to Friday with a lunch break; 2026-03-02 is a Monday.
OFFICE = Calendar.from_weekly_hours(
    "Europe/Berlin",
    {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in WEEKDAYS[:5]},
    {"2026-04-03": "Good Friday", "2026-04-06": "Easter Monday"},
)
# The office of all days and hours, in a zone that changes its clocks.
ROUND_THE_CLOCK = every_day("Europe/Berlin", ["00:00", "24:00"])


def test_lunch_break_is_not_counted() -> None:
    assert add(OFFICE, at("2026-03-02T11:30+01:00"), HOUR) == at(
        "2026-03-02T13:30+01:00"
    )


def test_work_done_at_closing_time_is_due_at_closing_time() -> None:
    assert add(OFFICE, at("2026-03-06T17:00+01:00"), HOUR) == at(
        "2026-03-06T18:00+01:00"
    )


def test_one_microsecond_more_is_due_after_the_next_opening() -> None:
    due = add(OFFICE, at("2026-03-06T17:00+01:00"), HOUR + MICROSECOND)
    assert due == at("2026-03-09T09:00:00.000001+01:00")


def test_no_work_is_done_at_once_even_when_closed() -> None:
    sunday = at("2026-03-08T03:00+01:00")
    assert add(OFFICE, sunday, timedelta(0)) == sunday


def test_work_begun_when_closed_counts_from_the_opening() -> None:
    assert add(OFFICE, at("2026-03-07T23:59+01:00"), HOUR) == at(
        "2026-03-09T10:00+01:00"
    )


def test_last_instant_before_the_opening_is_closed() -> None:
    opening = at("2026-03-02T09:00+01:00")
    assert between(OFFICE, opening - 2 * MICROSECOND, opening - MICROSECOND) == ZERO
    assert between(OFFICE, opening - MICROSECOND, opening + MICROSECOND) == MICROSECOND


def test_result_is_in_utc() -> None:
    due = add(OFFICE, at("2026-03-02T09:00+01:00"), HOUR)
    assert due.isoformat() == "2026-03-02T09:00:00+00:00"


def test_holidays_and_the_weekend_between_are_skipped() -> None:
    assert add(OFFICE, at("2026-04-02T17:00+02:00"), 2 * HOUR) == at(
        "2026-04-07T10:00+02:00"
    )


def test_between_counts_only_open_time() -> None:
    a, b = at("2026-03-06T11:00+01:00"), at("2026-03-09T10:30+01:00")
    assert between(OFFICE, a, b) == timedelta(hours=1 + 5 + 1.5)


def test_between_is_zero_backwards() -> None:
    a, b = at("2026-03-02T10:00+01:00"), at("2026-03-02T11:00+01:00")
    assert between(OFFICE, b, a) == timedelta(0)
    assert between(ALWAYS, b, a) == timedelta(0)


def test_microseconds_survive_counting() -> None:
    a = at("2026-03-02T09:00:00.000001+01:00")
    b = at("2026-03-03T09:00:00.000003+01:00")
    assert between(OFFICE, a, b) == 8 * HOUR + 2 * MICROSECOND


def test_holiday_closes_only_its_own_half_of_a_night_shift() -> None:
    nights = every_day(
        "Europe/Berlin",
        ["00:00", "06:00"],
        ["22:00", "24:00"],
        holidays=("2026-05-01",),
    )
    a, b = at("2026-04-30T12:00+02:00"), at("2026-05-02T12:00+02:00")
    assert between(nights, a, b) == timedelta(hours=2 + 6)


def test_seconds_of_opening_hours_count() -> None:
    brief = every_day("UTC", ["09:00:15", "09:00:45"])
    a = at("2026-03-02T00:00Z")
    assert add(brief, a, timedelta(seconds=31)) == at("2026-03-03T09:00:16Z")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_local_day_is_as_long_as_the_clock_change_makes_it(
    day: str, hours: int
) -> None:
    sundays = Calendar.from_weekly_hours("Europe/Berlin", {"sun": [["00:00", "24:00"]]})
    noon = at(day).replace(tzinfo=UTC)
    assert between(sundays, noon - DAY, noon + 2 * DAY) == hours * HOUR


def test_round_the_clock_in_a_zone_is_still_real_time() -> None:
    a, b = at("2026-03-28T12:00+01:00"), at("2026-10-26T12:00+01:00")
    assert between(ROUND_THE_CLOCK, a, b) == b - a


def test_interval_that_lies_in_the_gap_is_empty() -> None:
    gap = every_day("Europe/Berlin", ["02:00", "03:00"])
    a = at("2026-03-28T12:00+01:00")
    assert between(gap, a, a + DAY) == timedelta(0)


def test_interval_across_the_gap_shrinks() -> None:
    night = every_day("Europe/Berlin", ["01:30", "03:30"])
    a = at("2026-03-28T12:00+01:00")
    assert between(night, a, a + DAY) == HOUR
    assert add(night, a, 45 * MINUTE) == at("2026-03-29T03:15+02:00")


def test_interval_in_the_fold_is_open_twice() -> None:
    fold = every_day("Europe/Berlin", ["02:00", "02:30"])
    a = at("2026-10-24T12:00+02:00")
    assert between(fold, a, a + DAY) == HOUR
    # Open at 02:00 summer time, closed at 02:30, open again at 02:00 winter time.
    assert add(fold, a, 30 * MINUTE) == at("2026-10-25T02:30+02:00")
    assert add(fold, a, 31 * MINUTE) == at("2026-10-25T02:01+01:00")


def test_half_hour_change_is_counted_as_such() -> None:
    # Lord Howe falls back from 02:00 to 01:30.
    night = every_day("Australia/Lord_Howe", ["01:30", "02:00"])
    a = at("2026-04-04T12:00+11:00")
    assert between(night, a, a + DAY) == HOUR


def test_change_of_two_hours_is_counted_as_such() -> None:
    night = every_day("Antarctica/Troll", ["00:00", "06:00"])
    assert between(night, at("2026-03-28T12:00Z"), at("2026-03-29T12:00Z")) == 4 * HOUR


def test_zone_that_suspends_summer_time_for_a_month() -> None:
    # Ramadan 2026 in Morocco: an hour back on 15 February, forward on 22 March.
    morning = every_day("Africa/Casablanca", ["09:00", "10:00"])
    starts = ["2026-02-14T12:00Z", "2026-02-15T12:00Z", "2026-03-22T12:00Z"]
    dues = [add(morning, at(start), HOUR).hour for start in starts]
    assert dues == [10, 10, 9]


def test_quarter_hour_offset() -> None:
    desk = every_day("Asia/Kathmandu", ["10:00", "17:00"])
    assert add(desk, at("2026-03-02T00:00Z"), HOUR) == at("2026-03-02T05:15Z")


def test_date_that_is_visited_twice_is_one_date() -> None:
    # At 00:01 on 29 October 2006 St. John's went back to 23:01 on the 28th.
    saturday = Calendar.from_weekly_hours(
        "America/St_Johns", {"sat": [["00:00", "24:00"]]}
    )
    a, b = at("2006-10-27T12:00Z"), at("2006-10-31T12:00Z")
    assert between(saturday, a, b) == 24 * HOUR + 59 * MINUTE
    closed = [s for s in segments(saturday, a, b) if s.kind == "closed"]
    assert Segment(at("2006-10-29T02:30Z"), at("2006-10-29T02:31Z"), "closed") in closed


def test_holiday_on_a_date_that_is_visited_twice_closes_both_visits() -> None:
    saturday = Calendar.from_weekly_hours(
        "America/St_Johns", {"sat": [["00:00", "24:00"]]}, ["2006-10-28"]
    )
    a, b = at("2006-10-27T12:00Z"), at("2006-10-31T12:00Z")
    assert between(saturday, a, b) == timedelta(0)


def test_day_that_the_zone_skips_has_no_working_time() -> None:
    # Samoa went from Thursday 29 to Saturday 31 December 2011.
    friday = Calendar.from_weekly_hours("Pacific/Apia", {"fri": [["09:00", "17:00"]]})
    a = at("2011-12-28T00:00-10:00")
    assert between(friday, a, at("2012-01-05T00:00+14:00")) == timedelta(0)
    assert add(friday, a, HOUR) == at("2012-01-06T10:00+14:00")


@pytest.mark.parametrize("holidays", [(), ("2011-12-30",)])
def test_work_goes_on_after_the_day_that_the_zone_skips(
    holidays: tuple[str, ...],
) -> None:
    # Thursday was followed by Saturday; a holiday in between closes nothing.
    apia = every_day("Pacific/Apia", ["09:00", "17:00"], holidays=holidays)
    due = add(apia, at("2011-12-29T16:00-10:00"), 2 * HOUR)
    assert due == at("2011-12-31T10:00+14:00")


def test_half_hour_change_moves_a_deadline_by_half_an_hour() -> None:
    nights = every_day("Australia/Lord_Howe", ["01:00", "03:00"])
    # Back by half an hour on the fifth of April, forward on the fourth of October.
    for evening, due in (
        ("2026-04-04T20:00+11:00", "2026-04-05T02:30+10:30"),
        ("2026-10-03T20:00+10:30", "2026-10-05T01:30+11:00"),
    ):
        assert add(nights, at(evening), 2 * HOUR) == at(due)


def test_holiday_told_twice_closes_its_day_once() -> None:
    day = {"date": "2026-03-03", "name": "Carnival"}
    twice = every_day("UTC", ["09:00", "17:00"], holidays=(day, "2026-03-03", day))
    assert add(twice, at("2026-03-02T09:00Z"), 9 * HOUR) == at("2026-03-04T10:00Z")


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
)
def test_ten_years_of_office_hours_come_back(zone: str) -> None:
    office = every_day(zone, ["09:00", "12:00"], ["13:00", "24:00"])
    start = at("2026-03-02T08:30:00.000001Z")
    work = between(office, start, start + TEN_YEARS)
    due = add(office, start, work)
    assert between(office, start, due) == work
    assert between(office, due, start + TEN_YEARS) == ZERO


def test_leap_day_is_a_day_like_any_other() -> None:
    leap = every_day("UTC", ["09:00", "10:00"], holidays=("2028-03-01",))
    assert add(leap, at("2028-02-28T10:00Z"), 2 * HOUR) == at("2028-03-02T10:00Z")


def test_ten_years_of_work_round_the_clock() -> None:
    start = at("2026-01-01T00:00Z")
    assert add(ALWAYS, start, TEN_YEARS) == start + TEN_YEARS


def test_ten_years_with_three_leap_days_are_ten_years() -> None:
    start, end = at("2027-06-01T00:00Z"), at("2037-06-01T00:00Z")
    assert add(ALWAYS, start, end - start) == end


@pytest.mark.parametrize("calendar", [ALWAYS, ROUND_THE_CLOCK])
def test_more_than_ten_years_are_refused(calendar: Calendar) -> None:
    with pytest.raises(HorizonError):
        add(calendar, at("2026-01-01T00:00Z"), TEN_YEARS + MICROSECOND)


def test_work_that_ten_years_cannot_hold_is_refused() -> None:
    hour_a_week = Calendar.from_weekly_hours("UTC", {"mon": [["09:00", "10:00"]]})
    assert add(hour_a_week, at("2026-01-01T00:00Z"), 520 * HOUR).year == 2035
    with pytest.raises(HorizonError):
        add(hour_a_week, at("2026-01-01T00:00Z"), 530 * HOUR)


@pytest.mark.parametrize(
    "calendar",
    [
        ALWAYS,
        every_day("America/New_York", ["00:00", "24:00"], holidays=("2026-12-25",)),
        every_day("Pacific/Kiritimati", ["00:00", "24:00"], holidays=("2026-12-25",)),
    ],
    ids=lambda calendar: calendar.timezone,
)
def test_the_ends_of_time_are_no_crash(calendar: Calendar) -> None:
    first = datetime.min.replace(tzinfo=UTC)
    last = datetime.max.replace(tzinfo=UTC)
    assert between(calendar, first, add(calendar, first, HOUR)) == HOUR
    assert between(calendar, last - HOUR, last) == HOUR
    assert add(calendar, last - HOUR, HOUR) == last
    with pytest.raises(HorizonError):
        add(calendar, last - HOUR, HOUR + MICROSECOND)


def test_negative_work_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        add(OFFICE, at("2026-03-02T09:00Z"), -HOUR)


def test_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        add(ALWAYS, datetime(2026, 3, 2), HOUR)  # noqa: DTZ001


def test_instant_before_the_first_year_of_utc_is_refused() -> None:
    with pytest.raises(ValueError, match="out of range"):
        between(ALWAYS, at("0001-01-01T00:00+05:00"), at("2026-03-02T09:00Z"))


def test_segments_name_each_kind_of_time() -> None:
    found = list(
        segments(OFFICE, at("2026-04-02T12:30+02:00"), at("2026-04-07T10:00+02:00"))
    )
    assert found == [
        Segment(at("2026-04-02T10:30Z"), at("2026-04-02T11:00Z"), "closed"),
        Segment(at("2026-04-02T11:00Z"), at("2026-04-02T16:00Z"), "work"),
        Segment(at("2026-04-02T16:00Z"), at("2026-04-02T22:00Z"), "closed"),
        Segment(
            at("2026-04-02T22:00Z"), at("2026-04-03T22:00Z"), "holiday", "Good Friday"
        ),
        Segment(at("2026-04-03T22:00Z"), at("2026-04-05T22:00Z"), "closed"),
        Segment(
            at("2026-04-05T22:00Z"), at("2026-04-06T22:00Z"), "holiday", "Easter Monday"
        ),
        Segment(at("2026-04-06T22:00Z"), at("2026-04-07T07:00Z"), "closed"),
        Segment(at("2026-04-07T07:00Z"), at("2026-04-07T08:00Z"), "work"),
    ]


def test_holiday_without_a_name_has_no_label() -> None:
    free = every_day("UTC", ["09:00", "10:00"], holidays=("2026-03-02",))
    found = segments(free, at("2026-03-02T00:00Z"), at("2026-03-03T00:00Z"))
    assert [(segment.kind, segment.label) for segment in found] == [("holiday", None)]


def test_nights_and_weekend_are_one_closed_segment() -> None:
    found = segments(OFFICE, at("2026-03-06T18:00+01:00"), at("2026-03-09T09:00+01:00"))
    assert [segment.kind for segment in found] == ["closed"]


def test_shift_over_midnight_is_one_segment() -> None:
    nights = every_day("UTC", ["00:00", "06:00"], ["22:00", "24:00"])
    found = segments(nights, at("2026-03-02T12:00Z"), at("2026-03-03T12:00Z"))
    assert [segment.kind for segment in found] == ["closed", "work", "closed"]


def test_segments_of_nothing_are_none() -> None:
    noon = at("2026-03-02T12:00Z")
    for calendar in (ALWAYS, OFFICE):
        assert not list(segments(calendar, noon, noon))
        assert not list(segments(calendar, noon, noon - HOUR))


def test_calendar_is_a_value() -> None:
    hours = {"mon": [["09:00", "12:00"]]}
    one = Calendar.from_weekly_hours("UTC", hours, ["2026-12-25"])
    two = Calendar.from_weekly_hours("UTC", hours, [date(2026, 12, 25)])
    assert one == two
    assert hash(one) == hash(two)
