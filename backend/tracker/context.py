"""What a job needs, made once a worker process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tracker.db import Database
from tracker.live import Publisher
from tracker.mail import Mailer
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
    storage: Storage
    publisher: Publisher
    now: Callable[[], dt.datetime]
