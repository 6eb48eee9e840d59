"""Files: up, down, what is refused, and that nothing is left lying about."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import io
import secrets
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest

from tests.integration.conftest import Clock, Make, Person, bearing, serving
from tracker.app import create_app
from tracker.attachments.jobs import purge_attachments
from tracker.attachments.service import PREFIX
from tracker.context import JobContext
from tracker.db import Database
from tracker.security import Role
from tracker.settings import Settings
from tracker.storage import Storage

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0"
EXE = b"MZ\x90\0" + b"\0" * 60
REPLACE = msgspec.structs.replace


async def upload(
    person: Person, incident: Any, content: bytes, name: str = "a.txt", **options: Any
) -> httpx.Response:
    return await person.ask(
        "POST",
        f"/incidents/{incident['id']}/attachments",
        files={"file": (name, content, options.pop("mime", None))},
        **options,
    )


async def objects(storage: Storage, incident: Any) -> list[str]:
    """The keys of what lies in the bucket for an incident."""
    return [item.key for item in await storage.list(f"{PREFIX}{incident['id']}/")]


@pytest.fixture
async def storage(settings: Settings) -> Storage:
    return Storage(settings.s3)


def asking(person: Person, client: httpx.AsyncClient) -> Person:
    """The same person at another instance of the service."""
    token = person.client.headers["authorization"].removeprefix("Bearer ")
    return dataclasses.replace(person, client=bearing(client, token))


# --- Up and down ----------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 8192, 700_001])
async def test_what_comes_down_is_what_went_up(agent: Person, size: int) -> None:
    content = secrets.token_bytes(size)
    made = await agent.attach(await agent.create(), content, "random.bin")
    assert made["file_size"] == size
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    response = await agent.ask("GET", f"/attachments/{made['id']}", expect=200)
    assert response.content == content
    assert int(response.headers["content-length"]) == size


async def test_files_are_listed_oldest_first_in_pages(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    made = [await agent.attach(incident, b"x", f"{n}.txt") for n in range(3)]
    pages = await reporter.pages(f"/incidents/{incident['id']}/attachments", limit=2)
    assert pages == [made[:2], made[2:]]


async def test_a_download_can_not_run_in_a_browser(agent: Person) -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    made = await agent.attach(await agent.create(), page, "page.html")
    headers = (await agent.ask("GET", f"/attachments/{made['id']}")).headers
    assert headers["content-type"].startswith("text/plain")
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("bytes=0-3", "0123"),
        ("bytes=4-", "456789"),
        ("bytes=-2", "89"),
        ("bytes=8-99", "89"),
    ],
)
async def test_a_range_is_answered_with_its_bytes(
    agent: Person, wanted: str, expected: str
) -> None:
    made = await agent.attach(await agent.create(), b"0123456789")
    path, header = f"/attachments/{made['id']}", {"Range": wanted}
    response = await agent.ask("GET", path, expect=206, headers=header)
    assert response.text == expected
    start = "0123456789".index(expected)
    end = start + len(expected) - 1
    assert response.headers["content-range"] == f"bytes {start}-{end}/10"
    assert response.headers["content-length"] == str(len(expected))


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=5-2", "bytes=-0"])
async def test_a_range_without_bytes_is_refused_with_the_size(
    agent: Person, wanted: str
) -> None:
    made = await agent.attach(await agent.create(), b"0123456789")
    response = await agent.ask(
        "GET", f"/attachments/{made['id']}", expect=416, headers={"Range": wanted}
    )
    assert response.headers["content-range"] == "bytes */10"


@pytest.mark.parametrize(
    "wanted",
    ["lines=1-2", "bytes=a-b", "bytes=-", "bytes=0-1,3-4", "bytes=" + "9" * 99],
)
async def test_a_range_that_is_not_understood_is_ignored(
    agent: Person, wanted: str
) -> None:
    made = await agent.attach(await agent.create(), b"0123456789")
    response = await agent.ask(
        "GET", f"/attachments/{made['id']}", expect=200, headers={"Range": wanted}
    )
    assert response.content == b"0123456789"


async def test_a_repeated_upload_with_a_key_is_stored_once(
    agent: Person, storage: Storage
) -> None:
    incident = await agent.create()
    key = {"Idempotency-Key": "upload"}
    first = await upload(agent, incident, b"bytes", headers=key)
    second = await upload(agent, incident, b"bytes", headers=key)
    assert first.json() == second.json()
    assert len(await objects(storage, incident)) == 1


# --- Types and names ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (PNG, "image/png"),
        (b"%PDF-1.7\n", "application/pdf"),
        ("Grüße\n".encode(), "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain"),
        (b"text\0with NUL", "application/octet-stream"),
        (b"\xff\xfe\xfd", "application/octet-stream"),
        (b"x" * 8191 + "ü".encode(), "text/plain"),
    ],
)
async def test_the_bytes_say_what_a_file_is_and_not_the_sender(
    agent: Person, content: bytes, mime_type: str
) -> None:
    response = await upload(
        agent, await agent.create(), content, "x.html", mime="text/html"
    )
    assert response.json()["data"]["mime_type"] == mime_type


async def test_a_program_is_refused_whatever_it_calls_itself(
    agent: Person, storage: Storage
) -> None:
    incident = await agent.create()
    response = await upload(agent, incident, EXE, "holiday.png", mime="image/png")
    assert response.status_code == 415
    assert response.json()["errors"][0]["field"] == "file"
    assert await objects(storage, incident) == []


async def test_only_the_allowed_types_pass_when_there_is_a_list(
    settings: Settings, agent: Person
) -> None:
    incident = await agent.create()
    uploads = REPLACE(settings.uploads, allowed_types=("image/*",))
    async with serving(create_app(REPLACE(settings, uploads=uploads))) as client:
        there = asking(agent, client)
        assert (await upload(there, incident, PNG)).status_code == 201
        assert (await upload(there, incident, b"text")).status_code == 415


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\report.pdf", "report.pdf"),
        ("Überweisung 日本.pdf", "Überweisung 日本.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\tb\x7f\u200b.txt", "ab.txt"),
        ("..", "file"),
        (" .txt. ", "txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
async def test_a_name_is_kept_without_what_could_hurt(
    agent: Person, sent: str, kept: str
) -> None:
    incident = await agent.create()
    # As browsers write it; other clients escape in ways of their own.
    body = (
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{sent}"'
        "\r\n\r\nbytes\r\n--b--\r\n"
    )
    made = await agent.data(
        "POST",
        f"/incidents/{incident['id']}/attachments",
        expect=201,
        content=body.encode(),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert made["filename"] == kept
    response = await agent.ask("GET", f"/attachments/{made['id']}", expect=200)
    assert quote(kept) in response.headers["content-disposition"]


async def test_a_download_carries_the_name_in_every_alphabet(agent: Person) -> None:
    made = await agent.attach(await agent.create(), b"x", 'Über "uns".txt')
    headers = (await agent.ask("GET", f"/attachments/{made['id']}")).headers
    assert headers["content-disposition"] == (
        "attachment; filename=\"?ber 'uns'.txt\";"
        " filename*=UTF-8''%C3%9Cber%20%22uns%22.txt"
    )


# --- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize("over", [1, 200_000])
async def test_a_file_over_the_limit_leaves_neither_row_nor_object(
    settings: Settings, agent: Person, storage: Storage, over: int
) -> None:
    incident = await agent.create()
    uploads = REPLACE(settings.uploads, max_bytes=1000)
    async with serving(create_app(REPLACE(settings, uploads=uploads))) as client:
        there = asking(agent, client)
        assert (await upload(there, incident, b"x" * 1000)).status_code == 201
        refused = await upload(there, incident, b"x" * (1000 + over))
    assert refused.status_code == 413
    assert refused.json()["errors"][0]["code"] == "too_large"
    listed = await agent.data("GET", f"/incidents/{incident['id']}/attachments")
    assert len(listed["items"]) == 1
    assert len(await objects(storage, incident)) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"files": {"other": b"x"}},
        {"files": {"other": b"x"}, "data": {"file": "not a file"}},
        {"files": [("file", b"one"), ("file", b"two")]},
        {"files": {"file": ("empty.txt", b"")}},
    ],
)
async def test_an_upload_is_one_file_with_bytes_in_the_field_file(
    agent: Person, options: dict[str, Any]
) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['id']}/attachments"
    response = await agent.ask("POST", path, expect=422, **options)
    assert response.json()["errors"][0]["field"] == "file"


async def test_a_storage_that_is_away_is_a_503_and_leaves_no_row(
    settings: Settings, agent: Person
) -> None:
    incident = await agent.create()
    s3 = REPLACE(settings.s3, endpoint="http://127.0.0.1:9")
    async with serving(create_app(REPLACE(settings, s3=s3))) as client:
        response = await upload(asking(agent, client), incident, b"bytes")
    assert response.status_code == 503
    path = f"/incidents/{incident['id']}"
    assert (await agent.data("GET", f"{path}/attachments"))["items"] == []
    [timeline] = await agent.pages(f"{path}/timeline")
    assert "attached" not in {item["type"] for item in timeline}


async def test_an_upload_to_an_incident_that_goes_meanwhile_leaves_no_object(
    agent: Person, storage: Storage, db: Database
) -> None:
    incident = await agent.create()
    async with db.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "UPDATE incidents SET deleted_at = now() WHERE id = %s", (incident["id"],)
        )
        uploading = asyncio.create_task(upload(agent, incident, b"bytes"))
        async with asyncio.timeout(10):
            while not await objects(storage, incident):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert (await uploading).status_code == 404
    assert await objects(storage, incident) == []


async def test_a_file_whose_bytes_are_lost_is_a_404_and_not_half_an_answer(
    agent: Person, storage: Storage
) -> None:
    incident = await agent.create()
    made = await agent.attach(incident, b"bytes")
    [key] = await objects(storage, incident)
    await storage.delete(key)
    response = await agent.ask("GET", f"/attachments/{made['id']}", expect=404)
    assert "storage" in response.json()["message"]


# --- Links ----------------------------------------------------------------------------


async def test_a_link_opens_without_a_token_for_five_minutes(
    agent: Person, client: httpx.AsyncClient, clock: Clock
) -> None:
    made = await agent.attach(await agent.create(), b"bytes")
    link = await agent.data("GET", f"/attachments/{made['id']}/link")
    expires = dt.datetime.fromisoformat(link["expires_at"])
    assert abs(expires - clock() - dt.timedelta(minutes=5)) < dt.timedelta(minutes=1)
    assert (await client.get(link["url"])).content == b"bytes"
    clock.advance(minutes=5, seconds=1)
    assert (await client.get(link["url"])).status_code == 401


async def test_a_link_opens_its_own_file_only(
    agent: Person, client: httpx.AsyncClient
) -> None:
    incident = await agent.create()
    made, other = [await agent.attach(incident, b"x") for _ in range(2)]
    link = await agent.data("GET", f"/attachments/{made['id']}/link")
    url = link["url"].replace(made["id"], other["id"])
    assert (await client.get(url)).status_code == 401


async def test_downloads_go_to_the_public_storage_when_there_is_one(
    settings: Settings, agent: Person, clock: Clock
) -> None:
    made = await agent.attach(await agent.create(), b"bytes")
    s3 = REPLACE(settings.s3, public_endpoint=settings.s3.endpoint)
    public = create_app(REPLACE(settings, s3=s3), now=clock)
    async with serving(public) as client, httpx.AsyncClient() as browser:
        there = asking(agent, client)
        redirect = await there.ask("GET", f"/attachments/{made['id']}", expect=302)
        link = await there.data("GET", f"/attachments/{made['id']}/link")
        for url in (redirect.headers["location"], link["url"]):
            assert url.startswith(settings.s3.endpoint)
            assert (await browser.get(url)).content == b"bytes"


# --- Deleting and purging -------------------------------------------------------------


async def test_a_deleted_file_is_out_of_sight_and_the_timeline_says_so(
    agent: Person,
) -> None:
    incident = await agent.create()
    made = await agent.attach(incident, b"bytes", "secret.txt")
    await agent.ask("DELETE", f"/attachments/{made['id']}", expect=204)
    await agent.ask("GET", f"/attachments/{made['id']}", expect=404)
    await agent.ask("GET", f"/attachments/{made['id']}/link", expect=404)
    path = f"/incidents/{incident['id']}"
    assert (await agent.data("GET", f"{path}/attachments"))["items"] == []
    [timeline] = await agent.pages(f"{path}/timeline")
    assert timeline[-1]["type"] == "attachment_deleted"


async def test_only_who_attached_it_or_a_manager_deletes_a_file(
    agent: Person, manager: Person, make_person: Make
) -> None:
    colleague = await make_person(Role.AGENT)
    made = await agent.attach(await agent.create(), b"bytes")
    await colleague.ask("DELETE", f"/attachments/{made['id']}", expect=403)
    await manager.ask("DELETE", f"/attachments/{made['id']}", expect=204)


async def test_objects_that_no_row_knows_are_purged_after_an_hour(
    agent: Person, storage: Storage, job_app: JobContext, clock: Clock
) -> None:
    incident = await agent.create()
    await agent.attach(incident, b"kept")
    [kept] = await objects(storage, incident)
    orphan = f"{PREFIX}{incident['id']}/orphan"
    await storage.put(orphan, io.BytesIO(b"lost"), 4, "text/plain")
    await purge_attachments({"app": job_app})
    assert sorted(await objects(storage, incident)) == sorted([kept, orphan])
    clock.advance(hours=1, minutes=1)
    await purge_attachments({"app": job_app})
    assert await objects(storage, incident) == [kept]


async def test_deleted_files_keep_their_bytes_for_thirty_days(
    agent: Person,
    storage: Storage,
    job_app: JobContext,
    clock: Clock,
    run_sql: Any,
) -> None:
    incident = await agent.create()
    made = await agent.attach(incident, b"bytes")
    await agent.ask("DELETE", f"/attachments/{made['id']}", expect=204)
    clock.advance(days=29)
    await purge_attachments({"app": job_app})
    assert len(await objects(storage, incident)) == 1
    clock.advance(days=1, seconds=1)
    await purge_attachments({"app": job_app})
    assert await objects(storage, incident) == []
    rows = "SELECT 1 FROM attachments WHERE id = :id"
    assert await run_sql(rows, id=made["id"]) == []
