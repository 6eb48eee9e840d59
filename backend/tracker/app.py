"""The composition root of the web process: the only file that knows every room."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from typing import Any

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar, Request, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.opentelemetry import OpenTelemetryConfig, OpenTelemetryPlugin
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar_saq import SAQConfig, SAQPlugin
from sqlalchemy.ext.asyncio import AsyncSession

from tracker import telemetry
from tracker.accounts.api import (
    MONITOR_COOKIE,
    AuthController,
    OrganizationController,
    TeamController,
    TokenController,
    UserController,
)
from tracker.accounts.authentication import Authentication
from tracker.accounts.service import identity_of
from tracker.attachments.api import AttachmentController, IncidentAttachmentController
from tracker.audit.api import AuditController
from tracker.db import Database, DatabaseClock
from tracker.errors import Unauthenticated
from tracker.health import HealthController, Probes
from tracker.incidents.api import (
    CommentController,
    IncidentController,
    SlaController,
)
from tracker.incidents.attendance_api import AttendanceController, ReadingController
from tracker.incidents.fields_api import FieldController
from tracker.incidents.links_api import IncidentLinkController, LinkController
from tracker.incidents.replies_api import CannedReplyController
from tracker.incidents.templates_api import IncidentTemplateController
from tracker.incidents.views_api import ViewController
from tracker.live import LiveHub, Publisher
from tracker.notifications.api import (
    DeliveryController,
    InboxController,
    PreferenceController,
)
from tracker.notifications.devices_api import DeviceController, PushController
from tracker.onboarding.api import DemoDataController, FirstRunController
from tracker.pages import (
    DocumentController,
    EventController,
    MetaController,
    PageController,
)
from tracker.presence import Presence
from tracker.queue import Queues, connect_redis
from tracker.reports.api import ReportController
from tracker.security import Identity, read_signed
from tracker.settings import Settings, load_settings
from tracker.sla.api import (
    CalendarController,
    EngineController,
    MaintenanceController,
    PauseReasonController,
    PolicyController,
    SimulatorController,
    TrialController,
)
from tracker.storage import Storage
from tracker.web import (
    EXCEPTION_HANDLERS,
    ApiRequest,
    Asking,
    administrators,
    headers_middleware,
    identity_in,
)

VERSION = version("incident-sla-tracker")
# A JSON body; files have their own limit.
BODY_LIMIT = 1024 * 1024
# What multipart adds around a file.
MULTIPART_OVERHEAD = 64 * 1024


def create_app(
    settings: Settings, now: Callable[[], datetime] | None = None
) -> Litestar:
    """The whole web service.

    Args:
        settings: With an address for every service.
        now: The present, by the clock of the database; tests hand over their own.
    """
    redis = connect_redis(settings)
    publisher = Publisher(redis)
    hub = LiveHub(redis)
    presence = Presence(redis)
    db = Database.connect(settings, {"publisher": publisher})
    clock = DatabaseClock(db)
    present = now or clock
    queues = Queues.connect(settings)
    storage = Storage(settings.s3)
    probes = Probes(settings, db, redis, storage, present)

    async def provide_session() -> AsyncIterator[AsyncSession]:
        async with db.transaction() as session:
            yield session

    async def provide_reads() -> AsyncIterator[AsyncSession]:
        async with db.reading() as session:
            yield session

    def provide_caller(request: Request[Any, Any, Any]) -> Identity:
        return identity_in(request)

    def provide_now() -> datetime:
        return present()

    def provide_asking(request: Request[Any, Any, Any]) -> Asking:
        return Asking(identity_in(request), present(), db)

    async def monitor_guard(
        connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        claims = read_signed(
            settings, "monitor", connection.cookies.get(MONITOR_COOKIE, ""), present()
        )
        if claims:
            async with db.reading() as session:
                connection.scope["user"] = await identity_of(session, claims["sub"])
        if connection.scope.get("user") is None:
            raise Unauthenticated("Sign in as an administrator and open it from there.")
        await administrators(connection, handler)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with clock.running(), publisher.running(), hub.running():
            yield
        await queues.close()
        await redis.aclose()
        await db.close()

    api = Router(
        path="/api/v1",
        route_handlers=[
            AuthController,
            UserController,
            TeamController,
            OrganizationController,
            TokenController,
            IncidentController,
            CommentController,
            IncidentLinkController,
            AttendanceController,
            ReadingController,
            LinkController,
            SlaController,
            ViewController,
            FieldController,
            IncidentTemplateController,
            CannedReplyController,
            SimulatorController,
            EngineController,
            PauseReasonController,
            PolicyController,
            MaintenanceController,
            TrialController,
            ReportController,
            CalendarController,
            AttachmentController,
            Router(
                path="/",
                route_handlers=[IncidentAttachmentController],
                request_max_body_size=settings.uploads.max_bytes + MULTIPART_OVERHEAD,
            ),
            AuditController,
            FirstRunController,
            DemoDataController,
            DeliveryController,
            InboxController,
            PreferenceController,
            PushController,
            DeviceController,
            EventController,
            MetaController,
            DocumentController,
        ],
    )
    return Litestar(
        route_handlers=[api, HealthController, PageController],
        dependencies={
            "session": Provide(provide_session),
            "reads": Provide(provide_reads),
            "asking": Provide(provide_asking, sync_to_thread=False),
            "caller": Provide(provide_caller, sync_to_thread=False),
            "now": Provide(provide_now, sync_to_thread=False, use_cache=False),
            "clock": Provide(lambda: present, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "db": Provide(lambda: db, sync_to_thread=False),
            "storage": Provide(lambda: storage, sync_to_thread=False),
            "hub": Provide(lambda: hub, sync_to_thread=False),
            "presence": Provide(lambda: presence, sync_to_thread=False),
            "queues": Provide(lambda: queues, sync_to_thread=False),
            "probes": Provide(lambda: probes, sync_to_thread=False),
        },
        middleware=[
            headers_middleware,
            DefineMiddleware(Authentication, db=db, settings=settings, now=present),
        ],
        request_class=ApiRequest,
        before_request=telemetry.name_span,
        exception_handlers=EXCEPTION_HANDLERS,
        plugins=[
            *_tracing(settings),
            SAQPlugin(
                SAQConfig(
                    queue_instances=dict(queues.by_name()),
                    web_enabled=True,
                    web_guards=[monitor_guard],
                    enable_otel=False,
                )
            ),
        ],
        lifespan=[lifespan],
        request_max_body_size=BODY_LIMIT,
        openapi_config=_openapi(settings),
        logging_config=None,
        debug=False,
    )


def _tracing(settings: Settings) -> list[OpenTelemetryPlugin]:
    """A span for each request, at no cost where nobody listens."""
    if not settings.telemetry.endpoint:
        return []
    excluded = ["/health", "/metrics", "/assets"]
    config = OpenTelemetryConfig(exclude=excluded, exclude_spans=["receive", "send"])
    return [OpenTelemetryPlugin(config)]


def _openapi(settings: Settings) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=settings.app_name,
        version=VERSION,
        path="/api/v1/schema",
        use_handler_docstrings=True,
        security=[{"bearer": []}],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="An access token from /auth/login, or an API token.",
                )
            }
        ),
        # Only the document; `pages.py` has the page.
        render_plugins=[JsonRenderPlugin()],
    )


def behind_proxies(app: Litestar, settings: Settings) -> ASGIApp:
    """The service as it sees clients through proxies: by X-Forwarded-For.

    Else everybody would have the proxy's address, and wait for everybody's failures
    to sign in.
    """
    informed: ASGIApp = wrap_asgi_with_proxy_headers(app, [*settings.trusted_proxies])

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        # To see whether a client is one of the proxies costs more than this.
        told = any(name[:12] == b"x-forwarded-" for name, _ in scope.get("headers", ()))
        await (informed if told else app)(scope, receive, send)

    return choose


def create_app_from_environment() -> ASGIApp:
    """The web service with the settings of the environment; for the server."""
    settings = load_settings(os.environ)
    telemetry.set_up(settings, "web")
    return behind_proxies(create_app(settings), settings)
