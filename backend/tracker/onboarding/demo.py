"""Makes the demo data: the stories of `seed`, with people that are clearly no people.

In chunks, each one transaction under the lock of the installation: whoever goes on
after a crash begins where it ended, and two at once take turns.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.models import Organization, Team, TeamMember, User
from tracker.db import Acting, Database, acting, fetch_all, fetch_one, new_id
from tracker.incidents.workflow import Priority, Step
from tracker.onboarding.models import DemoItem
from tracker.onboarding.service import TOTAL
from tracker.security import Role
from tracker.seed import (
    AGENTS,
    DAY,
    HOUR,
    MINUTE,
    REPORTERS,
    TEAMS,
    Cast,
    Moment,
    Rows,
    copy_rows,
)
from tracker.settings import Settings
from tracker.sla.clock import TargetKind
from tracker.sla.policies import default_policy

CHUNK = 20
DAYS = 30
# Nobody can receive a mail there: RFC 2606.
DOMAIN = "demo.invalid"
ORGANIZATION = "Bergmann Logistics"

RESPONSE, RESOLUTION = TargetKind.RESPONSE, TargetKind.RESOLUTION
# The last chunk is of today: which priority, and how much of which target is used up.
FRESH = (
    (Priority.CRITICAL, RESPONSE, 0.75), (Priority.CRITICAL, RESOLUTION, 0.93),
    (Priority.HIGH, RESPONSE, 0.5), (Priority.HIGH, RESPONSE, 0.96),
    (Priority.HIGH, RESOLUTION, 0.85), (Priority.MEDIUM, RESPONSE, 0.2),
    (Priority.MEDIUM, RESPONSE, 0.9), (Priority.MEDIUM, RESOLUTION, 0.4),
    (Priority.MEDIUM, RESOLUTION, 0.97), (Priority.LOW, RESPONSE, 0.1),
    (Priority.LOW, RESPONSE, 0.6), (Priority.LOW, RESOLUTION, 0.3),
)  # fmt: skip


async def fill(db: Database, settings: Settings, now: dt.datetime) -> bool:
    """Make the people and teams if need be, and one chunk of incidents.

    Returns:
        Whether there is more to do.
    """
    async with db.transaction() as session:
        state = await fetch_one(
            session, "SELECT demo_status, demo_by FROM installation FOR UPDATE"
        )
        if state is None or state.demo_status != "filling":
            return False
    with acting(Acting("service", state.demo_by)):
        async with db.transaction() as session:
            cast, organization = await _cast(session, now)
    address = settings.database.url.replace("+psycopg", "", 1)
    return await asyncio.to_thread(_add_chunk, address, cast, organization, now)


def _add_chunk(address: str, cast: Cast, organization: UUID, now: dt.datetime) -> bool:
    with psycopg.connect(address) as connection:
        row = connection.execute(
            "SELECT demo_done FROM installation"
            " WHERE demo_status = 'filling' FOR UPDATE"
        ).fetchone()
        if row is None:
            return False
        made = _chunk(cast, row[0], now)
        copy_rows(connection, made)
        ids = [incident[0] for incident in made.of["incidents"]]
        connection.execute(
            "INSERT INTO demo_items (id, kind) SELECT unnest(%s::uuid[]), 'incident'",
            [ids],
        )
        connection.execute(
            "UPDATE incidents SET organization_id = %s WHERE id = ANY(%s)",
            [organization, ids],
        )
        done = int(row[0]) + len(ids)
        connection.execute(
            "UPDATE installation SET demo_done = %s, demo_error = NULL,"
            " demo_status = %s, updated_at = %s",
            [done, "filling" if done < TOTAL else "ready", now],
        )
    return done < TOTAL


def _chunk(cast: Cast, done: int, now: dt.datetime) -> Rows:
    """The next incidents: of the past month, and at last those of today."""
    random = Random(done)  # noqa: S311 - not a secret
    if done + CHUNK >= TOTAL:
        today = Today(cast, now, random)
        for story in itertools.islice(itertools.cycle(FRESH), TOTAL - done):
            today.add(*story)
        return today
    rows = Rows(cast, now, random)
    step = DAYS * DAY / (TOTAL - CHUNK)
    for number in range(done, done + CHUNK):
        rows.add_incident(now - DAYS * DAY + number * step)
    return rows


@dataclass
class Today(Rows):
    """Incidents that nobody has solved yet, each at its point of a target."""

    story: tuple[Priority, TargetKind] = field(default=(Priority.LOW, RESPONSE))

    def add(self, priority: Priority, kind: TargetKind, share: float) -> None:
        """Add one that has used up this share of its target."""
        self.story = priority, kind
        target = self.cast.policy.promised(priority)[kind] or HOUR
        self.add_incident(self.now - target * share)

    def choose_priority(self) -> Priority:
        """As the story says."""
        return self.story[0]

    def moments(
        self, created: dt.datetime, reporter: UUID, agent: UUID, promised: object
    ) -> list[Moment]:
        """Nothing, or no more than that somebody took it on."""
        if self.story[1] is RESPONSE:
            return []
        return [Moment(created + 2 * MINUTE, agent, step=Step.ACKNOWLEDGE)]


# --- People ---------------------------------------------------------------------------


async def _cast(session: AsyncSession, now: dt.datetime) -> tuple[Cast, UUID]:
    """Who appears in the stories: those of an earlier chunk, or new ones."""
    await fetch_one(session, "SELECT FROM installation FOR UPDATE")
    found = await fetch_all(
        session,
        """
        SELECT d.kind, d.id FROM demo_items d
          JOIN (SELECT id FROM users WHERE deleted_at IS NULL
                UNION ALL SELECT id FROM teams WHERE deleted_at IS NULL
                UNION ALL SELECT id FROM organizations WHERE deleted_at IS NULL) t
            ON t.id = d.id
         ORDER BY d.id
        """,
    )
    ids: dict[str, list[UUID]] = {}
    for row in found:
        ids.setdefault(row.kind, []).append(row.id)
    if len(ids) < len(("agent", "reporter", "team", "organization")):
        ids = await _hire(session, now)
    policy = await default_policy(session)
    cast = Cast(ids["agent"], ids["reporter"], ids["team"], policy)
    return cast, ids["organization"][0]


async def _hire(session: AsyncSession, now: dt.datetime) -> dict[str, list[UUID]]:
    made = {"created_at": now, "updated_at": now}
    organization = Organization(id=new_id(), name=_marked(ORGANIZATION), **made)
    agents = _people(AGENTS[:8], Role.AGENT, None, now)
    reporters = _people(REPORTERS[:10], Role.REPORTER, organization, now)
    teams = [Team(id=new_id(), name=_marked(name), **made) for name in TEAMS]
    session.add_all([organization, *agents, *reporters, *teams])
    await session.flush()
    session.add_all(
        TeamMember(team_id=team.id, user_id=agent.id)
        for team, agent in zip(itertools.cycle(teams), agents, strict=False)
    )
    ids = {
        "agent": [person.id for person in agents],
        "reporter": [person.id for person in reporters],
        "team": [team.id for team in teams],
        "organization": [organization.id],
    }
    session.add_all(
        DemoItem(id=id_, kind=kind) for kind, several in ids.items() for id_ in several
    )
    await session.flush()
    return ids


def _people(
    names: Sequence[str],
    role: Role,
    organization: Organization | None,
    now: dt.datetime,
) -> list[User]:
    return [
        User(
            id=new_id(),
            email=f"{name.lower().replace(' ', '.')}@{DOMAIN}",
            name=_marked(name),
            role=role,
            organization=organization,
            created_at=now,
            updated_at=now,
        )
        for name in names
    ]


def _marked(name: str) -> str:
    return f"{name} (demo)"
