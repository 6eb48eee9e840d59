"""The clocks of one incident, as a function of its history.

Nothing is remembered between calls: `replay` takes the events of an incident and
an instant, and tells the state at that instant; `explain` tells why.

A clock is a row of stretches in which it ran. Pauses, of whatever reason, and the
time between a resolve and a reopen are the holes between them. So a deadline, a
warning and the used time are all one question: where on these stretches has so
much working time been counted for the first time?
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from tracker.sla.calendar import ALWAYS, ZERO, Calendar, add, as_utc, between, segments

RESOLVED = "resolved"
"""The reason of the pause between a resolve and a reopen."""
MAINTENANCE = "maintenance:"
"""How the reason of a maintenance window begins; its id follows."""
OTHER = "other"
"""The reason of a pause that gives none."""
MAX_STEPS = 20_000


class TargetKind(StrEnum):
    """The promises known by name. Any other kind stops at the resolve."""

    RESPONSE = "response"
    RESOLUTION = "resolution"


class EventType(StrEnum):
    """What can happen to the clocks of an incident."""

    CREATED = "created"
    RESPONDED = "responded"
    PAUSED = "paused"
    RESUMED = "resumed"
    TARGETS_CHANGED = "targets_changed"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class Mode(StrEnum):
    """From when a changed target counts: the start, now, or not at all."""

    RETARGET = "retarget"
    RESTART = "restart"
    KEEP = "keep"


class Reopening(StrEnum):
    """What a reopened clock counts from: what remained, or all of the target again."""

    CONTINUE = "continue"
    RESTART = "restart"


class ClockStatus(StrEnum):
    """The state of one clock; `none` has no target."""

    NONE = "none"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"


class SlaStatus(StrEnum):
    """The state of an incident, derived from its clocks."""

    ACTIVE = "active"
    PAUSED = "paused"
    BREACHED = "breached"
    MET = "met"


class HistoryError(ValueError):
    """A history that cannot be; `index` is the event that is wrong."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.message = message


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on a clock's way at which something is to be done: one of three.

    Attributes:
        percent: A warning when so much of the target is used.
        before: A warning when so much working time is left.
        after: So much working time after the deadline.
    """

    percent: int | None = None
    before: timedelta | None = None
    after: timedelta | None = None

    @property
    def is_warning(self) -> bool:
        """Whether it lies before the deadline."""
        return self.after is None

    def work(self, target: timedelta) -> timedelta:
        """The working time after which it is reached."""
        if self.percent is not None:
            # Rounded up: not before the share is used.
            return -(target * -self.percent // 100)
        if self.before is not None:
            return max(target - self.before, ZERO)
        return target + (self.after or ZERO)


@dataclass(frozen=True)
class Terms:
    """How a policy lets clocks count.

    Attributes:
        calendars: By kind; a kind without one runs round the clock.
        marks: Where something is to be done.
        never_paused: Kinds whose clocks run on through pauses.
        reopening: What a reopened clock counts from.
    """

    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    marks: tuple[Mark, ...] = (Mark(percent=80),)
    never_paused: frozenset[str] = frozenset()
    reopening: str = Reopening.CONTINUE

    def calendar(self, kind: str) -> Calendar:
        """What the clock of a kind counts on."""
        return self.calendars.get(kind, ALWAYS)


def terms_on(calendar: Calendar, marks: tuple[Mark, ...] = Terms.marks) -> Terms:
    """The usual terms, with one calendar for both known kinds."""
    return Terms(dict.fromkeys(map(str, TargetKind), calendar), marks)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of an incident's history.

    Attributes:
        at: When it happened.
        type: One of `EventType`.
        reason: Of a pause; a resume without one ends every pause.
        targets: By kind, of `created` and `targets_changed`; None takes the promise
            back, a kind left out stays as it is.
        mode: One of `Mode`, of `targets_changed`.
        terms: Of another policy, with `created` and `targets_changed`; None keeps
            those in force. Under `keep` they change nothing.
    """

    at: datetime
    type: str
    reason: str | None = None
    targets: Mapping[str, timedelta | None] | None = None
    mode: str = Mode.RETARGET
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class ClockState:
    """One clock at one instant. Durations are working time.

    Attributes:
        kind: What is promised.
        status: `breached` covers a clock that still runs and one stopped too late.
        target: The working time promised; None leaves no clock (`none`).
        started_at: From when the target counts.
        deadline: The one in force, or in force at the stop; None while paused.
        projected_deadline: While paused, the deadline if it ran on from now.
        marks: While it runs, the instants of the marks in their order, passed or not.
        warn_at: The first of them that is a warning.
        stopped_at: When the promise was kept or given up.
        breached_at: The deadline, once it has passed.
        elapsed: Used up, frozen at the stop.
        remaining: Target less elapsed, negative when overdue.
        paused: Lost to pauses and to the time between a resolve and a reopen.
        paused_late: Of that, what was lost after the deadline.
        cycle: 1, and one more for each reopen.
        ever_breached: Also true for a breach that a later change lifted.
    """

    kind: str
    status: ClockStatus
    started_at: datetime
    target: timedelta | None = None
    deadline: datetime | None = None
    projected_deadline: datetime | None = None
    marks: tuple[datetime, ...] = ()
    warn_at: datetime | None = None
    stopped_at: datetime | None = None
    breached_at: datetime | None = None
    elapsed: timedelta = ZERO
    remaining: timedelta | None = None
    paused: timedelta = ZERO
    paused_late: timedelta = ZERO
    cycle: int = 1
    ever_breached: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A reason for which the clocks stand still now, and since when."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SlaState:
    """All clocks of an incident at one instant, and what follows from them.

    Attributes:
        status: `paused`, else `breached`, else `active`, else `met`.
        at_risk: A running clock has reached a warning, and nothing is breached.
        next_deadline: The earliest of the running clocks, overdue ones included.
        remaining: Of the open clock that is due first, also while paused.
        paused_at: Since when the clocks have stood still without a break.
        pauses: The reasons in force, the oldest first.
        clocks: By kind; `response` and `resolution` are always there.
        response_at: When the first answer came or could come no more, also where none
            was promised.
    """

    status: SlaStatus
    at_risk: bool
    next_deadline: datetime | None
    remaining: timedelta | None
    paused_at: datetime | None
    pauses: tuple[Pause, ...]
    clocks: Mapping[str, ClockState]
    response_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the way from a clock's start to its deadline.

    Attributes:
        counted: Working time counted in this step.
        total: Working time counted up to the end of this step.
        label: The name of a holiday.
        reason: Of a pause.
    """

    kind: Literal["work", "closed", "holiday", "paused"]
    start: datetime
    end: datetime
    counted: timedelta
    total: timedelta
    label: str | None = None
    reason: str | None = None


def replay(
    events: Sequence[Event], terms: Terms | Calendar, as_of: datetime
) -> SlaState:
    """The state of an incident's clocks at `as_of`.

    Args:
        events: The whole history, in order of time, first `created`. What is later
            than `as_of` has not happened yet; the creation always has.
        terms: How the clocks count until an event brings others; a calendar alone
            stands for the usual terms on it.
        as_of: The present.

    Raises:
        HistoryError: The events do not make a history.
        HorizonError: A deadline is more than ten years ahead.
        ValueError: `as_of` has no time zone.
    """
    as_of = as_utc(as_of)
    history = _History(events, terms, as_of)
    marks = history.terms.marks
    clocks = {kind: c.state(as_of, marks) for kind, c in history.clocks.items()}
    pauses = tuple(Pause(reason, at) for reason, at in history.reasons.items())
    statuses = {clock.status for clock in clocks.values()}
    if pauses:
        status = SlaStatus.PAUSED
    elif ClockStatus.BREACHED in statuses:
        status = SlaStatus.BREACHED
    elif ClockStatus.RUNNING in statuses:
        status = SlaStatus.ACTIVE
    else:
        status = SlaStatus.MET
    # An open clock has exactly one of the two deadlines, a stopped one is out.
    due = [
        (at, clock)
        for clock in clocks.values()
        if not clock.stopped_at and (at := clock.deadline or clock.projected_deadline)
    ]
    first = min(due, key=lambda pair: pair[0])[1] if due else None
    return SlaState(
        status=status,
        at_risk=status == SlaStatus.ACTIVE
        and any(c.warn_at and c.warn_at <= as_of for c in clocks.values()),
        # A clock that runs through pauses may be due after one that stands still.
        next_deadline=min((c.deadline for _, c in due if c.deadline), default=None),
        remaining=first.remaining if first else None,
        paused_at=history.paused_at,
        pauses=pauses,
        clocks=clocks,
        response_at=history.clocks[TargetKind.RESPONSE].stopped_at,
    )


def explain(
    events: Sequence[Event],
    terms: Terms | Calendar,
    as_of: datetime,
    max_steps: int = MAX_STEPS,
) -> dict[str, tuple[Step, ...]]:
    """Why each clock's deadline is where it is: the steps that lead to it.

    The steps join up from the start to the deadline, and what the `work` steps count
    adds up to the target exactly. For a paused clock that is the projected deadline,
    for a stopped one the deadline in force at the stop, as if it had run on.
    A clock without a target has no steps.

    A pause with several reasons is told by the oldest one still in force. A way of
    more than `max_steps` ends with one `work` step that counts all the rest.

    Raises:
        As `replay`.
    """
    as_of = as_utc(as_of)
    history = _History(events, terms, as_of)
    return {
        kind: tuple(_steps(clock, history.turns, as_of, max_steps))
        for kind, clock in history.clocks.items()
    }


def limit_pauses(
    events: Sequence[Event], longest: timedelta, as_of: datetime
) -> list[Event]:
    """The history in which each pause of people ends by itself after `longest`.

    Args:
        events: In order of time, without such ends.
        longest: Of time on the wall, for each reason by itself. Maintenance has an end
            of its own.
        as_of: The present; later ends have not happened yet.
    """
    limited: list[Event] = []
    since: dict[str, datetime] = {}
    resolved = False

    def end_until(at: datetime) -> None:
        while since:
            reason = min(since, key=since.__getitem__)
            if since[reason] + longest > at:
                return
            ended = since.pop(reason) + longest
            limited.append(Event(ended, EventType.RESUMED, reason))

    for event in events:
        end_until(event.at)
        limited.append(event)
        reason = event.reason or OTHER
        match event.type:
            case EventType.PAUSED if not (resolved or reason.startswith(MAINTENANCE)):
                since.setdefault(reason, event.at)
            case EventType.RESUMED if event.reason:
                since.pop(event.reason, None)
            case EventType.RESUMED:
                since.clear()
            case EventType.RESOLVED:
                resolved = True
                since.clear()
            case EventType.REOPENED:
                resolved = False
    end_until(as_of)
    return limited


Turn = tuple[datetime, str | None]
"""From an instant on, clocks run (None) or stand still for a reason."""


class _Clock:
    """One target's clock while its history is replayed.

    A kind that has no target keeps time as well, so that a target that comes back
    counts from the original start.
    """

    def __init__(self, kind: str, terms: Terms, at: datetime) -> None:
        self.kind = kind
        self.agree(terms)
        self.target: timedelta | None = None
        self.stopped_at: datetime | None = None
        self.cycle = 1
        # The last instant at which a breach of any target was on record.
        self.breached_by: datetime | None = None
        self.start(at)

    def agree(self, terms: Terms) -> None:
        self.calendar = terms.calendar(self.kind)
        self.pauses = self.kind not in terms.never_paused

    def start(self, at: datetime) -> None:
        self.running = True
        # From when on it runs on the target that it has.
        self.since = at
        # When each stretch began, and what was used up before it.
        self.begins = [at]
        self.used_before = [ZERO]
        # Used up in all stretches that have ended.
        self.used = ZERO

    def run(self, at: datetime) -> None:
        self.running = True
        self.since = at
        self.begins.append(at)
        self.used_before.append(self.used)

    def halt(self, at: datetime) -> None:
        self.judge(at)
        self.used = self.elapsed(at)
        self.running = False

    def stop(self, at: datetime) -> None:
        if self.stopped_at is None:
            if self.running:
                self.halt(at)
            self.judge(at)
            self.stopped_at = at

    def own(self, turns: Sequence[Turn]) -> Iterator[Turn]:
        """The turns of the incident that are its own; it may run through pauses."""
        last: Turn | None = None
        for at, reason in turns:
            why = reason if self.pauses or reason == RESOLVED else None
            if last is None or why != last[1]:
                last = at, why
                yield last

    def recount(self, terms: Terms, turns: Sequence[Turn], at: datetime) -> None:
        """Counts its whole way again by other terms, up to its stop."""
        self.agree(terms)
        start = self.begins[0]
        self.begins, self.used_before, self.used = [start], [ZERO], ZERO
        for turn, reason in self.own(turns):
            if self.stopped_at and turn >= self.stopped_at:
                break
            if turn <= start:
                self.running = True
            if self.running and reason is not None:
                self.used = self.elapsed(max(turn, start))
                self.running = False
            elif not self.running and reason is None:
                self.run(turn)
        if self.stopped_at and self.running:
            self.used = self.elapsed(self.stopped_at)
            self.running = False
        # The deadline is a new one, and has shown nothing yet.
        self.since = at

    def aim(self, target: timedelta | None, mode: str, at: datetime) -> None:
        """Sets a new target, unless the clock stopped on the one it has."""
        if self.stopped_at is None:
            if self.running:
                self.judge(at)
            if mode == Mode.RESTART and target is not None:
                running = self.running
                self.start(at)
                self.running = running
        elif self.target is not None:
            return
        self.target = target
        self.since = at

    def judge(self, at: datetime) -> None:
        """Puts a breach on record that has happened before `at`."""
        # A clock just started, resumed or given its target has shown nothing yet.
        shown = not self.running or self.since < at
        if shown and self.target is not None and self.reached(self.target, at) < at:
            self.breached_by = at

    def elapsed(self, at: datetime) -> timedelta:
        if self.running:
            return self.used + between(self.calendar, self.begins[-1], at)
        return self.used

    def reached(self, work: timedelta, now: datetime) -> datetime:
        """When `work` is used up first; a clock that stands runs on from `now`."""
        if work > self.used and not self.running:
            return add(self.calendar, now, work - self.used)
        n = max(bisect_left(self.used_before, work) - 1, 0)
        return add(self.calendar, self.begins[n], work - self.used_before[n])

    def state(self, as_of: datetime, marks: Sequence[Mark]) -> ClockState:
        start = self.begins[0]
        if self.target is None:
            return ClockState(
                self.kind,
                ClockStatus.NONE,
                start,
                cycle=self.cycle,
                ever_breached=self.breached_by is not None,
            )
        now = self.stopped_at or as_of
        deadline = self.reached(self.target, now)
        late = deadline < now
        paused = not self.running and self.stopped_at is None
        # A change may have moved the deadline before the pause: no news now. Nor is
        # a breach that a change has lifted one of the deadline that came after it.
        recorded = self.breached_by is not None and deadline < self.breached_by
        if late and (recorded or not paused):
            status = ClockStatus.BREACHED
        elif paused:
            status = ClockStatus.PAUSED
        else:
            status = ClockStatus.MET if self.stopped_at else ClockStatus.RUNNING
        breached = status == ClockStatus.BREACHED
        elapsed = self.elapsed(now)
        times = (
            tuple(self.reached(mark.work(self.target), now) for mark in marks)
            if self.running
            else ()
        )
        warnings = (
            time for mark, time in zip(marks, times, strict=False) if mark.is_warning
        )
        return ClockState(
            kind=self.kind,
            status=status,
            started_at=start,
            target=self.target,
            deadline=None if paused else deadline,
            projected_deadline=deadline if paused else None,
            marks=times,
            warn_at=min(warnings, default=None),
            stopped_at=self.stopped_at,
            breached_at=deadline if breached else None,
            elapsed=elapsed,
            remaining=self.target - elapsed,
            paused=between(self.calendar, start, now) - elapsed,
            paused_late=between(self.calendar, deadline, now) + self.target - elapsed
            if late
            else ZERO,
            cycle=self.cycle,
            ever_breached=breached or self.breached_by is not None,
        )


class _History:
    """Events applied one by one, up to an instant."""

    def __init__(
        self,
        events: Sequence[Event],
        terms: Terms | Calendar,
        as_of: datetime,
    ) -> None:
        checked = list(_checked(events))
        created, opening = checked[0]
        happened = [pair for pair in checked[1:] if pair[0] <= as_of]
        if opening.terms:
            terms = opening.terms
        self.terms = terms_on(terms) if isinstance(terms, Calendar) else terms
        kinds = dict.fromkeys(map(str, TargetKind))
        for _, event in (checked[0], *happened):
            kinds.update(dict.fromkeys(event.targets or ()))
        self.clocks = {kind: _Clock(kind, self.terms, created) for kind in kinds}
        for kind, target in (opening.targets or {}).items():
            self.clocks[kind].target = target
        self.resolved = False
        # Why the clocks stand still now, the oldest reason first.
        self.reasons: dict[str, datetime] = {}
        self.paused_at: datetime | None = None
        # From when on the clocks ran (None) or stood still for a reason.
        self.turns: list[Turn] = [(created, None)]
        for at, event in happened:
            self._apply(at, event)

    def _apply(self, at: datetime, event: Event) -> None:
        match event.type:
            case EventType.RESPONDED:
                self.clocks[TargetKind.RESPONSE].stop(at)
            case EventType.PAUSED:
                # A resolved incident has no open clock to pause.
                if not self.resolved:
                    self.reasons.setdefault(event.reason or OTHER, at)
            case EventType.RESUMED:
                if event.reason:
                    self.reasons.pop(event.reason, None)
                else:
                    self.reasons.clear()
            case EventType.TARGETS_CHANGED:
                if event.mode != Mode.KEEP:
                    self._agree(event.terms, at)
                    for kind, target in (event.targets or {}).items():
                        self.clocks[kind].aim(target, event.mode, at)
            case EventType.RESOLVED:
                self.resolved = True
                self.reasons.clear()
                for clock in self.clocks.values():
                    clock.stop(at)
            case EventType.REOPENED if self.resolved:
                self.resolved = False
                for clock in self.clocks.values():
                    # The first answer was given, or never will be.
                    if clock.kind != TargetKind.RESPONSE:
                        if clock.stopped_at:
                            # Its target may have come after the stop.
                            clock.judge(clock.stopped_at)
                        clock.stopped_at = None
                        clock.cycle += 1
                        if self.terms.reopening == Reopening.RESTART:
                            clock.start(at)
        self.paused_at = (self.paused_at or at) if self.reasons else None
        reason = RESOLVED if self.resolved else next(iter(self.reasons), None)
        if reason != self.turns[-1][1]:
            self.turns.append((at, reason))
        for clock in self.clocks.values():
            halted = self.resolved or (clock.pauses and bool(self.reasons))
            if clock.running and halted:
                clock.halt(at)
            elif not clock.running and not halted and clock.stopped_at is None:
                clock.run(at)

    def _agree(self, terms: Terms | None, at: datetime) -> None:
        """Counts clocks by other terms, from their start, as far as they are free."""
        if terms is None:
            return
        self.terms = terms
        for clock in self.clocks.values():
            if clock.stopped_at is None:
                if clock.running:
                    clock.judge(at)
                clock.recount(terms, self.turns, at)
            elif clock.target is None:
                clock.recount(terms, self.turns, at)


def _checked(events: Sequence[Event]) -> Iterator[tuple[datetime, Event]]:
    """The events with their instants in UTC."""
    if not events:
        raise HistoryError(0, "there is no event, the first must be 'created'")
    before: datetime | None = None
    for index, event in enumerate(events):
        try:
            at = as_utc(event.at)
            kind = EventType(event.type)
            Mode(event.mode)
        except ValueError as error:
            raise HistoryError(index, str(error)) from None
        if (kind == EventType.CREATED) != (index == 0):
            raise HistoryError(index, "the first event, and no other, is 'created'")
        if before and at < before:
            raise HistoryError(index, "the event is earlier than the one before it")
        if any(target and target < ZERO for target in (event.targets or {}).values()):
            raise HistoryError(index, "a target is negative")
        before = at
        yield at, event


def _steps(
    clock: _Clock,
    turns: Sequence[Turn],
    as_of: datetime,
    max_steps: int,
) -> Iterator[Step]:
    if clock.target is None:
        return
    now = clock.stopped_at or as_of
    deadline = clock.reached(clock.target, now)
    own = list(clock.own(turns))
    spans = [own[0], *(turn for turn in own[1:] if turn[0] < now)]
    if spans[-1][1] is not None:
        spans.append((now, None))
    ends = [*(at for at, _ in spans[1:]), deadline]
    total, count = ZERO, 0
    for (at, reason), until in zip(spans, ends, strict=True):
        start, end = max(at, clock.begins[0]), min(until, deadline)
        if start >= end:
            continue
        if reason is not None:
            count += 1
            yield Step("paused", start, end, ZERO, total, reason=reason)
            continue
        for part in segments(clock.calendar, start, end):
            if count >= max_steps:
                rest = clock.target - total
                yield Step("work", part.start, deadline, rest, clock.target)
                return
            counted = part.end - part.start if part.kind == "work" else ZERO
            total += counted
            count += 1
            yield Step(part.kind, part.start, part.end, counted, total, part.label)
