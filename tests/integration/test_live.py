"""Live changes, heard over HTTP from a server of its own: two web processes."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from tests.integration.conftest import Clock, Make, Person
from tracker import pages
from tracker.accounts.service import identity_of
from tracker.app import create_app
from tracker.db import Database, utc_now
from tracker.embedded import DataDirectory, Valkey
from tracker.live import LiveHub
from tracker.queue import connect_redis
from tracker.security import Role
from tracker.settings import Secret, Settings
from tracker.sla.jobs import check_sla_breaches

PATIENCE = 20.0


class Stream:
    """The events of one listener."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, dict[str, Any]] | None:
        """The next event and its data; None when the stream has ended."""
        event = ""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    return event, json.loads(value)
        return None

    async def until(self, incident: dict[str, Any], kind: str) -> list[str]:
        """What is told of an incident, up to an event of this kind."""
        kinds: list[str] = []
        while not kinds or kinds[-1] != kind:
            told = await self.next()
            assert told, "the stream has ended"
            event, data = told
            if event == "change" and data["incident_id"] == incident["id"]:
                assert data["number"] == incident["number"]
                kinds.append(data["kind"])
        return kinds


@asynccontextmanager
async def web_process(app: Litestar) -> AsyncIterator[str]:
    """A server that streams; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    serving = asyncio.create_task(server.serve())
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient() as client, asyncio.timeout(PATIENCE):
        while True:
            try:
                await client.get(f"{url}/health/live")
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
    try:
        yield url
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await serving


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with web_process(create_app(settings)) as address:
        yield address


@asynccontextmanager
async def listening(url: str, person: Person) -> AsyncIterator[Stream]:
    async with (
        httpx.AsyncClient(headers=person.client.headers, timeout=None) as client,
        client.stream("GET", f"{url}/api/v1/events") as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = Stream(response)
        hello = await stream.next()
        assert hello
        assert hello[0] == "hello"
        assert "server_time" in hello[1]
        yield stream


async def test_a_stranger_hears_nothing(url: str) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{url}/api/v1/events")
    assert response.status_code == 401


async def test_an_agent_hears_of_every_change_to_every_incident(
    url: str, agent: Person, manager: Person, reporter: Person
) -> None:
    async with listening(url, agent) as stream:
        incident = await reporter.create()
        path = f"/incidents/{incident['id']}"
        for internal in (False, True):
            await manager.data(
                "POST",
                f"{path}/comments",
                expect=201,
                json={"content": "Look at this", "is_internal": internal},
            )
        sla = f"/slas/{incident['sla']['id']}"
        await manager.data("PATCH", f"{sla}/pause", json={"reason": "other"})
        await manager.data("PATCH", f"{sla}/resume")
        await manager.data("POST", f"{path}/resolve")
        await manager.ask("DELETE", path, expect=204)
        assert await stream.until(incident, "incident.deleted") == [
            "incident.created",
            "comment.created",
            "comment.created",
            "sla.changed",
            "sla.changed",
            "incident.updated",
            "incident.deleted",
        ]


async def test_a_reporter_hears_of_their_own_and_never_of_an_internal_note(
    url: str, agent: Person, reporter: Person, make_person: Make
) -> None:
    other = await make_person(Role.REPORTER)
    async with listening(url, reporter) as stream:
        theirs = await other.create()
        own = await reporter.create()
        for incident in (theirs, own):
            path = f"/incidents/{incident['id']}"
            for internal in (True, False):
                await agent.data(
                    "POST",
                    f"{path}/comments",
                    expect=201,
                    json={"content": "Look at this", "is_internal": internal},
                )
            await agent.data("POST", f"{path}/resolve")
        told: list[tuple[str, str]] = []
        while len(told) < 3:
            event = await stream.next()
            assert event
            if event[1]["kind"] != "inbox.changed":
                told.append((event[1]["incident_id"], event[1]["kind"]))
    assert told == [
        (own["id"], "incident.created"),
        (own["id"], "comment.created"),
        (own["id"], "incident.updated"),
    ]


async def test_an_event_says_what_happened_and_never_the_content(
    url: str, agent: Person
) -> None:
    async with listening(url, agent) as stream:
        incident = await agent.create(title="Secret merger")
        while True:
            event = await stream.next()
            assert event
            if event[1]["incident_id"] == incident["id"]:
                break
    assert event[1].keys() == {"kind", "incident_id", "number", "at"}


async def test_a_warning_and_a_breach_are_heard_when_the_sweep_finds_them(
    url: str, agent: Person, clock: Clock, jobs: dict[str, Any]
) -> None:
    incident = await agent.create()
    async with listening(url, agent) as stream:
        clock.advance(hours=1, seconds=1)
        await check_sla_breaches(jobs)
        assert await stream.until(incident, "sla.breached") == [
            "sla.warned",
            "sla.breached",
        ]


async def test_what_is_refused_is_not_told(url: str, agent: Person) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['id']}"
    async with listening(url, agent) as stream:
        await agent.ask("POST", f"{path}/reopen", expect=409)
        await agent.data("POST", f"{path}/acknowledge")
        await agent.data("POST", f"{path}/resolve")
        await agent.data("POST", f"{path}/close")
        told = [await stream.until(incident, "incident.updated") for _ in range(3)]
    assert told == [["incident.updated"]] * 3


async def test_a_listener_who_leaves_is_forgotten(
    settings: Settings, agent: Person
) -> None:
    app = create_app(settings)
    hub: Any = await app.dependencies["hub"]()
    async with web_process(app) as url:
        for _ in range(3):
            async with listening(url, agent):
                assert hub.clients == 1
            await agent.create()
            async with asyncio.timeout(PATIENCE):
                while hub.clients:
                    await agent.create()
                    await asyncio.sleep(0.05)


# --- Redis goes away and comes back ---------------------------------------------------


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A Redis of the test's own, to be stopped and started."""
    tmp_path.chmod(0o700)
    service = Valkey(DataDirectory(tmp_path))
    service.start()
    service.wait()
    yield service
    service.child.stop(5)


async def test_streams_end_with_redis_and_come_back_with_it(
    settings: Settings, valkey: Valkey, agent: Person, make_person: Callable[..., Any]
) -> None:
    address = Secret(valkey.environment["REDIS_URL"])
    own = msgspec.structs.replace(settings, redis_url=address)
    async with web_process(create_app(own)) as url:
        writer = httpx.AsyncClient(
            base_url=f"{url}/api/v1", headers=agent.client.headers
        )
        async with writer, listening(url, agent) as stream:
            valkey.child.stop(5)
            while await stream.next():
                pass
            # What is done meanwhile is stored; it is heard of on the next load.
            made = await writer.post("/incidents", json={"title": "While away"})
            assert made.status_code == 201
            valkey.child.start()
            valkey.wait()
            await hears_again(url, agent, writer)


async def hears_again(url: str, person: Person, writer: httpx.AsyncClient) -> None:
    """A listener that comes back, as browsers do, hears of what happens then."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with listening(url, person) as stream:
                await asyncio.sleep(0.2)
                made = await writer.post("/incidents", json={"title": "Afterwards"})
                event = await stream.next()
                if event and event[1].get("incident_id") == made.json()["data"]["id"]:
                    return


async def test_a_stream_ends_when_its_listener_has_lost_their_rights(
    administrator: Person,
    agent: Person,
    db: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "PING_SECONDS", 0.02)
    async with db.reading() as session:
        identity = await identity_of(session, UUID(agent.id))
    assert identity is not None
    hub = LiveHub(connect_redis(settings))
    stream = pages._events(hub, db, identity, utc_now)
    assert b"hello" in await anext(stream)
    assert b"ping" in await anext(stream)
    await administrator.data("PATCH", f"/users/{agent.id}", json={"is_active": False})
    async with asyncio.timeout(10):
        async for _ in stream:
            pass
    assert hub.clients == 0
