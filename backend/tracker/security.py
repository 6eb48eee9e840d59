"""Passwords, tokens and signed claims."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from tracker.settings import Settings

API_TOKEN_PREFIX = "ist_"  # noqa: S105  (a public marker, not a secret)

_hasher = PasswordHasher()


class Role(enum.StrEnum):
    """What a person may do, from most to least."""

    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    AGENT = "agent"
    REPORTER = "reporter"


class Scope(enum.StrEnum):
    """What a personal API token may do; each includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True)
class Identity:
    """Who is asking, as every guard and query sees them."""

    user_id: UUID
    name: str
    role: Role
    scopes: frozenset[Scope] = frozenset(Scope)

    @property
    def is_agent(self) -> bool:
        """Works on incidents: an agent, a manager or an administrator."""
        return self.role is not Role.REPORTER

    @property
    def is_manager(self) -> bool:
        """Answers for the service: a manager or an administrator."""
        return self.role in (Role.MANAGER, Role.ADMINISTRATOR)

    @property
    def is_administrator(self) -> bool:
        """Runs the installation."""
        return self.role is Role.ADMINISTRATOR


def hash_password(password: str) -> str:
    """An Argon2id hash; slow by design, so call it in a thread."""
    return _hasher.hash(password)


@cache
def _decoy() -> str:
    """Verified against when the e-mail is unknown, so that time tells nothing."""
    return _hasher.hash(secrets.token_urlsafe(16))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether `password` belongs to the hash; takes as long without a hash."""
    try:
        return _hasher.verify(password_hash or _decoy(), password) and bool(
            password_hash
        )
    except (Argon2Error, InvalidHashError):
        return False


def new_token(prefix: str = "") -> str:
    """256 random bits as text."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored of a token; the token itself never is."""
    return hashlib.sha256(token.encode()).digest()


def sign(
    settings: Settings, purpose: str, expires_at: dt.datetime, **claims: Any
) -> str:
    """A signed statement for one purpose, good until `expires_at`."""
    return jwt.encode(
        {**claims, "aud": purpose, "exp": expires_at},
        settings.auth.secret_key,
        algorithm=settings.auth.algorithm,
    )


def read_signed(
    settings: Settings, purpose: str, token: str, now: dt.datetime
) -> dict[str, Any] | None:
    """The claims of a statement signed for `purpose`, or None if it is no good."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            settings.auth.secret_key,
            algorithms=[settings.auth.algorithm],
            audience=purpose,
            options={"require": ["exp", "aud"], "verify_exp": False},
        )
    except jwt.PyJWTError:
        return None
    return claims if claims["exp"] > now.timestamp() else None
