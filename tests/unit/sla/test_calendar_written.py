"""Calendars as people write them."""

from datetime import date, timedelta
from typing import Any

import pytest

from tracker.sla.calendar import ALWAYS, Calendar, CalendarError

NINE_TO_FIVE = {"mon": [["09:00", "17:00"]]}


def hours(*clock: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(hours=hour) for hour in clock)


def test_weekday_left_out_is_closed() -> None:
    calendar = Calendar.from_weekly_hours("UTC", NINE_TO_FIVE)
    assert calendar.weekly == ((hours(9, 17),), (), (), (), (), (), ())


def test_intervals_may_come_in_any_order() -> None:
    written = {"tue": [["13:00", "18:00"], ["09:00", "12:00"]]}
    calendar = Calendar.from_weekly_hours("UTC", written)
    assert calendar.weekly[1] == (hours(9, 12), hours(13, 18))


def test_intervals_that_touch_are_one() -> None:
    split = {"mon": [["12:00", "17:00"], ["09:00", "10:30"], ["10:30", "12:00"]]}
    assert Calendar.from_weekly_hours("UTC", split) == Calendar.from_weekly_hours(
        "UTC", NINE_TO_FIVE
    )


def test_seconds_and_midnight_as_closing_time() -> None:
    calendar = Calendar.from_weekly_hours("UTC", {"sun": [["23:59:30", "24:00"]]})
    assert calendar.weekly[6] == (hours(24 - 1 / 120, 24),)


def test_no_weekly_hours_is_round_the_clock() -> None:
    assert Calendar.from_weekly_hours("UTC", None) == ALWAYS


def test_round_the_clock_needs_every_hour_and_no_holiday() -> None:
    assert Calendar.from_weekly_hours("Asia/Tokyo", None).is_always
    assert not Calendar.from_weekly_hours("UTC", None, ["2026-12-25"]).is_always
    assert not Calendar.from_weekly_hours("UTC", NINE_TO_FIVE).is_always


@pytest.mark.parametrize(
    "written",
    [
        {"2026-12-25": "Christmas", "2026-01-01": ""},
        [{"date": "2026-12-25", "name": "Christmas"}, {"date": "2026-01-01"}],
        [{"date": "2026-12-25", "name": "Christmas"}, "2026-01-01"],
        ["2026-01-01", "2026-12-25", {"date": "2026-12-25", "name": "Christmas"}],
    ],
)
def test_holidays_may_be_dates_or_named(written: Any) -> None:
    calendar = Calendar.from_weekly_hours("UTC", NINE_TO_FIVE, written)
    assert calendar.holidays == (
        (date(2026, 1, 1), ""),
        (date(2026, 12, 25), "Christmas"),
    )


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Mars/Olympus",
        "europe/berlin",
        "America",
        "../Europe/Berlin",
        "zone.tab",
        "\0",
    ],
)
def test_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(CalendarError, match="time zone") as refused:
        Calendar.from_weekly_hours(zone, NINE_TO_FIVE)
    assert refused.value.field == "timezone"


@pytest.mark.parametrize(
    "time", ["9:00", "09:60", "24:01", "24:00:01", "25:00", "09.00", "", "٠٩:٠٠", 9]
)
def test_bad_time_is_refused(time: Any) -> None:
    with pytest.raises(CalendarError, match="not a time") as refused:
        Calendar.from_weekly_hours("UTC", {"mon": [[time, "24:00"]]})
    assert refused.value.field == "weekly_hours.mon"


@pytest.mark.parametrize(
    "interval",
    [["17:00", "09:00"], ["09:00", "09:00"], ["22:00", "00:00"], ["24:00", "24:00"]],
)
def test_interval_that_is_reversed_or_empty_is_refused(interval: list[str]) -> None:
    with pytest.raises(CalendarError, match="does not close after it opens") as refused:
        Calendar.from_weekly_hours("UTC", {"wed": [interval]})
    assert refused.value.field == "weekly_hours.wed"


@pytest.mark.parametrize(
    "second", [["11:59", "13:00"], ["09:00", "12:00"], ["10:00", "11:00"]]
)
def test_overlap_is_refused(second: list[str]) -> None:
    with pytest.raises(CalendarError, match="overlap") as refused:
        Calendar.from_weekly_hours("UTC", {"sat": [["09:00", "12:00"], second]})
    assert refused.value.field == "weekly_hours.sat"


@pytest.mark.parametrize("pair", [["09:00"], ["09:00", "10:00", "11:00"], "09"])
def test_interval_that_is_no_pair_is_refused(pair: Any) -> None:
    with pytest.raises(CalendarError, match="pair"):
        Calendar.from_weekly_hours("UTC", {"mon": [pair]})


@pytest.mark.parametrize("written", [{}, {"mon": []}])
def test_no_working_time_at_all_is_refused(written: Any) -> None:
    with pytest.raises(CalendarError, match="no working time") as refused:
        Calendar.from_weekly_hours("UTC", written)
    assert refused.value.field == "weekly_hours"


@pytest.mark.parametrize("weekday", ["monday", "Mon", ""])
def test_unknown_weekday_is_refused(weekday: str) -> None:
    with pytest.raises(CalendarError, match="unknown weekday") as refused:
        Calendar.from_weekly_hours("UTC", {weekday: [["09:00", "10:00"]]})
    assert refused.value.field == "weekly_hours"


@pytest.mark.parametrize(
    "holiday",
    ["2026-02-30", "25.12.2026", "20261225", "2026-W52-5", "", None, {"name": "x"}],
)
def test_bad_date_is_refused(holiday: Any) -> None:
    with pytest.raises(CalendarError, match="not a date") as refused:
        Calendar.from_weekly_hours("UTC", NINE_TO_FIVE, [holiday])
    assert refused.value.field == "holidays"
