"""Why a deadline is where it is, step by step."""

from datetime import UTC, datetime, timedelta

from tracker.sla.calendar import ALWAYS, WEEKDAYS, Calendar
from tracker.sla.clock import Event, Step, explain

HOUR = timedelta(hours=1)
ZERO = timedelta(0)

OFFICE = Calendar.from_weekly_hours(
    "UTC",
    {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in WEEKDAYS[:5]},
    {"2026-03-03": "Founding day"},
)


def t(hour: float, day: int = 2) -> datetime:
    return datetime(2026, 3, day, tzinfo=UTC) + hour * HOUR


def created(target: timedelta | None) -> Event:
    return Event(t(10), "created", targets={"resolution": target})


def paused(hour: float, reason: str = "vendor") -> Event:
    return Event(t(hour), "paused", reason)


def resumed(hour: float, reason: str | None = None) -> Event:
    return Event(t(hour), "resumed", reason)


def steps(
    *events: Event, as_of: datetime, calendar: Calendar = ALWAYS
) -> tuple[Step, ...]:
    return explain(events, calendar, as_of)["resolution"]


def test_each_working_interval_and_what_lies_between_is_a_step() -> None:
    assert steps(created(9 * HOUR), as_of=t(10), calendar=OFFICE) == (
        Step("work", t(10), t(12), 2 * HOUR, 2 * HOUR),
        Step("closed", t(12), t(13), ZERO, 2 * HOUR),
        Step("work", t(13), t(18), 5 * HOUR, 7 * HOUR),
        Step("closed", t(18), t(24), ZERO, 7 * HOUR),
        Step("holiday", t(24), t(48), ZERO, 7 * HOUR, label="Founding day"),
        Step("closed", t(48), t(57), ZERO, 7 * HOUR),
        Step("work", t(57), t(59), 2 * HOUR, 9 * HOUR),
    )


def test_round_the_clock_is_one_step_between_pauses() -> None:
    history = [created(4 * HOUR), paused(11), resumed(13)]
    assert steps(*history, as_of=t(14)) == (
        Step("work", t(10), t(11), HOUR, HOUR),
        Step("paused", t(11), t(13), ZERO, HOUR, reason="vendor"),
        Step("work", t(13), t(16), 3 * HOUR, 4 * HOUR),
    )


def test_present_does_not_cut_a_step() -> None:
    assert steps(created(4 * HOUR), as_of=t(11)) == steps(
        created(4 * HOUR), as_of=t(13)
    )


def test_pause_is_told_by_the_oldest_reason_in_force() -> None:
    history = [
        created(4 * HOUR),
        paused(11, "vendor"),
        paused(12, "customer"),
        resumed(13, "vendor"),
        resumed(14),
    ]
    told = [
        (step.reason, step.start, step.end)
        for step in steps(*history, as_of=t(15))
        if step.kind == "paused"
    ]
    assert told == [("vendor", t(11), t(13)), ("customer", t(13), t(14))]


def test_paused_clock_is_explained_to_its_projected_deadline() -> None:
    assert steps(created(4 * HOUR), paused(11), as_of=t(13)) == (
        Step("work", t(10), t(11), HOUR, HOUR),
        Step("paused", t(11), t(13), ZERO, HOUR, reason="vendor"),
        Step("work", t(13), t(16), 3 * HOUR, 4 * HOUR),
    )


def test_stopped_clock_is_explained_to_the_deadline_it_met() -> None:
    history = [created(4 * HOUR), Event(t(11), "resolved")]
    assert steps(*history, as_of=t(20)) == steps(created(4 * HOUR), as_of=t(11))


def test_overdue_clock_is_explained_to_its_deadline_only() -> None:
    history = [created(2 * HOUR), paused(13), resumed(14)]
    assert steps(*history, as_of=t(15)) == (
        Step("work", t(10), t(12), 2 * HOUR, 2 * HOUR),
    )


def test_time_before_a_reopen_is_a_pause() -> None:
    history = [
        created(4 * HOUR),
        Event(t(11), "resolved"),
        Event(t(13), "reopened"),
    ]
    assert steps(*history, as_of=t(13))[1] == Step(
        "paused", t(11), t(13), ZERO, HOUR, reason="resolved"
    )


def test_restarted_clock_is_explained_from_its_restart() -> None:
    restart = Event(
        t(12), "targets_changed", targets={"resolution": HOUR}, mode="restart"
    )
    history = [created(4 * HOUR), paused(11), restart, resumed(13)]
    assert steps(*history, as_of=t(13)) == (
        Step("paused", t(12), t(13), ZERO, ZERO, reason="vendor"),
        Step("work", t(13), t(14), HOUR, HOUR),
    )


def test_clock_without_a_target_has_no_steps() -> None:
    assert steps(created(None), as_of=t(11)) == ()


def test_very_long_way_ends_with_one_step_for_the_rest() -> None:
    target = 8 * HOUR * 1000
    told = explain([created(target)], OFFICE, t(10), max_steps=100)["resolution"]
    assert len(told) == 101
    assert (told[-1].kind, told[-1].total) == ("work", target)
    assert sum((step.counted for step in told), ZERO) == target
    assert told[-1].start == told[-2].end
