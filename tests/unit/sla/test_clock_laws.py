"""What holds for every history; and a second clock, which counts tick by tick."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sla.ticks import (
    LENGTH,
    START,
    TICK,
    ZERO,
    TickWorld,
    calendars,
    histories,
    instants,
    policy_histories,
    target_sets,
    terms,
)
from tracker.sla.calendar import Calendar
from tracker.sla.clock import Event, SlaState, Terms, explain, replay


@given(policy_histories, terms, instants)
def test_clocks_agree_with_counting_tick_by_tick(
    events: list[Event], first: Terms, as_of: datetime
) -> None:
    world = TickWorld(events, first, as_of)
    found = replay(events, first, as_of)
    assert found.clocks == world.states(as_of)
    assert (found.status == "paused") == bool(world.reasons)


@given(policy_histories, terms, instants)
def test_status_follows_from_the_clocks(
    events: list[Event], first: Terms, as_of: datetime
) -> None:
    now = replay(events, first, as_of)
    statuses = {clock.status.value for clock in now.clocks.values()}
    if now.pauses:
        assert now.status == "paused"
    else:
        assert "paused" not in statuses
        assert (now.status == "breached") == ("breached" in statuses)
        assert (now.status == "met") == (not statuses & {"breached", "running"})
    deadlines = [
        clock.deadline
        for clock in now.clocks.values()
        if clock.deadline and not clock.stopped_at
    ]
    assert now.next_deadline == min(deadlines, default=None)
    assert not (now.at_risk and (now.pauses or "breached" in statuses))


@given(policy_histories, terms, instants)
def test_the_future_does_not_change_the_present(
    events: list[Event], first: Terms, as_of: datetime
) -> None:
    happened = [event for event in events if event.at <= as_of]
    assert replay(events, first, as_of) == replay(happened, first, as_of)


@given(policy_histories, terms, instants)
def test_every_event_twice_changes_nothing(
    events: list[Event], first: Terms, as_of: datetime
) -> None:
    doubled = [events[0], *(event for event in events[1:] for _ in range(2))]
    assert replay(doubled, first, as_of) == replay(events, first, as_of)


def told(now: SlaState) -> SlaState:
    """All but the instants at which the present pauses were asked for."""
    return replace(now, pauses=(), paused_at=None)


@given(histories(), calendars, instants, instants)
def test_splitting_a_pause_changes_nothing(
    events: list[Event], calendar: Calendar, as_of: datetime, split: datetime
) -> None:
    before = [event for event in events if event.at <= split]
    in_force = replay(before, calendar, split).pauses
    parts = [
        Event(split, "resumed"),
        *(Event(split, "paused", pause.reason) for pause in in_force),
    ]
    with_split = [*before, *parts, *events[len(before) :]]
    if in_force:
        assert told(replay(with_split, calendar, as_of)) == told(
            replay(events, calendar, as_of)
        )


@given(histories(), calendars, instants, instants, target_sets)
def test_retarget_there_and_back_is_identity(
    events: list[Event],
    calendar: Calendar,
    as_of: datetime,
    turn: datetime,
    other: dict[str, timedelta | None],
) -> None:
    before = [event for event in events if event.at <= turn]
    now = replay(before, calendar, turn).clocks
    kinds = [kind for kind in other if now[kind].target is not None]
    there = Event(turn, "targets_changed", targets={k: other[k] for k in kinds})
    back = Event(turn, "targets_changed", targets={k: now[k].target for k in kinds})
    detour = replay([*before, there, back, *events[len(before) :]], calendar, as_of)
    straight = replay(events, calendar, as_of)
    for kind, clock in straight.clocks.items():
        assert replace(detour.clocks[kind], ever_breached=False) == replace(
            clock, ever_breached=False
        )


@given(policy_histories, terms, instants)
def test_breach_once_on_record_stays_there(
    events: list[Event], first: Terms, as_of: datetime
) -> None:
    now = replay(events, first, as_of)
    later = replay(events, first, START + 2 * LENGTH * TICK)
    for kind, clock in now.clocks.items():
        assert clock.ever_breached <= later.clocks[kind].ever_breached


@given(policy_histories, terms, instants, st.timedeltas(ZERO, TICK))
def test_steps_lead_from_the_start_to_the_deadline_and_add_up_to_the_target(
    events: list[Event], first: Terms, as_of: datetime, more: timedelta
) -> None:
    now = replay(events, first, as_of + more)
    for kind, steps in explain(events, first, as_of + more).items():
        clock = now.clocks[kind]
        deadline = clock.deadline or clock.projected_deadline or clock.started_at
        marks = [clock.started_at, *(step.end for step in steps)]
        assert [*(step.start for step in steps), deadline] == marks
        total = ZERO
        for step in steps:
            total += step.counted
            assert step.total == total
            length = step.end - step.start
            assert step.counted == (length if step.kind == "work" else ZERO)
        assert total == (clock.target or ZERO)
