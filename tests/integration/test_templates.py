"""Templates of new incidents: writing them, and who uses which."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.conftest import Person
from tracker.db import new_id

NOBODY = "00000000-0000-7000-8000-000000000000"


def name() -> str:
    """A name that no other template has."""
    return f"Template {new_id().hex[-12:]}"


async def save(manager: Person, **body: Any) -> Any:
    """A new template."""
    body = {"name": name(), **body}
    return await manager.data("POST", "/incident-templates", expect=201, json=body)


async def listed(person: Person) -> list[Any]:
    page = await person.data("GET", "/incident-templates")
    items: list[Any] = page["items"]
    return items


async def names(person: Person) -> list[str]:
    return [template["name"] for template in await listed(person)]


def path(template: Any) -> str:
    return f"/incident-templates/{template['id']}"


@pytest.fixture
async def fields(administrator: Person) -> AsyncIterator[tuple[str, str]]:
    """The keys of a field that reporters see and of one that is hidden from them."""
    made = []
    for visible in (True, False):
        key = f"key_{new_id().hex[-12:]}"
        body = {
            "key": key,
            "name": key,
            "type": "choice",
            "options": ["a", "b"],
            "visible_to_reporters": visible,
        }
        await administrator.ask("POST", "/custom-fields", json=body, expect=201)
        made.append(key)
    yield made[0], made[1]
    for key in made:
        await administrator.ask("DELETE", f"/custom-fields/{key}", expect=204)


async def test_a_template_holds_what_an_incident_begins_with(
    manager: Person, agent: Person, fields: tuple[str, str]
) -> None:
    team = await manager.data("POST", "/teams", expect=201, json={"name": name()})
    body = {
        "name": f" {name()} ",
        "title": "Disk full on ",
        "description": "**Which** disk?",
        "priority": "high",
        "team_id": team["id"],
        "tags": ["disk", "disk", "storage"],
        "fields": {fields[0]: "a", fields[1]: "b"},
    }
    made = await save(manager, **body)
    assert made["name"] == body["name"].strip()
    assert (made["title"], made["description"]) == ("Disk full on", "**Which** disk?")
    assert (made["priority"], made["team"]["name"]) == ("high", team["name"])
    assert (made["tags"], made["fields"]) == (["disk", "storage"], body["fields"])
    assert made in await listed(agent)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"priority": "urgent"}, "priority"),
        ({"team_id": NOBODY}, "team_id"),
        ({"fields": {"no_such": "a"}}, "fields.no_such"),
        ({"title": "x" * 201}, "title"),
    ],
)
async def test_what_no_incident_can_begin_with_is_refused(
    manager: Person, wrong: dict[str, Any], field: str
) -> None:
    body = {"name": name(), **wrong}
    refused = await manager.ask("POST", "/incident-templates", json=body, expect=422)
    assert refused.json()["errors"][0]["field"] == field


async def test_a_value_that_is_none_of_its_field_is_refused(
    manager: Person, fields: tuple[str, str]
) -> None:
    template = await save(manager)
    wrong = {"fields": {fields[0]: "z"}}
    refused = await manager.ask("PATCH", path(template), json=wrong, expect=422)
    assert refused.json()["errors"][0]["field"] == f"fields.{fields[0]}"


async def test_a_template_is_changed_and_cleared(manager: Person) -> None:
    template = await save(manager, title="Old", priority="low", tags=["x"])
    change: dict[str, Any] = {
        "name": name(),
        "title": "New",
        "priority": None,
        "tags": [],
    }
    changed = await manager.data("PATCH", path(template), json=change)
    assert {key: changed[key] for key in change} == change
    assert changed["version"] == 2
    await manager.ask(
        "PATCH", path(template), json=change, headers={"If-Match": '"1"'}, expect=409
    )


async def test_a_name_is_given_once_until_its_template_is_deleted(
    manager: Person, agent: Person
) -> None:
    template = await save(manager)
    same = {"name": template["name"].upper()}
    refused = await manager.ask("POST", "/incident-templates", json=same, expect=409)
    [error] = refused.json()["errors"]
    assert (error["code"], error["field"]) == ("name_taken", "name")
    await manager.ask("DELETE", path(template), expect=204)
    assert template["name"] not in await names(agent)
    await manager.ask("PATCH", path(template), json=same, expect=404)
    await save(manager, **same)


async def test_templates_are_put_in_order(manager: Person) -> None:
    first, second, third = [await save(manager) for _ in range(3)]
    place = (await names(manager)).index(second["name"])
    await manager.data("PATCH", path(third), json={"position": place})
    expected = [template["name"] for template in (first, third, second)]
    assert (await names(manager))[-3:] == expected


async def test_reporters_get_what_is_for_them_and_what_they_may_set(
    manager: Person, reporter: Person, fields: tuple[str, str]
) -> None:
    shown, hidden = fields
    team = await manager.data("POST", "/teams", expect=201, json={"name": name()})
    values = {shown: "a", hidden: "b"}
    internal = await save(manager)
    template = await save(
        manager, for_reporters=True, team_id=team["id"], fields=values, priority="low"
    )
    assert internal["name"] not in await names(reporter)
    [theirs] = [one for one in await listed(reporter) if one["id"] == template["id"]]
    assert (theirs["team"], theirs["fields"]) == (None, {shown: "a"})
    made = await reporter.create(priority=theirs["priority"], fields=theirs["fields"])
    assert made["fields"] == {shown: "a"}


async def test_values_of_a_retired_field_are_not_offered(
    manager: Person, administrator: Person, agent: Person, fields: tuple[str, str]
) -> None:
    template = await save(manager, fields=dict.fromkeys(fields, "a"))
    await administrator.ask("DELETE", f"/custom-fields/{fields[0]}", expect=204)
    [offered] = [one for one in await listed(agent) if one["id"] == template["id"]]
    assert offered["fields"] == {fields[1]: "a"}
