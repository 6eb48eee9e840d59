"""Failures that a caller can act on. `web.py` turns each into the error envelope."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One reason for a refusal: a stable code, the field it concerns, the words."""

    code: str
    message: str
    field: str | None = None


class AppError(Exception):
    """A refusal with an HTTP status and words that say what to do next.

    Args:
        message: What happened and what the caller can do.
        code: A stable, machine-readable code.
        field: The input field that is to blame, if one is.
        problems: Several reasons at once; overrides `code` and `field`.
    """

    status = 500
    code = "internal"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems or (Problem(code or self.code, message, field),)


class Malformed(AppError):
    """The request could not be read."""

    status, code = 400, "malformed"


class Unauthenticated(AppError):
    """Nobody, or nobody we know, is asking."""

    status, code = 401, "unauthenticated"


class Forbidden(AppError):
    """The role or token of the caller does not allow this."""

    status, code = 403, "forbidden"


class NotFound(AppError):
    """No such thing, or none that the caller may know of."""

    status, code = 404, "not_found"


class Conflict(AppError):
    """The thing is not in a state that allows this."""

    status, code = 409, "conflict"


class TooLarge(AppError):
    """The body is over the limit."""

    status, code = 413, "too_large"


class UnsupportedType(AppError):
    """The content is of a type that is not accepted."""

    status, code = 415, "unsupported_type"


class Invalid(AppError):
    """The input is well-formed and still wrong."""

    status, code = 422, "invalid"


class TooManyRequests(AppError):
    """The caller must wait.

    Args:
        message: What happened and when to come back.
        retry_after: Seconds until it makes sense to try again.
    """

    status, code = 429, "too_many_requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(AppError):
    """A part that we depend on does not answer."""

    status, code = 503, "unavailable"
