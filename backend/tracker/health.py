"""Is it alive, and can it work: for load balancers, and for people at night."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from redis.asyncio import Redis

from tracker.db import Database, fetch_one
from tracker.errors import Unavailable
from tracker.settings import Settings
from tracker.sla.monitoring import lag
from tracker.storage import Storage
from tracker.web import Envelope, ErrorItem

PROBE_SECONDS = 3.0
# The engine looks every second; this late, something is wrong with it.
LATEST_SECONDS = 30.0


class Health(msgspec.Struct):
    """Each part with `ok` or what is wrong with it."""

    status: str
    checks: dict[str, str]


class Probes:
    """One question to each part that we depend on."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        redis: Redis,
        storage: Storage,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._settings = settings
        self._db = db
        self._redis = redis
        self._storage = storage
        self._now = now

    async def all(self) -> Health:
        """Ask every part at once."""
        probes: dict[str, Callable[[], Awaitable[Any]]] = {
            "database": self._database,
            "redis": self._ping_redis,
            "storage": self._storage.ping,
            "engine": self._engine,
        }
        answers = await asyncio.gather(*(_asked(probe) for probe in probes.values()))
        checks = dict(zip(probes, answers, strict=True))
        good = all(answer == "ok" for answer in answers)
        return Health("ok" if good else "unavailable", checks)

    async def _database(self) -> None:
        async with self._db.reading() as session:
            await fetch_one(session, "SELECT 1")

    async def _ping_redis(self) -> None:
        await cast(Awaitable[bool], self._redis.ping())

    async def _engine(self) -> None:
        async with self._db.reading() as session:
            late = await lag(session, self._now())
        if late > LATEST_SECONDS:
            raise Unavailable(
                f"a deadline is unhandled for {late:.0f} s; is a worker running?"
            )


async def _asked(probe: Callable[[], Awaitable[Any]]) -> str:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except Unavailable as error:
        return error.message
    except TimeoutError:
        return f"no answer within {PROBE_SECONDS:.0f} s"
    except Exception as error:
        # The kind only: texts of drivers may hold addresses and users.
        return type(error).__name__
    return "ok"


class HealthController(Controller):
    """Probes, outside of the API and without a token."""

    path = "/health"
    include_in_schema = False

    @get("/live")
    async def live(self) -> Envelope[dict[str, str]]:
        """This process answers."""
        return Envelope(data={"status": "ok"})

    @get("/ready")
    async def ready(self, probes: NamedDependency[Probes]) -> Response[Any]:
        """Every part that a request may need answers."""
        health = await probes.all()
        if health.status == "ok":
            return Response(Envelope(data=health))
        bad = {name: text for name, text in health.checks.items() if text != "ok"}
        return Response(
            Envelope(
                success=False,
                data=health,
                message=f"Not ready: {', '.join(bad)}.",
                errors=[ErrorItem("unavailable", name, bad[name]) for name in bad],
            ),
            status_code=503,
        )
