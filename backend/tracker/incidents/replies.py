"""Canned replies: words that agents need again and again."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from msgspec import UnsetType
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts.service import check_version, escape_like
from tracker.db import fetch_all, fetch_one, new_id
from tracker.errors import Conflict, Invalid, NotFound
from tracker.incidents import models, schemas
from tracker.incidents.schemas import Placeholder
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import Identity

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")

# Managers keep them for every team; others use those of everybody and of their teams.
_SEEN = """
  FROM canned_replies r LEFT JOIN teams t ON t.id = r.team_id
 WHERE r.deleted_at IS NULL AND (:sees_all OR r.team_id IS NULL OR EXISTS (
         SELECT FROM team_members m WHERE m.team_id = r.team_id AND m.user_id = :me))
"""
_COLUMNS = """
SELECT r.id, r.title, r.body, r.team_id, t.name AS team_name, r.created_at,
       r.updated_at, r.version
"""


def placeholders_in(body: str) -> list[Placeholder]:
    """The placeholders of a text, each once.

    Raises:
        Invalid: One of them is none.
    """
    found = []
    for match in _PLACEHOLDER.finditer(body):
        try:
            found.append(Placeholder(match[1].strip()))
        except ValueError:
            known = ", ".join(f"{{{{{one}}}}}" for one in Placeholder)
            raise Invalid(
                f"There is no placeholder {match[0][:60]}. Use one of these: {known}.",
                code="unknown_placeholder",
                field="body",
            ) from None
    return list(dict.fromkeys(found))


class CannedReplyService(SQLAlchemyAsyncRepositoryService[models.CannedReply]):
    """Canned replies: of everybody, and of teams."""

    class Repo(SQLAlchemyAsyncRepository[models.CannedReply]):
        """Rows of `canned_replies`."""

        model_type = models.CannedReply

    repository_type = Repo

    async def page(
        self, identity: Identity, *, limit: int, cursor: str | None, q: str | None
    ) -> Page[schemas.CannedReply]:
        """Those that the caller uses, by title; `q` is part of title or body."""
        where, parameters = "", _viewer(identity)
        if q:
            where += " AND (r.title ILIKE :q OR r.body ILIKE :q)"
            parameters["q"] = f"%{escape_like(q)}%"
        if cursor:
            where += " AND r.title > CAST(:after AS citext)"
            (parameters["after"],) = decode_cursor(cursor, tuple[str])
        rows, next_cursor = page_of(
            await fetch_all(
                self._session,
                f"{_COLUMNS}{_SEEN}{where} ORDER BY r.title LIMIT :limit",
                **parameters,
                limit=limit + 1,
            ),
            limit,
            lambda row: (row.title,),
        )
        return Page([_as_reply(row) for row in rows], next_cursor)

    async def find(self, identity: Identity, reply_id: UUID) -> schemas.CannedReply:
        """One that the caller uses.

        Raises:
            NotFound: There is none, or it is another team's.
        """
        row = await fetch_one(
            self._session,
            f"{_COLUMNS}{_SEEN} AND r.id = :id",
            **_viewer(identity),
            id=reply_id,
        )
        if row is None:
            raise _no_such_reply()
        return _as_reply(row)

    async def keep(
        self, identity: Identity, data: schemas.CannedReplyCreate, now: dt.datetime
    ) -> schemas.CannedReply:
        """Keep words for later."""
        placeholders_in(data.body)
        await self._check_team(data.team_id)
        reply = models.CannedReply(
            id=new_id(),
            title=data.title.strip(),
            body=data.body,
            team_id=data.team_id,
            version=1,
            created_at=now,
            updated_at=now,
        )
        await self._save(reply)
        return await self.find(identity, reply.id)

    async def change(
        self,
        identity: Identity,
        reply_id: UUID,
        data: schemas.CannedReplyUpdate,
        version: int | None,
        now: dt.datetime,
    ) -> schemas.CannedReply:
        """Change the words, or whose they are."""
        reply = await self._locked(reply_id)
        check_version(reply.version, version, f"The reply {reply.title}")
        if isinstance(data.title, str):
            reply.title = data.title.strip()
        if isinstance(data.body, str):
            placeholders_in(data.body)
            reply.body = data.body
        if not isinstance(data.team_id, UnsetType) and data.team_id != reply.team_id:
            await self._check_team(data.team_id)
            reply.team_id = data.team_id
        reply.version += 1
        reply.updated_at = now
        await self._save(reply)
        return await self.find(identity, reply.id)

    async def remove(self, reply_id: UUID, now: dt.datetime) -> None:
        """Take one out of sight; what was said with it stays said."""
        reply = await self._locked(reply_id)
        reply.deleted_at = now
        await self._session.flush()

    @property
    def _session(self) -> AsyncSession:
        session: AsyncSession = self.repository.session
        return session

    async def _locked(self, reply_id: UUID) -> models.CannedReply:
        reply = await self._session.scalar(
            select(models.CannedReply)
            .where(
                models.CannedReply.id == reply_id,
                models.CannedReply.deleted_at.is_(None),
            )
            .with_for_update(key_share=True)
        )
        if reply is None:
            raise _no_such_reply()
        return reply

    async def _check_team(self, team_id: UUID | None) -> None:
        if team_id is None:
            return
        row = await fetch_one(
            self._session,
            "SELECT id FROM teams WHERE id = :id AND deleted_at IS NULL",
            id=team_id,
        )
        if row is None:
            raise Invalid("There is no such team.", field="team_id")

    async def _save(self, reply: models.CannedReply) -> None:
        title = reply.title  # can't be read any more when the flush has failed
        self._session.add(reply)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise Conflict(
                f"There is a canned reply with the title {title} already.",
                code="title_taken",
                field="title",
            ) from error


def _viewer(identity: Identity) -> dict[str, Any]:
    return {"me": identity.user_id, "sees_all": identity.is_manager}


def _no_such_reply() -> NotFound:
    return NotFound("There is no such canned reply.")


def _as_reply(row: Any) -> schemas.CannedReply:
    return schemas.CannedReply(
        id=row.id,
        title=row.title,
        body=row.body,
        placeholders=placeholders_in(row.body),
        team=schemas.TeamRef(row.team_id, row.team_name) if row.team_id else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )
