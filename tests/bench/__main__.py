"""`python -m tests.bench`: measure the product, beside what its database does alone.

Absolute numbers say more about the machine than about the product. So the SQL of each
request also runs under `pgbench`, on the same server in the same minute, and the share
of that is what counts. On a machine that is busy with other work too, sixteen busy
database processes get more of it than two web processes do; there, trust the share of
the CPU time.

The sweep among a million open incidents takes longer: `python -m tests.bench.scale`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from litestar.testing import AsyncTestClient
from rich.console import Console
from rich.table import Table

from tests.bench.client import Measured, load
from tests.bench.counting import print_counting
from tests.bench.product import Product
from tests.bench.statements import Script, noted, pgbench, script
from tracker.app import create_app
from tracker.settings import load_settings

INCIDENTS = 10_000
CONNECTIONS = 16
ROUNDS = 2
SECONDS = 4.0  # of each round
WARM_UP = 1.0
API = "/api/v1"

# Wide enough for the tables, also where there is no terminal.
console = Console(width=120)


@dataclass
class Operation:
    """One kind of request.

    Attributes:
        name: In the table.
        method: Of HTTP.
        path: With `{}` for the number of an incident.
        body: Of a POST.
    """

    name: str
    method: str
    path: str
    body: dict[str, Any] | None = None

    def request(self, token: str, number: int) -> bytes:
        """The bytes of a request about this incident."""
        body = json.dumps(self.body).encode() if self.body else b""
        return (
            f"{self.method} {API}{self.path.format(number)} HTTP/1.1\r\n"
            f"Host: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


OPERATIONS = (
    Operation("list of 50", "GET", "/incidents"),
    Operation("get", "GET", "/incidents/INC-{}"),
    Operation(
        "comment",
        "POST",
        "/incidents/INC-{}/comments",
        {"content": "We have found the cause; a fix is on its way."},
    ),
    Operation(
        "create",
        "POST",
        "/incidents",
        {
            "title": "Checkout answers with 502",
            "description": "Around one request in ten is affected.",
            "priority": "high",
            "tags": ["network", "billing"],
        },
    ),
)


@dataclass
class Figures:
    """What one operation came to. CPU is that of server, database and client."""

    requests: Measured
    request_cpu: float = 0.0
    transactions: float = 0.0
    transaction_cpu: float = 0.0

    @property
    def row(self) -> list[str]:
        """The cells of the table."""
        answers = len(self.requests.latencies)
        rate = self.transactions / (ROUNDS * SECONDS)
        request_cpu = self.request_cpu / answers
        transaction_cpu = self.transaction_cpu / self.transactions
        return [
            f"{self.requests.rate:,.0f}",
            f"{self.requests.percentile(0.5) * 1000:.1f}",
            f"{self.requests.percentile(0.99) * 1000:.1f}",
            f"{rate:,.0f}",
            f"{self.requests.rate / rate:.1%}",
            f"{request_cpu * 1000:.2f}",
            f"{transaction_cpu * 1000:.2f}",
            f"{transaction_cpu / request_cpu:.1%}",
            str(sum(self.requests.refused.values())),
        ]


class Bench:
    """The measurements on one running product."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._settings = load_settings(product.environment)
        self._url = str(self._settings.database.url)
        self._token = product.sign_in()

    def sql(self, statement: str, *parameters: Any) -> list[Any]:
        """Look into the database, or change it."""
        url = self._url.replace("+psycopg", "", 1)
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def settle(self) -> None:
        """Let no measurement pay for what another one left to do."""
        self.sql("DELETE FROM outbox WHERE status = 'pending'")
        time.sleep(1.5)

    async def scripts(self) -> list[Script]:
        """What each operation asks of the database."""
        (number, id_), (last, _) = self._ends()
        headers = {"Authorization": f"Bearer {self._token}"}
        found = []
        async with AsyncTestClient(create_app(self._settings)) as client:
            for operation in OPERATIONS:
                requests = []
                for _ in range(3):  # the first one fills caches
                    with noted() as statements:
                        response = await client.request(
                            operation.method,
                            f"{API}{operation.path.format(number)}",
                            json=operation.body,
                            headers=headers,
                        )
                    response.raise_for_status()
                    requests.append(statements)
                _, once, again = requests
                found.append(script(once, again, number, id_, last))
        return found

    def _ends(self) -> list[Any]:
        """Number and id of the first and the last incident that was answered."""
        answered = (
            "SELECT number, i.id FROM incidents i JOIN slas s ON s.incident_id = i.id"
            " WHERE s.response_at IS NOT NULL ORDER BY number"
        )
        return [*self.sql(f"{answered} LIMIT 1"), *self.sql(f"{answered} DESC LIMIT 1")]

    def measure(self, operation: Operation, what: Script) -> Figures:
        """Requests and bare transactions in turn, so that both see the same machine."""
        answered = (
            "SELECT number FROM incidents i JOIN slas s ON s.incident_id = i.id"
            " WHERE s.response_at IS NOT NULL LIMIT 10000"
        )
        numbers = [number for (number,) in self.sql(answered)]
        random.Random(1).shuffle(numbers)
        requests = itertools.cycle(
            [operation.request(self._token, number) for number in numbers[:2000]]
        ).__next__
        figures = Figures(Measured())
        self._load(requests, WARM_UP)
        for _ in range(ROUNDS):
            before = self._cpu_seconds("web", "PostgreSQL")
            figures.requests.add(self._load(requests, SECONDS))
            figures.request_cpu += self._cpu_seconds("web", "PostgreSQL") - before
            self.settle()
            before = self._cpu_seconds("PostgreSQL")
            figures.transactions += SECONDS * pgbench(
                self._url, what, clients=CONNECTIONS, seconds=SECONDS
            )
            time.sleep(0.3)  # its connections end
            figures.transaction_cpu += self._cpu_seconds("PostgreSQL") - before
            self.settle()
        return figures

    def _cpu_seconds(self, *parts: str) -> float:
        """Of parts of the product, and of the clients: this process and `pgbench`."""
        own = os.times()
        return self._product.cpu_seconds(*parts) + sum(own[:4])

    def _load(self, requests: Callable[[], bytes], seconds: float) -> Measured:
        return uvloop.run(
            load(
                self._product.port,
                requests,
                connections=CONNECTIONS,
                seconds=seconds,
            )
        )

    def sweep(self) -> tuple[float, list[float]]:
        """Let all clocks fall due at one instant.

        Returns:
            When the last breach was committed, and how late each one was detected;
            seconds after the deadline.
        """
        (deadline,) = self.sql(
            """
            WITH chosen AS (
              SELECT incident_id FROM slas ORDER BY incident_id LIMIT %s
            ), summary AS (
              UPDATE slas s SET status = 'active', at_risk = false FROM chosen
               WHERE s.incident_id = chosen.incident_id
            )
            UPDATE sla_clocks c
               SET status = 'running', deadline = now() + '3 s', due_at = now() + '3 s',
                   warn_at = NULL, mark_due_at = NULL, stopped_at = NULL,
                   breached_at = NULL, detected_at = NULL
              FROM chosen
             WHERE c.incident_id = chosen.incident_id AND c.kind = 'resolution'
            RETURNING c.deadline
            """,
            INCIDENTS,
        )[0]
        left = "SELECT count(*), clock_timestamp() FROM sla_clocks WHERE due_at = %s"
        while (found := self.sql(left, deadline)[0])[0]:
            time.sleep(0.05)
        lags = self.sql(
            "SELECT extract(epoch FROM detected_at - deadline)::float FROM sla_clocks"
            " WHERE breached_at = %s ORDER BY 1",
            deadline,
        )
        return (found[1] - deadline).total_seconds(), [lag for (lag,) in lags]


def main() -> None:
    """Start, seed, measure, print."""
    print_counting(console)
    with tempfile.TemporaryDirectory(prefix="tracker-bench-") as directory:
        Path(directory).chmod(0o711)  # PostgreSQL's own account has to pass through
        product = Product(Path(directory))
        with product.running():
            console.print(f"Seeding {INCIDENTS:,} incidents")
            product.run("seed", "--incidents", str(INCIDENTS))
            memory = product.memory()
            bench = Bench(product)
            _print_operations(bench)
            _print_sweep(bench)
            _print_memory(memory)


def _print_operations(bench: Bench) -> None:
    table = Table(title=f"{CONNECTIONS} connections, {INCIDENTS:,} incidents")
    table.add_column("operation")
    for column in (
        *("requests/s", "p50 ms", "p99 ms", "pgbench/s", "share"),
        *("CPU ms", "pgbench CPU ms", "CPU share", "refused"),
    ):
        table.add_column(column, justify="right")
    scripts = asyncio.run(bench.scripts())
    for operation, what in zip(OPERATIONS, scripts, strict=True):
        console.print(f"Measuring {operation.name}")
        table.add_row(operation.name, *bench.measure(operation, what).row)
    console.print(table)


def _print_sweep(bench: Bench) -> None:
    console.print("Measuring the sweep")
    seconds, lags = bench.sweep()
    console.print(
        f"{len(lags):,} breaches at one instant: all detected {seconds:.2f} s after it;"
        f" lag p50 {lags[len(lags) // 2]:.2f} s,"
        f" p99 {lags[int(len(lags) * 0.99)]:.2f} s, max {lags[-1]:.2f} s"
    )


def _print_memory(memory: list[tuple[str, int, float, float]]) -> None:
    table = Table(title="Memory when idle")
    table.add_column("part")
    for column in ("processes", "RSS MiB", "own share MiB"):
        table.add_column(column, justify="right")
    for name, processes, rss, pss in memory:
        table.add_row(name, str(processes), f"{rss:.0f}", f"{pss:.0f}")
    total = [sum(column) for column in zip(*(row[1:] for row in memory), strict=True)]
    table.add_row("all", str(total[0]), f"{total[1]:.0f}", f"{total[2]:.0f}")
    console.print(table)


main()
