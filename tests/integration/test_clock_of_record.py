"""The clock of record is the database's: hosts may drift."""

from __future__ import annotations

import datetime as dt

from tests.integration.conftest import serving
from tracker.app import create_app
from tracker.db import Database, DatabaseClock, utc_now
from tracker.settings import Settings

SECOND = dt.timedelta(seconds=1)


async def database_time(db: Database) -> dt.datetime:
    [row] = await db.direct.fetch("SELECT clock_timestamp() AS now", {})
    found: dt.datetime = row.now
    return found


async def test_the_present_is_what_the_database_says(db: Database) -> None:
    clock = DatabaseClock(db)
    await clock.set()
    before = await database_time(db)
    present = clock()
    after = await database_time(db)
    # As far as question and answer are apart.
    assert before - SECOND < present < after + SECOND


async def test_a_host_that_counts_wrongly_is_put_right(db: Database) -> None:
    seconds = 0.0
    clock = DatabaseClock(db, lambda: seconds)
    await clock.set()
    seconds += 3600
    assert clock() - await database_time(db) > 3500 * SECOND
    await clock.set()
    assert abs(clock() - await database_time(db)) < 60 * SECOND


async def test_a_slow_answer_does_not_move_a_clock_that_may_be_right(
    db: Database,
) -> None:
    # Forty seconds go by between question and answer.
    counts = iter([0.0, 0.0])
    clock = DatabaseClock(db, lambda: next(counts, 40.0))
    asked = await database_time(db)
    await clock.set()
    assert abs(clock() - asked - 40 * SECOND) < SECOND


async def test_between_questions_the_count_goes_on(db: Database) -> None:
    seconds = 100.0
    clock = DatabaseClock(db, lambda: seconds)
    await clock.set()
    began = clock()
    seconds += 2.5
    assert clock() - began == 2.5 * SECOND


async def test_the_service_runs_on_the_clock_of_the_database(
    settings: Settings, db: Database
) -> None:
    async with serving(create_app(settings)) as client:
        before = await database_time(db)
        answer = await client.get("/api/v1/meta")
        after = await database_time(db)
    told = dt.datetime.fromisoformat(answer.json()["data"]["server_time"])
    assert before - SECOND < told < after + SECOND


async def test_without_a_database_the_clock_of_the_host_goes_on(
    settings: Settings,
) -> None:
    away = Database.connect(settings)
    await away.close()
    clock = DatabaseClock(away)
    assert abs(clock() - utc_now()) < SECOND
