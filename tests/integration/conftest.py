"""The real service, asked over its real API, with people of every role."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from sqlalchemy import text

from tracker.accounts import schemas
from tracker.accounts.service import UserService
from tracker.app import create_app
from tracker.context import JobContext
from tracker.db import Database, utc_now
from tracker.security import Role, sign
from tracker.settings import Settings
from tracker.worker import job_context

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


@dataclass
class Clock:
    """The present of the service; tests move it."""

    offset: dt.timedelta = field(default_factory=dt.timedelta)

    def __call__(self) -> dt.datetime:
        return utc_now() + self.offset

    def advance(self, **duration: float) -> None:
        """Let time pass."""
        self.offset += dt.timedelta(**duration)


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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
async def db(settings: Settings) -> AsyncIterator[Database]:
    database = Database.connect(settings)
    yield database
    await database.close()


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Litestar:
    return create_app(settings, now=clock)


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a token."""
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
async def jobs(settings: Settings, clock: Clock) -> AsyncIterator[dict[str, Any]]:
    """The context that a worker gives to jobs, on the tests' clock."""
    async with job_context(settings, now=clock) as context:
        yield {"app": context}


@pytest.fixture
def job_app(jobs: dict[str, Any]) -> JobContext:
    context: JobContext = jobs["app"]
    return context


Make = Callable[..., Any]


@pytest.fixture
async def make_person(
    app: Litestar, client: httpx.AsyncClient, db: Database, settings: Settings
) -> AsyncIterator[Make]:
    """Makes people: `await make_person(Role.AGENT)`."""
    clients: list[httpx.AsyncClient] = []

    async def make(role: Role = Role.AGENT, **fields: Any) -> Person:
        number = next(_numbers)
        name = fields.pop("name", f"{role.capitalize()} {number}")
        email = f"{role}-{number}-{utc_now().timestamp()}@example.com"
        async with db.transaction() as session:
            user = await UserService(session).invite(
                schemas.UserCreate(
                    email=email, name=name, role=role, password=PASSWORD, **fields
                ),
                utc_now(),
            )
        # Good for years: tests let days pass.
        expires_at = utc_now() + dt.timedelta(days=3650)
        token = sign(settings, "access", expires_at, sub=str(user.id))
        own = httpx.AsyncClient(
            transport=client._transport,
            base_url=client.base_url,
            headers={"Authorization": f"Bearer {token}"},
        )
        clients.append(own)
        return Person(str(user.id), name, email, own)

    yield make


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
            result = await session.execute(text(statement), parameters)
            return list(result.mappings()) if result.returns_rows else []

    return run
