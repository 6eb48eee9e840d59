"""The product as people run it: `tracker serve` with a data directory of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, BrowserContext

REPOSITORY = Path(__file__).parents[1]
PASSWORD = "correct horse battery"
ADMIN_EMAIL = "ada.admin@example.com"
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "is_mobile": True,
    "has_touch": True,
}


@dataclass
class Person:
    """Somebody with an account; `data` asks the API as them."""

    id: str
    name: str
    email: str
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask the API."""
        return await self.client.request(method, f"/api/v1{path}", **options)

    async def data(self, method: str, path: str, body: Any = None) -> Any:
        """The `data` of an answer, which must be a good one."""
        response = await self.ask(method, path, json=body)
        assert response.is_success, response.text
        return response.json()["data"] if response.content else None

    async def create(self, title: str, **fields: Any) -> Any:
        """A new incident of theirs."""
        return await self.data("POST", "/incidents", {"title": title, **fields})


@dataclass
class Product:
    """A running product."""

    url: str
    environ: dict[str, str]
    log: Path

    async def sign_in(self, email: str, password: str = PASSWORD) -> Person:
        """Somebody who has an account already."""
        client = httpx.AsyncClient(base_url=self.url, timeout=30)
        answer = await client.post(
            "/api/v1/auth/login", json={"email": email, "password": password}
        )
        session = answer.raise_for_status().json()["data"]
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        return Person(session["user"]["id"], session["user"]["name"], email, client)

    async def hire(self, by: Person, name: str, role: str) -> Person:
        """A new person, with an address made of the name."""
        email = f"{name.lower().replace(' ', '.')}@example.com"
        account = {"name": name, "email": email, "role": role, "timezone": "UTC"}
        await by.data("POST", "/users", {**account, "password": PASSWORD})
        return await self.sign_in(email)

    async def window(
        self, browser: Browser, person: Person | None, **options: Any
    ) -> BrowserContext:
        """A browser window of its own, in which this person is signed in."""
        # A page asks for its session only where somebody has signed in before.
        hint = {"name": "tracker-signed-in", "value": "1"}
        remembered = {"origins": [{"origin": self.url, "localStorage": [hint]}]}
        context = await browser.new_context(
            **{
                "base_url": self.url,
                "viewport": {"width": 1440, "height": 900},
                "timezone_id": "UTC",
                "reduced_motion": "reduce",
                "storage_state": remembered if person else None,
                **options,
            }
        )
        if person:
            # Shares its cookies with the pages, as a sign-in by hand would.
            answer = await context.request.post(
                "/api/v1/auth/login",
                data={"email": person.email, "password": PASSWORD},
            )
            assert answer.ok, await answer.text()
        return context

    def tracker(self, *arguments: str) -> None:
        """Run another `tracker` command on the same data directory."""
        subprocess.run(
            [sys.executable, "-m", "tracker", *arguments],
            env=self.environ,
            check=True,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def serving(smtp_port: int) -> Iterator[Product]:
    """Start the product, and end it with the block."""
    with tempfile.TemporaryDirectory(prefix="tracker-e2e-") as directory:
        # Under root, PostgreSQL's own account has to pass through.
        Path(directory).chmod(0o711)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY / "backend"),
            "PORT": str(port),
            "TRACKER_DATA_DIR": f"{directory}/data",
            "ADMIN_EMAIL": ADMIN_EMAIL,
            "ADMIN_PASSWORD": PASSWORD,
            "EMAIL_FROM": "tracker@example.com",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(smtp_port),
        }
        path = Path(directory) / "log"
        with path.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tracker", "serve"],
                cwd=directory,  # where there is no .env
                env=environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            try:
                assert process.stdout
                if "is ready at" not in process.stdout.readline():
                    raise RuntimeError(f"no start: {path.read_text()[-2000:]}")
                yield Product(f"http://127.0.0.1:{port}", environ, path)
            finally:
                process.terminate()
                process.communicate()


@dataclass
class Staff:
    """The people of the tests."""

    admin: Person
    manager: Person
    agent: Person
    colleague: Person
    reporter: Person

    async def leave(self) -> None:
        """Close everybody's connections."""
        for person in vars(self).values():
            await person.client.aclose()


async def hire_staff(product: Product) -> Staff:
    """One person of each role, and a second agent."""
    admin = await product.sign_in(ADMIN_EMAIL)
    return Staff(
        admin,
        manager=await product.hire(admin, "Mona Manager", "manager"),
        agent=await product.hire(admin, "Anna Agent", "agent"),
        colleague=await product.hire(admin, "Carl Colleague", "agent"),
        reporter=await product.hire(admin, "Rita Reporter", "reporter"),
    )
