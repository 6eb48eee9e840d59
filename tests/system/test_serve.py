"""`tracker serve` as people meet it: real processes, started, killed, started again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]


class Installation:
    """One data directory and the `tracker` commands that use it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = ""
        self._serve: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        assert self._serve
        return self._serve.pid

    def environ(self) -> dict[str, str]:
        measuring = {
            name: value
            for name, value in os.environ.items()
            if name.startswith("COVERAGE_")
        }
        return {
            **measuring,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY / "backend"),
            "PORT": str(self.port),
            "TRACKER_DATA_DIR": str(self.data_dir),
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tracker", *arguments]

    def tracker(
        self, *arguments: str, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environ() | environ,
            cwd=self.data_dir,  # which has no .env of a developer
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, until: str = "is ready at") -> None:
        """Start, unless it runs, and read what it says until a line has `until`."""
        if self._serve:
            return
        with (self.data_dir.parent / "stderr").open("w+") as stderr:
            self._serve = subprocess.Popen(
                self.command("serve"),
                env=self.environ(),
                cwd=self.data_dir.parent,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
            assert self._serve.stdout
            self.output = ""
            while until not in self.output:
                line = self._serve.stdout.readline()
                stderr.seek(0)
                assert line, f"serve ended: {stderr.read()}"
                self.output += line

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the supervisor, unless it has ended, and read the rest."""
        if self._serve:
            self._serve.send_signal(number)
            self.output += self._serve.communicate()[0]
            self._serve = None

    def api(self, method: str, path: str, token: str = "", **body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {token}"} if token else {}),
        )
        with urllib.request.urlopen(request) as response:
            return json.load(response)["data"]

    def is_ready(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/health/ready").close()
        except OSError:
            return False
        return True

    def family(self) -> dict[int, str]:
        """The supervisor and all that descends from it: process ids and commands."""
        parents = {}
        commands = {}
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    stat = (process / "stat").read_text()
                    command = (process / "cmdline").read_text().replace("\0", " ")
                except OSError:
                    continue
                state, parent = stat.rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents[int(process.name)] = int(parent)
                    commands[int(process.name)] = command
        found = {self.pid}
        while more := {p for p, of in parents.items() if of in found} - found:
            found |= more
        return {pid: commands[pid] for pid in found if pid in commands}

    def members(self, command: str) -> set[int]:
        """Those of the family that run this command."""
        return {pid for pid, found in self.family().items() if command in found}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    # Nobody else may enter this place, which PostgreSQL under root has to cope with.
    made = Installation(tmp_path_factory.mktemp("installation") / "data")
    made.data_dir.mkdir()
    yield made
    made.stop()


def running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what must come; a minute means that it never does."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_the_first_start_gives_a_password_to_sign_in_with(
    installation: Installation,
) -> None:
    installation.start(until="Password")

    ready, administrator, password = installation.output.splitlines()
    assert ready == f"Incident & SLA Tracker is ready at {installation.url}"
    assert administrator == "First administrator: admin@example.com"
    session = installation.api(
        "POST",
        "/auth/login",
        email="admin@example.com",
        password=password.rpartition(" ")[2],
    )
    assert session["user"]["role"] == "administrator"


def test_a_second_start_on_the_same_data_says_who_was_first(
    installation: Installation,
) -> None:
    installation.start()

    second = installation.tracker("serve")

    assert second.returncode == 1
    assert second.stderr == (
        f"Error: {installation.data_dir} is in use by process {installation.pid}, "
        f"{installation.url}\n"
    )


def test_a_taken_port_is_one_clear_line(installation: Installation) -> None:
    installation.start()
    other = Installation(installation.data_dir.parent / "other")
    other.data_dir.mkdir()
    other.port = installation.port

    result = other.tracker("serve")

    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: 127.0.0.1 port {other.port} can't be used")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    ["postgres -D", "valkey-server", "rclone serve", "tracker web", "tracker worker"],
)
def test_a_killed_process_is_started_again(
    installation: Installation, command: str
) -> None:
    installation.start()
    before = installation.members(command)
    os.kill(min(before), signal.SIGKILL)

    eventually(lambda: bool(installation.members(command) - before))
    eventually(installation.is_ready)


def test_other_commands_find_the_running_services(installation: Installation) -> None:
    installation.start()

    made = installation.tracker("token", "create", "admin@example.com")

    me = installation.api("GET", "/auth/me", token=made.stdout.strip())
    assert me["email"] == "admin@example.com"


def test_the_doctor_finds_a_running_product_well(installation: Installation) -> None:
    installation.start()

    findings = installation.tracker("doctor").stdout.splitlines()

    wrong = [line for line in findings if line.startswith("WRONG")]
    assert len(findings) == 6
    assert not [line for line in wrong if "Pages" not in line]


def test_the_doctor_says_what_is_wrong_with_each_part(
    installation: Installation,
) -> None:
    nobody = Installation(installation.data_dir)
    result = nobody.tracker(
        "doctor",
        DATABASE_URL=f"postgresql://me@127.0.0.1:{nobody.port}/tracker",
        REDIS_URL=f"redis://127.0.0.1:{nobody.port}/0",
        S3_ENDPOINT=f"http://127.0.0.1:{nobody.port}",
        S3_ACCESS_KEY="me",
        S3_SECRET_KEY="secret",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=str(nobody.port),
    )

    wrong = [line for line in result.stdout.splitlines() if line.startswith("WRONG")]
    assert result.returncode == 1
    for part, setting in (
        ("PostgreSQL", "DATABASE_URL"),
        ("Redis", "REDIS_URL"),
        ("S3", "S3_ENDPOINT"),
        ("Mail", "SMTP_HOST"),
    ):
        assert [line for line in wrong if part in line and setting in line]


def test_a_bad_value_in_the_env_file_is_one_clear_line(
    installation: Installation,
) -> None:
    (installation.data_dir / ".env").write_text("WORKER_PROCESSES=many\n")
    result = installation.tracker("worker")
    (installation.data_dir / ".env").unlink()

    assert result.returncode == 1
    assert result.stderr == (
        "Error: WORKER_PROCESSES must be a whole number from 0 to 64, not 'many'\n"
    )


def test_sigterm_ends_every_process(installation: Installation) -> None:
    installation.start()
    family = installation.family()

    installation.stop(signal.SIGTERM)

    assert len(family) > 8
    assert not [command for pid, command in family.items() if running(pid)]


def test_a_command_starts_the_database_when_nothing_runs(
    installation: Installation,
) -> None:
    installation.stop()

    listed = installation.tracker("user", "list")

    assert "admin@example.com" in listed.stdout
    assert not (installation.data_dir / "postgres" / "postmaster.pid").exists()


def test_a_later_start_shows_no_password(installation: Installation) -> None:
    installation.stop()

    installation.start()
    installation.stop()

    assert (
        installation.output
        == f"Incident & SLA Tracker is ready at {installation.url}\n"
    )


def test_nothing_outlives_a_killed_supervisor(installation: Installation) -> None:
    installation.start()
    family = installation.family()

    installation.stop(signal.SIGKILL)

    eventually(lambda: not any(map(running, family)))


def test_a_kill_of_everything_loses_nothing(installation: Installation) -> None:
    installation.start()
    token = installation.tracker(
        "token", "create", "admin@example.com", "--scope", "write"
    ).stdout.strip()
    made = installation.api("POST", "/incidents", token, title="Disk full")
    for pid in installation.family():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    installation.stop(signal.SIGKILL)

    installation.start()

    found = installation.api("GET", f"/incidents/{made['id']}", token)
    assert found["title"] == "Disk full"
