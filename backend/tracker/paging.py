"""Lists that are bounded and page by key, so that depth costs nothing."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from tracker.errors import Invalid

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 100

Limit = Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)]


class Page(msgspec.Struct, Generic[T], omit_defaults=False):
    """A stretch of a list, and where the next one starts.

    Attributes:
        items: At most `limit` things.
        next_cursor: Hand it back as `cursor` for the next page; null at the end.
        total: How many there are in all; only when `with_total` was asked for.
    """

    items: list[T]
    next_cursor: str | None = None
    total: int | msgspec.UnsetType | None = msgspec.UNSET


def encode_cursor(*key: Any) -> str:
    """The key of the last row of a page, opaque to clients."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str, shape: type[T]) -> T:
    """The key in `cursor`, checked against `shape` (a tuple type).

    Raises:
        Invalid: The cursor was not made by this list.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=shape)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Invalid(
            "This cursor does not belong to this list; start again without it.",
            field="cursor",
        ) from error


def page_of(rows: list[T], limit: int, key: Any) -> tuple[list[T], str | None]:
    """Cut `limit + 1` fetched rows to a page.

    Args:
        rows: Up to one row more than asked for.
        limit: The size of a page.
        key: Function of a row that gives its sort key as a tuple.
    """
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode_cursor(*key(rows[limit - 1]))
