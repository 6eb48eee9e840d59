"""Signing in, people, teams and tokens over HTTP."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from tracker.accounts import schemas, service
from tracker.accounts.authentication import once
from tracker.accounts.models import User as UserRow
from tracker.db import Database
from tracker.errors import Forbidden, NotFound, Unauthenticated
from tracker.paging import DEFAULT_LIMIT, Page
from tracker.security import Role, Scope, sign
from tracker.web import (
    Caller,
    Config,
    Cursor,
    Envelope,
    Now,
    PageSize,
    Reads,
    Transaction,
    WithTotal,
    administrators,
    agents,
    if_match,
    managers,
    ok,
    signed_in,
    with_etag,
)

REFRESH_COOKIE = "refresh_token"
REFRESH_PATH = "/api/v1/auth"
MONITOR_COOKIE = "monitor_token"
MONITOR_PATH = "/saq"
MONITOR_LIFETIME = dt.timedelta(hours=8)

AnyRequest = Request[Any, Any, Any]


def _secure(settings: Config) -> bool:
    return settings.public_url.startswith("https://")


class AuthController(Controller):
    """Signing in and out, and passwords."""

    path = "/auth"
    tags = ("Signing in",)

    def _signed_in(
        self, settings: Config, user: UserRow, refresh_token: str, now: dt.datetime
    ) -> Response[Envelope[schemas.SignedIn]]:
        answer = schemas.SignedIn(
            access_token=service.access_token(settings, user.id, now),
            expires_in=settings.auth.access_token_minutes * 60,
            user=service.as_user(user),
        )
        return Response(
            ok(answer),
            status_code=HTTP_200_OK,
            cookies=[
                Cookie(
                    key=REFRESH_COOKIE,
                    value=refresh_token,
                    path=REFRESH_PATH,
                    max_age=settings.auth.refresh_token_days * 24 * 3600,
                    httponly=True,
                    samesite="strict",
                    secure=_secure(settings),
                )
            ],
        )

    @post("/login", operation_id="signIn", status_code=HTTP_200_OK)
    async def log_in(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.Login],
        db: NamedDependency[Database],
        settings: Config,
        now: Now,
    ) -> Response[Envelope[schemas.SignedIn]]:
        """Trade e-mail and password for an access token and a refresh cookie."""
        address = request.client.host if request.client else "unknown"
        user = await service.log_in(db, data.email, data.password, address, now)
        async with db.transaction() as session:
            token = await service.start_session(session, settings, user.id, now)
        return self._signed_in(settings, user, token, now)

    @post("/refresh", operation_id="refreshSession", status_code=HTTP_200_OK)
    async def refresh(
        self,
        request: AnyRequest,
        db: NamedDependency[Database],
        settings: Config,
        now: Now,
    ) -> Response[Envelope[schemas.SignedIn]]:
        """Trade the refresh cookie for a new access token and a new cookie."""
        token = request.cookies.get(REFRESH_COOKIE)
        if not token:
            raise Unauthenticated("You are not signed in.", code="session_ended")
        user, successor = await service.rotate(db, settings, token, now)
        return self._signed_in(settings, user, successor, now)

    @post("/logout", operation_id="signOut", status_code=HTTP_204_NO_CONTENT)
    async def log_out(
        self, request: AnyRequest, session: Transaction, now: Now
    ) -> Response[None]:
        """End the session of the refresh cookie."""
        if token := request.cookies.get(REFRESH_COOKIE):
            await service.end_session(session, token, now)
        response: Response[None] = Response(None, status_code=HTTP_204_NO_CONTENT)
        response.delete_cookie(REFRESH_COOKIE, path=REFRESH_PATH)
        response.delete_cookie(MONITOR_COOKIE, path=MONITOR_PATH)
        return response

    @get("/me", operation_id="getMe", guards=[signed_in])
    async def me(self, reads: Reads, caller: Caller) -> Envelope[schemas.User]:
        """The person who is asking."""
        return ok(
            service.as_user(await service.UserService(reads).find(caller.user_id))
        )

    @patch("/me", operation_id="updateMe", guards=[signed_in])
    async def update_me(
        self,
        data: JSONBody[schemas.ProfileUpdate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Envelope[schemas.User]:
        """Change one's own name, time zone or language."""
        changes = schemas.UserUpdate(
            name=data.name, timezone=data.timezone, language=data.language
        )
        users = service.UserService(session)
        return ok(
            service.as_user(await users.change(caller.user_id, changes, None, now))
        )

    @post(
        "/password",
        operation_id="changePassword",
        guards=[signed_in],
        status_code=HTTP_204_NO_CONTENT,
    )
    async def change_password(
        self,
        data: JSONBody[schemas.PasswordChange],
        session: Transaction,
        caller: Caller,
    ) -> None:
        """Set a new password; every session ends but for access tokens in use."""
        _full_access(caller)
        await service.change_password(session, caller.user_id, data)

    @post(
        "/password-reset",
        operation_id="requestPasswordReset",
        status_code=HTTP_204_NO_CONTENT,
    )
    async def request_reset(
        self,
        data: JSONBody[schemas.PasswordResetRequest],
        session: Transaction,
        now: Now,
    ) -> None:
        """Mail a link to the address, if somebody has it; the answer never tells."""
        await service.request_password_reset(session, data.email, now)

    @post(
        "/password-reset/confirm",
        operation_id="resetPassword",
        status_code=HTTP_204_NO_CONTENT,
    )
    async def confirm_reset(
        self,
        data: JSONBody[schemas.PasswordResetConfirm],
        session: Transaction,
        settings: Config,
        now: Now,
    ) -> None:
        """Set a password with the token from the mail."""
        await service.reset_password(
            session, settings, data.token, data.new_password, now
        )

    @post(
        "/monitor",
        operation_id="openMonitor",
        guards=[signed_in, administrators],
        status_code=HTTP_204_NO_CONTENT,
    )
    async def monitor(
        self, settings: Config, caller: Caller, now: Now
    ) -> Response[None]:
        """Give an administrator's browser the cookie that opens /saq."""
        response: Response[None] = Response(None, status_code=HTTP_204_NO_CONTENT)
        response.set_cookie(
            MONITOR_COOKIE,
            sign(settings, "monitor", now + MONITOR_LIFETIME, sub=str(caller.user_id)),
            path=MONITOR_PATH,
            max_age=int(MONITOR_LIFETIME.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=_secure(settings),
        )
        return response


def _full_access(caller: Caller) -> None:
    """Passwords and tokens are for people, not for tokens with less than all rights."""
    if Scope.ADMIN not in caller.scopes:
        raise Forbidden("This needs a signed-in person, not an API token.")


class UserController(Controller):
    """People."""

    path = "/users"
    tags = ("People",)
    guards = (signed_in,)

    @get("/", operation_id="listUsers", guards=[agents])
    async def list_users(
        self,
        reads: Reads,
        q: Annotated[str | None, QueryParameter(max_length=200)] = None,
        role: FromQuery[Role | None] = None,
        active: FromQuery[bool | None] = None,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
        with_total: WithTotal = False,
    ) -> Envelope[Page[schemas.User]]:
        """People by name."""
        return ok(
            await service.UserService(reads).page(
                limit=limit,
                cursor=cursor,
                q=q,
                role=role,
                active=active,
                with_total=with_total,
            )
        )

    @post("/", operation_id="createUser", guards=[administrators])
    async def create_user(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.UserCreate],
        session: Transaction,
        now: Now,
    ) -> Response[Envelope[schemas.User]]:
        """Add a person; without a password they are invited by mail."""

        async def act() -> Response[Any]:
            user = await service.UserService(session).invite(data, now)
            return with_etag(service.as_user(user), user.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @get("/{user_id:uuid}", operation_id="getUser")
    async def get_user(
        self, user_id: FromPath[UUID], reads: Reads, caller: Caller
    ) -> Response[Envelope[schemas.User]]:
        """One person; reporters see themselves only."""
        if not caller.is_agent and caller.user_id != user_id:
            raise NotFound("There is no such person.")
        user = await service.UserService(reads).find(user_id)
        return with_etag(service.as_user(user), user.version)

    @patch("/{user_id:uuid}", operation_id="updateUser", guards=[administrators])
    async def update_user(
        self,
        request: AnyRequest,
        user_id: FromPath[UUID],
        data: JSONBody[schemas.UserUpdate],
        session: Transaction,
        now: Now,
    ) -> Response[Envelope[schemas.User]]:
        """Change a person."""
        users = service.UserService(session)
        user = await users.change(user_id, data, if_match(request), now)
        return with_etag(service.as_user(user), user.version)

    @delete("/{user_id:uuid}", operation_id="deleteUser", guards=[administrators])
    async def delete_user(
        self, user_id: FromPath[UUID], session: Transaction, now: Now
    ) -> None:
        """Let a person go; what they did keeps their name."""
        await service.UserService(session).remove(user_id, now)


class TeamController(Controller):
    """Teams."""

    path = "/teams"
    tags = ("People",)
    guards = (signed_in, agents)

    @get("/", operation_id="listTeams")
    async def list_teams(
        self,
        reads: Reads,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
        with_total: WithTotal = False,
    ) -> Envelope[Page[schemas.Team]]:
        """Teams by name, with their members."""
        teams = service.TeamService(reads)
        return ok(await teams.page(limit=limit, cursor=cursor, with_total=with_total))

    @post("/", operation_id="createTeam", guards=[managers])
    async def create_team(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.TeamCreate],
        session: Transaction,
        now: Now,
    ) -> Response[Envelope[schemas.Team]]:
        """Make a team."""

        async def act() -> Response[Any]:
            team = await service.TeamService(session).found(data, now)
            return with_etag(team, team.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @get("/{team_id:uuid}", operation_id="getTeam")
    async def get_team(
        self, team_id: FromPath[UUID], reads: Reads
    ) -> Response[Envelope[schemas.Team]]:
        """One team."""
        teams = service.TeamService(reads)
        team = await teams.shown(await teams.find(team_id))
        return with_etag(team, team.version)

    @patch("/{team_id:uuid}", operation_id="updateTeam", guards=[managers])
    async def update_team(
        self,
        request: AnyRequest,
        team_id: FromPath[UUID],
        data: JSONBody[schemas.TeamUpdate],
        session: Transaction,
        now: Now,
    ) -> Response[Envelope[schemas.Team]]:
        """Rename a team or replace its members."""
        teams = service.TeamService(session)
        team = await teams.change(team_id, data, if_match(request), now)
        return with_etag(team, team.version)

    @delete("/{team_id:uuid}", operation_id="deleteTeam", guards=[managers])
    async def delete_team(
        self, team_id: FromPath[UUID], session: Transaction, now: Now
    ) -> None:
        """Dissolve a team."""
        await service.TeamService(session).remove(team_id, now)


class OrganizationController(Controller):
    """Customers."""

    path = "/organizations"
    tags = ("People",)
    guards = (signed_in, agents)

    @get("/", operation_id="listOrganizations")
    async def list_organizations(
        self,
        reads: Reads,
        q: Annotated[str | None, QueryParameter(max_length=200)] = None,
        limit: PageSize = DEFAULT_LIMIT,
        cursor: Cursor = None,
        with_total: WithTotal = False,
    ) -> Envelope[Page[schemas.Organization]]:
        """Organizations by name."""
        organizations = service.OrganizationService(reads)
        return ok(
            await organizations.page(
                limit=limit, cursor=cursor, q=q, with_total=with_total
            )
        )

    @post("/", operation_id="createOrganization", guards=[managers])
    async def create_organization(
        self,
        request: AnyRequest,
        data: JSONBody[schemas.OrganizationCreate],
        session: Transaction,
        now: Now,
    ) -> Response[Envelope[schemas.Organization]]:
        """Make an organization."""

        async def act() -> Response[Any]:
            made = await service.OrganizationService(session).found(data, now)
            return with_etag(made, made.version, HTTP_201_CREATED)

        return await once(request, session, act)

    @get("/{organization_id:uuid}", operation_id="getOrganization")
    async def get_organization(
        self, organization_id: FromPath[UUID], reads: Reads
    ) -> Response[Envelope[schemas.Organization]]:
        """One organization."""
        row = await service.OrganizationService(reads).find(organization_id)
        return with_etag(service.as_organization(row), row.version)

    @patch(
        "/{organization_id:uuid}", operation_id="updateOrganization", guards=[managers]
    )
    async def update_organization(
        self,
        request: AnyRequest,
        organization_id: FromPath[UUID],
        data: JSONBody[schemas.OrganizationUpdate],
        session: Transaction,
        now: Now,
    ) -> Response[Envelope[schemas.Organization]]:
        """Rename an organization."""
        organizations = service.OrganizationService(session)
        changed = await organizations.change(
            organization_id, data, if_match(request), now
        )
        return with_etag(changed, changed.version)

    @delete(
        "/{organization_id:uuid}", operation_id="deleteOrganization", guards=[managers]
    )
    async def delete_organization(
        self, organization_id: FromPath[UUID], session: Transaction, now: Now
    ) -> None:
        """Let an organization go; its people have none any more."""
        await service.OrganizationService(session).remove(organization_id, now)


class TokenController(Controller):
    """One's own API tokens."""

    path = "/tokens"
    tags = ("People",)
    guards = (signed_in,)

    @get("/", operation_id="listTokens")
    async def list_tokens(
        self, reads: Reads, caller: Caller
    ) -> Envelope[Page[schemas.ApiToken]]:
        """One's own tokens, newest first."""
        return ok(Page(await service.api_tokens(reads, caller.user_id)))

    @post("/", operation_id="createToken")
    async def create_token(
        self,
        data: JSONBody[schemas.ApiTokenCreate],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> Response[Envelope[schemas.NewApiToken]]:
        """Make a token; its secret is in this answer and nowhere else."""
        token = await service.create_api_token(session, caller, data, now)
        return Response(ok(token), status_code=HTTP_201_CREATED)

    @delete("/{token_id:uuid}", operation_id="revokeToken")
    async def revoke_token(
        self,
        token_id: FromPath[UUID],
        session: Transaction,
        caller: Caller,
        now: Now,
    ) -> None:
        """End a token."""
        await service.revoke_api_token(session, caller.user_id, token_id, now)
