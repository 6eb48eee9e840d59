"""The list of incidents in groups: which there are, and how many each holds."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from tracker.db import Executor, fetch_all
from tracker.incidents import schemas
from tracker.incidents.listing import Filters, clocks_for, conditions
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import Identity


class _Grouping(NamedTuple):
    """How incidents `i` with clocks `s` are grouped.

    Attributes:
        value: What they have in common; null is nothing.
        join: What the value needs.
        named: The table with the values' names, for those that have one.
        order: The values, where their order is not that of their names.
    """

    value: str
    join: str = ""
    named: str | None = None
    order: tuple[str, ...] = ()


_GROUPINGS = {
    # A team that was dissolved is none, as in the list.
    schemas.GroupBy.TEAM: _Grouping(
        "team.id",
        "LEFT JOIN teams team ON team.id = i.team_id AND team.deleted_at IS NULL",
        named="teams",
    ),
    schemas.GroupBy.ASSIGNEE: _Grouping("i.assignee_id", named="users"),
    schemas.GroupBy.PRIORITY: _Grouping(
        "i.priority", order=("critical", "high", "medium", "low")
    ),
    schemas.GroupBy.SLA: _Grouping(
        "CASE WHEN s.status <> 'active' THEN s.status WHEN s.at_risk THEN 'at_risk'"
        " ELSE 'on_track' END",
        order=("breached", "at_risk", "on_track", "paused", "met"),
    ),
}


async def groups(
    session: Executor,
    identity: Identity,
    by: schemas.GroupBy,
    filters: Filters,
    now: dt.datetime,
    *,
    limit: int,
    cursor: str | None = None,
) -> Page[schemas.Group]:
    """Groups of the incidents that the caller may see, nobody's and no team's first."""
    statement, parameters = _statement(identity, by, filters, now)
    beyond = ""
    if cursor:
        keys = decode_cursor(cursor, tuple[int, str, str])
        parameters |= dict(zip(("rank", "key", "value"), keys, strict=True))
        beyond = (
            "WHERE (rank, key, value) > (CAST(:rank AS int), CAST(:key AS text),"
            " CAST(:value AS text))"
        )
    rows, next_cursor = page_of(
        await fetch_all(
            session,
            f"SELECT * FROM ({statement}) groups {beyond}"
            f" ORDER BY rank, key, value LIMIT {limit + 1}",
            **parameters,
        ),
        limit,
        lambda row: (row.rank, row.key, row.value),
    )
    return Page(
        [schemas.Group(row.value, row.name, row.found) for row in rows], next_cursor
    )


def _statement(
    identity: Identity, by: schemas.GroupBy, filters: Filters, now: dt.datetime
) -> tuple[str, dict[str, Any]]:
    """All groups with their place: a rank, then their name in small letters."""
    value, join, named, order = _GROUPINGS[by]
    where, parameters = conditions(identity, filters, now)
    condition = " AND ".join(where)
    clocks = clocks_for(f"{value} {condition}")
    counted = (
        f"SELECT {value} AS value, count(*) AS found FROM incidents i {clocks} {join}"
        f" WHERE {condition} GROUP BY 1"
    )
    if named:
        statement = (
            "SELECT coalesce(CAST(value AS text), 'none') AS value, found, name,"
            " CAST(value IS NOT NULL AS int) AS rank,"
            " coalesce(lower(CAST(name AS text)), '') AS key"
            f" FROM ({counted}) counted LEFT JOIN {named} named ON named.id = value"
        )
    else:
        statement = (
            "SELECT value, found, CAST(NULL AS text) AS name, '' AS key,"
            f" array_position(ARRAY{list(order)}, value) AS rank"
            f" FROM ({counted}) counted"
        )
    return statement, parameters
