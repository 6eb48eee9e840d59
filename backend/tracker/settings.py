"""Everything that can be set from outside, read from the environment once.

`load_settings` is the only way in: it checks each value, so that the rest of the
program never sees a bad one. A variable that is empty counts as not set. What is
secret may come from a file instead, as Docker, Kubernetes and Vault hand it over:
`SECRET_KEY_FILE` has the path of one that holds the value of `SECRET_KEY`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from email.utils import parseaddr
from fnmatch import fnmatchcase
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

MIN_SECRET_LENGTH = 32
MEBIBYTE = 1024 * 1024

# Each of them may be given as a file, by its name with `_FILE` behind it.
SECRETS = (
    "ADMIN_PASSWORD",
    "DATABASE_URL",
    "REDIS_URL",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "SECRET_KEY",
    "SMTP_PASSWORD",
    "TEST_DATABASE_URL",
    "VAPID_PRIVATE_KEY",
)

# Where browsers let themselves be told: Chrome and its kin, Firefox, Safari, Edge.
PUSH_HOSTS = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)

# What no desk wants to receive by accident: programs for the common systems.
BLOCKED_MIME_TYPES = (
    "application/x-dosexec",
    "application/x-executable",
    "application/x-mach-binary",
    "application/x-msdownload",
    "application/x-sharedlib",
    "application/vnd.microsoft.portable-executable",
)


LANGUAGES = ("en", "de")


class SettingsError(Exception):
    """A variable has a value that can't be used; the text is one line for people."""


class Secret(str):
    """Text that never shows in a repr, and so in no log line or traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(***)" if self else "Secret()"


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """PostgreSQL; an empty URL asks for the embedded server."""

    url: Secret = Secret()
    test_url: Secret = Secret()
    pool_size: int = 10


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Mail; with an empty host mails are written as files to the data directory."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: Secret = Secret()
    tls: str = "starttls"  # starttls, tls or none
    sender: str = "tracker@localhost"


class TelemetrySettings(msgspec.Struct, frozen=True, kw_only=True):
    """OpenTelemetry; an empty endpoint sends nothing."""

    endpoint: str = ""
    service_name: str = "incident-sla-tracker"


class AuthSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens. The key is empty only where `APP_ENV` is not `production`."""

    secret_key: Secret = Secret()
    algorithm: str = "HS256"
    access_token_minutes: int = 30
    refresh_token_days: int = 14


class S3Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Object storage; an empty endpoint asks for the embedded server."""

    endpoint: str = ""
    access_key: str = ""
    secret_key: Secret = Secret()
    bucket: str = "attachments"
    region: str = "us-east-1"
    public_endpoint: str = ""


class UploadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What may be attached. Types are patterns such as `image/*`."""

    max_bytes: int = 25 * MEBIBYTE
    allowed_types: tuple[str, ...] = ()
    blocked_types: tuple[str, ...] = BLOCKED_MIME_TYPES

    def permits(self, mime_type: str) -> bool:
        """Tell whether a file of this type may be stored; blocked beats allowed."""
        kind = mime_type.lower()
        if any(fnmatchcase(kind, pattern) for pattern in self.blocked_types):
            return False
        return not self.allowed_types or any(
            fnmatchcase(kind, pattern) for pattern in self.allowed_types
        )


class PushSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Telling browsers; without a key nobody is pushed to.

    Attributes:
        private_key: 32 bytes of the curve P-256, URL-safe base64.
        hosts: Hosts, `*.` for all below one, or in full as `https://host:port`.
    """

    private_key: Secret = Secret()
    hosts: tuple[str, ...] = PUSH_HOSTS


class AdminSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The first administrator; an empty password asks for a generated one."""

    email: str = "admin@example.com"
    password: Secret = Secret()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, checked. Build it with `load_settings`."""

    app_name: str = "Incident & SLA Tracker"
    app_env: str = "development"  # development, production or test
    debug: bool = False
    log_level: str = "INFO"
    default_language: str = "en"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    data_dir: Path = Path("var")
    web_workers: int = 1
    worker_processes: int = 1
    redis_url: Secret = Secret()
    database: DatabaseSettings = DatabaseSettings()
    smtp: SmtpSettings = SmtpSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    auth: AuthSettings = AuthSettings()
    s3: S3Settings = S3Settings()
    uploads: UploadSettings = UploadSettings()
    push: PushSettings = PushSettings()
    admin: AdminSettings = AdminSettings()

    @property
    def production(self) -> bool:
        """Whether this is a real installation, where shortcuts are refused."""
        return self.app_env == "production"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Build the settings from environment variables.

    Raises:
        SettingsError: a value can't be used; the message names the variable.
    """
    env = _Reader(with_secrets_from_files(environ))
    host = env.text("HOST", "127.0.0.1")
    port = env.integer("PORT", 8000, low=1, high=65535)
    app_env = env.choice("APP_ENV", "development", ("production", "test"))
    debug = env.flag("DEBUG")
    return Settings(
        app_name=env.text("APP_NAME", "Incident & SLA Tracker"),
        app_env=app_env,
        debug=debug,
        log_level=env.choice(
            "LOG_LEVEL",
            "DEBUG" if debug else "INFO",
            ("DEBUG", "INFO", "WARNING", "ERROR"),
        ),
        default_language=env.choice("DEFAULT_LANGUAGE", "en", LANGUAGES),
        host=host,
        port=port,
        public_url=env.url("PUBLIC_URL", _local_url(host, port)),
        trusted_proxies=env.networks("TRUSTED_PROXIES", ("127.0.0.1", "::1")),
        data_dir=Path(env.text("TRACKER_DATA_DIR", "var")).expanduser().absolute(),
        web_workers=env.integer(
            "WEB_WORKERS", min(2, os.cpu_count() or 1), low=1, high=64
        ),
        worker_processes=env.integer("WORKER_PROCESSES", 1, low=0, high=64),
        redis_url=env.redis_url("REDIS_URL"),
        database=DatabaseSettings(
            url=env.postgresql_url("DATABASE_URL"),
            test_url=env.postgresql_url("TEST_DATABASE_URL"),
            pool_size=env.integer("DATABASE_POOL_SIZE", 10, low=1, high=200),
        ),
        smtp=_smtp(env),
        telemetry=TelemetrySettings(
            endpoint=env.url("OTEL_EXPORTER_OTLP_ENDPOINT"),
            service_name=env.text("OTEL_SERVICE_NAME", "incident-sla-tracker"),
        ),
        auth=_auth(env, production=app_env == "production"),
        s3=_s3(env),
        uploads=UploadSettings(
            max_bytes=env.integer(
                "MAX_UPLOAD_BYTES", 25 * MEBIBYTE, low=1, high=5 * 1024 * MEBIBYTE
            ),
            allowed_types=env.mime_types("ALLOWED_MIME_TYPES", ()),
            blocked_types=env.mime_types("BLOCKED_MIME_TYPES", BLOCKED_MIME_TYPES),
        ),
        push=PushSettings(
            private_key=env.vapid_key("VAPID_PRIVATE_KEY"),
            hosts=env.push_hosts("PUSH_HOSTS", PUSH_HOSTS),
        ),
        admin=AdminSettings(
            email=env.address("ADMIN_EMAIL", "admin@example.com"),
            password=env.password("ADMIN_PASSWORD", low=10, high=128),
        ),
    )


def with_secrets_from_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Put the contents of `*_FILE` in place of the paths.

    The paths become empty, which counts as not set: the result can be handed on to
    processes that read it again.

    Raises:
        SettingsError: a secret is given twice, or its file can't be used.
    """
    found = dict(environ)
    for name in SECRETS:
        if path := found.get(f"{name}_FILE", "").strip():
            if found.get(name, "").strip():
                raise SettingsError(f"set {name} or {name}_FILE, not both")
            found[name] = _secret_in(Path(path), f"{name}_FILE")
            found[f"{name}_FILE"] = ""
    return found


def _secret_in(path: Path, name: str) -> str:
    """Read a file of one line; a complaint never repeats what it holds."""
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{name}: {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{name}: {path} holds no text") from None
    if not secret.strip():
        raise SettingsError(f"{name}: {path} is empty")
    if len(secret.splitlines()) > 1 or "\0" in secret:
        raise SettingsError(f"{name}: {path} must hold one line")
    return secret


def reachable_host(host: str) -> str:
    """Give the host by which this machine reaches a server that listens on `host`."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound
    return anywhere.get(host, host)


def read_env_file(path: Path) -> dict[str, str]:
    """Read `NAME=value` lines; quotes around a value and `# comment` lines go.

    Returns nothing where the file doesn't exist.

    Raises:
        SettingsError: a line is not an assignment, or the file can't be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}") from error
    values: dict[str, str] = {}
    for number, text in enumerate(lines, start=1):
        line = text.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            raise SettingsError(f"{path} line {number} must be NAME=value")
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name] = value
    return values


def _smtp(env: _Reader) -> SmtpSettings:
    port = env.integer("SMTP_PORT", 587, low=1, high=65535)
    smtp = SmtpSettings(
        host=env.text("SMTP_HOST"),
        port=port,
        user=env.text("SMTP_USER"),
        password=Secret(env.text("SMTP_PASSWORD")),
        # The well-known ports say what they speak; a plain relay has any other.
        tls=env.choice(
            "SMTP_TLS",
            {465: "tls", 587: "starttls"}.get(port, "none"),
            ("starttls", "tls", "none"),
        ),
        sender=env.mailbox("EMAIL_FROM", "tracker@localhost"),
    )
    if bool(smtp.user) != bool(smtp.password):
        raise SettingsError("SMTP_USER and SMTP_PASSWORD go together: set both or none")
    return smtp


def _auth(env: _Reader, *, production: bool) -> AuthSettings:
    key = Secret(env.text("SECRET_KEY"))
    if production and len(key) < MIN_SECRET_LENGTH:
        raise SettingsError(
            f"SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters when "
            'APP_ENV=production: python3 -c "import secrets; '
            'print(secrets.token_urlsafe(48))" makes one'
        )
    return AuthSettings(
        secret_key=key,
        algorithm=env.choice("ALGORITHM", "HS256", ("HS256", "HS384", "HS512")),
        access_token_minutes=env.integer(
            "ACCESS_TOKEN_EXPIRE_MINUTES", 30, low=1, high=24 * 60
        ),
        refresh_token_days=env.integer(
            "REFRESH_TOKEN_EXPIRE_DAYS", 14, low=1, high=365
        ),
    )


def _s3(env: _Reader) -> S3Settings:
    s3 = S3Settings(
        endpoint=env.url("S3_ENDPOINT"),
        access_key=env.text("S3_ACCESS_KEY"),
        secret_key=Secret(env.text("S3_SECRET_KEY")),
        bucket=env.text("S3_BUCKET", "attachments"),
        region=env.text("S3_REGION", "us-east-1"),
        public_endpoint=env.url("S3_PUBLIC_ENDPOINT"),
    )
    if s3.endpoint and not (s3.access_key and s3.secret_key):
        raise SettingsError("S3_ENDPOINT needs S3_ACCESS_KEY and S3_SECRET_KEY")
    return s3


def _local_url(host: str, port: int) -> str:
    host = reachable_host(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Reader:
    """Typed access to the environment; each complaint names its variable."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str = "") -> str:
        return self._environ.get(name, "").strip() or default

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        text = self.text(name, str(default))
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise SettingsError(
                f"{name} must be a whole number from {low} to {high}, not {text!r}"
            )
        return value

    def flag(self, name: str) -> bool:
        text = self.text(name, "false").lower()
        if text in ("1", "true", "yes", "on"):
            return True
        if text in ("0", "false", "no", "off"):
            return False
        raise SettingsError(f"{name} must be true or false, not {text!r}")

    def choice(self, name: str, default: str, options: tuple[str, ...]) -> str:
        options = (default, *(option for option in options if option != default))
        text = self.text(name, default)
        for option in options:
            if option.lower() == text.lower():
                return option
        raise SettingsError(f"{name} must be one of {', '.join(options)}, not {text!r}")

    def url(self, name: str, default: str = "") -> str:
        text = self.text(name, default).rstrip("/")
        if text and not _is_url(text, ("http", "https")):
            raise SettingsError(
                f"{name} must be an address such as http://host:port, not {text!r}"
            )
        return text

    def networks(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        text = self.text(name, ",".join(default))
        found = tuple(part.strip() for part in text.split(","))
        for network in found:
            try:
                everybody = not ip_network(network).prefixlen
            except ValueError:
                everybody = True
            # Whoever is trusted may say that a request came from anybody.
            if everybody:
                raise SettingsError(
                    f"{name} must list addresses and networks such as 10.0.0.0/8, "
                    f"not {network!r}"
                )
        return found

    # The two below may hold a password: their complaints don't repeat the value.

    def postgresql_url(self, name: str) -> Secret:
        text = self.text(name)
        if not text:
            return Secret()
        scheme, _, rest = text.partition("://")
        if scheme not in ("postgres", "postgresql", "postgresql+psycopg") or not rest:
            raise SettingsError(
                f"{name} must look like postgresql://user:password@host:5432/database"
            )
        return Secret(f"postgresql+psycopg://{rest}")

    def redis_url(self, name: str) -> Secret:
        text = self.text(name)
        scheme, _, rest = text.partition("://")
        if text and (scheme not in ("redis", "rediss", "unix") or not rest):
            raise SettingsError(f"{name} must look like redis://:password@host:6379/0")
        return Secret(text)

    def address(self, name: str, default: str) -> str:
        text = self.text(name, default)
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", text):
            raise SettingsError(
                f"{name} must be an e-mail address such as me@example.com, not {text!r}"
            )
        return text

    def mailbox(self, name: str, default: str) -> str:
        text = self.text(name, default)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(text)[1]):
            raise SettingsError(
                f"{name} must be like me@example.com or Desk <desk@example.com>, "
                f"not {text!r}"
            )
        return text

    def password(self, name: str, *, low: int, high: int) -> Secret:
        text = self._environ.get(name, "")
        if text and not low <= len(text) <= high:
            raise SettingsError(f"{name} must have {low} to {high} characters")
        return Secret(text)

    def vapid_key(self, name: str) -> Secret:
        text = self.text(name)
        if text and not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", text):
            raise SettingsError(
                f"{name} must be 32 bytes in URL-safe base64: `npx web-push "
                "generate-vapid-keys` makes one"
            )
        return Secret(text)

    def push_hosts(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(
            part.strip().lower().rstrip("/")
            for part in self.text(name, ",".join(default)).split(",")
        )
        for host in found:
            named = re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+", host)
            if not named and not _is_url(host, ("http", "https")):
                raise SettingsError(
                    f"{name} must list hosts such as fcm.googleapis.com or "
                    f"https://push.example.com:8443, not {host!r}"
                )
        return found

    def mime_types(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        text = self.text(name)
        if not text:
            return default
        types = tuple(part.strip().lower() for part in text.split(",") if part.strip())
        for mime_type in types:
            if mime_type.count("/") != 1:
                raise SettingsError(
                    f"{name} must list types such as image/*, not {mime_type!r}"
                )
        return types


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
