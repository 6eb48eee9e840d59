"""Working time as managers write it: versions, preview, holidays from elsewhere."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.conftest import Clock, Person

_numbers = itertools.count(1)
HOURS = {
    day: [["09:00", "12:00"], ["13:00", "18:00"]]
    for day in ("mon", "tue", "wed", "thu", "fri")
}
OFFICE = {
    "timezone": "Europe/Berlin",
    "weekly_hours": HOURS,
    "holidays": [{"date": "2026-12-25", "name": "Christmas"}],
}
ALL = ("critical", "high", "medium", "low")


def name() -> str:
    return f"Calendar {next(_numbers)}"


async def make(manager: Person, **fields: Any) -> Any:
    body = {"name": name(), **OFFICE, **fields}
    return await manager.data("POST", "/calendars", expect=201, json=body)


def targets(seconds: int) -> dict[str, Any]:
    target = {"response_seconds": None, "resolution_seconds": seconds}
    return dict.fromkeys(ALL, target)


async def promise(manager: Person, calendar: Any, seconds: int = 3600) -> Any:
    """A policy that counts on a calendar, for a tag of its own."""
    number = next(_numbers)
    body = {
        "name": f"Calendar policy {number}",
        "conditions": {"tags": [f"calendar-{number}"]},
        "targets": targets(seconds),
        "calendars": {"resolution": calendar["id"]},
    }
    return await manager.data("POST", "/sla-policies", expect=201, json=body)


@pytest.fixture
async def used(manager: Person) -> AsyncIterator[tuple[Any, Any]]:
    """A calendar and a policy that counts on it."""
    calendar = await make(manager)
    policy = await promise(manager, calendar)
    yield calendar, policy
    await manager.ask("DELETE", f"/sla-policies/{policy['id']}")


def problem(response: Any) -> tuple[str, str]:
    [told] = response.json()["errors"]
    return told["field"], told["message"]


# --- Making and changing --------------------------------------------------------------


async def test_a_calendar_is_told_as_it_was_made(manager: Person) -> None:
    made = await make(manager)
    assert made["version"] == 1
    assert made["policies"] == []
    assert {field: made[field] for field in OFFICE} == OFFICE
    response = await manager.ask("GET", f"/calendars/{made['id']}", expect=200)
    assert response.json()["data"] == made
    assert response.headers["ETag"] == '"1"'
    assert made in (await manager.data("GET", "/calendars"))["items"]


async def test_holidays_are_kept_by_date(manager: Person) -> None:
    days = ["2027-01-01", "2026-05-01", "2026-12-25"]
    made = await make(manager, holidays=[{"date": day} for day in days])
    assert [day["date"] for day in made["holidays"]] == sorted(days)


async def test_without_hours_a_calendar_is_open_round_the_clock(
    manager: Person,
) -> None:
    assert (await make(manager, weekly_hours=None))["weekly_hours"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weekly_hours": {}}, "weekly_hours"),
        ({"weekly_hours": {"mon": []}}, "weekly_hours"),
        (
            {"weekly_hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}},
            "weekly_hours.mon",
        ),
        ({"weekly_hours": {"tue": [["17:00", "09:00"]]}}, "weekly_hours.tue"),
        ({"weekly_hours": {"wed": [["09:00", "09:00"]]}}, "weekly_hours.wed"),
        ({"weekly_hours": {"thu": [["09:00", "25:00"]]}}, "weekly_hours.thu"),
        ({"weekly_hours": {"someday": [["09:00", "17:00"]]}}, "weekly_hours"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        (
            {"holidays": [{"date": "2026-12-25"}, {"date": "2026-12-25"}]},
            "holidays[1].date",
        ),
        ({"holidays": [{"date": "2026-02-30"}]}, "holidays[0].date"),
        ({"name": " "}, "name"),
    ],
)
async def test_a_calendar_that_cannot_be_is_refused(
    manager: Person, change: dict[str, Any], field: str
) -> None:
    body = {"name": name(), **OFFICE, **change}
    refused = await manager.ask("POST", "/calendars", json=body, expect=422)
    assert problem(refused)[0] == field
    made = await make(manager)
    path = f"/calendars/{made['id']}"
    refused = await manager.ask("PATCH", path, json=change, expect=422)
    assert problem(refused)[0] == field
    assert (await manager.data("GET", path))["version"] == 1


async def test_a_name_is_taken_once_and_free_again_after_a_delete(
    manager: Person,
) -> None:
    made, other = await make(manager), await make(manager)
    body = {**OFFICE, "name": made["name"]}
    refused = await manager.ask("POST", "/calendars", json=body, expect=409)
    assert refused.json()["errors"][0]["code"] == "name_taken"
    path = f"/calendars/{other['id']}"
    await manager.ask("PATCH", path, json={"name": made["name"]}, expect=409)
    await manager.ask("DELETE", f"/calendars/{made['id']}", expect=204)
    await manager.ask("GET", f"/calendars/{made['id']}", expect=404)
    await manager.ask("POST", "/calendars", json=body, expect=201)


async def test_each_change_is_a_version_and_the_old_ones_stay(manager: Person) -> None:
    made = await make(manager)
    path = f"/calendars/{made['id']}"
    hours = {"mon": [["08:00", "24:00"]]}
    changed = await manager.data("PATCH", path, json={"weekly_hours": hours})
    assert (changed["version"], changed["weekly_hours"]) == (2, hours)
    assert changed["holidays"] == made["holidays"]
    [pages_of_one, first] = await manager.pages(f"{path}/versions", limit=1)
    assert [version["version"] for version in pages_of_one + first] == [2, 1]
    assert first[0]["weekly_hours"] == HOURS
    assert first[0]["created_by"] == {"id": manager.id, "name": manager.name}


async def test_a_stale_change_is_refused(manager: Person) -> None:
    path = f"/calendars/{(await make(manager))['id']}"
    headers = {"If-Match": '"1"'}
    zone = {"timezone": "UTC"}
    await manager.ask("PATCH", path, json=zone, headers=headers, expect=200)
    refused = await manager.ask("PATCH", path, json=zone, headers=headers, expect=409)
    assert refused.json()["errors"][0]["code"] == "stale_version"


# --- Under policies -------------------------------------------------------------------


async def test_a_new_version_of_a_calendar_renews_the_policies_on_it(
    manager: Person, used: tuple[Any, Any]
) -> None:
    calendar, policy = used
    path = f"/sla-policies/{policy['id']}"
    assert (await manager.data("GET", f"/calendars/{calendar['id']}"))["policies"] == [
        policy["name"]
    ]
    await manager.data(
        "PATCH", f"/calendars/{calendar['id']}", json={"timezone": "Asia/Tokyo"}
    )
    renewed = await manager.data("GET", path)
    assert renewed["version"] == 2
    assert renewed["note"] == f"Calendar {calendar['name']}, version 2"
    assert renewed["calendars"]["resolution"] == {
        "id": calendar["id"],
        "name": calendar["name"],
        "timezone": "Asia/Tokyo",
        "version": 2,
    }
    assert renewed["targets"] == policy["targets"]
    [_, first] = (await manager.data("GET", f"{path}/versions"))["items"]
    assert first["calendars"]["resolution"]["version"] == 1


async def test_running_clocks_keep_their_calendar_and_new_ones_get_the_new_one(
    manager: Person, clock: Clock
) -> None:
    # Around noon on a Monday in Tokyo it is night in Berlin.
    clock.pin(dt.datetime(2030, 3, 4, 3, tzinfo=dt.UTC))
    calendar = await make(manager)
    policy = await promise(manager, calendar)
    tags = policy["conditions"]["tags"]
    before = await manager.create(tags=tags)
    path = f"/calendars/{calendar['id']}"
    await manager.data("PATCH", path, json={"timezone": "Asia/Tokyo"})
    after = await manager.create(tags=tags)
    deadlines = [
        (await manager.data("GET", f"/incidents/{incident['id']}"))["sla"][
            "next_deadline"
        ]
        for incident in (before, after)
    ]
    assert deadlines == ["2030-03-04T09:00:00Z", "2030-03-04T05:00:00Z"]
    await manager.ask("DELETE", f"/sla-policies/{policy['id']}", expect=204)


async def test_a_calendar_that_a_policy_counts_on_cannot_be_deleted(
    manager: Person, used: tuple[Any, Any]
) -> None:
    calendar, policy = used
    path = f"/calendars/{calendar['id']}"
    refused = await manager.ask("DELETE", path, expect=409)
    assert refused.json()["errors"][0]["code"] == "calendar_in_use"
    assert policy["name"] in refused.json()["message"]
    around = {"calendars": {"response": None, "resolution": None}}
    await manager.data("PATCH", f"/sla-policies/{policy['id']}", json=around)
    await manager.ask("DELETE", path, expect=204)


async def test_a_calendar_that_leaves_a_target_no_time_is_refused(
    manager: Person, used: tuple[Any, Any]
) -> None:
    calendar, policy = used
    path = f"/sla-policies/{policy['id']}"
    await manager.data("PATCH", path, json={"targets": targets(3000 * 3600)})
    hour = {"weekly_hours": {"sun": [["09:00", "10:00"]]}}
    refused = await manager.ask(
        "PATCH", f"/calendars/{calendar['id']}", json=hour, expect=422
    )
    field, message = problem(refused)
    assert field == "weekly_hours"
    assert policy["name"] in message


# --- Unusual days, through a policy ---------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "start", "seconds", "deadline"),
    [
        # There was no Friday, 30 December 2011.
        (
            {
                "timezone": "Pacific/Apia",
                "weekly_hours": {"fri": [["09:00", "17:00"]]},
            },
            "2011-12-29T12:00:00-10:00",
            8 * 3600,
            "2012-01-06T03:00:00Z",
        ),
        # Its clocks go forward by half an hour at 02:00, and back again.
        (
            {"timezone": "Australia/Lord_Howe", "holidays": ["2026-10-05"]},
            "2026-10-04T00:00:00+10:30",
            23.5 * 3600,
            "2026-10-04T13:00:00Z",
        ),
        (
            {
                "timezone": "Australia/Lord_Howe",
                "weekly_hours": {"sun": [["01:00", "03:00"]]},
            },
            "2026-04-05T00:00:00+11:00",
            2.5 * 3600,
            "2026-04-04T16:30:00Z",
        ),
        # An hour a week: the last of 521 comes almost ten years later.
        (
            {"timezone": "UTC", "weekly_hours": {"sun": [["00:00", "01:00"]]}},
            "2026-01-04T00:00:00Z",
            521 * 3600,
            "2035-12-23T01:00:00Z",
        ),
        (None, "2024-02-29T00:00:00Z", 3653 * 24 * 3600, "2034-03-01T00:00:00Z"),
    ],
)
async def test_a_deadline_across_unusual_days_and_years_is_computed_rightly(
    agent: Person,
    draft: dict[str, Any] | None,
    start: str,
    seconds: float,
    deadline: str,
) -> None:
    body = {
        "calendar": draft,
        "targets": {"resolution_seconds": seconds},
        "events": [{"at": start, "type": "created"}],
        "as_of": start,
    }
    told = await agent.data("POST", "/sla/simulate", json=body)
    assert told["clocks"]["resolution"]["deadline"] == deadline


async def test_more_than_ten_years_of_work_are_refused(agent: Person) -> None:
    body = {
        "calendar": {"timezone": "UTC", "weekly_hours": {"sun": [["00:00", "01:00"]]}},
        "targets": {"resolution_seconds": 530 * 3600},
        "events": [{"at": "2026-01-04T00:00:00Z", "type": "created"}],
        "as_of": "2026-01-04T00:00:00Z",
    }
    refused = await agent.ask("POST", "/sla/simulate", json=body, expect=422)
    assert problem(refused)[0] == "targets"


# --- Preview --------------------------------------------------------------------------


async def preview(person: Person, expect: int = 200, **fields: Any) -> Any:
    body = {"calendar": OFFICE, **fields}
    return await person.ask("POST", "/calendars/preview", json=body, expect=expect)


async def days_of(person: Person, **fields: Any) -> Any:
    return (await preview(person, **fields)).json()["data"]


async def test_a_preview_shows_eight_weeks_from_this_monday(
    agent: Person, clock: Clock
) -> None:
    # Still Sunday in UTC.
    clock.pin(dt.datetime(2026, 11, 1, 23, 30, tzinfo=dt.UTC))
    days = await days_of(agent)
    assert len(days) == 56
    assert days[0] == {
        "date": "2026-11-02",
        "holiday": None,
        "intervals": [
            {
                "opens_at": "2026-11-02T08:00:00Z",
                "closes_at": "2026-11-02T11:00:00Z",
                "opens": "09:00",
                "closes": "12:00",
            },
            {
                "opens_at": "2026-11-02T12:00:00Z",
                "closes_at": "2026-11-02T17:00:00Z",
                "opens": "13:00",
                "closes": "18:00",
            },
        ],
        "working_seconds": 8 * 3600,
    }
    [christmas] = [day for day in days if day["holiday"]]
    assert (christmas["date"], christmas["holiday"]) == ("2026-12-25", "Christmas")
    assert (christmas["intervals"], christmas["working_seconds"]) == ([], 0)


async def test_a_preview_shows_the_day_that_a_zone_skipped(agent: Person) -> None:
    apia = {"timezone": "Pacific/Apia"}
    days = await days_of(agent, calendar=apia, **{"from": "2011-12-29"}, weeks=1)
    assert [(day["date"], day["working_seconds"]) for day in days[:3]] == [
        ("2011-12-29", 24 * 3600),
        ("2011-12-30", 0),
        ("2011-12-31", 24 * 3600),
    ]
    assert days[0]["intervals"][0]["closes_at"] == days[2]["intervals"][0]["opens_at"]


async def test_a_preview_shows_the_half_hour_of_a_change(agent: Person) -> None:
    howe = {"timezone": "Australia/Lord_Howe"}
    [day, *_] = await days_of(agent, calendar=howe, **{"from": "2026-10-04"}, weeks=1)
    assert day["working_seconds"] == 23.5 * 3600
    assert [(part["opens"], part["closes"]) for part in day["intervals"]] == [
        ("00:00", "02:00"),
        ("02:30", "24:00"),
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"calendar": {"timezone": "Nowhere"}}, "calendar.timezone"),
        ({"calendar": {**OFFICE, "weekly_hours": {}}}, "calendar.weekly_hours"),
        ({"weeks": 54}, "weeks"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "9999-12-31"}, "from"),
    ],
)
async def test_a_preview_of_what_cannot_be_is_refused(
    agent: Person, fields: dict[str, Any], field: str
) -> None:
    assert problem(await preview(agent, 422, **fields))[0] == field


# --- Holidays from elsewhere ----------------------------------------------------------


async def test_countries_come_with_their_parts(agent: Person) -> None:
    countries = await agent.data("GET", "/calendars/holidays/countries")
    [germany] = [country for country in countries if country["code"] == "DE"]
    assert germany["name"] == "Germany"
    assert {"code": "BY", "name": "Bayern"} in germany["subdivisions"]
    codes = [country["code"] for country in countries]
    assert len(codes) == len(set(codes)) > 200


async def test_a_part_of_a_country_has_holidays_of_its_own(agent: Person) -> None:
    async def dates(**query: Any) -> dict[str, str]:
        params = {"country": "DE", "year": 2026, **query}
        found = await agent.data("GET", "/calendars/holidays", params=params)
        return {day["date"]: day["name"] for day in found}

    everywhere, bavaria = await dates(), await dates(subdivision="BY")
    assert everywhere["2026-10-03"]
    assert "2026-01-06" not in everywhere
    assert bavaria["2026-01-06"] == "Epiphany"
    assert everywhere.keys() < bavaria.keys()


async def test_every_known_country_has_holidays_that_a_calendar_takes(
    manager: Person,
) -> None:
    countries = await manager.data("GET", "/calendars/holidays/countries")
    for code in [country["code"] for country in countries][::40]:
        params = {"country": code, "year": 2027}
        found = await manager.data("GET", "/calendars/holidays", params=params)
        await make(manager, holidays=found)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"country": "XX"}, "country"),
        ({"subdivision": "XX"}, "subdivision"),
        ({"year": 1066}, "year"),
    ],
)
async def test_holidays_of_nowhere_are_refused(
    agent: Person, query: dict[str, Any], field: str
) -> None:
    params = {"country": "DE", "year": 2026, **query}
    refused = await agent.ask("GET", "/calendars/holidays", params=params, expect=422)
    assert problem(refused)[0] == field


def ics(*events: str) -> bytes:
    """A file with these events, each given by its lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Days//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


async def read(person: Person, content: bytes, expect: int = 200) -> Any:
    files = {"file": ("days.ics", content)}
    return await person.ask(
        "POST", "/calendars/holidays/import", files=files, expect=expect
    )


async def dates_in(person: Person, *events: str) -> list[tuple[str, str]]:
    found = (await read(person, ics(*events))).json()["data"]
    return [(day["date"], day["name"]) for day in found]


async def test_the_days_of_a_file_are_read_and_not_stored(manager: Person) -> None:
    before = await manager.data("GET", "/calendars")
    assert await dates_in(
        manager,
        "DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20261227|SUMMARY:Closed",
        "DTSTART;VALUE=DATE:20260501|SUMMARY:May Day\\, all of it",
        "DTSTART;VALUE=DATE:20261225|SUMMARY:Told twice",
        "DTSTART:20260601T090000Z|DTEND:20260601T100000Z|SUMMARY:A meeting",
        "DTSTART;VALUE=DATE:20260701|STATUS:CANCELLED|SUMMARY:Not any more",
    ) == [
        ("2026-05-01", "May Day, all of it"),
        ("2026-12-24", "Closed"),
        ("2026-12-25", "Closed"),
        ("2026-12-26", "Closed"),
    ]
    assert await manager.data("GET", "/calendars") == before


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (
            "DTSTART;VALUE=DATE:19700106|RRULE:FREQ=YEARLY",
            [f"{year}-01-06" for year in range(2026, 2032)],
        ),
        (
            "DTSTART;VALUE=DATE:20200101|RRULE:FREQ=YEARLY;COUNT=8",
            ["2026-01-01", "2027-01-01"],
        ),
        (
            (
                "DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;UNTIL=20280101"
                "|EXDATE;VALUE=DATE:20270101|RDATE;VALUE=DATE:20270104"
            ),
            ["2026-01-01", "2027-01-04", "2028-01-01"],
        ),
        (
            (
                "DTSTART;VALUE=DATE:20161124"
                "|RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=4TH"
            ),
            ["2026-11-26", "2028-11-23", "2030-11-28"],
        ),
        (
            "DTSTART;VALUE=DATE:20200525|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO",
            [
                *("2026-05-25", "2027-05-31", "2028-05-29"),
                *("2029-05-28", "2030-05-27", "2031-05-26"),
            ],
        ),
        (
            "DTSTART;VALUE=DATE:20240229|RRULE:FREQ=YEARLY",
            ["2028-02-29"],
        ),
    ],
)
async def test_what_recurs_by_the_year_is_told_for_the_years_to_come(
    manager: Person, clock: Clock, rule: str, days: list[str]
) -> None:
    clock.pin(dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    assert [day for day, _ in await dates_in(manager, rule)] == days


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"name,date\r\nChristmas,2026-12-25\r\n",
        ics()[:-20],
        ics(),
        ics("DTSTART:20260601T090000Z|SUMMARY:A meeting"),
        ics("DTSTART;VALUE=DATE:2026xx"),
        ics("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=DAILY"),
        ics("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;INTERVAL=0"),
        ics("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        ics("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;BYSETPOS=1"),
        ics("DTSTART;VALUE=DATE:16010101|RRULE:FREQ=YEARLY;COUNT=500"),
        ics("DTSTART;VALUE=DATE:20260101|RRULE:nonsense"),
        ics("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;BYMONTH=13"),
        ics("DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:20290101"),
        ics("DTSTART;VALUE=DATE:99991231|DURATION:P9D"),
        ics(
            *["DTSTART;VALUE=DATE:20260101|DURATION:P366D"] * 2,
            *[
                f"DTSTART;VALUE=DATE:{year}0101|DURATION:P366D"
                for year in range(2026, 2042)
            ],
        ),
        ics(*["DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY"] * 201),
    ],
)
async def test_a_file_that_says_nothing_useful_is_refused(
    manager: Person, content: bytes
) -> None:
    assert problem(await read(manager, content, 422))[0] == "file"


async def test_a_file_over_the_limit_is_refused(manager: Person) -> None:
    await read(manager, b"x" * (2 * 1024 * 1024), 413)


async def test_an_import_without_a_file_is_refused(manager: Person) -> None:
    path = "/calendars/holidays/import"
    refused = await manager.ask("POST", path, files={"other": b"x"}, expect=422)
    assert problem(refused)[0] == "file"
