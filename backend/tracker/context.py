"""What a job needs, made once a worker process."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from tracker.db import Database
from tracker.live import Publisher
from tracker.mail import Mailer
from tracker.push import Pusher
from tracker.queue import Queues
from tracker.settings import Settings
from tracker.storage import Storage


@dataclass(frozen=True)
class JobContext:
    """The ports of a worker process, under `app` in the context of each job."""

    settings: Settings
    db: Database
    queues: Queues
    mailer: Mailer
    pusher: Pusher
    storage: Storage
    publisher: Publisher
    now: Callable[[], dt.datetime]
    # One round of each at a time in a process: a second one would find the same to do,
    # and sweeps must not wait for a place behind deliveries.
    sweeping: asyncio.Lock = field(default_factory=asyncio.Lock)
    delivering: asyncio.Lock = field(default_factory=asyncio.Lock)
    following: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def swept(self) -> None:
        """Wait until no sweep is under way here: deadlines come before mails."""
        async with self.sweeping:
            pass
