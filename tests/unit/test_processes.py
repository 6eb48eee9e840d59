import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.embedded import MARK, clear_leftovers
from tracker.processes import stop_leftovers

POLITE = "import signal; "
STUBBORN = POLITE + "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
WAIT = "print(flush=True); signal.pause()"


@pytest.fixture
def leftover(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that carries the mark of the data directory `tmp_path`."""
    with subprocess.Popen(
        [sys.executable, "-c", request.param + WAIT],
        env={MARK: str(tmp_path)},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


@pytest.mark.parametrize("leftover", [POLITE], ids=["polite"], indirect=True)
def test_a_process_that_an_earlier_run_left_is_ended(
    leftover: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert clear_leftovers(tmp_path) == [leftover.pid]

    assert leftover.wait() == -signal.SIGTERM


@pytest.mark.parametrize("leftover", [POLITE], ids=["polite"], indirect=True)
def test_a_process_of_another_data_directory_is_left_alone(
    leftover: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert clear_leftovers(tmp_path / "other") == []

    assert leftover.poll() is None


@pytest.mark.parametrize("leftover", [STUBBORN], ids=["stubborn"], indirect=True)
def test_a_leftover_that_does_not_listen_is_killed(
    leftover: subprocess.Popen[bytes],
) -> None:
    found = stop_leftovers(
        lambda process: process.name == str(leftover.pid) and leftover.poll() is None,
        lambda _: signal.SIGTERM,
        seconds=0.2,
    )

    assert found == [leftover.pid]
    assert leftover.wait() == -signal.SIGKILL
