"""Behind a proxy, people keep addresses of their own."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.integration.conftest import PASSWORD, Person
from tracker.app import behind_proxies
from tracker.settings import Settings


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("127.0.0.1", "192.0.2.77", 429),
        ("127.0.0.1", "192.0.2.78", 200),
        # What the client itself has said comes before what the proxy adds.
        ("127.0.0.1", "192.0.2.77, 192.0.2.78", 200),
        # Not from a proxy of ours.
        ("192.0.2.77", "192.0.2.78", 429),
        ("192.0.2.78", "192.0.2.77", 200),
    ],
)
async def test_failures_to_sign_in_count_for_the_address_that_our_proxy_saw(
    app: Litestar,
    settings: Settings,
    agent: Person,
    run_sql: Any,
    peer: str,
    forwarded: str,
    status: int,
) -> None:
    await run_sql("DELETE FROM login_failures WHERE address = '192.0.2.77'")
    await run_sql(
        "INSERT INTO login_failures (id, email, address)"
        " SELECT gen_random_uuid(), 'guess-' || n || '@example.com', '192.0.2.77'"
        " FROM generate_series(1, 50) n"
    )
    transport = httpx.ASGITransport(
        behind_proxies(app, settings),  # type: ignore[arg-type]
        client=(peer, 1),
    )

    async with httpx.AsyncClient(
        transport=transport, base_url="http://tracker.example/api/v1"
    ) as client:
        answer = await client.post(
            "/auth/login",
            json={"email": agent.email, "password": PASSWORD},
            headers={"X-Forwarded-For": forwarded},
        )

    assert answer.status_code == status
