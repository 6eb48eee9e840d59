"""What holds for every policy: its marks, its changes, and the ends of its pauses."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sla.ticks import (
    KINDS,
    LENGTH,
    START,
    TICK,
    ZERO,
    calendars,
    histories,
    instants,
    lengths,
    pauses,
    policy_histories,
    reasons,
    resumes,
    stops,
    terms,
    three_targets,
)
from tracker.sla.calendar import Calendar, add, between
from tracker.sla.clock import (
    ClockState,
    Event,
    Mark,
    Terms,
    limit_pauses,
    replay,
)

MICROSECOND = timedelta.resolution
END = START + 2 * LENGTH * TICK

percents = st.integers(1, 100)
# Not only whole ticks: shares of odd targets have to be rounded.
targets = st.timedeltas(ZERO, timedelta(days=5))
standing = histories(pauses | resumes, three_targets)

# Marks


@given(targets, percents)
def test_warning_is_not_given_before_the_share_is_used(
    target: timedelta, percent: int
) -> None:
    work = Mark(percent=percent).work(target)
    assert work * 100 >= target * percent
    assert (work - MICROSECOND) * 100 < target * percent


@given(targets, percents, percents)
def test_a_greater_share_is_used_up_later(target: timedelta, a: int, b: int) -> None:
    low, high = sorted([a, b])
    assert Mark(percent=low).work(target) <= Mark(percent=high).work(target) <= target


@given(targets, lengths, lengths)
def test_less_time_is_left_later(target: timedelta, a: timedelta, b: timedelta) -> None:
    short, long = sorted([a, b])
    assert ZERO <= Mark(before=long).work(target) <= Mark(before=short).work(target)
    assert Mark(before=short).work(target) <= target


@given(targets, targets, percents, lengths)
def test_a_greater_target_has_its_marks_later(
    a: timedelta, b: timedelta, percent: int, length: timedelta
) -> None:
    small, great = sorted([a, b])
    for mark in (Mark(percent=percent), Mark(before=length), Mark(after=length)):
        assert mark.work(small) <= mark.work(great)


def only_clock(
    calendar: Calendar, target: timedelta, mark: Mark, as_of: datetime
) -> ClockState:
    of_policy = Terms({"resolution": calendar}, (mark,))
    created = Event(START, "created", targets={"resolution": target})
    return replay([created], of_policy, as_of).clocks["resolution"]


@given(calendars, targets, lengths)
def test_so_much_working_time_is_left_at_a_warning_before(
    calendar: Calendar, target: timedelta, before: timedelta
) -> None:
    (at,) = only_clock(calendar, target, Mark(before=before), START).marks
    clock = only_clock(calendar, target, Mark(before=before), at)
    assert clock.remaining == min(before, target)
    assert clock.warn_at == at


@given(calendars, targets, lengths)
def test_so_much_working_time_is_overdue_at_a_mark_after(
    calendar: Calendar, target: timedelta, after: timedelta
) -> None:
    (at,) = only_clock(calendar, target, Mark(after=after), START).marks
    clock = only_clock(calendar, target, Mark(after=after), at)
    assert clock.remaining == -after
    assert clock.warn_at is None
    assert clock.deadline is not None
    assert at >= clock.deadline
    assert between(calendar, clock.deadline, at) == after


@given(policy_histories, terms, instants)
def test_only_a_running_clock_has_marks_and_they_keep_to_its_deadline(
    events: list[Event], first: Terms, as_of: datetime
) -> None:
    now = replay(events, first, as_of)
    changed = [
        e.terms for e in events if e.at <= as_of and e.mode != "keep" and e.terms
    ]
    of_policy = (changed[-1] if changed else first).marks
    for clock in now.clocks.values():
        runs = clock.target is not None and not clock.stopped_at and clock.deadline
        assert len(clock.marks) == (len(of_policy) if runs else 0)
        for mark, at in zip(of_policy, clock.marks, strict=False):
            assert clock.deadline is not None
            assert at >= clock.started_at
            assert at <= clock.deadline if mark.is_warning else at >= clock.deadline
        warnings = [
            at
            for mark, at in zip(of_policy, clock.marks, strict=False)
            if mark.is_warning
        ]
        assert clock.warn_at == min(warnings, default=None)


# Changes


def inserted(events: Sequence[Event], event: Event) -> list[Event]:
    """The event, after all that happened at its instant."""
    before = [one for one in events if one.at <= event.at]
    return [*before, event, *events[len(before) :]]


def way(clock: ClockState) -> ClockState:
    """The figures of a clock, without its verdict: a breach on record outlives."""
    deadline = clock.deadline or clock.projected_deadline
    return ClockState(
        clock.kind,
        clock.status if clock.target is None else clock.status.RUNNING,
        clock.started_at,
        target=clock.target,
        deadline=deadline,
        marks=clock.marks,
        warn_at=clock.warn_at,
        elapsed=clock.elapsed,
        remaining=clock.remaining,
        paused=clock.paused,
    )


@given(standing, terms, terms, three_targets, instants, instants)
def test_retarget_counts_as_if_the_new_policy_had_been_there_from_the_start(
    events: list[Event],
    old: Terms,
    new: Terms,
    goals: dict[str, timedelta | None],
    turn: datetime,
    later: datetime,
) -> None:
    turn, later = sorted([turn, later])
    change = Event(turn, "targets_changed", targets=goals, terms=new)
    changed = replay(inserted(events, change), old, later).clocks
    always = replay([replace(events[0], targets=goals), *events[1:]], new, later).clocks
    for kind in KINDS:
        assert way(changed[kind]) == way(always[kind])
        if not events[1:]:
            assert changed[kind].status == always[kind].status


@given(standing, terms, terms, three_targets, instants, instants)
def test_restart_counts_as_if_the_incident_were_new(
    events: list[Event],
    old: Terms,
    new: Terms,
    goals: dict[str, timedelta | None],
    turn: datetime,
    later: datetime,
) -> None:
    turn, later = sorted([turn, later])
    change = Event(turn, "targets_changed", targets=goals, mode="restart", terms=new)
    changed = replay(inserted(events, change), old, later).clocks
    in_force = replay([e for e in events if e.at <= turn], old, turn).pauses
    fresh = replay(
        [
            Event(turn, "created", targets=goals),
            *(Event(turn, "paused", pause.reason) for pause in in_force),
            *(event for event in events if event.at > turn),
        ],
        new,
        later,
    ).clocks
    for kind in KINDS:
        # Nothing is promised, so nothing restarts: it goes on as it was.
        if goals[kind] is not None:
            assert way(changed[kind]) == way(fresh[kind])


@given(policy_histories, terms, terms, three_targets, instants, instants)
def test_keep_changes_nothing(
    events: list[Event],
    old: Terms,
    new: Terms,
    goals: dict[str, timedelta | None],
    turn: datetime,
    as_of: datetime,
) -> None:
    change = Event(turn, "targets_changed", targets=goals, mode="keep", terms=new)
    assert replay(inserted(events, change), old, as_of) == replay(events, old, as_of)


@given(standing, terms, terms, three_targets, instants, instants, instants)
def test_leaving_a_policy_and_coming_back_buys_no_time(
    events: list[Event],
    home: Terms,
    other: Terms,
    goals: dict[str, timedelta | None],
    leave: datetime,
    back: datetime,
    as_of: datetime,
) -> None:
    leave, back, as_of = sorted([leave, back, as_of])
    there = Event(leave, "targets_changed", targets=goals, terms=other)
    again = Event(back, "targets_changed", targets=events[0].targets, terms=home)
    detour = replay(inserted(inserted(events, there), again), home, as_of).clocks
    straight = replay(events, home, as_of).clocks
    for kind in KINDS:
        assert way(detour[kind]) == way(straight[kind])
        # What was missed before stays missed, whoever counted meanwhile.
        if straight[kind].status == "breached" and not events[1:]:
            assert detour[kind].status == "breached"


@given(policy_histories, terms, instants, instants)
def test_a_stopped_clock_never_moves(
    events: list[Event], first: Terms, a: datetime, b: datetime
) -> None:
    then, later = sorted([a, b])
    reopened = any(e.type == "reopened" and then < e.at <= later for e in events)
    now, after = replay(events, first, then).clocks, replay(events, first, later).clocks
    for kind, clock in now.items():
        if (
            clock.stopped_at
            and clock.target is not None
            and (kind == "response" or not reopened)
        ):
            assert after[kind] == clock


@given(policy_histories, terms, instants, instants)
def test_a_clock_restarted_by_a_reopen_is_new_and_remembers_its_breach(
    events: list[Event], first: Terms, resolve: datetime, reopen: datetime
) -> None:
    resolve, reopen = sorted([resolve, reopen])
    before = [event for event in events if event.at <= resolve]
    resolved = [*before, Event(resolve, "resolved")]
    end = replay(resolved, first, reopen).clocks
    changed = [e.terms for e in before if e.mode != "keep" and e.terms]
    of_policy = changed[-1] if changed else first
    clocks = replay([*resolved, Event(reopen, "reopened")], first, reopen).clocks
    for kind in clocks.keys() - {"response"}:
        clock = clocks[kind]
        again = of_policy.reopening == "restart"
        assert clock.started_at == (reopen if again else end[kind].started_at)
        if clock.target is not None:
            assert clock.remaining == (clock.target if again else end[kind].remaining)
        assert clock.cycle == end[kind].cycle + 1
        # One resolved at its deadline was met, and is overdue as soon as it runs on.
        assert clock.ever_breached >= end[kind].ever_breached


# The longest pause

longest_pauses = st.integers(1, 60).map(lambda n: n * TICK)
maintenance = st.builds(
    Event, instants, st.sampled_from(["paused", "resumed"]), st.just("maintenance:1")
)
standing_histories = histories(pauses | resumes | stops | maintenance, three_targets)


def step_by_step(
    events: Sequence[Event], longest: timedelta, as_of: datetime
) -> list[dict[str, int]]:
    """How many ticks each reason in force has lasted, at the end of each tick."""
    waiting = [event for event in events if event.at <= as_of]
    lasted: dict[str, int] = {}
    told = []
    resolved = False
    now = START
    while now <= as_of:
        for reason in list(lasted):
            if (
                not reason.startswith("maintenance:")
                and lasted[reason] * TICK >= longest
            ):
                del lasted[reason]
        while waiting and waiting[0].at == now:
            event = waiting.pop(0)
            match event.type:
                case "paused" if not resolved:
                    lasted.setdefault(str(event.reason), 0)
                case "resumed":
                    for reason in [event.reason] if event.reason else list(lasted):
                        lasted.pop(reason, None)
                case "resolved" | "reopened":
                    resolved = event.type == "resolved"
                    if resolved:
                        lasted = {}
        told.append(dict(lasted))
        lasted = {reason: ticks + 1 for reason, ticks in lasted.items()}
        now += TICK
    return told


@given(standing_histories, longest_pauses, instants, terms)
def test_limited_pauses_agree_with_watching_them_step_by_step(
    events: list[Event], longest: timedelta, as_of: datetime, first: Terms
) -> None:
    limited = limit_pauses(events, longest, as_of)
    for n, lasted in enumerate(step_by_step(events, longest, as_of)):
        now = START + n * TICK
        assert {
            pause.reason: (now - pause.since) // TICK
            for pause in replay(limited, first, now).pauses
        } == lasted


@given(standing_histories, longest_pauses, instants, terms)
def test_no_pause_of_people_lasts_longer_than_the_longest(
    events: list[Event], longest: timedelta, as_of: datetime, first: Terms
) -> None:
    limited = limit_pauses(events, longest, as_of)
    for event in (*limited, Event(as_of, "resumed")):
        if event.at <= as_of:
            for pause in replay(limited, first, event.at).pauses:
                if not pause.reason.startswith("maintenance:"):
                    assert event.at - pause.since < longest


@given(standing_histories, longest_pauses, instants, terms)
def test_limiting_pauses_twice_changes_nothing(
    events: list[Event], longest: timedelta, as_of: datetime, first: Terms
) -> None:
    once = limit_pauses(events, longest, as_of)
    twice = limit_pauses(once, longest, as_of)
    assert replay(twice, first, as_of) == replay(once, first, as_of)


@given(standing_histories, instants, terms)
def test_a_limit_that_no_pause_reaches_changes_nothing(
    events: list[Event], as_of: datetime, first: Terms
) -> None:
    assert limit_pauses(events, END - START, as_of) == events


@given(instants, reasons, longest_pauses, three_targets, calendars)
def test_a_pause_without_an_end_costs_the_working_time_of_the_longest(
    at: datetime,
    reason: str,
    longest: timedelta,
    goals: dict[str, timedelta | None],
    calendar: Calendar,
) -> None:
    events = [Event(START, "created", targets=goals), Event(at, "paused", reason)]
    end = END + 30 * timedelta(days=1)
    limited = limit_pauses(events, longest, end)
    clocks = replay(limited, Terms(dict.fromkeys(KINDS, calendar)), end).clocks
    for kind, target in goals.items():
        if target is not None:
            lost = between(calendar, at, at + longest)
            assert clocks[kind].paused == lost
            due = add(calendar, START, target)
            if due > at:
                left = target - between(calendar, START, at)
                due = add(calendar, at + longest, left) if left else due
            assert clocks[kind].deadline == due
