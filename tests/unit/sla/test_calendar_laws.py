"""The laws of working time, on calendars, zones and instants of all kinds."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tracker.sla.calendar import (
    WEEKDAYS,
    Calendar,
    add,
    as_utc,
    between,
    segments,
)

ZERO = timedelta(0)
TICK = timedelta(minutes=15)

# Offsets of quarters and halves of an hour, changes of half an hour and of two
# hours, at midnight, twice for Ramadan, on dates that follow the moon.
ZONES = [
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Nuuk",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Chatham",
]
# Days on which one of them changes its clocks, or skips the day.
UNUSUAL = [
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
    ("Europe/Dublin", datetime(2026, 10, 25, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 15, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 3, 22, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 11, 1, tzinfo=UTC)),
    ("America/Nuuk", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 10, 25, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 4, 4, tzinfo=UTC)),
]


def written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def hours(draw: st.DrawFn, step: int) -> dict[str, list[list[str]]]:
    """Weekly hours on multiples of `step` minutes, enough for the work drawn here."""
    week = {}
    for weekday in WEEKDAYS:
        marks = draw(st.sets(st.integers(0, 24 * 60 // step), max_size=6))
        times = [written(mark * step) for mark in sorted(marks)]
        pairs = zip(times[::2], times[1::2], strict=False)
        week[weekday] = [list(pair) for pair in pairs]
    week[draw(st.sampled_from(WEEKDAYS))] = [["01:30", "05:00"], ["20:00", "24:00"]]
    return week


def near(day: datetime) -> st.SearchStrategy[list[str]]:
    dates = [(day + timedelta(days=n)).date().isoformat() for n in range(-4, 8)]
    return st.lists(st.sampled_from(dates), max_size=3)


@st.composite
def scenes(draw: st.DrawFn, step: int = 1) -> tuple[Calendar, datetime]:
    """A calendar with a day worth looking at, often one of changing clocks."""
    days = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001
    ordinary = st.tuples(
        st.sampled_from(ZONES), days.map(lambda day: day.replace(tzinfo=UTC))
    )
    zone, day = draw(st.sampled_from(UNUSUAL) | ordinary)
    calendar = Calendar.from_weekly_hours(zone, draw(hours(step)), draw(near(day)))
    return calendar, day


durations = st.timedeltas(ZERO, timedelta(days=30))
shifts = st.timedeltas(timedelta(days=-4), timedelta(days=8))


def is_open(calendar: Calendar, instant: datetime) -> bool:
    """The definition: by the instant's own wall time, weekday and date."""
    local = instant.astimezone(ZoneInfo(calendar.timezone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    time = local.replace(tzinfo=None) - midnight.replace(tzinfo=None)
    return local.date() not in dict(calendar.holidays) and any(
        opens <= time < closes for opens, closes in calendar.weekly[local.weekday()]
    )


@given(scenes(step=15), st.integers(-400, 400), st.integers(0, 900))
def test_between_counts_the_open_ticks(
    scene: tuple[Calendar, datetime], offset: int, ticks: int
) -> None:
    calendar, day = scene
    a = day.replace(minute=0, second=0, microsecond=0) + offset * TICK
    counted = sum(is_open(calendar, a + n * TICK) for n in range(ticks))
    assert between(calendar, a, a + ticks * TICK) == counted * TICK


@given(scenes(step=15), st.integers(-400, 400), st.integers(1, 120))
def test_add_ends_with_the_last_open_tick(
    scene: tuple[Calendar, datetime], offset: int, work: int
) -> None:
    calendar, day = scene
    start = day.replace(minute=0, second=0, microsecond=0) + offset * TICK
    due = add(calendar, start, work * TICK)
    instant, counted = start, 0
    while instant < due:
        counted += is_open(calendar, instant)
        instant += TICK
    assert (instant, counted) == (due, work)
    assert is_open(calendar, due - TICK)


def test_between_counts_each_minute_around_the_oddest_midnight() -> None:
    # St. John's changed at 00:01 until 2011: forward into the day, back out of it.
    minute = timedelta(minutes=1)
    calendar = Calendar.from_weekly_hours(
        "America/St_Johns",
        {"sat": [["22:30", "23:30"]], "sun": [["00:00", "00:45"], ["01:10", "02:00"]]},
    )
    for noon in (
        datetime(2006, 4, 1, 12, tzinfo=UTC),
        datetime(2006, 10, 28, 12, tzinfo=UTC),
    ):
        worked = ZERO
        for n in range(24 * 60):
            now = noon + n * minute
            worked += is_open(calendar, now) * minute
            assert between(calendar, noon, now + minute) == worked


@given(scenes(), shifts, durations)
def test_between_gives_back_what_was_added(
    scene: tuple[Calendar, datetime], shift: timedelta, work: timedelta
) -> None:
    calendar, day = scene
    start = day + shift
    assert between(calendar, start, add(calendar, start, work)) == work


@given(scenes(), shifts, durations.filter(bool))
def test_added_work_is_done_at_the_due_instant_and_no_sooner(
    scene: tuple[Calendar, datetime], shift: timedelta, work: timedelta
) -> None:
    calendar, day = scene
    due = add(calendar, day + shift, work)
    assert between(calendar, day + shift, due - timedelta.resolution) < work


@given(scenes(), shifts, durations, durations)
def test_add_is_monotone(
    scene: tuple[Calendar, datetime], shift: timedelta, a: timedelta, b: timedelta
) -> None:
    calendar, day = scene
    start = day + shift
    assert add(calendar, start, min(a, b)) <= add(calendar, start, max(a, b))
    assert add(calendar, start, a) <= add(calendar, start + b, a)


@given(scenes(), shifts, durations, durations)
def test_work_may_be_added_in_two_parts(
    scene: tuple[Calendar, datetime], shift: timedelta, a: timedelta, b: timedelta
) -> None:
    calendar, day = scene
    start = day + shift
    assert add(calendar, add(calendar, start, a), b) == add(calendar, start, a + b)


@given(scenes(), shifts, durations, durations)
def test_between_is_additive(
    scene: tuple[Calendar, datetime], shift: timedelta, a: timedelta, b: timedelta
) -> None:
    calendar, day = scene
    start, middle, end = day + shift, day + shift + a, day + shift + a + b
    assert between(calendar, start, end) == between(calendar, start, middle) + between(
        calendar, middle, end
    )


@given(st.sampled_from(ZONES), hours(5), st.data())
def test_splitting_an_interval_changes_nothing(
    zone: str, week: dict[str, list[list[str]]], data: st.DataObject
) -> None:
    weekday = data.draw(st.sampled_from([day for day in WEEKDAYS if week[day]]))
    opens, closes = week[weekday][0]
    first, last = (int(time[:2]) * 60 + int(time[3:]) for time in (opens, closes))
    middle = written(data.draw(st.integers(first + 1, last - 1)))
    parts = [[opens, middle], [middle, closes], *week[weekday][1:]]
    assert Calendar.from_weekly_hours(
        zone, {**week, weekday: parts}
    ) == Calendar.from_weekly_hours(zone, week)


@given(st.sampled_from(ZONES), shifts, durations)
def test_a_full_week_in_any_zone_is_subtraction(
    zone: str, shift: timedelta, work: timedelta
) -> None:
    start = datetime(2026, 3, 27, tzinfo=UTC) + shift
    # The holiday is far away, so that the week is counted and not short-cut.
    for holidays in ([], ["1990-01-01"]):
        calendar = Calendar.from_weekly_hours(zone, None, holidays)
        assert calendar.is_always == (not holidays)
        assert add(calendar, start, work) == start + work
        assert between(calendar, start, start + work) == work


@given(scenes(), shifts, durations, st.integers(-4, 30))
def test_one_more_holiday_never_moves_a_deadline_earlier(
    scene: tuple[Calendar, datetime], shift: timedelta, work: timedelta, n: int
) -> None:
    calendar, day = scene
    holiday: tuple[date, str] = ((day + timedelta(days=n)).date(), "")
    more = Calendar(
        calendar.timezone,
        calendar.weekly,
        tuple(sorted({*calendar.holidays, holiday})),
    )
    start = day + shift
    assert add(more, start, work) >= add(calendar, start, work)


@given(scenes(), shifts, durations)
def test_offset_of_the_start_does_not_matter(
    scene: tuple[Calendar, datetime], shift: timedelta, work: timedelta
) -> None:
    calendar, day = scene
    start = day + shift
    local = start.astimezone(ZoneInfo("Pacific/Chatham"))
    assert as_utc(local) == start
    assert add(calendar, local, work) == add(calendar, start, work)


@given(scenes(), shifts, durations)
def test_segments_cover_the_time_and_their_work_is_what_counts(
    scene: tuple[Calendar, datetime], shift: timedelta, length: timedelta
) -> None:
    calendar, day = scene
    a, b = day + shift, day + shift + length
    found = list(segments(calendar, a, b))
    assert [segment.start for segment in found] + [b] == [a] + [s.end for s in found]
    assert all(segment.start < segment.end for segment in found)
    assert all(
        (one.kind, one.label) != (two.kind, two.label) for one, two in pairwise(found)
    )
    work = sum((s.end - s.start for s in found if s.kind == "work"), ZERO)
    assert work == between(calendar, a, b)
    for segment in found:
        middle = segment.start + (segment.end - segment.start) / 2
        assert is_open(calendar, middle) == (segment.kind == "work")
