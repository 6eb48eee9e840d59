"""Refusals and faults: one shape, words that help, and nothing of our insides."""

from __future__ import annotations

import json
import logging
import re
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar, get
from litestar.di import NamedDependency
from sqlalchemy import text

from tests.integration.conftest import Person, bearing, serving
from tracker.app import create_app
from tracker.db import Database
from tracker.paging import encode_cursor
from tracker.settings import Secret, Settings

JSON = {"Content-Type": "application/json"}
INSIDES = ("Traceback", "sqlalchemy", "psycopg", "SELECT", "INSERT", ".py", "site-pack")


def assert_refusal(response: httpx.Response, status: int) -> dict[str, Any]:
    """The envelope of a refusal, with nothing of our insides."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/json")
    body: dict[str, Any] = response.json()
    assert set(body) == {"success", "data", "message", "errors", "trace_id"}
    assert (body["success"], body["data"]) == (False, None)
    assert body["message"]
    assert body["errors"]
    for error in body["errors"]:
        assert set(error) == {"code", "field", "message"}
        assert error["code"]
        assert error["message"]
    assert re.fullmatch(r"[0-9a-f]{32}", body["trace_id"])
    assert not [word for word in INSIDES if word in response.text]
    return body


# --- One shape ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "method", "path", "options"),
    [
        (400, "POST", "/incidents", {"content": b"{", "headers": JSON}),
        (404, "GET", "/nowhere", {}),
        (404, "POST", "/nowhere", {}),
        (404, "GET", "/incidents/INC-999999999", {}),
        (404, "GET", "/incidents/not-a-number", {}),
        (404, "GET", "/users/not-a-uuid", {}),
        (405, "PUT", "/incidents", {}),
        (405, "DELETE", "/meta", {}),
        (413, "POST", "/incidents", {"content": b" " * 1_100_000, "headers": JSON}),
        (415, "POST", "/incidents", {"data": {"title": "A form"}}),
        (415, "POST", "/incidents", {"files": {"title": b"A form"}}),
        (422, "POST", "/incidents", {"json": {}}),
        (422, "POST", "/incidents", {}),
        (422, "POST", "/incidents", {"json": ["a", "list"]}),
        (422, "GET", "/incidents?limit=many", {}),
        (403, "GET", "/deliveries", {}),
    ],
)
async def test_every_refusal_has_the_envelope(
    agent: Person, status: int, method: str, path: str, options: dict[str, Any]
) -> None:
    assert_refusal(await agent.ask(method, path, **options), status)


async def test_a_refused_method_names_the_ones_that_are_taken(agent: Person) -> None:
    response = await agent.ask("PUT", "/incidents", expect=405)
    assert {"GET", "POST"} <= set(response.headers["allow"].split(", "))


@pytest.mark.parametrize("token", ["", "made-up", "ist_made-up", "a.b.c", "é"])
async def test_a_token_that_nobody_has_is_a_401(
    client: httpx.AsyncClient, token: str
) -> None:
    response = await client.get(
        "/api/v1/auth/me", headers=[(b"Authorization", f"Bearer {token}".encode())]
    )
    assert_refusal(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"


async def test_an_unknown_field_is_named(agent: Person) -> None:
    response = await agent.ask("POST", "/incidents", json={"title": "x", "colour": 1})
    [error] = assert_refusal(response, 422)["errors"]
    assert error["field"] == "colour"


async def test_a_wrong_field_deep_inside_is_named(agent: Person) -> None:
    body = {
        "targets": {"response_seconds": 60},
        "events": [{"at": "2026-03-02T09:00:00Z", "type": "created"}, {"at": "x"}],
        "as_of": "2026-03-02T10:00:00Z",
    }
    response = await agent.ask("POST", "/sla/simulate", json=body)
    assert assert_refusal(response, 422)["errors"][0]["field"].startswith("events[1]")


# --- Input that hurts -----------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b'{"title": "\xff\xfe"}',
        b'{"title": "\\ud800"}',
        b"[" * 200_000,
        b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"title": "x", }',
        b'{"title": NaN}',
        b"\xef\xbb\xbf{}",
    ],
    ids=["bytes", "surrogate", "deep", "deep inside", "comma", "NaN", "BOM"],
)
async def test_a_body_that_is_not_json_is_a_400(agent: Person, body: bytes) -> None:
    response = await agent.ask("POST", "/incidents", content=body, headers=JSON)
    assert_refusal(response, 400)


async def test_nul_in_a_text_is_a_422_wherever_it_comes_in(
    administrator: Person,
) -> None:
    incident = await administrator.create()
    comment = await administrator.say(incident, "x")
    path, nul = f"/incidents/{incident['id']}", "a\0b"
    requests: list[tuple[str, str, Any]] = [
        ("POST", "/incidents", {"title": nul}),
        ("POST", "/incidents", {"title": "x", "description": nul}),
        ("POST", "/incidents", {"title": "x", "tags": [nul]}),
        ("PATCH", path, {"title": nul}),
        ("POST", f"{path}/comments", {"content": nul}),
        ("POST", f"{path}/resolve", {"comment": nul}),
        ("PATCH", f"/comments/{comment['id']}", {"content": nul}),
        (
            "PATCH",
            f"/slas/{incident['sla']['id']}/pause",
            {"reason": "other", "note": nul},
        ),
        ("POST", "/users", {"email": f"{nul}@x.org", "name": "x", "role": "agent"}),
        ("PATCH", "/auth/me", {"name": nul}),
        ("POST", "/teams", {"name": nul}),
        ("POST", "/tokens", {"name": nul, "scopes": ["read"]}),
        ("POST", "/auth/login", {"email": nul, "password": "x"}),
        ("POST", "/auth/password-reset", {"email": nul}),
        ("GET", "/incidents?q=%00", None),
        ("GET", "/incidents?tag=%00", None),
        ("GET", "/users?q=%00", None),
        ("GET", "/deliveries?q=%00", None),
    ]
    for method, address, body in requests:
        response = await administrator.ask(method, address, json=body)
        assert_refusal(response, 422)
    assert (await administrator.data("GET", path))["status"] == "open"


@pytest.mark.parametrize("version", ["x", '"', "1.5", "-1", "9" * 5000, "٣"])
async def test_a_version_that_is_none_is_a_400(agent: Person, version: str) -> None:
    incident = await agent.create()
    response = await agent.ask(
        "PATCH",
        f"/incidents/{incident['id']}",
        json={"title": "x"},
        headers={"If-Match": version.encode()},
    )
    assert assert_refusal(response, 400)["errors"][0]["field"] == "If-Match"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        encode_cursor(1, 2, 3),
        encode_cursor("not an instant", "00000000-0000-7000-8000-000000000000"),
        encode_cursor("x" * 300, "not a uuid"),
    ],
)
async def test_a_forged_cursor_is_a_422(agent: Person, cursor: str) -> None:
    response = await agent.ask("GET", "/incidents", params={"cursor": cursor})
    assert_refusal(response, 422)


@pytest.mark.parametrize("number", ["9" * 18, "9" * 19, "9" * 5000, "-1", "٣"])
async def test_an_absurd_number_is_a_404(agent: Person, number: str) -> None:
    assert_refusal(await agent.ask("GET", f"/incidents/INC-{number}"), 404)


# --- Faults of ours -------------------------------------------------------------------


@get("/api/v1/fault")
async def fault() -> None:
    """Fail as a programming error would."""
    raise RuntimeError("the secret inside")


async def test_a_fault_is_a_500_that_tells_nothing_but_its_trace_id(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)
    app.register(fault)
    with caplog.at_level(logging.ERROR):
        async with serving(app) as client:
            response = await client.get("/api/v1/fault")
    body = assert_refusal(response, 500)
    assert "secret" not in response.text
    # Whoever is told the id finds the fault in the log.
    assert body["trace_id"] in caplog.text
    assert "the secret inside" in caplog.text


@get("/api/v1/deadlock")
async def deadlock(db: NamedDependency[Database]) -> None:
    """Fail as two transactions that wait for each other do."""
    async with db.transaction() as session:
        await session.execute(
            text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
        )


async def test_a_deadlock_is_a_conflict_that_can_be_tried_again(
    settings: Settings,
) -> None:
    app = create_app(settings)
    app.register(deadlock)
    async with serving(app) as client:
        body = assert_refusal(await client.get("/api/v1/deadlock"), 409)
    assert "again" in body["message"]


async def test_a_failed_statement_keeps_its_values_out_of_the_log(
    agent: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="tracker"):
        await agent.ask("POST", "/incidents", json={"title": "very private\0"})
    assert caplog.records
    assert "very private" not in caplog.text


async def test_without_the_database_every_answer_is_a_503(
    settings: Settings, agent: Person
) -> None:
    url = Secret("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    database = msgspec.structs.replace(settings.database, url=url)
    broken = create_app(msgspec.structs.replace(settings, database=database))
    token = agent.client.headers["authorization"].removeprefix("Bearer ")
    async with serving(broken) as client:
        person = bearing(client, token)
        for method, path, body in [
            ("GET", "/incidents", None),
            ("POST", "/incidents", {"title": "x"}),
            ("POST", "/auth/login", {"email": "a@example.com", "password": "x"}),
        ]:
            response = await person.request(method, f"/api/v1{path}", json=body)
            assert assert_refusal(response, 503)["errors"][0]["code"] == "unavailable"
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["data"]["checks"]["database"] != "ok"


async def test_without_redis_incidents_are_still_created(
    settings: Settings, agent: Person
) -> None:
    alone = msgspec.structs.replace(settings, redis_url=Secret("redis://127.0.0.1:9/0"))
    token = agent.client.headers["authorization"].removeprefix("Bearer ")
    async with serving(create_app(alone)) as client:
        response = await bearing(client, token).post(
            "/api/v1/incidents", json={"title": "Redis is away"}
        )
        ready = await client.get("/health/ready")
    assert response.status_code == 201
    assert ready.json()["data"]["checks"]["redis"] != "ok"


# --- Whatever comes -------------------------------------------------------------------

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["\0", "9" * 40, "2026-13-01", "0001-01-01T00:00:00Z", "INC-1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def plausible(schema: dict[str, Any], known: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema describes, and now and then some that it does not."""
    if name := schema.get("$ref"):
        return plausible(known[name.rpartition("/")[2]], known)
    if options := schema.get("oneOf") or schema.get("anyOf"):
        return st.one_of(*(plausible(option, known) for option in options)) | junk
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | junk
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            drawn = {name: plausible(field, known) for name, field in fields.items()}
            needed = {name: drawn.pop(name) for name in schema.get("required", [])}
            return st.fixed_dictionaries(needed, optional=drawn)
        case "array":
            return st.lists(plausible(schema.get("items", {}), known), max_size=3)
        case "integer":
            return st.integers(-1, 200) | st.integers()
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "string" if schema.get("format") == "date-time":
            return st.datetimes().map(lambda at: f"{at.isoformat()}Z") | junk
        case "string" if schema.get("format") == "uuid":
            return st.uuids().map(str)
        case "string":
            longest = min(schema.get("maxLength", 300), 300)
            return st.text(max_size=longest)
    return junk


@pytest.fixture
async def requests(
    app: Litestar, administrator: Person
) -> st.SearchStrategy[tuple[str, str, dict[str, Any]]]:
    """Method, path and options of requests as the description of the API has them."""
    incident = await administrator.create()
    ids = [incident["id"], incident["number"], incident["sla"]["id"]]
    schema = app.openapi_schema.to_schema()
    known = schema["components"]["schemas"]

    def written(value: Any) -> bytes:
        text = value if isinstance(value, str) else json.dumps(value)
        return text.encode("utf-8", "replace")

    def of(method: str, path: str, described: Any) -> st.SearchStrategy[Any]:
        fields: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
        for parameter in described.get("parameters", []):
            values = plausible(parameter["schema"], known).map(written)
            if parameter["in"] == "path":
                values = st.sampled_from(ids).map(str.encode) | values
            fields[parameter["in"]][parameter["name"]] = values
        content = described.get("requestBody", {}).get("content", {})
        body: st.SearchStrategy[dict[str, Any]] = st.just({})
        if "application/json" in content:
            wanted = plausible(content["application/json"]["schema"], known)
            body = (wanted | junk).map(
                lambda value: {"content": json.dumps(value).encode(), "headers": JSON}
            )
        elif content:
            body = st.fixed_dictionaries(
                {"files": st.fixed_dictionaries({"file": st.binary()})}
            )
        return st.builds(
            lambda ids, query, body: (
                method,
                path.format(**{name: quote(ids[name], "") for name in ids}),
                {"params": query, **body},
            ),
            st.fixed_dictionaries(fields["path"]),
            st.fixed_dictionaries({}, optional=fields["query"]),
            body,
        )

    return st.one_of(
        *(
            of(method, path, described)
            for path, item in schema["paths"].items()
            for method, described in item.items()
            # The stream of events has no end.
            if not path.endswith("/events")
        )
    )


@given(data=st.data())
@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_nothing_that_comes_in_is_a_fault(
    requests: st.SearchStrategy[tuple[str, str, dict[str, Any]]],
    administrator: Person,
    data: st.DataObject,
) -> None:
    method, path, options = data.draw(requests)
    response = await administrator.client.request(method, path, **options)
    assert response.status_code < 500, response.text
