"""The OpenAPI description: readable names, and every refusal that a caller can meet."""

from __future__ import annotations

import re
from typing import Any

from litestar import Litestar

_GENERIC = re.compile(r"^((?:[a-z]+\.)*(?:Envelope|Page))_(.+?)_?$")
_NO_TOKEN = {
    "signIn",
    "refreshSession",
    "signOut",
    "requestPasswordReset",
    "resetPassword",
    "getMeta",
}
# Status: a name, what it means, and an example of code, field and message.
_REFUSALS = {
    "400": (
        "Malformed",
        "The request could not be read.",
        ("malformed", None, "The body is not valid JSON."),
    ),
    "401": (
        "Unauthenticated",
        "Nobody we know is asking.",
        ("unauthenticated", None, "Sign in first."),
    ),
    "403": (
        "Forbidden",
        "The role or token does not allow this.",
        ("forbidden", None, "Only agents may do this."),
    ),
    "404": (
        "NotFound",
        "No such thing, or none that the caller may know of.",
        ("not_found", None, "There is no such incident."),
    ),
    "409": (
        "Conflict",
        "The thing is not in a state that allows this.",
        (
            "stale_version",
            None,
            "Ada changed this incident in the meantime. Load it again.",
        ),
    ),
    "413": (
        "TooLarge",
        "The body is over the limit.",
        ("too_large", "file", "The file has 30000000 bytes, the limit is 26214400."),
    ),
    "415": (
        "UnsupportedType",
        "The type of the content is not accepted.",
        ("unsupported_type", "file", "Files of this type are not accepted here."),
    ),
    "422": (
        "Invalid",
        "The input is well-formed and still wrong.",
        ("invalid", "title", "Expected `str` of length >= 1"),
    ),
    "429": (
        "TooManyRequests",
        "Too many requests; `Retry-After` tells when to come back.",
        ("too_many_requests", None, "Too many failed sign-ins. Wait 15 minutes."),
    ),
    "500": (
        "InternalError",
        "A fault of ours; the trace id leads to the log.",
        ("internal", None, "An internal error."),
    ),
    "503": (
        "Unavailable",
        "A part that we depend on does not answer.",
        ("unavailable", None, "The database does not answer. Try again in a moment."),
    ),
}


def document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the API."""
    described = app.openapi_schema.to_schema()
    schemas = described["components"]["schemas"]
    names = {name: _readable(name) for name in schemas}
    result: dict[str, Any] = _renamed(described, names)
    schemas = result["components"]["schemas"] = {
        names[name]: schema for name, schema in result["components"]["schemas"].items()
    }
    for name, schema in schemas.items():
        schema["title"] = name
    schemas["ErrorEnvelope"] = _error_envelope()
    result["components"]["parameters"] = _HEADERS
    result["components"]["responses"] = {
        name: _refusal(description, example)
        for name, description, example in _REFUSALS.values()
    }
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            _add_headers(method, operation)
            _add_refusals(path, method, operation)
    result["paths"] = dict(sorted(result["paths"].items()))
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result


def _readable(name: str) -> str:
    """`Envelope_tracker.paging.Page_tracker.x.Incident_` is `IncidentPageEnvelope`."""
    if match := _GENERIC.match(name):
        return f"{_readable(match[2])}{match[1].rpartition('.')[2]}"
    return name.rpartition(".")[2]


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    prefix = "#/components/schemas/"
    if isinstance(value, str) and value.startswith(prefix):
        return prefix + names[value.removeprefix(prefix)]
    return value


def _error_envelope() -> dict[str, Any]:
    return {
        "title": "ErrorEnvelope",
        "type": "object",
        "required": ["success", "data", "message", "errors", "trace_id"],
        "properties": {
            "success": {"const": False},
            "data": {"type": "null"},
            "message": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/ErrorItem"},
            },
            "trace_id": {"type": "string", "description": "Leads to the log."},
        },
    }


def _add_headers(method: str, operation: dict[str, Any]) -> None:
    if operation["operationId"] in _NO_TOKEN:
        return
    header = {"post": "IdempotencyKey", "patch": "IfMatch"}.get(method)
    if header:
        operation.setdefault("parameters", []).append(
            {"$ref": f"#/components/parameters/{header}"}
        )


_HEADERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        "description": "A retry with the same key gets the first answer again.",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string"},
        "example": '"3"',
        "description": "The version that the change is based on; a stale one is a 409.",
    },
}


def _add_refusals(path: str, method: str, operation: dict[str, Any]) -> None:
    statuses = ["400", "422", "500", "503"]
    if operation["operationId"] in _NO_TOKEN:
        operation["security"] = []
    else:
        statuses += ["401", "403"]
    if "{" in path:
        statuses.append("404")
    if method != "get":
        statuses.append("409")
    if operation["operationId"] == "uploadAttachment":
        statuses += ["413", "415"]
    if operation["operationId"] == "readHolidays":
        statuses.append("413")
    if operation["operationId"] == "signIn":
        statuses += ["401", "429"]
    for status in sorted(statuses):
        name = _REFUSALS[status][0]
        operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _refusal(description: str, example: tuple[str, str | None, str]) -> dict[str, Any]:
    code, field, message = example
    return {
        "description": description,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/ErrorEnvelope"},
                "example": {
                    "success": False,
                    "data": None,
                    "message": message,
                    "errors": [{"code": code, "field": field, "message": message}],
                    "trace_id": "0af7651916cd43dd8448eb211c80319c",
                },
            }
        },
    }
