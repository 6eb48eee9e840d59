"""Everything that is asked of the tables of people: all queries of this room."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from sqlalchemy import (
    ColumnElement,
    Select,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tracker.accounts import models, schemas
from tracker.audit.schemas import AuditAction, AuditObject
from tracker.audit.service import act_as, record, was_recorded
from tracker.db import Database, fetch_one, new_id, utc_now
from tracker.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from tracker.notifications.devices import forget_devices
from tracker.notifications.service import enqueue
from tracker.paging import Page, decode_cursor, page_of
from tracker.security import (
    API_TOKEN_PREFIX,
    Identity,
    Role,
    Scope,
    digest,
    hash_password,
    new_token,
    read_signed,
    sign,
    verify_password,
)
from tracker.settings import Settings

THROTTLE_WINDOW = dt.timedelta(minutes=15)
# So soon a page comes back that was left before it heard its next token.
LOST_ANSWER = dt.timedelta(seconds=30)
FAILURES_BY_EMAIL = 10
FAILURES_BY_ADDRESS = 50
RESET_LIFETIME = dt.timedelta(hours=2)
INVITATION_LIFETIME = dt.timedelta(days=7)


def check_timezone(name: str) -> None:
    """Refuse a zone that nobody knows.

    Raises:
        Invalid: `name` is no IANA time zone.
    """
    if name not in _known_zones():
        raise Invalid(
            f"“{name}” is not a known time zone; use a name such as Europe/Berlin.",
            field="timezone",
        )


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_version(found: int, expected: int | None, thing: str) -> None:
    """Refuse a change that was made on top of an older state.

    Raises:
        Conflict: Somebody else changed the thing in the meantime.
    """
    if expected is not None and expected != found:
        raise Conflict(
            f"{thing} was changed by somebody else: you had version {expected},"
            f" now it is {found}. Load it again and repeat your change.",
            code="stale_version",
        )


async def save_named(session: AsyncSession, row: Any, thing: str) -> None:
    """Write a row whose name no other has.

    Args:
        session: The transaction.
        row: New or changed, of a model with a `name`.
        thing: What it is, with its article.

    Raises:
        Conflict: The name is taken.
    """
    name = row.name  # can't be read any more when the flush has failed
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(
            f"There is {thing} with the name {name} already.",
            code="name_taken",
            field="name",
        ) from error


# --- People ---------------------------------------------------------------------------


class UserService(SQLAlchemyAsyncRepositoryService[models.User]):
    """People: finding, inviting, changing, and letting go."""

    class Repo(SQLAlchemyAsyncRepository[models.User]):
        """Rows of `users`."""

        model_type = models.User

    repository_type = Repo

    async def find(self, user_id: UUID, *, lock: bool = False) -> models.User:
        """A person who was not deleted; with `lock` nobody else changes them.

        Raises:
            NotFound: There is nobody with this id.
        """
        user = await self.get_one_or_none(
            models.User.id == user_id,
            models.User.deleted_at.is_(None),
            with_for_update={"key_share": True} if lock else None,
        )
        if user is None:
            raise NotFound("There is no such person.")
        return user

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        q: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
        with_total: bool = False,
    ) -> Page[schemas.User]:
        """People by name."""
        wanted: list[ColumnElement[bool]] = [models.User.deleted_at.is_(None)]
        if q:
            pattern = f"%{escape_like(q)}%"
            wanted.append(
                or_(models.User.name.ilike(pattern), models.User.email.ilike(pattern))
            )
        if role:
            wanted.append(models.User.role == role)
        if active is not None:
            wanted.append(models.User.is_active == active)
        return await page_by_name(
            self.repository.session,
            models.User,
            wanted,
            as_user,
            limit=limit,
            cursor=cursor,
            with_total=with_total,
        )

    async def invite(self, data: schemas.UserCreate, now: dt.datetime) -> models.User:
        """Add a person; without a password they get a mail with a link to set one."""
        check_timezone(data.timezone)
        user = models.User(
            id=new_id(),
            email=data.email,
            name=data.name,
            role=data.role,
            timezone=data.timezone,
            organization=await self._organization(data.organization_id),
            created_at=now,
            updated_at=now,
        )
        if data.password:
            user.password_hash = await asyncio.to_thread(hash_password, data.password)
        await self._save(user)
        if not data.password:
            await send_password_link(
                self.repository.session, user, now, invitation=True
            )
        return user

    async def change(
        self,
        user_id: UUID,
        data: schemas.UserUpdate,
        version: int | None,
        now: dt.datetime,
    ) -> models.User:
        """Change a person; losing the last administrator is refused."""
        user = await self.find(user_id, lock=True)
        check_version(user.version, version, user.name)
        changes: dict[str, Any] = {
            field: value
            for field in data.__struct_fields__
            if (value := getattr(data, field)) is not msgspec.UNSET
        }
        if "timezone" in changes:
            check_timezone(changes["timezone"])
        if "organization_id" in changes:
            changes["organization"] = await self._organization(
                changes.pop("organization_id")
            )
        if password := changes.pop("password", None):
            user.password_hash = await asyncio.to_thread(hash_password, password)
            await end_sessions(self.repository.session, user.id)
        leaves = changes.get(
            "role", user.role
        ) != Role.ADMINISTRATOR or not changes.get("is_active", user.is_active)
        if leaves:
            await self._keep_an_administrator(user)
        if changes.get("is_active") is False:
            await end_sessions(self.repository.session, user.id)
        for field, value in changes.items():
            setattr(user, field, value)
        user.version += 1
        user.updated_at = now
        await self._save(user)
        return user

    async def remove(self, user_id: UUID, now: dt.datetime) -> None:
        """Let a person go; their name stays in what they did."""
        user = await self.find(user_id)
        await self._keep_an_administrator(user)
        user.deleted_at = now
        user.is_active = False
        await end_sessions(self.repository.session, user.id)
        await self.repository.session.flush()

    async def _keep_an_administrator(self, user: models.User) -> None:
        if user.role != Role.ADMINISTRATOR or not user.is_active:
            return
        # The lock makes two administrators who remove each other take turns.
        others = await self.repository.session.scalars(
            select(models.User.id)
            .where(
                models.User.role == Role.ADMINISTRATOR,
                models.User.is_active,
                models.User.deleted_at.is_(None),
            )
            .with_for_update()
        )
        if set(others) <= {user.id}:
            raise Conflict(
                "This is the last active administrator; appoint another one first.",
                code="last_administrator",
            )

    async def _organization(
        self, organization_id: UUID | None
    ) -> models.Organization | None:
        if organization_id is None:
            return None
        organizations = OrganizationService(self.repository.session)
        try:
            return await organizations.find(organization_id)
        except NotFound as error:
            raise Invalid(error.message, field="organization_id") from error

    async def _save(self, user: models.User) -> None:
        session = self.repository.session
        email = user.email  # can't be read any more when the flush has failed
        session.add(user)
        try:
            await session.flush()
        except IntegrityError as error:
            raise Conflict(
                f"Somebody with the e-mail address {email} is there already.",
                code="email_taken",
                field="email",
            ) from error


def escape_like(text: str) -> str:
    """Text that a LIKE pattern takes literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def page_by_name(
    session: AsyncSession,
    model: type[models.User | models.Team | models.Organization],
    wanted: Sequence[ColumnElement[bool]],
    shown: Callable[[Any], Any],
    *,
    limit: int,
    cursor: str | None,
    with_total: bool,
) -> Page[Any]:
    """Rows of a table with a name, in the order of the name."""
    # What comes first by name is for the database to say, not for `str.lower`.
    name = func.lower(model.name).label("sort_key")
    query: Select[Any] = select(model, name).where(*wanted)
    key = (name, model.id)
    if cursor:
        query = query.where(tuple_(*key) > decode_cursor(cursor, tuple[str, UUID]))
    found = await session.execute(query.order_by(*key).limit(limit + 1))
    rows, next_cursor = page_of(
        list(found.all()), limit, lambda row: (row.sort_key, row[0].id)
    )
    page = Page([shown(row[0]) for row in rows], next_cursor)
    if with_total:
        page.total = await session.scalar(
            select(func.count()).select_from(model).where(*wanted)
        )
    return page


def as_schema(row: Any, schema: Any) -> Any:
    """A struct from the attributes of a row."""
    return schema(**{name: getattr(row, name) for name in schema.__struct_fields__})


def as_user(row: models.User) -> schemas.User:
    """A person as the API shows them."""
    names = schemas.User.__struct_fields__
    shown = {name: getattr(row, name) for name in names if name != "organization"}
    found = row.organization
    if found is None or found.deleted_at is not None:
        return schemas.User(**shown, organization=None)
    organization = schemas.OrganizationRef(found.id, found.name)
    return schemas.User(**shown, organization=organization)


# --- Signing in -----------------------------------------------------------------------


async def log_in(
    db: Database, email: str, password: str, address: str, now: dt.datetime
) -> models.User:
    """The person to whom e-mail and password belong.

    Runs its own transactions: a failure must be counted although it is refused.

    Raises:
        TooManyRequests: Too many failures lately, for this e-mail or from this address.
        Unauthenticated: E-mail or password is wrong, or the person may not sign in.
    """
    async with db.reading() as session:
        try:
            await _throttle(session, email, address, now)
        except TooManyRequests:
            await _note_throttled(db, email, address)
            raise
        user = await session.scalar(
            select(models.User).where(
                models.User.email == email, models.User.deleted_at.is_(None)
            )
        )
    right = await asyncio.to_thread(
        verify_password, user.password_hash if user else None, password
    )
    if user is None or not right or not user.is_active:
        async with db.transaction() as session:
            session.add(
                models.LoginFailure(email=email, address=address, created_at=now)
            )
            await record(
                session,
                AuditAction.SIGN_IN_FAILED,
                AuditObject.USER,
                object_id=user.id if user else None,
                label=email,
            )
        raise Unauthenticated(
            "E-mail or password is wrong. Try again, or reset your password.",
            code="wrong_credentials",
        )
    return user


async def _throttle(
    session: AsyncSession, email: str, address: str, now: dt.datetime
) -> None:
    row = await fetch_one(
        session,
        """
        SELECT
          (SELECT count(*) FROM login_failures
            WHERE email = :email AND created_at > :since) AS by_email,
          (SELECT count(*) FROM login_failures
            WHERE address = :address AND created_at > :since) AS by_address
        """,
        email=email,
        address=address,
        since=now - THROTTLE_WINDOW,
    )
    if row and (
        row.by_email >= FAILURES_BY_EMAIL or row.by_address >= FAILURES_BY_ADDRESS
    ):
        raise TooManyRequests(
            "Too many failed sign-ins. Wait 15 minutes, or reset your password.",
            retry_after=int(THROTTLE_WINDOW.total_seconds()),
        )


async def _note_throttled(db: Database, email: str, address: str) -> None:
    """Note it once in a while: whoever tries on must not fill the log."""
    action = AuditAction.SIGN_IN_THROTTLED
    async with db.transaction() as session:
        if not await was_recorded(session, action, address, THROTTLE_WINDOW):
            await record(session, action, AuditObject.USER, label=email)


async def start_session(
    session: AsyncSession,
    settings: Settings,
    user_id: UUID,
    now: dt.datetime,
    family_id: UUID | None = None,
) -> str:
    """A new refresh token; of a new family unless it continues one."""
    token = new_token()
    if family_id is None:
        await act_as(session, user_id)
        await record(
            session, AuditAction.SIGNED_IN, AuditObject.USER, object_id=user_id
        )
    session.add(
        models.RefreshToken(
            id=new_id(),
            user_id=user_id,
            family_id=family_id or new_id(),
            token_hash=digest(token),
            expires_at=now + dt.timedelta(days=settings.auth.refresh_token_days),
            created_at=now,
        )
    )
    await session.flush()
    return token


async def rotate(
    db: Database, settings: Settings, token: str, now: dt.datetime
) -> tuple[models.User, str]:
    """Trade a refresh token for the next one.

    A page that is left while it is told the next token asks once more with the one
    that it has. Any other token that comes again was stolen from somebody: the whole
    family ends.

    Raises:
        Unauthenticated: The token is unknown, expired, revoked or used before.
    """
    async with db.transaction() as session:
        row = await session.scalar(
            select(models.RefreshToken)
            .where(models.RefreshToken.token_hash == digest(token))
            .with_for_update()
        )
        if row and await _is_good(session, row, now):
            user = await session.get(models.User, row.user_id)
            if user and user.is_active and user.deleted_at is None:
                if not row.used_at:
                    row.used_at = now
                    # Answers that were lost; whoever comes with one did not lose it.
                    await _revoke(session, row, now, models.RefreshToken.id != row.id)
                successor = await start_session(
                    session, settings, user.id, now, row.family_id
                )
                return user, successor
        elif row and row.expires_at > now:
            await _revoke(session, row, now)
    raise Unauthenticated(
        "Your session has ended. Sign in again.", code="session_ended"
    )


async def _is_good(
    session: AsyncSession, row: models.RefreshToken, now: dt.datetime
) -> bool:
    """Whether a token may be traded: not used, or used with an answer that was lost."""
    if row.revoked_at or row.expires_at <= now:
        return False
    if not row.used_at:
        return True
    token = models.RefreshToken
    later = exists().where(
        token.family_id == row.family_id,
        token.id != row.id,
        token.used_at >= row.used_at,
    )
    return now - row.used_at <= LOST_ANSWER and not await session.scalar(select(later))


async def _revoke(
    session: AsyncSession,
    row: models.RefreshToken,
    now: dt.datetime,
    *which: ColumnElement[bool],
) -> None:
    """End the unused tokens of a family, or some of them."""
    await session.execute(
        update(models.RefreshToken)
        .where(
            models.RefreshToken.family_id == row.family_id,
            models.RefreshToken.used_at.is_(None),
            models.RefreshToken.revoked_at.is_(None),
            *which,
        )
        .values(revoked_at=now)
    )


async def end_session(session: AsyncSession, token: str, now: dt.datetime) -> None:
    """End the family of a refresh token; an unknown token is fine."""
    family = (
        select(models.RefreshToken.family_id)
        .where(models.RefreshToken.token_hash == digest(token))
        .scalar_subquery()
    )
    await session.execute(
        update(models.RefreshToken)
        .where(models.RefreshToken.family_id == family)
        .values(revoked_at=now)
    )


async def end_sessions(session: AsyncSession, user_id: UUID) -> None:
    """End every session of a person; browsers in which they were are told no more."""
    await session.execute(
        delete(models.RefreshToken).where(models.RefreshToken.user_id == user_id)
    )
    await forget_devices(session, user_id)


def access_token(settings: Settings, user_id: UUID, now: dt.datetime) -> str:
    """A signed token that names the person, good for half an hour by default."""
    lifetime = dt.timedelta(minutes=settings.auth.access_token_minutes)
    return sign(settings, "access", now + lifetime, sub=str(user_id))


async def identify(
    session: AsyncSession, settings: Settings, token: str, now: dt.datetime
) -> Identity | None:
    """Who holds this access token or personal API token; None when it is no good."""
    if token.startswith(API_TOKEN_PREFIX):
        row = await fetch_one(
            session,
            """
            SELECT u.id, u.name, u.role, t.scopes, t.id AS token_id, t.last_used_at
              FROM api_tokens t JOIN users u ON u.id = t.user_id
             WHERE t.token_hash = :hash AND t.revoked_at IS NULL
               AND (t.expires_at IS NULL OR t.expires_at > :now)
               AND u.is_active AND u.deleted_at IS NULL
            """,
            hash=digest(token),
            now=now,
        )
        if row is None:
            return None
        if row.last_used_at is None or now - row.last_used_at > dt.timedelta(minutes=1):
            await session.execute(
                update(models.ApiToken)
                .where(models.ApiToken.id == row.token_id)
                .values(last_used_at=now)
            )
        return Identity(row.id, row.name, Role(row.role), implied_scopes(row.scopes))
    claims = read_signed(settings, "access", token, now)
    if claims is None:
        return None
    return await identity_of(session, UUID(claims["sub"]))


async def identity_of(session: AsyncSession, user_id: UUID) -> Identity | None:
    """What an active person may do, by their role."""
    row = await fetch_one(
        session,
        "SELECT id, name, role FROM users"
        " WHERE id = :id AND is_active AND deleted_at IS NULL",
        id=user_id,
    )
    return Identity(row.id, row.name, Role(row.role)) if row else None


def implied_scopes(scopes: Sequence[str]) -> frozenset[Scope]:
    """Each scope includes those before it."""
    order = list(Scope)
    highest = max(order.index(Scope(scope)) for scope in scopes)
    return frozenset(order[: highest + 1])


# --- Passwords ------------------------------------------------------------------------


async def change_password(
    session: AsyncSession, user_id: UUID, data: schemas.PasswordChange
) -> None:
    """Set a new password; every other session ends.

    Raises:
        Invalid: The current password is wrong.
    """
    user = await session.get_one(models.User, user_id)
    if not await asyncio.to_thread(
        verify_password, user.password_hash, data.current_password
    ):
        raise Invalid("The current password is wrong.", field="current_password")
    user.password_hash = await asyncio.to_thread(hash_password, data.new_password)
    await end_sessions(session, user_id)
    await session.flush()


async def request_password_reset(
    session: AsyncSession, email: str, now: dt.datetime
) -> None:
    """Mail a link to whoever has this address; say nothing if nobody has."""
    user = await session.scalar(
        select(models.User).where(
            models.User.email == email,
            models.User.is_active,
            models.User.deleted_at.is_(None),
        )
    )
    if user:
        await send_password_link(session, user, now)


async def send_password_link(
    session: AsyncSession,
    user: models.User,
    now: dt.datetime,
    *,
    invitation: bool = False,
) -> None:
    """Mail a link by which `user` sets a password.

    The token is signed when the mail is sent, so that neither the outbox nor the
    delivery log holds a secret.
    """
    lifetime = INVITATION_LIFETIME if invitation else RESET_LIFETIME
    reset_id = new_id()
    session.add(
        models.PasswordReset(
            id=reset_id,
            user_id=user.id,
            expires_at=now + lifetime,
            created_at=now,
        )
    )
    await session.flush()
    await record(
        session,
        AuditAction.INVITED if invitation else AuditAction.PASSWORD_RESET_REQUESTED,
        AuditObject.USER,
        object_id=user.id,
        label=user.name,
    )
    await enqueue(
        session,
        kind="invitation" if invitation else "password_reset",
        dedupe_key=f"password:{reset_id}",
        recipient_id=user.id,
        recipient=user.email,
        payload={
            "name": user.name,
            "reset_id": str(reset_id),
            "expires_at": (now + lifetime).isoformat(),
        },
        now=now,
    )


async def reset_password(
    session: AsyncSession,
    settings: Settings,
    token: str,
    password: str,
    now: dt.datetime,
) -> None:
    """Set a password with the token from a mail; no other mailed link works after it.

    Raises:
        Invalid: The token is wrong, too old or used.
    """
    claims = read_signed(settings, "password", token, now)
    reset = (
        await session.get(
            models.PasswordReset, UUID(claims["sub"]), with_for_update=True
        )
        if claims
        else None
    )
    if reset is None or reset.used_at or reset.expires_at <= now:
        raise Invalid(
            "This link is too old or was used already; ask for a new one.",
            code="invalid_token",
            field="token",
        )
    await session.execute(
        update(models.PasswordReset)
        .where(
            models.PasswordReset.user_id == reset.user_id,
            models.PasswordReset.used_at.is_(None),
        )
        .values(used_at=now)
    )
    await act_as(session, reset.user_id)
    user = await session.get_one(models.User, reset.user_id)
    user.password_hash = await asyncio.to_thread(hash_password, password)
    await end_sessions(session, user.id)
    await session.flush()


# --- Teams ----------------------------------------------------------------------------


class TeamService(SQLAlchemyAsyncRepositoryService[models.Team]):
    """Teams and who is in them."""

    class Repo(SQLAlchemyAsyncRepository[models.Team]):
        """Rows of `teams`."""

        model_type = models.Team

    repository_type = Repo

    async def find(self, team_id: UUID, *, lock: bool = False) -> models.Team:
        """A team that was not deleted; with `lock` nobody else changes it.

        Raises:
            NotFound: There is no team with this id.
        """
        team = await self.get_one_or_none(
            models.Team.id == team_id,
            models.Team.deleted_at.is_(None),
            with_for_update={"key_share": True} if lock else None,
        )
        if team is None:
            raise NotFound("There is no such team.")
        return team

    async def page(
        self, *, limit: int, cursor: str | None = None, with_total: bool = False
    ) -> Page[schemas.Team]:
        """Teams by name, with their members."""
        page = await page_by_name(
            self.repository.session,
            models.Team,
            [models.Team.deleted_at.is_(None)],
            lambda team: as_schema(team, _TeamRow),
            limit=limit,
            cursor=cursor,
            with_total=with_total,
        )
        members = await self._members([team.id for team in page.items])
        page.items = [
            schemas.Team(
                **{name: getattr(team, name) for name in _TeamRow.__struct_fields__},
                members=members.get(team.id, []),
            )
            for team in page.items
        ]
        return page

    async def shown(self, team: models.Team) -> schemas.Team:
        """A team with its members."""
        members = await self._members([team.id])
        return schemas.Team(
            **{name: getattr(team, name) for name in _TeamRow.__struct_fields__},
            members=members.get(team.id, []),
        )

    async def found(self, data: schemas.TeamCreate, now: dt.datetime) -> schemas.Team:
        """Make a team."""
        team = models.Team(
            id=new_id(), name=data.name, version=1, created_at=now, updated_at=now
        )
        await save_named(self.repository.session, team, "a team")
        await self._set_members(team.id, data.member_ids)
        return await self.shown(team)

    async def change(
        self,
        team_id: UUID,
        data: schemas.TeamUpdate,
        version: int | None,
        now: dt.datetime,
    ) -> schemas.Team:
        """Rename a team or replace its members."""
        team = await self.find(team_id, lock=True)
        check_version(team.version, version, f"The team {team.name}")
        if isinstance(data.name, str):
            team.name = data.name
        team.version += 1
        team.updated_at = now
        await save_named(self.repository.session, team, "a team")
        if isinstance(data.member_ids, list):
            await self._set_members(team.id, data.member_ids)
        return await self.shown(team)

    async def remove(self, team_id: UUID, now: dt.datetime) -> None:
        """Dissolve a team; its incidents have no team any more."""
        team = await self.find(team_id)
        team.deleted_at = now
        await self.repository.session.flush()

    async def _set_members(self, team_id: UUID, user_ids: Sequence[UUID]) -> None:
        session = self.repository.session
        # Who stays is left alone: nothing happened to them.
        await session.execute(
            delete(models.TeamMember).where(
                models.TeamMember.team_id == team_id,
                models.TeamMember.user_id.not_in(user_ids),
            )
        )
        if user_ids:
            known = set(
                await session.scalars(
                    select(models.User.id).where(
                        models.User.id.in_(user_ids), models.User.deleted_at.is_(None)
                    )
                )
            )
            if unknown := set(user_ids) - known:
                raise Invalid(
                    f"There is no person with the id {unknown.pop()}.",
                    field="member_ids",
                )
            await session.execute(
                insert(models.TeamMember)
                .values([{"team_id": team_id, "user_id": user_id} for user_id in known])
                .on_conflict_do_nothing()
            )

    async def _members(
        self, team_ids: Sequence[UUID]
    ) -> dict[UUID, list[schemas.UserRef]]:
        rows = await self.repository.session.execute(
            select(models.TeamMember.team_id, models.User.id, models.User.name)
            .join(models.User, models.User.id == models.TeamMember.user_id)
            .where(
                models.TeamMember.team_id.in_(team_ids),
                models.User.deleted_at.is_(None),
            )
            .order_by(func.lower(models.User.name))
        )
        members: dict[UUID, list[schemas.UserRef]] = {}
        for team_id, user_id, name in rows:
            members.setdefault(team_id, []).append(schemas.UserRef(user_id, name))
        return members


class _TeamRow(msgspec.Struct):
    id: UUID
    name: str
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


# --- Organizations --------------------------------------------------------------------


class OrganizationService(SQLAlchemyAsyncRepositoryService[models.Organization]):
    """Customers."""

    class Repo(SQLAlchemyAsyncRepository[models.Organization]):
        """Rows of `organizations`."""

        model_type = models.Organization

    repository_type = Repo

    async def find(
        self, organization_id: UUID, *, lock: bool = False
    ) -> models.Organization:
        """One that was not deleted; with `lock` nobody else changes it.

        Raises:
            NotFound: There is none with this id.
        """
        organization = await self.get_one_or_none(
            models.Organization.id == organization_id,
            models.Organization.deleted_at.is_(None),
            with_for_update={"key_share": True} if lock else None,
        )
        if organization is None:
            raise NotFound("There is no such organization.")
        return organization

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        q: str | None = None,
        with_total: bool = False,
    ) -> Page[schemas.Organization]:
        """Organizations by name."""
        wanted: list[ColumnElement[bool]] = [models.Organization.deleted_at.is_(None)]
        if q:
            wanted.append(models.Organization.name.ilike(f"%{escape_like(q)}%"))
        return await page_by_name(
            self.repository.session,
            models.Organization,
            wanted,
            as_organization,
            limit=limit,
            cursor=cursor,
            with_total=with_total,
        )

    async def found(
        self, data: schemas.OrganizationCreate, now: dt.datetime
    ) -> schemas.Organization:
        """Make an organization."""
        organization = models.Organization(
            id=new_id(), name=data.name, version=1, created_at=now, updated_at=now
        )
        await save_named(self.repository.session, organization, "an organization")
        return as_organization(organization)

    async def change(
        self,
        organization_id: UUID,
        data: schemas.OrganizationUpdate,
        version: int | None,
        now: dt.datetime,
    ) -> schemas.Organization:
        """Rename an organization."""
        organization = await self.find(organization_id, lock=True)
        check_version(organization.version, version, organization.name)
        if isinstance(data.name, str):
            organization.name = data.name
        organization.version += 1
        organization.updated_at = now
        await save_named(self.repository.session, organization, "an organization")
        return as_organization(organization)

    async def remove(self, organization_id: UUID, now: dt.datetime) -> None:
        """Let an organization go; its people and incidents have none any more."""
        organization = await self.find(organization_id, lock=True)
        organization.deleted_at = now
        session = self.repository.session
        await session.execute(
            update(models.User)
            .where(models.User.organization_id == organization_id)
            .values(
                organization_id=None, version=models.User.version + 1, updated_at=now
            )
        )
        await session.flush()


def as_organization(row: models.Organization) -> schemas.Organization:
    """An organization as the API shows it."""
    shown: schemas.Organization = as_schema(row, schemas.Organization)
    return shown


# --- Personal API tokens --------------------------------------------------------------


async def api_tokens(session: AsyncSession, user_id: UUID) -> list[schemas.ApiToken]:
    """A person's tokens that are not revoked, newest first."""
    rows = await session.scalars(
        select(models.ApiToken)
        .where(models.ApiToken.user_id == user_id, models.ApiToken.revoked_at.is_(None))
        .order_by(models.ApiToken.id.desc())
    )
    return [as_schema(row, schemas.ApiToken) for row in rows]


async def create_api_token(
    session: AsyncSession,
    identity: Identity,
    data: schemas.ApiTokenCreate,
    now: dt.datetime,
) -> schemas.NewApiToken:
    """A new token; nobody can give one more than they have."""
    if data.expires_at and data.expires_at <= now:
        raise Invalid("The end must lie in the future.", field="expires_at")
    if Scope.ADMIN in data.scopes and not identity.is_administrator:
        raise Forbidden("Only administrators can make tokens with the scope admin.")
    if missing := set(data.scopes) - identity.scopes:
        raise Forbidden(f"Your own token lacks the scope {missing.pop()}.")
    token = new_token(API_TOKEN_PREFIX)
    row = models.ApiToken(
        id=new_id(),
        user_id=identity.user_id,
        name=data.name,
        prefix=token[:8],
        token_hash=digest(token),
        scopes=[scope.value for scope in data.scopes],
        expires_at=data.expires_at,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    shown = as_schema(row, schemas.ApiToken)
    return schemas.NewApiToken(
        **{name: getattr(shown, name) for name in shown.__struct_fields__}, token=token
    )


async def revoke_api_token(
    session: AsyncSession, user_id: UUID, token_id: UUID, now: dt.datetime
) -> None:
    """End one of a person's own tokens.

    Raises:
        NotFound: They have no such token.
    """
    result: Any = await session.execute(
        update(models.ApiToken)
        .where(
            models.ApiToken.id == token_id,
            models.ApiToken.user_id == user_id,
            models.ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    if not result.rowcount:
        raise NotFound("You have no such token.")


# --- The command line and clean-up ----------------------------------------------------


async def ensure_first_administrator(settings: Settings) -> str | None:
    """Make the first administrator of a new installation.

    Returns:
        The generated password, "" when it came from the settings, or None when there
        is an administrator already.
    """
    given = str(settings.admin.password)
    password = given or new_token()[:20]
    db = Database.connect(settings)
    try:
        async with db.transaction() as session:
            # Two processes that start at once make one administrator.
            await session.execute(select(func.pg_advisory_xact_lock(0x51A8)))
            exists = await session.scalar(
                select(models.User.id).where(models.User.role == Role.ADMINISTRATOR)
            )
            if exists:
                return None
            await UserService(session=session).invite(
                schemas.UserCreate(
                    email=settings.admin.email,
                    name="Administrator",
                    role=Role.ADMINISTRATOR,
                    password=password,
                ),
                utc_now(),
            )
    finally:
        await db.close()
    return "" if given else password


async def user_by_email(session: AsyncSession, email: str) -> models.User:
    """The person with this address.

    Raises:
        NotFound: Nobody has it.
    """
    user = await session.scalar(
        select(models.User).where(
            models.User.email == email, models.User.deleted_at.is_(None)
        )
    )
    if user is None:
        raise NotFound(f"Nobody here has the e-mail address {email}.")
    return user


async def purge_expired(session: AsyncSession, now: dt.datetime) -> None:
    """Drop proofs that can't be used any more."""
    for table in (models.RefreshToken, models.PasswordReset):
        await session.execute(delete(table).where(table.expires_at < now))
    await session.execute(
        delete(models.LoginFailure).where(
            models.LoginFailure.created_at < now - THROTTLE_WINDOW
        )
    )
    await session.execute(
        delete(models.IdempotencyKey).where(
            models.IdempotencyKey.created_at < now - dt.timedelta(days=1)
        )
    )
