"""What happens to the clocks of an incident, behaviour by behaviour."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tracker.sla.calendar import ALWAYS, WEEKDAYS, Calendar
from tracker.sla.clock import (
    ClockState,
    Event,
    HistoryError,
    Mark,
    Pause,
    SlaState,
    Terms,
    explain,
    limit_pauses,
    replay,
    terms_on,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
ZERO = timedelta(0)

OFFICE = Calendar.from_weekly_hours(
    "UTC", {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in WEEKDAYS[:5]}
)


def t(time: str) -> datetime:
    """A time on Monday 2 March 2026, or on the weekday named before it."""
    weekday, _, clock = time.rpartition(" ")
    day = 2 + WEEKDAYS.index(weekday or "mon")
    return datetime.fromisoformat(f"2026-03-{day:02}T{clock}+00:00")


def event(time: str, type_: str, reason: str | None = None, **more: Any) -> Event:
    return Event(t(time), type_, reason, **more)


def targets(
    response: timedelta | None = HOUR, resolution: timedelta | None = 4 * HOUR
) -> dict[str, timedelta | None]:
    return {"response": response, "resolution": resolution}


def changed(
    time: str,
    mode: str = "retarget",
    response: timedelta | None = HOUR,
    resolution: timedelta | None = 4 * HOUR,
) -> Event:
    return event(
        time, "targets_changed", targets=targets(response, resolution), mode=mode
    )


CREATED = event("09:00", "created", targets=targets())


def state(*events: Event, as_of: str, calendar: Calendar = ALWAYS) -> SlaState:
    return replay([CREATED, *events], calendar, t(as_of))


def response(*events: Event, as_of: str, calendar: Calendar = ALWAYS) -> ClockState:
    return state(*events, as_of=as_of, calendar=calendar).clocks["response"]


def resolution(*events: Event, as_of: str, calendar: Calendar = ALWAYS) -> ClockState:
    return state(*events, as_of=as_of, calendar=calendar).clocks["resolution"]


# Start and deadline


def test_both_clocks_start_when_the_incident_is_created() -> None:
    now = state(as_of="09:00")
    assert now.status == "active"
    for clock, due in zip(now.clocks.values(), ["10:00", "13:00"], strict=True):
        assert (clock.status, clock.started_at, clock.deadline) == (
            "running",
            t("09:00"),
            t(due),
        )


def test_working_time_is_used_up_as_it_passes() -> None:
    clock = resolution(as_of="12:30", calendar=OFFICE)
    assert clock.deadline == t("14:00")
    assert (clock.elapsed, clock.remaining) == (3 * HOUR, HOUR)


def test_next_deadline_is_the_earliest_of_the_open_clocks() -> None:
    before = state(as_of="09:15")
    after = state(event("09:30", "responded"), as_of="09:45")
    assert (before.next_deadline, before.remaining) == (t("10:00"), 45 * MINUTE)
    assert (after.next_deadline, after.remaining) == (
        t("13:00"),
        3 * HOUR + 15 * MINUTE,
    )


def test_next_deadline_may_be_overdue() -> None:
    now = state(as_of="10:30")
    assert (now.next_deadline, now.remaining) == (t("10:00"), -30 * MINUTE)


def test_no_deadline_is_next_when_all_clocks_have_stopped() -> None:
    now = state(event("09:30", "resolved"), as_of="09:45")
    assert (now.next_deadline, now.remaining) == (None, None)


def test_each_kind_may_have_its_own_calendar() -> None:
    now = replay([CREATED], Terms({"resolution": OFFICE}), t("09:00"))
    assert now.clocks["response"].deadline == t("10:00")
    assert now.clocks["resolution"].deadline == t("14:00")


def test_another_kind_of_target_stops_at_the_resolve() -> None:
    opened = event("09:00", "created", targets={"internal": 2 * HOUR})
    events = [opened, event("09:30", "responded"), event("10:00", "resolved")]
    clock = replay(events, ALWAYS, t("10:00")).clocks["internal"]
    assert (clock.status, clock.stopped_at) == ("met", t("10:00"))


# Met and breached


def test_deadline_itself_is_not_yet_a_breach() -> None:
    assert response(as_of="10:00").status == "running"


def test_first_instant_after_the_deadline_is_a_breach_at_the_deadline() -> None:
    clock = replay([CREATED], ALWAYS, t("10:00") + MICROSECOND).clocks["response"]
    assert (clock.status, clock.breached_at) == ("breached", t("10:00"))
    assert (clock.deadline, clock.stopped_at) == (t("10:00"), None)
    assert clock.remaining == -MICROSECOND


def test_stop_at_the_deadline_is_met() -> None:
    clock = response(event("10:00", "responded"), as_of="12:00")
    assert (clock.status, clock.stopped_at, clock.breached_at) == (
        "met",
        t("10:00"),
        None,
    )


def test_late_stop_is_a_breach_at_the_deadline() -> None:
    clock = response(event("10:30", "responded"), as_of="12:00")
    assert (clock.status, clock.stopped_at) == ("breached", t("10:30"))
    assert (clock.breached_at, clock.ever_breached) == (t("10:00"), True)
    assert clock.remaining == -30 * MINUTE


def test_night_after_the_closing_deadline_is_late_without_being_overdue() -> None:
    opened = event("09:00", "created", targets=targets(resolution=8 * HOUR))
    clock = replay([opened], OFFICE, t("20:00")).clocks["resolution"]
    assert (clock.deadline, clock.status) == (t("18:00"), "breached")
    assert clock.remaining == ZERO


def test_overdue_time_is_working_time() -> None:
    clock = response(as_of="13:30", calendar=OFFICE)
    assert clock.remaining == -(2 * HOUR + 30 * MINUTE)


def test_breached_response_does_not_hide_the_resolution_clock() -> None:
    early, late = state(as_of="12:00"), state(as_of="14:00")
    assert early.status == late.status == "breached"
    assert early.clocks["resolution"].status == "running"
    assert late.clocks["resolution"].breached_at == t("13:00")


def test_resolve_stops_a_response_clock_that_nobody_answered() -> None:
    clock = response(event("09:30", "resolved"), as_of="12:00")
    assert (clock.status, clock.stopped_at) == ("met", t("09:30"))


def test_second_answer_does_not_move_the_first() -> None:
    clock = response(
        event("09:10", "responded"), event("11:00", "responded"), as_of="12:00"
    )
    assert (clock.status, clock.stopped_at) == ("met", t("09:10"))


def test_status_is_met_when_all_clocks_are() -> None:
    done = [event("09:30", "responded"), event("12:00", "resolved")]
    assert state(*done, as_of="18:00").status == "met"


def test_status_stays_breached_after_a_late_resolve() -> None:
    done = [event("09:30", "responded"), event("13:01", "resolved")]
    assert state(*done, as_of="18:00").status == "breached"


def test_incident_without_targets_has_no_clock_to_miss() -> None:
    now = replay([event("09:00", "created")], ALWAYS, t("12:00"))
    assert (now.status, now.next_deadline) == ("met", None)
    for kind, clock in now.clocks.items():
        assert clock == ClockState(kind, clock.status, t("09:00"))
        assert clock.status == "none"


# Warnings


def test_warning_comes_at_a_share_of_the_working_time() -> None:
    clock = resolution(as_of="09:00", calendar=OFFICE)
    assert clock.warn_at == t("13:12")


def test_several_warnings_are_told_in_order() -> None:
    marks = (Mark(percent=90), Mark(percent=50))
    clock = replay([CREATED], terms_on(ALWAYS, marks), t("09:00")).clocks["response"]
    assert clock.marks == (t("09:54"), t("09:30"))
    assert clock.warn_at == t("09:30")


def test_at_risk_from_the_warning_to_the_deadline() -> None:
    flags = [
        state(as_of=time).at_risk for time in ["09:47:59", "09:48", "10:00", "10:01"]
    ]
    assert flags == [False, True, True, False]


def test_pause_puts_the_warning_off() -> None:
    paused = event("09:30", "paused", "other")
    held = state(paused, as_of="09:50")
    assert (held.at_risk, held.clocks["response"].warn_at) == (False, None)
    run_on = state(paused, event("10:00", "resumed"), as_of="10:00")
    assert run_on.clocks["response"].warn_at == t("10:18")


def test_stopped_clock_warns_no_more() -> None:
    now = state(event("09:50", "responded"), as_of="09:55")
    assert (now.at_risk, now.clocks["response"].warn_at) == (False, None)


# Pause


def test_pause_stops_every_open_clock() -> None:
    now = state(event("09:30", "paused", "other"), as_of="11:00")
    assert (now.status, now.next_deadline) == ("paused", None)
    assert {clock.status for clock in now.clocks.values()} == {"paused"}


def test_a_clock_that_runs_through_pauses_is_due_next_whatever_stands_still() -> None:
    terms = replace(terms_on(ALWAYS), never_paused=frozenset({"response"}))
    opened = event(
        "09:00", "created", targets={"response": 2 * HOUR, "resolution": HOUR}
    )
    now = replay([opened, event("09:30", "paused", "other")], terms, t("09:30"))
    assert now.clocks["resolution"].projected_deadline == t("10:00")
    assert now.next_deadline == t("11:00")


def test_paused_clock_has_no_deadline_but_a_projection() -> None:
    clock = response(event("09:30", "paused", "other"), as_of="11:00")
    assert (clock.deadline, clock.projected_deadline) == (None, t("11:30"))
    assert (clock.elapsed, clock.remaining) == (30 * MINUTE, 30 * MINUTE)
    assert clock.paused == 90 * MINUTE


def test_paused_incident_tells_what_remains_of_the_clock_due_first() -> None:
    assert state(event("09:30", "paused", "other"), as_of="11:00").remaining == (
        30 * MINUTE
    )


def test_pausing_moves_only_working_time() -> None:
    pause = [event("11:30", "paused", "other"), event("13:30", "resumed")]
    clock = resolution(*pause, as_of="13:30", calendar=OFFICE)
    assert clock.paused == HOUR
    assert clock.deadline == t("15:00")


def test_pause_overnight_costs_nothing() -> None:
    pause = [event("18:00", "paused", "other"), event("tue 09:00", "resumed")]
    opened = event("17:00", "created", targets=targets(response=2 * HOUR))
    with_pause = replay([opened, *pause], OFFICE, t("tue 09:30"))
    without = replay([opened], OFFICE, t("tue 09:30"))
    assert with_pause.clocks == without.clocks


def test_pauses_of_two_reasons_end_with_the_last() -> None:
    events = [
        event("09:10", "paused", "customer"),
        event("09:20", "paused", "vendor"),
        event("09:30", "resumed", "customer"),
    ]
    held = state(*events, as_of="09:40")
    assert held.status == "paused"
    assert held.paused_at == t("09:10")
    assert held.pauses == (Pause("vendor", t("09:20")),)
    clock = response(*events, event("10:10", "resumed", "vendor"), as_of="10:10")
    assert (clock.status, clock.deadline) == ("running", t("11:00"))


def test_resume_without_a_reason_ends_every_pause() -> None:
    events = [
        event("09:10", "paused", "customer"),
        event("09:20", "paused", "vendor"),
        event("09:30", "resumed"),
    ]
    now = state(*events, as_of="09:30")
    assert (now.status, now.pauses, now.paused_at) == ("active", (), None)
    assert now.clocks["response"].deadline == t("10:20")


def test_same_reason_twice_is_one_pause() -> None:
    events = [
        event("09:10", "paused", "vendor"),
        event("09:20", "paused", "vendor"),
        event("09:30", "resumed", "vendor"),
    ]
    now = state(*events, as_of="09:30")
    assert now.status == "active"
    assert now.clocks["response"].paused == 20 * MINUTE


def test_pause_without_a_reason_is_for_another_reason() -> None:
    now = state(event("09:10", "paused"), as_of="09:20")
    assert now.pauses == (Pause("other", t("09:10")),)


@pytest.mark.parametrize("reason", [None, "vendor"])
def test_resume_while_running_changes_nothing(reason: str | None) -> None:
    assert state(event("09:30", "resumed", reason), as_of="09:40") == state(
        as_of="09:40"
    )


def test_resume_of_another_reason_changes_nothing() -> None:
    paused = event("09:10", "paused", "vendor")
    assert state(paused, event("09:30", "resumed", "customer"), as_of="09:40") == state(
        paused, as_of="09:40"
    )


def test_pause_after_the_deadline_is_not_overdue_time() -> None:
    clock = response(event("10:30", "paused"), event("11:30", "resumed"), as_of="12:00")
    assert clock.remaining == -HOUR
    assert (clock.paused, clock.paused_late) == (HOUR, HOUR)


def test_pause_from_the_first_instant_holds_the_whole_target() -> None:
    clock = response(event("09:00", "paused", "other"), as_of="15:00")
    assert (clock.remaining, clock.projected_deadline) == (HOUR, t("16:00"))


def test_nothing_is_breached_or_at_risk_while_paused() -> None:
    now = state(event("09:59", "paused", "other"), as_of="18:00")
    assert (now.status, now.at_risk) == ("paused", False)
    assert not any(clock.ever_breached for clock in now.clocks.values())


def test_recorded_breach_stays_while_paused() -> None:
    now = state(event("10:30", "paused", "other"), as_of="11:00")
    clock = now.clocks["response"]
    assert (now.status, clock.status) == ("paused", "breached")
    assert (clock.deadline, clock.projected_deadline) == (None, t("10:00"))
    assert (clock.breached_at, clock.remaining) == (t("10:00"), -30 * MINUTE)


def test_pause_at_the_deadline_comes_before_the_breach() -> None:
    paused = event("10:00", "paused", "other")
    held = response(paused, as_of="11:00")
    assert (held.status, held.ever_breached) == ("paused", False)
    # All its time was counted at ten, and a pause afterwards moves nothing.
    run_on = response(paused, event("11:00", "resumed"), as_of="11:00")
    assert (run_on.status, run_on.breached_at) == ("breached", t("10:00"))


def test_answer_while_paused_stops_the_response_clock_only() -> None:
    now = state(
        event("09:30", "paused", "other"), event("11:00", "responded"), as_of="12:00"
    )
    answered, open_clock = now.clocks.values()
    assert (answered.status, answered.elapsed) == ("met", 30 * MINUTE)
    assert (answered.stopped_at, answered.deadline) == (t("11:00"), t("11:30"))
    assert (now.status, open_clock.status) == ("paused", "paused")


def test_clock_stopped_in_a_pause_ignores_the_rest_of_it() -> None:
    events = [event("09:30", "paused", "other"), event("11:00", "responded")]
    assert response(*events, as_of="12:00") == response(
        *events, event("15:00", "resumed"), as_of="18:00"
    )


def test_resolve_ends_the_pause() -> None:
    now = state(
        event("09:30", "paused", "other"), event("20:00", "resolved"), as_of="21:00"
    )
    assert (now.status, now.pauses, now.paused_at) == ("met", (), None)
    for clock in now.clocks.values():
        assert (clock.elapsed, clock.stopped_at) == (30 * MINUTE, t("20:00"))


def test_resolve_in_a_pause_that_came_too_late_is_a_breach() -> None:
    clock = response(
        event("10:01", "paused", "other"), event("20:00", "resolved"), as_of="21:00"
    )
    assert (clock.status, clock.breached_at) == ("breached", t("10:00"))


def test_pause_after_the_stop_does_not_touch_the_stopped_clock() -> None:
    answered = event("09:30", "responded")
    assert response(answered, as_of="09:30") == response(
        answered,
        event("09:40", "paused", "other"),
        event("12:00", "resumed"),
        as_of="13:00",
    )


def test_resolved_incident_cannot_be_paused() -> None:
    resolved = event("10:00", "resolved")
    assert state(resolved, event("11:00", "paused", "other"), as_of="12:00") == state(
        resolved, as_of="12:00"
    )


# Change of targets


def test_retarget_counts_from_the_original_start() -> None:
    clock = resolution(changed("10:00", resolution=2 * HOUR), as_of="10:00")
    assert (clock.started_at, clock.deadline) == (t("09:00"), t("11:00"))


def test_retarget_keeps_the_pauses() -> None:
    events = [
        event("09:30", "paused", "other"),
        event("10:30", "resumed"),
        changed("10:45", resolution=2 * HOUR),
    ]
    clock = resolution(*events, as_of="10:45")
    assert (clock.deadline, clock.paused) == (t("12:00"), HOUR)


def test_retarget_back_and_forth_is_as_if_nothing_was() -> None:
    there_and_back = [changed("09:30", resolution=24 * HOUR), changed("09:40")]
    assert state(*there_and_back, as_of="11:00") == state(as_of="11:00")


def test_retarget_into_the_past_is_a_breach_at_the_new_deadline() -> None:
    clock = resolution(changed("12:00", resolution=2 * HOUR), as_of="12:00")
    assert (clock.status, clock.breached_at) == ("breached", t("11:00"))


def test_breach_that_a_change_lifts_is_not_forgotten() -> None:
    now = state(changed("10:30", response=2 * HOUR), as_of="10:45")
    clock = now.clocks["response"]
    assert (now.status, clock.status) == ("active", "running")
    assert (clock.breached_at, clock.ever_breached) == (None, True)
    assert clock.deadline == t("11:00")


def test_change_at_the_deadline_lifts_no_breach() -> None:
    clock = response(changed("10:00", response=2 * HOUR), as_of="10:45")
    assert not clock.ever_breached


def test_clock_stopped_in_time_after_a_lifted_breach_is_met() -> None:
    clock = response(
        changed("10:30", response=2 * HOUR), event("10:50", "responded"), as_of="12:00"
    )
    assert (clock.status, clock.ever_breached) == ("met", True)


def test_restart_counts_from_the_change() -> None:
    clock = resolution(changed("10:30", "restart"), as_of="11:00")
    assert (clock.started_at, clock.deadline) == (t("10:30"), t("14:30"))
    assert clock.elapsed == 30 * MINUTE


def test_restart_forgets_earlier_pauses() -> None:
    events = [
        event("09:30", "paused", "other"),
        event("10:00", "resumed"),
        changed("10:30", "restart"),
    ]
    clock = resolution(*events, as_of="11:00")
    assert (clock.paused, clock.deadline) == (ZERO, t("14:30"))


def test_restart_remembers_an_earlier_breach() -> None:
    clock = response(changed("10:30", "restart"), as_of="11:00")
    assert (clock.status, clock.ever_breached) == ("running", True)


def test_retarget_after_a_restart_counts_from_the_restart() -> None:
    events = [changed("10:30", "restart"), changed("11:00", resolution=2 * HOUR)]
    assert resolution(*events, as_of="11:00").deadline == t("12:30")


def test_keep_changes_nothing() -> None:
    kept = changed("09:30", "keep", response=None, resolution=24 * HOUR)
    assert state(kept, as_of="11:00") == state(as_of="11:00")


@pytest.mark.parametrize("mode", ["retarget", "restart", "keep"])
def test_pause_outlives_a_change(mode: str) -> None:
    events = [
        event("09:30", "paused", "other"),
        changed("10:00", mode, response=2 * HOUR),
    ]
    now = state(*events, as_of="11:00")
    assert (now.status, now.clocks["response"].status) == ("paused", "paused")
    assert state(*events, event("11:00", "resumed"), as_of="11:00").status == "active"


def test_restart_in_a_pause_starts_with_the_resume() -> None:
    events = [event("09:30", "paused", "other"), changed("10:00", "restart")]
    held = resolution(*events, as_of="11:00")
    assert (held.started_at, held.elapsed, held.paused) == (t("10:00"), ZERO, HOUR)
    run_on = resolution(*events, event("12:00", "resumed"), as_of="12:00")
    assert run_on.deadline == t("16:00")


USED_UP_IN_A_PAUSE = [
    event("11:00", "paused", "other"),
    changed("11:30", resolution=HOUR),
]


def test_used_up_target_set_in_a_pause_is_a_breach_only_at_the_resume() -> None:
    held = resolution(*USED_UP_IN_A_PAUSE, as_of="12:00")
    assert (held.status, held.ever_breached) == ("paused", False)
    resumed = event("13:00", "resumed")
    run_on = resolution(*USED_UP_IN_A_PAUSE, resumed, as_of="13:00")
    assert (run_on.status, run_on.breached_at) == ("breached", t("10:00"))


def test_used_up_target_that_a_pause_hides_may_be_taken_back_unseen() -> None:
    clock = resolution(*USED_UP_IN_A_PAUSE, changed("11:40"), as_of="12:00")
    assert (clock.status, clock.ever_breached) == ("paused", False)


def test_pause_that_ends_and_begins_at_one_instant_shows_no_breach() -> None:
    split = [event("12:00", "resumed"), event("12:00", "paused", "other")]
    clock = resolution(*USED_UP_IN_A_PAUSE, *split, as_of="12:30")
    assert (clock.status, clock.ever_breached) == ("paused", False)


def test_breach_that_a_pause_hides_is_on_record_from_the_resolve() -> None:
    events = [
        *USED_UP_IN_A_PAUSE,
        event("12:00", "resolved"),
        event("13:00", "reopened"),
        changed("13:00", resolution=24 * HOUR),
    ]
    clock = resolution(*events, as_of="13:30")
    assert (clock.status, clock.ever_breached) == ("running", True)


def test_breach_recorded_before_the_pause_is_lifted_in_it() -> None:
    events = [
        event("10:30", "paused", "other"),
        changed("10:45", response=2 * HOUR),
    ]
    clock = response(*events, as_of="11:00")
    assert (clock.status, clock.ever_breached) == ("paused", True)


def test_breach_that_a_change_lifted_is_none_of_the_next_deadline() -> None:
    events = [changed("10:30", response=2 * HOUR), event("11:00", "paused", "other")]
    held = response(*events, as_of="12:00")
    assert (held.status, held.breached_at) == ("paused", None)
    run_on = response(*events, event("12:00", "resumed"), as_of="12:00")
    assert (run_on.status, run_on.breached_at) == ("breached", t("11:00"))


@pytest.mark.parametrize(
    "second",
    [event("10:00", "paused", "other"), changed("10:00")],
    ids=["paused", "taken back"],
)
def test_used_up_target_set_for_no_time_shows_no_breach(second: Event) -> None:
    clock = resolution(changed("10:00", resolution=HOUR / 2), second, as_of="11:00")
    assert not clock.ever_breached


def test_breach_lifted_in_a_pause_is_back_with_its_deadline() -> None:
    events = [
        event("10:30", "paused", "other"),
        changed("10:45", response=2 * HOUR),
        changed("10:50"),
    ]
    clock = response(*events, as_of="11:00")
    assert (clock.status, clock.breached_at) == ("breached", t("10:00"))


def test_target_taken_back_removes_the_clock() -> None:
    now = state(changed("09:30", response=None), as_of="12:00")
    assert now.clocks["response"].status == "none"
    assert now.clocks["response"].deadline is None
    assert (now.status, now.next_deadline) == ("active", t("13:00"))


def test_breach_leaves_the_status_with_its_target_but_stays_on_record() -> None:
    now = state(changed("10:30", response=None), as_of="12:00")
    assert now.status == "active"
    assert now.clocks["response"].ever_breached


def test_leaving_a_policy_and_coming_back_buys_no_time() -> None:
    events = [changed("09:30", response=None), changed("12:00")]
    clock = response(*events, as_of="12:00")
    assert (clock.started_at, clock.breached_at) == (t("09:00"), t("10:00"))


def test_target_that_comes_later_counts_from_the_creation_less_the_pauses() -> None:
    opened = event("09:00", "created", targets=targets(response=None))
    pause = [event("09:10", "paused", "other"), event("09:40", "resumed")]
    clock = replay([opened, *pause, changed("09:50")], ALWAYS, t("09:50")).clocks[
        "response"
    ]
    assert (clock.started_at, clock.deadline) == (t("09:00"), t("10:30"))


def test_target_that_comes_with_a_restart_counts_from_then() -> None:
    opened = event("09:00", "created", targets=targets(response=None))
    events = [opened, changed("11:00", "restart")]
    clock = replay(events, ALWAYS, t("11:00")).clocks["response"]
    assert (clock.started_at, clock.deadline) == (t("11:00"), t("12:00"))


def test_answer_counts_also_when_its_target_was_away() -> None:
    events = [
        changed("09:30", response=None),
        event("09:45", "responded"),
        changed("12:00"),
    ]
    clock = response(*events, as_of="12:00")
    assert (clock.status, clock.stopped_at) == ("met", t("09:45"))


def test_kind_left_out_of_a_change_stays_as_it_is() -> None:
    only = event("09:30", "targets_changed", targets={"resolution": 8 * HOUR})
    now = state(only, as_of="09:30")
    assert now.clocks["response"].deadline == t("10:00")
    assert now.clocks["resolution"].deadline == t("17:00")


@pytest.mark.parametrize("mode", ["retarget", "restart"])
@pytest.mark.parametrize("target", [None, 30 * MINUTE, 24 * HOUR])
def test_stopped_clock_is_never_rewritten(mode: str, target: timedelta | None) -> None:
    resolved = event("12:00", "resolved")
    change = changed("12:30", mode, response=target, resolution=target)
    assert state(resolved, change, as_of="13:00") == state(resolved, as_of="13:00")


def test_change_while_resolved_does_not_reach_the_reopened_clock() -> None:
    events = [
        event("12:00", "resolved"),
        changed("12:30", resolution=24 * HOUR),
        event("13:00", "reopened"),
    ]
    assert resolution(*events, as_of="13:00").deadline == t("14:00")


# Reopen


def test_reopened_resolution_runs_on_with_what_remained() -> None:
    events = [event("12:00", "resolved"), event("15:00", "reopened")]
    clock = resolution(*events, as_of="15:30")
    assert (clock.status, clock.stopped_at, clock.cycle) == ("running", None, 2)
    assert (clock.remaining, clock.deadline) == (30 * MINUTE, t("16:00"))
    assert clock.paused == 3 * HOUR


def test_a_target_that_was_late_at_the_stop_is_a_breach_after_the_reopen() -> None:
    events = [
        event("09:00", "created", targets={"resolution": None}),
        event("12:00", "resolved"),
        event("12:30", "targets_changed", targets={"resolution": HOUR}),
        event("13:00", "reopened"),
    ]
    terms = replace(terms_on(ALWAYS), reopening="restart")
    clock = replay(events, terms, t("13:30")).clocks["resolution"]
    assert (clock.status, clock.deadline) == ("running", t("14:00"))
    assert clock.ever_breached


def test_reopen_leaves_the_response_clock_stopped() -> None:
    resolved = event("09:30", "resolved")
    assert response(resolved, as_of="09:30") == response(
        resolved,
        event("10:00", "reopened"),
        event("10:30", "responded"),
        as_of="11:00",
    )


def test_second_resolve_is_compared_with_the_moved_deadline() -> None:
    events = [event("12:00", "resolved"), event("15:00", "reopened")]
    statuses = [
        resolution(*events, event(time, "resolved"), as_of="18:00").status
        for time in ["16:00", "16:00:01"]
    ]
    assert statuses == ["met", "breached"]


def test_clock_resolved_too_late_is_still_breached_when_reopened() -> None:
    events = [event("14:00", "resolved"), event("15:00", "reopened")]
    clock = resolution(*events, as_of="15:30")
    assert (clock.status, clock.breached_at) == ("breached", t("13:00"))
    assert clock.remaining == -(HOUR + 30 * MINUTE)


def test_breach_of_an_earlier_cycle_is_remembered_after_a_retarget() -> None:
    events = [
        event("14:00", "resolved"),
        event("15:00", "reopened"),
        changed("15:00", resolution=24 * HOUR),
    ]
    clock = resolution(*events, as_of="15:30")
    assert (clock.status, clock.ever_breached) == ("running", True)


def test_pause_before_the_resolve_does_not_come_back_with_the_reopen() -> None:
    events = [
        event("10:00", "paused", "other"),
        event("11:00", "resolved"),
        event("12:00", "reopened"),
    ]
    assert state(*events, as_of="12:00").clocks["resolution"].status == "running"


@pytest.mark.parametrize(
    "events",
    [
        [event("09:30", "reopened")],
        [event("10:00", "resolved"), event("10:30", "resolved")],
    ],
    ids=["reopen of an open incident", "second resolve"],
)
def test_step_that_has_been_made_changes_nothing(events: list[Event]) -> None:
    assert state(*events, as_of="11:00") == state(*events[:-1], as_of="11:00")


# Histories


def test_what_is_later_than_now_has_not_happened() -> None:
    later = [event("12:00", "responded"), event("12:00", "paused", "other")]
    assert state(*later, as_of="11:59") == state(as_of="11:59")


def test_what_happens_now_has_happened() -> None:
    assert state(event("12:00", "paused", "other"), as_of="12:00").status == "paused"


def test_before_the_creation_nothing_has_elapsed() -> None:
    clock = response(as_of="08:00")
    assert (clock.status, clock.elapsed, clock.paused) == ("running", ZERO, ZERO)


def test_offsets_of_the_events_do_not_matter() -> None:
    # In wall time the answer is before the creation; by the clock it is not.
    events = [
        Event(datetime.fromisoformat("2026-03-02T10:00+01:00"), "created", None, {}),
        Event(datetime.fromisoformat("2026-03-02T09:30+00:00"), "responded"),
    ]
    now = replay(events, ALWAYS, t("10:00"))
    assert now.clocks["response"].started_at == t("09:00")
    assert now.clocks["response"].started_at.tzinfo == UTC


@pytest.mark.parametrize(
    ("events", "index", "message"),
    [
        ([], 0, "no event"),
        ([event("09:00", "responded")], 0, "the first event"),
        ([CREATED, event("09:10", "created")], 1, "the first event"),
        ([CREATED, event("08:59", "responded")], 1, "earlier"),
        (
            [CREATED, event("20:00", "paused"), event("19:00", "resumed")],
            2,
            "earlier",
        ),
        ([CREATED, event("09:10", "assigned")], 1, "assigned"),
        ([CREATED, changed("09:10", "rewind")], 1, "rewind"),
        ([CREATED, changed("09:10", response=-HOUR)], 1, "negative"),
        ([Event(datetime(2026, 3, 2), "created")], 0, "time zone"),  # noqa: DTZ001
    ],
)
def test_history_that_cannot_be_is_refused(
    events: list[Event], index: int, message: str
) -> None:
    with pytest.raises(HistoryError, match=message) as refused:
        replay(events, ALWAYS, t("12:00"))
    assert refused.value.index == index


# The longest pause


def limited(*events: Event, as_of: str, longest: timedelta = HOUR) -> list[Event]:
    return limit_pauses([CREATED, *events], longest, t(as_of))[1:]


def test_pause_ends_at_its_longest_and_not_before() -> None:
    pause = event("10:00", "paused", "customer")
    assert limited(pause, as_of="10:59") == [pause]
    end = event("11:00", "resumed", "customer")
    assert limited(pause, as_of="11:00") == [pause, end]


def test_pause_begun_as_another_ends_lasts_as_long_again() -> None:
    pauses = [event(at, "paused", "customer") for at in ("10:00", "11:00")]
    ends = [event(at, "resumed", "customer") for at in ("11:00", "12:00")]
    assert limited(*pauses, as_of="13:00") == [pauses[0], ends[0], pauses[1], ends[1]]


def test_each_reason_has_its_own_longest() -> None:
    pauses = [event("10:00", "paused", "customer"), event("10:30", "paused", "vendor")]
    assert limited(*pauses, as_of="13:00") == [
        *pauses,
        event("11:00", "resumed", "customer"),
        event("11:30", "resumed", "vendor"),
    ]


def test_maintenance_has_an_end_of_its_own() -> None:
    pause = event("10:00", "paused", "maintenance:1")
    assert limited(pause, as_of="13:00") == [pause]


def test_pause_of_a_resolved_incident_is_none_that_could_end() -> None:
    events = [
        event("10:00", "resolved"),
        event("10:10", "paused", "customer"),
        event("10:20", "reopened"),
        event("10:30", "paused", "customer"),
    ]
    end = event("11:30", "resumed", "customer")
    assert limited(*events, as_of="13:00") == [*events, end]


# Terms of policies

OFFICE_TERMS = terms_on(OFFICE)


def policy_change(time: str, terms: Terms, **goals: timedelta | None) -> Event:
    return event(time, "targets_changed", targets=targets(**goals), terms=terms)


def test_another_policy_counts_the_whole_way_again_on_its_calendar() -> None:
    change = policy_change("12:30", OFFICE_TERMS)
    assert resolution(change, as_of="12:30").deadline == t("14:00")


def test_old_target_is_no_breach_on_the_new_calendar() -> None:
    # Four hours of office time are not over at 13:30, four hours of any time are.
    change = policy_change("13:30", Terms(), resolution=24 * HOUR)
    clock = resolution(change, as_of="14:00", calendar=OFFICE)
    assert (clock.status, clock.ever_breached) == ("running", False)


def test_terms_in_force_for_no_time_leave_no_breach() -> None:
    there = event("13:30", "targets_changed", targets={}, terms=Terms())
    back = event("13:30", "targets_changed", targets={}, terms=OFFICE_TERMS)
    clock = resolution(there, back, as_of="13:45", calendar=OFFICE)
    assert (clock.deadline, clock.ever_breached) == (t("14:00"), False)


def test_stopped_clock_is_explained_by_the_pauses_that_it_knew() -> None:
    through = Terms(never_paused=frozenset({"response"}))
    events = [
        event("09:00", "created", targets=targets(), terms=through),
        event("09:10", "paused", "customer"),
        event("09:30", "responded"),
        event("09:40", "resumed"),
        policy_change("09:50", Terms()),
    ]
    steps = explain(events, Terms(), t("10:00"))["response"]
    assert [(step.kind, step.start, step.end) for step in steps] == [
        ("work", t("09:00"), t("10:00"))
    ]


def test_clock_that_a_policy_pauses_no_more_gets_its_pauses_back() -> None:
    through = Terms(never_paused=frozenset({"response"}))
    events = [
        event("09:10", "paused", "customer"),
        event("09:30", "resumed"),
        policy_change("09:40", through),
    ]
    assert response(*events, as_of="09:40").deadline == t("10:00")
    assert resolution(*events, as_of="09:40").deadline == t("13:20")


def test_target_that_comes_after_the_answer_counts_as_its_own_policy_does() -> None:
    events = [
        event("08:00", "created", targets=targets(response=None)),
        event("09:30", "responded"),
        event("09:32", "paused"),
        event("09:36", "resumed"),
        policy_change("09:40", OFFICE_TERMS),
    ]
    clock = replay(events, ALWAYS, t("10:00")).clocks["response"]
    assert (clock.status, clock.deadline) == ("met", t("10:00"))
    assert clock.elapsed == HOUR / 2


def test_stopped_clock_keeps_the_calendar_that_it_stopped_on() -> None:
    events = [event("12:30", "resolved"), policy_change("12:40", OFFICE_TERMS)]
    assert resolution(*events, as_of="12:50") == resolution(*events[:1], as_of="12:50")


def test_reopened_clock_may_count_all_of_its_target_again() -> None:
    again = Terms(reopening="restart")
    events = [
        event("09:00", "created", targets=targets(), terms=again),
        event("12:00", "resolved"),
        event("15:00", "reopened"),
    ]
    clock = replay(events, again, t("16:00")).clocks["resolution"]
    assert (clock.started_at, clock.deadline) == (t("15:00"), t("19:00"))
    assert (clock.cycle, clock.elapsed) == (2, HOUR)


def test_clock_runs_on_with_what_remained_however_often_it_is_reopened() -> None:
    events = [
        event(time, type_)
        for hour in (10, 11, 12)
        for time, type_ in ((f"{hour}:00", "resolved"), (f"{hour}:30", "reopened"))
    ]
    clock = resolution(*events, as_of="13:00")
    assert (clock.cycle, clock.remaining) == (4, 1.5 * HOUR)


def test_breach_that_another_policy_lifts_is_not_forgotten() -> None:
    change = policy_change("11:00", OFFICE_TERMS, response=8 * HOUR)
    clock = response(change, as_of="11:30")
    assert (clock.status, clock.ever_breached) == ("running", True)


def test_clock_that_no_pause_stops_stands_still_while_resolved() -> None:
    through = Terms(never_paused=frozenset({"resolution"}))
    events = [
        event("09:00", "created", targets=targets(), terms=through),
        event("10:00", "resolved"),
        event("11:00", "reopened"),
    ]
    steps = explain(events, through, t("12:00"))["resolution"]
    assert [step.kind for step in steps] == ["work", "paused", "work"]
    change = policy_change("12:00", through)
    clock = replay([*events, change], through, t("12:00")).clocks["resolution"]
    assert clock.elapsed == 2 * HOUR
