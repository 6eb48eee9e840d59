"""A real push service for tests, and browsers that subscribe to it."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tracker.push import from_base64

CURVE = ec.SECP256R1()


def to_base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Browser:
    """Somebody's browser, which alone can read what is sent to it."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(CURVE)
    )
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    shown: list[Any] = field(default_factory=list)
    answer: int = 201

    @property
    def subscription(self) -> dict[str, str]:
        """What its push manager hands to the page."""
        point = self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return {
            "endpoint": self.endpoint,
            "p256dh": to_base64(point),
            "auth": to_base64(self.secret),
            "name": "Firefox on Linux",
        }

    def read(self, body: bytes) -> Any:
        """Decrypt what came."""
        plain = http_ece.decrypt(
            body,
            private_key=self.key,
            auth_secret=self.secret,
            version="aes128gcm",
        )
        return json.loads(plain)


class PushService:
    """Takes messages that are signed with the key its browsers subscribed with."""

    def __init__(self) -> None:
        self.origin = ""
        self.public_key = ""
        self.browsers: dict[str, Browser] = {}
        self.headers: list[Any] = []
        self._numbers = itertools.count(1)

    def browser(self) -> Browser:
        path = f"/send/{next(self._numbers)}"
        browser = Browser(f"{self.origin}{path}")
        self.browsers[path] = browser
        return browser

    async def take(self, request: web.Request) -> web.Response:
        browser = self.browsers[request.path]
        self._check_signature(request.headers["Authorization"])
        self.headers.append(request.headers)
        if browser.answer == 201:
            browser.shown.append(browser.read(await request.read()))
        return web.Response(status=browser.answer, text="as it was told")

    def _check_signature(self, header: str) -> None:
        match = re.fullmatch(r"vapid t=([^,]+),\s?k=([^,]+)", header)
        assert match
        assert match[2] == self.public_key
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64(match[2]))
        claims = jwt.decode(match[1], key, algorithms=["ES256"], audience=self.origin)
        assert claims["sub"].startswith(("mailto:", "https:"))


@asynccontextmanager
async def open_push_service() -> AsyncIterator[PushService]:
    """A server on loopback."""
    service = PushService()
    app = web.Application()
    app.router.add_post("/{path:.*}", service.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    service.origin = f"http://{host}:{port}"
    try:
        yield service
    finally:
        await runner.cleanup()
