"""Who is asking, and whether they have asked this before."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.models import IdempotencyKey
from tracker.accounts.service import identify
from tracker.db import Acting, Database, acting
from tracker.errors import Invalid, Malformed
from tracker.security import API_TOKEN_PREFIX, Identity, digest
from tracker.settings import Settings
from tracker.web import identity_in

# A person who loses their rights loses them within this time on every process.
IDENTITY_SECONDS = 2.0
IDENTITIES = 10_000


class Authentication:
    """Middleware: puts the `Identity` of a bearer token into the scope.

    Who holds a token is remembered for two seconds, so that a client that sends many
    requests does not cost a query for each.
    """

    def __init__(
        self,
        app: ASGIApp,
        db: Database,
        settings: Settings,
        now: Callable[[], dt.datetime],
    ) -> None:
        self.app = app
        self._db = db
        self._settings = settings
        self._now = now
        self._known: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Identify the caller; guards decide what that allows."""
        if scope["type"] == ScopeType.HTTP:
            scope["user"], via = None, "browser"
            for name, value in scope["headers"]:
                if name == b"authorization" and value[:7].lower() == b"bearer ":
                    token = value[7:].decode("latin-1")
                    scope["user"] = await self._identity(token)
                    if token.startswith(API_TOKEN_PREFIX):
                        via = "api_token"
            caller: Identity | None = scope["user"]
            address = scope["client"][0] if scope["client"] else None
            with acting(Acting(via, caller.user_id if caller else None, address)):
                await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _identity(self, token: str) -> Identity | None:
        key = digest(token)
        known = self._known.get(key)
        if known and known[0] > time.monotonic():
            return known[1]
        async with self._db.reading() as session:
            identity = await identify(session, self._settings, token, self._now())
        if identity is None:
            self._known.pop(key, None)
        else:
            self._known[key] = (time.monotonic() + IDENTITY_SECONDS, identity)
            self._known.move_to_end(key)
            if len(self._known) > IDENTITIES:
                self._known.popitem(last=False)
        return identity


def is_keyed(request: Request[Any, Any, Any]) -> bool:
    """Whether `once` has anything to remember of this request."""
    return "idempotency-key" in request.headers


async def once(
    request: Request[Any, Any, Any],
    session: AsyncSession,
    act: Callable[[], Awaitable[Response[Any]]],
) -> Response[Any]:
    """Run `act`, unless a request with the same Idempotency-Key has run already.

    The key is stored in the transaction of `session`: together with what was done, or
    not at all. A second request that comes while the first is under way waits for it.

    Raises:
        Invalid: The key was used for another request.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return await act()
    if not 1 <= len(key) <= 200:
        raise Malformed(
            "Idempotency-Key must have 1 to 200 characters.", field="Idempotency-Key"
        )
    user_id = identity_in(request).user_id
    body = (
        b""
        if "multipart" in request.headers.get("content-type", "")
        else (await request.body())
    )
    fingerprint = hashlib.sha256(
        request.method.encode() + request.url.path.encode() + b"\0" + body
    ).digest()
    row = {"user_id": user_id, "key": key, "request_hash": fingerprint}
    inserted = await session.scalar(
        insert(IdempotencyKey)
        .values(row)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    stored = await session.get_one(IdempotencyKey, (user_id, key))
    if inserted is None:
        if stored.request_hash != fingerprint:
            raise Invalid(
                "This Idempotency-Key was used for another request; take a new one.",
                code="idempotency_key_reused",
            )
        return Response(
            stored.answer,
            status_code=stored.status or 200,
            headers={"Idempotent-Replay": "true"},
        )
    response = await act()
    stored.status = response.status_code
    stored.answer = msgspec.to_builtins(response.content)
    await session.flush()
    return response
