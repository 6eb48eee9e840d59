"""Which policy is for which incident, and what it makes the engine do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tracker.sla.policies import (
    PRIORITIES,
    Conditions,
    Facts,
    fulfils,
    marks_of,
    shadows,
)

TEAMS = [UUID(int=n) for n in range(3)]
WORDS = ["", "a", "VIP", "vip", "a vip", "Straße", "STRASSE"]


def some(values: list[Any]) -> st.SearchStrategy[tuple[Any, ...] | None]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=4, unique=True)
    return st.none() | chosen.map(tuple)


conditions = st.builds(
    Conditions,
    priorities=some(list(PRIORITIES)),
    team_ids=some(TEAMS),
    organization_ids=some(TEAMS),
    tags=some(["x", "y", "z"]),
    text=st.none() | st.sampled_from(WORDS[1:]),
)
facts = st.builds(
    Facts,
    priority=st.sampled_from(PRIORITIES),
    team_id=st.none() | st.sampled_from(TEAMS),
    organization_id=st.none() | st.sampled_from(TEAMS),
    tags=st.lists(st.sampled_from(["x", "y", "z"]), max_size=3, unique=True),
    title=st.sampled_from(WORDS),
    description=st.sampled_from(WORDS),
)


def incident(**known: Any) -> Facts:
    nothing = Facts("low", None, None, (), "A printer", "It burns")
    return nothing._replace(**known)


# --- Conditions -----------------------------------------------------------------------


def test_a_policy_without_conditions_is_for_every_incident() -> None:
    assert fulfils(Conditions(), incident())


def test_of_each_list_one_is_enough_and_every_list_counts() -> None:
    said = Conditions(priorities=("low", "high"), tags=("x", "y"))
    assert fulfils(said, incident(tags=("y", "z")))
    assert not fulfils(said, incident(tags=("z",)))
    assert not fulfils(said, incident(priority="medium", tags=("x",)))


def test_who_has_no_team_or_organization_is_in_none() -> None:
    assert not fulfils(Conditions(team_ids=(TEAMS[0],)), incident())
    assert not fulfils(Conditions(organization_ids=(TEAMS[0],)), incident())
    assert fulfils(Conditions(team_ids=tuple(TEAMS)), incident(team_id=TEAMS[1]))


def test_text_is_looked_for_in_title_and_description_whatever_its_case() -> None:
    assert fulfils(Conditions(text="PRINTER"), incident())
    assert fulfils(Conditions(text="burns"), incident())
    assert fulfils(Conditions(text="STRASSE"), incident(title="In der Straße"))
    assert not fulfils(Conditions(text="scanner"), incident())


@given(conditions, conditions, facts)
def test_what_is_shadowed_never_gets_an_incident(
    first: Conditions, second: Conditions, of: Facts
) -> None:
    if shadows(first, second) and fulfils(second, of):
        assert fulfils(first, of)


@given(conditions)
def test_the_same_conditions_shadow_each_other(said: Conditions) -> None:
    assert shadows(said, said)
    assert shadows(Conditions(), said)


@given(conditions, conditions, conditions)
def test_shadows_reach_on(a: Conditions, b: Conditions, c: Conditions) -> None:
    if shadows(a, b) and shadows(b, c):
        assert shadows(a, c)


def test_narrower_conditions_leave_something_to_wider_ones() -> None:
    wide, narrow = Conditions(tags=("x",)), Conditions(tags=("x",), text="vip")
    assert shadows(wide, narrow)
    assert not shadows(narrow, wide)


def test_every_priority_is_no_condition() -> None:
    every = Conditions(priorities=PRIORITIES)
    assert shadows(every, Conditions())
    assert not shadows(Conditions(priorities=PRIORITIES[:3]), Conditions())


# --- Marks ----------------------------------------------------------------------------


def test_warnings_are_known_by_their_share_or_by_their_place() -> None:
    assert marks_of([{"percent": 80}, {"seconds_before": 60}], []) == [
        {"type": "warned", "level": 80, "percent": 80},
        {"type": "warned", "level": 10_001, "seconds_before": 60},
    ]


def test_escalations_are_known_by_their_place_and_have_no_mark_at_the_breach() -> None:
    does = {"actions": [{"type": "raise_priority"}]}
    levels: list[dict[str, Any]] = [
        {"name": "At once", "trigger": "breach", **does},
        {"name": "Soon", "trigger": "warning", "percent": 90, **does},
        {
            "name": "Late",
            "trigger": "after_breach",
            "seconds_after": 3600,
            "kinds": ["resolution"],
            **does,
        },
        {"name": "Near", "trigger": "warning", "seconds_before": 300, **does},
    ]
    told = {"type": "escalated"}
    assert marks_of([], levels) == [
        {**told, "level": 1001, "escalation": 1, "name": "Soon", "percent": 90},
        {
            **told,
            "level": 1002,
            "escalation": 2,
            "name": "Late",
            "seconds_after": 3600,
            "kinds": ["resolution"],
        },
        {**told, "level": 1003, "escalation": 3, "name": "Near", "seconds_before": 300},
    ]


@given(
    st.lists(st.integers(1, 99), unique=True, max_size=10),
    st.lists(st.integers(1, 10**6), unique=True, max_size=10),
    st.integers(0, 20),
)
def test_no_two_marks_of_a_sort_have_one_level(
    shares: list[int], times: list[int], levels: int
) -> None:
    warnings: list[dict[str, Any]] = [
        *({"percent": share} for share in shares),
        *({"seconds_before": time} for time in times),
    ]
    escalations: list[dict[str, Any]] = [
        {"name": "x", "trigger": "warning", "percent": 50, "actions": []}
    ] * levels
    marks = marks_of(warnings, escalations)
    assert len({(mark["type"], mark["level"]) for mark in marks}) == len(marks)
    # A breach is told with the level 100.
    assert all(mark["level"] != 100 for mark in marks)
