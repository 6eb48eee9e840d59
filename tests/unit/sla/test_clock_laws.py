"""What holds for every history, and a second clock that counts tick by tick."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tracker.sla.calendar import ALWAYS, Calendar, between
from tracker.sla.clock import ClockState, ClockStatus, Event, SlaState, explain, replay

ZERO = timedelta(0)
TICK = timedelta(minutes=15)
# The weekend on which Berlin changes to summer time.
START = datetime(2026, 3, 27, 12, tzinfo=UTC)
LENGTH = 4 * 96

CALENDARS = [
    ALWAYS,
    Calendar.from_weekly_hours(
        "Europe/Berlin",
        {
            "fri": [["09:00", "12:00"], ["13:00", "18:00"]],
            "sat": [["22:00", "24:00"]],
            "sun": [["00:00", "04:15"]],
            "mon": [["09:00", "12:00"], ["13:00", "18:00"]],
            "tue": [["09:00", "12:00"], ["13:00", "18:00"]],
            "wed": [["00:00", "24:00"]],
        },
        ["2026-03-31"],
    ),
    Calendar.from_weekly_hours("Asia/Kathmandu", None, ["2026-03-28"]),
]

calendars = st.sampled_from(CALENDARS)
instants = st.integers(0, LENGTH).map(lambda n: START + n * TICK)
durations = st.none() | st.integers(0, 60).map(lambda n: n * TICK)
target_sets = st.fixed_dictionaries({"response": durations, "resolution": durations})
reasons = st.sampled_from(["customer", "vendor"])
happenings = (
    st.builds(Event, instants, st.just("paused"), reasons)
    | st.builds(Event, instants, st.just("resumed"), st.none() | reasons)
    | st.builds(
        Event,
        instants,
        st.sampled_from(["responded", "resolved", "reopened"]),
    )
    | st.builds(
        Event,
        instants,
        st.just("targets_changed"),
        st.none(),
        target_sets,
        st.sampled_from(["retarget", "restart", "keep"]),
    )
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    events = draw(st.lists(happenings, max_size=12))
    created = Event(START, "created", targets=draw(target_sets))
    return [created, *sorted(events, key=lambda event: event.at)]


@dataclass
class TickClock:
    """Knows nothing but the ticks that it has counted."""

    kind: str
    target: timedelta | None
    started_at: datetime = START
    stopped_at: datetime | None = None
    breached_by: datetime | None = None
    cycle: int = 1
    paused: timedelta = ZERO
    since_stop: timedelta = ZERO
    counted: list[datetime] = field(default_factory=list)

    def deadline(self, calendar: Calendar, now: datetime) -> datetime:
        assert self.target is not None
        missing = self.target // TICK - len(self.counted)
        if self.target == ZERO:
            return self.started_at
        if missing <= 0:
            return self.counted[missing - 1]
        while missing:
            missing -= is_open(calendar, now)
            now += TICK
        return now

    def judge(self, calendar: Calendar, now: datetime) -> None:
        if self.target is not None and self.deadline(calendar, now) < now:
            self.breached_by = now


@cache
def is_open(calendar: Calendar, tick: datetime) -> bool:
    return between(calendar, tick, tick + TICK) == TICK


def tick_by_tick(
    events: Sequence[Event], calendar: Calendar, as_of: datetime
) -> tuple[list[TickClock], bool]:
    """The clocks at `as_of`, and whether the incident is paused."""
    waiting = list(events[1:])
    goals = events[0].targets or {}
    clocks = [TickClock(kind, goals[kind]) for kind in ("response", "resolution")]
    why: set[str | None] = set()
    resolved = False
    now = START
    while True:
        while waiting and waiting[0].at <= now:
            event = waiting.pop(0)
            match event.type:
                case "paused" if not resolved:
                    why.add(event.reason)
                case "resumed":
                    why -= {event.reason} if event.reason else set(why)
                case "reopened" if resolved:
                    resolved = False
                    clocks[1].stopped_at = None
                    clocks[1].paused += clocks[1].since_stop
                    clocks[1].since_stop = ZERO
                    clocks[1].cycle += 1
                case "responded" | "resolved":
                    if event.type == "resolved":
                        resolved, why = True, set()
                    for clock in clocks if resolved else clocks[:1]:
                        if clock.stopped_at is None:
                            clock.stopped_at = now
                            clock.judge(calendar, now)
                case "targets_changed" if event.mode != "keep":
                    for clock in clocks:
                        if clock.stopped_at and clock.target is not None:
                            continue
                        clock.target = (event.targets or {})[clock.kind]
                        restart = event.mode == "restart" and clock.target is not None
                        if restart and not clock.stopped_at:
                            clock.started_at = now
                            clock.paused, clock.counted = ZERO, []
        if now == as_of:
            return clocks, bool(why)
        for clock in clocks:
            if clock.stopped_at:
                clock.since_stop += is_open(calendar, now) * TICK
            elif why:
                clock.paused += is_open(calendar, now) * TICK
            else:
                clock.counted += [now + TICK] * is_open(calendar, now)
                clock.judge(calendar, now + TICK)
        now += TICK


def as_state(
    clock: TickClock, calendar: Calendar, as_of: datetime, paused: bool
) -> ClockState:
    """What a tick clock says, in the words of the real one; warnings left out."""
    real = replay([Event(START, "created")], ALWAYS, START).clocks[clock.kind]
    blank = replace(
        real,
        started_at=clock.started_at,
        cycle=clock.cycle,
        ever_breached=clock.breached_by is not None,
    )
    if clock.target is None:
        return blank
    now = clock.stopped_at or as_of
    standing = paused and not clock.stopped_at
    deadline = clock.deadline(calendar, now)
    recorded = clock.breached_by is not None and deadline < clock.breached_by
    late = deadline < now and (recorded or not standing)
    status = "breached" if late else "paused" if standing else "running"
    if clock.stopped_at and not late:
        status = "met"
    elapsed = len(clock.counted) * TICK
    return replace(
        blank,
        status=ClockStatus(status),
        target=clock.target,
        deadline=None if standing else deadline,
        projected_deadline=deadline if standing else None,
        stopped_at=clock.stopped_at,
        breached_at=deadline if late else None,
        elapsed=elapsed,
        remaining=clock.target - elapsed,
        paused=clock.paused,
        ever_breached=late or clock.breached_by is not None,
    )


@given(histories(), calendars, instants)
def test_clocks_agree_with_counting_tick_by_tick(
    events: list[Event], calendar: Calendar, as_of: datetime
) -> None:
    happened = [event for event in events if event.at <= as_of]
    clocks, paused = tick_by_tick(happened, calendar, as_of)
    found = replay(events, calendar, as_of)
    for clock in clocks:
        assert replace(found.clocks[clock.kind], marks=(), warn_at=None) == as_state(
            clock, calendar, as_of, paused
        )
    assert (found.status == "paused") == paused


@given(histories(), calendars, instants)
def test_status_follows_from_the_clocks(
    events: list[Event], calendar: Calendar, as_of: datetime
) -> None:
    now = replay(events, calendar, as_of)
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


@given(histories(), calendars, instants)
def test_the_future_does_not_change_the_present(
    events: list[Event], calendar: Calendar, as_of: datetime
) -> None:
    happened = [event for event in events if event.at <= as_of]
    assert replay(events, calendar, as_of) == replay(happened, calendar, as_of)


@given(histories(), calendars, instants)
def test_every_event_twice_changes_nothing(
    events: list[Event], calendar: Calendar, as_of: datetime
) -> None:
    doubled = [events[0], *(event for event in events[1:] for _ in range(2))]
    assert replay(doubled, calendar, as_of) == replay(events, calendar, as_of)


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


@given(histories(), calendars, instants)
def test_breach_once_on_record_stays_there(
    events: list[Event], calendar: Calendar, as_of: datetime
) -> None:
    now = replay(events, calendar, as_of)
    later = replay(events, calendar, START + 2 * LENGTH * TICK)
    for kind, clock in now.clocks.items():
        assert clock.ever_breached <= later.clocks[kind].ever_breached


@given(histories(), calendars, instants, st.timedeltas(ZERO, TICK))
def test_steps_lead_from_the_start_to_the_deadline_and_add_up_to_the_target(
    events: list[Event], calendar: Calendar, as_of: datetime, more: timedelta
) -> None:
    now = replay(events, calendar, as_of + more)
    for kind, steps in explain(events, calendar, as_of + more).items():
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
