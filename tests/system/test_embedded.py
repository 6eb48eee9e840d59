from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tracker.embedded import (
    S3,
    DataDirectory,
    EmbeddedError,
    Postgres,
    Runtime,
    running,
)


def test_postgresql_runs_where_the_path_is_too_long_for_a_socket(
    tmp_path: Path,
) -> None:
    directory = DataDirectory(tmp_path / ("deep" * 30))

    with (
        directory.lock("a test"),
        running([Postgres(directory, connections=20)]) as found,
        psycopg.connect(found["DATABASE_URL"].replace("+psycopg", "")) as connection,
    ):
        row = connection.execute("SELECT current_user").fetchone()

    assert row == ("tracker",)
    # Nothing lies there any more.
    Path(parse_qs(urlsplit(found["DATABASE_URL"]).query)["host"][0]).rmdir()


def test_commits_wait_for_the_disk(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)

    with (
        directory.lock("a test"),
        running([Postgres(directory, connections=20)]) as found,
        psycopg.connect(found["DATABASE_URL"].replace("+psycopg", "")) as connection,
    ):
        rows = connection.execute(
            "SELECT name FROM pg_settings WHERE setting = 'on' AND name IN"
            " ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums')"
        ).fetchall()

    assert len(rows) == 4


def test_a_service_that_can_not_start_says_why(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    (tmp_path / "s3").write_text("not a directory")

    with (
        directory.lock("a test"),
        pytest.raises(EmbeddedError, match="s3 can't be run"),
        running([S3(directory, "attachments")]),
    ):
        pass


def test_generated_secrets_are_kept_for_their_owner_only(tmp_path: Path) -> None:
    made = DataDirectory(tmp_path).secrets()

    assert DataDirectory(tmp_path).secrets() == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_killed_product_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    directory.publish(Runtime(pid=1, url="http://127.0.0.1:1", environment={}))

    assert directory.runtime() is None


def test_a_data_directory_that_can_not_be_made_is_one_clear_line(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    directory = DataDirectory(tmp_path / "file" / "data")

    with (
        pytest.raises(EmbeddedError, match=r"TRACKER_DATA_DIR .* can't be made"),
        directory.lock("a test"),
    ):
        pass
