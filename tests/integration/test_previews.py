"""Files that are shown and not saved, and files that only agents see."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from tests.integration.conftest import Clock, Make, Person, bearing, serving
from tracker.app import create_app
from tracker.attachments.service import LONGEST_TEXT
from tracker.security import Role
from tracker.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0"
PDF = b"%PDF-1.7\n"
TEXT = "Grüße aus dem Protokoll\n".encode()
PAGE = b"<!doctype html><script>alert(1)</script>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


async def attach_internally(
    person: Person, incident: Any, content: bytes = PNG, name: str = "secret.png"
) -> Any:
    return await person.data(
        "POST",
        f"/incidents/{incident['id']}/attachments",
        expect=201,
        files={"file": (name, content)},
        data={"is_internal": "true"},
    )


# --- Shown in a browser ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "preview", "shown_as"),
    [
        (PNG, "image", "image/png"),
        (PDF, "pdf", "application/pdf"),
        (TEXT, "text", "text/plain; charset=utf-8"),
        # Whatever a browser could run is text.
        (PAGE, "text", "text/plain; charset=utf-8"),
        (DRAWING, "text", "text/plain; charset=utf-8"),
    ],
)
async def test_a_preview_shows_the_bytes_and_lets_them_do_nothing(
    agent: Person,
    client: httpx.AsyncClient,
    content: bytes,
    preview: str,
    shown_as: str,
) -> None:
    made = await agent.attach(await agent.create(), content, "page.html")
    assert made["preview"] == preview
    path = f"/attachments/{made['id']}"
    link = await agent.data("GET", f"{path}/link", params={"preview": "true"})
    for response in (
        await agent.ask("GET", f"{path}/preview", expect=200),
        await client.get(link["url"]),
    ):
        assert response.content == content
        headers = response.headers
        assert headers["content-type"] == shown_as
        assert headers["content-disposition"].startswith("inline;")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["cache-control"].startswith("private")
        assert headers["content-security-policy"] == (
            "default-src 'none'; frame-ancestors 'self'; sandbox"
        )


@pytest.mark.parametrize(
    "content",
    [b"text\0with NUL", b"PK\3\4" + b"\0" * 60, b"x" * (LONGEST_TEXT + 1)],
    ids=["bytes", "archive", "long text"],
)
async def test_what_is_not_on_the_list_can_only_be_saved(
    agent: Person, content: bytes
) -> None:
    made = await agent.attach(await agent.create(), content, "picture.png")
    assert made["preview"] is None
    path = f"/attachments/{made['id']}"
    await agent.ask("GET", f"{path}/preview", expect=404)
    await agent.ask("GET", f"{path}/link", expect=404, params={"preview": "true"})
    await agent.ask("GET", path, expect=200)


async def test_a_link_to_a_preview_is_good_for_five_minutes_and_one_file(
    agent: Person, client: httpx.AsyncClient, clock: Clock
) -> None:
    incident = await agent.create()
    made, other = [await agent.attach(incident, PNG, "a.png") for _ in range(2)]
    path = f"/attachments/{made['id']}/link"
    shown = (await agent.data("GET", path, params={"preview": "true"}))["url"]
    saved = (await agent.data("GET", path))["url"]
    assert (await client.get(shown)).status_code == 200
    wrong = (
        shown.replace(made["id"], other["id"]),
        # What opens one does not open the other.
        shown.replace("/preview", ""),
        saved.replace("?", "/preview?"),
    )
    for url in wrong:
        assert (await client.get(url)).status_code == 401
    clock.advance(minutes=5, seconds=1)
    assert (await client.get(shown)).status_code == 401


async def test_previews_come_from_here_also_when_the_storage_is_public(
    settings: Settings, agent: Person
) -> None:
    made = await agent.attach(await agent.create(), PNG, "a.png")
    s3 = msgspec.structs.replace(settings.s3, public_endpoint=settings.s3.endpoint)
    app = create_app(msgspec.structs.replace(settings, s3=s3))
    token = agent.client.headers["authorization"].removeprefix("Bearer ")
    async with serving(app) as client, bearing(client, token) as there:
        path = f"/api/v1/attachments/{made['id']}"
        link = await there.get(f"{path}/link", params={"preview": "true"})
        url = link.json()["data"]["url"]
        assert url.startswith(f"{path}/preview?")
        assert (await there.get(f"{path}/preview")).content == PNG


# --- For agents only ------------------------------------------------------------------


async def test_an_internal_file_is_nowhere_for_the_reporter(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    path = f"/incidents/{incident['id']}"
    before = (await reporter.data("GET", path))["updated_at"]
    hidden = await attach_internally(agent, incident)
    gone = await attach_internally(agent, incident)
    await agent.ask("DELETE", f"/attachments/{gone['id']}", expect=204)
    assert hidden["is_internal"]
    seen = [
        await reporter.ask("GET", path),
        await reporter.ask("GET", f"{path}/attachments"),
        await reporter.ask("GET", f"{path}/timeline"),
        await reporter.ask("GET", "/incidents", params={"q": "secret.png"}),
    ]
    for made in (hidden, gone):
        for method, end in (
            ("GET", ""),
            ("GET", "/link"),
            ("GET", "/link?preview=true"),
            ("GET", "/preview"),
            ("DELETE", ""),
        ):
            address = f"/attachments/{made['id']}{end}"
            seen.append(await reporter.ask(method, address, expect=404))
    for response in seen:
        for told in ("secret.png", hidden["id"], gone["id"]):
            assert told not in response.text
    assert seen[0].json()["data"]["updated_at"] == before
    assert (await reporter.data("GET", f"{path}/attachments"))["items"] == []
    for person in (agent, reporter):
        types = [item["type"] for item in (await person.pages(f"{path}/timeline"))[0]]
        assert ("attached" in types) == (person is agent)


async def test_a_reporter_attaches_nothing_internally(reporter: Person) -> None:
    incident = await reporter.create()
    path = f"/incidents/{incident['id']}/attachments"
    files = {"file": ("a.png", PNG)}
    await reporter.ask(
        "POST", path, expect=403, files=files, data={"is_internal": "true"}
    )
    await reporter.ask(
        "POST", path, expect=201, files=files, data={"is_internal": "false"}
    )


async def test_whether_a_file_is_internal_is_true_or_false(agent: Person) -> None:
    incident = await agent.create()
    response = await agent.ask(
        "POST",
        f"/incidents/{incident['id']}/attachments",
        expect=422,
        files={"file": ("a.png", PNG)},
        data={"is_internal": "perhaps"},
    )
    assert response.json()["errors"][0]["field"] == "is_internal"


async def test_a_file_is_hidden_and_shown_again_with_its_line_in_the_timeline(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    made = await agent.attach(incident, PNG, "a.png")
    path = f"/incidents/{incident['id']}"

    async def told(person: Person) -> tuple[int, list[str]]:
        files = (await person.data("GET", f"{path}/attachments"))["items"]
        [timeline] = await person.pages(f"{path}/timeline")
        return len(files), [
            item["type"] for item in timeline if item["type"].startswith("attach")
        ]

    assert await told(reporter) == (1, ["attached"])
    for hidden in (True, True):
        changed = await agent.data(
            "PATCH", f"/attachments/{made['id']}", json={"is_internal": hidden}
        )
        assert changed == {**made, "is_internal": True}
    assert await told(reporter) == (0, [])
    assert await told(agent) == (1, ["attached", "attachment_hidden"])
    await agent.data("PATCH", f"/attachments/{made['id']}", json={"is_internal": False})
    assert await told(reporter) == (1, ["attached"])
    assert await told(agent) == (
        1,
        ["attached", "attachment_hidden", "attachment_shown"],
    )


async def test_only_who_attached_it_or_a_manager_says_who_sees_a_file(
    agent: Person, manager: Person, make_person: Make
) -> None:
    colleague = await make_person(Role.AGENT)
    made = await agent.attach(await agent.create(), PNG, "a.png")
    path, hide = f"/attachments/{made['id']}", {"is_internal": True}
    await colleague.ask("PATCH", path, expect=403, json=hide)
    await manager.ask("PATCH", path, expect=200, json=hide)
