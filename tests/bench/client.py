"""A load client that costs little: raw HTTP/1.1 over kept-alive connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

Request = Callable[[], bytes]
"""Makes the bytes of the next request."""


@dataclass
class Measured:
    """What a load came to."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: dict[bytes, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The time within which this share of the answers came, in seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

    def add(self, other: Measured) -> None:
        """Take in another round."""
        self.seconds += other.seconds
        self.latencies += other.latencies
        for status, count in other.refused.items():
            self.refused[status] = self.refused.get(status, 0) + count


class _Connection(asyncio.Protocol):
    """One request after the other; the next one when the answer is complete."""

    def __init__(self, request: Request, measured: Measured, until: float) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self._request = request
        self._measured = measured
        self._until = until
        self._buffer = b""
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        if self._sent >= self._until:
            self._transport.close()
            return
        self._transport.write(self._request())

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            self._missing = end + 4 + length - len(self._buffer)
            self._status = head[9:12]
            self._buffer = b""
        if not self._missing:
            if self._status < b"300":
                self._measured.latencies.append(time.perf_counter() - self._sent)
            else:
                refused = self._measured.refused
                refused[self._status] = refused.get(self._status, 0) + 1
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)


async def load(
    port: int, request: Request, *, connections: int, seconds: float
) -> Measured:
    """Ask as fast as the answers come, on so many connections, for so long."""
    measured = Measured()
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    made = [
        await loop.create_connection(
            lambda: _Connection(request, measured, start + seconds), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in made))
    measured.seconds = time.perf_counter() - start
    return measured
