"""HTTP in one shape: the envelope, guards, errors, headers, and the SPA's files."""

from __future__ import annotations

import datetime as dt
import gzip
import logging
import re
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec
from litestar import MediaType, Request, Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import (
    HTTPException,
    SerializationException,
    ValidationException,
)
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from tracker import security
from tracker.db import Database
from tracker.errors import (
    AppError,
    Conflict,
    Forbidden,
    Malformed,
    Problem,
    TooManyRequests,
    Unauthenticated,
    UnsupportedType,
)
from tracker.paging import MAX_LIMIT
from tracker.settings import Settings
from tracker.telemetry import trace_id

log = logging.getLogger(__name__)

T = TypeVar("T")


# --- The envelope ---------------------------------------------------------------------


class ErrorItem(msgspec.Struct):
    """One reason for a refusal."""

    code: str
    field: str | None
    message: str


class Envelope(msgspec.Struct, Generic[T], kw_only=True):
    """Every JSON answer."""

    success: bool = True
    data: T
    message: str | None = None
    errors: list[ErrorItem] = []


class ErrorEnvelope(msgspec.Struct, kw_only=True):
    """Every refusal; `trace_id` leads to the log."""

    success: bool = False
    data: None = None
    message: str
    errors: list[ErrorItem]
    trace_id: str


def ok(data: T) -> Envelope[T]:
    """Wrap an answer."""
    return Envelope(data=data)


class Versioned(Response[Envelope[T]]):
    """An answer whose version the caller can hand back as `If-Match`.

    It is written as it is: what the framework could add to an answer (cookies, other
    types, background tasks), nobody does, and looking for it costs more than this.
    """

    __slots__ = ()

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """The answer as an ASGI application."""
        body = msgspec.json.encode(self.content)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *((name.encode(), value.encode()) for name, value in self.headers.items()),
        ]

        async def answer(_: Scope, __: Receive, send: Send) -> None:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code or HTTP_200_OK,
                    "headers": headers,
                }
            )
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return answer


def with_etag(data: T, version: int, status_code: int = 200) -> Versioned[T]:
    """An answer with its version."""
    return Versioned(
        ok(data), status_code=status_code, headers={"etag": f'"{version}"'}
    )


def if_match(request: Request[Any, Any, Any]) -> int | None:
    """The version that a change is based on, if the caller said.

    Raises:
        Malformed: The header holds something else.
    """
    header = request.headers.get("if-match")
    if header is None or header == "*":
        return None
    match = re.fullmatch(r'(?:W/)?"?(\d{1,18})"?', header.strip(), re.ASCII)
    if match is None:
        raise Malformed('If-Match must be a version such as "3".', field="If-Match")
    return int(match[1])


class ApiRequest(Request[Any, Any, Any]):
    """A request whose body is refused properly when it is not JSON."""

    async def json(self) -> Any:
        """The body.

        Raises:
            UnsupportedType: It is not JSON and does not say that it is.
            Malformed: It says that it is JSON and is not.
        """
        try:
            return await super().json()
        # Wrong bytes and deep nesting come out of the decoder as they are.
        except (SerializationException, UnicodeDecodeError, RecursionError) as error:
            if "json" not in self.headers.get("content-type", "json"):
                raise UnsupportedType(
                    "Send JSON, with the header Content-Type: application/json."
                ) from error
            raise Malformed("The body is not valid JSON.") from error


# --- What handlers ask for ------------------------------------------------------------


class hot(HTTPRouteHandler):  # noqa: N801  (a decorator, as the framework's are)
    """A handler for what is asked most often: its guards get it itself, not a copy."""

    async def authorize_connection(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> None:
        """Ask the guards, which only read."""
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]


Reads = NamedDependency[AsyncSession]
Transaction = NamedDependency[AsyncSession]


class Asking(NamedTuple):
    """Who asks, when, and what to ask in turn.

    One dependency instead of three, for what is asked most often: the framework makes a
    task for each of several.
    """

    caller: security.Identity
    now: dt.datetime
    db: Database


Asked = NamedDependency[Asking]
Now = NamedDependency[dt.datetime]
Caller = NamedDependency[security.Identity]
Config = NamedDependency[Settings]
Cursor = Annotated[
    str | None,
    QueryParameter(
        max_length=500, description="`next_cursor` of the page before this one."
    ),
]
PageSize = Annotated[
    int, QueryParameter(ge=1, le=MAX_LIMIT, description="Things on a page.")
]
WithTotal = Annotated[
    bool, QueryParameter(description="Count all of them as well; costs a query.")
]


# --- Who may --------------------------------------------------------------------------

# Guards and hooks are coroutines even where they wait for nothing: the framework runs
# plain functions in a thread, which costs more than they do.


Connection = ASGIConnection[Any, Any, Any, Any]


def identity_in(connection: Connection) -> security.Identity:
    """Who is asking.

    Raises:
        Unauthenticated: Nobody we know.
    """
    identity = connection.scope.get("user")
    if not isinstance(identity, security.Identity):
        raise Unauthenticated("Sign in first.")
    return identity


async def signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard: anybody we know, whose token covers the method."""
    identity = identity_in(connection)
    reads = (
        connection.scope.get("method") in ("GET", "HEAD", "OPTIONS")
        or "changes_nothing" in handler.opt
    )
    needed = security.Scope.READ if reads else security.Scope.WRITE
    if needed not in identity.scopes:
        raise Forbidden(f"This token lacks the scope {needed}.")


async def agents(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard: agents, managers and administrators, signed in."""
    await signed_in(connection, handler)
    if not identity_in(connection).is_agent:
        raise Forbidden("Only agents may do this.")


async def managers(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard: managers and administrators, signed in."""
    await signed_in(connection, handler)
    if not identity_in(connection).is_manager:
        raise Forbidden("Only managers may do this.")


async def administrators(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard: administrators, signed in, with a token that says so."""
    await signed_in(connection, handler)
    identity = identity_in(connection)
    if not identity.is_administrator:
        raise Forbidden("Only administrators may do this.")
    if security.Scope.ADMIN not in identity.scopes:
        raise Forbidden("This token lacks the scope admin.")


# --- Errors ---------------------------------------------------------------------------


def failure(
    request: Connection, status: int, message: str, problems: tuple[Problem, ...] = ()
) -> Response[ErrorEnvelope]:
    """The envelope of a refusal."""
    problems = problems or (Problem(_CODES.get(status, "error"), message),)
    return Response(
        ErrorEnvelope(
            message=message,
            errors=[ErrorItem(p.code, p.field, p.message) for p in problems],
            trace_id=trace_id() or request_id(request),
        ),
        status_code=status,
        media_type=MediaType.JSON,
    )


_CODES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_type",
    422: "invalid",
    503: "unavailable",
}


def on_app_error(
    request: Request[Any, Any, Any], error: AppError
) -> Response[ErrorEnvelope]:
    """Our own refusals say everything themselves."""
    response = failure(request, error.status, error.message, error.problems)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def on_validation_error(
    request: Request[Any, Any, Any], error: ValidationException
) -> Response[ErrorEnvelope]:
    """Well-formed input with a wrong value is a 422 that names the field."""
    problems = tuple(
        _problem(str(item.get("message", "")), str(item.get("key", "")))
        for item in (error.extra if isinstance(error.extra, list) else [])
        if isinstance(item, dict)
    ) or (Problem("invalid", str(error.detail)),)
    first = problems[0]
    where = f"{first.field}: " if first.field else ""
    return failure(request, 422, f"{where}{first.message}", problems)


_ABOUT_FIELD = re.compile(r"Object (missing required|contains unknown) field `(.*)`")


def _problem(words: str, key: str) -> Problem:
    """What is wrong where; the framework calls the whole body `data`."""
    if key == "data":
        key = ""
        if words == "'data'":
            words = "This needs a JSON body."
    if match := _ABOUT_FIELD.fullmatch(words):
        key = f"{key}.{match[2]}".lstrip(".")
        missing = match[1].startswith("missing")
        words = "This field is missing." if missing else "There is no such field."
    return Problem("invalid", words, key or None)


def on_http_error(
    request: Request[Any, Any, Any], error: HTTPException
) -> Response[ErrorEnvelope]:
    """The framework's refusals, in our shape."""
    message = {
        404: "There is nothing at this address.",
        405: "This address does not take this method.",
        413: "The body is over the limit of this address.",
    }.get(error.status_code, str(error.detail))
    response = failure(request, error.status_code, message)
    response.headers.update(error.headers or {})
    return response


# Serialization failure and deadlock, as PostgreSQL numbers them.
DEADLOCKED = ("40001", "40P01")


def on_database_error(
    request: Request[Any, Any, Any], error: DBAPIError | PoolTimeout
) -> Response[ErrorEnvelope]:
    """A database that is away is a 503, a value that it can't hold a 422."""
    # Also an OperationalError, so this comes first.
    cause = getattr(error, "orig", None)
    if getattr(cause, "sqlstate", None) in DEADLOCKED:
        return on_app_error(
            request, Conflict("Somebody else changed this just now. Try again.")
        )
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        log.error("the database does not answer: %s", type(error).__name__)
        return failure(
            request, 503, "The database does not answer. Try again in a moment."
        )
    if isinstance(error, DataError):
        # No type of ours forbids NUL in a text, or a date in a forged cursor.
        log.warning("a value was refused by the database: %s", cause)
        return failure(
            request,
            422,
            "The database can't hold one of these values. Text must not contain the"
            " character NUL.",
        )
    return on_any_error(request, error)


def on_redis_error(
    request: Request[Any, Any, Any], error: RedisError
) -> Response[ErrorEnvelope]:
    """Redis is away."""
    log.error("Redis does not answer: %s", type(error).__name__)
    return failure(request, 503, "The queue does not answer. Try again in a moment.")


def on_any_error(
    request: Request[Any, Any, Any], error: Exception
) -> Response[ErrorEnvelope]:
    """A fault of ours: logged in full, told in one line."""
    log.error(
        "unhandled error in %s %s, trace id %s",
        request.method,
        request.url.path,
        trace_id() or request_id(request),
        exc_info=error,
    )
    return failure(
        request,
        500,
        "Something went wrong on our side. Try again; if it stays, tell your"
        " administrator the trace id.",
        (Problem("internal", "An internal error."),),
    )


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    AppError: on_app_error,
    ValidationException: on_validation_error,
    HTTPException: on_http_error,
    DBAPIError: on_database_error,
    PoolTimeout: on_database_error,
    RedisError: on_redis_error,
    Exception: on_any_error,
}


# --- Headers --------------------------------------------------------------------------


def request_id(connection: Connection) -> str:
    """The id of this request, made on first use."""
    state = connection.scope.setdefault("state", {})
    if "request_id" not in state:
        state["request_id"] = secrets.token_hex(16)
    return str(state["request_id"])


# What every answer has that doesn't say otherwise.
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def headers_middleware(app: ASGIApp) -> ASGIApp:
    """Security headers, and no caching of answers that did not ask for it."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message["headers"])
                names = {name for name, _ in given}
                given += [header for header in HEADERS if header[0] not in names]
                message["headers"] = given
            await send(message)

        await app(scope, receive, send_with_headers)

    return middleware


# --- The SPA --------------------------------------------------------------------------


STATIC = Path(__file__).parent / "static"
NONCE = "__CSP_NONCE__"
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}';"
    " style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
_MIME_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


def spa_page() -> Response[bytes]:
    """`index.html` under a policy that only our own scripts and styles pass."""
    index = STATIC / "index.html"
    if not index.exists():
        return Response(
            b"The web pages are not built. Run `make run`, which builds them.",
            status_code=503,
            media_type="text/plain; charset=utf-8",
        )
    nonce = secrets.token_urlsafe(16)
    return Response(
        index.read_bytes().replace(NONCE.encode(), nonce.encode()),
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": POLICY.format(nonce=nonce),
            "Cache-Control": "no-cache",
        },
    )


def docs_page() -> Response[bytes]:
    """Swagger UI on the API's own description."""
    nonce = secrets.token_urlsafe(16)
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script nonce="{nonce}">
SwaggerUIBundle({{url: "/api/v1/openapi.json", dom_id: "#docs", deepLinking: true}});
</script>
</body>
</html>
"""
    # Swagger UI sets style attributes; nothing else on this page may.
    policy = POLICY.format(nonce=nonce).replace(
        f"style-src 'self' 'nonce-{nonce}'", "style-src 'self' 'unsafe-inline'"
    )
    return Response(
        page.encode(),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": policy},
    )


def spa_file(path: str, accepts: str) -> Response[bytes] | None:
    """A built file, compressed where that helps; None when there is none."""
    target = (STATIC / path.lstrip("/")).resolve()
    mime_type = _MIME_TYPES.get(target.suffix)
    if mime_type is None or not target.is_relative_to(STATIC) or not target.is_file():
        return None
    hashed = target.parent.name == "assets"
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable"
        if hashed
        else "no-cache",
        "Vary": "Accept-Encoding",
    }
    content = _read(target, target.stat().st_mtime_ns)
    accepted = {coding.partition(";")[0].strip() for coding in accepts.split(",")}
    coding = next(coding for coding in content if coding in accepted | {"identity"})
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return Response(content[coding], media_type=mime_type, headers=headers)


@lru_cache(maxsize=512)
def _read(path: Path, _changed: int) -> dict[str, bytes]:
    """A file in each content coding that there is, the smallest first."""
    plain = path.read_bytes()
    codings = {"identity": plain}
    packed = path.with_name(f"{path.name}.br")
    if packed.is_file():
        codings["br"] = packed.read_bytes()
    if path.suffix != ".woff2":
        codings["gzip"] = gzip.compress(plain, 9)
    return dict(sorted(codings.items(), key=lambda item: len(item[1])))
