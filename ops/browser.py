"""Finds a Chromium for the end-to-end tests, or gets one: `python -m ops.browser`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Give the path of a Chromium that runs: the system's, else Playwright's own."""
    candidates = [path for name in NAMES if (path := shutil.which(name))]
    with sync_playwright() as playwright:
        candidates.append(playwright.chromium.executable_path)
    return next((path for path in candidates if _runs(path)), None)


def _runs(path: str) -> bool:
    """Tell whether the browser is there with all its libraries, and no mere stub."""
    return (
        Path(path).exists()
        and subprocess.run(
            [path, "--version"], capture_output=True, check=False
        ).returncode
        == 0
    )


def _get() -> None:
    """Try the ways to get a browser, one after the other."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        ways.append(["apt-get", "update", "-qq"])
        ways.append(["apt-get", "install", "-qqy", "chromium"])
    for way in ways:
        sys.stderr.write(f"Getting a browser: {' '.join(way[-3:])}\n")
        subprocess.run(way, check=False, stdout=sys.stderr)
        if find():
            return


def main() -> None:
    """Make sure that there is a browser, or say what to do."""
    if not find():
        _get()
    if not find():
        sys.exit("e2e needs Chromium: install it (Debian: apt-get install chromium)")


if __name__ == "__main__":
    main()
