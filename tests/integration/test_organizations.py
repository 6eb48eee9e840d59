"""Customers: who they are, and who belongs to them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.integration.conftest import Make, Person
from tracker.security import Role

_numbers = itertools.count(1)
NOBODY = "00000000-0000-7000-8000-000000000000"


def name() -> str:
    return f"Customer {next(_numbers)}"


async def make(manager: Person, **fields: Any) -> Any:
    body = {"name": name(), **fields}
    return await manager.data("POST", "/organizations", expect=201, json=body)


def path(organization: Any) -> str:
    return f"/organizations/{organization['id']}"


def ref(organization: Any) -> dict[str, str]:
    return {"id": organization["id"], "name": organization["name"]}


async def join(administrator: Person, person: Person, organization: Any) -> Any:
    body = {"organization_id": organization["id"]}
    return await administrator.data("PATCH", f"/users/{person.id}", json=body)


# --- Organizations --------------------------------------------------------------------


async def test_an_organization_is_told_as_it_was_made(
    manager: Person, agent: Person
) -> None:
    made = await make(manager)
    response = await agent.ask("GET", path(made), expect=200)
    assert response.json()["data"] == made
    assert response.headers["ETag"] == '"1"'


async def test_organizations_come_by_name_in_pages(manager: Person) -> None:
    word = name()
    made = [await make(manager, name=f"{word} {end}") for end in ("c", "A", "b")]
    pages = await manager.pages("/organizations", q=word.upper(), limit=2)
    assert [[found["name"][-1] for found in page] for page in pages] == [
        ["A", "b"],
        ["c"],
    ]
    query = {"q": f"{word} b", "with_total": "true"}
    found = await manager.data("GET", "/organizations", params=query)
    assert (found["items"], found["total"]) == ([made[2]], 1)
    assert (await manager.data("GET", "/organizations", params={"q": "%"}))[
        "items"
    ] == []


async def test_a_name_is_taken_once_whatever_its_case_and_free_after_a_delete(
    manager: Person,
) -> None:
    made, other = await make(manager), await make(manager)
    same = {"name": made["name"].upper()}
    refused = await manager.ask("POST", "/organizations", json=same, expect=409)
    [told] = refused.json()["errors"]
    assert (told["code"], told["field"]) == ("name_taken", "name")
    await manager.ask("PATCH", path(other), json=same, expect=409)
    await manager.ask("DELETE", path(made), expect=204)
    await make(manager, **same)


async def test_an_organization_is_renamed_unless_the_version_is_stale(
    manager: Person,
) -> None:
    made = await make(manager)
    headers, body = {"If-Match": '"1"'}, {"name": name()}
    changed = await manager.data("PATCH", path(made), json=body, headers=headers)
    assert (changed["name"], changed["version"]) == (body["name"], 2)
    refused = await manager.ask(
        "PATCH", path(made), json=body, headers=headers, expect=409
    )
    assert refused.json()["errors"][0]["code"] == "stale_version"


@pytest.mark.parametrize("given", ["", "  ", "x" * 201])
async def test_a_name_that_cannot_be_is_refused(manager: Person, given: str) -> None:
    refused = await manager.ask(
        "POST", "/organizations", json={"name": given}, expect=422
    )
    assert refused.json()["errors"][0]["field"] == "name"


async def test_a_retry_with_the_same_key_makes_one_organization(
    manager: Person,
) -> None:
    headers = {"Idempotency-Key": name()}
    body = {"name": name()}
    for _ in range(2):
        await manager.data(
            "POST", "/organizations", expect=201, json=body, headers=headers
        )
    found = await manager.data("GET", "/organizations", params={"q": body["name"]})
    assert len(found["items"]) == 1


# --- Their people ---------------------------------------------------------------------


async def test_people_belong_to_an_organization(
    administrator: Person, manager: Person
) -> None:
    first, second = await make(manager), await make(manager)
    person = {
        "name": "Grace",
        "email": f"grace-{next(_numbers)}@example.com",
        "role": "reporter",
        "organization_id": first["id"],
    }
    made = await administrator.data("POST", "/users", expect=201, json=person)
    assert made["organization"] == ref(first)
    where = f"/users/{made['id']}"
    for change, expected in (
        ({"organization_id": second["id"]}, ref(second)),
        ({"name": "Grace H."}, ref(second)),
        ({"organization_id": None}, None),
    ):
        changed = await administrator.data("PATCH", where, json=change)
        assert changed["organization"] == expected
        assert await administrator.data("GET", where) == changed


async def test_lists_of_people_tell_their_organization(
    administrator: Person, manager: Person, make_person: Make
) -> None:
    made = await make(manager)
    word = f"Listed{next(_numbers)}"
    member = await make_person(Role.REPORTER, name=f"{word} a")
    await make_person(Role.REPORTER, name=f"{word} b")
    await join(administrator, member, made)
    found = await manager.data("GET", "/users", params={"q": word})
    assert [person["organization"] for person in found["items"]] == [ref(made), None]


async def test_reporters_know_the_name_of_their_own_organization_only(
    administrator: Person, manager: Person, reporter: Person
) -> None:
    own, other = await make(manager), await make(manager)
    await join(administrator, reporter, own)
    assert (await reporter.data("GET", "/auth/me"))["organization"] == ref(own)
    for organization in (own, other):
        await reporter.ask("GET", path(organization), expect=403)
    await reporter.ask("GET", "/organizations", expect=403)


async def test_an_organization_that_is_not_there_is_refused(
    administrator: Person, manager: Person, reporter: Person
) -> None:
    gone = await make(manager)
    await manager.ask("DELETE", path(gone), expect=204)
    for organization_id in (NOBODY, gone["id"]):
        body = {"organization_id": organization_id}
        refused = await administrator.ask(
            "PATCH", f"/users/{reporter.id}", json=body, expect=422
        )
        assert refused.json()["errors"][0]["field"] == "organization_id"


async def test_nobody_chooses_an_organization_for_themselves(
    manager: Person, reporter: Person
) -> None:
    body = {"organization_id": (await make(manager))["id"]}
    await reporter.ask("PATCH", "/auth/me", json=body, expect=422)
    await reporter.ask("PATCH", f"/users/{reporter.id}", json=body, expect=403)


async def test_the_people_and_incidents_of_a_deleted_organization_have_none(
    administrator: Person, manager: Person, reporter: Person
) -> None:
    made = await make(manager)
    await join(administrator, reporter, made)
    incident = await reporter.create()
    assert incident["organization"] == ref(made)
    await manager.ask("DELETE", path(made), expect=204)
    for method in ("GET", "PATCH", "DELETE"):
        options: Any = {"json": {}} if method == "PATCH" else {}
        await manager.ask(method, path(made), expect=404, **options)
    assert (await reporter.data("GET", "/auth/me"))["organization"] is None
    seen = await manager.data("GET", f"/incidents/{incident['id']}")
    assert seen["organization"] is None
    assert (await reporter.create())["organization"] is None


# --- Their promises -------------------------------------------------------------------


async def test_incidents_of_an_organization_get_the_policy_that_is_for_it(
    administrator: Person, manager: Person, reporter: Person
) -> None:
    made = await make(manager)
    await join(administrator, reporter, made)
    target = {"response_seconds": 900}
    policy = await manager.data(
        "POST",
        "/sla-policies",
        expect=201,
        json={
            "name": f"Of {made['name']}",
            "conditions": {"organization_ids": [made["id"]]},
            "targets": dict.fromkeys(("critical", "high", "medium", "low"), target),
        },
    )
    incident = await reporter.create()
    sla = await reporter.data("GET", f"/incidents/{incident['id']}/sla")
    assert sla["policy"]["name"] == policy["name"]
    assert sla["clocks"]["response"]["target_seconds"] == 900
    await manager.ask("DELETE", f"/sla-policies/{policy['id']}", expect=204)
