"""What managers promise: policies, their order, their versions, and what cannot be."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.integration.conftest import Clock, Make, Person
from tracker.security import Role
from tracker.sla.jobs import check_sla_breaches
from tracker.sla.policies import marks_of

_numbers = itertools.count(1)
NOBODY = "00000000-0000-7000-8000-000000000000"
HOUR = 3600
YEAR = 366 * 24 * HOUR
ALL = ("critical", "high", "medium", "low")
RunSql = Callable[..., Awaitable[list[Any]]]


def targets(response: int | None = HOUR, resolution: int | None = None) -> Any:
    target = {"response_seconds": response, "resolution_seconds": resolution}
    return dict.fromkeys(ALL, target)


def level(trigger: str = "breach", *actions: Any, **fields: Any) -> Any:
    does = actions or ({"type": "notify", "to": "assignee"},)
    return {"name": "Call", "trigger": trigger, "actions": list(does), **fields}


def tag() -> str:
    """One that no other test knows."""
    return f"policy-{next(_numbers)}"


def body(**fields: Any) -> dict[str, Any]:
    return {
        "name": f"Policy {next(_numbers)}",
        "conditions": {"tags": [tag()]},
        "targets": targets(),
        **fields,
    }


Publish = Callable[..., Awaitable[Any]]


@pytest.fixture
async def publish(manager: Person) -> AsyncIterator[Publish]:
    """Makes policies that are gone after the test."""
    made: list[Any] = []

    async def create(**fields: Any) -> Any:
        policy = await manager.data(
            "POST", "/sla-policies", expect=201, json=body(**fields)
        )
        made.append(policy)
        return policy

    yield create
    for policy in made:
        await manager.ask("DELETE", f"/sla-policies/{policy['id']}")


def path(policy: Any) -> str:
    return f"/sla-policies/{policy['id']}"


async def policies(person: Person) -> list[Any]:
    items: list[Any] = (await person.data("GET", "/sla-policies"))["items"]
    return items


async def default(person: Person) -> Any:
    [found] = [policy for policy in await policies(person) if policy["is_default"]]
    return found


def problems(response: Any) -> list[str]:
    return [told["field"] for told in response.json()["errors"]]


async def policy_of(person: Person, incident: Any) -> str:
    sla = await person.data("GET", f"/incidents/{incident['id']}/sla")
    name: str = sla["policy"]["name"]
    return name


# --- Making and changing --------------------------------------------------------------


async def test_a_policy_is_told_as_it_was_made(
    manager: Person, publish: Publish, make_person: Make
) -> None:
    agent = await make_person(Role.AGENT)
    team = await manager.data("POST", "/teams", expect=201, json={"name": tag()})
    says = {
        "name": tag(),
        "conditions": {"priorities": ["high"], "team_ids": [team["id"]], "text": "Vip"},
        "targets": targets(HOUR, 4 * HOUR),
        "warnings": [{"percent": 50}, {"seconds_before": 600}],
        "pauses": {"reasons": ["awaiting_customer"], "longest_seconds": HOUR},
        "reopening": "restart",
        "escalations": [
            level("warning", percent=90, kinds=["resolution"]),
            level("breach", {"type": "notify", "to": "team", "team_id": team["id"]}),
            level(
                "after_breach",
                {"type": "notify", "to": "user", "user_id": agent.id},
                {"type": "notify", "to": "role", "role": "manager"},
                {"type": "reassign", "team_id": team["id"], "user_id": agent.id},
                {"type": "raise_priority"},
                {"type": "comment", "text": "Wake somebody"},
                seconds_after=HOUR,
            ),
        ],
        "note": "What we signed",
    }
    made = await publish(**says)
    assert {field: made[field] for field in says} == says
    assert made["calendars"] == {"response": None, "resolution": None}
    assert (made["version"], made["is_default"]) == (1, False)
    assert await manager.data("GET", path(made)) == made


async def test_what_is_to_be_done_is_stored_with_each_version(
    manager: Person, publish: Publish, run_sql: RunSql
) -> None:
    policy = await publish(
        warnings=[{"seconds_before": 60}],
        escalations=[level(), level("after_breach", seconds_after=90)],
    )

    async def stored() -> list[Any]:
        return [
            row["marks"]
            for row in await run_sql(
                "SELECT marks FROM sla_policy_versions WHERE policy_id = :id"
                " ORDER BY version",
                id=policy["id"],
            )
        ]

    first = marks_of(policy["warnings"], policy["escalations"])
    assert await stored() == [first]
    await manager.data("PATCH", path(policy), json={"warnings": [{"percent": 70}]})
    second = marks_of([{"percent": 70}], policy["escalations"])
    assert await stored() == [first, second]


async def test_a_change_is_a_version_and_says_the_rest_as_before(
    manager: Person, publish: Publish
) -> None:
    policy = await publish(warnings=[{"percent": 60}], note="First")
    change = {"targets": targets(None, 60), "note": "Second"}
    changed = await manager.data("PATCH", path(policy), json=change)
    assert changed == {
        **policy,
        **change,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    [newest, oldest] = (await manager.data("GET", f"{path(policy)}/versions"))["items"]
    for version, told in ((newest, changed), (oldest, policy)):
        same = version.keys() & told.keys() - {"id", "created_at"}
        assert {field: version[field] for field in same} == {
            field: told[field] for field in same
        }
        assert version["created_by"] == {"id": manager.id, "name": manager.name}


async def test_versions_come_in_pages_newest_first(
    manager: Person, publish: Publish
) -> None:
    policy = await publish()
    for percent in (10, 20, 30):
        warnings = {"warnings": [{"percent": percent}]}
        await manager.data("PATCH", path(policy), json=warnings)
    pages = await manager.pages(f"{path(policy)}/versions", limit=3)
    assert [[v["version"] for v in page] for page in pages] == [[4, 3, 2], [1]]


async def test_a_stale_change_is_refused(manager: Person, publish: Publish) -> None:
    policy = await publish()
    headers = {"If-Match": '"1"'}
    change: dict[str, Any] = {"warnings": []}
    await manager.ask("PATCH", path(policy), json=change, headers=headers, expect=200)
    refused = await manager.ask(
        "PATCH", path(policy), json=change, headers=headers, expect=409
    )
    assert refused.json()["errors"][0]["code"] == "stale_version"


async def test_of_two_changes_at_once_each_is_a_version(
    manager: Person, publish: Publish
) -> None:
    policy = await publish()
    await asyncio.gather(
        *(
            manager.data("PATCH", path(policy), json={"warnings": [{"percent": n}]})
            for n in range(1, 6)
        )
    )
    versions = (await manager.data("GET", f"{path(policy)}/versions"))["items"]
    assert [version["version"] for version in versions] == [6, 5, 4, 3, 2, 1]
    assert (await manager.data("GET", path(policy)))["version"] == 6


async def test_a_name_is_taken_once_and_free_again_after_a_delete(
    manager: Person, publish: Publish
) -> None:
    policy, other = await publish(), await publish()
    taken = body(name=policy["name"])
    refused = await manager.ask("POST", "/sla-policies", json=taken, expect=409)
    assert refused.json()["errors"][0]["code"] == "name_taken"
    rename = {"name": policy["name"]}
    await manager.ask("PATCH", path(other), json=rename, expect=409)
    await manager.ask("DELETE", path(policy), expect=204)
    await publish(**taken)


async def test_a_retry_with_the_same_key_makes_one_policy(manager: Person) -> None:
    says = body()
    headers = {"Idempotency-Key": tag()}
    answers = [
        await manager.data(
            "POST", "/sla-policies", expect=201, json=says, headers=headers
        )
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    await manager.ask("DELETE", path(answers[0]), expect=204)


# --- Which incidents ------------------------------------------------------------------


async def test_a_new_incident_gets_the_first_policy_that_is_for_it(
    manager: Person, publish: Publish
) -> None:
    mine = tag()
    wide = await publish(conditions={"tags": [mine]})
    narrow = await publish(conditions={"tags": [mine], "text": "vip"})
    vip = await manager.create(title="A VIP cannot print", tags=[mine])
    other = await manager.create(title="Somebody cannot print", tags=[mine])
    assert await policy_of(manager, vip) == narrow["name"]
    assert await policy_of(manager, other) == wide["name"]
    none = await manager.create(title="A VIP cannot print")
    assert await policy_of(manager, none) == (await default(manager))["name"]


async def test_a_new_policy_comes_last_but_before_those_that_would_take_all_of_it(
    manager: Person, publish: Publish
) -> None:
    mine = tag()
    wide = await publish(conditions={"tags": [mine]})
    apart = await publish()
    narrow = await publish(conditions={"tags": [mine], "priorities": ["low"]})
    order = [policy["id"] for policy in await policies(manager)]
    places = [order.index(policy["id"]) for policy in (narrow, wide, apart)]
    assert places == sorted(places)
    assert (await default(manager))["id"] == order[-1]
    positions = [policy["position"] for policy in await policies(manager)]
    assert positions == list(range(1, len(positions) + 1))


async def test_the_order_decides_which_policy_an_incident_gets(
    manager: Person, publish: Publish
) -> None:
    one, two = tag(), tag()
    first = await publish(conditions={"tags": [one]})
    second = await publish(conditions={"tags": [two]})
    both = await manager.create(tags=[one, two])
    assert await policy_of(manager, both) == first["name"]
    ids = [p["id"] for p in await policies(manager) if not p["is_default"]]
    turned = [*(i for i in ids if i != first["id"]), first["id"]]
    told = await manager.data("POST", "/sla-policies/order", json={"ids": turned})
    assert [p["id"] for p in told["items"] if not p["is_default"]] == turned
    both = await manager.create(tags=[one, two])
    assert await policy_of(manager, both) == second["name"]


async def test_an_order_that_is_not_all_policies_once_is_refused(
    manager: Person, publish: Publish
) -> None:
    policy = await publish()
    ids = [p["id"] for p in await policies(manager) if not p["is_default"]]
    for wrong in (
        ids[:-1],
        [*ids, ids[0]],
        [*ids, NOBODY],
        [*ids, (await default(manager))["id"]],
    ):
        refused = await manager.ask(
            "POST", "/sla-policies/order", json={"ids": wrong}, expect=422
        )
        assert problems(refused) == ["ids"]
    refused = await manager.ask(
        "POST", "/sla-policies/order", json={"ids": ids[:-1]}, expect=422
    )
    assert policy["name"] in refused.json()["message"]


async def test_an_order_in_which_a_policy_is_never_reached_is_refused(
    manager: Person, publish: Publish
) -> None:
    mine = tag()
    wide = await publish(conditions={"tags": [mine]})
    narrow = await publish(conditions={"tags": [mine], "priorities": ["low"]})
    ids = [p["id"] for p in await policies(manager) if not p["is_default"]]
    ids.remove(narrow["id"])
    refused = await manager.ask(
        "POST", "/sla-policies/order", json={"ids": [*ids, narrow["id"]]}, expect=422
    )
    [told] = refused.json()["errors"]
    assert (told["code"], told["field"]) == ("never_matches", "ids")
    assert wide["name"] in told["message"]
    assert narrow["name"] in told["message"]


async def test_a_policy_that_another_would_leave_nothing_is_refused(
    manager: Person, publish: Publish
) -> None:
    mine = tag()
    first = await publish(conditions={"tags": [mine], "priorities": ["high"]})
    second = await publish(conditions={"tags": [mine], "text": "vip"})

    async def refused(method: str, where: str, conditions: Any) -> str:
        says = body(conditions=conditions) if method == "POST" else None
        answer = await manager.ask(
            method, where, json=says or {"conditions": conditions}, expect=422
        )
        [told] = answer.json()["errors"]
        assert (told["code"], told["field"]) == ("never_matches", "conditions")
        message: str = told["message"]
        return message

    twin = {"tags": [mine], "priorities": ["high"]}
    assert first["name"] in await refused("POST", "/sla-policies", twin)
    # The first would take all that the second is for, or the second be left nothing.
    wider = {"tags": [mine], "priorities": list(ALL)}
    assert second["name"] in await refused("PATCH", path(first), wider)
    narrower = {"tags": [mine], "priorities": ["high"], "text": "vip"}
    assert first["name"] in await refused("PATCH", path(second), narrower)
    # As it is, it may stay.
    same = {"conditions": first["conditions"]}
    await manager.ask("PATCH", path(first), json=same, expect=200)


async def test_of_two_equal_policies_that_are_made_at_once_one_is_refused(
    manager: Person,
) -> None:
    same = {"tags": [tag()]}
    answers = await asyncio.gather(
        *(
            manager.ask("POST", "/sla-policies", json=body(conditions=same))
            for _ in range(3)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422]
    [made] = [answer.json()["data"] for answer in answers if answer.is_success]
    await manager.ask("DELETE", path(made), expect=204)


async def test_no_policy_counts_on_a_calendar_that_is_deleted_meanwhile(
    manager: Person, publish: Publish
) -> None:
    for _ in range(5):
        policy = await publish()
        zone = {"name": tag(), "timezone": "UTC"}
        calendar = await manager.data("POST", "/calendars", expect=201, json=zone)
        use = {"calendars": {"response": calendar["id"]}}
        used, deleted = await asyncio.gather(
            manager.ask("PATCH", path(policy), json=use),
            manager.ask("DELETE", f"/calendars/{calendar['id']}"),
        )
        assert (used.status_code, deleted.status_code) in [(200, 409), (422, 204)]


# --- The default ----------------------------------------------------------------------


async def test_the_default_policy_is_last_and_stays(manager: Person) -> None:
    found = await default(manager)
    refused = await manager.ask("DELETE", path(found), expect=409)
    assert refused.json()["errors"][0]["code"] == "default_policy"
    assert (await policies(manager))[-1]["id"] == found["id"]


async def test_the_default_policy_has_no_conditions(manager: Person) -> None:
    found = await default(manager)
    change = {"conditions": {"priorities": ["low"]}}
    refused = await manager.ask("PATCH", path(found), json=change, expect=422)
    assert problems(refused) == ["conditions"]


async def test_a_second_default_cannot_be_made(manager: Person) -> None:
    says = body(is_default=True)
    refused = await manager.ask("POST", "/sla-policies", json=says, expect=422)
    assert problems(refused) == ["is_default"]
    # Nor by leaving out every condition.
    says = body(conditions={})
    refused = await manager.ask("POST", "/sla-policies", json=says, expect=422)
    assert problems(refused) == ["conditions"]


async def test_a_deleted_policy_is_offered_no_more_and_its_clocks_run_on(
    manager: Person, publish: Publish
) -> None:
    policy = await publish()
    tags = policy["conditions"]["tags"]
    before = await manager.create(tags=tags)
    await manager.ask("DELETE", path(policy), expect=204)
    for method, where in (
        ("GET", path(policy)),
        ("PATCH", path(policy)),
        ("DELETE", path(policy)),
        ("GET", f"{path(policy)}/versions"),
    ):
        options: Any = {"json": {"note": "x"}} if method == "PATCH" else {}
        await manager.ask(method, where, expect=404, **options)
    after = await manager.create(tags=tags)
    assert await policy_of(manager, before) == policy["name"]
    assert await policy_of(manager, after) == (await default(manager))["name"]


# --- What cannot be -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"conditions": {"priorities": []}}, ["conditions.priorities"]),
        ({"conditions": {"team_ids": []}}, ["conditions.team_ids"]),
        ({"conditions": {"organization_ids": []}}, ["conditions.organization_ids"]),
        ({"conditions": {"tags": []}}, ["conditions.tags"]),
        ({"conditions": {"text": ""}}, ["conditions.text"]),
        ({"conditions": {"text": " "}}, ["conditions.text"]),
        ({"conditions": {"tags": ["x"] * 501}}, ["conditions.tags"]),
        ({"conditions": {"tags": ["fine", "a,b"]}}, ["conditions.tags[1]"]),
        ({"conditions": {"tags": [" a"]}}, ["conditions.tags[0]"]),
        ({"conditions": {"priorities": ["urgent"]}}, ["conditions.priorities[0]"]),
        ({"conditions": {"weather": "bad"}}, ["conditions.weather"]),
        ({"conditions": {"team_ids": [NOBODY]}}, ["conditions.team_ids"]),
        (
            {"conditions": {"organization_ids": [NOBODY]}},
            ["conditions.organization_ids"],
        ),
        ({"calendars": {"response": NOBODY}}, ["calendars.response"]),
        ({"calendars": {"resolution": NOBODY}}, ["calendars.resolution"]),
        ({"pauses": {"reasons": ["boredom"]}}, ["pauses.reasons"]),
        ({"pauses": {"longest_seconds": 1}}, ["pauses.longest_seconds"]),
        ({"targets": targets(None, None)}, ["targets"]),
        ({"targets": {"critical": {}}}, ["targets.high"]),
        ({"warnings": [{"percent": 80}, {}]}, ["warnings[1]"]),
        ({"warnings": [{"percent": 80, "seconds_before": 60}]}, ["warnings[0]"]),
        ({"warnings": [{"percent": 80}, {"percent": 80}]}, ["warnings[1]"]),
        ({"warnings": [{"percent": 100}]}, ["warnings[0].percent"]),
        ({"reopening": "never"}, ["reopening"]),
        ({"name": "\t"}, ["name"]),
        # Levels, by what they wait for.
        ({"escalations": [level("warning")]}, ["escalations[0]"]),
        (
            {"escalations": [level("warning", percent=50, seconds_before=60)]},
            ["escalations[0]"],
        ),
        (
            {"escalations": [level("warning", percent=50, seconds_after=60)]},
            ["escalations[0].seconds_after"],
        ),
        (
            {"escalations": [level(), level("breach", percent=50)]},
            ["escalations[1].percent"],
        ),
        ({"escalations": [level("after_breach")]}, ["escalations[0].seconds_after"]),
        (
            {"escalations": [level("after_breach", percent=5, seconds_after=60)]},
            ["escalations[0].percent"],
        ),
        ({"escalations": [level(kinds=[])]}, ["escalations[0].kinds"]),
        ({"escalations": [{**level(), "actions": []}]}, ["escalations[0].actions"]),
        # Actions, by what they do.
        *(
            (
                {"escalations": [level("breach", {"type": "raise_priority"}, action)]},
                [f"escalations[0].actions[1]{field}"],
            )
            for action, field in (
                ({"type": "notify"}, ".to"),
                ({"type": "notify", "to": "role"}, ".role"),
                ({"type": "notify", "to": "user"}, ".user_id"),
                ({"type": "notify", "to": "user", "user_id": NOBODY}, ".user_id"),
                ({"type": "notify", "to": "team", "team_id": NOBODY}, ".team_id"),
                ({"type": "notify", "to": "assignee", "role": "agent"}, ".role"),
                ({"type": "notify", "to": "assignee", "text": "x"}, ".text"),
                ({"type": "notify", "to": "role", "role": "reporter"}, ".role"),
                ({"type": "reassign"}, ""),
                ({"type": "reassign", "user_id": NOBODY}, ".user_id"),
                ({"type": "reassign", "team_id": NOBODY}, ".team_id"),
                ({"type": "raise_priority", "priority": "low"}, ".priority"),
                ({"type": "raise_priority", "to": "team"}, ".to"),
                ({"type": "comment"}, ".text"),
                ({"type": "comment", "text": " "}, ".text"),
                ({"type": "comment", "text": "x", "user_id": NOBODY}, ".user_id"),
            )
        ),
    ],
)
async def test_a_policy_that_cannot_be_is_refused_at_its_field(
    manager: Person, change: dict[str, Any], fields: list[str]
) -> None:
    before = await policies(manager)
    refused = await manager.ask(
        "POST", "/sla-policies", json=body(**change), expect=422
    )
    # A thing that both does not belong and is unknown is told once or twice.
    assert list(dict.fromkeys(problems(refused))) == fields
    assert await policies(manager) == before


async def test_all_that_is_wrong_is_told_at_once(manager: Person) -> None:
    says = body(
        conditions={"tags": []},
        targets=targets(None),
        warnings=[{}],
        calendars={"response": NOBODY},
        escalations=[level("breach", {"type": "notify", "to": "user"}, percent=1)],
    )
    refused = await manager.ask("POST", "/sla-policies", json=says, expect=422)
    assert problems(refused) == [
        "conditions.tags",
        "targets",
        "warnings[0]",
        "escalations[0].percent",
        "escalations[0].actions[0].user_id",
        "calendars.response",
    ]


async def test_a_change_that_cannot_be_is_refused_and_makes_no_version(
    manager: Person, publish: Publish
) -> None:
    policy = await publish()
    for change, field in (
        ({"conditions": {"tags": []}}, "conditions.tags"),
        ({"targets": targets(None)}, "targets"),
        ({"warnings": [{}]}, "warnings[0]"),
        ({"escalations": [level("after_breach")]}, "escalations[0].seconds_after"),
    ):
        refused = await manager.ask("PATCH", path(policy), json=change, expect=422)
        assert problems(refused) == [field]
    assert await manager.data("GET", path(policy)) == policy


async def test_people_who_may_not_act_are_refused_in_escalations(
    manager: Person, make_person: Make
) -> None:
    for person in (
        await make_person(Role.REPORTER),
        await make_person(Role.AGENT, is_active=False),
    ):
        for action in (
            {"type": "reassign", "user_id": person.id},
            {"type": "notify", "to": "user", "user_id": person.id},
        ):
            says = body(escalations=[level("breach", action)])
            refused = await manager.ask("POST", "/sla-policies", json=says, expect=422)
            assert problems(refused) == ["escalations[0].actions[0].user_id"]


async def test_what_was_deleted_cannot_be_named_any_more(manager: Person) -> None:
    name = {"name": tag()}
    team = await manager.data("POST", "/teams", expect=201, json=name)
    await manager.ask("DELETE", f"/teams/{team['id']}", expect=204)
    calendar = await manager.data(
        "POST", "/calendars", expect=201, json={**name, "timezone": "UTC"}
    )
    await manager.ask("DELETE", f"/calendars/{calendar['id']}", expect=204)
    says = body(
        conditions={"team_ids": [team["id"]]}, calendars={"response": calendar["id"]}
    )
    refused = await manager.ask("POST", "/sla-policies", json=says, expect=422)
    assert problems(refused) == ["conditions.team_ids", "calendars.response"]


@pytest.mark.parametrize(
    ("says", "fields"),
    [
        # Ten years are the most, whatever the calendar.
        ({"targets": targets(3654 * 24 * HOUR)}, ["targets.critical.response_seconds"]),
        (
            {
                "targets": targets(3653 * 24 * HOUR),
                "escalations": [level("after_breach", seconds_after=HOUR)],
            },
            ["escalations[0].seconds_after"],
        ),
        # An hour a week is some 520 in ten years.
        (
            {"calendar": ["09:00", "10:00"], "targets": targets(600 * HOUR)},
            [f"targets.{priority}.response_seconds" for priority in ALL],
        ),
        (
            {
                "calendar": ["09:00", "10:00"],
                "targets": targets(400 * HOUR),
                "escalations": [level("after_breach", seconds_after=200 * HOUR)],
            },
            ["escalations[0].seconds_after"],
        ),
        ({"calendar": ["09:00", "10:00"], "targets": targets(500 * HOUR)}, []),
        ({"targets": targets(3653 * 24 * HOUR)}, []),
    ],
)
async def test_a_deadline_that_is_never_reached_is_refused(
    manager: Person, publish: Publish, says: dict[str, Any], fields: list[str]
) -> None:
    calendars = {}
    if hours := says.get("calendar"):
        calendar = {"name": tag(), "timezone": "UTC", "weekly_hours": {"mon": [hours]}}
        made = await manager.data("POST", "/calendars", expect=201, json=calendar)
        calendars = {"response": made["id"]}
    said = {name: value for name, value in says.items() if name != "calendar"}
    if not fields:
        policy = await publish(**said, calendars=calendars)
        await manager.create(tags=policy["conditions"]["tags"])
        return
    refused = await manager.ask(
        "POST", "/sla-policies", json=body(**said, calendars=calendars), expect=422
    )
    assert list(dict.fromkeys(problems(refused))) == fields


# --- What it makes the engine do ------------------------------------------------------


async def test_the_engine_tells_each_mark_of_a_published_policy_at_its_instant(
    manager: Person, publish: Publish, run_sql: RunSql, clock: Clock, jobs: Any
) -> None:
    start = clock.pin()
    policy = await publish(
        targets=targets(HOUR, 10 * HOUR),
        warnings=[{"percent": 50}, {"seconds_before": 600}],
        escalations=[
            level("breach", {"type": "comment", "text": "Late"}),
            level(
                "warning", {"type": "raise_priority"}, percent=90, kinds=["response"]
            ),
            level("after_breach", seconds_after=HOUR),
        ],
    )
    incident = await manager.create(tags=policy["conditions"]["tags"])
    clock.advance(hours=2, minutes=1)
    await check_sla_breaches(jobs)
    told = await run_sql(
        "SELECT type, level, at FROM sla_ledger WHERE incident_id = :id"
        " AND data ->> 'kind' = 'response' ORDER BY at, level",
        id=incident["id"],
    )
    assert [
        (row["type"], row["level"], (row["at"] - start).total_seconds() / 60)
        for row in told
    ] == [
        ("warned", 50, 30),
        ("warned", 10_001, 50),
        ("escalated", 1001, 54),
        ("breached", 100, 60),
        ("escalated", 1000, 60),
        ("escalated", 1002, 120),
    ]
    actions = await run_sql(
        "SELECT level, actions FROM sla_escalations WHERE incident_id = :id"
        " ORDER BY level",
        id=incident["id"],
    )
    assert [row["actions"] for row in actions] == [
        said["actions"] for said in policy["escalations"]
    ]


# --- Who sees what --------------------------------------------------------------------


async def test_reporters_do_not_see_whom_a_policy_is_for_or_what_it_escalates(
    manager: Person, reporter: Person, publish: Publish
) -> None:
    secret = tag()
    policy = await publish(
        conditions={"tags": [secret]},
        escalations=[level("breach", {"type": "comment", "text": secret})],
        note=secret,
    )
    for where in ("/sla-policies", path(policy)):
        response = await reporter.ask("GET", where, expect=200)
        assert policy["name"] in response.text
        assert secret not in response.text
