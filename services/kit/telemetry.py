"""Trace context (W3C) for every request and event, and OpenTelemetry spans where an endpoint for them is set."""

from services.kit.settings import Settings


def current_traceparent() -> str | None:
    """Return the W3C traceparent of the request or batch under way, for an event's ``trace``; None outside of both."""
    raise NotImplementedError


def current_trace_id() -> str | None:
    """Return the trace id of the request or batch under way."""
    raise NotImplementedError


def setup_telemetry(settings: Settings, service: str) -> None:
    """Export spans to ``settings.otlp_endpoint``; without one nothing is imported and nothing happens."""
    raise NotImplementedError
