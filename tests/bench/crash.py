"""`python -m tests.bench.crash`: the long form of the crash tests, with figures.

Deadlines pass while parts of the product are killed; `tests.system.test_crash` has the
short form. It takes around ten minutes; names of storms (`workers redis postgresql mail
outage`) choose some of them. It ends with code 1 when a law was broken.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from rich.console import Console

from tests.system.storm import Aftermath, Killer, Product, Storm, running_product

WORKERS = 4
CLOCKS = 10_000
LAG_TARGET = 2.0
PATIENCE = 600.0

console = Console(width=100)


def soon(seconds: float) -> dt.datetime:
    """An instant after this one."""
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


@dataclass
class Witness:
    """Sees when each breach is there for everybody, which is after its commit."""

    product: Product
    seen: dict[UUID, float] = field(default_factory=dict)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look all the time, as long as the block lasts."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        since = dt.datetime.now(dt.UTC)
        while not over.wait(0.05):
            rows = self.product.rows(
                "SELECT id, detected_at, extract(epoch FROM clock_timestamp() -"
                " deadline)::float AS lag FROM sla_clocks WHERE detected_at > %s",
                since - dt.timedelta(seconds=10),
            )
            for row in rows:
                self.seen.setdefault(row["id"], row["lag"])
                since = max(since, row["detected_at"])


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def finish(storm: Storm, killed: int = 0) -> Aftermath:
    """Wait for the end of it, check the laws, and print what came out."""
    until = time.monotonic() + PATIENCE
    while any((left := storm.left()).values()):
        if time.monotonic() > until:
            raise AssertionError(f"after {PATIENCE:.0f} s there is left: {left}")
        time.sleep(0.5)
    found = storm.look()
    found.check(killed)
    storm.product.verify()
    last = max(row["sent_at"] for row in found.outbox)
    lags = found.lags()
    console.print(
        f"  {len(found.clocks):,} breaches, each at its true instant and told once;"
        f" detected after p50 {percentile(lags, 0.5):.2f} s,"
        f" p99 {percentile(lags, 0.99):.2f} s, max {lags[-1]:.2f} s"
    )
    console.print(
        f"  {len(found.by_id):,} mails, {len(found.mails) - len(found.by_id)} of them"
        f" twice with the same Message-ID; the last one"
        f" {(last - storm.ends_at).total_seconds():.0f} s after the last deadline"
    )
    return found


def workers(product: Product) -> None:
    """Workers are killed at random, while at least one lives."""
    people = CLOCKS // 4
    storm = Storm(product, CLOCKS // 2, people, soon(12), dt.timedelta(seconds=10))
    killer, witness = Killer(product, 2.0), Witness(product)
    with killer.at_work(), witness.watching():
        while storm.left()["clocks"]:
            time.sleep(0.2)
        time.sleep(1)
    found = finish(storm, len(killer.killed))
    lags = [witness.seen[clock["id"]] for clock in found.clocks]
    p99 = percentile(lags, 0.99)
    console.print(
        f"  {len(killer.killed)} kills; seen by others after"
        f" p50 {percentile(lags, 0.5):.2f} s, p99 {p99:.2f} s, max {max(lags):.2f} s"
        f" (target: p99 {LAG_TARGET:.0f} s)"
    )


def redis(product: Product) -> None:
    """Redis is emptied and killed, several times."""
    storm = Storm(product, CLOCKS // 4, CLOCKS // 8, soon(8), dt.timedelta(seconds=10))
    while soon(0) < storm.ends_at:
        time.sleep(4)
        product.empty_redis()
        kill(product, "valkey-server", signal.SIGKILL)
    finish(storm)


def postgresql(product: Product) -> None:
    """PostgreSQL is stopped, and then killed."""
    storm = Storm(product, CLOCKS // 4, CLOCKS // 8, soon(8), dt.timedelta(seconds=12))
    for how in (signal.SIGINT, signal.SIGKILL):
        time.sleep(8)
        kill(product, "postgres -D", how)
    finish(storm, 2 * WORKERS)


def mail(product: Product) -> None:
    """The mail server is away for a minute."""
    storm = Storm(product, CLOCKS // 8, CLOCKS // 16, soon(5), dt.timedelta(seconds=10))
    product.smtp.stop()
    time.sleep(60)
    product.smtp.start()
    finish(storm)


def outage(product: Product) -> None:
    """Everything is down for a minute, and was for two hours as the data have it."""
    hours = dt.timedelta(hours=2)
    storm = Storm(product, 1_000, 50, soon(30) - hours, hours)
    product.crash()
    time.sleep(60)
    product.start()
    found = finish(storm)
    people = {clock["assignee"] for clock in found.clocks}
    console.print(f"  {len(people)} people had {len(found.by_id)} mails")


STORMS: dict[str, Callable[[Product], None]] = {
    storm.__name__: storm for storm in (workers, redis, postgresql, mail, outage)
}


def kill(product: Product, command: str, how: signal.Signals) -> None:
    """End a service, which the supervisor starts again."""
    for pid in product.members(command):
        os.kill(pid, how)


def main() -> None:
    """Let the storms pass that were asked for, or all; say what broke."""
    # Whoever ends it by a signal leaves nothing running either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    broken = []
    for name in sys.argv[1:] or STORMS:
        storm = STORMS[name]
        console.print(f"[bold]{name}[/bold]: {storm.__doc__}")
        with running_product(WORKERS) as product:
            try:
                storm(product)
            except AssertionError as error:
                broken.append(name)
                [*_, where] = traceback.extract_tb(error.__traceback__)
                console.print(f"  BROKEN: {where.line} {str(error)[:2000]}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
