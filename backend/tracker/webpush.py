"""Web Push: encrypted for one browser (RFC 8291), signed as ours (RFC 8292)."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import time
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from py_vapid import Vapid02
from pywebpush import WebPusher

from tracker.push import (
    Device,
    Message,
    Pusher,
    PushError,
    is_own,
    is_public,
    problem_with,
)
from tracker.settings import PushSettings, Settings

TIMEOUT = aiohttp.ClientTimeout(total=10)
# A token that somebody gets hold of is of no use on the next day.
TOKEN_LIFE = dt.timedelta(hours=12)
# What a service says of a browser that has gone.
GONE = (404, 410)
# What may heal by itself: the rest says that we have done something wrong.
TEMPORARY = (408, 425, 429)


class NullPusher:
    """Where no key is set, nobody is pushed to."""

    async def push(self, device: Device, message: Message) -> None:
        """Refuse."""
        raise PushError("VAPID_PRIVATE_KEY is not set", permanent=True)


@dataclass(frozen=True)
class VapidPusher:
    """Push through the services that browsers name, without anybody between."""

    settings: PushSettings
    contact: str

    async def push(self, device: Device, message: Message) -> None:
        """Push, or raise `PushError`."""
        if problem := problem_with(device.endpoint, self.settings):
            raise PushError(problem, permanent=True)
        headers = {
            **self._signature(device.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(message.keep.total_seconds())),
            "Topic": message.topic,
            "Urgency": "high" if message.urgent else "normal",
        }
        own = is_own(device.endpoint, self.settings)
        connector = aiohttp.TCPConnector(resolver=None if own else _PublicResolver())
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as session,
                session.post(
                    device.endpoint,
                    data=_encrypted(device, message.body),
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                said = (await response.content.read(300)).decode(errors="replace")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PushError(f"{type(error).__name__}: {error}") from error
        status = response.status
        if not 200 <= status < 300:
            raise PushError(
                f"{status} {' '.join(said.split())}".strip(),
                permanent=status < 500 and status not in TEMPORARY,
                gone=status in GONE,
            )

    def _signature(self, endpoint: str) -> dict[str, str]:
        """Says that it is we who call, and only to the service that is called."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time() + TOKEN_LIFE.total_seconds()),
            "sub": self.contact,
        }
        signed: dict[str, str] = Vapid02.from_raw(
            self.settings.private_key.encode()
        ).sign(claims)
        return signed


def _encrypted(device: Device, body: bytes) -> bytes:
    keys = {"p256dh": device.p256dh, "auth": device.auth}
    pusher = WebPusher({"endpoint": device.endpoint, "keys": keys})
    encrypted: bytes = pusher.encode(body)["body"]
    return encrypted


class _PublicResolver(AbstractResolver):
    """Finds addresses of the internet only, whatever a name server answers."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver(asyncio.get_running_loop())

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError(f"{host} has no public address")
        return public

    async def close(self) -> None:
        await self._resolver.close()


def make_pusher(settings: Settings) -> Pusher:
    """Web Push where there is a key for it."""
    if not settings.push.private_key:
        return NullPusher()
    # Services want to know whom to ask when something goes wrong.
    site = settings.public_url
    contact = (
        site
        if site.startswith("https://")
        else f"mailto:{parseaddr(settings.smtp.sender)[1]}"
    )
    return VapidPusher(settings.push, contact)
