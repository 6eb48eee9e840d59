"""Deadlines pass while workers are killed: each event once, each mail once, none lost.

One storm, on real processes, a real database and a real mail server; the tests look at
what it left behind.
"""

from __future__ import annotations

import email
import email.policy
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from shutil import rmtree
from typing import Any

import httpx
import psycopg
import pytest
from aiosmtpd.controller import Controller
from psycopg.rows import dict_row

from tests.system.test_serve import Installation, eventually
from tracker.embedded import DataDirectory
from tracker.processes import free_port
from tracker.worker import MAIL_CONCURRENCY

INCIDENTS = 250
PASSWORD = "correct horse battery"
# The supervisor gives up a worker that ends five times right after its start.
KILLS = 4
MAILS_BETWEEN = 40
WORKERS = 2
TARGETS = {"response_seconds": 5, "resolution_seconds": 9}


class Postbox:
    """Keeps every mail that it has accepted, in the order in which it came."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 - a name of aiosmtpd
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.mails.append(
            email.message_from_bytes(envelope.content, policy=email.policy.default)
        )
        return "250 OK"


class Stormy(Installation):
    """With two workers, and a mail server of the test's own."""

    def __init__(self, data_dir: Path, smtp_port: int) -> None:
        super().__init__(data_dir)
        self._smtp_port = smtp_port

    def environ(self) -> dict[str, str]:
        return {
            **super().environ(),
            "ADMIN_PASSWORD": PASSWORD,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self._smtp_port),
            "WEB_WORKERS": "1",
            "WORKER_PROCESSES": str(WORKERS),
        }

    def workers(self) -> list[int]:
        return sorted(
            pid for pid, command in self.family().items() if "tracker worker" in command
        )


@dataclass
class Aftermath:
    """What the storm has left."""

    killed: list[int] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    clocks: list[dict[str, Any]] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)

    def events(self, type_: str) -> list[dict[str, Any]]:
        return [event for event in self.ledger if event["type"] == type_]


def kill_workers(product: Stormy, found: Aftermath) -> None:
    """Kill the worker that has worked longest, whenever mail flows again."""
    since: dict[int, float] = {}
    seen = 0
    while len(found.killed) < KILLS:
        time.sleep(0.1)
        workers = product.workers()
        for pid in workers:
            since.setdefault(pid, time.monotonic())
        if workers and len(found.mails) >= seen + MAILS_BETWEEN:
            seen = len(found.mails)
            oldest = min(workers, key=lambda pid: since[pid])
            os.kill(oldest, signal.SIGKILL)
            found.killed.append(oldest)


def make_incidents(product: Stormy) -> None:
    with httpx.Client(base_url=f"{product.url}/api/v1", timeout=30) as client:

        def ask(method: str, path: str, **body: Any) -> Any:
            response = client.request(method, path, json=body or None)
            assert response.is_success, response.text
            return response.json()["data"]

        session = ask(
            "POST", "/auth/login", email="admin@example.com", password=PASSWORD
        )
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        [policy] = ask("GET", "/sla-policies")["items"]
        targets = dict.fromkeys(("critical", "high", "medium", "low"), TARGETS)
        ask("PATCH", f"/sla-policies/{policy['id']}", targets=targets)
        for number in range(INCIDENTS):
            ask("POST", "/incidents", title=f"Incident {number}")


@pytest.fixture(scope="module")
def aftermath() -> Aftermath:
    directory = Path(tempfile.mkdtemp(prefix="tracker-test-"))
    # Under root, PostgreSQL's own account has to pass through.
    directory.chmod(0o711)
    (directory / "data").mkdir(mode=0o711)
    postbox = Postbox()
    smtp = Controller(postbox, hostname="127.0.0.1", port=free_port("127.0.0.1"))
    smtp.start()
    product = Stormy(directory / "data", smtp.port)
    found = Aftermath(mails=postbox.mails)
    try:
        product.start()
        storm = threading.Thread(target=kill_workers, args=(product, found))
        storm.start()
        make_incidents(product)
        storm.join()
        runtime = DataDirectory(product.data_dir).runtime()
        assert runtime
        url = runtime.environment["DATABASE_URL"].replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as database:
            look(database, found)
    finally:
        product.stop()
        smtp.stop()
        rmtree(directory)
    return found


def look(database: psycopg.Connection[dict[str, Any]], found: Aftermath) -> None:
    """Wait until nothing is left to do, then read everything."""

    def all_of(statement: Any) -> list[dict[str, Any]]:
        return database.execute(statement).fetchall()

    def is_over() -> bool:
        [left] = all_of(
            "SELECT (SELECT count(*) FROM sla_clocks WHERE status <> 'breached')"
            " + (SELECT count(*) FROM sla_clocks WHERE mark_due_at IS NOT NULL)"
            " + (SELECT count(*) FROM outbox WHERE status = 'pending') AS n"
        )
        return bool(left["n"] == 0)

    eventually(is_over)
    found.clocks = all_of("SELECT * FROM sla_clocks")
    found.ledger = all_of("SELECT * FROM sla_ledger")
    found.outbox = all_of("SELECT * FROM outbox")


def test_workers_were_killed_and_the_supervisor_started_others(
    aftermath: Aftermath,
) -> None:
    assert len(set(aftermath.killed)) == KILLS > WORKERS


@pytest.mark.parametrize("event", ["warned", "breached"])
def test_each_clock_has_each_event_once(aftermath: Aftermath, event: str) -> None:
    events = aftermath.events(event)
    assert {told["clock_id"] for told in events} == {c["id"] for c in aftermath.clocks}
    assert len(events) == len(aftermath.clocks) == 2 * INCIDENTS


def test_each_breach_is_stamped_at_its_deadline(aftermath: Aftermath) -> None:
    wrong = [c for c in aftermath.clocks if c["breached_at"] != c["deadline"]]
    late = [e for e in aftermath.events("breached") if e["at"] != e["deadline"]]
    assert (wrong, late) == ([], [])
    assert all(c["detected_at"] > c["deadline"] for c in aftermath.clocks)


def test_each_breach_is_one_message_to_the_administrator(aftermath: Aftermath) -> None:
    told = [row for row in aftermath.outbox if row["kind"] == "sla_breached"]
    assert sorted(row["payload"]["clock_id"] for row in told) == sorted(
        str(clock["id"]) for clock in aftermath.clocks
    )
    assert {row["recipient"] for row in told} == {"admin@example.com"}


def test_each_message_was_delivered_and_none_is_missing(aftermath: Aftermath) -> None:
    assert {row["status"] for row in aftermath.outbox} == {"sent"}
    assert len(aftermath.outbox) == 3 * INCIDENTS
    assert {mail["Message-ID"] for mail in aftermath.mails} == {
        f"<{row['id']}@localhost>" for row in aftermath.outbox
    }


def test_no_two_mails_tell_the_same(aftermath: Aftermath) -> None:
    """By Message-ID, as receivers tell: a repeat is one that a kill has cut off.

    A worker that is killed after the server's answer and before its own commit has
    sent a mail that it does not know of.
    """
    by_id = {mail["Message-ID"]: mail["Subject"] for mail in aftermath.mails}
    assert set(Counter(by_id.values()).values()) == {1}
    assert len(aftermath.mails) - len(by_id) <= KILLS * MAIL_CONCURRENCY


def test_the_clocks_note_that_somebody_was_told(aftermath: Aftermath) -> None:
    assert all(clock["notified_at"] for clock in aftermath.clocks)
