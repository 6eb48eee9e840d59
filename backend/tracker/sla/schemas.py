"""What goes in and out of the API about promises. Durations are seconds."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tracker.accounts.schemas import UserRef
from tracker.sla.clock import ClockStatus, EventType, Mode, SlaStatus, TargetKind

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


class PauseReason(msgspec.Struct):
    """A reason for which a clock may stand still."""

    code: str
    label: str
    is_active: bool


# --- Policies and calendars -----------------------------------------------------------


class Target(msgspec.Struct, forbid_unknown_fields=True):
    """What is promised for one priority; null promises nothing."""

    response_seconds: Annotated[int, Meta(ge=1, le=TEN_YEARS_SECONDS)] | None
    resolution_seconds: Annotated[int, Meta(ge=1, le=TEN_YEARS_SECONDS)] | None


class Targets(msgspec.Struct, forbid_unknown_fields=True):
    """What is promised, by priority."""

    critical: Target
    high: Target
    medium: Target
    low: Target


class CalendarShort(msgspec.Struct):
    """A calendar, as far as a policy needs it."""

    id: UUID
    name: str
    timezone: str


class Policy(msgspec.Struct, kw_only=True):
    """The newest version of a policy."""

    id: UUID
    name: str
    is_default: bool
    version: int
    targets: Targets
    warn_at_percent: int
    calendar: CalendarShort | None
    created_at: dt.datetime
    updated_at: dt.datetime


class PolicyUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes that make a new version; running clocks keep the one they have."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    targets: Targets | UnsetType = UNSET
    warn_at_percent: Annotated[int, Meta(ge=1, le=99)] | UnsetType = UNSET


class Calendar(msgspec.Struct, kw_only=True):
    """The newest version of a calendar; no weekly hours is around the clock."""

    id: UUID
    name: str
    timezone: str
    weekly_hours: dict[str, list[tuple[str, str]]] | None
    holidays: list[Any]
    version: int


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


class ExplainedClock(Clock, kw_only=True):
    """A clock and the steps that add up to its target."""

    elapsed_seconds: float
    paused_seconds: float
    steps: list[Step]


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
