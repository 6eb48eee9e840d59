"""SAQ queues on Redis. A job is only ever a hint: what must happen is in PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from saq import Job, Queue
from saq.queue.redis import RedisQueue

from tracker.settings import Settings

CHECK_SECONDS = 4 * 3600
DEMO_SECONDS = 600
ENGINE = "engine"
MAIL = "mail"

# SAQ's own defaults are one attempt of ten seconds.
JOB_OPTIONS: dict[str, dict[str, Any]] = {
    # A tick that failed is followed by the next one, a second later.
    ENGINE: {"timeout": 60, "retries": 1, "ttl": 5},
    # Retries of mails are the outbox's own, with its own back-off.
    MAIL: {"timeout": 60, "retries": 1, "ttl": 60},
}
# Mails in the queue at one time. What is leased shall be delivered before its lease
# ends, however much is due; more than this a second no mail server takes.
MAILS_QUEUED = 500
RECONNECT_SECONDS = 0.5
# A Redis that takes longer than this for an answer counts as away.
ANSWER_SECONDS = 2.0


def connect_redis(settings: Settings, **options: Any) -> Redis:
    """A Redis client; commands that block may do so without end."""
    return Redis.from_url(
        str(settings.redis_url),
        socket_connect_timeout=5,
        health_check_interval=30,
        **options,
    )


class _PatientQueue(RedisQueue):
    """Does not ask again at once when Redis is away, as SAQ's workers would have it."""

    async def dequeue(
        self,
        timeout: float = 0.0,  # noqa: ASYNC109  (as the base class has it)
        poll_interval: float = 0.0,
    ) -> Job | None:
        try:
            return await super().dequeue(timeout, poll_interval)
        except (RedisError, OSError):
            await asyncio.sleep(RECONNECT_SECONDS)
            return None


@dataclass(frozen=True)
class Queues:
    """The engine's ticks never wait behind mails: two queues.

    No call waits for a Redis that hangs: like one that is away, it is an error.
    """

    engine: Queue
    mail: Queue

    @classmethod
    def connect(cls, settings: Settings) -> Queues:
        """Make both; the first connection is opened on first use."""
        return cls(
            *(
                _PatientQueue(connect_redis(settings), name=name)
                for name in (ENGINE, MAIL)
            )
        )

    def by_name(self) -> Mapping[str, Queue]:
        """For the monitor."""
        return {ENGINE: self.engine, MAIL: self.mail}

    async def enqueue_tick(self, function: str, second: int) -> None:
        """Ask for a tick; the same second is asked for once by all workers."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.engine.enqueue(
                function, key=f"{function}:{second}", **JOB_OPTIONS[ENGINE]
            )

    async def enqueue_check(self, second: int) -> None:
        """Ask for a check of all clocks, which takes its time; once a second."""
        await self.engine.enqueue(
            "verify_clocks",
            key=f"verify_clocks:{second}",
            **{**JOB_OPTIONS[ENGINE], "timeout": CHECK_SECONDS},
        )

    async def enqueue_demo(self, second: int) -> None:
        """Ask for the demo data, which take their time; once a second."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.engine.enqueue(
                "fill_demo_data",
                key=f"fill_demo_data:{second}",
                **{**JOB_OPTIONS[ENGINE], "timeout": DEMO_SECONDS},
            )

    async def enqueue_mail(self, function: str, outbox_id: str, lease: str) -> None:
        """Ask for the delivery of a leased message.

        Each lease is a job of its own: the job of a killed worker stays in the queue's
        books for minutes, and must not stand in the way of the next one.
        """
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.mail.enqueue(
                function,
                key=f"{outbox_id}:{lease}",
                outbox_id=outbox_id,
                lease=lease,
                **JOB_OPTIONS[MAIL],
            )

    async def room_for_mails(self) -> int:
        """How many mails may be leased now."""
        async with asyncio.timeout(ANSWER_SECONDS):
            return max(0, MAILS_QUEUED - await self.mail.count("queued"))

    async def close(self) -> None:
        """Close every connection."""
        for queue in self.by_name().values():
            # SAQ says good-bye to Redis, which may be away.
            with contextlib.suppress(RedisError, OSError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await queue.disconnect()
