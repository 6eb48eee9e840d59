"""Several hosts over one PostgreSQL, Redis and S3, behind one address.

A host is a data directory and processes of its own; what they share are addresses.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import httpx
import pytest

from tests.conftest import TEST_KEY
from tests.system.storm import MailServer, Product, Storm
from tests.system.test_serve import REPOSITORY, eventually
from tracker.embedded import DataDirectory, needed, running
from tracker.processes import free_port
from tracker.settings import load_settings

LOOPBACK = "127.0.0.1"
ADMIN = "admin@example.com"


class Hosts(Product):
    """Processes on hosts of their own, reached through a reverse proxy."""

    def __init__(self, place: Path, smtp: MailServer, shared: dict[str, str]) -> None:
        super().__init__(place, smtp, workers=1)
        self._shared = shared
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._token = ""
        self.ports = [free_port(LOOPBACK) for _ in range(2)]

    def environ(self) -> dict[str, str]:
        return {
            **super().environ(),
            **self._shared,
            "PUBLIC_URL": self.url,
            "SECRET_KEY": TEST_KEY,
        }

    def address(self, name: str) -> str:
        return self._shared[name]

    def token(self) -> str:
        if not self._token:
            scopes = ("--scope", "write", "--scope", "admin")
            made = self.tracker("token", "create", ADMIN, *scopes)
            assert not made.returncode, made.stderr
            self._token = made.stdout.strip()
        return self._token

    def prepare(self) -> None:
        for command in (
            ("migrate",),
            ("user", "create", ADMIN, "--name", "Ada", "--role", "administrator"),
        ):
            done = self.tracker(*command)
            assert not done.returncode, done.stderr

    def run(self, host: str, what: str, port: int = 0) -> None:
        """Start a process on a host, which is made when there is none of that name."""
        directory = self.data_dir / host
        directory.mkdir(exist_ok=True)
        environ = self.environ() | {"TRACKER_DATA_DIR": str(directory)}
        if port:
            environ["PORT"] = str(port)
        self._start(host, [sys.executable, "-m", "tracker", what], environ)

    def stand_before(self, *ports: int) -> None:
        """Start the proxy as the handbook has it, without TLS."""
        file = str(REPOSITORY / "ops/several-hosts.Caddyfile")
        self._start(
            "proxy",
            ["caddy", "run", "--adapter", "caddyfile", "--config", file],
            {
                "CADDY_ADMIN": f"{LOOPBACK}:{free_port(LOOPBACK)}",
                "HOME": str(self.data_dir),
                "PATH": os.environ["PATH"],
                "TRACKER_SITE": self.url,
                "TRACKER_WEB": " ".join(f"{LOOPBACK}:{port}" for port in ports),
            },
        )

    def _start(self, name: str, command: list[str], environ: dict[str, str]) -> None:
        with (self.data_dir / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, env=environ, cwd=self.data_dir, stdout=log, stderr=log
            )

    def kill(self, host: str) -> None:
        """End what runs on a host, as when its power fails."""
        process = self._processes.pop(host)
        process.kill()
        process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        for process in self._processes.values():
            process.send_signal(number)
        for process in self._processes.values():
            process.wait()
        for log in sorted(self.data_dir.glob("*.log")):
            print(log.name, log.read_text()[-2000:])  # noqa: T201 - for a failed test


@dataclass
class Client:
    """A program that asks as it should: what may have been done is asked for again."""

    hosts: Hosts
    incident: str
    made: list[str] = field(default_factory=list)
    failed_reads: list[str] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        over = Event()
        thread = Thread(target=self._work, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _work(self, over: Event) -> None:
        bearer = {"Authorization": f"Bearer {self.hosts.token()}"}
        with httpx.Client(
            base_url=f"{self.hosts.url}/api/v1", headers=bearer, timeout=20
        ) as http:
            while not over.wait(0.05):
                self._comment(http, f"Note {len(self.made)}")
                answer = http.get("/incidents", params={"limit": 5})
                if not answer.is_success:
                    self.failed_reads.append(answer.text)

    def _comment(self, http: httpx.Client, content: str) -> None:
        key = {"Idempotency-Key": str(uuid4())}
        path = f"/incidents/{self.incident}/comments"
        body = {"content": content, "is_internal": True}
        for _ in range(10):
            answer = http.post(path, json=body, headers=key)
            if answer.is_success:
                self.made.append(content)
                return
            # The host was gone while it worked on this; 409: it is still at it.
            assert answer.status_code in (409, 502, 503), answer.text
        raise AssertionError(f"{content} was not taken: {answer.text}")


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory("-hosts")))
        # Under root, PostgreSQL's own account has to pass through.
        place.chmod(0o711)
        directory = DataDirectory(place / "services")
        stack.enter_context(directory.lock("a test"))
        settings = load_settings({"TRACKER_DATA_DIR": str(place / "services")})
        shared = stack.enter_context(running(needed(settings)))
        smtp = MailServer()
        smtp.start()
        stack.callback(smtp.stop)
        made = Hosts(place, smtp, shared)
        stack.callback(made.stop)
        made.prepare()
        for number, port in enumerate(made.ports, 1):
            made.run(f"web-{number}", "web", port)
        for number in range(1, 4):
            made.run(f"worker-{number}", "worker")
        made.stand_before(*made.ports)
        eventually(made.is_ready)
        yield made


def test_nothing_is_lost_when_a_host_of_each_kind_dies(hosts: Hosts) -> None:
    [incident] = hosts.model()["incidents"]
    starts_at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    storm = Storm(hosts, 100, 50, starts_at, dt.timedelta(seconds=6))
    client = Client(hosts, str(incident["id"]))
    with client.at_work():
        eventually(lambda: storm.left()["clocks"] < 150)
        hosts.kill("web-1")
        hosts.kill("worker-2")
        before = len(client.made)
        eventually(lambda: storm.ends_at < dt.datetime.now(dt.UTC))
        eventually(lambda: len(client.made) > before)
    storm.passes(killed=1)

    found = Counter(
        row["content"] for row in hosts.rows("SELECT content FROM comments")
    )
    assert not client.failed_reads
    assert client.made
    assert found == dict.fromkeys(client.made, 1)


def test_a_host_that_comes_back_is_asked_again(hosts: Hosts) -> None:
    hosts.run("web-1", "web", hosts.ports[0])
    hosts.run("worker-2", "worker")
    hosts.kill("web-2")

    eventually(hosts.is_ready)
