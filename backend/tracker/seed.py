"""Incidents to look at and to measure with: a plausible past of ninety days.

Each incident is a small story on the ledger. Its clocks are what the replay of that
ledger gives, as everywhere else; so a policy of any shape and calendar will do, and
`verify-clocks` has nothing to say. What fell due in the past counts as handled: the
engine finds nothing to do, and nobody gets a mail.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import itertools
import math
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import set_json_dumps
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.models import Team, TeamMember, User
from tracker.db import Database, new_id, utc_now
from tracker.incidents.workflow import Priority, Status, Step, take
from tracker.security import Role
from tracker.settings import Settings
from tracker.sla.clock import (
    ClockState,
    Event,
    EventType,
    SlaState,
    TargetKind,
    replay,
)
from tracker.sla.ledger import chained, data_text, event_data
from tracker.sla.policies import PolicyVersion, default_policy
from tracker.sla.service import clock_columns

DAYS = 90
# Incidents that are copied in one transaction.
CHUNK = 5000
# How long after a deadline the engine would have come by.
SWEEP = dt.timedelta(seconds=0.4)

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
ZERO = dt.timedelta()

AGENTS = (
    "Amara Okafor", "Ben Lindqvist", "Carla Mendes", "Dmitri Volkov", "Elena Rossi",
    "Farid Haddad", "Grace Nakamura", "Hugo Lambert", "Ines Moreau", "Jonas Weber",
    "Kavya Iyer", "Liam Brennan",
)  # fmt: skip
REPORTERS = (
    "Mia Larsen", "Noah Fischer", "Olivia Grant", "Pablo Ortega", "Quinn Harper",
    "Rosa Bianchi", "Samir Patel", "Tara Novak", "Umar Siddiqui", "Vera Kowalska",
    "Wen Zhang", "Xenia Petrou", "Yusuf Demir", "Zoe Martin", "Arjun Rao",
    "Bianca Costa", "Callum Reid", "Dalia Aziz", "Emil Johansson", "Freya Olsen",
)  # fmt: skip
TEAMS = ("Databases", "Networks", "Payments", "Workplace")
SYSTEMS = (
    "Checkout", "Invoicing", "Customer portal", "Search", "Mail gateway", "VPN",
    "Payroll", "Warehouse scanner", "Single sign-on", "Data warehouse", "Price feed",
    "Mobile app", "Call centre phones", "Document store", "Booking calendar",
    "Print server", "Partner API", "Night batch", "Backup", "Chat",
)  # fmt: skip
SYMPTOMS = (
    "answers with 502", "is slow since this morning", "does not accept logins",
    "shows yesterday's figures", "loses its connection every few minutes",
    "fills the disk", "sends every message twice", "rejects valid certificates",
    "stops after the update", "is down", "times out under load",
    "shows an empty page", "refuses uploads over 10 MB", "has a wrong total",
    "does not start after the reboot", "reports a failed replica",
)  # fmt: skip
PLACES = ("Oslo", "Lisbon", "Kraków", "Lyon", "Pune", "Toronto", "Cork", "Basel")
TAGS = ("network", "database", "login", "performance", "billing", "hardware", "update")
DESCRIPTIONS = (
    "It began about half an hour ago. Two colleagues see the same.",
    "Happens on every attempt. The last deployment was yesterday evening.",
    "Around one request in ten is affected, and the queue is growing.",
    "Expected the report of last month, got an error with no details.",
    "A restart helps for some minutes, then it is the same again.",
)
ANSWERS = (
    "Thank you, we are looking at it now.",
    "We can reproduce this and have found the cause; a fix is on its way.",
    "Could you tell us since when, and from which office?",
    "This looks like the change of last night. We are rolling it back.",
)
REPLIES = (
    "Since about nine o'clock, everybody on our floor.",
    "It is better now, but still not as it was.",
    "Thanks for the quick answer!",
    "Still the same here, the error is unchanged.",
)
NOTES = (
    "The connection pool is exhausted, see the dashboard of the last hour.",
    "Same pattern as two weeks ago; the replica lags behind.",
    "Vendor case opened, they want the logs.",
    "Failed over to the second node, watching it.",
)
CLOSINGS = (
    "Solved: the faulty node is out of rotation and the cause is fixed.",
    "Fixed with the rollback. Please tell us if it comes back.",
    "The certificate is renewed and the renewal is automatic now.",
    "Solved by more space and an alert at 80 %.",
)
PAUSE_REASONS = ("awaiting_customer", "awaiting_third_party", "planned_maintenance")

# The tables, in the order of their foreign keys, and what is copied into them.
TABLES = {
    "incidents": "id uuid, title text, description text, status text, priority text,"
    " reporter_id uuid, assignee_id uuid, team_id uuid, tags text[], version int4,"
    " acknowledged_at timestamptz, resolved_at timestamptz, closed_at timestamptz,"
    " created_at timestamptz, updated_at timestamptz",
    "slas": "id uuid, incident_id uuid, policy_version_id uuid, status text,"
    " at_risk bool, next_deadline timestamptz, response_deadline timestamptz,"
    " resolution_deadline timestamptz, response_at timestamptz, paused_at timestamptz,"
    " paused_duration interval, created_at timestamptz, updated_at timestamptz",
    "sla_clocks": "id uuid, incident_id uuid, kind text, policy_version_id uuid,"
    " detected_at timestamptz, created_at timestamptz, updated_at timestamptz,"
    " cycle int4, status text, target interval, started_at timestamptz,"
    " deadline timestamptz, warn_at timestamptz, due_at timestamptz,"
    " mark_due_at timestamptz, mark_times timestamptz[], remaining interval,"
    " stopped_at timestamptz, breached_at timestamptz, ever_breached bool",
    "sla_ledger": "incident_id uuid, at timestamptz, recorded_at timestamptz,"
    " type text, actor_id uuid, data jsonb, clock_id uuid, cycle int4, level int4,"
    " deadline timestamptz, hash bytea",
    "comments": "id uuid, incident_id uuid, author_id uuid, content text,"
    " is_internal bool, created_at timestamptz, updated_at timestamptz",
    "incident_activity": "id uuid, incident_id uuid, at timestamptz, type text,"
    " actor_id uuid, data jsonb, is_internal bool, created_at timestamptz,"
    " updated_at timestamptz",
}


class Cast(NamedTuple):
    """Who appears in the stories, and what they were promised."""

    agents: list[UUID]
    reporters: list[UUID]
    teams: list[UUID]
    policy: PolicyVersion


class Chunk(NamedTuple):
    """Incidents that are made and copied together, `step` apart."""

    number: int
    size: int
    start: dt.datetime
    step: dt.timedelta


def seed(settings: Settings, incidents: int, progress: Callable[[int], None]) -> None:
    """Add incidents with clocks, history and comments, spread over ninety days.

    Args:
        settings: With the address of a migrated database.
        incidents: How many.
        progress: Called again and again with the number of those just added.
    """
    cast = asyncio.run(_prepare(settings))
    address = settings.database.url.replace("+psycopg", "", 1)
    start = utc_now() - DAYS * DAY
    step = DAYS * DAY / incidents
    chunks = [
        Chunk(number, min(CHUNK, incidents - first), start + first * step, step)
        for number, first in enumerate(range(0, incidents, CHUNK))
    ]
    if len(chunks) == 1:
        progress(_fill(address, cast, chunks[0]))
    else:
        # A fork would take the caller's threads and connections along.
        context = multiprocessing.get_context("spawn")
        processes = min(os.cpu_count() or 1, len(chunks))
        # There are no cycles to collect, only a lot of rows.
        with ProcessPoolExecutor(processes, context, gc.disable) as pool:
            filling = [pool.submit(_fill, address, cast, chunk) for chunk in chunks]
            for filled in as_completed(filling):
                progress(filled.result())
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"ANALYZE users, teams, {', '.join(TABLES)}")


async def _prepare(settings: Settings) -> Cast:
    db = Database.connect(settings)
    try:
        async with db.transaction() as session:
            agents = await _people(session, AGENTS, Role.AGENT)
            return Cast(
                agents,
                await _people(session, REPORTERS, Role.REPORTER),
                await _teams(session, agents),
                await default_policy(session),
            )
    finally:
        await db.close()


async def _people(
    session: AsyncSession, names: tuple[str, ...], role: Role
) -> list[UUID]:
    """People of these names; who is not there is made, without a password."""
    emails = {f"{name.lower().replace(' ', '.')}@example.com": name for name in names}
    await session.execute(
        insert(User)
        .values(
            [
                {"id": new_id(), "email": email, "name": name, "role": role}
                for email, name in emails.items()
            ]
        )
        .on_conflict_do_nothing(
            index_elements=["email"], index_where=User.deleted_at.is_(None)
        )
    )
    found = await session.scalars(
        select(User.id)
        .where(User.email.in_(emails), User.role == role, User.deleted_at.is_(None))
        .order_by(User.email)
    )
    return list(found)


async def _teams(session: AsyncSession, agents: list[UUID]) -> list[UUID]:
    await session.execute(
        insert(Team)
        .values([{"id": new_id(), "name": name} for name in TEAMS])
        .on_conflict_do_nothing(
            index_elements=["name"], index_where=Team.deleted_at.is_(None)
        )
    )
    found = await session.scalars(
        select(Team.id)
        .where(Team.name.in_(TEAMS), Team.deleted_at.is_(None))
        .order_by(Team.name)
    )
    teams = list(found)
    await session.execute(
        insert(TeamMember)
        .values(
            [
                {"team_id": team, "user_id": agent}
                for team, agent in zip(itertools.cycle(teams), agents, strict=False)
            ]
        )
        .on_conflict_do_nothing()
    )
    return teams


def _fill(address: str, cast: Cast, chunk: Chunk) -> int:
    """Make and store one chunk, in one transaction; tells how many."""
    rows = Rows(cast, utc_now(), Random(chunk.number))  # noqa: S311 - not a secret
    for index in range(chunk.size):
        rows.add_incident(chunk.start + index * chunk.step)
    with psycopg.connect(address) as connection:
        # What a crash takes away is seeded again.
        connection.execute("SET synchronous_commit = off")
        copy_rows(connection, rows)
    return chunk.size


def copy_rows(connection: psycopg.Connection[Any], rows: Rows) -> None:
    """Store what was made up, in the transaction of the connection."""
    set_json_dumps(msgspec.json.encode, connection)
    for table, columns in TABLES.items():
        names, types = zip(*map(str.split, columns.split(", ")), strict=True)
        copy = f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT binary)"
        with connection.cursor().copy(copy) as to:
            to.set_types(types)
            for row in rows.of[table]:
                to.write_row(row)


# --- Stories --------------------------------------------------------------------------


@dataclass
class Moment:
    """Something that somebody does: says, takes a step, pauses or resumes."""

    at: dt.datetime
    actor: UUID
    words: str | None = None
    internal: bool = False
    step: Step | None = None
    event: Event | None = None
    note: str | None = None


class Entry(NamedTuple):
    """A row of the ledger."""

    incident_id: UUID
    at: dt.datetime
    recorded_at: dt.datetime
    type: str
    actor_id: UUID | None = None
    data: Mapping[str, Any] = {}
    clock_id: UUID | None = None
    cycle: int | None = None
    level: int | None = None
    deadline: dt.datetime | None = None

    @classmethod
    def of(
        cls, incident_id: UUID, event: Event, actor: UUID, data: Mapping[str, Any]
    ) -> Entry:
        """What is kept of an event."""
        return cls(incident_id, event.at, event.at, event.type, actor, data)


# What steps do to the clocks; an acknowledgement only if nobody has answered before.
_EVENTS = {Step.RESOLVE: EventType.RESOLVED, Step.REOPEN: EventType.REOPENED}


@dataclass
class Rows:
    """Rows of incidents, by table, in the columns of `TABLES`."""

    cast: Cast
    now: dt.datetime
    random: Random
    of: dict[str, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {table: [] for table in TABLES}
    )

    def add_incident(self, created: dt.datetime) -> None:
        """Make up what happened to an incident of this age, and note all of it."""
        choose, cast = self.random.choice, self.cast
        priority = self.choose_priority()
        incident_id = new_id()
        reporter, agent = choose(cast.reporters), choose(cast.agents)
        promised = cast.policy.promised(priority)
        events = [Event(created, EventType.CREATED, targets=promised)]
        opening = event_data(events[0], cast.policy, priority)
        ledger = [Entry.of(incident_id, events[0], reporter, opening)]
        status, version, touched = Status.OPEN, 1, created
        instants: dict[Step, dt.datetime | None] = {}
        responded = False
        for moment in self.moments(created, reporter, agent, promised):
            if moment.at > self.now:
                break
            event = moment.event
            if moment.words:
                self._say(incident_id, moment)
            if step := moment.step:
                before, status = status, take(status, step)
                version += 1
                instants[step] = moment.at
                if step is Step.REOPEN:
                    instants[Step.RESOLVE] = instants[Step.CLOSE] = None
                event = Event(moment.at, _EVENTS[step]) if step in _EVENTS else None
                if step in (Step.ACKNOWLEDGE, Step.CLOSE):
                    change = {"from": before, "to": status}
                    self._note(incident_id, "status_changed", moment, change)
            answers = moment.words and moment.actor == agent and not moment.internal
            if not responded and (answers or moment.step is Step.ACKNOWLEDGE):
                responded = True
                event = Event(moment.at, EventType.RESPONDED)
            if event:
                events.append(event)
                data = event_data(event)
                if moment.note:
                    data["note"] = moment.note
                ledger.append(Entry.of(incident_id, event, moment.actor, data))
            if not moment.internal:
                touched = moment.at
        self.of["incidents"].append(
            (
                incident_id,
                self._title(),
                choose(DESCRIPTIONS),
                status,
                priority,
                reporter,
                # Somebody new on the list is often not assigned yet.
                agent if version > 1 or self.random.random() < 0.7 else None,
                choose(cast.teams),
                self.random.sample(TAGS, self.random.choice((0, 0, 1, 1, 2))),
                version,
                instants.get(Step.ACKNOWLEDGE),
                instants.get(Step.RESOLVE),
                instants.get(Step.CLOSE),
                created,
                touched,
            )
        )
        self._add_clocks(incident_id, events, ledger)

    def choose_priority(self) -> Priority:
        """That of the next incident; most are of the middle."""
        return self.random.choices(tuple(Priority), (8, 22, 45, 25))[0]

    def moments(
        self,
        created: dt.datetime,
        reporter: UUID,
        agent: UUID,
        promised: dict[str, dt.timedelta | None],
    ) -> list[Moment]:
        """What people do about it, in order, most of them in time."""
        chance, between, choose = (
            self.random.random,
            self.random.uniform,
            self.random.choice,
        )
        to_respond = promised[TargetKind.RESPONSE] or HOUR
        to_resolve = promised[TargetKind.RESOLUTION] or DAY
        # One in ten is open, nearly all of them young.
        unsolved = chance() < 0.03 + 0.9 * math.exp((created - self.now) / DAY / 6)
        if unsolved and chance() < 0.15:
            return []
        answered = created + to_respond * self.random.lognormvariate(-1.2, 0.9)
        begun = answered + between(0, 10) * MINUTE
        moments = [Moment(begun, agent, step=Step.ACKNOWLEDGE)]
        if chance() < 0.5:
            moments.append(Moment(answered, agent, choose(ANSWERS)))
        if chance() < 0.3:
            at = begun + to_resolve * between(0.02, 0.2)
            moments.append(Moment(at, reporter, choose(REPLIES)))
        if chance() < 0.25:
            at = begun + to_resolve * between(0.02, 0.2)
            colleague = choose(self.cast.agents)
            moments.append(Moment(at, colleague, choose(NOTES), internal=True))
        on, paused = begun, ZERO
        if chance() < 0.12:
            reason = choose(PAUSE_REASONS)
            at = begun + to_resolve * between(0.02, 0.1)
            paused = between(1, 40) * HOUR
            on = at + paused
            stop = Event(at, EventType.PAUSED, reason=reason)
            go_on = Event(on, EventType.RESUMED, reason=reason)
            moments.append(Moment(at, agent, event=stop, note="See the last answer."))
            if not unsolved or chance() < 0.5:
                moments.append(Moment(on, agent, event=go_on))
        if not unsolved:
            work = to_resolve * self.random.lognormvariate(-1.1, 0.7)
            solved = max(begun + work + paused, on + between(5, 60) * MINUTE)
            if chance() < 0.03:
                moments.append(Moment(solved, agent, step=Step.RESOLVE))
                again = solved + between(2, 30) * HOUR
                moments.append(Moment(again, reporter, choose(REPLIES)))
                moments.append(Moment(again, reporter, step=Step.REOPEN))
                solved = again + to_resolve * between(0.05, 0.3)
            if chance() < 0.5:
                moments.append(Moment(solved, agent, choose(CLOSINGS)))
            moments.append(Moment(solved, agent, step=Step.RESOLVE))
            if chance() < 0.92:
                closed = solved + between(1, 5) * DAY
                moments.append(Moment(closed, agent, step=Step.CLOSE))
        return sorted(moments, key=lambda moment: moment.at)

    def _title(self) -> str:
        choose = self.random.choice
        where = f" in {choose(PLACES)}" if self.random.random() < 0.4 else ""
        return f"{choose(SYSTEMS)} {choose(SYMPTOMS)}{where}"

    def _say(self, incident_id: UUID, moment: Moment) -> None:
        comment_id = new_id()
        self.of["comments"].append(
            (
                comment_id,
                incident_id,
                moment.actor,
                moment.words,
                moment.internal,
                moment.at,
                moment.at,
            )
        )
        self._note(incident_id, "commented", moment, {"comment_id": comment_id})

    def _note(
        self, incident_id: UUID, kind: str, moment: Moment, data: Mapping[str, Any]
    ) -> None:
        self.of["incident_activity"].append(
            (
                new_id(),
                incident_id,
                moment.at,
                kind,
                moment.actor,
                data,
                moment.internal,
                moment.at,
                moment.at,
            )
        )

    def _add_clocks(
        self, incident_id: UUID, events: list[Event], ledger: list[Entry]
    ) -> None:
        """Note what follows from the events, and what the engine told meanwhile."""
        policy, created, touched = self.cast.policy, events[0].at, events[-1].at
        state = self._replay(events, self.now)
        response = state.clocks[TargetKind.RESPONSE]
        resolution = state.clocks[TargetKind.RESOLUTION]
        self.of["slas"].append(
            (
                new_id(),
                incident_id,
                policy.id,
                state.status,
                state.at_risk,
                state.next_deadline,
                response.deadline,
                resolution.deadline,
                state.response_at,
                state.paused_at,
                max(response.paused, resolution.paused),
                created,
                touched,
            )
        )
        for clock in (response, resolution):
            clock_id = new_id()
            columns = clock_columns(clock)
            columns["mark_due_at"] = min(
                # Those that have passed were told.
                (at for at in clock.marks if at > self.now),
                default=None,
            )
            self.of["sla_clocks"].append(
                (
                    clock_id,
                    incident_id,
                    clock.kind,
                    policy.id,
                    clock.breached_at and clock.breached_at + SWEEP,
                    created,
                    touched,
                    *columns.values(),
                )
            )
            if clock.target and clock.elapsed >= self._first_mark(clock.target):
                halted = clock.stopped_at or state.paused_at or self.now
                # As it was while it ran last: one that stands has no warning.
                before = [event for event in events if event.at < halted]
                ran = self._replay(before, halted).clocks[clock.kind]
                ledger.extend(self._told(incident_id, clock_id, clock, ran, halted))
        ledger.sort(key=lambda entry: entry.at)
        # Here, as a trigger would take longer than all the rest.
        last = b""
        for entry in ledger:
            last = chained(last, entry, data_text(entry.data))
            self.of["sla_ledger"].append((*entry, last))

    def _first_mark(self, target: dt.timedelta) -> dt.timedelta:
        marks = self.cast.policy.terms.marks
        return min([target, *(mark.work(target) for mark in marks)])

    def _replay(self, events: list[Event], at: dt.datetime) -> SlaState:
        policy = self.cast.policy
        return replay(events, policy.terms, at)

    def _told(
        self,
        incident_id: UUID,
        clock_id: UUID,
        clock: ClockState,
        ran: ClockState,
        halted: dt.datetime,
    ) -> Iterator[Entry]:
        """The marks and the breach that the engine found on a clock."""
        deadline = ran.deadline

        def entry(kind: str, at: dt.datetime, level: int, **data: Any) -> Entry:
            return Entry(
                incident_id,
                at,
                at + SWEEP,
                kind,
                data={"kind": clock.kind, "deadline": deadline, **data},
                clock_id=clock_id,
                cycle=ran.cycle,
                level=level,
                deadline=deadline,
            )

        for mark, passed in zip(self.cast.policy.marks, ran.marks, strict=False):
            rest = dict(mark)
            kind, level = rest.pop("type"), rest.pop("level")
            if clock.kind in rest.pop("kinds", [clock.kind]) and passed <= halted:
                yield entry(kind, passed, level, **rest)
        if at := clock.breached_at:
            yield entry("breached", at, 100, detected_at=at + SWEEP)
