"""`tracker serve`: the whole product on one machine, started and stopped as one."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

import click

from tracker.embedded import (
    MARK,
    DataDirectory,
    Runtime,
    clear_leftovers,
    needed,
    running,
)
from tracker.processes import Child, port_problem, stop_all
from tracker.settings import Settings, load_settings, reachable_host

_POLL_SECONDS = 0.1
_READY_SECONDS = 120.0
# Whoever ends sooner than this has failed at the start.
_STABLE_SECONDS = 10.0
_MAX_FAILURES = 5
_FIRST_DELAY = 0.1
_LONGEST_DELAY = 5.0
# With the services' own they stay below the ten seconds that we promise.
_WEB_STOP_SECONDS = 3.2
_WORKER_STOP_SECONDS = 4.0

# What the other commands have to know about a running product.
_PUBLISHED = (
    "DATABASE_URL",
    "PUBLIC_URL",
    "REDIS_URL",
    "S3_ACCESS_KEY",
    "S3_ENDPOINT",
    "S3_SECRET_KEY",
    "SECRET_KEY",
    "VAPID_PRIVATE_KEY",
)


class ServeError(Exception):
    """The product can't start or go on; the text is one line for people."""


def with_secret_key(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Add the generated `SECRET_KEY` where none is set, which is not in production.

    Raises:
        EmbeddedError: the data directory, which keeps it, can't be written.
    """
    if settings.auth.secret_key:
        return dict(environ)
    key = DataDirectory(settings.data_dir).secrets().secret_key
    return {**environ, "SECRET_KEY": key}


def with_push_key(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Add the generated `VAPID_PRIVATE_KEY` where none is set.

    It is made in production too, where one machine runs all of it: what is signed with
    it gives access to nothing. Several machines have to be given the same.

    Raises:
        EmbeddedError: the data directory, which keeps it, can't be written.
    """
    if settings.push.private_key:
        return dict(environ)
    key = DataDirectory(settings.data_dir).secrets().vapid_private_key
    return {**environ, "VAPID_PRIVATE_KEY": key}


def serve(environ: Mapping[str, str]) -> None:
    """Run the product until SIGINT, SIGTERM or SIGHUP.

    Raises:
        SettingsError: a variable has a bad value.
        EmbeddedError: the data directory is in use, or a service doesn't start.
        ServeError: the port is taken, or a process ends again and again.
    """
    settings = load_settings(environ)
    directory = DataDirectory(settings.data_dir)
    with _until_signal(), directory.lock(settings.public_url):
        if killed := clear_leftovers(settings.data_dir):
            _say(f"Ended {len(killed)} processes that an earlier run left behind")
        if problem := port_problem(settings.host, settings.port):
            raise ServeError(f"{problem}; free it, or set PORT")
        services = needed(settings)
        if services:
            names = ", ".join(service.name for service in services)
            _say(f"Starting {names} in {settings.data_dir}")
        with running(services) as addresses:
            environ = with_secret_key(
                {
                    **environ,
                    **addresses,
                    "PUBLIC_URL": settings.public_url,
                    "TRACKER_DATA_DIR": str(settings.data_dir),
                    MARK: str(settings.data_dir),
                },
                settings,
            )
            environ = with_push_key(environ, settings)
            directory.publish(
                Runtime(
                    pid=os.getpid(),
                    url=settings.public_url,
                    environment={name: environ[name] for name in _PUBLISHED},
                )
            )
            _Product(settings, environ, [service.child for service in services]).run()


def wait_for_start() -> None:
    """Under a supervisor, wait until the database is up to date.

    The workers are started early, as their imports take a second. The supervisor
    closes their stdin when they may go on.
    """
    if MARK in os.environ:
        sys.stdin.buffer.read()


@contextmanager
def _until_signal() -> Iterator[None]:
    """End the block, quietly, by the first signal that asks to stop."""
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` ignores it
        signals.append(signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in signals:  # nothing may disturb the stopping
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in signals:
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt:
        _say("Stopped")


class _Product:
    """The web and worker processes, and the watch over them and the services."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        services: Sequence[Child],
    ) -> None:
        self._settings = settings
        self._credentials: list[str] = []
        self._web = Child("web", _command("web"), environ=environ)
        self._workers = [
            Child(f"worker {number}", _command("worker"), environ=environ)
            for number in range(1, settings.worker_processes + 1)
        ]
        self._watches = [Watch(child) for child in services]
        self._watches += [Watch(child) for child in (self._web, *self._workers)]

    def run(self) -> None:
        """Start, announce, watch; the signal that ends it comes as an exception."""
        _say(
            f"Starting {self._settings.web_workers} web and "
            f"{self._settings.worker_processes} worker processes"
        )
        try:
            report, write_report = os.pipe()
            self._web.start("--prepare", stdout=write_report)
            os.close(write_report)
            go, hold = os.pipe()
            for worker in self._workers:
                worker.start(stdin=go)
            os.close(go)
            self._read_report(report)
            os.close(hold)  # see `wait_for_start`
            self._await_ready()
            self._announce()
            while True:
                self._watch()
        finally:
            _say("Stopping")
            # First nobody asks any more, then nobody works any more.
            self._web.stop(_WEB_STOP_SECONDS)
            stop_all(self._workers, _WORKER_STOP_SECONDS)
            self._show_credentials()

    def _read_report(self, report: int) -> None:
        """Wait until the web process has prepared the database."""
        with os.fdopen(report) as lines:
            text = lines.read()
        if not text:
            raise ServeError("the database can't be brought up to date: see above")
        password = json.loads(text)["password"]
        if password is not None:
            self._credentials = [
                f"First administrator: {self._settings.admin.email}",
                f"Password, shown only now: {password}"
                if password
                else "Password: as set in ADMIN_PASSWORD",
            ]

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while answer := self._not_ready():
            if time.monotonic() > deadline:
                raise ServeError(f"not ready after {_READY_SECONDS:.0f} s: {answer}")
            self._watch()

    def _not_ready(self) -> str:
        """Ask the web process; an empty text means that all is well."""
        connection = http.client.HTTPConnection(
            reachable_host(self._settings.host), self._settings.port, timeout=5
        )
        try:
            connection.request("GET", "/health/ready")
            response = connection.getresponse()
            return "" if response.status == 200 else response.read(2000).decode()
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            connection.close()

    def _announce(self) -> None:
        click.echo(f"{self._settings.app_name} is ready at {self._settings.public_url}")
        self._show_credentials()

    def _show_credentials(self) -> None:
        """Show them once; also when the start failed, as nobody can ask again."""
        for line in self._credentials:
            click.echo(line)
        self._credentials = []

    def _watch(self) -> None:
        for watch in self._watches:
            watch.look()
        time.sleep(_POLL_SECONDS)


class Watch:
    """Starts a child again when it has ended, later and later.

    One that has never stayed up is given up in the end: it would fail for ever. Another
    one comes back: that a part is killed is no reason to stop all the rest.
    """

    def __init__(
        self,
        child: Child,
        *,
        stable_seconds: float = _STABLE_SECONDS,
        first_delay: float = _FIRST_DELAY,
    ) -> None:
        self._child = child
        self._stable_seconds = stable_seconds
        self._first_delay = first_delay
        self._has_stayed = False
        self._failures = 0
        self._started = time.monotonic()
        self._start_at: float | None = None

    def look(self) -> None:
        """Look after the child; called again and again.

        Raises:
            ServeError: it has ended right after its start too often.
        """
        now = time.monotonic()
        if self._start_at is not None:
            if now >= self._start_at:
                self._child.start()
                self._started, self._start_at = now, None
        elif not self._child.alive:
            stable = now - self._started > self._stable_seconds
            self._has_stayed |= stable
            self._failures = 0 if stable else self._failures + 1
            how = _how_it_ended(self._child)
            if self._failures >= _MAX_FAILURES and not self._has_stayed:
                raise ServeError(
                    f"{how} {self._failures} times right after its start: see above"
                )
            _say(f"{how}; starting it again")
            delay = self._first_delay * 2 ** min(self._failures, 10)
            self._start_at = now + min(delay, _LONGEST_DELAY)


def _how_it_ended(child: Child) -> str:
    code = child.exit_code or 0
    if code < 0:
        return f"{child.name} (process {child.pid}) was ended by signal {-code}"
    return f"{child.name} (process {child.pid}) ended with code {code}"


def _command(name: str) -> list[str]:
    if getattr(sys, "frozen", False):  # the single file is interpreter and program
        return [sys.executable, name]
    return [sys.executable, "-m", "tracker", name]


def _say(text: str) -> None:
    """Tell on stderr what goes on; stdout has only what was asked for."""
    click.echo(text, err=True)
