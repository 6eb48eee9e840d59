"""Searching incidents: what is found, by whom, in which order, and where it stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.conftest import Make, Person
from tracker.db import new_id


@pytest.fixture
def word() -> str:
    """A word that nobody else's incident has."""
    return "w" + new_id().hex[-12:]


async def found(person: Person, q: str, **query: Any) -> list[str]:
    pages = await person.pages("/incidents", q=q, **query)
    return [item["id"] for page in pages for item in page]


async def comment(person: Person, incident: Any, content: str, **more: Any) -> Any:
    return await person.data(
        "POST",
        f"/incidents/{incident['number']}/comments",
        expect=201,
        json={"content": content, **more},
    )


async def test_words_are_found_in_title_description_and_comments(
    agent: Person, word: str
) -> None:
    titled = await agent.create(title=f"Broken {word}")
    described = await agent.create(title="A", description=f"It is {word}, I think")
    commented = await agent.create(title="B")
    await comment(agent, commented, f"Looks like {word}.")
    assert await found(agent, word) == [titled["id"], described["id"], commented["id"]]


async def test_each_hit_says_where_the_words_stand(agent: Person, word: str) -> None:
    incident = await agent.create(title="C", description=f"It is {word}, I think")
    page = await agent.data("GET", "/incidents", params={"q": word})
    [item] = page["items"]
    assert item["id"] == incident["id"]
    assert item["match"]["field"] == "description"
    assert item["match"]["snippet"] == [
        {"text": "It is ", "hit": False},
        {"text": word, "hit": True},
        {"text": ", I think", "hit": False},
    ]


async def test_a_list_without_words_has_no_hits_to_show(agent: Person) -> None:
    await agent.create(title="D")
    page = await agent.data("GET", "/incidents")
    assert all("match" not in item for item in page["items"])


async def test_a_phrase_is_found_as_it_is_written(agent: Person, word: str) -> None:
    phrase = await agent.create(title=f"Disk full {word}")
    await agent.create(title=f"Full disk {word}")
    assert await found(agent, f'"disk full" {word}') == [phrase["id"]]


async def test_a_word_with_a_minus_is_left_out(agent: Person, word: str) -> None:
    kept = await agent.create(title=f"Disk {word}")
    await agent.create(title=f"Disk full {word}")
    assert await found(agent, f"{word} -full") == [kept["id"]]


async def test_the_last_word_may_be_unfinished(agent: Person, word: str) -> None:
    incident = await agent.create(title=f"Slow {word}")
    assert await found(agent, word[:-2]) == [incident["id"]]


async def test_a_mistyped_word_finds_a_similar_title(agent: Person, word: str) -> None:
    incident = await agent.create(title=f"Slow {word}")
    typo = word[:6] + word[7] + word[6] + word[8:]
    assert (await found(agent, typo))[:1] == [incident["id"]]


async def test_a_number_is_found_first_with_and_without_its_prefix(
    agent: Person,
) -> None:
    incident = await agent.create(title="E")
    await agent.create(title=f"Like {incident['number']}")
    for text in (incident["number"], incident["number"].lower().removeprefix("inc-")):
        assert (await found(agent, text))[0] == incident["id"]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Störung", "storung"),
        ("Storung", "STÖRUNG"),
        ("Straße", "strasse"),
        ("Café", "cafe"),
        ("db-3.example.com", "example"),
        ("/var/log/disk.log", "disk.log"),
        ("Ошибка", "ошибка"),
    ],
)
async def test_accents_case_and_signs_make_no_difference(
    agent: Person, word: str, written: str, asked: str
) -> None:
    incident = await agent.create(title=f"{written} {word}")
    page = await agent.data("GET", "/incidents", params={"q": f"{word} {asked}"})
    [item] = page["items"]
    assert item["id"] == incident["id"]
    assert sum(piece["hit"] for piece in item["match"]["snippet"]) >= 2


@pytest.mark.parametrize("sort", ["relevance", "-created_at"])
async def test_internal_notes_are_found_by_agents_only(
    agent: Person, reporter: Person, word: str, sort: str
) -> None:
    incident = await reporter.create(title="F")
    await comment(agent, incident, f"Between us: {word}", is_internal=True)
    query = {"q": word, "sort": sort, "with_total": True}
    of_agent = await agent.data("GET", "/incidents", params=query)
    assert (of_agent["total"], len(of_agent["items"])) == (1, 1)
    of_reporter = await reporter.data("GET", "/incidents", params=query)
    assert (of_reporter["total"], of_reporter["items"]) == (0, [])


async def test_a_reporter_is_shown_no_internal_words(
    agent: Person, reporter: Person, word: str
) -> None:
    incident = await reporter.create(title="G")
    await comment(agent, incident, f"Known {word}")
    await comment(agent, incident, f"secret {word}", is_internal=True)
    answer = await reporter.data("GET", "/incidents", params={"q": word})
    [item] = answer["items"]
    assert item["match"]["field"] == "comment"
    assert "secret" not in str(item)


async def test_reporters_find_their_own_incidents_only(
    make_person: Make, reporter: Person, agent: Person, word: str
) -> None:
    await agent.create(title=f"Slow {word}")
    assert await found(reporter, word) == []
    assert await found(reporter, word[:6] + word[7] + word[6] + word[8:]) == []
    own = await reporter.create(title=f"Slow {word}")
    assert await found(reporter, word) == [own["id"]]


async def test_what_is_deleted_is_not_found(manager: Person, word: str) -> None:
    incident = await manager.create(title=f"Slow {word}")
    other = await manager.create(title="H")
    said = await comment(manager, other, f"Also {word}")
    assert len(await found(manager, word)) == 2
    await manager.ask("DELETE", f"/incidents/{incident['number']}", expect=204)
    await manager.ask("DELETE", f"/comments/{said['id']}", expect=204)
    assert await found(manager, word) == []


async def test_changed_words_are_found_and_old_ones_are_not(
    agent: Person, word: str
) -> None:
    incident = await agent.create(title=f"Old {word}")
    await agent.data(
        "PATCH", f"/incidents/{incident['number']}", json={"title": "New I"}
    )
    assert await found(agent, f'"{word}"') == []


@pytest.mark.parametrize("sort", ["relevance", "created_at", "-priority"])
async def test_paging_meets_each_hit_once(agent: Person, word: str, sort: str) -> None:
    made = [await agent.create(title=f"{word} {n}") for n in range(7)]
    ids = await found(agent, word, sort=sort, limit=2)
    assert sorted(ids) == sorted(item["id"] for item in made)


async def test_filters_narrow_what_is_found(agent: Person, word: str) -> None:
    urgent = await agent.create(title=f"{word} a", priority="critical")
    await agent.create(title=f"{word} b", priority="low")
    assert await found(agent, word, priority="critical") == [urgent["id"]]


async def test_a_cursor_of_another_order_is_refused(agent: Person, word: str) -> None:
    for n in range(2):
        await agent.create(title=f"{word} {n}")
    query = {"q": word, "limit": 1}
    page = await agent.data(
        "GET", "/incidents", params={**query, "sort": "-created_at"}
    )
    answer = await agent.ask(
        "GET", "/incidents", params={**query, "cursor": page["next_cursor"]}
    )
    assert answer.status_code == 422


async def test_no_text_breaks_the_search(agent: Person) -> None:
    for text in ("'", "\\", "a & | !", ":*", "-", '"', '-"', "a:*b", "%", "()"):
        for sort in ("relevance", "created_at"):
            answer = await agent.ask(
                "GET", "/incidents", params={"q": text, "sort": sort}
            )
            assert answer.status_code == 200, text


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
async def test_odd_texts_break_nothing(agent: Person, text: str) -> None:
    answer = await agent.ask(
        "GET", "/incidents", params={"q": text, "with_total": True}
    )
    assert answer.status_code == 200, text
