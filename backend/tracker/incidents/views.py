"""Saved views of the queue, and how many incidents each holds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.models import User
from tracker.accounts.schemas import UserRef
from tracker.accounts.service import check_version, save_named
from tracker.db import fetch_all, new_id
from tracker.errors import Conflict, Forbidden, NotFound
from tracker.incidents import fields as custom
from tracker.incidents import models, schemas
from tracker.incidents.filters import read_filters
from tracker.incidents.listing import Filters, clocks_for, conditions
from tracker.incidents.workflow import Status
from tracker.paging import Page
from tracker.security import Identity

# All of them are in the rail, and each costs a count.
MOST_OWN = 30
MOST_SHARED = 30
# A rail needs no figure beyond this one, and the count stops there.
COUNT_LIMIT = 1000

_UNRESOLVED = (Status.OPEN, Status.IN_PROGRESS)
# The views that everybody has; the pages know them by these names.
DEFAULT_VIEWS = {
    "mine": Filters(status=_UNRESOLVED, assignee=["me"]),
    "unassigned": Filters(status=_UNRESOLVED, assignee=["none"]),
    "at-risk": Filters(status=_UNRESOLVED, sla=["at_risk"]),
    "breached": Filters(status=_UNRESOLVED, sla=["breached"]),
    "paused": Filters(status=_UNRESOLVED, sla=["paused"]),
    "open": Filters(status=_UNRESOLVED),
    "resolved": Filters(status=[Status.RESOLVED]),
}

_View = models.SavedView


class ViewService(SQLAlchemyAsyncRepositoryService[models.SavedView]):
    """Views: of one's own, and those that agents share."""

    class Repo(SQLAlchemyAsyncRepository[models.SavedView]):
        """Rows of `saved_views`."""

        model_type = models.SavedView

    repository_type = Repo

    async def all(self, identity: Identity) -> Page[schemas.View]:
        """Every view that the caller sees, in order; their number is bounded."""
        rows = await self._session.execute(
            select(_View, User.name)
            .join(User, User.id == _View.owner_id)
            .where(_View.deleted_at.is_(None), _seen_by(identity))
            .order_by(_View.shared.desc(), _View.position, _View.id)
            .limit(MOST_OWN + MOST_SHARED)
        )
        return Page([_as_view(view, owner) for view, owner in rows.tuples()])

    async def save(
        self, identity: Identity, data: schemas.ViewCreate, now: dt.datetime
    ) -> schemas.View:
        """Keep a view, at the end of its like."""
        await self._check_filters(identity, data.filters, now)
        if data.shared:
            _check_may_share(identity)
        view = _View(
            id=new_id(),
            owner_id=identity.user_id,
            name=data.name.strip(),
            filters=msgspec.to_builtins(data.filters),
            sort=data.sort,
            shared=data.shared,
            position=await self._end(identity.user_id, shared=data.shared),
            version=1,
            created_at=now,
            updated_at=now,
        )
        await save_named(self._session, view, "a view of yours")
        return _as_view(view, identity.name)

    async def change(
        self,
        identity: Identity,
        view_id: UUID,
        data: schemas.ViewUpdate,
        version: int | None,
        now: dt.datetime,
    ) -> schemas.View:
        """Change a view, or its place."""
        view, owner = await self._changeable(identity, view_id)
        check_version(view.version, version, view.name)
        if isinstance(data.name, str):
            view.name = data.name.strip()
        if isinstance(data.filters, schemas.ViewFilters):
            await self._check_filters(identity, data.filters, now)
            view.filters = msgspec.to_builtins(data.filters)
        if isinstance(data.sort, schemas.Sort):
            view.sort = data.sort
        if isinstance(data.shared, bool) and data.shared != view.shared:
            if data.shared:
                _check_may_share(identity)
            view.position = await self._end(view.owner_id, shared=data.shared)
            view.shared = data.shared
        if isinstance(data.position, int):
            await self._move(view, data.position)
        view.version += 1
        view.updated_at = now
        await save_named(self._session, view, "a view of yours")
        return _as_view(view, owner)

    async def remove(self, identity: Identity, view_id: UUID, now: dt.datetime) -> None:
        """Take a view out of sight."""
        view, _ = await self._changeable(identity, view_id)
        view.deleted_at = now
        await self._session.flush()

    async def restore(
        self, identity: Identity, view_id: UUID, now: dt.datetime
    ) -> schemas.View:
        """Bring a deleted view back to its place."""
        view, owner = await self._changeable(identity, view_id, deleted=True)
        await self._end(view.owner_id, shared=view.shared)
        view.deleted_at = None
        view.updated_at = now
        await save_named(self._session, view, "a view of yours")
        return _as_view(view, owner)

    async def counts(self, identity: Identity, now: dt.datetime) -> schemas.ViewCounts:
        """How many incidents each view holds, of those that the caller may see."""
        rows = await self._session.execute(
            select(_View.id, _View.filters)
            .where(_View.deleted_at.is_(None), _seen_by(identity))
            .order_by(_View.shared.desc(), _View.position, _View.id)
            .limit(MOST_OWN + MOST_SHARED)
        )
        views = {
            **DEFAULT_VIEWS,
            **{str(id_): read_filters(**filters) for id_, filters in rows.tuples()},
        }
        statement, parameters = _counting(identity, list(views.values()), now)
        found = await fetch_all(self._session, statement, **parameters)
        counts = {row.place: row.found for row in found}
        return schemas.ViewCounts(
            {name: counts[place] for place, name in enumerate(views)}, COUNT_LIMIT
        )

    @property
    def _session(self) -> AsyncSession:
        session: AsyncSession = self.repository.session
        return session

    async def _check_filters(
        self, identity: Identity, filters: schemas.ViewFilters, now: dt.datetime
    ) -> None:
        """Refuse what the list of incidents would refuse."""
        read = read_filters(**msgspec.to_builtins(filters))
        conditions(identity, read, now)
        await custom.check_known(self._session, identity, read.fields)

    async def _changeable(
        self, identity: Identity, view_id: UUID, *, deleted: bool = False
    ) -> tuple[models.SavedView, str]:
        """A view that the caller may change, locked, and its owner's name.

        Raises:
            NotFound: There is none that the caller sees.
            Forbidden: It is shared by somebody else.
        """
        row = (
            await self._session.execute(
                select(_View, User.name)
                .join(User, User.id == _View.owner_id)
                .where(_View.id == view_id, _seen_by(identity))
                .with_for_update(of=_View, key_share=True)
            )
        ).one_or_none()
        if row is None or (row[0].deleted_at is not None) != deleted:
            raise NotFound("There is no such view.")
        view, owner = row
        if view.owner_id != identity.user_id and not identity.is_manager:
            raise Forbidden(
                f"This view belongs to {owner}. Ask them or a manager to change it, or"
                " save one of your own."
            )
        return view, owner

    async def _end(self, owner_id: UUID, *, shared: bool) -> int:
        """The place after the last of its like.

        Raises:
            Conflict: There are as many as there may be.
        """
        row = await self._session.execute(
            select(func.count(), func.max(_View.position)).where(
                _View.deleted_at.is_(None), _alike(owner_id, shared=shared)
            )
        )
        count, last = row.one()
        most = MOST_SHARED if shared else MOST_OWN
        if count >= most:
            kind = "shared views" if shared else "views of your own"
            raise Conflict(
                f"There are {most} {kind} already. Delete one first.",
                code="too_many_views",
            )
        return 0 if last is None else last + 1

    async def _move(self, view: models.SavedView, place: int) -> None:
        """Put a view at a place among its like, and the others around it."""
        others = await self._session.scalars(
            select(_View)
            .where(
                _View.deleted_at.is_(None),
                _View.id != view.id,
                _alike(view.owner_id, shared=view.shared),
            )
            .order_by(_View.position, _View.id)
            .with_for_update(key_share=True)
        )
        rows = list(others)
        rows.insert(place, view)
        for position, row in enumerate(rows):
            row.position = position


def _seen_by(identity: Identity) -> ColumnElement[bool]:
    own = _View.owner_id == identity.user_id
    return or_(own, _View.shared) if identity.is_agent else own


def _alike(owner_id: UUID, *, shared: bool) -> ColumnElement[bool]:
    """Those among which a view has its place."""
    if shared:
        return _View.shared.is_(True)
    return (_View.owner_id == owner_id) & ~_View.shared


def _check_may_share(identity: Identity) -> None:
    if not identity.is_agent:
        raise Forbidden("Only agents can share views. Save it for yourself.")


def _as_view(row: models.SavedView, owner: str) -> schemas.View:
    return schemas.View(
        id=row.id,
        name=row.name,
        filters=msgspec.convert(row.filters, schemas.ViewFilters),
        sort=schemas.Sort(row.sort),
        shared=row.shared,
        position=row.position,
        owner=UserRef(row.owner_id, owner),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def _counting(
    identity: Identity, views: Sequence[Filters], now: dt.datetime
) -> tuple[str, dict[str, Any]]:
    """One statement that counts all views, each as far as the limit."""
    parts, parameters = [], {}
    for place, filters in enumerate(views):
        where, values = conditions(identity, filters, now)
        condition = " AND ".join(where)
        # Most views ask nothing of the clocks, and the join would double the work.
        clocks = clocks_for(condition)
        # Each with parameters of its own.
        for name, value in values.items():
            condition = re.sub(rf"(?<![:\w]):{name}\b", f":{name}_{place}", condition)
            parameters[f"{name}_{place}"] = value
        parts.append(
            f"SELECT {place} AS place, count(*) AS found FROM (SELECT FROM incidents i"
            f"{clocks} WHERE {condition} LIMIT {COUNT_LIMIT}) at_most"
        )
    return " UNION ALL ".join(parts), parameters
