"""Who is at a thing right now: kept in Redis until they leave or fall silent."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from redis.asyncio import Redis

from tracker.errors import Unavailable

# Pages say that they are open more often than this; who closed the lid is gone by then.
VIEWING_SECONDS = 45
# Pages repeat that somebody types more often than this.
BUSY_SECONDS = 10
ANSWER_SECONDS = 2.0


class Doing(enum.StrEnum):
    """What somebody does there, from least to most."""

    VIEWING = "viewing"
    EDITING = "editing"
    TYPING = "typing"


class Present(NamedTuple):
    """Somebody who is there, however many pages they have open.

    Attributes:
        user_id: Who.
        name: Their name, as it was when they came.
        state: The most that one of their pages does.
        until: When that is over unless they are heard of before.
    """

    user_id: UUID
    name: str
    state: Doing
    until: dt.datetime


class _Stay(msgspec.Struct, array_like=True):
    """One open page, by instants in seconds since 1970."""

    name: str
    until: float
    busy: Doing
    busy_until: float

    def state(self, now: float) -> tuple[Doing, float]:
        if self.busy_until > now:
            return self.busy, self.busy_until
        return Doing.VIEWING, self.until


_encode = msgspec.json.encode
_decoder = msgspec.json.Decoder(_Stay)


class Presence:
    """Everybody's open pages, the same for every web process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def stay(
        self,
        thing: UUID,
        person: tuple[UUID, str],
        page: str,
        doing: Doing,
        now: dt.datetime,
    ) -> tuple[list[Present], bool]:
        """Note that somebody has a page open, and what they do on it.

        Args:
            thing: What the page is about.
            person: Their id and name.
            page: Tells this page from others of the same person.
            doing: What they do.
            now: The present.

        Returns:
            Who is there, and whether that is news to the others.
        """
        user_id, name = person
        at = now.timestamp()
        busy_until = 0.0 if doing is Doing.VIEWING else at + BUSY_SECONDS
        stay = _Stay(name, at + VIEWING_SECONDS, doing, busy_until)
        key, field = _key(thing), _field(user_id, page)
        before, *_ = await self._ask(
            ("HGETALL", key),
            ("HSET", key, field, _encode(stay)),
            ("EXPIRE", key, VIEWING_SECONDS),
        )
        stays = _read(before)
        await self._forget(key, [name for name in stays if stays[name].until <= at])
        return _compare(stays, {**stays, field: stay}, now)

    async def leave(
        self, thing: UUID, user_id: UUID, page: str, now: dt.datetime
    ) -> bool:
        """Note that somebody has closed a page; tells whether that is news."""
        key, field = _key(thing), _field(user_id, page)
        before, _ = await self._ask(("HGETALL", key), ("HDEL", key, field))
        stays = _read(before)
        after = {name: stay for name, stay in stays.items() if name != field}
        return _compare(stays, after, now)[1]

    async def present(self, thing: UUID, now: dt.datetime) -> list[Present]:
        """Who is there, by name."""
        [found] = await self._ask(("HGETALL", _key(thing)))
        return _people(_read(found), now)

    async def _forget(self, key: str, fields: list[str]) -> None:
        """A page that is heard of again at this very moment says so again soon."""
        if fields:
            await self._ask(("HDEL", key, *fields))

    async def _ask(self, *commands: tuple[Any, ...]) -> list[Any]:
        """What Redis answers to commands that nobody gets in between of.

        Raises:
            Unavailable: It does not answer in time.
            RedisError: It is away.
        """
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                self._redis.pipeline(transaction=True) as pipeline,
            ):
                for command in commands:
                    pipeline.execute_command(*command)
                return list(await pipeline.execute())
        except TimeoutError as error:
            raise Unavailable(
                "Who else is here is not known now. Try again in a moment."
            ) from error


def _key(thing: UUID) -> str:
    return f"tracker:presence:{thing}"


def _field(user_id: UUID, page: str) -> str:
    return f"{user_id}:{page}"


def _read(found: Mapping[bytes, bytes]) -> dict[str, _Stay]:
    return {name.decode(): _decoder.decode(stay) for name, stay in found.items()}


def _compare(
    before: Mapping[str, _Stay], after: Mapping[str, _Stay], now: dt.datetime
) -> tuple[list[Present], bool]:
    was, people = _people(before, now), _people(after, now)
    return people, _shown(was) != _shown(people)


def _shown(people: Iterable[Present]) -> set[tuple[UUID, Doing]]:
    return {(person.user_id, person.state) for person in people}


_ORDER = list(Doing)


def _people(stays: Mapping[str, _Stay], now: dt.datetime) -> list[Present]:
    """Each person once, by what the busiest of their open pages does."""
    at = now.timestamp()
    best: dict[UUID, tuple[int, float, str]] = {}
    for field, stay in stays.items():
        if stay.until <= at:
            continue
        user_id = UUID(field.partition(":")[0])
        doing, until = stay.state(at)
        best[user_id] = max(
            best.get(user_id, (-1, 0.0, "")), (_ORDER.index(doing), until, stay.name)
        )
    return sorted(
        (
            Present(
                user_id, name, _ORDER[rank], dt.datetime.fromtimestamp(until, dt.UTC)
            )
            for user_id, (rank, until, name) in best.items()
        ),
        key=lambda person: (person.name, person.user_id),
    )
