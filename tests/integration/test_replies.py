"""Canned replies: who keeps them, who uses them, and what may stand in them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.integration.conftest import Make, Person
from tracker.incidents.schemas import Placeholder
from tracker.security import Role

_numbers = itertools.count(1)
REPLIES = "/canned-replies"


def title() -> str:
    return f"Reply {next(_numbers):04}"


async def keep(manager: Person, **fields: Any) -> Any:
    body = {"title": title(), "body": "Hello {{reporter.name}}", **fields}
    return await manager.data("POST", REPLIES, expect=201, json=body)


def path(reply: Any) -> str:
    return f"{REPLIES}/{reply['id']}"


async def titles(person: Person, **query: Any) -> list[str]:
    pages = await person.pages(REPLIES, limit=100, **query)
    return [reply["title"] for page in pages for reply in page]


@pytest.fixture
async def team(manager: Person, agent: Person) -> Any:
    """A team with the agent in it."""
    body = {"name": f"Team {title()}", "member_ids": [agent.id]}
    return await manager.data("POST", "/teams", expect=201, json=body)


# --- Keeping --------------------------------------------------------------------------


async def test_agents_read_what_a_manager_keeps(manager: Person, agent: Person) -> None:
    words = "Hello {{ reporter.name }}, by {{deadline.response}}. {{reporter.name}}!"
    made = await keep(manager, body=words)
    assert made["placeholders"] == ["reporter.name", "deadline.response"]
    assert made["team"] is None
    assert await agent.data("GET", path(made)) == made
    assert made["title"] in await titles(agent)


async def test_a_deleted_reply_is_gone_and_its_title_is_free(
    manager: Person, agent: Person
) -> None:
    reply = await keep(manager)
    await manager.ask("DELETE", path(reply), expect=204)
    await agent.ask("GET", path(reply), expect=404)
    await manager.ask("PATCH", path(reply), json={"title": "x"}, expect=404)
    assert reply["title"] not in await titles(agent)
    await keep(manager, title=reply["title"])


async def test_two_replies_of_one_title_are_a_conflict(manager: Person) -> None:
    first, second = await keep(manager), await keep(manager)
    same = {"title": first["title"].upper(), "body": "Words"}
    refused = await manager.ask("POST", REPLIES, json=same, expect=409)
    assert refused.json()["errors"][0]["field"] == "title"
    body = {"title": first["title"]}
    await manager.ask("PATCH", path(second), json=body, expect=409)


async def test_a_stale_change_is_refused(manager: Person) -> None:
    reply = await keep(manager)
    headers = {"If-Match": f'"{reply["version"]}"'}
    body = {"body": "Better words"}
    response = await manager.ask(
        "PATCH", path(reply), json=body, headers=headers, expect=200
    )
    changed = response.json()["data"]
    assert (changed["body"], changed["title"]) == ("Better words", reply["title"])
    assert response.headers["etag"] == f'"{changed["version"]}"'
    refused = await manager.ask(
        "PATCH", path(reply), json=body, headers=headers, expect=409
    )
    assert refused.json()["errors"][0]["code"] == "stale_version"


async def test_the_same_key_keeps_words_once(manager: Person) -> None:
    body = {"title": title(), "body": "Words"}
    headers = {"Idempotency-Key": body["title"]}
    ids = {
        (await manager.data("POST", REPLIES, expect=201, json=body, headers=headers))[
            "id"
        ]
        for _ in range(2)
    }
    assert len(ids) == 1


# --- Placeholders ---------------------------------------------------------------------


@pytest.mark.parametrize("words", ["{{reporter.nam}}", "{{}}", "Hi {{ agent }}"])
async def test_an_unknown_placeholder_is_refused_and_the_known_ones_are_named(
    manager: Person, words: str
) -> None:
    reply = await keep(manager)
    body = {"title": title(), "body": words}
    for method, where in (("POST", REPLIES), ("PATCH", path(reply))):
        refused = await manager.ask(method, where, json=body, expect=422)
        [error] = refused.json()["errors"]
        assert error["field"] == "body"
        for known in Placeholder:
            assert f"{{{{{known}}}}}" in error["message"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"body": ""}, "body"),
        ({"body": "x" * 10_001}, "body"),
        ({"team_id": "00000000-0000-7000-8000-000000000000"}, "team_id"),
    ],
)
async def test_what_is_wrong_is_refused_by_its_field(
    manager: Person, fields: dict[str, str], field: str
) -> None:
    body = {"title": title(), "body": "Words", **fields}
    refused = await manager.ask("POST", REPLIES, json=body, expect=422)
    assert refused.json()["errors"][0]["field"] == field


# --- Whose they are -------------------------------------------------------------------


async def test_a_teams_reply_is_for_its_people_and_for_managers(
    manager: Person, agent: Person, make_person: Make, team: Any
) -> None:
    outsider = await make_person(Role.AGENT)
    reply = await keep(manager, team_id=team["id"])
    assert reply["team"] == {"id": team["id"], "name": team["name"]}
    for person in (agent, manager):
        assert reply["title"] in await titles(person)
    assert reply["title"] not in await titles(outsider)
    await outsider.ask("GET", path(reply), expect=404)
    await manager.data("PATCH", path(reply), json={"team_id": None})
    assert reply["title"] in await titles(outsider)


async def test_agents_and_reporters_change_nothing(
    manager: Person, agent: Person, reporter: Person
) -> None:
    reply = await keep(manager)
    body = {"title": title(), "body": "Words"}
    for person in (agent, reporter):
        await person.ask("POST", REPLIES, json=body, expect=403)
        await person.ask("PATCH", path(reply), json=body, expect=403)
        await person.ask("DELETE", path(reply), expect=403)
    refused = await reporter.ask("GET", path(reply), expect=403)
    assert reply["title"] not in refused.text
    await reporter.ask("GET", REPLIES, expect=403)


# --- Finding --------------------------------------------------------------------------


async def test_the_list_pages_by_title_without_gaps(
    manager: Person, agent: Person
) -> None:
    word = f"paged{title()}"
    made = [await keep(manager, body=word) for _ in range(5)]
    pages = await agent.pages(REPLIES, q=word, limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    found = [reply["title"] for page in pages for reply in page]
    assert found == sorted(reply["title"] for reply in made)


async def test_words_are_found_in_title_and_body_as_they_are(
    manager: Person, agent: Person
) -> None:
    mark = f"100%_{next(_numbers)}x"
    in_title = await keep(manager, title=f"{mark} refund")
    in_body = await keep(manager, body=f"You get {mark.upper()}")
    await keep(manager, body=mark.replace("%_", "ab"))
    assert await titles(agent, q=mark) == sorted([in_title["title"], in_body["title"]])
