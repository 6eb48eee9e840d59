"""`tracker doctor`: does each part that we depend on do what we need of it?"""

from __future__ import annotations

import asyncio
import io
import shutil
import smtplib
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import redis
from alembic.script import ScriptDirectory

from tracker.db import alembic_config
from tracker.errors import AppError
from tracker.settings import MEBIBYTE, Settings
from tracker.storage import Storage
from tracker.web import STATIC

_TIMEOUT_SECONDS = 5
_MIN_FREE_BYTES = 200 * MEBIBYTE


@dataclass(frozen=True)
class Finding:
    """What was found out about one part."""

    part: str
    ok: bool
    text: str


class _Wrong(Exception):
    """What is wrong, and what to do about it."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Check one part after the other."""
    checks: dict[str, Callable[[Settings], str]] = {
        "Data directory": _data_directory,
        "PostgreSQL": _postgresql,
        "Redis": _redis,
        "S3": _s3,
        "Mail": _mail,
        "Pages": _pages,
    }
    for part, check in checks.items():
        try:
            yield Finding(part, True, check(settings))
        except _Wrong as error:
            yield Finding(part, False, str(error))


def _data_directory(settings: Settings) -> str:
    try:
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as error:
        raise _Wrong(
            f"{settings.data_dir} can't be written ({error.strerror}): "
            "set TRACKER_DATA_DIR, or change its owner"
        ) from error
    free = shutil.disk_usage(settings.data_dir).free
    if free < _MIN_FREE_BYTES:
        raise _Wrong(
            f"only {free // MEBIBYTE} MB are free at {settings.data_dir}: make room"
        )
    return f"{settings.data_dir}, {free // MEBIBYTE} MB free"


def _postgresql(settings: Settings) -> str:
    url = settings.database.url
    try:
        with psycopg.connect(
            url.replace("+psycopg", "", 1), connect_timeout=_TIMEOUT_SECONDS
        ) as connection:
            version = connection.info.server_version // 10000
            found = connection.execute("SELECT to_regclass('alembic_version')")
            migrated = found.fetchone() != (None,)
            row = (
                connection.execute("SELECT version_num FROM alembic_version").fetchone()
                if migrated
                else None
            )
    except psycopg.Error as error:
        raise _Wrong(f"{_one_line(error)}: check DATABASE_URL") from error
    current = row[0] if row else "nothing"
    head = ScriptDirectory.from_config(alembic_config(url)).get_current_head()
    if current != head:
        raise _Wrong(
            f"the schema is at {current}, this version needs {head}: run "
            "`tracker migrate`"
        )
    return f"version {version}, schema at {head}"


def _redis(settings: Settings) -> str:
    client = redis.Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        socket_timeout=_TIMEOUT_SECONDS,
        decode_responses=True,
    )
    try:
        client.ping()
    except redis.RedisError as error:
        raise _Wrong(f"{_one_line(error)}: check REDIS_URL") from error
    try:
        config: Any = client.config_get("appendonly", "save")
    except redis.ResponseError:  # hosted ones often forbid the question
        return "answers"
    finally:
        client.close()
    if config.get("appendonly") == "yes" or config.get("save"):
        return "answers, keeps its data on disk"
    # PostgreSQL has the truth: what Redis loses is asked for again.
    return "answers, keeps nothing on disk"


def _s3(settings: Settings) -> str:
    storage = Storage(settings.s3)
    key = f"doctor/{uuid.uuid4()}"
    content = b"How do you do?"

    async def round_trip() -> bytes:
        await storage.put(key, io.BytesIO(content), len(content), "text/plain")
        try:
            pieces = await storage.get(key, 0, len(content))
            return b"".join([piece async for piece in pieces])
        finally:
            await storage.delete(key)

    try:
        found = asyncio.run(round_trip())
    except AppError as error:
        raise _Wrong(
            f"{error.message} Check S3_ENDPOINT, its keys, and that the bucket "
            f"{settings.s3.bucket} is there"
        ) from error
    if found != content:
        raise _Wrong(f"{settings.s3.endpoint} returned other bytes than were stored")
    return f"bucket {settings.s3.bucket} stores, returns and deletes"


def _mail(settings: Settings) -> str:
    smtp = settings.smtp
    if not smtp.host:
        return "no SMTP_HOST is set, mails are written to the data directory"
    connect = smtplib.SMTP_SSL if smtp.tls == "tls" else smtplib.SMTP
    try:
        with connect(smtp.host, smtp.port, timeout=_TIMEOUT_SECONDS) as connection:
            if smtp.tls == "starttls":
                connection.starttls()
            if smtp.user:
                connection.login(smtp.user, smtp.password)
    except (OSError, smtplib.SMTPException) as error:
        raise _Wrong(
            f"{smtp.host} port {smtp.port}: {_one_line(error)}: check SMTP_HOST, "
            "SMTP_PORT, SMTP_TLS, SMTP_USER and SMTP_PASSWORD"
        ) from error
    return f"{smtp.host} port {smtp.port} accepts us"


def _pages(_: Settings) -> str:
    if not (STATIC / "index.html").exists():
        raise _Wrong("the pages are not built: run `make run`, or `npm run build`")
    return "built"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
