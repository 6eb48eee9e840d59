"""Templates: what new incidents of some kind begin with."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.models import Team
from tracker.accounts.service import check_version, save_named
from tracker.db import new_id
from tracker.errors import Conflict, Invalid, NotFound
from tracker.incidents import fields, models, schemas
from tracker.incidents.service import unique_tags
from tracker.incidents.workflow import Priority
from tracker.paging import Page
from tracker.security import Identity

# All of them are offered whenever an incident is created.
MOST_TEMPLATES = 200

_Template = models.IncidentTemplate
_THING = "a template"


class TemplateService(SQLAlchemyAsyncRepositoryService[models.IncidentTemplate]):
    """Templates: finding, writing and ordering them."""

    class Repo(SQLAlchemyAsyncRepository[models.IncidentTemplate]):
        """Rows of `incident_templates`."""

        model_type = models.IncidentTemplate

    repository_type = Repo

    async def all(self, identity: Identity) -> Page[schemas.IncidentTemplate]:
        """Every template that the caller may use, in order; their number is bounded.

        Reporters get what they may set themselves: no team and no hidden field.
        """
        query = (
            select(_Template, Team.name)
            .outerjoin(Team, (Team.id == _Template.team_id) & Team.deleted_at.is_(None))
            .where(_Template.deleted_at.is_(None))
            .order_by(_Template.position, _Template.id)
            .limit(MOST_TEMPLATES)
        )
        if not identity.is_agent:
            query = query.where(_Template.for_reporters)
        rows = (await self._session.execute(query)).tuples().all()
        known = await fields.in_force(self._session)
        templates = [_as_template(row, team) for row, team in rows]
        for template in templates:
            mine = known.among(identity)
            template.fields = {
                key: value for key, value in template.fields.items() if key in mine
            }
            if not identity.is_agent:
                template.team = None
        return Page(templates)

    async def save(
        self, data: schemas.IncidentTemplateCreate, now: dt.datetime
    ) -> schemas.IncidentTemplate:
        """A new template, the last on the list.

        Raises:
            Conflict: The name is taken, or the list is full.
            Invalid: There is no such team or field, or a value is none of its field.
        """
        others = await self._locked()
        if len(others) >= MOST_TEMPLATES:
            raise Conflict(
                f"There are {MOST_TEMPLATES} templates already. Delete one first.",
                code="too_many_templates",
            )
        row = _Template(
            id=new_id(),
            name=data.name.strip(),
            title=data.title.strip(),
            description=data.description,
            priority=data.priority,
            team_id=data.team_id,
            tags=unique_tags(data.tags),
            fields=await fields.checked(self._session, data.fields, {}),
            for_reporters=data.for_reporters,
            position=max((other.position for other in others), default=-1) + 1,
            version=1,
            created_at=now,
            updated_at=now,
        )
        team = await self._team(row.team_id)
        await save_named(self._session, row, _THING)
        return _as_template(row, team)

    async def change(
        self,
        template_id: UUID,
        data: schemas.IncidentTemplateUpdate,
        version: int | None,
        now: dt.datetime,
    ) -> schemas.IncidentTemplate:
        """Change a template, or its place.

        Raises:
            NotFound: There is none with this id.
            Conflict: The name is taken, or the change is based on an older version.
            Invalid: There is no such team or field, or a value is none of its field.
        """
        rows = await self._locked()
        row = _with_id(rows, template_id)
        check_version(row.version, version, row.name)
        for name, value in _given(data).items():
            setattr(row, name, value)
        if isinstance(data.fields, dict):
            row.fields = await fields.checked(self._session, data.fields, row.fields)
        if isinstance(data.position, int):
            others = [other for other in rows if other is not row]
            others.insert(data.position, row)
            for position, other in enumerate(others):
                other.position = position
        team = await self._team(row.team_id)
        row.version += 1
        row.updated_at = now
        await save_named(self._session, row, _THING)
        return _as_template(row, team)

    async def remove(self, template_id: UUID, now: dt.datetime) -> None:
        """Take a template out of sight; incidents made from it stay as they are.

        Raises:
            NotFound: There is none with this id.
        """
        row = _with_id(await self._locked(), template_id)
        row.deleted_at = now
        await self._session.flush()

    @property
    def _session(self) -> AsyncSession:
        session: AsyncSession = self.repository.session
        return session

    async def _locked(self) -> list[models.IncidentTemplate]:
        rows = await self._session.scalars(
            select(_Template)
            .where(_Template.deleted_at.is_(None))
            .order_by(_Template.position, _Template.id)
            .with_for_update()
        )
        return list(rows)

    async def _team(self, team_id: UUID | None) -> str | None:
        if team_id is None:
            return None
        name: str | None = await self._session.scalar(
            select(Team.name).where(Team.id == team_id, Team.deleted_at.is_(None))
        )
        if name is None:
            raise Invalid("There is no such team.", field="team_id")
        return name


def _given(data: schemas.IncidentTemplateUpdate) -> dict[str, Any]:
    """What a change says of columns that are written as they are."""
    given: dict[str, Any] = {}
    for name in ("name", "title"):
        if isinstance(text := getattr(data, name), str):
            given[name] = text.strip()
    for name in ("description", "priority", "team_id", "for_reporters"):
        if (value := getattr(data, name)) is not UNSET:
            given[name] = value
    if isinstance(data.tags, list):
        given["tags"] = unique_tags(data.tags)
    return given


def _with_id(
    rows: list[models.IncidentTemplate], template_id: UUID
) -> models.IncidentTemplate:
    row = next((row for row in rows if row.id == template_id), None)
    if row is None:
        raise NotFound("There is no such template.")
    return row


def _as_template(
    row: models.IncidentTemplate, team: str | None
) -> schemas.IncidentTemplate:
    return schemas.IncidentTemplate(
        id=row.id,
        name=row.name,
        title=row.title,
        description=row.description,
        priority=Priority(row.priority) if row.priority else None,
        team=schemas.TeamRef(row.team_id, team) if row.team_id and team else None,
        tags=row.tags,
        fields=row.fields,
        for_reporters=row.for_reporters,
        position=row.position,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )
