"""The filters of a list as texts: what the address of the queue holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

from tracker.errors import Invalid
from tracker.incidents import periods
from tracker.incidents.listing import Filters
from tracker.incidents.schemas import SlaFilter
from tracker.incidents.workflow import Priority, Status


def _team(text: str) -> UUID | Literal["none"]:
    return "none" if text == "none" else UUID(text)


# What the values of each are; “me” and “none” of an assignee are read later.
_KNOWN: dict[str, Callable[[str], Any]] = {
    "status": Status,
    "priority": Priority,
    "assignee": str,
    "team": _team,
    "organization": UUID,
    "tag": str,
    "sla": SlaFilter,
}


# In an address the key of a custom field stands behind this.
_FIELD = re.compile(r"field\.([a-z][a-z0-9_]{0,39})", re.ASCII)
_LONGEST = 1000
_MOST_FIELDS = 10


def field_texts(query: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The filters by custom fields among the parameters of a list.

    Raises:
        Invalid: One is not a key, too long, or there are too many.
    """
    found: dict[str, str] = {}
    for name, text in query:
        if not name.startswith("field."):
            continue
        match = _FIELD.fullmatch(name)
        if match is None:
            raise Invalid("Write field.key=value, with the key of a field.", field=name)
        if len(text) > _LONGEST:
            raise Invalid(f"At most {_LONGEST} characters.", field=name)
        found[match[1]] = text
    if len(found) > _MOST_FIELDS:
        raise Invalid(f"Filter by at most {_MOST_FIELDS} fields.", field="field")
    return found


def read_filters(
    q: str | None = None,
    created: str | None = None,
    fields: Mapping[str, str] | None = None,
    **texts: str | None,
) -> Filters:
    """Filters from their texts, each with one or several values, by comma.

    Raises:
        Invalid: A value is not among the known ones.
    """
    return Filters(
        q=q,
        created=_period(created),
        fields={
            key: values
            for key, text in (fields or {}).items()
            if (values := _several(text, f"field.{key}", str))
        },
        **{
            field: _several(text, field, _KNOWN[field]) for field, text in texts.items()
        },
    )


def _period(text: str | None) -> periods.Period | None:
    try:
        return periods.parse(text) if text else None
    except ValueError as error:
        raise Invalid(f"{error}; {periods.HINT}.", field="created") from error


def _several(text: str | None, field: str, known: Callable[[str], Any]) -> list[Any]:
    values = [value.strip() for value in (text or "").split(",") if value.strip()]
    try:
        return [known(value) for value in values]
    except ValueError as error:
        options = ", ".join(getattr(known, "__members__", {}).values())
        hint = f"; use {options}" if options else ""
        raise Invalid(f"{error}{hint}.", field=field) from error
