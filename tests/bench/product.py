"""The product under measurement: started, found, looked at, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tracker.embedded import DataDirectory
from tracker.processes import free_port

EMAIL = "bench@example.com"
PASSWORD = "only for this measurement"
NAMES = {
    "tracker serve": "supervisor",
    "tracker web": "web",
    "tracker worker": "worker",
    "postgres": "PostgreSQL",
    "valkey": "Valkey",
    "rclone": "S3",
}


class Product:
    """A running `tracker serve` on a data directory of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.port = int(os.environ.get("PORT") or free_port("127.0.0.1"))
        self._environ = {
            **os.environ,
            "ADMIN_EMAIL": EMAIL,
            "ADMIN_PASSWORD": PASSWORD,
            "PORT": str(self.port),
            "TRACKER_DATA_DIR": str(data_dir),
        }
        for name in ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT"):
            self._environ.pop(name, None)
        self._data_dir = data_dir
        self.environment: Mapping[str, str] = {}

    def run(self, *arguments: str) -> None:
        """Run a `tracker` command to its end."""
        subprocess.run(
            [sys.executable, "-m", "tracker", *arguments],
            env=self._environ,
            cwd=self._data_dir,  # where there is no .env
            stdout=subprocess.DEVNULL,
            check=True,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve as long as the block lasts."""
        self._serve = subprocess.Popen(
            [sys.executable, "-m", "tracker", "serve"],
            env=self._environ,
            cwd=self._data_dir,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert self._serve.stdout
            if "is ready at" not in self._serve.stdout.readline():
                raise RuntimeError("`tracker serve` did not start")
            runtime = DataDirectory(self._data_dir).runtime()
            assert runtime
            self.environment = runtime.environment
            yield
        finally:
            self._serve.send_signal(signal.SIGTERM)
            self._serve.communicate()

    def sign_in(self) -> str:
        """An access token of the first administrator."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/auth/login",
            data=json.dumps({"email": EMAIL, "password": PASSWORD}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            token: str = json.load(response)["data"]["access_token"]
            return token

    def cpu_seconds(self, *parts: str) -> float:
        """What these parts have used so far, those included that have ended."""
        return sum(
            _cpu_seconds(pid)
            for pid, command in _family(self._serve.pid).items()
            if _part(command) in parts
        )

    def memory(self) -> list[tuple[str, int, float, float]]:
        """What each part holds: name, processes, RSS and own share (PSS) in MiB."""
        parts: dict[str, list[Any]] = {}
        for pid, command in _family(self._serve.pid).items():
            name = _part(command)
            sizes = _sizes(pid)
            part = parts.setdefault(name, [0, 0.0, 0.0])
            part[0] += 1
            part[1] += sizes["Rss"]
            part[2] += sizes["Pss"]
        return [(name, *part) for name, part in parts.items()]


def cpu_seconds(root: int) -> float:
    """What a process and all that descend from it have used so far."""
    return sum(map(_cpu_seconds, _family(root)))


def _part(command: str) -> str:
    return next((NAMES[key] for key in NAMES if key in command), command)


def _cpu_seconds(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended, and its parent has its time
        return 0.0
    # Its own, user and system, and that of its children which have ended.
    return sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")


def _family(root: int) -> dict[int, str]:
    """A process and all that descend from it: ids and commands."""
    process = Path(f"/proc/{root}")
    try:
        found = {root: (process / "cmdline").read_text().replace("\0", " ")}
        for task in (process / "task").iterdir():
            for child in (task / "children").read_text().split():
                found |= _family(int(child))
    except OSError:  # it has ended
        return {}
    return found


def _sizes(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {
        name: int(rest.split()[0]) / 1024
        for name, _, rest in (line.partition(":") for line in lines)
    }
