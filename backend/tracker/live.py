"""Live changes: published after commit over Redis, heard by every web process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tracker.db import Executor, after_commit
from tracker.tasks import beside

log = logging.getLogger(__name__)

CHANNEL = "tracker:live"
# A client that is this many changes behind is cut off; it reloads on return.
BACKLOG = 1000
RECONNECT_SECONDS = 0.5


class Change(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something happened to an incident. It says what, never the content.

    Attributes:
        kind: Such as `incident.updated`.
        incident_id: Whose.
        number: Its number, such as `INC-1042`.
        at: When, RFC 3339.
        reporter_id: The only reporter who may hear of it.
        internal: Reporters must not hear of it at all.
        recipient_id: The only person who may hear of it.
    """

    kind: str
    incident_id: str
    number: str
    at: str
    reporter_id: str = ""
    internal: bool = False
    recipient_id: str = ""


class Publisher:
    """Tells every web process, in the background: no request waits for Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._changes: asyncio.Queue[Change] = asyncio.Queue()

    def put(self, change: Change) -> None:
        """Publish soon."""
        self._changes.put_nowait(change)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publish for as long as the context is open, then what is left."""
        try:
            async with beside(self._run()):
                yield
        finally:
            if not self._changes.empty():
                await self._publish(self._taken())

    async def _run(self) -> None:
        while True:
            first = await self._changes.get()
            await self._publish([first, *self._taken()])

    def _taken(self) -> list[Change]:
        taken = []
        while not self._changes.empty():
            taken.append(self._changes.get_nowait())
        return taken

    async def _publish(self, changes: list[Change]) -> None:
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for change in changes:
                    pipeline.publish(CHANNEL, msgspec.json.encode(change))
                await pipeline.execute()
        except (RedisError, OSError) as error:
            # A lost telling is made up for by the next load of the page.
            log.warning("live changes were not published: %s", error)


def announce(session: Executor, change: Change) -> None:
    """Publish a change once the transaction of `session` is committed."""
    publisher: Publisher | None = session.info.get("publisher")
    if publisher is not None:
        after_commit(session, partial(publisher.put, change))


class LiveHub:
    """One subscription of this process, fanned out to its clients."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._clients: set[asyncio.Queue[Change | None]] = set()

    @property
    def clients(self) -> int:
        """How many are listening here."""
        return len(self._clients)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for as long as the context is open, then let every client go."""
        try:
            async with beside(self._listen()):
                yield
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Let every client go, so that the server can stop."""
        for queue in self._clients:
            _put(queue, None)

    @asynccontextmanager
    async def listener(self) -> AsyncIterator[asyncio.Queue[Change | None]]:
        """A queue of changes; None means that the stream has ended."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(BACKLOG)
        self._clients.add(queue)
        try:
            yield queue
        finally:
            self._clients.discard(queue)

    async def _listen(self) -> None:
        decoder = msgspec.json.Decoder(Change)
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    async for message in pubsub.listen():
                        if message["type"] == "message":
                            self._spread(decoder.decode(message["data"]))
            except (RedisError, OSError) as error:
                log.warning("live changes are interrupted: %s", error)
                # Clients reconnect and reload: they may have missed something.
                self.hang_up()
                await asyncio.sleep(RECONNECT_SECONDS)

    def _spread(self, change: Change) -> None:
        for queue in self._clients:
            _put(queue, change)


def _put(queue: asyncio.Queue[Change | None], change: Change | None) -> None:
    try:
        queue.put_nowait(change)
    except asyncio.QueueFull:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
