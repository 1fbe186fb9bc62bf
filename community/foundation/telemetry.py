"""Traces, when a collector is set; and the measurements that Prometheus reads.

Without a collector no part of OpenTelemetry's SDK is loaded, and a span costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import trace
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from community.foundation.settings import Settings

# Ours alone, so that two applications in one process, or two tests, do not meet in the library's global one.
registry = CollectorRegistry()

# Seconds. From what a compiled read takes to what is broken off.
DURATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CONTENT_TYPE = CONTENT_TYPE_LATEST


def counter(what: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
    """Make a count of events that only grows; `what` is a plural noun: `requests`, `retried_transactions`."""
    return Counter(f"teahouse_{what}", meaning, labels, registry=registry)


def gauge(what: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    """Make a reading that goes up and down; `what` is a plural noun: `open_sockets`."""
    return Gauge(f"teahouse_{what}", meaning, labels, registry=registry)


def durations(what: str, meaning: str, labels: Sequence[str] = ()) -> Histogram:
    """Make a distribution of durations in seconds; `what` is what takes the time: `request`, `scoring_run`."""
    return Histogram(f"teahouse_{what}_seconds", meaning, labels, buckets=DURATIONS, registry=registry)


def exposition() -> bytes:
    """Return all measurements in Prometheus' text format."""
    return generate_latest(registry)


def start_tracing(settings: Settings) -> bool:
    """Send traces to the collector that is set; return False when none is."""
    if not settings.telemetry_endpoint:
        return False
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "teahouse"}))
    endpoint = settings.telemetry_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return True


def stop_tracing() -> None:
    """Send what is left. Does nothing when nothing was started."""
    provider = trace.get_tracer_provider()
    shut_down = getattr(provider, "shutdown", None)
    if shut_down is not None:
        shut_down()


def tracer(name: str) -> trace.Tracer:
    """Return the tracer of a part of the product; its spans go nowhere until tracing is started."""
    return trace.get_tracer(name)
