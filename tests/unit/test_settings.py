from pathlib import Path

import pytest

from tracker.settings import Settings, SettingsError, load_settings, read_env_file

STRONG_KEY = "k" * 32


def test_an_empty_environment_gives_the_embedded_default() -> None:
    settings = load_settings({})

    assert settings.database.url == settings.redis_url == settings.s3.endpoint == ""
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.data_dir == Path("var").absolute()
    assert settings.uploads.max_bytes == 25 * 1024 * 1024


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings({"PORT": "", "SMTP_HOST": " ", "DEBUG": ""}) == load_settings(
        {}
    )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_spelling_of_a_postgresql_url_selects_psycopg(scheme: str) -> None:
    url = load_settings({"DATABASE_URL": f"{scheme}://u:p@db/tracker"}).database.url

    assert url == "postgresql+psycopg://u:p@db/tracker"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
        ("ADMIN_EMAIL", "nobody"),
        ("ADMIN_EMAIL", "Ada <ada@example.com>"),
        ("ADMIN_PASSWORD", "short"),
        ("ALGORITHM", "none"),
        ("ALLOWED_MIME_TYPES", "image/*,pdf"),
        ("APP_ENV", "staging"),
        ("DATABASE_POOL_SIZE", "many"),
        ("DATABASE_URL", "mysql://u:p@db/tracker"),
        ("DEBUG", "perhaps"),
        ("EMAIL_FROM", "@example.com"),
        ("LOG_LEVEL", "loud"),
        ("MAX_UPLOAD_BYTES", "-1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "tracker.example.com"),
        ("REDIS_URL", "localhost:6379"),
        ("S3_ENDPOINT", "http://[broken"),
        ("SMTP_PORT", "smtp"),
        ("SMTP_TLS", "maybe"),
        ("SMTP_USER", "user-without-password"),
        ("TEST_DATABASE_URL", "sqlite://"),
        ("WEB_WORKERS", "0"),
        ("WORKER_PROCESSES", "1.5"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings({name: value})

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "k" * 31])
def test_production_refuses_a_missing_or_weak_secret_key(key: str) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        load_settings({"APP_ENV": "production", "SECRET_KEY": key})


def test_production_starts_with_a_strong_secret_key() -> None:
    settings = load_settings({"APP_ENV": "production", "SECRET_KEY": STRONG_KEY})

    assert settings.production
    assert settings.auth.secret_key == STRONG_KEY


def test_an_s3_endpoint_needs_its_keys() -> None:
    with pytest.raises(SettingsError, match="S3_SECRET_KEY"):
        load_settings({"S3_ENDPOINT": "http://minio:9000", "S3_ACCESS_KEY": "a"})


def test_no_secret_shows_in_the_repr() -> None:
    settings = load_settings(
        {
            "ADMIN_PASSWORD": "hidden-admin",
            "DATABASE_URL": "postgresql://u:hidden-db@db/tracker",
            "REDIS_URL": "redis://:hidden-redis@cache/0",
            "S3_ENDPOINT": "http://minio:9000",
            "S3_ACCESS_KEY": "access",
            "S3_SECRET_KEY": "hidden-s3",
            "SECRET_KEY": "hidden-key",
            "SMTP_USER": "user",
            "SMTP_PASSWORD": "hidden-smtp",
            "TEST_DATABASE_URL": "postgresql://u:hidden-test@db/tracker",
        }
    )

    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u:hidden@db/tracker"),
        ("REDIS_URL", "http://:hidden@cache"),
        ("ADMIN_PASSWORD", "hidden"),
    ],
)
def test_a_complaint_about_a_secret_does_not_repeat_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({name: value})

    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("port", "tls"), [("25", "none"), ("465", "tls"), ("587", "starttls")]
)
def test_the_smtp_port_selects_the_encryption(port: str, tls: str) -> None:
    assert load_settings({"SMTP_PORT": port}).smtp.tls == tls


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:9000"),
        ("::", "http://[::1]:9000"),
        ("tracker.test", "http://tracker.test:9000"),
    ],
)
def test_the_public_url_follows_host_and_port(host: str, url: str) -> None:
    assert load_settings({"HOST": host, "PORT": "9000"}).public_url == url


def test_the_sender_of_mails_may_have_a_name() -> None:
    sender = load_settings({"EMAIL_FROM": "Desk <desk@example.com>"}).smtp.sender

    assert sender == "Desk <desk@example.com>"


def test_a_blocked_type_beats_an_allowed_one() -> None:
    uploads = load_settings(
        {
            "ALLOWED_MIME_TYPES": "image/*, application/pdf",
            "BLOCKED_MIME_TYPES": "image/svg+xml",
        }
    ).uploads

    assert uploads.permits("image/png")
    assert uploads.permits("application/PDF")
    assert not uploads.permits("image/svg+xml")
    assert not uploads.permits("text/plain")


def test_programs_are_blocked_unless_the_list_is_replaced() -> None:
    assert not Settings().uploads.permits("application/x-msdownload")
    assert load_settings({"BLOCKED_MIME_TYPES": "x/y"}).uploads.permits(
        "application/x-msdownload"
    )


def test_an_env_file_is_read_without_quotes_and_comments(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mail\nexport SMTP_HOST='mail'\n\nPORT = 9000\nKEY=\"a=b #c\"\n")

    assert read_env_file(path) == {"SMTP_HOST": "mail", "PORT": "9000", "KEY": "a=b #c"}


def test_a_missing_env_file_sets_nothing(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env") == {}


def test_a_broken_line_of_an_env_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("PORT=9000\nnonsense\n")

    with pytest.raises(SettingsError, match="line 2"):
        read_env_file(path)
