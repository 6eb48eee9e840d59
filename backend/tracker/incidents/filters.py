"""The filters of a list as texts: what the address of the queue holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tracker.errors import Invalid
from tracker.incidents.listing import Filters
from tracker.incidents.schemas import SlaFilter
from tracker.incidents.workflow import Priority, Status

# What the values of each are; “me” and “none” of an assignee are read later.
_KNOWN: dict[str, Callable[[str], Any]] = {
    "status": Status,
    "priority": Priority,
    "assignee": str,
    "team": UUID,
    "organization": UUID,
    "tag": str,
    "sla": SlaFilter,
}


def read_filters(q: str | None = None, **texts: str | None) -> Filters:
    """Filters from their texts, each with one or several values, by comma.

    Raises:
        Invalid: A value is not among the known ones.
    """
    return Filters(
        q=q,
        **{
            field: _several(text, field, _KNOWN[field]) for field, text in texts.items()
        },
    )


def _several(text: str | None, field: str, known: Callable[[str], Any]) -> list[Any]:
    values = [value.strip() for value in (text or "").split(",") if value.strip()]
    try:
        return [known(value) for value in values]
    except ValueError as error:
        options = ", ".join(getattr(known, "__members__", {}).values())
        hint = f"; use {options}" if options else ""
        raise Invalid(f"{error}{hint}.", field=field) from error
