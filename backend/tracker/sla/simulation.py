"""The clocks on a history of the caller's own; nothing is stored."""

from __future__ import annotations

import datetime as dt

from msgspec import UnsetType

from tracker.errors import Invalid
from tracker.sla import clock as clocks
from tracker.sla import schemas
from tracker.sla.calendar import (
    ALWAYS,
    Calendar,
    CalendarError,
    HorizonError,
)
from tracker.sla.clock import (
    Event,
    EventType,
    HistoryError,
    TargetKind,
)
from tracker.sla.reading import seconds, step_fields

# Counting costs time for each year that has changes of offset.
LONGEST_HISTORY = dt.timedelta(days=30 * 366)


def simulate(data: schemas.Simulate) -> schemas.Simulation:
    """Run a history through the same clocks; nothing is stored.

    Raises:
        Invalid: The calendar or the history cannot be; names the field.
    """
    calendar = ALWAYS
    if data.calendar:
        try:
            calendar = Calendar.from_weekly_hours(
                data.calendar.timezone,
                data.calendar.weekly_hours,
                data.calendar.holidays,
            )
        except CalendarError as error:
            raise Invalid(error.message, field=f"calendar.{error.field}") from error
    events = [
        Event(
            event.at,
            event.type,
            event.reason,
            _simulated_targets(event.targets or data.targets)
            if event.type == EventType.CREATED
            else _simulated_targets(event.targets),
            event.mode,
        )
        for event in data.events
    ]
    for index, (event, given) in enumerate(zip(events, data.events, strict=True)):
        if event.type == EventType.TARGETS_CHANGED and not given.targets:
            raise Invalid(
                "This event needs the new targets.", field=f"events[{index}].targets"
            )
    start = data.events[0].at
    for field, at in [
        ("as_of", data.as_of),
        *((f"events[{index}].at", event.at) for index, event in enumerate(events)),
    ]:
        if abs(at - start) > LONGEST_HISTORY:
            raise Invalid("A history may span thirty years at the most.", field=field)
    try:
        state = clocks.replay(events, calendar, data.as_of)
        steps = clocks.explain(events, calendar, data.as_of)
    except HistoryError as error:
        raise Invalid(error.message, field=f"events[{error.index}]") from error
    except HorizonError as error:
        raise Invalid(str(error), field="targets") from error
    except ValueError as error:
        raise Invalid(f"This history cannot be: {error}.", field="events") from error

    def simulated(kind: str) -> schemas.SimulatedClock:
        clock = state.clocks[kind]
        return schemas.SimulatedClock(
            status=clock.status,
            deadline=clock.deadline,
            projected_deadline=clock.projected_deadline,
            stopped_at=clock.stopped_at,
            breached_at=clock.breached_at,
            elapsed_seconds=clock.elapsed.total_seconds(),
            remaining_seconds=seconds(clock.remaining),
            paused_seconds=clock.paused.total_seconds(),
            steps=[schemas.SimulatedStep(**step_fields(step)) for step in steps[kind]],
        )

    return schemas.Simulation(
        status=state.status,
        at_risk=state.at_risk,
        clocks=schemas.SimulatedClocks(
            response=simulated(TargetKind.RESPONSE),
            resolution=simulated(TargetKind.RESOLUTION),
        ),
    )


def _simulated_targets(
    targets: schemas.SimulatedTargets | None,
) -> dict[str, dt.timedelta | None] | None:
    if targets is None:
        return None
    given = {
        TargetKind.RESPONSE: targets.response_seconds,
        TargetKind.RESOLUTION: targets.resolution_seconds,
    }
    return {
        kind: None if promised is None else dt.timedelta(seconds=promised)
        for kind, promised in given.items()
        if not isinstance(promised, UnsetType)
    }
