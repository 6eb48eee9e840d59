"""Bytes in any S3: streamed in and out in threads, never whole in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from tracker.errors import NotFound, Unavailable
from tracker.settings import S3Settings

T = TypeVar("T")

CHUNK = 256 * 1024
TIMEOUT = urllib3.Timeout(connect=3, read=30)

_LOST = "The file is not in the storage any more."
_FAILURES = (MinioException, HTTPError, OSError)


@dataclass(frozen=True)
class StoredObject:
    """What lies in the bucket."""

    key: str
    last_modified: dt.datetime


class Storage:
    """One bucket."""

    def __init__(self, settings: S3Settings) -> None:
        self._bucket = settings.bucket
        self._client = _client(settings, settings.endpoint)
        self._public = (
            _client(settings, settings.public_endpoint)
            if settings.public_endpoint
            else None
        )

    async def ensure_bucket(self) -> None:
        """Make the bucket when it is not there."""

        def ensure() -> None:
            if not self._client.bucket_exists(self._bucket):
                self._client.make_bucket(self._bucket)

        await _in_thread(ensure)

    async def ping(self) -> None:
        """Ask for the bucket; raises `Unavailable` when there is no answer."""
        exists = await _in_thread(lambda: self._client.bucket_exists(self._bucket))
        if not exists:
            raise Unavailable(f"The bucket {self._bucket} does not exist.")

    async def put(self, key: str, data: BinaryIO, size: int, mime_type: str) -> None:
        """Store `size` bytes of `data`."""
        await _in_thread(
            lambda: self._client.put_object(
                self._bucket, key, data, size, content_type=mime_type
            )
        )

    async def get(self, key: str, offset: int, length: int) -> AsyncIterator[bytes]:
        """Open `length` bytes from `offset`; a missing object is a `NotFound` at once.

        Returns:
            An iterator over the bytes, in pieces.
        """
        if length == 0:
            return _nothing()
        response = await _in_thread(
            lambda: self._client.get_object(
                self._bucket, key, offset=offset, length=length
            )
        )
        return _pieces(response)

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is fine."""
        await _in_thread(lambda: self._client.remove_object(self._bucket, key))

    async def list(self, prefix: str) -> list[StoredObject]:
        """Every object below `prefix`."""

        def found() -> Iterator[StoredObject]:
            for item in self._client.list_objects(
                self._bucket, prefix=prefix, recursive=True
            ):
                if item.object_name and item.last_modified:
                    yield StoredObject(item.object_name, item.last_modified)

        return await _in_thread(lambda: list(found()))

    def presigned(
        self, key: str, filename_header: str, mime_type: str, lifetime: dt.timedelta
    ) -> str | None:
        """A link to the object that a browser can open, or None without a public S3."""
        if self._public is None:
            return None
        return self._public.presigned_get_object(
            self._bucket,
            key,
            expires=lifetime,
            response_headers={
                "response-content-disposition": filename_header,
                "response-content-type": mime_type,
            },
        )


def _client(settings: S3Settings, endpoint: str) -> Minio:
    parts = urlsplit(endpoint)
    return Minio(
        endpoint=parts.netloc,
        access_key=settings.access_key,
        secret_key=str(settings.secret_key),
        secure=parts.scheme == "https",
        region=settings.region,
        http_client=urllib3.PoolManager(
            timeout=TIMEOUT, retries=urllib3.Retry(total=1, backoff_factor=0.2)
        ),
    )


async def _in_thread(call: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(call)
    except S3Error as error:
        if error.code in ("NoSuchKey", "NoSuchObject"):
            raise NotFound(_LOST) from error
        raise Unavailable(f"The file storage refused: {error.code}.") from error
    except _FAILURES as error:
        # The client does not read errors that are text/xml, such as rclone's.
        if "<Code>NoSuchKey</Code>" in str(error):
            raise NotFound(_LOST) from error
        raise Unavailable(
            "The file storage does not answer. Try again in a moment."
        ) from error


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def _pieces(response: BaseHTTPResponse) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(response.read, CHUNK):
            yield piece
    finally:
        await asyncio.to_thread(_release, response)


def _release(response: BaseHTTPResponse) -> None:
    response.close()
    response.release_conn()
