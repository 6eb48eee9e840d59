"""Custom fields: defining them, their values, and who sees them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.integration.conftest import Person

_numbers = itertools.count(1)


Define = Callable[..., Awaitable[Any]]


@pytest.fixture
async def define(administrator: Person) -> AsyncIterator[Define]:
    """Defines fields with keys and names that no other has; they retire with the test.

    So none is required of incidents of other tests, or their default.
    """
    made = []

    async def define_one(kind: str = "text", **more: Any) -> Any:
        number = next(_numbers)
        key, name = f"field_{number}", f"Field {number}"
        body = {"key": key, "name": name, "type": kind, **more}
        if kind in ("choice", "choices"):
            body.setdefault("options", ["red", "green", "blue"])
        made.append(
            await administrator.data("POST", "/custom-fields", expect=201, json=body)
        )
        return made[-1]

    yield define_one
    for field in made:
        await retire(administrator, field)


async def retire(administrator: Person, field: Any) -> None:
    """Take a field out of use."""
    await administrator.ask("DELETE", path(field), expect=204)


def path(field: Any) -> str:
    return f"/custom-fields/{field['key']}"


async def keys(person: Person) -> list[str]:
    page = await person.data("GET", "/custom-fields")
    return [field["key"] for field in page["items"]]


async def give(
    person: Person, incident: Any, values: dict[str, Any], expect: int = 200
) -> Any:
    """Give an incident values; tells the answer's data, or its first error."""
    response = await person.ask(
        "PATCH",
        f"/incidents/{incident['number']}",
        json={"fields": values},
        expect=expect,
    )
    answer = response.json()
    return answer["data"] if expect == 200 else answer["errors"][0]


async def found(person: Person, **query: str) -> list[str]:
    """The numbers of the incidents in a list."""
    params = {key.replace("field_", "field.field_"): v for key, v in query.items()}
    page = await person.data("GET", "/incidents", params=params)
    return [item["number"] for item in page["items"]]


async def told(person: Person, incident: Any) -> list[dict[str, Any]]:
    """The changes of fields in a timeline."""
    page = await person.data("GET", f"/incidents/{incident['number']}/timeline")
    return [item for item in page["items"] if item["type"] == "field_changed"]


# --- Defining -------------------------------------------------------------------------


async def test_a_field_is_kept_as_it_is_defined(define: Define, agent: Person) -> None:
    field = await define(
        "choice",
        options=["EU ", "US", "EU"],
        required="resolved",
        default="US",
        help="Where the customer sits",
    )
    assert field["options"] == ["EU", "US"]
    assert (field["required"], field["default"]) == ("resolved", "US")
    assert (field["is_active"], field["version"]) == (True, 1)
    page = await agent.data("GET", "/custom-fields")
    assert field in page["items"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "Region"}, "key"),
        ({"key": "1st"}, "key"),
        ({"key": "region\n"}, "key"),
        ({"name": " "}, "name"),
        ({"type": "picture"}, "type"),
        ({"type": "choice"}, "options"),
        ({"type": "choice", "options": ["a,b"]}, "options"),
        ({"type": "text", "options": ["a"]}, "options"),
        ({"type": "number", "default": "many"}, "default"),
        ({"type": "choice", "options": ["a"], "default": "b"}, "default"),
        ({"position": 1}, "position"),
    ],
)
async def test_what_no_field_can_be_is_refused(
    administrator: Person, wrong: dict[str, Any], field: str
) -> None:
    body = {"key": "some_key", "name": "Some name", "type": "text", **wrong}
    refused = await administrator.ask("POST", "/custom-fields", json=body, expect=422)
    assert refused.json()["errors"][0]["field"].startswith(field)


async def test_a_key_is_given_once_for_ever_and_a_name_to_one_active_field(
    define: Define,
    administrator: Person,
) -> None:
    field = await define()
    body = {**{k: field[k] for k in ("key", "name")}, "type": "text"}

    async def refusal() -> tuple[str, str]:
        answer = await administrator.ask("POST", "/custom-fields", json=body)
        [error] = answer.json()["errors"]
        return error["code"], error["field"]

    assert await refusal() == ("key_taken", "key")
    body["key"] += "_2"
    assert await refusal() == ("name_taken", "name")
    await retire(administrator, field)
    second = await administrator.data("POST", "/custom-fields", expect=201, json=body)
    back = await administrator.ask("PATCH", path(field), json={"is_active": True})
    assert back.json()["errors"][0]["code"] == "name_taken"
    body["key"] = field["key"]
    assert await refusal() == ("key_taken", "key")
    await retire(administrator, second)


async def test_a_field_is_changed_but_not_its_key_and_type(
    define: Define,
    administrator: Person,
) -> None:
    field = await define("choice")
    change = {"name": f"{field['name']} b", "options": ["x", "y"], "default": "y"}
    changed = await administrator.data("PATCH", path(field), json=change)
    assert {key: changed[key] for key in change} == change
    for fixed in ({"key": "other"}, {"type": "text"}):
        await administrator.ask("PATCH", path(field), json=fixed, expect=422)
    stale = await administrator.ask(
        "PATCH", path(field), json=change, headers={"If-Match": '"1"'}, expect=409
    )
    assert stale.json()["errors"][0]["code"] == "stale_version"
    gone = await administrator.ask(
        "PATCH", path(field), json={"options": ["x"]}, expect=422
    )
    assert gone.json()["errors"][0]["field"] == "default"
    await administrator.ask("PATCH", path({"key": "no_such"}), json={}, expect=404)


async def test_fields_are_put_in_order(define: Define, administrator: Person) -> None:
    fields = [await define() for _ in range(3)]
    first, second, third = (field["key"] for field in fields)
    place = (await keys(administrator)).index(second)
    await administrator.data("PATCH", path(fields[2]), json={"position": place})
    assert (await keys(administrator))[-3:] == [first, third, second]


# --- Values ---------------------------------------------------------------------------

VALUES = [
    ("text", " Rack 7 ", "Rack 7"),
    ("number", 4, 4),
    ("number", -2.5, -2.5),
    ("date", "2026-03-31", "2026-03-31"),
    ("boolean", False, False),
    ("choice", "green", "green"),
    ("choices", ["blue", "red", "blue"], ["red", "blue"]),
    ("link", "https://example.com/a?b=c", "https://example.com/a?b=c"),
]


@pytest.mark.parametrize(("kind", "given", "kept"), VALUES)
async def test_a_value_is_kept_by_its_type(
    define: Define, agent: Person, kind: str, given: Any, kept: Any
) -> None:
    key = (await define(kind))["key"]
    made = await agent.create(fields={key: given})
    assert made["fields"] == {key: kept}
    other = await agent.create()
    assert (await give(agent, other, {key: given}))["fields"] == {key: kept}
    read = await agent.data("GET", f"/incidents/{other['number']}")
    assert read["fields"] == {key: kept}
    assert (await give(agent, other, {key: None}))["fields"] == {}


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("text", 7),
        ("text", "x" * 501),
        ("number", "7"),
        ("number", True),
        ("number", 1e300),
        ("date", "31.03.2026"),
        ("date", "2026-02-30"),
        ("boolean", "yes"),
        ("choice", "purple"),
        ("choice", ["red"]),
        ("choices", "red"),
        ("choices", ["red", "purple"]),
        ("link", "javascript:alert(1)"),
        ("link", "https://"),
        ("link", "https://example.com/a b"),
    ],
)
async def test_a_value_that_is_none_of_its_type_names_the_field(
    define: Define, agent: Person, kind: str, wrong: Any
) -> None:
    key = (await define(kind))["key"]
    body = {"title": "x", "fields": {key: wrong}}
    refused = await agent.ask("POST", "/incidents", json=body, expect=422)
    assert refused.json()["errors"][0]["field"] == f"fields.{key}"
    incident = await agent.create()
    error = await give(agent, incident, {key: wrong}, expect=422)
    assert error["field"] == f"fields.{key}"


async def test_every_wrong_value_is_told_at_once(define: Define, agent: Person) -> None:
    number = (await define("number"))["key"]
    body = {"title": "x", "fields": {number: "many", "no_such": 1}}
    refused = await agent.ask("POST", "/incidents", json=body, expect=422)
    named = {error["field"] for error in refused.json()["errors"]}
    assert named == {f"fields.{number}", "fields.no_such"}


async def test_an_option_that_is_gone_stays_where_it_is(
    define: Define, administrator: Person, agent: Person
) -> None:
    field = await define("choices")
    key = field["key"]
    incident = await agent.create(fields={key: ["red"]})
    await administrator.data("PATCH", path(field), json={"options": ["green"]})
    changed = await give(agent, incident, {key: ["green", "red"]})
    assert changed["fields"][key] == ["green", "red"]
    other = await agent.create()
    await give(agent, other, {key: ["red"]}, expect=422)


async def test_a_default_is_the_value_unless_another_or_none_is_given(
    define: Define, administrator: Person, agent: Person, reporter: Person
) -> None:
    field = await define("choice", default="red")
    key = field["key"]
    assert (await agent.create())["fields"] == {key: "red"}
    assert (await agent.create(fields={key: "blue"}))["fields"] == {key: "blue"}
    assert (await agent.create(fields={key: None}))["fields"] == {}
    # Also where its reporter does not see it.
    theirs = await reporter.create()
    assert theirs["fields"] == {}
    seen = await agent.data("GET", f"/incidents/{theirs['number']}")
    assert seen["fields"] == {key: "red"}
    await retire(administrator, field)


# --- Required -------------------------------------------------------------------------


async def test_what_is_required_when_created_cannot_be_left_out_or_cleared(
    define: Define, administrator: Person, agent: Person, reporter: Person
) -> None:
    field = await define(required="created")
    key, body = field["key"], {"title": "x"}
    refused = await agent.ask("POST", "/incidents", json=body, expect=422)
    [error] = refused.json()["errors"]
    assert (error["code"], error["field"]) == ("field_required", f"fields.{key}")
    incident = await agent.create(fields={key: "here"})
    await give(agent, incident, {key: None}, expect=422)
    # A reporter, who cannot see it, is not asked for it.
    await reporter.create()
    visible = {"visible_to_reporters": True}
    await administrator.data("PATCH", path(field), json=visible)
    await reporter.ask("POST", "/incidents", json=body, expect=422)
    made = await reporter.create(fields={key: "there"})
    assert made["fields"] == {key: "there"}
    await retire(administrator, field)
    await agent.create()


async def test_what_is_required_to_resolve_is_asked_for_then(
    define: Define, agent: Person
) -> None:
    field = await define(required="resolved")
    incident = await agent.create()
    resolve = f"/incidents/{incident['number']}/resolve"
    refused = await agent.ask("POST", resolve, expect=422)
    assert refused.json()["errors"][0]["field"] == f"fields.{field['key']}"
    patched = await agent.ask(
        "PATCH", f"/incidents/{incident['number']}", json={"status": "resolved"}
    )
    assert patched.status_code == 422
    bulk = {
        "references": [incident["number"]],
        "change": {"type": "step", "step": "resolve"},
    }
    result = await agent.data("POST", "/incidents/bulk", json=bulk)
    assert result["failed"][0]["code"] == "field_required"
    await give(agent, incident, {field["key"]: "A loose cable"})
    await agent.data("POST", resolve)
    await give(agent, incident, {field["key"]: None}, expect=422)


async def test_a_duplicate_is_merged_without_what_resolving_requires(
    define: Define, agent: Person
) -> None:
    await define(required="resolved")
    source, target = await agent.create(), await agent.create()
    await agent.ask(
        "POST",
        f"/incidents/{source['number']}/merge",
        json={"into": target["number"]},
        expect=200,
    )


async def test_a_value_that_comes_with_the_resolution_is_enough(
    define: Define, agent: Person
) -> None:
    field = await define(required="resolved")
    incident = await agent.create()
    body = {"status": "resolved", "fields": {field["key"]: "A loose cable"}}
    done = await agent.data("PATCH", f"/incidents/{incident['number']}", json=body)
    assert done["status"] == "resolved"


async def test_a_retired_field_keeps_its_values_and_takes_no_new_ones(
    define: Define, administrator: Person, agent: Person
) -> None:
    field = await define(required="created")
    key = field["key"]
    incident = await agent.create(fields={key: "kept"})
    await retire(administrator, field)
    read = await agent.data("GET", f"/incidents/{incident['number']}")
    assert read["fields"] == {key: "kept"}
    assert await found(agent, **{key: "kept"}) == [incident["number"]]
    await give(agent, incident, {key: "new"}, expect=422)
    await administrator.data(
        "PATCH", path(field), json={"is_active": True, "required": "never"}
    )
    assert (await give(agent, incident, {key: "new"}))["fields"] == {key: "new"}


# --- Filters --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "other", "text"),
    [
        ("text", "Rack 7", "Rack 8", "Rack 7"),
        ("number", 4, 5, "4"),
        ("number", 4.5, 4, "4.50"),
        ("date", "2026-03-31", "2026-04-01", "2026-03-31"),
        ("boolean", True, False, "yes"),
        ("boolean", False, True, "false"),
        ("choice", "green", "red", "green"),
        ("choices", ["blue", "red"], ["green"], "red"),
        ("choice", "green", "red", "blue, green"),
        (
            "link",
            "https://example.com/a",
            "https://example.com/b",
            "https://example.com/a",
        ),
    ],
)
async def test_a_list_is_narrowed_to_a_value(
    define: Define,
    agent: Person,
    kind: str,
    value: Any,
    other: Any,
    text: str,
) -> None:
    key = (await define(kind))["key"]
    tag = f"tag-{key}"
    one = await agent.create(fields={key: value}, tags=[tag])
    await agent.create(fields={key: other}, tags=[tag])
    await agent.create(tags=[tag])
    assert await found(agent, **{key: text}) == [one["number"]]
    assert await found(agent, **{key: text}, tag=tag) == [one["number"]]
    view = {"name": key, "filters": {"fields": {key: text}, "tag": tag}}
    saved = await agent.data("POST", "/views", expect=201, json=view)
    assert saved["filters"] == view["filters"]
    counts = await agent.data("GET", "/views/counts")
    assert counts["counts"][saved["id"]] == 1


@pytest.mark.parametrize("name", ["field.no_such", "field.", "field.No", "field.a-b"])
async def test_a_filter_by_a_field_that_there_is_not_is_refused(
    agent: Person, name: str
) -> None:
    refused = await agent.ask("GET", "/incidents", params={name: "x"}, expect=422)
    assert refused.json()["errors"][0]["field"] == name


async def test_a_view_by_a_field_that_there_is_not_is_refused(agent: Person) -> None:
    view = {"name": "x", "filters": {"fields": {"no_such": "x"}}}
    refused = await agent.ask("POST", "/views", json=view, expect=422)
    assert refused.json()["errors"][0]["field"] == "field.no_such"


# --- Told -----------------------------------------------------------------------------


async def test_a_change_is_in_the_timeline_with_the_name_it_had(
    define: Define, agent: Person
) -> None:
    field = await define("choice")
    incident = await agent.create()
    await give(agent, incident, {field["key"]: "red"})
    await give(agent, incident, {field["key"]: "red"})
    await give(agent, incident, {field["key"]: None})
    items = await told(agent, incident)
    assert [item["data"]["change"] for item in items] == [[None, "red"], ["red", None]]
    assert items[0]["data"]["name"] == field["name"]
    assert items[0]["actor"]["id"] == agent.id


async def test_a_stale_change_is_told_which_field_was_changed(
    define: Define, agent: Person
) -> None:
    field = await define()
    incident = await agent.create()
    await give(agent, incident, {field["key"]: "new"})
    stale = await agent.ask(
        "PATCH",
        f"/incidents/{incident['number']}",
        json={"title": "Other"},
        headers={"If-Match": '"1"'},
        expect=409,
    )
    # Not while it is hidden: reporters are told in the same words.
    assert field["name"] not in stale.json()["message"]


# --- What reporters do not see --------------------------------------------------------


async def test_a_hidden_field_is_nowhere_for_reporters(
    define: Define, agent: Person, reporter: Person
) -> None:
    hidden = await define()
    shown = await define(visible_to_reporters=True)
    secret = f"secret {hidden['key']}"
    incident = await reporter.create(fields={shown["key"]: "open"})
    values = {hidden["key"]: secret, shown["key"]: "seen"}
    await give(agent, incident, values)

    assert hidden["key"] not in await keys(reporter)
    assert shown["key"] in await keys(reporter)
    about = f"/incidents/{incident['number']}"
    assert (await reporter.data("GET", about))["fields"] == {shown["key"]: "seen"}
    assert (await agent.data("GET", about))["fields"] == values
    told_names = [item["data"]["name"] for item in await told(reporter, incident)]
    assert told_names == [shown["name"]]
    pages = [about, f"{about}/timeline", "/incidents", "/custom-fields"]
    for page in pages:
        assert secret not in (await reporter.ask("GET", page)).text
    assert await found(reporter, q=secret) == []
    assert await found(reporter, **{shown["key"]: "seen"}) == [incident["number"]]


async def test_a_hidden_field_is_as_unknown_as_none_for_reporters(
    define: Define, reporter: Person
) -> None:
    hidden = (await define())["key"]

    async def refusals(key: str) -> list[Any]:
        body = {"title": "x", "fields": {key: "y"}}
        view = {"name": key, "filters": {"fields": {key: "y"}}}
        answers = [
            await reporter.ask("POST", "/incidents", json=body, expect=422),
            await reporter.ask(
                "GET", "/incidents", params={f"field.{key}": "y"}, expect=422
            ),
            await reporter.ask("POST", "/views", json=view, expect=422),
        ]
        return [a.json()["message"].replace(key, "KEY") for a in answers]

    assert await refusals(hidden) == await refusals("no_such")


async def test_a_field_that_is_hidden_later_is_hidden_with_its_past(
    define: Define, administrator: Person, agent: Person, reporter: Person
) -> None:
    field = await define(visible_to_reporters=True)
    key = field["key"]
    incident = await reporter.create()
    await give(agent, incident, {key: "was public"})
    view = {"name": key, "filters": {"fields": {key: "was public"}}}
    saved = await reporter.data("POST", "/views", expect=201, json=view)

    async def count() -> int:
        counts = await reporter.data("GET", "/views/counts")
        found: int = counts["counts"][saved["id"]]
        return found

    assert (len(await told(reporter, incident)), await count()) == (1, 1)
    await administrator.data("PATCH", path(field), json={"visible_to_reporters": False})
    assert (await told(reporter, incident), await count()) == ([], 0)
    about = await reporter.data("GET", f"/incidents/{incident['number']}")
    assert about["fields"] == {}


async def test_reporters_give_values_with_a_new_incident_only(
    define: Define, reporter: Person
) -> None:
    field = await define(visible_to_reporters=True)
    incident = await reporter.create(fields={field["key"]: "first"})
    error = await give(reporter, incident, {field["key"]: "second"}, expect=403)
    assert error["code"] == "forbidden"


async def test_resolving_takes_the_values_that_it_requires_or_nothing_at_all(
    define: Define, agent: Person
) -> None:
    field, other = await define(required="resolved"), await define("number")
    incident = await agent.create()
    number = incident["number"]
    path = f"/incidents/{number}"
    wrong = {"comment": "Mended.", "fields": {field["key"]: "A", other["key"]: "B"}}
    refused = await agent.ask("POST", f"{path}/resolve", json=wrong, expect=422)
    assert refused.json()["errors"][0]["field"] == f"fields.{other['key']}"
    left = await agent.data("GET", path)
    assert (left["status"], left["fields"]) == ("open", incident["fields"])
    timeline = await agent.data("GET", f"{path}/timeline")
    assert "Mended." not in str(timeline)

    right = {"comment": "Mended.", "fields": {field["key"]: "A loose cable"}}
    done = await agent.data("POST", f"{path}/resolve", json=right)
    assert done["status"] == "resolved"
    assert done["fields"][field["key"]] == "A loose cable"


async def test_a_refused_bulk_resolution_names_the_field(
    define: Define, agent: Person
) -> None:
    field = await define(required="resolved")
    incident = await agent.create()
    change = {"type": "step", "step": "resolve"}
    bulk = {"references": [incident["number"]], "change": change}
    result = await agent.data("POST", "/incidents/bulk", json=bulk)
    assert f"“{field['name']}” is required" in result["failed"][0]["message"]
