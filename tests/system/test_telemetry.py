"""Traces and metrics as an operator gets them: over OTLP, from real processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import rmtree
from threading import Thread

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.system.test_serve import Installation

PASSWORD = "correct horse battery"


class Receiver(ThreadingHTTPServer):
    """Takes traces and metrics as a collector does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.gauges: dict[str, float] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/metrics":
                    receiver.take_metrics(body)
                else:
                    receiver.take_traces(body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)

    def take_traces(self, body: bytes) -> None:
        """Keep the spans of a request."""
        self.spans += [
            span
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def take_metrics(self, body: bytes) -> None:
        """Keep the newest value of each gauge."""
        request = ExportMetricsServiceRequest.FromString(body)
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.gauge.data_points:
                        self.gauges[metric.name] = point.as_double or point.as_int

    def wait_for_gauges(self, *names: str) -> dict[str, float]:
        """What gauges of these names show, once all of them have come."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if set(names) <= self.gauges.keys():
                return {name: self.gauges[name] for name in names}
            time.sleep(0.1)
        raise AssertionError(f"not all of {names} in {self.gauges}")

    def wait_for(self, name: str) -> Span:
        """The first span of that name."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for span in self.spans:
                if span.name == name:
                    return span
            time.sleep(0.1)
        raise AssertionError(f"no {name} in {sorted({s.name for s in self.spans})}")


class Traced(Installation):
    """An installation that sends its traces to a receiver."""

    def __init__(self, data_dir: Path, receiver: Receiver) -> None:
        super().__init__(data_dir)
        self.endpoint = f"http://127.0.0.1:{receiver.server_port}"

    def environ(self) -> dict[str, str]:
        return super().environ() | {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
            "ADMIN_PASSWORD": PASSWORD,
            "WEB_WORKERS": "1",
        }


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def traced(receiver: Receiver) -> Iterator[Traced]:
    directory = Path(tempfile.mkdtemp(prefix="tracker-test-"))
    directory.chmod(0o711)
    (directory / "data").mkdir(mode=0o711)
    installation = Traced(directory / "data", receiver)
    installation.start()
    yield installation
    installation.stop()
    rmtree(directory)


def test_a_mail_belongs_to_the_trace_of_the_request_that_caused_it(
    traced: Traced, receiver: Receiver
) -> None:
    signed_in = traced.api(
        "POST", "/auth/login", email="admin@example.com", password=PASSWORD
    )
    traced.api(
        "POST", "/incidents", signed_in["access_token"], title="Disk full on db-3"
    )
    request = receiver.wait_for("POST /api/v1/incidents")
    delivery = receiver.wait_for("deliver")
    assert delivery.trace_id == request.trace_id
    statements = [
        attribute.value.string_value
        for span in receiver.spans
        if span.parent_span_id == request.span_id
        for attribute in span.attributes
        if attribute.key == "db.statement"
    ]
    assert any("INSERT INTO incidents" in statement for statement in statements)


def test_how_far_the_engine_is_arrives_as_metrics(
    traced: Traced, receiver: Receiver
) -> None:
    gauges = receiver.wait_for_gauges(
        "tracker.engine.lag", "tracker.outbox.pending", "tracker.outbox.failed"
    )
    assert gauges == {
        "tracker.engine.lag": 0,
        "tracker.outbox.pending": 0,
        "tracker.outbox.failed": 0,
    }
