"""Traces, metrics and logs: where they go, and how they hold together."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import structlog
from opentelemetry import metrics, propagate, trace
from opentelemetry.context import Context
from sqlalchemy.ext.asyncio import AsyncEngine

from tracker.settings import Settings

TRACER = trace.get_tracer("tracker")
_METER = metrics.get_meter("tracker")
ENGINE_LAG = _METER.create_gauge(
    "tracker.engine.lag", "s", "Age of the oldest deadline that is not handled"
)
OUTBOX_PENDING = _METER.create_gauge(
    "tracker.outbox.pending", "{message}", "Messages that wait for their delivery"
)
OUTBOX_FAILED = _METER.create_gauge(
    "tracker.outbox.failed", "{message}", "Messages that failed in the last seven days"
)


def set_up(settings: Settings, process: str) -> None:
    """Start logging, and traces and metrics when there is somewhere to send them.

    Args:
        settings: Level, format and endpoint.
        process: `web` or `worker`, for the resource.
    """
    _set_up_logging(settings)
    if settings.telemetry.endpoint:
        _set_up_export(settings, process)


def _set_up_export(settings: Settings, process: str) -> None:
    # Imported here: without an endpoint the SDK costs neither time nor memory.
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415
        OTLPMetricExporter,
    )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.metrics.export import (  # noqa: PLC0415
        PeriodicExportingMetricReader,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create(
        {
            "service.name": settings.telemetry.service_name,
            "service.namespace": "tracker",
            "process.role": process,
        }
    )
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    # The last figures are not worth waiting for a collector that is away.
    meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    metrics.set_meter_provider(meters)


def trace_statements(engine: AsyncEngine) -> None:
    """A span for each statement of `engine`."""
    from opentelemetry.instrumentation.sqlalchemy import (  # noqa: PLC0415
        SQLAlchemyInstrumentor,
    )

    SQLAlchemyInstrumentor().instrument(engine=engine.sync_engine)


def statement_span(statement: str) -> AbstractContextManager[Any]:
    """A span for a statement that does not go through an engine."""
    if not trace.get_current_span().is_recording():
        return nullcontext()
    return TRACER.start_as_current_span(
        statement.split(maxsplit=1)[0],
        kind=trace.SpanKind.CLIENT,
        attributes={"db.system": "postgresql", "db.statement": statement},
    )


def current_traceparent() -> str | None:
    """The W3C context of the current span, to carry through queue and outbox."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    """The id of the current trace in hex, if one is being recorded."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


@contextmanager
def continued(name: str, traceparent: str | None, **attributes: Any) -> Iterator[None]:
    """A span that belongs to the trace of `traceparent`."""
    parent: Context | None = (
        propagate.extract({"traceparent": traceparent}) if traceparent else None
    )
    with TRACER.start_as_current_span(name, context=parent, attributes=attributes):
        yield


def _add_trace(_: Any, __: str, event: structlog.types.EventDict) -> Any:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def _set_up_logging(settings: Settings) -> None:
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if settings.production
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # A traceback with local variables would show passwords.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    if settings.production:
        shared.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # One line a job and a request is too much; their failures still show.
    for noisy in ("saq", "granian.access", "alembic", "urllib3", "httpx"):
        logging.getLogger(noisy).setLevel(
            max(logging.WARNING, logging.getLevelName(settings.log_level))
        )


async def name_span(request: Any) -> None:
    """Name the current span by the route's template: paths are full of ids."""
    span = trace.get_current_span()
    if span.is_recording():
        template = request.scope.get("path_template", request.url.path)
        span.update_name(f"{request.method} {template}")
        span.set_attribute("http.route", template)
