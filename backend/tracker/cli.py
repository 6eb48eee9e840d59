"""The `tracker` command."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import secrets
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from tracker.embedded import (
    S3,
    DataDirectory,
    EmbeddedError,
    Postgres,
    Service,
    Valkey,
    clear_leftovers,
    needed,
    running,
)
from tracker.errors import AppError
from tracker.processes import die_with_parent, port_problem
from tracker.settings import (
    Settings,
    SettingsError,
    load_settings,
    read_env_file,
    with_secrets_from_files,
)
from tracker.supervisor import (
    ServeError,
    serve,
    wait_for_start,
    with_push_key,
    with_secret_key,
)

if TYPE_CHECKING:
    from litestar.types import ASGIApp
    from sqlalchemy.ext.asyncio import AsyncSession

    from tracker.db import Database
    from tracker.sla.verification import Report

T = TypeVar("T")

# What Granian gives its processes before it kills them.
_WEB_STOP_SECONDS = 3


class _Group(click.Group):
    """Shows our own errors as one line, not as a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (
            AppError,
            EmbeddedError,
            ServeError,
            SettingsError,
            msgspec.ValidationError,
        ) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group)
@click.version_option(package_name="incident-sla-tracker")
@click.pass_context
def main(context: click.Context) -> None:
    """Incident & SLA Tracker.

    Settings come from the environment and from a file `.env` in the current
    directory; the environment wins.
    """
    context.obj = with_secrets_from_files({**read_env_file(Path(".env")), **os.environ})


@contextmanager
def _connected(
    environ: dict[str, str],
    purpose: str,
    starts: tuple[type[Service], ...] = (),
) -> Iterator[Settings]:
    """Settings with the addresses of all services.

    What the environment doesn't name is taken from a `tracker serve` that runs on
    the same data directory. Where there is none, services of the types `starts`
    run as long as the block does.
    """
    settings = load_settings(environ)
    with ExitStack() as stack:
        if services := needed(settings):
            directory = DataDirectory(settings.data_dir)
            if runtime := directory.runtime():
                addresses = runtime.environment
            elif wanted := [one for one in services if isinstance(one, starts)]:
                stack.enter_context(directory.lock(purpose))
                clear_leftovers(settings.data_dir)
                addresses = stack.enter_context(running(wanted))
            elif starts:
                addresses = {}
            else:
                raise click.ClickException(
                    f"no `tracker serve` runs on {settings.data_dir}: start it, "
                    "or set DATABASE_URL, REDIS_URL and S3_ENDPOINT"
                )
            set_here = {name: value for name, value in environ.items() if value}
            environ = addresses | set_here
        environ = with_secret_key(environ, settings)
        if not settings.production:
            environ = with_push_key(environ, load_settings(environ))
        # The web processes read the environment once more.
        os.environ.update(environ)
        yield load_settings(environ)


@main.command("serve")
@click.pass_obj
def serve_command(environ: dict[str, str]) -> None:
    """Run everything: missing services, migrations, web and workers."""
    serve(environ)


@main.command()
@click.option("--prepare", is_flag=True, hidden=True)
@click.pass_obj
def web(environ: dict[str, str], prepare: bool) -> None:
    """Run the web server only."""
    with _connected(environ, "tracker web") as settings:
        if problem := port_problem(settings.host, settings.port):
            raise click.ClickException(problem)
        if prepare:
            _prepare(settings)
        _run_granian(settings)


def _prepare(settings: Settings) -> None:
    """Migrate, and make the first administrator; the supervisor reads the result.

    The web process does it for the supervisor, as it has all that it takes.
    """
    from tracker import db
    from tracker.accounts.service import ensure_first_administrator

    db.migrate(settings)
    password = asyncio.run(ensure_first_administrator(settings))
    click.echo(json.dumps({"password": password}))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _run_granian(settings: Settings) -> None:
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.log import LogLevels
    from granian.server import Server

    from tracker import app  # its memory is shared with the processes forked later

    gc.freeze()
    parent = os.getpid()

    def load() -> ASGIApp:
        die_with_parent(signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
        # A request leaves hardly any cycles, and looking for them takes time.
        gc.set_threshold(10_000, 20, 20)
        return app.create_app_from_environment()

    Server(
        "tracker.app:create_app_from_environment",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.web_workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_WEB_STOP_SECONDS,
    ).serve(target_loader=load, wrap_loader=False)


@main.command()
@click.pass_obj
def worker(environ: dict[str, str]) -> None:
    """Run one worker only."""
    with _connected(environ, "tracker worker") as settings:
        from tracker.worker import run_worker

        wait_for_start()
        run_worker(settings)


@main.command()
@click.option("--revision", default="head", show_default=True)
@click.option("--plan", is_flag=True, help="Show the SQL, and change nothing.")
@click.pass_obj
def migrate(environ: dict[str, str], revision: str, plan: bool) -> None:
    """Bring the database up to date."""
    with _connected(environ, "tracker migrate", (Postgres,)) as settings:
        from tracker import db

        if plan:
            click.echo(db.plan(settings, revision) or "Nothing is pending.")
        else:
            db.migrate(settings, revision)


@main.command()
@click.option(
    "--incidents",
    type=click.IntRange(1, 10_000_000),
    default=1000,
    show_default=True,
    help="How many to add.",
)
@click.pass_obj
def seed(environ: dict[str, str], incidents: int) -> None:
    """Fill the database, an empty one too, with incidents to look at."""
    with _connected(environ, "tracker seed", (Postgres,)) as settings:
        from rich.progress import Progress

        from tracker import db
        from tracker.seed import seed as fill

        db.migrate(settings)
        with Progress() as progress:
            task = progress.add_task("Incidents", total=incidents)
            fill(settings, incidents, partial(progress.advance, task))


@main.command("verify-clocks")
@click.option("--repair", is_flag=True, help="Write what the ledgers say.")
@click.option("--incident", "reference", metavar="INC-…", help="Only this one.")
@click.pass_obj
def verify_clocks(environ: dict[str, str], repair: bool, reference: str | None) -> None:
    """Compare every clock with its ledger, and every ledger with itself.

    Ends with 1 when something differs, or with --repair when something could not be
    put right: nothing is written on the word of a ledger that somebody has changed.
    """
    with _connected(environ, "tracker verify-clocks", (Postgres,)) as settings:
        report = _verified(settings, reference)
        found = len(report.differences)
        noun = "difference" if found == 1 else "differences"
        click.echo(f"{report.clocks} clocks, {found} {noun}")
        if repair and found:
            left = _with_database(settings, partial(_repaired, report))
            click.echo(f"{found - left} put right, {left} left")
            found = left
    if found:
        raise click.exceptions.Exit(1)


def _verified(settings: Settings, reference: str | None) -> Report:
    """What differs, told line by line while the rest is being looked at."""
    from rich.console import Console
    from rich.progress import Progress

    from tracker.sla.verification import Report, check_all, check_incident

    report = Report()
    console = Console(soft_wrap=True)

    def tell(part: Report) -> None:
        report.add(part)
        for difference in part.differences:
            one = difference.told()
            console.print(
                f"{one.number} {one.part} {one.column}:"
                f" stored {one.stored}, computed {one.computed}",
                markup=False,
                highlight=False,
            )

    if reference:
        number = reference.upper().removeprefix("INC-")
        if not number.isdecimal():
            raise click.BadParameter(f"{reference} is no number of an incident.")
        tell(_with_database(settings, partial(check_incident, number=int(number))))
        return report
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Incidents", total=None)

        def advance(part: Report, total: int) -> None:
            tell(part)
            progress.update(task, total=total, advance=part.incidents)

        check_all(settings, advance)
    return report


async def _repaired(report: Report, database: Database) -> int:
    """Put right what can be; tells how many differences are left."""
    from tracker.db import utc_now
    from tracker.sla.verification import repair

    left = 0
    for incident_id in dict.fromkeys(d.incident_id for d in report.differences):
        async with database.transaction() as session:
            left += len(await repair(session, incident_id, utc_now()))
    return left


@main.command()
def openapi() -> None:
    """Print the OpenAPI description of the API."""
    from tracker.app import create_app
    from tracker.openapi import document

    # No address and no key of this machine has a part in it; nothing is connected.
    settings = load_settings(
        {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DATABASE_URL": "postgresql://localhost/nowhere",
            "REDIS_URL": "redis://localhost",
            "S3_ENDPOINT": "http://localhost",
            "S3_ACCESS_KEY": "nobody",
            "S3_SECRET_KEY": "nothing",
        }
    )
    described = document(create_app(settings))
    click.echo(json.dumps(described, indent=2, ensure_ascii=False))


@main.command()
@click.pass_obj
def doctor(environ: dict[str, str]) -> None:
    """Check all that the product depends on, and say what to do."""
    with _connected(environ, "tracker doctor", (Postgres, Valkey, S3)) as settings:
        from tracker.doctor import examine

        well = True
        for finding in examine(settings):
            well = well and finding.ok
            click.echo(
                f"{'ok   ' if finding.ok else 'WRONG'}  {finding.part}: {finding.text}"
            )
    if not well:
        raise click.exceptions.Exit(1)


# --- People ---


@main.group()
def user() -> None:
    """People who may sign in."""


@user.command("create")
@click.argument("email")
@click.option("--name", required=True)
@click.option(
    "--role",
    type=click.Choice(["administrator", "manager", "agent", "reporter"]),
    default="agent",
    show_default=True,
)
@click.pass_obj
def create_user(environ: dict[str, str], email: str, name: str, role: str) -> None:
    """Add somebody, with a generated password that is shown once."""
    with _connected(environ, "tracker user create", (Postgres,)) as settings:
        from tracker.accounts import schemas, service

        password = _new_password()
        data = msgspec.convert(
            {"email": email, "name": name, "role": role, "password": password},
            schemas.UserCreate,
        )

        async def create(session: AsyncSession) -> None:
            await service.UserService(session=session).invite(data, datetime.now(UTC))

        _in_transaction(settings, create)
    click.echo(f"Password of {email}, shown only now: {password}")


@user.command("reset-password")
@click.argument("email")
@click.pass_obj
def reset_password(environ: dict[str, str], email: str) -> None:
    """Give somebody a generated password, shown once, and sign them out."""
    with _connected(environ, "tracker user reset-password", (Postgres,)) as settings:
        from tracker.accounts import schemas, service
        from tracker.db import utc_now

        password = _new_password()

        async def reset(session: AsyncSession) -> None:
            found = await service.user_by_email(session, email)
            await service.UserService(session=session).change(
                found.id, schemas.UserUpdate(password=password), None, utc_now()
            )

        _in_transaction(settings, reset)
    click.echo(f"Password of {email}, shown only now: {password}")


@user.command("list")
@click.pass_obj
def list_users(environ: dict[str, str]) -> None:
    """List everybody."""
    with _connected(environ, "tracker user list", (Postgres,)) as settings:
        from tracker.accounts import service

        async def people(session: AsyncSession) -> None:
            cursor = None
            while True:
                page = await service.UserService(session=session).page(
                    limit=100, cursor=cursor
                )
                for one in page.items:
                    state = "" if one.is_active else "  (inactive)"
                    click.echo(f"{one.role:13}  {one.email}  {one.name}{state}")
                if not (cursor := page.next_cursor):
                    break

        _in_transaction(settings, people)


@main.group()
def token() -> None:
    """Personal API tokens."""


@token.command("create")
@click.argument("email")
@click.option("--name", default="command line", show_default=True)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(["read", "write", "admin"]),
    multiple=True,
    default=["read"],
    show_default=True,
    help="Can be repeated.",
)
@click.option("--days", type=click.IntRange(1), help="How long it is valid.")
@click.pass_obj
def create_token(
    environ: dict[str, str],
    email: str,
    name: str,
    scopes: tuple[str, ...],
    days: int | None,
) -> None:
    """Print a new token of somebody; it is shown once."""
    with _connected(environ, "tracker token create", (Postgres,)) as settings:
        from tracker.accounts import schemas, service
        from tracker.errors import Forbidden

        now = datetime.now(UTC)
        data = msgspec.convert(
            {
                "name": name,
                "scopes": scopes,
                "expires_at": now + timedelta(days=days) if days else None,
            },
            schemas.ApiTokenCreate,
        )

        async def create(session: AsyncSession) -> str:
            found = await service.user_by_email(session, email)
            identity = await service.identity_of(session, found.id)
            if identity is None:
                raise Forbidden(f"{email} is not active.")
            made = await service.create_api_token(session, identity, data, now)
            return made.token

        click.echo(_in_transaction(settings, create))


def _new_password() -> str:
    return secrets.token_urlsafe(15)


def _in_transaction(
    settings: Settings, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]
) -> T:
    async def run(database: Database) -> T:
        async with database.transaction() as session:
            return await work(session)

    return _with_database(settings, run)


def _with_database(
    settings: Settings, work: Callable[[Database], Coroutine[Any, Any, T]]
) -> T:
    from tracker.db import Acting, Database, acting

    async def run() -> T:
        database = Database.connect(settings)
        try:
            with acting(Acting("command_line")):
                return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
