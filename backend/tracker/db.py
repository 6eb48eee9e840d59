"""PostgreSQL: the pool, the transaction of a request, and what tables share."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from alembic import command
from alembic.config import Config
from sqlalchemy import Row, TextClause, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from tracker.settings import Settings
from tracker.telemetry import trace_statements

Timestamp = TIMESTAMP(timezone=True)
AfterCommit = Callable[[], None]

_HERE = Path(__file__).parent
# In a wheel the migrations lie inside the package, in a checkout at the top.
MIGRATIONS = next(
    path
    for path in (_HERE / "migrations", _HERE.parents[1] / "migrations")
    if (path / "env.py").exists()
)


def utc_now() -> dt.datetime:
    """The clock of production; tests and jobs hand over their own."""
    return dt.datetime.now(dt.UTC)


def new_id() -> UUID:
    """A UUIDv7: unique everywhere, and in the order of its making."""
    return uuid7()


class Base(DefaultBase):
    """Declarative base of every table."""

    __abstract__ = True


class Audited:
    """When a row was made and last changed."""

    created_at: Mapped[dt.datetime] = mapped_column(
        Timestamp, server_default=func.now(), sort_order=900
    )
    updated_at: Mapped[dt.datetime] = mapped_column(
        Timestamp, server_default=func.now(), onupdate=func.now(), sort_order=901
    )


class Identified(Audited):
    """A UUIDv7 key and the audit columns."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


@dataclass(frozen=True)
class Database:
    """A pool of connections and the two ways to use it."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    reads: async_sessionmaker[AsyncSession]

    @classmethod
    def connect(
        cls, settings: Settings, info: Mapping[str, Any] | None = None
    ) -> Database:
        """Make the pool; the first connection is opened on first use.

        Args:
            settings: Where, and how many connections.
            info: What each session carries along for its callbacks.
        """
        engine = create_async_engine(
            settings.database.url,
            pool_size=settings.database.pool_size,
            max_overflow=settings.database.pool_size,
            pool_timeout=10,
            pool_pre_ping=False,
            # Errors go to the log; passwords and people's words do not.
            hide_parameters=True,
            connect_args={
                "options": "-c timezone=utc -c statement_timeout=30000"
                " -c idle_in_transaction_session_timeout=60000",
                "connect_timeout": 10,
            },
        )
        if settings.telemetry.endpoint:
            trace_statements(engine)
        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        options: dict[str, Any] = {
            "expire_on_commit": False,
            "autoflush": False,
            "info": dict(info or {}),
        }
        return cls(
            engine,
            async_sessionmaker(engine, **options),
            async_sessionmaker(autocommit, **options),
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction; what was noted by `after_commit` runs when it has ended.

        A failed commit raises here, before an answer has left.
        """
        async with self.sessions() as session:
            async with session.begin():
                yield session
            for callback in session.info.pop("after_commit", ()):
                callback()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Single statements outside a transaction: one round trip each."""
        async with self.reads() as session:
            yield session

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def after_commit(session: AsyncSession, callback: AfterCommit) -> None:
    """Run `callback` once the transaction of `session` is committed.

    It must not fail and not wait: what it does is a hint, the truth is stored.
    """
    session.info.setdefault("after_commit", []).append(callback)


@lru_cache(maxsize=512)
def sql(statement: str) -> TextClause:
    """A statement in SQL with `:name` parameters, compiled once."""
    return text(statement)


async def fetch_all(
    session: AsyncSession, statement: str, **parameters: Any
) -> list[Row[Any]]:
    """All rows of a statement."""
    result = await session.execute(sql(statement), parameters)
    return list(result.all())


async def fetch_one(
    session: AsyncSession, statement: str, **parameters: Any
) -> Row[Any] | None:
    """The only row of a statement, or None."""
    return (await session.execute(sql(statement), parameters)).one_or_none()


async def execute(session: AsyncSession, statement: str, **parameters: Any) -> int:
    """Run a statement that changes rows; tells how many."""
    result: Any = await session.execute(sql(statement), parameters)
    return int(result.rowcount)


def alembic_config(database_url: str) -> Config:
    """Alembic on our migrations and the given database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    return config


def migrate(settings: Settings, revision: str = "head") -> None:
    """Bring the schema up to `revision`; harmless when it is there already."""
    command.upgrade(alembic_config(settings.database.url), revision)
