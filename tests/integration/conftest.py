"""The real service, asked over its real API, with people of every role."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text

from tracker.accounts.models import User
from tracker.app import create_app
from tracker.context import JobContext
from tracker.db import Database, fetch_all, fetch_one, new_id, utc_now
from tracker.notifications.jobs import send_message
from tracker.security import Role, hash_password, sign
from tracker.settings import Settings
from tracker.sla.clock import ClockState
from tracker.sla.jobs import check_sla_breaches
from tracker.sla.ledger import read_ledger
from tracker.worker import job_context

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


@dataclass
class Clock:
    """The present of the service; tests move it."""

    offset: dt.timedelta = field(default_factory=dt.timedelta)
    pinned: dt.datetime | None = None

    def __call__(self) -> dt.datetime:
        return self.pinned or utc_now() + self.offset

    def pin(self, at: dt.datetime | None = None) -> dt.datetime:
        """Stand still, at `at` or in the present, until somebody advances it."""
        self.pinned = at or self()
        return self.pinned

    def advance(self, **duration: float) -> None:
        """Let time pass."""
        self.offset += dt.timedelta(**duration)
        if self.pinned:
            self.pinned += dt.timedelta(**duration)


def bearing(client: httpx.AsyncClient, token: str) -> httpx.AsyncClient:
    """Another client of the same service, with a token."""
    return httpx.AsyncClient(
        transport=client._transport,
        base_url=client.base_url,
        headers={"Authorization": f"Bearer {token}"},
    )


@dataclass
class Person:
    """Somebody who asks; `get`, `post`, … carry their token."""

    id: str
    name: str
    email: str
    client: httpx.AsyncClient

    async def ask(
        self, method: str, path: str, *, expect: int | None = None, **options: Any
    ) -> httpx.Response:
        """Ask the API; with `expect`, any other status fails the test."""
        response = await self.client.request(method, f"/api/v1{path}", **options)
        if expect is not None:
            assert response.status_code == expect, response.text
        return response

    async def data(
        self, method: str, path: str, *, expect: int = 200, **options: Any
    ) -> Any:
        """The `data` of a good answer."""
        response = await self.ask(method, path, expect=expect, **options)
        return response.json()["data"]

    async def create(self, **fields: Any) -> Any:
        """A new incident of theirs."""
        body = {"title": "Disk full on db-3", "priority": "critical", **fields}
        return await self.data("POST", "/incidents", expect=201, json=body)

    async def say(self, incident: Any, content: str, **fields: Any) -> Any:
        """A new comment of theirs."""
        path = f"/incidents/{incident['id']}/comments"
        body = {"content": content, **fields}
        return await self.data("POST", path, expect=201, json=body)

    async def attach(
        self, incident: Any, content: bytes, name: str = "notes.txt"
    ) -> Any:
        """A new file of theirs."""
        path = f"/incidents/{incident['id']}/attachments"
        files = {"file": (name, content)}
        return await self.data("POST", path, expect=201, files=files)

    async def pages(self, path: str, **query: Any) -> list[list[Any]]:
        """Every page of a list, by its cursors."""
        pages = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.data(
                "GET", path, params={**query, **({"cursor": cursor} if cursor else {})}
            )
            pages.append(page["items"])
            cursor = page["next_cursor"]
        return pages


@asynccontextmanager
async def serving(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """The app in this event loop, so that requests can run side by side."""
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        # Begins and ends in one task, as a server does it.
        try:
            async with app.lifespan():
                started.set()
                await stop.wait()
        finally:
            started.set()

    life = asyncio.create_task(live())
    await started.wait()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]
    try:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://tracker.example"
        ) as client:
            yield client
    finally:
        stop.set()
        await life


@pytest.fixture(scope="session")
def present() -> Clock:
    """The clock of the one service that all tests ask."""
    return Clock()


@pytest.fixture
def clock(present: Clock) -> Iterator[Clock]:
    """The present of the service, back at the real one after the test."""
    yield present
    present.offset, present.pinned = dt.timedelta(), None


@pytest.fixture(scope="session")
async def db(settings: Settings) -> AsyncIterator[Database]:
    database = Database.connect(settings)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def app(settings: Settings, present: Clock) -> Litestar:
    return create_app(settings, now=present)


@pytest.fixture(scope="session")
async def service(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """The one service that all tests ask: making it takes longer than most of them."""
    async with serving(app) as client:
        yield client


@pytest.fixture
async def client(service: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a token and with cookies of their own."""
    async with httpx.AsyncClient(
        transport=service._transport, base_url=service.base_url
    ) as client:
        yield client


@pytest.fixture
async def jobs(
    settings: Settings, clock: Clock, db: Database
) -> AsyncIterator[dict[str, Any]]:
    """The context that a worker gives to jobs, on the tests' clock.

    What other tests left to do is put aside: an hour later all their incidents would
    be breached, and every administrator told of each.
    """
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE sla_clocks SET due_at = NULL, mark_due_at = NULL")
        )
        await session.execute(text("DELETE FROM outbox WHERE status = 'pending'"))
    async with job_context(settings, now=clock) as context:
        await context.queues.mail.redis.flushdb()  # type: ignore[attr-defined]
        yield {"app": context}


@pytest.fixture
def job_app(jobs: dict[str, Any]) -> JobContext:
    context: JobContext = jobs["app"]
    return context


Make = Callable[..., Any]


@cache
def known_hash() -> str:
    """Of `PASSWORD`, made once: hashing is slow by design."""
    return hash_password(PASSWORD)


@pytest.fixture
async def make_person(
    app: Litestar, client: httpx.AsyncClient, db: Database, settings: Settings
) -> Make:
    """Makes people of any role."""

    async def make(role: Role = Role.AGENT, **fields: Any) -> Person:
        number = next(_numbers)
        name = fields.pop("name", f"{role.capitalize()} {number}")
        address = f"{role}-{number}-{utc_now().timestamp()}@example.com"
        async with db.transaction() as session:
            user = User(
                id=new_id(),
                email=address,
                name=name,
                role=role,
                password_hash=known_hash(),
                **fields,
            )
            session.add(user)
        # Good for years: tests let days pass.
        expires_at = utc_now() + dt.timedelta(days=3650)
        token = sign(settings, "access", expires_at, sub=str(user.id))
        return Person(str(user.id), name, address, bearing(client, token))

    return make


@pytest.fixture
async def agent(make_person: Make) -> Any:
    return await make_person(Role.AGENT)


@pytest.fixture
async def manager(make_person: Make) -> Any:
    return await make_person(Role.MANAGER)


@pytest.fixture
async def administrator(make_person: Make) -> Any:
    return await make_person(Role.ADMINISTRATOR)


@pytest.fixture
async def reporter(make_person: Make) -> Any:
    return await make_person(Role.REPORTER)


@pytest.fixture
async def run_sql(db: Database) -> Callable[..., Any]:
    """Look into the database: rows of a statement as mappings."""

    async def run(statement: str, **parameters: Any) -> list[Any]:
        async with db.reading() as session:
            result: Any = await session.execute(text(statement), parameters)
            return list(result.mappings()) if result.returns_rows else []

    return run


ReadMail = Callable[[str, str], Awaitable[EmailMessage]]


@pytest.fixture
async def read_mail(
    run_sql: Callable[..., Any], jobs: dict[str, Any], settings: Settings
) -> ReadMail:
    """The newest mail of a kind to an address, delivered as a file."""

    async def read(recipient: str, kind: str) -> EmailMessage:
        rows = await run_sql(
            "SELECT id FROM outbox WHERE recipient = :recipient AND kind = :kind"
            " ORDER BY created_at DESC, id DESC",
            recipient=recipient,
            kind=kind,
        )
        await send_message(jobs, outbox_id=str(rows[0]["id"]))
        file = settings.data_dir / "mail" / f"{rows[0]['id']}.eml"
        return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)

    return read


@pytest.fixture
async def assert_stored_equals_replay(
    db: Database, jobs: dict[str, Any], clock: Clock
) -> Callable[[dict[str, Any]], Any]:
    """After a sweep, the columns of an incident say what its ledger says."""

    async def check(incident: dict[str, Any]) -> None:
        await check_sla_breaches(jobs)
        incident_id = UUID(incident["id"])
        async with db.reading() as session:
            state = (await read_ledger(session, incident_id)).state(clock())
            rows = await fetch_all(
                session,
                "SELECT * FROM sla_clocks WHERE incident_id = :id",
                id=incident_id,
            )
            summary = await fetch_one(
                session, "SELECT * FROM slas WHERE incident_id = :id", id=incident_id
            )
        assert summary is not None
        for row in rows:
            _assert_clock(row, state.clocks[row.kind])
        response = state.clocks["response"]
        resolution = state.clocks["resolution"]
        expected = {
            "status": str(state.status),
            "at_risk": state.at_risk,
            "next_deadline": state.next_deadline,
            "response_deadline": response.deadline,
            "resolution_deadline": resolution.deadline,
            "response_at": state.response_at,
            "paused_at": state.paused_at,
        }
        if not state.pauses:
            expected["paused_duration"] = max(response.paused, resolution.paused)
        assert {name: getattr(summary, name) for name in expected} == expected

    return check


def _assert_clock(row: Any, clock: ClockState) -> None:
    running = clock.status == "running"
    expected: dict[str, Any] = {
        "status": str(clock.status),
        "cycle": clock.cycle,
        "target": clock.target,
        "started_at": clock.started_at,
        "deadline": clock.deadline,
        "warn_at": clock.warn_at,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "ever_breached": clock.ever_breached,
        "due_at": clock.deadline if running else None,
    }
    if clock.deadline is None or clock.stopped_at:
        expected["remaining"] = clock.remaining
    assert {name: getattr(row, name) for name in expected} == expected
    # A warning is due, or it was given, or there is none to give.
    assert row.mark_due_at in (None, *clock.marks)
