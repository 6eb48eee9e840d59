"""Real PostgreSQL, Valkey and S3 for the tests, started once and thrown away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text

from tracker.db import migrate
from tracker.embedded import DataDirectory, needed, running
from tracker.settings import Settings, load_settings

TEST_KEY = "a-key-that-only-the-tests-know-0123456789"

# Property tests are pure: they may take their time on a busy machine. `long` is asked
# for by HYPOTHESIS_PROFILE=long or --hypothesis-profile=long.
for _profile, _examples in {"short": 80, "long": 10_000}.items():
    hypothesis_settings.register_profile(
        _profile,
        deadline=None,
        max_examples=_examples,
        suppress_health_check=[HealthCheck.too_slow],
    )
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "short")


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tracker-test-") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def environment(data_dir: Path) -> Iterator[dict[str, str]]:
    """Addresses of services of the tests' own; TEST_DATABASE_URL is used when set."""
    given = {"DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "")}
    base = {
        "APP_ENV": "test",
        "SECRET_KEY": TEST_KEY,
        "TRACKER_DATA_DIR": str(data_dir),
        **{name: value for name, value in given.items() if value},
    }
    directory = DataDirectory(data_dir)
    with directory.lock("the tests"), running(needed(load_settings(base))) as addresses:
        yield {**base, **addresses}


@pytest.fixture(scope="session")
def settings(environment: dict[str, str]) -> Settings:
    """Settings on a migrated database."""
    settings = load_settings(environment)
    migrate(settings)
    return settings


@pytest.fixture(scope="session")
def empty_database(settings: Settings) -> Iterator[str]:
    """The URL of a second database, without tables."""
    engine = create_engine(settings.database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS tracker_empty"))
        connection.execute(text("CREATE DATABASE tracker_empty"))
    yield engine.url.set(database="tracker_empty").render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE tracker_empty WITH (FORCE)"))
    engine.dispose()
