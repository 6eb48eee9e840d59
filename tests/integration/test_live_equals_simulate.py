"""Random histories, lived through the API, and told to the pure clocks again.

What the engine has stored, explained and listed is what `POST /sla/simulate` says of
the same history. What its contract cannot say, such as a change of calendars, is
compared with a replay of the history as the test has written it down itself.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.integration.conftest import Clock, Person
from tracker.sla.calendar import ALWAYS, Calendar
from tracker.sla.clock import Event, Mark, Terms, explain, replay
from tracker.sla.jobs import check_sla_breaches

Check = Callable[[dict[str, Any]], Any]
RunSql = Callable[..., Any]
Jobs = dict[str, Any]

KINDS = ("response", "resolution")
TARGETS = {
    "critical": {"response_seconds": 1800, "resolution_seconds": 14_400},
    "high": {"response_seconds": 14_400, "resolution_seconds": 86_400},
    "medium": {"response_seconds": 28_800, "resolution_seconds": None},
    "low": {"response_seconds": None, "resolution_seconds": 259_200},
}
OTHER_TARGETS = {
    "critical": {"response_seconds": 600, "resolution_seconds": 7200},
    "high": {"response_seconds": None, "resolution_seconds": 28_800},
    "medium": {"response_seconds": 5400, "resolution_seconds": 10_800},
    "low": {"response_seconds": 172_800, "resolution_seconds": 604_800},
}


def instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def office(today: dt.date) -> dict[str, Any]:
    """Lunch breaks, a holiday soon, and a zone."""
    days = ("mon", "tue", "wed", "thu", "fri")
    return {
        "timezone": "Europe/Berlin",
        "weekly_hours": {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in days},
        "holidays": [str(today + dt.timedelta(days=3))],
    }


def nights(_: dt.date) -> dict[str, Any]:
    """Shifts over midnight, to the second, in a zone of half hours."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    hours = [["00:00", "05:30:30"], ["20:15", "24:00"]]
    return {
        "timezone": "Australia/Lord_Howe",
        "weekly_hours": dict.fromkeys(days, hours),
        "holidays": [],
    }


MakeCalendar = Callable[[dt.date], dict[str, Any]] | None


@dataclass
class Rules:
    """A published policy, and what it means as values of the test's own making."""

    policy_id: str
    targets: dict[str, Any]
    calendars: dict[str, dict[str, Any] | None]
    terms: Terms
    longest: dt.timedelta | None

    def promised(self, priority: str) -> dict[str, dt.timedelta | None]:
        seconds = {kind: self.targets[priority][f"{kind}_seconds"] for kind in KINDS}
        return {
            kind: None if n is None else dt.timedelta(seconds=n)
            for kind, n in seconds.items()
        }


@pytest.fixture
def tag() -> str:
    return f"lived-{uuid.uuid4().hex[:8]}"


Publish = Callable[..., Any]


@pytest.fixture
async def publish(manager: Person, tag: str, clock: Clock) -> AsyncIterator[Publish]:
    """Publishes policies for incidents with the tag; they go when the test is over."""
    made: list[str] = []

    async def calendar_of(make: MakeCalendar) -> tuple[str | None, Any]:
        if make is None:
            return None, None
        written = make(clock().date())
        holidays = [{"date": day, "name": ""} for day in written["holidays"]]
        body = {**written, "name": f"C {uuid.uuid4().hex}", "holidays": holidays}
        calendar = await manager.data("POST", "/calendars", expect=201, json=body)
        return calendar["id"], written

    async def publish(
        targets: dict[str, Any],
        response: MakeCalendar = None,
        resolution: MakeCalendar = None,
        **fields: Any,
    ) -> Rules:
        ids, written = {}, {}
        for kind, make in zip(KINDS, (response, resolution), strict=True):
            ids[kind], written[kind] = await calendar_of(make)
        body = {
            "name": f"P {uuid.uuid4().hex}",
            # The first is for incidents with the tag, others are given to them.
            "conditions": {"tags": [f"{tag}-{len(made)}" if made else tag]},
            "targets": targets,
            "calendars": ids,
            **fields,
        }
        policy = await manager.data("POST", "/sla-policies", expect=201, json=body)
        made.append(policy["id"])
        pauses = fields.get("pauses", {})
        longest = pauses.get("longest_seconds")
        return Rules(
            policy["id"],
            targets,
            written,
            Terms(
                {
                    kind: Calendar.from_weekly_hours(**found) if found else ALWAYS
                    for kind, found in written.items()
                },
                tuple(map(mark_of, fields.get("warnings", [{"percent": 80}]))),
                frozenset(() if pauses.get("response", True) else KINDS[:1]),
                fields.get("reopening", "continue"),
            ),
            None if longest is None else dt.timedelta(seconds=longest),
        )

    yield publish
    for policy_id in made:
        await manager.ask("DELETE", f"/sla-policies/{policy_id}")


def mark_of(warning: dict[str, int]) -> Mark:
    if "percent" in warning:
        return Mark(percent=warning["percent"])
    return Mark(before=dt.timedelta(seconds=warning["seconds_before"]))


@dataclass
class History:
    """Lives through a random history, and writes it down.

    Attributes:
        since: The pauses in force, which end by themselves when they last too long.
        policies: That managers may change to.
    """

    random: random.Random
    agent: Person
    manager: Person
    clock: Clock
    jobs: Jobs
    rules: Rules
    policies: list[Rules] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    since: dict[str, dt.datetime] = field(default_factory=dict)

    def note(self, type_: str, at: dt.datetime | None = None, **more: Any) -> None:
        self.events.append(Event(at or self.clock(), type_, **more))

    async def begin(self, reporter: Person, tag: str) -> None:
        self.priority = self.random.choice(list(TARGETS))
        self.incident = await reporter.create(priority=self.priority, tags=[tag])
        self.path = f"/incidents/{self.incident['id']}"
        self.sla = f"/slas/{self.incident['sla']['id']}"
        targets = self.rules.promised(self.priority)
        self.note("created", targets=targets, terms=self.rules.terms)

    async def go_on(self) -> None:
        """Let some time pass, or none, and then do something, perhaps in vain."""
        scale = self.random.choice([0, 60, 3600, 86400])
        self.clock.advance(microseconds=self.random.randint(0, scale * 1_000_000))
        self.end_pauses()
        what = [
            *("pause", "pause", "resume", "resume", "answer", "reprioritise"),
            *("acknowledge", "resolve", "reopen", "reopen", "sweep", "sweep"),
            *(["give_policy"] * 3 if self.policies else []),
        ]
        await getattr(self, self.random.choice(what))()

    def end_pauses(self) -> None:
        """What is too long has ended at its time, but nothing happens out of order."""
        while self.since and self.rules.longest is not None:
            begun, reason = min((at, reason) for reason, at in self.since.items())
            end = begun + self.rules.longest
            if end > self.clock():
                return
            del self.since[reason]
            self.note("resumed", max(end, self.events[-1].at), reason=reason)

    async def did(self, method: str, path: str, **body: Any) -> bool:
        response = await self.agent.ask(method, path, json=body or None)
        assert response.status_code in (200, 201, 409), response.text
        return response.status_code != 409

    async def pause(self) -> None:
        reason = self.random.choice(["other", "awaiting_customer"])
        if await self.did("PATCH", f"{self.sla}/pause", reason=reason):
            self.since[reason] = self.clock()
            self.note("paused", reason=reason)

    async def resume(self) -> None:
        reason = self.random.choice([None, "other", "awaiting_customer"])
        body = {"reason": reason} if reason else {}
        if await self.did("PATCH", f"{self.sla}/resume", **body):
            for ended in [reason] if reason else list(self.since):
                del self.since[ended]
            self.note("resumed", reason=reason)

    async def answer(self) -> None:
        await self.did("POST", f"{self.path}/comments", content="On it.")
        self.note("responded")

    async def acknowledge(self) -> None:
        if await self.did("POST", f"{self.path}/acknowledge"):
            self.note("responded")

    async def resolve(self) -> None:
        if await self.did("POST", f"{self.path}/resolve"):
            self.since.clear()
            self.note("resolved")

    async def reopen(self) -> None:
        if await self.did("POST", f"{self.path}/reopen"):
            self.note("reopened")

    async def sweep(self) -> None:
        await check_sla_breaches(self.jobs)

    async def reprioritise(self) -> None:
        others = [name for name in TARGETS if name != self.priority]
        self.priority = self.random.choice(others)
        mode = self.random.choice(["retarget", "restart", "keep"])
        await self.did("PATCH", self.path, priority=self.priority, sla_mode=mode)
        self.change(mode)

    async def give_policy(self) -> None:
        rules = self.random.choice(self.policies)
        mode = self.random.choice(["retarget", "restart", "keep"])
        body = {"policy_id": rules.policy_id, "sla_mode": mode}
        response = await self.manager.ask("PATCH", self.path, json=body)
        assert response.status_code in (200, 409), response.text
        if response.status_code == 200 and rules is not self.rules:
            if mode != "keep":
                self.rules = rules
            self.change(mode)

    def change(self, mode: str) -> None:
        targets = self.rules.promised(self.priority)
        self.note("targets_changed", targets=targets, mode=mode, terms=self.rules.terms)

    async def simulated(self, calendar: dict[str, Any] | None) -> Any:
        """What the simulator says of what has been written down."""
        events: list[dict[str, Any]] = [
            {"at": event.at.isoformat(), "type": event.type, "mode": event.mode}
            | ({"reason": event.reason} if event.reason else {})
            | ({"targets": seconds(event.targets)} if event.targets else {})
            for event in self.events
        ]
        body = {
            "calendar": calendar,
            "targets": events[0]["targets"],
            "events": events,
            "as_of": self.clock().isoformat(),
        }
        return await self.agent.data("POST", "/sla/simulate", json=body)


def seconds(targets: Any) -> dict[str, float | None]:
    return {
        f"{kind}_seconds": None if target is None else target.total_seconds()
        for kind, target in targets.items()
    }


SHOWN = ("deadline", "projected_deadline", "stopped_at", "breached_at")


async def assert_shown_as(
    history: History,
    tag: str,
    run_sql: RunSql,
    expected: dict[str, Any],
    status: str,
) -> None:
    """What the engine has stored, explained and listed, in the simulator's words."""
    told = await history.agent.data("GET", f"{history.sla}/explain")
    listed = await history.agent.data("GET", "/incidents", params={"tag": tag})
    [item] = listed["items"]
    incident = await history.agent.data("GET", history.path)
    assert {told["status"], item["sla"]["status"], incident["sla"]["status"]} == {
        status
    }
    rows = {
        row["kind"]: row
        for row in await run_sql(
            "SELECT * FROM sla_clocks WHERE incident_id = :id",
            id=history.incident["id"],
        )
    }
    for kind, clock in expected.items():
        assert rows[kind]["status"] == clock["status"]
        if clock["status"] == "none":
            assert told["clocks"][kind] is None
            continue
        names = ("status", "elapsed_seconds", "remaining_seconds", "paused_seconds")
        for name in (*names, *SHOWN):
            assert told["clocks"][kind][name] == clock[name], (kind, name)
        steps = [{**step, "actor": None} for step in told["clocks"][kind]["steps"]]
        assert steps == [{**step, "actor": None} for step in clock["steps"]]
        for shown in (item, incident):
            for name in ("status", "remaining_seconds", *SHOWN):
                assert shown["sla"]["clocks"][kind][name] == clock[name], (kind, name)
        for name in ("deadline", "stopped_at", "breached_at"):
            assert rows[kind][name] == instant(clock[name]), (kind, name)


KINDS_OF_RULES: dict[str, dict[str, Any]] = {
    "round the clock": {},
    "office hours": {"response": office, "resolution": office},
    "calendars by kind": {"response": office, "resolution": nights},
    "longest pause": {"resolution": nights, "pauses": {"longest_seconds": 5400}},
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", KINDS_OF_RULES)
async def test_the_simulator_agrees_with_the_engine_to_the_microsecond(
    agent: Person,
    manager: Person,
    reporter: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
    name: str,
    seed: int,
) -> None:
    clock.pin()
    rules = await publish(TARGETS, **KINDS_OF_RULES[name])
    history = History(
        random.Random(f"{name} {seed}"), agent, manager, clock, jobs, rules
    )
    await history.begin(reporter, tag)
    for _ in range(12):
        await history.go_on()
    await assert_stored_equals_replay(history.incident)
    # One calendar a simulation: each clock is that of the run on its own.
    runs = {kind: await history.simulated(rules.calendars[kind]) for kind in KINDS}
    clocks = {kind: runs[kind]["clocks"][kind] for kind in KINDS}
    status = status_of(history, {found["status"] for found in clocks.values()})
    await assert_shown_as(history, tag, run_sql, clocks, status)
    if rules.calendars["response"] == rules.calendars["resolution"]:
        told = await agent.data("GET", f"{history.sla}/explain")
        run = runs["response"]
        assert (told["status"], told["at_risk"]) == (run["status"], run["at_risk"])


def status_of(history: History, clocks: set[str]) -> str:
    """Of the incident, by the law."""
    if history.since:
        return "paused"
    if "breached" in clocks:
        return "breached"
    return "active" if "running" in clocks else "met"


def told_as_simulated(history: History) -> tuple[dict[str, Any], Any]:
    """What a replay of the written history says, in the simulator's words."""
    terms, now = history.rules.terms, history.clock()
    state = replay(history.events, terms, now)
    steps = explain(history.events, terms, now)

    def text(at: dt.datetime | None) -> str | None:
        return at.isoformat().replace("+00:00", "Z") if at else None

    return {
        kind: {
            "status": str(clock.status),
            **{name: text(getattr(clock, name)) for name in SHOWN},
            "elapsed_seconds": clock.elapsed / dt.timedelta(seconds=1),
            "remaining_seconds": None
            if clock.remaining is None
            else clock.remaining / dt.timedelta(seconds=1),
            "paused_seconds": clock.paused / dt.timedelta(seconds=1),
            "steps": [
                {
                    "kind": step.kind,
                    "from": text(step.start),
                    "to": text(step.end),
                    "counted_seconds": step.counted / dt.timedelta(seconds=1),
                    "total_seconds": step.total / dt.timedelta(seconds=1),
                    "label": step.label,
                    "reason": step.reason,
                }
                for step in steps[kind]
            ],
        }
        for kind, clock in state.clocks.items()
    }, state


@pytest.mark.parametrize("seed", range(24))
async def test_changes_of_policy_agree_with_a_replay_of_the_written_history(
    agent: Person,
    manager: Person,
    reporter: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    jobs: Jobs,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
    seed: int,
) -> None:
    clock.pin()
    policies = [
        await publish(
            TARGETS,
            response=office,
            warnings=[{"percent": 50}, {"seconds_before": 900}],
            pauses={"longest_seconds": 7200, "response": False},
        ),
        await publish(
            OTHER_TARGETS,
            resolution=office,
            warnings=[],
            pauses={"longest_seconds": 2700},
            reopening="restart",
        ),
        await publish(TARGETS, response=nights, resolution=nights),
    ]
    history = History(
        random.Random(seed), agent, manager, clock, jobs, policies[0], policies
    )
    await history.begin(reporter, tag)
    for _ in range(14):
        await history.go_on()
    await assert_stored_equals_replay(history.incident)
    clocks, state = told_as_simulated(history)
    await assert_shown_as(history, tag, run_sql, clocks, str(state.status))
    told = await agent.data("GET", f"{history.sla}/explain")
    assert told["at_risk"] == state.at_risk
    for kind, found in state.clocks.items():
        if found.target is not None:
            marks = [instant(mark["at"]) for mark in told["clocks"][kind]["marks"]]
            assert marks == list(found.marks)


async def test_answers_are_heard_where_no_response_is_promised(
    agent: Person,
    reporter: Person,
    publish: Publish,
    tag: str,
    clock: Clock,
    run_sql: RunSql,
    assert_stored_equals_replay: Check,
) -> None:
    clock.pin()
    await publish(TARGETS)
    incident = await reporter.create(priority="low", tags=[tag])
    assert incident["sla"]["clocks"]["response"] is None
    for words in ("On it.", "Nearly there."):
        clock.advance(minutes=1)
        await agent.say(incident, words)
    sla = await agent.data("GET", f"/incidents/{incident['id']}/sla")
    assert instant(sla["response_at"]) == clock() - dt.timedelta(minutes=1)
    answered = await run_sql(
        "SELECT at FROM sla_ledger WHERE incident_id = :id AND type = 'responded'",
        id=incident["id"],
    )
    assert len(answered) == 1
    await assert_stored_equals_replay(incident)


async def test_lists_do_not_count_pauses_after_the_deadline_as_overdue(
    agent: Person, clock: Clock, jobs: Jobs
) -> None:
    clock.pin()
    incident = await agent.create(priority="critical")
    path = f"/incidents/{incident['id']}"
    clock.advance(hours=5)
    await check_sla_breaches(jobs)
    for step in ("resolve", "reopen"):
        await agent.ask("POST", f"{path}/{step}", expect=200)
        clock.advance(hours=7)
    shown = (await agent.data("GET", path))["sla"]["clocks"]["resolution"]
    told = await agent.data("GET", f"/slas/{incident['sla']['id']}/explain")
    # An hour before the resolve, seven hours since the reopen.
    assert shown["remaining_seconds"] == -8 * 3600
    assert told["clocks"]["resolution"]["remaining_seconds"] == -8 * 3600
