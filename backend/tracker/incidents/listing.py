"""The list of incidents: what narrows it, its order and its pages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from tracker.accounts.schemas import OrganizationRef, UserRef
from tracker.db import Executor, fetch_all, fetch_one
from tracker.errors import Invalid
from tracker.incidents import fields as custom
from tracker.incidents import schemas, search
from tracker.incidents.periods import Period
from tracker.incidents.workflow import Priority, Status
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import Identity
from tracker.sla import reading


def number_text(number: int) -> str:
    """The number as people write it."""
    return f"INC-{number}"


class Filters(NamedTuple):
    """What a list is narrowed to."""

    status: Sequence[str] = ()
    priority: Sequence[str] = ()
    assignee: Sequence[str] = ()
    team: Sequence[UUID | Literal["none"]] = ()
    organization: Sequence[UUID] = ()
    tag: Sequence[str] = ()
    sla: Sequence[str] = ()
    created: Period | None = None
    q: str | None = None
    # Values of custom fields, by their keys.
    fields: Mapping[str, Sequence[str]] = {}


COLUMNS = f"""
    i.id, i.number, i.title, i.status, i.priority, i.tags, i.created_at, i.updated_at,
    i.acknowledged_at, i.resolved_at, i.closed_at, i.version,
    i.reporter_id, reporter.name AS reporter_name,
    i.assignee_id, assignee.name AS assignee_name, i.team_id, team.name AS team_name,
    i.organization_id, organization.name AS organization_name,
    {reading.SUMMARY_COLUMNS}"""
_JOINS = f"""
    {reading.SUMMARY_JOINS}
      JOIN users reporter ON reporter.id = i.reporter_id
      LEFT JOIN users assignee ON assignee.id = i.assignee_id
      LEFT JOIN teams team ON team.id = i.team_id AND team.deleted_at IS NULL
      LEFT JOIN organizations organization ON organization.id = i.organization_id
           AND organization.deleted_at IS NULL"""
FROM = f"FROM incidents i {_JOINS}"
# A page of ids comes first and then what is shown of them: PostgreSQL orders only so
# many joins by itself, and would join all incidents to find a few.
_OF_FOUND = f"FROM found JOIN incidents i ON i.id = found.id {_JOINS}"

# A sort key and its SQL type; each has an index that ends in the incident's id.
_PRIORITY_RANK = (
    "array_position(ARRAY['critical', 'high', 'medium', 'low'], i.priority)"
)
_SORTS = {
    "next_deadline": (
        "coalesce(s.next_deadline, 'infinity'::timestamptz)",
        "s.incident_id",
        "timestamptz",
    ),
    "created_at": ("i.created_at", "i.id", "timestamptz"),
    "updated_at": ("i.updated_at", "i.id", "timestamptz"),
    "priority": (_PRIORITY_RANK, "i.id", "integer"),
}


async def page(
    session: Executor,
    identity: Identity,
    filters: Filters,
    now: dt.datetime,
    *,
    sort: schemas.Sort | None = None,
    limit: int,
    cursor: str | None = None,
    with_total: bool = False,
) -> Page[schemas.Incident]:
    """Incidents that the caller may see.

    Raises:
        Invalid: A filter has no such value, or there is no such custom field.
    """
    await custom.check_known(session, identity, filters.fields)
    words = search.parse(filters.q)
    total = await _count(session, identity, filters, now) if with_total else None
    if sort is None or sort is schemas.Sort.RELEVANCE:
        sort = schemas.Sort.RELEVANCE if words else schemas.Sort.NEXT_DEADLINE
    if words and sort is schemas.Sort.RELEVANCE:
        statement, parameters = _best_first(
            identity, filters, words, now, limit, cursor
        )
    else:
        statement, parameters = _sorted(
            identity, filters, words, sort, now, limit, cursor
        )
    rows, next_cursor = page_of(
        await fetch_all(session, statement, **parameters),
        limit,
        lambda row: (row.sort_key, row.id),
    )
    calendars = await reading.calendars_for(session, rows)
    result = Page([_incident(row, calendars, now) for row in rows], next_cursor)
    if words:
        for row, incident in zip(rows, result.items, strict=True):
            incident.match = search.match(
                words, row.title, row.searched_description, row.searched_comment
            )
    if with_total:
        result.total = total
    return result


async def _count(
    session: Executor, identity: Identity, filters: Filters, now: dt.datetime
) -> int:
    where, parameters = conditions(identity, filters, now)
    row = await fetch_one(
        session,
        "SELECT count(*) AS n FROM incidents i JOIN slas s ON s.incident_id = i.id"
        f" WHERE {' AND '.join(where)}",
        **parameters,
    )
    return row.n if row else 0


def _sorted(
    identity: Identity,
    filters: Filters,
    words: search.Words | None,
    sort: schemas.Sort,
    now: dt.datetime,
    limit: int,
    cursor: str | None,
) -> tuple[str, dict[str, Any]]:
    where, parameters = conditions(identity, filters, now)
    descending = sort.startswith("-")
    key, tie, key_type = _SORTS[sort.removeprefix("-")]
    direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
    if cursor:
        parameters["key"], parameters["tie"] = decode_cursor(cursor, tuple[str, UUID])
        where.append(
            f"({key}, {tie}) {beyond} (CAST(CAST(:key AS text) AS {key_type}), :tie)"
        )
    texts = f", {search.texts(identity)}" if words else ""
    condition = " AND ".join(where)
    statement = (
        f"WITH found AS (SELECT i.id, {key} AS place FROM incidents i"
        f" {clocks_for(f'{key} {condition}')} WHERE {condition}"
        # A literal: of a parameter the planner thinks that it may be all rows.
        f" ORDER BY {key} {direction}, {tie} {direction} LIMIT {limit + 1})"
        f" SELECT {COLUMNS}{texts}, CAST(found.place AS text) AS sort_key {_OF_FOUND}"
        f" ORDER BY found.place {direction}, found.id {direction}"
    )
    return statement, parameters


def _best_first(
    identity: Identity,
    filters: Filters,
    words: search.Words,
    now: dt.datetime,
    limit: int,
    cursor: str | None,
) -> tuple[str, dict[str, Any]]:
    where, parameters = conditions(identity, filters._replace(q=None), now)
    parameters |= search.parameters(words, identity)
    beyond = ""
    if cursor:
        rank, parameters["tie"] = decode_cursor(cursor, tuple[float, UUID])
        parameters["key"] = str(rank)
        beyond = "WHERE (rank, id) < (CAST(CAST(:key AS text) AS real), :tie)"
    best = search.ranked(words, identity, " AND ".join(where))
    order = "ORDER BY rank DESC, id DESC"
    statement = (
        f"WITH found AS (SELECT id, rank FROM ({best}) ranked {beyond} {order}"
        f" LIMIT {limit + 1})"
        f" SELECT {COLUMNS}, {search.texts(identity)},"
        f" CAST(found.rank AS double precision) AS sort_key {_OF_FOUND}"
        " ORDER BY found.rank DESC, i.id DESC"
    )
    return statement, parameters


# A team that was dissolved is none.
_NO_TEAM = (
    "NOT EXISTS (SELECT FROM teams t WHERE t.id = i.team_id AND t.deleted_at IS NULL)"
)
# Of the clocks that run, those that are late soon and those that are not.
_RUNNING = {
    "at_risk": "(s.status = 'active' AND s.at_risk)",
    "on_track": "(s.status = 'active' AND NOT s.at_risk)",
}


def conditions(
    identity: Identity, filters: Filters, now: dt.datetime
) -> tuple[list[str], dict[str, Any]]:
    """What rows of incidents `i` and clocks `s` must meet, and its values."""
    where = ["i.deleted_at IS NULL"]
    parameters: dict[str, Any] = {}
    if not identity.is_agent:
        where.append("i.reporter_id = :me")
        parameters["me"] = identity.user_id
    if filters.status:
        where.append("i.status = ANY(:status)")
        parameters["status"] = list(filters.status)
    if filters.priority:
        where.append("i.priority = ANY(:priority)")
        parameters["priority"] = list(filters.priority)
    if filters.assignee:
        people = [
            identity.user_id if name == "me" else _uuid(name, "assignee")
            for name in filters.assignee
            if name != "none"
        ]
        either = ["i.assignee_id = ANY(:assignees)"] if people else []
        if "none" in filters.assignee:
            either.append("i.assignee_id IS NULL")
        where.append(f"({' OR '.join(either)})")
        if people:
            parameters["assignees"] = people
    if filters.team:
        teams = [team for team in filters.team if team != "none"]
        either = ["i.team_id = ANY(:teams)"] if teams else []
        if "none" in filters.team:
            either.append(_NO_TEAM)
        where.append(f"({' OR '.join(either)})")
        if teams:
            parameters["teams"] = teams
    if filters.organization:
        where.append("i.organization_id = ANY(:organizations)")
        parameters["organizations"] = list(filters.organization)
    if filters.tag:
        where.append("i.tags @> CAST(:tags AS text[])")
        parameters["tags"] = list(filters.tag)
    if filters.sla:
        either = []
        if states := [name for name in filters.sla if name not in _RUNNING]:
            either.append("s.status = ANY(:sla)")
            parameters["sla"] = states
        either += [_RUNNING[name] for name in filters.sla if name in _RUNNING]
        where.append(f"({' OR '.join(either)})")
    if filters.created:
        since, values = _created(filters.created, identity, now)
        where += since
        parameters |= values
    if filters.fields:
        fielded, texts = custom.conditions(identity, filters.fields)
        where += fielded
        parameters |= texts
    if words := search.parse(filters.q):
        where.append(search.condition(words, identity))
        parameters |= search.parameters(words, identity)
    return where, parameters


def clocks_for(condition: str) -> str:
    """The join of the clocks `s`, if a condition asks anything of them."""
    asked = re.search(r"\bs\.", condition)
    return " JOIN slas s ON s.incident_id = i.id" if asked else ""


def _created(
    period: Period, identity: Identity, now: dt.datetime
) -> tuple[list[str], dict[str, Any]]:
    """The days of a period are those of the caller's time zone."""
    if period.last:
        return ["i.created_at >= :created_since"], {"created_since": now - period.last}
    zone = "(SELECT timezone FROM users WHERE id = :viewer)"
    where: list[str] = []
    parameters: dict[str, Any] = {"viewer": identity.user_id}
    for name, day, sign, after in (
        ("created_first", period.first, ">=", 0),
        ("created_final", period.final, "<", 1),
    ):
        if day is None:
            continue
        parameters[name] = now if isinstance(day, int) else day
        date = (
            f"CAST(CAST(:{name} AS timestamptz) AT TIME ZONE {zone} AS date) - {day}"
            if isinstance(day, int)
            else f"CAST(:{name} AS date)"
        )
        midnight = f"CAST({date} + {after} AS timestamp) AT TIME ZONE {zone}"
        where.append(f"i.created_at {sign} {midnight}")
    return where, parameters


def _uuid(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(
            f"“{text}” is not an id; use an id, “me” or “none”.", field=field
        ) from None


# Looked up in lists, where calling the enumeration would be a good part of the work.
_STATUSES = {str(status): status for status in Status}
_PRIORITIES = {str(priority): priority for priority in Priority}


def incident_fields(
    row: Any, calendars: Mapping[UUID, Any], now: dt.datetime
) -> dict[str, Any]:
    """What every view of an incident shows, from a row of `COLUMNS`."""
    return {
        "id": row.id,
        "number": number_text(row.number),
        "title": row.title,
        "status": _STATUSES[row.status],
        "priority": _PRIORITIES[row.priority],
        "tags": row.tags,
        "reporter": UserRef(row.reporter_id, row.reporter_name),
        "assignee": UserRef(row.assignee_id, row.assignee_name)
        if row.assignee_id
        else None,
        "team": schemas.TeamRef(row.team_id, row.team_name) if row.team_name else None,
        "organization": OrganizationRef(row.organization_id, row.organization_name)
        if row.organization_name
        else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "acknowledged_at": row.acknowledged_at,
        "resolved_at": row.resolved_at,
        "closed_at": row.closed_at,
        "version": row.version,
        "sla": reading.summary_of_row(row, calendars, now),
    }


def _incident(
    row: Any, calendars: Mapping[UUID, Any], now: dt.datetime
) -> schemas.Incident:
    return schemas.Incident(**incident_fields(row, calendars, now))
