"""What is said about an incident, and the one order of everything that happened."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tracker.security import Role


async def timeline(
    person: Person, incident: dict[str, Any], **query: Any
) -> list[dict[str, Any]]:
    path = f"/incidents/{incident['id']}/timeline"
    pages = await person.pages(path, **{"limit": 100, **query})
    return [item for page in pages for item in page]


async def said(person: Person, incident: dict[str, Any]) -> list[str]:
    [page] = await person.pages(f"/incidents/{incident['id']}/comments", limit=100)
    return [comment["content"] for comment in page]


# --- Comments -------------------------------------------------------------------------


async def test_a_comment_is_there_with_its_author_and_words(agent: Person) -> None:
    incident = await agent.create()
    made = await agent.say(incident, "  Säge 🪚\n\n*done*")
    assert made["content"] == "  Säge 🪚\n\n*done*"
    assert made["author"] == {"id": agent.id, "name": agent.name}
    assert made["is_internal"] is False
    listed = await agent.data("GET", f"/incidents/{incident['id']}/comments")
    assert listed["items"] == [made]


@pytest.mark.parametrize("content", ["", " \n", "x" * 20_001, None, 5])
async def test_a_comment_needs_words_within_the_limit(
    agent: Person, content: Any
) -> None:
    incident = await agent.create()
    response = await agent.ask(
        "POST",
        f"/incidents/{incident['id']}/comments",
        expect=422,
        json={"content": content},
    )
    assert response.json()["errors"][0]["field"] == "content"


async def test_comments_page_in_the_order_of_their_making(
    agent: Person, clock: Clock
) -> None:
    incident = await agent.create()
    clock.pin()  # They are made at the same instant, and still in an order.
    words = [f"Word {number}" for number in range(5)]
    for content in words:
        await agent.say(incident, content)
    pages = await agent.pages(f"/incidents/{incident['id']}/comments", limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [c["content"] for page in pages for c in page] == words


async def test_a_repeated_comment_with_a_key_is_said_once(agent: Person) -> None:
    incident = await agent.create()
    answers = await asyncio.gather(
        *(
            agent.data(
                "POST",
                f"/incidents/{incident['id']}/comments",
                expect=201,
                json={"content": "Once"},
                headers={"Idempotency-Key": "once"},
            )
            for _ in range(4)
        )
    )
    assert {answer["id"] for answer in answers} == {answers[0]["id"]}
    assert await said(agent, incident) == ["Once"]


async def test_a_comment_gets_other_words_and_agents_can_see_the_old_ones(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    comment = await agent.say(incident, "The password is hunter2")
    path = f"/comments/{comment['id']}"
    edited = await agent.data("PATCH", path, json={"content": "Sent by phone"})
    assert (edited["content"], edited["version"]) == ("Sent by phone", 2)
    assert await said(reporter, incident) == ["Sent by phone"]
    assert "hunter2" in str(await timeline(agent, incident))
    assert "hunter2" not in str(await timeline(reporter, incident))


async def test_a_stale_change_of_a_comment_is_refused(agent: Person) -> None:
    comment = await agent.say(await agent.create(), "One")
    path, stale = f"/comments/{comment['id']}", {"If-Match": '"1"'}
    answers = await asyncio.gather(
        *(
            agent.ask("PATCH", path, json={"content": f"{n}"}, headers=stale)
            for n in range(5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 4]
    codes = {a.json()["errors"][0]["code"] for a in answers if a.status_code == 409}
    assert codes == {"stale_version"}


async def test_a_deleted_comment_is_gone_and_the_timeline_says_so(
    agent: Person,
) -> None:
    incident = await agent.create()
    comment = await agent.say(incident, "Oops")
    await agent.ask("DELETE", f"/comments/{comment['id']}", expect=204)
    assert await said(agent, incident) == []
    items = await timeline(agent, incident)
    assert "Oops" not in str(items)
    assert items[-1]["type"] == "comment_deleted"
    assert items[-1]["data"]["comment_id"] == comment["id"]
    await agent.ask("DELETE", f"/comments/{comment['id']}", expect=404)


async def test_only_the_author_or_a_manager_changes_a_comment(
    agent: Person, manager: Person, make_person: Make
) -> None:
    colleague = await make_person(Role.AGENT)
    comment = await agent.say(await agent.create(), "Mine")
    path, body = f"/comments/{comment['id']}", {"content": "Theirs"}
    await colleague.ask("PATCH", path, expect=403, json=body)
    await colleague.ask("DELETE", path, expect=403)
    await manager.ask("PATCH", path, expect=200, json=body)
    await manager.ask("DELETE", path, expect=204)


async def test_a_reporter_comments_on_their_own_in_public_only(
    reporter: Person,
) -> None:
    incident = await reporter.create()
    await reporter.say(incident, "Any news?")
    body = {"content": "Psst", "is_internal": True}
    path = f"/incidents/{incident['id']}/comments"
    await reporter.ask("POST", path, expect=403, json=body)
    assert await said(reporter, incident) == ["Any news?"]


async def test_a_public_comment_counts_as_a_change_and_an_internal_one_is_silent(
    agent: Person, reporter: Person, clock: Clock
) -> None:
    incident = await reporter.create()
    path = f"/incidents/{incident['id']}"
    clock.advance(minutes=1)
    await agent.say(incident, "Between us", is_internal=True)
    quiet = await reporter.data("GET", path)
    assert quiet["updated_at"] == incident["updated_at"]
    await agent.say(incident, "For you")
    assert (await reporter.data("GET", path))["updated_at"] > quiet["updated_at"]


# --- The timeline ---------------------------------------------------------------------


async def test_the_timeline_tells_everything_in_the_order_in_which_it_happened(
    manager: Person, reporter: Person, clock: Clock
) -> None:
    incident = await reporter.create()
    path = f"/incidents/{incident['id']}"
    sla = f"/slas/{incident['sla']['id']}"

    async def after_a_minute(method: str, path: str, **options: Any) -> Any:
        clock.advance(minutes=1)
        return await manager.ask(method, path, **options)

    await after_a_minute("POST", f"{path}/acknowledge")
    await after_a_minute("PATCH", f"{sla}/pause", json={"reason": "other"})
    await after_a_minute("PATCH", f"{sla}/resume")
    await after_a_minute("PATCH", path, json={"title": "New"})
    await after_a_minute("POST", f"{path}/comments", json={"content": "Hi"})
    await after_a_minute("POST", f"{path}/attachments", files={"file": ("a", b"a")})
    await after_a_minute("POST", f"{path}/resolve")
    await after_a_minute("POST", f"{path}/close")
    await after_a_minute("POST", f"{path}/reopen")
    await after_a_minute("DELETE", path)
    await after_a_minute("POST", f"{path}/restore")

    items = await timeline(manager, incident)
    assert [item["type"] for item in items] == [
        "created",
        "responded",
        "status_changed",
        "paused",
        "resumed",
        "edited",
        "commented",
        "attached",
        "resolved",
        "status_changed",
        "reopened",
        "deleted",
        "restored",
    ]
    assert {item["actor"]["id"] for item in items} == {manager.id, reporter.id}
    assert items[5]["data"]["title"] == [incident["title"], "New"]
    assert items[6]["comment"]["content"] == "Hi"
    assert items[7]["data"]["filename"] == "a"
    backwards = await timeline(manager, incident, order="desc")
    assert backwards == items[::-1]


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_the_timeline_pages_without_gaps_or_repeats_at_one_instant(
    agent: Person, clock: Clock, order: str
) -> None:
    clock.pin()
    incident = await agent.create()
    await agent.data("POST", f"/incidents/{incident['id']}/acknowledge")
    for number in range(4):
        await agent.say(incident, f"Word {number}")
    whole = await timeline(agent, incident, order=order)
    assert len(whole) == 7
    assert await timeline(agent, incident, order=order, limit=2) == whole


async def test_an_unknown_order_of_the_timeline_is_refused(agent: Person) -> None:
    incident = await agent.create()
    response = await agent.ask(
        "GET", f"/incidents/{incident['id']}/timeline?order=random", expect=422
    )
    assert response.json()["errors"][0]["field"] == "order"


async def test_the_reporter_reads_of_a_pause_but_not_in_whose_words(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    body = {"reason": "awaiting_customer", "note": "They never answer"}
    await agent.data("PATCH", f"/slas/{incident['sla']['id']}/pause", json=body)
    [pause] = [i for i in await timeline(reporter, incident) if i["type"] == "paused"]
    assert pause["data"]["reason"] == "awaiting_customer"
    assert "note" not in pause["data"]
    assert pause["actor"] is None
    [full] = [i for i in await timeline(agent, incident) if i["type"] == "paused"]
    assert full["data"]["note"] == "They never answer"
    assert full["actor"]["id"] == agent.id
