"""Who watches an incident, and what they are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person, ReadMail
from tracker.security import Role
from tracker.sla.jobs import check_sla_breaches

RunSql = Callable[..., Any]


async def watch(person: Person, incident: Any, who: str = "me", **more: Any) -> Any:
    path = f"/incidents/{incident['number']}/watchers/{who}"
    return await person.ask("PUT", path, **{"expect": 204, **more})


async def watching(person: Person, incident: Any) -> list[str]:
    page = await person.data("GET", f"/incidents/{incident['number']}/watchers")
    return [item["user"]["name"] for item in page["items"]]


@pytest.fixture
def told(run_sql: RunSql) -> Callable[..., Any]:
    """What somebody was told of by watching, in order."""

    async def read(person: Person, incident: Any) -> list[str]:
        rows = await run_sql(
            "SELECT payload ->> 'what' AS what FROM outbox WHERE kind = 'watched'"
            " AND recipient_id = :who AND incident_id = :id ORDER BY created_at",
            who=person.id,
            id=incident["id"],
        )
        return [row["what"] for row in rows]

    return read


async def test_watching_is_begun_and_ended_by_oneself(agent: Person) -> None:
    incident = await agent.create()
    await watch(agent, incident)
    await watch(agent, incident)
    assert await watching(agent, incident) == [agent.name]
    path = f"/incidents/{incident['number']}/watchers/me"
    await agent.ask("DELETE", path, expect=204)
    await agent.ask("DELETE", path, expect=204)
    assert await watching(agent, incident) == []


async def test_an_agent_lets_a_colleague_watch(
    agent: Person, make_person: Make
) -> None:
    colleague = await make_person(Role.AGENT)
    incident = await agent.create()
    await watch(agent, incident, colleague.id)
    assert await watching(colleague, incident) == [colleague.name]
    path = f"/incidents/{incident['number']}/watchers/{colleague.id}"
    await agent.ask("DELETE", path, expect=204)
    assert await watching(colleague, incident) == []


async def test_nobody_watches_what_they_may_not_see(
    agent: Person, reporter: Person
) -> None:
    incident = await agent.create()
    answer = await watch(agent, incident, reporter.id, expect=422)
    assert answer.json()["errors"][0]["field"] == "user_id"
    await watch(reporter, incident, expect=404)
    assert await watching(agent, incident) == []


async def test_a_reporter_sees_only_whether_they_watch(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    await watch(agent, incident)
    assert await watching(reporter, incident) == []
    await watch(reporter, incident)
    assert await watching(reporter, incident) == [reporter.name]
    timeline = await reporter.ask("GET", f"/incidents/{incident['number']}/timeline")
    assert agent.name not in timeline.text


async def test_watchers_hear_of_public_words_and_not_of_their_own(
    agent: Person, reporter: Person, make_person: Make, told: Any
) -> None:
    colleague = await make_person(Role.AGENT)
    incident = await reporter.create()
    for person in (agent, colleague, reporter):
        await watch(person, incident)
    await agent.say(incident, "We are on it")
    await agent.say(incident, "It is the disk again", is_internal=True)
    assert await told(colleague, incident) == ["commented"]
    assert await told(reporter, incident) == ["commented"]
    assert await told(agent, incident) == []


async def test_watchers_hear_of_a_change_of_status(
    agent: Person, reporter: Person, make_person: Make, told: Any
) -> None:
    colleague = await make_person(Role.AGENT)
    incident = await reporter.create()
    for person in (agent, colleague, reporter):
        await watch(person, incident)
    for step in ("acknowledge", "resolve"):
        await agent.ask("POST", f"/incidents/{incident['number']}/{step}", expect=200)
    assert await told(colleague, incident) == ["status", "status"]
    # Of the end, the reporter hears by a mail of its own.
    assert await told(reporter, incident) == ["status"]
    assert await told(agent, incident) == []


async def test_agents_who_watch_hear_of_a_breach_once_and_reporters_do_not(
    agent: Person,
    reporter: Person,
    make_person: Make,
    told: Any,
    clock: Clock,
    jobs: dict[str, Any],
    run_sql: RunSql,
) -> None:
    watcher = await make_person(Role.AGENT)
    incident = await agent.create(assignee_id=agent.id, reporter_id=reporter.id)
    for person in (agent, watcher, reporter):
        await watch(person, incident)
    clock.advance(minutes=61)
    await check_sla_breaches(jobs)
    await check_sla_breaches(jobs)
    assert await told(watcher, incident) == ["breached"]
    assert await told(reporter, incident) == []
    # The one who answers for it hears of it as such.
    assert await told(agent, incident) == []
    rows = await run_sql(
        "SELECT recipient_id FROM outbox WHERE incident_id = :id"
        " AND kind = 'sla_breached'",
        id=incident["id"],
    )
    assert [str(row["recipient_id"]) for row in rows] == [agent.id]


async def test_an_agent_who_became_a_reporter_hears_no_more(
    agent: Person, make_person: Make, told: Any, administrator: Person
) -> None:
    colleague = await make_person(Role.AGENT)
    incident = await agent.create()
    await watch(colleague, incident)
    await administrator.data(
        "PATCH", f"/users/{colleague.id}", json={"role": "reporter"}
    )
    await agent.say(incident, "Public, and not theirs any more")
    assert await told(colleague, incident) == []


async def test_the_mail_says_what_happened_and_why_one_is_told(
    agent: Person, make_person: Make, read_mail: ReadMail
) -> None:
    colleague = await make_person(Role.AGENT)
    incident = await agent.create()
    await watch(colleague, incident)
    await agent.say(incident, "We are <b>on it</b>")
    mail = await read_mail(colleague.email, "watched")
    assert mail["Subject"] == (
        f"[{incident['number']}] {agent.name} commented: {incident['title']}"
    )
    text: Any = mail.get_body(("plain",))
    assert "We are <b>on it</b>" in text.get_content()
    assert "because you watch this incident" in text.get_content()
    html: Any = mail.get_body(("html",))
    assert "We are &lt;b&gt;on it&lt;/b&gt;" in html.get_content()


async def test_watchers_follow_a_merge_as_far_as_they_may_see(
    agent: Person, reporter: Person, make_person: Make, told: Any
) -> None:
    stranger = await make_person(Role.REPORTER)
    watcher = await make_person(Role.AGENT)
    source, target = await reporter.create(), await stranger.create()
    for person in (reporter, watcher):
        await watch(person, source)
    path = f"/incidents/{source['number']}/merge"
    await agent.ask("POST", path, expect=200, json={"into": target["number"]})
    assert await watching(agent, target) == [watcher.name]
    # Resolved and closed at once, it is heard of once.
    assert await told(watcher, source) == ["status"]
    await agent.say(target, "Here it goes on")
    assert await told(watcher, target) == ["commented"]
    assert await told(reporter, target) == []
