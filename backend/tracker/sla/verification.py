"""Do the clocks say what their ledgers say, and has nobody changed the ledgers?

What ought to be stored is what the last event on the ledger made of the clocks, and
what the engine has told since then. So a deadline that has passed and that no sweep has
seen yet is no difference, as long as the engine will find it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import multiprocessing
import os
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import pairwise
from threading import Event as Flag
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.audit.schemas import AuditAction, AuditObject
from tracker.audit.service import record
from tracker.db import Database, execute, fetch_all
from tracker.errors import NotFound
from tracker.processes import die_with_parent
from tracker.settings import Settings
from tracker.sla import clock as clocks
from tracker.sla import schemas
from tracker.sla.clock import ClockState, ClockStatus, Event, SlaState, SlaStatus
from tracker.sla.ledger import INPUTS, chained, event_of
from tracker.sla.policies import PolicyVersion, policy_version
from tracker.sla.service import (
    clock_columns,
    due_marks,
    summary_columns,
    told_until,
)

# Incidents that are read at once, in one snapshot.
BATCH = 500
# Incidents that a process takes at a time.
RANGE = 2000

SUMMARY = "summary"
LEDGER = "ledger"


class Difference(NamedTuple):
    """Something that is not what the ledger says.

    Attributes:
        part: The kind of a clock, `summary`, or `ledger` when that itself is wrong.
    """

    incident_id: UUID
    number: str
    part: str
    column: str
    stored: Any
    computed: Any

    def told(self) -> schemas.ClockDifference:
        """As people read it."""
        return schemas.ClockDifference(
            incident_id=self.incident_id,
            number=self.number,
            part=self.part,
            column=self.column,
            stored=_words(self.stored),
            computed=_words(self.computed),
        )


def _words(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return ", ".join(str(_words(item)) for item in value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


@dataclass
class Report:
    """What came of a comparison."""

    incidents: int = 0
    clocks: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Count in what came of another part."""
        self.incidents += other.incidents
        self.clocks += other.clocks
        self.differences += other.differences


# --- What is stored -------------------------------------------------------------------


class Story(NamedTuple):
    """All that is stored about the clocks of one incident."""

    incident: Any
    clocks: Mapping[str, Any]
    entries: Sequence[Any]

    @property
    def inputs(self) -> list[Any]:
        """What the replay takes, in its order."""
        events = [entry for entry in self.entries if entry.type in INPUTS]
        return sorted(events, key=lambda entry: (entry.at, entry.seq))


_INCIDENTS = """
SELECT i.id, i.number, i.deleted_at, s.id AS sla_id, s.policy_version_id, s.status,
       s.at_risk, s.next_deadline, s.response_deadline, s.resolution_deadline,
       s.response_at, s.paused_at, s.pause_ends_at, s.paused_duration
  FROM incidents i LEFT JOIN slas s ON s.incident_id = i.id
"""
_CLOCKS = """
SELECT id, incident_id, kind, policy_version_id, cycle, status, target, started_at,
       deadline, warn_at, due_at, mark_due_at, mark_times, remaining, stopped_at,
       breached_at, detected_at, ever_breached
  FROM sla_clocks WHERE incident_id = ANY(:ids)
"""
_ENTRIES = """
SELECT seq, incident_id, at, recorded_at, type, actor_id, data,
       CAST(data AS text) AS data_text, data ->> 'policy_version_id' AS policy_id,
       clock_id, cycle, level, deadline, hash
  FROM sla_ledger WHERE incident_id = ANY(:ids) ORDER BY seq
"""


async def _stories(session: AsyncSession, incidents: Sequence[Any]) -> list[Story]:
    ids = [incident.id for incident in incidents]
    of_clocks: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for row in await fetch_all(session, _CLOCKS, ids=ids):
        of_clocks[row.incident_id][row.kind] = row
    entries: dict[UUID, list[Any]] = defaultdict(list)
    for row in await fetch_all(session, _ENTRIES, ids=ids):
        entries[row.incident_id].append(row)
    return [
        Story(incident, of_clocks[incident.id], entries[incident.id])
        for incident in incidents
    ]


async def _policies(
    session: AsyncSession, stories: Sequence[Story]
) -> dict[str, PolicyVersion]:
    """By the ids of versions; one that is unknown is missed where it is asked for."""
    ids = {
        str(version_id)
        for story in stories
        for version_id in (
            story.incident.policy_version_id,
            *(entry.policy_id for entry in story.entries),
        )
        if version_id
    }
    found = {}
    for version_id in ids:
        try:
            found[version_id] = await policy_version(session, UUID(version_id))
        except (LookupError, ValueError):
            continue
    return found


# --- What ought to be stored ----------------------------------------------------------


class Expected(NamedTuple):
    """Columns of the clocks, by kind, and of the summary."""

    clocks: dict[str, dict[str, Any]]
    summary: dict[str, Any]


def _expected(story: Story, policies: Mapping[str, PolicyVersion]) -> Expected:
    inputs = story.inputs
    events = [event_of(entry, policies) for entry in inputs]
    in_force = _in_force(story, inputs, policies)
    state = clocks.replay(events, in_force[0].terms, events[-1].at)
    summary = summary_columns(state, in_force[-1])
    columns = {}
    for kind, policy in _policies_of_clocks(events, in_force, state).items():
        clock = _as_told(story, state.clocks[kind])
        if clock.status != state.clocks[kind].status and not state.pauses:
            summary["status"] = str(SlaStatus.BREACHED)
        columns[kind] = _clock_columns(story, clock, policy, events[-1])
    summary["at_risk"] = summary["status"] == SlaStatus.ACTIVE and (
        state.at_risk
        or any(e.type == "warned" and e.seq > inputs[-1].seq for e in story.entries)
    )
    if state.pauses:
        # It grows, and is written when something happens.
        del summary["paused_duration"]
        if any(c.status == ClockStatus.RUNNING for c in state.clocks.values()):
            # Which clock is the next one depends on when that was.
            del summary["next_deadline"]
    if story.incident.deleted_at is not None:
        summary["pause_ends_at"] = None
    return Expected(columns, summary)


def _in_force(
    story: Story, inputs: Sequence[Any], policies: Mapping[str, PolicyVersion]
) -> list[PolicyVersion]:
    """The policy after each event."""
    found: list[PolicyVersion] = []
    for entry in inputs:
        # The first events of old incidents do not name theirs.
        if version_id := entry.policy_id or (
            None if found else str(story.incident.policy_version_id)
        ):
            found.append(policies[version_id])
        else:
            found.append(found[-1])
    return found


def _policies_of_clocks(
    events: Sequence[Event], in_force: Sequence[PolicyVersion], state: SlaState
) -> dict[str, PolicyVersion]:
    """Each clock's policy: that of its stop, or the one in force."""
    found = dict.fromkeys(state.clocks, in_force[-1])
    if len({policy.id for policy in in_force}) == 1:
        return found
    found = dict.fromkeys(state.clocks, in_force[0])
    stopped: set[str] = set()
    for count, policy in enumerate(in_force, 1):
        then = clocks.replay(events[:count], in_force[0].terms, events[count - 1].at)
        stops = {kind for kind, clock in then.clocks.items() if clock.stopped_at}
        for kind in then.clocks.keys() - (stopped & stops):
            found[kind] = policy
        stopped = stops
    return found


def _as_told(story: Story, clock: ClockState) -> ClockState:
    """A clock as the engine left it, if it has told a breach since the last event."""
    told = _told(story, clock)
    if clock.status == ClockStatus.RUNNING and told:
        return replace(
            clock,
            status=ClockStatus.BREACHED,
            breached_at=clock.deadline,
            ever_breached=True,
        )
    return clock


def _told(story: Story, clock: ClockState) -> Any:
    """The entry by which the breach of a clock's deadline was told."""
    row = story.clocks.get(clock.kind)
    return next(
        (
            entry
            for entry in story.entries
            if row is not None
            and entry.type == "breached"
            and entry.clock_id == row.id
            and entry.deadline == clock.deadline
        ),
        None,
    )


def _has_been_told(story: Story, kind: str) -> bool:
    row = story.clocks.get(kind)
    return row is not None and any(
        entry.type == "breached" and entry.clock_id == row.id for entry in story.entries
    )


def _clock_columns(
    story: Story, clock: ClockState, policy: PolicyVersion, last: Event
) -> dict[str, Any]:
    told = _told(story, clock)
    columns = clock_columns(clock) | {
        "policy_version_id": policy.id,
        # Also one that the replay does not see any more, as a change has lifted it.
        "ever_breached": clock.ever_breached or _has_been_told(story, clock.kind),
        # Also a breach that came with an event is told by the engine.
        "due_at": None if clock.stopped_at or told else clock.deadline,
        "mark_due_at": _next_mark(story, clock, policy, last),
        "detected_at": (told.recorded_at if told else last.at)
        if clock.breached_at
        else None,
    }
    if story.incident.deleted_at is not None:
        columns["due_at"] = columns["mark_due_at"] = None
    if clock.deadline and not clock.stopped_at:
        # It runs: what is left is not what was left when it was written.
        del columns["remaining"]
    return columns


def _next_mark(
    story: Story, clock: ClockState, policy: PolicyVersion, last: Event
) -> dt.datetime | None:
    """The first mark that the engine has still to tell."""
    row = story.clocks.get(clock.kind)
    told = {
        (entry.type, entry.level)
        for entry in story.entries
        if row is not None
        and entry.clock_id == row.id
        and entry.cycle == clock.cycle
        and entry.deadline == clock.deadline
    }
    for at, place in due_marks(clock, told_until(last, clock)):
        mark = policy.marks[place]
        is_for = clock.kind in mark.get("kinds", [clock.kind])
        if is_for and (mark["type"], mark["level"]) not in told:
            return at
    return None


# --- The comparison -------------------------------------------------------------------


def _differences(
    story: Story, policies: Mapping[str, PolicyVersion]
) -> Iterator[Difference]:
    incident = story.incident

    def differs(part: str, column: str, stored: Any, computed: Any) -> Difference:
        number = f"INC-{incident.number}"
        return Difference(incident.id, number, part, column, stored, computed)

    for column, stored, computed in _broken_links(story.entries):
        yield differs(LEDGER, column, stored, computed)
    if incident.sla_id is None:
        yield differs(SUMMARY, "row", None, "one row")
        return
    if not story.inputs:
        yield differs(LEDGER, "history", None, "at least its creation")
        return
    try:
        expected = _expected(story, policies)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # Whatever somebody has made of the entries: it is told, and the rest goes on.
        yield differs(LEDGER, "history", f"no history: {error}", "a history")
        return
    for column, computed in expected.summary.items():
        stored = getattr(incident, column)
        if stored != computed:
            yield differs(SUMMARY, column, stored, computed)
    for kind, columns in expected.clocks.items():
        row = story.clocks.get(kind)
        if row is None:
            yield differs(kind, "row", None, "one row")
            continue
        for column, computed in columns.items():
            stored = getattr(row, column)
            if stored != computed and not _harmless(incident, row, column, computed):
                yield differs(kind, column, stored, computed)


def _harmless(incident: Any, row: Any, column: str, computed: Any) -> bool:
    """Whether another value is as good as the one computed."""
    if column == "detected_at":
        # Nobody knows when a breach was found that a change had lifted meanwhile.
        return row.detected_at is not None and computed is not None
    if column == "mark_due_at" and incident.deleted_at is None:
        # A look at a mark that was told, or that is not for this clock.
        return row.mark_due_at in row.mark_times and (
            computed is None or row.mark_due_at < computed
        )
    return False


def _broken_links(entries: Sequence[Any]) -> Iterator[tuple[str, str, str]]:
    """Entries whose hash is not that of themselves and the one before."""
    previous = b""
    for entry in entries:
        computed = chained(previous, entry, entry.data_text)
        if entry.hash != computed:
            yield f"entry {entry.seq}", entry.hash.hex(), computed.hex()
        previous = entry.hash


async def _compared(session: AsyncSession, incidents: Sequence[Any]) -> Report:
    stories = await _stories(session, incidents)
    policies = await _policies(session, stories)
    return Report(
        len(stories),
        sum(len(story.clocks) for story in stories),
        [found for story in stories for found in _differences(story, policies)],
    )


async def check_incident(db: Database, number: int) -> Report:
    """Compare the clocks of one incident with its ledger.

    Raises:
        NotFound: There is none with this number.
    """
    async with _snapshot(db) as session:
        incidents = await fetch_all(
            session, f"{_INCIDENTS} WHERE i.number = :number", number=number
        )
        if not incidents:
            raise NotFound(f"There is no incident INC-{number}.")
        return await _compared(session, incidents)


async def check_range(db: Database, after: UUID | None, until: UUID) -> Report:
    """Compare clocks with their ledgers, of incidents by id."""
    report = Report()
    while True:
        async with _snapshot(db) as session:
            incidents = await fetch_all(
                session,
                f"{_INCIDENTS} WHERE i.id <= :until"
                f" {'AND i.id > :after' if after else ''} ORDER BY i.id LIMIT {BATCH}",
                until=until,
                **({"after": after} if after else {}),
            )
            if not incidents:
                return report
            report.add(await _compared(session, incidents))
        after = incidents[-1].id


def _snapshot(db: Database) -> Any:
    """Everything at one instant, whoever writes meanwhile."""
    engine = db.engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    return AsyncSession(engine)


# --- All of them ----------------------------------------------------------------------


def check_all(
    settings: Settings,
    progress: Callable[[Report, int], None],
    *,
    processes: int | None = None,
    stop: Flag | None = None,
) -> None:
    """Compare every clock with its ledger, by several processes.

    Args:
        settings: With the address of the database.
        progress: Called with each part as it is done, and the number of all incidents.
        processes: How many; one for each processor when it is not said.
        stop: When it is set, no more is begun.
    """
    total, ranges = asyncio.run(_ranges(settings))
    processes = min(processes or os.cpu_count() or 1, max(len(ranges), 1))
    # A fork would take the caller's threads and connections along.
    context = multiprocessing.get_context("spawn")
    waiting: set[Future[Report]] = set()
    todo = iter(ranges)
    with ProcessPoolExecutor(processes, context, _begin) as pool:
        while True:
            while len(waiting) < 2 * processes and (ends := next(todo, None)):
                waiting.add(pool.submit(_check_range, settings, *ends))
            if not waiting or (stop and stop.is_set()):
                pool.shutdown(cancel_futures=True)
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for part in done:
                progress(part.result(), total)


def _begin() -> None:
    die_with_parent(signal.SIGTERM)
    # Deadlines come first.
    os.nice(10)


def _check_range(settings: Settings, after: UUID | None, until: UUID) -> Report:
    async def check() -> Report:
        db = Database.connect(settings)
        try:
            return await check_range(db, after, until)
        finally:
            await db.close()

    return asyncio.run(check())


async def _ranges(
    settings: Settings,
) -> tuple[int, list[tuple[UUID | None, UUID]]]:
    """How many incidents there are, and ranges of their ids."""
    db = Database.connect(settings)
    try:
        async with db.reading() as session:
            rows = await fetch_all(
                session,
                f"""
                SELECT id, n FROM (
                  SELECT id, row_number() OVER (ORDER BY id) AS n,
                         lead(id) OVER (ORDER BY id) IS NULL AS is_last
                    FROM incidents) i
                 WHERE n % {RANGE} = 0 OR is_last ORDER BY n
                """,
            )
    finally:
        await db.close()
    ends = [None, *(row.id for row in rows)]
    return rows[-1].n if rows else 0, list(pairwise(ends))


# --- Repair ---------------------------------------------------------------------------


async def repair(
    session: AsyncSession, incident_id: UUID, now: dt.datetime
) -> list[Difference]:
    """Write what the ledger says, and note in it what was wrong.

    Nothing is written on the word of a ledger that is wrong itself.

    Returns:
        What could not be put right.
    """
    await execute(
        session,
        "SELECT FROM slas WHERE incident_id = :id FOR UPDATE",
        id=incident_id,
    )
    incidents = await fetch_all(
        session, f"{_INCIDENTS} WHERE i.id = :id", id=incident_id
    )
    differences = (await _compared(session, incidents)).differences
    if not differences:
        return []
    if any(d.part == LEDGER or d.column == "row" for d in differences):
        return differences
    told = [msgspec.to_builtins(d.told()) for d in differences]
    await execute(
        session,
        """
        INSERT INTO sla_ledger (incident_id, at, recorded_at, type, data)
        VALUES (:incident_id, :now, :now, 'corrected', CAST(:data AS jsonb))
        """,
        incident_id=incident_id,
        now=now,
        data=msgspec.json.encode(
            {
                "differences": [
                    {name: d[name] for name in ("part", "column", "stored", "computed")}
                    for d in told
                ]
            }
        ).decode(),
    )
    for difference in differences:
        await _put_right(session, difference, now)
    await record(
        session,
        AuditAction.REPAIRED,
        AuditObject.INCIDENT,
        object_id=incident_id,
        label=f"INC-{incidents[0].number}",
        changes={
            f"{d['part']} {d['column']}": (d["stored"], d["computed"]) for d in told
        },
    )
    return []


async def _put_right(
    session: AsyncSession, difference: Difference, now: dt.datetime
) -> None:
    column = difference.column
    value = "CAST(:value AS timestamptz[])" if column == "mark_times" else ":value"
    table, where = (
        ("slas", "")
        if difference.part == SUMMARY
        else ("sla_clocks", "AND kind = :kind")
    )
    await execute(
        session,
        f"UPDATE {table} SET {column} = {value}, updated_at = :now"
        f" WHERE incident_id = :incident_id {where}",
        value=difference.computed,
        now=now,
        incident_id=difference.incident_id,
        **({"kind": difference.part} if where else {}),
    )
