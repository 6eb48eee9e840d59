"""Who may what: every route by role, and what reporters must never see."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from tests.integration.conftest import Make, Person, ReadMail, bearing
from tracker.security import Role

NOBODY = "00000000-0000-7000-8000-000000000000"
ANYBODY, REPORTER, AGENT, MANAGER, ADMINISTRATOR = (
    "anybody",
    *reversed([str(role) for role in Role]),
)
# The least role that may use a route; a route that is not here fails a test.
LEAST = {
    "POST /auth/login": ANYBODY,
    "POST /auth/refresh": ANYBODY,  # by its cookie
    "POST /auth/logout": ANYBODY,
    "POST /auth/password-reset": ANYBODY,
    "POST /auth/password-reset/confirm": ANYBODY,  # by the token of a mail
    "GET /auth/me": REPORTER,
    "PATCH /auth/me": REPORTER,
    "POST /auth/password": REPORTER,
    "POST /auth/monitor": ADMINISTRATOR,
    "GET /meta": ANYBODY,
    "GET /users": AGENT,
    "POST /users": ADMINISTRATOR,
    "GET /users/{user_id}": REPORTER,
    "PATCH /users/{user_id}": ADMINISTRATOR,
    "DELETE /users/{user_id}": ADMINISTRATOR,
    "GET /teams": AGENT,
    "POST /teams": MANAGER,
    "GET /teams/{team_id}": AGENT,
    "PATCH /teams/{team_id}": MANAGER,
    "DELETE /teams/{team_id}": MANAGER,
    "GET /organizations": AGENT,
    "POST /organizations": MANAGER,
    "GET /organizations/{organization_id}": AGENT,
    "PATCH /organizations/{organization_id}": MANAGER,
    "DELETE /organizations/{organization_id}": MANAGER,
    "GET /tokens": REPORTER,
    "POST /tokens": REPORTER,
    "DELETE /tokens/{token_id}": REPORTER,
    "GET /incidents": REPORTER,
    "POST /incidents": REPORTER,
    "GET /incidents/groups": REPORTER,
    "GET /incidents/{reference}": REPORTER,
    "PATCH /incidents/{reference}": REPORTER,
    "DELETE /incidents/{reference}": MANAGER,
    "POST /incidents/bulk": AGENT,
    "POST /incidents/{reference}/restore": MANAGER,
    "POST /incidents/{reference}/acknowledge": AGENT,
    "POST /incidents/{reference}/resolve": AGENT,
    "POST /incidents/{reference}/close": AGENT,
    "POST /incidents/{reference}/reopen": REPORTER,
    "GET /incidents/{reference}/sla": REPORTER,
    "GET /incidents/{reference}/timeline": REPORTER,
    "GET /incidents/{reference}/comments": REPORTER,
    "POST /incidents/{reference}/comments": REPORTER,
    "GET /incidents/{reference}/links": REPORTER,
    "POST /incidents/{reference}/links": AGENT,
    "POST /incidents/{reference}/merge": AGENT,
    "GET /incidents/{reference}/watchers": REPORTER,
    "PUT /incidents/{reference}/watchers/me": REPORTER,
    "DELETE /incidents/{reference}/watchers/me": REPORTER,
    "PUT /incidents/{reference}/watchers/{user_id}": AGENT,
    "DELETE /incidents/{reference}/watchers/{user_id}": AGENT,
    "POST /incidents/{reference}/notifications/read": REPORTER,
    "GET /incidents/{reference}/presence": AGENT,
    "PUT /incidents/{reference}/presence": AGENT,
    "DELETE /incidents/{reference}/presence": AGENT,
    "DELETE /links/{link_id}": AGENT,
    "GET /incidents/{reference}/attachments": REPORTER,
    "POST /incidents/{reference}/attachments": REPORTER,
    "PATCH /comments/{comment_id}": REPORTER,
    "GET /comments/{comment_id}/history": REPORTER,
    "DELETE /comments/{comment_id}": REPORTER,
    "GET /attachments/{attachment_id}": REPORTER,
    "GET /attachments/{attachment_id}/link": REPORTER,
    "GET /attachments/{attachment_id}/preview": REPORTER,
    "PATCH /attachments/{attachment_id}": AGENT,
    "DELETE /attachments/{attachment_id}": REPORTER,
    "PATCH /slas/{sla_id}/pause": AGENT,
    "PATCH /slas/{sla_id}/resume": AGENT,
    "GET /slas/{sla_id}/explain": REPORTER,
    "POST /sla/simulate": REPORTER,
    "GET /engine": MANAGER,
    "POST /engine/check": ADMINISTRATOR,
    "GET /pause-reasons": REPORTER,
    "POST /pause-reasons": MANAGER,
    "PATCH /pause-reasons/{code}": MANAGER,
    "GET /sla-policies": REPORTER,
    "POST /sla-policies": MANAGER,
    "POST /sla-policies/order": MANAGER,
    "GET /sla-policies/{policy_id}": REPORTER,
    "PATCH /sla-policies/{policy_id}": MANAGER,
    "DELETE /sla-policies/{policy_id}": MANAGER,
    "GET /sla-policies/{policy_id}/versions": AGENT,
    "POST /sla-policies/{policy_id}/backtest": MANAGER,
    "POST /sla-policies/{policy_id}/apply": MANAGER,
    "GET /sla-policies/{policy_id}/runs": MANAGER,
    "GET /sla-policy-runs/{run_id}": MANAGER,
    "GET /maintenance-windows": AGENT,
    "POST /maintenance-windows": MANAGER,
    "GET /maintenance-windows/{window_id}": AGENT,
    "PATCH /maintenance-windows/{window_id}": MANAGER,
    "DELETE /maintenance-windows/{window_id}": MANAGER,
    "GET /reports/pauses": MANAGER,
    "GET /calendars": REPORTER,
    "POST /calendars": MANAGER,
    "POST /calendars/preview": REPORTER,
    "GET /calendars/holidays": REPORTER,
    "GET /calendars/holidays/countries": REPORTER,
    "POST /calendars/holidays/import": MANAGER,
    "GET /calendars/{calendar_id}": REPORTER,
    "PATCH /calendars/{calendar_id}": MANAGER,
    "DELETE /calendars/{calendar_id}": MANAGER,
    "GET /calendars/{calendar_id}/versions": AGENT,
    "GET /first-run": ADMINISTRATOR,
    "PATCH /first-run": ADMINISTRATOR,
    "GET /demo-data": ADMINISTRATOR,
    "POST /demo-data": ADMINISTRATOR,
    "DELETE /demo-data": ADMINISTRATOR,
    "GET /audit-events": ADMINISTRATOR,
    "GET /audit-events/export": ADMINISTRATOR,
    "GET /deliveries": ADMINISTRATOR,
    "GET /deliveries/{delivery_id}": ADMINISTRATOR,
    "POST /deliveries/{delivery_id}/retry": ADMINISTRATOR,
    "GET /notifications": REPORTER,
    "GET /notifications/unread-count": REPORTER,
    "POST /notifications/{notification_id}/read": REPORTER,
    "POST /notifications/read-all": REPORTER,
    "GET /push/key": REPORTER,
    "GET /me/push-subscriptions": REPORTER,
    "POST /me/push-subscriptions": REPORTER,
    "DELETE /me/push-subscriptions/{device_id}": REPORTER,
    "POST /me/push-subscriptions/{device_id}/test": REPORTER,
    "GET /notifications/preferences": REPORTER,
    "PUT /notifications/preferences": REPORTER,
    "GET /views": REPORTER,
    "POST /views": REPORTER,
    "GET /views/counts": REPORTER,
    "PATCH /views/{view_id}": REPORTER,
    "DELETE /views/{view_id}": REPORTER,
    "POST /views/{view_id}/restore": REPORTER,
    "GET /canned-replies": AGENT,
    "POST /canned-replies": MANAGER,
    "GET /canned-replies/{reply_id}": AGENT,
    "PATCH /canned-replies/{reply_id}": MANAGER,
    "DELETE /canned-replies/{reply_id}": MANAGER,
    "GET /custom-fields": REPORTER,
    "POST /custom-fields": ADMINISTRATOR,
    "PATCH /custom-fields/{key}": ADMINISTRATOR,
    "DELETE /custom-fields/{key}": ADMINISTRATOR,
    "GET /incident-templates": REPORTER,
    "POST /incident-templates": MANAGER,
    "PATCH /incident-templates/{template_id}": MANAGER,
    "DELETE /incident-templates/{template_id}": MANAGER,
    "GET /events": REPORTER,
}
ROLES = [REPORTER, AGENT, MANAGER, ADMINISTRATOR]
# Pages, probes and the description of the API, which is no secret.
OPEN_PREFIXES = ("/health/", "/api/v1/openapi", "/api/v1/docs", "/api/v1/schema")
OPEN_PAGES = {"/", "/{path}"}
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /comments/{comment_id}": {"json": {"content": "Changed"}},
    "PATCH /incidents/{reference}": {"json": {"title": "Changed"}},
    "POST /incidents/{reference}/comments": {"json": {"content": "Said"}},
    "PATCH /views/{view_id}": {"json": {"name": "Changed"}},
    "POST /incidents/{reference}/attachments": {"files": {"file": b"bytes"}},
    "PATCH /attachments/{attachment_id}": {"json": {"is_internal": True}},
    "PATCH /slas/{sla_id}/pause": {"json": {"reason": "other"}},
}


def routes(app: Litestar) -> dict[str, set[str]]:
    """Every path of the app with its methods."""
    return {
        route.path_format: {str(name) for name in route.methods} - {"OPTIONS", "HEAD"}
        for route in app.routes
        if isinstance(route, HTTPRoute)
    }


async def world(agent: Person) -> dict[str, str]:
    """Something for each parameter of a path, made by an agent."""
    incident = await agent.create()
    comment = await agent.say(incident, "Public words")
    attachment = await agent.attach(incident, b"bytes")
    token = {"name": "script", "scopes": ["read"]}
    made = await agent.data("POST", "/tokens", expect=201, json=token)
    view = {"name": "Mine", "filters": {}}
    saved = await agent.data("POST", "/views", expect=201, json=view)
    return {
        "reference": incident["id"],
        "sla_id": incident["sla"]["id"],
        "comment_id": comment["id"],
        "link_id": NOBODY,
        "attachment_id": attachment["id"],
        "user_id": agent.id,
        "token_id": made["id"],
        "view_id": saved["id"],
        "team_id": NOBODY,
        "organization_id": NOBODY,
        "policy_id": NOBODY,
        "run_id": NOBODY,
        "window_id": NOBODY,
        "calendar_id": NOBODY,
        "code": "nothing",
        "key": "nothing",
        "template_id": NOBODY,
        "delivery_id": NOBODY,
        "notification_id": NOBODY,
        "device_id": NOBODY,
        "reply_id": NOBODY,
    }


def filled(route: str, things: dict[str, str]) -> tuple[str, str]:
    """Method and path of a route, with the ids of things in it."""
    method, _, path = route.partition(" ")
    return method, path.format(**things)


# --- Every route ----------------------------------------------------------------------


def test_every_route_of_the_api_says_who_may_use_it(app: Litestar) -> None:
    ours = {
        f"{method} {path.removeprefix('/api/v1')}"
        for path, methods in routes(app).items()
        for method in methods
        if path.startswith("/api/v1/") and not path.startswith(OPEN_PREFIXES)
    }
    assert ours == set(LEAST)


def test_every_route_of_the_api_is_described(app: Litestar) -> None:
    described = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in app.openapi_schema.to_schema()["paths"].items()
        for method in item
    }
    assert described == set(LEAST)


def test_what_lies_outside_of_the_api_is_open_or_the_monitor(app: Litestar) -> None:
    others = {
        path
        for path in routes(app)
        if not path.startswith(("/api/v1/", "/saq", *OPEN_PREFIXES))
    }
    assert others == OPEN_PAGES


async def test_without_a_token_every_route_is_a_401(
    client: httpx.AsyncClient, agent: Person
) -> None:
    things = await world(agent)
    answers = {}
    for route, least in LEAST.items():
        if least != ANYBODY:
            method, path = filled(route, things)
            answers[route] = (
                await client.request(method, f"/api/v1{path}")
            ).status_code
    assert {r: status for r, status in answers.items() if status != 401} == {}


@pytest.mark.parametrize("role", ROLES[:-1])
async def test_a_role_that_may_not_gets_a_403(
    make_person: Make, agent: Person, role: str
) -> None:
    things = await world(agent)
    person = await make_person(Role(role))
    answers = {}
    for route, least in LEAST.items():
        if least in ROLES[ROLES.index(role) + 1 :]:
            answers[route] = (await person.ask(*filled(route, things))).status_code
    assert {r: status for r, status in answers.items() if status != 403} == {}
    assert answers


async def test_a_token_that_reads_changes_nothing(
    client: httpx.AsyncClient, administrator: Person, app: Litestar
) -> None:
    token = {"name": "reader", "scopes": ["read"]}
    secret = await administrator.data("POST", "/tokens", expect=201, json=token)
    things = await world(administrator)
    harmless = {
        f"{method} {route.path_format.removeprefix('/api/v1')}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if "changes_nothing" in handler.opt
    }
    answers = {}
    async with bearing(client, secret["token"]) as reader:
        for route, least in LEAST.items():
            method, path = filled(route, things)
            if method == "GET" or least == ANYBODY or route in harmless:
                continue
            response = await reader.request(method, f"/api/v1{path}")
            answers[route] = response.status_code
    assert {r: status for r, status in answers.items() if status != 403} == {}
    assert answers


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_that_may_is_let_in(make_person: Make, role: str) -> None:
    person = await make_person(Role(role))
    things = await world(person)
    answers = {}
    # What deletes comes last; who asks stays.
    for route in sorted(LEAST, key=lambda route: route.startswith("DELETE")):
        if LEAST[route] != role or route in ("GET /events", "DELETE /users/{user_id}"):
            continue
        options = BODIES.get(route, {})
        response = await person.ask(*filled(route, things), **options)
        answers[route] = response.status_code
    refused = {r: status for r, status in answers.items() if status in (401, 403)}
    assert refused == {}
    assert answers


async def test_things_of_others_do_not_exist_for_a_reporter(
    agent: Person, reporter: Person
) -> None:
    things = await world(agent)
    number = (await agent.data("GET", f"/incidents/{things['reference']}"))["number"]
    answers = {}
    for route, least in LEAST.items():
        if least == REPORTER and "{" in route:
            for reference in (things["reference"], number):
                method, path = filled(route, {**things, "reference": reference})
                options = BODIES.get(route, {})
                response = await reporter.ask(method, path, **options)
                answers[method, path] = response.status_code
    assert {k: status for k, status in answers.items() if status != 404} == {}


async def test_the_monitor_opens_with_an_administrators_cookie_only(
    app: Litestar,
    client: httpx.AsyncClient,
    administrator: Person,
    manager: Person,
) -> None:
    for path, methods in routes(app).items():
        if path.startswith("/saq") and not path.startswith("/saq/static/"):
            for method in methods:
                url = path.format(queue_id="engine", job_id="x")
                assert (await client.request(method, url)).status_code == 401, path
    assert (await manager.ask("POST", "/auth/monitor")).status_code == 403
    await administrator.ask("POST", "/auth/monitor", expect=204)
    cookies = {"monitor_token": administrator.client.cookies["monitor_token"]}
    client.cookies.update(cookies)
    assert (await client.get("/saq/api/queues")).status_code == 200


# --- What reporters do not see --------------------------------------------------------


async def test_a_reporters_list_and_total_hold_their_own_incidents_only(
    agent: Person, reporter: Person, make_person: Make
) -> None:
    stranger = await make_person(Role.REPORTER)
    word = f"word{reporter.id}"
    own = await reporter.create(title=word)
    others = [await agent.create(title=word), await stranger.create(title=word)]

    async def found(**query: Any) -> tuple[list[str], int]:
        page = await reporter.data(
            "GET", "/incidents", params={**query, "with_total": "true"}
        )
        return [item["id"] for item in page["items"]], page["total"]

    assert await found() == ([own["id"]], 1)
    assert await found(q=word) == ([own["id"]], 1)
    for other in others:
        assert await found(q=other["number"]) == ([], 0)
    assert await found(assignee=agent.id) == ([], 0)


async def test_a_reporter_who_is_no_longer_the_reporter_sees_nothing(
    agent: Person, reporter: Person, make_person: Make, run_sql: Any
) -> None:
    incident = await reporter.create()
    other = await make_person(Role.REPORTER)
    await run_sql(
        "UPDATE incidents SET reporter_id = :other WHERE id = :id",
        other=other.id,
        id=incident["id"],
    )
    await reporter.ask("GET", f"/incidents/{incident['id']}", expect=404)
    await other.ask("GET", f"/incidents/{incident['id']}", expect=200)


async def test_an_internal_comment_is_nowhere_for_the_reporter(
    agent: Person, manager: Person, reporter: Person, read_mail: ReadMail
) -> None:
    incident = await reporter.create()
    secret = f"secret{incident['number']}"
    hidden = await agent.say(incident, f"A {secret}", is_internal=True)
    gone = await agent.say(incident, f"Another {secret}", is_internal=True)
    await agent.ask("DELETE", f"/comments/{gone['id']}", expect=204)
    await agent.data("PATCH", f"/comments/{hidden['id']}", json={"content": secret})
    await manager.data("POST", f"/incidents/{incident['id']}/resolve")

    path = f"/incidents/{incident['id']}"
    seen = [
        await reporter.ask("GET", "/incidents", params={"q": secret}),
        await reporter.ask("GET", "/incidents"),
        await reporter.ask("GET", path),
        await reporter.ask("GET", f"{path}/comments"),
        await reporter.ask("GET", f"{path}/timeline"),
        await reporter.ask("GET", f"{path}/sla"),
        await reporter.ask("GET", f"/slas/{incident['sla']['id']}/explain"),
        await reporter.ask(
            "PATCH", path, json={"title": "x"}, headers={"If-Match": '"1"'}
        ),
    ]
    for comment in (hidden, gone):
        for method in ("PATCH", "DELETE"):
            response = await reporter.ask(
                method, f"/comments/{comment['id']}", expect=404, json={"content": "x"}
            )
            seen.append(response)
    for response in seen:
        for told in (secret, hidden["id"], gone["id"]):
            assert told not in response.text
    for kind in ("incident_created", "incident_resolved"):
        assert secret not in str(await read_mail(reporter.email, kind))
