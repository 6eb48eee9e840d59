"""The worker process: SAQ on two queues, and a tick that outlives any of its parts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import uvloop
from redis.exceptions import RedisError
from saq import CronJob, Queue, Worker

from tracker import telemetry
from tracker.accounts.jobs import purge_expired
from tracker.attachments.jobs import purge_attachments
from tracker.context import JobContext
from tracker.db import Database, DatabaseClock
from tracker.incidents.jobs import follow_up
from tracker.live import Publisher
from tracker.mail import make_mailer
from tracker.notifications.jobs import (
    deliver_outbox,
    purge_deliveries,
    send_incident_created_email,
    send_incident_resolved_email,
    send_message,
)
from tracker.onboarding.jobs import fill_demo_data
from tracker.queue import CHECK_SECONDS, DEMO_SECONDS, Queues, connect_redis
from tracker.settings import Settings
from tracker.sla import monitoring
from tracker.sla.jobs import (
    check_sla_breaches,
    send_breach_notification,
    send_digest,
    verify_clocks,
)
from tracker.storage import Storage
from tracker.webpush import make_pusher

log = logging.getLogger(__name__)

Job = Callable[..., Awaitable[Any]]

TICKS: tuple[Job, ...] = (check_sla_breaches, deliver_outbox, follow_up)
CLEAN_UP: tuple[Job, ...] = (purge_expired, purge_attachments, purge_deliveries)
MAILS: tuple[Job, ...] = (
    send_breach_notification,
    send_digest,
    send_incident_created_email,
    send_incident_resolved_email,
    send_message,
)
MAIL_CONCURRENCY = 8
# Ours are 3 ticks, a clean-up and a check; each holds one connection at the most.
ENGINE_CONCURRENCY = 5
MEASURE_SECONDS = 15
SHUTDOWN_SECONDS = 5


class _Worker(Worker[Any]):
    """Two workers share a process, which listens for signals itself."""

    SIGNALS = []  # noqa: RUF012  (as the base class has it)

    async def stop(self) -> None:
        """Take no more jobs, finish those under way, and leave.

        SAQ alone would wait as long for a reader that waits for jobs as for a job.
        """
        self.event.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SHUTDOWN_SECONDS):
                while self.job_task_contexts:  # noqa: ASYNC110  (SAQ tells no event)
                    await asyncio.sleep(0.02)
        await super().stop()


def _worker(
    queue: Queue, jobs: tuple[Job, ...], app: JobContext, **options: Any
) -> _Worker:
    async def startup(ctx: dict[str, Any]) -> None:
        ctx["app"] = app

    return _Worker(queue, jobs, startup=startup, **options)


async def tick(app: JobContext) -> None:
    """Every second, on the second: ask the queue for a sweep and a delivery round.

    SAQ's own cron holds one key per job: a worker that is killed in a sweep would keep
    all others from sweeping until SAQ gives the job up. So each second is a job of its
    own, and when Redis is away the sweep runs right here: deadlines do not wait.
    """
    while True:
        await asyncio.sleep(1 - time.time() % 1)
        second = int(time.time())
        for job in TICKS:
            try:
                await app.queues.enqueue_tick(job.__name__, second)
            except (RedisError, OSError) as error:
                log.warning("the queue does not answer, sweeping here: %s", error)
                await _sweep_here(app)
                break


async def _sweep_here(app: JobContext) -> None:
    try:
        await check_sla_breaches({"app": app})
    except Exception:
        log.exception("the sweep failed, the next second tries again")


async def measure(app: JobContext) -> None:
    """Tell the collector of metrics, now and then, how far the engine is."""
    while True:
        try:
            async with app.db.reading() as session:
                now = app.now()
                late = await monitoring.lag(session, now)
                outbox = await monitoring.outbox(session, now)
        except Exception:
            log.exception("the engine could not be measured")
        else:
            telemetry.ENGINE_LAG.set(late)
            telemetry.OUTBOX_PENDING.set(outbox.pending)
            telemetry.OUTBOX_FAILED.set(outbox.failed)
        await asyncio.sleep(MEASURE_SECONDS)


@asynccontextmanager
async def job_context(
    settings: Settings, now: Callable[[], datetime] | None = None
) -> AsyncIterator[JobContext]:
    """The ports of a worker process, closed at the end."""
    redis = connect_redis(settings)
    publisher = Publisher(redis)
    db = Database.connect(settings, {"publisher": publisher})
    clock = DatabaseClock(db)
    queues = Queues.connect(settings)
    try:
        async with clock.running(), publisher.running():
            yield JobContext(
                settings=settings,
                db=db,
                queues=queues,
                mailer=make_mailer(settings),
                pusher=make_pusher(settings),
                storage=Storage(settings.s3),
                publisher=publisher,
                now=now or clock,
            )
    finally:
        await queues.close()
        await db.close()
        await redis.aclose()


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop` is set; jobs under way are finished or handed back."""
    async with job_context(settings) as app:
        workers = [
            _worker(
                app.queues.engine,
                (*TICKS, *CLEAN_UP, verify_clocks, fill_demo_data),
                app,
                concurrency=ENGINE_CONCURRENCY,
                cron_jobs=[
                    *(CronJob(job, cron="17 * * * *", timeout=600) for job in CLEAN_UP),
                    CronJob(verify_clocks, cron="7 3 * * *", timeout=CHECK_SECONDS),
                    # Goes on where a worker was killed; as a rule there is nothing.
                    CronJob(fill_demo_data, cron="* * * * *", timeout=DEMO_SECONDS),
                ],
            ),
            _worker(app.queues.mail, MAILS, app, concurrency=MAIL_CONCURRENCY),
        ]
        running = [asyncio.create_task(worker.start()) for worker in workers]
        beside = [asyncio.create_task(tick(app)), asyncio.create_task(stop.wait())]
        if settings.telemetry.endpoint:
            beside.append(asyncio.create_task(measure(app)))
        await asyncio.wait([*running, *beside], return_when=asyncio.FIRST_COMPLETED)
        for task in beside:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for worker in workers:
            worker.event.set()
        await asyncio.gather(*running)


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    telemetry.set_up(settings, "worker")

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await work(settings, stop)

    uvloop.run(run())
