"""Versions of policies and calendars as values; they never change, so they are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from tracker.db import Executor, fetch_all, fetch_one
from tracker.sla.calendar import ALWAYS, Calendar
from tracker.sla.clock import Mark, TargetKind, Terms

AROUND_THE_CLOCK = "Around the clock"


class Conditions(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which incidents a policy is for; what is not said does not matter.

    Attributes:
        tags: One of them is enough.
        text: In title or description, whatever its case.
    """

    priorities: tuple[str, ...] | None = None
    team_ids: tuple[UUID, ...] | None = None
    organization_ids: tuple[UUID, ...] | None = None
    tags: tuple[str, ...] | None = None
    text: str | None = None


class PauseRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a policy lets clocks stand still.

    Attributes:
        reasons: Codes that are allowed; None allows all on the list.
        longest_seconds: After so much time, of the clock on the wall, a pause ends.
        response: Whether the response clock stands still too.
    """

    reasons: tuple[str, ...] | None = None
    longest_seconds: int | None = None
    response: bool = True


class Facts(NamedTuple):
    """What policies ask of an incident."""

    priority: str
    team_id: UUID | None
    organization_id: UUID | None
    tags: Sequence[str]
    title: str
    description: str

    @classmethod
    def of(cls, row: Any) -> Facts:
        """Those of a row that has columns of these names."""
        return cls(*(getattr(row, name) for name in cls._fields))


def fulfils(conditions: Conditions, facts: Facts) -> bool:
    """Whether a policy is for an incident."""
    text = conditions.text.casefold() if conditions.text else ""
    return (
        (conditions.priorities is None or facts.priority in conditions.priorities)
        and (conditions.team_ids is None or facts.team_id in conditions.team_ids)
        and (
            conditions.organization_ids is None
            or facts.organization_id in conditions.organization_ids
        )
        and (conditions.tags is None or not set(facts.tags).isdisjoint(conditions.tags))
        and (text in facts.title.casefold() or text in facts.description.casefold())
    )


PRIORITIES = ("critical", "high", "medium", "low")


def shadows(first: Conditions, second: Conditions) -> bool:
    """Whether all that the second policy is for goes to the first one before it."""
    return all(
        mine is None or (theirs is not None and set(theirs) <= set(mine))
        for mine, theirs in (
            (first.priorities, second.priorities or PRIORITIES),
            (first.team_ids, second.team_ids),
            (first.organization_ids, second.organization_ids),
            (first.tags, second.tags),
        )
    ) and (
        not first.text
        or (second.text is not None and first.text.casefold() in second.text.casefold())
    )


# Levels of events in the ledger: a warning at a share has its percent, a breach 100.
WARNED_BEFORE = 10_000
ESCALATED = 1_000


def marks_of(
    warnings: Sequence[Mapping[str, Any]], escalations: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What the engine has to do before and after a deadline.

    Not what is to be done at the deadline itself: the engine finds that with the
    breach. Its place in its list tells a warning or an escalation from another.
    """
    marks: list[dict[str, Any]] = []
    for index, warning in enumerate(warnings):
        level = warning.get("percent") or WARNED_BEFORE + index
        marks.append({"type": "warned", "level": level, **warning})
    for index, escalation in enumerate(escalations):
        if escalation["trigger"] == "breach":
            continue
        kept = ("name", "percent", "seconds_before", "seconds_after", "kinds")
        marks.append(
            {
                "type": "escalated",
                "level": ESCALATED + index,
                "escalation": index,
                **{name: escalation[name] for name in kept if name in escalation},
            }
        )
    return marks


@dataclass(frozen=True)
class PolicyVersion:
    """One set of promises with the calendars that they count on."""

    id: UUID
    policy_id: UUID
    name: str
    version: int
    conditions: Conditions
    targets: Mapping[str, Mapping[str, int | None]]
    pauses: PauseRules
    terms: Terms
    # As the ledger tells them, in the order of `terms.marks`.
    marks: Sequence[Mapping[str, Any]]
    calendar_names: Mapping[str, str]

    def promised(self, priority: str) -> dict[str, dt.timedelta | None]:
        """The target of each kind for a priority; None promises nothing."""
        of_priority = self.targets.get(priority, {})
        return {
            kind: dt.timedelta(seconds=seconds) if seconds is not None else None
            for kind in TargetKind
            for seconds in (of_priority.get(f"{kind}_seconds"),)
        }

    @property
    def longest_pause(self) -> dt.timedelta | None:
        """After which a pause ends by itself."""
        seconds = self.pauses.longest_seconds
        return None if seconds is None else dt.timedelta(seconds=seconds)


class InForce(NamedTuple):
    """The policies that new incidents are offered, in their order, at a revision."""

    revision: int
    policies: tuple[PolicyVersion, ...]

    def choose(self, facts: Facts) -> PolicyVersion:
        """The first policy that is for the incident; the default takes the rest."""
        return next(p for p in self.policies if fulfils(p.conditions, facts))


def terms_of(
    calendars: Mapping[str, Calendar],
    marks: Sequence[Mapping[str, Any]],
    pauses: PauseRules,
    reopening: str,
) -> Terms:
    """What a policy says, as the clock takes it."""
    return Terms(
        calendars=calendars,
        marks=tuple(_mark(mark) for mark in marks),
        never_paused=frozenset()
        if pauses.response
        else frozenset({str(TargetKind.RESPONSE)}),
        reopening=reopening,
    )


def _mark(mark: Mapping[str, Any]) -> Mark:
    if "percent" in mark:
        return Mark(percent=mark["percent"])
    if "seconds_before" in mark:
        return Mark(before=dt.timedelta(seconds=mark["seconds_before"]))
    return Mark(after=dt.timedelta(seconds=mark["seconds_after"]))


_COLUMNS = """
    SELECT v.id, v.policy_id, p.name, v.version, v.conditions, v.targets, v.pauses,
           v.reopening, v.marks,
           rk.name AS response_name, rv.timezone AS response_timezone,
           rv.weekly_hours AS response_hours, rv.holidays AS response_holidays,
           zk.name AS resolution_name, zv.timezone AS resolution_timezone,
           zv.weekly_hours AS resolution_hours, zv.holidays AS resolution_holidays
      FROM sla_policy_versions v
      JOIN sla_policies p ON p.id = v.policy_id
      LEFT JOIN calendar_versions rv ON rv.id = v.response_calendar_version_id
      LEFT JOIN calendars rk ON rk.id = rv.calendar_id
      LEFT JOIN calendar_versions zv ON zv.id = v.resolution_calendar_version_id
      LEFT JOIN calendars zk ON zk.id = zv.calendar_id
"""

_known: dict[UUID, PolicyVersion] = {}
# Those that were in force when this process last asked.
_in_force: list[InForce] = []


async def policy_version(session: Executor, version_id: UUID) -> PolicyVersion:
    """The version with this id, read once a process."""
    if version_id not in _known:
        row = await fetch_one(session, f"{_COLUMNS} WHERE v.id = :id", id=version_id)
        if row is None:
            raise LookupError(f"no policy version {version_id}")
        _known[version_id] = _policy_version(row)
    return _known[version_id]


async def policies_in_force(session: Executor, *, remembered: bool = False) -> InForce:
    """The policies that new incidents are offered.

    Args:
        session: Where to ask.
        remembered: Those of the last time that this process asked will do.
    """
    if not remembered or not _in_force:
        rows = await fetch_all(
            session,
            """
            SELECT r.revision, v.id FROM sla_policy_revision r, sla_policies p
              JOIN sla_policy_versions v
                ON v.policy_id = p.id AND v.version = p.current_version
             WHERE p.deleted_at IS NULL
             ORDER BY p.is_default, p.position, p.id
            """,
        )
        policies = [await policy_version(session, row.id) for row in rows]
        _in_force[:] = [InForce(rows[0].revision, tuple(policies))]
    return _in_force[0]


async def default_policy(session: Executor) -> PolicyVersion:
    """The one that takes what no other is for."""
    return (await policies_in_force(session)).policies[-1]


def _policy_version(row: Any) -> PolicyVersion:
    pauses = msgspec.convert(row.pauses, PauseRules)
    calendars = {
        str(TargetKind.RESPONSE): _calendar(
            row.response_timezone, row.response_hours, row.response_holidays
        ),
        str(TargetKind.RESOLUTION): _calendar(
            row.resolution_timezone, row.resolution_hours, row.resolution_holidays
        ),
    }
    return PolicyVersion(
        id=row.id,
        policy_id=row.policy_id,
        name=row.name,
        version=row.version,
        conditions=msgspec.convert(row.conditions, Conditions),
        targets=row.targets,
        pauses=pauses,
        terms=terms_of(calendars, row.marks, pauses, row.reopening),
        marks=row.marks,
        calendar_names={
            str(TargetKind.RESPONSE): row.response_name or AROUND_THE_CLOCK,
            str(TargetKind.RESOLUTION): row.resolution_name or AROUND_THE_CLOCK,
        },
    )


def _calendar(timezone: str | None, hours: Any, holidays: Any) -> Calendar:
    if timezone is None:
        return ALWAYS
    return Calendar.from_weekly_hours(timezone, hours, holidays)
