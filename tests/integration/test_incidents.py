"""Incidents over the API: creating, listing, changing, and the steps of their life."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tracker.security import Role
from tracker.sla.jobs import check_sla_breaches

SORTS = [
    "next_deadline",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "priority",
    "-priority",
]


async def ids(person: Person, **query: Any) -> list[str]:
    """The ids of a list, in its order, over all its pages."""
    pages = await person.pages("/incidents", **query)
    return [item["id"] for page in pages for item in page]


def code(response: Any) -> str:
    found: str = response.json()["errors"][0]["code"]
    return found


# --- Creating -------------------------------------------------------------------------


async def test_a_new_incident_is_there_with_what_was_said(
    agent: Person, manager: Person
) -> None:
    team = await manager.data(
        "POST", "/teams", expect=201, json={"name": f"Team {manager.id}"}
    )
    made = await agent.create(
        title="  Printer on fire ",
        description="**Smoke** <b>everywhere</b>",
        priority="high",
        assignee_id=manager.id,
        team_id=team["id"],
        tags=["fire", "printer", "fire"],
    )
    assert made["title"] == "Printer on fire"
    assert made["description"] == "**Smoke** <b>everywhere</b>"
    assert made["tags"] == ["fire", "printer"]
    assert (made["status"], made["priority"]) == ("open", "high")
    assert made["reporter"]["id"] == agent.id
    assert made["assignee"]["id"] == manager.id
    assert made["team"]["id"] == team["id"]
    read = await agent.data("GET", f"/incidents/{made['id']}")
    made["sla"].pop("remaining_seconds")
    read["sla"].pop("remaining_seconds")
    for clocks in (made["sla"]["clocks"], read["sla"]["clocks"]):
        for clock in clocks.values():
            clock.pop("remaining_seconds")
    assert read == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", " \t"),
        ("title", "x" * 201),
        ("title", None),
        ("description", "x" * 20_001),
        ("priority", "urgent"),
        ("assignee_id", "nobody"),
        ("assignee_id", "00000000-0000-7000-8000-000000000000"),
        ("team_id", "00000000-0000-7000-8000-000000000000"),
        ("reporter_id", "00000000-0000-7000-8000-000000000000"),
        ("tags", ["x"] * 21),
        ("tags[0]", ["x" * 51]),
        ("tags[1]", ["fine", "not,fine"]),
        ("color", "red"),
    ],
)
async def test_a_wrong_field_of_an_incident_is_named(
    agent: Person, field: str, value: Any
) -> None:
    body = {"title": "Fine", field.partition("[")[0]: value}
    response = await agent.ask("POST", "/incidents", expect=422, json=body)
    assert response.json()["errors"][0]["field"] == field


async def test_an_incident_needs_a_title(agent: Person) -> None:
    response = await agent.ask("POST", "/incidents", expect=422, json={})
    assert response.json()["errors"][0]["field"] == "title"


async def test_only_people_who_work_on_incidents_are_assigned(
    agent: Person, reporter: Person
) -> None:
    body = {"title": "x", "assignee_id": reporter.id}
    response = await agent.ask("POST", "/incidents", expect=422, json=body)
    assert response.json()["errors"][0]["field"] == "assignee_id"


async def test_an_agent_creates_on_behalf_of_a_reporter_who_then_sees_it(
    agent: Person, reporter: Person
) -> None:
    made = await agent.create(reporter_id=reporter.id)
    assert await ids(reporter) == [made["id"]]


@pytest.mark.parametrize("field", ["reporter_id", "assignee_id"])
async def test_a_reporter_chooses_neither_reporter_nor_assignee(
    reporter: Person, agent: Person, field: str
) -> None:
    body = {"title": "x", field: agent.id}
    await reporter.ask("POST", "/incidents", expect=403, json=body)


async def test_numbers_count_up_and_work_wherever_the_id_does(
    manager: Person,
) -> None:
    first, second = await manager.create(), await manager.create()
    number = second["number"]
    assert int(number[4:]) > int(first["number"][4:])
    assert (await manager.data("GET", f"/incidents/{number.lower()}"))["id"] == (
        second["id"]
    )
    await manager.data("PATCH", f"/incidents/{number}", json={"title": "By number"})
    await manager.data("POST", f"/incidents/{number}/acknowledge")
    comment = {"content": "By number"}
    for path in ("comments", "sla", "timeline", "attachments"):
        await manager.data("GET", f"/incidents/{number}/{path}")
    await manager.data(
        "POST", f"/incidents/{number}/comments", expect=201, json=comment
    )
    for step in ("resolve", "close", "reopen"):
        await manager.data("POST", f"/incidents/{number}/{step}")
    await manager.ask("DELETE", f"/incidents/{number}", expect=204)
    restored = await manager.data("POST", f"/incidents/{number}/restore")
    assert (restored["id"], restored["title"]) == (second["id"], "By number")


# --- Idempotency ----------------------------------------------------------------------


async def test_a_repeated_request_with_a_key_gets_the_first_answer(
    agent: Person,
) -> None:
    options: dict[str, Any] = {
        "json": {"title": "Once"},
        "headers": {"Idempotency-Key": "once"},
    }
    first = await agent.ask("POST", "/incidents", expect=201, **options)
    second = await agent.ask("POST", "/incidents", expect=201, **options)
    assert second.json() == first.json()
    assert second.headers["idempotent-replay"] == "true"


async def test_requests_with_one_key_at_once_make_one_incident(
    reporter: Person,
) -> None:
    answers = await asyncio.gather(
        *(
            reporter.ask(
                "POST",
                "/incidents",
                expect=201,
                json={"title": "Once"},
                headers={"Idempotency-Key": "at-once"},
            )
            for _ in range(8)
        )
    )
    made = {answer.json()["data"]["id"] for answer in answers}
    assert [*made] == await ids(reporter)


async def test_a_key_cannot_be_used_for_something_else(agent: Person) -> None:
    key = {"Idempotency-Key": "mine"}
    await agent.ask("POST", "/incidents", expect=201, json={"title": "A"}, headers=key)
    response = await agent.ask(
        "POST", "/incidents", expect=422, json={"title": "B"}, headers=key
    )
    assert code(response) == "idempotency_key_reused"


async def test_a_key_belongs_to_one_person(agent: Person, manager: Person) -> None:
    options: dict[str, Any] = {
        "json": {"title": "Same words"},
        "headers": {"Idempotency-Key": "everybodys"},
    }
    first = await agent.data("POST", "/incidents", expect=201, **options)
    second = await manager.data("POST", "/incidents", expect=201, **options)
    assert first["id"] != second["id"]


async def test_a_refused_request_leaves_its_key_free(agent: Person) -> None:
    incident = await agent.create()
    path, key = f"/incidents/{incident['id']}", {"Idempotency-Key": f"{incident['id']}"}
    await agent.ask("POST", f"{path}/close", expect=409, headers=key)
    await agent.data("POST", f"{path}/resolve")
    closed = await agent.data("POST", f"{path}/close", headers=key)
    assert closed["status"] == "closed"


async def test_a_repeated_step_with_a_key_is_taken_once(agent: Person) -> None:
    incident = await agent.create()
    path, key = f"/incidents/{incident['id']}/resolve", {"Idempotency-Key": "resolve"}
    first = await agent.data("POST", path, headers=key, json={"comment": "Done"})
    again = await agent.data("POST", path, headers=key, json={"comment": "Done"})
    comments = await agent.data("GET", f"/incidents/{incident['id']}/comments")
    assert again["version"] == first["version"]
    assert len(comments["items"]) == 1


# --- Lists ----------------------------------------------------------------------------


@pytest.fixture
async def tag(agent: Person) -> str:
    """A tag that only the incidents of this test carry."""
    return f"t-{agent.id}"


async def test_filters_narrow_the_list_and_take_several_values(
    agent: Person, manager: Person, tag: str
) -> None:
    team = await manager.data(
        "POST", "/teams", expect=201, json={"name": f"Team {manager.id}"}
    )
    one = await agent.create(
        tags=[tag, "red"], priority="low", title=f"Mains {tag}", team_id=team["id"]
    )
    two = await agent.create(
        tags=[tag, "red", "blue"], priority="high", assignee_id=manager.id
    )
    three = await agent.create(tags=[tag], priority="medium", assignee_id=agent.id)
    await agent.data("POST", f"/incidents/{two['id']}/acknowledge")
    await agent.data("POST", f"/incidents/{three['id']}/resolve")

    async def found(**query: Any) -> set[str]:
        narrowed = {"tag": tag, **query}
        return set(await ids(agent, **narrowed))

    a, b, c = one["id"], two["id"], three["id"]
    assert await found() == {a, b, c}
    assert await found(status="open") == {a}
    assert await found(status="open,in_progress") == {a, b}
    assert await found(priority="high,medium") == {b, c}
    assert await found(assignee="me") == {c}
    assert await found(assignee="none") == {a}
    assert await found(assignee=f"none,{manager.id}") == {a, b}
    assert await found(team=team["id"]) == {a}
    assert await found(tag=f"{tag},red") == {a, b}
    assert await found(tag=f"{tag},red,blue") == {b}
    assert await found(q="mains") == {a}
    assert await found(q=one["number"].lower()) == {a}
    assert await found(sla="met") == {c}
    assert await found(sla="active,met") == {a, b, c}
    assert await found(status="open", priority="high") == set()


async def test_the_sla_filter_tells_paused_breached_and_at_risk_apart(
    agent: Person, tag: str, clock: Clock, jobs: dict[str, Any]
) -> None:
    kinds = {}
    for name in ("paused", "breached", "at_risk", "active"):
        made = await agent.create(
            tags=[tag], priority="low" if name == "active" else "critical"
        )
        kinds[name] = made["id"]
        if name == "paused":
            await agent.data(
                "PATCH", f"/slas/{made['sla']['id']}/pause", json={"reason": "other"}
            )
        if name == "at_risk":
            await agent.data("POST", f"/incidents/{made['id']}/acknowledge")
    # 80 % of the 4 h for a critical resolution; the 1 h for a response are over.
    clock.advance(hours=3, minutes=30)
    await check_sla_breaches(jobs)
    for name, incident_id in kinds.items():
        if name == "active":
            assert incident_id in await ids(agent, tag=tag, sla=name)
        else:
            assert await ids(agent, tag=tag, sla=name) == [incident_id]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "open,ajar"),
        ("priority", "urgent"),
        ("assignee", "nobody"),
        ("team", "red"),
        ("sla", "late"),
        ("sort", "title"),
        ("limit", "0"),
        ("limit", "101"),
        ("cursor", "made-up"),
        ("with_total", "perhaps"),
        ("q", "x" * 201),
    ],
)
async def test_a_wrong_filter_is_named(agent: Person, field: str, value: str) -> None:
    response = await agent.ask("GET", "/incidents", expect=422, params={field: value})
    assert response.json()["errors"][0]["field"] == field


async def test_a_search_takes_wildcards_literally(agent: Person, tag: str) -> None:
    wanted = await agent.create(title="CPU at 100% on a_b", tags=[tag])
    await agent.create(title="CPU at 1000 on aXb", tags=[tag])
    assert await ids(agent, tag=tag, q="100%") == [wanted["id"]]
    assert await ids(agent, tag=tag, q="a_b") == [wanted["id"]]


async def make_varied(agent: Person, tag: str) -> list[dict[str, Any]]:
    """Incidents of every priority, some paused, some done, some changed since."""
    made = []
    priorities = itertools.islice(
        itertools.cycle(["low", "critical", "medium", "high"]), 10
    )
    for index, priority in enumerate(priorities):
        incident = await agent.create(priority=priority, tags=[tag])
        if index % 4 == 1:
            await agent.data(
                "PATCH",
                f"/slas/{incident['sla']['id']}/pause",
                json={"reason": "other"},
            )
        if index % 4 == 2:
            await agent.data("POST", f"/incidents/{incident['id']}/resolve")
        made.append(incident)
    return made


def sort_key(sort: str, incident: dict[str, Any]) -> Any:
    field = sort.removeprefix("-")
    if field == "priority":
        return ["critical", "high", "medium", "low"].index(incident["priority"])
    if field == "next_deadline":
        return incident["sla"]["next_deadline"] or "~"
    return incident[field]


@pytest.mark.parametrize("sort", SORTS)
async def test_every_sort_pages_in_order_without_gaps_or_repeats(
    agent: Person, tag: str, sort: str
) -> None:
    made = await make_varied(agent, tag)
    pages = await agent.pages("/incidents", tag=tag, sort=sort, limit=3)
    listed = [item for page in pages for item in page]
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert sorted(item["id"] for item in listed) == sorted(i["id"] for i in made)
    keys = [sort_key(sort, item) for item in listed]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


async def test_a_minus_turns_the_order_round(agent: Person, tag: str) -> None:
    await make_varied(agent, tag)
    for sort in ("created_at", "updated_at", "priority"):
        forth = await ids(agent, tag=tag, sort=sort)
        assert await ids(agent, tag=tag, sort=f"-{sort}") == forth[::-1]


@pytest.mark.parametrize("sort", ["next_deadline", "created_at", "priority"])
async def test_pages_miss_nothing_while_rows_change_come_and_go(
    manager: Person, tag: str, sort: str
) -> None:
    made = [await manager.create(tags=[tag], title=f"{n}") for n in range(9)]
    stays = {incident["id"] for incident in made[1:]}
    seen: list[str] = []
    cursor = None
    for step in itertools.count():
        query = {"tag": tag, "sort": sort, "limit": 2}
        if cursor:
            query["cursor"] = cursor
        page = await manager.data("GET", "/incidents", params=query)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        # Those already read are edited, one goes, and others come.
        await manager.data("PATCH", f"/incidents/{seen[-1]}", json={"title": "Edited"})
        if step == 0:
            await manager.ask("DELETE", f"/incidents/{made[0]['id']}", expect=204)
        await manager.create(tags=[tag], title="Came later")
    assert len(seen) == len(set(seen))
    assert stays <= set(seen)


async def test_the_default_order_is_by_next_deadline(agent: Person, tag: str) -> None:
    made = [
        await agent.create(tags=[tag], priority=priority)
        for priority in ("low", "critical", "medium", "high")
    ]
    by_name = {incident["priority"]: incident["id"] for incident in made}
    assert await ids(agent, tag=tag) == [
        by_name[name] for name in ("critical", "high", "medium", "low")
    ]


async def test_a_total_is_counted_when_asked_for_and_only_then(
    agent: Person, tag: str
) -> None:
    for _ in range(3):
        await agent.create(tags=[tag])
    query: dict[str, Any] = {"tag": tag, "limit": 1}
    counted = await agent.data(
        "GET", "/incidents", params={**query, "with_total": "true"}
    )
    assert counted["total"] == 3
    assert "total" not in await agent.data("GET", "/incidents", params=query)


# --- Changing -------------------------------------------------------------------------


async def test_a_change_shows_and_leaves_the_rest_alone(
    agent: Person, manager: Person
) -> None:
    incident = await agent.create(tags=["a"], description="Before")
    path = f"/incidents/{incident['id']}"
    changed = await agent.data(
        "PATCH", path, json={"title": "After", "assignee_id": manager.id}
    )
    assert (changed["title"], changed["assignee"]["id"]) == ("After", manager.id)
    assert (changed["description"], changed["tags"]) == ("Before", ["a"])
    assert changed["version"] == 2
    cleared = await agent.data("PATCH", path, json={"assignee_id": None})
    assert cleared["assignee"] is None


async def test_a_change_that_changes_nothing_makes_no_version(agent: Person) -> None:
    incident = await agent.create()
    same = await agent.data(
        "PATCH", f"/incidents/{incident['id']}", json={"title": incident["title"]}
    )
    assert same["version"] == incident["version"]


async def test_the_etag_of_an_answer_is_what_a_change_is_based_on(
    agent: Person,
) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['id']}"
    etag = (await agent.ask("GET", path)).headers["etag"]
    changed = await agent.ask(
        "PATCH", path, expect=200, json={"title": "New"}, headers={"If-Match": etag}
    )
    assert changed.headers["etag"] == '"2"' != etag


async def test_a_stale_change_says_who_changed_what(
    agent: Person, manager: Person
) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['id']}"
    await manager.data(
        "PATCH", path, json={"title": "Theirs", "assignee_id": manager.id}
    )
    response = await agent.ask(
        "PATCH", path, expect=409, json={"title": "Mine"}, headers={"If-Match": '"1"'}
    )
    assert code(response) == "stale_version"
    message = response.json()["message"]
    for part in (manager.name, "assignee, title", "version 1", "now it is 2"):
        assert part in message
    assert (await agent.data("GET", path))["title"] == "Theirs"


async def test_a_step_on_a_stale_version_is_refused(agent: Person) -> None:
    incident = await agent.create()
    path = f"/incidents/{incident['id']}"
    await agent.data("PATCH", path, json={"title": "New"})
    response = await agent.ask(
        "POST", f"{path}/resolve", expect=409, headers={"If-Match": '"1"'}
    )
    assert code(response) == "stale_version"


async def test_of_many_changes_to_one_version_one_succeeds(agent: Person) -> None:
    incident = await agent.create()
    answers = await asyncio.gather(
        *(
            agent.ask(
                "PATCH",
                f"/incidents/{incident['id']}",
                json={"title": f"Title {number}"},
                headers={"If-Match": '"1"'},
            )
            for number in range(20)
        )
    )
    good = [answer for answer in answers if answer.status_code == 200]
    assert [answer.status_code for answer in answers].count(409) == 19
    read = await agent.data("GET", f"/incidents/{incident['id']}")
    assert (read["title"], read["version"]) == (good[0].json()["data"]["title"], 2)


async def test_many_changes_at_once_lose_none(agent: Person) -> None:
    incident = await agent.create(priority="low")
    path = f"/incidents/{incident['id']}"
    bodies = [{"title": f"Title {n}"} for n in range(7)]
    bodies += [{"description": f"Words {n}"} for n in range(7)]
    bodies += [{"priority": ["low", "high", "critical"][n % 3]} for n in range(6)]
    await asyncio.gather(
        *(agent.ask("PATCH", path, expect=200, json=body) for body in bodies)
    )
    read = await agent.data("GET", path)
    pages = await agent.pages(f"{path}/timeline", limit=100)
    edits = [item for page in pages for item in page if item["type"] == "edited"]
    # Each version was made by one change, and each change starts where another ended.
    versions = sorted(item["data"]["version"] for item in edits)
    assert versions == list(range(2, read["version"] + 1))
    for field in ("title", "description", "priority"):
        steps = [tuple(e["data"][field]) for e in edits if field in e["data"]]
        assert {after for _, after in steps} | {incident[field]} >= {
            before for before, _ in steps
        }
        assert read[field] in {after for _, after in steps} | {incident[field]}


async def test_many_comments_at_once_are_all_there_and_answer_once(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    await asyncio.gather(*(agent.say(incident, f"Word {n}") for n in range(20)))
    path = f"/incidents/{incident['id']}"
    comments = await agent.data("GET", f"{path}/comments")
    assert {c["content"] for c in comments["items"]} == {f"Word {n}" for n in range(20)}
    [timeline] = await agent.pages(f"{path}/timeline", limit=100)
    kinds = [item["type"] for item in timeline]
    assert (kinds.count("commented"), kinds.count("responded")) == (20, 1)


async def test_of_many_resolves_at_once_one_is_taken(agent: Person) -> None:
    incident = await agent.create()
    answers = await asyncio.gather(
        *(agent.ask("POST", f"/incidents/{incident['id']}/resolve") for _ in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 9]


# --- Deleting -------------------------------------------------------------------------


async def test_a_deleted_incident_is_out_of_sight_until_it_is_restored(
    manager: Person, tag: str
) -> None:
    incident = await manager.create(tags=[tag])
    comment = await manager.say(incident, "Still here")
    attachment = await manager.attach(incident, b"bytes")
    path = f"/incidents/{incident['id']}"
    await manager.ask("DELETE", path, expect=204)
    await manager.ask("GET", path, expect=404)
    assert await ids(manager, tag=tag) == []
    await manager.ask("GET", f"/attachments/{attachment['id']}", expect=404)
    edit = {"content": "Changed"}
    await manager.ask("PATCH", f"/comments/{comment['id']}", expect=404, json=edit)
    await manager.ask("DELETE", path, expect=404)

    restored = await manager.data("POST", f"{path}/restore")
    assert restored["number"] == incident["number"]
    assert await ids(manager, tag=tag) == [incident["id"]]
    comments = await manager.data("GET", f"{path}/comments")
    assert [item["content"] for item in comments["items"]] == ["Still here"]
    await manager.ask("GET", f"/attachments/{attachment['id']}", expect=200)
    await manager.ask("POST", f"{path}/restore", expect=404)


async def test_a_deleted_incident_breaches_nothing_and_a_restored_one_does(
    manager: Person, clock: Clock, jobs: dict[str, Any], run_sql: Any
) -> None:
    incident = await manager.create()
    path = f"/incidents/{incident['id']}"
    breaches = "SELECT 1 FROM sla_ledger WHERE incident_id = :id AND type = 'breached'"
    await manager.ask("DELETE", path, expect=204)
    clock.advance(hours=2)
    await check_sla_breaches(jobs)
    assert await run_sql(breaches, id=incident["id"]) == []
    await manager.data("POST", f"{path}/restore")
    await check_sla_breaches(jobs)
    assert len(await run_sql(breaches, id=incident["id"])) == 1


# --- The steps of its life ------------------------------------------------------------


async def in_status(agent: Person, status: str) -> str:
    """The path of an incident that stands there."""
    incident = await agent.create()
    path = f"/incidents/{incident['id']}"
    steps = {
        "open": [],
        "in_progress": ["acknowledge"],
        "resolved": ["resolve"],
        "closed": ["resolve", "close"],
    }
    for step in steps[status]:
        await agent.data("POST", f"{path}/{step}")
    return path


LEGAL = {
    ("open", "acknowledge"): "in_progress",
    ("open", "resolve"): "resolved",
    ("in_progress", "resolve"): "resolved",
    ("resolved", "close"): "closed",
    ("resolved", "reopen"): "in_progress",
    ("closed", "reopen"): "in_progress",
}


@pytest.mark.parametrize("step", ["acknowledge", "resolve", "close", "reopen"])
@pytest.mark.parametrize("status", ["open", "in_progress", "resolved", "closed"])
async def test_a_step_is_taken_or_refused_with_the_legal_ones(
    agent: Person, status: str, step: str
) -> None:
    path = await in_status(agent, status)
    legal = [name for at, name in LEGAL if at == status]
    offered = (await agent.data("GET", path))["allowed_actions"]
    steps = {"acknowledge", "resolve", "close", "reopen"}
    assert sorted(steps & set(offered)) == sorted(legal)
    response = await agent.ask("POST", f"{path}/{step}")
    if step in legal:
        assert response.json()["data"]["status"] == LEGAL[status, step]
    else:
        assert (response.status_code, code(response)) == (409, "illegal_transition")
        assert f"you can {', '.join(legal)}." in response.json()["message"]
        assert (await agent.data("GET", path))["status"] == status


async def test_a_patch_of_the_status_takes_the_step_that_leads_there(
    agent: Person,
) -> None:
    path = await in_status(agent, "open")
    for status in ("in_progress", "resolved", "closed", "in_progress"):
        changed = await agent.data("PATCH", path, json={"status": status})
        assert changed["status"] == status


async def test_a_patch_to_a_status_out_of_reach_changes_nothing_at_all(
    agent: Person,
) -> None:
    path = await in_status(agent, "open")
    body = {"title": "Not this either", "status": "closed"}
    response = await agent.ask("PATCH", path, expect=409, json=body)
    assert code(response) == "illegal_transition"
    read = await agent.data("GET", path)
    assert (read["status"], read["version"]) == ("open", 1)
    assert read["title"] != body["title"]


async def test_the_instants_of_the_steps_are_kept(agent: Person, clock: Clock) -> None:
    path = await in_status(agent, "open")
    at = {}
    for step in ("acknowledge", "resolve", "close"):
        clock.advance(minutes=5)
        at[step] = (await agent.data("POST", f"{path}/{step}"))["updated_at"]
    read = await agent.data("GET", path)
    assert read["acknowledged_at"] == at["acknowledge"]
    assert (read["resolved_at"], read["closed_at"]) == (at["resolve"], at["close"])
    reopened = await agent.data("POST", f"{path}/reopen")
    assert (reopened["resolved_at"], reopened["closed_at"]) == (None, None)


async def test_a_resolve_and_a_reopen_can_say_why(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    path = f"/incidents/{incident['id']}"
    await agent.data("POST", f"{path}/resolve", json={"comment": "Replaced the disk"})
    await reporter.data("POST", f"{path}/reopen", json={"reason": "Full again"})
    comments = (await reporter.data("GET", f"{path}/comments"))["items"]
    assert [(c["content"], c["author"]["id"]) for c in comments] == [
        ("Replaced the disk", agent.id),
        ("Full again", reporter.id),
    ]


async def test_a_reporter_reopens_their_own_and_takes_no_other_step(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    path = f"/incidents/{incident['id']}"
    for step in ("acknowledge", "resolve", "close"):
        await reporter.ask("POST", f"{path}/{step}", expect=403)
    await agent.data("POST", f"{path}/resolve")
    assert "reopen" in (await reporter.data("GET", path))["allowed_actions"]
    assert (await reporter.data("POST", f"{path}/reopen"))["status"] == "in_progress"


async def test_a_reporter_edits_the_words_of_their_own_open_ones_and_no_more(
    agent: Person, reporter: Person
) -> None:
    incident = await reporter.create()
    path = f"/incidents/{incident['id']}"
    words = {"title": "Clearer", "description": "With steps"}
    changed = await reporter.data("PATCH", path, json=words)
    assert {name: changed[name] for name in words} == words
    for body in ({"priority": "low"}, {"status": "resolved"}, {"tags": ["x"]}):
        await reporter.ask("PATCH", path, expect=403, json=body)
    await agent.data("POST", f"{path}/resolve")
    await reporter.ask("PATCH", path, expect=409, json=words)


ACTIONS = {
    Role.REPORTER: {"edit", "comment", "attach"},
    Role.AGENT: {
        "acknowledge",
        "resolve",
        "pause",
        "edit",
        "assign",
        "prioritise",
        "comment",
        "comment_internally",
        "attach",
    },
}
ACTIONS[Role.MANAGER] = ACTIONS[Role.ADMINISTRATOR] = ACTIONS[Role.AGENT] | {"delete"}


@pytest.mark.parametrize("role", Role)
async def test_an_open_incident_offers_what_the_role_may_do(
    make_person: Make, role: Role
) -> None:
    person = await make_person(role)
    incident = await person.create()
    assert set(incident["allowed_actions"]) == ACTIONS[role]
