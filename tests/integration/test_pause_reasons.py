"""The list of reasons for which clocks may stand still."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.integration.conftest import Person

_numbers = itertools.count(1)
Add = Callable[..., Awaitable[Any]]


@pytest.fixture
async def add(manager: Person) -> AsyncIterator[Add]:
    """Adds reasons that cannot be chosen after the test."""
    codes: list[str] = []

    async def create(**fields: Any) -> Any:
        says = {"code": f"reason_{next(_numbers)}", "label": "Waiting", **fields}
        made = await manager.data("POST", "/pause-reasons", expect=201, json=says)
        codes.append(made["code"])
        return made

    yield create
    for code in codes:
        gone = {"is_active": False}
        await manager.ask("PATCH", f"/pause-reasons/{code}", json=gone, expect=200)


async def reasons(person: Person) -> list[Any]:
    items: list[Any] = (await person.data("GET", "/pause-reasons"))["items"]
    return items


async def change(manager: Person, reason: Any, **fields: Any) -> Any:
    path = f"/pause-reasons/{reason['code']}"
    return await manager.data("PATCH", path, json=fields)


async def pause(person: Person, incident: Any, code: str, expect: int = 200) -> Any:
    path = f"/slas/{incident['sla']['id']}/pause"
    return await person.ask("PATCH", path, json={"reason": code}, expect=expect)


async def test_a_new_reason_is_the_last_and_can_be_chosen_at_once(
    add: Add, agent: Person
) -> None:
    made = await add(label="Waiting for parts", counts_against_us=True)
    assert made["label"] == "Waiting for parts"
    assert made["counts_against_us"] is True
    assert (await reasons(agent))[-1] == made
    await pause(agent, await agent.create(), made["code"])


async def test_a_code_is_taken_once(add: Add, manager: Person) -> None:
    made = await add()
    says = {"code": made["code"], "label": "Again"}
    refused = await manager.ask("POST", "/pause-reasons", json=says, expect=409)
    [told] = refused.json()["errors"]
    assert (told["code"], told["field"]) == ("code_taken", "code")


@pytest.mark.parametrize(
    ("says", "field"),
    [
        ({"code": "resolved"}, "code"),
        ({"code": "maintenance:x"}, "code"),
        ({"code": "Awaiting"}, "code"),
        ({"code": "awaiting\n"}, "code"),
        ({"code": ""}, "code"),
        ({"label": " "}, "label"),
    ],
)
async def test_a_reason_that_cannot_be_is_refused(
    manager: Person, says: dict[str, Any], field: str
) -> None:
    body = {"code": "some_reason", "label": "Waiting", **says}
    refused = await manager.ask("POST", "/pause-reasons", json=body, expect=422)
    assert refused.json()["errors"][0]["field"] == field


async def test_a_reason_changes_all_but_its_code(add: Add, manager: Person) -> None:
    made = await add()
    changed = await change(manager, made, label="Parts", counts_against_us=True)
    assert changed == {**made, "label": "Parts", "counts_against_us": True}
    path = f"/pause-reasons/{made['code']}"
    await manager.ask("PATCH", path, json={"code": "other"}, expect=422)
    await manager.ask("PATCH", "/pause-reasons/nothing", json={}, expect=404)


async def test_reasons_are_listed_by_their_position(add: Add, manager: Person) -> None:
    first, second = await add(), await add()
    await change(manager, second, position=first["position"] - 1)
    codes = [reason["code"] for reason in await reasons(manager)]
    assert codes.index(second["code"]) < codes.index(first["code"])


async def test_a_reason_that_is_not_active_stops_no_more_clocks_but_its_pauses_go_on(
    add: Add, manager: Person, agent: Person
) -> None:
    made = await add()
    paused, other = await agent.create(), await agent.create()
    await pause(agent, paused, made["code"])
    await change(manager, made, is_active=False)
    refused = await pause(agent, other, made["code"], 422)
    assert refused.json()["errors"][0]["field"] == "reason"
    sla = await agent.data("GET", f"/incidents/{paused['id']}/sla")
    assert [pause["reason"] for pause in sla["pauses"]] == [made["code"]]
    path = f"/slas/{paused['sla']['id']}/resume"
    await agent.ask("PATCH", path, json={}, expect=200)


async def test_a_policy_allows_only_the_reasons_that_it_names(
    add: Add, manager: Person
) -> None:
    allowed, other = await add(), await add()
    tag = f"reasons-{next(_numbers)}"
    target = {"response_seconds": 3600}
    policy = await manager.data(
        "POST",
        "/sla-policies",
        expect=201,
        json={
            "name": tag,
            "conditions": {"tags": [tag]},
            "targets": dict.fromkeys(("critical", "high", "medium", "low"), target),
            "pauses": {"reasons": [allowed["code"]]},
        },
    )
    incident = await manager.create(tags=[tag])
    refused = await pause(manager, incident, other["code"], 422)
    assert allowed["code"] in refused.json()["message"]
    await pause(manager, incident, allowed["code"])
    await manager.ask("DELETE", f"/sla-policies/{policy['id']}", expect=204)
