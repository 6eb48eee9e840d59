"""The single file, where there is nothing else: no Python, no Node, no package."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.system.test_artefact import isolated
from tests.system.test_serve import REPOSITORY, Installation, eventually

BINARY = REPOSITORY / "dist" / "tracker"

pytestmark = [
    pytest.mark.skipif(not BINARY.exists(), reason="`make binary` was not run"),
    pytest.mark.skipif(
        not shutil.which("dpkg"), reason="the bare system is made of Debian's packages"
    ),
    isolated,
]

# Less than the smallest Debian has, where all of these are essential.
PACKAGES = ("libc6", "libc-bin", "libgcc-s1", "zlib1g", "dash")
# PostgreSQL refuses to be root; its account is what `useradd` would make.
ACCOUNTS = """\
root:x:0:0::/root:/bin/sh
embedded_postgres:x:999:999::/:/bin/sh
nobody:x:65534:65534::/:/bin/sh
"""


def make_bare_system(root: Path) -> None:
    for name in ("bin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for name in ("dev", "etc", "proc", "tmp", "work"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "work").chmod(0o777)
    (root / "etc/passwd").write_text(ACCOUNTS)
    listed = subprocess.run(
        ["dpkg", "--listfiles", *PACKAGES], capture_output=True, text=True, check=True
    )
    for path in map(Path, listed.stdout.split()):
        if path.is_file() and "/share/" not in str(path):
            target = root / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)
    shutil.copy(BINARY, root / "tracker")


class BareSystem(Installation):
    """A root file system with the single file; seen from inside, `/` is all."""

    def __init__(self, root: Path, account: str) -> None:
        super().__init__(root / "work" / "var")
        self._root = root
        self._account = account

    def command(self, *arguments: str) -> list[str]:
        """The file under an environment that names the port alone."""
        inside = shlex.join(["/tracker", *arguments])
        root = shlex.quote(str(self._root))
        return [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
            *("sh", "-ec"),
            (
                f"mount --rbind /dev {root}/dev; mount -t proc proc {root}/proc\n"
                f"exec env -i PORT={self.port} $(command -v chroot) "
                f"--userspec={self._account} {root} "
                f"/bin/sh -c {shlex.quote(f'cd /work && exec {inside}')}"
            ),
        ]

    def environ(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"]}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        # `unshare` ignores signals while it waits for the process that it started.
        if self._serve:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
            for child in children.split():
                os.kill(int(child), number)
            self.output += self._serve.communicate()[0]
            self._serve = None

    def attach(self, path: str, token: str, name: str, content: bytes) -> None:
        httpx.post(
            f"{self.url}/api/v1{path}/attachments",
            headers={"Authorization": f"Bearer {token}"},
            files={"file": (name, content)},
        ).raise_for_status()


@pytest.fixture(params=["0:0", "65534:65534"], ids=["root", "nobody"])
def system(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BareSystem]:
    place = tmp_path_factory.mktemp("bare")
    for part in (place, *place.parents[:2]):
        part.chmod(0o755)
    make_bare_system(place / "root")
    made = BareSystem(place / "root", request.param)
    yield made
    made.stop()
    shutil.rmtree(place)


def test_the_single_file_does_the_main_job_where_nothing_else_is(
    system: BareSystem,
) -> None:
    system.start(until="Password")
    password = system.output.split()[-1]
    session = system.api(
        "POST", "/auth/login", email="admin@example.com", password=password
    )
    token = session["access_token"]
    page = httpx.get(system.url).text

    incident = system.api(
        "POST", "/incidents", token, title="Disk full", priority="critical"
    )
    path = f"/incidents/{incident['number']}"
    system.attach(path, token, "df.txt", b"/dev/sda1 100%\n")
    system.api("POST", f"{path}/comments", token, content="Looking.", is_internal=False)
    sla = f"/slas/{incident['sla']['id']}"
    system.api("PATCH", f"{sla}/pause", token, reason="awaiting_customer")
    system.api("PATCH", f"{sla}/resume", token)
    system.api("POST", f"{path}/resolve", token)
    mails = system.data_dir / "mail"
    eventually(lambda: len(list(mails.glob("*"))) >= 1)
    verified = system.tracker("verify-clocks")

    assert '<div id="root">' in page
    assert incident["sla"]["next_deadline"]
    assert system.api("GET", path, token)["status"] == "resolved"
    assert verified.returncode == 0, verified.stderr
