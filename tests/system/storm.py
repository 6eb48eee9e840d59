"""Storms: many deadlines that pass while parts of the product are down.

On real processes, a real database and a real mail server. `tests.system.test_crash` has
short ones, `tests.bench.crash` long ones with figures.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import os
import random
import re
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeAlias

import psycopg
from aiosmtpd.controller import Controller
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.system.test_serve import Installation, eventually
from tracker.db import new_id
from tracker.embedded import DataDirectory
from tracker.processes import free_port
from tracker.worker import MAIL_CONCURRENCY

PASSWORD = "correct horse battery"
TARGET = dt.timedelta(minutes=1)

Row: TypeAlias = dict[str, Any]

# What a mail says of a missed deadline: its subject, or a line of a digest.
_MISSED = re.compile(
    r"\[(?P<number>INC-\d+)\].*(?P<kind>response|resolution) deadline missed", re.I
)


class MailServer:
    """Keeps every mail that it has accepted; it may be away for a while."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = free_port("127.0.0.1")
        self._controller: Controller | None = None

    async def handle_DATA(  # noqa: N802 - a name of aiosmtpd
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.mails.append(
            email.message_from_bytes(envelope.content, policy=email.policy.default)
        )
        return "250 OK"

    def start(self) -> None:
        """Listen, always on the same port."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Refuse every connection."""
        if self._controller:
            self._controller.stop()
            self._controller = None


class Product(Installation):
    """A running product whose mails go to a server of ours."""

    def __init__(self, data_dir: Path, smtp: MailServer, workers: int) -> None:
        super().__init__(data_dir)
        self.smtp = smtp
        self.worker_processes = workers
        self._model: dict[str, list[Row]] = {}

    def environ(self) -> dict[str, str]:
        return {
            **super().environ(),
            "ADMIN_PASSWORD": PASSWORD,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.smtp.port),
            "WEB_WORKERS": "1",
            "WORKER_PROCESSES": str(self.worker_processes),
        }

    def address(self, name: str) -> str:
        """Where a service is: the value of a setting such as DATABASE_URL."""
        runtime = DataDirectory(self.data_dir).runtime()
        assert runtime
        return runtime.environment[name]

    def token(self) -> str:
        """What an administrator shows to the API."""
        session = self.api(
            "POST", "/auth/login", email="admin@example.com", password=PASSWORD
        )
        return str(session["access_token"])

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Row]]:
        """A connection of our own."""
        url = self.address("DATABASE_URL").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            yield connection

    def rows(self, statement: Any, *parameters: Any) -> list[Row]:
        """What the database answers, which may be on its way back."""
        until = time.monotonic() + 60
        while True:
            try:
                with self.database() as connection:
                    return connection.execute(statement, parameters).fetchall()
            except psycopg.OperationalError:
                assert time.monotonic() < until, "the database does not come back"
                time.sleep(0.1)

    def empty_redis(self) -> None:
        """Lose every job and every key."""
        with Redis.from_url(
            self.address("REDIS_URL"),
            retry=Retry(ConstantBackoff(0.1), 600),
            retry_on_error=[RedisError],
        ) as redis:
            redis.flushall()

    def verify(self) -> None:
        """Every clock and every ledger is as it must be."""
        result = self.tracker("verify-clocks")
        assert not result.returncode, f"{result.stdout}{result.stderr}"

    def crash(self) -> None:
        """End every process at once, as when the power fails."""
        for pid in self.family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.stop(signal.SIGKILL)

    def model(self) -> dict[str, list[Row]]:
        """The rows of an incident that came through the API, by table."""
        if not self._model:
            token = self.token()
            [policy] = self.api("GET", "/sla-policies", token)["items"]
            seconds = TARGET.total_seconds()
            targets = {"response_seconds": seconds, "resolution_seconds": seconds}
            self.api(
                "PATCH",
                f"/sla-policies/{policy['id']}",
                token,
                targets=dict.fromkeys(("critical", "high", "medium", "low"), targets),
            )
            made = self.api("POST", "/incidents", token, title="The model")
            for table, key in (
                ("incidents", "id"),
                ("slas", "incident_id"),
                ("sla_clocks", "incident_id"),
                ("sla_ledger", "incident_id"),
            ):
                self._model[table] = self.rows(
                    f"SELECT * FROM {table} WHERE {key} = %s", made["id"]
                )
        return self._model


@contextmanager
def running_product(workers: int) -> Iterator[Product]:
    """The product and its mail server, with nothing left of them afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="tracker-test-"))
    # Under root, PostgreSQL's own account has to pass through.
    directory.chmod(0o711)
    (directory / "data").mkdir(mode=0o711)
    smtp = MailServer()
    smtp.start()
    product = Product(directory / "data", smtp, workers)
    try:
        product.start()
        yield product
    finally:
        product.stop()
        smtp.stop()
        rmtree(directory)


# --- Deadlines ------------------------------------------------------------------------


class Storm:
    """Incidents whose deadlines are spread over a while, each with two clocks.

    They are copies, moved in time, of one that came through the API.
    """

    def __init__(
        self,
        product: Product,
        incidents: int,
        people: int,
        starts_at: dt.datetime,
        lasts: dt.timedelta,
    ) -> None:
        self.product = product
        self.ends_at = starts_at + lasts
        model = product.model()
        assignees = self._hire(people)
        self._ids = [new_id() for _ in range(incidents)]
        copies: dict[str, list[Row]] = {table: [] for table in model}
        for number, id_ in enumerate(self._ids):
            deadline = starts_at + lasts * number / incidents
            moved = deadline - model["slas"][0]["response_deadline"]
            for table, rows in model.items():
                for row in rows:
                    copy = {name: _moved(row[name], moved) for name in row}
                    key = "id" if table == "incidents" else "incident_id"
                    copy["id"] = new_id()
                    copy[key] = id_
                    if table == "incidents":
                        copy["assignee_id"] = assignees[number % people]
                    copies[table].append(copy)
        with product.database() as database, database.transaction():
            for table, rows in copies.items():
                _store(database, table, rows)

    def _hire(self, people: int) -> list[Any]:
        ids = [new_id() for _ in range(people)]
        with self.product.database() as database:
            _store(
                database,
                "users",
                [
                    {
                        "id": id_,
                        "email": f"{id_}@example.com",
                        "name": f"Agent {id_}",
                        "role": "agent",
                    }
                    for id_ in ids
                ],
            )
        return ids

    def passes(self, killed: int = 0) -> Aftermath:
        """Wait until nothing is left to do, and look whether all is well."""
        eventually(self._is_over)
        found = self.look()
        found.check(killed)
        self.product.verify()
        return found

    def left(self) -> Row:
        """What is still to be done."""
        [left] = self.product.rows(
            "SELECT (SELECT count(*) FROM sla_clocks WHERE incident_id = ANY(%s)"
            " AND (status <> 'breached' OR mark_due_at IS NOT NULL)) AS clocks,"
            " (SELECT count(*) FROM outbox WHERE status = 'pending') AS mails",
            self._ids,
        )
        return left

    def was_tried(self) -> bool:
        """Whether there was an attempt at each mail that is to be sent by itself."""
        [left] = self.product.rows(
            "SELECT count(*) AS n FROM outbox WHERE incident_id = ANY(%s)"
            " AND status = 'pending' AND attempts = 0",
            self._ids,
        )
        return not left["n"] and not self.left()["clocks"]

    def _is_over(self) -> bool:
        return not any(self.left().values())

    def look(self) -> Aftermath:
        """Read everything that it has left."""
        rows = self.product.rows
        clocks = rows(
            "SELECT c.*, 'INC-' || i.number AS number, u.email AS assignee"
            " FROM sla_clocks c JOIN incidents i ON i.id = c.incident_id"
            " JOIN users u ON u.id = i.assignee_id WHERE i.id = ANY(%s)",
            self._ids,
        )
        ledger = rows("SELECT * FROM sla_ledger WHERE incident_id = ANY(%s)", self._ids)
        outbox = rows("SELECT * FROM outbox WHERE incident_id = ANY(%s)", self._ids)
        bundles = list({row["bundle_id"] for row in outbox} - {None})
        outbox += rows("SELECT * FROM outbox WHERE id = ANY(%s)", bundles)
        sent = {f"<{row['id']}@localhost>" for row in outbox}
        mails = [m for m in self.product.smtp.mails if m["Message-ID"] in sent]
        return Aftermath(clocks, ledger, outbox, mails)


def _moved(value: Any, by: dt.timedelta) -> Any:
    if isinstance(value, dt.datetime):
        return value + by
    if isinstance(value, list):
        return [_moved(item, by) for item in value]
    if isinstance(value, dict):
        return Jsonb(value)
    return value


# What the database makes itself.
_GENERATED = frozenset({"hash", "number", "seq"})


def _store(
    database: psycopg.Connection[Row], table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    known = {
        row["column_name"]
        for row in database.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
    }
    names = [name for name in rows[0] if name in known - _GENERATED]
    with (
        database.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([row[name] for name in names])


# --- Trouble --------------------------------------------------------------------------


@dataclass
class Killer:
    """Kills workers at random, while at least one other lives."""

    product: Product
    seconds: float
    killed: list[int] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill as long as the block lasts."""
        over = threading.Event()
        thread = threading.Thread(target=self._kill, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _kill(self, over: threading.Event) -> None:
        while not over.wait(random.uniform(0.5, 1.5) * self.seconds):
            living = sorted(self.product.members("tracker worker"))
            if len(living) > 1:
                pid = random.choice(living)
                os.kill(pid, signal.SIGKILL)
                self.killed.append(pid)


# --- What is left ---------------------------------------------------------------------


@dataclass
class Aftermath:
    """What a storm has left, and the laws that it must keep to."""

    clocks: list[Row]
    ledger: list[Row]
    outbox: list[Row]
    mails: list[EmailMessage]

    def check(self, killed: int = 0) -> None:
        """Each event once and at its true instant, each breach in one mail."""
        self._check_events("warned")
        self._check_events("breached")
        self._check_instants()
        self._check_mails(killed)

    def _check_events(self, type_: str) -> None:
        told = Counter(row["clock_id"] for row in self.ledger if row["type"] == type_)
        assert told == {clock["id"]: 1 for clock in self.clocks}, type_

    def _check_instants(self) -> None:
        for clock in self.clocks:
            assert clock["breached_at"] == clock["deadline"] < clock["detected_at"]
            assert clock["notified_at"], "nobody was told of it"
        for row in self.ledger:
            assert row["type"] != "breached" or row["at"] == row["deadline"]

    def _check_mails(self, killed: int) -> None:
        assert {row["status"] for row in self.outbox} == {"sent"}
        told = Counter(
            (mail["To"], missed["number"], missed["kind"].lower())
            for mail in self.by_id.values()
            for missed in _MISSED.finditer(f"{mail['Subject']}\n{text_of(mail)}")
        )
        assert told == {(c["assignee"], c["number"], c["kind"]): 1 for c in self.clocks}
        assert self.by_id.keys() == {
            f"<{row['id']}@localhost>" for row in self.outbox if not row["bundle_id"]
        }
        # A worker that is killed after the server's answer and before its own commit
        # has sent a mail that it does not know of: receivers know it by its id.
        repeated = len(self.mails) - len(self.by_id)
        assert repeated <= killed * MAIL_CONCURRENCY, f"{repeated} mails came again"

    @property
    def by_id(self) -> dict[str, EmailMessage]:
        """The mails as receivers tell them apart."""
        return {mail["Message-ID"]: mail for mail in self.mails}

    def lags(self) -> list[float]:
        """How late each breach was detected, in seconds, in order."""
        return sorted(
            (clock["detected_at"] - clock["deadline"]).total_seconds()
            for clock in self.clocks
        )


def text_of(mail: EmailMessage) -> str:
    """The plain words of a mail."""
    part = mail.get_body(("plain",))
    assert part
    content: str = part.get_content()
    return content
