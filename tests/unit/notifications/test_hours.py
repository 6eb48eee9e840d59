"""Quiet hours and digest times, on days of 23, 24 and 25 hours and on none at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tracker.notifications.hours import next_at, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
APIA = ZoneInfo("Pacific/Apia")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
]
MINUTE = timedelta(minutes=1)
WALLS = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))
INSTANTS = st.integers(0, 20 * 366 * 1440).map(
    lambda minutes: datetime(2009, 1, 1, tzinfo=UTC) + minutes * MINUTE
)
# Around the changes of Berlin in 2026, where random instants seldom fall.
CHANGES = st.builds(
    lambda day, minutes: datetime.combine(day, time(), UTC) + minutes * MINUTE,
    st.sampled_from(
        [date(2026, 3, 29), date(2026, 10, 25), date(2011, 12, 30), date(2026, 4, 4)]
    ),
    st.integers(-1440, 2880),
)
somewhere = (st.one_of(INSTANTS, CHANGES), st.sampled_from(ZONES).map(ZoneInfo))
people = given(*somewhere, WALLS, WALLS)


def berlin(text: str, fold: int = 0) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return local.astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "begin", "end", "until"),
    [
        ("2026-03-02T23:00", "22:00", "07:00", "2026-03-03T07:00"),
        ("2026-03-03T06:59", "22:00", "07:00", "2026-03-03T07:00"),
        ("2026-03-02T22:00", "22:00", "07:00", "2026-03-03T07:00"),
        ("2026-03-03T07:00", "22:00", "07:00", None),
        ("2026-03-02T21:59", "22:00", "07:00", None),
        ("2026-03-02T12:30", "12:00", "13:00", "2026-03-02T13:00"),
        ("2026-03-02T13:00", "12:00", "13:00", None),
        ("2026-03-02T00:00", "00:00", "06:00", "2026-03-02T06:00"),
        ("2026-03-02T23:59", "18:00", "00:00", "2026-03-03T00:00"),
    ],
)
def test_quiet_hours_are_half_open_and_may_pass_midnight(
    now: str, begin: str, end: str, until: str | None
) -> None:
    found = quiet_until(
        berlin(now), BERLIN, time.fromisoformat(begin), time.fromisoformat(end)
    )
    assert found == (berlin(until) if until else None)


def test_a_night_in_which_the_clocks_change_has_an_hour_less_or_more() -> None:
    begin, end = time(22), time(7)
    for evening, hours in (("2026-03-28T22:00", 8), ("2026-10-24T22:00", 10)):
        now = berlin(evening)
        until = quiet_until(now, BERLIN, begin, end)
        assert until
        assert until - now == timedelta(hours=hours)


def test_an_end_that_is_skipped_is_the_instant_of_the_change() -> None:
    until = quiet_until(berlin("2026-03-29T01:00"), BERLIN, time(22), time(2, 30))
    assert until == datetime(2026, 3, 29, 1, tzinfo=UTC)
    half_an_hour = quiet_until(
        datetime(2026, 10, 3, 15, tzinfo=UTC), LORD_HOWE, time(22), time(2, 15)
    )
    assert half_an_hour == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


def test_an_end_that_comes_twice_is_the_second_one() -> None:
    until = quiet_until(berlin("2026-10-25T01:00"), BERLIN, time(22), time(2, 30))
    assert until == berlin("2026-10-25T02:30", fold=1)


def test_a_night_before_a_day_that_never_was_goes_on_into_the_next() -> None:
    now = datetime(2011, 12, 29, 23, tzinfo=APIA)
    until = quiet_until(now, APIA, time(22), time(7))
    assert until == datetime(2011, 12, 31, 7, tzinfo=APIA)


def test_a_digest_comes_at_its_wall_time_in_summer_and_in_winter() -> None:
    eight = time(8)
    assert next_at(berlin("2026-03-28T08:00"), BERLIN, eight) == berlin(
        "2026-03-29T08:00"
    )
    assert next_at(berlin("2026-03-28T07:59"), BERLIN, eight) == berlin(
        "2026-03-28T08:00"
    )
    assert next_at(berlin("2026-10-24T12:00"), BERLIN, eight) == berlin(
        "2026-10-25T08:00"
    )


def test_a_digest_time_that_is_skipped_is_not_left_out() -> None:
    at = next_at(berlin("2026-03-28T12:00"), BERLIN, time(2, 30))
    assert at == datetime(2026, 3, 29, 1, tzinfo=UTC)


@people
@example(datetime(2026, 10, 25, 0, 50, tzinfo=UTC), BERLIN, time(2, 45), time(2, 15))
@example(datetime(2026, 3, 29, 0, 50, tzinfo=UTC), BERLIN, time(2, 45), time(2, 15))
def test_quiet_hours_end_and_the_end_is_not_quiet(
    now: datetime, zone: ZoneInfo, begin: time, end: time
) -> None:
    assume(begin != end)
    until = quiet_until(now, zone, begin, end)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=50)
    assert quiet_until(until, zone, begin, end) is None
    # Whoever looks in between hears the same end.
    for share in (0.25, 0.5, 0.999):
        assert quiet_until(now + (until - now) * share, zone, begin, end) == until


@people
def test_a_wall_time_inside_the_hours_is_quiet(
    now: datetime, zone: ZoneInfo, begin: time, end: time
) -> None:
    assume(begin != end)
    wall = now.astimezone(zone).time()
    inside = begin <= wall < end if begin < end else not end <= wall < begin
    if inside:
        assert quiet_until(now, zone, begin, end)


@people
def test_an_hour_that_comes_twice_is_all_that_is_quiet_beyond_the_hours(
    now: datetime, zone: ZoneInfo, begin: time, end: time
) -> None:
    assume(begin != end)
    local = now.astimezone(zone)
    changes = {
        (local + timedelta(hours=hours)).astimezone(UTC).astimezone(zone).utcoffset()
        for hours in range(-48, 49)
    }
    assume(len(changes) == 1)
    wall = local.time()
    inside = begin <= wall < end if begin < end else not end <= wall < begin
    assert bool(quiet_until(now, zone, begin, end)) == inside


@given(*somewhere, WALLS)
def test_the_next_digest_is_later_and_within_a_day_and_its_changes(
    now: datetime, zone: ZoneInfo, wall: time
) -> None:
    at = next_at(now, zone, wall)
    assert now < at <= now + timedelta(hours=50)
    shown = at.astimezone(zone)
    skipped = shown.replace(tzinfo=None) > datetime.combine(
        shown.date(), wall
    ) or shown.date() == date(2011, 12, 31)
    assert shown.time() == wall or skipped
