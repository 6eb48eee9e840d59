"""The life of an incident: which steps lead where, and who may take them."""

from __future__ import annotations

from enum import StrEnum
from functools import cache


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How urgent it is, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Step(StrEnum):
    """What moves an incident from one status to the next."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


class Action(StrEnum):
    """Everything that may be offered on an incident."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    PAUSE = "pause"
    RESUME = "resume"
    EDIT = "edit"
    ASSIGN = "assign"
    PRIORITISE = "prioritise"
    COMMENT = "comment"
    COMMENT_INTERNALLY = "comment_internally"
    ATTACH = "attach"
    DELETE = "delete"


STEPS: dict[Status, dict[Step, Status]] = {
    Status.OPEN: {
        Step.ACKNOWLEDGE: Status.IN_PROGRESS,
        Step.RESOLVE: Status.RESOLVED,
    },
    Status.IN_PROGRESS: {Step.RESOLVE: Status.RESOLVED},
    Status.RESOLVED: {
        Step.CLOSE: Status.CLOSED,
        Step.REOPEN: Status.IN_PROGRESS,
    },
    Status.CLOSED: {Step.REOPEN: Status.IN_PROGRESS},
}
REPORTER_STEPS = frozenset({Step.REOPEN})


class IllegalStepError(ValueError):
    """The incident's status does not allow this; the text names what it allows."""

    def __init__(self, status: Status, step: str) -> None:
        legal = ", ".join(STEPS[status])
        super().__init__(
            f"An incident that is {status.replace('_', ' ')} cannot {step};"
            f" from here you can {legal}."
        )


def take(status: Status, step: Step) -> Status:
    """The status after `step`.

    Raises:
        IllegalStepError: There is no such step from here.
    """
    try:
        return STEPS[status][step]
    except KeyError:
        raise IllegalStepError(status, step) from None


def step_between(status: Status, wanted: Status) -> Step:
    """The step that leads from one status to another.

    Raises:
        IllegalStepError: No single step does.
    """
    for step, target in STEPS[status].items():
        if target == wanted:
            return step
    raise IllegalStepError(status, f"become {wanted.replace('_', ' ')}")


@cache
def allowed_actions(
    status: Status,
    *,
    is_agent: bool,
    is_manager: bool,
    is_reporter: bool,
    paused: bool,
    clock_open: bool,
) -> tuple[Action, ...]:
    """What a person may do with an incident now, in the order of `Action`.

    Args:
        status: Of the incident.
        is_agent: The person works on incidents.
        is_manager: The person may delete them.
        is_reporter: The person reported this one.
        paused: Its clocks stand still for a reason that can be ended.
        clock_open: At least one of its clocks has not stopped.
    """
    allowed = {
        Action(step)
        for step in STEPS[status]
        if is_agent or (is_reporter and step in REPORTER_STEPS)
    }
    if is_agent or is_reporter:
        allowed |= {Action.COMMENT, Action.ATTACH}
    if is_agent or (is_reporter and status in (Status.OPEN, Status.IN_PROGRESS)):
        allowed.add(Action.EDIT)
    if is_agent:
        allowed |= {Action.ASSIGN, Action.PRIORITISE, Action.COMMENT_INTERNALLY}
        if clock_open:
            allowed.add(Action.PAUSE)
        if paused:
            allowed.add(Action.RESUME)
    if is_manager:
        allowed.add(Action.DELETE)
    return tuple(action for action in Action if action in allowed)
