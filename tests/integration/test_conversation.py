"""What was said before it was changed or taken back, and who may read it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Make, Person
from tracker.security import Role


async def history(person: Person, comment: dict[str, Any]) -> list[dict[str, Any]]:
    page = await person.data("GET", f"/comments/{comment['id']}/history")
    items: list[dict[str, Any]] = page["items"]
    return items


async def change(person: Person, comment: dict[str, Any], content: str) -> None:
    path = f"/comments/{comment['id']}"
    await person.ask("PATCH", path, expect=200, json={"content": content})


async def timeline(
    person: Person, incident: dict[str, Any], show: str = "all"
) -> list[dict[str, Any]]:
    path = f"/incidents/{incident['id']}/timeline"
    [page] = await person.pages(path, limit=100, show=show)
    return page


# --- History --------------------------------------------------------------------------


async def test_the_history_has_who_changed_what_newest_first(
    agent: Person, manager: Person
) -> None:
    comment = await agent.say(await agent.create(), "One")
    assert await history(agent, comment) == []
    await change(agent, comment, "Two")
    await change(manager, comment, "Three")
    first, second = await history(agent, comment)
    assert (first["content"], first["changed_by"]["id"]) == ("Two", manager.id)
    assert (second["content"], second["changed_by"]["id"]) == ("One", agent.id)
    assert first["changed_at"] > second["changed_at"]


async def test_the_history_pages_without_gaps(agent: Person) -> None:
    comment = await agent.say(await agent.create(), "0")
    for number in range(1, 6):
        await change(agent, comment, str(number))
    pages = await agent.pages(f"/comments/{comment['id']}/history", limit=2)
    assert [v["content"] for page in pages for v in page] == ["4", "3", "2", "1", "0"]


async def test_a_reporter_reads_how_their_own_words_were_but_not_an_agents(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    own = await reporter.say(incident, "Mine")
    theirs = await agent.say(incident, "The password is hunter2")
    await change(reporter, own, "Mine, better")
    await change(agent, theirs, "Sent by phone")
    assert [v["content"] for v in await history(reporter, own)] == ["Mine"]
    refused = await reporter.ask("GET", f"/comments/{theirs['id']}/history", expect=403)
    assert "hunter2" not in refused.text


async def test_history_of_what_somebody_may_not_see_is_not_there(
    agent: Person, reporter: Person, make_person: Make
) -> None:
    incident = await reporter.create()
    note = await agent.say(incident, "Psst", is_internal=True)
    await change(agent, note, "Hush")
    await reporter.ask("GET", f"/comments/{note['id']}/history", expect=404)
    stranger = await make_person(Role.REPORTER)
    comment = await agent.say(incident, "Hello")
    await stranger.ask("GET", f"/comments/{comment['id']}/history", expect=404)


# --- Taken back -----------------------------------------------------------------------


async def test_only_managers_still_read_a_deleted_comment(
    agent: Person, manager: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    comment = await agent.say(incident, "Oops")
    await agent.ask("DELETE", f"/comments/{comment['id']}", expect=204)
    for person in (agent, reporter):
        last = (await timeline(person, incident))[-1]
        assert (last["type"], last["actor"]["id"]) == ("comment_deleted", agent.id)
        assert "Oops" not in str(last)
    assert (await timeline(manager, incident))[-1]["data"]["content"] == "Oops"
    await manager.ask("GET", f"/comments/{comment['id']}/history", expect=404)


async def test_a_deleted_internal_note_leaves_no_trace_for_the_reporter(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    note = await agent.say(incident, "Psst", is_internal=True)
    before = await timeline(reporter, incident)
    await agent.ask("DELETE", f"/comments/{note['id']}", expect=204)
    assert await timeline(reporter, incident) == before


# --- What the timeline shows ----------------------------------------------------------


async def test_the_timeline_shows_only_what_was_asked_for(agent: Person) -> None:
    incident = await agent.create()
    comment = await agent.say(incident, "Hello")
    path = f"/incidents/{incident['id']}"
    await agent.ask("PATCH", path, expect=200, json={"title": "Another"})
    types = {
        show: [item["type"] for item in await timeline(agent, incident, show)]
        for show in ("all", "comments", "changes", "clock")
    }
    assert types["comments"] == ["commented"]
    assert types["changes"] == ["edited"]
    assert "created" in types["clock"]
    parts = types["comments"] + types["changes"] + types["clock"]
    assert sorted(parts) == sorted(types["all"])
    [said] = await timeline(agent, incident, "comments")
    assert said["comment"]["id"] == comment["id"]


@pytest.mark.parametrize("show", ["comments", "changes", "all"])
async def test_no_filter_shows_internal_notes_to_a_reporter(
    agent: Person, reporter: Person, show: str
) -> None:
    incident = await reporter.create()
    await agent.say(incident, "Psst", is_internal=True)
    assert "Psst" not in str(await timeline(reporter, incident, show))


async def test_an_unknown_filter_is_refused_by_name(agent: Person) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['id']}/timeline"
    refused = await agent.ask("GET", path, expect=422, params={"show": "weather"})
    assert refused.json()["errors"][0]["field"] == "show"
