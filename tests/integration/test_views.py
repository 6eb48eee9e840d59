"""Saved views: whose they are, what they hold, and how much."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.integration.conftest import Make, Person
from tracker.incidents.views import COUNT_LIMIT, MOST_OWN
from tracker.security import Role

_numbers = itertools.count(1)


def name() -> str:
    return f"View {next(_numbers)}"


async def save(person: Person, filters: dict[str, str], **fields: Any) -> Any:
    body = {"name": name(), "filters": filters, **fields}
    return await person.data("POST", "/views", expect=201, json=body)


def path(view: Any) -> str:
    return f"/views/{view['id']}"


async def listed(person: Person) -> list[Any]:
    found: list[Any] = (await person.data("GET", "/views"))["items"]
    return found


async def names(person: Person, *, shared: bool = False) -> list[str]:
    return [view["name"] for view in await listed(person) if view["shared"] == shared]


async def counts(person: Person) -> dict[str, int]:
    found: dict[str, int] = (await person.data("GET", "/views/counts"))["counts"]
    return found


# --- Keeping --------------------------------------------------------------------------


async def test_a_view_is_listed_as_it_was_saved(agent: Person) -> None:
    filters = {"status": "open,in_progress", "assignee": "me", "q": "disk"}
    made = await save(agent, filters, sort="-updated_at", name="  Mine, late ")
    assert (made["name"], made["filters"], made["sort"], made["shared"]) == (
        "Mine, late",
        filters,
        "-updated_at",
        False,
    )
    assert made["owner"] == {"id": agent.id, "name": agent.name}
    [found] = [view for view in await listed(agent) if not view["shared"]]
    assert found == made


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"status": "broken"}, "status"),
        ({"priority": "high,urgent"}, "priority"),
        ({"team": "network"}, "team"),
        ({"assignee": "ada"}, "assignee"),
        ({"sla": "late"}, "sla"),
        ({"q": ""}, "filters.q"),
        ({"colour": "red"}, "filters.colour"),
    ],
)
async def test_what_the_list_refuses_can_not_be_saved(
    agent: Person, filters: dict[str, str], field: str
) -> None:
    body = {"name": name(), "filters": filters}
    refused = await agent.ask("POST", "/views", json=body, expect=422)
    assert refused.json()["errors"][0]["field"] == field
    view = await save(agent, {"status": "open"})
    await agent.ask("PATCH", path(view), json={"filters": filters}, expect=422)
    assert (await listed(agent))[-1]["filters"] == {"status": "open"}


async def test_a_view_is_renamed_and_given_other_filters(agent: Person) -> None:
    view = await save(agent, {"status": "open"})
    change = {"name": name(), "filters": {"priority": "low"}, "sort": "priority"}
    changed = await agent.data("PATCH", path(view), json=change)
    assert {key: changed[key] for key in change} == change
    assert changed["version"] == 2
    stale = await agent.ask(
        "PATCH", path(view), json={"name": name()}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 409


async def test_a_name_is_given_once_by_each_person(
    agent: Person, manager: Person
) -> None:
    view, other = await save(agent, {}), await save(agent, {})
    same = {"name": view["name"].upper()}
    refused = await agent.ask("PATCH", path(other), json=same, expect=409)
    [told] = refused.json()["errors"]
    assert (told["code"], told["field"]) == ("name_taken", "name")
    await save(manager, {}, **same)


async def test_a_key_saves_a_view_once(agent: Person) -> None:
    body = {"name": name(), "filters": {}}
    headers = {"Idempotency-Key": name()}
    for _ in range(2):
        await agent.ask("POST", "/views", json=body, headers=headers, expect=201)
    assert await names(agent) == [body["name"]]


async def test_a_deleted_view_comes_back_to_its_place(agent: Person) -> None:
    views = [await save(agent, {}) for _ in range(3)]
    before = await names(agent)
    await agent.ask("DELETE", path(views[1]), expect=204)
    assert await names(agent) == [before[0], before[2]]
    await agent.ask("PATCH", path(views[1]), json={"name": "x"}, expect=404)
    await agent.data("POST", f"{path(views[1])}/restore")
    assert await names(agent) == before
    await agent.ask("POST", f"{path(views[1])}/restore", expect=404)


async def test_a_view_whose_name_was_taken_meanwhile_does_not_come_back(
    agent: Person,
) -> None:
    view = await save(agent, {})
    await agent.ask("DELETE", path(view), expect=204)
    await save(agent, {}, name=view["name"])
    await agent.ask("POST", f"{path(view)}/restore", expect=409)


async def test_views_are_put_in_order(agent: Person) -> None:
    views = [await save(agent, {}) for _ in range(4)]
    first, second, third, fourth = await names(agent)
    await agent.data("PATCH", path(views[3]), json={"position": 1})
    assert await names(agent) == [first, fourth, second, third]
    await agent.data("PATCH", path(views[0]), json={"position": 1000})
    assert await names(agent) == [fourth, second, third, first]


async def test_there_are_only_so_many_views(agent: Person) -> None:
    views = [await save(agent, {}) for _ in range(MOST_OWN)]
    body = {"name": name(), "filters": {}}
    refused = await agent.ask("POST", "/views", json=body, expect=409)
    assert refused.json()["errors"][0]["code"] == "too_many_views"
    await agent.ask("DELETE", path(views[0]), expect=204)
    await agent.ask("POST", "/views", json=body, expect=201)
    await agent.ask("POST", f"{path(views[0])}/restore", expect=409)


# --- Sharing --------------------------------------------------------------------------


async def test_a_shared_view_is_there_for_agents_and_not_for_reporters(
    agent: Person, manager: Person, reporter: Person
) -> None:
    own, shared = await save(agent, {}), await save(agent, {}, shared=True)
    assert shared["name"] in await names(manager, shared=True)
    assert own["name"] not in await names(manager)
    assert await listed(reporter) == []
    assert shared["id"] not in await counts(reporter)
    for person, view in ((reporter, shared), (reporter, own), (manager, own)):
        await person.ask("PATCH", path(view), json={"name": name()}, expect=404)
        await person.ask("DELETE", path(view), expect=404)
    await agent.ask("DELETE", path(shared), expect=204)
    await reporter.ask("POST", f"{path(shared)}/restore", expect=404)


async def test_a_shared_view_is_changed_by_its_owner_and_by_managers(
    make_person: Make, agent: Person, manager: Person
) -> None:
    view = await save(agent, {}, shared=True)
    colleague = await make_person(Role.AGENT)
    change = {"name": name()}
    refused = await colleague.ask("PATCH", path(view), json=change, expect=403)
    assert agent.name in refused.json()["message"]
    await colleague.ask("DELETE", path(view), expect=403)
    changed = await manager.data("PATCH", path(view), json=change)
    assert (changed["name"], changed["owner"]["id"]) == (change["name"], agent.id)
    await manager.ask("DELETE", path(view), expect=204)
    await agent.data("POST", f"{path(view)}/restore")
    await agent.ask("DELETE", path(view), expect=204)


async def test_a_view_is_shared_later_and_taken_back(
    agent: Person, manager: Person
) -> None:
    view = await save(agent, {})
    await agent.data("PATCH", path(view), json={"shared": True})
    assert view["name"] in await names(manager, shared=True)
    await agent.data("PATCH", path(view), json={"shared": False})
    assert view["name"] not in await names(manager, shared=True)
    assert await names(agent) == [view["name"]]


async def test_a_reporter_keeps_views_for_themselves(reporter: Person) -> None:
    view = await save(reporter, {"status": "resolved"})
    assert await listed(reporter) == [view]
    body = {"name": name(), "filters": {}, "shared": True}
    await reporter.ask("POST", "/views", json=body, expect=403)
    await reporter.ask("PATCH", path(view), json={"shared": True}, expect=403)


# --- Counting -------------------------------------------------------------------------


async def test_a_view_counts_what_it_lists(agent: Person) -> None:
    tag = name()
    for priority in ("low", "high", "high"):
        await agent.create(tags=[tag], priority=priority, title="Count me")
    narrowed = [
        {"tag": tag},
        {"tag": tag, "priority": "high"},
        {"tag": tag, "priority": "high", "sla": "active,at_risk"},
        {"tag": tag, "assignee": "none", "q": "count me"},
        {"tag": tag, "assignee": "me"},
    ]
    views = [await save(agent, filters) for filters in narrowed]
    found = await counts(agent)
    assert [found[view["id"]] for view in views] == [3, 2, 2, 3, 0]
    for view in views:
        query = {**view["filters"], "with_total": "true"}
        page = await agent.data("GET", "/incidents", params=query)
        assert page["total"] == found[view["id"]]


async def test_the_default_views_count_for_who_asks(make_person: Make) -> None:
    agent, reporter = await make_person(Role.AGENT), await make_person(Role.REPORTER)
    incident = await reporter.create()
    await reporter.create()
    before = await counts(agent)
    assert before["mine"] == 0
    await agent.data(
        "PATCH", f"/incidents/{incident['id']}", json={"assignee_id": agent.id}
    )
    await agent.data(
        "PATCH", f"/slas/{incident['sla']['id']}/pause", json={"reason": "other"}
    )
    after = await counts(agent)
    assert after["mine"] == 1
    assert after["unassigned"] in (before["unassigned"] - 1, COUNT_LIMIT)
    assert after["paused"] in (before["paused"] + 1, COUNT_LIMIT)
    own = await counts(reporter)
    assert (own["open"], own["paused"], own["unassigned"]) == (2, 1, 1)


async def test_me_in_a_shared_view_is_who_looks(agent: Person, manager: Person) -> None:
    view = await save(agent, {"assignee": "me"}, shared=True)
    await agent.create(assignee_id=manager.id)
    assert (await counts(manager))[view["id"]] == 1
    assert (await counts(agent))[view["id"]] == 0
    await agent.ask("DELETE", path(view), expect=204)


async def test_a_reporters_view_counts_their_own_incidents(
    agent: Person, reporter: Person
) -> None:
    tag = name()
    await agent.create(tags=[tag])
    await reporter.create(tags=[tag])
    view = await save(reporter, {"tag": tag})
    assert (await counts(reporter))[view["id"]] == 1


async def test_a_count_stops_at_its_limit(
    agent: Person, reporter: Person, run_sql: Any
) -> None:
    incident = await reporter.create(tags=[name()])
    await run_sql(
        "INSERT INTO incidents (id, title, priority, reporter_id, tags)"
        " SELECT gen_random_uuid(), 'One of many', 'low', reporter_id, tags"
        "   FROM incidents, generate_series(1, :many) WHERE id = :id",
        id=incident["id"],
        many=COUNT_LIMIT + 1,
    )
    view = await save(agent, {"tag": incident["tags"][0]})
    answer = await agent.data("GET", "/views/counts")
    assert answer["counts"][view["id"]] == answer["limit"] == COUNT_LIMIT
    await run_sql(
        "DELETE FROM incidents WHERE title = 'One of many'"
        " AND tags = CAST(:tags AS text[])",
        tags=incident["tags"],
    )
