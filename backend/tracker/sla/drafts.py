"""What a policy may not say, as far as its own words tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from tracker.errors import Problem
from tracker.sla import schemas
from tracker.sla.calendar import ZERO, Calendar, HorizonError, add
from tracker.sla.clock import TargetKind
from tracker.sla.policies import PRIORITIES
from tracker.sla.schemas import ActionType, Audience, Trigger

_NEVER = "An empty list fits no incident; leave it out, or name something."


def _problem(field: str, message: str, code: str = "invalid") -> Problem:
    return Problem(code, message, field)


def problems_of(draft: schemas.PolicyDraft, *, is_default: bool) -> list[Problem]:
    """Everything that is wrong with a draft, each with its field."""
    return [
        *_conditions(draft.conditions, is_default),
        *_targets(draft.targets),
        *_warnings(draft.warnings),
        *(
            problem
            for index, level in enumerate(draft.escalations)
            for problem in _escalation(f"escalations[{index}]", level)
        ),
    ]


def _conditions(conditions: schemas.Conditions, is_default: bool) -> Iterator[Problem]:
    said = {
        name: value
        for name in conditions.__struct_fields__
        if (value := getattr(conditions, name)) is not None
    }
    if is_default and said:
        yield _problem(
            "conditions",
            "The default policy takes what no other is for: no conditions.",
        )
    if not is_default and not said:
        yield _problem(
            "conditions",
            "Without a condition it would be for every incident, and the default"
            " policy for none. Say which incidents it is for.",
            "never_matches",
        )
    for name, value in said.items():
        if not value:
            yield _problem(f"conditions.{name}", _NEVER, "never_matches")
    if conditions.text is not None and not conditions.text.strip():
        yield _problem("conditions.text", "Say what to look for.")
    for index, tag in enumerate(conditions.tags or ()):
        if "," in tag or tag != tag.strip():
            yield _problem(
                f"conditions.tags[{index}]",
                "No tag has a comma, or space around it.",
                "never_matches",
            )


def _targets(targets: schemas.Targets) -> Iterator[Problem]:
    if not any(
        getattr(getattr(targets, priority), f"{kind}_seconds")
        for priority in PRIORITIES
        for kind in TargetKind
    ):
        yield _problem(
            "targets", "A policy promises something: at least one time for a priority."
        )


def _warnings(warnings: list[schemas.Warn]) -> Iterator[Problem]:
    for index, warning in enumerate(warnings):
        field = f"warnings[{index}]"
        if (warning.percent is None) == (warning.seconds_before is None):
            yield _problem(
                field, "A warning needs one of the two: percent or seconds_before."
            )
        elif warning in warnings[:index]:
            yield _problem(field, "This warning is there twice.")


# What each trigger needs: one of these.
_TIMES = {
    Trigger.WARNING: ("percent", "seconds_before"),
    Trigger.BREACH: (),
    Trigger.AFTER_BREACH: ("seconds_after",),
}


def _escalation(field: str, level: schemas.EscalationLevel) -> Iterator[Problem]:
    wanted = _TIMES[level.trigger]
    for name in ("percent", "seconds_before", "seconds_after"):
        if name not in wanted and getattr(level, name) is not None:
            yield _problem(
                f"{field}.{name}", f"{name} does not go with {level.trigger}."
            )
    given = [name for name in wanted if getattr(level, name) is not None]
    if wanted and len(given) != 1:
        words = " or ".join(wanted)
        if len(wanted) == 1:
            yield _problem(f"{field}.{words}", f"{level.trigger} needs {words}.")
        else:
            yield _problem(field, f"{level.trigger} needs one of the two: {words}.")
    if level.kinds is not None and not level.kinds:
        yield _problem(
            f"{field}.kinds",
            "An empty list fits no clock; leave it out.",
            "never_matches",
        )
    for index, action in enumerate(level.actions):
        yield from _action(f"{field}.actions[{index}]", action)


# What goes with each sort of action beside its type.
_ARGUMENTS = {
    ActionType.NOTIFY: {"to"},
    ActionType.REASSIGN: {"user_id", "team_id"},
    ActionType.RAISE_PRIORITY: {"priority"},
    ActionType.COMMENT: {"text"},
}
_OF_AUDIENCE = {
    Audience.ROLE: "role",
    Audience.USER: "user_id",
    Audience.TEAM: "team_id",
}


def _action(field: str, action: schemas.EscalationAction) -> Iterator[Problem]:
    allowed = set(_ARGUMENTS[action.type])
    if action.type == ActionType.NOTIFY:
        if action.to is None:
            yield _problem(f"{field}.to", "notify needs to: whom to tell.")
        elif of_audience := _OF_AUDIENCE.get(action.to):
            allowed.add(of_audience)
            # Without a team it is the one of the incident.
            if action.to != Audience.TEAM and getattr(action, of_audience) is None:
                yield _problem(
                    f"{field}.{of_audience}",
                    f"To tell a {action.to}, say which: {of_audience} is missing.",
                )
    if action.type == ActionType.REASSIGN and not (action.user_id or action.team_id):
        yield _problem(field, "reassign needs user_id or team_id.")
    if action.type == ActionType.COMMENT and not (action.text or "").strip():
        yield _problem(f"{field}.text", "comment needs a text.")
    what = action.type if action.to is None else f"{action.type} to {action.to}"
    for name in action.__struct_fields__[1:]:
        if getattr(action, name) is not None and name not in allowed:
            yield _problem(f"{field}.{name}", f"{name} does not go with {what}.")


def beyond_reach(
    draft: schemas.PolicyDraft, calendars: Mapping[str, Calendar], now: dt.datetime
) -> Iterator[Problem]:
    """Targets and escalations that their calendar has no room for in ten years."""
    for kind in TargetKind:
        asked = list(_times(draft, kind))
        longest = max((seconds for _, seconds in asked), default=0)
        # Looking ten years ahead is work: mostly once is enough.
        if _reached(calendars[kind], longest, now):
            continue
        for field, seconds in asked:
            if not _reached(calendars[kind], seconds, now):
                yield _problem(
                    field,
                    f"The calendar of the {kind} target does not have so much working"
                    " time in ten years.",
                )


def _times(draft: schemas.PolicyDraft, kind: str) -> Iterator[tuple[str, int]]:
    """How far the clocks of a kind have to look, and for what."""
    for priority in PRIORITIES:
        target = getattr(getattr(draft.targets, priority), f"{kind}_seconds")
        if target is None:
            continue
        yield f"targets.{priority}.{kind}_seconds", target
        for index, level in enumerate(draft.escalations):
            if level.seconds_after:
                field = f"escalations[{index}].seconds_after"
                yield field, target + level.seconds_after


def _reached(calendar: Calendar, seconds: int, now: dt.datetime) -> bool:
    """Whether the work is done in ten years, whatever the weekday of its start."""
    work = dt.timedelta(seconds=seconds)
    if not calendar.is_always:
        work += sum((b - a for hours in calendar.weekly for a, b in hours), ZERO)
    try:
        add(calendar, now, work)
    except HorizonError:
        return False
    return True
