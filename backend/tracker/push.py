"""Telling browsers: what is told, by which services, and the keys that it takes.

Browsers name the address that reaches them. It is a stranger's text until it is found
to be one of a known push service: else anybody could make us call any host.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tracker.settings import PushSettings

_CURVE = ec.SECP256R1()


class PushError(Exception):
    """A message was not accepted.

    Args:
        message: What the service or the network said.
        permanent: Trying again would not help.
        gone: There is no such browser any more.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, gone: bool = False
    ) -> None:
        super().__init__(message)
        self.permanent = permanent or gone
        self.gone = gone


@dataclass(frozen=True)
class Device:
    """A browser that wants to be told."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Message:
    """What a browser is told.

    Attributes:
        body: What its service worker reads; nobody on the way can.
        topic: A later message with the same one takes the place of one that waits.
        urgent: Wakes a phone that saves power.
        keep: How long the service keeps it for a browser that is away.
    """

    body: bytes
    topic: str
    urgent: bool
    keep: dt.timedelta


class Pusher(Protocol):
    """Hands a message to the push service of a browser."""

    async def push(self, device: Device, message: Message) -> None:
        """Push, or raise `PushError`."""


def problem_with(endpoint: str, settings: PushSettings) -> str | None:
    """Why we would not call this address; None when it is one of a push service."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "This is not an address."
    if parts.username is not None or parts.fragment or not host:
        return "This is not the address of a push service."
    if is_own(endpoint, settings):
        return None
    if parts.scheme != "https":
        return "The address must begin with https://."
    if port not in (None, 443):
        return "Push services answer at port 443."
    if not any(_matches(host, pattern) for pattern in settings.hosts):
        return f"{host} is not a push service that this installation knows (PUSH_HOSTS)"
    return None


def is_own(endpoint: str, settings: PushSettings) -> bool:
    """Whether the address is one of a push service that is given in full.

    An administrator who writes down scheme, host and port means just this server, also
    where it has a private address.
    """
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}" in settings.hosts


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, and not of some network of ours."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_global and not found.is_multicast


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return host == pattern


def public_key(settings: PushSettings) -> str | None:
    """What browsers tell their push service of us; None where nothing is pushed."""
    return _public_key(settings.private_key) if settings.private_key else None


@lru_cache(maxsize=4)
def _public_key(private_key: str) -> str:
    number = int.from_bytes(from_base64(private_key))
    point = ec.derive_private_key(number, _CURVE).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def new_private_key() -> str:
    """A key for `VAPID_PRIVATE_KEY`."""
    number = ec.generate_private_key(_CURVE).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32)).decode().rstrip("=")


def is_key_of_browser(text: str) -> bool:
    """Whether this is a public key that messages can be encrypted for."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, from_base64(text))
    except ValueError:
        return False
    return True


def from_base64(text: str) -> bytes:
    """The bytes of URL-safe base64, with or without padding.

    Raises:
        ValueError: It is something else.
    """
    try:
        bare = text.rstrip("=")
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
