import sys
import time

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
