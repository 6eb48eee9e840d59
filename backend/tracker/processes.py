"""Child processes that end with their parent, and ports on this machine."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

_LIBC = ctypes.CDLL(None)
# Of <linux/prctl.h>, <linux/securebits.h> and <linux/capability.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP = 28, 1 << 2
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_PROC = Path("/proc")

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SETPCAP = 1, 2, 8


def die_with_parent(signal_number: int) -> None:
    """Have the kernel signal this process when the parent's thread ends (Linux)."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal_number)


@dataclass(frozen=True)
class Account:
    """Whom a child of root runs as, and the one capability of root that it keeps."""

    uid: int
    gid: int
    capability: int | None = None

    def assume(self) -> None:
        """Become this account; for the time between fork and exec.

        Raises:
            OSError: the system doesn't let us.
        """
        if self.capability is not None:
            # Else the change of user drops all, and access(2) says no whatever is kept.
            _LIBC.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.capability is not None:
            # A version and a process (this one); then what is effective, permitted
            # and inheritable, of the first 32 capabilities and of the others.
            header = (ctypes.c_uint32 * 2)(0x20080522, 0)
            sets = (ctypes.c_uint32 * 6)(*[1 << self.capability] * 3, 0, 0, 0)
            if _LIBC.capset(header, sets) or _LIBC.prctl(
                _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, self.capability, 0, 0
            ):
                raise PermissionError


def has_capability(number: int) -> bool:
    """Whether this process has a capability (Linux)."""
    with suppress(FileNotFoundError):
        for line in (_PROC / "self" / "status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "CapEff":
                return bool(int(value, 16) >> number & 1)
    return False


class Child:
    """A process in a session of its own, which ends when its parent does.

    Start it from a thread that lives as long as the child shall: the main one.
    Its output goes to `log`, or else to the parent's stderr.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        account: Account | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        log: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._environ = environ
        self._cwd = cwd
        self._account = account
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, also after the end; `None` before the first start."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """What the process ended with, negative for a signal; `None` till then."""
        return self._process.poll() if self._process else None

    def start(
        self,
        *arguments: str,
        stdin: int = subprocess.DEVNULL,
        stdout: int | None = None,
    ) -> None:
        """Start the process, and after its end start it again.

        Args:
            arguments: more of them, for this time only.
            stdin: a file descriptor for it to read from.
            stdout: a file descriptor for its results, which are no messages.

        Raises:
            OSError: the program can't be run.
            subprocess.SubprocessError: the account can't be assumed.
        """
        parent = os.getpid()

        def attach() -> None:
            if self._account:
                self._account.assume()
            die_with_parent(self._stop_signal)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

        self._kill_group()
        with ExitStack() as stack:
            stderr = 2
            output = stack.enter_context(self.log.open("ab")) if self.log else stderr
            self._process = subprocess.Popen(
                [*self._command, *arguments],
                env=self._environ,
                cwd=self._cwd,
                stdin=stdin,
                stdout=output if stdout is None else stdout,
                stderr=output,
                # Ctrl-C in a terminal is for the parent alone, who knows the order.
                start_new_session=True,
                preexec_fn=attach,  # noqa: PLW1509 - we have one thread
            )

    def ask_to_stop(self) -> None:
        """Send the signal that ends the process in an orderly way."""
        if self._process and self.alive:
            self._process.send_signal(self._stop_signal)

    def stop(self, seconds: float) -> None:
        """End the process: asked first, killed when it isn't gone in time."""
        self.ask_to_stop()
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
            self._kill_group()
            self._process.wait()

    def _kill_group(self) -> None:
        """Kill what is left of the process and of those that it started."""
        if self._process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def stop_all(children: Iterable[Child], seconds: float) -> None:
    """Stop children at the same time, with `seconds` for all of them together."""
    children = list(children)
    deadline = time.monotonic() + seconds
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop(max(0.0, deadline - time.monotonic()))


def stop_leftovers(
    is_ours: Callable[[Path], bool],
    ask: Callable[[str], signal.Signals],
    seconds: float,
) -> list[int]:
    """End the processes of an earlier run that was killed; Linux only.

    Args:
        is_ours: tells by a process's directory in /proc whether it belongs to us.
        ask: gives the signal that asks a command name to stop.
        seconds: how long a process may take before it is killed.

    Returns:
        The process ids that were found.
    """
    left = found = _processes(is_ours)
    for choose in (ask, lambda _: signal.SIGKILL):
        for pid in left:
            with suppress(ProcessLookupError, FileNotFoundError):
                os.kill(pid, choose((_PROC / str(pid) / "comm").read_text().strip()))
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = _processes(is_ours)
    return found


def _processes(is_ours: Callable[[Path], bool]) -> list[int]:
    return [
        int(path.name)
        for path in _entries(_PROC)
        if path.name.isdigit() and int(path.name) != os.getpid() and is_ours(path)
    ]


def _entries(path: Path) -> Iterable[Path]:
    return path.iterdir() if path.is_dir() else ()


def free_port(host: str) -> int:
    """Find a TCP port that nobody listens on now."""
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def port_problem(host: str, port: int) -> str | None:
    """Tell in a line why nobody can listen on this port, or `None` if one can.

    Granian shares ports between processes, so a second server would not fail by
    itself: it would take a part of the first one's connections.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        return f"{host} port {port} can't be used: {error.strerror or error}"
    return None
