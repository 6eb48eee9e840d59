"""The built pages, as browsers fetch them."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest


async def raw(client: httpx.AsyncClient, path: str, accepts: str) -> httpx.Response:
    """A file as it came over the wire: its content is not decoded."""
    headers = {"Accept-Encoding": accepts}
    async with client.stream("GET", path, headers=headers) as answer:
        packed = b"".join([chunk async for chunk in answer.aiter_raw()])
    answer._content = packed
    return answer


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, deflate", "gzip"),
        ("", None),
    ],
)
async def test_a_script_comes_in_the_smallest_form_that_is_understood(
    client: httpx.AsyncClient, accepts: str, coding: str | None
) -> None:
    page = await client.get("/../../")
    script = "/../.." + re.findall(r'href="(/assets/queue[^"]+\.js)"', page.text)[0]
    plain = (await raw(client, script, "identity")).content

    answer = await raw(client, script, accepts)

    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "immutable" in answer.headers["cache-control"]
    if coding == "gzip":
        assert gzip.decompress(answer.content) == plain
    elif coding == "br":
        assert len(answer.content) < len(gzip.compress(plain, 9))
    else:
        assert answer.content == plain
