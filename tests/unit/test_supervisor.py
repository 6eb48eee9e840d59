import sys
import time
from pathlib import Path

import pytest

from tracker.processes import Child
from tracker.supervisor import ServeError, Watch


def test_a_process_that_fails_at_each_start_is_given_up() -> None:
    child = Child("worker 1", [sys.executable, "-c", "raise SystemExit(3)"])
    child.start()
    watch = Watch(child)

    def look_for_ever() -> None:
        while True:
            watch.look()
            time.sleep(0.01)

    with pytest.raises(ServeError, match=r"worker 1 .* ended with code 3 5 times"):
        look_for_ever()


STAYS_ONCE = """
import pathlib, sys, time
runs = pathlib.Path(sys.argv[1])
before = runs.read_text() if runs.exists() else ""
runs.write_text(before + ".")
time.sleep(0 if before else 1)
"""


def test_a_process_that_has_stayed_up_is_started_again_for_ever(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    child = Child("worker 1", [sys.executable, "-c", STAYS_ONCE, runs])
    child.start()
    watch = Watch(child, stable_seconds=0.8, first_delay=0.001)

    while not runs.exists() or len(runs.read_text()) < 8:
        watch.look()
        time.sleep(0.01)
    child.stop(1)
