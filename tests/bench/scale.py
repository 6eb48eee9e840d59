"""`python -m tests.bench.scale`: the sweep among a million open incidents.

Two databases on one server, one with 10,000 and one with 1,000,000 incidents whose
clocks all run. In both, one incident was made each second, with ids of that second as
the service makes them, and the present moves on to where the same number of clocks
falls due. So all that differs is what is not due.
Seeding takes some minutes and three gigabytes; it is bounded by the figures below.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from rich.console import Console
from sqlalchemy import create_engine, make_url, text

from tests.bench.product import cpu_seconds
from tracker.context import JobContext
from tracker.db import migrate
from tracker.embedded import DataDirectory, needed, running
from tracker.seed import seed
from tracker.settings import load_settings
from tracker.sla import service, windows
from tracker.sla.engine import find_due
from tracker.worker import job_context

SIZES = (10_000, 1_000_000)
DUE = 1_000  # clocks that fall due at once
ROUNDS = 9  # with the first one, as many as the smaller one has clocks for
IDLE = 50  # sweeps with nothing due
BATCH = 500
CHUNK = 50_000
TARGET = 1.2

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# From the creation to the deadline of each resolution; all else is due much later.
PROMISED = dt.timedelta(days=30)

console = Console(width=120)

_OPEN = """
WITH given AS (
  SELECT %(start)s::timestamptz AS start, %(promised)s::interval AS promised,
         (SELECT id FROM users WHERE role = 'reporter' ORDER BY id LIMIT 1) AS reporter,
         (SELECT id FROM users WHERE role = 'agent' ORDER BY id LIMIT 1) AS agent,
         (SELECT v.id FROM sla_policies p JOIN sla_policy_versions v
              ON v.policy_id = p.id AND v.version = p.current_version
           WHERE p.is_default) AS policy
), incident AS (
  INSERT INTO incidents (id, title, description, status, priority, reporter_id,
                         assignee_id, tags, version, created_at, updated_at)
  SELECT uuidv7(at - clock_timestamp()), 'Checkout answers with 502',
         'One request in ten.', 'open', 'high', reporter, agent, '{network}', 1, at, at
    FROM given, generate_series(%(first)s::int, %(last)s::int) n
   CROSS JOIN LATERAL (SELECT start + n * interval '1 s' AS at) made
  RETURNING id, created_at AS at
), sla AS (
  INSERT INTO slas (id, incident_id, policy_version_id, status, at_risk, next_deadline,
                    response_deadline, resolution_deadline, created_at, updated_at)
  SELECT uuidv7(at - clock_timestamp()), i.id, policy, 'active', false, at + promised,
         at + 2 * promised, at + promised, at, at
    FROM incident i, given
), clock AS (
  INSERT INTO sla_clocks (id, incident_id, kind, policy_version_id, status, target,
                          started_at, deadline, due_at, mark_due_at, mark_times,
                          remaining, created_at, updated_at)
  SELECT uuidv7(at - clock_timestamp()), i.id, kind, policy, 'running', target, at,
         at + target, at + target, at + 3 * promised, ARRAY[at + 3 * promised], target,
         at, at
    FROM incident i, given,
         LATERAL (VALUES ('response', 2 * promised), ('resolution', promised))
         k (kind, target)
)
INSERT INTO sla_ledger (incident_id, at, recorded_at, type, actor_id, data)
SELECT i.id, at, at, 'created', reporter,
       jsonb_build_object('policy_version_id', policy, 'priority', 'high')
  FROM incident i, given
"""


class Cost(NamedTuple):
    """Of one sweep: seconds on the wall, and of all processors of all parts."""

    wall: float
    cpu: float


class Scene:
    """A database of some size, and a present that moves on."""

    def __init__(self, environment: dict[str, str], size: int) -> None:
        self.size = size
        url = make_url(environment["DATABASE_URL"])
        name = f"tracker_{size}"
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        here = url.set(database=name).render_as_string(hide_password=False)
        self.settings = load_settings({**environment, "DATABASE_URL": here})
        self.now = START

    def present(self) -> dt.datetime:
        return self.now

    def sql(self, statement: str, **parameters: Any) -> list[Any]:
        url = self.settings.database.url.replace("+psycopg", "", 1)
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def fill(self) -> None:
        """Seed people, and open incidents one second apart."""
        migrate(self.settings)
        seed(self.settings, 1, lambda _: None)
        self.sql("UPDATE sla_clocks SET due_at = NULL, mark_due_at = NULL")
        began = time.monotonic()
        # Few at first: the ledger's trigger plans for the table that it finds.
        edges = [0, 1000, *range(CHUNK, self.size, CHUNK), self.size]
        for first, end in pairwise(edges):
            self.sql(_OPEN, first=first, last=end - 1, start=START, promised=PROMISED)
            self.sql("ANALYZE")
        self.sql("VACUUM ANALYZE")
        (size,) = self.sql("SELECT pg_database_size(current_database()) / 1048576")[0]
        console.print(
            f"{self.size:,} open incidents seeded in {time.monotonic() - began:,.0f} s,"
            f" {size:,} MiB"
        )

    async def sweep(self, app: JobContext) -> int:
        """What the engine does each second, without the deliveries that follow."""
        for settle in (service.run_windows, service.settle_due):
            async with app.db.transaction() as session:
                await settle(session, self.now)
        total = 0
        while True:
            async with app.db.transaction() as session:
                until = await windows.horizon(session, self.now)
                found = await find_due(session, self.now, until=until, limit=BATCH)
            total += len(found)
            if len(found) < BATCH:
                return total

    async def cost(self, app: JobContext, due: int, times: int = 1) -> Cost:
        """Of one of some sweeps, of which the first finds `due` clocks."""
        cpu, began = cpu_seconds(os.getpid()), time.perf_counter()
        found = sum([await self.sweep(app) for _ in range(times)])
        wall = time.perf_counter() - began
        assert found == due, f"{found} clocks were due, not {due}"
        return Cost(wall / times, (cpu_seconds(os.getpid()) - cpu) / times)

    def move(self, due: int) -> None:
        """Let `due` more clocks fall due, and none of them be at its deadline."""
        before = self.now
        if before == START:
            self.now += PROMISED - dt.timedelta(seconds=0.5)
        self.now += due * dt.timedelta(seconds=1)


async def measure(scenes: list[Scene]) -> None:
    """Sweep in turns, so that all see the same machine; print the figures."""
    busy: dict[int, list[Cost]] = {scene.size: [] for scene in scenes}
    idle: dict[int, list[Cost]] = {scene.size: [] for scene in scenes}
    for round_ in range(ROUNDS + 1):
        for scene in scenes:
            async with job_context(scene.settings, now=scene.present) as app:
                await scene.sweep(app)  # opens connections, plans
                scene.move(DUE)
                one = await scene.cost(app, DUE)
                none = await scene.cost(app, 0, IDLE)
            if round_:  # the first one fills caches
                busy[scene.size].append(one)
                idle[scene.size].append(none)
    small, large = (scene.size for scene in scenes)
    for name, costs, target in (
        (f"a sweep that finds {DUE:,} due clocks", busy, TARGET),
        ("a sweep that finds none", idle, None),
    ):
        # The system counts CPU in steps of 10 ms: the mean of all rounds is finer.
        cpu = {size: statistics.fmean(c.cpu for c in costs[size]) for size in costs}
        wall = {size: min(c.wall for c in costs[size]) for size in costs}
        ratio = cpu[large] / cpu[small]
        verdict = ""
        if target:
            verdict = f" (target <= {target}: {'met' if ratio <= target else 'MISSED'})"
        console.print(
            f"{name}: {cpu[small] * 1000:,.1f} ms of CPU among {small:,},"
            f" {cpu[large] * 1000:,.1f} ms among {large:,}: ratio {ratio:.2f}{verdict}"
        )
        console.print(
            f"  on the wall {wall[small] * 1000:,.1f} and {wall[large] * 1000:,.1f} ms:"
            f" ratio {wall[large] / wall[small]:.2f}"
        )


def main() -> None:
    """Start, seed, measure, print."""
    with tempfile.TemporaryDirectory(prefix="tracker-scale-") as directory:
        Path(directory).chmod(0o711)  # PostgreSQL's own account has to pass through
        base = {
            "APP_ENV": "test",
            "SECRET_KEY": "a-key-that-only-the-bench-knows-0123456789",
            "TRACKER_DATA_DIR": directory,
        }
        place = DataDirectory(Path(directory))
        with place.lock("the bench"), running(needed(load_settings(base))) as found:
            scenes = [Scene({**base, **found}, size) for size in SIZES]
            for scene in scenes:
                scene.fill()
            asyncio.run(measure(scenes))


if __name__ == "__main__":
    main()
