"""Custom fields: what administrators define, and the values that incidents have."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.service import check_version, save_named
from tracker.db import Executor, fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Invalid, NotFound, Problem
from tracker.incidents import models, schemas
from tracker.incidents.schemas import CustomField, FieldRequired, FieldType
from tracker.paging import Page
from tracker.security import Identity

# Retired ones among them: each new incident is held against all.
MOST_FIELDS = 100
CHOOSING = (FieldType.CHOICE, FieldType.CHOICES)

Values = dict[str, Any]

# --- Values ---------------------------------------------------------------------------

MAX_TEXT = 500
MAX_LINK = 2000
# Beyond this one a number is not exact in a browser.
MAX_NUMBER = 10**15


def _text(field: CustomField, value: Any) -> str:
    text = value.strip() if isinstance(value, str) else None
    if text is None or len(text) > MAX_TEXT:
        raise ValueError(f"Write a text of at most {MAX_TEXT} characters.")
    return text


def _number(field: CustomField, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("Write a number.")
    number: int | float = value
    if abs(number) > MAX_NUMBER:
        raise ValueError("Write a number between -10^15 and 10^15.")
    return number


def _date(field: CustomField, value: Any) -> str:
    message = "Write a date such as 2026-03-31."
    if not isinstance(value, str) or len(value) != len("2026-03-31"):
        raise ValueError(message)
    try:
        return dt.date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(message) from None


def _boolean(field: CustomField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Say true or false.")
    return value


def _choice(field: CustomField, value: Any) -> str:
    if not isinstance(value, str) or value not in field.options:
        raise ValueError(f"Choose one of {', '.join(field.options)}.")
    return value


def _choices(field: CustomField, value: Any) -> list[str]:
    if not isinstance(value, list) or set(value) - set(field.options):
        raise ValueError(f"Choose among {', '.join(field.options)}.")
    return [option for option in field.options if option in value]


def _link(field: CustomField, value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        return ""
    message = "Write an address that begins with https:// or http://."
    if len(text) > MAX_LINK or re.search(r"\s", text):
        raise ValueError(message)
    try:
        address = urlsplit(text)
    except ValueError:
        raise ValueError(message) from None
    if address.scheme not in ("https", "http") or not address.netloc:
        raise ValueError(message)
    return text


_READERS: dict[FieldType, Callable[[CustomField, Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.LINK: _link,
}
_NOTHING: tuple[Any, ...] = ("", [])


def _read(field: CustomField, value: Any, before: Any = None) -> Any:
    """A value as it is kept; None is no value.

    Args:
        field: Which field it is of.
        value: As it was given.
        before: The value until now, whose options may be gone and can still be kept.

    Raises:
        ValueError: It is none of this field; the words say what would be.
    """
    if value is None or value == before:
        return value
    if field.type in CHOOSING and before is not None:
        kept = before if isinstance(before, list) else [before]
        options = [*field.options, *(o for o in kept if o not in field.options)]
        field = msgspec.structs.replace(field, options=options)
    read = _READERS[field.type](field, value)
    return None if read in _NOTHING and not isinstance(read, bool) else read


def _refusal(problems: Sequence[Problem]) -> Invalid:
    return Invalid(problems[0].message, problems=tuple(problems))


def _problem(key: str, words: str) -> Problem:
    return Problem("invalid", words, f"fields.{key}")


def _missing(field: CustomField, when: str) -> Problem:
    words = f"“{field.name}” is required{when}."
    return Problem("field_required", words, f"fields.{field.key}")


# --- What is in force -----------------------------------------------------------------


class InForce(NamedTuple):
    """The fields that there are, and the revision that they are of."""

    revision: int
    fields: tuple[CustomField, ...]

    def among(self, identity: Identity) -> dict[str, CustomField]:
        """Those that the caller may see and give values to, by key."""
        return {
            field.key: field
            for field in self.fields
            if field.is_active and _is_seen(identity, field)
        }


# Of the last time that this process asked.
_remembered: list[InForce] = []

# Only grows, as each change of a field adds to its version.
REVISION = "(SELECT coalesce(sum(version), 0) FROM custom_fields)"


async def in_force(session: Executor, *, remembered: bool = False) -> InForce:
    """The fields of incidents, in their order.

    Args:
        session: Where to ask.
        remembered: Those of the last time that this process asked will do.
    """
    if not remembered or not _remembered:
        rows = await fetch_all(
            session, "SELECT * FROM custom_fields ORDER BY position, id"
        )
        found = tuple(_as_field(row) for row in rows)
        _remembered[:] = [InForce(sum(row.version for row in rows), found)]
    return _remembered[0]


def _is_seen(identity: Identity, field: CustomField) -> bool:
    return identity.is_agent or field.visible_to_reporters


async def for_new(
    session: Executor, identity: Identity, given: Values, *, remembered: bool
) -> tuple[InForce, Values]:
    """The values of a new incident, with defaults, by the fields that are in force.

    Raises:
        Invalid: A value is wrong, or one is missing.
    """
    known = await in_force(session, remembered=remembered)
    try:
        return known, _new_values(known, identity, given)
    except Invalid:
        if not remembered:
            raise
        # What this process remembers may be what is wrong.
        return await for_new(session, identity, given, remembered=False)


def _new_values(known: InForce, identity: Identity, given: Values) -> Values:
    mine = known.among(identity)
    read = _read_all(mine, given, {})
    values = {
        field.key: field.default
        for field in known.fields
        if field.is_active and field.default is not None and field.key not in given
    } | {key: value for key, value in read.items() if value is not None}
    missing = [
        _missing(field, "")
        for key, field in mine.items()
        if field.required is FieldRequired.CREATED and key not in values
    ]
    if missing:
        raise _refusal(missing)
    return values


def _read_all(
    fields: Mapping[str, CustomField], given: Values, before: Values
) -> Values:
    """Values as they are kept; None clears.

    Raises:
        Invalid: There is no such field, or the value is none of it.
    """
    read: Values = {}
    problems = []
    for key, value in given.items():
        if (field := fields.get(key)) is None:
            problems.append(_problem(key, f"There is no field “{key}”."))
            continue
        try:
            read[key] = _read(field, value, before.get(key))
        except ValueError as error:
            problems.append(_problem(key, f"{field.name}: {error}"))
    if problems:
        raise _refusal(problems)
    return read


async def checked(session: Executor, given: Values, before: Values) -> Values:
    """Values for a template: right, but none is required.

    Raises:
        Invalid: There is no such field, or the value is none of it.
    """
    known = await in_force(session)
    fields = {field.key: field for field in known.fields if field.is_active}
    read = _read_all(fields, given, before)
    return {key: value for key, value in read.items() if value is not None}


class ValueChange(NamedTuple):
    """A value that becomes another one."""

    field: CustomField
    before: Any
    after: Any


async def changes(
    session: Executor, identity: Identity, before: Values, given: Values, *, done: bool
) -> list[ValueChange]:
    """What giving values to an incident changes.

    Args:
        session: Where to ask.
        identity: Who gives them.
        before: The values that the incident has.
        given: The new ones; None clears.
        done: It is resolved, so that it keeps what that requires.

    Raises:
        Invalid: A value is wrong, or one that is required would be gone.
    """
    mine = (await in_force(session)).among(identity)
    read = _read_all(mine, given, before)
    found = [
        ValueChange(mine[key], before.get(key), value)
        for key, value in read.items()
        if value != before.get(key)
    ]
    needed = {FieldRequired.CREATED} | ({FieldRequired.RESOLVED} if done else set())
    missing = [
        _missing(change.field, "")
        for change in found
        if change.after is None and change.field.required in needed
    ]
    if missing:
        raise _refusal(missing)
    return found


async def check_resolvable(session: Executor, values: Values) -> None:
    """Refuse to resolve what lacks a value that resolving requires.

    Raises:
        Invalid: With each field that is missing.
    """
    missing = [
        _missing(field, " to resolve")
        for field in (await in_force(session)).fields
        if field.is_active
        and field.required is FieldRequired.RESOLVED
        and field.key not in values
    ]
    if missing:
        raise _refusal(missing)


# --- In SQL ---------------------------------------------------------------------------


def seen(identity: Identity) -> str:
    """SQL of the values of an incident `i` that the caller may see."""
    if identity.is_agent:
        return "i.fields"
    return (
        "(SELECT coalesce(jsonb_object_agg(v.key, v.value), '{}')"
        " FROM jsonb_each(i.fields) v JOIN custom_fields f ON f.key = v.key"
        " WHERE f.visible_to_reporters)"
    )


def visible(known: InForce, identity: Identity, values: Values) -> Values:
    """Of values, those that the caller may see."""
    shown = {field.key for field in known.fields if _is_seen(identity, field)}
    return {key: value for key, value in values.items() if key in shown}


async def check_known(
    session: Executor, identity: Identity, keys: Collection[str]
) -> None:
    """Refuse a filter by a field that there is not, or not for the caller.

    Raises:
        Invalid: With the filter that is wrong.
    """
    for key in keys:
        found = await fetch_one(
            session,
            "SELECT key FROM custom_fields WHERE key = :key"
            " AND (:agent OR visible_to_reporters)",
            key=key,
            agent=identity.is_agent,
        )
        if found is None:
            raise Invalid(f"There is no field “{key}”.", field=f"field.{key}")


_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?", re.ASCII)
_WORDS = {"yes": True, "true": True, "no": False, "false": False}


def conditions(
    identity: Identity, filters: Mapping[str, Sequence[str]]
) -> tuple[list[str], dict[str, Any]]:
    """What incidents `i` must meet to have one of the values of each field.

    A text stands for whatever it can be a value of, so that nothing has to be looked
    up; each alternative is a look into one index. A field that is hidden by now finds
    nothing.
    """
    where: list[str] = []
    parameters: dict[str, Any] = {}
    for place, (key, texts) in enumerate(filters.items()):
        name = f"field_{place}"
        parameters[name] = [
            msgspec.json.encode({key: value}).decode()
            for text in texts
            for value in _meanings(text)
        ]
        # The index is for incidents that have values at all.
        where.append(
            f"(i.fields <> '{{}}' AND i.fields @> ANY(CAST(:{name} AS jsonb[])))"
        )
        if not identity.is_agent:
            parameters[f"{name}_key"] = key
            where.append(
                f"EXISTS (SELECT FROM custom_fields WHERE key = :{name}_key"
                " AND visible_to_reporters)"
            )
    return where, parameters


def _meanings(text: str) -> Iterable[Any]:
    yield text
    yield [text]
    if _NUMBER.fullmatch(text):
        yield msgspec.Raw(text.encode())
    if text.lower() in _WORDS:
        yield _WORDS[text.lower()]


# --- Definitions ----------------------------------------------------------------------

_THING = "an active field"


class FieldService(SQLAlchemyAsyncRepositoryService[models.CustomField]):
    """Fields: defining, changing and retiring them."""

    class Repo(SQLAlchemyAsyncRepository[models.CustomField]):
        """Rows of `custom_fields`."""

        model_type = models.CustomField

    repository_type = Repo

    async def all(self, identity: Identity) -> Page[CustomField]:
        """Every field that the caller sees, in order; their number is bounded."""
        known = await in_force(self._session)
        return Page([field for field in known.fields if _is_seen(identity, field)])

    async def define(
        self, data: schemas.CustomFieldCreate, now: dt.datetime
    ) -> CustomField:
        """A new field, the last on the list.

        Raises:
            Conflict: The key or name is taken, or the list is full.
            Invalid: The options or the default are none of its type.
        """
        others = await self._locked()
        if len(others) >= MOST_FIELDS:
            raise Conflict(
                f"There are {MOST_FIELDS} fields, the retired ones among them; that is"
                " the most.",
                code="too_many_fields",
            )
        if any(other.key == data.key for other in others):
            raise Conflict(
                f"There is a field with the key {data.key} already.",
                code="key_taken",
                field="key",
            )
        row = models.CustomField(
            id=new_id(),
            key=data.key,
            name=data.name.strip(),
            type=data.type,
            options=_options(data.type, data.options),
            required=data.required,
            default_value=data.default,
            help=data.help.strip(),
            visible_to_reporters=data.visible_to_reporters,
            position=max((other.position for other in others), default=-1) + 1,
            version=1,
            created_at=now,
            updated_at=now,
        )
        row.default_value = _default(row)
        await save_named(self._session, row, _THING)
        return _as_field(row)

    async def change(
        self,
        key: str,
        data: schemas.CustomFieldUpdate,
        version: int | None,
        now: dt.datetime,
    ) -> CustomField:
        """Change a field, or its place.

        Raises:
            NotFound: There is none with this key.
            Conflict: The name is taken, or the change is based on an older version.
            Invalid: The options or the default are none of its type.
        """
        rows = await self._locked()
        row = _with_key(rows, key)
        check_version(row.version, version, row.name)
        for name in ("name", "help"):
            if isinstance(text := getattr(data, name), str):
                setattr(row, name, text.strip())
        for name in ("required", "visible_to_reporters"):
            if (value := getattr(data, name)) is not UNSET:
                setattr(row, name, value)
        if data.default is not UNSET:
            row.default_value = data.default
        if isinstance(data.options, list):
            row.options = _options(FieldType(row.type), data.options)
        row.default_value = _default(row)
        if isinstance(data.is_active, bool):
            row.retired_at = None if data.is_active else row.retired_at or now
        if isinstance(data.position, int):
            _move(rows, row, data.position)
        row.version += 1
        row.updated_at = now
        await save_named(self._session, row, _THING)
        return _as_field(row)

    async def retire(self, key: str, now: dt.datetime) -> None:
        """Take a field out of use; incidents keep its values."""
        await self.change(key, schemas.CustomFieldUpdate(is_active=False), None, now)

    @property
    def _session(self) -> AsyncSession:
        session: AsyncSession = self.repository.session
        return session

    async def _locked(self) -> list[models.CustomField]:
        rows = await self._session.scalars(
            select(models.CustomField)
            .order_by(models.CustomField.position, models.CustomField.id)
            .with_for_update()
        )
        return list(rows)


def _with_key(rows: Iterable[models.CustomField], key: str) -> models.CustomField:
    row = next((row for row in rows if row.key == key), None)
    if row is None:
        raise NotFound("There is no such field.")
    return row


def _move(
    rows: Sequence[models.CustomField], row: models.CustomField, place: int
) -> None:
    """Put a field at a place, and the others around it."""
    others = [other for other in rows if other is not row]
    others.insert(place, row)
    for position, other in enumerate(others):
        other.position = position


def _options(kind: FieldType, given: Sequence[str]) -> list[str]:
    options = list(dict.fromkeys(option.strip() for option in given))
    if kind in CHOOSING and not options:
        raise Invalid("Name at least one option to choose.", field="options")
    if kind not in CHOOSING and options:
        raise Invalid("Only choices have options.", field="options")
    return options


def _default(row: models.CustomField) -> Any:
    """The default as it is kept.

    Raises:
        Invalid: It is no value of the field.
    """
    try:
        return _read(_as_field(row), row.default_value)
    except ValueError as error:
        raise Invalid(str(error), field="default") from error


def _as_field(row: Any) -> CustomField:
    return CustomField(
        key=row.key,
        name=row.name,
        type=FieldType(row.type),
        options=row.options,
        required=FieldRequired(row.required),
        default=row.default_value,
        help=row.help,
        visible_to_reporters=row.visible_to_reporters,
        position=row.position,
        is_active=row.retired_at is None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )
