"""PostgreSQL: the pool, the transaction of a request, and what tables share."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import msgspec
from advanced_alchemy.base import DefaultBase
from psycopg import AsyncConnection, AsyncCursor
from psycopg import Error as DriverError
from psycopg.pq import TransactionStatus
from psycopg.rows import RowMaker, namedtuple_row
from psycopg.types import TypeInfo
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextBinaryLoader
from sqlalchemy import TextClause, create_engine, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from tracker.settings import Settings
from tracker.tasks import beside
from tracker.telemetry import statement_span, trace_statements

if TYPE_CHECKING:
    from alembic.config import Config

# Several times as fast as the driver's own choice.
set_json_loads(msgspec.json.decode)

Timestamp = TIMESTAMP(timezone=True)
AfterCommit = Callable[[], None]
log = logging.getLogger(__name__)

_HERE = Path(__file__).parent
# In a wheel the migrations lie inside the package, in a checkout at the top.
MIGRATIONS = next(
    path
    for path in (_HERE / "migrations", _HERE.parents[1] / "migrations")
    if (path / "env.py").exists()
)


def utc_now() -> dt.datetime:
    """The clock of this host: for what one process does by itself."""
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


CONNECT: dict[str, Any] = {
    "options": "-c timezone=utc -c statement_timeout=30000"
    " -c idle_in_transaction_session_timeout=60000",
    "connect_timeout": 10,
}
POOL_TIMEOUT = 10.0


@dataclass(frozen=True)
class Acting:
    """On whose behalf something is done, by what way, and from where."""

    via: str
    actor_id: UUID | None = None
    address: str | None = None


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(who: Acting) -> Iterator[None]:
    """Let the transactions of a block know who acts: the audit log asks them.

    What nobody acts in is done by the service itself.
    """
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


_TELL_WHO = """
SELECT set_config('tracker.actor', :actor, true), set_config('tracker.via', :via, true),
       set_config('tracker.address', :address, true)
"""


class _Kept:
    """A connection, with a cursor for each of the statements that it ran last.

    A cursor that runs its statement again knows already how to write the parameters and
    how to read each column.
    """

    STATEMENTS = 8

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self.connection = connection
        self._cursors: dict[str, AsyncCursor[Any]] = {}

    def cursor(self, statement: str) -> AsyncCursor[Any]:
        cursor = self._cursors.pop(statement, None)
        if cursor is None:
            cursor = self.connection.cursor(row_factory=_rows_of(statement))
            if len(self._cursors) == self.STATEMENTS:
                del self._cursors[next(iter(self._cursors))]
        self._cursors[statement] = cursor
        return cursor


class Direct:
    """Single statements straight through the driver, each a transaction of its own.

    For the requests that come most often: a session costs several times as much as the
    statement that it carries. Connections are kept, and with them the statements that
    PostgreSQL has prepared.
    """

    def __init__(
        self, engine: AsyncEngine, size: int, info: Mapping[str, Any] | None = None
    ) -> None:
        _, self._address = engine.dialect.create_connect_args(engine.url)
        self.info = info or {}
        self._free = asyncio.Semaphore(size)
        self._idle: list[_Kept] = []

    async def fetch(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        """All rows of a statement with `:name` parameters, as named tuples.

        Raises:
            DBAPIError: Or one of its subclasses, as from a session.
        """
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        kept = None
        try:
            kept = self._idle.pop() if self._idle else _Kept(await self._connect())
            cursor = kept.cursor(statement)
            with statement_span(statement):
                await cursor.execute(for_driver(statement), parameters, binary=True)
                # Not `description`, which would describe each column at length.
                result = cursor.pgresult
                return await cursor.fetchall() if result and result.nfields else []
        except DriverError as error:
            raise DBAPIError.instance(
                statement, None, error, DriverError, hide_parameters=True
            ) from error
        finally:
            if kept is not None:
                await self._give_back(kept)
            self._free.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POOL_TIMEOUT):
                await self._free.acquire()
        except TimeoutError as error:
            raise PoolTimeout("no connection became free") from error

    async def _connect(self) -> AsyncConnection[Any]:
        connection = await AsyncConnection.connect(
            **self._address, **CONNECT, autocommit=True
        )
        # The driver has not heard of this type, and would hand out its bytes.
        citext = await TypeInfo.fetch(connection, "citext")
        if citext:
            connection.adapters.register_loader(citext.oid, TextBinaryLoader)
        return connection

    async def _give_back(self, kept: _Kept) -> None:
        if kept.connection.info.transaction_status == TransactionStatus.IDLE:
            self._idle.append(kept)
        else:
            # When one is broken, the server was away, and the others are no better.
            for broken in (kept, *self._idle):
                await broken.connection.close()
            self._idle.clear()

    async def close(self) -> None:
        """Close every connection."""
        while self._idle:
            await self._idle.pop().connection.close()


Executor: TypeAlias = AsyncSession | Direct
"""What runs a statement: a transaction, or the driver at once."""


@lru_cache(maxsize=512)
def for_driver(statement: str) -> bytes:
    """A statement with `:name` parameters as the driver writes them."""
    return re.sub(r"(?<![:\w]):(\w+)", r"%(\1)s", statement.replace("%", "%%")).encode()


@dataclass(frozen=True)
class Database:
    """Pools of connections and the ways to use them."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    reads: async_sessionmaker[AsyncSession]
    direct: Direct

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
            connect_args=CONNECT,
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
            Direct(engine, settings.database.pool_size, options["info"]),
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction; what was noted by `after_commit` runs when it has ended.

        A failed commit raises here, before an answer has left.
        """
        async with self.sessions() as session:
            async with session.begin():
                if who := _acting.get():
                    await _tell_who(session, who)
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
        await self.direct.close()
        await self.engine.dispose()


async def _tell_who(session: AsyncSession, who: Acting) -> None:
    await session.execute(
        sql(_TELL_WHO),
        {
            "actor": str(who.actor_id or ""),
            "via": who.via,
            "address": who.address or "",
        },
    )


@lru_cache(maxsize=512)
def _rows_of(statement: str) -> Callable[[AsyncCursor[Any]], RowMaker[Any]]:
    """Rows of a statement as named tuples; their names are looked up once."""
    maker: RowMaker[Any] | None = None

    def factory(cursor: AsyncCursor[Any]) -> RowMaker[Any]:
        nonlocal maker
        if cursor.pgresult is None or not cursor.pgresult.nfields:
            return namedtuple_row(cursor)
        if maker is None:
            maker = namedtuple_row(cursor)
        return maker

    return factory


class DatabaseClock:
    """The present by the clock of the database, so that drift of hosts does no harm.

    The database is asked now and then; in between the host's count of seconds goes on,
    which no setting of its clock can move.
    """

    REFRESH_SECONDS = 10.0

    def __init__(
        self, db: Database, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._db = db
        self._seconds = seconds
        # What the database's clock would show at zero of our count.
        self._zero = utc_now() - dt.timedelta(seconds=seconds())

    def __call__(self) -> dt.datetime:
        """The present."""
        return self._zero + dt.timedelta(seconds=self._seconds())

    async def set(self) -> None:
        """Ask the database what time it is.

        Raises:
            DBAPIError: It does not answer.
        """
        asked = self._seconds()
        [row] = await self._db.direct.fetch("SELECT clock_timestamp() AS now", {})
        # It looked at its clock some time between question and answer. Where our own
        # count agrees with that it stays: a slow answer proves nothing better.
        earliest = row.now - dt.timedelta(seconds=self._seconds())
        latest = row.now - dt.timedelta(seconds=asked)
        self._zero = min(max(self._zero, earliest), latest)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the database for as long as the context is open."""
        await self._try_to_set()
        async with beside(self._follow()):
            yield

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self.REFRESH_SECONDS)
            await self._try_to_set()

    async def _try_to_set(self) -> None:
        try:
            await self.set()
        except SQLAlchemyError as error:
            # It goes on as it went; readiness tells that the database is away.
            log.warning("the database does not tell the time: %s", error)


def after_commit(session: Executor, callback: AfterCommit) -> None:
    """Run `callback` once the transaction of `session` is committed.

    It must not fail and not wait: what it does is a hint, the truth is stored.
    """
    if isinstance(session, Direct):
        callback()
    else:
        session.info.setdefault("after_commit", []).append(callback)


async def undo(session: AsyncSession) -> None:
    """Take back what the transaction did, as after a trial: nothing is kept or told."""
    session.info.pop("after_commit", None)
    await session.rollback()


@asynccontextmanager
async def attempt(session: AsyncSession) -> AsyncIterator[None]:
    """A savepoint: what fails inside is neither kept nor told, what came before is."""
    told = len(session.info.get("after_commit", ()))
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        del session.info.get("after_commit", [])[told:]
        raise


@lru_cache(maxsize=512)
def sql(statement: str) -> TextClause:
    """A statement in SQL with `:name` parameters, compiled once."""
    return text(statement)


async def fetch_all(executor: Executor, statement: str, **parameters: Any) -> list[Any]:
    """All rows of a statement."""
    if isinstance(executor, Direct):
        return await executor.fetch(statement, parameters)
    result = await executor.execute(sql(statement), parameters)
    return list(result.all())


async def fetch_one(
    executor: Executor, statement: str, **parameters: Any
) -> Any | None:
    """The only row of a statement, or None."""
    if isinstance(executor, Direct):
        rows = await executor.fetch(statement, parameters)
        return rows[0] if rows else None
    return (await executor.execute(sql(statement), parameters)).one_or_none()


async def execute(session: AsyncSession, statement: str, **parameters: Any) -> int:
    """Run a statement that changes rows; tells how many."""
    result: Any = await session.execute(sql(statement), parameters)
    return int(result.rowcount)


def alembic_config(database_url: str) -> Config:
    """Alembic on our migrations and the given database."""
    from alembic.config import Config  # noqa: PLC0415  (only migrations need it)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    return config


def migrate(settings: Settings, revision: str = "head") -> None:
    """Bring the schema up to `revision`; harmless when it is there already."""
    from alembic import command  # noqa: PLC0415

    command.upgrade(alembic_config(settings.database.url), revision)


def plan(settings: Settings, revision: str = "head") -> str:
    """The SQL that `migrate` would run; empty when the schema is there already."""
    from alembic import command  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = alembic_config(settings.database.url)
    engine = create_engine(settings.database.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        current = context.get_current_revision()
    engine.dispose()
    wanted = ScriptDirectory.from_config(config).get_revision(revision)
    if wanted.revision == current:
        return ""
    config.output_buffer = pending = StringIO()
    command.upgrade(config, f"{current or 'base'}:{revision}", sql=True)
    return pending.getvalue()
