"""A second clock, which knows nothing but the ticks in its day book."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import strategies as st

from tracker.sla.calendar import ALWAYS, Calendar, between
from tracker.sla.clock import ClockState, ClockStatus, Event, Mark, Terms

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
# `update` is a promise that no code knows by name.
KINDS = ["response", "resolution", "update"]

calendars = st.sampled_from(CALENDARS)
instants = st.integers(0, LENGTH).map(lambda n: START + n * TICK)
durations = st.none() | st.integers(0, 60).map(lambda n: n * TICK)
target_sets = st.fixed_dictionaries({"response": durations, "resolution": durations})
three_targets = st.fixed_dictionaries(dict.fromkeys(KINDS, durations))
reasons = st.sampled_from(["customer", "vendor"])
modes = st.sampled_from(["retarget", "restart", "keep"])
lengths = st.timedeltas(ZERO, 60 * TICK)
marks = (
    st.builds(Mark, percent=st.integers(1, 100))
    | st.builds(Mark, before=lengths)
    | st.builds(Mark, after=lengths)
)
terms = st.builds(
    Terms,
    calendars=st.dictionaries(st.sampled_from(KINDS), calendars),
    marks=st.lists(marks, max_size=3).map(tuple),
    never_paused=st.frozensets(st.sampled_from(KINDS)),
    reopening=st.sampled_from(["continue", "restart"]),
)

pauses = st.builds(Event, instants, st.just("paused"), reasons)
resumes = st.builds(Event, instants, st.just("resumed"), st.none() | reasons)
stops = st.builds(
    Event, instants, st.sampled_from(["responded", "resolved", "reopened"])
)
changes = st.builds(
    Event, instants, st.just("targets_changed"), st.none(), target_sets, modes
)
policy_changes = st.builds(
    Event,
    instants,
    st.just("targets_changed"),
    st.none(),
    three_targets | target_sets,
    modes,
    st.none() | terms,
)


@st.composite
def histories(
    draw: st.DrawFn,
    happenings: st.SearchStrategy[Event] = pauses | resumes | stops | changes,
    targets: st.SearchStrategy[dict[str, timedelta | None]] = target_sets,
) -> list[Event]:
    """Events in order of time, first the creation at `START`."""
    events = draw(st.lists(happenings, max_size=12))
    created = Event(START, "created", targets=draw(targets))
    return [created, *sorted(events, key=lambda event: event.at)]


policy_histories = histories(pauses | resumes | stops | policy_changes, three_targets)


@cache
def is_open(calendar: Calendar, tick: datetime) -> bool:
    return between(calendar, tick, tick + TICK) == TICK


@dataclass
class TickClock:
    """One clock; `counted` are the ticks that used up its target."""

    kind: str
    calendar: Calendar
    stands: bool  # in a pause
    target: timedelta | None = None
    started_at: datetime = START
    stopped_at: datetime | None = None
    breached_by: datetime | None = None
    cycle: int = 1
    counted: list[datetime] = field(default_factory=list)

    def runs(self, why: str | None) -> bool:
        return why is None or (why == "pause" and not self.stands)

    def count(self, tick: datetime, why: str | None) -> None:
        if self.runs(why) and is_open(self.calendar, tick):
            self.counted.append(tick)

    def recount(self, book: Sequence[str | None]) -> None:
        """Goes through the day book again, from its start to its stop."""
        self.counted = []
        for n, why in enumerate(book):
            tick = START + n * TICK
            if self.started_at <= tick and (
                self.stopped_at is None or tick < self.stopped_at
            ):
                self.count(tick, why)

    def reached(self, work: timedelta, now: datetime) -> datetime:
        """When so much is used up; what the day book has not yet runs on from now."""
        if work == ZERO:
            return self.started_at
        ticks = -(-work // TICK)
        ahead = ticks - len(self.counted)
        last = self.counted[ticks - 1] if ahead <= 0 else now
        while ahead > 0:
            last = now
            ahead -= is_open(self.calendar, now)
            now += TICK
        return last + (work - (ticks - 1) * TICK)

    def lost_since(self, deadline: datetime, now: datetime) -> timedelta:
        """Open ticks after the deadline that are not counted."""
        ticks = (deadline + n * TICK for n in range((now - deadline) // TICK))
        counted = set(self.counted)
        return sum(
            (
                TICK
                for tick in ticks
                if is_open(self.calendar, tick) and tick not in counted
            ),
            ZERO,
        )

    def judge(self, now: datetime) -> None:
        if self.target is not None and self.reached(self.target, now) < now:
            self.breached_by = now

    def state(
        self, as_of: datetime, why: str | None, terms_marks: Sequence[Mark]
    ) -> ClockState:
        """What it says, in the words of the real one."""
        if self.target is None:
            return ClockState(
                self.kind,
                ClockStatus.NONE,
                self.started_at,
                cycle=self.cycle,
                ever_breached=self.breached_by is not None,
            )
        now = self.stopped_at or as_of
        standing = not self.runs(why) and not self.stopped_at
        deadline = self.reached(self.target, now)
        recorded = self.breached_by is not None and deadline < self.breached_by
        late = deadline < now and (recorded or not standing)
        status = "breached" if late else "paused" if standing else "running"
        if self.stopped_at and not late:
            status = "met"
        told = terms_marks if self.runs(why) and not self.stopped_at else ()
        times = [self.reached(mark.work(self.target), now) for mark in told]
        warnings = [
            time
            for mark, time in zip(told, times, strict=True)
            if mark.percent is not None or mark.before is not None
        ]
        ticks = range((now - self.started_at) // TICK)
        open_ticks = sum(
            is_open(self.calendar, self.started_at + n * TICK) for n in ticks
        )
        elapsed = len(self.counted) * TICK
        return ClockState(
            kind=self.kind,
            status=ClockStatus(status),
            started_at=self.started_at,
            target=self.target,
            deadline=None if standing else deadline,
            projected_deadline=deadline if standing else None,
            marks=tuple(times),
            warn_at=min(warnings, default=None),
            stopped_at=self.stopped_at,
            breached_at=deadline if late else None,
            elapsed=elapsed,
            remaining=self.target - elapsed,
            paused=open_ticks * TICK - elapsed,
            paused_late=self.lost_since(deadline, now),
            cycle=self.cycle,
            ever_breached=late or self.breached_by is not None,
        )


class TickWorld:
    """An incident that lives through its history, tick by tick."""

    def __init__(self, events: Sequence[Event], terms: Terms, as_of: datetime) -> None:
        waiting = [event for event in events if event.at <= as_of]
        kinds = {kind for event in waiting for kind in event.targets or {}}
        self.terms = terms
        self.clocks = {
            kind: TickClock(
                kind, terms.calendars.get(kind, ALWAYS), kind not in terms.never_paused
            )
            for kind in {"response", "resolution", *kinds}
        }
        self.reasons: set[str | None] = set()
        self.resolved = False
        # Why clocks stood still in each tick.
        self.book: list[str | None] = []
        now = START
        while True:
            while waiting and waiting[0].at <= now:
                self.happen(waiting.pop(0), now)
            if now == as_of:
                break
            self.book.append(self.why)
            for clock in self.clocks.values():
                if clock.stopped_at is None:
                    clock.count(now, self.why)
                    if clock.runs(self.why):
                        clock.judge(now + TICK)
            now += TICK

    @property
    def why(self) -> str | None:
        return "resolved" if self.resolved else "pause" if self.reasons else None

    def happen(self, event: Event, now: datetime) -> None:
        match event.type:
            case "created":
                for kind, target in (event.targets or {}).items():
                    self.clocks[kind].target = target
            case "paused" if not self.resolved:
                self.reasons.add(event.reason)
            case "resumed":
                self.reasons -= {event.reason} if event.reason else set(self.reasons)
            case "responded":
                self.stop(self.clocks["response"], now)
            case "resolved":
                self.resolved, self.reasons = True, set()
                for clock in self.clocks.values():
                    self.stop(clock, now)
            case "reopened" if self.resolved:
                self.resolved = False
                for kind in self.clocks.keys() - {"response"}:
                    clock = self.clocks[kind]
                    clock.stopped_at = None
                    clock.cycle += 1
                    if self.terms.reopening == "restart":
                        self.restart(clock, now)
            case "targets_changed" if event.mode != "keep":
                self.change(event, now)

    def stop(self, clock: TickClock, now: datetime) -> None:
        if clock.stopped_at is None:
            clock.stopped_at = now
            clock.judge(now)

    def restart(self, clock: TickClock, now: datetime) -> None:
        clock.started_at, clock.counted = now, []

    def change(self, event: Event, now: datetime) -> None:
        # What has stopped on a target is never rewritten.
        free = {
            kind: clock
            for kind, clock in self.clocks.items()
            if clock.stopped_at is None or clock.target is None
        }
        if event.terms:
            self.terms = event.terms
            for kind, clock in free.items():
                clock.calendar = event.terms.calendars.get(kind, ALWAYS)
                clock.stands = kind not in event.terms.never_paused
                clock.recount(self.book)
        for kind, target in (event.targets or {}).items():
            if kind in free:
                clock = free[kind]
                clock.target = target
                if (
                    event.mode == "restart"
                    and target is not None
                    and not clock.stopped_at
                ):
                    self.restart(clock, now)

    def states(self, as_of: datetime) -> dict[str, ClockState]:
        return {
            kind: clock.state(as_of, self.why, self.terms.marks)
            for kind, clock in self.clocks.items()
        }
