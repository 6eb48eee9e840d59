"""What browsers are told, by a push service that checks who tells it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.integration.conftest import (
    PASSWORD,
    Clock,
    Make,
    Person,
    bearing,
    serving,
)
from tests.integration.postbox import (
    Jobs,
    Postbox,
    by_smtp,
    deliver,
    open_postbox,
)
from tests.integration.pushing import Browser, PushService, open_push_service
from tracker.app import create_app
from tracker.context import JobContext
from tracker.db import Database, new_id
from tracker.notifications.service import enqueue
from tracker.push import new_private_key, problem_with, public_key
from tracker.security import Role
from tracker.settings import PUSH_HOSTS, PushSettings, Secret, Settings
from tracker.webpush import make_pusher

DEVICES = "/me/push-subscriptions"
RunSql = Callable[..., Any]
Hire = Callable[..., Awaitable[Person]]
Tell = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
async def push_service() -> AsyncIterator[PushService]:
    async with open_push_service() as service:
        yield service


@pytest.fixture(scope="module")
def pushing(settings: Settings, push_service: PushService) -> Settings:
    """Settings with a key, and with a push service of our own on loopback."""
    push = PushSettings(
        private_key=Secret(new_private_key()),
        hosts=(*PUSH_HOSTS, push_service.origin),
    )
    push_service.public_key = public_key(push) or ""
    return msgspec.structs.replace(settings, push=push)


@pytest.fixture(scope="module")
async def site(pushing: Settings, present: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_app(pushing, now=present)) as client:
        yield client


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    async with open_postbox() as box:
        yield box


@pytest.fixture
def telling(job_app: JobContext, postbox: Postbox, pushing: Settings) -> Jobs:
    """The jobs' context that mails and pushes to servers of the test."""
    mailer, pusher = by_smtp(postbox.port), make_pusher(pushing)
    return {"app": dataclasses.replace(job_app, mailer=mailer, pusher=pusher)}


@pytest.fixture
def hire(make_person: Make, site: httpx.AsyncClient) -> Hire:
    """People who are signed in, in a browser, at the site that pushes."""

    async def hire(role: Role = Role.AGENT, *, signed_in: bool = True) -> Person:
        person: Person = await make_person(role)
        token = person.client.headers["Authorization"].removeprefix("Bearer ")
        person = dataclasses.replace(person, client=bearing(site, token))
        if signed_in:
            body = {"email": person.email, "password": PASSWORD}
            await person.ask("POST", "/auth/login", expect=200, json=body)
        return person

    return hire


@pytest.fixture
def tell(db: Database, clock: Clock) -> Tell:
    """Notes a message, as the rooms above do; tells its id."""

    async def tell(person: Person, kind: str = "sla_warned", **fields: Any) -> str:
        key = str(new_id())
        now = clock()
        payload = {
            "number": "INC-7",
            "title": "Disk full on db-3",
            "priority": "high",
            "target": "response",
            "deadline": now.isoformat(),
            "clock_id": str(new_id()),
            "at": now.isoformat(),
            "by": "Ada",
            "resolved_at": now.isoformat(),
            **fields,
        }
        async with db.transaction() as session:
            await enqueue(
                session,
                kind=kind,
                dedupe_key=key,
                recipient=person.email,
                recipient_id=UUID(person.id),
                payload=payload,
                now=now,
            )
        return key

    return tell


async def subscribe(person: Person, browser: Browser) -> Any:
    return await person.data("POST", DEVICES, expect=201, json=browser.subscription)


async def wants_push(person: Person, *kinds: str) -> None:
    choices = [{"kind": kind, "when": "at_once", "channel": "push"} for kind in kinds]
    body = {"choices": choices}
    await person.ask("PUT", "/notifications/preferences", expect=200, json=body)


async def outbox(run_sql: RunSql, key: str) -> Any:
    rows = await run_sql("SELECT * FROM outbox WHERE dedupe_key = :key", key=key)
    return rows[0]


# --- Devices --------------------------------------------------------------------------


async def test_a_browser_subscribes_with_our_public_key(
    hire: Hire, push_service: PushService
) -> None:
    person = await hire()

    key = await person.data("GET", "/push/key")

    assert key == {"public_key": push_service.public_key}


async def test_a_device_is_listed_until_it_is_removed(
    hire: Hire, push_service: PushService
) -> None:
    person = await hire()
    added = await subscribe(person, push_service.browser())
    page = await person.data("GET", DEVICES)
    assert page == {"items": [added], "next_cursor": None}
    assert added["name"] == "Firefox on Linux"

    await person.ask("DELETE", f"{DEVICES}/{added['id']}", expect=204)

    assert (await person.data("GET", DEVICES))["items"] == []


async def test_the_same_browser_is_one_device(
    hire: Hire, push_service: PushService
) -> None:
    person, browser = await hire(), push_service.browser()

    first, second = [await subscribe(person, browser) for _ in range(2)]

    assert first == second


async def test_a_browser_belongs_to_whoever_signed_in_there_last(
    hire: Hire, push_service: PushService
) -> None:
    before, after, browser = await hire(), await hire(), push_service.browser()
    await subscribe(before, browser)

    await subscribe(after, browser)

    assert (await before.data("GET", DEVICES))["items"] == []
    assert len((await after.data("GET", DEVICES))["items"]) == 1


async def test_nobody_removes_or_tests_the_device_of_somebody_else(
    hire: Hire, push_service: PushService
) -> None:
    owner, other = await hire(), await hire(Role.ADMINISTRATOR)
    device = await subscribe(owner, push_service.browser())

    await other.ask("DELETE", f"{DEVICES}/{device['id']}", expect=404)
    await other.ask("POST", f"{DEVICES}/{device['id']}/test", expect=404)

    assert len((await owner.data("GET", DEVICES))["items"]) == 1


async def test_a_person_has_twenty_devices_at_the_most(
    hire: Hire, push_service: PushService
) -> None:
    person = await hire()
    devices = [await subscribe(person, push_service.browser()) for _ in range(21)]

    page = await person.data("GET", DEVICES)

    assert [d["id"] for d in page["items"]] == [d["id"] for d in devices[:0:-1]]


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/1",
        "https://fcm.googleapis.com:8443/fcm/send/1",
        "https://fcm.googleapis.com@127.0.0.1/",
        "https://me@fcm.googleapis.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/",
        "https://push.example.com/",
        "https://evil-fcm.googleapis.com.example.com/",
        "https://push.services.mozilla.com.example.com/",
        "https://[/",
        "file:///etc/passwd",
        "nothing",
    ],
)
async def test_only_addresses_of_known_push_services_are_taken(
    hire: Hire, push_service: PushService, endpoint: str
) -> None:
    person = await hire()
    body = {**push_service.browser().subscription, "endpoint": endpoint}

    answer = await person.ask("POST", DEVICES, expect=422, json=body)

    assert answer.json()["errors"][0]["field"] == "endpoint"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/1",
        "https://updates.push.services.mozilla.com/wpush/v2/1",
        "https://web.push.apple.com/1",
        "https://wns2-par02p.notify.windows.com/w/?token=1",
    ],
)
def test_the_services_of_the_common_browsers_are_known(endpoint: str) -> None:
    assert problem_with(endpoint, PushSettings()) is None


async def test_a_key_that_nothing_can_be_encrypted_for_is_refused(
    hire: Hire, push_service: PushService
) -> None:
    person = await hire()
    body = {**push_service.browser().subscription, "p256dh": "A" * 87}

    answer = await person.ask("POST", DEVICES, expect=422, json=body)

    assert answer.json()["errors"][0]["field"] == "p256dh"


async def test_without_a_key_nobody_is_pushed_to(
    agent: Person, push_service: PushService
) -> None:
    body = push_service.browser().subscription

    assert await agent.data("GET", "/push/key") == {"public_key": None}
    answer = await agent.ask("POST", DEVICES, expect=422, json=body)
    assert answer.json()["errors"][0]["code"] == "push_is_off"


# --- Telling --------------------------------------------------------------------------


async def test_a_message_is_shown_in_every_browser_and_not_mailed(
    hire: Hire,
    push_service: PushService,
    tell: Tell,
    telling: Jobs,
    postbox: Postbox,
    run_sql: RunSql,
) -> None:
    person = await hire()
    browsers = [push_service.browser(), push_service.browser()]
    for browser in browsers:
        await subscribe(person, browser)
    await wants_push(person, "sla_warned")
    key = await tell(person)

    await deliver(telling)

    row = await outbox(run_sql, key)
    assert (row["status"], row["channel"], row["attempts"]) == ("sent", "push", 1)
    for browser in browsers:
        assert browser.shown == [
            {
                "id": str(row["id"]),
                "kind": "sla_warned",
                "number": "INC-7",
                "title": "Disk full on db-3",
                "deadline": row["payload"]["deadline"],
                "target": "response",
            }
        ]
    assert postbox.to(person.email) == []
    devices = (await person.data("GET", DEVICES))["items"]
    assert all(device["last_success_at"] for device in devices)


async def test_what_waits_for_a_browser_that_is_away_is_short_lived_and_told_once(
    hire: Hire, push_service: PushService, tell: Tell, telling: Jobs
) -> None:
    person = await hire()
    await subscribe(person, push_service.browser())
    await wants_push(person, "sla_warned", "incident_resolved")
    push_service.headers.clear()
    await tell(person, "incident_resolved")
    await deliver(telling)

    (headers,) = push_service.headers

    assert headers["TTL"] == "86400"
    assert headers["Urgency"] == "normal"
    assert headers["Content-Encoding"] == "aes128gcm"
    assert len(headers["Topic"]) <= 32


async def test_a_browser_that_has_gone_is_forgotten(
    hire: Hire, push_service: PushService, tell: Tell, telling: Jobs, postbox: Postbox
) -> None:
    person, gone, there = await hire(), push_service.browser(), push_service.browser()
    gone.answer = 410
    await subscribe(person, gone)
    kept = await subscribe(person, there)
    await wants_push(person, "sla_warned")
    await tell(person)

    await deliver(telling)

    assert len(there.shown) == 1
    devices = (await person.data("GET", DEVICES))["items"]
    assert [device["id"] for device in devices] == [kept["id"]]
    assert postbox.to(person.email) == []


async def test_a_service_in_trouble_is_tried_again_and_then_the_mail_goes(
    hire: Hire,
    push_service: PushService,
    tell: Tell,
    telling: Jobs,
    postbox: Postbox,
    run_sql: RunSql,
    clock: Clock,
) -> None:
    clock.pin()
    person, browser = await hire(), push_service.browser()
    browser.answer = 503
    await subscribe(person, browser)
    await wants_push(person, "sla_warned")
    key = await tell(person)
    for _ in range(3):
        assert postbox.to(person.email) == []
        await deliver(telling)
        clock.advance(minutes=2)
    row = await outbox(run_sql, key)
    assert row["last_error"] == "503 as it was told"

    await deliver(telling)

    row = await outbox(run_sql, key)
    assert (row["status"], row["channel"], row["reason"]) == (
        "sent",
        "mail",
        "push_failed",
    )
    assert len(postbox.to(person.email)) == 1
    (device,) = (await person.data("GET", DEVICES))["items"]
    assert device["failures"] == 3


async def test_a_breach_that_no_browser_took_is_mailed_at_once(
    hire: Hire,
    push_service: PushService,
    tell: Tell,
    telling: Jobs,
    postbox: Postbox,
) -> None:
    person, browser = await hire(), push_service.browser()
    browser.answer = 503
    await subscribe(person, browser)
    await wants_push(person, "sla_breached")
    await tell(person, "sla_breached")

    await deliver(telling)
    await deliver(telling)

    assert len(postbox.to(person.email)) == 1


async def test_who_has_no_device_gets_the_mail(
    hire: Hire, tell: Tell, telling: Jobs, postbox: Postbox
) -> None:
    person = await hire()
    await wants_push(person, "sla_warned")
    await tell(person)

    await deliver(telling)
    await deliver(telling)

    assert len(postbox.to(person.email)) == 1


async def test_who_is_signed_in_nowhere_is_told_in_no_browser(
    hire: Hire,
    push_service: PushService,
    tell: Tell,
    telling: Jobs,
    postbox: Postbox,
) -> None:
    person, browser = await hire(signed_in=False), push_service.browser()
    await subscribe(person, browser)
    await wants_push(person, "sla_warned")
    await tell(person)

    await deliver(telling)
    await deliver(telling)

    assert browser.shown == []
    assert len(postbox.to(person.email)) == 1


async def test_a_new_password_forgets_every_device(
    hire: Hire, push_service: PushService
) -> None:
    person = await hire()
    await subscribe(person, push_service.browser())
    body = {"current_password": PASSWORD, "new_password": "another horse battery"}

    await person.ask("POST", "/auth/password", json=body)

    assert (await person.data("GET", DEVICES))["items"] == []


async def test_a_test_notification_reaches_its_own_device_once_a_minute(
    hire: Hire,
    push_service: PushService,
    telling: Jobs,
    postbox: Postbox,
    clock: Clock,
) -> None:
    clock.pin(dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC))
    person, other, mine = await hire(), push_service.browser(), push_service.browser()
    await subscribe(person, other)
    device = await subscribe(person, mine)
    for _ in range(2):
        await person.ask("POST", f"{DEVICES}/{device['id']}/test", expect=202)

    await deliver(telling)

    assert [shown["kind"] for shown in mine.shown] == ["push_test"]
    assert other.shown == []
    assert postbox.to(person.email) == []


async def test_a_digest_is_a_mail_also_for_who_wants_to_be_pushed_to(
    hire: Hire,
    push_service: PushService,
    tell: Tell,
    telling: Jobs,
    postbox: Postbox,
    clock: Clock,
) -> None:
    clock.pin()
    person, browser = await hire(), push_service.browser()
    await subscribe(person, browser)
    choice = {"kind": "sla_warned", "when": "digest", "channel": "push"}
    body = {"choices": [choice]}
    await person.ask("PUT", "/notifications/preferences", expect=200, json=body)
    await tell(person)
    await deliver(telling)

    clock.advance(days=1)
    await deliver(telling)

    assert browser.shown == []
    assert len(postbox.to(person.email)) == 1


async def test_the_delivery_log_says_how_somebody_was_told(
    hire: Hire, push_service: PushService, tell: Tell, telling: Jobs
) -> None:
    person, administrator = await hire(), await hire(Role.ADMINISTRATOR)
    await subscribe(person, push_service.browser())
    await wants_push(person, "sla_warned")
    await tell(person)
    await deliver(telling)

    log = await administrator.data("GET", "/deliveries", params={"q": person.email})

    (told,) = log["items"]
    assert (told["channel"], told["status"]) == ("push", "sent")
