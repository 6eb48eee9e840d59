"""Users and teams."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.conftest import Make, Person
from tracker.security import Role


def named(person: Person, **fields: Any) -> dict[str, Any]:
    """A new user's fields; the address is nobody's yet."""
    return {
        "email": f"new-{person.id}@example.com",
        "name": "Ada Lovelace",
        "role": "agent",
        "password": "correct horse battery",
        **fields,
    }


async def found(person: Person, path: str, name: str, **query: Any) -> list[str]:
    """The ids of a list, in order, of those whose name holds `name`."""
    pages = await person.pages(path, **query)
    return [item["id"] for page in pages for item in page if name in item["name"]]


# --- Users ----------------------------------------------------------------------------


async def test_a_new_person_is_there_with_what_was_said(
    administrator: Person,
) -> None:
    body = named(administrator, timezone="Europe/Berlin")
    made = await administrator.data("POST", "/users", expect=201, json=body)
    read = await administrator.data("GET", f"/users/{made['id']}")
    assert read == made
    assert {name: made[name] for name in ("email", "name", "role", "timezone")} == {
        name: body[name] for name in ("email", "name", "role", "timezone")
    }
    assert "password" not in "".join(made)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no-at-sign"),
        ("email", "a b@example.com"),
        ("name", ""),
        ("role", "king"),
        ("password", "short"),
        ("timezone", "Mars/Olympus"),
    ],
)
async def test_a_wrong_field_of_a_person_is_named(
    administrator: Person, field: str, value: str
) -> None:
    body = named(administrator, **{field: value})
    response = await administrator.ask("POST", "/users", expect=422, json=body)
    assert response.json()["errors"][0]["field"] == field


async def test_an_address_belongs_to_one_person_in_any_case(
    administrator: Person, agent: Person
) -> None:
    body = named(administrator, email=agent.email.upper())
    response = await administrator.ask("POST", "/users", expect=409, json=body)
    assert response.json()["errors"][0]["code"] == "email_taken"


async def test_a_change_to_a_taken_address_is_refused(
    administrator: Person, agent: Person, reporter: Person
) -> None:
    response = await administrator.ask(
        "PATCH", f"/users/{agent.id}", expect=409, json={"email": reporter.email}
    )
    assert response.json()["errors"][0]["field"] == "email"


async def test_the_address_of_somebody_who_left_is_free_again(
    administrator: Person,
) -> None:
    body = named(administrator)
    first = await administrator.data("POST", "/users", expect=201, json=body)
    await administrator.ask("DELETE", f"/users/{first['id']}", expect=204)
    second = await administrator.data("POST", "/users", expect=201, json=body)
    assert second["id"] != first["id"]


async def test_who_left_is_in_no_list_and_keeps_their_name_in_history(
    administrator: Person, make_person: Make
) -> None:
    leaver = await make_person(Role.AGENT)
    incident = await leaver.create()
    await administrator.ask("DELETE", f"/users/{leaver.id}", expect=204)
    await administrator.ask("GET", f"/users/{leaver.id}", expect=404)
    assert await found(administrator, "/users", leaver.name, q=leaver.name) == []
    read = await administrator.data("GET", f"/incidents/{incident['id']}")
    assert read["reporter"]["name"] == leaver.name


async def test_a_change_shows_and_makes_a_new_version(
    administrator: Person, agent: Person
) -> None:
    before = await administrator.data("GET", f"/users/{agent.id}")
    changed = await administrator.data(
        "PATCH", f"/users/{agent.id}", json={"name": "Grace Hopper", "role": "manager"}
    )
    assert (changed["name"], changed["role"]) == ("Grace Hopper", "manager")
    assert changed["version"] == before["version"] + 1
    assert await administrator.data("GET", f"/users/{agent.id}") == changed


async def test_people_change_their_own_name_and_time_zone_and_nothing_else(
    reporter: Person,
) -> None:
    changed = await reporter.data(
        "PATCH", "/auth/me", json={"name": "Bo", "timezone": "Asia/Tokyo"}
    )
    assert (changed["name"], changed["timezone"]) == ("Bo", "Asia/Tokyo")
    await reporter.ask("PATCH", "/auth/me", expect=422, json={"role": "administrator"})


async def test_a_stale_change_of_a_person_is_refused(
    administrator: Person, agent: Person
) -> None:
    path, stale = f"/users/{agent.id}", {"If-Match": '"1"'}
    await administrator.data("PATCH", path, json={"name": "One"}, headers=stale)
    response = await administrator.ask(
        "PATCH", path, expect=409, json={"name": "Two"}, headers=stale
    )
    assert response.json()["errors"][0]["code"] == "stale_version"
    assert "version 1, now it is 2" in response.json()["message"]


async def test_of_many_changes_to_one_version_of_a_person_one_succeeds(
    administrator: Person, agent: Person
) -> None:
    answers = await asyncio.gather(
        *(
            administrator.ask(
                "PATCH",
                f"/users/{agent.id}",
                json={"name": f"Name {number}"},
                headers={"If-Match": '"1"'},
            )
            for number in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]


@pytest.fixture
async def only_administrator(make_person: Make, run_sql: Any) -> Any:
    """An administrator beside whom there is no other one."""
    await run_sql("UPDATE users SET is_active = false WHERE role = 'administrator'")
    return await make_person(Role.ADMINISTRATOR)


@pytest.mark.parametrize("change", [{"role": "agent"}, {"is_active": False}])
async def test_the_last_administrator_stays_one(
    only_administrator: Person, change: dict[str, Any]
) -> None:
    response = await only_administrator.ask(
        "PATCH", f"/users/{only_administrator.id}", expect=409, json=change
    )
    assert response.json()["errors"][0]["code"] == "last_administrator"


async def test_the_last_administrator_cannot_be_deleted(
    only_administrator: Person,
) -> None:
    path = f"/users/{only_administrator.id}"
    await only_administrator.ask("DELETE", path, expect=409)


async def test_two_administrators_cannot_depose_each_other(
    only_administrator: Person, make_person: Make
) -> None:
    other = await make_person(Role.ADMINISTRATOR)
    pair = [(only_administrator, other), (other, only_administrator)]
    answers = await asyncio.gather(
        *(
            deposer.ask("PATCH", f"/users/{victim.id}", json={"role": "agent"})
            for deposer, victim in pair
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_people_are_found_by_name_address_role_and_activity(
    administrator: Person, make_person: Make
) -> None:
    mark = f"Mark {administrator.id}"
    agent = await make_person(Role.AGENT, name=f"{mark} A")
    away = await make_person(Role.MANAGER, name=f"{mark} B", is_active=False)
    assert await found(administrator, "/users", mark, q=mark) == [agent.id, away.id]
    assert await found(administrator, "/users", mark, q=agent.email) == [agent.id]
    by_role = await found(administrator, "/users", mark, q=mark, role="manager")
    assert by_role == [away.id]
    by_activity = await found(administrator, "/users", mark, q=mark, active="true")
    assert by_activity == [agent.id]


@pytest.mark.parametrize("text", ["100%", "a_b", "back\\slash"])
async def test_a_search_takes_wildcards_literally(
    administrator: Person, make_person: Make, text: str
) -> None:
    wanted = await make_person(Role.AGENT, name=f"{text} {administrator.id}")
    await make_person(Role.AGENT, name=f"100 aXb backslash {administrator.id}")
    assert await found(administrator, "/users", administrator.id, q=text) == [wanted.id]


async def test_names_page_in_order_whatever_their_letters(
    administrator: Person, make_person: Make
) -> None:
    names = ["Ärger", "Zoë", "ärger", "İzmir", "Ωmega", "abc", "ABC", "ß", "ẞ"]
    people = [
        (await make_person(Role.AGENT, name=f"{name} {administrator.id}")).id
        for name in names
    ]
    whole = await found(administrator, "/users", "", q=administrator.id)
    paged = await found(administrator, "/users", "", q=administrator.id, limit=1)
    assert paged == whole
    assert set(paged) == set(people)


async def test_a_total_is_counted_when_asked_for(
    administrator: Person, make_person: Make
) -> None:
    mark = f"Counted {administrator.id}"
    for _ in range(3):
        await make_person(Role.AGENT, name=mark)
    query = {"q": mark, "limit": 1}
    page = await administrator.data(
        "GET", "/users", params={**query, "with_total": "true"}
    )
    assert page["total"] == 3
    assert "total" not in await administrator.data("GET", "/users", params=query)


async def test_a_reporter_sees_nobody_but_themselves(
    reporter: Person, agent: Person
) -> None:
    await reporter.ask("GET", f"/users/{agent.id}", expect=404)
    assert (await reporter.data("GET", f"/users/{reporter.id}"))["id"] == reporter.id


# --- Teams ----------------------------------------------------------------------------


async def team_of(manager: Person, *members: Person, name: str = "Night shift") -> Any:
    body = {
        "name": f"{name} {manager.id}",
        "member_ids": [member.id for member in members],
    }
    return await manager.data("POST", "/teams", expect=201, json=body)


async def test_a_team_has_its_members_by_name(
    manager: Person, make_person: Make
) -> None:
    zoe = await make_person(Role.AGENT, name="Zoe")
    ada = await make_person(Role.AGENT, name="ada")
    team = await team_of(manager, zoe, ada)
    assert [member["name"] for member in team["members"]] == ["ada", "Zoe"]
    assert await manager.data("GET", f"/teams/{team['id']}") == team
    assert await found(manager, "/teams", team["name"], limit=100) == [team["id"]]


async def test_a_change_replaces_the_members(
    manager: Person, agent: Person, administrator: Person
) -> None:
    team = await team_of(manager, agent)
    changed = await manager.data(
        "PATCH", f"/teams/{team['id']}", json={"member_ids": [administrator.id]}
    )
    assert [member["id"] for member in changed["members"]] == [administrator.id]
    assert changed["version"] == team["version"] + 1


async def test_a_rename_keeps_the_members(manager: Person, agent: Person) -> None:
    team = await team_of(manager, agent)
    changed = await manager.data(
        "PATCH", f"/teams/{team['id']}", json={"name": f"Day shift {manager.id}"}
    )
    assert changed["members"] == team["members"]


async def test_a_name_belongs_to_one_team_in_any_case(manager: Person) -> None:
    team = await team_of(manager)
    other = await team_of(manager, name="Early shift")
    taken = {"name": team["name"].upper()}
    made = await manager.ask("POST", "/teams", expect=409, json=taken)
    renamed = await manager.ask(
        "PATCH", f"/teams/{other['id']}", expect=409, json=taken
    )
    for response in (made, renamed):
        assert response.json()["errors"][0]["code"] == "name_taken"


async def test_an_unknown_member_is_refused_and_nothing_made(
    manager: Person,
) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    name = f"Ghosts {manager.id}"
    body = {"name": name, "member_ids": [nobody]}
    response = await manager.ask("POST", "/teams", expect=422, json=body)
    assert response.json()["errors"][0]["field"] == "member_ids"
    assert await found(manager, "/teams", name, limit=100) == []


async def test_a_stale_change_of_a_team_is_refused(manager: Person) -> None:
    team = await team_of(manager)
    path, stale = f"/teams/{team['id']}", {"If-Match": '"1"'}
    await manager.data("PATCH", path, json={"member_ids": []}, headers=stale)
    response = await manager.ask(
        "PATCH", path, expect=409, json={"member_ids": []}, headers=stale
    )
    assert response.json()["errors"][0]["code"] == "stale_version"


async def test_incidents_of_a_dissolved_team_have_none(manager: Person) -> None:
    team = await team_of(manager)
    incident = await manager.create(team_id=team["id"])
    assert incident["team"] == {"id": team["id"], "name": team["name"]}
    await manager.ask("DELETE", f"/teams/{team['id']}", expect=204)
    await manager.ask("GET", f"/teams/{team['id']}", expect=404)
    read = await manager.data("GET", f"/incidents/{incident['id']}")
    assert read["team"] is None


async def test_who_left_is_in_no_team(administrator: Person, make_person: Make) -> None:
    leaver = await make_person(Role.AGENT)
    team = await team_of(administrator, leaver)
    await administrator.ask("DELETE", f"/users/{leaver.id}", expect=204)
    read = await administrator.data("GET", f"/teams/{team['id']}")
    assert read["members"] == []


async def test_teams_page_without_gaps(manager: Person) -> None:
    made = [(await team_of(manager, name=f"Team {n}"))["id"] for n in range(3)]
    paged = await found(manager, "/teams", manager.id, limit=1)
    assert paged == made
