"""What is neither a room nor a probe: live events, facts for the SPA, and its files."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Controller, Litestar, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from tracker.accounts.schemas import PASSWORD_MIN_LENGTH
from tracker.accounts.service import identity_of
from tracker.db import Database
from tracker.errors import NotFound
from tracker.live import Change, LiveHub
from tracker.openapi import document
from tracker.security import Identity
from tracker.web import (
    Caller,
    Config,
    Envelope,
    Now,
    docs_page,
    ok,
    signed_in,
    spa_file,
    spa_page,
)

PING_SECONDS = 15.0
VERSION = version("incident-sla-tracker")


class Meta(msgspec.Struct, kw_only=True):
    """Facts that the SPA needs before anybody has signed in."""

    name: str
    version: str
    server_time: dt.datetime
    max_upload_bytes: int
    password_min_length: int


class MetaController(Controller):
    """Facts about this installation."""

    path = "/meta"
    tags = ("Meta",)

    @get("/", operation_id="getMeta")
    async def meta(self, settings: Config, now: Now) -> Envelope[Meta]:
        """Name, version, limits, and the server's time."""
        return ok(
            Meta(
                name=settings.app_name,
                version=VERSION,
                server_time=now,
                max_upload_bytes=settings.uploads.max_bytes,
                password_min_length=PASSWORD_MIN_LENGTH,
            )
        )


def _event(name: str, data: Any) -> bytes:
    return (
        b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
    )


def _may_hear(caller: Identity, change: Change) -> bool:
    if change.recipient_id:
        return change.recipient_id == str(caller.user_id)
    if caller.is_agent:
        return True
    return not change.internal and change.reporter_id == str(caller.user_id)


async def _events(
    hub: LiveHub, db: Database, caller: Identity, clock: Callable[[], dt.datetime]
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    async with hub.listener() as changes:
        yield _event("hello", {"server_time": clock()})
        next_ping = loop.time() + PING_SECONDS
        while True:
            try:
                async with asyncio.timeout_at(next_ping):
                    change = await changes.get()
            except TimeoutError:
                # Who has lost their rights meanwhile hears no more.
                async with db.reading() as session:
                    current = await identity_of(session, caller.user_id)
                if current is None or current.role != caller.role:
                    return
                # Keeps proxies from closing, and finds out who has gone.
                yield _event("ping", {"server_time": clock()})
                next_ping = loop.time() + PING_SECONDS
                continue
            if change is None:
                return
            if _may_hear(caller, change):
                yield _event(
                    "change",
                    {
                        "kind": change.kind,
                        "incident_id": change.incident_id,
                        "number": change.number,
                        "at": change.at,
                    },
                )


class DocumentController(Controller):
    """The description of the API, and a page to read and try it."""

    include_in_schema = False

    @get("/openapi.json", media_type="application/json")
    async def openapi(self, request: Request[Any, Any, Any]) -> bytes:
        """The OpenAPI document."""
        return _document(request.app)

    @get("/docs")
    async def docs(self) -> Response[bytes]:
        """Swagger UI, from our own files."""
        return docs_page()


@lru_cache(maxsize=1)
def _document(app: Litestar) -> bytes:
    return msgspec.json.encode(document(app))


class EventController(Controller):
    """Live changes."""

    path = "/events"
    tags = ("Live",)
    guards = (signed_in,)

    @get("/", operation_id="streamEvents")
    async def events(
        self,
        hub: NamedDependency[LiveHub],
        db: NamedDependency[Database],
        clock: NamedDependency[Callable[[], dt.datetime]],
        caller: Caller,
    ) -> Stream:
        """Server-sent events: what changed, never its content; load what you show."""
        return Stream(
            _events(hub, db, caller, clock),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


class PageController(Controller):
    """The SPA: its files, and its page for every other address."""

    include_in_schema = False

    @get(["/", "/{path:path}"])
    async def page(
        self, request: Request[Any, Any, Any], path: FromPath[str] = "/"
    ) -> Response[bytes]:
        """A file of the SPA, or its page."""
        if path.startswith(("/api/", "/assets/", "/health/", "/saq/")):
            return _file(request, path)
        if "." in path.rpartition("/")[2]:
            return _file(request, path)
        return spa_page()


def _file(request: Request[Any, Any, Any], path: str) -> Response[bytes]:
    response = spa_file(path, request.headers.get("accept-encoding", ""))
    if response is None:
        raise NotFound("There is nothing at this address.")
    return response
