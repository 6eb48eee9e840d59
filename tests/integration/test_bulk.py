"""One change to many incidents: what succeeds, what fails, and how it is undone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tracker.security import Role


async def several(person: Person, count: int = 3, **fields: Any) -> list[str]:
    """The numbers of new incidents."""
    return [(await person.create(**fields))["number"] for _ in range(count)]


async def change(
    person: Person, references: list[str], kind: str, **fields: Any
) -> Any:
    """The answer to a change of many."""
    expected = fields.pop("expected", {})
    body = {
        "references": references,
        "change": {"type": kind, **fields},
        "expected": expected,
    }
    return await person.data("POST", "/incidents/bulk", json=body)


async def read(person: Person, numbers: list[str]) -> list[Any]:
    return [await person.data("GET", f"/incidents/{number}") for number in numbers]


def reasons(result: Any) -> dict[str, str]:
    """Why each of those that stayed did so."""
    return {failure["number"]: failure["code"] for failure in result["failed"]}


# --- Each change ----------------------------------------------------------------------


async def test_many_are_assigned_and_the_answer_says_who_had_them(
    agent: Person, manager: Person
) -> None:
    mine = await several(agent, 2, assignee_id=agent.id)
    nobodys = await several(agent, 1)

    result = await change(agent, mine + nobodys, "assign", assignee_id=manager.id)

    assert result["failed"] == []
    before = {d["number"]: d["before"]["assignee_id"] for d in result["done"]}
    assert before == {mine[0]: agent.id, mine[1]: agent.id, nobodys[0]: None}
    assert [d["version"] for d in result["done"]] == [2, 2, 2]
    now = await read(agent, mine + nobodys)
    assert {i["assignee"]["id"] for i in now} == {manager.id}
    timeline = await agent.data("GET", f"/incidents/{mine[0]}/timeline")
    assert "edited" in [item["type"] for item in timeline["items"]]


async def test_many_get_a_team_and_lose_it(agent: Person, manager: Person) -> None:
    body = {"name": f"Team {manager.id}"}
    team = await manager.data("POST", "/teams", expect=201, json=body)
    numbers = await several(agent)

    await change(agent, numbers, "team", team_id=team["id"])
    assert {i["team"]["id"] for i in await read(agent, numbers)} == {team["id"]}
    result = await change(agent, numbers, "team", team_id=None)

    assert {d["before"]["team_id"] for d in result["done"]} == {team["id"]}
    assert [i["team"] for i in await read(agent, numbers)] == [None] * 3


async def test_a_new_priority_moves_the_deadlines_as_a_single_change_does(
    agent: Person, clock: Clock, assert_stored_equals_replay: Callable[..., Any]
) -> None:
    clock.pin()
    numbers = await several(agent, 2, priority="low")
    single = await agent.create(priority="low")
    clock.advance(minutes=2)

    await change(agent, numbers, "priority", priority="critical", sla_mode="restart")
    body = {"priority": "critical", "sla_mode": "restart"}
    await agent.data("PATCH", f"/incidents/{single['id']}", json=body)

    expected = (await read(agent, [single["number"]]))[0]["sla"]["next_deadline"]
    for incident in await read(agent, numbers):
        assert incident["priority"] == "critical"
        assert incident["sla"]["next_deadline"] == expected
        await assert_stored_equals_replay(incident)


async def test_many_take_the_steps_of_their_life(
    agent: Person, assert_stored_equals_replay: Callable[..., Any]
) -> None:
    numbers = await several(agent, 2)
    for step, status in (
        ("acknowledge", "in_progress"),
        ("resolve", "resolved"),
        ("close", "closed"),
        ("reopen", "in_progress"),
    ):
        result = await change(agent, numbers, "step", step=step)
        assert result["failed"] == []
        now = await read(agent, numbers)
        assert [incident["status"] for incident in now] == [status] * 2
    for incident in now:
        await assert_stored_equals_replay(incident)


async def test_tags_are_added_and_taken_away(agent: Person) -> None:
    [fire] = await several(agent, 1, tags=["fire"])
    [both] = await several(agent, 1, tags=["water", "fire"])

    await change(agent, [fire, both], "add_tags", tags=["water", "air ", "air"])
    now = await read(agent, [fire, both])
    assert [i["tags"] for i in now] == [
        ["fire", "water", "air"],
        ["water", "fire", "air"],
    ]
    result = await change(agent, [fire, both], "remove_tags", tags=["fire", "earth"])

    assert result["done"][0]["before"]["tags"] == ["fire", "water", "air"]
    now = await read(agent, [fire, both])
    assert [i["tags"] for i in now] == [["water", "air"], ["water", "air"]]


async def test_clocks_stop_and_run_again(
    agent: Person, assert_stored_equals_replay: Callable[..., Any]
) -> None:
    numbers = await several(agent, 2)

    note = "They are asleep"
    paused = await change(
        agent, numbers, "pause", reason="awaiting_customer", note=note
    )
    assert [d["before"]["pauses"] for d in paused["done"]] == [[], []]
    assert {i["sla"]["status"] for i in await read(agent, numbers)} == {"paused"}
    resumed = await change(agent, numbers, "resume")

    was = [{"reason": "awaiting_customer", "note": note}]
    assert [d["before"]["pauses"] for d in resumed["done"]] == [was, was]
    for incident in await read(agent, numbers):
        assert incident["sla"]["status"] == "active"
        await assert_stored_equals_replay(incident)


async def test_managers_delete_many_and_bring_them_back(manager: Person) -> None:
    numbers = await several(manager)
    result = await change(manager, numbers, "delete")
    assert [d["version"] for d in result["done"]] == [2, 2, 2]
    for number in numbers:
        await manager.ask("GET", f"/incidents/{number}", expect=404)
    again = await change(manager, numbers[:1], "delete")
    assert reasons(again) == {numbers[0]: "not_found"}

    expected = dict.fromkeys(numbers, 2)
    back = await change(manager, numbers, "restore", expected=expected)
    assert back["failed"] == []
    assert [i["status"] for i in await read(manager, numbers)] == ["open"] * 3
    assert set(reasons(await change(manager, numbers, "restore"))) == set(numbers)


async def test_agents_neither_delete_nor_restore(agent: Person) -> None:
    numbers = await several(agent, 1)
    for kind in ("delete", "restore"):
        body = {"references": numbers, "change": {"type": kind}}
        await agent.ask("POST", "/incidents/bulk", json=body, expect=403)
    assert len(await read(agent, numbers)) == 1


# --- What fails -----------------------------------------------------------------------


async def test_those_that_fail_stay_and_say_why_and_the_others_change(
    agent: Person, manager: Person
) -> None:
    [ready, done, gone] = await several(agent, 3)
    await agent.data("POST", f"/incidents/{done}/resolve")
    await manager.ask("DELETE", f"/incidents/{gone}", expect=204)

    references = [done, "INC-99999999", ready, gone, "nonsense"]
    result = await change(agent, references, "step", step="resolve")

    assert [d["number"] for d in result["done"]] == [ready]
    assert reasons(result) == {
        done: "illegal_transition",
        gone: "not_found",
        "INC-99999999": "not_found",
        "nonsense": "not_found",
    }
    words = {f["number"]: f["message"] for f in result["failed"]}
    assert "resolved cannot resolve" in words[done]
    assert (await read(agent, [ready]))[0]["status"] == "resolved"


async def test_an_incident_with_too_many_tags_stays_as_it_is(agent: Person) -> None:
    [full] = await several(agent, 1, tags=[f"tag {n}" for n in range(20)])
    [empty] = await several(agent, 1)

    result = await change(agent, [full, empty], "add_tags", tags=["one more"])

    assert [d["number"] for d in result["done"]] == [empty]
    assert reasons(result) == {full: "invalid"}


async def test_an_incident_that_is_named_twice_is_changed_once(agent: Person) -> None:
    incident = await agent.create()
    digits = incident["number"].removeprefix("INC-")

    result = await change(
        agent,
        [incident["number"], incident["id"], digits],
        "step",
        step="acknowledge",
    )

    assert [d["number"] for d in result["done"]] == [incident["number"]]
    assert result["failed"] == []


async def test_a_reporter_cannot_be_assigned_to_any(
    agent: Person, reporter: Person
) -> None:
    numbers = await several(agent, 2)

    result = await change(agent, numbers, "assign", assignee_id=reporter.id)

    assert reasons(result) == dict.fromkeys(numbers, "invalid")
    assert result["done"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"references": []}, "references"),
        ({"references": ["INC-1"] * 201}, "references"),
        ({"change": {"type": "explode"}}, "change.type"),
        ({"change": {"type": "priority", "priority": "urgent"}}, "change.priority"),
        ({"change": {"type": "add_tags", "tags": []}}, "change.tags"),
        ({"change": {"type": "assign"}}, "change.assignee_id"),
        ({"expected": {"INC-2": 1}}, "expected"),
    ],
)
async def test_a_wrong_change_names_the_field(
    agent: Person, body: dict[str, Any], field: str
) -> None:
    whole = {
        "references": ["INC-1"],
        "change": {"type": "step", "step": "resolve"},
        **body,
    }
    response = await agent.ask("POST", "/incidents/bulk", expect=422, json=whole)
    assert response.json()["errors"][0]["field"] == field


# --- Undo -----------------------------------------------------------------------------


async def test_taking_back_leaves_a_later_change_alone(
    agent: Person, manager: Person
) -> None:
    numbers = await several(agent, 2)
    result = await change(agent, numbers, "assign", assignee_id=agent.id)
    body = {"assignee_id": manager.id}
    await manager.data("PATCH", f"/incidents/{numbers[0]}", json=body)

    versions = {d["number"]: d["version"] for d in result["done"]}
    undone = await change(agent, numbers, "assign", assignee_id=None, expected=versions)

    assert [d["number"] for d in undone["done"]] == [numbers[1]]
    assert reasons(undone) == {numbers[0]: "stale_version"}
    assert manager.name in undone["failed"][0]["message"]
    [later, back] = await read(agent, numbers)
    assert later["assignee"]["id"] == manager.id
    assert back["assignee"] is None


# --- Who may, and how often -----------------------------------------------------------


async def test_reporters_change_nothing_in_bulk(reporter: Person) -> None:
    own = await several(reporter, 1)
    body = {"references": own, "change": {"type": "step", "step": "reopen"}}
    await reporter.ask("POST", "/incidents/bulk", expect=403, json=body)


async def test_each_reporter_gets_exactly_one_mail(
    agent: Person,
    make_person: Make,
    run_sql: Callable[..., Any],
) -> None:
    person = await make_person(Role.REPORTER)
    numbers = await several(person)
    await agent.data("POST", f"/incidents/{numbers[0]}/resolve")

    # Twice: the second time they all fail, and nobody hears of it.
    await change(agent, numbers, "step", step="resolve")
    await change(agent, numbers, "step", step="resolve")

    rows = await run_sql(
        "SELECT count(*) AS n FROM outbox"
        " WHERE kind = 'incident_resolved' AND recipient_id = CAST(:id AS uuid)"
        " GROUP BY incident_id",
        id=person.id,
    )
    assert [row.n for row in rows] == [1, 1, 1]


async def test_a_repeated_request_answers_as_the_first_and_changes_nothing(
    agent: Person,
) -> None:
    numbers = await several(agent, 2)
    request = {
        "json": {
            "references": numbers,
            "change": {"type": "step", "step": "resolve"},
        },
        "headers": {"Idempotency-Key": f"bulk {numbers[0]}"},
    }
    first = await agent.ask("POST", "/incidents/bulk", expect=200, **request)
    second = await agent.ask("POST", "/incidents/bulk", expect=200, **request)

    assert second.headers["idempotent-replay"] == "true"
    assert second.json() == first.json()
    assert {i["version"] for i in await read(agent, numbers)} == {2}


async def test_two_changes_of_the_same_incidents_at_once_both_happen(
    agent: Person,
    manager: Person,
    assert_stored_equals_replay: Callable[..., Any],
) -> None:
    numbers = await several(agent, 12)

    results = await asyncio.gather(
        change(agent, numbers, "priority", priority="high"),
        change(manager, numbers[::-1], "add_tags", tags=["storm"]),
    )

    assert [result["failed"] for result in results] == [[], []]
    for incident in await read(agent, numbers):
        assert (incident["priority"], incident["tags"]) == ("high", ["storm"])
        assert incident["version"] == 3
        await assert_stored_equals_replay(incident)


async def test_of_two_who_resolve_the_same_at_once_one_is_told_so(
    agent: Person, manager: Person
) -> None:
    numbers = await several(agent, 6)

    results = await asyncio.gather(
        change(agent, numbers, "step", step="resolve"),
        change(manager, numbers[::-1], "step", step="resolve"),
    )

    done = [d["number"] for result in results for d in result["done"]]
    assert sorted(done) == sorted(numbers)
    told = [code for result in results for code in reasons(result).values()]
    assert told == ["illegal_transition"] * 6
