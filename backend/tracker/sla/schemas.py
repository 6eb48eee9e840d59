"""What goes in and out of the API about promises. Durations are seconds."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tracker.accounts.schemas import UserRef
from tracker.sla.clock import (
    ClockStatus,
    EventType,
    Mode,
    Reopening,
    SlaStatus,
    TargetKind,
)

TEN_YEARS_SECONDS = 3653 * 24 * 3600

Seconds = Annotated[
    float, Meta(ge=0, le=TEN_YEARS_SECONDS, description="Working time.")
]
Instant = Annotated[dt.datetime, Meta(tz=True, description="RFC 3339.")]


class Clock(msgspec.Struct, kw_only=True):
    """One target running on one incident.

    `deadline` is null while the clock is paused; then `projected_deadline` tells what
    it would be if the clock ran on from now. `remaining_seconds` is working time,
    negative when overdue, and frozen when the clock has stopped.
    """

    kind: TargetKind
    status: ClockStatus
    target_seconds: float | None
    started_at: dt.datetime | None
    deadline: dt.datetime | None
    projected_deadline: dt.datetime | None
    warn_at: dt.datetime | None
    stopped_at: dt.datetime | None
    breached_at: dt.datetime | None
    remaining_seconds: float | None


class Clocks(msgspec.Struct, kw_only=True):
    """Both clocks; null where nothing is promised."""

    response: Clock | None
    resolution: Clock | None


class SlaSummary(msgspec.Struct, kw_only=True):
    """The promises of an incident, as a list shows them."""

    id: UUID
    status: SlaStatus
    at_risk: bool
    next_deadline: dt.datetime | None
    remaining_seconds: float | None
    paused_at: dt.datetime | None
    clocks: Clocks


class PauseInForce(msgspec.Struct, kw_only=True):
    """Why the clocks stand still; note and actor are for agents only."""

    reason: str
    note: str | None
    actor: UserRef | None
    since: dt.datetime


class PolicyRef(msgspec.Struct):
    """The policy version that a clock was started with."""

    id: UUID
    name: str
    version: int


class CalendarRef(msgspec.Struct):
    """The calendar that a clock counts on."""

    name: str
    timezone: str


class WindowAhead(msgspec.Struct, kw_only=True):
    """A window that concerns an incident, now or later."""

    id: UUID
    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime


class Sla(msgspec.Struct, kw_only=True):
    """The promises of an incident."""

    id: UUID
    incident_id: UUID
    status: SlaStatus
    at_risk: bool
    next_deadline: dt.datetime | None
    remaining_seconds: float | None
    response_deadline: dt.datetime | None
    resolution_deadline: dt.datetime | None
    response_at: dt.datetime | None
    paused_at: dt.datetime | None
    paused_duration: float
    pauses: list[PauseInForce]
    maintenance: list[WindowAhead]
    breach_notified_at: dt.datetime | None
    policy: PolicyRef
    calendar: CalendarRef
    clocks: Clocks
    created_at: dt.datetime
    updated_at: dt.datetime


class Pause(msgspec.Struct, forbid_unknown_fields=True):
    """Stop the clocks, for a reason."""

    reason: Annotated[str, Meta(min_length=1, max_length=50)]
    note: Annotated[str, Meta(max_length=500)] | None = None


class Resume(msgspec.Struct, forbid_unknown_fields=True):
    """End one reason, or all of them."""

    reason: Annotated[str, Meta(min_length=1, max_length=50)] | None = None


# --- Reasons to pause -----------------------------------------------------------------

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Code = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=50,
        pattern=r"^[a-z][a-z0-9_]*(?!\n)$",
        description="Small letters, digits and underscores.",
        examples=["awaiting_customer"],
    ),
]


class PauseReason(msgspec.Struct, kw_only=True):
    """A reason for which a clock may stand still."""

    code: str
    label: str
    position: int
    is_active: bool
    counts_against_us: bool


class PauseReasonCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new reason; its code cannot be changed later."""

    code: Code
    label: Name
    counts_against_us: bool = False


class PauseReasonUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to a reason; one that is not active can no longer be chosen."""

    label: Name | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    counts_against_us: bool | UnsetType = UNSET


# --- Calendars ------------------------------------------------------------------------

TimeOfDay = Annotated[str, Meta(pattern=r"^\d\d:\d\d(:\d\d)?$", examples=["09:00"])]
WeeklyHours = Annotated[
    dict[str, Annotated[list[tuple[TimeOfDay, TimeOfDay]], Meta(max_length=24)]],
    Meta(
        description="By weekday (mon to sun), the intervals that count.",
        examples=[{"mon": [["09:00", "12:00"], ["13:00", "18:00"]]}],
    ),
]


class Holiday(msgspec.Struct, frozen=True):
    """A day of the calendar's zone that does not count."""

    date: dt.date
    name: Annotated[str, Meta(max_length=200)] = ""


MOST_HOLIDAYS = 5000
Holidays = Annotated[list[Holiday], Meta(max_length=MOST_HOLIDAYS)]


class CalendarShort(msgspec.Struct):
    """A calendar, as far as a policy needs it."""

    id: UUID
    name: str
    timezone: str
    version: int


class Calendar(msgspec.Struct, kw_only=True):
    """The newest version of a calendar; no weekly hours is around the clock.

    `policies` are those that count on it now.
    """

    id: UUID
    name: str
    timezone: str
    weekly_hours: dict[str, list[tuple[str, str]]] | None
    holidays: list[Holiday]
    version: int
    policies: list[str] = []
    created_at: dt.datetime
    updated_at: dt.datetime


class CalendarDraft(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Working time."""

    timezone: Annotated[str, Meta(min_length=1, max_length=100)]
    weekly_hours: WeeklyHours | None = None
    holidays: Holidays = []


class CalendarCreate(CalendarDraft, kw_only=True, forbid_unknown_fields=True):
    """A new calendar."""

    name: Name


class CalendarUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes that make a new version; running clocks keep the one they have.

    Policies that count on the calendar get a new version too.
    """

    name: Name | UnsetType = UNSET
    timezone: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    weekly_hours: WeeklyHours | UnsetType | None = UNSET
    holidays: Holidays | UnsetType = UNSET


class CalendarVersion(msgspec.Struct, kw_only=True):
    """A version of a calendar, as it was published."""

    version: int
    timezone: str
    weekly_hours: dict[str, list[tuple[str, str]]] | None
    holidays: list[Holiday]
    created_at: dt.datetime
    created_by: UserRef | None


class CalendarPreview(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A calendar to look at, from a day on."""

    calendar: CalendarDraft
    from_: dt.date | None = msgspec.field(name="from", default=None)
    weeks: Annotated[int, Meta(ge=1, le=53)] = 8


class OpenInterval(msgspec.Struct):
    """A stretch of working time, in UTC and on the wall."""

    opens_at: dt.datetime
    closes_at: dt.datetime
    opens: str
    closes: str


class CalendarDay(msgspec.Struct, kw_only=True):
    """A local day; one that the zone skipped has no length."""

    date: dt.date
    holiday: str | None
    intervals: list[OpenInterval]
    working_seconds: float


class Subdivision(msgspec.Struct):
    """A part of a country with holidays of its own."""

    code: str
    name: str


class Country(msgspec.Struct):
    """A country whose holidays are known."""

    code: str
    name: str
    subdivisions: list[Subdivision]


# --- Policies -------------------------------------------------------------------------

Period = Annotated[int, Meta(ge=1, le=TEN_YEARS_SECONDS)]
Year = 366 * 24 * 3600


class Target(msgspec.Struct, forbid_unknown_fields=True):
    """What is promised for one priority; null promises nothing."""

    response_seconds: Period | None = None
    resolution_seconds: Period | None = None


class Targets(msgspec.Struct, forbid_unknown_fields=True):
    """What is promised, by priority."""

    critical: Target
    high: Target
    medium: Target
    low: Target


class Conditions(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Which incidents a policy is for; null does not matter, all that is said must be.

    Of each list, one is enough. `text` is looked for in title and description.
    """

    priorities: (
        Annotated[
            list[Literal["critical", "high", "medium", "low"]], Meta(max_length=4)
        ]
        | None
    ) = None
    team_ids: Annotated[list[UUID], Meta(max_length=500)] | None = None
    organization_ids: Annotated[list[UUID], Meta(max_length=500)] | None = None
    tags: (
        Annotated[
            list[Annotated[str, Meta(min_length=1, max_length=50)]],
            Meta(max_length=500),
        ]
        | None
    ) = None
    text: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class Warn(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """When to warn, in working time: one of the two."""

    percent: Annotated[int, Meta(ge=1, le=99)] | None = None
    seconds_before: Annotated[int, Meta(ge=1, le=Year)] | None = None


class PauseRules(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """How clocks may stand still; null reasons are all on the list.

    `longest_seconds` is time on the wall, for each reason by itself.
    """

    reasons: Annotated[list[Code], Meta(max_length=200)] | None = None
    longest_seconds: Annotated[int, Meta(ge=60, le=Year)] | None = None
    response: bool = True


class ActionType(enum.StrEnum):
    """What an escalation can do."""

    NOTIFY = "notify"
    REASSIGN = "reassign"
    RAISE_PRIORITY = "raise_priority"
    COMMENT = "comment"


class Audience(enum.StrEnum):
    """Whom an escalation can tell."""

    ASSIGNEE = "assignee"
    REPORTER = "reporter"
    TEAM = "team"
    ROLE = "role"
    USER = "user"


class EscalationAction(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Something to do.

    `notify` needs `to`, and with it `role`, `user_id` or, for a team other than the
    incident's, `team_id`. `reassign` needs `user_id` or `team_id`. `raise_priority`
    goes to `priority`, or one up. `comment` needs `text` and is internal.
    """

    type: ActionType
    to: Audience | None = None
    role: Literal["administrator", "manager", "agent"] | None = None
    user_id: UUID | None = None
    team_id: UUID | None = None
    priority: Literal["critical", "high", "medium"] | None = None
    text: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class Trigger(enum.StrEnum):
    """What an escalation level waits for."""

    WARNING = "warning"
    BREACH = "breach"
    AFTER_BREACH = "after_breach"


class EscalationLevel(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What to do, and when.

    `warning` needs `percent` or `seconds_before`; `after_breach` needs
    `seconds_after`. All of it is working time: held while paused, over with the stop.
    """

    name: Name
    trigger: Trigger
    percent: Annotated[int, Meta(ge=1, le=99)] | None = None
    seconds_before: Annotated[int, Meta(ge=1, le=Year)] | None = None
    seconds_after: Annotated[int, Meta(ge=60, le=Year)] | None = None
    kinds: list[TargetKind] | None = None
    actions: Annotated[list[EscalationAction], Meta(min_length=1, max_length=10)]


class PolicyCalendars(msgspec.Struct, kw_only=True):
    """What each target counts on; null is around the clock."""

    response: CalendarShort | None
    resolution: CalendarShort | None


class PolicyCalendarIds(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What each target is to count on; null is around the clock."""

    response: UUID | None = None
    resolution: UUID | None = None


class PolicyTerms(msgspec.Struct, kw_only=True):
    """What a version of a policy says."""

    conditions: Conditions
    targets: Targets
    calendars: PolicyCalendars
    warnings: list[Warn]
    pauses: PauseRules
    reopening: Reopening
    escalations: list[EscalationLevel]


class Policy(PolicyTerms, kw_only=True):
    """The newest version of a policy."""

    id: UUID
    name: str
    is_default: bool
    position: int
    version: int
    note: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


class PolicyVersion(PolicyTerms, kw_only=True):
    """A version of a policy, as it was published."""

    id: UUID
    version: int
    note: str | None
    created_at: dt.datetime
    created_by: UserRef | None


Warnings = Annotated[list[Warn], Meta(max_length=10)]
Escalations = Annotated[list[EscalationLevel], Meta(max_length=20)]
Note = Annotated[str, Meta(max_length=500, description="Why it is changed.")]


class PolicyDraft(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a policy is to say; nothing is stored until it is published."""

    conditions: Conditions = msgspec.field(default_factory=Conditions)
    targets: Targets
    calendars: PolicyCalendarIds = msgspec.field(default_factory=PolicyCalendarIds)
    warnings: Warnings = msgspec.field(default_factory=lambda: [Warn(percent=80)])
    pauses: PauseRules = msgspec.field(default_factory=PauseRules)
    reopening: Reopening = Reopening.CONTINUE
    escalations: Escalations = []


class PolicyCreate(PolicyDraft, kw_only=True, forbid_unknown_fields=True):
    """A new policy; it is asked last, before the default."""

    name: Name
    note: Note | None = None


class PolicyUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes that make a new version; running clocks keep the one they have."""

    name: Name | UnsetType = UNSET
    conditions: Conditions | UnsetType = UNSET
    targets: Targets | UnsetType = UNSET
    calendars: PolicyCalendarIds | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET
    pauses: PauseRules | UnsetType = UNSET
    reopening: Reopening | UnsetType = UNSET
    escalations: Escalations | UnsetType = UNSET
    note: Note | None = None


class PolicyOrder(msgspec.Struct, forbid_unknown_fields=True):
    """All policies but the default, in the order in which they are asked."""

    ids: Annotated[list[UUID], Meta(max_length=1000)]


class Backtest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A version or a draft to try on incidents that were created in a period.

    A version is tried on the incidents that ran under the policy, a draft on those
    that fulfil its conditions.
    """

    from_: Instant = msgspec.field(name="from")
    to: Instant
    version: int | None = None
    draft: PolicyDraft | None = None


class Attainment(msgspec.Struct, kw_only=True):
    """What became of the clocks of one kind; open ones are neither hit nor miss."""

    met: int
    breached: int
    open: int
    percent: float | None


class Comparison(msgspec.Struct, kw_only=True):
    """What would have been, beside what really happened."""

    kind: TargetKind
    priority: str
    tried: Attainment
    actual: Attainment


class BacktestDifference(msgspec.Struct, kw_only=True):
    """An incident for which the policy would have made a difference."""

    incident_id: UUID
    number: str
    title: str
    priority: str
    kind: TargetKind
    tried_status: ClockStatus
    actual_status: ClockStatus
    tried_deadline: dt.datetime | None
    actual_deadline: dt.datetime | None


class BacktestResult(msgspec.Struct, kw_only=True):
    """What a policy would have done; `differences` are the first hundred."""

    incidents: int
    comparisons: list[Comparison]
    different: int
    differences: list[BacktestDifference]


class Apply(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Give the newest version of a policy to the open incidents that it is for."""

    mode: Literal["retarget", "restart"] = "retarget"
    dry_run: bool = False


class MovedDeadline(msgspec.Struct, kw_only=True):
    """A deadline that would move, or a clock that would begin or end."""

    incident_id: UUID
    number: str
    title: str
    kind: TargetKind
    before: dt.datetime | None
    after: dt.datetime | None
    breaches: bool


class PolicyRun(msgspec.Struct, kw_only=True):
    """How far the change of open incidents is."""

    id: UUID
    policy_id: UUID
    version: int
    mode: str
    status: str
    total: int
    done: int
    moved: int
    error: str | None
    created_by: UserRef | None
    created_at: dt.datetime
    finished_at: dt.datetime | None


class ApplyAnswer(msgspec.Struct, kw_only=True):
    """What moves (the first hundred of it), and the run that was begun, if it was.

    Of very many incidents a preview looks at some thousands: `complete` is false then.
    """

    incidents: int
    moved: int
    breaches: int
    deadlines: list[MovedDeadline]
    complete: bool = True
    run: PolicyRun | None = None


# --- Maintenance windows --------------------------------------------------------------


class WindowMatch(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Which incidents; null does not matter, of each list one is enough."""

    team_ids: list[UUID] | None = None
    organization_ids: list[UUID] | None = None
    tags: list[Annotated[str, Meta(min_length=1, max_length=50)]] | None = None


class WindowStatus(enum.StrEnum):
    """Where a window is."""

    ANNOUNCED = "announced"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"


class MaintenanceWindow(msgspec.Struct, kw_only=True):
    """A period in which the clocks of matching incidents stand still."""

    id: UUID
    name: str
    note: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    match: WindowMatch
    status: WindowStatus
    incidents: int
    version: int
    created_by: UserRef | None
    created_at: dt.datetime
    updated_at: dt.datetime


class WindowCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new window; it may not begin in the past."""

    name: Name
    note: Annotated[str, Meta(max_length=2000)] | None = None
    starts_at: Instant
    ends_at: Instant
    match: WindowMatch = msgspec.field(default_factory=WindowMatch)


class WindowUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to a window; of one that runs only the end can be moved."""

    name: Name | UnsetType = UNSET
    note: Annotated[str, Meta(max_length=2000)] | UnsetType | None = UNSET
    starts_at: Instant | UnsetType = UNSET
    ends_at: Instant | UnsetType = UNSET
    match: WindowMatch | UnsetType = UNSET


# --- The engine -----------------------------------------------------------------------


class ClockDifference(msgspec.Struct, kw_only=True):
    """A column that does not hold what the ledger says.

    `part` is `response`, `resolution`, `summary`, or `ledger`, when that is wrong.
    """

    incident_id: UUID
    number: str
    part: str
    column: str
    stored: str | None
    computed: str | None


class ClockCheck(msgspec.Struct, kw_only=True):
    """A comparison of all clocks with their ledgers; the first hundred differences."""

    id: UUID
    status: Literal["running", "interrupted", "failed", "done"]
    started_at: dt.datetime
    finished_at: dt.datetime | None
    clocks: int
    differences: int
    details: list[ClockDifference]
    error: str | None


class OpenClocks(msgspec.Struct, kw_only=True):
    """How many clocks have not stopped, by what they do."""

    running: int
    paused: int
    breached: int


class OutboxCounts(msgspec.Struct, kw_only=True):
    """Messages that wait, and that could not be delivered in the last seven days."""

    pending: int
    failed: int


class RunningWindow(msgspec.Struct, kw_only=True):
    """A maintenance window that holds clocks now."""

    id: UUID
    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime


class EngineStatus(msgspec.Struct, kw_only=True):
    """How the engine is: what it is behind with, and what it has before it.

    `lag_seconds` is the age of the oldest due clock that nobody has looked at;
    `swept_at` is when the engine was last seen, to a few seconds.
    """

    as_of: dt.datetime
    lag_seconds: float
    due_next_hour: int
    clocks: OpenClocks
    swept_at: dt.datetime | None
    outbox: OutboxCounts
    windows: list[RunningWindow]
    runs: list[PolicyRun]
    check: ClockCheck | None


# --- Explain and simulate -------------------------------------------------------------


class Step(msgspec.Struct, kw_only=True):
    """A stretch on the way to a deadline, and what it counted."""

    kind: str
    from_: dt.datetime = msgspec.field(name="from")
    to: dt.datetime
    counted_seconds: float
    total_seconds: float
    label: str | None = None
    reason: str | None = None
    actor: UserRef | None = None


class ExplainedMark(msgspec.Struct, kw_only=True):
    """Where a running clock warns or escalates; escalations are for agents only."""

    type: Literal["warned", "escalated"]
    at: dt.datetime
    name: str | None = None
    percent: int | None = None
    seconds_before: int | None = None
    seconds_after: int | None = None


class ExplainedClock(Clock, kw_only=True):
    """A clock and the steps that add up to its target."""

    elapsed_seconds: float
    paused_seconds: float
    steps: list[Step]
    marks: list[ExplainedMark]


class ExplainedClocks(msgspec.Struct, kw_only=True):
    """Both clocks with their steps."""

    response: ExplainedClock | None
    resolution: ExplainedClock | None


class Explanation(msgspec.Struct, kw_only=True):
    """Why each deadline is where it is."""

    as_of: dt.datetime
    status: SlaStatus
    at_risk: bool
    timezone: str
    policy: PolicyRef
    clocks: ExplainedClocks


class SimulatedCalendar(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Working time as the caller has it."""

    timezone: str
    weekly_hours: dict[str, list[tuple[str, str]]] | None = None
    holidays: Annotated[list[str | dict[str, str]], Meta(max_length=5000)] = []


class SimulatedTargets(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is promised; an absent target stays as it is."""

    response_seconds: Seconds | UnsetType | None = UNSET
    resolution_seconds: Seconds | UnsetType | None = UNSET


class SimulatedEvent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Something that happened."""

    at: Instant
    type: EventType
    reason: Annotated[str, Meta(min_length=1, max_length=50)] | None = None
    targets: SimulatedTargets | None = None
    mode: Mode = Mode.RETARGET


class Simulate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A history to run through the clocks; nothing of it is stored."""

    calendar: SimulatedCalendar | None = None
    targets: SimulatedTargets
    events: Annotated[list[SimulatedEvent], Meta(min_length=1, max_length=1000)]
    as_of: Instant


class SimulatedStep(msgspec.Struct, kw_only=True):
    """A stretch on the way to a deadline, and what it counted."""

    kind: str
    from_: dt.datetime = msgspec.field(name="from")
    to: dt.datetime
    counted_seconds: float
    total_seconds: float
    label: str | None = None
    reason: str | None = None


class SimulatedClock(msgspec.Struct, kw_only=True):
    """What became of one target."""

    status: ClockStatus
    deadline: dt.datetime | None
    projected_deadline: dt.datetime | None
    stopped_at: dt.datetime | None
    breached_at: dt.datetime | None
    elapsed_seconds: float
    remaining_seconds: float | None
    paused_seconds: float
    steps: list[SimulatedStep]


class SimulatedClocks(msgspec.Struct, kw_only=True):
    """Both targets."""

    response: SimulatedClock
    resolution: SimulatedClock


class Simulation(msgspec.Struct, kw_only=True):
    """What became of the history."""

    status: SlaStatus
    at_risk: bool
    clocks: SimulatedClocks
