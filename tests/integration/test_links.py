"""Links between incidents, and the merge of one into another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tracker.security import Role


async def link(
    person: Person, one: Any, kind: str, other: Any, *, expect: int = 201
) -> Any:
    response = await person.ask(
        "POST",
        f"/incidents/{one['number']}/links",
        expect=expect,
        json={"kind": kind, "to": other["number"]},
    )
    body = response.json()
    return body["data"] if response.is_success else body["errors"][0]


async def merge(person: Person, one: Any, into: Any, *, expect: int = 200) -> Any:
    response = await person.ask(
        "POST",
        f"/incidents/{one['number']}/merge",
        expect=expect,
        json={"into": into["number"]},
    )
    body = response.json()
    return body["data"] if response.is_success else body["errors"][0]


async def linked(person: Person, incident: Any) -> list[tuple[str, str]]:
    page = await person.data("GET", f"/incidents/{incident['number']}/links")
    return [(item["kind"], item["incident"]["number"]) for item in page["items"]]


async def told(person: Person, incident: Any, *types: str) -> list[Any]:
    page = await person.data("GET", f"/incidents/{incident['number']}/timeline")
    return [item for item in page["items"] if item["type"] in types]


@pytest.mark.parametrize(
    ("kind", "other_way"),
    [
        ("duplicate_of", "duplicated_by"),
        ("duplicated_by", "duplicate_of"),
        ("related", "related"),
        ("parent_of", "child_of"),
        ("child_of", "parent_of"),
    ],
)
async def test_a_link_is_shown_from_both_ends(
    agent: Person, kind: str, other_way: str
) -> None:
    one, other = await agent.create(), await agent.create(title="Disk full too")
    made = await link(agent, one, kind, other)
    assert made["incident"]["title"] == "Disk full too"
    assert await linked(agent, one) == [(kind, other["number"])]
    assert await linked(agent, other) == [(other_way, one["number"])]


async def test_links_page_by_key(agent: Person) -> None:
    one = await agent.create()
    others = [await agent.create() for _ in range(5)]
    for other in others:
        await link(agent, one, "related", other)
    pages = await agent.pages(f"/incidents/{one['id']}/links", limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [item["incident"]["id"] for page in pages for item in page] == [
        other["id"] for other in others
    ]


async def test_a_link_is_noted_on_both_timelines(agent: Person) -> None:
    one, other = await agent.create(), await agent.create()
    made = await link(agent, one, "parent_of", other)
    await agent.ask("DELETE", f"/links/{made['id']}", expect=204)
    for incident, kind, number in (
        (one, "parent_of", other["number"]),
        (other, "child_of", one["number"]),
    ):
        items = await told(agent, incident, "linked", "unlinked")
        assert [item["type"] for item in items] == ["linked", "unlinked"]
        assert {item["data"]["kind"] for item in items} == {kind}
        assert {item["data"]["other"] for item in items} == {number}
    assert await linked(agent, one) == []


async def test_an_incident_is_not_linked_to_itself_or_to_nothing(
    agent: Person,
) -> None:
    one = await agent.create()
    error = await link(agent, one, "related", one, expect=422)
    assert error["field"] == "to"
    error = await link(agent, one, "related", {"number": "INC-99999999"}, expect=422)
    assert error["field"] == "to"


async def test_two_incidents_have_one_link(agent: Person) -> None:
    one, other = await agent.create(), await agent.create()
    await link(agent, one, "related", other)
    error = await link(agent, other, "parent_of", one, expect=409)
    assert (error["code"], error["field"]) == ("already_linked", "to")


async def test_an_incident_is_the_duplicate_of_one_only(agent: Person) -> None:
    one, other, third = [await agent.create() for _ in range(3)]
    await link(agent, one, "duplicate_of", other)
    error = await link(agent, one, "duplicate_of", third, expect=409)
    assert error["code"] == "already_duplicate"
    assert other["number"] in error["message"]
    await link(agent, third, "duplicate_of", other)


@pytest.mark.parametrize("kind", ["parent_of", "duplicate_of"])
async def test_links_close_no_ring(agent: Person, kind: str) -> None:
    one, other, third = [await agent.create() for _ in range(3)]
    await link(agent, one, kind, other)
    await link(agent, other, kind, third)
    error = await link(agent, third, kind, one, expect=409)
    assert error["code"] == "link_ring"


async def test_links_made_at_the_same_time_close_no_ring(agent: Person) -> None:
    incidents = [await agent.create() for _ in range(4)]
    answers = await asyncio.gather(
        *(
            agent.ask(
                "POST",
                f"/incidents/{one['id']}/links",
                json={"kind": "parent_of", "to": other["id"]},
            )
            for one, other in zip(
                incidents, [*incidents[1:], incidents[0]], strict=True
            )
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409]


async def test_a_deleted_incident_is_at_the_end_of_no_link(
    agent: Person, manager: Person
) -> None:
    one, other = await agent.create(), await agent.create()
    await link(agent, one, "related", other)
    await manager.ask("DELETE", f"/incidents/{other['number']}", expect=204)
    assert await linked(agent, one) == []
    await manager.ask("POST", f"/incidents/{other['number']}/restore", expect=200)
    assert await linked(agent, one) == [("related", other["number"])]


async def test_a_reporter_sees_links_between_their_own_only(
    agent: Person, reporter: Person, make_person: Make
) -> None:
    stranger = await make_person(Role.REPORTER)
    own, second = await reporter.create(), await reporter.create()
    foreign = await stranger.create(title="Not for everybody")
    await link(agent, own, "related", second)
    await link(agent, own, "duplicate_of", foreign)
    assert await linked(reporter, own) == [("related", second["number"])]
    timeline = await reporter.data("GET", f"/incidents/{own['number']}/timeline")
    assert foreign["number"] not in str(timeline)
    assert second["number"] in str(timeline)
    await reporter.ask("GET", f"/incidents/{foreign['number']}/links", expect=404)


async def test_a_merge_closes_the_duplicate_and_stops_its_clocks(
    agent: Person, reporter: Person, assert_stored_equals_replay: Any
) -> None:
    source, target = await reporter.create(), await reporter.create()
    merged = await merge(agent, source, target)
    assert merged["status"] == "closed"
    clocks = merged["sla"]["clocks"]
    assert {clocks[name]["status"] for name in clocks} == {"met"}
    assert all(clocks[name]["stopped_at"] for name in clocks)
    await assert_stored_equals_replay(source)
    assert await linked(agent, source) == [("duplicate_of", target["number"])]
    assert await linked(agent, target) == [("duplicated_by", source["number"])]
    goes_on = await agent.data("GET", f"/incidents/{target['number']}")
    assert goes_on["status"] == "open"
    assert goes_on["sla"]["clocks"]["response"]["stopped_at"] is None


async def test_a_merge_rewrites_no_breach(
    agent: Person, reporter: Person, clock: Clock, assert_stored_equals_replay: Any
) -> None:
    source, target = await reporter.create(), await reporter.create()
    clock.advance(hours=5)
    merged = await merge(agent, source, target)
    clocks = merged["sla"]["clocks"]
    assert {clocks[name]["status"] for name in clocks} == {"breached"}
    assert all(clocks[n]["breached_at"] == clocks[n]["deadline"] for n in clocks)
    await assert_stored_equals_replay(source)


async def test_what_was_resolved_keeps_its_stop_when_it_is_merged(
    agent: Person, clock: Clock
) -> None:
    source, target = await agent.create(), await agent.create()
    path = f"/incidents/{source['number']}/resolve"
    resolved = await agent.data("POST", path)
    clock.advance(hours=5)
    merged = await merge(agent, source, target)
    assert merged["status"] == "closed"
    assert merged["resolved_at"] == resolved["resolved_at"]
    before, after = (i["sla"]["clocks"]["resolution"] for i in (resolved, merged))
    assert after["stopped_at"] == before["stopped_at"]
    assert after["status"] == "met"


async def test_words_and_files_stay_where_they_were_merged_from(
    agent: Person, reporter: Person
) -> None:
    source, target = await reporter.create(), await reporter.create()
    await reporter.say(source, "It smells of smoke")
    await reporter.attach(source, b"picture")
    await merge(agent, source, target)
    comments = await agent.data("GET", f"/incidents/{source['number']}/comments")
    assert [item["content"] for item in comments["items"]] == ["It smells of smoke"]
    comments = await agent.data("GET", f"/incidents/{target['number']}/comments")
    assert comments["items"] == []
    (entry,) = await told(reporter, target, "merged_from")
    assert entry["data"] == {"other": source["number"]}


async def test_a_merge_tells_a_reporter_of_no_incident_of_others(
    agent: Person, reporter: Person, make_person: Make
) -> None:
    stranger = await make_person(Role.REPORTER)
    source, target = await reporter.create(), await stranger.create()
    await merge(agent, source, target)
    (entry,) = await told(reporter, source, "merged_into")
    assert entry["data"] == {}
    (entry,) = await told(stranger, target, "merged_from")
    assert entry["data"] == {}
    (entry,) = await told(agent, source, "merged_into")
    assert entry["data"] == {"other_for_agents": target["number"]}
    for person, own, other in (
        (reporter, source, target),
        (stranger, target, source),
    ):
        assert await linked(person, own) == []
        for path in ("", "/timeline", "/comments", "/watchers"):
            answer = await person.ask("GET", f"/incidents/{own['number']}{path}")
            assert other["number"] not in answer.text
            assert other["id"] not in answer.text


async def test_an_incident_is_merged_into_none_that_is_itself_gone_or_merged(
    agent: Person, manager: Person
) -> None:
    one, other, third = [await agent.create() for _ in range(3)]
    assert (await merge(agent, one, one, expect=422))["field"] == "into"
    await merge(agent, other, third)
    assert (await merge(agent, one, other, expect=422))["field"] == "into"
    await merge(agent, other, one, expect=409)
    await manager.ask("DELETE", f"/incidents/{third['number']}", expect=204)
    assert (await merge(agent, one, third, expect=422))["field"] == "into"
    unchanged = await agent.data("GET", f"/incidents/{one['number']}")
    assert unchanged["status"] == "open"


async def test_merges_into_each_other_at_the_same_time_do_one(agent: Person) -> None:
    one, other = await agent.create(), await agent.create()
    answers = await asyncio.gather(
        *(
            agent.ask("POST", f"/incidents/{a['id']}/merge", json={"into": b["number"]})
            for a, b in ((one, other), (other, one))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_a_merge_takes_the_place_of_another_link(agent: Person) -> None:
    source, target = await agent.create(), await agent.create()
    await link(agent, target, "related", source)
    await merge(agent, source, target)
    assert await linked(agent, source) == [("duplicate_of", target["number"])]


async def test_the_link_of_a_merge_goes_when_its_source_was_reopened(
    agent: Person,
) -> None:
    source, target = await agent.create(), await agent.create()
    await merge(agent, source, target)
    page = await agent.data("GET", f"/incidents/{source['number']}/links")
    (item,) = page["items"]
    assert item["merged"]
    await agent.ask("DELETE", f"/links/{item['id']}", expect=409)
    await agent.ask("POST", f"/incidents/{source['number']}/reopen", expect=200)
    await agent.ask("DELETE", f"/links/{item['id']}", expect=204)
    await merge(agent, target, source)


async def test_reporters_neither_link_nor_merge(
    agent: Person, reporter: Person
) -> None:
    one, other = await reporter.create(), await reporter.create()
    await link(reporter, one, "related", other, expect=403)
    await merge(reporter, one, other, expect=403)
    made = await link(agent, one, "related", other)
    await reporter.ask("DELETE", f"/links/{made['id']}", expect=403)
