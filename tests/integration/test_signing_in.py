"""Proofs of who somebody is: passwords, sessions, mailed links and API tokens."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import re
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.integration.conftest import (
    PASSWORD,
    Clock,
    Make,
    Person,
    ReadMail,
    bearing,
    serving,
)
from tracker.app import create_app
from tracker.security import Role
from tracker.settings import Settings

HOUR = dt.timedelta(hours=1)
NEW_PASSWORD = "another horse battery"
Browser = httpx.AsyncClient


@pytest.fixture
async def browser(app: Litestar, client: httpx.AsyncClient) -> AsyncIterator[Browser]:
    """A client with cookies of its own and nobody's token."""
    async with Browser(
        transport=client._transport, base_url=f"{client.base_url}/api/v1"
    ) as browser:
        yield browser


async def sign_in(
    browser: Browser, address: str, password: str = PASSWORD
) -> httpx.Response:
    return await browser.post(
        "/auth/login", json={"email": address, "password": password}
    )


def cookie(response: httpx.Response) -> str:
    return SimpleCookie(response.headers["set-cookie"])["refresh_token"].value


async def refresh(browser: Browser, token: str) -> httpx.Response:
    browser.cookies.clear()
    return await browser.post(
        "/auth/refresh", headers={"Cookie": f"refresh_token={token}"}
    )


def code(response: httpx.Response) -> str:
    found: str = response.json()["errors"][0]["code"]
    return found


def link_token(mail: Any) -> str:
    """The token of the link in a mail."""
    match = re.search(
        r"/reset-password\?token=([\w.-]+)",
        mail.get_body(("plain",)).get_content(),
    )
    assert match
    return match[1]


# --- Signing in -----------------------------------------------------------------------


async def test_e_mail_and_password_give_a_token_that_names_the_person(
    agent: Person, browser: Browser
) -> None:
    signed_in = (await sign_in(browser, agent.email)).json()["data"]
    me = await bearing(browser, signed_in["access_token"]).get("/auth/me")
    assert me.json()["data"]["id"] == agent.id == signed_in["user"]["id"]
    assert signed_in["expires_in"] == 30 * 60


async def test_the_address_is_taken_in_any_case(
    agent: Person, browser: Browser
) -> None:
    assert (await sign_in(browser, agent.email.upper())).status_code == 200


async def test_the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites(
    agent: Person, browser: Browser
) -> None:
    response = await sign_in(browser, agent.email)
    header = response.headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=strict" in header
    assert "path=/api/v1/auth" in header


async def test_the_refresh_cookie_stays_on_https(
    settings: Settings, agent: Person
) -> None:
    public = msgspec.structs.replace(settings, public_url="https://tracker.example")
    async with serving(create_app(public)) as client:
        response = await client.post(
            "/api/v1/auth/login", json={"email": agent.email, "password": PASSWORD}
        )
    assert "; secure" in response.headers["set-cookie"].lower()


async def test_wrong_password_and_unknown_address_are_told_alike(
    agent: Person, browser: Browser
) -> None:
    wrong = await sign_in(browser, agent.email, "wrong password")
    unknown = await sign_in(browser, "nobody@example.com", "wrong password")
    assert wrong.status_code == unknown.status_code == 401
    assert code(wrong) == code(unknown) == "wrong_credentials"
    assert wrong.json()["message"] == unknown.json()["message"]


async def test_ten_failures_make_an_address_wait_even_with_the_right_password(
    make_person: Make, browser: Browser, clock: Clock, run_sql: Any
) -> None:
    victim = await make_person()
    bystander = await make_person()
    await run_sql(
        "INSERT INTO login_failures (id, email, address)"
        " SELECT gen_random_uuid(), :email, '192.0.2.1' FROM generate_series(1, 9)",
        email=victim.email,
    )
    assert (await sign_in(browser, victim.email, "wrong")).status_code == 401
    throttled = await sign_in(browser, victim.email)
    assert throttled.status_code == 429
    assert int(throttled.headers["retry-after"]) == 15 * 60
    assert (await sign_in(browser, bystander.email)).status_code == 200
    clock.advance(seconds=15 * 60 + 1)
    assert (await sign_in(browser, victim.email)).status_code == 200


async def test_fifty_failures_make_a_machine_wait(
    app: Litestar, agent: Person, run_sql: Any
) -> None:
    await run_sql(
        "INSERT INTO login_failures (id, email, address)"
        " SELECT gen_random_uuid(), 'guess-' || n || '@example.com', '192.0.2.7'"
        " FROM generate_series(1, 50) n"
    )

    async def sign_in_from(address: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 1))  # type: ignore[arg-type]
        async with Browser(
            transport=transport, base_url="http://tracker.example/api/v1"
        ) as browser:
            return (await sign_in(browser, agent.email)).status_code

    assert await sign_in_from("192.0.2.7") == 429
    assert await sign_in_from("192.0.2.8") == 200


async def test_a_deactivated_person_cannot_sign_in(
    administrator: Person, agent: Person, browser: Browser
) -> None:
    await administrator.data("PATCH", f"/users/{agent.id}", json={"is_active": False})
    assert (await sign_in(browser, agent.email)).status_code == 401


async def test_a_deactivated_person_loses_access_with_the_token_in_hand(
    administrator: Person, agent: Person
) -> None:
    await agent.ask("GET", "/auth/me", expect=200)
    await administrator.data("PATCH", f"/users/{agent.id}", json={"is_active": False})
    async with asyncio.timeout(10):
        while (await agent.ask("GET", "/auth/me")).status_code != 401:  # noqa: ASYNC110
            # Who holds a token is remembered for two seconds.
            await asyncio.sleep(0.2)


async def test_an_access_token_ends_with_its_half_hour(
    agent: Person, browser: Browser, clock: Clock
) -> None:
    signed_in = (await sign_in(browser, agent.email)).json()["data"]
    clock.advance(minutes=31)
    response = await bearing(browser, signed_in["access_token"]).get("/auth/me")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_token_signed_for_another_purpose_opens_nothing(
    agent: Person, browser: Browser, client: httpx.AsyncClient
) -> None:
    incident = await agent.create()
    attachment = await agent.attach(incident, b"x")
    link = await agent.data("GET", f"/attachments/{attachment['id']}/link")
    signature = link["url"].partition("signature=")[2]
    response = await bearing(browser, signature).get("/auth/me")
    assert response.status_code == 401


# --- Sessions -------------------------------------------------------------------------


async def test_a_refresh_gives_a_new_token_and_a_new_cookie(
    agent: Person, browser: Browser
) -> None:
    first = cookie(await sign_in(browser, agent.email))
    response = await refresh(browser, first)
    assert response.json()["data"]["user"]["id"] == agent.id
    assert cookie(response) != first
    token = response.json()["data"]["access_token"]
    assert (await bearing(browser, token).get("/auth/me")).status_code == 200


async def test_a_cookie_used_twice_ends_the_session_of_thief_and_victim(
    agent: Person, browser: Browser
) -> None:
    stolen = cookie(await sign_in(browser, agent.email))
    elsewhere = cookie(await sign_in(browser, agent.email))
    victims = cookie(await refresh(browser, cookie(await refresh(browser, stolen))))
    assert code(await refresh(browser, stolen)) == "session_ended"
    assert code(await refresh(browser, victims)) == "session_ended"
    assert (await refresh(browser, elsewhere)).status_code == 200


async def test_a_page_that_is_left_while_it_refreshes_stays_signed_in(
    agent: Person, browser: Browser
) -> None:
    token = cookie(await sign_in(browser, agent.email))
    lost = cookie(await refresh(browser, token))
    heard = cookie(await refresh(browser, token))
    last = cookie(await refresh(browser, heard))
    assert code(await refresh(browser, lost)) == "session_ended"
    assert code(await refresh(browser, last)) == "session_ended"


async def test_a_lost_answer_is_not_repeated_for_long(
    agent: Person, browser: Browser, clock: Clock
) -> None:
    token = cookie(await sign_in(browser, agent.email))
    lost = cookie(await refresh(browser, token))
    clock.advance(seconds=31)
    assert code(await refresh(browser, token)) == "session_ended"
    assert code(await refresh(browser, lost)) == "session_ended"


async def test_of_refreshes_at_once_one_lives_on(
    agent: Person, browser: Browser
) -> None:
    token = cookie(await sign_in(browser, agent.email))
    answers = await asyncio.gather(*(refresh(browser, token) for _ in range(5)))
    chosen, *others = map(cookie, answers)
    assert (await refresh(browser, chosen)).status_code == 200
    assert (await refresh(browser, others[0])).status_code == 401


async def test_signing_out_ends_the_session(agent: Person, browser: Browser) -> None:
    token = cookie(await sign_in(browser, agent.email))
    response = await browser.post(
        "/auth/logout", headers={"Cookie": f"refresh_token={token}"}
    )
    assert response.status_code == 204
    assert cookie(response) in ("", "null")
    assert (await refresh(browser, token)).status_code == 401


async def test_a_session_ends_after_two_weeks(
    agent: Person, browser: Browser, clock: Clock
) -> None:
    token = cookie(await sign_in(browser, agent.email))
    clock.advance(days=14, seconds=1)
    assert (await refresh(browser, token)).status_code == 401


@pytest.mark.parametrize("token", ["", "made-up"])
async def test_without_a_session_there_is_nothing_to_refresh(
    browser: Browser, token: str
) -> None:
    assert code(await refresh(browser, token)) == "session_ended"


# --- Passwords ------------------------------------------------------------------------


async def test_a_changed_password_ends_every_session(
    agent: Person, browser: Browser
) -> None:
    token = cookie(await sign_in(browser, agent.email))
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    await agent.ask("POST", "/auth/password", expect=204, json=body)
    assert (await refresh(browser, token)).status_code == 401
    assert (await sign_in(browser, agent.email)).status_code == 401
    assert (await sign_in(browser, agent.email, NEW_PASSWORD)).status_code == 200


async def test_a_change_of_password_needs_the_old_one(agent: Person) -> None:
    body = {"current_password": "guessed", "new_password": NEW_PASSWORD}
    response = await agent.ask("POST", "/auth/password", expect=422, json=body)
    assert response.json()["errors"][0]["field"] == "current_password"


@pytest.mark.parametrize("password", ["123456789", "x" * 129])
async def test_a_password_has_10_to_128_characters(
    agent: Person, password: str
) -> None:
    body = {"current_password": PASSWORD, "new_password": password}
    response = await agent.ask("POST", "/auth/password", expect=422, json=body)
    assert response.json()["errors"][0]["field"] == "new_password"


async def test_the_mailed_link_sets_a_new_password_once(
    agent: Person, browser: Browser, read_mail: ReadMail
) -> None:
    session = cookie(await sign_in(browser, agent.email))
    await browser.post("/auth/password-reset", json={"email": agent.email})
    token = link_token(await read_mail(agent.email, "password_reset"))
    body = {"token": token, "new_password": NEW_PASSWORD}
    done = await browser.post("/auth/password-reset/confirm", json=body)
    again = await browser.post("/auth/password-reset/confirm", json=body)
    assert done.status_code == 204
    assert (again.status_code, code(again)) == (422, "invalid_token")
    assert (await sign_in(browser, agent.email, NEW_PASSWORD)).status_code == 200
    assert (await refresh(browser, session)).status_code == 401


async def test_a_used_link_spends_the_other_links(
    agent: Person, browser: Browser, read_mail: ReadMail
) -> None:
    tokens = []
    for _ in range(2):
        await browser.post("/auth/password-reset", json={"email": agent.email})
        tokens.append(link_token(await read_mail(agent.email, "password_reset")))
    statuses = [
        (
            await browser.post(
                "/auth/password-reset/confirm",
                json={"token": token, "new_password": NEW_PASSWORD},
            )
        ).status_code
        for token in tokens
    ]
    assert statuses == [204, 422]


async def test_a_mailed_link_ends_after_two_hours(
    agent: Person, browser: Browser, read_mail: ReadMail, clock: Clock
) -> None:
    await browser.post("/auth/password-reset", json={"email": agent.email})
    token = link_token(await read_mail(agent.email, "password_reset"))
    clock.advance(hours=2, seconds=1)
    response = await browser.post(
        "/auth/password-reset/confirm",
        json={"token": token, "new_password": NEW_PASSWORD},
    )
    assert code(response) == "invalid_token"


async def test_a_link_with_the_longest_signature_works(
    settings: Settings, agent: Person, jobs: dict[str, Any], read_mail: ReadMail
) -> None:
    auth = msgspec.structs.replace(
        settings.auth, algorithm="HS512", secret_key=settings.auth.secret_key * 2
    )
    longest = msgspec.structs.replace(settings, auth=auth)
    jobs["app"] = dataclasses.replace(jobs["app"], settings=longest)
    async with serving(create_app(longest)) as client:
        await client.post("/api/v1/auth/password-reset", json={"email": agent.email})
        token = link_token(await read_mail(agent.email, "password_reset"))
        response = await client.post(
            "/api/v1/auth/password-reset/confirm",
            json={"token": token, "new_password": NEW_PASSWORD},
        )
    assert response.status_code == 204


async def test_asking_for_a_link_never_tells_who_is_here(
    agent: Person, browser: Browser, run_sql: Any
) -> None:
    known = await browser.post("/auth/password-reset", json={"email": agent.email})
    unknown = await browser.post(
        "/auth/password-reset", json={"email": "stranger@example.com"}
    )
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    mails = "SELECT 1 FROM outbox WHERE recipient = :address"
    assert len(await run_sql(mails, address=agent.email)) == 1
    assert await run_sql(mails, address="stranger@example.com") == []


async def test_an_invited_person_sets_a_password_by_the_mailed_link(
    administrator: Person, browser: Browser, read_mail: ReadMail
) -> None:
    address = f"invited-by-{administrator.id}@example.com"
    body = {"email": address, "name": "Grace", "role": "agent"}
    await administrator.data("POST", "/users", expect=201, json=body)
    mail = await read_mail(address, "invitation")
    assert mail["To"] == address
    response = await browser.post(
        "/auth/password-reset/confirm",
        json={"token": link_token(mail), "new_password": NEW_PASSWORD},
    )
    assert response.status_code == 204
    assert (await sign_in(browser, address, NEW_PASSWORD)).status_code == 200


async def test_the_link_of_a_mail_is_in_no_table(
    agent: Person, browser: Browser, read_mail: ReadMail, run_sql: Any
) -> None:
    await browser.post("/auth/password-reset", json={"email": agent.email})
    token = link_token(await read_mail(agent.email, "password_reset"))
    [row] = await run_sql(
        "SELECT payload::text AS text FROM outbox WHERE recipient = :address",
        address=agent.email,
    )
    assert token not in row["text"]
    assert token.rpartition(".")[2] not in row["text"]


# --- API tokens -----------------------------------------------------------------------


async def make_token(person: Person, *scopes: str, **fields: Any) -> Person:
    """The person again, with a new API token of theirs in hand."""
    body = {"name": "script", "scopes": list(scopes), **fields}
    token = await person.data("POST", "/tokens", expect=201, json=body)
    client = bearing(person.client, token["token"])
    return Person(token["id"], person.name, person.email, client)


async def test_a_token_is_shown_once_and_stored_as_a_hash(
    agent: Person, run_sql: Any
) -> None:
    body = {"name": "script", "scopes": ["read"]}
    made = await agent.data("POST", "/tokens", expect=201, json=body)
    assert made["token"].startswith(made["prefix"])
    [listed] = (await agent.data("GET", "/tokens"))["items"]
    assert "token" not in listed
    [row] = await run_sql(
        "SELECT t::text AS text FROM api_tokens t WHERE id = :id", id=made["id"]
    )
    assert made["token"] not in row["text"]


async def test_a_read_token_reads_and_changes_nothing(agent: Person) -> None:
    script = await make_token(agent, "read")
    await script.ask("GET", "/incidents", expect=200)
    refused = await script.ask("POST", "/incidents", expect=403, json={"title": "x"})
    assert "scope write" in refused.json()["message"]


async def test_a_read_token_may_simulate_which_stores_nothing(agent: Person) -> None:
    script = await make_token(agent, "read")
    at = "2026-03-02T09:00:00Z"
    history = {
        "targets": {"response_seconds": 60},
        "events": [{"at": at, "type": "created"}],
        "as_of": at,
    }
    await script.ask("POST", "/sla/simulate", expect=200, json=history)


async def test_a_write_token_writes_but_does_not_administer(
    administrator: Person,
) -> None:
    script = await make_token(administrator, "write")
    await script.create()
    await script.ask("GET", "/deliveries", expect=403)


async def test_an_admin_token_administers(administrator: Person) -> None:
    script = await make_token(administrator, "admin")
    await script.ask("GET", "/deliveries", expect=200)


async def test_only_administrators_make_admin_tokens(manager: Person) -> None:
    body = {"name": "script", "scopes": ["admin"]}
    await manager.ask("POST", "/tokens", expect=403, json=body)


async def test_a_token_gives_no_token_with_more_rights(administrator: Person) -> None:
    script = await make_token(administrator, "write")
    body = {"name": "more", "scopes": ["admin"]}
    await script.ask("POST", "/tokens", expect=403, json=body)


async def test_a_token_changes_no_password(agent: Person) -> None:
    script = await make_token(agent, "write")
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    await script.ask("POST", "/auth/password", expect=403, json=body)


async def test_a_revoked_token_opens_nothing(agent: Person) -> None:
    script = await make_token(agent, "read")
    await agent.ask("DELETE", f"/tokens/{script.id}", expect=204)
    await script.ask("GET", "/incidents", expect=401)
    assert (await agent.data("GET", "/tokens"))["items"] == []


async def test_an_expired_token_opens_nothing(agent: Person, clock: Clock) -> None:
    script = await make_token(agent, "read", expires_at=(clock() + HOUR).isoformat())
    clock.advance(hours=1, seconds=1)
    await script.ask("GET", "/incidents", expect=401)


async def test_a_token_cannot_end_before_it_begins(agent: Person, clock: Clock) -> None:
    body = {
        "name": "late",
        "scopes": ["read"],
        "expires_at": (clock() - HOUR).isoformat(),
    }
    response = await agent.ask("POST", "/tokens", expect=422, json=body)
    assert response.json()["errors"][0]["field"] == "expires_at"


async def test_the_end_of_a_token_needs_a_time_zone(agent: Person) -> None:
    body = {"name": "x", "scopes": ["read"], "expires_at": "2050-01-01T00:00:00"}
    response = await agent.ask("POST", "/tokens", expect=422, json=body)
    assert response.json()["errors"][0]["field"] == "expires_at"


async def test_tokens_of_others_can_be_neither_seen_nor_revoked(
    make_person: Make, administrator: Person
) -> None:
    other = await make_person(Role.AGENT)
    script = await make_token(other, "read")
    assert (await administrator.data("GET", "/tokens"))["items"] == []
    await administrator.ask("DELETE", f"/tokens/{script.id}", expect=404)


async def test_a_token_tells_when_it_was_last_used(agent: Person) -> None:
    script = await make_token(agent, "read")
    [before] = (await agent.data("GET", "/tokens"))["items"]
    await script.ask("GET", "/incidents", expect=200)
    [after] = (await agent.data("GET", "/tokens"))["items"]
    assert before["last_used_at"] is None
    assert after["last_used_at"] is not None


async def test_a_token_loses_the_rights_that_its_owner_loses(
    make_person: Make, administrator: Person
) -> None:
    second = await make_person(Role.ADMINISTRATOR)
    script = await make_token(second, "admin")
    await administrator.data("PATCH", f"/users/{second.id}", json={"role": "agent"})
    await script.ask("GET", "/deliveries", expect=403)
