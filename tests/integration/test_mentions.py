"""Who is told of being mentioned, once, and who never is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import Make, Person, ReadMail
from tracker.incidents.mentions import MOST
from tracker.security import Role

RunSql = Callable[..., Any]


def at(person: Person) -> str:
    """A mention as the composer writes it."""
    return f"@[{person.name}](user:{person.id})"


async def told(person: Person, kind: str = "mentioned") -> list[dict[str, Any]]:
    page = await person.data("GET", "/notifications")
    return [item for item in page["items"] if item["kind"] == kind]


async def watchers(person: Person, incident: Any) -> list[str]:
    page = await person.data("GET", f"/incidents/{incident['number']}/watchers")
    return [item["user"]["name"] for item in page["items"]]


async def change(person: Person, comment: Any, content: str) -> Any:
    path = f"/comments/{comment['id']}"
    return await person.data("PATCH", path, json={"content": content})


@pytest.fixture
async def colleague(make_person: Make) -> Any:
    return await make_person(Role.AGENT)


# --- Who is told ----------------------------------------------------------------------


async def test_a_mentioned_agent_is_told_by_whom_and_watches_from_now_on(
    agent: Person, colleague: Person, reporter: Person
) -> None:
    incident = await reporter.create(title="Disk full")
    await agent.say(incident, f"{at(colleague)}, do you know this disk?")
    [entry] = await told(colleague)
    assert (entry["number"], entry["title"], entry["who"], entry["what"]) == (
        incident["number"],
        "Disk full",
        agent.name,
        "public",
    )
    assert await watchers(agent, incident) == [colleague.name]
    timeline = await reporter.ask("GET", f"/incidents/{incident['number']}/timeline")
    assert "watcher" not in timeline.text


async def test_the_first_answer_tells_whom_it_mentions_too(
    agent: Person, colleague: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    headers = {"Idempotency-Key": f"key-{incident['id']}"}
    path = f"/incidents/{incident['id']}/comments"
    body = {"content": f"We ask {at(colleague)}"}
    for _ in range(2):
        await agent.data("POST", path, expect=201, json=body, headers=headers)
    assert len(await told(colleague)) == 1
    sla = await agent.data("GET", f"/incidents/{incident['id']}")
    assert sla["sla"]["clocks"]["response"]["stopped_at"]


async def test_an_internal_note_never_tells_a_reporter(
    agent: Person, colleague: Person, reporter: Person, run_sql: RunSql
) -> None:
    incident = await reporter.create()
    words = f"{at(reporter)} and {at(colleague)}: secret"
    await agent.say(incident, words, is_internal=True)
    assert await told(reporter) == []
    assert [entry["what"] for entry in await told(colleague)] == ["internal"]
    rows = await run_sql(
        "SELECT recipient_id, payload FROM outbox WHERE kind = 'mentioned'"
        " AND incident_id = :id",
        id=incident["id"],
    )
    assert [str(row["recipient_id"]) for row in rows] == [colleague.id]
    assert "secret" not in str(rows[0]["payload"])


async def test_in_public_the_incidents_reporter_is_told_and_another_is_not(
    agent: Person, reporter: Person, make_person: Make
) -> None:
    stranger = await make_person(Role.REPORTER)
    incident = await reporter.create()
    await agent.say(incident, f"{at(reporter)}, {at(stranger)}, please try again")
    assert len(await told(reporter)) == 1
    assert await told(stranger) == []
    # They hear of their own incident anyway; nobody made them watch it.
    assert await watchers(agent, incident) == []


async def test_a_reporter_who_mentions_an_agent_makes_nobody_watch(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    await reporter.say(incident, f"{at(agent)}, it is back")
    assert [entry["who"] for entry in await told(agent)] == [reporter.name]
    assert await watchers(agent, incident) == []


async def test_nobody_is_told_of_mentioning_themselves(agent: Person) -> None:
    incident = await agent.create()
    await agent.say(incident, f"Note to {at(agent)}")
    assert await told(agent) == []


async def test_who_has_left_or_never_was_is_not_told(
    agent: Person, administrator: Person, colleague: Person, run_sql: RunSql
) -> None:
    incident = await agent.create()
    await administrator.ask("DELETE", f"/users/{colleague.id}", expect=204)
    nobody = "@[Nobody](user:00000000-0000-7000-8000-000000000000)"
    await agent.say(incident, f"{at(colleague)} {nobody} @[Broken](user:1)")
    rows = await run_sql(
        "SELECT id FROM outbox WHERE kind = 'mentioned' AND incident_id = :id",
        id=incident["id"],
    )
    assert rows == []


async def test_an_edit_tells_only_the_newly_mentioned_and_each_once(
    agent: Person, colleague: Person, make_person: Make
) -> None:
    third = await make_person(Role.AGENT)
    incident = await agent.create()
    comment = await agent.say(incident, f"{at(colleague)}?")
    await change(agent, comment, f"{at(colleague)}, {at(third)}?")
    await change(agent, comment, f"{at(third)}?")
    await change(agent, comment, f"{at(colleague)}, {at(third)}!")
    assert (len(await told(colleague)), len(await told(third))) == (1, 1)
    assert set(await watchers(agent, incident)) == {colleague.name, third.name}


async def test_a_watcher_who_is_mentioned_hears_of_the_comment_once(
    agent: Person, colleague: Person
) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['number']}/watchers/{colleague.id}"
    await agent.ask("PUT", path, expect=204)
    await agent.say(incident, f"{at(colleague)}?")
    assert (len(await told(colleague)), len(await told(colleague, "watched"))) == (1, 0)
    await agent.say(incident, "Anybody?")
    assert len(await told(colleague, "watched")) == 1


async def test_who_switched_mentions_off_is_left_alone(
    agent: Person, colleague: Person
) -> None:
    choices = {"choices": [{"kind": "mentioned", "when": "off"}]}
    await colleague.data("PUT", "/notifications/preferences", json=choices)
    await agent.say(await agent.create(), f"{at(colleague)}?")
    assert await told(colleague) == []


async def test_a_comment_calls_no_crowd(agent: Person) -> None:
    incident = await agent.create()
    crowd = " ".join(
        f"@[Person {n}](user:00000000-0000-7000-8000-{n:012})" for n in range(MOST + 1)
    )
    path = f"/incidents/{incident['id']}/comments"
    refused = await agent.ask("POST", path, json={"content": crowd}, expect=422)
    assert refused.json()["errors"][0]["field"] == "content"
    comment = await agent.say(incident, "Nobody")
    path = f"/comments/{comment['id']}"
    await agent.ask("PATCH", path, json={"content": crowd}, expect=422)


# --- How it reads ---------------------------------------------------------------------


async def test_a_mention_has_todays_name(
    agent: Person, administrator: Person, colleague: Person
) -> None:
    incident = await agent.create()
    await agent.say(incident, f"Ask {at(colleague)}")
    body = {"name": "Zoë [Ops] Zimmer"}
    await administrator.data("PATCH", f"/users/{colleague.id}", json=body)
    path = f"/incidents/{incident['id']}"
    [said] = (await agent.data("GET", f"{path}/comments"))["items"]
    renamed = f"Ask @[Zoë (Ops) Zimmer](user:{colleague.id})"
    assert said["content"] == renamed
    items = (await agent.data("GET", f"{path}/timeline"))["items"]
    assert renamed in [item["comment"]["content"] for item in items if item["comment"]]


async def test_an_id_gives_no_strangers_name_away(
    agent: Person, reporter: Person, make_person: Make
) -> None:
    stranger = await make_person(Role.REPORTER)
    incident = await reporter.create()
    await reporter.say(incident, f"@[X](user:{stranger.id})")
    page = await reporter.ask("GET", f"/incidents/{incident['id']}/comments")
    assert stranger.name not in page.text


async def test_a_search_shows_a_mention_as_it_reads(
    agent: Person, colleague: Person
) -> None:
    incident = await agent.create()
    word = f"zebra{incident['number'].replace('-', '')}"
    await agent.say(incident, f"{at(colleague)} {word}")
    page = await agent.data("GET", "/incidents", params={"q": word})
    [found] = page["items"]
    text = "".join(piece["text"] for piece in found["match"]["snippet"])
    assert text == f"@{colleague.name} {word}"


async def test_mails_say_who_mentioned_one_and_internal_ones_no_more_than_that(
    agent: Person, colleague: Person, read_mail: ReadMail
) -> None:
    incident = await agent.create()
    await agent.say(incident, f"{at(colleague)}, is <b>it</b> yours?")
    mail = await read_mail(colleague.email, "mentioned")
    assert mail["Subject"] == (
        f"[{incident['number']}] {agent.name} mentioned you: {incident['title']}"
    )
    text: Any = mail.get_body(("plain",))
    assert f"@{colleague.name}, is <b>it</b> yours?" in text.get_content()
    html: Any = mail.get_body(("html",))
    assert "is &lt;b&gt;it&lt;/b&gt; yours?" in html.get_content()

    await agent.say(incident, f"{at(colleague)}, psst", is_internal=True)
    mail = await read_mail(colleague.email, "mentioned")
    assert "in an internal note" in str(mail)
    assert "psst" not in str(mail)


async def test_mails_speak_the_language_and_the_zone_of_who_reads_them(
    agent: Person, make_person: Any, read_mail: ReadMail
) -> None:
    reader = await make_person("agent")
    mine = {"language": "de", "timezone": "Europe/Berlin"}
    assert (await reader.data("PATCH", "/auth/me", json=mine))["language"] == "de"
    incident = await agent.create()
    await agent.say(incident, f"{at(reader)}, passt das?")

    mail = await read_mail(reader.email, "mentioned")

    assert mail["Content-Language"] == "de"
    assert f"{agent.name} hat Sie erwähnt" in mail["Subject"]
    html: Any = mail.get_body(("html",))
    assert '<html lang="de">' in html.get_content()

    own_choice = {"language": None}
    changed = await reader.data("PATCH", "/auth/me", json=own_choice)
    assert changed["language"] is None
    await reader.ask("PATCH", "/auth/me", expect=422, json={"language": "tlh"})
