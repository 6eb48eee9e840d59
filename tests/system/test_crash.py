"""Deadlines pass while parts are killed: each event once, each breach in one mail.

The long form is `python -m tests.bench.crash`.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.system.storm import Killer, Product, Storm, running_product
from tests.system.test_serve import eventually

WORKERS = 4


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running_product(WORKERS) as made:
        yield made


def soon(seconds: float = 2) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


def restart(product: Product, command: str, how: signal.Signals) -> None:
    """End a service; the supervisor starts it again."""
    [pid] = product.members(command)
    os.kill(pid, how)
    eventually(lambda: bool(product.members(command) - {pid}))


def test_workers_are_killed_while_deadlines_pass(product: Product) -> None:
    product.start()
    storm = Storm(product, 300, 150, soon(), dt.timedelta(seconds=7))
    killer = Killer(product, 1.5)
    with killer.at_work():
        eventually(lambda: storm.ends_at < soon(0))
    storm.passes(killed=len(killer.killed))
    assert killer.killed


def test_redis_is_emptied_and_restarted_while_deadlines_pass(product: Product) -> None:
    product.start()
    storm = Storm(product, 200, 100, soon(), dt.timedelta(seconds=6))
    eventually(lambda: storm.left()["clocks"] < 300)
    product.empty_redis()
    restart(product, "valkey-server", signal.SIGKILL)
    eventually(lambda: storm.ends_at < soon(0))
    product.empty_redis()
    storm.passes()


def test_deadlines_do_not_wait_for_a_redis_that_hangs(product: Product) -> None:
    product.start()
    [pid] = product.members("valkey-server")
    storm = Storm(product, 50, 25, soon(), dt.timedelta(seconds=2))
    os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: not storm.left()["clocks"])
    finally:
        os.kill(pid, signal.SIGCONT)
    storm.passes()


def test_postgresql_is_stopped_and_killed_while_deadlines_pass(
    product: Product,
) -> None:
    product.start()
    storm = Storm(product, 200, 100, soon(), dt.timedelta(seconds=7))
    eventually(lambda: storm.left()["clocks"] < 350)
    for how in (signal.SIGINT, signal.SIGKILL):
        restart(product, "postgres -D", how)
        eventually(product.is_ready)
    storm.passes(killed=2 * WORKERS)


def test_mails_wait_for_a_mail_server_that_is_away(product: Product) -> None:
    product.start()
    storm = Storm(product, 100, 50, soon(), dt.timedelta(seconds=2))
    product.smtp.stop()
    eventually(storm.was_tried)
    product.smtp.start()
    storm.passes()


def test_deadlines_that_pass_while_everything_is_down_are_one_digest_a_person(
    product: Product,
) -> None:
    product.start()
    # As after an outage of ten minutes: a part of it is long ago, a part is not.
    minutes = dt.timedelta(minutes=10)
    storm = Storm(product, 100, 5, soon(5) - minutes, minutes)
    product.crash()
    eventually(lambda: storm.ends_at < soon(0))
    product.start()
    found = storm.passes()
    digests = Counter(mail["To"] for mail in found.by_id.values())
    assert digests == {clock["assignee"]: 1 for clock in found.clocks}
