from pathlib import Path

import pytest

from tracker.settings import (
    SECRETS,
    Secret,
    Settings,
    SettingsError,
    load_settings,
    read_env_file,
    with_secrets_from_files,
)

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
        ("TRUSTED_PROXIES", "proxy.example.com"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
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


def secrets_of(value: object) -> list[str]:
    """Every secret in the settings, however deep it lies."""
    if isinstance(value, Secret):
        return [value]
    names = getattr(value, "__struct_fields__", ())
    return [found for name in names for found in secrets_of(getattr(value, name))]


def test_every_secret_may_come_from_a_file(tmp_path: Path) -> None:
    values = {
        "ADMIN_PASSWORD": "hidden-admin",
        "DATABASE_URL": "postgresql://u:hidden-db@db/tracker",
        "REDIS_URL": "redis://:hidden-redis@cache/0",
        "S3_ACCESS_KEY": "hidden-access",
        "S3_SECRET_KEY": "hidden-s3",
        "SECRET_KEY": "hidden-key",
        "SMTP_PASSWORD": "hidden-smtp",
        "TEST_DATABASE_URL": "postgresql://u:hidden-test@db/tracker",
        "VAPID_PRIVATE_KEY": "hidden-vapid" + "A" * 31,
    }
    plain = {"SMTP_USER": "user", "S3_ENDPOINT": "http://minio:9000"}
    files = {}
    for name, value in values.items():
        (tmp_path / name).write_text(value + "\n")
        files[f"{name}_FILE"] = str(tmp_path / name)

    settings = load_settings(plain | files)

    assert sorted(values) == sorted(SECRETS)
    assert settings == load_settings(plain | values)
    assert all(secrets_of(settings))


def test_what_was_read_from_files_can_be_handed_on(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(STRONG_KEY)
    environ = {"SECRET_KEY_FILE": str(tmp_path / "key"), "PORT": "9000"}

    handed_on = with_secrets_from_files(environ)

    assert load_settings(handed_on) == load_settings(environ)
    assert handed_on["SECRET_KEY"] == STRONG_KEY


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(STRONG_KEY)

    with pytest.raises(SettingsError) as caught:
        load_settings(
            {"SECRET_KEY": STRONG_KEY, "SECRET_KEY_FILE": str(tmp_path / "key")}
        )

    assert str(caught.value) == "set SECRET_KEY or SECRET_KEY_FILE, not both"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "can't be read: No such file or directory"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"hidden\nhidden\n", "must hold one line"),
        (b"hidden\0", "must hold one line"),
        (b"hidden\xff", "holds no text"),
    ],
)
def test_a_file_that_holds_no_secret_is_one_line_that_names_it(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        load_settings({"SECRET_KEY_FILE": str(path)})

    assert str(caught.value) == f"SECRET_KEY_FILE: {path} {complaint}"


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
